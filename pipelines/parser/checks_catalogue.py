"""The catalogue of check rules: code, readable name, severity, and what a passing report satisfies.

Promises that every check of a record is made here from `checks.toml`, so that code, name and severity agree everywhere
and docs/checks.md can be generated. Must not know how a rule is evaluated.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import JsonValue

from pipelines.parser.model import Check, Severity, Status

GROUPS = {
    "S": "Structure",
    "C": "Cells",
    "T": "Arithmetic of the tables of 2019 and 2021",
    "A": "Arithmetic of the statistics annex of 2014 to 2018",
    "I": "Identity and time",
    "Q": "Text",
    "N": "Text against tables",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `source` cites the law or standard where the rule is more than arithmetic."""

    code: str
    name: str
    severity: Severity
    rule: str
    source: str = ""


@cache
def load_rules() -> dict[str, Rule]:
    """All rules by code, in the order of the catalogue."""
    data = tomllib.loads(Path(__file__).with_name("checks.toml").read_text(encoding="utf-8"))
    return {code: Rule(code=code, **entry) for code, entry in data.items()}


def new_check(
    code: str,
    status: Status,
    scope: str,
    *,
    severity: Severity | None = None,
    expected: JsonValue = None,
    found: JsonValue = None,
    note: str | None = None,
    cells: Sequence[str] = (),
) -> Check:
    """The result of rule `code` on `scope`; the rule's own severity unless another is given.

    `cells` are the addresses of the cells that take part.
    """
    rule = load_rules()[code]
    return Check(
        code=code,
        name=rule.name,
        severity=severity or rule.severity,
        status=status,
        scope=scope,
        expected=expected,
        found=found,
        note=note,
        cells=list(cells) or None,
    )


def describe_rules() -> str:
    """The catalogue as Markdown, one table a group: the text of docs/checks.md."""
    lines = [
        "# Checks",
        "",
        "Every record carries the results of these rules. A failing check is a finding about the source, never a",
        "repair: the numbers of a record are those printed. Statuses: `pass`; `pass_blank_as_zero` (adds up if blank",
        "cells count as zero); `fail`; `indeterminate` (a cell that takes part is unknown); `not_applicable`;",
        "`not_evaluated`.",
        "",
        "`checks` lists what did not pass, and every comparison of the text with the tables. Results of the sums (T301,",
        "T302, T303, T401, A301 to A307) are counted in `checks_summary`; they are listed only if they fail, or if a",
        "blank cell would have to hold a number for the sum to come out. Where a rule is about cells, `cells` names all of",
        "them, as `TABLE.ROW.COLUMN`. Rules that need more reports than one are in the last table; a code has one meaning.",
        "",
        "This page is generated from `pipelines/parser/checks.toml`; a test compares the two.",
    ]
    for letter, heading in GROUPS.items():
        lines += describe_group(heading, (rule for rule in load_rules().values() if rule.code.startswith(letter)))
    return "\n".join(lines) + "\n"


def describe_group(heading: str, rules: Iterable[Rule]) -> list[str]:
    """One table of the catalogue as lines of Markdown."""
    return [
        "",
        f"## {heading}",
        "",
        "| code | name | severity | a report passes when | source |",
        "|---|---|---|---|---|",
        *(f"| {rule.code} | `{rule.name}` | {rule.severity} | {rule.rule} | {rule.source} |" for rule in rules),
    ]
