"""The replica server: one loopback port that is all five portals, in plain HTTP and in TLS.

A connection whose first byte is a TLS handshake (0x16) is answered with a self-signed certificate made at start. The
site is chosen by the Host field. Every exchange is logged with its bytes as received and as sent, so that an archive
can be compared with them. `put` and `remove` edit a portal while it runs, as editors do. The module knows sockets; it
must not know families.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import socketserver
import ssl
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.portals.answer import Answer, Delivery, Page, Request, deliver
from tests.portals.pages import load_sites
from tests.portals.site import Site

TLS_HANDSHAKE: Final = b"\x16"
IDLE_SECONDS: Final = 60.0
MAX_HEADER_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class LoggedExchange:
    """One request and the answer to it: all bytes of both, header block and chunk framing included, TLS removed."""

    host: str
    method: str
    target: str
    request: bytes
    response: bytes
    tls: bool


class ReplicaServer:
    """Serves the replicas while the context is open.

    `port` is the port (0 asks the system for one), `connect_to` the value for the crawler's CONNECT_TO. With
    `keep_log=False` no exchange is kept.
    """

    def __init__(self, port: int = 0, *, keep_log: bool = True, sites: Mapping[str, Site] | None = None) -> None:
        self._sites = {site.host: site for site in (sites or load_sites()).values()}
        self._keep_log = keep_log
        self._exchanges: list[LoggedExchange] = []
        self._edits: dict[tuple[str, str], Page | None] = {}
        self._lock = threading.Lock()
        self._tls = _make_tls_context(list(self._sites))
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
        with self._lock:
            self._exchanges.clear()

    def put(self, url: str, page: Page) -> None:
        """From now on `url` answers `page`: an edited page, a new one, or one that misbehaves."""
        self._edit(url, page)

    def remove(self, url: str) -> None:
        """From now on `url` is gone: the site answers it as it answers any page it does not have."""
        self._edit(url, None)

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

    def respond(self, request: Request) -> bytes:
        """The bytes that answer `request`, logged before they are sent."""
        response = self._answer(request).wire(head=request.method == "HEAD")
        if self._keep_log:
            exchange = LoggedExchange(request.host, request.method, request.target, request.raw, response, request.tls)
            with self._lock:
                self._exchanges.append(exchange)
        return response

    def _answer(self, request: Request) -> Answer:
        now = dt.datetime.now(dt.UTC)
        site = self._sites.get(request.host)
        if site is None:
            return _plain(421, f"no replica of {request.host or 'a request without a host'}", now)
        if request.method not in {"GET", "HEAD"}:
            return _plain(405, "only GET and HEAD", now)
        with self._lock:
            edited = (request.host, request.target) in self._edits
            page = self._edits.get((request.host, request.target))
        if edited:
            return deliver(request, page or site.not_found, site.delivery, now)
        return site.answer(request, now)


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
            stream.sendall(self.server.replica.respond(request))
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


def _make_tls_context(hosts: list[str]) -> ssl.SSLContext:
    """A server context with a fresh self-signed ECDSA certificate for the hosts and for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "replica portals")])
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoded_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "replica.pem"
        path.write_bytes(encoded_key + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)
    return context
