"""What a page needs to be displayed: style sheets and what they import, scripts, images, fonts, icons, frames.

Found in the page as it stands; no script is run, so what a script loads is not found. Must not know when requisites are asked
for, nor how many may be.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.selector import Selector
from scrapy.settings import BaseSettings

from archive.ledger import Ledger
from archive.rows import MANUAL, FrontierRequest
from crawler.by_hand import BY_HAND, refuse_address
from crawler.carried import sent_address
from crawler.items import Skipped
from crawler.numbers import numbers_by_name
from crawler.page_text import decode_page
from crawler.runs import run_of
from crawler.scope import refusal
from crawler.visits import Visit

FOLLOWED = "requisites"  # the hint of an exchange whose page is archived with its requisites
BUDGETS = ("requests", "bytes")
MAX_SEARCHED = 4 * 1024 * 1024  # bytes of a page or style sheet; longer ones are searched so far
MAX_NAMED = 5000  # different references in one

# The attributes that name requisites, in the order in which they matter if there may be no more: style sheets are found apart.
_ATTRIBUTES = (
    "//script/@src",
    "//iframe/@src | //frame/@src",
    "//img/@src | //input[@type='image']/@src | //body/@background | //table/@background | //td/@background"
    " | //embed/@src | //object/@data | //video/@poster",
    # pictures that a script puts in when the reader comes near
    "//img/@data-src | //img/@data-original",
)
_SRCSETS = "//img/@srcset | //source/@srcset | //link/@imagesrcset"
_STYLES = "//style/text() | //@style"
_LOADED = frozenset({"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "preload"})
_LOADED_AS = frozenset({"modulepreload", "manifest"}) | _LOADED
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_IN_STYLE = re.compile(
    r"""@import\s++(?:"([^"\n]*+)"|'([^'\n]*+)')|\burl\(\s*+(?:"([^"\n]*+)"|'([^'\n]*+)'|([^)"'\s]++))""", re.IGNORECASE
)
_CANDIDATE = re.compile(r"[\s,]*+([^\s,](?:[^\s]*[^\s,])?)(?:\s++[^,\s]++)?\s*+")


def find_requisites(response: Response) -> list[str]:
    """The absolute addresses of what a page or style sheet needs, each once, the most important first.

    Empty for anything else. Any bytes can be searched.
    """
    if not isinstance(response, TextResponse):
        return []
    text = decode_page(response.body[:MAX_SEARCHED])
    base = response.url
    named: Iterable[str]
    if _is_style_sheet(response):
        named = _in_style(text)
    elif isinstance(response, HtmlResponse):
        page = Selector(text=text.replace("\x00", ""), type="html")
        base = _joined(base, page.xpath("string(//base/@href)").get() or "") or base
        named = _in_page(page)
    else:
        return []
    found = (_joined(base, reference) for reference in islice(_once(named), MAX_NAMED))
    return list(dict.fromkeys(url for url in found if url and not refuse_address(url)))


def _once(references: Iterable[str]) -> Iterator[str]:
    seen = set()
    for reference in references:
        if reference not in seen:
            seen.add(reference)
            yield reference


def _is_style_sheet(response: Response) -> bool:
    kind = (response.headers.get("Content-Type") or b"").lower()
    return b"css" in kind or (b"html" not in kind and urlsplit(response.url).path.lower().endswith(".css"))


def _in_page(page: Selector) -> Iterator[str]:
    """What the elements of a page refer to, as written."""
    links = [
        (set((link.attrib.get("rel") or "").lower().split()), link.attrib.get("href") or "")
        for link in page.xpath("//link[@href]")
    ]
    yield from (href for rel, href in links if "stylesheet" in rel)
    for style in page.xpath(_STYLES).getall():
        yield from _in_style(style)
    yield from page.xpath(_ATTRIBUTES[0]).getall()
    yield from (href for rel, href in links if rel & _LOADED_AS and "stylesheet" not in rel)
    for attributes in _ATTRIBUTES[1:]:
        yield from page.xpath(attributes).getall()
    for candidates in page.xpath(_SRCSETS).getall():
        yield from (candidate[1] for candidate in _CANDIDATE.finditer(candidates))


def _in_style(text: str) -> Iterator[str]:
    for found in _IN_STYLE.finditer(_COMMENT.sub(" ", text)):
        yield next(reference for reference in found.groups() if reference is not None)


def _joined(base: str, reference: str) -> str:
    """The absolute address that a reference in a page means; empty for what is no address of a file."""
    reference = reference.strip()
    if not reference or reference.startswith("#"):
        return ""
    try:
        url = urljoin(base, reference)
        return sent_address(url) if url.startswith(("http://", "https://")) else ""
    except ValueError:
        return ""


class Requisites:
    """The requisites of the visits of a run, in a crawl and in a rebuild alike."""

    def __init__(self, settings: BaseSettings, ledger: Ledger):
        self._ledger = ledger
        self._most = budget_of(settings)["requests"]

    def add_to(self, visit: Visit, response: Response) -> None:
        """Let a visit enter the requisites of its page, if they are archived with it: as many as the budget allows."""
        if not response.meta["archive_hints"].get(FOLLOWED) or visit.leased.ready or visit.error:
            return
        page = str(visit.request.data.get("page") or visit.request.key)
        for url in find_requisites(response):
            request = FrontierRequest(
                family=MANUAL,
                portal=MANUAL,
                role="requisite",
                method="GET",
                url=url,
                callback="parse_requisite",
                headers={"Referer": response.url},
                data={"page": page},
                via=visit.request.url,
                hops=visit.request.hops + "E",
            )
            reason = refusal(request, BY_HAND, self._ledger)
            if not reason and len(visit.requisites) >= self._most:
                visit.skipped.append(Skipped(url, "", "over REQUISITE_BUDGET, and all behind it"))
                return
            if reason:
                visit.skipped.append(Skipped(url, "", reason))
            elif request.key != visit.request.key:
                visit.requisites.append(request)


def budget_of(settings: BaseSettings) -> dict[str, float]:
    """REQUISITE_BUDGET: how many requisites a page may have, and bytes. Raises ValueError with one line."""
    given = numbers_by_name(settings, "REQUISITE_BUDGET", BUDGETS, "budget")
    return {name: given.get(name, 0.0) for name in BUDGETS}


class RequisiteMiddleware:
    """The spider middleware that finds the requisites of pages, before their visits end."""

    def __init__(self, crawler: Crawler):
        self._requisites = Requisites(crawler.settings, run_of(crawler).ledger)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for output in result:
            yield output
        self._requisites.add_to(response.meta["visit"], response)
