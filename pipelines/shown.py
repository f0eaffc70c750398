"""The spot of a page where a cell or a quotation stands, as text a person can compare with the page.

Opens pages of text only: other files are opened in a process of their own, or by the person. Must not know which table
or row of the form it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from pipelines.parser import ReportPage
from pipelines.parser.carriers.kinds import is_text
from pipelines.parser.page import Block, TableBlock, TextBlock, read_page

_IN_TABLE = re.compile(r"t(\d+)\.r(\d+)\.c(\d+)")
_IN_LINES = re.compile(r"l(\d+)(?:\.c\d+)?")
_AROUND = 2
_WIDTH = 40
_SHOWN = 3


def attached_page(report_page: ReportPage, url: str) -> ReportPage | None:
    """The file that a page links to under an address, as a page."""
    files = (file for file in report_page.attachments if file.url == url)
    return next((ReportPage(file.body, file.url, file.content_type) for file in files), None)


def show_place(report_page: ReportPage, place: str) -> list[str]:
    """The row of the table with the cell in 【】, or the line of the text marked, with two around it; empty if not found,
    and for files other than HTML and text. Attachments are pages of their own.
    """
    blocks = _blocks(report_page)
    if found := _IN_TABLE.fullmatch(place):
        table, row, column = map(int, found.groups())
        rows = (block for block in blocks if isinstance(block, TableBlock) and block.ordinal == table)
        return next((line for block in rows if (line := _row(block, row, column))), [])
    if found := _IN_LINES.fullmatch(place):
        return list(_lines([block for block in blocks if isinstance(block, TextBlock)], int(found[1])))
    return []


def show_text(report_page: ReportPage, text: str) -> list[str]:
    """The lines of the page that print a text, white space and the width of characters apart, with their numbers; the first
    three. Empty for files other than HTML and text.
    """
    wanted, found = _bare(text), []
    for number, line in enumerate(_texts(_blocks(report_page)), start=1):
        if wanted and wanted in _bare(line):
            found.append(f"line {number} of the page: {_around(_bare(line), wanted)}")
    return found[:_SHOWN]


def _blocks(report_page: ReportPage) -> Sequence[Block]:
    return read_page(report_page).blocks if is_text(report_page.body) else ()


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    """The lines of a page, those of tables with a row each."""
    for block in blocks:
        if isinstance(block, TextBlock):
            yield block.text
        else:
            for index in range(len(block.grid.rows)):
                yield " | ".join(cell.text for cell in block.grid.cells(index))


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _around(line: str, wanted: str) -> str:
    start = line.index(wanted)
    before, behind = line[max(0, start - _WIDTH) : start], line[start + len(wanted) :][:_WIDTH]
    return f"{before}【{wanted}】{behind}"


def _row(block: TableBlock, row: int, column: int) -> list[str]:
    for index in range(len(block.grid.rows)):
        cells = block.grid.cells(index)
        if any((cell.row, cell.column) == (row, column) for cell in cells):
            texts = [(_short(cell.text), (cell.row, cell.column) == (row, column)) for cell in cells]
            return [" | ".join(f"【{text}】" if here else text for text, here in texts)]
    return []


def _lines(blocks: list[TextBlock], line: int) -> Iterator[str]:
    index = next((index for index, block in enumerate(blocks) if block.line == line), None)
    if index is None:
        return
    for block in blocks[max(0, index - _AROUND) : index + _AROUND + 1]:
        yield f"【{_short(block.text)}】" if block.line == line else _short(block.text)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _WIDTH else f"{flat[: _WIDTH - 1]}…"
