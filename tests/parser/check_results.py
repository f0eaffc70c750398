"""What the tests of single rules share: a page or record made for a rule, and what the rule says of it in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.model import Check

# status, severity, scope, expected, found, cells
Result = tuple[str, str, str, Any, Any, list[str]]


@dataclass(frozen=True)
class Case:
    """A rule, a report made for it with what the rule says of it (results, or their first fields), and a near miss.

    Of the near miss the rule says nothing, or no more than that it holds.
    """

    code: str
    made: Callable[[], AnnualReport | Iterable[Check]]
    said: Sequence[tuple[Any, ...]]
    near: Callable[[], AnnualReport | Iterable[Check]]


def read(html: str) -> AnnualReport:
    report = parse(ReportPage(html.encode()))
    assert isinstance(report, AnnualReport), report
    return report


def results(code: str, report: AnnualReport | Iterable[Check]) -> list[Result]:
    """What rule `code` says of a report, or among these checks."""
    checks = report.checks if isinstance(report, AnnualReport) else report
    return [
        (each.status, each.severity, each.scope, each.expected, each.found, each.cells or [])
        for each in checks
        if each.code == code
    ]


def each_case(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """One test per case, named after its rule."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.code) for case in cases])


def check(case: Case) -> None:
    said = results(case.code, case.made())
    assert [each[: len(want)] for each, want in zip(said, case.said, strict=True)] == list(case.said)
    assert {status for status, *_ in results(case.code, case.near())} <= {"pass"}
