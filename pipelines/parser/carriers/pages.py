"""Printed pages to blocks: lines to paragraphs, tables joined over page breaks, page numbers and running heads dropped.

A page of a PDF or a picture of one has lines at places, no paragraphs. Promises blocks in reading order, a heading on a
line of its own, and a paragraph that runs over lines or pages as one. Knows where things stand, not what they say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.carriers.ruled import Line, RuledTable, grid_of

_PAGE_NUMBER = re.compile(
    r"^(?:[-—–―－·~\s]*\d{1,4}[-—–―－·~\s]*|第\s*\d{1,4}\s*页(?:[\s,，/]*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4})$"
)
_NUMBERED = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}\s*[、.．]|[（(][一二三四五六七八九十]{1,3}[)）]|\d{1,2}\s*[、.．])"
)
_MARGIN = 0.1  # of a page's height: where running heads and page numbers stand
_REPEATED = 3  # pages that print the same line in their margin
# In widths of a character:
_SHORT = 2.0  # a line that ends this far before the right margin ends its paragraph
_INDENTED = 0.8  # a line that begins this far behind the left margin begins one
_LEADING = 1.3  # and so does a line this much further below than lines are on its page
_ANOTHER = 0.15  # by how much the sizes of two paragraphs' characters differ
_ENDS = ("。", "；", "：", ";", ":", "！", "？")
_LARGER = 1.12  # a title's characters against the page's


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """What stands on a page: its lines from the top, the parts of tables."""

    number: int
    height: float
    lines: tuple[Line, ...]
    tables: tuple[RuledTable, ...] = ()


def blocks_of(pages: Sequence[PrintedPage]) -> tuple[Block, ...]:
    """The blocks of the pages in reading order."""
    found: list[str | list[RuledTable]] = []
    open_line: tuple[Line, _Measure] | None = None
    for page in _without_furniture(pages):
        measure = _Measure.of(page)
        parts: list[Line | RuledTable] = [*page.lines, *page.tables]
        for part in sorted(parts, key=lambda part: part.top):
            last = found[-1] if found else None
            if isinstance(part, RuledTable):
                if isinstance(last, list) and part.continues(last[-1]):
                    last.append(part)
                else:
                    found.append([part])
                open_line = None
                continue
            if open_line is not None and isinstance(last, str) and _runs_on(*open_line, part, measure):
                found[-1] = _joined(last, part.text)
            else:
                found.append(part.text)
            open_line = (part, measure)
    ordinals = iter(range(1, len(found) + 1))
    return tuple(
        TextBlock(part) if isinstance(part, str) else TableBlock(grid_of(part), next(ordinals)) for part in found
    )


@dataclass(frozen=True, slots=True)
class _Measure:
    """The text area of a page: margins, usual size of characters, usual distance between lines."""

    page: int
    left: float
    right: float
    size: float
    distance: float

    @classmethod
    def of(cls, page: PrintedPage) -> _Measure:
        if not page.lines:
            return cls(page.number, 0, 0, 1, 0)
        tops = [line.top for line in page.lines]
        distances = [below - above for above, below in pairwise(tops) if below > above]
        return cls(
            page.number,
            min(part.left for part in page.lines),
            max([*(line.right for line in page.lines), *(table.right for table in page.tables)]),
            median(line.size for line in page.lines) or 1,
            median(distances) if distances else 0,
        )


def _runs_on(above: Line, before: _Measure, line: Line, now: _Measure) -> bool:
    """Whether a line continues the paragraph of the one above it, which may end the page before."""
    if abs(above.size - line.size) > _ANOTHER * above.size:
        return False
    if above.text.endswith(_ENDS) and _NUMBERED.match(line.text):
        return False
    if before.page == now.page and line.top - above.top > _LEADING * max(now.distance, line.size):
        return False
    if before.page == now.page and above.size >= _LARGER * now.size:
        return _is_centred(above, now) and _is_centred(line, now)
    return above.right >= before.right - _SHORT * above.size and line.left <= now.left + _INDENTED * line.size


def _is_centred(line: Line, measure: _Measure) -> bool:
    return abs((line.left + line.right) - (measure.left + measure.right)) <= 2 * line.size


def _joined(text: str, more: str) -> str:
    return text + " " + more if text[-1:].isascii() and more[:1].isascii() and more[:1].isalnum() else text + more


def _without_furniture(pages: Sequence[PrintedPage]) -> list[PrintedPage]:
    """The pages without page numbers and the lines that most of them repeat in their margins."""
    counted = Counter(text for page in pages for text in {line.text for line in page.lines if _in_margin(line, page)})
    often = max(_REPEATED, len(pages) // 2)
    return [
        replace(
            page,
            lines=tuple(
                line
                for line in page.lines
                if not (_in_margin(line, page) and (_PAGE_NUMBER.match(line.text) or counted[line.text] >= often))
            ),
        )
        for page in pages
    ]


def _in_margin(line: Line, page: PrintedPage) -> bool:
    return line.top < _MARGIN * page.height or line.bottom > (1 - _MARGIN) * page.height
