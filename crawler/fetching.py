"""Single pages fetched outside a crawl, with everything that keeps a crawl polite and safe.

The run is a real one in a folder of the caller's: what reads an answer reads it from the archive, here as everywhere.
Must not know what becomes of the pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from archive.data_dir import DataDir
from archive.exchange import CaptureRef
from archive.ledger import Ledger
from archive.tombstones import Tombstone
from crawler.command import SOFTWARE
from crawler.hosts import Manners
from crawler.page_class import PageClass
from crawler.portals import Portal
from crawler.redirect_shell import redirect_target
from crawler.runs import Run, attach
from crawler.shutdown import Shutdown

MAX_REDIRECTS = 5
MAX_SHELLS = 2
# A crawl's settings less what belongs to the ledger's frontier and to the pipelines.
_OUTSIDE_A_CRAWL: Mapping[str, object] = {
    "SCHEDULER": "scrapy.core.scheduler.Scheduler",
    "ITEM_PIPELINES": {},
    "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
}
_OF_VISITS = ("crawler.visit_middleware.VisitMiddleware", "crawler.beside_middleware.BesideMiddleware")


@dataclass(frozen=True, slots=True)
class Fetched:
    """Where an answer that may be read is archived; or else ``fault``, one line."""

    capture: CaptureRef | None = None
    fault: str = ""


def fetch_pages(
    settings: Settings,
    urls: Sequence[str],
    data_dir: DataDir,
    portals: Sequence[Portal],
    forgotten: Iterable[Tombstone],
) -> dict[str, Fetched]:
    """Fetch pages into an archive at ``data_dir``, which is new and open. Call it once in a process: a reactor runs once.

    Every address on the way, redirects included, is held against robots.txt, the tombstones and the address guard; a portal of
    the registry is reached as it declares. An interrupt ends the process with its exit code.
    """
    for name, value in _OUTSIDE_A_CRAWL.items():
        settings.set(name, value, priority="cmdline")
    middlewares = {**settings.getdict("SPIDER_MIDDLEWARES"), **dict.fromkeys(_OF_VISITS)}
    settings.set("SPIDER_MIDDLEWARES", middlewares, priority="cmdline")
    ledger = Ledger(data_dir.ledger)
    for stone in forgotten:
        ledger.forget(stone)
    process = AsyncCrawlerProcess(settings)
    run = Run(
        data_dir,
        ledger,
        "pages",
        (),
        software=SOFTWARE,
        user_agent=str(settings["USER_AGENT"]),
        contact=str(settings.get("CONTACT") or ""),
        max_warc_bytes=settings.getint("WARC_MAX_BYTES"),
        manners=Manners.from_settings(settings),
    )
    found: dict[str, Fetched] = {}
    crawler = process.create_crawler(_Pages)
    attach(crawler, run)
    process.crawl(crawler, urls=urls, portals=portals, found=found)
    shutdown = Shutdown(lambda: run.stop_crawlers("shutdown"), run.close_in_haste, 1.0, "scrapy extract: interrupted")
    from twisted.internet import reactor

    clock: Any = reactor
    clock.callWhenRunning(run.start)
    clock.callWhenRunning(shutdown.install)
    try:
        process.start(install_signal_handlers=False)
    finally:
        run.close()
        run.close_outputs()
        ledger.close()
    if shutdown.asked:
        raise KeyboardInterrupt
    if run.failure is not None:
        raise OSError(run.failure[1])
    return {url: found.get(url, Fetched(fault="not fetched")) for url in urls}


class _Pages(Spider):
    """Asks for each address once and notes what came of it."""

    name = "pages"

    def __init__(self, urls: Sequence[str], portals: Sequence[Portal], found: dict[str, Fetched], **kwargs: Any):
        super().__init__(**kwargs)
        self._urls = urls
        self._portals = portals
        self._found = found

    async def start(self) -> AsyncIterator[Request]:
        for url in dict.fromkeys(self._urls):
            yield self._request(url, url, 0)

    def _request(self, asked: str, url: str, shells: int) -> Request:
        portal = next((portal for portal in self._portals if portal.covers(url)), None)
        hints = {"portal": portal.id, "region": portal.region} if portal else {}
        meta: dict[str, Any] = {
            "asked": asked,
            "shells": shells,
            "role": "report",
            "portal": portal.id if portal else "",
            "archive_hints": {**hints, "role": "report"},
        }
        if portal and portal.proxy:
            meta["portal_proxy"] = portal.proxy
        if portal and portal.tls == "legacy":
            meta["tls_legacy"] = True
        return Request(url, meta=meta, callback=self.answered, errback=self.failed, dont_filter=True)

    def answered(self, response: Response) -> Iterable[Request]:
        meta = response.meta
        page_class: PageClass = meta["page_class"]
        if page_class is PageClass.REDIRECT_SHELL and meta["shells"] < MAX_SHELLS:
            target = redirect_target(response.body, response.url)
            if target and target != response.url:
                return [self._request(meta["asked"], target, meta["shells"] + 1)]
        if page_class.usable:
            self._found[meta["asked"]] = Fetched(meta["capture"])
        else:
            fault = f"status {response.status}, {page_class.value.replace('_', ' ')}"
            self._found[meta["asked"]] = Fetched(fault=fault)
        return []

    def failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        reason = " ".join(str(failure.value).split()) or type(failure.value).__name__
        self._found[request.meta["asked"]] = Fetched(fault=reason)
