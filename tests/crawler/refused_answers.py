"""Answers that are not HTTP as the crawler understands it, or that break off: refused, and archived as far as they came."""

from __future__ import annotations

from tests.crawler.answer import CHUNKED, GBK, TEXT, Answer, chunks


def _broken(
    message: bytes, error: str = "ResponseDataLossError", *, close: bool = False, reset: bool = False
) -> Answer:
    """The server ends the connection in the middle of its answer."""
    return Answer(message, None, truncated="disconnect", error=error, close=close, reset=reset)


def _refused(
    message: bytes, error: str = "DownloadFailedError", *, truncated: str = "unspecified", close: bool = False
) -> Answer:
    """The crawler ends the connection as soon as it cannot go on; what is archived is what had come by then."""
    return Answer(message, None, truncated=truncated, error=error, refused=True, close=close)


REFUSED = {
    "short": _broken(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort", close=True),
    "short-gzip": _broken(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 999\r\n\r\n\x1f\x8b\x08", close=True
    ),
    "cut-chunk": _broken(CHUNKED + b"\r\nFF\r\nshort", close=True),
    "no-last-chunk": _broken(CHUNKED + b"\r\n" + chunks(TEXT, end=b""), close=True),
    "cut-trailer": _broken(CHUNKED + b"\r\n" + chunks(TEXT, end=b"0\r\nX-Tra"), close=True),
    "cut-header": _broken(b"HTTP/1.1 200 OK\r\nContent-Le", "DownloadFailedError", close=True),
    "cut-status": _broken(b"HTTP/1.1 2", "DownloadFailedError", close=True),
    "reset-in-body": _broken(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort", reset=True),
    "reset-in-chunk": _broken(CHUNKED + b"\r\nFF\r\nshort", reset=True),
    "reset-in-header": _broken(b"HTTP/1.1 200 OK\r\nContent-Le", "DownloadFailedError", reset=True),
    "reset": Answer(b"", None, reset=True, error="DownloadFailedError"),
    "silent": Answer(b"", None, close=True, error="DownloadFailedError"),
    "hints-only": Answer(
        b"",
        None,
        interim=b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n",
        close=True,
        error="DownloadFailedError",
    ),
    "no-http": _refused(b"SSH-2.0-OpenSSH_9.2\r\n", close=True),
    "http-0.9": _refused(b"<html>\r\n<body>" + TEXT, close=True),
    "empty-line-first": _refused(b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", close=True),
    "status-text": _refused(b"HTTP/1.1 OK 200\r\nContent-Length: 2\r\n\r\nok"),
    "status-signed": _refused(b"HTTP/1.1 +200 OK\r\nContent-Length: 2\r\n\r\nok", truncated=""),
    "lower-case-http": _refused(b"http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", truncated=""),
    "switching": _refused(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        truncated="",
    ),
    "bare-cr": _broken(
        b"HTTP/1.1 200 OK\rContent-Length: 2\r\rok",
        "DownloadFailedError",
        close=True,
    ),
    "two-lengths": _refused(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!"),
    "negative-length": _refused(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok"),
    "no-number-length": _refused(b"HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok"),
    "unknown-transfer-coding": _refused(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunks(TEXT)),
    "no-name": _refused(b"HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\nok"),
    "blank-in-name": _refused(b"HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 2\r\n\r\nok"),
    "gbk-name": _refused(b"HTTP/1.1 200 OK\r\n" + GBK + b": y\r\nContent-Length: 2\r\n\r\nok"),
    "padded-chunk-size": _refused(CHUNKED + b"\r\n2  \r\nok\r\n0\r\n\r\n", error="ResponseDataLossError"),
    "bad-chunk-size": _refused(CHUNKED + b"\r\n2\r\nok\r\nzz\r\n", error="ResponseDataLossError"),
    "signed-chunk-size": _refused(CHUNKED + b"\r\n+2\r\nok\r\n0\r\n\r\n", error="ResponseDataLossError"),
    "no-chunks": _refused(CHUNKED + b"\r\n<html>" + GBK + b"\r\n", error="ResponseDataLossError"),
    "header-hang": Answer(
        b"HTTP/1.1 200 OK\r\nX: y\r\n", None, hang=True, truncated="time", error="DownloadTimeoutError"
    ),
    "body-hang": Answer(
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort",
        None,
        hang=True,
        truncated="time",
        error="DownloadTimeoutError",
        meta={"download_timeout": 4.0},
    ),
    "eof-hang": Answer(
        b"HTTP/1.0 200 OK\r\n\r\nshort",
        None,
        hang=True,
        truncated="time",
        error="DownloadTimeoutError",
        meta={"download_timeout": 4.0},
    ),
    "long-header": Answer(
        b"HTTP/1.1 200 OK\r\n" + b"X-Padding: " + b"p" * 8000 + b"\r\n" + (b"X: " + b"p" * 8000 + b"\r\n") * 60,
        None,
        hang=True,
        truncated="length",
        error="DownloadCancelledError",
    ),
    "endless-header-line": Answer(
        b"HTTP/1.1 200 OK\r\nX: " + b"p" * 400_000,
        None,
        hang=True,
        truncated="length",
        error="DownloadCancelledError",
    ),
    "endless-hints": Answer(
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; " + b"p" * 8000 + b"\r\n\r\n") * 50,
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
    "huge-length": Answer(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nbegin" % 10**40,
        None,
        hang=True,
        truncated="length",
        error="DownloadCancelledError",
    ),
    "too-long": Answer(
        CHUNKED + b"\r\n" + chunks(*[b"p" * 8000] * 20), None, truncated="length", error="DownloadCancelledError"
    ),
    "too-long-to-eof": Answer(
        b"HTTP/1.0 200 OK\r\n\r\n" + b"p" * 160_000,
        None,
        close=True,
        truncated="length",
        error="DownloadCancelledError",
    ),
    "frame-flood": Answer(
        CHUNKED + b"\r\n" + chunks(*[b"p"] * 600, extension=b";" + b"e" * 1000),
        None,
        truncated="length",
        error="DownloadCancelledError",
    ),
}
