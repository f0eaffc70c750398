"""Table 2 (主动公开政府信息情况): five items of article 20, each a small table with headings of its own.

The form of an item is read from its own headings, never from the year: tables mix the forms of 2019 and 2021, and
authorities use the old one for years. Promises every row of that form found, or absent and said so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import groupby

from pipelines.parser import forms
from pipelines.parser.cells import read_cell
from pipelines.parser.findings import Findings, absent_row, make_row, place_values, unplaced_row
from pipelines.parser.forms import ACTIVE_COLUMNS, ACTIVE_DISCLOSURE, ACTIVE_ROWS, BlockForm, Column, Era
from pipelines.parser.model import ActiveDisclosureTable, Block, ExtraRow, Row
from pipelines.parser.printed import Printed
from pipelines.parser.wording import edit_distance, fold, tolerance

NAME = "active_disclosure"

_CAPTION = re.compile(r"第二十条第?\(?([一五六八九])\)?项?")
_CAPTION_LABEL = "第二十条第({})项"
_CONTENT = "信息内容"
_MONEY = re.compile("亿元|万元|元")
_WORDS = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")
_BLOCK_OF = {row.key: block.key for block in ACTIVE_DISCLOSURE for rows in block.rows.values() for row in rows}
_MAX_COLUMNS = max(len(columns) for block in ACTIVE_DISCLOSURE for columns in block.columns.values())


@dataclass(slots=True)
class _Item:
    """What is printed of one item: its headings and its rows as (label, distance from the form, values)."""

    headings: list[str] = field(default_factory=list)
    rows: dict[str, tuple[str, int, list[Printed]]] = field(default_factory=dict)


def score(rows: Sequence[Sequence[Printed]]) -> int:
    """How many captions, headings and rows of table 2 these rows hold."""
    found = 0
    for row in rows:
        for cell in row:
            if _WORDS.search(cell.text) and (
                _CAPTION.match(fold(cell.text).full) or ACTIVE_ROWS.find(cell.text) or ACTIVE_COLUMNS.find(cell.text)
            ):
                found += 1
    return found


class _Reader:
    """Collects captions, headings and rows in order."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.items: dict[str, _Item] = {}
        self.extra: list[ExtraRow] = []
        self._heading_open = False
        self._headings: list[str] = []
        self._open: tuple[str, str, int] | None = None
        self._values: list[Printed] = []

    def read(self, row: Sequence[Printed]) -> None:
        """One row of a grid, or a whole table's tokens in order."""
        for cell in row:
            text = cell.text.strip()
            if not _WORDS.search(text):
                if self._open is not None:
                    self._values.append(cell)
            elif not (self._take_caption(text) or self._take_row(text) or self._take_heading(text)):
                self._take_other(cell, text)

    def close(self, *, gridded: bool = False) -> None:
        """Ends the row that is open and keeps what it held; in a grid a row has cells, blank ones included."""
        if self._open is None:
            return
        key, label, distance = self._open
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
        item.rows[key] = (label, distance, values)
        item.headings = item.headings or self._headings

    def refuse(self, block: str, known: Set[str]) -> None:
        """Keeps as unknown the rows of an item that its form does not have."""
        for key, (label, _, values) in self.items.get(block, _Item()).rows.items():
            if key not in known:
                self.extra.append(ExtraRow(label=label, cells=[value.text for value in values]))
                self.findings.add("S08", f"{NAME}.{key}", found=label)

    def _take_caption(self, text: str) -> bool:
        match = _CAPTION.match(fold(text).full)
        if match is None:
            return False
        self.close()
        self._headings = []
        self._heading_open = True
        expected = _CAPTION_LABEL.format(match[1])
        if fold(text).full != expected and len(fold(text).full) <= len(expected) + 2:
            self.findings.add("S10", f"{NAME}.caption", expected=expected, found=text)
        return True

    def _take_row(self, text: str) -> bool:
        label = re.split(r"[(（]", text, maxsplit=1)[0].strip() or text
        match = ACTIVE_ROWS.find(text) or ACTIVE_ROWS.find(label)
        if match is None or (self._open is not None and read_cell(text, "signed").state != "T"):
            return False
        if self._open is not None and self._open[0] == match.key and not self._values:
            return True  # a merged cell written out once for each position it had
        self.close()
        self._heading_open = False
        self._open = (match.key, text, match.distance)
        return True

    def _take_heading(self, text: str) -> bool:
        folded = fold(text).full
        known = folded == _CONTENT or ACTIVE_COLUMNS.find(text) is not None
        if not known and not self._heading_open:
            return False
        self._heading_open = True
        if known and self._open is not None:
            self.close()
            self._headings = []
        if folded == _CONTENT:
            self._headings = []
        elif len(folded) <= 20:
            self._headings.append(text)
        return True

    def _take_other(self, cell: Printed, text: str) -> None:
        """A cell with words that are none of the form's: a value with words, or the label of an unknown row."""
        if read_cell(text, "signed").state == "T" and (self._open is None or len(self._values) >= _MAX_COLUMNS):
            self.close()
            self._open = ("", text, 0) if self.items else None
        elif self._open is not None:
            self._values.append(cell)


def read_active_disclosure(
    rows: Sequence[Sequence[Printed]], default_era: Era, findings: Findings
) -> ActiveDisclosureTable | None:
    """Table 2 from its rows, None when none of its rows is there."""
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
    usual: Era = max(forms.ERAS, key=lambda era: sum(found == era for found in eras.values())) if known else default_era
    mixed = len(known) > 1
    blocks: dict[str, Block] = {}
    for block in ACTIVE_DISCLOSURE:
        era = eras[block.key] or usual
        if era in block.columns:
            blocks[block.key] = _block(block, era, reader.items.get(block.key) or _Item(), mixed, findings)
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
    counts = {len(values) for _, _, values in item.rows.values() if values}
    fitting = [era for era, columns in block.columns.items() if counts == {len(columns)}]
    return fitting[0] if len(fitting) == 1 else None


def _once(headings: Sequence[str]) -> list[str]:
    """The headings without those that repeat their neighbour, as a merged one written out for each position does."""
    return [text for text, _ in groupby(headings)]


def _likeness(headings: Sequence[str], columns: Sequence[Column]) -> float:
    alike = sum(_near(heading, column.label) for heading, column in zip(headings, columns, strict=False))
    return alike - 0.5 * abs(len(headings) - len(columns)) if alike else 0.0


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


def _block(block: BlockForm, era: Era, item: _Item, mixed: bool, findings: Findings) -> Block:
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
        label, distance, values = item.rows[form.key]
        if distance:
            findings.add("S10", f"{scope}.label", expected=form.label, found=label)
        ordered = _ordered(values, order, len(columns))
        if ordered is None:
            rows[form.key] = unplaced_row(label, columns, values)
        else:
            rows[form.key] = make_row(scope, label, columns, ordered, findings, unit)
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
