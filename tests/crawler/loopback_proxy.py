"""An HTTP proxy on loopback: absolute form and CONNECT, passwords on request, and it keeps exactly the bytes it got."""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import threading
import time
from collections.abc import Mapping

from tests.crawler.loopback import LoopbackServer
from tests.crawler.raw_server import read_request

_ABSOLUTE = re.compile(rb"\A([A-Z]+) http://([^/ ]+)(/[^ ]*) ")
_CREDENTIALS = re.compile(rb"(?i)\r\nproxy-authorization: ([^\r]*)")
DEMAND = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nwho?"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 loopback\r\n\r\n"


class LoopbackProxy(LoopbackServer):
    """Leads ``host:port`` to the port of 127.0.0.1 that ``upstream`` names; what it does not name gets 502.

    ``user`` (``name:password``) is demanded if given. ``reply`` is answered to every CONNECT instead of opening a tunnel; an empty
    one hangs up, ``None`` opens. ``silent`` never answers one. ``requests`` are requests as received, CONNECT included,
    ``connections`` counts.
    """

    def __init__(
        self, upstream: Mapping[str, int], user: str = "", reply: bytes | None = None, *, silent: bool = False
    ):
        super().__init__()
        self._upstream = upstream
        self._credentials = base64.b64encode(user.encode())
        self._reply = reply
        self._silent = silent
        self.requests: list[bytes] = []

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            upstream = None
            while request := read_request(client):
                self.requests.append(request)
                if not self._authorized(request):
                    client.sendall(DEMAND)
                elif request.startswith(b"CONNECT "):
                    self._tunnel(client, request.split(b" ", 2)[1].decode("ascii"))
                    return
                elif absolute := _ABSOLUTE.match(request):
                    upstream = upstream or self._connect(client, absolute[2].decode("ascii"), 80)
                    if upstream is None:
                        return
                    origin = absolute[1] + b" " + absolute[3] + b" " + request[absolute.end() :]
                    upstream.sendall(_CREDENTIALS.sub(b"", origin, count=1))
                else:
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    def _authorized(self, request: bytes) -> bool:
        given = _CREDENTIALS.search(request.partition(b"\r\n\r\n")[0])
        return not self._credentials or (given is not None and given[1] == b"Basic " + self._credentials)

    def _connect(self, client: socket.socket, authority: str, default_port: int) -> socket.socket | None:
        key = authority if re.search(r":\d+$", authority) else f"{authority}:{default_port}"
        if key not in self._upstream:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return None
        upstream = socket.create_connection(("127.0.0.1", self._upstream[key]))
        threading.Thread(target=_pump, args=(upstream, client), daemon=True).start()
        return upstream

    def _tunnel(self, client: socket.socket, authority: str) -> None:
        if self._silent:
            client.recv(1)  # until the client gives up
            return
        if self._reply is not None:
            client.sendall(self._reply)
            return
        if authority not in self._upstream:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        for start in range(0, len(ESTABLISHED), 23):  # a tunnel begins behind the blank line, wherever packets end
            client.sendall(ESTABLISHED[start : start + 23])
            time.sleep(0.001)
        upstream = self._connect(client, authority, 443)
        if upstream is not None:
            _pump(client, upstream)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
