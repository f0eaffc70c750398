"""HTML to blocks: the lines of text and the tables of a document, in its order.

Promises that no text is lost but that of scripts, styles and the like, and what is not displayed; that a table nested in
another is read as a table of its own and the table around it as layout; and that no nesting is too deep. Knows HTML
only: which table matters, and what the text says, is for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.box_tables import rewrite_boxes
from pipelines.parser.displayed import drop_undisplayed, mark_corrections
from pipelines.parser.grid import MAX_SPAN, Cell, build_grid, join_lines
from pipelines.parser.labels import label_of, pairs_of, starts_with_label
from pipelines.parser.script_bodies import restore_body

_DROPPED = ("script", "style", "noscript", "template", "iframe", "object", "select", "textarea", "svg", "head")
# fmt: off
_BREAKING = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog",
    "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))
# fmt: on
_LINES = ("div", "p")
_MAX_TABLES = 40  # tables nested deeper than this are read as text
_MAX_PATH = 64
_INLINE = (-1,)  # in place of a container, for an element that does not break the line
_LINE_END = "\u2028"  # Unicode's line separator; the lines of preformatted text are set apart by it
_PICTURE = "\ufffc"  # what Unicode has in place of an object
_SPACE = re.compile(r"[ \u2028\t\r\n\f\xa0\u2000-\u200a]+")
_EDGES = " \u3000\u200b\u200c\u200d\u2060\u00ad\ufeff"
_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|wps|xlsx?|et|rtf|zip|rar|ofd)(?:$|[?#])", re.I)
_COLON = re.compile(r"[:：]\s*\S")
_BREAK_HINT = re.compile(r"</?wbr\b[^<>]{0,100}>", re.I)
_LONG_CELL = 400
_PARAGRAPHS, _PARAGRAPHS_TEXT = 4, 200

Element = Any  # lxml has no types of its own


@dataclass(frozen=True, slots=True)
class Document:
    """What an HTML document holds. `images`, `attachments`: (index into blocks before which it stands, address)."""

    title: str
    meta: Mapping[str, str]
    blocks: tuple[Block, ...]
    labels: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    images: tuple[tuple[int, str], ...]
    attachments: tuple[tuple[int, str], ...]


def read_html(text: str) -> Document:
    """The document's title, meta data, blocks and links. Raises nothing; what is no document is an empty one."""
    if "<wbr" in text or "<WBR" in text:
        text = _BREAK_HINT.sub("", text)  # the reader does not know that this element never has an end
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        encoded = text.encode("utf-8", "replace")
        root = etree.fromstring(encoded, parser)
    except etree.LxmlError:
        root = None
    if root is None:
        return Document("", {}, (), (), (), (), ())
    title, meta = _head(root)
    restore_body(root)
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    drop_undisplayed(root, text)
    mark_corrections(root, text)
    rewrite_boxes(root, divided=b"grid-template-columns" in encoded.lower())
    for block in root.iter("pre"):
        _keep_lines(block)
    reader = _Reader()
    reader.walk(root, ())
    reader.flush()
    links = tuple(
        (_collapse("".join(link.itertext())), link.get("href", "")) for link in root.iter("a") if link.get("href")
    )
    return Document(
        title, meta, tuple(reader.blocks), tuple(_labels(root)), links, tuple(reader.images), tuple(reader.attachments)
    )


def _head(root: Element) -> tuple[str, dict[str, str]]:
    """The first title, and the meta data by lower-cased name; the first value that is not empty counts."""
    title: str | None = None
    meta: dict[str, str] = {}
    for element in root.iter("meta", "title"):
        if element.tag == "title":
            title = "".join(element.itertext()) if title is None else title
            continue
        name = (element.get("name") or element.get("property") or "").strip().lower()
        content = (element.get("content") or "").strip()
        if name and (content or name not in meta) and not meta.get(name):
            meta[name] = content
    return _collapse(title or ""), meta


def _labels(root: Element) -> Iterator[tuple[str, str]]:
    """Labelled values whose label and value are neighbouring elements, or that stand in an element right behind another.

    Tables and colons within a line are read elsewhere.
    """
    for element in root.iter("span", "b", "strong", "em", "i", "label", "dt", "div", "p", "font", "h4", "h5"):
        text = element.text if len(element) == 0 else None
        following = element.getnext()
        if text and element.tag == "span" and len(text) <= 48 and _is_glued(element) and _COLON.search(text):
            yield from pairs_of([text])
        if not text or len(text) > 24 or following is None or following.tag in ("br", "table"):
            continue
        label = label_of(text)
        if label is None or (element.tail or "").strip():
            continue
        if text.strip().endswith((":", "：")) and (element.tag not in _LINES or following.tag != element.tag):
            continue  # label and value are one line of text
        value = _collapse("".join(following.itertext()))
        if len(value) <= 200 and not starts_with_label(value):
            yield label, value


def _is_glued(element: Element) -> bool:
    """Whether nothing stands between an element and the one before it, so that their text runs on."""
    before = element.getprevious()
    return before is not None and before.tag == element.tag and not before.tail


class _Reader:
    """Walks a document and collects its blocks; text waits in a buffer until its line ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.images: list[tuple[int, str]] = []
        self.attachments: list[tuple[int, str]] = []
        self._buffer: list[str] = []
        self._inked = False  # whether the buffer holds more than white space
        self._container: tuple[int, ...] = ()
        self._tables = 0
        self._nested = 0

    def flush(self) -> None:
        buffered = "".join(self._buffer) if self._inked else ""
        self._buffer.clear()
        self._inked = False
        for line in buffered.split(_LINE_END):
            if text := _collapse(line):
                self.blocks.append(TextBlock(text, self._container))

    def walk(self, element: Element, path: tuple[int, ...]) -> None:
        """Collects what an element holds. Not recursive but for tables: unclosed tags nest by the hundred."""
        waiting: list[tuple[Element | None, tuple[int, ...], str]] = [(element, path, "")]
        while waiting:
            current, place, text = waiting.pop()
            if current is None:
                self._leave(place, text)
            elif current.tag == "table" and self._nested < _MAX_TABLES:
                self.flush()
                self._nested += 1
                self._table(current, place)
                self._nested -= 1
                self._add(text)
            else:
                breaking = current.tag in _BREAKING
                waiting.append((None, self._container if breaking else _INLINE, text))
                self._enter(current, place, breaking)
                children = [(child, _below(place, index), child.tail or "") for index, child in enumerate(current)]
                waiting.extend(reversed(children))

    def _enter(self, element: Element, path: tuple[int, ...], breaking: bool) -> None:
        self._note(element)
        if breaking:
            self.flush()
            self._container = path
        self._add(element.text or "")

    def _leave(self, container: tuple[int, ...], tail: str) -> None:
        """Ends an element: its line, if it makes one, and the text behind it."""
        if container is not _INLINE:
            self.flush()
            self._container = container
        self._add(tail)

    def _add(self, text: str) -> None:
        if text:
            self._buffer.append(text)
            self._inked = self._inked or _inked(text)

    def _note(self, element: Element) -> None:
        place = len(self.blocks) + self._inked
        if element.tag == "img" and element.get("src"):
            self.images.append((place, element.get("src")))
        elif element.tag == "a" and _ATTACHMENT.search(element.get("href") or ""):
            self.attachments.append((place, element.get("href")))

    def _table(self, table: Element, path: tuple[int, ...]) -> None:
        self._tables += 1
        ordinal = self._tables
        nesting = next(table.iterdescendants("table"), None) is not None
        linked = next(table.iterdescendants("img", "a"), None) is not None
        run: list[list[Cell]] = []
        elements: list[Element] = []
        for number, row in enumerate(_rows(table), start=1):
            cells = [child for child in row if child.tag in ("td", "th")]
            read = None if nesting and any(map(_holds_table, cells)) else _cells(cells, number)
            if read is None:
                self._run(run, elements, ordinal, path, linked=linked)
                run, elements = [], []
                for index, cell in enumerate(cells):
                    self.walk(cell, (*path, number, index))
            else:
                run.append(read)
                elements.extend(cells)
        self._run(run, elements, ordinal, path, linked=linked)
        for child in table:
            if child.tag not in ("tr", "td", "th", "tbody", "thead", "tfoot", "colgroup", "col"):
                self.walk(child, (*path, 0))

    def _run(
        self,
        run: Sequence[Sequence[Cell]],
        elements: Sequence[Element],
        ordinal: int,
        path: tuple[int, ...],
        *,
        linked: bool,
    ) -> None:
        """One table of the rows between layout rows; lines of text when no row holds more than one filled cell.

        `linked`: there is a picture or a link somewhere in the table.
        """
        if any(sum(1 for cell in row if cell.text) > 1 for row in run):
            pictured: set[tuple[int, int]] = set()
            cells = [cell for row in run for cell in row] if linked else []
            for element, cell in zip(elements, cells, strict=False):
                for inner in element.iter("img", "a"):
                    self._note(inner)
                    if inner.tag == "img" and not cell.text:
                        pictured.add((cell.row, cell.column))
            if pictured:
                run = [
                    [_pictured(cell) if (cell.row, cell.column) in pictured else cell for cell in row] for row in run
                ]
            self.blocks.append(TableBlock(build_grid(run), ordinal, path))
            return
        for index, element in enumerate(elements):
            self.walk(element, (*path, index))


def _pictured(cell: Cell) -> Cell:
    """A cell that holds a picture and no text: nobody knows what it says, but it is not blank."""
    return cell._replace(text=_PICTURE)


def _keep_lines(block: Element) -> None:
    """Marks the line ends of preformatted text, which elsewhere are white space."""
    for element in block.iter("*"):
        if element.text:
            element.text = element.text.replace("\n", _LINE_END)
        if element.tail and element is not block:
            element.tail = element.tail.replace("\n", _LINE_END)


def _below(path: tuple[int, ...], index: int) -> tuple[int, ...]:
    return (*path, index) if len(path) < _MAX_PATH else path


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("tbody", "thead", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _holds_table(cell: Element) -> bool:
    """Whether a cell holds a part of the page rather than a datum: a table of more than one cell."""
    return any(sum(1 for _ in table.iter("td", "th")) > 1 for table in cell.iter("table"))


def _cells(elements: Sequence[Element], row: int) -> list[Cell] | None:
    """The cells of a row; None where one of them is a part of the page rather than a datum."""
    found: list[Cell] = []
    for column, element in enumerate(elements, start=1):
        inner = _innermost(element)
        if len(inner) == 0:  # most cells: one line, whatever the tags around it
            text = _collapse(inner.text or "")
            if len(text) > _LONG_CELL:
                return None
        else:
            lines = _lines(inner)
            if _is_prose(lines):
                return None
            text = join_lines(lines)
        spans = _span(element.get("rowspan")), _span(element.get("colspan"))
        found.append(Cell(text, row, column, *spans, element.tag == "th"))
    return found


def _is_prose(lines: Sequence[str]) -> bool:
    """Whether a cell holds much text, so that it is a part of the page."""
    length = sum(map(len, lines))
    return length > _LONG_CELL or (len(lines) >= _PARAGRAPHS and length > _PARAGRAPHS_TEXT)


def _lines(element: Element) -> list[str]:
    """The lines of text in an element, none of them empty."""
    element = _innermost(element)
    if len(element) == 0:
        return [line for line in map(_collapse, (element.text or "").split(_LINE_END)) if line]
    parts: list[str] = []
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if inner is not element and inner.tag in _BREAKING:
            parts.append("\n")
        if event == "start":
            parts.append((inner.text or "").replace("\n", " "))
        elif inner is not element:
            parts.append((inner.tail or "").replace("\n", " "))
    return [line for line in map(_collapse, "".join(parts).replace(_LINE_END, "\n").split("\n")) if line]


def _innermost(element: Element) -> Element:
    """The element itself, or the one in it that alone holds something: a paragraph in a cell, a span in a paragraph."""
    while len(element) == 1:
        text, inner = element.text, element[0]
        if (text and not text.isspace()) or _inked(inner.tail):
            break
        element = inner
    return element


def _inked(text: str | None) -> bool:
    """Whether there is more than white space."""
    return text is not None and text != "" and not text.isspace()


def _span(value: str | None) -> int:
    if value is None:
        return 1
    value = value.strip()
    if not value.isascii() or not value.isdigit():
        return 1
    return min(int(value[:6]), MAX_SPAN)


def _collapse(text: str) -> str:
    if text.isalnum():  # most cells: a label or a number, no space anywhere
        return text
    return _SPACE.sub(" ", text).strip(_EDGES)
