"""The files that a page offers beside its text, known by their addresses alone.

Must not know why a page is looked at, nor how many of its files may be had.
"""

from __future__ import annotations

from itertools import islice
from posixpath import splitext
from urllib.parse import parse_qs, parse_qsl, urlsplit

from scrapy.http import HtmlResponse, Response
from scrapy.selector import Selector

from crawler.by_hand import refuse_address
from crawler.page_text import decode_page
from crawler.references import base_of, joined

# Formats of offices, ofd, wps, et and dps being Chinese ones (版式文档, WPS), of tables, and of what holds several files.
ATTACHMENTS = frozenset(
    "pdf doc docx xls xlsx ppt pptx wps et dps ofd rtf csv zip rar 7z".split()  # noqa: SIM905  # read as a list of words
)
# Download scripts that name the file in a query key, or not at all.
_DOWNLOAD_SCRIPTS = ("/download.jsp", "/downfile.jsp", "/document/download")
_LINKS = "//a/@href | //area/@href"
_FRAMES = "//iframe/@src | //frame/@src | //embed/@src | //object/@data"
MAX_SEARCHED = 4 * 1024 * 1024  # bytes of a page; a longer one is searched so far
MAX_LINKS = 5000


def attachment_format(url: str) -> str:
    """The format of the file behind ``url`` by its name (``pdf``, ``docx`` …), ``file`` for a download script that hides it, else empty."""
    parts = urlsplit(url)
    names = [parts.path]
    if parts.path.endswith(_DOWNLOAD_SCRIPTS):
        query = parse_qs(parts.query)
        names += [name for key in ("filename", "fileName", "showname") for name in query.get(key, [])]
    for name in names:
        extension = _extension(name)
        if extension in ATTACHMENTS:
            return extension
    return "file" if len(names) > 1 or parts.path.endswith(_DOWNLOAD_SCRIPTS) else ""


def find_attachments(response: Response) -> list[str]:
    """The absolute addresses of the files that a page links to or shows in a frame, each once, in its order.

    Of a viewer in a frame (``viewer.html?file=a.pdf``) the file that it is told to show. Empty for anything but HTML.
    """
    if not isinstance(response, HtmlResponse):
        return []
    page = Selector(text=decode_page(response.body[:MAX_SEARCHED]).replace("\x00", ""), type="html")
    base = base_of(page, response.url)
    found = [joined(base, href) for href in islice(page.xpath(_LINKS).getall(), MAX_LINKS)]
    for source in islice(page.xpath(_FRAMES).getall(), MAX_LINKS):
        frame = joined(base, source)
        found += [frame, *_shown_in(frame)]
    return list(dict.fromkeys(url for url in found if url and attachment_format(url) and not refuse_address(url)))


def _shown_in(frame: str) -> list[str]:
    if not frame or attachment_format(frame):
        return []
    return [joined(frame, value) for _, value in parse_qsl(urlsplit(frame).query) if _extension(value) in ATTACHMENTS]


def _extension(name: str) -> str:
    return splitext(name.strip())[1].lstrip(".").lower()
