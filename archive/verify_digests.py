"""The block of one record, read in pieces: its digests, and of an HTTP message where its header and body end.

Holds the header of the message in memory and of the body nothing. Must not know files.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Protocol

from archive.http_message import Dechunker, Head, read_head
from archive.verify_fields import RecordHead

KEPT = 1024 * 1024  # of an HTTP header, and of a block of fields

_SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
_NO_BODY = (204, 304)


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


def normal_digest(text: str) -> str | None:
    """A digest as ``algorithm:hex``, whatever its label's case and its base; ``None`` where it is none that is known here."""
    label, _, value = text.partition(":")
    algorithm = label.strip().lower().replace("-", "")
    size, value = _SIZES.get(algorithm), value.strip()
    if size is None:
        return None
    for decode in (bytes.fromhex, _base32, _base64):
        try:
            digest = decode(value)
        except (ValueError, binascii.Error):
            continue
        if len(digest) == size:
            return f"{algorithm}:{digest.hex()}"
    return None


def _base32(text: str) -> bytes:
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))


def _base64(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)


class _Digests:
    """One run of bytes under several algorithms."""

    def __init__(self, algorithms: set[str]):
        self._hashes: dict[str, _Hash] = {name: hashlib.new(name) for name in algorithms}
        self.size = 0

    def update(self, data: bytes) -> None:
        self.size += len(data)
        for one in self._hashes.values():
            one.update(data)

    def texts(self) -> set[str]:
        return {f"{name}:{one.digest().hex()}" for name, one in self._hashes.items()}


class BlockReader:
    """Fed the block of a record, it knows in the end what its header should have said."""

    def __init__(self, head: RecordHead):
        self._record = head
        self._kind = head.first("warc-type")
        self._declared = {
            name: normal_digest(text)
            for name in ("warc-block-digest", "warc-payload-digest")
            if (text := head.first(name))
        }
        block, payload = (
            {known.partition(":")[0]} if (known := self._declared.get(name)) else set()
            for name in ("warc-block-digest", "warc-payload-digest")
        )
        self._block = _Digests(block)
        self._stored = _Digests(payload)
        self._entity = _Digests(payload | {"sha256"})
        self._dechunker: Dechunker | None = None
        self._kept = bytearray()
        self._keeps = head.is_http or head.first("content-type").lower().startswith("application/warc-fields")
        self._in_body = not head.is_http
        self.http: Head | None = None

    def feed(self, data: bytes) -> None:
        """The next bytes of the block."""
        self._block.update(data)
        if self._in_body:
            self._feed_body(data)
        if self._keeps:
            self._kept += data
            if self._record.is_http:
                self._find_body()
            elif len(self._kept) > KEPT:
                self._keeps = False

    def _find_body(self) -> None:
        end = self._head_end()
        if end is None and len(self._kept) <= KEPT:
            return
        self._keeps, self._in_body = False, end is not None
        if end is not None:
            if self.http is not None and self.http.chunked:
                self._dechunker = Dechunker()
            self._feed_body(bytes(self._kept[end:]))
        self._kept.clear()

    def _head_end(self) -> int | None:
        """Where the body begins, once the header is whole."""
        if self._kind == "request":
            end = self._kept.find(b"\r\n\r\n")
            return end + 4 if end >= 0 else None
        self.http = read_head(bytes(self._kept))
        return None if self.http is None else self.http.length

    def _feed_body(self, data: bytes) -> None:
        self._stored.update(data)
        self._entity.update(self._dechunker.feed(data) if self._dechunker else data)

    @property
    def fields(self) -> bytes:
        """The block of an application/warc-fields record; empty for others, and where it is larger than is kept."""
        return b"" if self._record.is_http or not self._keeps else bytes(self._kept)

    @property
    def block_matches(self) -> bool:
        """Whether the block is what a block digest says."""
        return self._declared.get("warc-block-digest") in self._block.texts()

    @property
    def entity_digest(self) -> str:
        """``sha256:<hex>`` of the entity body: transfer coding removed, content coding kept."""
        return next(text for text in self._entity.texts() if text.startswith("sha256:"))

    @property
    def payload_digest(self) -> str:
        """What WARC-Payload-Digest says, in normal form; empty where there is none."""
        return self._declared.get("warc-payload-digest") or ""

    @property
    def is_short(self) -> bool:
        """Whether the body ends before its own header says that it does, which is no fault of the answer to a HEAD."""
        head = self.http
        if self._kind != "response" or head is None or head.status in _NO_BODY or head.status < 200:
            return False
        if self._dechunker is not None:
            return not self._dechunker.complete
        lengths = set(head.values("content-length"))
        length = lengths.pop() if len(lengths) == 1 else ""
        return length.isascii() and length.isdigit() and len(length) < 19 and int(length) > self._stored.size

    def faults(self) -> Iterator[tuple[str, str]]:
        """What is wrong with the block, once all of it was fed."""
        for name, declared in self._declared.items():
            if declared is None:
                yield "digest-form", f'{name} "{self._record.first(name)[:80]}" cannot be checked'
        if self._declared.get("warc-block-digest") and not self.block_matches:
            yield "digest-block", "the block does not match WARC-Block-Digest"
        truncated = self._record.first("warc-truncated")
        if self._record.is_http and self._kind == "response" and self.http is None and not truncated:
            yield "http-head", "the block does not begin with the header of an HTTP response"
        if self.payload_digest and self._kind != "revisit" and self.payload_digest not in self._entity.texts():
            if self._dechunker is not None and self.payload_digest in self._stored.texts():
                yield "digest-payload-framing", "WARC-Payload-Digest covers the chunk framing"
            else:
                yield "digest-payload", "the payload does not match WARC-Payload-Digest"
