"""A server on loopback that sends exactly the bytes it is told to, in dribbles, and keeps exactly the bytes it got."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.crawler.answer import Answer
from tests.crawler.loopback import LoopbackServer

HANG_SECONDS = 30.0


def tls_context(folder: Path, rsa_bits: int = 0) -> ssl.SSLContext:
    """A server context with a certificate made on the spot, on an elliptic curve or an RSA key of this many bits."""
    key = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if rsa_bits:
        context.set_ciphers("ALL:@SECLEVEL=0")  # else a short key is not loaded
    context.load_cert_chain(pem)
    return context


class RawServer(LoopbackServer):
    """Answers ``/NAME`` with ``answers[NAME]``; ``requests[NAME]`` are the requests as received, ``sent[NAME]`` what
    was sent, ``connections`` how many there were.

    The path ``/stale`` is answered once per connection; a second request on the same connection closes it unanswered.
    """

    def __init__(self, answers: dict[str, Answer], context: ssl.SSLContext | None = None, address: str = "127.0.0.1"):
        super().__init__(address)
        self._answers = answers
        self._context = context
        self.requests: dict[str, list[bytes]] = defaultdict(list)
        self.sent: dict[str, bytes] = {}

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = self._context.wrap_socket(connection, server_side=True) if self._context else connection
            served = 0
            while request := read_request(stream):
                name = request.split(b" ", 2)[1].decode("ascii").lstrip("/")
                self.requests[name].append(request)
                served += 1
                if name.startswith("stale") and served > 1:
                    return
                if not self._answer(stream, name):
                    return

    def _answer(self, stream: socket.socket, name: str) -> bool:
        answer = self._answers[name]
        data = answer.interim + answer.message + answer.surplus
        step = 1371 if len(data) > 4096 else 23
        for start in range(0, len(data), step):
            stream.sendall(data[start : start + step])
            time.sleep(0.0002)
        self.sent[name] = data
        if answer.hang:
            time.sleep(HANG_SECONDS)
        if answer.reset:
            time.sleep(0.2)  # what was sent is to be read first: a reset overtakes it
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if answer.close and isinstance(stream, ssl.SSLSocket):
            stream.unwrap()
        return not (answer.close or answer.hang or answer.reset or answer.abrupt)


def read_request(stream: socket.socket) -> bytes:
    """The next request of a connection, body included; empty when it ended."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = stream.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += stream.recv(65536)
    return head + b"\r\n\r\n" + body
