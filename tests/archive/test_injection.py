"""Whatever bytes and characters come in, the records that were meant come out, and not one line more."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import example, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.cdxj import read_lines
from archive.exchange import CaptureRef, Exchange
from archive.http_message import split_interim
from archive.members import exchanges_of, parse_record, read_about, read_hints
from archive.verify_fields import read_record_head
from archive.warc_records import compose
from archive.warc_writer import WarcWriter
from tests.archive.exchanges import ANSWER, EMPTY_DIGEST, SENT, STARTED, assert_valid, exchange

FIELDS = {
    *("warc-type", "warc-record-id", "warc-date", "warc-target-uri", "warc-ip-address", "warc-protocol"),
    *("warc-cipher-suite", "warc-truncated", "warc-payload-digest", "warc-concurrent-to", "warc-block-digest"),
    *("warc-profile", "warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date"),
    *("warc-refers-to-container", "warc-refers-to-file-offset", "content-type", "content-length"),
}
ABOUT = {
    *("via", "hopsfromseed", "fetchtimems", "ogi-payload-digest", "ogi-error", "ogi-certificates", "ogi-redacted"),
    *("ogi-interim", "ogi-hints"),
}
LINES = st.sampled_from(
    [
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\t",
        "\x85",
        "\u2028",
        "\ud800",
        "\r\n\r\nWARC/1.1\r\n",
        "\r\nogi-hints: {}\r\nX: ",
        " ",
        ":",
        "年",
    ]
)
# Characters as they may stand in an address, a header or a message: every one there is, and what ends lines more often.
TEXT = st.lists(st.one_of(LINES, st.text(st.characters(exclude_categories=()), max_size=20)), max_size=6).map("".join)
BYTES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"\r\n",
                b"\n\n",
                b"\r",
                b"\0",
                b"HTTP/1.1 200 OK\r\n",
                b"HTTP/1.1 103 x\r\n\r\n",
                b"Set-Cookie: a\r\n",
                b"Cookie: b\r\n",
            ]
        ),
        st.binary(max_size=40),
    ),
    max_size=8,
).map(b"".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=6,
)
REFERENCE = st.builds(
    CaptureRef,
    file=st.just("earlier.warc.gz"),
    offset=st.integers(0),
    length=st.integers(0),
    end=st.integers(0),
    record_id=TEXT,
    captured_at=TEXT,
    url=TEXT,
    status=st.sampled_from([200, 404]),
    payload_digest=st.just(EMPTY_DIGEST),
)
EXCHANGES = st.builds(
    Exchange,
    url=TEXT.map("https://h.example/".__add__) | TEXT,
    started=st.just(STARTED),
    sent=BYTES,
    received=BYTES,
    ip=TEXT,
    protocols=st.lists(TEXT, max_size=2).map(tuple),
    cipher=TEXT,
    certificates=BYTES,
    trust=TEXT,
    truncated=st.sampled_from(["", "time"]),
    error=TEXT,
    via=TEXT,
    hops=TEXT,
    hints=st.dictionaries(TEXT, JSON, max_size=3),
    refers_to=st.none() | REFERENCE,
)
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n\r\n"
EVIL = "x\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: http://spoof.example/\0\ud800"
CONDITIONAL = b"GET / HTTP/1.1\r\nIf-None-Match: a\r\n\r\n"
EVIL_REFERENCE = CaptureRef("earlier.warc.gz", 1, 2, 3, EVIL, EVIL, EVIL, 200, EMPTY_DIGEST)


def evil(**more: Any) -> Exchange:
    texts = dict.fromkeys(("ip", "cipher", "trust", "error", "via", "hops"), EVIL)
    known: dict[str, Any] = {
        "sent": CONDITIONAL,
        "received": NOT_MODIFIED,
        "refers_to": EVIL_REFERENCE,
        **texts,
        **more,
    }
    return Exchange(f"https://h.example/{EVIL}", STARTED, protocols=(EVIL,), hints={EVIL: EVIL}, **known)


@given(EXCHANGES)
@example(evil())
@example(evil(received=EVIL.encode("utf-8", "surrogatepass"), certificates=EVIL.encode("utf-8", "surrogatepass")))
@settings(max_examples=150, deadline=None)
def test_the_records_that_were_meant_come_out(wanted: Exchange) -> None:
    transaction = compose(wanted, Path())
    plain = [zlib.decompress(member, 31) for member in transaction.members]
    records = [parse_record(data, 0, len(data)) for data in plain]
    answer = split_interim(wanted.received)[1]
    for data, record in zip(plain, records, strict=True):
        assert record is not None
        head = read_record_head(data.partition(b"\r\n\r\n")[0])
        assert set(head.fields) <= FIELDS
        assert all(len(values) == 1 for name, values in head.fields.items() if name != "warc-protocol")
        assert len(head.fields.get("warc-protocol", ())) <= len(wanted.protocols)
        assert not {code for code, _ in head.faults} & {"header-control", "header-line", "header-folded", "header-utf8"}
    [read] = exchanges_of([record for record in records if record is not None])
    assert (read.answer.block if read.answer else b"") == answer
    assert (read.certificates.block if read.certificates else b"") == wanted.certificates
    assert bool(read.request) == bool(wanted.sent)
    assert len(records) == 1 + bool(answer) + bool(wanted.sent) + bool(wanted.certificates)
    about = read_about(read.metadata.block)
    assert set(about) <= ABOUT
    assert read.metadata.block.count(b"\n") == len(about)
    assert read_hints(about) == wanted.hints or wanted.hints == {}
    read_by_others(b"".join(transaction.members), [(record.kind, record.block) for record in records if record])


def read_by_others(data: bytes, ours: list[tuple[str, bytes]]) -> None:
    warcio = [
        (record.rec_type, record.raw_stream.read())
        for record in ArchiveIterator(io.BytesIO(data), no_record_parse=True)
    ]
    assert warcio == ours
    fast = [
        (record.headers["WARC-Type"], record.reader.read())
        for record in FastIterator(io.BytesIO(data), parse_http=False, strict_mode=False)
    ]
    assert fast == ours


def test_a_long_address_and_a_long_header_are_archived_whole(tmp_path: Path) -> None:
    url = "http://www.example.gov.cn/?" + "a" * 1_000_000
    header = b"HTTP/1.1 200 OK\r\nX: " + b"p" * 10_000_000 + b"\r\nContent-Length: 2\r\n\r\nok"
    with_header = exchange(header)
    writer = WarcWriter(tmp_path / "warc", software="test", run="run", operator="me", user_agent="me")
    refs = [writer.append(one) for one in (exchange(ANSWER, url=url), with_header)]
    writer.close()
    [warc] = (tmp_path / "warc").iterdir()
    assert [ref.url for ref in refs] == [url, with_header.url]
    with warc.open("rb") as file:
        read = [
            (record.rec_headers.get_header("WARC-Target-URI"), record.raw_stream.read())
            for record in ArchiveIterator(file, no_record_parse=True)
            if record.rec_type == "response"
        ]
    assert read == [(url, ANSWER), (with_header.url, header)]
    assert len(list(read_lines(warc))) == 2


def test_an_index_line_is_one_line_whatever_the_address(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path / "warc", software="test", run="run", operator="me", user_agent="me")
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\0\t\r{}\xff; x\r\nContent-Length: 2\r\n\r\nok"
    writer.append(exchange(answer, url=f"http://www.example.gov.cn/{EVIL}", sent=SENT))
    writer.close()
    [warc] = (tmp_path / "warc").iterdir()
    assert_valid(warc)
    [line] = list(read_lines(warc))
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert line.decode()[:-1].isprintable()
    assert b" 20260131235959 {" in line
