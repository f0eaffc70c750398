"""A real crawl through the archiving handler, run as a program:

Job (JSON) on standard input, results (JSON) on standard output.
"""

from __future__ import annotations

import base64
import json
import resource
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.exchange import CaptureRef, Exchange
from archive.warc_writer import WarcWriter
from crawler.certificates import ArchivedCertificates
from crawler.runs import Run, attach

SETTINGS = {
    "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "crawler.handler.ArchivingDownloadHandler"),
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
        "crawler.compression.BoundedCompressionMiddleware": 590,
    },
    "ROBOTSTXT_OBEY": False,
    "RETRY_ENABLED": False,
    "COOKIES_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "HTTPERROR_ALLOW_ALL": True,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "LOG_LEVEL": "ERROR",
}


class CaptureSpider(Spider):
    """Requests every URL of the job, then the ``then`` URL of a result, and notes what came of each."""

    name = "capture"
    job: dict[str, Any]
    results: list[dict[str, Any]]

    async def start(self) -> AsyncIterator[Request]:
        for number, wanted in enumerate(self.job["requests"]):
            yield self._request(wanted, number)

    def _request(self, wanted: dict[str, Any], number: int) -> Request:
        meta = {
            **wanted.get("meta", {}),
            "archive_hints": {"number": number},
            "via": "http://via.example/",
            "hops": "L",
        }
        if "refers_to" in wanted:
            meta["refers_to"] = CaptureRef(**wanted["refers_to"])
        return Request(
            wanted["url"],
            callback=self.parse,
            errback=self.failed,
            method=wanted.get("method", "GET"),
            headers=wanted.get("headers"),
            body=base64.b64decode(wanted.get("body", "")),
            cb_kwargs={"wanted": wanted},
            meta=meta,
            dont_filter=True,
        )

    def parse(self, response: Response, wanted: dict[str, Any]) -> Iterator[Request]:
        self._note(cast(Request, response.request), wanted, body=base64.b64encode(response.body).decode("ascii"))
        for following in wanted.get("then", ()):
            yield self._request(following, -1)

    def failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        self._note(request, request.cb_kwargs["wanted"], error=type(failure.value).__name__, message=str(failure.value))

    def _note(self, request: Request, wanted: dict[str, Any], **result: object) -> None:
        capture = request.meta.get("capture")
        self.results.append(
            {
                "wanted": wanted["url"],
                "capture": asdict(capture) if isinstance(capture, CaptureRef) else capture,
                **result,
            }
        )


class WriterRun:
    """As much of a run as the handler needs."""

    def __init__(self, writer: WarcWriter):
        self.writer = writer
        self.certificates = ArchivedCertificates()

    def archive(self, exchange: Exchange, request_key: str = "", portal: str = "") -> CaptureRef:
        """Write the exchange."""
        return self.writer.append(exchange)


def main() -> None:
    """Run the job."""
    job = json.load(sys.stdin)
    limit = job["settings"].pop("FILE_SIZE_LIMIT", 0)  # bytes per file: the way to a full disk that needs no disk
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    writer = WarcWriter(
        Path(job["folder"]) / "warc", software="test", run="test-run", operator="tests", user_agent="test"
    )
    results: list[dict[str, Any]] = []
    process = AsyncCrawlerProcess({**SETTINGS, **job["settings"]})
    crawler = process.create_crawler(CaptureSpider)
    attach(crawler, cast(Run, WriterRun(writer)))
    process.crawl(crawler, job=job, results=results)
    process.start()
    writer.close()
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
