"""The rows of a listing: every link of a page with its whole title and the date printed beside it.

Works on any markup: a row is a link and the smallest list item, table row or block around it. Must not know families, nor which titles are
wanted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from parsel import Selector

from spiders.links import canonical
from spiders.titles import is_cut

_DATE = re.compile(r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_DATE_AT_END = re.compile(r"[\s\[(（【]*(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?[\s\])）】]*$")
_ROW_ELEMENTS = frozenset({"li", "tr", "dd", "dt"})
# A block around more links than this is a list, not a row: an icon, a title and a download link at most.
_LINKS_IN_ROW = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A link of a page: canonical address, whole title, date (ISO 8601, or empty), the labelled values the row prints."""

    url: str
    title: str
    date: str = ""
    card: Mapping[str, str] = field(default_factory=dict)


def find_date(text: str) -> str:
    """The first date in ``text`` as ISO 8601 (2024-01-26, 2024年1月26日, 2024/1/26 …); empty if there is none."""
    for match in _DATE.finditer(text):
        try:
            return date(*map(int, match.groups())).isoformat()
        except ValueError:
            continue
    return ""


def read_rows(page: Selector, base: str, card_attributes: Mapping[str, str] | None = None) -> Iterator[Row]:
    """Yield a row per distinct address of ``page``, in order of appearance; of several links to it, the one with the longest title.

    ``card_attributes`` maps attributes of a link to the labels of the card they carry.
    """
    rows: dict[str, Row] = {}
    for anchor in page.xpath("//a[@href]"):
        url = canonical(base, anchor.attrib["href"])
        if not url:
            continue
        card = {
            label: anchor.attrib[name].strip()
            for name, label in (card_attributes or {}).items()
            if anchor.attrib.get(name, "").strip()
        }
        title, printed = _title(anchor), _date_beside(anchor.root)
        known = rows.get(url)
        if known is None:
            rows[url] = Row(url, title, printed, card)
        elif len(title) > len(known.title) or not known.date:
            rows[url] = Row(url, max(title, known.title, key=len), known.date or printed, known.card or card)
    yield from rows.values()


def digest_of(rows: Iterable[Row]) -> str:
    """A short digest of the addresses, to tell whether two listing pages are the same page."""
    return hashlib.sha256("\n".join(row.url for row in rows).encode()).hexdigest()[:16]


def _title(anchor: Selector) -> str:
    text = _text(anchor.root)
    attribute = (
        " ".join((anchor.attrib.get("title") or "").split("\n")[0].split()).removeprefix("标题：").removeprefix("标题:")
    )
    if is_cut(text) or (attribute and attribute.startswith(text)):
        text = attribute or text
    if not text:
        text = " ".join((anchor.xpath(".//img/@alt").get() or "").split())
    return _DATE_AT_END.sub("", text) or text


def _date_beside(link: Any) -> str:
    own = _text(link)
    element = link
    for _ in range(4):
        element = element.getparent()
        if (
            element is None
            or element.tag in ("body", "ul", "ol", "table", "tbody")
            or len(element.findall(".//a")) > _LINKS_IN_ROW
        ):
            break
        around = _text(element).replace(own, " ", 1)
        found = find_date(around)
        if found or element.tag in _ROW_ELEMENTS:
            return found or find_date(own)
    return find_date(own)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
