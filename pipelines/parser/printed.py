"""Table rows as printed, from a grid or from lines of text.

A grid gives exact rows. Text gives a stream of tokens in which rows are only told apart by their labels; there an empty
line beyond the usual distance, or an empty piece between two pieces of a pipe row, is a blank cell, while empty pieces
at the end of a row are padding and say nothing. Knows no form: which token is a label is for the reader to say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from pipelines.parser.blocks import TableBlock, TextBlock
from pipelines.parser.cells import read_cell
from pipelines.parser.grid import Cell

_PAGE_NUMBER = re.compile(r"^[-—–]\s*\d{1,3}\s*[-—–]$")
_VALUE_WORD = re.compile(r"^(?:[\d.,]+|[-/—])$")
_WORDS = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")
_GLUED = re.compile(r"(?P<label>.*[\u4e00-\u9fff)）”\"])(?P<value>\d[\d.,]*)$", re.S)
_ODD_VALUE = re.compile(r"^[^\u4e00-\u9fff]*\d[^\u4e00-\u9fff]*$")
_NUMBERING = re.compile(r"^\d{1,2}[.、]$")
_MAX_VALUE = 16
_MAX_HEADINGS = 8
_MAX_LINE = 200
_VALUE_LIKE = re.compile(r"^[\s\d.,/\\\-—–+％%]*$")


class Printed(NamedTuple):
    """A cell or token as printed. `place` is its place in the page; `span` its columns in the grid, first and past the
    last. `loose` marks a blank that is only inferred from the lines of a text, and values that may be those of several
    cells. `table` is the number of the table it stands in, 0 in a text; `confidence` that of the text recognition, None
    where the text is no picture's. `gap` is the state of a column without a cell of its own: U where one is merged from
    several, A where there is no such column."""

    text: str
    place: str
    span: tuple[int, int] | None = None
    loose: bool = False
    table: int = 0
    confidence: float | None = None
    gap: Literal["", "U", "A"] = ""


Row = list[Printed]


def rows_of_grid(block: TableBlock, *, shared: bool = False) -> list[Row]:
    """The rows of a table; a cell that spans rows is in the first of them.

    With `shared` a value that spans rows with labels of their own is in each of them, and marked as merged.
    """
    rows: list[Row] = []
    above: Sequence[Cell | None] = ()
    for positions in block.grid.rows:
        row: Row = []
        width, above_width = len(positions), len(above)
        end = 0
        merged: Row = []
        while end < width:
            start, cell = end, positions[end]
            end += 1
            while end < width and positions[end] is cell:
                end += 1
            if cell is None:
                continue
            own = not (start < above_width and above[start] is cell)
            if own or (shared and _VALUE_LIKE.match(cell.text)):
                place = cell.place or f"t{block.ordinal}.r{cell.row}.c{cell.column}"
                (row if own else merged).append(
                    Printed(cell.text, place, (start, end), False, block.ordinal, cell.confidence)
                )
        if merged:
            row = _with_merged(row, merged, rows)
        rows.append(row)
        above = positions
    return rows


def _with_merged(row: Row, merged: Sequence[Printed], rows: Sequence[Row]) -> Row:
    """The row with the values that it shares with rows above; these are marked there as well.

    A row of blanks shares numbers only, a row without a label nothing: it is what a row of tall cells leaves behind.
    """
    numbers = any(cell.text and not _is_wording(cell.text) for cell in row)
    kept = [cell for cell in merged if cell.text or numbers] if any(_is_wording(cell.text) for cell in row) else []
    numbered = {cell.place for cell in kept if cell.text}
    for above in reversed(rows if numbered else ()):
        found = [index for index, cell in enumerate(above) if cell.place in numbered]
        for index in found:
            numbered.discard(above[index].place)
            above[index] = above[index]._replace(gap="U")
        if not numbered:
            break
    return sorted(
        [*row, *(cell._replace(gap="U") if cell.text else cell for cell in kept)], key=lambda cell: cell.span or (0, 0)
    )


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


def headings_apart(row: Sequence[Printed], is_heading: Callable[[str], bool]) -> Sequence[Printed]:
    """The cells of a row; where a line of a text holds nothing but several headings, each of them."""
    if not row or row[0].span is not None:
        return row
    found: list[Printed] = []
    for cell in row:
        words = cell.text.split()
        apart = 1 < len(words) <= _MAX_HEADINGS and all(map(is_heading, words))
        found.extend([cell._replace(text=word) for word in words] if apart else [cell])
    return found


def _split_tail(text: str, line: int) -> Iterator[Printed]:
    """A line that holds a label and its values, as several tokens.

    The values begin behind the label's last word before the first value. Digits glued to the label may be several
    values; so may a number with a stop, which may also be the number of a label.
    """
    words = text.split() if len(text) <= _MAX_LINE and "\n" not in text else []
    if len(words) > 1 and _is_value_word(words[-1]):
        first = next((index for index, word in enumerate(words) if _is_value_word(word) and _starts(words, index)), 0)
    else:
        first = len(words)
    label, values = " ".join(words[:first]), words[first:]
    glued = _GLUED.match(label)
    if glued and (first < len(words) or not _WORDS.search(text[glued.end() :])):
        label, values = glued["label"], [glued["value"], *values]
    if not values or not _WORDS.search(label):
        yield Printed(text, _place(line, 1), loose=not text)
        return
    yield Printed(label, _place(line, 1))
    for number, value in enumerate(values, start=2):
        loose = (glued is not None and number == 2) or _NUMBERING.match(value) is not None
        yield Printed(value, _place(line, number), loose=loose)


def _starts(words: Sequence[str], index: int) -> bool:
    """Whether a value may be a row's first: behind a word, and not the number in front of one."""
    return _WORDS.search(" ".join(words[:index])) is not None and not _NUMBERING.match(words[index])


def _is_value_word(word: str) -> bool:
    if _VALUE_WORD.match(word) or (len(word) <= _MAX_VALUE and _ODD_VALUE.match(word)):
        return True
    return len(word) <= _MAX_VALUE and read_cell(word, "signed").state in ("R", "N")


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
