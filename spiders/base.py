"""The common base of all family spiders: what is followed, what is skipped and why, and how requests are written.

Requests become rows of the ledger and may be sent days later by another process. So callbacks are methods of the spider, found by name;
what they need travels as JSON in ``cb_kwargs`` and ``meta``; and nothing that a kill would lose is kept on the spider. Must not know how
pages are archived, scheduled or parsed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from parsel import Selector
from scrapy import Request, Spider
from scrapy.http import Response, TextResponse
from w3lib.encoding import html_body_declared_encoding

from crawler.attachments import attachment_format
from crawler.items import CapturedPage, ListingRead, PageHints, Skipped
from crawler.portals import Portal, RegistryError
from crawler.scope import is_trap
from spiders.rows import Row, read_rows
from spiders.titles import judge_title, names_report_column

# What a callback may yield.
Found = Request | Skipped | ListingRead | CapturedPage

# A listing longer than this is a trap or a wrong column: the longest known, of all organs of a province, has some 300 pages.
MAX_PAGES = 500
# Steps from the start column to columns below it that their names alone make known.
MAX_DEPTH = 2


class UnreadableListing(ValueError):
    """A listing answered with something that is not a listing of its family; the page stays due."""


class PortalSpider(Spider):
    """Crawls the given portals of one family.

    A family sets ``name`` (also its module's name), ``OPTIONS`` (registry options it accepts, with their types) and implements
    :meth:`parse_listing`, :meth:`is_article` and :meth:`is_column`. Every request carries ``meta["portal"]`` (id),
    ``meta["role"]`` (``listing``, ``report`` or ``attachment``) and ``meta["hints"]`` (``listing_title``, ``listing_date``,
    ``card``). A request whose ``cb_kwargs`` have a true ``probe`` asks whether a page exists at all: its callback wants the
    answer also when the page is missing.

    Raises:
        ValueError: no portals, or portals of another family.
        RegistryError: a portal with an option the family does not accept.
    """

    OPTIONS: ClassVar[Mapping[str, type]] = {}

    parse_listing: Callable[..., Iterator[Found]]
    """Read one page of a listing: rows, sub-columns, further pages. Every family has its own."""

    def __init__(self, portals: Iterable[Portal] = (), **kwargs: Any):
        super().__init__(**kwargs)
        given = [] if isinstance(portals, str) else list(portals)
        if not given:
            raise ValueError(
                f'spider "{self.name}" was given no portals: run "scrapy crawl {self.name}" in the project, with portals of this family'
            )
        for portal in given:
            self.check_portal(portal)
        self.portals = {portal.id: portal for portal in given}

    @classmethod
    def check_portal(cls, portal: Portal) -> None:
        """Refuse a portal of another family (ValueError), and options the family does not accept (RegistryError)."""
        if portal.family != cls.name:
            raise ValueError(f'portal "{portal.id}" is of family "{portal.family}", not "{cls.name}"')
        for key, value in portal.options.items():
            if key not in cls.OPTIONS:
                accepted = ", ".join(cls.OPTIONS) or "none"
                raise RegistryError(
                    f'portal "{portal.id}": unknown option "{key}": family {cls.name} accepts {accepted}'
                )
            if type(value) is not cls.OPTIONS[key]:
                raise RegistryError(f'portal "{portal.id}": option "{key}" must be of type {cls.OPTIONS[key].__name__}')

    async def start(self) -> AsyncIterator[Any]:
        """Yield a request per start address of every portal."""
        for portal in self.portals.values():
            for url in portal.start:
                yield self.start_request(portal, url)

    def start_request(self, portal: Portal, url: str) -> Request:
        """The request a crawl of ``portal`` begins with; families override it where a start address is not a listing."""
        return self.listing_request(portal, url)

    def is_article(self, url: str) -> bool:
        """Whether the family's articles have addresses like ``url``."""
        raise NotImplementedError

    def is_column(self, row: Row) -> bool:
        """Whether ``row`` leads to a listing, whatever its title; it is then no row of the listing it stands in."""
        raise NotImplementedError

    def parse_report(self, response: Response, **data: Any) -> Iterator[Found]:
        """Hand a captured page on to the item pipelines."""
        yield self.captured_page(response)

    def parse_attachment(self, response: Response, **data: Any) -> Iterator[Found]:
        """An attachment is archived, and a frame; a page that awaits them is read with them later."""
        yield from ()

    def parse_requisite(self, response: Response, **data: Any) -> Iterator[Found]:
        """What a page needs to be displayed is archived, and nothing more."""
        yield from ()

    def portal(self, response: Response) -> Portal:
        """The portal that ``response`` belongs to."""
        return self.portals[response.meta["portal"]]

    def captured_page(self, response: Response) -> CapturedPage:
        """The item for a page that may be a report, with the hints of the row that led to it."""
        portal, hints = self.portal(response), response.meta["hints"]
        return CapturedPage(
            url=response.url,
            body=response.body,
            content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
            status=response.status,
            hints=PageHints(
                portal=portal.id,
                region=portal.region,
                listing_title=hints.get("listing_title", ""),
                listing_date=hints.get("listing_date", ""),
                card=dict(hints.get("card", {})),
            ),
            capture=response.meta["capture"],
        )

    def listing_request(self, portal: Portal, url: str, further_of: Response | None = None, **data: Any) -> Request:
        """A request for a page of a listing, read by :meth:`parse_listing` with ``data`` (JSON values).

        It is the first page of its listing, or a further page of the listing that ``further_of`` is a page of: rows are
        counted, and compared with what the portal promises, over all pages of a listing.
        """
        meta = {"portal": portal.id, "role": "listing", "hints": {}}
        if further_of is not None:
            meta["listing"] = further_of.meta["listing"]
        return Request(
            url,
            callback=self.parse_listing,
            cb_kwargs=data,
            meta=meta,
            dont_filter=True,
        )

    def row_request(self, portal: Portal, row: Row, referer: str, role: str = "report", **data: Any) -> Request:
        """A request for the report that ``row`` names, be it a page or a file; ``role`` attachment: a file beside one."""
        return Request(
            row.url,
            callback=self.parse_attachment if role == "attachment" else self.parse_report,
            cb_kwargs=data,
            # Some portals answer a download without Referer with a page that says so.
            headers={"Referer": referer},
            meta={
                "portal": portal.id,
                "role": role,
                "hints": {"listing_title": row.title, "listing_date": row.date, "card": dict(row.card)},
            },
            dont_filter=True,
        )

    def text(self, response: Response) -> str:
        """The page as text, decoded as the page itself declares: where HTTP header and ``<meta>`` disagree, meta is right.

        Raises:
            UnreadableListing: the answer is not text.
        """
        if not isinstance(response, TextResponse):
            raise UnreadableListing(f"{response.url} is not a page of text")
        declared = html_body_declared_encoding(response.body[:4096])
        if declared and declared != response.encoding:
            return response.body.decode(declared, errors="replace")
        return response.text

    def listed(self, page: Selector, base: str, card_attributes: Mapping[str, str] | None = None) -> list[Row]:
        """The rows of a listing: links to articles and attachments, links with a report's title, links with a date beside them."""
        return [
            row
            for row in read_rows(page, base, card_attributes)
            if row.url != base
            and not self.is_column(row)
            and (row.date or self.is_article(row.url) or attachment_format(row.url) or not judge_title(row.title))
        ]

    def follow_rows(
        self, response: Response, rows: Iterable[Row], column: str, role: str = "report", **data: Any
    ) -> Iterator[Request | Skipped]:
        """Turn each row into a request, or say why it is not followed. ``column`` is the name of the column it is listed in.

        ``role`` attachment: the rows are files beside a report.
        """
        portal = self.portal(response)
        for row in rows:
            # Only an article or a file may have a title that needs its column to be understood: a menu entry is no report.
            is_target = self.is_article(row.url) or bool(attachment_format(row.url))
            reason = judge_title(row.title, column if is_target else "")
            if not reason and not portal.covers(row.url):
                reason = "off-site"
            if not reason and is_trap(row.url):
                reason = "address looks like a trap"
            if reason:
                yield Skipped(row.url, row.title, reason)
            else:
                yield self.row_request(portal, row, response.url, role, **data)

    def column_name(self, page: Selector, inherited: str = "") -> str:
        """The name of the column a listing page shows: what the page calls itself if that is a column of reports, else ``inherited``.

        A page title names column, columns above and site (县区信息公开年度报告-示例市人民政府网站), so its parts are judged one by one.
        """
        own = page.xpath('//meta[@name="ColumnName"]/@content').getall()
        for title in page.xpath("//title/text()").getall():
            own += re.split(r"[-_|—–>]+", title)
        return next((name.strip() for name in own if names_report_column(name)), inherited)
