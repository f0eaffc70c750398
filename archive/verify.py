"""Checks an archive to its last byte: WARC files, indexes, the ledger, and what they say of each other.

Reads only, in bounded memory, and never gives up on a file: whatever cannot be read is a fault, and what is behind it is
read. Must not know reports: whoever does gets :meth:`Verification.find`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from archive.adoption import OWN_SOFTWARE, read_adoption
from archive.database import DamagedLedger
from archive.foreign_files import hash_of
from archive.members import DamagedWarc
from archive.verify_faults import Fault, is_plain_name
from archive.verify_index import check_index
from archive.verify_ledger import CheckedLedger, CommittedEnds
from archive.verify_records import CheckedRecord, check_records
from archive.verify_seen import Seen, SeenRecords, final_name

CheckLine = Callable[[bytes], Iterable[tuple[str, str, str]]]  # code, message, what the line is about


@dataclass(slots=True)
class Progress:
    """What was read: files, records, and bytes of all."""

    warcs: int = 0
    records: int = 0
    indexes: int = 0
    size: int = 0


class Verification:
    """One check over any number of files: first all WARC files, then what leans on them.

    ``folders`` are where WARC files are looked for that an index or a record names and that were not read; ``tell`` is
    called as the check proceeds. Raises sqlite3.Error where the folder for temporary files is full: what is remembered of
    the records is there.
    """

    def __init__(self, folders: Callable[[], list[Path]], tell: Callable[[Progress], None]):
        self._folders = folders
        self._tell = tell
        self._seen = SeenRecords()
        self._growing: dict[str, int] = {}  # files that may be written meanwhile: what counts of them
        self._own: dict[Path, bool] = {}  # files that were not read through: whether they were written here
        self.progress = Progress()

    def close(self) -> None:
        self._seen.close()

    # -- WARC files -----------------------------------------------------------------------------------------------

    def check_warc(self, path: Path, end: int | None = None) -> Iterator[Fault]:
        """A WARC file, compressed or not, up to ``end`` (else to its end): every record by itself."""
        before = self.progress.size
        try:
            size = path.stat().st_size if end is None else min(path.stat().st_size, end)
            if end is not None:
                self._growing[final_name(path)] = end
            elif size == 0:
                yield Fault(str(path), 0, "", "file-empty", "the file has no bytes")
            yield from self._check_records(path, size, before)
        except OSError as error:
            yield _unreadable(path, error)
        else:
            self.progress.size = before + size
        self.progress.warcs += 1
        self._tell(self.progress)

    def _check_records(self, path: Path, size: int, before: int) -> Iterator[Fault]:
        own = begun = False
        last: CheckedRecord | None = None
        headless: CheckedRecord | None = None  # the first record, where it should have been a warcinfo record of ours
        for item in check_records(path, size):
            if isinstance(item, Fault):
                begun, last = True, None
                yield item
                continue
            if not begun:
                begun = True
                own = _is_own(item)
                headless = item if item.kind != "warcinfo" else None
            if headless is not None and "ogi-payload-digest" in item.about:
                message = f"the first record is of type {headless.kind or 'unknown'}"
                yield Fault(str(path), headless.offset, headless.record_id, "warcinfo-first", message)
                headless = None
            if own and item.whole and not item.head.first("warc-block-digest"):
                item.faults.append(("header-missing", "no warc-block-digest, which every record of ours has"))
            for code, message in item.faults:
                yield Fault(str(path), item.offset, item.record_id, code, message)
            yield from self._seen.add(path, item, own=own)
            last = item
            self.progress.records += 1
            self.progress.size = before + item.offset + item.length
            self._tell(self.progress)
        if own and last is not None and last.whole and last.kind != "warcinfo" and not last.ends_exchange:
            message = "the file ends here, before the metadata record of the exchange"
            yield Fault(str(path), last.offset, last.record_id, "exchange-unfinished", message)
        self._seen.add_file(path, size, own=own)

    def check_between(self) -> Iterator[Fault]:
        """What the records say of each other, once all WARC files were read."""
        return self._seen.faults()

    def check_adoption(self, path: Path) -> Iterator[Fault]:
        """Whether the file whose adoption is written down here is what it was when it was adopted, byte for byte."""
        try:
            adoption, _ = read_adoption(path)
            warc = path.with_name(adoption.file)
            if not is_plain_name(adoption.file) or not warc.is_file():
                yield Fault(str(path), 0, "", "adopted-missing", f"{adoption.file} was adopted, and is not there")
            elif warc.stat().st_size != adoption.size or hash_of(warc) != adoption.sha256:
                yield Fault(str(warc), 0, "", "adopted-changed", f"the SHA-256 is not {adoption.sha256}")
        except DamagedWarc as error:
            yield Fault(str(path), 0, "", "adopted-missing", str(error))
        except OSError as error:
            yield _unreadable(path, error)

    # -- what leans on them -----------------------------------------------------------------------------------------

    def check_index(self, path: Path) -> Iterator[Fault]:
        """A CDXJ index against the WARC files: those read, else those in the folders."""
        try:
            yield from check_index(path, self.size_of, self._find_indexed)
            self.progress.size += path.stat().st_size
        except OSError as error:
            yield _unreadable(path, error)
        self.progress.indexes += 1
        self._tell(self.progress)

    def check_indexed(self, warc: Path, index: Path) -> Iterator[Fault]:
        """Whether a finished file that was written here has its index, and everything in it that belongs there.

        Call it when both were checked.
        """
        if not self._seen.is_own(warc):
            return
        if not index.is_file():
            yield Fault(str(warc), 0, "", "cdxj-missing", f"there is no index {index}")
            return
        for record in self._seen.not_indexed(warc):
            message = f"no line in {index}"
            yield Fault(str(warc), record.offset, record.record_id, "cdxj-incomplete", message)

    def check_ledger(self, path: Path, ends: CommittedEnds) -> Iterator[Fault]:
        """The ledger against the WARC files, up to ``ends``."""
        try:
            with closing(CheckedLedger(path)) as ledger:
                yield from ledger.check(ends, self.size_of, self.find)
        except (DamagedLedger, sqlite3.Error, ValueError) as error:
            _raise_if_full(error)
            yield _damaged(path, error)

    def check_documents(self, path: Path, check: CheckLine) -> Iterator[Fault]:
        """The lines of the ledger's documents, as ``check`` finds them."""
        try:
            with closing(CheckedLedger(path)) as ledger:
                for name, line in ledger.documents():
                    for code, message, _ in check(line):
                        yield Fault(str(path), 0, "", code, f"{name}: {message}")
        except (DamagedLedger, sqlite3.Error) as error:
            _raise_if_full(error)
            yield _damaged(path, error)

    # -- what others ask --------------------------------------------------------------------------------------------

    def size_of(self, file: str) -> int | None:
        """How many bytes of a WARC file count, by its final name; ``None``: there is no such file."""
        read = self._seen.size_of(file)
        if read is not None:
            return read
        path = self._path(file)
        return None if path is None else path.stat().st_size

    def find(self, file: str, offset: int) -> Seen | None:
        """The record at an offset of a WARC file, by its final name; in a file that was not read, it is read now."""
        if self._seen.size_of(file) is not None:
            return self._seen.at(file, offset)
        path = self._path(file)
        if path is None or offset >= path.stat().st_size:
            return None
        record = _record_at(path, offset)
        if record is None:
            return None
        if path not in self._own:
            self._own[path] = _is_own(_record_at(path, 0))
        return Seen.of(record, own=self._own[path])

    def is_beyond(self, file: str, offset: int) -> bool:
        """Whether a place is in the part of a file that does not count yet."""
        return offset >= self._growing.get(file, offset + 1)

    def _find_indexed(self, file: str, offset: int) -> Seen | None:
        self._seen.note_indexed(file, offset)
        return self.find(file, offset)

    def _path(self, file: str) -> Path | None:
        if not is_plain_name(file):
            return None
        places = (folder / name for folder in self._folders() for name in (file, f"{file}.open"))
        return next((path for path in places if path.is_file()), None)


def committed_ends(path: Path) -> CommittedEnds | Fault:
    """Up to where a ledger knows its files to be written, or why it cannot be asked."""
    try:
        with closing(CheckedLedger(path)) as ledger:
            return ledger.committed_ends()
    except (DamagedLedger, sqlite3.Error, ValueError) as error:
        return _damaged(path, error)


def _record_at(path: Path, offset: int) -> CheckedRecord | None:
    with closing(check_records(path, start=offset)) as records:
        first = next(records, None)
    return first if isinstance(first, CheckedRecord) and first.offset == offset else None


def _is_own(first: CheckedRecord | None) -> bool:
    """Whether a file that begins with this record was written here."""
    if first is None or first.kind != "warcinfo":
        return False
    return first.about.get("software", "").startswith(OWN_SOFTWARE)


def _raise_if_full(error: Exception) -> None:
    """No room for what a check remembers says nothing of the ledger."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        raise error


def _damaged(path: Path, error: Exception) -> Fault:
    return Fault(str(path), 0, "", "ledger-damaged", " ".join(str(error).split()))


def _unreadable(path: Path, error: OSError) -> Fault:
    return Fault(str(path), 0, "", "file-unreadable", error.strerror or str(error))
