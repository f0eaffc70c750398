"""The ledger against the WARC files: every capture is where the ledger says, and is what the ledger says.

Reads the ledger alone, and what a check has seen of the records. Must not know what a document says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.captures import stream_captures
from archive.database import Database
from archive.exchange import CaptureRef
from archive.verify_faults import Fault, is_plain_name, printable
from archive.verify_seen import Seen

Find = Callable[[str, int], Seen | None]
SizeOf = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class CommittedEnds:
    """Up to where the ledger knew the files to be written when it was asked: WARC files by name, ``reports`` by run; and
    which runs may still write.
    """

    warcs: dict[str, int] = field(default_factory=dict)
    reports: dict[str, int] = field(default_factory=dict)
    unfinished: frozenset[str] = frozenset()


class CheckedLedger:
    """A ledger opened for reading only; a crawl may write to it meanwhile. Raises DamagedLedger and sqlite3.Error."""

    def __init__(self, path: Path):
        self._path = path
        self._db = Database(path, read_only=True)

    def close(self) -> None:
        self._db.close()

    def committed_ends(self) -> CommittedEnds:
        """The committed ends at this moment."""
        with self._db.snapshot():
            warcs = self._db.all("SELECT name, committed_end FROM warc_files")
            reports = self._db.all("SELECT run, committed_end FROM outputs WHERE name='reports'")
            unfinished = self._db.all("SELECT run FROM runs WHERE finished_at IS NULL")
        return CommittedEnds(
            {str(row["name"]): int(row["committed_end"]) for row in warcs},
            {str(row["run"]): int(row["committed_end"]) for row in reports},
            frozenset(str(row["run"]) for row in unfinished),
        )

    def check(self, ends: CommittedEnds, size_of: SizeOf, find: Find) -> Iterator[Fault]:
        """What is wrong with the captures up to ``ends``, and with what documents say of captures."""
        for name, end in ends.warcs.items():
            size = size_of(name)
            if not is_plain_name(name):
                yield self._fault("", "ledger-name", f'"{printable(name[:80])}" is not the name of a file')
            elif size is None and end:
                yield self._fault("", "ledger-file", f"there is no WARC file {name}")
            elif size is not None and size < end:
                yield self._fault("", "ledger-end", f"{name} has {size} bytes, the ledger knows of {end}")
        for ref in stream_captures(self._db):
            faults = _check_capture(ref, ends, size_of, find)
            yield from (self._fault(str(ref.record_id), code, message) for code, message in faults)
        for row in self._db.stream(
            "SELECT key, revision, capture FROM documents WHERE NOT EXISTS"
            " (SELECT 1 FROM captures WHERE captures.record_id=documents.capture) ORDER BY key, revision"
        ):
            message = f"{row['key']}, revision {row['revision']}, was read from a capture that is not known"
            yield self._fault(str(row["capture"]), "ledger-document", message)

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Every revision of every document: its name for a person, and its line."""
        for row in self._db.stream("SELECT key, revision, line FROM documents ORDER BY key, revision"):
            line = row["line"]
            yield f"{row['key']} revision {row['revision']}", line if isinstance(line, bytes) else str(line).encode()

    def _fault(self, record_id: str, code: str, message: str) -> Fault:
        return Fault(str(self._path), 0, record_id, code, message)


def _check_capture(ref: CaptureRef, ends: CommittedEnds, size_of: SizeOf, find: Find) -> Iterator[tuple[str, str]]:
    if not all(isinstance(number, int) for number in (ref.offset, ref.length, ref.end, ref.status)):
        yield "ledger-damaged", "a place or status of this capture is not a number"
        return
    if not is_plain_name(ref.file):
        yield "ledger-name", f'"{printable(ref.file[:80])}" is not the name of a file'
        return
    size = size_of(ref.file)
    if size is None:
        if ref.file not in ends.warcs:
            yield "ledger-file", f"there is no WARC file {ref.file}"
        return
    if ref.end > size:
        return  # written meanwhile; or the file is shorter than its committed end, which is named once
    record = find(ref.file, ref.offset)
    place = f"offset {ref.offset} of {ref.file}"
    if record is None or record.record_id != ref.record_id:
        yield "ledger-record", f"the record at {place} is {record.record_id if record else 'none'}"
        return
    if not record.whole:
        return  # that is named where the record stands
    if record.length != ref.length:
        yield "ledger-record", f"the record at {place} has {record.length} bytes, not {ref.length}"
    if record.uri != ref.url:
        yield "ledger-url", f"the record at {place} is that of {record.uri}, not {ref.url}"
    if record.date != ref.captured_at:
        yield "ledger-date", f"the record at {place} is of {record.date}, not {ref.captured_at}"
    if record.kind != "metadata" and record.status != ref.status:
        yield "ledger-status", f"the record at {place} has the status {record.status}, not {ref.status}"
    if record.kind == "response" and not record.has_digest(ref.payload_digest):
        yield "ledger-digest", f"the record at {place} has another payload digest than {ref.payload_digest}"
