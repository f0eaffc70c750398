"""Answers as awkward servers give them: those the crawler understands here, those it refuses in a table of their own."""

from __future__ import annotations

import gzip
import zlib

from tests.crawler.answer import CHUNKED, GBK, RECORD, TEXT, Answer, chunks, ok
from tests.crawler.refused_answers import REFUSED

LIMIT = 64 * 1024  # DOWNLOAD_MAXSIZE of the test crawl, bytes
_ZIPPED = gzip.compress(TEXT, mtime=0)

ANSWERS = {
    "odd-case": Answer(ok(TEXT, b'sErVeR: x\r\nX-ODD-case:  two  spaces \r\netag:W/"a"\r\n'), TEXT),
    "duplicates": Answer(ok(TEXT, b"Set-Cookie: a=1\r\nX: 1\r\nSet-Cookie: b=2\r\nx: 2\r\nSet-Cookie: a=3\r\n"), TEXT),
    "obs-fold": Answer(ok(TEXT, b"X-Folded: one\r\n two\r\n\tthree\r\n"), TEXT),
    "gbk-reason": Answer(b"HTTP/1.1 200 " + GBK + b"\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "no-reason": Answer(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "no-colon": Answer(ok(TEXT, b"this is no header " + GBK + b"\r\nX-Name: " + GBK + b"\r\n"), TEXT),
    "bare-lf": Answer(b"HTTP/1.1 200 OK\nContent-Length: 2\nX: y\n\nok", b"ok"),
    "gzip": Answer(ok(_ZIPPED, b"Content-Encoding: gzip\r\n"), TEXT),
    "mislabelled-gzip": Answer(ok(TEXT, b"Content-Encoding: gzip\r\n"), TEXT),
    "chunked-gzip": Answer(
        CHUNKED + b"Content-Encoding: gzip\r\n\r\n" + chunks(_ZIPPED[:40], _ZIPPED[40:], extension=b';name="v"'), TEXT
    ),
    "trailers": Answer(CHUNKED + b"\r\n" + chunks(TEXT[:171], TEXT[171:], end=b"0\r\nX-Trailer: t\r\n\r\n"), TEXT),
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
        ok(TEXT), TEXT, interim=b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    ),
    "surplus": Answer(ok(b"ok"), b"ok", surplus=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nspoof"),
    "post": Answer(ok(b"ok"), b"ok", method="POST", sent_body="page=2&题=年报".encode()),
    "secret": Answer(ok(b"ok"), b"ok", headers={"Authorization": "Basic c2VjcmV0", "X-Before": "a"}),
    "gzip-members": Answer(
        ok(gzip.compress(TEXT[:99], mtime=0) + gzip.compress(TEXT[99:], mtime=0), b"Content-Encoding: gzip\r\n"), TEXT
    ),
    "zlib": Answer(ok(zlib.compress(TEXT), b"Content-Encoding: deflate\r\n"), TEXT),
    "raw-deflate": Answer(ok(zlib.compress(TEXT)[2:-4], b"Content-Encoding: deflate\r\n"), TEXT),
    "brotli-unasked": Answer(ok(b"\x0b\x02\x80brotli\x03", b"Content-Encoding: br\r\n"), b"\x0b\x02\x80brotli\x03"),
    "bytes": Answer(ok(bytes(range(256)) * 8), bytes(range(256)) * 8),
    "record-in-body": Answer(
        ok(RECORD + b"HTTP/1.1 200 OK\r\n\r\n" + RECORD), RECORD + b"HTTP/1.1 200 OK\r\n\r\n" + RECORD
    ),
    "empty-reason": Answer(b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "http-2-version": Answer(b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "strange-status": Answer(b"HTTP/1.1 999 Request denied\r\nContent-Length: 2\r\n\r\nno", b"no"),
    "down": Answer(b"HTTP/1.1 521 Web server is down\r\nContent-Length: 2\r\n\r\nno", b"no"),
    "mixed-line-ends": Answer(b"HTTP/1.1 200 OK\nX: y\r\nContent-Length: 2\n\r\nok", b"ok"),
    "control-characters": Answer(
        ok(TEXT, b"X-Nul: a\0b\r\nX-Tab:\ta\tb\r\nX-Cr: a\rb\r\nX-Esc: \x1b[31m\x01\x7f\r\n"), TEXT
    ),
    "odd-names": Answer(ok(TEXT, b"X-Empty:\r\nWARC-Type: response\r\nWARC-1.1: x\r\n!#$%&'*+-.^_`|~9: x\r\n"), TEXT),
    "many-headers": Answer(ok(TEXT, b"".join(b"X-%d: y\r\n" % number for number in range(2000))), TEXT),
    "long-header-line": Answer(ok(TEXT, b"X-Padding: " + b"p" * 64 * 1024 + b"\r\n"), TEXT),
    "raw-location": Answer(
        b"HTTP/1.1 301 " + GBK + b"\r\nLocation: /" + GBK + b"?a b\tc\r\nContent-Length: 0\r\n\r\n",
        meta={"dont_redirect": True},
    ),
    "equal-lengths": Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 002\r\n\r\nok", b"ok"),
    "length-and-chunked": Answer(CHUNKED + b"Content-Length: 3\r\n\r\n" + chunks(TEXT), TEXT),
    "chunk-zeros": Answer(CHUNKED + b"\r\n0002\r\nok\r\n000000\r\n\r\n", b"ok"),
    "chunk-extensions": Answer(CHUNKED + b"\r\n" + chunks(TEXT, extension=b';a;b="c;d\xff";e=f'), TEXT),
    "trailer-cookies": Answer(
        CHUNKED + b"Trailer: Set-Cookie\r\n\r\n" + chunks(TEXT, end=b"0\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n"),
        TEXT,
    ),
    "chunked-surplus": Answer(CHUNKED + b"\r\n" + chunks(TEXT), TEXT, surplus=b"\r\nHTTP/1.1 500 x\r\n\r\n"),
    "no-content-body": Answer(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", surplus=b"no"),
    "reset-content": Answer(b"HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "not-modified-unasked": Answer(b"HTTP/1.1 304 Not Modified\r\n\r\n", surplus=b"<html>"),
    "head-body": Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", method="HEAD", surplus=b"ok"),
    "head-chunked": Answer(CHUNKED + b"\r\n", method="HEAD", surplus=b"0\r\n\r\n"),
    "continue-thrice": Answer(ok(TEXT), TEXT, interim=b"HTTP/1.1 100 Continue\r\n\r\n" * 3),
    "to-eof": Answer(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + TEXT, TEXT, close=True),
    "empty-to-eof": Answer(b"HTTP/1.0 200 OK\r\n\r\n", close=True),
    "abrupt": Answer(ok(TEXT, b"Connection: close\r\n"), TEXT, abrupt=True),
    "abrupt-to-eof": Answer(b"HTTP/1.1 200 OK\r\n\r\n" + TEXT, TEXT, abrupt=True),
    "bomb": Answer(
        ok(gzip.compress(b"\0" * 10 * LIMIT, mtime=0), b"Content-Encoding: gzip\r\n"), None, error="IgnoreRequest"
    ),
    **REFUSED,
}
