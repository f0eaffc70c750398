"""What a page needs to be displayed: style sheets and what they import, scripts, images, fonts, icons, frames.

Found in the page as it stands; no script is run, so what a script loads is not found. Must not know when they are asked for,
nor how many may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.selector import Selector

from crawler.by_hand import refuse_address
from crawler.page_text import decode_page
from crawler.references import base_of, joined

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
        base = base_of(page, base)
        named = _in_page(page)
    else:
        return []
    found = (joined(base, reference) for reference in islice(_once(named), MAX_NAMED))
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
