"""Second pipeline: hand the page to the pure parser, off the reactor thread. Must not know where the page came from."""

from __future__ import annotations

import asyncio

from scrapy.exceptions import DropItem

from crawler.items import CapturedPage
from pipelines.records import read_item


class ParsePipeline:
    """Sets ``document`` to the parsed report, or drops the page with the parser's reason."""

    async def process_item(self, item: CapturedPage) -> CapturedPage:
        await asyncio.get_running_loop().run_in_executor(None, read_item, item)
        if item.not_a_report:
            raise DropItem(f"not a report: {item.not_a_report}", log_level="DEBUG")
        return item
