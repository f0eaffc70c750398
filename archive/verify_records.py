"""Reads a WARC file to its last byte, ours or another crawler's, and checks every record by itself.

Holds no block in memory; damage is named and the next record behind it read. Must not know what records say of each
other.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archive.members import STEP, read_about
from archive.verify_digests import KEPT, BlockReader
from archive.verify_faults import Fault
from archive.verify_fields import RecordHead, read_record_head
from archive.verify_streams import BadMember, Members, Plain

GZIP, BEGINNING = b"\x1f\x8b\x08", b"WARC/"
SEPARATOR = b"\r\n\r\n"


@dataclass(slots=True)
class CheckedRecord:
    """A record as far as it could be read. ``whole``: its block was, and has the length its header says.

    ``length`` is that of the gzip member, or of the record in a file that is not compressed.
    """

    offset: int
    length: int
    head: RecordHead
    block: BlockReader
    faults: list[tuple[str, str]] = field(default_factory=list)
    whole: bool = False
    short: bool = False  # the member ended first
    tail: bytes = b""  # the last bytes of the block
    method: str = ""

    @property
    def record_id(self) -> str:
        return self.head.first("warc-record-id")

    @property
    def kind(self) -> str:
        return self.head.first("warc-type")

    @property
    def ends_exchange(self) -> bool:
        """As of :class:`archive.members.Record`."""
        return self.kind == "metadata" and self.head.first("content-type").startswith("application/warc-fields")

    @property
    def about(self) -> dict[str, str]:
        """The fields of an application/warc-fields block."""
        return read_about(self.block.fields)


def check_records(path: Path, end: int | None = None, start: int = 0) -> Generator[CheckedRecord | Fault]:
    """Every record from ``start`` up to ``end`` (that of the file), each with its own faults, and what else is wrong
    between them.

    Raises OSError.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        end = size if end is None else min(end, size)
        first = file.read(len(BEGINNING))
        if end == 0:
            return
        reader = _PlainFile if first == BEGINNING else _GzipFile
        yield from reader(str(path), file, end).read(start)


class _File:
    """One file on its way from ``start`` to ``end``."""

    stream: Plain

    def __init__(self, name: str, file: BinaryIO, end: int):
        self._name = name
        self._end = end
        self.record: CheckedRecord | None = None  # being read

    def _fault(self, offset: int, code: str, message: str) -> Fault:
        record = self.record.record_id if self.record is not None and self.record.offset == offset else ""
        return Fault(self._name, offset, record, code, message)

    def _damage(self, offset: int, code: str, message: str) -> Iterator[Fault]:
        """Name what cannot be read, and go to what can be read behind it."""
        place = self.stream.find_next(offset)
        if code == "garbage-end" and place is not None:
            code, message = "garbage-between", f"{place - offset} bytes that are no record"
        elif code == "garbage-end" and self.stream.only_zeros(offset):
            code, message = "zeros-end", f"{self._end - offset} zero bytes at the end of the file"
        elif code == "garbage-end":
            message = f"{self._end - offset} bytes at the end of the file that are no record"
        elif code == "gzip-truncated" and place is not None:
            code, message = "gzip-data", "the member has no end"
        yield self._fault(offset, code, message)
        self.stream.seek(self._end if place is None else place)

    def _read_record(self, offset: int) -> CheckedRecord | None:
        """The record that begins here, read to the end of its block; ``None`` where its header has no end."""
        data = self.stream.read_to(SEPARATOR, KEPT)
        if data is None:
            return None
        head = read_record_head(data)
        self.record = record = CheckedRecord(offset, 0, head, BlockReader(head))
        record.faults += head.faults
        left = head.content_length or 0
        start = b""
        while left and (piece := self.stream.read(min(left, STEP))):
            start = start or piece[:32]
            record.block.feed(piece)
            record.tail = (record.tail + piece)[-len(SEPARATOR) :]
            left -= len(piece)
        record.whole = left == 0
        if head.is_http and record.kind == "request":
            record.method = start.partition(b" ")[0].decode("latin-1")
        return record

    @staticmethod
    def _finish(record: CheckedRecord, length: int) -> CheckedRecord:
        record.length = length
        if record.whole:
            record.faults += record.block.faults()
            for line in record.block.fields.split(b"\r\n"):
                if line and b":" not in line and not line.startswith((b" ", b"\t")):
                    record.faults.append(("fields-line", f"{line[:60]!r} in the block is no field"))
        return record


class _PlainFile(_File):
    def __init__(self, name: str, file: BinaryIO, end: int):
        super().__init__(name, file, end)
        self.stream = Plain(file, end)

    def read(self, start: int) -> Iterator[CheckedRecord | Fault]:
        self.stream.seek(start)
        while (offset := self.stream.position) < self._end:
            self.record = None
            if self.stream.peek(len(BEGINNING)) != BEGINNING:
                yield from self._damage(offset, "garbage-end", "")
                continue
            record = self._read_record(offset)
            if record is None:
                yield from self._damage(offset, "record-head", "the header of the record has no end")
                continue
            block_end = self.stream.position
            if record.whole and self.stream.peek(len(SEPARATOR)) == SEPARATOR:
                self.stream.read(len(SEPARATOR))
                yield self._finish(record, self.stream.position - offset)
            elif record.whole and record.block.block_matches:
                record.faults.append(("record-separator", "no two empty lines behind the block"))
                yield self._finish(record, block_end - offset)
            else:
                place = self.stream.find_next(offset)
                stop = self._end if place is None else place
                long = record.whole and stop - len(SEPARATOR) > block_end
                record.whole = False
                said = record.head.content_length
                if said is not None:
                    code = "block-long" if long else "block-short"
                    record.faults.append((code, f"Content-Length is {said}, which is not where the block ends"))
                yield self._finish(record, stop - offset)
                self.stream.seek(stop)


class _GzipFile(_File):
    stream: Members

    def __init__(self, name: str, file: BinaryIO, end: int):
        super().__init__(name, file, end)
        self.stream = Members(file, end)
        self._split = False  # the record of the member before goes on in this one

    def read(self, start: int) -> Iterator[CheckedRecord | Fault]:
        self.stream.seek(start)
        short: CheckedRecord | None = None  # waits for the next member to tell whether it goes on there
        while (offset := self.stream.position) < self._end:
            self.record = None
            try:
                self.stream.begin()
                begins = self.stream.peek(len(BEGINNING)) == BEGINNING
                if short is not None:
                    yield self._shorter(short, split=not begins)
                    self._split, short = not begins, None
                self._split = self._split and not begins
                if not begins:
                    self.stream.drain()
                    if not self._split:
                        yield self._fault(offset, "member-no-record", "the member does not begin with a record")
                    continue
                for item in self._member(offset):
                    if isinstance(item, CheckedRecord) and item.short:
                        short = item
                    else:
                        yield item
            except BadMember as bad:
                self._split = False
                if short is not None:
                    yield self._shorter(short, split=False)
                    short = None
                if self.record is not None:
                    self.record.whole = False
                    yield self._finish(self.record, 0)
                yield from self._damage(offset, bad.code, str(bad))
        if short is not None:
            yield self._shorter(short, split=False)

    def _shorter(self, record: CheckedRecord, *, split: bool) -> CheckedRecord:
        code, text = ("member-split", "goes on in the next member") if split else ("block-short", "is all there is")
        record.faults.append(
            (code, f"Content-Length is {record.head.content_length}, and what the member holds {text}")
        )
        return record

    def _member(self, offset: int) -> Iterator[CheckedRecord | Fault]:
        """The records of a member that begins with one, and what follows them in it."""
        number = 0
        while self.stream.peek(len(BEGINNING)) == BEGINNING:
            record = self._read_record(offset)
            if record is None:
                self.stream.drain()
                yield self._fault(offset, "record-head", "the header of the record has no end")
                return
            number += 1
            follows = self._separator(record)
            if not follows:
                self.stream.drain()
            self.record = None  # read whole: what is damaged behind it is not its block
            yield self._finish(record, self.stream.position - offset)
        if number > 1:
            yield Fault(self._name, offset, "", "member-several", f"the member holds {number} records")

    def _separator(self, record: CheckedRecord) -> bool:
        """Read what follows the block; returns whether another record may follow it in this member."""
        rest = self.stream.peek(STEP)
        if record.whole and rest.startswith(SEPARATOR) and rest[len(SEPARATOR) :][: len(BEGINNING)] in (b"", BEGINNING):
            self.stream.read(len(SEPARATOR))
            return True
        if record.head.content_length is None or not record.whole:
            record.short = not record.whole
            record.whole = False
            return False
        if record.block.block_matches:
            record.faults.append(("record-separator", f"{rest[:16]!r} behind the block in place of two empty lines"))
        elif len(rest) < len(SEPARATOR) and (record.tail + rest).endswith(SEPARATOR):
            missing = len(SEPARATOR) - len(rest)
            record.faults.append(("block-short", f"the block has {missing} bytes fewer than Content-Length"))
            record.whole = False
        elif len(rest) > len(SEPARATOR):
            record.faults.append(("block-long", f"Content-Length is {record.head.content_length}, the block goes on"))
            record.whole = False
        else:
            record.faults.append(("record-separator", f"{rest!r} behind the block in place of two empty lines"))
        return False
