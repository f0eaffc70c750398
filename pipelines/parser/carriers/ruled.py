"""Tables drawn with ruling lines: from the boxes the lines enclose to the rows and columns of a grid.

Promises each box as one cell that spans the rows and columns its box covers, and one grid for a table that page breaks
cut into several. Knows boxes and texts only, not where they come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipelines.parser.grid import Cell, Grid, grid_of_positions, join_lines

# Edges nearer than this, in points (1/72 inch), are one: Word shifts a table by as much from page to page.
_SAME_EDGE = 6.0
_PADDING = 12.0  # points a word processor keeps free in a box, left and right together
_FIGURES = re.compile(r"[\d.,]+$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, its place in points from the page's left and top, its characters' size."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float


@dataclass(frozen=True, slots=True)
class Box:
    """A cell as drawn: its edges from the page's left and top in points, its text."""

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""
    confidence: float | None = None

    def holds(self, x: float, y: float) -> bool:
        return self.left <= x < self.right and self.top <= y < self.bottom


@dataclass(frozen=True, slots=True)
class RuledTable:
    """The part of a table that stands on one page; `ordinal` counts the tables of the page from one."""

    page: int
    ordinal: int
    boxes: tuple[Box, ...]

    @property
    def left(self) -> float:
        return min(box.left for box in self.boxes)

    @property
    def right(self) -> float:
        return max(box.right for box in self.boxes)

    @property
    def top(self) -> float:
        return min(box.top for box in self.boxes)

    def continues(self, above: RuledTable) -> bool:
        """Whether this may be the rest of the table on the page before: as wide, at the same place."""
        shift = max(abs(self.left - above.left), abs(self.right - above.right))
        return self.page == above.page + 1 and shift <= 2 * _SAME_EDGE


def fill_boxes(boxes: Sequence[Box], lines: Sequence[Sequence[Line]]) -> list[Box]:
    """The boxes of a table with the text of their lines: Chinese runs on, two words or numbers keep a space between.

    A number too long for its box runs on in the next line. It is joined where its first line leaves no room for another
    figure and some other number of the row has one line: were these two rows without a line between, each had two.
    """
    single = {
        round(box.top)
        for box, held in zip(boxes, lines, strict=True)
        if len(held) == 1 and _FIGURES.match(held[0].text)
    }
    return [
        replace(box, text=_text(box, held, may_break=round(box.top) in single))
        for box, held in zip(boxes, lines, strict=True)
    ]


def _text(box: Box, lines: Sequence[Line], *, may_break: bool) -> str:
    if may_break and len(lines) > 1 and all(_FIGURES.match(line.text) for line in lines):
        full = all(
            (box.right - box.left) - (line.right - line.left)
            < _PADDING + 1.2 * (line.right - line.left) / len(line.text)
            for line in lines[:-1]
        )
        if full and len(lines[-1].text) <= len(lines[0].text):
            return "".join(line.text for line in lines)
    return join_lines([line.text for line in lines])


def grid_of(parts: Sequence[RuledTable]) -> Grid:
    """The grid of a table from its parts in page order; where lines enclose nothing it has no cell."""
    columns = _edges(edge for part in parts for box in part.boxes for edge in (box.left, box.right))
    placed: list[dict[int, Cell]] = []
    for part in parts:
        lines = _edges((edge for box in part.boxes for edge in (box.top, box.bottom)), _SAME_EDGE / 2)
        rows: list[dict[int, Cell]] = [{} for _ in lines[1:]]
        orders = [0] * len(rows)
        for box in sorted(part.boxes, key=lambda box: box.left):
            first, last = _span(lines, box.top, box.bottom)
            left, right = _span(columns, box.left, box.right)
            orders[first] += 1
            place = f"p{part.page}.t{part.ordinal}.r{first + 1}.c{orders[first]}"
            cell = Cell(
                box.text, first + 1, orders[first], last - first, right - left, place=place, confidence=box.confidence
            )
            for row in rows[first:last]:
                for column in range(left, right):
                    row.setdefault(column, cell)
        placed.extend(rows)
    return grid_of_positions(placed)


def _span(edges: Sequence[float], start: float, end: float) -> tuple[int, int]:
    """The first row or column between two edges, and the one past the last; at least one."""
    first = min(_nearest(edges, start), len(edges) - 2)
    return first, max(first + 1, _nearest(edges, end))


def _edges(values: Iterable[float], same: float = _SAME_EDGE) -> list[float]:
    """The edges in order, each the middle of those that are one."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][0] <= same:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def _nearest(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda index: abs(edges[index] - value))
