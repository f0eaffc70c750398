"""Third pipeline: whose report of which year is this; from here on it is a document the ledger can settle."""

from __future__ import annotations

from crawler.items import CapturedPage
from pipelines.parser import AnnualReport
from pipelines.records import ReportDocument


class IdentifyPipeline:
    """Turns the parsed report into a document keyed by (organ, year); new, revised or alias is decided at commit."""

    def process_item(self, item: CapturedPage) -> CapturedPage:
        if isinstance(item.document, AnnualReport):
            item.document = ReportDocument.of(item.document)
        return item
