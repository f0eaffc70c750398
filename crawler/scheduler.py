"""The ledger as Scrapy's scheduler: rows are leased, never popped, and stay due until their visit is acknowledged.

Meets Scrapy through its documented SCHEDULER setting. Must not know what a page says, nor when a row is due again.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from archive.rows import FrontierRequest, LeasedRequest
from crawler.frontier import frontier_request
from crawler.runs import Run, run_of
from crawler.visits import Visit, Visits

# More would commit pages of one host in an order that a kill changes: which copy of a report comes first decides the alias.
IN_FLIGHT_PER_HOST = 1


class LedgerScheduler(BaseScheduler):
    """Leases due rows of the spider's portals, a few per host, at most once per run.

    Requests that come back with a visit (retries, redirects) keep their lease; they wait in memory, since the row stays due
    until it is acknowledged. A redirect that leaves the portal's hosts ends the visit.
    """

    def __init__(self, run: Run, crawler: Crawler):
        self._run = run
        self._crawler = crawler
        self._visits = Visits.of(crawler)
        self._again: deque[Request] = deque()
        self._portals: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(run_of(crawler), crawler)

    def open(self, spider: Spider) -> None:
        self._spider = spider
        self._portals = [portal.id for portal in self._run.portals.values() if portal.family == spider.name]

    def has_pending_requests(self) -> bool:
        if self._run.failure is not None:
            return False
        try:
            return bool(self._again or self._visits.active) or self._run.ledger.has_due(
                self._spider.name, self._portals, self._run.name
            )
        except sqlite3.Error as error:  # raised here it would be logged, and the engine would ask for ever
            self._visits.stop_run(error)
            return False

    def enqueue_request(self, request: Request) -> bool:
        visit: Visit | None = request.meta.get("visit")
        if visit is None:
            try:
                self._run.ledger.add_starts([frontier_request(request, self._spider.name)])
            except sqlite3.Error as error:
                self._visits.stop_run(error)
                return False
            return True
        if not self._run.portals[visit.request.portal].covers(request.url):
            self._visits.end(visit, "off-site redirect", request.url)
            return False
        self._again.append(request)
        return True

    def next_request(self) -> Request | None:
        if self._run.failure is not None:
            return None
        if self._again:
            return self._again.popleft()
        while leased := self._lease():
            visit = self._visits.begin(leased)
            callback = getattr(self._spider, leased.request.callback, None)
            if callback is not None:
                return self._request_of(leased, visit, callback)
            self._visits.end(visit, "error", f"{self._spider.name} has no callback {leased.request.callback}")
        return None

    def _lease(self) -> LeasedRequest | None:
        if self._run.failure is not None:
            return None
        busy = self._visits.busy_hosts(IN_FLIGHT_PER_HOST)
        try:
            return self._run.ledger.lease(self._spider.name, self._portals, self._run.name, self._run.owner, busy)
        except sqlite3.Error as error:
            self._visits.stop_run(error)
            return None

    def _request_of(self, leased: LeasedRequest, visit: Visit, callback: Callable[..., Any]) -> Request:
        row = leased.request
        return Request(
            row.url,
            method=row.method,
            body=row.body,
            headers={**row.headers, **_conditional_headers(leased)},
            callback=callback,
            errback=self._failed,
            cb_kwargs=dict(row.data),
            meta={
                "visit": visit,
                "portal": row.portal,
                "role": row.role,
                "hints": dict(row.hints),
                "via": row.via,
                "hops": row.hops,
                "archive_hints": _archive_hints(row),
                "refers_to": leased.validators.capture,
            },
            dont_filter=True,
        )

    def _failed(self, failure: Failure) -> None:
        """The errback of every leased request: robots, retries exhausted, unusable pages all end here."""
        assert failure.value is not None
        self._visits.failed(failure.request, failure.value)  # type: ignore[attr-defined]  # set by Scrapy

    def close(self, reason: str) -> None:
        """Leases of unfinished visits are left to expire or be voided: their rows are still due."""


def _conditional_headers(leased: LeasedRequest) -> dict[str, str]:
    """Validators as received, verbatim; only when the answer they belong to is archived and can be referred to."""
    known = leased.validators
    if known.capture is None:
        return {}
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in headers.items() if value}


def _archive_hints(row: FrontierRequest) -> dict[str, object]:
    """What a later reparse needs beside the bytes; written into the metadata record of the capture."""
    return {"portal": row.portal, "family": row.family, "role": row.role, **row.hints}
