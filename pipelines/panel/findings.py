"""What a comparison of reports yields, and the catalogue of the rules.

Promises that code, name and severity of every finding come from `rules.toml`. Must not know how a rule is evaluated.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from pydantic import JsonValue

from pipelines.parser.checks_catalogue import Rule, describe_group
from pipelines.parser.model import Severity, Status


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that some reports break, or that a blank cell leaves open.

    `report_keys` begins with the report the finding is about. `cells` are addressed `REPORT_KEY#TABLE.ROW.COLUMN`.
    """

    code: str
    name: str
    severity: Severity
    status: Status
    report_keys: list[str]
    scope: str
    expected: JsonValue
    found: JsonValue
    note: str | None
    quotes: list[str]
    cells: list[str]

    def to_json(self) -> str:
        """The finding on one line, keys in field order."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


@cache
def load_panel_rules() -> dict[str, Rule]:
    """All rules by code, in the order of the catalogue."""
    data = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
    return {code: Rule(code=code, **entry) for code, entry in data.items()}


def new_finding(
    code: str,
    report_keys: Sequence[str],
    scope: str,
    *,
    status: Status = "fail",
    severity: Severity | None = None,
    expected: JsonValue = None,
    found: JsonValue = None,
    note: str | None = None,
    quotes: Sequence[str] = (),
    cells: Sequence[str] = (),
) -> Finding:
    """A finding of rule `code`; the rule's own severity unless another is given."""
    rule = load_panel_rules()[code]
    return Finding(
        code=code,
        name=rule.name,
        severity=severity or rule.severity,
        status=status,
        report_keys=list(report_keys),
        scope=scope,
        expected=expected,
        found=found,
        note=note,
        quotes=list(quotes),
        cells=list(cells),
    )


def describe_panel_rules() -> str:
    """The catalogue as Markdown: the last part of docs/checks.md."""
    lines = describe_group("Reports against each other (`scrapy crosscheck`)", load_panel_rules().values())
    return "\n".join(lines) + "\n"
