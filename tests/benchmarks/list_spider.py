"""A spider of plain Scrapy, run outside the project: fetches the addresses of a list, and says how many pages came."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy
from scrapy.http import Response


class ListSpider(scrapy.Spider):
    """Arguments: ``addresses`` is the file that lists them, ``result`` the file to write the number of pages to."""

    name = "list"

    def __init__(self, addresses: str, result: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.addresses, self.result = addresses, result
        self.pages: set[str] = set()

    async def start(self) -> AsyncIterator[Any]:
        for url in Path(self.addresses).read_text(encoding="ascii").split():
            yield scrapy.Request(url)

    def parse(self, response: Response) -> None:
        if response.status == 200 and response.body:
            self.pages.add(response.url)

    def closed(self, reason: str) -> None:
        Path(self.result).write_text(str(len(self.pages)), encoding="ascii")
