"""HTML to blocks: the lines of text and the tables of a document, in its order.

Promises that no text is lost but that of scripts, styles and the like; that a table nested in another is read as a
table of its own and the table around it as layout; and that no nesting is too deep. Knows HTML only: which table
matters, and what the text says, is for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.grid import MAX_SPAN, Cell, build_grid
from pipelines.parser.labels import label_of

_DROPPED = ("script", "style", "noscript", "template", "iframe", "object", "select", "textarea", "svg", "head")
# fmt: off
_BREAKING = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog",
    "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))
# fmt: on
_MAX_TABLES = 40  # tables nested deeper than this are read as text
_MAX_PATH = 64
_INLINE = (-1,)  # in place of a container, for an element that does not break the line
_SPACE = re.compile(r"[ \t\r\n\f\xa0\u2000-\u200a]+")
_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|wps|xlsx?|et|rtf|zip|rar|ofd)(?:$|[?#])", re.I)
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
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = None
    if root is None:
        return Document("", {}, (), (), (), (), ())
    title = _collapse("".join(next(root.iter("title"), etree.Element("title")).itertext()))
    meta = _meta(root)
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    reader = _Reader()
    reader.walk(root, ())
    reader.flush()
    links = tuple(
        (_collapse("".join(link.itertext())), link.get("href", "")) for link in root.iter("a") if link.get("href")
    )
    return Document(
        title, meta, tuple(reader.blocks), tuple(_labels(root)), links, tuple(reader.images), tuple(reader.attachments)
    )


def _meta(root: Element) -> dict[str, str]:
    """Meta data by lower-cased name; the first value that is not empty counts."""
    meta: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("name") or element.get("property") or "").strip().lower()
        content = (element.get("content") or "").strip()
        if name and (content or name not in meta) and not meta.get(name):
            meta[name] = content
    return meta


def _labels(root: Element) -> Iterator[tuple[str, str]]:
    """Labelled values whose label and value are neighbouring elements; tables and colons are read elsewhere."""
    for element in root.iter("span", "b", "strong", "em", "i", "label", "dt", "div", "p", "font", "h4", "h5"):
        text = element.text if len(element) == 0 else None
        following = element.getnext()
        if not text or len(text) > 24 or following is None or following.tag in ("br", "table"):
            continue
        label = label_of(text)
        if label is None or text.strip().endswith((":", "：")) or (element.tail or "").strip():
            continue
        value = _collapse("".join(following.itertext()))
        if label_of(value) is None and len(value) <= 200:
            yield label, value


class _Reader:
    """Walks a document and collects its blocks; text waits in a buffer until its line ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.images: list[tuple[int, str]] = []
        self.attachments: list[tuple[int, str]] = []
        self._buffer: list[str] = []
        self._container: tuple[int, ...] = ()
        self._tables = 0
        self._nested = 0

    def flush(self) -> None:
        text = _collapse("".join(self._buffer))
        self._buffer.clear()
        if text:
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
                self._buffer.append(text)
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
        self._buffer.append(element.text or "")

    def _leave(self, container: tuple[int, ...], tail: str) -> None:
        """Ends an element: its line, if it makes one, and the text behind it."""
        if container is not _INLINE:
            self.flush()
            self._container = container
        self._buffer.append(tail)

    def _note(self, element: Element) -> None:
        place = len(self.blocks) + (1 if any(part.strip() for part in self._buffer) else 0)
        if element.tag == "img" and element.get("src"):
            self.images.append((place, element.get("src")))
        elif element.tag == "a" and _ATTACHMENT.search(element.get("href") or ""):
            self.attachments.append((place, element.get("href")))

    def _table(self, table: Element, path: tuple[int, ...]) -> None:
        self._tables += 1
        ordinal = self._tables
        rows = list(_rows(table))
        run: list[list[Cell]] = []
        elements: list[Element] = []
        for number, row in enumerate(rows, start=1):
            cells = [child for child in row if child.tag in ("td", "th")]
            if any(_is_layout(cell) for cell in cells):
                self._run(run, elements, ordinal, path)
                run, elements = [], []
                for index, cell in enumerate(cells):
                    self.walk(cell, (*path, number, index))
            else:
                run.append([_cell(cell, number, column) for column, cell in enumerate(cells, start=1)])
                elements.extend(cells)
        self._run(run, elements, ordinal, path)
        for child in table:
            if child.tag not in ("tr", "td", "th", "tbody", "thead", "tfoot", "colgroup", "col"):
                self.walk(child, (*path, 0))

    def _run(
        self, run: Sequence[Sequence[Cell]], elements: Sequence[Element], ordinal: int, path: tuple[int, ...]
    ) -> None:
        """One table of the rows between layout rows; lines of text when no row holds more than one filled cell."""
        if any(sum(1 for cell in row if cell.text) > 1 for row in run):
            for element in elements:
                for inner in element.iter("img", "a"):
                    self._note(inner)
            self.blocks.append(TableBlock(build_grid(run), ordinal, path))
            return
        for index, element in enumerate(elements):
            self.walk(element, (*path, index))


def _below(path: tuple[int, ...], index: int) -> tuple[int, ...]:
    return (*path, index) if len(path) < _MAX_PATH else path


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("tbody", "thead", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def _is_layout(cell: Element) -> bool:
    """Whether a cell holds a part of the page rather than a datum: a table of more than one cell, or much text."""
    if len(cell) == 0:
        return len(cell.text or "") > _LONG_CELL
    for table in cell.iter("table"):
        if sum(1 for _ in table.iter("td", "th")) > 1:
            return True
    lines = _lines(cell)
    length = sum(len(line) for line in lines)
    return length > _LONG_CELL or (len(lines) >= _PARAGRAPHS and length > _PARAGRAPHS_TEXT)


def _cell(element: Element, row: int, column: int) -> Cell:
    text = _collapse(element.text or "") if len(element) == 0 else _join(_lines(element))
    return Cell(text, row, column, _span(element, "rowspan"), _span(element, "colspan"), element.tag == "th")


def _lines(element: Element) -> list[str]:
    parts: list[str] = []
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if inner is not element and inner.tag in _BREAKING:
            parts.append("\n")
        if event == "start":
            parts.append((inner.text or "").replace("\n", " "))
        elif inner is not element:
            parts.append((inner.tail or "").replace("\n", " "))
    return [line for line in map(_collapse, "".join(parts).split("\n")) if line]


def _join(lines: Sequence[str]) -> str:
    """Lines of one cell as one text: Chinese runs on, two words or numbers keep a space between them."""
    text = ""
    for line in lines:
        text += " " + line if text and text[-1].isascii() and line[0].isascii() else line
    return text


def _span(element: Element, name: str) -> int:
    value = (element.get(name) or "").strip()
    if not value.isascii() or not value.isdigit():
        return 1
    return min(int(value[:6]), MAX_SPAN)


def _collapse(text: str) -> str:
    return _SPACE.sub(" ", text).strip(" \u3000\u200b\ufeff")
