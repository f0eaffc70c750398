"""Tables as rectangular grids: every position holds the cell that covers it, as the HTML table model has it.

Promises a rectangle whatever the spans say, at most `MAX_POSITIONS` positions, and columns merged that no row tells
apart, so that a layout of hundreds of spanned columns shrinks to the columns the table has. Knows nothing of what the
cells mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MAX_SPAN = 1000  # the HTML standard's own limit for colspan
MAX_POSITIONS = 60_000


class Cell(NamedTuple):
    """A cell as printed; `row` and `column` count from one and are its place among the source's rows and cells.

    `place` is its place in full, where the table is not one of a single page's tables; `confidence` that of the text
    recognition, where the text was recognised in a picture.
    """

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    header: bool = False
    place: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A rectangle of cells; a cell that spans positions stands in each of them, None where the source has no cell."""

    rows: tuple[tuple[Cell | None, ...], ...]

    @property
    def width(self) -> int:
        """How many columns these rows tell apart; columns that hold no cell do not count."""
        columns = [tuple(map(id, column)) for column in zip(*self.rows, strict=True) if any(column)]
        return sum(1 for index, column in enumerate(columns) if index == 0 or column != columns[index - 1])

    def cells(self, index: int) -> list[Cell]:
        """The cells that row `index` holds, each once, from left to right, those spanning from above included."""
        found: list[Cell] = []
        last: Cell | None = None
        for cell in self.rows[index]:
            if cell is not last and cell is not None:
                found.append(cell)
                last = cell
        return found


def build_grid(source: Sequence[Sequence[Cell]]) -> Grid:
    """The grid of the source's rows. Spans reach no further than the last row; over the cap they count as one."""
    spanned = sum(min(cell.colspan, MAX_SPAN) - 1 for row in source for cell in row if cell.colspan != 1)
    if sum(map(len, source)) + spanned > MAX_POSITIONS:
        source = [[_unspanned(cell) for cell in row] for row in source]
    placed: list[dict[int, Cell]] = [{} for _ in source]
    positions = 0
    for index, row in enumerate(source):
        own = placed[index]
        column = 0
        for cell in row:
            while column in own:
                column += 1
            if cell.colspan == cell.rowspan == 1:
                own[column] = cell
                positions += 1
                column += 1
                continue
            width = max(1, min(cell.colspan, MAX_SPAN))
            height = max(1, min(cell.rowspan or len(source), len(source) - index))
            if positions + width * height > MAX_POSITIONS:
                width = height = 1
            positions += width * height
            for below in placed[index : index + height]:
                for position in range(column, column + width):
                    below.setdefault(position, cell)
            column += width
    return grid_of_positions(placed)


def grid_of_positions(placed: Sequence[Mapping[int, Cell]]) -> Grid:
    """The grid of rows that say for each column which cell covers it."""
    return Grid(_merge_columns(placed))


def join_lines(lines: Sequence[str]) -> str:
    """Lines of one cell as one text: Chinese runs on, two words or numbers keep a space between them."""
    if len(lines) == 1:
        return lines[0]
    text = ""
    for line in lines:
        text += " " + line if text and text[-1].isascii() and line[0].isascii() else line
    return text


def _unspanned(cell: Cell) -> Cell:
    return cell._replace(rowspan=1, colspan=1)


def _merge_columns(placed: Sequence[Mapping[int, Cell]]) -> tuple[tuple[Cell | None, ...], ...]:
    """The rows without the columns that equal their left neighbour in every row."""
    width = max((max(row) + 1 for row in placed if row), default=0)
    if width * len(placed) > 4 * MAX_POSITIONS:
        width = 4 * MAX_POSITIONS // len(placed)
    kept: list[int] = []
    for column in range(width):
        if not kept or any(row.get(column) is not row.get(kept[-1]) for row in placed):
            kept.append(column)
    return tuple(tuple(map(row.get, kept)) for row in placed)
