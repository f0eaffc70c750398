"""Pages out of the archive instead of the network: the same items, for a reparse, a rebuild, or a second look.

Free of Scrapy. Must not know why a page is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archive.warc_reader import ArchivedResponse, DamagedWarc, open_warc, read_exchange
from crawler.items import CapturedPage, PageHints
from pipelines.parser import AnnualReport, parse
from pipelines.records import page_of


def captured_page(response: ArchivedResponse) -> CapturedPage:
    """The item that a crawl made of this response, with the hints it had."""
    hints = response.hints

    def text(name: str) -> str:
        value = hints.get(name, "")
        return value if isinstance(value, str) else ""

    card = hints.get("card", {})
    return CapturedPage(
        url=response.url,
        body=response.body,
        content_type=response.header("Content-Type"),
        status=response.status,
        hints=PageHints(
            portal=text("portal"),
            region=text("region"),
            listing_title=text("listing_title"),
            listing_date=text("listing_date"),
            card={str(key): str(value) for key, value in card.items()} if isinstance(card, Mapping) else {},
        ),
        capture=response.capture,
    )


class ArchivedReports:
    """Reads the page of a record again, with today's parser."""

    def __init__(self, folder: Path):
        self._folder = folder

    def page(self, record: Mapping[str, Any]) -> CapturedPage | None:
        """The page a record was made from; ``None`` if the archive does not have it any more."""
        place = record["provenance"].get("warc")
        if not place:
            return None
        try:
            return captured_page(read_exchange(open_warc(self._folder, place["file"]), place["offset"]))
        except (FileNotFoundError, DamagedWarc):
            return None

    def report(self, record: Mapping[str, Any]) -> AnnualReport | None:
        """What today's parser makes of a record's page; ``None`` if that cannot be told, or it is no report to it."""
        page = self.page(record)
        result = None if page is None else parse(page_of(page))
        return result if isinstance(result, AnnualReport) else None
