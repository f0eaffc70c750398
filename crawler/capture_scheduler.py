"""The scheduler of captures by hand: rows are leased by name, in the order given, one at a time per host.

Must not know what is asked for, nor what a page says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scrapy import Request, Spider

from archive.rows import FrontierRequest, LeasedRequest, Validators
from crawler.capture_run import CaptureRun
from crawler.outcomes import Outcome
from crawler.portals import Portal
from crawler.scheduler import LedgerScheduler
from crawler.visits import Visit


class CaptureScheduler(LedgerScheduler):
    """Leases the rows that its run wants; those asked for by hand are asked for unconditionally."""

    _run: CaptureRun

    def open(self, spider: Spider) -> None:
        self._spider = spider

    def has_pending_requests(self) -> bool:
        if self._run.failure is not None or self._run.stopping:
            return False
        return bool(self._again or self._visits.active or self._run.wanted)

    def _next_row(self) -> Request | None:
        run = self._run
        for name in list(run.wanted):
            host = run.hosts.get(name)
            if host.closed:
                run.drop(name)
            elif self._is_free(host):
                request = self._next_at(name)
                if request is not None:
                    host.owner = self._crawler
                    return request
        return None

    def _next_at(self, host: str) -> Request | None:
        rows = self._run.wanted[host]
        while rows:
            _, row = rows.popitem(last=False)
            spared = self._run.hosts.get(host).only_pages and row.is_beside and row.key not in self._run.asked
            affords = not spared and self._run.affords(row)
            leased = self._run.ledger.by_hand.lease(row.key, self._run.name, self._run.owner) if affords else None
            if leased is None:
                self._run.pass_over(row)
                continue
            self._run.budgets.spend(row)
            request = self._begin(leased, self._visits.begin(leased))
            if request is not None:
                return request
        self._run.wanted.pop(host, None)
        return None

    def _begin(self, leased: LeasedRequest, visit: Visit) -> Request | None:
        """The request of a visit; ``None`` if it ended at once."""
        row = leased.request
        site = self._run.site(row.url) or self._run.portals[row.portal]
        reader = self._spider if row.of_no_portal else self._run.spiders.get(row.family)
        callback = getattr(reader, row.callback, None)
        if site.excludes(row.url):
            self._visits.end(visit, Outcome.EXCLUDED, "the registry excludes it")
        elif self._run.ledger.tombstones.covers(row.url):
            self._visits.end(visit, Outcome.FORGOTTEN, "it was forgotten")
        elif callback is None:
            self._visits.end(visit, Outcome.ERROR, f"{row.family} has no callback {row.callback}", reason="reading")
        else:
            return self._request_of(leased, visit, callback)
        return None

    def _request_of(self, leased: LeasedRequest, visit: Visit, callback: Callable[..., Any]) -> Request:
        row = leased.request
        if row.key in self._run.asked and not leased.ready:
            # No condition: the page is wanted as it is now.
            leased = replace(leased, validators=Validators(capture=leased.validators.capture))
        return super()._request_of(leased, visit, callback)

    def _wants_requisites(self, row: FrontierRequest, portal: Portal) -> bool:
        return self._run.requisites and (row.key in self._run.asked or row.role == "requisite")
