"""Second pipeline: hand the page to the pure parser, off the reactor thread. Must not know where the page came from."""

from __future__ import annotations

import asyncio

from scrapy.exceptions import DropItem

from crawler.items import CapturedPage
from pipelines.parser import refuse_source
from pipelines.records import read_item


class ParsePipeline:
    """Sets ``document`` to the parsed report, or drops the page with the parser's reason."""

    async def process_item(self, item: CapturedPage) -> CapturedPage:
        # Most of what is captured by hand is no page of a government: that need not go to another thread to be said.
        item.not_a_report = refuse_source(item.url, item.hints.portal) or ""
        if not item.not_a_report:
            await asyncio.get_running_loop().run_in_executor(None, read_item, item)
        if item.not_a_report:
            raise DropItem(f"not a report: {item.not_a_report}", log_level="DEBUG")
        return item
