"""A server on loopback whose bodies cannot be compressed and are up to 30 MB long, and its own account of what it served.

Any host, plain HTTP: ``/SIZE/NUMBER`` answers so many bytes, always the same for the same path. Must not know who asks.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

ROBOTS = b"User-agent: *\nDisallow:\n"


def body_of(path: str) -> bytes:
    """What is served at ``/SIZE/NUMBER``."""
    _, size, number = path.split("/")
    return random.Random(f"{size}/{number}").randbytes(int(size))


class HeavyServer:
    """Serves while the context is open. ``asked`` counts requests by path, ``served`` those answered to the last byte."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.served: Counter[str] = Counter()
        self.digests: dict[str, str] = {}  # SHA-256 of the body, by path
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == "/robots.txt":
                    body, kind = ROBOTS, "text/plain"
                else:
                    body, kind = body_of(self.path), "application/zip"
                    server.asked[self.path] += 1
                    server.digests[self.path] = hashlib.sha256(body).hexdigest()
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                server.served[self.path] += 1

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # its client was killed

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
