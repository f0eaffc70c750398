"""VSB (博达 Visual SiteBuilder): an unnumbered first page (``zfxxgknb.htm``), then pages numbered downwards (``2.htm``, ``1.htm``).

A new row shifts the rows of every page while the numbers stay, so each crawl starts at the unnumbered page and goes on by the
link to the next one, relative to where it stands. Must not know how an article is laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawler.items import ListingRead, Skipped
from spiders.base import MAX_DEPTH, MAX_PAGES, Found, PortalSpider
from spiders.links import canonical
from spiders.rows import Row, digest_of, read_rows
from spiders.titles import is_column_name, is_year

_ARTICLE = re.compile(r"/info/(?:\d+/\d+|egovinfo/.+/[\w-]+)\.html?$")
_ARTICLE_TYPES = frozenset({"news.NewsContentUrl", "egovinfo.EgovInfoContent"})
_PAGE = re.compile(r"\.(?:htm|html|jsp)$")
_TOTAL = re.compile(r"共\s*(\d+)\s*条")
_NEXT = ("下页", "下一页")


class VsbSpider(PortalSpider):
    """Portals on VSB; static and dynamic (``list.jsp?…PAGENUM=``, ``ainfolist…p=``) listings alike."""

    name = "vsb"

    def is_article(self, url: str) -> bool:
        parts = urlsplit(url)
        return bool(_ARTICLE.search(parts.path)) or bool(
            _ARTICLE_TYPES.intersection(parse_qs(parts.query).get("urltype", []))
        )

    def is_column(self, row: Row) -> bool:
        # Listings and other pages have addresses of one shape; only their names tell them apart.
        return not self.is_article(row.url) and bool(_PAGE.search(urlsplit(row.url).path)) and is_column_name(row.title)

    def parse_listing(
        self, response: Response, column: str = "", page: int = 1, depth: int = 0, previous: str = ""
    ) -> Iterator[Found]:
        """Read a page and go on to the next; ``previous`` is the digest of the rows before, to see a listing that runs in circles."""
        selector = Selector(text=self.text(response))
        column = self.column_name(selector, column)
        rows = self.listed(selector, response.url)
        digest = digest_of(rows)
        total = _TOTAL.search("".join(selector.xpath("//body//text()").getall()))
        promised = int(total[1]) if total else None
        if digest == previous:
            yield ListingRead(0, promised)
            return
        yield from self.follow_rows(response, rows, column)
        yield ListingRead(len(rows), promised)
        if page == 1:
            yield from self._sub_columns(response, selector, column, depth)
        following = _next_page(selector, response.url)
        if following and page < MAX_PAGES:
            yield self.listing_request(
                self.portal(response), following, response, column=column, page=page + 1, depth=depth, previous=digest
            )
        elif following:
            yield Skipped(following, "", f"listing of more than {MAX_PAGES} pages")

    def _sub_columns(
        self, response: Response, selector: Selector, column: str, depth: int
    ) -> Iterator[Request | Skipped]:
        portal = self.portal(response)
        for row in read_rows(selector, response.url):
            if row.url == response.url or not portal.covers(row.url) or not self.is_column(row):
                continue
            if is_year(row.title) and not column:
                continue  # years of something else
            if depth < MAX_DEPTH:
                yield self.listing_request(portal, row.url, column=column or row.title, depth=depth + 1)
            else:
                yield Skipped(row.url, row.title, "column too deep")


def _next_page(selector: Selector, base: str) -> str:
    """The address behind 下页; empty on the last page."""
    links = selector.css("span.p_next a, .p_next a") or selector.xpath(
        "//a[" + " or ".join(f"normalize-space()='{word}'" for word in _NEXT) + "]"
    )
    url = canonical(base, links[0].attrib.get("href", "")) if links else ""
    return "" if url == base else url
