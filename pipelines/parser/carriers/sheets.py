"""Excel workbooks: each sheet a table, whose cells stand at the rows and columns of the sheet.

Hidden sheets are none. Promises numbers as a reader of the sheet sees them: whole ones without a point, others with the digits the program
keeps. A sheet's rows of one long text are lines, not rows. Refuses sheets with cells so far out that they would fill
memory. Knows nothing of what the cells mean.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Literal

from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.carriers.kinds import UnreadableFile, open_zip
from pipelines.parser.grid import Cell, build_grid, join_lines

_MAX_SHEETS = 50
_MAX_ROWS, _MAX_COLUMNS = 20_000, 400
_REFERENCE = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"|<(?:\w+:)?mergeCell\s[^>]*?ref="[A-Z]+\d+:([A-Z]{1,3})(\d{1,7})"'
)
_LONG = 60  # a text of its own in a row, this long, is a line
_SENTENCE = re.compile("[。;；]")


def read_sheets(body: bytes, kind: Literal["xlsx", "xls"]) -> list[Block]:
    """The sheets in order. Raises `UnreadableFile` for what is no workbook."""
    try:
        from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum
    except ImportError as error:
        raise UnreadableFile(
            f"an Excel workbook, and the extra 'attachments' is not installed ({error.name})"
        ) from error
    if kind == "xlsx":
        _refuse_wide(body)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(body))
        blocks: list[Block] = []
        for ordinal, about in enumerate(workbook.sheets_metadata[:_MAX_SHEETS], start=1):
            if about.visible != SheetVisibleEnum.Visible or about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(ordinal - 1)
            if sheet.height > _MAX_ROWS or sheet.width > _MAX_COLUMNS:
                raise UnreadableFile(f"an Excel workbook with a sheet of {sheet.height} rows and {sheet.width} columns")
            rows = sheet.to_python(skip_empty_area=False)
            blocks.extend(_blocks(rows, sheet.merged_cell_ranges or [], ordinal))
    except (UnreadableFile, MemoryError):
        raise
    except BaseException as error:  # calamine has an exception for each kind of file, and a panic that is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise UnreadableFile(f"a damaged Excel workbook: {error}") from error
    return blocks


def _refuse_wide(body: bytes) -> None:
    """Looks at the sheets before they are opened: a cell far out makes the reader fill all between with blanks."""
    with open_zip(body) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            for match in _REFERENCE.finditer(archive.read(name)):
                column, row = match[1] or match[3], int(match[2] or match[4])
                if row > _MAX_ROWS or _column(column) > _MAX_COLUMNS:
                    raise UnreadableFile(f"an Excel workbook with a cell at {column.decode()}{row}")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _blocks(rows: Sequence[Sequence[Any]], merged: Sequence[Any], ordinal: int) -> Iterator[Block]:
    spans = {(top, left): (bottom - top + 1, right - left + 1) for (top, left), (bottom, right) in merged}
    covered = {
        (row, column)
        for (top, left), (height, width) in spans.items()
        for row in range(top, min(top + height, len(rows)))
        for column in range(left, min(left + width, _MAX_COLUMNS))
    } - spans.keys()
    texts = [[text_of_value(value) for value in row] for row in rows]
    ends = _ends(texts, spans)
    run: list[list[Cell]] = []
    for index, row in enumerate(texts):
        cells = []
        for column, text in enumerate(row[: ends[index]]):
            if (index, column) not in covered:
                height, width = spans.get((index, column), (1, 1))
                cells.append(Cell(text, index + 1, column + 1, height, width))
        filled = [cell for cell in cells if cell.text]
        line = filled[0].text if len(filled) == 1 and filled[0].rowspan == 1 else ""
        if len(line) >= _LONG or _SENTENCE.search(line):
            yield from _table(run, ordinal)
            run = []
            yield TextBlock(line)
        else:
            run.append(cells)
    yield from _table(run, ordinal)


def _ends(rows: Sequence[Sequence[str]], spans: Mapping[tuple[int, int], tuple[int, int]]) -> list[int]:
    """How many columns each row has: as many as are filled, down to the next row of a single text, in any row of its
    part of the sheet; a row of a single text has those of the wider part beside it."""
    filled = [[column for column, text in enumerate(row) if text] for row in rows]
    ends = [
        max((column + spans.get((index, column), (1, 1))[1] for column in columns), default=0)
        for index, columns in enumerate(filled)
    ]
    parts = [list(part) for _, part in groupby(range(len(rows)), key=lambda index: len(filled[index]) > 1)]
    for part in parts:
        if len(filled[part[0]]) > 1:
            widest = max(ends[index] for index in part)
            for index in part:
                ends[index] = widest
    for index in range(1, len(ends)):
        if len(filled[index]) < 2:
            ends[index] = max(ends[index], ends[index - 1])
    for index in range(len(ends) - 2, -1, -1):
        if len(filled[index]) < 2:
            ends[index] = max(ends[index], ends[index + 1])
    return ends


def _table(run: Sequence[Sequence[Cell]], ordinal: int) -> Iterator[Block]:
    """The rows as a table; as lines where no row holds more than one text."""
    if any(sum(bool(cell.text) for cell in row) > 1 for row in run):
        yield TableBlock(build_grid(run), ordinal)
    else:
        yield from (TextBlock(cell.text) for row in run for cell in row if cell.text)


def text_of_value(value: object) -> str:
    """A cell's value as text. Programs keep fifteen digits: more are the error of binary fractions."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        text = format(value, ".15g")
        return format(float(text), ".0f") if "e" in text and abs(value) >= 1 else text
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    if isinstance(value, date | time | timedelta):
        return str(value)
    return (
        join_lines([line.strip() for line in str(value).splitlines() if line.strip()])
        if isinstance(value, str | int)
        else ""
    )
