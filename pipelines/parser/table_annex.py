"""The statistics annex of the reports of 2014 to 2018 (政府信息公开情况统计表): 58 indicators by their labels.

The annex is found by the wording of its rows wherever it stands, in tables, parts of tables or lines of text. Promises
every row of the form, found or absent, each value under the column printed above it; rows the form does not know are
kept apart. Which report the annex belongs to, and of which year, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipelines.parser.annex_form import (
    OWN_ROWS,
    ROWS,
    AnnexForm,
    Place,
    find_heading,
    find_row,
    is_row,
    nearly_a_row,
    unit_of,
)
from pipelines.parser.annex_lines import read_lines
from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.findings import Findings, absent_row, make_row, unplaced_row
from pipelines.parser.forms import Column
from pipelines.parser.indicators import VALUE, Indicator, Indicators, plain_name, read_indicators, tables_of
from pipelines.parser.model import AnnexRow, Row, StatisticsAnnexTable
from pipelines.parser.wording import fold

NAME = "statistics_annex"

_ENOUGH, _ENOUGH_NAMED = 4, 2  # rows of the form that make tables or lines an annex; under a header of its kind
_MAX_NEAR = 400
# What stands above and below the rows of a form and counts nothing.
_FRAME = re.compile("填报|负责人|审核|审批|联系|电话|盖章|日期|制表|统计时间|公章|注[:：]")
_MONEY = ("元", "万元", "亿元")


@dataclass(slots=True)
class _Annex:
    """The parts of one annex: a table, or what page breaks made of it; `last` is the block that ends it."""

    columns: tuple[str, ...]
    named: bool
    rows: list[tuple[AnnexForm | None, int, Indicator]]
    place: Place
    blocks: list[int]

    @property
    def keys(self) -> set[str]:
        return {form.key for form, _, _ in self.rows if form is not None}

    @property
    def complete(self) -> bool:
        """Whether this is the national form, not a local one that has some rows like its own."""
        keys = self.keys
        enough = len(keys) >= (_ENOUGH_NAMED if self.named else _ENOUGH)
        return enough and bool(keys & OWN_ROWS) and 2 * len(keys) >= len(self.rows)


@dataclass(frozen=True, slots=True)
class AnnexRead:
    """The annex of a page and the page's blocks that hold it."""

    table: StatisticsAnnexTable
    blocks: frozenset[int]


def read_annex(blocks: Sequence[Block], findings: Findings) -> AnnexRead | None:
    """The annex among the blocks of a page, None when there is none. Of several the fullest, the first of equals."""
    if _costly(blocks):
        return None
    found = [annex for annex in _annexes(_tables(blocks)) if annex.complete]
    if not found:
        lines = [(index, block) for index, block in enumerate(blocks) if isinstance(block, TextBlock)]
        found = [annex for annex in _annexes(read_lines(lines)) if annex.complete]
    if not found:
        return None
    annex = max(found, key=lambda annex: len(annex.keys))
    return AnnexRead(_table(annex, findings), frozenset(annex.blocks))


def _costly(blocks: Sequence[Block]) -> bool:
    """Whether a page has so many labels that resemble the form's as no annex has: it was made to take time."""
    near: set[str] = set()
    for block in blocks:
        cells = (cell for row in block.grid.rows for cell in row if cell) if isinstance(block, TableBlock) else ()
        for text in {cell.text for cell in cells} if isinstance(block, TableBlock) else {block.text}:
            if nearly_a_row(text):
                near.add(text)
        if len(near) > _MAX_NEAR:
            return True
    return False


def _tables(blocks: Sequence[Block]) -> Iterator[tuple[Indicators, list[int]]]:
    before: Indicators | None = None
    for index, block in tables_of(blocks):
        table = read_indicators(block, is_row, before)
        if table is not None:
            before = table if any(is_row(row.label) for row in table.rows) else None
            yield table, [index]


def _annexes(tables: Iterator[tuple[Indicators, list[int]]]) -> list[_Annex]:
    """The tables that hold rows of the form; a table goes on with the one before while it brings rows that lack."""
    found: list[_Annex] = []
    for table, blocks in tables:
        going_on = found[-1] if found else None
        if going_on is not None and table.named and going_on.named and table.columns != going_on.columns:
            going_on = None
        if going_on is not None and len(table.columns) != len(going_on.columns):
            table.rows = [replace(row, doubtful=bool(row.values)) for row in table.rows]
        place = Place(going_on.place.group, going_on.place.last) if going_on else Place()
        rows = list(_known(table.rows, place))
        keys = {form.key for form, _, _ in rows if form is not None}
        if not keys:
            continue
        if going_on is None or len(keys & going_on.keys) * 2 > len(keys):
            place = Place()
            found.append(_Annex(table.columns, table.named, list(_known(table.rows, place)), place, blocks))
        else:
            going_on.rows += rows
            going_on.place = place
            going_on.blocks += blocks
    return found


def _known(rows: Sequence[Indicator], place: Place) -> Iterator[tuple[AnnexForm | None, int, Indicator]]:
    """Each row of a table with the form's row that it is; headings move the place and are no rows."""
    for row in rows:
        group = find_heading(row.label)
        if group is not None:
            place.group, place.last = group, ""
        match = find_row(row.label, place)
        if match is not None:
            place.group, place.last = match[0].group, match[0].parent or match[0].key
        if match is not None and row.values:
            yield match[0], match[1], row
        elif match is None and any(value.text.strip() for value in row.values):
            yield None, 0, row


@dataclass(slots=True)
class _Reader:
    """Makes the record's rows of an annex's."""

    columns: tuple[str, ...]
    findings: Findings
    rows: dict[str, AnnexRow] = field(default_factory=dict)
    extra: list[AnnexRow] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)

    def take(self, form: AnnexForm, held: Sequence[tuple[int, Indicator]]) -> None:
        """The row of the form, of which the table may print several."""
        filled = [entry for entry in held if any(value.text.strip() for value in entry[1].values)] or held[:1]
        if form.parent in ("review", "litigation"):
            filled = held  # a blank one may be this row, and the other one that of the group whose heading is not there
        scope = f"{NAME}.{form.key}"
        if len(filled) > 1:
            self.findings.add("S09", scope, found=filled[1][1].label)
        numbered = [entry for entry in filled if fold(entry[1].label).number in (form.number, "")]
        kept = filled if len(numbered) != 1 else numbered
        printed = {tuple(value.text.strip() for value in row.values) for _, row in kept}
        distance, row = kept[0]
        self.extra += [
            self._row("", None, other, Findings()) for _, other in filled if len(numbered) == 1 and other is not row
        ]
        if distance:
            self.findings.add("S10", f"{scope}.label", expected=form.label, found=row.label)
        if len(printed) > 1:
            both = tuple(value for _, other in kept for value in other.values)
            row = Indicator(row.label, row.unit, row.code, both, doubtful=True)
        if row.astray:
            self.astray.append(form.key)
        self.rows[form.key] = self._row(scope, form, row, self.findings)

    def take_unknown(self, row: Indicator) -> None:
        self.extra.append(self._row("", None, row, Findings()))
        self.findings.add("S08", NAME, found=row.label)

    def _row(self, scope: str, form: AnnexForm | None, row: Indicator, findings: Findings) -> AnnexRow:
        unit = row.unit or unit_of(row.label)
        money = form.kind == "money" if form is not None else unit in _MONEY
        columns = columns_of(self.columns, money=money)
        made = (
            unplaced_row(row.label, columns, row.values)
            if row.doubtful
            else make_row(scope, row.label, columns, row.values, findings, unit if money and unit in _MONEY else "")
        )
        return annex_row(made, unit, row.code)


def columns_of(names: Sequence[str], *, money: bool) -> list[Column]:
    """The columns of an annex as a row of counts or of money reads them."""
    return [Column(name, name, "money" if money else "count") for name in names]


def annex_row(row: Row, unit: str | None, code: str | None) -> AnnexRow:
    """A row of an annex from a row as other tables have it."""
    alone = len(row.values) == 1
    return AnnexRow(
        code=code,
        label=row.label,
        unit=unit,
        values=row.values,
        states=row.states,
        raw=row.raw,
        amount_yuan=row.amount_yuan if alone else None,
        amount_unit_source=row.amount_unit_source if alone else None,
        unplaced=row.unplaced,
        row_presence=row.row_presence,
    )


def _table(annex: _Annex, findings: Findings) -> StatisticsAnnexTable:
    sole = len(annex.columns) == 1 and plain_name(annex.columns[0])
    columns = (VALUE,) if sole else annex.columns
    reader = _Reader(columns, findings)
    held: dict[str, list[tuple[int, Indicator]]] = {}
    for form, distance, row in annex.rows:
        if form is None:
            if not _FRAME.search(row.label):
                reader.take_unknown(row)
        else:
            held.setdefault(form.key, []).append((distance, row))
    absent: list[str] = []
    for form in ROWS.values():
        if form.key in held:
            reader.take(form, held[form.key])
        else:
            absent.append(form.key)
            none = absent_row(form.label, columns_of(columns, money=False))
            reader.rows[form.key] = annex_row(none, form.unit, None)
    if absent:
        findings.add("S07", NAME, found=absent)
    unplaced = sum(row.states[:1] == "U" for row in reader.rows.values())
    if unplaced:
        findings.add("S12", NAME, found=f"{unplaced} rows whose values fit no column, or are printed twice")
    if reader.astray:
        findings.add("S06", NAME, note=", ".join(reader.astray[:5]))
    return StatisticsAnnexTable(
        era="statistics_annex",
        presence="present",
        columns=list(columns),
        rows={key: reader.rows[key] for key in ROWS},
        extra_rows=reader.extra or None,
    )
