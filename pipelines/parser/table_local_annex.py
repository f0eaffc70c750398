"""A statistics table of a province's or city's own form, as reports of 2008 to 2018 append them: kept as it stands.

Of several the longest is taken, the first of equals; the others stay text of their section. Promises labels, units,
codes and columns as printed and nothing interpreted: that a column is cumulative (历年累计) only its name tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from pipelines.parser.annex_form import unit_of, unit_word
from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.cells import read_cell
from pipelines.parser.findings import Findings, make_row, unplaced_row
from pipelines.parser.indicators import Indicator, Indicators, read_indicators, tables_of
from pipelines.parser.model import AnnexRow, LocalAnnexTable
from pipelines.parser.table_annex import annex_row, columns_of

NAME = "local_annex"

_ENOUGH, _ENOUGH_WITHOUT_HEADER = 3, 5  # rows with a number that make a table one of statistics
_SUBJECT = re.compile("公开|申请|信息|咨询|复议|诉讼|申诉|网站")
_TITLE = re.compile("表|附件|统计|情况")
_LABEL = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")
_MAX_TITLE, _LINES_ABOVE = 60, 3
_PAGE_NUMBER = 9  # characters
_MONEY = ("元", "万元", "亿元")


@dataclass(slots=True)
class _Local:
    table: Indicators
    first: int
    last: int
    rows: list[Indicator] = field(default_factory=list)


def read_local_annex(blocks: Sequence[Block], taken: Set[int], findings: Findings) -> LocalAnnexTable | None:
    """The local annex among the blocks of a page but those `taken` by other tables; None when there is none."""
    found: list[_Local] = []
    for index, block in tables_of(blocks):
        if index in taken:
            continue
        before = found[-1] if found and _adjoins(blocks, found[-1].last, index) else None
        going_on = _continued(block, before.table) if before is not None else None
        if before is not None and going_on is not None:
            before.rows += going_on.rows
            before.last = index
        elif (table := _statistics(block)) is not None:
            found.append(_Local(table, index, index, list(table.rows)))
    if not found:
        return None
    local = max(found, key=lambda one: _filled(one.rows))
    rows = [_row(number, row, local.table.columns, findings) for number, row in enumerate(local.rows, start=1)]
    unplaced = sum(row.states[:1] == "U" for row in rows)
    if unplaced:
        findings.add("S12", NAME, found=f"{unplaced} rows with other than the columns' number of values")
    return LocalAnnexTable(
        era="free",
        presence="present",
        title=_title(blocks, local.first),
        columns=list(local.table.columns),
        rows=rows,
    )


def _statistics(block: TableBlock) -> Indicators | None:
    """The table read, where it is one of statistics about disclosure."""
    table = read_indicators(block, lambda _: False)
    enough = _ENOUGH
    if table is None:
        table, enough = read_indicators(block, _is_wording), _ENOUGH_WITHOUT_HEADER
    if table is None or _filled(table.rows) < enough:
        return None
    return table if any(_SUBJECT.search(row.label) for row in table.rows) else None


def _adjoins(blocks: Sequence[Block], last: int, index: int) -> bool:
    """Whether nothing but the number of a page stands between two tables."""
    return all(
        isinstance(block, TextBlock) and len(block.text.strip()) <= _PAGE_NUMBER for block in blocks[last + 1 : index]
    )


def _continued(block: TableBlock, before: Indicators) -> Indicators | None:
    """The table, where a page break made it of the one before: under the same columns, or none and as wide."""
    table = read_indicators(block, lambda _: False) or read_indicators(block, _is_wording, before)
    return table if table is not None and table.columns == before.columns else None


def _is_wording(text: str) -> bool:
    return bool(_LABEL.search(text)) and unit_word(text) is None and read_cell(text, "money").state == "T"


def _filled(rows: Sequence[Indicator]) -> int:
    return sum(any(read_cell(value.text, "money").state == "R" for value in row.values) for row in rows)


def _row(number: int, row: Indicator, names: Sequence[str], findings: Findings) -> AnnexRow:
    unit = row.unit or unit_of(row.label)
    columns = columns_of(names, money=unit in _MONEY)
    if not row.values:
        # A heading within the table has no cells.
        return AnnexRow(label=row.label, unit=None, values=[None] * len(columns), states="A" * len(columns))
    if row.doubtful:
        return annex_row(unplaced_row(row.label, columns, row.values), unit, row.code)
    made = make_row(f"{NAME}.{number}", row.label, columns, row.values, findings, unit if unit in _MONEY else "")
    return annex_row(made, unit, row.code)


def _title(blocks: Sequence[Block], index: int) -> str | None:
    """The line right above the table that reads like a title of it."""
    for block in reversed(blocks[max(0, index - _LINES_ABOVE) : index]):
        if not isinstance(block, TextBlock):
            return None
        text = block.text.strip()
        if len(text) <= _MAX_TITLE and _TITLE.search(text) and "。" not in text:
            return text
    return None
