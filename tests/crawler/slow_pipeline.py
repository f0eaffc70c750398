"""A pipeline that keeps every item for a while, so that something happens between the archive and the commit."""

from __future__ import annotations

import asyncio

SECONDS = 1.5


class SlowPipeline:
    async def process_item(self, item: object) -> object:
        await asyncio.sleep(SECONDS)
        return item
