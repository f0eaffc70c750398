"""robots.txt by RFC 9309: asked for once per authority and run, archived like any exchange, obeyed.

Unreachable means that nothing may be fetched (section 2.3.1.4); absent means that everything may (2.3.1.3). Must not know what is
fetched or why.
"""

from __future__ import annotations

import asyncio
from typing import Self

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.handler import CaptureFailed
from crawler.page_class import PageClass, classify

MAX_CRAWL_DELAY = 60.0  # seconds; a longer Crawl-delay would keep a portal from ever being read whole
UNREACHABLE = (PageClass.CHALLENGE, PageClass.LOGIN, PageClass.SERVER_ERROR)


class ForbiddenByRobots(IgnoreRequest):
    """robots.txt does not allow this address."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be read, so the host must be left alone (RFC 9309, 2.3.1.4)."""


class RobotsMiddleware:
    """Holds every request back until the robots.txt of its authority is known; applies Crawl-delay up to a minute.

    A challenge or server error in place of robots.txt counts as unreachable; another HTML page (portals answer their 404 page
    with 200) as absent.
    """

    def __init__(self, crawler: Crawler):
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._agent = str(crawler.settings["USER_AGENT"])
        self._asked: dict[str, asyncio.Future[Protego | str]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):
            return
        rules = await self._rules(request)
        if isinstance(rules, str):
            raise RobotsUnreachable(f"robots.txt unreachable: {rules}")
        if not rules.can_fetch(request.url, self._agent):
            raise ForbiddenByRobots(f"forbidden by robots.txt: {request.url}")
        self._apply_delay(request, rules)

    async def _rules(self, request: Request) -> Protego | str:
        """The rules of the request's authority, or why they are unreachable."""
        parts = urlparse_cached(request)
        authority = f"{parts.scheme}://{parts.netloc}"
        if authority not in self._asked:
            self._asked[authority] = asyncio.ensure_future(self._ask(authority))
        return await asyncio.shield(self._asked[authority])

    async def _ask(self, authority: str) -> Protego | str:
        assert self._crawler.engine is not None
        request = Request(
            f"{authority}/robots.txt", meta={"dont_obey_robotstxt": True}, callback=NO_CALLBACK, dont_filter=True
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except CaptureFailed:
            raise  # our disk is full: that says nothing about the host
        except Exception as error:  # whatever the transport raises: RFC 9309 calls it unreachable
            return f"{type(error).__name__}: {error}"
        return read_robots(response)

    def _apply_delay(self, request: Request, rules: Protego) -> None:
        delay = rules.crawl_delay(self._agent)
        if delay is None or self._crawler.engine is None:
            return
        downloader = self._crawler.engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(request))
        if slot is not None:
            slot.delay = max(slot.delay, min(float(delay), MAX_CRAWL_DELAY))


def read_robots(response: Response) -> Protego | str:
    """What an answer to a request for robots.txt allows, or why it counts as unreachable."""
    kind = classify(response.status, response.headers, response.body, response.url, "listing")
    if kind in UNREACHABLE or response.status >= 500:
        return f"status {response.status}, {kind.value}"
    body = response.body.removeprefix(b"\xef\xbb\xbf")
    if response.status != 200 or body.lstrip()[:1] == b"<":
        return Protego.parse("")
    return Protego.parse(body.decode("utf-8", "replace"))
