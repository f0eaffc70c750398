"""The fingerprint that tells a revised report from a republished one.

Over the cells of the tables with their states, and the text of the sections without white space; so neither a new
address nor a new page frame changes it. Title, dates and labels do not count.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from pipelines.parser.model import (
    ActiveDisclosureTable,
    AnnexRow,
    AnnualReport,
    ApplicationsTable,
    LocalAnnexTable,
    ReviewLitigationTable,
    Row,
    StatisticsAnnexTable,
)

_SPACE = re.compile(r"\s+")


def fingerprint(report: AnnualReport) -> str:
    """SHA-256, in hex, of the report's content."""
    content = {"tables": _tables(report), "sections": _sections(report)}
    canonical = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _tables(report: AnnualReport) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, table in (
        ("active_disclosure", report.tables.active_disclosure),
        ("applications", report.tables.applications),
        ("review_litigation", report.tables.review_litigation),
        ("statistics_annex", report.tables.statistics_annex),
        ("local_annex", report.tables.local_annex),
    ):
        if isinstance(table, ActiveDisclosureTable):
            rows = {key: row for block in table.blocks.values() for key, row in block.rows.items()}
            found[name] = _vectors(rows)
        elif isinstance(table, ApplicationsTable | ReviewLitigationTable):
            found[name] = [_vectors(table.rows), table.unplaced]
        elif isinstance(table, StatisticsAnnexTable):
            extra = [[row.label, *_vector(row)] for row in table.extra_rows or ()]
            found[name] = [table.columns, _vectors(table.rows), extra]
        elif isinstance(table, LocalAnnexTable):
            found[name] = [table.columns, [[row.label, *_vector(row)] for row in table.rows]]
        elif table is not None:
            found[name] = table.presence
    return found


def _vectors(rows: Mapping[str, Row | AnnexRow]) -> dict[str, object]:
    return {key: _vector(row) for key, row in rows.items()}


def _vector(row: Row | AnnexRow) -> list[object]:
    return [row.values, row.states, row.unplaced]


def _sections(report: AnnualReport) -> dict[str, str]:
    return {section.key: _SPACE.sub("", section.text or "") for section in report.sections}
