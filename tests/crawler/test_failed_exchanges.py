"""Whatever keeps an answer from coming is in the archive: what left, what came, the reason, and nothing in the index."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.cdxj import index_path
from archive.members import RecordedExchange, read_about, read_exchanges
from tests.archive.exchanges import assert_valid
from tests.crawler.answer import TEXT, Answer, ok
from tests.crawler.authority import Authority
from tests.crawler.loopback import LoopbackServer
from tests.crawler.raw_server import RawServer, tls_context
from tests.crawler.test_handler_fidelity import run_crawl
from tests.crawler.test_handler_proxy import closed_port

HELLO = struct.Struct(">BHH")  # a TLS record: type, version, length
ALERT = HELLO.pack(21, 0x0303, 2)
PAGES = {"": Answer(ok(TEXT)), "cut": Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", None, close=True)}


class Replying(LoopbackServer):
    """Sends ``reply`` to whatever comes first on a connection, then ends it, resets it, or waits."""

    def __init__(self, reply: bytes, how: str = "end"):
        super().__init__()
        self._reply = reply
        self._how = how

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            connection.sendall(self._reply)
            if self._how == "wait":
                time.sleep(60)
            if self._how == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextlib.contextmanager
def full_queue() -> Iterator[int]:
    """A port where connections are neither taken nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as stack:
        port: int = server.getsockname()[1]
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


# What happens, and of the exchange: the URL, how it fails, words of the reason, and whether an address was connected to.
KINDS = {
    "name": ("http://unresolvable.invalid/", "CannotResolveHostError", "unresolvable.invalid", False),
    "refused": ("http://refused.example/", "DownloadConnectionRefusedError", "refused", False),
    "refused-tls": ("https://refused.example/", "DownloadConnectionRefusedError", "refused", False),
    "no-connection": ("http://full.example/", "DownloadTimeoutError", "", False),
    "not-public": ("http://127.0.0.1:9/", "AddressRefused", "not on the public internet", False),
    "alert": ("https://alert.example/", "DownloadFailedError", "alert", True),
    "plain-text": ("https://plain.example/", "DownloadFailedError", "SSL", True),
    "handshake-cut": ("https://cut.example/", "DownloadFailedError", "Connection", True),
    "handshake-reset": ("https://reset.example/", "DownloadFailedError", "Connection", True),
    "handshake-hang": ("https://hang.example/", "DownloadTimeoutError", "", True),
}


@dataclass(frozen=True)
class Crawl:
    """Results and exchanges by URL."""

    results: dict[str, dict[str, Any]]
    exchanges: dict[str, RecordedExchange]
    warc: Path


def crawl_of(folder: Path, requests: list[dict[str, Any]], **settings: Any) -> Crawl:
    results = {result["wanted"]: result for result in run_crawl(folder, requests, **settings)}
    [warc] = (folder / "warc").glob("*.warc.gz")
    exchanges = {one.metadata.fields["warc-target-uri"]: one for one in read_exchanges(warc)}
    return Crawl(results, exchanges, warc)


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    folder = tmp_path_factory.mktemp("failed")
    with ExitStack() as stack:
        reply = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"
        to = {
            "refused.example:80": closed_port(),
            "refused.example:443": closed_port(),
            "full.example:80": stack.enter_context(full_queue()),
            "alert.example:443": stack.enter_context(Replying(ALERT + b"\x02\x28")).port,
            "plain.example:443": stack.enter_context(Replying(reply)).port,
            "cut.example:443": stack.enter_context(Replying(HELLO.pack(22, 0x0303, 4000) + b"\x02\0\0")).port,
            "reset.example:443": stack.enter_context(Replying(b"", "reset")).port,
            "hang.example:443": stack.enter_context(Replying(b"", "wait")).port,
            "portal.example:80": stack.enter_context(RawServer(PAGES)).port,
        }
        requests = [{"url": url, "meta": {"download_timeout": 2.0}} for url, *_ in KINDS.values()]
        requests += [{"url": "http://portal.example/"}, {"url": "http://portal.example/cut"}]
        return crawl_of(folder, requests, CONNECT_TO={name: f"127.0.0.1:{port}" for name, port in to.items()})


@pytest.mark.parametrize("kind", KINDS)
def test_the_reason_is_archived(crawl: Crawl, kind: str) -> None:
    url, error, words, connected = KINDS[kind]
    result, exchange = crawl.results[url], crawl.exchanges[url]
    assert (result["error"], result["capture"]["status"]) == (error, 0)
    assert (exchange.answer, exchange.request, exchange.certificates) == (None, None, None)
    reason = read_about(exchange.metadata.block)["ogi-error"]
    assert reason.startswith(f"{error}: ")
    assert words in reason
    assert exchange.metadata.fields.get("warc-ip-address", "") == ("127.0.0.1" if connected else "")
    assert result["capture"]["record_id"] == exchange.metadata.fields["warc-record-id"]


def test_other_readers_take_them_and_the_index_leaves_them_out(crawl: Crawl) -> None:
    assert assert_valid(crawl.warc).count("metadata") == len(crawl.exchanges) == len(KINDS) + 2
    [line] = index_path(crawl.warc).read_bytes().splitlines()
    assert b'"http://portal.example/"' in line


@pytest.mark.parametrize("host", ["stranger.example", "other.example"])
def test_a_certificate_that_must_hold_and_does_not_is_archived(tmp_path: Path, host: str) -> None:
    context, chain = Authority(tmp_path).server("stranger.example")
    url = f"https://{host}/"
    with RawServer(PAGES, context) as server:
        to = {f"{host}:443": f"127.0.0.1:{server.port}"}
        done = crawl_of(tmp_path, [{"url": url}], CONNECT_TO=to, DOWNLOAD_VERIFY_CERTIFICATES=True)
        assert not server.requests
    exchange = done.exchanges[url]
    assert done.results[url]["error"] == "DownloadFailedError"
    assert "certificate verify failed" in read_about(exchange.metadata.block)["ogi-error"]
    assert (exchange.answer, exchange.request) == (None, None)
    assert exchange.certificates is not None
    assert exchange.certificates.block == chain
    trust = read_about(exchange.metadata.block)["ogi-certificates"]
    assert trust == ("unknown-issuer" if host == "stranger.example" else "unknown-issuer wrong-host")


@pytest.mark.parametrize("tls", [False, True])
def test_a_request_that_left_is_kept_where_nothing_came(tmp_path: Path, *, tls: bool) -> None:
    answers = {"silent": Answer(b"", None, hang=True)}
    url = f"{'https' if tls else 'http'}://portal.example/silent"
    with RawServer(answers, tls_context(tmp_path) if tls else None) as server:
        request = {"url": url, "meta": {"download_timeout": 2.0}, "method": "POST", "body": "cGFnZT0y"}
        done = crawl_of(tmp_path, [request], CONNECT_TO={"*": f"127.0.0.1:{server.port}"})
        [received] = server.requests["silent"]
    exchange = done.exchanges[url]
    assert exchange.answer is None
    assert exchange.request is not None
    assert exchange.request.block == received
    assert exchange.metadata.fields["warc-concurrent-to"] == exchange.request.fields["warc-record-id"]
    assert "DownloadTimeoutError" in read_about(exchange.metadata.block)["ogi-error"]
