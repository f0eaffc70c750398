"""An item pipeline that fails on pages of one address, put before the project's own by the test that needs it."""

from __future__ import annotations

from crawler.items import CapturedPage


class RefusingPipeline:
    """Raises RuntimeError for addresses that end in ``/2.htm``."""

    def process_item(self, item: CapturedPage) -> CapturedPage:
        if item.url.endswith("/2.htm"):
            raise RuntimeError(f"refused by the test: {item.hints.listing_title}")
        return item
