"""WARC files in the shapes of other crawlers, composed by hand after files those crawlers have written, around pages that are given.

Invented are hosts, dates and everything the pages say.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from tests.parser.report_page import BODIES, TITLE, numbers, page, render

HOST = "http://www.linzi.gov.cn"  # of a portal of the registry
KEY = "370305:dept:民政局"
RESPONSE, REQUEST = "application/http; msgtype=response", "application/http; msgtype=request"
IDENTICAL = "http://netpreserve.org/warc/{}/revisit/identical-payload-digest"
Fields = Sequence[tuple[str, str]]


def report(year: int, words: str = BODIES[0], charset: str = "utf-8") -> bytes:
    """A report page of a year; ``words`` open its first section."""
    text = page(
        render(numbers("000")),
        title=TITLE.replace("2023", str(year)),
        bodies=(words, *BODIES[1:]),
        preamble=f"本报告所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。",
    )
    return text.replace("utf-8", charset).encode(charset)


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def name(of: str) -> str:
    """A record id that is the same in every run of the tests."""
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, of)}>"


def record(version: str, kind: str, fields: Fields, block: bytes, content_type: str) -> bytes:
    """A record as bytes: header, block, two empty lines."""
    lines = [f"WARC/{version}", f"WARC-Type: {kind}", *(f"{key}: {value}" for key, value in fields if value)]
    lines += [f"Content-Type: {content_type}", f"Content-Length: {len(block)}", "", ""]
    return "\r\n".join(lines).encode() + block + b"\r\n\r\n"


def answer(body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def asked(url: str, method: str = "GET") -> bytes:
    host, _, path = url.partition("://")[2].partition("/")
    return f"{method} /{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: invented/1.0\r\n\r\n".encode()


def about(**fields: str) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode()


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


# -- shapes -------------------------------------------------------------------------------------------------------


def heritrix(pages: dict[str, bytes], date: str = "2022-03-01T08:00:00Z", version: str = "1.0") -> list[bytes]:
    """Heritrix 3: names resolved and robots.txt are records, each page has a request and metadata with its outlinks; a page
    that was the same later is a revisit, once with what it refers to and once, as older versions wrote it, without.
    """
    at = f"heritrix {date} {version}"
    date_field, address = ("WARC-Date", date), ("WARC-IP-Address", "192.0.2.7")
    records = [
        record(
            version,
            "warcinfo",
            [
                date_field,
                ("WARC-Filename", "WEB-20220301080000000-00000-1~crawler~8443.warc.gz"),
                ("WARC-Record-ID", name(at)),
            ],
            about(
                software="Heritrix/3.4.0-20220727 http://crawler.archive.org",
                ip="192.0.2.1",
                hostname="crawler",
                format=f"WARC File Format {version}",
                isPartOf="basic",
                robots="obey",
            ),
            "application/warc-fields",
        ),
        record(
            version,
            "response",
            [("WARC-Target-URI", "dns:www.linzi.gov.cn"), date_field, address, ("WARC-Record-ID", name(f"{at} dns"))],
            b"20220301080000\nwww.linzi.gov.cn.\t600\tIN\tA\t192.0.2.7\n",
            "text/dns",
        ),
        record(
            version,
            "resource",
            [("WARC-Target-URI", "ftp://ftp.linzi.gov.cn/a.txt"), date_field, ("WARC-Record-ID", name(f"{at} ftp"))],
            b"invented\n",
            "application/octet-stream",
        ),
    ]
    for url, body in pages.items():
        block, main = answer(body, "Server: nginx"), name(f"{at} {url}")
        target = [("WARC-Target-URI", url), date_field, address]
        records += [
            record(
                version,
                "response",
                [*target, ("WARC-Payload-Digest", sha1(body)), ("WARC-Record-ID", main)],
                block,
                RESPONSE,
            ),
            record(
                version,
                "request",
                [*target[:2], ("WARC-Concurrent-To", main), ("WARC-Record-ID", name(f"{at} {url} asked"))],
                asked(url),
                REQUEST,
            ),
            record(
                version,
                "metadata",
                [*target[:2], ("WARC-Concurrent-To", main), ("WARC-Record-ID", name(f"{at} {url} about"))],
                about(via=f"{HOST}/", hopsFromSeed="LL", fetchTimeMs="12")
                + b"outlink: http://www.linzi.gov.cn/ L a/@href\r\n",
                "application/warc-fields",
            ),
        ]
        head = answer(body, "Server: nginx")[: -len(body)]
        for number, refers in enumerate(
            ([("WARC-Refers-To-Target-URI", url), ("WARC-Refers-To-Date", date)], [("WARC-Truncated", "length")])
        ):
            later = [("WARC-Target-URI", url), ("WARC-Date", date.replace("03-01", f"03-0{number + 2}")), address]
            profile = ("WARC-Profile", IDENTICAL.format("1.0"))
            identity = ("WARC-Record-ID", name(f"{at} {url} again {number}"))
            records.append(
                record(
                    version,
                    "revisit",
                    [*later, profile, *refers, ("WARC-Payload-Digest", sha1(body)), identity],
                    head,
                    RESPONSE,
                )
            )
    return records


def browsertrix(pages: dict[str, bytes], date: str = "2023-03-01T08:00:00.123Z") -> list[bytes]:
    """Browsertrix Crawler: HTTP/2 written as HTTP/1.1, codings removed and their headers renamed (older versions left
    Transfer-Encoding as it was), what the browser made of a page as resources, dedup by revisit.
    """
    at = f"browsertrix {date}"
    date_field = ("WARC-Date", date)
    records = [
        record(
            "1.1",
            "warcinfo",
            [("WARC-Filename", "rec-abc-20230301080000123-0.warc.gz"), date_field, ("WARC-Record-ID", name(at))],
            about(
                software="Browsertrix-Crawler 1.5.0 (with warcio.js 2.4.3)",
                format="WARC File Format 1.1",
                userAgent="Mozilla/5.0 (invented)",
            ),
            "application/warc-fields",
        )
    ]
    for number, (url, body) in enumerate(pages.items()):
        renamed = ("x-orig-content-encoding: gzip", "x-orig-transfer-encoding: chunked")
        block = answer(body, *(renamed if number % 2 else ("transfer-encoding: chunked",)), "x-orig-content-length: 9")
        block = block.replace(b"HTTP/1.1", b"HTTP/1.1").replace(b"Content-Type", b"content-type")
        main = name(f"{at} {url}")
        target = [("WARC-Target-URI", url), date_field, ("WARC-Page-ID", "1f5b"), ("WARC-Protocol", "h2")]
        digests = [("WARC-Payload-Digest", sha256(body)), ("WARC-Block-Digest", sha256(block))]
        records += [
            record(
                "1.1",
                "response",
                [*target, ("WARC-Resource-Type", "document"), ("WARC-Record-ID", main), *digests],
                block,
                RESPONSE,
            ),
            record(
                "1.1",
                "request",
                [*target, ("WARC-Concurrent-To", main), ("WARC-Record-ID", name(f"{at} {url} asked"))],
                asked(url),
                REQUEST,
            ),
        ]
        for kind, content_type, made in (
            ("pageinfo", "application/json", json.dumps({"pageid": "1f5b", "urls": {url: {"status": 200}}}).encode()),
            ("text", "text/plain", b"invented text"),
            ("view", "image/png", b"\x89PNG invented"),
        ):
            fields = [
                ("WARC-Target-URI", f"urn:{kind}:{url}"),
                date_field,
                ("WARC-Record-ID", name(f"{at} {url} {kind}")),
                ("WARC-Payload-Digest", sha256(made)),
                ("WARC-Block-Digest", sha256(made)),
            ]
            records.append(record("1.1", "resource", fields, made, content_type))
        again = f"{url}?from=list"
        fields = [
            *(("WARC-Target-URI", again), ("WARC-Date", date.replace("08:00", "09:00"))),
            *(("WARC-Record-ID", name(f"{at} {url} again")), ("WARC-Profile", IDENTICAL.format("1.1"))),
            *(("WARC-Refers-To-Target-URI", url), ("WARC-Refers-To-Date", date)),
            ("WARC-Payload-Digest", sha256(body)),
        ]
        records.append(record("1.1", "revisit", fields, block[: -len(body)], RESPONSE))
    return records


def common_crawl(pages: dict[str, bytes], date: str = "2024-03-01T08:00:00Z") -> list[bytes]:
    """Common Crawl: WARC/1.0, requests first, codings removed and their headers renamed, long bodies cut."""
    at = f"common crawl {date}"
    date_field, info = ("WARC-Date", date), ("WARC-Warcinfo-ID", name(at))
    records = [
        record(
            "1.0",
            "warcinfo",
            [
                date_field,
                ("WARC-Record-ID", name(at)),
                ("WARC-Filename", "CC-MAIN-20240301080000-20240301110000-00000.warc.gz"),
            ],
            about(
                isPartOf="CC-MAIN-2024-10",
                publisher="Common Crawl",
                software="Apache Nutch 1.19 (modified, https://github.com/commoncrawl/nutch/)",
                robots="checked via crawler-commons",
                format="WARC File Format 1.1",
            ),
            "application/warc-fields",
        )
    ]
    for url, body in pages.items():
        renamed = ("X-Crawl-Transfer-Encoding: chunked", "X-Crawl-Content-Encoding: gzip", "X-Crawl-Content-Length: 99")
        block, main, request = answer(body, *renamed), name(f"{at} {url}"), name(f"{at} {url} asked")
        target = [date_field, info, ("WARC-IP-Address", "192.0.2.7"), ("WARC-Target-URI", url)]
        digests = [("WARC-Payload-Digest", sha1(body)), ("WARC-Block-Digest", sha1(block))]
        cut = [("WARC-Truncated", "length")] if url.endswith("cut.htm") else []
        records += [
            record("1.0", "request", [*target, ("WARC-Record-ID", request)], asked(url), REQUEST),
            record(
                "1.0",
                "response",
                [
                    *(*target, ("WARC-Record-ID", main), ("WARC-Concurrent-To", request), *digests, *cut),
                    ("WARC-Identified-Payload-Type", "text/html"),
                ],
                block,
                RESPONSE,
            ),
            record(
                "1.0",
                "metadata",
                [*target[:2], ("WARC-Record-ID", name(f"{at} {url} about")), ("WARC-Concurrent-To", main), target[3]],
                about(fetchTimeMs="260", **{"charset-detected": "UTF-8", "languages-cld2": '{"reliable":true}'}),
                "application/warc-fields",
            ),
        ]
    return records


SHAPES: dict[str, Callable[[dict[str, bytes]], list[bytes]]] = {
    "heritrix": heritrix,
    "heritrix-1.1": lambda pages: heritrix(pages, version="1.1"),
    "browsertrix": browsertrix,
    "common-crawl": common_crawl,
}


# -- files --------------------------------------------------------------------------------------------------------


def members(records: Sequence[bytes]) -> bytes:
    """A gzip member a record, as the standard recommends."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def one_stream(records: Sequence[bytes]) -> bytes:
    """All records in one gzip member, as ``gzip file.warc`` makes it."""
    return gzip.compress(b"".join(records), mtime=0)


def plain(records: Sequence[bytes]) -> bytes:
    return b"".join(records)


def written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def decompressed(path: Path) -> bytes:
    """What all members of a file hold, one behind the other."""
    data, out = path.read_bytes(), b""
    while data:
        stream = zlib.decompressobj(31)
        out += stream.decompress(data)
        data = stream.unused_data
    return out
