"""One answer of a server, written out in bytes, and what the archive must hold of it."""

from __future__ import annotations

from dataclasses import dataclass, field

GBK = "信息公开".encode("gbk")
RECORD = b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
TEXT = "政府信息公开工作年度报告".encode() * 40
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


def chunks(*pieces: bytes, extension: bytes = b"", end: bytes = b"0\r\n\r\n") -> bytes:
    """Chunked transfer coding of ``pieces``, sizes in upper-case hexadecimal."""
    return b"".join(b"%X%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces) + end


@dataclass(frozen=True)
class Answer:
    """One case. The server sends ``interim``, ``message``, ``surplus`` in dribbles, then ends the connection, resets it,
    ends it without TLS's own farewell (``abrupt``), or hangs.

    ``message`` is what the response record must hold; of one ``refused``, or too long, its beginning. ``body`` is what the
    spider must see (``None``: the fetch fails with ``error``).
    """

    message: bytes
    body: bytes | None = b""
    interim: bytes = b""
    surplus: bytes = b""
    close: bool = False
    hang: bool = False
    reset: bool = False
    abrupt: bool = False
    refused: bool = False
    truncated: str = ""
    error: str = ""
    method: str = "GET"
    sent_body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    meta: dict[str, object] = field(default_factory=dict)

    def truncated_over(self, scheme: str) -> str:
        """WARC-Truncated: without the farewell, the end of the connection is not that of the message (RFC 9112, 9.8)."""
        unsure = self.abrupt and scheme == "https" and b"Content-Length" not in self.message
        return "disconnect" if unsure else self.truncated


def ok(body: bytes, head: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
