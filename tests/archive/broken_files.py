"""A small clean archive, and what is done to its files so that each has one fault."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.ledger import Ledger
from archive.members import read_exchanges
from archive.rows import CaptureEntry
from archive.warc_records import compose
from tests.archive.exchanges import ANSWER, ASKED_ON_CONDITION, PAGE, SENT, chunked, exchange, failed, new_writer

Records = list[bytes]
Edit = Callable[[Records], bytes]
WARCINFO, RESPONSE, REQUEST, METADATA, CHUNKED, REVISIT, REVISIT_METADATA, UNANSWERED = 0, 1, 2, 3, 4, 7, 9, 16
OTHER = "sha256:" + hashlib.sha256(b"other").hexdigest()
URL = "http://www.example.gov.cn/page"


def write_clean_archive(folder: Path) -> None:
    """One finished file with its index, and a ledger that knows it."""
    writer = new_writer(folder)
    original = writer.append(exchange())
    writer.append(exchange(chunked(PAGE)))
    writer.append(exchange(b"HTTP/1.1 304 Not Modified\r\n\r\n", refers_to=original, sent=ASKED_ON_CONDITION))
    writer.append(exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", sent=SENT.replace(b"GET", b"HEAD")))
    writer.append(exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok", truncated="disconnect"))
    writer.append(failed(sent=SENT))
    writer.append(failed())
    writer.close()
    [warc] = (folder / "warc").iterdir()
    ledger = Ledger(folder / "ledger.sqlite")
    entries = [CaptureEntry(one.reference(warc.name)) for one in read_exchanges(warc)]
    ledger.begin_run("run", "all")
    ledger.adopt("run", entries, warc.name, warc.stat().st_size)
    ledger.close()


def members(data: bytes) -> Iterator[bytes]:
    while data:
        stream = zlib.decompressobj(31)
        yield stream.decompress(data)
        data = stream.unused_data


def packed(records: Records) -> bytes:
    return b"".join(gzip.compress(record, 2, mtime=0) for record in records)


def written(exchanged: bytes, **fields: object) -> Records:
    """The records of one more exchange."""
    return [gzip.decompress(one) for one in compose(exchange(exchanged, **fields), Path()).members]


def replaced(number: int, old: bytes, new: bytes) -> Edit:
    """Other bytes in one record."""

    def edit(records: Records) -> bytes:
        assert old in records[number]
        records[number] = records[number].replace(old, new, 1)
        return packed(records)

    return edit


def header(number: int, name: str, value: bytes | None) -> Edit:
    """Another value of one header line of a record; ``None`` takes the line out."""

    def edit(records: Records) -> bytes:
        line = b"" if value is None else name.encode() + b": " + value + b"\r\n"
        records[number], count = re.subn(rb"(?m)^%b: .*\r\n" % name.encode(), lambda _: line, records[number], count=1)
        assert count == 1
        return packed(records)

    return edit


def line(number: int, more: bytes) -> Edit:
    """One more header line in a record."""
    return replaced(number, b"\r\nWARC-Type", b"\r\n" + more + b"\r\nWARC-Type")


def length(number: int, more: int) -> Edit:
    """Another Content-Length."""

    def edit(records: Records) -> bytes:
        said = int(re.findall(rb"Content-Length: (\d+)", records[number])[0])
        return header(number, "Content-Length", b"%d" % (said + more))(records)

    return edit


def block(number: int, old: bytes, new: bytes) -> Edit:
    """Another block, with length and digest that are right."""

    def edit(records: Records) -> bytes:
        content = records[number].partition(b"\r\n\r\n")[2][:-4]
        assert old in content
        content = content.replace(old, new, 1)
        records[number] = records[number].partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + content + b"\r\n\r\n"
        header(number, "WARC-Block-Digest", f"sha256:{hashlib.sha256(content).hexdigest()}".encode())(records)
        return header(number, "Content-Length", b"%d" % len(content))(records)

    return edit


def flipped(number: int, place: int) -> Edit:
    """One bit of a member turned."""

    def edit(records: Records) -> bytes:
        parts = [bytearray(gzip.compress(record, 2, mtime=0)) for record in records]
        parts[number][place] ^= 1
        return b"".join(parts)

    return edit


def framed(records: Records) -> bytes:
    content = records[CHUNKED].partition(b"\r\n\r\n")[2][:-4].partition(b"\r\n\r\n")[2]
    return line(CHUNKED, f"WARC-Payload-Digest: sha256:{hashlib.sha256(content).hexdigest()}".encode())(records)


def same_id(records: Records) -> bytes:
    [identity] = re.findall(rb"WARC-Record-ID: (.*)\r", records[METADATA])
    return header(METADATA + 3, "WARC-Record-ID", identity)(records)


def split(records: Records) -> bytes:
    first, mark, second = records[METADATA].partition(b"fetchTimeMs")
    return packed([*records[:METADATA], first, mark + second, *records[METADATA + 1 :]])


def to_revisit(records: Records) -> bytes:
    again = written(b"HTTP/1.1 304 Not Modified\r\n\r\n", refers_to=None, truncated="length")
    [identity] = re.findall(rb"WARC-Record-ID: (.*)\r", records[REVISIT])
    again[0] = again[0].replace(
        b"WARC-Type: response",
        b"WARC-Type: revisit\r\nWARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified\r\n"
        b"WARC-Refers-To: " + identity,
    )
    return packed(records + again)


BROKEN_WARCS: list[tuple[str, str, Edit]] = [
    ("file-empty", "", lambda _: b""),
    ("zeros-end", "", lambda records: packed(records) + bytes(3000)),
    ("garbage-end", "", lambda records: packed(records) + b"<html>"),
    ("garbage-end", "the start of a gzip header of another file", lambda r: packed(r) + b"\x1f\x8c"),
    ("garbage-between", "", lambda r: packed(r[:4]) + b"some bytes" + packed(r[4:])),
    ("garbage-between", "zeros", lambda r: packed(r[:4]) + bytes(4096) + packed(r[4:])),
    ("garbage-between", "at the beginning", lambda r: b"\n" + packed(r)),
    ("gzip-truncated", "", lambda records: packed(records)[:-20]),
    ("gzip-truncated", "in the trailer", lambda records: packed(records)[:-1]),
    ("gzip-truncated", "in the gzip header", lambda records: packed(records) + b"\x1f\x8b"),
    ("gzip-crc", "", flipped(RESPONSE, -8)),
    ("gzip-length", "", flipped(RESPONSE, -4)),
    ("gzip-data", "", flipped(-1, 12)),
    ("member-several", "", lambda r: packed([*r[:2], r[2] + r[3], *r[4:]])),
    ("member-several", "the whole file in one", lambda r: packed([b"".join(r)])),
    ("member-split", "", split),
    ("member-no-record", "", lambda r: packed([*r[:4], b"no record", *r[4:]])),
    ("member-no-record", "an empty member", lambda r: packed([*r, b""])),
    ("record-version", "", replaced(METADATA, b"WARC/1.1", b"WARC/3.1")),
    ("record-head", "", lambda r: packed([*r[:-1], r[-1].partition(b"\r\n\r\n")[0]])),
    ("record-head", "bare line feeds", lambda r: packed([*r[:-1], r[-1].replace(b"\r\n", b"\n")])),
    ("header-control", "line feed", header(REQUEST, "WARC-IP-Address", b"203.0.113.9\nX-Injected: 1")),
    ("header-control", "carriage return", header(REQUEST, "WARC-IP-Address", b"203.0.113.9\rX")),
    ("header-control", "NUL in the URI", header(METADATA, "WARC-Target-URI", URL.encode() + b"\0")),
    ("header-line", "", line(REQUEST, b"Set by nobody")),
    ("header-line", "a blank in the name", line(REQUEST, b"X Y: z")),
    ("header-folded", "", line(REQUEST, b"X-Long: a\r\n b")),
    ("header-utf8", "", line(REQUEST, b"X-Name: \xb9\xab")),
    ("header-missing", "date", header(METADATA, "WARC-Date", None)),
    ("header-missing", "type", header(METADATA, "WARC-Type", None)),
    ("header-missing", "identity", header(METADATA, "WARC-Record-ID", None)),
    ("header-missing", "length", header(METADATA, "Content-Length", None)),
    ("header-missing", "URI", header(REQUEST, "WARC-Target-URI", None)),
    ("header-missing", "profile", header(REVISIT, "WARC-Profile", None)),
    ("header-missing", "digest, which is in all records of ours", header(METADATA, "WARC-Block-Digest", None)),
    ("header-repeated", "", line(METADATA, b"WARC-Date: 2026-01-31T23:59:59Z")),
    ("header-id", "", header(METADATA, "WARC-Record-ID", b"urn:uuid:5")),
    ("header-date", "no such day", header(METADATA, "WARC-Date", b"2026-02-30T00:00:00Z")),
    ("header-date", "no UTC", header(METADATA, "WARC-Date", b"2026-01-31T23:59:59+08:00")),
    ("header-date", "other form", header(METADATA, "WARC-Date", b"31 Jan 2026")),
    ("header-uri", "brackets", header(METADATA, "WARC-Target-URI", f"<{URL}>".encode())),
    ("header-uri", "blank", header(METADATA, "WARC-Target-URI", b"http://a.example/a b")),
    ("header-uri", "relative", header(METADATA, "WARC-Target-URI", b"/page")),
    ("header-length", "", header(METADATA, "Content-Length", b"1e3")),
    ("header-length", "negative", header(METADATA, "Content-Length", b"-1")),
    ("record-id-repeated", "", same_id),
    ("block-short", "", length(METADATA, 1000)),
    ("block-short", "by one", length(METADATA, 1)),
    ("block-short", "by the separator", length(METADATA, 4)),
    ("block-long", "", length(METADATA, -1)),
    ("block-long", "by far", length(METADATA, -100)),
    ("record-separator", "half of it", lambda r: packed([*r[:3], r[3][:-2], *r[4:]])),
    ("record-separator", "none, behind a block that ends like one", lambda r: packed([*r[:2], r[2][:-4], *r[3:]])),
    ("warcinfo-first", "", lambda records: packed(records[1:])),
    ("fields-line", "", block(METADATA, b"via: ", b"nothing\r\nvia: ")),
    ("http-head", "", lambda r: packed(r + written(b"<html>no header"))),
    ("truncated-undeclared", "", lambda r: packed(r + written(ANSWER[:-1]))),
    ("truncated-undeclared", "chunked", lambda r: packed(r + written(chunked(PAGE)[:-20]))),
    ("digest-form", "", header(METADATA, "WARC-Block-Digest", b"sha256:0")),
    ("digest-form", "unknown", header(METADATA, "WARC-Block-Digest", b"crc32:01234567")),
    ("digest-block", "", replaced(METADATA, b"fetchTimeMs: 12", b"fetchTimeMs: 13")),
    ("digest-payload", "", header(RESPONSE, "WARC-Payload-Digest", OTHER.encode())),
    ("digest-payload-framing", "", framed),
    ("digest-metadata", "", block(METADATA, b"ogi-payload-digest: sha256:", b"ogi-payload-digest: sha256:0")),
    ("concurrent-missing", "", header(METADATA, "WARC-Concurrent-To", b"<urn:uuid:0>")),
    ("exchange-unfinished", "cut between two members", lambda records: packed(records[: UNANSWERED + 1])),
    ("revisit-target", "", header(REVISIT, "WARC-Refers-To", b"<urn:uuid:0>")),
    ("revisit-target", "another revisit", to_revisit),
    ("revisit-uri", "", header(REVISIT, "WARC-Refers-To-Target-URI", URL.encode() + b"2")),
    ("revisit-date", "", header(REVISIT, "WARC-Refers-To-Date", b"2025-01-31T23:59:59.123456Z")),
    ("revisit-digest", "", block(REVISIT_METADATA, b"ogi-payload-digest: sha256:", b"ogi-payload-digest: sha256:0")),
]


Entry = dict[str, str]


def indexed(place: int, key: str = "", **fields: str) -> Callable[[list[bytes]], list[bytes]]:
    """Another key or other fields in one index line."""

    def edit(lines: list[bytes]) -> list[bytes]:
        known, time, text = lines[place].decode().split(" ", 2)
        entry: Entry = {**json.loads(text), **fields}
        lines[place] = f"{key or known} {time} {json.dumps(entry)}\n".encode()
        return lines

    return edit


BROKEN_INDEXES: list[tuple[str, str, Callable[[list[bytes]], list[bytes]]]] = [
    ("cdxj-line", "", lambda lines: [*lines, b"not a line of an index\n"]),
    ("cdxj-line", "JSON of another kind", lambda lines: [*lines, b"zz)/ 20260131235959 {]\n"]),
    ("cdxj-torn", "", lambda lines: [*lines[:-1], lines[-1][:-1]]),
    ("cdxj-sort", "", lambda lines: [*lines, lines[0]]),
    ("cdxj-fields", "", lambda lines: [*lines, b'zz)/ 20260131235959 {"url": "http://zz/"}\n']),
    ("cdxj-fields", "a number that is none", indexed(-1, length="-5")),
    ("cdxj-name", "", indexed(-1, filename="../../etc/passwd")),
    ("cdxj-name", "NUL", indexed(-1, filename="a\0.warc.gz")),
    ("cdxj-file", "", indexed(-1, filename="absent.warc.gz")),
    ("cdxj-bounds", "", indexed(-1, offset="99999999")),
    ("cdxj-slice", "length", indexed(-1, length="20")),
    ("cdxj-slice", "offset", indexed(-1, offset="1", length="20")),
    ("cdxj-url", "", indexed(-1, url=URL + "2")),
    ("cdxj-key", "", indexed(-1, key="cn,gov,example)/qqqq")),
    ("cdxj-status", "", indexed(-1, status="404")),
    ("cdxj-digest", "", indexed(-1, digest=OTHER)),
    ("cdxj-time", "", lambda lines: [*lines[:-1], lines[-1].replace(b" 20260131", b" 20260201")]),
    ("cdxj-incomplete", "", lambda lines: lines[:-1]),
]


OF_THE_FIRST = "WHERE record_id=(SELECT record_id FROM captures WHERE status=200 ORDER BY start_offset LIMIT 1)"
BROKEN_LEDGERS = [
    ("ledger-name", f"UPDATE captures SET file='../'||file {OF_THE_FIRST}"),
    ("ledger-file", f"UPDATE captures SET file='absent.warc.gz' {OF_THE_FIRST}"),
    ("ledger-file", "INSERT INTO warc_files VALUES ('absent.warc.gz', 9)"),
    ("ledger-end", "UPDATE warc_files SET committed_end=committed_end+1"),
    ("ledger-record", f"UPDATE captures SET start_offset=start_offset+1 {OF_THE_FIRST}"),
    ("ledger-record", f"UPDATE captures SET length=length-1 {OF_THE_FIRST}"),
    ("ledger-record", f"UPDATE captures SET record_id='<urn:uuid:0>' {OF_THE_FIRST}"),
    ("ledger-url", f"UPDATE captures SET url=url||'2' {OF_THE_FIRST}"),
    ("ledger-date", f"UPDATE captures SET captured_at='2025-01-31T23:59:59.123456Z' {OF_THE_FIRST}"),
    ("ledger-status", f"UPDATE captures SET status=404 {OF_THE_FIRST}"),
    ("ledger-digest", f"UPDATE captures SET payload_digest='{OTHER}' {OF_THE_FIRST}"),
    (
        "ledger-document",
        "INSERT INTO documents VALUES ('k',1,1,'','',1,'','',0,'run','','<urn:uuid:0>','','new','','')",
    ),
    ("ledger-damaged", f"UPDATE captures SET start_offset='here' {OF_THE_FIRST}"),
    ("ledger-damaged", "UPDATE about SET value='99'"),
    ("ledger-damaged", "DROP TABLE warc_files"),
]


def other_crawlers(file: io.BufferedIOBase, *, gzipped: bool, version: str) -> None:
    """What other crawlers write: digests in Base32, a revisit for identical content, a resource, other dates."""
    writer = WARCWriter(file, gzip=gzipped, warc_version=version)
    writer.write_record(writer.create_warcinfo_record("other.warc", {"software": "other"}))
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    uri = "http://www.example.gov.cn/other"
    response = writer.create_warc_record(uri, "response", payload=io.BytesIO(PAGE), http_headers=headers)
    asked = StatusAndHeaders("GET /other HTTP/1.1", [("Host", "www.example.gov.cn")], is_http_request=True)
    writer.write_request_response_pair(
        writer.create_warc_record(uri, "request", payload=io.BytesIO(), http_headers=asked), response
    )
    digest = response.rec_headers.get_header("WARC-Payload-Digest")
    date = response.rec_headers.get_header("WARC-Date")
    writer.write_record(writer.create_revisit_record(f"{uri}2", digest, uri, date, http_headers=headers))
    writer.write_record(
        writer.create_warc_record("urn:text:1", "resource", io.BytesIO(PAGE), warc_content_type="text/plain")
    )


PLAIN: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("header-length", lambda data: data[::-1].replace(b":htgneL-tnetnoC", b"x :htgneL-tnetnoC", 1)[::-1]),
    ("garbage-end", lambda data: data + b"more"),
    ("zeros-end", lambda data: data + bytes(99)),
    (
        "garbage-between",
        lambda data: data.replace(
            b"\r\n\r\nWARC/1.1\r\nWARC-Type: re", b"\r\n\r\n\r\n\r\nWARC/1.1\r\nWARC-Type: re", 1
        ),
    ),
    ("block-short", lambda data: data[:-9]),
    ("record-head", lambda data: data + b"WARC/1.1\r\nWARC-Type: metadata\r\n"),
    (
        "block-long",
        lambda data: re.sub(rb"(type: text/plain\r\nContent-Length:) \d+", rb"\1 5", data, flags=re.IGNORECASE),
    ),
    ("digest-block", lambda data: data[:-20] + b"x" + data[-19:]),
]
