"""A fetched page as the parser reads it: text and tables in document order, labelled values, links.

Promises a `Page` for any bytes: decoded by the charset rule, HTML or plain text, scripts and comments gone, every
table a grid. Must not know what a report is, nor which portal or software the page came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.charset import decode
from pipelines.parser.labels import find_labels
from pipelines.parser.markup import read_html

__all__ = ["Block", "Hints", "Page", "ReportPage", "TableBlock", "TextBlock", "read_page"]

_MARKUP = re.compile(r"<(?:!doctype|html|head|body|div|p|table|tr|td|span|meta|br|h[1-6]|script|ul|li|a)\b", re.I)
_MAX_EMPTY = 20
_TAG = re.compile(r"<(?:!doctype|/?[a-z][a-z0-9]{0,9})\b", re.I)
_MARKUP_START = re.compile(r"\s*<(?:!doctype\s+html|html|head|\?xml|!--)", re.I)
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
class ReportPage:
    """The parser's input: the decoded body (no transfer or content coding), the address, the Content-Type as sent."""

    body: bytes
    url: str = ""
    content_type: str = ""
    hints: Hints = field(default_factory=Hints)


@dataclass(frozen=True, slots=True)
class Page:
    """A page read.

    `carrier` is html or text. `meta` has lower-cased names. `labels` are the labelled values of cards and head lines:
    the label without white space and colon, the value as printed, empty where none is. `links` are (text, address as
    written). `images` and `attachments` are (index into blocks before which it stands, address).
    """

    carrier: str
    charset_declared: str | None
    charset_used: str
    html_title: str
    meta: Mapping[str, str]
    blocks: tuple[Block, ...]
    labels: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    images: tuple[tuple[int, str], ...] = ()
    attachments: tuple[tuple[int, str], ...] = ()


def read_page(report_page: ReportPage) -> Page:
    """The page's text, tables, labelled values and links. Any bytes give a page; raises nothing."""
    text, declared, used = decode(report_page.body, report_page.content_type)
    text = _CONTROL.sub("", text)
    if _is_html(text, report_page.content_type):
        document = read_html(text)
        blocks: tuple[Block, ...] = document.blocks
        return Page(
            carrier="html",
            charset_declared=declared,
            charset_used=used,
            html_title=document.title,
            meta=document.meta,
            blocks=blocks,
            labels=(*document.labels, *find_labels(blocks)),
            links=document.links,
            images=document.images,
            attachments=document.attachments,
        )
    blocks = tuple(_text_lines(text))
    return Page("text", declared, used, "", {}, blocks, find_labels(blocks), ())


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
