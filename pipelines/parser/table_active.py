"""Table 2 (主动公开政府信息情况): five items of article 20, each a small table with headings of its own.

The form of an item is read from its own headings, never from the year: tables mix the forms of 2019 and 2021, and
authorities use the old one for years. Promises every row of that form found, or absent and said so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from pipelines.parser import forms
from pipelines.parser.cells import read_cell
from pipelines.parser.columns import Head, Headings, name_damaged, place_under
from pipelines.parser.findings import Findings, absent_row, make_row, place_values, unplaced_row
from pipelines.parser.forms import ACTIVE_COLUMNS, ACTIVE_DISCLOSURE, ACTIVE_ROWS, BlockForm, Column, Era
from pipelines.parser.model import ActiveDisclosureTable, Block, ExtraRow, Row
from pipelines.parser.printed import Printed, headings_apart
from pipelines.parser.wording import MAX_SCORED, edit_distance, fold, tolerance

NAME = "active_disclosure"

_CAPTION = re.compile(r"第二十条第?\(?([一五六八九])\)?项?")
_CAPTION_LABEL = "第二十条第({})项"
_CONTENT = "信息内容"
_MONEY = re.compile("亿元|万元|元")
_WORDS = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")
_BLOCK_OF = {row.key: block.key for block in ACTIVE_DISCLOSURE for rows in block.rows.values() for row in rows}
_MAX_COLUMNS = max(len(columns) for block in ACTIVE_DISCLOSURE for columns in block.columns.values())


@dataclass(frozen=True, slots=True)
class _Line:
    """A row as printed: its label, how far that is from the form, the column of the grid behind it, its values."""

    label: str
    distance: int
    end: int
    values: list[Printed]


@dataclass(slots=True)
class _Item:
    """What is printed of one item: its headings and its rows."""

    headings: list[str] = field(default_factory=list)
    grid: Headings | None = None
    rows: dict[str, _Line] = field(default_factory=dict)


def score(rows: Sequence[Sequence[Printed]]) -> int:
    """How many captions, headings and rows of table 2 these rows hold."""
    found = 0
    for row in rows:
        for cell in row:
            found += _is_known(cell.text[:MAX_SCORED])
    return found


@lru_cache(maxsize=4096)
def _is_known(text: str) -> bool:
    if not _WORDS.search(text):
        return False
    return bool(_CAPTION.match(fold(text).full) or ACTIVE_ROWS.find(text) or ACTIVE_COLUMNS.find(text))


class _Reader:
    """Collects captions, headings and rows in order."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.items: dict[str, _Item] = {}
        self.extra: list[ExtraRow] = []
        self._heading_open = False
        self._headings: list[str] = []
        self._grid: Headings | None = None
        self._open: tuple[str, str, int, int] | None = None
        self._values: list[Printed] = []

    def read(self, row: Sequence[Printed]) -> None:
        """One row of a grid, or a whole table's tokens in order."""
        for cell in headings_apart(row, _is_heading):
            text = cell.text.strip()
            if not _WORDS.search(text):
                if self._open is not None:
                    self._values.append(cell)
                elif self._grid is not None and self._heading_open:
                    self._grid.add(cell, None)
            elif not (self._take_caption(cell, text) or self._take_row(cell, text) or self._take_heading(cell, text)):
                self._take_other(cell, text)

    def close(self, *, gridded: bool = False) -> None:
        """Ends the row that is open and keeps what it held; in a grid a row has cells, blank ones included."""
        if self._open is None:
            return
        key, label, distance, end = self._open
        values, self._values, self._open = self._values, [], None
        if not key:
            if any(value.text.strip() for value in values):
                self.extra.append(ExtraRow(label=label, cells=[value.text for value in values]))
                self.findings.add("S08", NAME, found=label)
            return
        if not values and gridded:
            return  # a label alone is no row: the same label may come again with its cells, or the row is absent
        item = self.items.setdefault(_BLOCK_OF[key], _Item())
        if key in item.rows:
            self.findings.add("S09", f"{NAME}.{key}", found=label)
            return
        item.rows[key] = _Line(label, distance, end, values)
        if not item.headings:
            item.headings, item.grid = self._headings, self._grid

    def refuse(self, block: str, known: Set[str]) -> None:
        """Keeps as unknown the rows of an item that its form does not have."""
        for key, line in self.items.get(block, _Item()).rows.items():
            if key not in known:
                self.extra.append(ExtraRow(label=line.label, cells=[value.text for value in line.values]))
                self.findings.add("S08", f"{NAME}.{key}", found=line.label)

    def _take_caption(self, cell: Printed, text: str) -> bool:
        match = _CAPTION.match(fold(text).full)
        if match is None:
            return False
        self.close()
        self._headings, self._grid = [], Headings(cell.table)
        self._heading_open = True
        expected = _CAPTION_LABEL.format(match[1])
        if fold(text).full != expected and len(fold(text).full) <= len(expected) + 2:
            self.findings.add("S10", f"{NAME}.caption", expected=expected, found=text)
        return True

    def _take_row(self, cell: Printed, text: str) -> bool:
        label = re.split(r"[(（]", text, maxsplit=1)[0].strip() or text
        match = ACTIVE_ROWS.find(text) or ACTIVE_ROWS.find(label)
        if match is None or (self._open is not None and read_cell(text, "signed").state != "T"):
            return False
        if self._open is not None and self._open[0] == match.key and not self._values:
            return True  # a merged cell written out once for each position it had
        self.close()
        self._heading_open = False
        self._open = (match.key, text, match.distance, cell.span[1] if cell.span else 0)
        return True

    def _take_heading(self, cell: Printed, text: str) -> bool:
        folded = fold(text).full
        known = _is_heading(text)
        if not known and not self._heading_open:
            return False
        self._heading_open = True
        if known and self._open is not None:
            self.close()
            self._headings, self._grid = [], None
        if folded == _CONTENT or self._grid is None or self._grid.table != cell.table:
            self._grid = Headings(cell.table)
        self._grid.add(cell, None)
        if folded == _CONTENT:
            self._headings = []
        elif len(folded) <= 20:
            self._headings.append(text)
        return True

    def _take_other(self, cell: Printed, text: str) -> None:
        """A cell with words that are none of the form's: a value with words, or the label of an unknown row."""
        if read_cell(text, "signed").state == "T" and (self._open is None or len(self._values) >= _MAX_COLUMNS):
            self.close()
            self._open = ("", text, 0, 0) if self.items else None
        elif self._open is not None:
            self._values.append(cell)


def _is_heading(text: str) -> bool:
    return fold(text).full == _CONTENT or ACTIVE_COLUMNS.find(text) is not None


def read_active_disclosure(
    rows: Sequence[Sequence[Printed]], default_era: Era | None, findings: Findings
) -> ActiveDisclosureTable | None:
    """Table 2 from its rows, None when none of its rows is there, or none tells the form and there is no default."""
    reader = _Reader(findings)
    for row in rows:
        reader.read(row)
        if row and row[0].span is not None:
            reader.close(gridded=True)
    reader.close()
    if not reader.items:
        return None
    eras = {block.key: _era(block, reader.items.get(block.key)) for block in ACTIVE_DISCLOSURE}
    known = {era for era in eras.values() if era is not None}
    usual = max(forms.ERAS, key=lambda era: sum(found == era for found in eras.values())) if known else default_era
    if usual is None:
        return None
    mixed = len(known) > 1
    blocks: dict[str, Block] = {}
    for block in ACTIVE_DISCLOSURE:
        era = eras[block.key] or usual
        if era in block.columns:
            item = reader.items.get(block.key) or _Item()
            sure = eras[block.key] is not None or not _is_text(item)
            blocks[block.key] = _block(block, era, item, mixed, findings, sure)
            reader.refuse(block.key, {form.key for form in block.rows[era]})
    unplaced = sum("U" in row.states for made in blocks.values() for row in made.rows.values())
    if unplaced:
        findings.add("S12", NAME, found=f"{unplaced} rows with fewer values than columns; column lost")
    return ActiveDisclosureTable(
        era="mixed" if mixed else usual, presence="present", blocks=blocks, extra_rows=reader.extra or None
    )


def _era(block: BlockForm, item: _Item | None) -> Era | None:
    """The form an item follows by its headings, or by how many values its rows have; None when neither tells."""
    if item is None:
        return None
    if len(block.columns) == 1:
        return next(iter(block.columns))
    once = _once(item.headings)
    scores = {
        era: max(_likeness(item.headings, columns), _likeness(once, columns)) for era, columns in block.columns.items()
    }
    best = max(scores, key=lambda era: scores[era])
    if scores[best] > 0 and list(scores.values()).count(scores[best]) == 1:
        return best
    counts = {len(line.values) for line in item.rows.values() if line.values}
    fitting = [
        era
        for era, columns in block.columns.items()
        if counts == {len(columns)} and len(item.headings) in (0, len(columns))
    ]
    if len(fitting) != 1 or (_is_text(item) and counts != {max(map(len, block.columns.values()))}):
        return None  # a text may have lost blank cells
    return fitting[0]


def _is_text(item: _Item) -> bool:
    return any(value.span is None for line in item.rows.values() for value in line.values)


def _once(headings: Sequence[str]) -> list[str]:
    """The headings without those that repeat their neighbour, as a merged one written out for each position does."""
    return [text for text, _ in groupby(headings)]


def _likeness(headings: Sequence[str], columns: Sequence[Column]) -> float:
    """How many columns have a heading, in whatever order, less for headings too many or too few."""
    alike = sum(any(_near(heading, column.label) for heading in headings) for column in columns)
    return alike - 0.5 * abs(len(headings) - len(columns)) if alike else 0.0


@lru_cache(maxsize=4096)
def _near(heading: str, label: str) -> bool:
    text, wording = fold(heading).full, fold(label).full
    if text == wording:
        return True
    allowed = tolerance(wording)
    return abs(len(text) - len(wording)) <= allowed and edit_distance(text, wording, allowed) <= allowed


def _order(headings: Sequence[str], columns: Sequence[Column]) -> list[int] | None:
    """For each column of the form its place among the printed ones; None when the headings leave that in doubt.

    A damaged heading, or one printed twice, stands for the column in whose place it is, unless another has left its own.
    """
    places: dict[int, int] = {}
    for place, heading in enumerate(headings):
        named = [index for index, column in enumerate(columns) if _near(heading, column.label)]
        if len(named) == 1:
            places.setdefault(named[0], place)
    if all(index == place for index, place in places.items()):
        return [*range(len(columns))]
    return [places[index] for index in range(len(columns))] if len(places) == len(columns) else None


def _ordered(values: Sequence[Printed], order: Sequence[int] | None, count: int) -> Sequence[Printed] | None:
    """The values in the form's order; None when there are some and their order is in doubt."""
    if order == [*range(count)] or not any(value.text.strip() for value in values):
        return values
    placed = place_values(values, count).cells or tuple(values)
    if order is None or max(order) >= len(placed):
        return None
    return [placed[index] for index in order]


def _heads(grid: Headings | None, columns: Sequence[Column], line: _Line) -> Sequence[Head]:
    """The headings over the values of a row, where both stand in one table; none in a text."""
    if grid is None or any(value.span is None or value.table != grid.table for value in line.values):
        return ()
    found: list[Head] = []
    for head in grid.heads:
        if head.span[0] >= line.end:
            named = [column.key for column in columns if _near(head.text, column.label)]
            taken = any(other.key in named for other in found)
            found.append(head._replace(key=named[0] if len(named) == 1 and not taken else ""))
    return name_damaged(found, [column.key for column in columns], [column.label for column in columns])


def _cells(line: _Line, item: _Item, columns: Sequence[Column]) -> Sequence[Printed] | None:
    """The values of a row in the form's order; None when there are some and their columns are in doubt."""
    if not any(value.text.strip() for value in line.values):
        return ()
    heads = _heads(item.grid, columns, line)
    if not all(head.key for head in heads) or 0 < len(heads) == len(line.values) < len(columns):
        placed = place_under(heads, line.values, [column.key for column in columns], same_table=True)
        return placed.cells if placed else None
    headings = _once(item.headings) if len(item.headings) > len(columns) else item.headings
    return _ordered(line.values, _order(headings, columns), len(columns))


def _block(block: BlockForm, era: Era, item: _Item, mixed: bool, findings: Findings, sure: bool) -> Block:
    """The item in the form of an era; where the era is not `sure`, neither are the columns of its values."""
    columns = block.columns[era]
    headings = _once(item.headings) if len(item.headings) > len(columns) else item.headings
    order = _order(headings, columns)
    if order is not None and max(order) < len(headings):
        headings = [headings[index] for index in order]
    for heading, column in zip(headings, columns, strict=False):
        if fold(heading).full != fold(column.label).full:
            findings.add("S10", f"{NAME}.columns.{column.key}", expected=column.label, found=heading)
    unit = _money_unit(era, item.headings)
    rows: dict[str, Row] = {}
    for form in block.rows[era]:
        scope = f"{NAME}.{form.key}"
        if form.key not in item.rows:
            rows[form.key] = absent_row(form.label, columns)
            findings.add("S07", scope, expected=form.label)
            continue
        line = item.rows[form.key]
        if line.distance:
            findings.add("S10", f"{scope}.label", expected=form.label, found=line.label)
        filled = any(value.text.strip() for value in line.values)
        cells = _cells(line, item, columns) if sure or not filled else None
        if cells is None:
            rows[form.key] = unplaced_row(line.label, columns, line.values)
        else:
            rows[form.key] = make_row(scope, line.label, columns, cells, findings, unit)
    return Block(
        columns=[column.key for column in columns],
        unit=_printed_unit(block.units[era], unit, columns, rows),
        era=era if mixed else None,
        rows=rows,
        unit_source="inferred" if era == "2019" else None,
    )


def _money_unit(era: Era, headings: Sequence[str]) -> str:
    """The unit of money the headings print; that of the form of 2021, where the unit is part of the form."""
    printed = [match[0] for heading in headings if (match := _MONEY.search(fold(heading).full))]
    return printed[-1] if printed else ("万元" if era == "2021" else "")


def _printed_unit(unit: str, money: str, columns: Sequence[Column], rows: Mapping[str, Row]) -> str:
    """The block's unit, with the unit of its money as the heading or the cell prints it."""
    if not any(column.kind == "money" for column in columns):
        return unit
    if not money:
        raws = [text for row in rows.values() for text in (row.raw or {}).values()]
        found = [match[0] for text in raws if (match := _MONEY.search(text))]
        money = found[0] if found else "unknown"
    return "/".join([*unit.split("/")[:-1], money])
