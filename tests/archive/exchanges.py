"""Exchanges for the archive tests, and the strict reading every written file must stand."""

from __future__ import annotations

import gzip
import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio_main

from archive.exchange import CaptureRef, Exchange
from archive.warc_writer import WarcWriter

STARTED = datetime(2026, 1, 31, 23, 59, 59, 123456, tzinfo=UTC)
ASKED_ON_CONDITION = b'GET /page HTTP/1.1\r\nHost: www.example.gov.cn\r\nIf-None-Match: "a"\r\n\r\n'
PAGE = "<html>政府信息公开工作年度报告</html>".encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
SENT = b"GET /page HTTP/1.1\r\nHost: www.example.gov.cn\r\n\r\n"
EMPTY_DIGEST = "sha256:" + hashlib.sha256(b"").hexdigest()


def exchange(received: bytes | None = None, **fields: Any) -> Exchange:
    """An exchange for http://www.example.gov.cn/page; without ``received`` a plain 200 with PAGE."""
    base: dict[str, Any] = {
        "url": "http://www.example.gov.cn/page",
        "started": STARTED,
        "sent": SENT,
        "received": ANSWER if received is None else received,
        "elapsed_ms": 12,
        "ip": "203.0.113.9",
        "protocols": ("http/1.1",),
        "complete": True,
        "via": "http://www.example.gov.cn/",
        "hops": "L",
        "hints": {"portal": "linzi", "listing_title": "年报\n二"},
    }
    return Exchange(**{**base, **fields})


def failed(**fields: Any) -> Exchange:
    """An exchange without an answer."""
    return exchange(b"", **{"sent": b"", "complete": False, "error": "CannotResolveHostError: no such host", **fields})


def chunked(body: bytes, coding: bytes = b"") -> bytes:
    """A chunked answer with an extension and a trailer."""
    half = len(body) // 2
    parts = b"".join(b"%X;x=y\r\n%b\r\n" % (len(part), part) for part in (body[:half], body[half:]))
    return b"HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\n\r\n%b0\r\nX-T: t\r\n\r\n" % (coding, parts)


ZIPPED = gzip.compress(PAGE, mtime=0)
VARIED = {
    "plain": exchange(),
    "chunked": exchange(chunked(PAGE)),
    "chunked-gzip": exchange(chunked(ZIPPED, b"Content-Encoding: gzip\r\n")),
    "bare-lf": exchange(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
    "empty": exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "missing": exchange(b"HTTP/1.0 404 Not Found\r\n\r\nno"),
    "head": exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", sent=SENT.replace(b"GET", b"HEAD")),
    "interim": exchange(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    ),
    "short": exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok", complete=False, truncated="disconnect"),
    "half-header": exchange(b"HTTP/1.1 200 OK\r\nContent-Le", complete=False, truncated="time"),
    "no-http": exchange(b"\x00\x01binary", complete=False, truncated="unspecified"),
    "unanswered": failed(sent=SENT),
    "not-modified": exchange(
        b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
        sent=ASKED_ON_CONDITION,
        refers_to=CaptureRef(
            "a.warc.gz", 1, 2, 9, "<urn:uuid:1>", "2025-01-01T00:00:00.000000Z", "http://a/", 200, "sha256:1"
        ),
    ),
}


def new_writer(folder: Path, **options: Any) -> WarcWriter:
    """A writer to ``folder``/warc."""
    return WarcWriter(
        folder / "warc",
        software="ogi-archive/0",
        run="20260131T000000Z-all-abcd",
        operator="ops",
        user_agent="ua",
        **options,
    )


def noise(size: int) -> bytes:
    """Incompressible bytes, always the same."""
    return random.Random(7).randbytes(size)


def assert_valid(warc: Path) -> list[str]:
    """Assert that warcio and FastWARC read the file to its end and find no wrong digest; returns the record types."""
    with pytest.raises(SystemExit) as end:
        warcio_main(["check", str(warc)])
    assert end.value.code == 0
    kinds = []
    with warc.open("rb") as file:
        for record in ArchiveIterator(file):
            assert len(record.raw_stream.read()) == record.length or record.http_headers is not None
            kinds.append(record.rec_type)
    fast = 0
    for record in FastIterator(str(warc), parse_http=False):
        assert record.verify_block_digest()
        fast += 1
    for record in FastIterator(str(warc)):
        # The body of a revisit is elsewhere, which FastWARC does not know.
        revisit = record.headers["WARC-Type"] == "revisit"
        assert revisit or "WARC-Payload-Digest" not in record.headers or record.verify_payload_digest()
    assert fast == len(kinds)
    return kinds
