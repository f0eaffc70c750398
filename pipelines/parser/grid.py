"""Tables as rectangular grids: every position holds the cell that covers it, as the HTML table model has it.

Promises a rectangle whatever the spans say, at most `MAX_POSITIONS` positions, and columns merged that no row tells
apart, so that a layout of hundreds of spanned columns shrinks to the columns the table has. Knows nothing of what the
cells mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_SPAN = 1000  # the HTML standard's own limit for colspan
MAX_POSITIONS = 60_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as printed; `row` and `column` count from one and are its place among the source's rows and cells."""

    text: str
    row: int
    column: int
    rowspan: int = 1
    colspan: int = 1
    header: bool = False


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
        for cell in self.rows[index]:
            if cell is not None and (not found or found[-1] is not cell):
                found.append(cell)
        return found


def build_grid(source: Sequence[Sequence[Cell]]) -> Grid:
    """The grid of the source's rows. Spans reach no further than the last row; over the cap they count as one."""
    if sum(min(cell.colspan, MAX_SPAN) for row in source for cell in row) > MAX_POSITIONS:
        source = [[_unspanned(cell) for cell in row] for row in source]
    placed: list[dict[int, Cell]] = [{} for _ in source]
    positions = 0
    for index, row in enumerate(source):
        column = 0
        for cell in row:
            while column in placed[index]:
                column += 1
            width = max(1, min(cell.colspan, MAX_SPAN))
            height = max(1, min(cell.rowspan or len(source), len(source) - index))
            if positions + width * height > MAX_POSITIONS:
                width = height = 1
            positions += width * height
            for below in placed[index : index + height]:
                for position in range(column, column + width):
                    below.setdefault(position, cell)
            column += width
    return Grid(_merge_columns(placed))


def _unspanned(cell: Cell) -> Cell:
    return Cell(cell.text, cell.row, cell.column, 1, 1, cell.header)


def _merge_columns(placed: Sequence[dict[int, Cell]]) -> tuple[tuple[Cell | None, ...], ...]:
    """The rows without the columns that equal their left neighbour in every row."""
    width = max((max(row) + 1 for row in placed if row), default=0)
    if width * len(placed) > 4 * MAX_POSITIONS:
        width = 4 * MAX_POSITIONS // len(placed)
    kept: list[int] = []
    for column in range(width):
        if not kept or any(row.get(column) is not row.get(kept[-1]) for row in placed):
            kept.append(column)
    return tuple(tuple(row.get(column) for column in kept) for row in placed)
