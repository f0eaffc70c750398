"""Table 4 (政府信息公开行政复议、行政诉讼情况): fifteen cells, three kinds of dispute by five outcomes.

The form is one row under three lines of headings; pages also print it as a table per kind, a row per kind, or a line
per cell, and break or flatten the headings. So what counts is which kinds were named since the last values: as many
values as these kinds have cells are theirs, in order. Anything else is kept unplaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pipelines.parser.cells import read_cell
from pipelines.parser.columns import Head, Headings, name_damaged, place_under
from pipelines.parser.findings import Findings, absent_row, make_row, place_values
from pipelines.parser.forms import REVIEW_HEADINGS, REVIEW_LITIGATION
from pipelines.parser.model import ReviewLitigationTable, Row
from pipelines.parser.printed import Printed, adds_up
from pipelines.parser.wording import MAX_SCORED, Match, fold

NAME = "review_litigation"

_COLUMNS = [column.key for column in REVIEW_LITIGATION.columns]
_OUTCOMES = [column.label for column in REVIEW_LITIGATION.columns]
_FIVE = len(_COLUMNS)
WIDTH = _FIVE * len(REVIEW_LITIGATION.rows)
_WORDS = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")
_KINDS = {
    "group:行政复议": "review",
    "group:未经复议直接起诉": "litigation_direct",
    "group:复议后起诉": "litigation_after_review",
}
_MAX_HEADING = 40
_HEADING_CHARACTERS = frozenset(
    "".join([column.label for column in REVIEW_LITIGATION.columns] + [*REVIEW_LITIGATION.headings])
)
_LITIGATION = re.compile(r"^行政诉讼[(:/.,-]?(?P<kind>.{4,}?)\)?$")


def score(rows: Sequence[Sequence[Printed]]) -> int:
    """How many cells are headings of table 4."""
    return sum(1 for row in rows for cell in row if _heading(cell.text[:MAX_SCORED]) is not None)


@dataclass(frozen=True, slots=True)
class _Line:
    """Headings and the cells behind them: a row of a grid, or a stretch of a text."""

    kinds: tuple[tuple[str, int], ...]  # kind and its first column in the grid
    outcomes: tuple[str, ...]
    cells: tuple[Printed, ...]


@dataclass(slots=True)
class _Grid:
    """What the headings of one table say of its columns: outcomes, and the kinds above them."""

    table: int
    headings: Headings
    kinds: dict[int, str] = field(default_factory=dict)

    def add(self, row: Sequence[Printed]) -> None:
        """A row of the table; one with numbers is none of headings."""
        matches = [_heading(cell.text[:MAX_SCORED]) for cell in row]
        if not any(matches) or any(_is_number(cell) for cell in row):
            return
        for cell, match in zip(row, matches, strict=True):
            self.headings.add(cell, None if match is None else match.key if match.key in _COLUMNS else "")
            if match is not None and match.key in _KINDS and cell.span:
                self.kinds.update(dict.fromkeys(range(*cell.span), _KINDS[match.key]))

    def heads(self, waiting: Sequence[str], start: int) -> list[Head]:
        """The headings over the values of the kinds that wait, named by kind and outcome; none where they are those of
        the form, or too few to tell."""
        printed = self.headings.heads
        only = waiting[0] if len(waiting) == 1 else ""
        by_kind: dict[str, list[Head]] = {}
        for head in printed:
            if head.key or head.span[0] >= start:
                by_kind.setdefault(self.kinds.get(head.span[0], only), []).append(head)
        found: list[Head] = []
        for kind, heads in by_kind.items():
            if kind in waiting or not kind:
                found.extend(
                    head._replace(key=f"{kind}.{head.key}" if head.key else "")
                    for head in name_damaged(heads, _COLUMNS, _OUTCOMES)
                )
        named = sum(bool(head.key) for head in found)
        if named * 2 <= _FIVE * len(waiting) or named == len(found):
            return []
        return sorted(found, key=lambda head: head.span)


@dataclass(slots=True)
class _Reader:
    """Gives values to the kinds named before them."""

    found: dict[str, list[Printed]] = field(default_factory=dict)
    single: dict[str, dict[str, Printed]] = field(default_factory=dict)
    stray: list[Printed] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    whole: bool = False
    grid: _Grid | None = None
    _waiting: dict[str, int] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)
    _blank: list[str] = field(default_factory=list)
    _kind: str = ""
    _outcomes: bool = False

    def read(self, line: _Line) -> None:
        """One line; lines must come in order."""
        if line.kinds:
            self._waiting = {kind: start for kind, start in self._waiting.items() if kind not in self._blank}
        for kind, start in line.kinds:
            self._waiting.setdefault(kind, start)
        self._kind = line.kinds[-1][0] if line.kinds else self._kind
        self._order.extend(outcome for outcome in line.outcomes if outcome not in self._order)
        headed = bool(line.kinds or line.outcomes)
        if _is_damaged_head(line.cells):
            return
        cells = _without_label(_without_words(line.cells) if headed else line.cells, len(self._waiting))
        if len(line.outcomes) == 1 and len(cells) == 1 and self._kind:
            self._take_single(line.outcomes[0], cells[0])
        elif _filled(cells):
            self._take(cells)
        elif len(cells) >= _FIVE and (not headed or (line.kinds and self._outcomes)):
            self._blank.extend(kind for kind in self._waiting if kind not in self._blank)
            if line.kinds:
                self._waiting.clear()
        self._outcomes = self._outcomes or bool(line.outcomes)

    def close(self) -> None:
        """Ends the table: kinds whose cells were all blank, and lines of single cells."""
        for kind in self._blank if not self.stray else ():
            self.found.setdefault(kind, [Printed("", "")] * _FIVE)
        for kind, cells in self.single.items():
            if len(cells) == _FIVE:
                self._keep(kind, [cells[outcome] for outcome in _COLUMNS])
            else:
                self.stray.extend(cells.values())

    def _take(self, cells: Sequence[Printed]) -> None:
        if self._take_by_headings(cells):
            return
        if not self.found and len(self._waiting) < len(REVIEW_LITIGATION.rows) and len(cells) == WIDTH:
            self._waiting = {form.key: 0 for form in REVIEW_LITIGATION.rows}  # all cells, under a damaged heading
        placed = place_values(cells, _FIVE * len(self._waiting)).cells if self._waiting else ()
        if not placed or not all(_sure(placed[start : start + _FIVE]) for start in range(0, len(placed), _FIVE)):
            self.stray.extend(cell for cell in cells if cell.text.strip())
            return
        self.whole = self.whole or len(placed) == WIDTH
        for index, kind in enumerate(sorted(self._waiting, key=lambda kind: self._waiting[kind])):
            five = placed[index * _FIVE : (index + 1) * _FIVE]
            if len(self._order) == _FIVE:
                five = tuple(five[self._order.index(outcome)] for outcome in _COLUMNS)
            self._keep(kind, five)
        self._waiting.clear()

    def _take_by_headings(self, cells: Sequence[Printed]) -> bool:
        """Values of a table that has more columns than the form: those under its headings. Whether it is such a table."""
        first = cells[0].span
        heads = self.grid.heads([*self._waiting], first[0]) if self.grid is not None and first is not None else []
        if not heads or not self._waiting:
            return False
        keys = [f"{kind}.{outcome}" for kind in self._waiting for outcome in _COLUMNS]
        placed = place_under(heads, cells, keys, same_table=True)
        if placed is None:
            self.stray.extend(cell for cell in cells if cell.text.strip())
            return True
        for index, kind in enumerate(self._waiting):
            self._keep(kind, placed.cells[index * _FIVE : (index + 1) * _FIVE])
        self._waiting.clear()
        return True

    def _take_single(self, outcome: str, cell: Printed) -> None:
        self._waiting.pop(self._kind, None)
        cells = self.single.setdefault(self._kind, {})
        if outcome in cells:
            self.stray.append(cell)
        cells.setdefault(outcome, cell)

    def _keep(self, kind: str, cells: Sequence[Printed]) -> None:
        if kind in self.found:
            self.repeated.append(kind)
        self.found.setdefault(kind, list(cells))


def read_review_litigation(
    rows: Sequence[Sequence[Printed]], width: int | None, findings: Findings
) -> ReviewLitigationTable | None:
    """Table 4 from its rows, None when it has no headings. `width` is that of the grid, None for text."""
    reader = _Reader()
    headings = 0
    for row in rows:
        if row and row[0].span is not None:
            if reader.grid is None or reader.grid.table != row[0].table:
                reader.grid = _Grid(row[0].table, Headings(row[0].table))
            reader.grid.add(row)
        for line in _lines(row):
            headings += len(line.kinds) + len(line.outcomes)
            reader.read(line)
    if not headings:
        return None
    reader.close()
    if width is not None and width != WIDTH and reader.whole:
        findings.add("S06", NAME, expected=WIDTH, found=width)
    for kind in reader.repeated:
        findings.add("S09", f"{NAME}.{kind}", found=kind)
    stray = [cell.text for cell in reader.stray]
    if stray:
        lost = WIDTH - _FIVE * len(reader.found)
        findings.add("S12", NAME, found=f"{len(stray)} printed values for {lost} cells")
    rows_found: dict[str, Row] = {}
    for form in REVIEW_LITIGATION.rows:
        if form.key in reader.found:
            cells = reader.found[form.key]
            rows_found[form.key] = make_row(
                f"{NAME}.{form.key}", form.label, REVIEW_LITIGATION.columns, cells, findings
            )
        elif stray:
            rows_found[form.key] = Row(label=form.label, values=[None] * _FIVE, states="U" * _FIVE)
        elif width is None:  # a text does not show blank cells
            rows_found[form.key] = make_row(f"{NAME}.{form.key}", form.label, REVIEW_LITIGATION.columns, [], findings)
        else:
            rows_found[form.key] = absent_row(form.label, REVIEW_LITIGATION.columns)
            findings.add("S07", f"{NAME}.{form.key}", expected=form.label)
    return ReviewLitigationTable(
        era="2019+",
        presence="present",
        columns=_COLUMNS,
        unit=REVIEW_LITIGATION.unit,
        unplaced=stray or None,
        rows=rows_found,
    )


def _lines(row: Sequence[Printed]) -> Iterator[_Line]:
    """The row cut before each heading that follows a value."""
    kinds: list[tuple[str, int]] = []
    outcomes: list[str] = []
    cells: list[Printed] = []
    for cell in row:
        match = _heading(cell.text[:MAX_SCORED])
        if match is None:
            cells.append(cell)
            continue
        if any(value.text.strip() for value in cells):
            yield _Line(tuple(kinds), tuple(outcomes), tuple(cells))
            kinds, outcomes = [], []
        cells = []  # blank cells in front of a heading are what a merged one left behind
        if match.key in _KINDS:
            kinds.append((_KINDS[match.key], cell.span[0] if cell.span else 0))
        elif match.key in _COLUMNS:
            outcomes.append(match.key)
    yield _Line(tuple(kinds), tuple(outcomes), tuple(cells))


@lru_cache(maxsize=4096)
def _heading(text: str) -> Match | None:
    if not _WORDS.search(text):
        return None
    match = REVIEW_HEADINGS.find(text)
    if match is None and len(text) <= _MAX_HEADING:
        inner = _LITIGATION.match(fold(text).full)
        match = REVIEW_HEADINGS.find(inner["kind"]) if inner else None
    return match


def _sure(five: Sequence[Printed]) -> bool:
    return adds_up(five) or not any(cell.loose for cell in five)


def _without_label(cells: Sequence[Printed], kinds: int) -> Sequence[Printed]:
    """Without a word in front of the values, which some pages print in a column of its own."""
    sure = cells[:1] and (cells[0].span is None or len(cells) > _FIVE * kinds)
    return cells[1:] if sure and _is_word(cells[0]) else cells


def _without_words(cells: Sequence[Printed]) -> Sequence[Printed]:
    """Without the words behind the last heading of a line of headings, which head columns of the page's own."""
    return () if cells and all(_is_word(cell) for cell in cells if cell.text.strip()) and _filled(cells) else cells


def _is_damaged_head(cells: Sequence[Printed]) -> bool:
    """Whether what is filled in is made of the headings' characters: headings that a line break cut."""
    texts = [text for cell in cells if (text := "".join(cell.text.split()))]
    return len(texts) >= _FIVE and all(set(text) <= _HEADING_CHARACTERS for text in texts)


def _filled(cells: Sequence[Printed]) -> bool:
    return any(cell.text.strip() for cell in cells)


def _is_number(cell: Printed) -> bool:
    return bool(cell.text.strip()) and read_cell(cell.text, "count").state == "R"


def _is_word(cell: Printed) -> bool:
    return _WORDS.search(cell.text) is not None and read_cell(cell.text, "count").state == "T"
