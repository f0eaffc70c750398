"""The captures a ledger knows: which exchange stands where in which WARC file, and up to where files are committed.

A part of the ledger; writing functions work inside its transaction. Must not know what a page was for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archive.database import Database, Row, marks
from archive.exchange import CaptureRef
from archive.rows import CaptureEntry

_COLUMNS = (
    "record_id,run,request_key,portal,url,captured_at,status,page_class,"
    "file,start_offset,length,end_offset,payload_digest,content_digest"
)


def store_captures(db: Database, run: str, entries: Iterable[CaptureEntry]) -> None:
    """Enter captures; a known one takes page class and content digest anew."""
    for entry in entries:
        ref = entry.ref
        db.execute(
            f"INSERT INTO captures ({_COLUMNS}) VALUES ({marks(range(14))}) ON CONFLICT (record_id)"
            f" DO UPDATE SET page_class=excluded.page_class, content_digest=excluded.content_digest",
            (
                *(ref.record_id, run, entry.request_key, entry.portal, ref.url, ref.captured_at, ref.status),
                *(entry.page_class, ref.file, ref.offset, ref.length, ref.end),
                *(ref.payload_digest, entry.content_digest),
            ),
        )


def store_warc_end(db: Database, name: str, end: int) -> None:
    """State up to where a WARC file is committed."""
    db.execute(
        "INSERT INTO warc_files VALUES (?,?) ON CONFLICT (name) DO UPDATE SET committed_end=excluded.committed_end",
        (name, end),
    )


def warc_end(db: Database, name: str) -> int:
    """The offset behind the last committed exchange of a WARC file; 0 for a file that is not known."""
    row = db.one("SELECT committed_end FROM warc_files WHERE name=?", name)
    return 0 if row is None else int(row["committed_end"])


def warc_is_known(db: Database, name: str) -> bool:
    """Whether anything is known of a WARC file of this name."""
    if db.one("SELECT name FROM warc_files WHERE name=?", name) is not None:
        return True
    return db.one("SELECT file FROM captures WHERE file=? LIMIT 1", name) is not None


def find_capture(db: Database, record_id: str) -> CaptureRef | None:
    """The capture of this WARC-Record-ID."""
    row = db.one("SELECT * FROM captures WHERE record_id=?", record_id)
    return None if row is None else _reference(row)


def read_captures(db: Database) -> Iterator[CaptureEntry]:
    """Every capture, oldest first."""
    for row in db.all("SELECT * FROM captures ORDER BY captured_at, record_id"):
        yield _entry(row)


def captures_of_run(db: Database, run: str) -> Iterator[CaptureEntry]:
    """The captures of a run, oldest first."""
    for row in db.all("SELECT * FROM captures WHERE run=? ORDER BY captured_at, file, start_offset", run):
        yield _entry(row)


def _entry(row: Row) -> CaptureEntry:
    return CaptureEntry(_reference(row), row["request_key"], row["portal"], row["page_class"], row["content_digest"])


def stream_captures(db: Database) -> Iterator[CaptureRef]:
    """Every capture in the order of the files, read as they are taken; nothing may be written meanwhile."""
    for row in db.stream("SELECT * FROM captures ORDER BY file, start_offset"):
        yield _reference(row)


def _reference(row: Row) -> CaptureRef:
    return CaptureRef(
        file=row["file"],
        offset=row["start_offset"],
        length=row["length"],
        end=row["end_offset"],
        record_id=row["record_id"],
        captured_at=row["captured_at"],
        url=row["url"],
        status=row["status"],
        payload_digest=row["payload_digest"],
    )
