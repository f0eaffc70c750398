"""A ledger that is made again beside the old one, and takes its place when it is complete.

Must not know how an archive is read, nor what a page says.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from archive.captures import find_capture, store_captures
from archive.exchange import CaptureRef
from archive.ledger import Ledger
from archive.revisits import is_identical
from archive.rows import CaptureEntry, FrontierRequest, LeasedRequest, now
from archive.whole_file import sync_folder

_BESIDE = ("", "-wal", "-shm")  # SQLite's files of a database


class RebuiltLedger(Ledger):
    """An empty ledger in ``<path>.rebuilding``. Until :meth:`take_place` the one at ``path`` is as it was."""

    def __init__(self, path: Path):
        self._place = path
        self._part = path.with_name(path.name + ".rebuilding")
        self._remove()
        super().__init__(self._part)
        # Only a rebuild looks for the captures of a request; a crawl need not keep this index.
        self._db.execute("CREATE INDEX captures_request ON captures (request_key, run, captured_at)")

    def ends_visit(self, run: str, request_key: str, record_id: str) -> bool:
        """Whether a capture is the last one of this request in this run: those before it are redirects and retries."""
        row = self._db.one(
            "SELECT record_id FROM captures WHERE request_key=? AND run=?"
            " ORDER BY captured_at DESC, file DESC, start_offset DESC LIMIT 1",
            *(request_key, run),
        )
        return row is not None and row["record_id"] == record_id

    def store(self, run: str, entries: Iterable[CaptureEntry]) -> None:
        """Enter captures, or their page classes."""
        with self._db.transaction():
            store_captures(self._db, run, entries)

    def original_of(self, fields: Mapping[str, str]) -> CaptureRef | None:
        """The capture whose body a record has; ``None`` if that is its own. ``fields`` are those of the record."""
        return find_capture(self._db, fields.get("warc-refers-to", "")) if is_identical(fields) else None

    def restore(self, run: str, request: FrontierRequest) -> LeasedRequest:
        """The row an exchange was made for, entered if nothing led to it, under the portal that asked for it then."""
        known = self.frontier.find(request.key)
        if not request.hops:
            self.begin_with([request], run)
        elif known is None:
            with self._db.transaction():
                parent = self._db.one("SELECT key FROM requests WHERE url=? ORDER BY position LIMIT 1", request.via)
                self.frontier.add([request], parent["key"] if parent else "")
        elif (known.request.family, known.request.portal) != (request.family, request.portal):
            with self._db.transaction():
                self.frontier.take_over(request)
        leased = self.frontier.find(request.key)
        assert leased is not None
        return leased

    def first_ready(self) -> LeasedRequest | None:
        """The first page that has all it can get of its files, as it would be leased."""
        row = self._db.one("SELECT key FROM requests WHERE ready=1 ORDER BY position LIMIT 1")
        return None if row is None else self.frontier.find(row["key"])

    def reread_listings(self) -> None:
        """Make every listing due, to come whole: what one led to and was never fetched stands in no archive."""
        self._db.execute(
            "UPDATE requests SET due_at=?, etag='', last_modified='' WHERE role='listing' AND due_at<'9999'", (now(),)
        )

    def take_place(self) -> Path | None:
        """Put this ledger in the place of the old one, which is kept; returns where (``None``: there was none)."""
        self._db.execute("DROP INDEX captures_request")
        self.close()
        kept = None
        if self._place.exists():
            kept = self._place.with_name(f"{self._place.name}.before-rebuild-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
            os.link(self._place, kept)
        for suffix in _BESIDE[1:]:  # SQLite would apply a log that stays behind to the new ledger
            beside = self._place.with_name(self._place.name + suffix)
            if kept is not None and beside.exists():
                beside.rename(kept.with_name(kept.name + suffix))
            else:
                beside.unlink(missing_ok=True)
        os.replace(self._part, self._place)
        sync_folder(self._place.parent)
        return kept

    def discard(self) -> None:
        """Give up: nothing of this ledger stays."""
        self.close()
        self._remove()

    def _remove(self) -> None:
        for suffix in _BESIDE:
            self._part.with_name(self._part.name + suffix).unlink(missing_ok=True)
