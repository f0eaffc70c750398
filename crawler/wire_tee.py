"""A tee on Twisted's HTTP/1.1 client protocol: what one request sent and received, byte for byte.

Relies on private names of Scrapy 2.19 and Twisted 26.10, hence the pinned range and the fidelity tests. Must not know
what becomes of the bytes, nor Scrapy's requests and responses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientProtocol
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IAddress, IHandshakeListener, ISSLTransport
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol, Request
from twisted.web.client import HTTPConnectionPool, _HTTP11ClientFactory
from twisted.web.iweb import IResponse
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.certificates import Handshake

MAX_HEADER_BYTES = 256 * 1024


class Tee:
    """Bytes of one request and its answer. Begun anew when Twisted repeats the request on a fresh connection.

    ``wire_limit`` bounds the whole answer in bytes, framing included (0: no limit); ``overflow`` says which limit was
    passed. ``ip`` is the address connected to, ``handshake`` that of a connection over TLS. ``done``: the message came to
    its end; ``lost``: the connection came to its end first, or with it; ``cut``: and not in order.
    """

    def __init__(self, wire_limit: int):
        self._wire_limit = wire_limit
        self.begin("", None)

    def begin(self, ip: str, handshake: Handshake | None) -> None:
        """Forget what an earlier connection gave."""
        self.ip = ip
        self.handshake = handshake
        self.done = False
        self.lost = False
        self.cut = False
        self.overflow = ""
        self._sent: list[bytes] = []
        self._received: list[bytes] = []
        self._size = 0

    @property
    def sent(self) -> bytes:
        """The request as it left; nothing leaves before a TLS handshake ends."""
        return b"".join(self._sent) if self.handshake is None or self.handshake.version else b""

    @property
    def received(self) -> bytes:
        """The answer as it came, interim answers included, up to the end of the message."""
        if len(self._received) > 1:
            self._received = [b"".join(self._received)]
        return self._received[0] if self._received else b""

    def send(self, data: bytes) -> None:
        """Take note of bytes given to the connection."""
        self._sent.append(data)

    def receive(self, data: bytes) -> None:
        """Take note of bytes from the connection."""
        self._received.append(data)
        self._size += len(data)

    def finish(self, surplus: int) -> None:
        """The message is complete; the last ``surplus`` bytes received do not belong to it."""
        self.done = not self.cut
        if surplus:
            self._received = [self.received[:-surplus]]

    def over_limit(self, *, in_header: bool) -> bool:
        """Whether more has come than may come."""
        limit = MAX_HEADER_BYTES if in_header else self._wire_limit
        if not limit or self._size <= limit:
            return False
        self.overflow = f"the {'header' if in_header else 'answer'} is longer than {limit} bytes on the wire"
        return True


class TeePool:
    """The connection pool as one request sees it: connections that hang the tee on what is sent through them."""

    def __init__(self, pool: HTTPConnectionPool, tee: Tee):
        self._pool = pool
        self._tee = tee
        self.persistent = pool.persistent

    def getConnection(self, key: Any, endpoint: Any) -> Deferred[_TeeConnection]:
        """As HTTPConnectionPool."""
        connected: Deferred[Any] = self._pool.getConnection(key, endpoint)
        return connected.addCallback(_TeeConnection, self._tee)


class TeeFactory(_HTTP11ClientFactory):
    """Builds the connections of a pool; every request on them must come through a TeePool."""

    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        """As _HTTP11ClientFactory."""
        return _TeeProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class _TeeConnection:
    """Marks a request with its tee:

    Twisted's Request is the one object both sides see, and it survives the repetition.
    """

    def __init__(self, connection: Any, tee: Tee):
        self._connection = connection
        self._tee = tee

    def request(self, request: Any) -> Deferred[IResponse]:
        request.archive_tee = self._tee
        answered: Deferred[IResponse] = self._connection.request(request)
        return answered


class _TeeTransport:
    """The transport a request is written to."""

    def __init__(self, transport: Any, tee: Tee):
        self._transport = transport
        self._tee = tee

    def write(self, data: bytes) -> None:
        self._tee.send(data)
        self._transport.write(data)

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


@implementer(IHandshakeListener)
class _TeeProtocol(_LenientHTTP11ClientProtocol):
    """One connection; the tee is that of the exchange under way."""

    _tee: Tee | None = None
    _handshake: Handshake | None = None
    transport: Any

    def connectionMade(self) -> None:
        if ISSLTransport.providedBy(self.transport):
            self._handshake = Handshake(self.transport.getHandle())
        super().connectionMade()

    def handshakeCompleted(self) -> None:
        if self._handshake is not None:
            self._handshake.complete()

    def request(self, request: Any) -> Deferred[IResponse]:
        tee: Tee = request.archive_tee
        tee.begin(self.transport.getPeer().host, self._handshake)
        self._tee = tee
        request.writeTo = lambda transport: Request.writeTo(  # type: ignore[no-untyped-call]
            request, _TeeTransport(transport, tee)
        )
        answered = super().request(request)
        if self._parser is not None:
            self._parser.MAX_LENGTH = MAX_HEADER_BYTES  # of a line; Twisted would hang up at 16 KiB
        return answered

    def dataReceived(self, data: bytes) -> None:
        if self._tee is not None:
            self._tee.receive(data)
        super().dataReceived(data)  # type: ignore[no-untyped-call]
        if self._tee is None or self._parser is None:
            return
        if self._tee.over_limit(in_header=self._parser.state in (STATUS, HEADER)):
            self._tee = None
            self.transport.abortConnection()
            failure = Failure(ConnectionAborted())  # type: ignore[no-untyped-call]
            self._disconnectParser(failure)  # type: ignore[no-untyped-call]

    def _finishResponse(self, rest: bytes) -> None:
        # The end of the message. Detach first: the next request may start inside the call.
        if self._tee is not None:
            self._tee.finish(len(rest))
            self._tee = None
        if rest and self._currentRequest is not None:
            self._currentRequest.persistent = False  # more of it may follow, and would be taken for the next answer
        super()._finishResponse(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._tee is not None:
            self._tee.lost = True
            # Reset; or over TLS ended without close_notify, which could be anybody's doing (RFC 9112, 9.8).
            self._tee.cut = not isinstance(reason.value, ConnectionDone)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
