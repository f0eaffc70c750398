"""Reads exchanges back from WARC files, our own and other crawlers': ``.warc``, ``.warc.gz``, ``.warc.gz.open``.

Bodies come out decoded by the same code as in the crawl. Must not know what the pages mean.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from archive.adoption import hints_of
from archive.exchange import CaptureRef
from archive.http_message import DECODED_LIMIT, BodyTooLarge, decode_content, entity_body, read_head, split_interim
from archive.members import DamagedWarc, Record, capture_ref, find_member, open_warc, read_about, read_hints
from archive.revisits import truncation, whole_answer

_STEP = 1024 * 1024
_MAX_REASON = 120  # characters: the reading library quotes the file, which may be anything

__all__ = ["ArchivedResponse", "DamagedWarc", "open_warc", "read_exchange", "read_responses", "read_sound_responses"]


@dataclass(frozen=True, slots=True)
class ArchivedResponse:
    """A response as archived. ``body`` has transfer and content codings removed; ``status`` is 0 without a complete
    header.

    ``body_fault`` says why the body is not fully decoded: it is then empty when too large, else with the unknown coding
    still on. ``http_headers`` are in the order and case sent; ``truncated`` is WARC-Truncated; ``hints`` what the crawl
    knew beside the bytes.
    """

    url: str
    captured_at: str
    record_id: str
    status: int
    http_headers: list[tuple[str, str]]
    body: bytes
    ip: str
    capture: CaptureRef
    truncated: str = ""
    body_fault: str = ""
    hints: Mapping[str, object] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """The first value of an HTTP header field, or an empty string."""
        return next((value for key, value in self.http_headers if key.lower() == name.lower()), "")


def read_exchange(path: Path, offset: int) -> ArchivedResponse:
    """The response at ``offset`` with the hints of its metadata record; of a revisit with identical payload the body is read
    from the original in the same folder. Raises DamagedWarc when there is none, or no original.
    """
    for response in _read(path, offset, ("response", "revisit")):
        if response.capture.offset == offset:
            return response
        break
    raise DamagedWarc(f"{path}: no response record at offset {offset}")


def read_responses(path: Path) -> Iterator[ArchivedResponse]:
    """All response records of a file, in file order; revisits, which say nothing new, are passed over.

    Raises DamagedWarc.
    """
    return _read(path, 0, ("response",))


def read_sound_responses(
    path: Path, start: int, damaged: Callable[[DamagedWarc], object]
) -> Iterator[ArchivedResponse]:
    """The response records from the exchange at ``start`` on; ``damaged`` is told of each place that cannot be read, and
    the next record behind it is read. A response whose metadata record is lost has no hints.
    """
    place: int | None = start
    while place is not None:
        try:
            yield from _read(path, place, ("response",), strict=False)
            return
        except DamagedWarc as error:
            damaged(error)
            place = _next_record(path, error.offset)


def _next_record(path: Path, behind: int) -> int | None:
    """Where the next record behind an offset seems to begin."""
    if path.stat().st_size <= behind + 1:
        return None
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        place = find_member(data, behind + 1)
        if place < 0 and data[:5] == b"WARC/":
            place = data.find(b"\r\n\r\nWARC/1.", behind + 1)
            place += 4 * (place >= 0)
        return place if place >= 0 else None


def _read(path: Path, start: int, kinds: tuple[str, ...], strict: bool = True) -> Iterator[ArchivedResponse]:
    """Responses from ``start`` on, each held back until its metadata record or another record that is not of its
    exchange.
    """
    held: ArchivedResponse | None = None
    records = _records(path, start)
    while True:
        try:
            raw = next(records, None)
        except DamagedWarc:
            if held is not None and not strict:
                yield held
            raise
        if raw is None:
            break
        if held is not None and raw.fields.get("warc-concurrent-to") == held.record_id:
            held = replace(held, capture=replace(held.capture, end=raw.offset + raw.length))
            if raw.ends_exchange:
                about = read_about(raw.block)
                digest = about.get("ogi-payload-digest") or held.capture.payload_digest
                hints = read_hints(about) or held.hints
                yield replace(held, hints=hints, capture=replace(held.capture, payload_digest=digest))
                held = None
            continue
        if held is not None:
            yield held
            held = None
        if raw.kind in kinds and raw.fields.get("content-type", "").startswith("application/http"):
            held = _response(path, raw)
    if held is not None:
        yield held


def _response(path: Path, raw: Record) -> ArchivedResponse:
    _, answer = split_interim(whole_answer(path.parent, raw.fields, raw.block))
    head = read_head(answer)
    name = path.name.removesuffix(".open")
    ref = capture_ref(name, raw.offset, raw.length, raw.offset + raw.length, raw.fields, answer, {})
    fault = ""
    if len(raw.block) < int(raw.fields.get("content-length", 0)):
        answer, fault = answer[: head.length if head else 0], f"has more than {DECODED_LIMIT} bytes"
    try:
        body, left = decode_content(entity_body(answer, head), head.content_codings if head else ())
        if left and not fault:
            fault = f"cannot decode content coding {', '.join(left)}"
    except BodyTooLarge:
        body, fault = b"", f"decodes to more than {DECODED_LIMIT} bytes"
    return ArchivedResponse(
        url=ref.url,
        captured_at=ref.captured_at,
        record_id=ref.record_id,
        status=ref.status,
        http_headers=list(head.headers) if head else [],
        body=body,
        ip=raw.fields.get("warc-ip-address", ""),
        capture=ref,
        truncated=truncation(raw.fields),
        body_fault=fault,
        hints=hints_of(path, ref.url),
    )


def _records(path: Path, start: int) -> Iterator[Record]:
    """Every record from ``start`` on, its length and block digest verified, for the reading library passes torn records
    as whole.
    """
    with path.open("rb") as file:
        file.seek(start)
        records = ArchiveIterator(file, no_record_parse=True)
        offset = start
        try:
            for record in records:
                fields: dict[str, str] = {}
                for name, value in record.rec_headers.headers:
                    fields.setdefault(name.lower(), value.strip())
                block, size, digests = _read_block(record, fields)
                offset, length = _span(records)
                _check(path, offset, fields, size, digests)
                yield Record(offset, length, fields, block)
                offset += length
        except (ArchiveLoadFailed, EOFError) as error:
            why = " ".join(str(error).encode("ascii", "backslashreplace").decode().split())[:_MAX_REASON]
            raise DamagedWarc(f"{path}: cannot read the record at offset {offset}: {why}", offset) from error


def _span(records: Any) -> tuple[int, int]:
    return int(records.get_record_offset()), int(records.get_record_length())


def _read_block(record: Any, fields: Mapping[str, str]) -> tuple[bytes, int, set[str]]:
    """The block of a record, its length, and its digest by the algorithm of its header, in every form it may have.

    A block that is too large for its body to be decoded is not held: its beginning is.
    """
    algorithm = fields.get("warc-block-digest", "").partition(":")[0].lower()
    digest = hashlib.new(algorithm) if algorithm in ("sha1", "sha256") else None
    block, size = bytearray(), 0
    while piece := record.raw_stream.read(_STEP):
        size += len(piece)
        if digest is not None:
            digest.update(piece)
        if size <= DECODED_LIMIT + _STEP:
            block += piece
        else:
            del block[_STEP:]
    digests = (
        set() if digest is None else {digest.hexdigest(), base64.b32encode(digest.digest()).decode("ascii").lower()}
    )
    return bytes(block), size, digests


def _check(path: Path, offset: int, fields: Mapping[str, str], size: int, digests: set[str]) -> None:
    if fields.get("content-length") != str(size):
        raise DamagedWarc(f"{path}: the record at offset {offset} is cut short", offset)
    value = fields.get("warc-block-digest", "").partition(":")[2]
    if value and digests and value.lower() not in digests:
        raise DamagedWarc(f"{path}: the block of the record at offset {offset} does not match its digest", offset)
