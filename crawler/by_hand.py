"""What a person asks for by hand: exactly these addresses, whatever portal they are of.

Their rows belong to no portal of the registry: no crawl asks for them, and no verdict counts them. An address that a crawl
knows stays that crawl's row. Must not know how requests are sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.http import Response

from archive.rows import MANUAL, FrontierRequest
from crawler.items import CapturedPage, PageHints
from crawler.portals import Portal

MAX_ADDRESS = 4096  # characters; servers refuse much less
_CONTROLS = frozenset(map(chr, (*range(0x21), 0x7F, *range(0x80, 0xA1), 0x2028, 0x2029)))


class _Anywhere(Portal):
    """No portal: a person may name any address."""

    __slots__ = ()

    def covers(self, url: str) -> bool:
        return True


BY_HAND: Portal = _Anywhere(id=MANUAL, name="", region="", family=MANUAL, start=())


def refuse_address(url: str) -> str:
    """Why an address cannot be captured; an empty text if it can."""
    if len(url) > MAX_ADDRESS:
        return f"it is longer than {MAX_ADDRESS} characters"
    if _CONTROLS & set(url):
        return "it has spaces or control characters in it"
    try:
        url.encode()
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return f"it is no address ({error})"
    if parts.scheme not in ("http", "https"):
        return "it does not begin with http:// or https://"
    if "@" in parts.netloc:
        return "it has a user name or password in it"
    if not host or port == 0:
        return "it names no host" if not host else "port 0 is none"
    return ""


def request_by_hand(url: str) -> FrontierRequest:
    """The row of an address that no crawl knows."""
    return FrontierRequest(family=MANUAL, portal=MANUAL, role="manual", method="GET", url=url, callback="parse_manual")


class HandSpider(Spider):
    """Reads what was asked for by hand; what crawls know is read by the spiders of their families."""

    name = MANUAL

    def parse_manual(self, response: Response) -> Iterator[CapturedPage]:
        """Hand a page on to the item pipelines, told of which portal of the registry it is, if it is of one."""
        hints = response.meta["archive_hints"]
        yield CapturedPage(
            url=response.url,
            body=response.body,
            content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
            status=response.status,
            hints=PageHints(portal=str(hints.get("portal", "")), region=str(hints.get("region", ""))),
            capture=response.meta["capture"],
        )

    def parse_requisite(self, response: Response, page: str = "") -> Iterator[CapturedPage]:
        """A requisite is archived, and nothing more."""
        yield from ()

    def parse_attachment(self, response: Response, page: str = "") -> Iterator[CapturedPage]:
        """A file beside a page is archived; a page that it carries is read with it later."""
        yield from ()
