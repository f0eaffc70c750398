"""Table rows as printed, from a grid or from lines of text.

A grid gives exact rows. Text gives a stream of tokens in which rows are only told apart by their labels; there an empty
line beyond the usual distance, or an empty piece between two pieces of a pipe row, is a blank cell, while empty pieces
at the end of a row are padding and say nothing. Knows no form: which token is a label is for the reader to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from pipelines.parser.blocks import TableBlock, TextBlock
from pipelines.parser.cells import read_cell

_PAGE_NUMBER = re.compile(r"^[-—–]\s*\d{1,3}\s*[-—–]$")
_VALUE_WORD = re.compile(r"^(?:[\d.,]+|[-/—])$")
_MAX_LINE = 200
_VALUE_LIKE = re.compile(r"^[\s\d.,/\\\-—–+％%]*$")


@dataclass(frozen=True, slots=True)
class Printed:
    """A cell or token as printed. `place` is its place in the page; `span` its columns in the grid, first and past the
    last. `loose` marks a blank that is only inferred from the lines of a text."""

    text: str
    place: str
    span: tuple[int, int] | None = None
    loose: bool = False


Row = list[Printed]


def rows_of_grid(block: TableBlock) -> list[Row]:
    """The rows of a table; a cell that spans rows is in the first of them."""
    rows: list[Row] = []
    seen: set[int] = set()
    for positions in block.grid.rows:
        row: Row = []
        start = 0
        while start < len(positions):
            cell = positions[start]
            end = start + 1
            while end < len(positions) and cell is not None and positions[end] is cell:
                end += 1
            if cell is not None and id(cell) not in seen:
                seen.add(id(cell))
                row.append(Printed(cell.text, f"t{block.ordinal}.r{cell.row}.c{cell.column}", (start, end)))
            start = end
        rows.append(row)
    return rows


def tokens_of_lines(lines: Sequence[TextBlock]) -> list[Printed]:
    """The cells of a table printed as text, in order, blank ones included where the text shows them."""
    filled = [line for line in lines if line.text.strip()]
    piped = sum("|" in line.text or "\t" in line.text for line in filled)
    if piped * 2 > len(filled):
        return [token for line in filled for token in _pieces(line)]
    return list(_one_a_line(lines))


def _pieces(line: TextBlock) -> Iterator[Printed]:
    """The pieces of a pipe row; those after the last filled one are padding."""
    pieces = [piece.strip() for piece in re.split(r"[|\t]", line.text)]
    if pieces and not pieces[0]:
        pieces = pieces[1:]
    while pieces and not pieces[-1]:
        pieces.pop()
    for number, piece in enumerate(pieces, start=1):
        if not _PAGE_NUMBER.match(piece):
            yield Printed(piece, _place(line.line, number), loose=not piece)


def _one_a_line(lines: Sequence[TextBlock]) -> Iterator[Printed]:
    usual, each = _distances(lines)
    held: tuple[str, int] | None = None
    empty = 0
    for line in lines:
        if not line.text:
            empty += 1
            continue
        text = line.text.strip()
        if _PAGE_NUMBER.match(text):
            continue
        if held is not None and empty < usual and text and _is_wording(text) and _is_wording(held[0]):
            held = (held[0] + "\n" + text, held[1])
        else:
            if held is not None:
                yield from _split_tail(*held)
                yield from (Printed("", _place(line.line - 1, 1), loose=True) for _ in range((empty - usual) // each))
            held = (text, line.line)
        empty = 0
    if held is not None:
        yield from _split_tail(*held)


def _split_tail(text: str, line: int) -> Iterator[Printed]:
    """A line that holds a label and its numbers, as several tokens."""
    words = text.split() if len(text) <= _MAX_LINE and "\n" not in text else []
    values = list(takewhile(_VALUE_WORD.match, reversed(words)))[::-1]
    label = " ".join(words[: len(words) - len(values)])
    parts = [label, *values] if label and not label[0].isdigit() and len(values) > 1 else [text]
    for number, part in enumerate(parts, start=1):
        yield Printed(part, _place(line, number), loose=not part)


def _place(line: int, part: int) -> str:
    """The place in a text; none for a line that an HTML document made."""
    return f"l{line}.c{part}" if line else ""


def _is_wording(text: str) -> bool:
    return bool(text) and _VALUE_LIKE.match(text) is None


def _distances(lines: Iterable[TextBlock]) -> tuple[int, int]:
    """How many empty lines stand between two cells as a rule, none or one; and how many more a blank cell makes.

    Where cells are set apart by an empty line, a blank cell may make one line more or two. Two unless most distances
    say one: taken wrongly, two leaves a row short of cells, but one would move its values.
    """
    distances: Counter[int] = Counter()
    empty = 0
    started = False
    for line in lines:
        if line.text:
            if started:
                distances[empty] += 1
            started, empty = True, 0
        else:
            empty += 1
    if distances[0] >= distances.total() - distances[0]:
        return 0, 1
    odd = sum(count for distance, count in distances.items() if distance > 1 and distance % 2 == 0)
    even = sum(count for distance, count in distances.items() if distance > 1 and distance % 2 == 1)
    return 1, 1 if odd > even else 2


def adds_up(row: Sequence[Printed]) -> bool:
    """Whether the last value of a row is the sum of those before it, blanks counting nothing; so too if all are blank.

    The proof that inferred blanks need: one too many or too few would move the sum out of its column.
    """
    *parts, total = (read_cell(cell.text, "count").value for cell in row)
    filled = [value for value in parts if isinstance(value, int)]
    return total == sum(filled) if total is not None else not any(cell.text.strip() for cell in row)
