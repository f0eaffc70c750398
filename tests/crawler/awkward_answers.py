"""Answers as awkward servers give them, written out in bytes, and what the archive must hold of each."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field

GBK = "信息公开".encode("gbk")
TEXT = "政府信息公开工作年度报告".encode() * 40
LIMIT = 64 * 1024  # DOWNLOAD_MAXSIZE of the test crawl, bytes


def chunks(*pieces: bytes, extension: bytes = b"", end: bytes = b"0\r\n\r\n") -> bytes:
    """Chunked transfer coding of ``pieces``, sizes in upper-case hexadecimal."""
    return b"".join(b"%X%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces) + end


@dataclass(frozen=True)
class Answer:
    """One case. The server sends ``interim``, ``message``, ``surplus`` in dribbles, then ends the connection or
    hangs.

    ``message`` is what the response record must hold; of a ``truncated`` one at least its beginning. ``body`` is what
    the spider must see (``None``: the fetch fails with ``error``).
    """

    message: bytes
    body: bytes | None = b""
    interim: bytes = b""
    surplus: bytes = b""
    close: bool = False
    hang: bool = False
    truncated: str = ""
    error: str = ""
    method: str = "GET"
    sent_body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    meta: dict[str, object] = field(default_factory=dict)


def _ok(body: bytes, head: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


_ZIPPED = gzip.compress(TEXT, mtime=0)
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"

ANSWERS = {
    "odd-case": Answer(_ok(TEXT, b'sErVeR: x\r\nX-ODD-case:  two  spaces \r\netag:W/"a"\r\n'), TEXT),
    "duplicates": Answer(_ok(TEXT, b"Set-Cookie: a=1\r\nX: 1\r\nSet-Cookie: b=2\r\nx: 2\r\nSet-Cookie: a=3\r\n"), TEXT),
    "obs-fold": Answer(_ok(TEXT, b"X-Folded: one\r\n two\r\n\tthree\r\n"), TEXT),
    "gbk-reason": Answer(b"HTTP/1.1 200 " + GBK + b"\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "no-reason": Answer(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "no-colon": Answer(_ok(TEXT, b"this is no header " + GBK + b"\r\nX-Name: " + GBK + b"\r\n"), TEXT),
    "bare-lf": Answer(b"HTTP/1.1 200 OK\nContent-Length: 2\nX: y\n\nok", b"ok"),
    "gzip": Answer(_ok(_ZIPPED, b"Content-Encoding: gzip\r\n"), TEXT),
    "mislabelled-gzip": Answer(_ok(TEXT, b"Content-Encoding: gzip\r\n"), TEXT),
    "chunked-gzip": Answer(
        _CHUNKED + b"Content-Encoding: gzip\r\n\r\n" + chunks(_ZIPPED[:40], _ZIPPED[40:], extension=b';name="v"'), TEXT
    ),
    "trailers": Answer(_CHUNKED + b"\r\n" + chunks(TEXT[:171], TEXT[171:], end=b"0\r\nX-Trailer: t\r\n\r\n"), TEXT),
    "http10-eof": Answer(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + TEXT, TEXT, close=True),
    "empty": Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "no-content": Answer(b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n"),
    "redirect": Answer(
        b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nContent-Length: 2\r\n\r\nok",
        b"ok",
        meta={"dont_redirect": True},
    ),
    "not-modified": Answer(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 1234\r\n\r\n'),
    "head": Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", method="HEAD"),
    "missing": Answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", b"no"),
    "challenge": Answer(b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 2\r\n\r\nno", b"no"),
    "early-hints": Answer(
        _ok(TEXT), TEXT, interim=b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    ),
    "surplus": Answer(_ok(b"ok"), b"ok", surplus=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nspoof"),
    "post": Answer(_ok(b"ok"), b"ok", method="POST", sent_body="page=2&题=年报".encode()),
    "secret": Answer(_ok(b"ok"), b"ok", headers={"Authorization": "Basic c2VjcmV0", "X-Before": "a"}),
    "short": Answer(
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort",
        None,
        close=True,
        truncated="disconnect",
        error="ResponseDataLossError",
    ),
    "cut-chunk": Answer(
        _CHUNKED + b"\r\nFF\r\nshort", None, close=True, truncated="disconnect", error="ResponseDataLossError"
    ),
    "cut-header": Answer(
        b"HTTP/1.1 200 OK\r\nContent-Le", None, close=True, truncated="disconnect", error="DownloadFailedError"
    ),
    "no-http": Answer(
        b"SSH-2.0-OpenSSH_9.2\r\n", None, close=True, truncated="unspecified", error="DownloadFailedError"
    ),
    "header-hang": Answer(
        b"HTTP/1.1 200 OK\r\nX: y\r\n", None, hang=True, truncated="time", error="DownloadTimeoutError"
    ),
    "body-hang": Answer(
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort",
        None,
        hang=True,
        truncated="time",
        error="DownloadTimeoutError",
        meta={"download_timeout": 1.0},
    ),
    "silent": Answer(b"", None, close=True, error="DownloadFailedError"),
    "long-header": Answer(
        b"HTTP/1.1 200 OK\r\n" + b"X-Padding: " + b"p" * 8000 + b"\r\n" + (b"X: " + b"p" * 8000 + b"\r\n") * 60,
        None,
        hang=True,
        truncated="length",
        error="DownloadCancelledError",
    ),
    "announced-too-long": Answer(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\nbegin",
        None,
        hang=True,
        truncated="length",
        error="DownloadCancelledError",
    ),
    "too-long": Answer(
        _CHUNKED + b"\r\n" + chunks(*[b"p" * 8000] * 20), None, truncated="length", error="DownloadCancelledError"
    ),
    "frame-flood": Answer(
        _CHUNKED + b"\r\n" + chunks(*[b"p"] * 600, extension=b";" + b"e" * 1000),
        None,
        truncated="length",
        error="DownloadCancelledError",
    ),
    "bomb": Answer(
        _ok(gzip.compress(b"\0" * 10 * LIMIT, mtime=0), b"Content-Encoding: gzip\r\n"), None, error="IgnoreRequest"
    ),
}
