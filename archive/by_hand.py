"""Requests that a person asks for by hand: leased by name rather than by date, and what became of each.

A part of the ledger. Must not know how requests are sent, nor what a page needs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from archive.captures import captures_of_run
from archive.database import Database
from archive.exchange import CaptureRef
from archive.frontier import Frontier
from archive.frontier_rows import request_of
from archive.rows import MANUAL, FrontierRequest, LeasedRequest, now


@dataclass(frozen=True, slots=True)
class Asked:
    """How a request ended in a run: ``outcome`` is empty if it did not.

    ``capture`` is the last exchange of it in this run, whatever it brought. ``document`` is the key of the document that
    its address shows now, ``change`` what that run wrote of it (new, revised; empty: nothing).
    """

    outcome: str
    detail: str = ""
    size: int = 0
    capture: CaptureRef | None = None
    document: str = ""
    change: str = ""


class ByHand:
    """The requests of a ledger that are asked for by hand, and the requisites of their pages."""

    def __init__(self, db: Database, frontier: Frontier):
        self._db = db
        self._frontier = frontier

    def lease(self, key: str, run: str, owner: str) -> LeasedRequest | None:
        """Lease a row whether it is due or not. ``None``: it is leased, or it ended in this run. A transaction."""
        with self._db.transaction():
            return self._frontier.lease_row(key, run, owner)

    def requisites(self, page: str, run: str) -> list[FrontierRequest]:
        """The requisites that a row links to which are due and were not asked for in this run."""
        rows = self._db.all(
            "SELECT r.* FROM links AS l CROSS JOIN requests AS r WHERE l.parent=? AND r.key=l.child"
            " AND (r.portal=? OR r.role='requisite') AND r.due_at<=? AND r.acknowledged_run<>? ORDER BY r.position",
            *(page, MANUAL, now(), run),
        )
        return [request_of(row) for row in rows]

    def unread(self, run: str, *, files: bool) -> list[FrontierRequest]:
        """What a run that is continued has still to do for pages that are only a link: with ``files``, those that a page of
        this run awaits; and the pages that are ready to be read by what ended in this run.
        """
        rows = self._db.all(
            "SELECT p.* FROM requests AS f CROSS JOIN carriers AS c CROSS JOIN requests AS p WHERE f.acknowledged_run=?"
            " AND c.child=f.key AND p.key=c.page AND p.ready=1 ORDER BY p.position",
            run,
        )
        rows += self._db.all("SELECT * FROM requests WHERE acknowledged_run=? AND ready=1", run)
        if files:
            rows += self._db.all(
                "SELECT f.* FROM requests AS p CROSS JOIN carriers AS c CROSS JOIN requests AS f WHERE p.acknowledged_run=?"
                " AND c.page=p.key AND c.awaited=1 AND f.key=c.child ORDER BY f.position",
                run,
            )
        return [request_of(row) for row in rows]

    def ended(self, run: str) -> list[str]:
        """The keys of the rows that ended in this run."""
        return [str(row["key"]) for row in self._db.all("SELECT key FROM requests WHERE acknowledged_run=?", run)]

    def requisites_had(self, page: str) -> tuple[int, int]:
        """How many of the requisites that a page links to, style sheets' own included, are archived, and how many are not."""
        archived = self._requisites_of(page).values()
        return sum(archived), len(archived) - sum(archived)

    def requisite_keys(self, page: str) -> Collection[str]:
        """The keys of the requisites that a page links to, style sheets' own included."""
        return self._requisites_of(page).keys()

    def _requisites_of(self, page: str) -> dict[str, bool]:
        """The requisites of a page by key: whether each is archived."""
        archived, new = dict[str, bool](), [page]
        while new:
            rows = self._db.all(
                "SELECT r.key, r.capture FROM links AS l CROSS JOIN requests AS r WHERE l.parent=? AND r.key=l.child"
                " AND (r.portal=? OR r.role='requisite')",
                *(new.pop(), MANUAL),
            )
            for row in rows:
                if row["key"] not in archived:
                    archived[row["key"]] = bool(row["capture"])
                    new.append(row["key"])
        return archived

    def document_at(self, url: str) -> str:
        """The key of the document that an address shows now; empty if it shows none."""
        source = self._db.one("SELECT key FROM sources WHERE url=? AND current=1 AND gone_at='' LIMIT 1", url)
        return "" if source is None else str(source["key"])

    def results(self, run: str) -> dict[str, Asked]:
        """What became of every row that a run asked for, by key; those it did not come to an end with have no outcome."""
        captures = {entry.request_key: entry.ref for entry in captures_of_run(self._db, run)}
        written = {
            (row["url"], row["key"]): str(row["change"])
            for row in self._db.all("SELECT url, key, change FROM documents WHERE run=? ORDER BY position", run)
        }
        found = {key: Asked("", capture=capture) for key, capture in captures.items()}
        for row in self._db.all("SELECT key, url, outcome, detail, size FROM requests WHERE acknowledged_run=?", run):
            document = self.document_at(row["url"])
            found[row["key"]] = Asked(
                *(row["outcome"], row["detail"], int(row["size"]), captures.get(row["key"]), document),
                change=written.get((row["url"], document), ""),
            )
        return found
