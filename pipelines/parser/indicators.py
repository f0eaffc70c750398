"""Statistics tables with one indicator a row: label, unit, code and values, from a grid.

Several pairs of label and value may stand side by side; they are read one under the other. Which columns hold units,
codes and values is told by the header cells, without them by what the columns hold. Promises every printed value of a
row in order, with the columns as the table prints them; which indicator it is, and whether its values fit the columns,
is for the table's reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from pipelines.parser.annex_form import unit_word
from pipelines.parser.blocks import Block, TableBlock
from pipelines.parser.cells import read_cell
from pipelines.parser.printed import Printed, Row, rows_of_grid

VALUE = "value"  # the name of a sole column that prints no name of its own

_MAX_ROWS, _MAX_COLUMNS, _MAX_CELLS = 1000, 40, 30_000

_COUNTED = 6  # rows that make a column of consecutive numbers one of codes

_LABEL_HEAD = re.compile(
    r"^(?:政府信息公开)?(?:统计|主要)?(?:指标|项目|内容|事项|类别|分类|科目)(?:名称|内容|项目)?(?:\(.*\))?$|^名称$"
)
_UNIT_HEAD = re.compile(r"^(?:计量|数量)?单位$")
_CODE_HEAD = re.compile(r"^(?:指标|行)?(?:代码|代号|编码|编号|序号|行次|行号)$")
_REMARK_HEAD = re.compile(r"^(?:备注|说明|指标说明|填报说明|指标解释|计算方法)$")
_NUMBER_ROW = re.compile(r"^(?:[甲乙丙丁戊]|\d{1,2})$")
_PLAIN_NAME = re.compile(
    r"^(?:本年度?|本期)?(?:统计|填报|实际|年度)?"
    r"(?:数|数量|数值|数据|数字|数额|件数|值|数量值|情况|结果|统计数据|合计|总计|总数|\(数量\))?$"
)
_WORDS = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row as printed; no values at all where the row has no cell for one, as a heading.

    `astray` says that order and grid place its values differently, `doubtful` that they cannot be placed at all.
    """

    label: str
    unit: str | None
    code: str | None
    values: tuple[Printed, ...]
    astray: bool = False
    doubtful: bool = False


@dataclass(slots=True)
class Indicators:
    """A table's rows in order, and its columns. `named` says that a header prints them."""

    columns: tuple[str, ...]
    named: bool
    rows: list[Indicator] = field(default_factory=list)
    pairs: list[_Pair] = field(default_factory=list)
    width: int = 0


@dataclass(slots=True)
class _Pair:
    """The grid columns of one pair of label and values: where it begins and ends, its label's end, columns by role."""

    start: int
    end: int
    label_end: int
    units: set[int] = field(default_factory=set)
    codes: set[int] = field(default_factory=set)
    remarks: set[int] = field(default_factory=set)
    slots: list[tuple[str, int, int]] = field(default_factory=list)


def read_indicators(
    block: TableBlock, is_label: Callable[[str], bool], before: Indicators | None = None
) -> Indicators | None:
    """The rows of a table; None when it has no header of such a table and no label that `is_label` knows.

    A table without a header goes on in the columns of the one `before` it, where it is as wide.
    """
    rows = rows_of_grid(block)
    width = len(block.grid.rows[0]) if block.grid.rows else 0
    if len(rows) > _MAX_ROWS or not 2 <= width <= _MAX_COLUMNS:
        return None
    header = _header_rows(block, rows, is_label)
    first = _first_header(header)
    foreign = _under_other_heads(rows, header, first)
    body = [row for index, row in enumerate(rows) if index not in header]
    strange = [index in foreign for index in range(len(rows)) if index not in header]
    pairs = _pairs_of_header(block, first, width) if first else []
    for pair in pairs:
        _drop_blank_slots(body, pair)
    if not pairs:
        pairs = _pairs_of_labels(body, width, is_label)
        if pairs and before is not None and before.width == width:
            pairs = before.pairs
    if not pairs:
        return None
    unlike = any(_names(pair) != _names(pairs[0]) for pair in pairs)
    found = [
        replace(indicator, doubtful=bool(indicator.values)) if unlike or other else indicator
        for pair in pairs
        for row, other in zip(body, strange, strict=True)
        for indicator in _read(_inside(row, pair), pair, is_label)
    ]
    names = _names(pairs[0])
    named = bool(names)
    if not named:
        counts = Counter(len(row.values) for row in found if any(value.text for value in row.values))
        count = max(counts, key=lambda size: (counts[size], -size), default=1)
        names = (VALUE,) if count == 1 else tuple(f"column_{index}" for index in range(1, count + 1))
    return Indicators(_distinct(names), named, found, pairs, width)


def _names(pair: _Pair) -> tuple[str, ...]:
    return tuple(name or f"column_{index}" for index, (name, _, _) in enumerate(pair.slots, start=1))


def tables_of(blocks: Sequence[Block]) -> Iterator[tuple[int, TableBlock]]:
    """The tables of a page with their indices, up to a number of cells that no report reaches."""
    cells = 0
    for index, block in enumerate(blocks):
        if isinstance(block, TableBlock):
            cells += sum(map(len, block.grid.rows))
            if cells > _MAX_CELLS:
                return
            yield index, block


def plain_name(name: str) -> bool:
    """Whether a column's name says no more than that the year's numbers stand in it."""
    return bool(_PLAIN_NAME.match(_compact(name)))


def is_heading_of_labels(text: str) -> bool:
    """Whether a header cell stands over labels or units."""
    return any(head.match(_compact(text)) for head in (_LABEL_HEAD, _UNIT_HEAD))


def _compact(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _numeric(text: str) -> bool:
    return bool(text.strip()) and read_cell(text, "money").state in "RN"


def _header_rows(block: TableBlock, rows: Sequence[Row], is_label: Callable[[str], bool]) -> set[int]:
    """The rows that name columns: those with a word for indicator or unit, what their cells span, and 甲 乙 1 2."""
    found: set[int] = set()
    for index, row in enumerate(rows):
        texts = [_compact(cell.text) for cell in row if cell.text.strip()]
        heads = [text for text in texts if _LABEL_HEAD.match(text) or _UNIT_HEAD.match(text) or _CODE_HEAD.match(text)]
        spanned = index - 1 in found and bool(
            {id(cell) for cell in block.grid.rows[index] if cell}
            & {id(cell) for cell in block.grid.rows[index - 1] if cell}
        )
        numbered = index - 1 in found and len(texts) > 1 and all(_NUMBER_ROW.match(text) for text in texts)
        plain = not any(is_label(text) or unit_word(text) or (_numeric(text) and len(text) != 4) for text in texts)
        if numbered or (len(texts) > 1 and plain and (any(not _CODE_HEAD.match(t) for t in heads) or spanned)):
            found.add(index)
    return found


def _first_header(header: set[int]) -> list[int]:
    """The rows of the topmost header."""
    found: list[int] = []
    for index in sorted(header):
        if found and index != found[-1] + 1:
            break
        found.append(index)
    return found


def _under_other_heads(rows: Sequence[Row], header: set[int], first: Sequence[int]) -> set[int]:
    """The rows below a later header that is not the first again: their columns are not those of the table."""
    found: set[int] = set()
    heads = [_texts(rows[index]) for index in first]
    strange = False
    for index in range(first[-1] + 1 if first else len(rows), len(rows)):
        if index in header:
            strange = _texts(rows[index]) not in heads
        elif strange:
            found.add(index)
    return found


def _texts(row: Row) -> list[str]:
    return [text for cell in row if (text := _compact(cell.text))]


def _pairs_of_header(block: TableBlock, header: Sequence[int], width: int) -> list[_Pair]:
    pairs: list[_Pair] = []
    named: list[list[str]] = []
    for column in range(width):
        cells = [cell for index in header if (cell := block.grid.rows[index][column]) is not None]
        named.append(list(dict.fromkeys(_compact(cell.text) for cell in cells if cell.text.strip())))
    valued = labelled = False
    for column, texts in enumerate(named):
        texts = [text for text in texts if not _NUMBER_ROW.match(text)]
        label = any(_LABEL_HEAD.match(text) for text in texts)
        code = any(_CODE_HEAD.match(text) for text in texts)
        if not pairs or (
            valued and (label or (code and any(map(_LABEL_HEAD.match, named[min(column + 1, width - 1)]))))
        ):
            pairs.append(_Pair(column, width, column))
            if len(pairs) > 1:
                pairs[-2].end = column
            valued = labelled = False
        pair = pairs[-1]
        if label or (code and not labelled):
            pair.label_end = column + 1
            labelled = labelled or label
        elif any(_UNIT_HEAD.match(text) for text in texts):
            pair.units.add(column)
        elif code:
            pair.codes.add(column)
        elif any(_REMARK_HEAD.match(text) for text in texts):
            pair.remarks.add(column)
        elif texts or valued or pair.units:
            name = "/".join(text for text in texts if len(texts) == 1 or not plain_name(text)) or "/".join(texts)
            if valued and pair.slots[-1][0] == name and pair.slots[-1][2] == column and _same(block, header, column):
                pair.slots[-1] = (name, pair.slots[-1][1], column + 1)
            else:
                pair.slots.append((name, column, column + 1))
            valued = True
        else:
            pair.label_end = column + 1
    return pairs if pairs and all(pair.label_end > pair.start and pair.slots for pair in pairs) else []


def _same(block: TableBlock, header: Sequence[int], column: int) -> bool:
    """Whether one header cell covers this column and the one before it."""
    last = block.grid.rows[header[-1]]
    return last[column] is not None and last[column] is last[column - 1]


def _pairs_of_labels(body: Sequence[Row], width: int, is_label: Callable[[str], bool]) -> list[_Pair]:
    """Pairs where known labels stand, when no header says it; units and remarks are told by what columns hold."""
    spans: list[list[int]] = []
    for row in body:
        for cell, following in pairwise(row):
            if cell.span and is_label(cell.text) and not is_label(following.text):
                spans.append([*cell.span])
    merged: list[list[int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1][1] = max(end, merged[-1][1]) if start == merged[-1][0] else merged[-1][1]
        else:
            merged.append([start, end])
    pairs = [_Pair(0 if index == 0 else start, width, end) for index, (start, end) in enumerate(merged)]
    for pair, behind in pairwise(pairs):
        pair.end = behind.start
    for pair in pairs:
        _sort_columns(body, pair)
    return pairs


def _sort_columns(body: Sequence[Row], pair: _Pair) -> None:
    """Units, remarks and columns without anything in them, where no header tells them."""
    blank: set[int] = set()
    counted_on = False
    for column in range(pair.label_end, pair.end):
        texts = [
            cell.text for row in body for cell in row if cell.span and cell.span[0] == column and cell.text.strip()
        ]
        units = sum(unit_word(text) is not None for text in texts)
        numbers = sum(_numeric(text) for text in texts)
        if units > numbers:
            pair.units.add(column)
        elif _consecutive(texts):
            pair.codes.add(column)
            counted_on = counted_on or int(texts[0]) > 1
        elif not numbers:
            (pair.remarks if texts else blank).add(column)
    columns = pair.end - pair.label_end
    if len(pair.units | pair.codes | pair.remarks | blank) < columns:
        pair.remarks |= blank
    elif counted_on and not blank:
        pair.codes.clear()  # the only numbers of the table, and they do not count its rows from one
    if len(pair.units | pair.codes | pair.remarks) == columns:
        pair.remarks.clear()


def _consecutive(texts: Sequence[str]) -> bool:
    """Whether a column counts the rows: codes or serial numbers, each but a few one more than the one above."""
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 3]
    steps = sum(b - a == 1 for a, b in pairwise(numbers))
    return len(numbers) >= _COUNTED and len(numbers) == len(texts) and steps >= len(numbers) - 1 - len(numbers) // 8


def _inside(row: Row, pair: _Pair) -> list[Printed]:
    return [cell for cell in row if cell.span and pair.start <= cell.span[0] < pair.end]


def _read(cells: Sequence[Printed], pair: _Pair, is_label: Callable[[str], bool]) -> list[Indicator]:
    """The indicator of a row's cells; in front of it the headings that stand left of its label."""
    labels: list[str] = []
    values: list[Printed] = []
    unit: str | None = None
    code: str | None = None
    aside: list[Printed] = []
    for cell in cells:
        text = cell.text.strip()
        start = cell.span[0] if cell.span else 0
        named = unit_word(text)
        if named and labels and not values and unit is None and start not in _columns(pair):
            unit = named
        elif start < pair.label_end and not values:
            if _WORDS.search(text):
                labels.append(text)
            elif labels and text and _numeric(text):
                values.append(cell)
        elif start in pair.units and not _numeric(text):
            unit = unit or named or text or None
        elif start in pair.codes and text and not values:
            code = text
            aside.append(cell)
        elif start in pair.remarks:
            continue
        else:
            values.append(cell)
    if not values and code and len(cells) < 2 + len(pair.units) + len(pair.slots):
        values, code = aside, None  # the row is short of a cell: nobody knows whether this is its code
        return _indicators(labels, unit, code, values, is_label, doubtful=True)
    return _indicators(labels, unit, code, values, is_label, astray=_astray(values, pair))


def _drop_blank_slots(body: Sequence[Row], pair: _Pair) -> None:
    """Columns without a name in which nothing stands are no columns of the table."""
    filled = {cell.span[0] for row in body for cell in row if cell.span and cell.text.strip()}
    for slot in [slot for slot in pair.slots if not slot[0]]:
        if len(pair.slots) > 1 and not filled.intersection(range(slot[1], slot[2])):
            pair.slots.remove(slot)
            pair.remarks.update(range(slot[1], slot[2]))


def _indicators(
    labels: Sequence[str],
    unit: str | None,
    code: str | None,
    values: Sequence[Printed],
    is_label: Callable[[str], bool],
    *,
    astray: bool = False,
    doubtful: bool = False,
) -> list[Indicator]:
    if len(labels) > 1 and is_label("".join(labels)) and not is_label(labels[-1]):
        labels = ["".join(labels)]
    if not labels and not any(value.text.strip() for value in values):
        return []
    headings = [Indicator(label, None, None, ()) for label in labels[:-1]]
    return [*headings, Indicator(labels[-1] if labels else "", unit, code, tuple(values), astray, doubtful)]


def _columns(pair: _Pair) -> set[int]:
    return {column for _, start, end in pair.slots for column in range(start, end)}


def _astray(values: Sequence[Printed], pair: _Pair) -> bool:
    """Whether order and grid place the values of a row differently."""
    return len(values) == len(pair.slots) and any(
        value.span is not None and (value.span[1] <= start or end <= value.span[0])
        for value, (_, start, end) in zip(values, pair.slots, strict=True)
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, a number behind those that come again."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(found)
