"""What an awkward server sent and got is in the WARC, byte for byte, over plain HTTP and TLS; one real crawl for all cases."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from archive.exchange import CaptureRef
from archive.members import Record, RecordedExchange, read_about, read_exchanges, read_hints, read_records
from archive.warc_reader import read_exchange
from tests.archive.exchanges import assert_valid
from tests.crawler.answer import Answer
from tests.crawler.awkward_answers import ANSWERS, LIMIT
from tests.crawler.raw_server import RawServer, tls_context

ROOT = Path(__file__).parents[2]
SCHEMES = ("http", "https")
ORIGINAL = CaptureRef(
    file="earlier.warc.gz",
    offset=7,
    length=8,
    end=20,
    record_id="<urn:uuid:00000000-0000-4000-8000-000000000000>",
    captured_at="2026-01-02T03:04:05.000006Z",
    url="http://not-modified.http.example/not-modified",
    status=200,
    payload_digest="sha256:" + "0" * 64,
)
SERVED = {**ANSWERS, "stale": ANSWERS["empty"], "to-loopback": Answer(b"")}


@dataclass(frozen=True)
class Crawl:
    """The crawl of all cases: results by URL, exchanges of the WARC by URL, the servers by scheme."""

    results: dict[str, list[dict[str, Any]]]
    exchanges: dict[str, list[RecordedExchange]]
    servers: dict[str, RawServer]
    warc: Path


def run_crawl(folder: Path, requests: list[dict[str, Any]], **settings: object) -> list[dict[str, Any]]:
    """Run the capture crawl as a program of its own, with the production reactor; returns its results."""
    job = json.dumps({"folder": str(folder), "requests": requests, "settings": settings})
    command = [sys.executable, "-m", "tests.crawler.capture_crawl"]
    done = subprocess.run(command, input=job, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def url_of(name: str, scheme: str) -> str:
    """Every case has its own host, so that none gets a connection another has used."""
    return f"{scheme}://{name}.{scheme}.example/{name}"


def request_of(name: str, answer: Answer, scheme: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "url": url_of(name, scheme),
        "method": answer.method,
        "headers": answer.headers,
        "body": base64.b64encode(answer.sent_body).decode("ascii"),
        "meta": answer.meta,
    }
    if name == "not-modified":
        wanted["headers"] = {"If-None-Match": '"a"'}
        wanted["refers_to"] = {field: getattr(ORIGINAL, field) for field in CaptureRef.__slots__ if field != "original"}
    if name == "stale":
        wanted["then"] = [{"url": url_of(name, scheme) + "?again"}]
    return wanted


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    folder = tmp_path_factory.mktemp("fidelity")
    served = {**SERVED, "stale?again": ANSWERS["gzip"]}
    with RawServer(served) as plain, RawServer(served, tls_context(folder)) as tls:
        servers = {"http": plain, "https": tls}
        redirect = (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/loopback\r\nContent-Length: 0\r\n\r\n" % plain.port
        )
        served["to-loopback"] = Answer(redirect)
        ports = {"http": 80, "https": 443}
        connect_to = {
            f"{name}.{scheme}.example:{ports[scheme]}": f"127.0.0.1:{servers[scheme].port}"
            for scheme in SCHEMES
            for name in SERVED
        }
        requests = [request_of(name, answer, scheme) for name, answer in SERVED.items() for scheme in SCHEMES]
        requests += [{"url": url} for url in refused_urls(plain.port)]
        results = run_crawl(
            folder,
            requests,
            CONNECT_TO=json.dumps(connect_to),
            DOWNLOAD_MAXSIZE=LIMIT,
            DECODED_MAXSIZE=2 * LIMIT,
            DOWNLOAD_HEADER_TIMEOUT=4,
            DOWNLOAD_TIMEOUT=20,
            CONCURRENT_REQUESTS=24,
        )
        by_url: dict[str, list[dict[str, Any]]] = {}
        for result in results:
            by_url.setdefault(result["wanted"], []).append(result)
        [warc] = (folder / "warc").glob("*.warc.gz")
        exchanges: dict[str, list[RecordedExchange]] = {}
        for exchange in read_exchanges(warc):
            exchanges.setdefault(exchange.metadata.fields["warc-target-uri"], []).append(exchange)
        yield Crawl(by_url, exchanges, servers, warc)


def refused_urls(port: int) -> list[str]:
    hosts = ("127.0.0.1", "localhost", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]")
    return [f"http://{host}:{port}/gzip" for host in hosts]


cases = pytest.mark.parametrize("name", ANSWERS)
schemes = pytest.mark.parametrize("scheme", SCHEMES)


@schemes
@cases
def test_the_answer_is_archived_as_sent(crawl: Crawl, name: str, scheme: str) -> None:
    answer = ANSWERS[name]
    [exchange] = crawl.exchanges[url_of(name, scheme)]
    assert bool(exchange.answer) == bool(answer.message)
    received = interim_of(exchange) + (exchange.answer.block if exchange.answer else b"")
    if answer.truncated == "length" or answer.refused:
        assert (answer.interim + answer.message).startswith(received) != (received == b"")
    else:
        assert received == answer.interim + answer.message
    if exchange.answer is not None:
        assert exchange.answer.fields.get("warc-truncated", "") == answer.truncated_over(scheme)
    assert (b"\r\nogi-error: " in exchange.metadata.block) == (bool(answer.error) and name != "bomb")


@schemes
@cases
def test_address_protocol_and_cipher_are_those_of_the_connection(crawl: Crawl, name: str, scheme: str) -> None:
    [exchange] = crawl.exchanges[url_of(name, scheme)]
    http = "http/1.0" if ANSWERS[name].message.startswith(b"HTTP/1.0") else "http/1.1"
    wire = f"WARC-Protocol: {http}\r\n"
    if scheme == "https":
        wire += "WARC-Protocol: tls/1.3\r\nWARC-Cipher-Suite: TLS_"
    for record in (exchange.answer, exchange.request, exchange.metadata):
        if record is not None:
            raw = raw_header(crawl.warc, record)
            assert "\r\nWARC-IP-Address: 127.0.0.1\r\n" in raw
            assert wire in raw or record is exchange.metadata
            assert raw.count("WARC-Protocol") == (0 if record is exchange.metadata else 1 + (scheme == "https"))


@schemes
@cases
def test_the_request_is_archived_as_received(crawl: Crawl, name: str, scheme: str) -> None:
    [exchange] = crawl.exchanges[url_of(name, scheme)]
    [received] = crawl.servers[scheme].requests[name]
    assert exchange.request is not None
    if name == "secret":
        assert b"\r\nAuthorization: Basic c2VjcmV0\r\n" in received
        received = received.replace(b"Basic c2VjcmV0", b"redacted")
        assert b"ogi-redacted: authorization\r\n" in exchange.metadata.block
    assert exchange.request.block == received
    assert f"\r\nHost: {name}.{scheme}.example\r\n".encode() in received


@schemes
@cases
def test_the_spider_sees_the_decoded_body_and_its_capture(crawl: Crawl, name: str, scheme: str) -> None:
    answer, url = ANSWERS[name], url_of(name, scheme)
    [result] = crawl.results[url]
    [exchange] = crawl.exchanges[url]
    assert result["capture"] == {
        field: getattr(exchange.reference(crawl.warc.name), field) for field in CaptureRef.__slots__
    }
    if answer.body is None:
        assert result["error"] == answer.error
        return
    assert base64.b64decode(result["body"]) == answer.body
    archived = read_exchange(crawl.warc, result["capture"]["offset"])
    assert archived.body == answer.body
    assert archived.url == url
    assert archived.hints == read_hints(read_about(exchange.metadata.block)) != {}


def test_the_archive_is_valid_for_other_readers(crawl: Crawl, tmp_path: Path) -> None:
    # Left out: FastWARC gives up a file at an HTTP header beyond 32 KiB, warcio's check at the coding br.
    kept = [
        record
        for record in read_records(crawl.warc)
        if record.kind != "response"
        or ((record.block + b"\r\n\r\n").find(b"\r\n\r\n") < 32_000 and b"Encoding: br" not in record.block)
    ]
    data = crawl.warc.read_bytes()
    warc = tmp_path / crawl.warc.name
    warc.write_bytes(b"".join(data[record.offset : record.end] for record in kept))
    assert assert_valid(warc) == [record.kind for record in kept]
    assert len(kept) > 5 * len(ANSWERS)


def test_other_readers_find_the_same_bytes(crawl: Crawl) -> None:
    ours = [(record.fields["warc-record-id"], record.block) for record in read_records(crawl.warc)]
    with crawl.warc.open("rb") as file:
        warcio = [
            (record.rec_headers.get_header("WARC-Record-ID"), record.raw_stream.read())
            for record in ArchiveIterator(file, no_record_parse=True)
        ]
    assert warcio == ours
    fast = [(record.record_id, record.reader.read()) for record in FastIterator(str(crawl.warc), parse_http=False)]
    assert fast == ours


def interim_of(exchange: RecordedExchange) -> bytes:
    return base64.b64decode(read_about(exchange.metadata.block).get("ogi-interim", ""))


@schemes
def test_a_304_refers_to_the_original_response(crawl: Crawl, scheme: str) -> None:
    [exchange] = crawl.exchanges[url_of("not-modified", scheme)]
    assert exchange.answer is not None
    fields = exchange.answer.fields
    assert fields["warc-type"] == "revisit"
    assert fields["warc-profile"] == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert fields["warc-refers-to"] == ORIGINAL.record_id
    assert fields["warc-refers-to-target-uri"] == ORIGINAL.url
    assert fields["warc-refers-to-date"] == ORIGINAL.captured_at


@schemes
def test_a_request_repeated_on_a_fresh_connection_is_one_exchange(crawl: Crawl, scheme: str) -> None:
    url = url_of("stale", scheme) + "?again"
    requests = crawl.servers[scheme].requests["stale?again"]
    [exchange] = crawl.exchanges[url]
    assert exchange.request is not None
    assert exchange.answer is not None
    assert exchange.request.block == requests[-1]
    assert exchange.answer.block == ANSWERS["gzip"].message


def raw_header(warc: Path, record: Record) -> str:
    member = warc.read_bytes()[record.offset : record.end]
    return gzip.decompress(member).split(b"\r\n\r\n", 1)[0].decode()


def test_addresses_that_are_not_public_are_refused_and_the_refusal_is_archived(crawl: Crawl) -> None:
    plain = crawl.servers["http"]
    for url in refused_urls(plain.port):
        [result] = crawl.results[url]
        assert result["error"] == "AddressRefused", url
        [exchange] = crawl.exchanges[url]
        assert exchange.answer is None
        assert exchange.request is None
        assert b"ogi-error: AddressRefused" in exchange.metadata.block
        assert result["capture"]["status"] == 0
    assert not [request for request in plain.requests["gzip"] if b"Host: gzip.http.example" not in request]


@schemes
def test_a_redirect_to_loopback_is_refused_with_the_capture_of_the_refusal(crawl: Crawl, scheme: str) -> None:
    [result] = crawl.results[url_of("to-loopback", scheme)]
    assert result["error"] == "AddressRefused"
    assert result["capture"]["url"].startswith("http://127.0.0.1:")
    assert len(crawl.exchanges[url_of("to-loopback", scheme)]) == 1
