"""Servers that know old TLS only are refused, unless the portal says so; and how a tunnel is asked for and given up."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from archive.members import read_exchanges
from crawler.legacy_tls import LegacyContextFactory
from crawler.tls import ProxyFailed, TunnelEndpoint
from tests.crawler.awkward_answers import ANSWERS
from tests.crawler.raw_server import RawServer, tls_context
from tests.crawler.test_handler_fidelity import raw_header, run_crawl

OP_LEGACY_SERVER_CONNECT = 0x4  # the module ssl names it from Python 3.12 on
URL = "https://portal.example/gzip"
# The 1024-bit group of RFC 2409, 6.2, as old servers use it for DHE.
SHORT_GROUP = """-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""


def speaks(version: str, ciphers: str) -> Callable[[Path], ssl.SSLContext]:
    """A server with a 1024-bit RSA key that speaks one version of TLS and these ciphers, with the short group."""

    def make(folder: Path) -> ssl.SSLContext:
        context = tls_context(folder, rsa_bits=1024)
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
        (folder / "group.pem").write_text(SHORT_GROUP)
        context.load_dh_params(str(folder / "group.pem"))
        return context

    return make


OLD = {
    "tls/1.0": (speaks("TLSv1", "AES128-SHA"), "TLS_RSA_WITH_AES_128_CBC_SHA"),
    "tls/1.1": (speaks("TLSv1_1", "ECDHE-RSA-AES256-SHA"), "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    "tls/1.2": (speaks("TLSv1_2", "DHE-RSA-AES128-SHA256"), "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"),
}


def crawl(folder: Path, server: RawServer, request: dict[str, Any], **settings: object) -> list[dict[str, Any]]:
    return run_crawl(folder, [request], CONNECT_TO={"portal.example:443": f"127.0.0.1:{server.port}"}, **settings)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", OLD)
def test_old_tls_is_spoken_where_the_portal_says_so_only(tmp_path: Path, version: str) -> None:
    context, cipher = OLD[version]
    with RawServer(ANSWERS, context(tmp_path)) as server:
        [refused] = crawl(tmp_path / "default", server, {"url": URL})
        assert refused["error"] == "DownloadFailedError"
        assert not server.requests
        legacy = {"url": URL, "meta": {"tls_legacy": True}}
        [result] = crawl(tmp_path / "legacy", server, legacy, DOWNLOAD_VERIFY_CERTIFICATES=True)
        assert "error" not in result
    [warc] = (tmp_path / "legacy" / "warc").iterdir()
    [exchange] = read_exchanges(warc)
    assert exchange.answer is not None
    assert f"WARC-Protocol: {version}\r\nWARC-Cipher-Suite: {cipher}\r\n" in raw_header(warc, exchange.answer)


def test_a_new_server_is_spoken_to_as_ever_but_connections_are_not_shared(tmp_path: Path) -> None:
    legacy = {"url": URL, "meta": {"tls_legacy": True}}
    chain = {"url": URL, "then": [{**legacy, "then": [{"url": URL, "then": [legacy]}]}]}
    with RawServer(ANSWERS, tls_context(tmp_path)) as server:
        results = crawl(tmp_path, server, chain)
        assert (len(server.requests["gzip"]), server.connections) == (4, 2)
    assert [result.get("error") for result in results] == [None] * 4
    [warc] = (tmp_path / "warc").iterdir()
    for exchange in read_exchanges(warc):
        assert exchange.answer is not None
        assert "WARC-Protocol: tls/1.3\r\n" in raw_header(warc, exchange.answer)


def test_servers_without_secure_renegotiation_are_spoken_to() -> None:
    context = LegacyContextFactory()._get_context()
    assert context.set_options(0) & OP_LEGACY_SERVER_CONNECT


class Noted(Protocol):
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.data = b""
        self.lost = False

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True


class Connected:
    """An endpoint that is connected at once."""

    transport: Any

    def connect(self, factory: Any) -> Deferred[Any]:
        self.transport = StringTransport()  # type: ignore[no-untyped-call]
        self.protocol = factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)
        return succeed(self.protocol)


def tunnel(authorization: str = "") -> tuple[Connected, list[Any], Deferred[Any]]:
    """A tunnel asked for: the connection to the proxy, where the outcome will be, and the Deferred of it."""
    endpoint, outcome = Connected(), list[Any]()
    inner: Any = Factory.forProtocol(Noted)
    asked = TunnelEndpoint(endpoint, "http://p:1", "portal.example:443", authorization).connect(inner)
    asked.addCallbacks(outcome.append, lambda failure: outcome.append(failure.value))
    return endpoint, outcome, asked


def test_a_tunnel_begins_behind_the_answer_of_the_proxy() -> None:
    endpoint, outcome, _ = tunnel("Basic eA==")
    ask = b"CONNECT portal.example:443 HTTP/1.1\r\nHost: portal.example:443\r\nProxy-Authorization: Basic eA==\r\n\r\n"
    assert endpoint.transport.value() == ask
    for piece in (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"X: y\r", b"\n\r\nfi"):
        assert outcome == []
        endpoint.protocol.dataReceived(piece)
    endpoint.protocol.dataReceived(b"rst")
    [inner] = outcome
    assert (inner.data, inner.transport) == (b"first", endpoint.transport)
    endpoint.protocol.connectionLost(Failure(ConnectionLost()))  # type: ignore[no-untyped-call]
    assert inner.lost


def test_a_tunnel_given_up_is_closed() -> None:
    endpoint, outcome, asked = tunnel()
    asked.cancel()
    assert endpoint.transport.disconnecting or endpoint.transport.disconnected
    endpoint.protocol.dataReceived(b"HTTP/1.1 200 OK\r\n\r\n")
    endpoint.protocol.connectionLost(Failure(ConnectionLost()))  # type: ignore[no-untyped-call]
    assert [type(one) for one in outcome] == [CancelledError]


def test_a_tunnel_refused_is_closed_and_fails_once() -> None:
    endpoint, outcome, _ = tunnel()
    endpoint.protocol.dataReceived(b"HTTP/1.1 504 Gateway Timeout\r\n\r\n")
    endpoint.protocol.dataReceived(b"HTTP/1.1 200 OK\r\n\r\n")
    endpoint.protocol.connectionLost(Failure(ConnectionLost()))  # type: ignore[no-untyped-call]
    [error] = outcome
    assert isinstance(error, ProxyFailed)
    assert str(error) == "proxy http://p:1: no tunnel to portal.example:443: HTTP/1.1 504 Gateway Timeout"
    assert endpoint.transport.disconnecting or endpoint.transport.disconnected
