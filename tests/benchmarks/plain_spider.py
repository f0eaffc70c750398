"""A spider of plain Scrapy, run outside the project: reads one list, and writes down every page whose callback it reached."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy.http import Response


class PlainSpider(scrapy.Spider):
    """Arguments: ``first`` is the address of the list, ``host`` the Host field, ``parsed`` the file to write to."""

    name = "plain"

    def __init__(self, first: str, host: str, parsed: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first, self.host, self.parsed = first, host, parsed

    async def start(self) -> AsyncIterator[Any]:
        yield self._request(self.first)

    def _request(self, url: str) -> scrapy.Request:
        return scrapy.Request(url, headers={"Host": self.host}, callback=self.parse)

    def parse(self, response: Response) -> Iterator[scrapy.Request]:
        # One write, so that no kill tears it: what is here was parsed.
        descriptor = os.open(self.parsed, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{response.url}\n".encode())
        os.close(descriptor)
        if "/info/" not in response.url:
            yield from (self._request(response.urljoin(href)) for href in response.css("li a::attr(href)").getall())
