"""Hanweb (大汉 JCMS): a column page whose rows come from an endpoint: jpaas ``build/unit`` (JSON) or, before 2021, jpage (XML).

jpaas prints a script tag per block with ``url`` and ``queryData``; the endpoint pages by ``paramJson`` alone and wants a Referer. jpage
inlines a ``<datastore>`` of the first rows and posts for the next. Must not know how an article is laid out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from math import ceil
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawler.items import ListingRead, Skipped
from spiders.base import MAX_DEPTH, MAX_PAGES, Found, PortalSpider, UnreadableListing
from spiders.rows import Row, digest_of, read_rows
from spiders.titles import is_decoy_column, is_year, names_report_column

_ARTICLE = re.compile(r"/art/\d{4}/(?:\d{1,2}/\d{1,2}/art_\d+_\d+|art_[0-9a-f]{32})\.html$")
_COLUMN_PAGE = re.compile(r"/col/col\d+/(?:index\.html)?$")
_TOTAL = re.compile(r"(?<![A-Za-z])(?:count|totalRecord)[^0-9]{1,5}(\d+)")
_RECORD = re.compile(r"<record><!\[CDATA\[(.*?)\]\]></record>", re.DOTALL)
_JPAGE = re.compile(r"\.jpage\(\{(.*?)\}\)", re.DOTALL)
_JPAGE_PROXY = re.compile(r"proxyUrl\s*:\s*['\"]([^'\"]+)")
_JPAGE_SIZE = re.compile(r"perPage\s*:\s*(\d+)", re.IGNORECASE)
_NEXT_GROUP = re.compile(r"<nextgroup><!\[CDATA\[<a href=\"([^\"]+)\"")
# One answer of a jpage endpoint covers this many pages.
_GROUP = 3
# Attributes of a row that carry the whole index card, before the article is fetched.
CARD_ATTRIBUTES = {"syh": "索引号", "jg": "发布机构", "rq": "发文日期", "mc": "名称", "wh": "文号", "gkfs": "公开方式"}


class HanwebSpider(PortalSpider):
    """Portals of Hanweb. Option ``page_size``: rows asked for at a time (default 20; servers may give fewer)."""

    name = "hanweb"
    OPTIONS: ClassVar[Mapping[str, type]] = {"page_size": int}

    def is_article(self, url: str) -> bool:
        return bool(_ARTICLE.search(urlsplit(url).path))

    def is_column(self, row: Row) -> bool:
        return bool(_COLUMN_PAGE.search(urlsplit(row.url).path))

    def parse_listing(self, response: Response, column: str = "", depth: int = 0) -> Iterator[Found]:
        """Read a column page: rows printed in it, one request per block filled by script, sub-columns of reports (two levels)."""
        source = self.text(response)
        page = Selector(text=source)
        column = self.column_name(page, column)
        yield from self._sub_columns(response, page, column, depth)
        units = _units(page)
        for endpoint, query in units:
            yield self._unit_request(response, endpoint, query, 1, column, response.url)
        inlined = _records(source)
        rows = self.listed(page if inlined is None else inlined, response.url, CARD_ATTRIBUTES)
        group = self._group_request(response, source, column) if inlined is not None else None
        yield from [group] if group else []
        yield from self.follow_rows(response, rows, column)
        total = _TOTAL.search("".join(_JPAGE.findall(source)))
        yield ListingRead(len(rows), int(total[1]) if total and not units else None)

    def parse_unit(
        self,
        response: Response,
        endpoint: str,
        query: dict[str, str],
        page: int,
        column: str,
        referer: str,
        first: str = "",
    ) -> Iterator[Found]:
        """Read one answer of a jpaas endpoint; ``first`` is the digest of page 1's rows, unknown on page 1."""
        html = _unit_html(response)
        rows = self.listed(Selector(text=html), referer, CARD_ATTRIBUTES) if html.strip() else []
        total = _TOTAL.search(html)
        promised = int(total[1]) if total else None
        if not rows or digest_of(rows) == first:
            # Behind the end, or a server that answers with page 1 for ever.
            yield ListingRead(0, promised)
            return
        yield from self.follow_rows(response, rows, column)
        yield ListingRead(len(rows), promised)
        if promised is None:
            further = range(page + 1, min(page + 1, MAX_PAGES) + 1)
        elif page == 1:
            # All at once, since one page that fails is not the end; the server's page may be smaller than the one asked for.
            pages = ceil(promised / len(rows))
            further = range(2, min(pages, MAX_PAGES) + 1)
            if pages > MAX_PAGES:
                yield Skipped(response.url, "", f"listing of {pages} pages: those after {MAX_PAGES}")
        else:
            further = range(0)
        for number in further:
            yield self._unit_request(response, endpoint, query, number, column, referer, first or digest_of(rows))

    def parse_group(self, response: Response, start: int, size: int, total: int, **data: Any) -> Iterator[Found]:
        """Read one answer of a jpage endpoint: the records from ``start`` on."""
        inlined = _records(self.text(response))
        rows = self.listed(inlined, data["referer"], CARD_ATTRIBUTES) if inlined is not None else []
        if not rows or digest_of(rows) == data["previous"]:
            yield ListingRead(0, total)
            return
        yield from self.follow_rows(response, rows, data["column"])
        yield ListingRead(len(rows), total)
        following = start + _GROUP * size
        if following <= total and following <= MAX_PAGES * size:
            yield self._post_group(response, following, size, total, **{**data, "previous": digest_of(rows)})

    def _sub_columns(self, response: Response, page: Selector, column: str, depth: int) -> Iterator[Request | Skipped]:
        portal = self.portal(response)
        for row in read_rows(page, response.url):
            if row.url == response.url or not self.is_column(row) or not portal.covers(row.url):
                continue
            named = names_report_column(row.title)
            if (named or (column and is_year(row.title))) and depth < MAX_DEPTH:
                yield self.listing_request(portal, row.url, column=row.title if named else column, depth=depth + 1)
            elif named or (column and is_year(row.title)):
                yield Skipped(row.url, row.title, "column too deep")
            elif is_decoy_column(row.title):
                yield Skipped(row.url, row.title, "column of something else")

    def _unit_request(
        self,
        response: Response,
        endpoint: str,
        query: Mapping[str, str],
        page: int,
        column: str,
        referer: str,
        first: str = "",
    ) -> Request:
        portal = self.portal(response)
        # Paging works in paramJson only: a bare pageNo is ignored, and page 1 comes back for ever.
        paging = json.dumps({"pageNo": page, "pageSize": portal.options.get("page_size", 20)}, separators=(",", ":"))
        url = f"{endpoint}?{urlencode({**query, 'paramJson': paging})}"
        data = {
            "endpoint": endpoint,
            "query": dict(query),
            "page": page,
            "column": column,
            "referer": referer,
            "first": first,
        }
        request = self.listing_request(portal, urljoin(referer, url), response if page > 1 else None, **data)
        return request.replace(
            callback=self.parse_unit, headers={"Referer": referer, "X-Requested-With": "XMLHttpRequest"}
        )

    def _group_request(self, response: Response, source: str, column: str) -> Request | None:
        """The request for the rows that a jpage column does not inline."""
        config = "".join(_JPAGE.findall(source))
        group, proxy, size = _NEXT_GROUP.search(source), _JPAGE_PROXY.search(config), _JPAGE_SIZE.search(config)
        total = _TOTAL.search(config)
        if not (group and proxy and size and total):
            return None
        # The vendor's script sends the keys of the next group's link, without its page.
        form = {
            key: value
            for key, value in parse_qsl(urlsplit(unescape(group[1])).query, keep_blank_values=True)
            if key != "page"
        }
        per_page, start = int(size[1]), len(_RECORD.findall(source)) + 1
        if start > int(total[1]):
            return None
        data = {"form": form, "proxy": proxy[1], "referer": response.url, "column": column, "previous": ""}
        return self._post_group(response, start, per_page, int(total[1]), **data)

    def _post_group(self, response: Response, start: int, size: int, total: int, **data: Any) -> Request:
        span = urlencode({"startrecord": start, "endrecord": start + _GROUP * size - 1, "perpage": size})
        url = urljoin(data["referer"], f"{data['proxy']}?{span}")
        request = self.listing_request(
            self.portal(response), url, response, start=start, size=size, total=total, **data
        )
        headers = {
            "Referer": data["referer"],
            "X-Requested-With": "XMLHttpRequest",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return request.replace(callback=self.parse_group, method="POST", headers=headers, body=urlencode(data["form"]))


def _units(page: Selector) -> list[tuple[str, dict[str, str]]]:
    """Endpoint and query of each block that is a list; of all blocks if none is named so."""
    units = []
    for script in page.xpath("//script[@querydata and contains(@url, 'build/unit')]"):
        try:
            # The vendor's own script turns the quotes and reads the rest as JSON.
            query = json.loads(script.attrib["querydata"].replace("'", '"'))
        except json.JSONDecodeError:
            continue
        if isinstance(query, dict):
            units.append((script.attrib["url"], {key: str(value) for key, value in query.items()}))
    lists = [unit for unit in units if re.search(r"列表|list", unit[1].get("tagId", ""), re.IGNORECASE)]
    return lists or units


def _unit_html(response: Response) -> str:
    """The HTML in an answer of a jpaas endpoint; ``data`` may be an object, or JSON in a string."""
    try:
        data = json.loads(response.body).get("data")
        if isinstance(data, str) and data.lstrip().startswith("{"):
            data = json.loads(data)
        html = data.get("html", "") if isinstance(data, dict) else data
    except (ValueError, AttributeError):
        raise UnreadableListing(f"{response.url} answered with something else than JSON of a listing") from None
    return html if isinstance(html, str) else ""


def _records(source: str) -> Selector | None:
    """The rows of a jpage datastore, read by pattern: real ones are not well-formed XML. ``None`` if there is no datastore."""
    if "<datastore" not in source and "<recordset" not in source:
        return None
    return Selector(text="<body>" + "\n".join(_RECORD.findall(source)) + "</body>")
