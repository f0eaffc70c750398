"""A WARC file of another crawler on its way into an archive: is it whole, and in which form is it kept.

A file with a gzip member for each record is kept byte for byte. Any other is compressed anew, a member a record, because a
record must be found by its offset; the bytes of the records stay what they are. Must not know pages, nor the ledger.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from archive.adoption import OWN_SOFTWARE
from archive.verify_faults import Fault
from archive.verify_fields import is_date
from archive.verify_records import CheckedRecord, check_records

STEP = 1024 * 1024
PART = ".adopting"  # what is not in its place yet
_MAX_STEM = 160  # bytes: a name, its suffixes and those of its index fit into 255
_NOT_IN_NAMES = re.compile(r"[^\w.+@=,~-]+")
_SUFFIXES = re.compile(r"(?:\.warc)?(?:\.gz)?$", re.IGNORECASE)
_OTHER_FORMATS: Mapping[bytes, str] = {
    b"filed": "an ARC file, not a WARC file",
    b"\x28\xb5\x2f\xfd": "compressed with zstd: decompress it first",
    b"BZh": "compressed with bzip2: decompress it first",
    b"\xfd7zXZ": "compressed with xz: decompress it first",
    b"PK\x03\x04": "a ZIP archive (WACZ?): adopt the WARC files in it",
}

# What a file is not whole with: something cannot be read, or is not what it was when it was written. All else that a check
# finds (archive/verify_faults.py) is how other writers write.
DAMAGE = frozenset(
    (
        *("file-empty", "zeros-end", "garbage-end", "garbage-between", "gzip-truncated", "gzip-crc", "gzip-length"),
        *("gzip-data", "member-no-record", "member-split", "record-version", "record-head", "header-control"),
        *("header-line", "header-length", "block-short", "block-long", "record-separator", "digest-block"),
    )
)

Tell = Callable[[int, int], object]  # records, bytes of the file that are done with


class NotAdoptable(ValueError):
    """A file cannot be adopted; the message says why, in one line. ``damaged``: it is a WARC file, and not whole."""

    def __init__(self, message: str, *, damaged: bool = False):
        super().__init__(message)
        self.damaged = damaged


@dataclass(slots=True)
class Inspected:
    """What a file was found to be. ``several``: a gzip member holds several records; ``damage``: the first fault that keeps it
    from being whole; ``unsound``: how many records and places are not.

    ``hosts`` are those of the web in it; ``state`` tells whether it was written to since.
    """

    path: Path
    plain: bool
    several: bool = False
    records: int = 0
    damage: Fault | None = None
    unsound: int = 0
    state: tuple[int, int] = (0, 0)
    hosts: set[str] = field(default_factory=set)

    @property
    def kept(self) -> bool:
        """Whether it is kept byte for byte."""
        return not (self.plain or self.several or self.damage)


def inspect(path: Path, tell: Tell) -> Inspected:
    """Read a file through. Raises NotAdoptable for what is no WARC file, unfinished, or written here, and OSError."""
    with path.open("rb") as file:
        first = file.read(8)
    if path.name.endswith(".open"):
        raise NotAdoptable("it is unfinished (.open): let the crawler that writes it finish it")
    for magic, what in _OTHER_FORMATS.items():
        if first.startswith(magic):
            raise NotAdoptable(f"it is {what}")
    if first and not first.startswith((b"\x1f\x8b", b"WARC/")):
        raise NotAdoptable("it is no WARC file")
    found = Inspected(path, plain=first.startswith(b"WARC/"), state=state_of(path))
    if not first:
        found.damage, found.unsound = Fault(str(path), 0, "", "file-empty", "the file has no bytes"), 1
    last: Fault | None = None
    for item in check_records(path):
        damage = item if isinstance(item, Fault) else damage_of(path, item)
        if isinstance(item, CheckedRecord):
            if not found.records and item.about.get("software", "").startswith(OWN_SOFTWARE):
                raise NotAdoptable("it was written by this program: copy it into warc/ and run scrapy rebuild")
            found.records += 1
            found.hosts.update(_host_of(item))
            tell(found.records, item.offset + item.length)
        elif item.code == "member-several":
            found.several, damage = True, None
        elif item.code not in DAMAGE:
            damage = None
        if damage is None:
            continue
        if last is not None and last.offset == damage.offset:
            if last is found.damage:
                found.damage = damage  # why the record before it ends too early
        else:
            found.unsound += 1
        found.damage, last = found.damage or damage, damage
    if not found.records:
        raise NotAdoptable("there is no WARC record in it", damaged=True)
    return found


def damage_of(path: Path, record: CheckedRecord) -> Fault | None:
    """The first fault that makes a record unsound."""

    def fault(code: str, message: str) -> Fault:
        return Fault(str(path), record.offset, record.record_id, code, message)

    for code, message in record.faults:
        # GNU Wget gives revisits the block digest of no bytes; of their blocks nothing is read but the header.
        if code in DAMAGE and not (code == "digest-block" and record.kind == "revisit"):
            return fault(code, message)
    if not record.whole:
        return fault("block-short", "the block is not whole")
    if not record.record_id or not record.kind:
        return fault("header-missing", "the record has no identity, or no type")
    if not is_date(date := record.head.first("warc-date")):
        return fault("header-date", f'WARC-Date is "{date[:80]}"')
    return None


def _host_of(record: CheckedRecord) -> Iterator[str]:
    if record.kind in ("response", "revisit"):
        try:
            host = urlsplit(record.head.uri("warc-target-uri")).hostname
        except ValueError:
            host = None
        if host:
            yield host


def store(found: Inspected, folder: Path) -> tuple[Path, int, str]:
    """Write the sound records of a file into ``folder``, durably, under a name for the time being: its path, size and SHA-256
    (hex). A file that is whole and has a member a record is copied.

    Raises OSError, and NotAdoptable where the file changed since it was inspected, or has no sound record: nothing is then left.
    """
    part, unpacked = folder / PART, folder / f"{PART}-unpacked"
    try:
        with part.open("wb") as out:
            written = _Written(out)
            for piece in _pieces(found.path) if found.kept else _members(found, unpacked):
                written.write(piece)
            out.flush()
            os.fsync(out.fileno())
        if state_of(found.path) != found.state:
            raise NotAdoptable("it changed while it was read")
        if not written.size:
            raise NotAdoptable("there is no sound record in it", damaged=True)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        unpacked.unlink(missing_ok=True)
    return part, written.size, written.hash.hexdigest()


def discard_parts(folder: Path) -> None:
    """Remove what an interruption left of files on their way into ``folder``."""
    for name in (PART, f"{PART}-unpacked"):
        (folder / name).unlink(missing_ok=True)


def first_date(path: Path) -> str:
    """The WARC-Date of the first record; empty where there is none to be read. Raises OSError."""
    with closing(check_records(path)) as records:
        first = next(records, None)
    return first.head.first("warc-date") if isinstance(first, CheckedRecord) else ""


def hash_of(path: Path) -> str:
    """The SHA-256 of a file (hex). Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def name_for(given: str, digest: str, taken: Callable[[str], bool]) -> str:
    """The name under which a file is kept: the one it has, less what a name of a file in an archive may not have in it.

    Where that is ``taken``, with the beginning of its digest (hex).
    """
    stem = _NOT_IN_NAMES.sub("-", _SUFFIXES.sub("", given)).lstrip(".-") or "adopted"
    while len(stem.encode("utf-8", "replace")) > _MAX_STEM:
        stem = stem[:-1]
    if stem.startswith("ogi-") or stem.endswith(".adoption"):
        stem = f"adopted-{stem}".removesuffix(".adoption")  # names that are given to files written here
    name = f"{stem}.warc.gz"
    return f"{stem}-{digest[:8]}.warc.gz" if taken(name) else name


class _Written:
    """What is written to a file, with its size and digest."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self.size = 0
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.hash.update(data)
        self.size += len(data)


def _members(found: Inspected, unpacked: Path) -> Iterator[bytes]:
    """The sound records of a file, a gzip member each."""
    source, plain = found.path, found.plain
    if found.several:
        _unpack(found, unpacked)
        source, plain = unpacked, True
    for record in check_records(source):
        if isinstance(record, CheckedRecord) and damage_of(source, record) is None:
            pieces = _pieces(source, record.offset, record.length)
            yield from _compressed(pieces) if plain else pieces


def _compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.compressobj(wbits=31)
    for piece in pieces:
        yield stream.compress(piece)
    yield stream.flush()


def _unpack(found: Inspected, target: Path) -> None:
    """The decompressed bytes of a file; of one that is damaged, those before the damage."""
    with gzip.open(found.path) as source, target.open("wb") as out:
        try:
            while piece := source.read(STEP):
                out.write(piece)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            if found.damage is None:
                raise NotAdoptable("it changed while it was read") from error


def _pieces(path: Path, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = path.stat().st_size if length is None else length
        while left and (piece := file.read(min(STEP, left))):
            left -= len(piece)
            yield piece


def state_of(path: Path) -> tuple[int, int]:
    """What changes of a file when it is written to."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns
