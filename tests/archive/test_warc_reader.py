"""Reading archived responses back, from our own files and other crawlers'."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.http_message import BodyTooLarge, Dechunker, decode_content, entity_body, read_head, split_interim
from archive.warc_reader import DamagedWarc, open_warc, read_exchange, read_responses
from tests.archive.exchanges import PAGE, VARIED, exchange, new_writer

BODIES = {"plain": PAGE, "chunked": PAGE, "chunked-gzip": PAGE, "bare-lf": b"ok", "interim": b"ok", "missing": b"no"}


def test_bodies_headers_and_hints_come_back(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    refs = {name: writer.append(one) for name, one in VARIED.items()}
    warc = open_warc(tmp_path / "warc", refs["plain"].file)
    for name, body in BODIES.items():
        archived = read_exchange(warc, refs[name].offset)
        assert archived.body == body
        assert archived.capture == refs[name]
        assert archived.hints == {"portal": "linzi", "listing_title": "年报\n二"}
        assert (archived.ip, archived.body_fault) == ("203.0.113.9", "")
    plain = read_exchange(warc, refs["plain"].offset)
    assert plain.http_headers == [("Content-Type", "Text/HTML; charset=utf-8"), ("Content-Length", str(len(PAGE)))]
    assert plain.header("content-TYPE") == "Text/HTML; charset=utf-8"
    assert read_exchange(warc, refs["not-modified"].offset).capture == refs["not-modified"]
    assert read_exchange(warc, refs["short"].offset).truncated == "disconnect"
    assert [response.capture for response in read_responses(warc)] == [
        ref for name, ref in refs.items() if name not in ("not-modified", "unanswered")
    ]


def test_a_place_that_holds_no_response_is_refused(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    ref = writer.append(exchange())
    writer.append(exchange())
    writer.close()
    warc = tmp_path / "warc" / ref.file
    for offset in (0, ref.offset + 1, ref.offset + ref.length, 10**9):
        with pytest.raises(DamagedWarc, match=str(warc)):
            read_exchange(warc, offset)
    with pytest.raises(FileNotFoundError, match=r"absent\.warc\.gz"):
        open_warc(tmp_path / "warc", "absent.warc.gz")


def test_damage_is_noticed_and_not_handed_out(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    ref = writer.append(exchange())
    writer.close()
    warc = tmp_path / "warc" / ref.file
    data = warc.read_bytes()
    for size in range(ref.offset + 12, ref.offset + ref.length - 30, 7):
        warc.write_bytes(data[:size])
        with pytest.raises(DamagedWarc):
            read_exchange(warc, ref.offset)
    record = gzip.decompress(data[ref.offset : ref.offset + ref.length])
    warc.write_bytes(gzip.compress(record.replace("年度".encode(), "月度".encode())))
    with pytest.raises(DamagedWarc, match="digest"):
        read_exchange(warc, 0)


@pytest.mark.parametrize("gzipped", [False, True])
def test_files_of_other_crawlers_are_read(tmp_path: Path, gzipped: bool) -> None:
    warc = tmp_path / "other.warc"
    with warc.open("wb") as file:
        other = WARCWriter(file, gzip=gzipped)
        other.write_record(other.create_warcinfo_record("other.warc", {"software": "other"}))
        for number in range(3):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            body = PAGE * (number + 1)
            uri = f"http://www.example.gov.cn/{number}"
            record = other.create_warc_record(uri, "response", payload=io.BytesIO(body), http_headers=headers)
            other.write_record(record)
    found = list(read_responses(warc))
    assert [response.body for response in found] == [PAGE, PAGE * 2, PAGE * 3]
    assert [response.url[-1] for response in found] == ["0", "1", "2"]
    assert [read_exchange(warc, response.capture.offset).body for response in found] == [r.body for r in found]


def test_a_record_cut_short_is_noticed_without_a_digest(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\n\r\n" + PAGE
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2020-01-01T00:00:00Z\r\n"
        "WARC-Target-URI: http://a.example/\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    ).encode()
    warc = tmp_path / "bare.warc"
    warc.write_bytes(head + block + b"\r\n\r\n")
    assert [response.body for response in read_responses(warc)] == [PAGE]
    warc.write_bytes(head + block[:-1])
    with pytest.raises(DamagedWarc, match="cut short"):
        list(read_responses(warc))


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_chunks_are_joined_however_they_come(step: int) -> None:
    framed = b"5;x=y\r\nhello\r\n1\n \n5\r\nworld\r\n0\r\nX-T: t\r\n\r\n"
    for data, complete in ((framed, True), (framed[:-12], False), (framed[:10] + b"zz\r\n" + framed[10:], False)):
        dechunker = Dechunker()
        body = b"".join(dechunker.feed(data[start : start + step]) for start in range(0, len(data), step))
        assert body == entity_body(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data)
        assert dechunker.complete is complete


def test_a_status_that_no_number_can_hold_is_none() -> None:
    assert read_head(b"HTTP/1.1 200 OK\r\n\r\n") is not None
    assert read_head(b"HTTP/1.1 " + b"2" * 5000 + b" OK\r\n\r\n") is None
    assert read_head("HTTP/1.1 ²00 OK\r\n\r\n".encode("latin-1")) is None


def test_content_codings() -> None:
    raw = zlib.compressobj(wbits=-15)
    deflated = raw.compress(PAGE) + raw.flush()
    zipped = gzip.compress(PAGE)
    long = gzip.compress(PAGE * 9000)
    assert decode_content(zipped, ["gzip"]) == (PAGE, [])
    assert decode_content(zipped + zipped, ["X-Gzip".lower()]) == (PAGE * 2, [])
    assert decode_content(zlib.compress(PAGE), ["deflate"]) == (PAGE, [])
    assert decode_content(deflated, ["deflate"]) == (PAGE, [])
    assert decode_content(gzip.compress(zlib.compress(PAGE)), ["deflate", "gzip"]) == (PAGE, [])
    assert decode_content(b"", ["gzip"]) == (b"", [])
    assert decode_content(gzip.compress(b""), ["gzip"]) == (b"", [])
    assert decode_content(PAGE, ["gzip"]) == (PAGE, ["gzip"])
    assert decode_content(zipped, ["br", "gzip"]) == (PAGE, ["br"])
    assert decode_content(long, ["gzip"])[0] == PAGE * 9000
    cut, left = decode_content(long[: len(long) // 2], ["gzip"])
    assert left == []
    assert cut
    assert (PAGE * 9000).startswith(cut)
    with pytest.raises(BodyTooLarge):
        decode_content(gzip.compress(b"\0" * 100_001), ["gzip"], limit=100_000)
    assert len(decode_content(gzip.compress(b"\0" * 100_000), ["gzip"], limit=100_000)[0]) == 100_000


def test_heads() -> None:
    text = b"HTTP/1.1 200\r\nA:  x \r\n\ty\r\nno colon\r\na: z\r\n\r\n"
    head = read_head(text + b"body")
    assert head is not None
    assert head.values("a") == ["x \ty", "z"]
    assert (head.status, head.length) == (200, len(text))
    for bad in (b"", b"HTTP/1.1 200 OK\r\nA: b\r\n", b"HTTP/1.1 OK\r\n\r\n", b"ICY 200 OK\r\n\r\n"):
        assert read_head(bad) is None
        assert entity_body(bad) == b""
    final = b"HTTP/1.1 101 Switching\r\n\r\n"
    assert split_interim(b"HTTP/1.1 103 E\n\n" + final) == (b"HTTP/1.1 103 E\n\n", final)
    assert split_interim(b"HTTP/1.1 103 E\r\nLink") == (b"", b"HTTP/1.1 103 E\r\nLink")


@pytest.mark.parametrize(
    ("framed", "body"),
    [
        (b"2\r\nok\r\n0\r\n\r\n", b"ok"),
        (b"2;a=b\r\nok\r\n0A\r\n0123456789\r\n0\r\nT: t\r\n\r\n", b"ok0123456789"),
        (b"5\r\nok", b"ok"),
        (b"2\r\nok\r\nZZ\r\nno", b"ok"),
        # kept by a crawler without its chunks, under a header that still speaks of them
        (b"not chunked", b"not chunked"),
        (b"", b""),
        (b"5", b""),
    ],
)
def test_chunks(framed: bytes, body: bytes) -> None:
    assert entity_body(b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n" + framed) == body
