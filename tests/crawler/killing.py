"""A downloader middleware that ends the process with SIGKILL once, at a moment that a test names in KILL_AT.

``asked URL``: before the request goes out; ``archived URL``: its answer is in the archive and nobody has seen it;
``ready``: a page is about to be read back with its files.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response


class KillingMiddleware:
    def __init__(self, moment: str, mark: Path):
        self._moment = moment
        self._mark = mark

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings["KILL_AT"], Path(crawler.settings["KILL_MARK"]))

    def process_request(self, request: Request) -> None:
        visit = request.meta.get("visit")
        self._end("ready" if visit is not None and visit.leased.ready else f"asked {request.url}")

    def process_response(self, request: Request, response: Response) -> Response:
        self._end(f"archived {request.url}")
        return response

    def _end(self, moment: str) -> None:
        if moment == self._moment and not self._mark.exists():
            self._mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
