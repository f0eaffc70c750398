"""Third pipeline: whose report of which year is this; from here on it is a document the ledger can settle."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from scrapy.crawler import Crawler

from crawler.items import CapturedPage
from pipelines.archived import ArchivedReports
from pipelines.parser import AnnualReport
from pipelines.records import ReportDocument


class IdentifyPipeline:
    """Turns the parsed report into a document keyed by (organ, year); new, revised or alias is decided at commit."""

    def __init__(self, archived: ArchivedReports):
        self._archived = archived

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(ArchivedReports(Path(crawler.settings["DATA_DIR"]) / "warc"))

    def process_item(self, item: CapturedPage) -> CapturedPage:
        if isinstance(item.document, AnnualReport):
            item.document = ReportDocument.of(item.document, item.hints, self._archived.report)
        return item
