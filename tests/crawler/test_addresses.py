"""The guard: which addresses are public, what CONNECT_TO means, and that what was judged is what is connected to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.addresses import AddressRefused, ConnectTo, GuardedEndpoint, is_public

PUBLIC = """
1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.0.1.0 223.255.255.255 11.0.0.0 168.63.129.16
2001:200::1 2400:3200::1 2606:4700::1111 3ffe::1 64:ff9b::808:808 64:ff9b:1::808:808 2002:808:808::1
2001:0:808:808:0:0:f7f7:f7f7
"""
REFUSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::6440:1
64:ff9b:1::7f00:1 64:ff9b:1:7f00:0:100:: 2002:7f00:1::1 2002:a00:1::1 2002:c0a8:101::1 2001:0:7f00:1:0:0:f7f7:f7f7
2001:0:808:808:0:0:80ff:fffe 2001:db8::1 2001:2::1 2001:10::1 3fff::1 fc00::1 fd00::1 fe80::1 fe80::1%1 2400:3200::1%1
fec0::1 ff02::1 100::1 5f00::1 4000::1
"""


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", REFUSED.split())
def test_refused_addresses(address: str) -> None:
    assert not is_public(address)


def test_connect_to_is_read_like_curls() -> None:
    setting = {"www.Linzi.gov.cn:80": "127.0.0.1:8080", "[2400::1]:443": "[::1]:8443"}
    connect_to = ConnectTo.from_setting(json.dumps(setting))
    assert connect_to.target("www.linzi.GOV.cn", 80) == ("127.0.0.1", 8080)
    assert connect_to.target("2400::1", 443) == ("::1", 8443)
    assert connect_to.target("www.linzi.gov.cn", 443) is None
    assert connect_to == ConnectTo.from_setting(setting)
    assert connect_to.covers([("www.linzi.gov.cn", 80)])
    assert not connect_to.covers([("www.linzi.gov.cn", 80), ("www.linzi.gov.cn", 443)])
    everything = ConnectTo.from_setting({"*": "replica:1", "a:80": "b:2"})
    assert everything.target("anything", 1) == ("replica", 1)
    assert everything.target("a", 80) == ("b", 2)
    assert everything.covers([("x", 80), ("y", 443)])
    nothing: object
    for nothing in ("", None, {}):
        assert ConnectTo.from_setting(nothing).target("a", 80) is None


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "[]",
        "1",
        '"a:1"',
        '{"a": "b:1"}',
        '{"a:1": "b"}',
        '{"a:1": 2}',
        '{"a:x": "b:1"}',
        '{"a:0": "b:1"}',
        '{"a:65536": "b:1"}',
        '{":80": "b:1"}',
        '{"::1:80": "b:1"}',
        '{"a:1": "*"}',
        '{"*:80": ""}',
    ],
)
def test_a_bad_connect_to_is_one_line(value: str) -> None:
    with pytest.raises(ValueError) as refusal:
        ConnectTo.from_setting(value)
    assert "\n" not in str(refusal.value)


@implementer(IHostnameResolver)
class ScriptedResolver:
    """Gives the next of its answers each time it is asked."""

    def __init__(self, answers: Sequence[Sequence[str]]):
        self._answers = list(answers)

    def resolveHostName(self, receiver: Any, host: str, portNumber: int = 0, **_: object) -> Any:
        receiver.resolutionBegan(None)
        for address in self._answers.pop(0):
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, portNumber))
        receiver.resolutionComplete()


def connect(reactor: MemoryReactorClock, connect_to: ConnectTo, host: str = "portal.gov.cn") -> Exception | None:
    """Begin a connection to port 80; the error if it failed at once."""
    failures: list[Exception] = []
    factory: Any = Factory.forProtocol(Protocol)
    deferred: Any = GuardedEndpoint(reactor, host, 80, connect_to).connect(factory)
    deferred.addErrback(lambda failure: failures.append(failure.value))
    return failures[0] if failures else None


def reactor_resolving(*answers: Sequence[str]) -> MemoryReactorClock:
    reactor = MemoryReactorClock()  # type: ignore[no-untyped-call]
    resolver: Any = ScriptedResolver(answers)
    reactor.installNameResolver(resolver)
    return reactor


def connected_to(reactor: MemoryReactorClock) -> list[tuple[str, int]]:
    return [(client[0], client[1]) for client in reactor.tcpClients]


def test_a_rebinding_name_is_judged_at_every_connection_and_connected_as_judged() -> None:
    reactor = reactor_resolving(["8.8.8.8"], ["127.0.0.1"], ["8.8.4.4"])
    assert connect(reactor, ConnectTo()) is None
    assert connected_to(reactor) == [("8.8.8.8", 80)]
    refusal = connect(reactor, ConnectTo())
    assert isinstance(refusal, AddressRefused)
    assert "portal.gov.cn" in str(refusal)
    assert "127.0.0.1" in str(refusal)
    assert "\n" not in str(refusal)
    assert connected_to(reactor) == [("8.8.8.8", 80)]
    assert connect(reactor, ConnectTo()) is None
    assert connected_to(reactor)[1:] == [("8.8.4.4", 80)]


def test_of_several_addresses_only_the_public_ones_are_tried() -> None:
    reactor = reactor_resolving(["10.0.0.1", "8.8.8.8", "::ffff:127.0.0.1", "100.64.0.1", "64:ff9b::7f00:1", "1.1.1.1"])
    assert connect(reactor, ConnectTo()) is None
    for _ in range(10):
        reactor.advance(1)
    assert connected_to(reactor) == [("8.8.8.8", 80), ("1.1.1.1", 80)]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "100.64.0.1"])
def test_literal_addresses_are_judged_without_the_resolver(host: str) -> None:
    reactor = reactor_resolving()
    assert isinstance(connect(reactor, ConnectTo(), host), AddressRefused)
    assert connected_to(reactor) == []


def test_what_connect_to_names_is_connected_to_whatever_its_address() -> None:
    reactor = reactor_resolving(["127.0.0.1"], ["10.0.0.9"])
    named = ConnectTo.from_setting({"portal.gov.cn:80": "replica:8080"})
    assert connect(reactor, named) is None
    assert connected_to(reactor) == [("127.0.0.1", 8080)]
    assert isinstance(connect(reactor, named, "other.gov.cn"), AddressRefused)


def test_a_name_that_does_not_resolve_is_no_refusal() -> None:
    failure = connect(reactor_resolving([]), ConnectTo())
    assert failure is not None
    assert not isinstance(failure, AddressRefused)
