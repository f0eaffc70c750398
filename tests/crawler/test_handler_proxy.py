"""Through a proxy the archive holds the same bytes, and no secret; nothing but the registry's proxy is ever used."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.members import RecordedExchange, read_exchanges
from tests.archive.exchanges import assert_valid
from tests.crawler.answer import Answer
from tests.crawler.awkward_answers import ANSWERS, LIMIT
from tests.crawler.loopback_proxy import LoopbackProxy
from tests.crawler.raw_server import RawServer, tls_context
from tests.crawler.test_handler_fidelity import SCHEMES, interim_of, raw_header, request_of, run_crawl, url_of

USER, CODED = "reader:s@cret", b"cmVhZGVyOnNAY3JldA=="
PROXY = "http://reader:s%40cret@proxy.example:3128"
NOT_PUBLIC = """
127.0.0.1 127.1 2130706433 0x7f000001 017700000001 127.0.0.1. 10.0.0.1 169.254.169.254 localhost LOCALHOST. a.localhost
[::1] [::ffff:127.0.0.1] [64:ff9b::7f00:1] [fe80::1%251] user@127.0.0.1 u:p@127.0.0.1:8080
"""
SECRETS = (b"s@cret", b"s%40cret", CODED)


@dataclass(frozen=True)
class Crawl:
    """The crawl of all awkward answers through a proxy that demands a password."""

    results: dict[str, dict[str, Any]]
    exchanges: dict[str, RecordedExchange]
    servers: dict[str, RawServer]
    proxy: LoopbackProxy
    warc: Path
    log: bytes


def read_warc(folder: Path) -> dict[str, RecordedExchange]:
    [warc] = (folder / "warc").glob("*.warc.gz")
    return {exchange.metadata.fields["warc-target-uri"]: exchange for exchange in read_exchanges(warc)}


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    folder = tmp_path_factory.mktemp("proxied")
    with RawServer(ANSWERS) as plain, RawServer(ANSWERS, tls_context(folder)) as tls:
        servers = {"http": plain, "https": tls}
        hosts = [(f"{name}.{scheme}.example", scheme) for name in ANSWERS for scheme in SCHEMES]
        ports = {"http": 80, "https": 443}
        upstream = {f"{host}:{ports[scheme]}": servers[scheme].port for host, scheme in hosts}
        requests = [request_of(name, answer, scheme) for name, answer in ANSWERS.items() for scheme in SCHEMES]
        for request in requests:
            request["meta"] = {**request["meta"], "portal_proxy": PROXY}
        with LoopbackProxy(upstream, USER) as proxy:
            results = run_crawl(
                folder,
                requests,
                # What CONNECT_TO says of a host behind the proxy has no effect: nothing answers there.
                CONNECT_TO={
                    "proxy.example:3128": f"127.0.0.1:{proxy.port}",
                    **dict.fromkeys(upstream, f"127.0.0.1:{closed_port()}"),
                },
                DOWNLOAD_MAXSIZE=LIMIT,
                DECODED_MAXSIZE=2 * LIMIT,
                DOWNLOAD_HEADER_TIMEOUT=4,
                DOWNLOAD_TIMEOUT=20,
                CONCURRENT_REQUESTS=24,
                LOG_LEVEL="DEBUG",
                LOG_FILE=str(folder / "log"),
            )
        [warc] = (folder / "warc").glob("*.warc.gz")
        by_url = {result["wanted"]: result for result in results}
        yield Crawl(by_url, read_warc(folder), servers, proxy, warc, (folder / "log").read_bytes())


cases = pytest.mark.parametrize("name", ANSWERS)
schemes = pytest.mark.parametrize("scheme", SCHEMES)


@schemes
@cases
def test_the_answer_is_archived_as_sent(crawl: Crawl, name: str, scheme: str) -> None:
    answer = ANSWERS[name]
    exchange = crawl.exchanges[url_of(name, scheme)]
    assert bool(exchange.answer) == bool(answer.message)
    received = interim_of(exchange) + (exchange.answer.block if exchange.answer else b"")
    if answer.truncated == "length" or answer.refused:
        assert (answer.interim + answer.message).startswith(received) != (received == b"")
    else:
        assert received == answer.interim + answer.message
    if (
        exchange.answer is not None and not answer.reset and not answer.abrupt
    ):  # the proxy ends a connection as it likes
        assert exchange.answer.fields.get("warc-truncated", "") == answer.truncated
    assert crawl.results[url_of(name, scheme)].get("error", "") == answer.error


@schemes
@cases
def test_the_request_is_archived_as_the_host_received_it(crawl: Crawl, name: str, scheme: str) -> None:
    exchange = crawl.exchanges[url_of(name, scheme)]
    [received] = crawl.servers[scheme].requests[name]
    assert exchange.request is not None
    archived = exchange.request.block
    redacted = b"ogi-redacted: "
    if scheme == "http":
        # The proxy got the absolute form and the password; the host got neither.
        [asked] = [r for r in crawl.proxy.requests if f" {url_of(name, scheme)} HTTP/1.1\r\n".encode() in r]
        assert b"\r\nProxy-Authorization: Basic " + CODED + b"\r\n" in asked
        assert b"\r\nProxy-Authorization: redacted\r\n" in archived
        archived = archived.replace(b"\r\nProxy-Authorization: redacted\r\n", b"\r\n")
        assert redacted + b"request-line" in exchange.metadata.block
        assert b"proxy-authorization" in exchange.metadata.block
    else:
        assert (redacted in exchange.metadata.block) == (name == "secret")
    assert archived == received.replace(b"Basic c2VjcmV0", b"redacted")
    assert archived.startswith(f"{ANSWERS[name].method} /{name} HTTP/1.1\r\n".encode())


def test_a_tunnel_is_asked_for_with_the_password_and_is_not_archived(crawl: Crawl) -> None:
    tunnels = [request for request in crawl.proxy.requests if request.startswith(b"CONNECT ")]
    assert len(tunnels) == len(ANSWERS)
    authority = b"gzip.https.example:443"
    expected = b"CONNECT %b HTTP/1.1\r\nHost: %b\r\nProxy-Authorization: Basic %b\r\n\r\n"
    assert expected % (authority, authority, CODED) in tunnels
    assert b"CONNECT" not in gzip.decompress(crawl.warc.read_bytes())


def test_the_secret_is_nowhere(crawl: Crawl) -> None:
    written = [gzip.decompress(crawl.warc.read_bytes()), crawl.log, json.dumps(list(crawl.results.values())).encode()]
    assert b"Crawled (200)" in crawl.log
    assert not [secret for secret in SECRETS for text in written if secret in text]


@schemes
def test_the_address_is_left_out_and_tls_is_that_of_the_host(crawl: Crawl, scheme: str) -> None:
    exchange = crawl.exchanges[url_of("gzip", scheme)]
    assert exchange.answer is not None
    raw = raw_header(crawl.warc, exchange.answer)
    assert "WARC-IP-Address" not in raw
    assert "WARC-Protocol: http/1.1\r\n" in raw
    assert ("WARC-Protocol: tls/1.3\r\nWARC-Cipher-Suite: TLS_" in raw) == (scheme == "https")


def one(
    folder: Path,
    proxy: LoopbackProxy | int,
    urls: Sequence[str],
    url: str = "http://proxy.example:3128",
    **settings: Any,
) -> list[dict[str, Any]]:
    """Crawl the addresses one by one through the proxy."""
    port = proxy if isinstance(proxy, int) else proxy.port
    requests = [{"url": one, "meta": {"portal_proxy": url}} for one in urls]
    return run_crawl(folder, requests, CONNECT_TO={"proxy.example:3128": f"127.0.0.1:{port}"}, **settings)


def test_valid_for_other_readers(tmp_path: Path) -> None:
    with RawServer(ANSWERS) as plain, RawServer(ANSWERS, tls_context(tmp_path)) as tls:
        names = ("gzip", "empty", "trailers")
        with LoopbackProxy({"a.example:80": plain.port, "a.example:443": tls.port}) as proxy:
            urls = [f"{scheme}://a.example/{name}" for scheme in SCHEMES for name in names]
            results = one(tmp_path, proxy, urls)
    assert not [result for result in results if "error" in result]
    [warc] = (tmp_path / "warc").iterdir()
    assert assert_valid(warc).count("response") == len(urls)


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "ProxyRefused", "407 Proxy Authentication Required"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", "ProxyFailed", "502 Bad Gateway"),
        (b"HTTP/1.1 403 \xbd\xfb\x1b[31m\r\n\r\n", "ProxyFailed", "HTTP/1.1 403"),
        (b"SSH-2.0-x\r\n\r\n", "ProxyFailed", "SSH-2.0-x"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 12000, "ProxyFailed", "HTTP/1.1 200 OK"),
        (b"HTTP/1.1 200 OK\r\n", "ProxyFailed", "it hung up"),
        (b"", "ProxyFailed", "it hung up"),
    ],
)
def test_a_tunnel_that_is_not_opened_fails_in_one_line(tmp_path: Path, reply: bytes, error: str, said: str) -> None:
    url = "https://portal.example/"
    with LoopbackProxy({}, reply=reply) as proxy:
        [result] = one(tmp_path, proxy, [url], PROXY)
    assert result["error"] == error
    assert result["message"].startswith("proxy http://***@proxy.example:3128: no tunnel to portal.example:443: ")
    assert said in result["message"]
    assert result["message"].isprintable()
    exchange = read_warc(tmp_path)[url]
    assert (exchange.answer, exchange.request) == (None, None)
    assert f"ogi-error: {error}: {result['message']}\r\n".encode() in exchange.metadata.block
    assert "warc-ip-address" not in exchange.metadata.fields


def test_a_tunnel_that_passes_is_tried_again_and_a_password_is_not(tmp_path: Path) -> None:
    for status, times in ((b"407 no", 1), (b"502 no", 3)):
        with LoopbackProxy({}, reply=b"HTTP/1.1 " + status + b"\r\n\r\n") as proxy:
            one(tmp_path, proxy, ["https://portal.example/"], RETRY_ENABLED=True)
            assert len(proxy.requests) == times


def test_a_proxy_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with LoopbackProxy({}, silent=True) as proxy:
        [result] = one(tmp_path, proxy, ["https://portal.example/"], DOWNLOAD_HEADER_TIMEOUT=0.5)
    assert result["error"] == "DownloadTimeoutError"
    assert "no response header within 0.5 seconds" in result["message"]


def test_a_password_demanded_for_plain_http_fails_and_is_archived(tmp_path: Path) -> None:
    with LoopbackProxy({}, USER) as proxy:
        [result] = one(tmp_path, proxy, ["http://portal.example/"])
    assert result["error"] == "ProxyRefused"
    assert "407" in result["message"]
    exchange = read_warc(tmp_path)["http://portal.example/"]
    assert exchange.answer is not None
    assert exchange.answer.block.startswith(b"HTTP/1.1 407 ")
    assert b"ogi-error: ProxyRefused" in exchange.metadata.block


def test_a_407_in_a_tunnel_is_an_answer_of_the_host(tmp_path: Path) -> None:
    answers = {"odd": Answer(b"HTTP/1.1 407 Odd\r\nContent-Length: 2\r\n\r\nok")}
    with (
        RawServer(answers, tls_context(tmp_path)) as server,
        LoopbackProxy({"portal.example:443": server.port}) as proxy,
    ):
        [result] = one(tmp_path, proxy, ["https://portal.example/odd"])
    assert "error" not in result


def test_a_proxy_that_is_down_is_named_as_the_cause(tmp_path: Path) -> None:
    urls = ["http://portal.example/", "https://portal.example/"]
    for result in one(tmp_path, closed_port(), urls, PROXY):
        assert result["error"] == "ProxyFailed"
        assert result["message"].startswith("proxy http://***@proxy.example:3128 cannot be reached: ")
    [result] = run_crawl(tmp_path, [{"url": urls[0], "meta": {"portal_proxy": "http://nowhere.invalid:1"}}])
    assert (result["error"], "nowhere.invalid" in result["message"]) == ("ProxyFailed", True)


def test_a_proxy_of_the_operator_may_have_any_address(tmp_path: Path) -> None:
    with RawServer(ANSWERS) as server, LoopbackProxy({"portal.example:80": server.port}) as proxy:
        meta = {"portal_proxy": f"http://127.0.0.1:{proxy.port}"}
        [result] = run_crawl(tmp_path, [{"url": "http://portal.example/gzip", "meta": meta}])
    assert "error" not in result


@schemes
def test_addresses_that_are_not_public_are_not_asked_for(tmp_path: Path, scheme: str) -> None:
    with LoopbackProxy({}) as proxy:
        results = one(tmp_path, proxy, [f"{scheme}://{host}/" for host in NOT_PUBLIC.split()])
        assert proxy.connections == 0
    assert {result["wanted"]: result.get("error") for result in results} == {
        f"{scheme}://{host}/": "AddressRefused" for host in NOT_PUBLIC.split()
    }


def test_a_public_ipv6_address_is_asked_for_in_brackets(tmp_path: Path) -> None:
    with LoopbackProxy({}) as proxy:
        one(tmp_path, proxy, ["https://[2400:3200::1]/", "http://[2400:3200::1]/", "https://1.1.1.1:8443/"])
    lines = {request.split(b"\r\n")[0] for request in proxy.requests}
    expected = {"CONNECT [2400:3200::1]:443", "GET http://[2400:3200::1]/", "CONNECT 1.1.1.1:8443"}
    assert lines == {f"{line} HTTP/1.1".encode() for line in expected}


@schemes
def test_a_connection_made_otherwise_is_not_shared(tmp_path: Path, scheme: str) -> None:
    context = tls_context(tmp_path) if scheme == "https" else None
    port = 443 if scheme == "https" else 80
    url = f"{scheme}://a.example/gzip"
    with RawServer(ANSWERS, context) as server, LoopbackProxy({f"a.example:{port}": server.port}) as proxy:
        direct = {"url": url}
        proxied = {"url": url, "meta": {"portal_proxy": "http://proxy.example:3128"}}
        other = {"url": url, "meta": {"portal_proxy": PROXY}}
        chain = {**direct, "then": [{**proxied, "then": [{**other, "then": [{**proxied, "then": [direct]}]}]}]}
        connect_to = {
            "proxy.example:3128": f"127.0.0.1:{proxy.port}",
            f"a.example:{port}": f"127.0.0.1:{server.port}",
        }
        results = run_crawl(tmp_path, [chain], CONNECT_TO=connect_to)
        assert [result.get("error") for result in results] == [None] * 5
        assert (server.connections, proxy.connections) == (3, 2)
        assert len(server.requests["gzip"]) == 5


@pytest.mark.parametrize("bad", ["socks5://u:s@cret@h:1", "http://u:s@cret", "u:s@cret"])
def test_a_proxy_that_is_none_is_refused_before_anything_is_sent(tmp_path: Path, bad: str) -> None:
    [result] = run_crawl(tmp_path, [{"url": "http://portal.example/", "meta": {"portal_proxy": bad}}])
    assert (result["error"], result["capture"]) == ("ProxyRefused", None)
    assert "cret" not in result["message"]


def test_the_environment_names_no_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(ANSWERS) as server, LoopbackProxy({}) as proxy:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        connect_to = {"portal.example:80": f"127.0.0.1:{server.port}"}
        [result] = run_crawl(tmp_path, [{"url": "http://portal.example/gzip"}], CONNECT_TO=connect_to)
        assert proxy.connections == 0
    assert "error" not in result
