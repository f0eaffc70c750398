"""The records that a check has seen, and what they say of each other: links, revisits, identities.

Kept in a private database on disk, so that memory stays small however many files there are. Must not know how records
are read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.revisits import place_of_original
from archive.verify_digests import normal_digest
from archive.verify_faults import Fault
from archive.verify_records import CheckedRecord

_SCHEMA = """
CREATE TABLE records (
    id TEXT, path TEXT, file TEXT, offset INTEGER, length INTEGER, kind TEXT, uri TEXT, date TEXT, status INTEGER,
    declared TEXT, entity TEXT, truncated TEXT, short INTEGER, method TEXT, whole INTEGER, own INTEGER
);
CREATE INDEX records_id ON records (id);
CREATE INDEX records_place ON records (file, offset);
CREATE INDEX records_uri ON records (uri, date);
CREATE INDEX records_declared ON records (declared) WHERE declared <> '';
CREATE TABLE links (source TEXT, path TEXT, offset INTEGER, target TEXT, digest TEXT);
CREATE INDEX links_source ON links (source);
CREATE INDEX links_target ON links (target);
CREATE TABLE revisits (
    id TEXT, path TEXT, offset INTEGER, refers_to TEXT, uri TEXT, date TEXT, digest TEXT, container TEXT, place TEXT
);
CREATE INDEX revisits_id ON revisits (id);
CREATE TABLE files (path TEXT, file TEXT, size INTEGER, own INTEGER);
CREATE INDEX files_file ON files (file);
CREATE TABLE indexed (file TEXT, offset INTEGER);
CREATE INDEX indexed_place ON indexed (file, offset);
"""
_COLUMNS = "id, offset, length, kind, uri, date, status, declared, entity, whole, own"
_IS_HEAD = (
    "EXISTS (SELECT 1 FROM links JOIN records AS asked ON asked.id={0} WHERE {1}=records.id AND asked.method='HEAD')"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as others may speak of it. Digests are in normal form; what a record that is not ``whole`` has is unknown."""

    record_id: str
    offset: int
    length: int
    kind: str
    uri: str
    date: str
    status: int
    declared: str
    entity: str
    whole: bool
    own: bool

    @classmethod
    def of(cls, record: CheckedRecord, *, own: bool) -> Seen:
        """What is to be remembered of a record."""
        head, block = record.head, record.block
        return cls(
            record_id=record.record_id,
            offset=record.offset,
            length=record.length,
            kind=record.kind,
            uri=head.uri("warc-target-uri"),
            date=head.first("warc-date"),
            status=block.http.status if block.http else 0,
            declared=block.payload_digest,
            entity=block.entity_digest if record.whole else "",
            whole=record.whole,
            own=own,
        )

    def has_digest(self, text: str) -> bool:
        """Whether a payload digest is that of the record, as far as can be told: it may be of another algorithm."""
        digest = normal_digest(text)
        if digest is None:
            return False
        algorithm = digest.partition(":")[0]
        known = {own for own in (self.declared, self.entity) if own.startswith(f"{algorithm}:")}
        return not self.whole or not known or digest in known

    def has_date(self, text: str) -> bool:
        """Whether a date is that of the record; one of them may be less exact."""
        dates = sorted((text.removesuffix("Z"), self.date.removesuffix("Z")), key=len)
        return bool(dates[0]) and dates[1].startswith(dates[0])


class SeenRecords:
    """All records of a check. Give each with :meth:`add`; then ask what is wrong between them."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # a private file that goes away with the connection
        self._db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA} BEGIN;")

    def close(self) -> None:
        self._db.close()

    def add_file(self, path: Path, size: int, *, own: bool) -> None:
        """Remember a file that was read through, up to ``size``."""
        self._db.execute("INSERT INTO files VALUES (?,?,?,?)", (str(path), final_name(path), size, own))

    def size_of(self, file: str) -> int | None:
        """How much of a file, by its final name, was read; ``None``: it was not."""
        row = self._db.execute("SELECT MAX(size) FROM files WHERE file=?", (file,)).fetchone()
        return None if row[0] is None else int(row[0])

    def is_own(self, path: Path) -> bool:
        """Whether a file that was read through was written here."""
        return self._db.execute("SELECT 1 FROM files WHERE path=? AND own=1", (str(path),)).fetchone() is not None

    def add(self, path: Path, record: CheckedRecord, *, own: bool) -> Iterator[Fault]:
        """Remember a record; its identity may be taken."""
        seen, head = Seen.of(record, own=own), record.head
        if seen.record_id:
            first = self._db.execute(
                "SELECT path, offset FROM records WHERE id=? LIMIT 1", (seen.record_id,)
            ).fetchone()
            if first is not None:
                message = f"the WARC-Record-ID of the record at {first[0]}:{first[1]}"
                yield Fault(str(path), record.offset, seen.record_id, "record-id-repeated", message)
        truncated = head.first("warc-truncated")
        short = record.whole and not truncated and record.block.is_short
        self._db.execute(
            "INSERT INTO records VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *(
                    seen.record_id,
                    str(path),
                    final_name(path),
                    seen.offset,
                    seen.length,
                    seen.kind,
                    seen.uri,
                    seen.date,
                ),
                *(seen.status, seen.declared, seen.entity, truncated, short, record.method, seen.whole, own),
            ),
        )
        digest = record.about.get("ogi-payload-digest", "") if record.whole and seen.kind == "metadata" else ""
        place = (seen.record_id, str(path), seen.offset)
        for target in head.fields.get("warc-concurrent-to", ()):
            self._db.execute("INSERT INTO links VALUES (?,?,?,?,?)", (*place, target, normal_digest(digest) or digest))
        if seen.kind == "revisit":
            self._db.execute(
                "INSERT INTO revisits VALUES (?,?,?,?,?,?,?,?,?)",
                (
                    *(*place, head.first("warc-refers-to"), head.uri("warc-refers-to-target-uri")),
                    *(head.first("warc-refers-to-date"), seen.declared),
                    *place_of_original(head.first),
                ),
            )

    def at(self, file: str, offset: int) -> Seen | None:
        """The record at an offset of a file, by its final name."""
        return self._one("file=? AND offset=? ORDER BY rowid", file, offset)

    def note_indexed(self, file: str, offset: int) -> None:
        """Remember that an index has a line for this place."""
        self._db.execute("INSERT INTO indexed VALUES (?,?)", (file, offset))

    def not_indexed(self, path: Path) -> Iterator[Seen]:
        """The answers of a file of ours that belong into its index and are not in it (see :mod:`archive.cdxj`)."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM records WHERE path=? AND own=1 AND (kind='revisit' OR kind='response' AND truncated='')"
            " AND whole=1 AND status NOT IN (0, 304) AND EXISTS (SELECT 1 FROM links JOIN records AS asked"
            " ON asked.id=links.source WHERE links.target=records.id AND asked.method IN ('GET', 'POST', 'PUT'))"
            " AND NOT EXISTS (SELECT 1 FROM indexed WHERE indexed.file=records.file"
            " AND indexed.offset=records.offset) ORDER BY offset",
            (str(path),),
        )
        return (_seen(row) for row in rows)

    def faults(self) -> Iterator[Fault]:
        """What is wrong between the records, once all files were read."""
        yield from self._select(
            "concurrent-missing",
            "WARC-Concurrent-To names {}, which is not there",
            "SELECT path, offset, source, target FROM links WHERE NOT EXISTS"
            " (SELECT 1 FROM records WHERE records.id=links.target) ORDER BY links.rowid",
        )
        yield from self._select(
            "truncated-undeclared",
            "the body is shorter than the header of the answer says, and there is no WARC-Truncated",
            "SELECT path, offset, id FROM records WHERE short=1"
            f" AND NOT {_IS_HEAD.format('links.source', 'links.target')}"
            f" AND NOT {_IS_HEAD.format('links.target', 'links.source')} ORDER BY rowid",
        )
        yield from self._select(
            "digest-metadata",
            "ogi-payload-digest is not that of the response {}",
            "SELECT links.path, links.offset, links.source, records.id FROM links JOIN records ON records.id=links.target"
            " WHERE links.digest<>'' AND records.kind='response' AND whole=1 AND entity<>links.digest ORDER BY links.rowid",
        )
        for row in self._db.execute("SELECT * FROM revisits ORDER BY rowid"):
            yield from self._revisit(*row)

    def _revisit(
        self,
        identity: str,
        path: str,
        offset: int,
        refers_to: str,
        uri: str,
        date: str,
        digest: str,
        container: str,
        place: str,
    ) -> Iterator[Fault]:
        def fault(code: str, message: str) -> Fault:
            return Fault(path, offset, identity, f"revisit-{code}", message)

        if refers_to:
            target = self._one("id=? ORDER BY kind='revisit', rowid", refers_to)
        elif uri and date:
            target = self._one(  # many writers name the date to the second, whatever the record has
                "uri=? AND substr(date, 1, 19)=substr(?, 1, 19) ORDER BY date<>?, kind NOT IN ('response', 'resource'), rowid",
                *(uri, date, date),
            )
        else:
            target = self._one(
                "declared=? AND declared<>'' AND kind IN ('response', 'resource') ORDER BY rowid", digest
            )
        if target is None or target.kind not in ("response", "resource", "conversion"):
            which = refers_to or f"{uri} {date}".strip() or digest or "nothing"
            what = "which is not there" if target is None else f"a record of type {target.kind}"
            yield fault("target", f"the revisit refers to {which}, {what}")
            return
        if uri and uri != target.uri:
            yield fault("uri", f"WARC-Refers-To-Target-URI is {uri}, the response is that of {target.uri}")
        if date and not target.has_date(date):
            yield fault("date", f"WARC-Refers-To-Date is {date}, the response is of {target.date}")
        if place and self.size_of(container) is not None:
            there = self.at(container, int(place))
            if there is None or there.record_id != target.record_id:
                yield fault("place", f"the response {target.record_id} is not at offset {place} of {container}")
        noted = self._db.execute("SELECT digest FROM links WHERE target=? AND digest<>''", (identity,)).fetchone()
        for text in {digest, noted[0] if noted else ""} - {""}:
            if not target.has_digest(text):
                yield fault("digest", f"the payload digest {text} is not that of the response {target.record_id}")

    def _select(self, code: str, message: str, sql: str) -> Iterator[Fault]:
        for path, offset, identity, *rest in self._db.execute(sql):
            yield Fault(path, offset, identity, code, message.format(*rest))

    def _one(self, condition: str, *values: object) -> Seen | None:
        row = self._db.execute(f"SELECT {_COLUMNS} FROM records WHERE {condition} LIMIT 1", values).fetchone()
        return None if row is None else _seen(row)


def _seen(row: tuple[Any, ...]) -> Seen:
    return Seen(*row)


def final_name(path: Path) -> str:
    """The name a WARC file has when it is finished."""
    return path.name.removesuffix(".open")
