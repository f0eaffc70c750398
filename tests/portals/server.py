"""The replica server: one loopback port that is all five portals, in plain HTTP and in TLS.

A connection whose first byte is a TLS handshake (0x16) is answered with a self-signed certificate made at start. The
site is chosen by the Host field. Every exchange is logged with its bytes as received and as sent, so that an archive
can be compared with them. `put` and `remove` edit a page while the server runs, `show` a whole portal, `answer_with` and `break_tls`
make it misbehave; `heal` ends all that. The module knows sockets; it must not know families.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from tests.portals.answer import Answer, Delivery, Page, Request, deliver
from tests.portals.behaviour import Behaviour, Rules
from tests.portals.certificate import make_tls_context
from tests.portals.pages import load_sites
from tests.portals.site import Site

TLS_HANDSHAKE: Final = b"\x16"
IDLE_SECONDS: Final = 60.0
MAX_HEADER_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class LoggedExchange:
    """One request and the answer to it: all bytes of both, header block and chunk framing included, TLS removed.

    `arrived` and `answered` are readings of `time.monotonic`, in seconds: when the request was read, and when its
    answer was ready to be sent.
    """

    host: str
    method: str
    target: str
    request: bytes
    response: bytes
    tls: bool
    arrived: float
    answered: float


@dataclass(frozen=True, slots=True)
class Reply:
    """The bytes to send, and whether the connection is reset after them."""

    response: bytes
    reset: bool


class ReplicaServer:
    """Serves the replicas while the context is open.

    `port` is the port (0 asks the system for one), `connect_to` the value for the crawler's CONNECT_TO. With
    `keep_log=False` no exchange is kept.
    """

    def __init__(self, port: int = 0, *, keep_log: bool = True, sites: Mapping[str, Site] | None = None) -> None:
        self._first = {site.host: site for site in (sites or load_sites()).values()}
        self._sites = dict(self._first)
        self._keep_log = keep_log
        self._exchanges: list[LoggedExchange] = []
        self._edits: dict[tuple[str, str], Page | None] = {}
        self._rules = Rules()
        self._no_tls: set[str] = set()
        self._open: Counter[str] = Counter()
        self._peaks: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._tls = make_tls_context(list(self._sites))
        self._tls.sni_callback = self._refuse_tls
        self._server = _Server(("127.0.0.1", port), _Connection, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> ReplicaServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def connect_to(self) -> dict[str, str]:
        """Every host and port, to this server."""
        return {"*": f"127.0.0.1:{self.port}"}

    @property
    def log(self) -> list[LoggedExchange]:
        """The exchanges so far, in the order in which they were answered; empty if no log is kept."""
        with self._lock:
            return list(self._exchanges)

    def clear_log(self) -> None:
        """Forgets the exchanges and the peaks."""
        with self._lock:
            self._exchanges.clear()
            self._peaks.clear()

    def peak(self, host: str) -> int:
        """The most requests to `host` that were open at one time: arrived, and their answer not ready to be sent."""
        with self._lock:
            return self._peaks[host]

    def put(self, url: str, page: Page) -> None:
        """From now on `url` answers `page`: an edited page, a new one, or one that misbehaves."""
        self._edit(url, page)

    def remove(self, url: str) -> None:
        """From now on `url` is gone: the site answers it as it answers any page it does not have."""
        self._edit(url, None)

    def site(self, host: str) -> Site:
        """What this host shows now, pages that were put or removed apart. Raises KeyError for an unknown host."""
        with self._lock:
            return self._sites[host]

    def show(self, site: Site) -> None:
        """From now on the host of this site is this site. Raises KeyError if the server has no such host."""
        with self._lock:
            if site.host not in self._sites:
                raise KeyError(f"no replica of {site.host}")
            self._sites[site.host] = site

    def answer_with(self, where: str, behaviour: Behaviour, times: int | None = None) -> None:
        """From now on, or for the next `times` requests, what `where` names behaves so: an address, a host, a pattern.

        A pattern (`fnmatch`) is compared with the whole address, as sent and decoded without spaces. Where several
        match, the first given counts. A behaviour with a page outranks `put`.
        """
        self._rules.add(where, behaviour, times)

    def break_tls(self, host: str) -> None:
        """From now on a TLS handshake with `host` fails (alert 40); in plain HTTP it answers everything it has."""
        with self._lock:
            self._no_tls.add(host)

    def mend_tls(self, host: str) -> None:
        """From now on TLS with `host` works again."""
        with self._lock:
            self._no_tls.discard(host)

    def heal(self) -> None:
        """Everything answers as when the server was started. The log stays."""
        self._rules.clear()
        with self._lock:
            self._sites = dict(self._first)
            self._edits.clear()
            self._no_tls.clear()

    def _refuse_tls(self, stream: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        with self._lock:
            return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE if name in self._no_tls else None

    def _edit(self, url: str, page: Page | None) -> None:
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        with self._lock:
            self._edits[(parts.hostname or "", target)] = page

    def tls_stream(self, connection: socket.socket) -> ssl.SSLSocket:
        """The connection after the server's side of a TLS handshake.

        Raises ssl.SSLError if the client breaks it off.
        """
        return self._tls.wrap_socket(connection, server_side=True)

    def respond(self, request: Request) -> Reply:
        """What to send in answer to `request`; logged before it is sent."""
        arrived, host = time.monotonic(), request.host
        with self._lock:
            self._open[host] += 1
            self._peaks[host] = max(self._peaks[host], self._open[host])
        behaviour = self._rules.take(request)
        time.sleep(behaviour.delay)
        response = self._answer(request, behaviour).wire(head=request.method == "HEAD")
        reset = behaviour.reset_after is not None
        if reset:
            response = response[: behaviour.reset_after]
        with self._lock:
            self._open[host] -= 1
            if self._keep_log:
                times = (arrived, time.monotonic())
                self._exchanges.append(
                    LoggedExchange(host, request.method, request.target, request.raw, response, request.tls, *times)
                )
        return Reply(response, reset)

    def _answer(self, request: Request, behaviour: Behaviour) -> Answer:
        now = dt.datetime.now(dt.UTC)
        with self._lock:
            site = self._sites.get(request.host)
            edited = (request.host, request.target) in self._edits
            page = self._edits.get((request.host, request.target))
            plain_only = request.host in self._no_tls
        if site is None:
            return _plain(421, f"no replica of {request.host or 'a request without a host'}", now)
        if request.method not in {"GET", "HEAD"}:
            return _plain(405, "only GET and HEAD", now)
        instead = behaviour.find_page(request)
        if instead is not None or edited:
            return deliver(request, instead or page or site.not_found, site.delivery, now)
        return site.answer(replace(request, tls=True) if plain_only else request, now)


def _plain(status: int, text: str, now: dt.datetime) -> Answer:
    page = Page(f"{text}\n".encode(), now, "text/plain; charset=utf-8", status, validators=False)
    return deliver(Request("GET", "/"), page, Delivery(), now)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], handler: type[_Connection], replica: ReplicaServer) -> None:
        self.replica = replica
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, handler)

    @contextlib.contextmanager
    def tracked(self, connection: socket.socket) -> Iterator[None]:
        """Remembers the connection, so that closing the server ends it."""
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)

    def close_connections(self) -> None:
        with self._lock:
            remaining = list(self._open)
        for connection in remaining:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Connection(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        connection = self.request
        connection.settimeout(IDLE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A client that hangs up, stays silent or breaks off the handshake ends its connection and nothing else.
        with self.server.tracked(connection), contextlib.suppress(OSError):
            if connection.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE:
                stream = self.server.replica.tls_stream(connection)
                with stream:
                    self._serve(stream, tls=True)
            else:
                self._serve(connection, tls=False)

    def _serve(self, stream: socket.socket, *, tls: bool) -> None:
        buffer = b""
        while True:
            request, buffer = _read_request(stream, buffer, tls=tls)
            if request is None:
                return
            reply = self.server.replica.respond(request)
            stream.sendall(reply.response)
            if reply.reset:
                # Not to linger means RST instead of FIN (socket(7), SO_LINGER).
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                stream.close()
                return
            wanted = (request.header("Connection") or "").lower()
            if wanted == "close" or (request.version == "HTTP/1.0" and wanted != "keep-alive"):
                return


def _read_request(stream: socket.socket, buffer: bytes, *, tls: bool) -> tuple[Request | None, bytes]:
    """The next request and what was received after it; None at the end of the stream or where no request is readable."""
    while b"\r\n\r\n" not in buffer:
        received = stream.recv(65_536)
        if not received or len(buffer) > MAX_HEADER_BYTES:
            return None, b""
        buffer += received
    head, _, rest = buffer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        return None, b""
    pairs = [line.partition(":") for line in lines]
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    length = next((int(value) for name, value in headers if name.lower() == "content-length" and value.isdigit()), 0)
    while len(rest) < length:
        received = stream.recv(65_536)
        if not received:
            return None, b""
        rest += received
    body, rest = rest[:length], rest[length:]
    raw = head + b"\r\n\r\n" + body
    return Request(words[0], words[1], headers, body, tls, words[2], raw), rest
