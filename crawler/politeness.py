"""The downloader middleware that keeps the pace: one delay per host, learnt from robots.txt, answers and refusals.

Works between retries and the network, so that every single request counts, robots.txt and redirects included. Delays
themselves are kept by Scrapy's downloader slots. Must not know what becomes of an answer.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Self

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached

from crawler.carried import ARCHIVED
from crawler.hosts import Host
from crawler.outcomes import reason_of
from crawler.page_class import PageClass, classify
from crawler.retry_after import retry_after
from crawler.runs import run_of
from crawler.tls import ProxyFailed, ProxyRefused

BUSY = frozenset({429, 503})
# A proxy that fails says nothing about the host behind it; an answer too large to be kept is our limit.
NO_FAILURE_OF_THE_HOST = (IgnoreRequest, ProxyFailed, ProxyRefused, DownloadCancelledError)


class HostLeftAlone(IgnoreRequest):
    """The host asked for a pause, or blocks; the message says until when."""


def host_of(request: Request) -> str:
    """Host and port of a request's URL, as the frontier counts hosts."""
    return urlparse_cached(request).netloc.rpartition("@")[2].lower()


class PolitenessMiddleware:
    """Keeps the delay of each host, and takes note of how it answers.

    ``request.meta["page_class"]`` of an answered request is its page class.
    """

    def __init__(self, crawler: Crawler):
        self._crawler = crawler
        self._hosts = run_of(crawler).hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        host = self._hosts.get(host_of(request))
        if host.closed or host.wait() > 0:
            raise HostLeftAlone(host.closed or host.pause_note())
        request.meta.pop("download_slot", None)  # redirects copy meta: this would be the previous host's
        self._keep_pace(request, host)
        host.asked()
        host.check_budget()

    def process_response(self, request: Request, response: Response) -> Response:
        if ARCHIVED in response.flags:  # no host was asked
            return response
        host = self._hosts.get(host_of(request))
        host.sent(self._seconds_since_sent(request))
        host.answered(float(request.meta.get("download_latency", 0.0)), len(response.body))
        page_class = classify(
            response.status, response.headers, response.body, response.url, request.meta.get("role", "listing")
        )
        request.meta["page_class"] = page_class
        asked_for = retry_after(response.headers, datetime.now(UTC))
        # What else robots.txt means for the host is decided where it is read.
        is_page = "visit" in request.meta
        if response.status in BUSY and not page_class.gone and (is_page or asked_for is not None):
            host.busy(response.status, asked_for)
        elif not is_page:
            if page_class is not PageClass.SERVER_ERROR:
                host.works()
        elif request.meta["visit"].request.is_beside:
            if page_class.blocked or page_class is PageClass.SERVER_ERROR:
                host.missed(f"status {response.status}, {page_class.value}")
            else:
                host.misses = 0
        elif page_class.blocked:
            host.blocked(page_class.value)
        elif page_class is PageClass.SERVER_ERROR:
            host.failed(f"status {response.status}")
        else:
            host.served()
        host.check_budget()
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if isinstance(exception, NO_FAILURE_OF_THE_HOST):
            return
        host, seconds = self._hosts.get(host_of(request)), self._seconds_since_sent(request)
        host.sent(seconds)
        if "visit" in request.meta and request.meta["visit"].request.is_beside:
            host.missed(reason_of(exception), seconds)
        else:
            host.failed(reason_of(exception), seconds)
        host.check_budget()

    def _seconds_since_sent(self, request: Request) -> float:
        """How long ago the request went out: one connection per host, so that it is what its slot sent last."""
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(request))
        return 0.0 if slot is None else max(0.0, time.monotonic() - slot.lastseen)

    def _keep_pace(self, request: Request, host: Host) -> None:
        """Set the delay of the request's downloader slot; a new slot knows nothing of requests before it."""
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        key = downloader.get_slot_key(request)
        if key not in downloader.slots:
            downloader.slots[key] = Slot(1, host.delay, 0.0)
        slot = downloader.slots[key]
        slot.delay = host.delay
        slot.lastseen = max(slot.lastseen, time.monotonic() - (time.time() - host.last_request))
