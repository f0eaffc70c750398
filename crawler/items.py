"""What a spider yields, and what travels through the item pipelines.

Plain data, free of Scrapy, so that the pipelines and a reparse can use it. Must not know how pages are fetched, parsed or stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archive.exchange import CaptureRef


@dataclass(frozen=True, slots=True)
class PageHints:
    """What is known about a page beside its bytes; hints for the parser, never a reason to drop the page.

    ``portal`` and ``region`` (GB/T 2260, six digits) come from the registry, the listing values from the row that led here;
    ``card`` holds labelled values of an index card (索引号, 发布机构 …) printed in the listing.
    """

    portal: str = ""
    region: str = ""
    listing_title: str = ""
    listing_date: str = ""
    card: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CapturedFile:
    """A file that carries the report of a page: decoded body, Content-Type as sent, where it was captured."""

    url: str
    body: bytes
    content_type: str
    capture: CaptureRef


@dataclass(slots=True)
class CapturedPage:
    """A page that may be a report: decoded body, where it was captured, what was known of it.

    ``body`` has transfer and content codings removed; ``content_type`` is the HTTP header as sent. ``recorded_as`` names the
    document already recorded from identical bytes, if any. ``files`` are there where the page is read with those it links
    to. The pipelines fill ``document`` or ``not_a_report``; in the latter case ``carriers`` are the addresses of the files
    that carry the report, where the page is nothing but a link to them.
    """

    url: str
    body: bytes
    content_type: str
    status: int
    hints: PageHints
    capture: CaptureRef
    recorded_as: str = ""
    document: object | None = None
    not_a_report: str = ""
    files: tuple[CapturedFile, ...] = ()
    carriers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A link that was seen and not followed, and why; one line of ``skipped.jsonl``."""

    url: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListingRead:
    """One page of a listing: the rows seen on it, and how many the portal promises in all (``None``: it does not say)."""

    rows: int
    promised: int | None = None
