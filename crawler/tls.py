"""How a connection begins through a proxy's tunnel.

Must not know what is sent over the connection, nor which portals need this.
"""

from __future__ import annotations

import re
from typing import Any

from scrapy.exceptions import DownloadFailedError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from archive.http_message import read_head, split_interim

MAX_REPLY_BYTES = 64 * 1024
_BLANK_LINE = re.compile(rb"\n\r?\n")


class ProxyFailed(DownloadFailedError):
    """A proxy could not be reached, or did not reach the host; one line. May pass, so RetryMiddleware tries again."""


class ProxyRefused(Exception):
    """A proxy may not be used as asked, or wants other credentials; one line. Trying again is no use."""


@implementer(IStreamClientEndpoint)
class TunnelEndpoint:
    """Connects to ``authority`` (``host:port``) through a proxy, by CONNECT (RFC 9110, 9.3.6).

    ``endpoint`` leads to the proxy, ``name`` is what errors call it, ``authorization`` the value of Proxy-Authorization (or
    empty). Fails with :class:`ProxyRefused` on 407, with :class:`ProxyFailed` on any other answer but 2xx or none.
    """

    # Scrapy's own tunnel knows IPv4 proxies only, waits for ever for one that hangs up, and cannot be cancelled.

    def __init__(self, endpoint: Any, name: str, authority: str, authorization: str):
        self._endpoint = endpoint
        self._name = name
        self._authority = authority
        credentials = f"Proxy-Authorization: {authorization}\r\n" if authorization else ""
        self._ask = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{credentials}\r\n".encode("ascii")

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:
        """Connect, and give the connection to a protocol of the factory once the tunnel is open."""
        factory = _TunnelFactory(protocolFactory, self._ask, f"proxy {self._name}: no tunnel to {self._authority}: ")
        connected: Deferred[Any] = self._endpoint.connect(factory)
        return connected.addCallback(lambda tunnel: tunnel.opened)


class _TunnelFactory(Factory):
    noisy = False

    def __init__(self, inner: Any, ask: bytes, complaint: str):
        self._inner = inner
        self._ask = ask
        self._complaint = complaint

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _Tunnel(self._inner, self._ask, self._complaint)


class _Tunnel(Protocol):
    """Asks for the tunnel; once it is open, passes everything on. ``opened`` fires with the protocol within."""

    transport: Any

    def __init__(self, factory: Any, ask: bytes, complaint: str):
        self.opened: Deferred[Any] = Deferred(lambda _: self.transport.abortConnection())
        self._factory = factory
        self._ask = ask
        self._complaint = complaint
        self._reply = b""
        self._inner: Any = None

    def connectionMade(self) -> None:
        self.transport.write(self._ask)

    def dataReceived(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.dataReceived(data)
            return
        if self.opened.called:
            return  # given up
        self._reply += data
        answer = split_interim(self._reply)[1]
        head = read_head(answer)
        if head is not None and head.status // 100 == 2:
            self._open(answer[head.length :])
        elif _BLANK_LINE.search(answer) or len(self._reply) > MAX_REPLY_BYTES:
            said = re.sub(r"[^ -~]+", " ", answer[:120].split(b"\n")[0].decode("latin-1")).strip()
            kind = ProxyRefused if head is not None and head.status == 407 else ProxyFailed
            self._give_up(kind(self._complaint + said))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._inner is not None:
            self._inner.connectionLost(reason)
        elif not self.opened.called:
            self._give_up(ProxyFailed(f"{self._complaint}it hung up"))

    def _open(self, rest: bytes) -> None:
        self._inner = self._factory.buildProtocol(self.transport.getPeer())
        self._inner.makeConnection(self.transport)
        self.opened.callback(self._inner)
        if rest:
            self._inner.dataReceived(rest)

    def _give_up(self, error: Exception) -> None:
        self.transport.abortConnection()
        self.opened.errback(error)
