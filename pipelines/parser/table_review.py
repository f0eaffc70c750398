"""Table 4 (政府信息公开行政复议、行政诉讼情况): fifteen cells, three kinds of dispute by five outcomes.

The form is one row under three lines of headings, often broken over lines or flattened to text, so the headings only
tell where the values begin and the fifteen values are placed by their order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.parser.cells import read_cell
from pipelines.parser.findings import Findings, make_row, place_values
from pipelines.parser.forms import REVIEW_HEADINGS, REVIEW_LITIGATION
from pipelines.parser.model import ReviewLitigationTable, Row
from pipelines.parser.printed import Printed
from pipelines.parser.wording import Match

NAME = "review_litigation"

_FIVE = len(REVIEW_LITIGATION.columns)
WIDTH = _FIVE * len(REVIEW_LITIGATION.rows)
_WORDS = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")
_KINDS = {
    "group:行政复议": "review",
    "group:未经复议直接起诉": "litigation_direct",
    "group:复议后起诉": "litigation_after_review",
}


def score(rows: Sequence[Sequence[Printed]]) -> int:
    """How many cells are headings of table 4."""
    return sum(1 for row in rows for cell in row if _heading(cell) is not None)


def read_review_litigation(
    rows: Sequence[Sequence[Printed]], width: int | None, findings: Findings
) -> ReviewLitigationTable | None:
    """Table 4 from its rows, None when it has no headings. `width` is that of the grid, None for text."""
    headings = 0
    by_kind: dict[str, list[Printed]] = {}
    candidates: list[list[Printed]] = []
    for row in rows:
        keys = [match.key for cell in row if (match := _heading(cell)) is not None]
        headings += len(keys)
        values = _after_headings(row)
        kind = _KINDS.get(keys[-1]) if keys else None
        if kind and row[0].span is not None and len(values) == _FIVE:
            by_kind.setdefault(kind, values)
        elif values and (not keys or row[0].span is None) and headings:
            candidates.append(values)
    if not headings:
        return None
    if len(by_kind) == len(REVIEW_LITIGATION.rows):
        return _table([by_kind[form.key] for form in REVIEW_LITIGATION.rows], findings)
    values = next((row for row in candidates if any(cell.text.strip() for cell in row)), [])
    values = values or next(iter(candidates), [])
    placed = place_values(_without_label(values), WIDTH)
    if width is not None and width != WIDTH:
        findings.add("S06", NAME, expected=WIDTH, found=width)
    if placed.cells:
        return _table([placed.cells[start : start + _FIVE] for start in range(0, WIDTH, _FIVE)], findings)
    if not placed.unplaced:
        return _table([[] for _ in REVIEW_LITIGATION.rows], findings)
    findings.add("S12", NAME, found=f"{len(placed.unplaced)} printed values for {WIDTH} cells")
    lost = {
        form.key: Row(label=form.label, values=[None] * _FIVE, states="U" * _FIVE) for form in REVIEW_LITIGATION.rows
    }
    return _build(lost, list(placed.unplaced))


def _table(groups: Sequence[Sequence[Printed]], findings: Findings) -> ReviewLitigationTable:
    rows = {
        form.key: make_row(f"{NAME}.{form.key}", form.label, REVIEW_LITIGATION.columns, values, findings)
        for form, values in zip(REVIEW_LITIGATION.rows, groups, strict=True)
    }
    return _build(rows, None)


def _build(rows: dict[str, Row], unplaced: list[str] | None) -> ReviewLitigationTable:
    return ReviewLitigationTable(
        era="2019+",
        presence="present",
        columns=[column.key for column in REVIEW_LITIGATION.columns],
        unit=REVIEW_LITIGATION.unit,
        unplaced=unplaced,
        rows=rows,
    )


def _heading(cell: Printed) -> Match | None:
    return REVIEW_HEADINGS.find(cell.text) if _WORDS.search(cell.text) else None


def _after_headings(row: Sequence[Printed]) -> list[Printed]:
    """The cells of a row behind its last heading."""
    last = max((index for index, cell in enumerate(row) if _heading(cell) is not None), default=-1)
    return list(row[last + 1 :])


def _without_label(values: Sequence[Printed]) -> Sequence[Printed]:
    """Without a word in front of the values, which some pages print in a column of its own."""
    if len(values) == WIDTH + 1 and read_cell(values[0].text, "count").state == "T":
        return values[1:]
    return values
