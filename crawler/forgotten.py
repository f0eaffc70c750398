"""Forgotten addresses are never sent for: the last guard before the network, for starts, redirects, retries and robots.txt.

Must not know why an address is forgotten, nor how a request came to be.
"""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawler.runs import Run, run_of


class ForgottenAddress(IgnoreRequest):
    """A tombstone covers the address; the message is the address."""


class ForgottenMiddleware:
    """The downloader middleware nearest to the engine: every request passes it, those of other middlewares included."""

    def __init__(self, run: Run):
        self._tombstones = run.ledger.tombstones

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(run_of(crawler))

    def process_request(self, request: Request) -> None:
        if self._tombstones.covers(request.url):
            raise ForgottenAddress(request.url)
