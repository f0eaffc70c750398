"""Where connections may go: CONNECT_TO, proxies, and the guard that keeps every other connection on the public internet.

The guard judges the resolved address of every single connection and hands exactly that address to the socket, so that
redirects, robots.txt and names that resolve differently the second time are covered. Must not know HTTP or what is
fetched.
"""

from __future__ import annotations

import base64
import json
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Self, cast
from urllib.parse import unquote

from scrapy.exceptions import UnsupportedURLSchemeError
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IHostnameResolver,
    IProtocol,
    IProtocolFactory,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.python.failure import Failure
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.tls import TunnelEndpoint

# IANA IPv4 Special-Purpose Address Registry: everything not globally reachable, and multicast.
_REFUSED_IPV4 = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_UNICAST_IPV6 = ip_network("2000::/3")  # all else is unassigned, mapped, local, multicast or judged below
_REFUSED_IPV6 = tuple(ip_network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20"))
# Networks whose addresses stand for an IPv4 address: where it is embedded (bits from the right), and whether inverted.
_EMBEDDING_IPV6 = {
    ip_network("64:ff9b::/96"): ((0, False),),  # NAT64, RFC 6052
    ip_network("64:ff9b:1::/96"): (
        (0, False),
    ),  # of the local-use NAT64 prefixes, RFC 8215; the rest of its /48 is refused
    ip_network("2002::/16"): ((80, False),),  # 6to4, RFC 3056
    ip_network("2001::/32"): ((64, False), (0, True)),  # Teredo, RFC 4380: server and client
}

_HOST_NAME = re.compile(r"[a-z0-9_.-]+", re.IGNORECASE)
_SCHEME = re.compile(r"(?!http://)([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_PROXY = re.compile(
    r"http://(?:(?P<user>[^:/?#@\\\s]*)(?::(?P<password>[^/?#@\\\s]*))?@)?(?P<host>[a-z0-9_.-]+|\[[0-9a-f:.]+\]):(?P<port>[0-9]{1,5})/?",
    re.IGNORECASE,
)


class AddressRefused(Exception):
    """A host has no address that may be connected to; one line naming the host and what it resolved to."""


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address is global unicast. Embedded IPv4 addresses are judged; IPv4-mapped ones never
    pass.

    Raises ValueError when the text is no address.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _REFUSED_IPV4)
    if parsed.scope_id:
        return False
    for network, places in _EMBEDDING_IPV6.items():
        if parsed in network:
            return all(is_public(str(_embedded(parsed, shift, inverted))) for shift, inverted in places)
    return parsed in _GLOBAL_UNICAST_IPV6 and not any(parsed in network for network in _REFUSED_IPV6)


def _embedded(address: IPv6Address, shift: int, inverted: bool) -> IPv4Address:
    bits = (int(address) >> shift) & 0xFFFFFFFF
    return IPv4Address(bits ^ 0xFFFFFFFF if inverted else bits)


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """Where connections go instead, as with curl's ``--connect-to``: URLs, Host headers and TLS names stay as they are.

    What is named here is connected to whatever its address; it is the only way to an address that is not public.
    """

    targets: Mapping[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    everything: tuple[str, int] | None = None

    @classmethod
    def from_setting(cls, value: object) -> Self:
        """Read CONNECT_TO: a JSON object ``{"host:port": "host:port"}``, ``"*"`` allowed as key; empty means none.

        Raises ValueError with one line.
        """
        if not value:
            return cls()
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError as error:
                raise ValueError(f"not a JSON object ({error})") from error
        if not isinstance(value, Mapping):
            raise ValueError('not a JSON object of the form {"host:port": "host:port"}')
        targets = {_host_and_port(key): _host_and_port(target) for key, target in value.items() if key != "*"}
        return cls(targets, _host_and_port(value["*"]) if "*" in value else None)

    def target(self, host: str, port: int) -> tuple[str, int] | None:
        """Where a connection to ``host`` and ``port`` goes instead, or ``None``."""
        return self.targets.get((host.lower().strip("[]"), port), self.everything)

    def covers(self, hosts: Iterable[tuple[str, int]]) -> bool:
        """Whether every one of these hosts and ports is named."""
        return all(self.target(host, port) is not None for host, port in hosts)


def _host_and_port(text: object) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not host or (":" in host) != bracketed or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"{text!r} is not of the form 'host:port'")
    return host.lower(), int(port)


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. Connections to it go wherever the operator named it; as text it shows no credentials.

    ``host`` is an IPv6 address without brackets, or a name or IPv4 address; ``authorization`` the value of
    Proxy-Authorization, empty without credentials.
    """

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read ``http://host:port`` or ``http://user:password@host:port``, user and password percent-encoded.

        Raises ValueError with one line that repeats nothing of a URL that may hold credentials.
        """
        if scheme := _SCHEME.match(url):
            raise ValueError(f"{scheme[1]} proxies are not supported: name an http:// proxy")
        parts = _PROXY.fullmatch(url)
        if parts is None or not 0 < int(parts["port"]) < 65536:
            raise ValueError('is not of the form "http://host:port" or "http://user:password@host:port"')
        host = parts["host"].lower().strip("[]")
        if ":" in host and not isIPv6Address(host):
            raise ValueError("host in brackets is no IPv6 address")
        if parts["user"] is None:
            return cls(host, int(parts["port"]))
        credentials = f"{unquote(parts['user'])}:{unquote(parts['password'] or '')}".encode()
        return cls(host, int(parts["port"]), f"Basic {base64.b64encode(credentials).decode('ascii')}")

    def __str__(self) -> str:
        return f"http://{'***@' if self.authorization else ''}{_authority(self.host, self.port)}"


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _check_behind_proxy(host: str) -> None:
    """Refuse a host that is written as an address and not public: a name is resolved by the proxy and cannot be judged.

    Raises AddressRefused. The short and numeric spellings of IPv4 addresses (``127.1``, ``2130706433``) are addresses too.
    """
    if isIPv6Address(host):
        address = host
    elif not _HOST_NAME.fullmatch(host):
        raise AddressRefused(f"{host}: not a host name that a proxy may be asked for")
    else:
        name = host.lower().rstrip(".")
        try:
            address = socket.inet_ntoa(socket.inet_aton(name))
        except OSError:
            address = "127.0.0.1" if name.rpartition(".")[2] == "localhost" else ""  # RFC 6761, 6.3
    if address and not is_public(address):
        raise AddressRefused(f"{host}: {address} is not on the public internet; a proxy is not asked for it")


@implementer(IReactorPluggableNameResolver)
class _GuardedReactor:
    """The reactor, with a name resolver that passes on public addresses only. ``refused`` collects the others."""

    def __init__(self, reactor: Any):
        self._reactor = reactor
        self.refused: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    @property
    def nameResolver(self) -> _GuardedResolver:
        return _GuardedResolver(self._reactor.nameResolver, self.refused)

    def installNameResolver(self, resolver: Any) -> Any:
        return self._reactor.installNameResolver(resolver)


@implementer(IHostnameResolver)
class _GuardedResolver:
    def __init__(self, resolver: Any, refused: list[str]):
        self._resolver = resolver
        self._refused = refused

    def resolveHostName(self, resolutionReceiver: Any, *args: Any, **kwargs: Any) -> Any:
        return self._resolver.resolveHostName(_PublicOnly(resolutionReceiver, self._refused), *args, **kwargs)


@implementer(IResolutionReceiver)
class _PublicOnly:
    def __init__(self, receiver: Any, refused: list[str]):
        self._receiver = receiver
        self._refused = refused

    def resolutionBegan(self, resolutionInProgress: object) -> None:
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:
        host = str(address.host)
        if is_public(host):
            self._receiver.addressResolved(address)
        else:
            self._refused.append(host)

    def resolutionComplete(self) -> None:
        self._receiver.resolutionComplete()


@implementer(IStreamClientEndpoint)
class GuardedEndpoint:
    """Connects to a host on one of its public addresses, the fastest, or where CONNECT_TO says.

    The connection fails with :class:`AddressRefused` when the host resolves to other addresses only. ``named`` says that
    the operator named the host: then any address will do.
    """

    def __init__(
        self, reactor: Any, host: str, port: int, connect_to: ConnectTo, *, named: bool = False, **options: Any
    ):
        target = connect_to.target(host, port)
        self._host = host
        self._named = named or target is not None
        self._guard = _GuardedReactor(reactor)
        self._reactor = reactor if self._named else self._guard
        self._place = target or (host, port)
        self._options = options

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; a literal address is judged as it stands, for the resolver might not know its kind."""
        literal = isIPAddress(self._host) or isIPv6Address(self._host)
        if literal and not self._named and not is_public(self._host):
            return fail(self._refusal([self._host]))
        # Not made before: most requests go out on a connection that there is.
        endpoint = HostnameEndpoint(self._reactor, *self._place, **self._options)
        return endpoint.connect(protocolFactory).addErrback(self._explain)

    def _explain(self, failure: Failure) -> Failure:
        if isinstance(failure.value, DNSLookupError) and self._guard.refused:
            raise self._refusal(self._guard.refused) from failure.value
        return failure

    def _refusal(self, addresses: Iterable[str]) -> AddressRefused:
        listed = ", ".join(sorted(set(addresses)))
        return AddressRefused(
            f"{self._host}: {listed} is not on the public internet; name the host in CONNECT_TO if you mean it"
        )


@implementer(IAgentEndpointFactory)
class GuardedEndpointFactory:
    """Guarded endpoints for http and https URLs. ``options`` are those of HostnameEndpoint (timeout, bindAddress).

    With a proxy those of http URLs lead to the proxy, those of https URLs through it: CONNECT_TO then has its meaning for
    the proxy, and none for the host of the URL.
    """

    def __init__(self, reactor: Any, tls: Any, connect_to: ConnectTo, proxy: Proxy | None = None, **options: Any):
        self._reactor = reactor
        self._tls = tls
        self._connect_to = connect_to
        self._proxy = proxy
        self._options = options
        self._bindAddress = options.get("bindAddress")  # part of the agent's key for pooled connections

    def endpointForURI(self, uri: URI) -> Any:
        """The endpoint of a URL; over TLS the certificate name and SNI are those of the URL.

        Raises AddressRefused for an address that a proxy must not be asked for.
        """
        if uri.scheme not in (b"http", b"https"):
            raise UnsupportedURLSchemeError(uri.scheme.decode("ascii", "replace"))
        endpoint = self._plain(uri.host.decode("ascii"), uri.port, tunnel=uri.scheme == b"https")
        if uri.scheme == b"http":
            return endpoint
        return wrapClientTLS(self._tls.creatorForNetloc(uri.host, uri.port), cast(Any, endpoint))

    def _plain(self, host: str, port: int, *, tunnel: bool) -> GuardedEndpoint | TunnelEndpoint:
        proxy = self._proxy
        if proxy is None:
            return GuardedEndpoint(self._reactor, host, port, self._connect_to, **self._options)
        _check_behind_proxy(host)
        endpoint = GuardedEndpoint(self._reactor, proxy.host, proxy.port, self._connect_to, named=True, **self._options)
        if not tunnel:
            return endpoint
        return TunnelEndpoint(endpoint, str(proxy), _authority(host, port), proxy.authorization)
