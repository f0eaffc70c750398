"""robots.txt by RFC 9309: asked for once per authority and day, remembered in the ledger, archived, obeyed.

Unreachable means that nothing may be fetched (section 2.3.1.4); absent means that everything may (2.3.1.3). Must not know
what is fetched or why.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from archive.exchange import CaptureFailed
from archive.hosts import RobotsFile
from archive.rows import now
from crawler.page_class import PageClass, classify
from crawler.politeness import BUSY, HostLeftAlone, host_of
from crawler.revisit import moment_of
from crawler.runs import run_of

MAX_ROBOTS_BYTES = 500 * 1024  # RFC 9309, 2.5: at least this much must be read
UNREACHABLE = (PageClass.CHALLENGE, PageClass.LOGIN, PageClass.SERVER_ERROR)
# After this long without an answer the last good copy counts again (RFC 9309, 2.3.1.4).
COPY_AFTER = timedelta(days=30)
LEAST_CACHE = 3600.0  # seconds: a run does not ask before every page, whatever ROBOTS_CACHE_HOURS says
_BOM = b"\xef\xbb\xbf"


class ForbiddenByRobots(IgnoreRequest):
    """robots.txt does not allow this address."""


class RobotsUnreachable(IgnoreRequest):
    """robots.txt could not be read, so the host must be left alone (RFC 9309, 2.3.1.4)."""


class RobotsMiddleware:
    """Holds every request back until the robots.txt of its authority is known; tells the host its Crawl-delay.

    A challenge or server error in place of robots.txt counts as unreachable, and is asked for again in the next run;
    another HTML page (portals answer their 404 page with 200) counts as absent. Settings: ROBOTSTXT_OBEY,
    ROBOTS_CACHE_HOURS.
    """

    def __init__(self, crawler: Crawler):
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        self._crawler = crawler
        self._run = run_of(crawler)
        self._agent = str(crawler.settings["USER_AGENT"])
        self._cache = timedelta(hours=crawler.settings.getfloat("ROBOTS_CACHE_HOURS"))

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

    async def _rules(self, request: Request) -> Protego | str:
        """The rules of the request's authority, or why they are unreachable; all crawlers of a run share them."""
        parts = urlparse_cached(request)
        authority = f"{parts.scheme}://{parts.netloc}"
        known = self._run.robots
        if authority not in known or is_old(known[authority]):
            known[authority] = asyncio.ensure_future(self._find(authority, request))
            known[authority].add_done_callback(lambda task: None if task.cancelled() else task.exception())
        try:
            rules: Protego | str = (await asyncio.shield(known[authority]))[0]
            return rules
        except HostLeftAlone:
            known.pop(authority, None)  # that says nothing about robots.txt: ask when the pause is over
            raise

    async def _find(self, authority: str, request: Request) -> tuple[Protego | str, float]:
        """The rules, or why they are unreachable, and until when (by the monotonic clock) that is good."""
        hosts, name = self._run.ledger.hosts, host_of(request)
        file = hosts.load_robots(authority)
        fetched = moment_of(file.fetched_at) if file else None
        if file is None or file.problem or fetched is None or datetime.now(UTC) - fetched > self._cache:
            file = await self._ask(authority, file, request)
            self._run.ledger.remember({}, [file])
            fetched = datetime.now(UTC)
        left = (self._cache - (datetime.now(UTC) - fetched)).total_seconds()
        until = time.monotonic() + max(left, LEAST_CACHE)
        good = moment_of(file.good_at)
        if file.problem and (good is None or datetime.now(UTC) - good < COPY_AFTER):
            return file.problem, until
        rules = Protego.parse(file.body.decode("utf-8", "replace"))
        self._run.hosts.get(name).wants_delay(authority, float(rules.crawl_delay(self._agent) or 0.0))
        return rules, until

    async def _ask(self, authority: str, before: RobotsFile | None, cause: Request) -> RobotsFile:
        assert self._crawler.engine is not None
        meta: dict[str, Any] = {
            "dont_obey_robotstxt": True,
            "portal": cause.meta.get("portal", ""),
            "archive_hints": {"portal": cause.meta.get("portal", "")},
            **{key: cause.meta[key] for key in ("portal_proxy", "tls_legacy") if key in cause.meta},
        }
        request = Request(f"{authority}/robots.txt", meta=meta, callback=NO_CALLBACK, dont_filter=True)
        try:
            response = await self._crawler.engine.download_async(request)
            host = self._run.hosts.get(host_of(request))
            if response.status in BUSY and host.wait() > 0:
                raise HostLeftAlone(host.pause_note())  # it says itself when to ask again
            answer = read_robots(response)
        except (CaptureFailed, HostLeftAlone):
            raise  # our disk is full, or the host is left alone: that says nothing about its robots.txt
        except Exception as error:  # whatever the transport raises: RFC 9309 calls it unreachable
            answer = f"{type(error).__name__}: {error}"
        if isinstance(answer, str):
            body, good_at = (before.body, before.good_at) if before else (b"", "")
            return RobotsFile(authority, now(), answer, body, good_at)
        return RobotsFile(authority, now(), "", answer, now())


def read_robots(response: Response) -> bytes | str:
    """What an answer to a request for robots.txt says (nothing, where there is none), or why it counts as unreachable."""
    kind = classify(response.status, response.headers, response.body, response.url, "listing")
    # RFC 9309 would allow everything after a 429; but who asks too often does not help himself by asking for pages.
    if kind in UNREACHABLE or response.status >= 500 or response.status in BUSY:
        return f"status {response.status}, {kind.value}"
    body = response.body.removeprefix(_BOM)
    if response.status != 200 or body.lstrip()[:1] == b"<":
        return b""
    # Cut at the end of a line: half of a "Disallow: /gov" would forbid more than it says.
    return body if len(body) <= MAX_ROBOTS_BYTES else body[:MAX_ROBOTS_BYTES].rpartition(b"\n")[0]


def is_old(known: asyncio.Future[tuple[Protego | str, float]]) -> bool:
    """Whether what a long run knows of a robots.txt is out of date."""
    return known.done() and not known.cancelled() and known.exception() is None and known.result()[1] < time.monotonic()
