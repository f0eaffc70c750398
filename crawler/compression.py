"""Content codings in the crawl: undone by the archive's own code, so that a reparse sees the body the crawl saw,
within a limit.

Must not know what the body is.
"""

from __future__ import annotations

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from archive.http_message import DECODED_LIMIT, BodyTooLarge, decode_content

ACCEPTED = b"gzip, deflate"


class BoundedCompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's middleware with a limit of its own on decoded bodies: DECODED_MAXSIZE in bytes, default 64 MiB.

    Asks for gzip and deflate only, and leaves other codings on, as a later reading of the archive does. A body beyond
    the limit ends in IgnoreRequest; it stays archived as it came.
    """

    def __init__(self, *, crawler: Crawler):
        super().__init__(crawler=crawler)
        self._decoded_limit = crawler.settings.getint("DECODED_MAXSIZE", DECODED_LIMIT)

    def process_request(self, request: Request, spider: Spider | None = None) -> Request | Response | None:
        request.headers.setdefault("Accept-Encoding", ACCEPTED)
        return None

    def _handle_encoding(self, body: bytes, content_encoding: list[bytes], max_size: int) -> tuple[bytes, list[bytes]]:
        codings = [token.strip().lower() for token in b",".join(content_encoding).decode("latin-1").split(",")]
        try:
            decoded, left = decode_content(body, [coding for coding in codings if coding], self._decoded_limit)
        except BodyTooLarge as error:
            raise IgnoreRequest(f"{error} (DECODED_MAXSIZE)") from error
        return decoded, [coding.encode("latin-1") for coding in left]
