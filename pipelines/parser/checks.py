"""All checks of a report: what was found while reading it, and every rule over the finished record.

Promises the list of checks that a record carries, and the counts of the sums. A check is a finding about the source;
nothing here changes a value. Must not read the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.parser.annexes import prose_of
from pipelines.parser.check_rules_identity import check_identity
from pipelines.parser.check_rules_narrative import check_narrative
from pipelines.parser.check_rules_sums import ADDS_UP, find_sums
from pipelines.parser.check_rules_tables import check_tables
from pipelines.parser.check_rules_text import check_text
from pipelines.parser.checks_cells import Cells
from pipelines.parser.model import AnnualReport, Check


def run_checks(
    report: AnnualReport, structure: Sequence[Check], preamble: str
) -> tuple[list[Check], dict[str, dict[str, int]]]:
    """The checks of `report` and the counts of its sums by code and status.

    `structure` are the findings made while the page was read; they come first. `preamble` is the text of the report
    before section one, which the record does not hold.
    """
    texts = {section.key: prose_of(section.text or "", report.tables) for section in report.sections}
    summary: dict[str, dict[str, int]] = {}
    checks = list(structure)
    cells = Cells(report)
    for relation in find_sums(report, cells):
        counts = summary.setdefault(relation.code, {})
        status = relation.status
        counts[status] = counts.get(status, 0) + 1
        if status not in ADDS_UP and (listed := relation.listed(status)) is not None:
            checks.append(listed)
    checks += check_tables(report, cells)
    checks += check_identity(report, preamble)
    checks += check_text(report, texts, preamble)
    checks += check_narrative(report, texts, cells)
    return checks, summary
