"""The gongkai channel/doc platform (Zibo and its districts): documents rendered by the server, listings filled by script.

A channel page is a shell without one document, so the crawl starts at a known document and goes from page to page: breadcrumb channels,
sibling documents, attachments. A channel that does print its documents is read as a listing. Must not know how a document is laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawler.attachments import attachment_format
from crawler.items import ListingRead, Skipped
from crawler.portals import Portal
from spiders.base import Found, PortalSpider
from spiders.links import directory
from spiders.rows import Row, read_rows
from spiders.titles import judge_title, names_report_column

_DOCUMENT = re.compile(r"/doc_[0-9a-f]{24}\.html$")
_CHANNEL = re.compile(r"/channel_[^/]+/$")
# Words that sibling links put before the title they lead to.
_SIBLING_MARK = re.compile(r"^(?:上|下)一(?:篇|条|个)\s*[:：]?\s*")


class GongkaiSpider(PortalSpider):
    """Portals of the gongkai platform. Option ``hops``: links followed from document to document, at most (default 200)."""

    name = "gongkai"
    OPTIONS: ClassVar[Mapping[str, type]] = {"hops": int}

    def is_article(self, url: str) -> bool:
        return bool(_DOCUMENT.search(urlsplit(url).path))

    def is_column(self, row: Row) -> bool:
        return bool(_CHANNEL.search(urlsplit(row.url).path))

    def start_request(self, portal: Portal, url: str) -> Request:
        if self.is_article(url):
            return self.row_request(portal, Row(url, ""), referer="", hops=0)
        return self.listing_request(portal, url, hops=0)

    def parse_listing(self, response: Response, hops: int = 0, **data: Any) -> Iterator[Found]:
        """Read a channel page; a shell filled by script lists nothing, which is no failure of the page."""
        selector = Selector(text=self.text(response))
        rows = self.listed(selector, response.url)
        yield ListingRead(len(rows))
        yield from self._follow(response, rows, self.column_name(selector), hops)

    def parse_report(self, response: Response, hops: int = 0, **data: Any) -> Iterator[Found]:
        """Hand the document on, and follow its links: channels of the breadcrumb, sibling documents, attachments."""
        yield self.captured_page(response)
        if not self.is_article(response.url):
            return
        selector = Selector(text=self.text(response))
        rows = [row for row in read_rows(selector, response.url) if row.url != response.url]
        yield from self._channels(response, rows, hops)
        documents = [
            Row(row.url, _SIBLING_MARK.sub("", row.title), row.date, row.card)
            for row in rows
            if self.is_article(row.url)
        ]
        files = [self._own_file(response, selector, row) for row in rows if attachment_format(row.url)]
        column = self.column_name(selector)
        yield from self._follow(response, documents, column, hops)
        yield from self._follow(response, files, column, hops, "attachment")

    def _channels(self, response: Response, rows: list[Row], hops: int) -> Iterator[Request]:
        """Requests for channels of the breadcrumb: the document's own, and those named as columns of reports."""
        portal = self.portal(response)
        own = directory(response.url)
        for row in rows:
            named = directory(row.url) == own or names_report_column(row.title)
            if self.is_column(row) and named and portal.covers(row.url):
                yield self.listing_request(portal, row.url, hops=hops + 1)

    def _own_file(self, response: Response, selector: Selector, row: Row) -> Row:
        """An attachment that carries the document's id is the document's: it has its title, whatever its link says (附件.pdf)."""
        ident = urlsplit(response.url).path.rpartition("/")[2].removesuffix(".html")
        if ident in row.url and judge_title(row.title):
            title = selector.xpath("normalize-space(//h1)").get() or row.title
            return Row(row.url, title, row.date, row.card)
        return row

    def _follow(
        self, response: Response, rows: list[Row], column: str, hops: int, role: str = "report"
    ) -> Iterator[Request | Skipped]:
        limit = int(str(self.portal(response).options.get("hops", 200)))
        if hops < limit:
            yield from self.follow_rows(response, rows, column, role, hops=hops + 1)
        else:
            yield from (Skipped(row.url, row.title, f"more than {limit} links from the start") for row in rows)
