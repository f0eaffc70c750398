"""A replica site: its pages by address, the routes a program answers, and the list of what it holds.

`Site.entries` is the truth that tests compare a crawl with: every address a listing or a page leads to, and what it
is. This module knows no family; it must not know what a crawler makes of an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from tests.portals.answer import Answer, Delivery, Page, Request, deliver, http_date

CHINA = timezone(timedelta(hours=8))


class Kind(StrEnum):
    """What an address of a replica is."""

    LISTING = "listing"
    REPORT = "report"
    REPORT_FILE = "report-file"  # a report that exists as a file only: a PDF row, or a page that only links a PDF
    NOT_REPORT = "not-report"
    TWIN = "twin"  # a second address of a report that is itself listed as REPORT
    MISSING = "missing"  # linked, and gone
    DISALLOWED = "disallowed"  # a report that robots.txt forbids to fetch
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Entry:
    """One address and what is behind it.

    `columns` are the first pages of the listings that carry it; `tables` the tables its page prints.
    """

    url: str
    kind: Kind
    title: str = ""
    organ: str | None = None
    year: int | None = None
    columns: tuple[str, ...] = ()
    twin_of: str | None = None
    tables: Mapping[str, Any] | None = None


def page_key(target: str) -> str:
    """The key of `Site.pages`: the request target with its query parameters sorted, for their order means nothing."""
    path, mark, query = target.partition("?")
    return path + mark + "&".join(sorted(query.split("&")))


@dataclass(slots=True)
class Site:
    """One portal:

    `id` as in the registry, `scheme` and `host` of its real address, `start` the addresses a crawl begins with.
    """

    id: str
    scheme: str
    host: str
    start: tuple[str, ...]
    delivery: Delivery
    not_found: Page
    pages: dict[str, Page] = field(default_factory=dict)
    routes: dict[str, Callable[[Request], Page]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}{path}"

    def add(self, path: str, page: Page, entry: Entry | None = None) -> None:
        """Holds `page` under `path`. Raises ValueError if the address is taken: two pages must never fight for one."""
        key = page_key(path)
        if key in self.pages:
            raise ValueError(f"{self.host} already has a page at {path}")
        self.pages[key] = page
        if entry is not None:
            self.entries.append(entry)

    def drop(self, path: str) -> None:
        """Holds nothing under `path` any more, and no entry of it. Raises KeyError if there is no page."""
        del self.pages[page_key(path)]
        self.entries = [entry for entry in self.entries if entry.url != self.url(path)]

    def restate(self, url: str, **facts: Any) -> None:
        """Corrects what the list of entries says of `url`: a field of `Entry` each."""
        self.entries = [replace(entry, **facts) if entry.url == url else entry for entry in self.entries]

    def path(self, url: str) -> str:
        """The request target of an address of this site. Raises KeyError if it is of another one."""
        if not url.startswith(self.url("/")):
            raise KeyError(f"{url} is not on {self.host}")
        return url.removeprefix(self.url(""))

    def find_page(self, request: Request) -> Page:
        """The page for this request; the site's own not-found page if there is none."""
        route = self.routes.get(request.path)
        if route is not None:
            return route(request)
        page = self.pages.get(page_key(request.target)) or self.pages.get(request.path)
        return page or self.not_found

    def answer(self, request: Request, now: datetime) -> Answer:
        """What this site answers. A plain request to a site that lives under https is sent there."""
        if self.scheme == "https" and not request.tls:
            fields = (("Location", self.url(request.target)), ("Content-Length", "0"))
            return Answer(301, (("Date", http_date(now)), *self.delivery.headers, *fields))
        return deliver(request, self.find_page(request), self.delivery, now)


def html_page(text: str, modified: datetime, *, charset: str = "utf-8", declared: str | None = "utf-8") -> Page:
    """An HTML page encoded in `charset`, whose Content-Type names `declared`, or no charset if that is None."""
    content_type = "text/html" if declared is None else f"text/html; charset={declared}"
    return Page(text.encode(charset), modified, content_type)
