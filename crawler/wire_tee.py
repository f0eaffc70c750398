"""A tee on Twisted's HTTP/1.1 client protocol: what one request sent and received, byte for byte.

Relies on private names of Scrapy 2.19 and Twisted 26.10, hence the pinned range and the fidelity tests. Must not know
what becomes of the bytes, nor Scrapy's requests and responses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientProtocol
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IAddress, IHandshakeListener, ISSLTransport
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS, HTTP11ClientProtocol, Request
from twisted.web.client import HTTPConnectionPool, _HTTP11ClientFactory
from twisted.web.iweb import IResponse
from zope.interface import implementer  # type: ignore[import-untyped]

MAX_HEADER_BYTES = 256 * 1024


class Tee:
    """Bytes of one request and its answer. Begun anew when Twisted repeats the request on a fresh connection.

    ``wire_limit`` bounds the whole answer in bytes, framing included (0: no limit); ``overflow`` says which limit was
    passed. ``ip`` is the address connected to, ``tls`` protocol version and cipher suite as OpenSSL names them.
    """

    def __init__(self, wire_limit: int):
        self._wire_limit = wire_limit
        self.begin("", secured=True)

    def begin(self, ip: str, *, secured: bool, tls: tuple[str, str] = ("", "")) -> None:
        """Forget what an earlier connection gave.

        ``secured`` is False until a TLS handshake ends: nothing leaves before.
        """
        self.ip = ip
        self.secured = secured
        self.tls = tls
        self.done = False
        self.overflow = ""
        self._sent: list[bytes] = []
        self._received: list[bytes] = []
        self._size = 0

    @property
    def sent(self) -> bytes:
        """The request as it left."""
        return b"".join(self._sent) if self.secured else b""

    @property
    def received(self) -> bytes:
        """The answer as it came, interim answers included, up to the end of the message."""
        return b"".join(self._received)

    def send(self, data: bytes) -> None:
        """Take note of bytes given to the connection."""
        self._sent.append(data)

    def receive(self, data: bytes) -> None:
        """Take note of bytes from the connection."""
        self._received.append(data)
        self._size += len(data)

    def finish(self, surplus: int) -> None:
        """The message is complete; the last ``surplus`` bytes received do not belong to it."""
        self.done = True
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
    _tls: tuple[str, str] = ("", "")
    transport: Any

    def handshakeCompleted(self) -> None:
        handle = self.transport.getHandle()
        self._tls = (handle.get_protocol_version_name(), handle.get_cipher_name() or "")
        if self._tee is not None:
            self._tee.secured, self._tee.tls = True, self._tls

    def request(self, request: Any) -> Deferred[IResponse]:
        tee: Tee = request.archive_tee
        secured = bool(self._tls[0]) or not ISSLTransport.providedBy(self.transport)
        tee.begin(self.transport.getPeer().host, secured=secured, tls=self._tls)
        self._tee = tee
        request.writeTo = lambda transport: Request.writeTo(  # type: ignore[no-untyped-call]
            request, _TeeTransport(transport, tee)
        )
        return super().request(request)

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
        super()._finishResponse(rest)
