"""All reports together: takes them one by one, keeps a digest of each, and compares.

Promises the same findings in the same order for the same reports, whatever the order they come in. Of one report only
the highest revision counts, and a withdrawn one not at all. Must not know where reports come from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from pipelines.panel.digest import Digest
from pipelines.panel.findings import Finding
from pipelines.panel.rules_organs import (
    check_contradictions,
    check_copied_tables,
    check_copied_texts,
    check_index_numbers,
    check_peers,
    check_regions,
    check_revisions,
)
from pipelines.panel.rules_years import check_series, check_years


class Panel:
    """The reports of a data set; about 8 KB of memory each."""

    def __init__(self) -> None:
        self._revisions: dict[str, dict[int, Digest]] = defaultdict(dict)
        self._others: dict[str, list[Digest]] = defaultdict(list)

    def add(self, report: Digest) -> None:
        """Take a report; a revision takes the place of an earlier one, a report without history stands beside others."""
        if report.revision is None:
            if report not in self._others[report.key]:  # a line that was given twice
                self._others[report.key].append(report)
            return
        held = self._revisions[report.key]
        held[report.revision] = max(held.get(report.revision, report), report, key=_order)

    def reports(self) -> list[Digest]:
        """The live reports in order of key."""
        current = [held[max(held)] for held in self._revisions.values()]
        return sorted((report for report in chain(current, *self._others.values()) if not report.withdrawn), key=_order)

    def findings(self) -> Iterator[Finding]:
        """Every finding: first by series of an organ, then by rule over all organs."""
        reports = self.reports()
        series: dict[str, list[Digest]] = defaultdict(list)
        for report in reports:
            if report.series is not None:
                series[report.series].append(report)
        for _, group in sorted(series.items()):
            yield from _of_series(group)
        yield from check_copied_texts(reports)
        yield from check_copied_tables(reports)
        yield from check_index_numbers(reports)
        yield from check_contradictions(reports)
        yield from check_revisions(reports, self._revisions)
        yield from check_regions(reports)
        yield from check_peers(reports)


def _order(report: Digest) -> tuple[str, int, str, bytes]:
    return report.key, report.revision or 0, report.states, report.values.tobytes()


def _of_series(group: list[Digest]) -> Iterator[Finding]:
    """One organ's years; a year of several reports is compared with none where nobody says which of them holds.

    An archive says: the edition that counts has a history, a copy that differs has none.
    """
    by_year: dict[int, list[Digest]] = defaultdict(list)
    for report in group:
        if report.year is not None:
            by_year[report.year].append(report)
    single: dict[int, Digest] = {}
    for year, reports in sorted(by_year.items()):
        holding = [report for report in reports if report.revision is not None] or reports
        if len(holding) == 1:
            single[year] = holding[0]
    for year, report in single.items():
        if year - 1 in single:
            yield from check_years(report, single[year - 1])
    ordered = [reports[0] for _, reports in sorted(by_year.items())]
    yield from check_series(ordered)
