"""HTTP/1.x messages as bytes: head, framing, content codings.

Reads what servers really send: bare LF, folded lines, header lines without a colon, bodies cut short. One
implementation serves the crawl and every later reading of the archive, so that both see the same body. Must not know
WARC or where the bytes came from.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

DECODED_LIMIT = 64 * 1024 * 1024
_STEP = 64 * 1024
_BLANK_LINE = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/\d\.\d 1(?!01)\d\d[ \r\n]")
_STATUS = re.compile(rb"[0-9]{1,9}")  # three digits (RFC 9110, 15); more than these are no number to anyone
# A size line, or as much of one as there is.
_SIZE_LINE = re.compile(rb"[ \t]*(?:[0-9A-Fa-f]{1,16}[ \t]*(?:;|\r?\n|\r?\Z)|\Z)")
_GZIP = {"gzip": 31, "x-gzip": 31}


class BodyTooLarge(ValueError):
    """A body decodes to more than the limit in bytes."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status line and header fields, in the order and case sent; values are Latin-1 text, obs-fold (RFC 9112, 5.2)
    joined.
    """

    version: str
    status: int
    headers: tuple[tuple[str, str], ...]
    length: int

    def values(self, name: str) -> list[str]:
        """All values of a field, by name without regard to case."""
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def chunked(self) -> bool:
        """Whether the body has the chunked transfer coding."""
        return any("chunked" in value.lower() for value in self.values("transfer-encoding"))

    @property
    def content_codings(self) -> list[str]:
        """Content codings in the order they were applied."""
        tokens = ",".join(self.values("content-encoding")).split(",")
        return [token.strip().lower() for token in tokens if token.strip()]


def split_interim(received: bytes) -> tuple[bytes, bytes]:
    """Separate leading interim answers (1xx without 101; RFC 9110, 15.2) from the final answer."""
    start = 0
    while _INTERIM.match(received, start) and (blank := _BLANK_LINE.search(received, start)):
        start = blank.end()
    return received[:start], received[start:]


def read_head(message: bytes) -> Head | None:
    """The head of a response, or ``None`` where it is incomplete or does not begin with an HTTP status line."""
    blank = _BLANK_LINE.search(message)
    if blank is None:
        return None
    lines = [line.removesuffix(b"\r") for line in message[: blank.start()].split(b"\n")]
    parts = lines[0].split(b" ", 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not _STATUS.fullmatch(parts[1]):
        return None
    unfolded: list[bytes] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1] += line
        else:
            unfolded.append(line)
    pairs = (line.decode("latin-1").split(":", 1) for line in unfolded if b":" in line)
    headers = tuple((name, value.strip()) for name, value in pairs)
    return Head(parts[0].decode("latin-1"), int(parts[1]), headers, blank.end())


def entity_body(message: bytes, head: Head | None = None) -> bytes:
    """The body with the transfer coding removed and content codings kept; empty where the head is incomplete."""
    head = head or read_head(message)
    if head is None:
        return b""
    return Dechunker().feed(message[head.length :]) if head.chunked else message[head.length :]


def payload_digest(body: bytes) -> str:
    """``sha256:<lower-case hex>``."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


class Dechunker:
    """Joins chunk data (RFC 9112, 7.1) that is fed in pieces; of a body cut short or malformed, what stands before the
    fault. ``complete`` once the last chunk was seen.

    A body that does not begin with a chunk is no chunked one, whatever its header says, and comes out as it is: crawlers that
    drive a browser archive bodies without their codings, and not all of them change the header.
    """

    def __init__(self) -> None:
        self.complete = False
        self._beginning: bytes | None = b""  # what was fed before it was clear what the body is
        self._plain = False
        self._broken = False
        self._line = b""  # of a size line, what was fed so far
        self._left = 0  # bytes of the chunk still to come
        self._line_end = 0  # bytes of the line end behind a chunk still to come; -1: not known yet

    def feed(self, data: bytes) -> bytes:
        """The chunk data in the next bytes of the body."""
        if self._beginning is not None:
            data = self._beginning + data
            line = _SIZE_LINE.match(data)
            self.complete = line is None
            self._beginning = data if line is not None and line.end() == len(data) else None
            if self._beginning is not None:
                return b""
            self._plain = self.complete
        if self._plain:
            return data
        out = bytearray()
        position = 0
        while position < len(data) and not (self.complete or self._broken):
            if self._left:
                piece = data[position : position + self._left]
                out += piece
                position += len(piece)
                self._left -= len(piece)
                self._line_end = -1
            elif self._line_end:
                if self._line_end < 0:
                    self._line_end = 2 if data[position : position + 1] == b"\r" else 1
                position += 1
                self._line_end -= 1
            else:
                position = self._read_size(data, position)
        return bytes(out)

    def _read_size(self, data: bytes, position: int) -> int:
        """Read a size line, or as much of it as is there; returns the position behind it."""
        eol = data.find(b"\n", position)
        end = eol if eol >= 0 else len(data)
        self._line += data[position:end]
        size_text = self._line.split(b";", 1)[0].strip()
        self._broken = len(self._line) > _STEP
        if eol < 0 or self._broken:
            return end
        self._line = b""
        self._broken = not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size_text)
        self._left = 0 if self._broken else int(size_text, 16)
        self.complete = not self._broken and self._left == 0
        return eol + 1


def decode_content(body: bytes, codings: Iterable[str], limit: int = DECODED_LIMIT) -> tuple[bytes, list[str]]:
    """Undo content codings, last applied first; returns the body and the codings still on it.

    gzip and deflate (zlib or raw) are known. Of a stream cut short or corrupt, as much as decodes is returned; a coding
    of which nothing decodes, and one unknown, stays on. Raises BodyTooLarge beyond ``limit`` bytes.
    """
    left = list(codings)
    while left:
        coding = left[-1]
        if coding == "identity" or not body:
            left.pop()
            continue
        if coding in _GZIP:
            decoded = _inflate(body, _GZIP[coding], limit)
        elif coding == "deflate":
            decoded = _inflate(body, 15, limit) or _inflate(body, -15, limit)
        else:
            break
        if decoded is None:
            break
        body = decoded
        left.pop()
    return body, left


def _inflate(data: bytes, wbits: int, limit: int) -> bytes | None:
    """Inflate all members in steps; ``None`` when the stream is at fault before the first byte comes out."""
    out = bytearray()
    whole_members = 0
    stream = zlib.decompressobj(wbits)
    for start in range(0, len(data), _STEP):
        piece = data[start : start + _STEP]
        while piece:
            if stream.eof:
                whole_members += 1
                stream = zlib.decompressobj(wbits)
            try:
                out += stream.decompress(piece, _STEP)
            except zlib.error:
                return bytes(out) if out or whole_members else None
            if len(out) > limit:
                raise BodyTooLarge(f"the body decodes to more than {limit} bytes")
            piece = stream.unused_data if stream.eof else stream.unconsumed_tail
    return bytes(out) if out or stream.eof else None
