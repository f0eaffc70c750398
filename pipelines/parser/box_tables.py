"""Tables made of boxes (`div`, lists) rewritten as tables, so that they are read as the grids they are to the eye.

A run of sibling rows, each of sibling cells, becomes a table only where it is one by its regular nesting or by what its
style and class names say, and where its rows read like rows of a statutory table: a label of the form and values behind
it. Whatever else is made of boxes stays as it is. Knows the wordings of the forms, not what they mean.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

from pipelines.parser.cells import read_cell
from pipelines.parser.forms import ACTIVE_ROWS, APPLICATION_ROWS, REVIEW_HEADINGS

Element = Any  # lxml has no types of its own

_HOLDERS = ("div", "ul", "ol", "dl", "section", "article", "main", "figure", "center", "td")
_ROWS = frozenset(("div", "ul", "ol", "dl", "li", "p", "section"))
_BLOCK_CELLS = frozenset(("div", "p", "li", "dt", "dd"))
_INLINE_CELLS = frozenset(("span", "b", "strong", "label", "em", "i", "font", "a"))
_ROW_STYLE = re.compile(r"(?<![a-z])(?:row|tr|line)(?![a-z])|display:(?:table-row|flex|grid)(?![-a-z])", re.I)
_CELL_STYLE = re.compile(
    r"(?<![a-z])(?:td|th|cell|gridcell|columnheader|rowheader|col|column)(?![a-z])|display:(?:table-cell|inline-block)",
    re.I,
)
_TRACKS = re.compile(r"grid-template-columns:\s*(?P<tracks>[^;]+)", re.I)
_REPEATED = re.compile(r"repeat\(\s*(\d{1,2})\s*,[^()]*\)")
_FUNCTION = re.compile(r"(?<!repeat)\([^()]*\)")
_SPAN = re.compile(r"grid-column:[^;]*span\s*(\d{1,2})", re.I)
_MAX_TEXT = 200
_MAX_PARTS = 60  # elements in a cell; what holds more is a part of the page
_MAX_LINE = 60
_MAX_ROWS = 1000  # no statutory table is near this size
_MAX_TRACKS = 40
_MAX_LOOK = 300
_LEAST_ROWS = 3  # rows with a label of the form and values that make a run of boxes a statutory table
_LEAST_HEADINGS = 5  # or headings of table 4, which has one row of values, side by side


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: its cells, and the element that holds them, None where they stand among others."""

    cells: list[Element]
    element: Element | None = None


_Run = list[_Row]


def rewrite_boxes(root: Element, *, divided: bool) -> None:
    """Rewrites, in place, every run of boxes that is a statutory table as a `table` element.

    `divided` says whether a style may divide any box into columns.
    """
    made: set[Element] = set()
    for holder in _candidates(root, divided=divided):
        if holder in made:
            continue
        for read in (_rows_of_tracks, _rows, _rows_of_groups):
            runs = [run for run in read(holder) if len(run) <= _MAX_ROWS and _is_statutory(run)]
            for run in runs:
                made.update(cell for row in run for cell in row.cells)
                _rewrite(run)
            if runs:
                break


def _candidates(root: Element, *, divided: bool) -> list[Element]:
    """The elements that may hold such a run, in document order: most pages have none.

    A table takes enough children, or children of children, that hold several elements themselves; or columns by style.
    """
    rows: Counter[Element] = Counter()
    for element in root.iter(*_ROWS):
        if len(element) > 1:
            weight = _LEAST_ROWS if len(element) >= _LEAST_HEADINGS else 1
            parent = element.getparent()
            rows[parent] += weight
            rows[parent.getparent()] += weight
    if not divided and max(rows.values(), default=0) < _LEAST_ROWS:
        return []
    return [
        holder
        for holder in root.iter(*_HOLDERS)
        if rows[holder] >= _LEAST_ROWS or (divided and len(holder) >= _LEAST_HEADINGS and _TRACKS.search(_look(holder)))
    ]


def _rows(holder: Element) -> Iterator[_Run]:
    """The runs of sibling rows among an element's children."""
    return _runs(list(holder))


def _rows_of_groups(holder: Element) -> Iterator[_Run]:
    """The same where the element holds nothing but groups of rows, such as a head and a body."""
    children: list[Element] = []
    for child in holder:
        if child.tag not in _ROWS or _own_ink(child) or not all(_cells(row) or _is_line(row) for row in child):
            return iter(())
        children.extend(child)
    return _runs(children)


def _rows_of_tracks(holder: Element) -> Iterator[_Run]:
    """The rows of a box that its style divides into columns, its children being cells one after the other."""
    template = _TRACKS.search(_look(holder))
    if template is None or _own_ink(holder) or any("grid-row" in _look(cell) for cell in holder):
        return
    tracks = _REPEATED.sub(lambda match: "x " * int(match[1]), _FUNCTION.sub("", template["tracks"]))
    columns = len(tracks.split())
    if columns > _MAX_TRACKS:
        return
    run = [_Row([])]
    width = 0
    for cell in holder:
        if run[-1].cells and width + _span(cell) > columns:
            run.append(_Row([]))
            width = 0
        run[-1].cells.append(cell)
        width += _span(cell)
    yield run


def _runs(children: Sequence[Element]) -> Iterator[_Run]:
    run: _Run = []
    for child in children:
        cells = _cells(child)
        if cells:
            run.append(_Row(cells, child))
        elif run and _is_line(child):
            run.append(_Row([child]))
        else:
            yield _without_lines(run)
            run = []
        if (child.tail or "").strip():
            yield _without_lines(run)
            run = []
    yield _without_lines(run)


def _without_lines(run: _Run) -> _Run:
    """Without the lines that stand behind the last row."""
    while run and run[-1].element is None:
        run.pop()
    return run


def _cells(row: Element) -> list[Element]:
    """The cells of a row; none when the element is no row."""
    if row.tag not in _ROWS or _own_ink(row):
        return []
    cells = [child for child in row if child.tag != "br"]
    if (
        not cells
        or len(cells) > _MAX_TRACKS
        or any(cell.tag not in _BLOCK_CELLS and cell.tag not in _INLINE_CELLS for cell in cells)
    ):
        return []
    told = _ROW_STYLE.search(_look(row)) or all(_CELL_STYLE.search(_look(cell)) for cell in cells)
    if row.tag == "p" or any(cell.tag in _INLINE_CELLS for cell in cells):
        return cells if told else []
    return cells if told or len(cells) > 1 else []


def _is_line(element: Element) -> bool:
    """Whether an element is a line such as a caption between two rows."""
    if element.tag not in _ROWS or len(_text(element)) > _MAX_LINE:
        return False
    inner = [found.tag for found in islice(element.iterdescendants(), _MAX_PARTS)]
    while inner and inner[0] in _ROWS and len(element) == 1 and not _own_ink(element):
        element = element[0]
        del inner[0]
    return not any(tag in _ROWS or tag in ("table", "img") for tag in inner)


def _own_ink(element: Element) -> bool:
    """Whether text stands in the element beside its children."""
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in element)


def _look(element: Element) -> str:
    """What class, role and style say of an element, without white space behind colons."""
    look = " ".join((element.get(name) or "")[:_MAX_LOOK] for name in ("class", "role", "style"))
    return re.sub(r":\s+", ":", look)


def _span(cell: Element) -> int:
    match = _SPAN.search(_look(cell))
    return max(1, int(match[1])) if match else 1


def _text(cell: Element) -> str:
    """The text without white space; of what is no cell but a part of the page, more than any label."""
    parts = list(islice(cell.iter(), _MAX_PARTS + 1))
    if len(parts) > _MAX_PARTS:
        return "?" * _MAX_TEXT
    pieces = [cell.text or "", *(piece or "" for part in parts[1:] for piece in (part.text, part.tail))]
    return "".join("".join(pieces).split())[:_MAX_TEXT]


def _is_statutory(run: _Run) -> bool:
    texts = [[_text(cell) for cell in row.cells] for row in run]
    return sum(map(_has_values, texts)) >= _LEAST_ROWS or any(
        len(row) >= _LEAST_HEADINGS and sum(REVIEW_HEADINGS.find(text) is not None for text in row) >= _LEAST_HEADINGS
        for row in texts
    )


def _has_values(row: Sequence[str]) -> bool:
    """Whether a row holds a label of the form and, behind it, nothing but values."""
    label = max((index for index, text in enumerate(row) if not _is_value(text)), default=-1)
    return 0 <= label < len(row) - 1 and (ACTIVE_ROWS.find(row[label]) or APPLICATION_ROWS.find(row[label])) is not None


def _is_value(text: str) -> bool:
    return read_cell(text, "signed").state != "T" or read_cell(text, "money").state != "T"


def _rewrite(run: _Run) -> None:
    """Makes a table of a run; a row with fewer cells than the longest has them at its right, where values stand."""
    table = etree.Element("table")
    (run[0].cells[0] if run[0].element is None else run[0].element).addprevious(table)
    longest = max(sum(map(_span, row.cells)) for row in run)
    for row in run:
        last = row.cells[-1] if row.element is None else row.element
        table.tail, last.tail = last.tail, None
        line = etree.SubElement(table, "tr")
        missing = longest - sum(map(_span, row.cells))
        for index, cell in enumerate(row.cells):
            span = _span(cell) + (0 if index else missing)
            etree.SubElement(line, "td", colspan=str(span)).append(cell)
        if row.element is not None:
            row.element.getparent().remove(row.element)
