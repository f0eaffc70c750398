"""The files that carry what a page only links to: which page awaits which, and which page has all it can get.

A part of the ledger; works inside the ledger's transaction. Must not know what a file is, nor how a page is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.captures import find_capture
from archive.database import Database, Row
from archive.frontier_rows import NEVER, request_of
from archive.rows import Acknowledgement, CarrierFile, FrontierRequest, now


class Carriers:
    """The pages of a ledger that are read from their files.

    A page that awaits files becomes ready when the last of them came to an end, whatever that end was; and again whenever
    one of them is seen to say something else. A page that is not held (gone, or to come whole) is never ready: it awaits
    its files anew when it comes.
    """

    def __init__(self, db: Database):
        self._db = db

    def expect(self, page: str, children: Sequence[FrontierRequest], run: str) -> list[FrontierRequest]:
        """Let a page await these files, already in the frontier, and no others. None: it is read without.

        They are due now, but those that were asked for in this run. Returns what is due or ready by it.
        """
        if not self._db.execute("DELETE FROM carriers WHERE page=?", (page,)) and not children:
            return []  # as almost always
        self._db.execute("UPDATE requests SET ready=0 WHERE key=? AND ready=1", (page,))
        due = []
        for position, child in enumerate(children):
            row = self._db.one("SELECT * FROM requests WHERE key=?", child.key)
            assert row is not None
            awaited = row["acknowledged_run"] != run and row["due_at"] < NEVER
            self._db.execute(
                "INSERT INTO carriers VALUES (?,?,?,?) ON CONFLICT (page, child) DO NOTHING",
                (page, child.key, position, int(awaited)),
            )
            if awaited:
                self._db.execute("UPDATE requests SET due_at=? WHERE key=? AND due_at>?", (now(), child.key, now()))
                due.append(request_of(row))
        return due or (self._make_ready(page) if children else [])

    def ended(self, acknowledgement: Acknowledgement) -> list[FrontierRequest]:
        """Take note that a visit ended, before its row is settled; returns the pages that are ready by it."""
        child = acknowledgement.request.key
        pages = self._db.all("SELECT page, awaited FROM carriers WHERE child=?", child)
        if not pages or acknowledgement.postponed or acknowledgement.read_back:
            return []
        changed = acknowledgement.validators is not None and self._says_otherwise(
            child, acknowledgement.validators.content_digest
        )
        self._db.execute("UPDATE carriers SET awaited=0 WHERE child=?", (child,))
        ready = []
        for row in pages:
            if row["awaited"] or changed:
                ready += self._make_ready(row["page"])
        return ready

    def _says_otherwise(self, child: str, content_digest: str) -> bool:
        row = self._db.one("SELECT content_digest FROM requests WHERE key=?", child)
        return row is not None and row["content_digest"] != content_digest

    def _make_ready(self, page: str) -> list[FrontierRequest]:
        if self._db.one("SELECT 1 FROM carriers WHERE page=? AND awaited=1 LIMIT 1", page) is not None:
            return []
        row = self._db.one("SELECT * FROM requests WHERE key=?", page)
        if row is None or not row["capture"]:
            return []
        self._db.execute("UPDATE requests SET ready=1 WHERE key=?", (page,))
        return [request_of(row)]

    def want_whole(self, page: str) -> None:
        """The files of a page must come whole when they are asked for next: they could not be read from the archive."""
        self._db.execute(
            "UPDATE requests SET etag='', last_modified='' WHERE key IN (SELECT child FROM carriers WHERE page=?)",
            (page,),
        )

    def give_up(self, portals: Sequence[str]) -> None:
        """Await nothing any more for the pages of these portals: what was not asked for until now never was."""
        awaiting = self._db.all(
            "SELECT DISTINCT c.page, p.portal FROM carriers AS c JOIN requests AS p ON p.key=c.page WHERE c.awaited=1"
        )
        for row in awaiting:
            if row["portal"] in portals:
                self._db.execute("UPDATE carriers SET awaited=0 WHERE page=?", (row["page"],))
                self._make_ready(row["page"])

    def lose(self, children: Iterable[str]) -> list[str]:
        """Files whose bytes are lost are awaited again; returns the captures of the pages that were read from them."""
        captures = []
        for child in children:
            for row in self._pages_of(child):
                captures.append(str(row["capture"]))
                self._db.execute("UPDATE requests SET ready=0 WHERE key=?", (row["key"],))
            self._db.execute("UPDATE carriers SET awaited=1 WHERE child=?", (child,))
        return captures

    def pages_with(self, condition: str, values: Sequence[object]) -> list[tuple[str, str]]:
        """The pages (key, URL) with a file whose address meets an SQL condition on ``url``."""
        children = self._db.all(f"SELECT key FROM requests WHERE {condition}", *values)
        return [(row["key"], row["url"]) for child in children for row in self._pages_of(child["key"])]

    def _pages_of(self, child: str) -> list[Row]:
        return self._db.all(
            "SELECT p.* FROM carriers AS c JOIN requests AS p ON p.key=c.page WHERE c.child=? ORDER BY p.position",
            child,
        )


def files_of(db: Database, page: str) -> tuple[CarrierFile, ...]:
    """The files of a page, in its order, as they are known now."""
    rows = db.all(
        "SELECT r.url, r.outcome, r.content_digest, r.capture FROM carriers AS c JOIN requests AS r ON r.key=c.child"
        " WHERE c.page=? ORDER BY c.position",
        page,
    )
    return tuple(
        CarrierFile(
            *(row["url"], row["outcome"], row["content_digest"]),
            find_capture(db, row["capture"]) if row["capture"] else None,
        )
        for row in rows
    )


def carried_as(db: Database, page: str, url: str) -> str:
    """The document that a page shows now, if it was read from its files and they are all as they were then."""
    row = db.one("SELECT COUNT(*) AS files, MAX(awaited) AS awaited FROM carriers WHERE page=?", page)
    if row is None or not row["files"] or row["awaited"]:
        return ""
    source = db.one("SELECT key FROM sources WHERE url=? AND current=1 AND gone_at='' LIMIT 1", url)
    return "" if source is None else str(source["key"])
