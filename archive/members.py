"""The gzip members of WARC files written here: a record each, an exchange being a run of them ended by its metadata
record.

Reads strictly: a member counts only if it decompresses whole, CRC and length included, and holds exactly one record.
Files of other crawlers are read by :mod:`archive.warc_reader`. Must not know how or why a file is repaired.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

from archive.exchange import CaptureRef
from archive.http_message import entity_body, payload_digest, read_head

STEP = 64 * 1024  # bigger steps make zlib copy the rest of the step once for every member in it


class DamagedWarc(ValueError):
    """A WARC file cannot be read at this place; the message names file and offset."""

    def __init__(self, message: str, offset: int = 0):
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Record:
    """A WARC record with the span of its gzip member. ``fields`` has lower-case names; a repeated field keeps its first
    value.
    """

    offset: int
    length: int
    fields: Mapping[str, str]
    block: bytes

    @property
    def kind(self) -> str:
        """WARC-Type."""
        return self.fields.get("warc-type", "")

    @property
    def ends_exchange(self) -> bool:
        """Whether it is the metadata record that ends an exchange; one of certificates stands before that."""
        return self.kind == "metadata" and self.fields.get("content-type", "").startswith("application/warc-fields")

    @property
    def end(self) -> int:
        """Offset behind the member."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """The records of one exchange, complete. ``certificates`` are those of the server, where it showed them first."""

    answer: Record | None
    request: Record | None
    metadata: Record
    certificates: Record | None = None

    def reference(self, file: str) -> CaptureRef:
        """The CaptureRef given when the exchange was appended, read back from its records; ``file`` is the final name."""
        lead = self.answer or self.metadata
        answer = self.answer.block if self.answer else b""
        about = read_about(self.metadata.block)
        return capture_ref(file, lead.offset, lead.length, self.metadata.end, lead.fields, answer, about)


def capture_ref(
    file: str,
    offset: int,
    length: int,
    end: int,
    fields: Mapping[str, str],
    answer: bytes,
    about: Mapping[str, str],
) -> CaptureRef:
    """A CaptureRef from the fields of its record, the answer's bytes and the fields of its metadata record, if any."""
    head = read_head(answer)
    return CaptureRef(
        file=file,
        offset=offset,
        length=length,
        end=end,
        record_id=fields.get("warc-record-id", ""),
        captured_at=fields.get("warc-date", ""),
        url=fields.get("warc-target-uri", "").strip("<>"),
        status=head.status if head else 0,
        payload_digest=about.get("ogi-payload-digest") or payload_digest(entity_body(answer, head)),
    )


def read_about(metadata_block: bytes) -> dict[str, str]:
    """The fields of an application/warc-fields block, names in lower case; a repeated field keeps its first value."""
    return _fields(metadata_block.decode("utf-8", "replace").split("\r\n"))


def read_hints(about: Mapping[str, str]) -> dict[str, object]:
    """The hints among the fields of a metadata record; empty where there are none."""
    hints = json.loads(about.get("ogi-hints") or "{}")
    return hints if isinstance(hints, dict) else {}


def _fields(lines: Iterable[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.lower(), value.strip())
    return fields


def parse_record(data: bytes, offset: int, length: int) -> Record | None:
    """The record a decompressed member holds, or ``None`` if it is not exactly one."""
    head, separator, rest = data.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    if not separator or not lines[0].startswith("WARC/1."):
        return None
    fields = _fields(lines[1:])
    if fields.get("content-length") != str(len(rest) - 4) or not rest.endswith(b"\r\n\r\n"):
        return None
    return Record(offset, length, fields, rest[:-4])


def open_warc(folder: Path, name: str) -> Path:
    """The path of a WARC by its final name, be it still ``.open``. Raises FileNotFoundError with both names in one
    line.
    """
    for path in (folder / name, folder / f"{name}.open"):
        if path.is_file():
            return path
    raise FileNotFoundError(f"no WARC file {name} (nor {name}.open) in {folder}")


def read_records(path: Path, start: int = 0) -> Iterator[Record]:
    """Records from a member boundary on, up to the end of the file or the first place that is no whole record.

    The caller tells the two apart by comparing ``end`` of the last record with the size of the file.
    """
    with path.open("rb") as file:
        file.seek(start)
        offset, pending = start, b""
        while True:
            stream = zlib.decompressobj(31)
            data, consumed = bytearray(), 0
            while not stream.eof:
                piece = pending or file.read(STEP)
                pending = b""
                if not piece:
                    return
                try:
                    data += stream.decompress(piece)
                except zlib.error:
                    return
                consumed += len(piece)
            pending = stream.unused_data
            record = parse_record(bytes(data), offset, consumed - len(pending))
            if record is None:
                return
            yield record
            offset = record.end


def find_member(data: bytes | mmap, start: int) -> int:
    """The first place from ``start`` on where a gzip member begins that looks like a record; -1 where there is none."""
    position = start - 1
    while (position := data.find(b"\x1f\x8b\x08", position + 1)) >= 0:
        try:
            if zlib.decompressobj(31).decompress(data[position : position + STEP], 64).startswith(b"WARC/1."):
                return position
        except zlib.error:
            continue
    return -1


def read_exchanges(path: Path, start: int = 0) -> Iterator[RecordedExchange]:
    """Complete exchanges from a member boundary on; records of an exchange that lacks its metadata record are passed
    over.
    """
    return exchanges_of(read_records(path, start))


def exchanges_of(records: Iterable[Record]) -> Iterator[RecordedExchange]:
    """The complete exchanges among records in file order."""
    answer: Record | None = None
    request: Record | None = None
    certificates: Record | None = None
    for record in records:
        if record.kind in ("response", "revisit"):
            answer, request, certificates = record, None, None
        elif record.kind == "request":
            request = record
        elif record.ends_exchange:
            yield RecordedExchange(answer, request, record, certificates)
            answer = request = certificates = None
        elif record.kind == "metadata":
            certificates = record
