"""Word documents to HTML: paragraphs and tables in document order, merged cells as spans.

Promises the text a reader of the document sees, boxes of text behind the paragraph they are anchored to; deleted and
hidden text is none. Automatic numbers of paragraphs are written out. Reads the parts of the file as XML without
entities; knows nothing of what the text says.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from pipelines.parser.carriers.docx_numbering import Numbering
from pipelines.parser.carriers.kinds import UnreadableFile, open_zip

_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)
_MAIN = "word/document.xml"
_MAX_DEPTH = 100
_BREAKS = {"tab": " ", "br": "<br>", "cr": "<br>", "noBreakHyphen": "-"}
_TRANSPARENT = frozenset(
    (
        "ins",
        "moveTo",
        "hyperlink",
        "smartTag",
        "sdt",
        "sdtContent",
        "customXml",
        "fldSimple",
        "ruby",
        "rubyBase",
        "bdo",
        "dir",
    )
)
_BOXES = frozenset(("drawing", "pict", "object"))

Element = Any  # lxml has no types of its own


def html_of_docx(body: bytes) -> str:
    """The document's body as HTML. Raises `UnreadableFile` for what is no Word document."""
    with open_zip(body) as archive:
        names = archive.namelist()
        main = (
            _MAIN if _MAIN in names else next((name for name in names if re.match(r"word/document\d*\.xml$", name)), "")
        )
        if not main:
            raise UnreadableFile("a Word document without its text")
        root = _parse(archive.read(main), main)
        folder = posixpath.dirname(main)
        numbering = Numbering(
            _part(archive, posixpath.join(folder, "numbering.xml")),
            _part(archive, posixpath.join(folder, "styles.xml")),
        )
    text = next(iter(_children(root, "body")), None)
    if text is None:
        raise UnreadableFile("a Word document without its text")
    writer = _Writer(numbering)
    writer.write(text)
    return "<html><body>" + "".join(writer.parts) + "</body></html>"


def _part(archive: zipfile.ZipFile, name: str) -> Element | None:
    """A part the text does without; None where it is missing or damaged."""
    try:
        return _parse(archive.read(name), name)
    except (KeyError, UnreadableFile):
        return None


def _parse(part: bytes, name: str) -> Element:
    if _ENTITIES.search(part[:4096]):
        raise UnreadableFile(f"a Word document whose part {name} declares entities")
    try:
        return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.LxmlError as error:
        raise UnreadableFile(f"a damaged Word document: {name}: {error}") from error


class _Writer:
    """Writes blocks as HTML; what hangs at a paragraph waits until it ends."""

    def __init__(self, numbering: Numbering) -> None:
        self.parts: list[str] = []
        self._numbering = numbering
        self._depth = 0

    def write(self, container: Element) -> None:
        """The paragraphs and tables of a body, a cell or a box."""
        if self._depth >= _MAX_DEPTH:
            self.parts.append(html.escape(" ".join(container.itertext())))
            return
        self._depth += 1
        for child in container:
            name = _name(child)
            if name == "p":
                self._paragraph(child)
            elif name == "tbl":
                self._table(child)
            elif name in _TRANSPARENT:
                self.write(child)
        self._depth -= 1

    def _paragraph(self, paragraph: Element) -> None:
        boxes: list[Element] = []
        text = "".join(_runs(paragraph, boxes))
        number = self._numbering.next_of(paragraph) if text.strip() else ""
        self.parts.append(f"<p>{html.escape(number)}{text}</p>")
        for box in boxes:
            self.write(box)

    def _table(self, table: Element) -> None:
        rows = [[_Cell(cell) for cell in _children(row, "tc")] for row in _children(table, "tr")]
        columns: list[dict[int, _Cell]] = []
        for element, row in zip(_children(table, "tr"), rows, strict=True):
            starts: dict[int, _Cell] = {}
            column = _value(element, "trPr", "gridBefore")
            for cell in row:
                starts[column] = cell
                column += cell.width
            columns.append(starts)
        self.parts.append("<table>")
        for index, (element, starts) in enumerate(zip(_children(table, "tr"), columns, strict=True)):
            self.parts.append("<tr>")
            if before := _value(element, "trPr", "gridBefore"):
                self.parts.append(f'<td colspan="{before}"></td>')
            for column, cell in starts.items():
                if cell.continues and _above(columns, index, column, cell) is not None:
                    continue
                height = _height(columns, index, column, cell)
                self.parts.append(f'<td rowspan="{height}" colspan="{cell.width}">')
                self.write(cell.element)
                self.parts.append("</td>")
            self.parts.append("</tr>")
        self.parts.append("</table>")


class _Cell:
    """A cell of a Word table: how many columns it covers, and whether it is the rest of the one above."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.width = max(1, min(_value(element, "tcPr", "gridSpan"), 1000))
        merge = next((part for of in _children(element, "tcPr") for part in _children(of, "vMerge")), None)
        self.continues = merge is not None and _attribute(merge, "val") != "restart"


def _above(columns: Sequence[dict[int, _Cell]], index: int, column: int, cell: _Cell) -> _Cell | None:
    """The cell that a continuing one continues: one as wide, right above it."""
    above = columns[index - 1].get(column) if index else None
    return above if above is not None and above.width == cell.width else None


def _height(columns: Sequence[dict[int, _Cell]], index: int, column: int, cell: _Cell) -> int:
    height = 1
    while index + height < len(columns):
        below = columns[index + height].get(column)
        if below is None or not below.continues or below.width != cell.width:
            break
        height += 1
    return height


def _runs(element: Element, boxes: list[Element]) -> Iterator[str]:
    """The text of a paragraph as HTML; the boxes of text in it go to `boxes`, pictures become images."""
    for child in element:
        name = _name(child)
        if name == "r":
            if not _is_hidden(child):
                yield from _runs(child, boxes)
        elif name == "t":
            yield html.escape(child.text or "")
        elif name in _BREAKS:
            yield _BREAKS[name]
        elif name == "sym":
            yield "\ufffd"
        elif name in _BOXES:
            yield from _drawing(child, boxes)
        elif name == "AlternateContent":
            chosen = next(iter([*_children(child, "Choice"), *_children(child, "Fallback")]), None)
            if chosen is not None:
                yield from _runs(chosen, boxes)
        elif name in _TRANSPARENT:
            yield from _runs(child, boxes)


def _drawing(drawing: Element, boxes: list[Element]) -> Iterator[str]:
    held = [inner for inner in drawing.iter() if _name(inner) == "txbxContent"]
    boxes.extend(box for box in held if not any(_name(outer) == "txbxContent" for outer in box.iterancestors()))
    if not held and any(_name(inner) in ("blip", "imagedata") for inner in drawing.iter()):
        yield '<img src="a picture in the document">'


def _is_hidden(run: Element) -> bool:
    marks = (mark for properties in _children(run, "rPr") for mark in _children(properties, "vanish"))
    return any(_attribute(mark, "val") not in ("0", "false", "off") for mark in marks)


def _children(element: Element, name: str) -> list[Element]:
    """The children of a name, content controls opened; Word writes the same names in two name spaces."""
    found = []
    for child in element:
        own = _name(child)
        if own == name:
            found.append(child)
        elif own in ("sdt", "sdtContent", "customXml") and name in ("tr", "tc"):
            found.extend(_children(child, name))
    return found


def _value(element: Element, properties: str, name: str) -> int:
    for of in _children(element, properties):
        for mark in _children(of, name):
            value = _attribute(mark, "val")
            return min(int(value), 1000) if value.isascii() and value.isdigit() and len(value) < 7 else 0
    return 0


def _attribute(element: Element, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
