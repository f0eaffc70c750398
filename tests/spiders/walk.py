"""Runs a spider's callbacks over the replica portals without server, scheduler or archive, in the order requests are found.

What travels between callbacks goes through JSON, as it does in the ledger.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archive.exchange import CaptureRef
from crawler.items import CapturedPage, ListingRead, Skipped
from crawler.page_class import classify
from spiders.base import PortalSpider
from tests.portals.answer import Answer
from tests.portals.answer import Request as ReplicaRequest
from tests.portals.site import Site

CAPTURE = CaptureRef("test.warc.gz", 0, 1, 1, "urn:uuid:0", "2024-01-01T00:00:00Z", "", 200, "sha256:0")


@dataclass(slots=True)
class Walked:
    """Everything a walk yielded; ``answers`` gives the page class (or ``robots``) per address and method."""

    requests: dict[str, Request] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    pages: list[CapturedPage] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    listings: dict[str, ListingRead] = field(default_factory=dict)

    def urls(self, role: str) -> set[str]:
        return {request.url for request in self.requests.values() if request.meta["role"] == role}


def respond(request: Request, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Response:
    """A response as Scrapy's downloader builds it, with what scheduler and handler would add."""
    fields: dict[str, list[str]] = {}
    for name, value in headers:
        fields.setdefault(name, []).append(value)
    kind = responsetypes.from_args(headers=Headers(fields), url=request.url, body=body)
    response = kind(request.url, status=status, headers=fields, body=body)
    meta = json.loads(json.dumps(request.meta))
    response.request = request.replace(meta={"listing": request.url, **meta, "capture": CAPTURE})
    return response


def call(spider: PortalSpider, request: Request, response: Response) -> list[object]:
    """What the request's callback yields, found by name as the ledger finds it."""
    name = getattr(request.callback, "__name__", "")
    return list(getattr(spider, name)(response, **json.loads(json.dumps(request.cb_kwargs))))


def site_fetch(site: Site) -> Callable[[Request], Answer]:
    """Ask the replica as a client would."""

    def fetch(request: Request) -> Answer:
        parts = urlsplit(request.url)
        fields = [("Host", parts.netloc), ("User-Agent", "walk/1")]
        fields += [(name.decode(), value.decode()) for name, values in request.headers.items() for value in values]
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = ReplicaRequest(request.method, target, tuple(fields), request.body, tls=parts.scheme == "https")
        return site.answer(sent, datetime.now(UTC))

    return fetch


async def first_requests(spider: PortalSpider) -> list[Request]:
    return [request async for request in spider.start()]


def walk(
    spider: PortalSpider, start: Iterable[Request], fetch: Callable[[Request], Answer], limit: int = 3000
) -> Walked:
    """Follow every request once, as the ledger does (key: method, address, body). More than ``limit`` are a runaway crawl."""
    walked, queue = Walked(), deque(start)
    while queue:
        request = queue.popleft()
        key = f"{request.method} {request.url} {request.body.decode()}"
        if key in walked.requests:
            continue
        assert len(walked.requests) < limit, "the crawl does not end"
        walked.requests[key] = request
        answer = fetch(request)
        kind = classify(answer.status, dict(answer.headers), answer.body, request.url, request.meta["role"])
        walked.answers[request.url] = kind.value
        if not (kind.usable or (kind.gone and request.cb_kwargs.get("probe"))):
            continue
        response = respond(request, answer.status, answer.headers, answer.body)
        for found in call(spider, request, response):
            if isinstance(found, Request):
                queue.append(found)
            elif isinstance(found, CapturedPage):
                walked.pages.append(found)
            elif isinstance(found, Skipped):
                walked.skipped.append(found)
            elif isinstance(found, ListingRead):
                walked.listings[request.url] = found
            else:
                raise AssertionError(f"a callback yielded {found!r}")
    return walked
