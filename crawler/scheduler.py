"""The ledger as Scrapy's scheduler: rows are leased, never popped, and stay due until their visit is acknowledged.

Meets Scrapy through its documented SCHEDULER setting. Opens portals a few at a time, asks each host one thing at a time, the
host with most left first, pages before what is beside them, and leaves a host to one crawler until that one has nothing more
to ask of it. Must not know what a page says, nor when a row is due again.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from archive.rows import FrontierRequest, LeasedRequest, beside
from crawler.attachments import attachment_format
from crawler.beside import SETTINGS
from crawler.beside_middleware import FOLLOWED
from crawler.frontier import as_hints, as_meta, frontier_request
from crawler.hosts import Host
from crawler.outcomes import Outcome
from crawler.politeness import host_of
from crawler.portals import Portal
from crawler.runs import Run, run_of
from crawler.visits import Visit, Visits

DISPLAYED = ("report", "frame")  # roles of the pages that are archived with requisites, where the registry says so


class LedgerScheduler(BaseScheduler):
    """Leases due rows of the spider's portals, one at a time per host, at most once per run.

    Requests that come back with a visit (retries, redirects) keep their lease; they wait in memory, since the row stays due
    until it is acknowledged. A redirect that leaves the portal's hosts, or to an excluded address, ends the visit.
    """

    # More than one request a host would commit its pages in an order that a kill changes: which copy of a report comes
    # first decides the alias.

    def __init__(self, run: Run, crawler: Crawler):
        self._run = run
        self._crawler = crawler
        self._visits = Visits.of(crawler)
        self._visits.again = self._come_back
        self._again: deque[Request] = deque()
        self._closed_portals: deque[Portal] = deque()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(run_of(crawler), crawler)

    def open(self, spider: Spider) -> None:
        self._spider = spider
        portals = [
            portal
            for portal in self._run.portals.values()
            if portal.family == spider.name and portal.id not in self._run.beside
        ]
        due = {
            portal.id: sum(self._run.ledger.frontier.queues(portal.id, self._run.name).values()) for portal in portals
        }
        self._closed_portals = deque(sorted(portals, key=lambda portal: -due[portal.id]))

    # -- what Scrapy asks -----------------------------------------------------------------------------------------

    def has_pending_requests(self) -> bool:
        if self._run.failure is not None or self._run.stopping:
            return False
        return bool(self._again or self._visits.active or self._closed_portals or self._mine())

    def enqueue_request(self, request: Request) -> bool:
        visit: Visit | None = request.meta.get("visit")
        if visit is None and self._run.ledger.tombstones.covers(request.url):
            return False
        if visit is None:
            # Start requests are kept by the visit middleware; what comes here was sent past the spider.
            return self._guarded(lambda: self._run.enter([frontier_request(request, self._spider.name)])) is not None
        barred = self._visits.barred(visit, request.url)
        if barred:
            self._visits.end(visit, barred, request.url if barred == Outcome.OFF_SITE else "")
            return False
        self._come_back(request)
        return True

    def next_request(self) -> Request | None:
        if self._run.failure is not None or self._run.stopping:
            return None
        for _ in range(len(self._again)):
            request = self._again.popleft()
            if self._take_host(request):
                return request
            self._again.append(request)
        row: Request | None = self._guarded(self._next_row)
        return row

    def close(self, reason: str) -> None:
        """Leases of unfinished visits are left to expire or be voided: their rows are still due."""

    # -- requests that come back ----------------------------------------------------------------------------------

    def _come_back(self, request: Request) -> None:
        if self._run.ledger.tombstones.covers(request.url):
            # Not left to the downloader: the request would wait for its turn at a host that is never asked.
            self._visits.end(request.meta["visit"], Outcome.FORGOTTEN, request.url)
            return
        visit: Visit = request.meta["visit"]
        if visit.request.of_no_portal:
            site = self._run.site(request.url)
            if site is not None and site.excludes(request.url):
                self._visits.end(visit, Outcome.EXCLUDED, f"it leads to {request.url}, which the registry excludes")
                return
            self._attribute(request)
        self._again.append(request)
        self._run.wake()

    def _take_host(self, request: Request) -> bool:
        """Whether a request of a visit under way may go out; its host may be another than the visit's."""
        visit: Visit = request.meta["visit"]
        host = self._run.hosts.get(host_of(request))
        if visit.host != host.name:
            if not host.closed and not self._is_free(host):
                return False
            self._visits.move(visit, host)
            host.owner = self._crawler
        return True

    # -- rows -----------------------------------------------------------------------------------------------------

    def _next_row(self) -> Request | None:
        for portal in self._run.open_portals - {place[0] for place in self._run.queues}:
            self._close_portal(portal)
        self._open_portals()
        while (place := self._choose()) is not None:
            portal, name = place
            leased = self._run.ledger.frontier.lease(portal, name, self._run.name, self._run.owner)
            if leased is None:
                self._run.queues.pop(place, None)
                self._close_portal(portal)
                self._open_portals()
                continue
            self._run.hosts.get(name).owner = self._crawler
            self._run.queues[place] = max(1, self._run.queues[place] - 1)
            visit = self._visits.begin(leased)
            if self._run.portals[portal].excludes(leased.request.url):
                self._visits.end(visit, Outcome.EXCLUDED)  # excluded since it was found
                continue
            if not self._run.budgets.affords(leased.request):
                self._visits.end(visit, Outcome.OVER_BUDGET)
                continue
            self._run.budgets.spend(leased.request)
            callback = getattr(self._spider, leased.request.callback, None)
            if callback is not None:
                return self._request_of(leased, visit, callback)
            what = f"{self._spider.name} has no callback {leased.request.callback}"
            self._visits.end(visit, Outcome.ERROR, what, reason="reading")
        return None

    def _mine(self) -> list[tuple[str, str]]:
        return [place for place in self._run.queues if self._run.portals[place[0]].family == self._spider.name]

    def _choose(self) -> tuple[str, str] | None:
        """The queue to lease from: of those whose host is free, the one with most left, of pages if there is one."""
        best, most = None, (False, 0)
        for place in self._mine():
            host, is_beside = self._run.hosts.get(place[1]), place[0] in self._run.beside
            weight = (not is_beside, self._run.queues[place])
            if host.closed or (is_beside and host.only_pages):
                del self._run.queues[place]
                self._close_portal(place[0])
            elif weight > most and self._is_free(host):
                best, most = place, weight
        return best

    def _is_free(self, host: Host) -> bool:
        if host.wait() > 0:
            self._run.wake_in(host.wait())
            return False
        return not host.in_flight and (host.owner is None or host.owner is self._crawler or not self._owner_needs(host))

    def _owner_needs(self, host: Host) -> bool:
        """Whether the crawler that asked a host last has more to ask of it."""
        owner = host.owner
        family = owner.spider.name if isinstance(owner, Crawler) and owner.spider is not None else ""
        return any(
            name == host.name and self._run.portals[portal].family == family for portal, name in self._run.queues
        )

    # -- portals --------------------------------------------------------------------------------------------------

    def _open_portals(self) -> None:
        run, starts = self._run, self._visits.starts
        while starts is not None and self._closed_portals and len(run.open_portals) < run.portals_open:
            portal = self._closed_portals.popleft()
            run.open_portals.add(portal.id)
            begin = [
                frontier_request(request, self._spider.name)
                for request in starts.pop(portal.id, [])
                if not run.ledger.tombstones.covers(request.url)
            ]
            run.ledger.begin_with(begin, run.name)
            for owner in (portal.id, *(beside(portal.id, role) for role in SETTINGS)):
                self._queue(owner)

    def _queue(self, portal: str) -> None:
        """Take note of what is due of a portal, host by host."""
        if portal not in self._run.portals:
            return  # requisites that are not wanted any more
        for host, due in self._run.ledger.frontier.queues(portal, self._run.name).items():
            self._run.queues[portal, host] = due

    def _close_portal(self, portal: str) -> None:
        """A portal with nothing left to ask is closed, once the pages that no listing links to any more were asked for."""
        run = self._run
        busy = any(visit.request.portal == portal for visit in self._visits.active.values())
        if run.portals[portal].family != self._spider.name or busy or any(place[0] == portal for place in run.queues):
            return
        if portal not in run.recalled and portal not in run.beside:
            run.recalled.add(portal)
            if run.ledger.frontier.recall_orphans(portal, run.name, run.started_at):
                self._queue(portal)
                return
        run.open_portals.discard(portal)

    # -- requests -------------------------------------------------------------------------------------------------

    def _request_of(self, leased: LeasedRequest, visit: Visit, callback: Callable[..., Any]) -> Request:
        row, portal = leased.request, self._run.portals[leased.request.portal]
        url, with_requisites = row.url, self._wants_requisites(row, portal)
        if with_requisites and not row.is_beside and self._lacks_requisites(row):
            leased = _come_whole(leased)  # a 304 would not tell what it needs
        if url.startswith("https://") and ":" not in row.host and self._run.hosts.get(row.host).uses_http:
            url, visit.by_http = "http://" + url.removeprefix("https://"), True
        meta: dict[str, Any] = {
            **as_meta(row),
            "visit": visit,
            "archive_hints": as_hints(row, portal.region),
            "refers_to": leased.validators.capture,
        }
        if portal.proxy:
            meta["portal_proxy"] = portal.proxy
        if portal.tls:
            meta["tls_legacy"] = True
        request = Request(
            url,
            method=row.method,
            body=row.body,
            headers={**row.headers, **_conditional_headers(leased)},
            callback=callback,
            errback=self._failed,
            cb_kwargs=dict(row.data),
            meta=meta,
            dont_filter=True,
        )
        if row.of_no_portal:
            request.meta["archive_hints"] = as_hints(row, "", "")
            self._attribute(request)
        if with_requisites:
            request.meta["archive_hints"][FOLLOWED] = True
        return request

    def _wants_requisites(self, row: FrontierRequest, portal: Portal) -> bool:
        """Whether a page is archived with what it needs to be displayed; a style sheet is such a page, too."""
        return row.role == "requisite" or (portal.requisites and row.role in DISPLAYED)

    def _lacks_requisites(self, row: FrontierRequest) -> bool:
        """Whether it is not known yet what a page needs; a file needs nothing."""
        return not attachment_format(row.url) and not self._run.ledger.frontier.has_requisites(row.key)

    def _attribute(self, request: Request) -> None:
        """Reach an address as the portal declares it whose page it is, and say so to whoever reads it.

        What a redirect leads to may be of another, or of none: a proxy is for its portal only, and a copy on a stranger's
        site is none of the portal's pages.
        """
        site = self._run.site(request.url)
        of = {"portal": site.id if site else "", "region": site.region if site else ""}
        request.meta["archive_hints"] = {**request.meta["archive_hints"], **of}
        for name in ("portal_proxy", "tls_legacy"):
            request.meta.pop(name, None)
        if site is not None and site.proxy:
            request.meta["portal_proxy"] = site.proxy
        if site is not None and site.tls:
            request.meta["tls_legacy"] = True

    def _failed(self, failure: Failure) -> None:
        """The errback of every leased request: robots, retries exhausted, unusable pages all end here."""
        assert failure.value is not None
        self._visits.failed(failure.request, failure.value)  # type: ignore[attr-defined]  # set by Scrapy

    def _guarded(self, work: Callable[[], Any]) -> Any:
        """Do work on the ledger; if it refuses the run stops: raised here it would be logged, and the engine ask for ever."""
        try:
            return work()
        except sqlite3.Error as error:
            self._visits.stop_run(error)
            return None


def _come_whole(leased: LeasedRequest) -> LeasedRequest:
    return replace(leased, validators=replace(leased.validators, etag="", last_modified=""))


def _conditional_headers(leased: LeasedRequest) -> dict[str, str]:
    """Validators as received, verbatim; only when the answer they belong to is archived and can be referred to."""
    known = leased.validators
    if known.capture is None:
        return {}
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in headers.items() if value}
