"""What a page needs to be displayed: style sheets and what they import, scripts, images, fonts, icons, frames, sound and film.

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

# Attributes by which scripts put in pictures and frames when the reader comes near; the last four are of editors and portals.
_LAZY = (
    *("data-src", "data-original", "data-lazy", "data-lazy-src", "data-echo", "data-url", "lay-src", "lazy-src"),
    *("_src", "data-ke-src", "oldsrc", "ori_src"),
)
_LAZY_BACKGROUNDS = ("data-bg", "data-background", "data-background-image")
# The attributes that name requisites, in the order in which they matter if there may be no more: style sheets are found apart.
_ATTRIBUTES = (
    "//script/@src",
    "//iframe/@src | //frame/@src",
    "//img/@src | //input[@type='image']/@src | //@background | //embed/@src | //object/@data | //video/@poster"
    " | //param[@name='movie' or @name='Movie' or @name='src']/@value"
    # in drawings: SVG 2, 16.1, and its older form
    " | //*[self::use or self::image or self::feimage]/@*[name()='href' or name()='xlink:href']",
    " | ".join(
        [f"//*[self::img or self::iframe or self::source or self::video]/@{name}" for name in _LAZY]
        + [f"//@{name}" for name in _LAZY_BACKGROUNDS]
    ),
)
_SRCSETS = "//img/@srcset | //source/@srcset | //link/@imagesrcset | //img/@data-srcset | //source/@data-srcset"
_MEDIA = "//video/@src | //audio/@src | //source/@src | //track/@src | //bgsound/@src"  # last: they are large
_STYLES = "//style/text() | //@style"
_LOADED = frozenset({"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "preload"})
_LOADED_AS = frozenset({"modulepreload", "manifest"}) | _LOADED
_NOT_READ = re.compile(
    r"/\*.*?(?:\*/|\Z)|@namespace\b[^;]*+;", re.DOTALL | re.IGNORECASE
)  # the latter names, and loads nothing
_IN_STYLE = re.compile(
    r"""@import\s++(?:"([^"\n]*+)"|'([^'\n]*+)')|\burl\(\s*+(?:"([^"\n]*+)"|'([^'\n]*+)'|([^)"'\s]++))""", re.IGNORECASE
)
_IMAGE_SET = re.compile(
    r"\bimage-set\(", re.IGNORECASE
)  # CSS Images 4, 2.4: strings in it are addresses, but for types
_IN_IMAGE_SET = re.compile(r"""\w++\([^()]*+\)|"([^"\n]*+)"|'([^'\n]*+)'|(\))""")
_MAX_IMAGE_SETS, _LONG_IMAGE_SET = 500, 2000
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
    yield from page.xpath(_MEDIA).getall()


def _in_style(text: str) -> Iterator[str]:
    text = _NOT_READ.sub(" ", text)
    for found in _IN_STYLE.finditer(text):
        yield next(reference for reference in found.groups() if reference is not None)
    for image_set in islice(_IMAGE_SET.finditer(text), _MAX_IMAGE_SETS):
        for part in _IN_IMAGE_SET.finditer(text, image_set.end(), image_set.end() + _LONG_IMAGE_SET):
            if part[3]:
                break
            yield part[1] or part[2] or ""
