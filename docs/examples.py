"""The text of docs/schema.md: what the JSON Schema cannot say, and a record per era, shortened by rule.

The records are read by today's parser from pages of the tests, so that no example can differ from what it does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.model import SCHEMA

FIXTURES = Path(__file__).parents[1] / "tests/fixtures"
_WIDTH = 150
_TEXT = 24
_LISTED = 2


@dataclass(frozen=True, slots=True)
class Example:
    """A page under tests/fixtures, the era its record is of, and a sentence about it."""

    era: str
    page: str
    about: str


EXAMPLES = (
    Example("2021", "seeds/000_09c47aeb36cb05e4.txt", "A real report: the form in force since the reports of 2021."),
    Example("2019", "seeds/001_0821f10813b957c3.txt", "A real report: the form of the reports of 2019 and 2020."),
    Example("mixed", "eras/mixed.html", "Invented: table 2 in the form of 2021, table 3 in that of 2019."),
    Example(
        "statistics_annex",
        "eras/statistics_annex.html",
        "Invented: the reports of 2014 to 2018, free text with the statistics annex (政府信息公开情况统计表).",
    ),
    Example(
        "free", "eras/free.html", "Invented: the reports before 2014, free text. Its sections are numbered as printed."
    ),
)

_HEAD = f"""\
# The schema, by example

Made by `make schema`; do not edit. A record of `{SCHEMA}` is described by the JSON Schema (2020-12)
[pipelines/parser/schema.json](../pipelines/parser/schema.json), which is generated from the models of the parser, and in
words by [record.md](record.md). A change by which a reader of records could break raises the number behind the slash; a
key that is new and may be left out does not.

Below is a record for every value of `format_era` but `unknown`, as `scrapy extract` prints it, without the layers that
only a crawl adds (`history`, and of `provenance` the capture). It is shortened: of every table, block and
`cell_places` one row per table, of lists of facts, checks and linked organs the first {_LISTED}, of texts the first
{_TEXT} characters (…). Nothing else is left out.
"""


def describe_examples() -> str:
    """docs/schema.md as it must be."""
    parts = [_HEAD]
    for example in EXAMPLES:
        report = read_example(example)
        shown = _layout(shorten(report.to_dict()), "")
        source = f"[{example.page}](../tests/fixtures/{example.page})"
        parts.append(f"## {example.era}\n\n{example.about} From {source}:\n\n```json\n{shown}\n```\n")
    return "\n".join(parts)


def read_example(example: Example) -> AnnualReport:
    """The whole record of an example."""
    report = parse(ReportPage((FIXTURES / example.page).read_bytes()))
    assert isinstance(report, AnnualReport), f"{example.page}: {report.reason}"
    return report


def shorten(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it is shown."""
    short = dict(record)
    short["sections"] = [
        {**part, "text": _cut(part["text"])} if part.get("text") else part for part in record["sections"]
    ]
    short["tables"] = {key: _one_row(table) for key, table in record["tables"].items()}
    short["narrative_facts"] = record["narrative_facts"][:_LISTED]
    short["checks"] = record["checks"][:_LISTED]
    if record.get("linked_organs"):
        names = record["linked_organs"]["names"][:_LISTED]
        short["linked_organs"] = {**record["linked_organs"], "names": names}
    places: dict[str, Any] = {}
    for address, row in record["provenance"]["cell_places"].items():
        if not any(known.partition(".")[0] == address.partition(".")[0] for known in places):
            places[address] = row
    short["provenance"] = {**record["provenance"], "cell_places": places}
    return short


def _one_row(table: Mapping[str, Any]) -> dict[str, Any]:
    short = dict(table)
    if "blocks" in table:
        short["blocks"] = {key: _one_row(block) for key, block in table["blocks"].items()}
    rows = table.get("rows")
    if isinstance(rows, Mapping):
        short["rows"] = dict(islice(rows.items(), 1))
    elif rows:
        short["rows"] = rows[:1]
    return short


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"


def _layout(value: object, indent: str) -> str:
    """JSON with everything on one line that has room there."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not isinstance(value, (dict, list)):
        return line
    inner = indent + " "
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {_layout(part, inner)}" for key, part in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(inner + _layout(part, inner) for part in value) + f"\n{indent}]"
