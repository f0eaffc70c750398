"""Finding what is beside a page while its visit lasts: attachments of report pages, requisites where they are wanted.

Must not know how files and requisites are told from links, nor when they are asked for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings

from archive.ledger import Ledger
from archive.rows import MANUAL, FrontierRequest, beside
from crawler.attachments import find_attachments
from crawler.beside import SETTINGS, budgets_of
from crawler.items import Skipped
from crawler.portals import Portal
from crawler.requisites import find_requisites
from crawler.runs import run_of
from crawler.scope import in_scope, refusal
from crawler.visits import Visit

FOLLOWED = "requisites"  # the hint of an exchange whose page is archived with its requisites


class Beside:
    """What is beside the pages of a run, in a crawl and in a rebuild alike. ``portals`` are those of the run, by id."""

    def __init__(self, settings: BaseSettings, ledger: Ledger, portals: Mapping[str, Portal]):
        self._ledger = ledger
        self._portals = portals
        self._most = {role: most["requests"] for role, most in budgets_of(settings).items()}

    def add_to(self, visit: Visit, response: Response) -> None:
        """Let a visit enter what is beside its page, as much as the budgets allow; to be called before it ends."""
        portal = self._portals.get(visit.request.portal)
        if portal is None or visit.leased.ready or visit.error:
            return
        if visit.request.role == "report" and portal.id != MANUAL:
            linked = {link.key for link in visit.links}
            self._add(visit, portal, "attachment", "L", find_attachments(response), response.url, linked)
        if response.meta["archive_hints"].get(FOLLOWED):
            self._add(visit, portal, "requisite", "E", find_requisites(response), response.url, ())

    def _add(
        self,
        visit: Visit,
        portal: Portal,
        role: str,
        hop: str,
        addresses: Iterable[str],
        referer: str,
        known: Collection[str],
    ) -> None:
        page, added = visit.request, 0
        for url in addresses:
            request = FrontierRequest(
                family=page.family,
                portal=page.portal if page.of_no_portal else beside(page.portal, role),
                role=role,
                method="GET",
                url=url,
                callback=f"parse_{role}",
                headers={"Referer": referer},
                data={"page": str(page.data.get("page") or page.key) if page.is_beside else page.key},
                via=page.url,
                hops=page.hops + hop,
            )
            if request.key == page.key or request.key in known:
                continue
            reason = refusal(request, portal, self._ledger) or ("" if in_scope(portal, role, url) else "off-site")
            if not reason and added >= self._most[role]:
                visit.skipped.append(Skipped(url, "", f"over {SETTINGS[role]}, and all behind it"))
                return
            if reason:
                visit.skipped.append(Skipped(url, "", reason))
            else:
                visit.beside.append(request)
                added += 1


class BesideMiddleware:
    """The spider middleware that finds what is beside pages, before their visits end."""

    def __init__(self, crawler: Crawler):
        run = run_of(crawler)
        self._beside = Beside(crawler.settings, run.ledger, run.portals)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for output in result:
            yield output
        self._beside.add_to(response.meta["visit"], response)
