"""Fixture listings as responses of a portal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.items import ListingRead, Skipped
from spiders.base import PortalSpider
from tests.spiders.walk import call, respond

LISTINGS = Path(__file__).parents[1] / "fixtures" / "listings"


class Read:
    """What one callback yielded, sorted by kind."""

    def __init__(self, found: list[object]):
        self.requests = [one for one in found if isinstance(one, Request)]
        self.skipped = {one.url: one.reason for one in found if isinstance(one, Skipped)}
        self.listings = [one for one in found if isinstance(one, ListingRead)]

    def urls(self, role: str) -> list[str]:
        return [request.url for request in self.requests if request.meta["role"] == role]

    def request(self, url: str) -> Request:
        return next(request for request in self.requests if request.url == url)


Reader = Callable[..., Read]


@pytest.fixture
def read() -> Reader:
    """``read(spider, request, file, status=200, content_type="text/html")``: run the request's callback on a fixture file."""

    def read_file(spider: PortalSpider, request: Request, file: str, **answer: Any) -> Read:
        return Read(call(spider, request, response_of(request, file, **answer)))

    return read_file


def response_of(request: Request, file: str, status: int = 200, content_type: str = "text/html") -> Response:
    body = (LISTINGS / file).read_bytes() if file else b""
    return respond(request, status, [("Content-Type", content_type)], body)
