"""The spider middleware nearest to the engine: where Scrapy's flow of requests and items becomes a visit.

Keeps requests back as links, counts items, sees output drained. Must not know what pages say, nor how a visit is committed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.frontier import frontier_request
from crawler.items import CapturedPage, ListingRead, Skipped
from crawler.runs import run_of
from crawler.scope import refusal
from crawler.visits import Visit, Visits


class VisitMiddleware:
    """The spider middleware nearest to the engine: keeps requests back as links, counts items, sees output drained."""

    def __init__(self, crawler: Crawler):
        self._crawler = crawler
        self._visits = Visits.of(crawler)
        self._run = run_of(crawler)
        crawler.signals.connect(self._item_scraped, signals.item_scraped)
        crawler.signals.connect(self._item_dropped, signals.item_dropped)
        crawler.signals.connect(self._item_error, signals.item_error)
        crawler.signals.connect(self._spider_error, signals.spider_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Keep what the spider begins with: the scheduler opens portals a few at a time."""
        starts: dict[str, list[Request]] = {}
        async for output in start:
            if isinstance(output, Request):
                starts.setdefault(output.meta["portal"], []).append(output)
            else:
                yield output
        self._visits.starts = starts

    def process_spider_input(self, response: Response) -> None:
        self._visits.received(response.meta["visit"], response)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        visit: Visit = response.meta["visit"]
        try:
            async for output in result:
                if isinstance(output, Request):
                    self._link(visit, output)
                elif isinstance(output, Skipped):
                    visit.skipped.append(output)
                elif isinstance(output, ListingRead):
                    visit.listing = output
                else:
                    if isinstance(output, CapturedPage):
                        output.recorded_as, output.files = visit.recorded_as, visit.files
                    visit.outstanding += 1
                    yield output
        except Exception as error:  # whatever a callback raises: the visit must end, and Scrapy must see it
            visit.error = f"{type(error).__name__}: {error}"
            visit.drained = True
            self._visits.advance(visit)
            raise
        visit.drained = True
        self._visits.advance(visit)

    def _link(self, visit: Visit, output: Request) -> None:
        spider = getattr(output.callback, "__self__", self._crawler.spider)  # a capture reads pages of every family
        assert spider is not None
        link = frontier_request(output, spider.name, visit.request)
        reason = refusal(link, self._run.portals[link.portal], self._run.ledger)
        if reason:
            visit.skipped.append(Skipped(link.url, str(link.hints.get("listing_title", "")), reason))
        else:
            visit.links.append(link)

    def _item_scraped(self, item: Any, response: Response) -> None:
        visit = response.meta["visit"]
        self._parsed(visit, item)
        self._item_done(visit)

    def _item_dropped(self, item: Any, response: Response, exception: BaseException) -> None:
        visit = response.meta["visit"]
        self._parsed(visit, item)
        self._item_done(visit)

    def _item_error(self, item: Any, response: Response, failure: Failure) -> None:
        visit = response.meta["visit"]
        visit.error = f"{type(failure.value).__name__}: {failure.value}"
        self._item_done(visit)

    def _parsed(self, visit: Visit, item: Any) -> None:
        try:
            if isinstance(item, CapturedPage):
                self._visits.parsed(visit, item)
        except Exception as error:  # Scrapy swallows what a signal handler raises, and the visit would never end
            visit.error = f"{type(error).__name__}: {error}"

    def _item_done(self, visit: Visit) -> None:
        visit.outstanding -= 1
        self._visits.advance(visit)

    def _spider_error(self, failure: Failure, response: Response | None) -> None:
        """A callback that raised before it gave any output never reaches ``process_spider_output``."""
        visit = response.meta.get("visit") if isinstance(response, Response) else None
        if visit is not None and not visit.drained:
            visit.error = f"{type(failure.value).__name__}: {failure.value}"
            visit.drained = True
            self._visits.advance(visit)
