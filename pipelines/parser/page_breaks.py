"""Rows that a page break cut in two, made one again.

A word processor lets a row run over the end of a page: its label stands half on one page and half on the next, its
values on one of them or even on both, and the file draws two rows. Promises to join two rows where the wording of the
forms proves that they are one, or where the lower one has no label; otherwise they stay as drawn. Halves of a number
keep a space between them, so that neither half is taken for it. Knows labels, not which table they belong to.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipelines.parser import forms
from pipelines.parser.blocks import TableBlock
from pipelines.parser.grid import Cell, Grid, join_lines

_PAGE = re.compile(r"p(\d+)\.")
_WORDING = re.compile(r"[\u4e00-\u9fff]")
_UNKNOWN = 1000
_LEXICONS = (
    forms.ACTIVE_ROWS,
    forms.ACTIVE_COLUMNS,
    forms.APPLICATION_ROWS,
    forms.APPLICATION_HEADINGS,
    forms.REVIEW_HEADINGS,
)

_Row = tuple[Cell | None, ...]


def mend_rows(block: TableBlock) -> TableBlock:
    """The table with the rows joined that its page breaks cut."""
    if not any(cell.place for row in block.grid.rows[:1] for cell in row if cell):
        return block
    pages = [_page(row) for row in block.grid.rows]
    breaks = [index for index in range(1, len(pages)) if pages[index - 1] < pages[index]]
    rows = list(block.grid.rows)
    for index in reversed(breaks):
        below = _first_of_its_own(rows, index)
        joined = _join(rows[index - 1], rows[below]) if below is not None else None
        if joined is None or below is None:
            continue
        del rows[below]
        rows = [tuple(joined.get(id(cell), cell) for cell in row) for row in rows]
    return replace(block, grid=Grid(tuple(rows))) if len(rows) < len(pages) else block


def _page(row: _Row) -> int:
    """The page a row stands on; 0 in a table of a page that is not printed."""
    return max((int(match[1]) for cell in row if cell and (match := _PAGE.match(cell.place))), default=0)


def _first_of_its_own(rows: list[_Row], start: int) -> int | None:
    """The first row from a page's top that is none of the table's headings printed again."""
    printed = {_texts(row) for row in rows[:start]}
    return next((index for index in range(start, len(rows)) if _texts(rows[index]) not in printed), None)


def _texts(row: _Row) -> tuple[str, ...]:
    return tuple(cell.text if cell else "" for cell in row)


def _join(above: _Row, below: _Row) -> dict[int, Cell] | None:
    """The cells that two halves of a row make, by the identity of each half; None where they are two rows."""
    pairs = {(id(first), id(second)): (first, second) for first, second in zip(above, below, strict=True)}
    if any((first is None) != (second is None) for first, second in pairs.values()):
        return None
    halves = [(first, second) for first, second in pairs.values() if first is not None and second is not None]
    if len({id(first) for first, _ in halves}) < len(halves) or len({id(second) for _, second in halves}) < len(halves):
        return None  # other columns
    split = [(first.text, second.text) for first, second in halves if first.text and second.text]
    worded = any(_WORDING.search(second.text) for _, second in halves)
    if not any(second.text for _, second in halves) or (worded and not split):
        return None
    if worded and not all(_is_split(*texts) for texts in split):
        return None
    if not worded and any(_WORDING.search(text) for text, _ in split):
        return None  # headings, and the numbers below them
    joined: dict[int, Cell] = {}
    for first, second in halves:
        whole = first if first.text or not second.text else second
        text = join_lines([part for part in (first.text, second.text) if part])
        joined[id(first)] = joined[id(second)] = whole._replace(text=text)
    return joined


def _is_split(above: str, below: str) -> bool:
    """Whether two texts are the halves of one label: together they are one, and the lower half alone is none so near."""
    whole = _distance(join_lines([above, below]))
    return whole < _UNKNOWN and whole <= _distance(above) and whole < _distance(below)


def _distance(label: str) -> int:
    matches = [match.distance for lexicon in _LEXICONS if (match := lexicon.find(label))]
    return min(matches, default=_UNKNOWN)
