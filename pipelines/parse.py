"""Second pipeline: hand the page to the pure parser, off the reactor thread. Must not know where the page came from."""

from __future__ import annotations

import asyncio

from scrapy.exceptions import DropItem

from crawler.items import CapturedPage
from pipelines.parser import NotAReport, parse
from pipelines.records import page_of, with_capture


class ParsePipeline:
    """Sets ``document`` to the parsed report, or drops the page with the parser's reason."""

    async def process_item(self, item: CapturedPage) -> CapturedPage:
        result = await asyncio.get_running_loop().run_in_executor(None, parse, page_of(item))
        if isinstance(result, NotAReport):
            item.not_a_report = result.reason
            raise DropItem(f"not a report: {result.reason}", log_level="DEBUG")
        item.document = with_capture(result, item)
        return item
