"""Pages out of the archive instead of the network: the same items, for a reparse, a rebuild, or a second look.

Free of Scrapy. Must not know why a page is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from archive.warc_reader import ArchivedResponse, DamagedWarc, open_warc, read_exchange
from crawler.items import CapturedFile, CapturedPage, PageHints
from pipelines.isolated import parse_page
from pipelines.parser import AnnualReport
from pipelines.records import ReportDocument, page_of, read_item


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


def captured_file(url: str, response: ArchivedResponse) -> CapturedFile:
    """A file as a page is read with it, linked as ``url``."""
    return CapturedFile(url, response.body, response.header("Content-Type"), response.capture)


class ArchivedReports:
    """Reads the page of a record again, with today's parser."""

    def __init__(self, folder: Path):
        self._folder = folder

    def page(self, record: Mapping[str, Any]) -> CapturedPage | None:
        """The page a record was made from, with its files; ``None`` if the archive does not have all of it any more."""
        provenance = record["provenance"]
        if not provenance.get("warc"):
            return None
        try:
            page = captured_page(self._read(provenance["warc"]))
            page.files = tuple(
                captured_file(file["url"], self._read(file["warc"])) for file in provenance.get("attachments") or ()
            )
        except (FileNotFoundError, DamagedWarc):
            return None
        return page

    def _read(self, place: Mapping[str, Any]) -> ArchivedResponse:
        return read_exchange(open_warc(self._folder, place["file"]), place["offset"])

    def report(self, record: Mapping[str, Any]) -> AnnualReport | None:
        """What today's parser makes of a record's page; ``None`` if that cannot be told, or it is no report to it."""
        page = self.page(record)
        result = None if page is None else parse_page(page_of(page))
        return result if isinstance(result, AnnualReport) else None


def reading_for(folder: Path) -> Callable[[CapturedPage], None]:
    """How a page becomes a document of the archive whose WARC files are in ``folder``, or is said to be no report."""
    archived = ArchivedReports(folder)

    def read_page(page: CapturedPage) -> None:
        read_item(page)
        if isinstance(page.document, AnnualReport):
            page.document = ReportDocument.of(page.document, page.hints, archived.report)

    return read_page
