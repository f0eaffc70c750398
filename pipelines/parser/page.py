"""A fetched page as the parser reads it: text and tables in document order, labelled values, links.

Promises a `Page` for any text: decoded by the charset rule, HTML or plain text, scripts and comments gone, every table
a grid; and for the files that `carriers` reads, or the reason why not. Must not know what a report is, nor which portal
or software the page came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.carriers.files import read_file
from pipelines.parser.carriers.kinds import Kind, UnreadableFile, kind_of
from pipelines.parser.charset import decode
from pipelines.parser.labels import find_labels
from pipelines.parser.markup import read_html

__all__ = [
    "Attachment",
    "Block",
    "Carrier",
    "Hints",
    "Page",
    "ReportPage",
    "TableBlock",
    "TextBlock",
    "UnreadableFile",
    "read_file_page",
    "read_page",
]

Carrier = Kind | Literal["html", "text"]

MAX_BODY = 16 * 1024 * 1024  # of a page or a file

_MARKUP = re.compile(r"<(?:!doctype|html|head|body|div|p|table|tr|td|span|meta|br|h[1-6]|script|ul|li|a)\b", re.I)
_MAX_EMPTY = 20
_TAG = re.compile(r"<(?:!doctype|/?[a-z][a-z0-9]{0,9})\b", re.I)
_MARKUP_START = re.compile(r"\s*<(?:!doctype\s+html|html|head|\?xml|!--)", re.I)
# No report is near these sizes; what is over them is something else, or made to cost time and memory.
_MAX_MARKUP = 4_000_000
_MAX_TAGS = 100_000
_MAX_TEXT = 1_000_000
_DATA_URI = re.compile(r"data:[a-z]{1,20}/[a-z0-9.+-]{1,80};base64,[A-Za-z0-9+/=\s]+", re.I)
_DATA_MARK = "64,"
_CONTROL_BYTES = bytes((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F))
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Hints:
    """What was known of a page before it was fetched; every field may be empty.

    `region` is the GB/T 2260 code of the portal, `card` the labelled values of the listing's index card.
    """

    portal: str = ""
    region: str = ""
    listing_title: str = ""
    listing_date: str = ""
    card: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a page links to in place of its text: decoded body, address, Content-Type as sent."""

    body: bytes
    url: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The parser's input: the decoded body (no transfer or content coding), the address, the Content-Type as sent.

    `attachments` are the files that hold the report where the page itself is nothing but a link to them. `converted`
    has the HTML that LibreOffice makes of Word files of the old format, or in words why there is none, by the SHA-256 of
    the file: the parser itself starts no program.
    """

    body: bytes
    url: str = ""
    content_type: str = ""
    hints: Hints = field(default_factory=Hints)
    attachments: tuple[Attachment, ...] = ()
    converted: Mapping[str, bytes | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page read.

    `carrier` is html, text, or the kind of file; files have no charset. `meta` has lower-cased names. `labels` are the
    labelled values of cards and head lines: the label without white space and colon, the value as printed, empty where
    none is. `links` are (text, address as written). `images` and `attachments` are (index into blocks before which it
    stands, address). `excess` says what there was too much of to read any of it.
    """

    carrier: Carrier
    charset_declared: str | None
    charset_used: str | None
    html_title: str
    meta: Mapping[str, str]
    blocks: tuple[Block, ...]
    labels: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    images: tuple[tuple[int, str], ...] = ()
    attachments: tuple[tuple[int, str], ...] = ()
    excess: str = ""


def read_page(report_page: ReportPage) -> Page:
    """The page's text, tables, labelled values and links. Raises `UnreadableFile` for a file that cannot be read."""
    kind = kind_of(report_page.body)
    if kind is not None:
        return read_file_page(kind, [report_page.body], report_page.converted)
    text, declared, used = decode(report_page.body, report_page.content_type)
    text = _without_data(text, report_page.body)
    if _is_html(text, report_page.content_type):
        return _html_page("html", text, declared, used)
    if len(text) > _MAX_TEXT:
        return _oversized("text", declared, used, f"more than {_MAX_TEXT} characters of text")
    if text.count("\n") > _MAX_TAGS:
        return _oversized("text", declared, used, f"more than {_MAX_TAGS} lines")
    blocks = tuple(_text_lines(text))
    return Page("text", declared, used, "", {}, blocks, find_labels(blocks), ())


def _without_data(text: str, body: bytes) -> str:
    """The text of a body without control characters and pictures written into it.

    Few pages have either, and a search with an expression takes longer than to see that: in every charset that is read,
    a control character has its byte.
    """
    if len(body.translate(None, _CONTROL_BYTES)) < len(body) or "\ufffe" in text or "\uffff" in text:
        text = _CONTROL.sub("", text)
    return _DATA_URI.sub("", text) if _DATA_MARK in text else text


def read_file_page(kind: Kind, bodies: Sequence[bytes], converted: Mapping[str, bytes | str]) -> Page:
    """A file as a page; several bodies are the pictures of its pages. Raises `UnreadableFile`."""
    held = read_file(kind, bodies, converted)
    if isinstance(held, str):
        return _html_page(kind, _CONTROL.sub("", held), None, None)
    blocks = tuple(held)
    if sum(map(_length, blocks)) > _MAX_TEXT:
        return _oversized(kind, None, None, f"more than {_MAX_TEXT} characters of text")
    return Page(kind, None, None, "", {}, blocks, find_labels(blocks), ())


def _html_page(carrier: Carrier, text: str, declared: str | None, used: str | None) -> Page:
    if len(text) > _MAX_MARKUP:
        return _oversized(
            carrier, declared, used, f"more than {_MAX_MARKUP} characters, pictures in the page not counted"
        )
    if text.count("<") > _MAX_TAGS:
        return _oversized(carrier, declared, used, f"more than {_MAX_TAGS} tags")
    document = read_html(text)
    if sum(map(_length, document.blocks)) > _MAX_TEXT:
        return _oversized(carrier, declared, used, f"more than {_MAX_TEXT} characters of text")
    return Page(
        carrier=carrier,
        charset_declared=declared,
        charset_used=used,
        html_title=document.title,
        meta=document.meta,
        blocks=document.blocks,
        labels=(*document.labels, *find_labels(document.blocks)),
        links=document.links,
        images=document.images,
        attachments=document.attachments,
    )


def _oversized(carrier: Carrier, declared: str | None, used: str | None, excess: str) -> Page:
    return Page(carrier, declared, used, "", {}, (), (), (), excess=excess)


def _length(block: Block) -> int:
    if isinstance(block, TextBlock):
        return len(block.text)
    return sum(len(cell.text) for row in block.grid.rows for cell in row if cell is not None)


def _text_lines(text: str) -> Iterator[TextBlock]:
    """The lines of a plain text; of a long run of empty ones the first few."""
    empty = 0
    for number, line in enumerate(text.splitlines(), start=1):
        empty = 0 if line else empty + 1
        if empty <= _MAX_EMPTY:
            yield TextBlock(line, (), number)


def _is_html(text: str, content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return _MARKUP_START.match(text) is not None
    return (_TAG if "html" in kind else _MARKUP).search(text) is not None
