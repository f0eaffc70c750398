"""Writes what is generated from the code: the JSON Schema of the record, its examples, the list of checks. Run by `make schema`."""

from __future__ import annotations

import json
from pathlib import Path

from docs.examples import describe_examples
from pipelines.panel import describe_panel_rules
from pipelines.parser.checks_catalogue import describe_rules
from pipelines.parser.model import json_schema

ROOT = Path(__file__).parents[1]


def main() -> None:
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"
    (ROOT / "pipelines/parser/schema.json").write_text(schema, encoding="utf-8")
    (ROOT / "docs/checks.md").write_text(describe_rules() + describe_panel_rules(), encoding="utf-8")
    (ROOT / "docs/schema.md").write_text(describe_examples(), encoding="utf-8")


if __name__ == "__main__":
    main()
