"""IPv6: hosts that have nothing else, with the resolver that knows both kinds of address; the guard judges what it cached too."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy.resolver import CachingHostnameResolver, dnscache
from twisted.internet.testing import MemoryReactorClock

from archive.members import read_exchanges
from crawler.addresses import AddressRefused, ConnectTo
from tests.crawler.awkward_answers import ANSWERS
from tests.crawler.loopback_proxy import LoopbackProxy
from tests.crawler.raw_server import RawServer
from tests.crawler.test_addresses import ScriptedResolver, connect, connected_to
from tests.crawler.test_handler_fidelity import run_crawl

RESOLVER = "scrapy.resolver.CachingHostnameResolver"


@pytest.fixture
def cache() -> Iterator[None]:
    """The process-wide cache, empty before and after, and of a size as in a crawl."""
    limit = dnscache.limit
    dnscache.clear()
    yield
    dnscache.clear()
    dnscache.limit = limit


class ScriptedNames(ScriptedResolver):
    """As Scrapy's resolver asks: by position."""

    def resolveHostName(self, receiver: Any, host: str, portNumber: int = 0, *_: object, **__: object) -> Any:
        return super().resolveHostName(receiver, host, portNumber)


def caching(*answers: list[str]) -> MemoryReactorClock:
    reactor = MemoryReactorClock()  # type: ignore[no-untyped-call]
    names: Any = ScriptedNames(answers)
    reactor.installNameResolver(names)
    CachingHostnameResolver(reactor, 100).install_on_reactor()  # type: ignore[arg-type]
    return reactor


def test_a_host_with_ipv6_only_is_connected_to_from_the_cache_too(cache: None) -> None:
    reactor = caching(["2400:3200::1"])
    assert [connect(reactor, ConnectTo()) for _ in range(2)] == [None, None]
    assert connected_to(reactor) == [("2400:3200::1", 80)] * 2


def test_a_cached_address_is_judged_again(cache: None) -> None:
    reactor = caching(["::1", "::ffff:10.0.0.1"])
    assert [type(connect(reactor, ConnectTo())) for _ in range(2)] == [AddressRefused] * 2
    assert connected_to(reactor) == []


def test_of_both_kinds_the_other_is_tried_when_the_first_does_not_answer(cache: None) -> None:
    reactor = caching(["2400:3200::1", "8.8.8.8"])
    assert connect(reactor, ConnectTo()) is None
    reactor.advance(1)
    assert connected_to(reactor) == [("2400:3200::1", 80), ("8.8.8.8", 80)]


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_an_exchange_over_ipv6_is_archived_with_its_address(tmp_path: Path) -> None:
    with RawServer(ANSWERS, address="::1") as server:
        connect_to = {"portal.example:80": f"[::1]:{server.port}"}
        requests = [{"url": "http://portal.example/gzip"}, {"url": f"http://[::1]:{server.port}/gzip"}]
        results = run_crawl(tmp_path, requests, CONNECT_TO=connect_to, DNS_RESOLVER=RESOLVER)
        assert len(server.requests["gzip"]) == 1
    assert sorted(result.get("error", "") for result in results) == ["", "AddressRefused"]
    [warc] = (tmp_path / "warc").iterdir()
    [answer] = [exchange.answer for exchange in read_exchanges(warc) if exchange.answer is not None]
    assert answer.fields["warc-ip-address"] == "::1"


def test_a_proxy_is_reached_with_that_resolver(tmp_path: Path) -> None:
    with RawServer(ANSWERS) as server, LoopbackProxy({"portal.example:80": server.port}) as proxy:
        meta = {"portal_proxy": f"http://localhost:{proxy.port}"}
        [result] = run_crawl(tmp_path, [{"url": "http://portal.example/gzip", "meta": meta}], DNS_RESOLVER=RESOLVER)
    assert "error" not in result
