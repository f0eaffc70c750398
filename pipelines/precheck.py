"""First pipeline: a page whose bytes are already recorded is not parsed again. Nothing else may be a reason to drop a page here."""

from __future__ import annotations

from scrapy.exceptions import DropItem

from crawler.items import CapturedPage


class PrecheckPipeline:
    """Drops pages recorded from identical bytes; an index number seen before is a hint, never a reason."""

    def process_item(self, item: CapturedPage) -> CapturedPage:
        if item.recorded_as:
            raise DropItem(f"identical bytes are recorded as {item.recorded_as}", log_level="DEBUG")
        return item
