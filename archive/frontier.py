"""The frontier: one row per request, leased when it is due, and the links by which pages lead to each other.

A part of the ledger. Writing methods work inside the ledger's transaction unless they say otherwise. Must not know what
a request is for beyond its role, nor when a row should be due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from archive.captures import find_capture
from archive.carriers import carried_as, files_of
from archive.database import Database, Row, marks
from archive.frontier_rows import NEVER, is_unclaimed, request_of
from archive.rows import MANUAL, Acknowledgement, FrontierRequest, LeasedRequest, Validators, as_json, later, now

LEASE = timedelta(minutes=30)
AWAITING = "awaiting"  # outcome of a page that awaits its files

_COLUMNS = "key,position,family,portal,host,role,method,url,body,headers,callback,data,hints,via,hops,listing,due_at"

# Which rows may be asked for again before they are due; the value is a LIKE pattern, a moment, a year or a name.
REFETCH: Mapping[str, str] = {
    "all": "1=1",
    "portal": "portal=?",
    "host": "host=?",
    "url": "url LIKE ? ESCAPE '\\'",
    "older": "succeeded_at<?",
    "year": (
        "(url IN (SELECT sources.url FROM sources JOIN documents ON documents.key=sources.key"
        " WHERE documents.period=CAST(? AS INTEGER)) OR hints LIKE '%' || ? || '%')"
    ),
}


class Frontier:
    """The request rows of a ledger."""

    def __init__(self, db: Database):
        self._db = db
        self._registered: frozenset[str] | None = None

    def register(self, portals: Iterable[str]) -> None:
        """Say which portals there are: rows of any other portal pass to the portal that links them next."""
        self._registered = frozenset(portals)

    # -- entering -----------------------------------------------------------------------------------------------

    def add(self, requests: Sequence[FrontierRequest], parent: str = "") -> list[FrontierRequest]:
        """Enter requests that are not yet known, due now, as linked from ``parent``; returns those that are due by it.

        Known ones keep their schedule and hints; a known listing takes its paging data anew, and one that was retired
        is due again. One that was only asked for by hand is due: it had no schedule; and so is one that was only archived
        beside a page.
        """
        if not requests:
            return []
        due, position, entered = now(), self._top(), []
        for request in requests:
            key = request.key  # a digest, made anew each time
            known = self._db.one("SELECT portal, family, due_at, role, orphaned_at FROM requests WHERE key=?", key)
            if known is None:
                position += 1
                self._insert(key, request, position, due)
                entered.append(request)
            else:
                unclaimed = is_unclaimed(known, request)
                if unclaimed or self._passes_on(known, request):
                    self.take_over(request)
                is_listing = known["role"] == request.role == "listing"
                if is_listing:
                    self._db.execute("UPDATE requests SET data=? WHERE key=?", (as_json(dict(request.data)), key))
                retired = is_listing and known["due_at"] == NEVER
                if known["orphaned_at"]:
                    self._db.execute("UPDATE requests SET orphaned_at='' WHERE key=?", (key,))
                if retired or unclaimed:
                    self._db.execute("UPDATE requests SET due_at=? WHERE key=?", (due, key))
                    entered.append(request)
            if parent:
                self._db.execute("INSERT INTO links VALUES (?,?) ON CONFLICT (parent, child) DO NOTHING", (parent, key))
        return entered

    def _passes_on(self, known: Row, request: FrontierRequest) -> bool:
        """Whether a row's portal is no more, or was declared to be of another family."""
        abandoned = self._registered is not None and known["portal"] not in self._registered
        return abandoned or (known["portal"] == request.portal and known["family"] != request.family)

    def take_over(self, request: FrontierRequest) -> None:
        """Let a known row belong to the portal, family and page that lead to it now; it must come whole."""
        self._db.execute(
            "UPDATE requests SET family=?, portal=?, role=?, callback=?, headers=?, data=?, hints=?, via=?, hops=?,"
            " listing=?, etag='', last_modified='' WHERE key=?",
            (
                *(request.family, request.portal, request.role, request.callback, as_json(dict(request.headers))),
                *(as_json(dict(request.data)), as_json(dict(request.hints)), request.via, request.hops),
                *(request.listing, request.key),
            ),
        )
        self._db.execute("UPDATE sources SET portal=? WHERE url=?", (request.portal, request.url))

    def add_starts(self, requests: Sequence[FrontierRequest], run: str = "") -> list[FrontierRequest]:
        """Enter the requests a crawl begins with; known ones are due now, and belong to who begins with them.

        Known starts already acknowledged in ``run`` keep their schedule: a run that is continued does not begin again.
        """
        known = [request for request in requests if self.knows(request.key)]
        entered = self.add(requests)
        for request in known:
            if request.portal == MANUAL:
                self.take_over(request)  # whatever it was, a requisite or a page of a portal that is no more
            self._db.execute(
                "UPDATE requests SET due_at=? WHERE key=? AND due_at>? AND acknowledged_run<>?",
                (now(), request.key, now(), run),
            )
            self._db.execute(
                "UPDATE requests SET family=?, portal=?, role=?, callback=?, via='', hops='', orphaned_at='',"
                # of another family or portal: what it said then was read by another, so it must come whole
                " etag=CASE WHEN family=? AND portal=? THEN etag ELSE '' END,"
                " last_modified=CASE WHEN family=? AND portal=? THEN last_modified ELSE '' END WHERE key=?",
                (
                    *(request.family, request.portal, request.role, request.callback),
                    *(request.family, request.portal) * 2,
                    request.key,
                ),
            )
        return entered

    def link_all(self, parent: str, children: Sequence[FrontierRequest]) -> None:
        """Take ``children`` for all that a listing links to now: what nothing else links to is orphaned.

        An orphaned listing is retired, and so what it led to may be orphaned too.
        """
        kept = {child.key for child in children}
        for row in self._db.all("SELECT child FROM links WHERE parent=?", parent):
            if row["child"] not in kept:
                self._db.execute("DELETE FROM links WHERE parent=? AND child=?", (parent, row["child"]))
                self._orphan(row["child"])

    def _orphan(self, key: str) -> None:
        if self._db.one("SELECT 1 FROM links WHERE child=? AND parent<>child LIMIT 1", key) is not None:
            return
        row = self._db.one("SELECT role, hops, due_at FROM requests WHERE key=?", key)
        if row is None or not row["hops"]:  # a start needs no link
            return
        self._db.execute("UPDATE requests SET orphaned_at=? WHERE key=? AND orphaned_at=''", (now(), key))
        if row["role"] == "listing" and row["due_at"] != NEVER:
            # Should it be linked again it must come whole: a 304 would not tell what it links to.
            self._db.execute("UPDATE requests SET due_at=?, etag='', last_modified='' WHERE key=?", (NEVER, key))
            self.link_all(key, ())

    # -- what is due --------------------------------------------------------------------------------------------

    def queues(self, portal: str, run: str) -> dict[str, int]:
        """How many rows of a portal are due in this run, or ready, by host."""
        due = self._db.all(
            "SELECT host, COUNT(*) AS n FROM requests WHERE portal=? AND due_at<=? AND acknowledged_run<>? GROUP BY host",
            *(portal, now(), run),
        )
        queues = {row["host"]: row["n"] for row in due}
        for row in self._db.all(
            "SELECT host, COUNT(*) AS n FROM requests WHERE portal=? AND ready=1 GROUP BY host", portal
        ):
            queues[row["host"]] = queues.get(row["host"], 0) + row["n"]
        return queues

    def lease(self, portal: str, host: str, run: str, owner: str) -> LeasedRequest | None:
        """Lease the first row of a portal on a host: a ready one, or one that is due, at most once per run.

        ``None``: there is none. A transaction.
        """
        moment = now()
        with self._db.transaction():
            row = self._db.one(
                "SELECT * FROM requests WHERE portal=? AND host=? AND ready=1"
                " AND (lease_owner IS NULL OR lease_expires<?) ORDER BY position LIMIT 1",
                *(portal, host, moment),
            ) or self._db.one(
                "SELECT * FROM requests WHERE portal=? AND host=? AND due_at<=? AND acknowledged_run<>?"
                " AND (lease_owner IS NULL OR lease_expires<?) ORDER BY due_at, position LIMIT 1",
                *(portal, host, moment, run, moment),
            )
            return None if row is None else self._lease(row, owner)

    def find(self, key: str) -> LeasedRequest | None:
        """A row as it would be leased now; ``None`` if it is not known."""
        row = self._db.one("SELECT * FROM requests WHERE key=?", key)
        return None if row is None else self._leased(row)

    def lease_row(self, key: str, run: str, owner: str) -> LeasedRequest | None:
        """Lease a row whether it is due or not. ``None``: it is leased, or it ended in this run, or it is not known."""
        row = self._db.one(
            "SELECT * FROM requests WHERE key=? AND (ready=1 OR acknowledged_run<>?)"
            " AND (lease_owner IS NULL OR lease_expires<?)",
            *(key, run, now()),
        )
        return None if row is None else self._lease(row, owner)

    def _lease(self, row: Row, owner: str) -> LeasedRequest:
        self._db.execute(
            "UPDATE requests SET lease_owner=?, lease_expires=?, attempts=attempts+1 WHERE key=?",
            (owner, later(LEASE), row["key"]),
        )
        return self._leased(row)

    def _leased(self, row: Row) -> LeasedRequest:
        links = self._db.count(
            "SELECT COUNT(*) FROM links AS l CROSS JOIN requests AS r WHERE l.parent=? AND r.key=l.child"
            " AND r.portal<>? AND r.role<>'requisite'",
            *(row["key"], MANUAL),
        )
        source = self._db.one("SELECT 1 FROM sources WHERE url=? AND current=1 AND gone_at='' LIMIT 1", row["url"])
        return LeasedRequest(
            request_of(row),
            row["attempts"] + 1,
            self._validators_of(row),
            rows_seen=int(row["rows_seen"] or 0),
            links_seen=links,
            changed_at=row["changed_at"],
            recorded=source is not None,
            carried_as=carried_as(self._db, row["key"], row["url"]),
            ready=bool(row["ready"]),
            files=files_of(self._db, row["key"]) if row["ready"] else (),
        )

    def void_leases(self) -> int:
        """Make every leased row due again: who held the lease is gone, since DATA_DIR is ours now."""
        return self._db.execute(
            "UPDATE requests SET lease_owner=NULL, lease_expires=NULL WHERE lease_owner IS NOT NULL"
        )

    def recall_orphans(self, portal: str, run: str, since: str) -> int:
        """Make due the pages that lost their last link since ``since`` and were not asked for in this run.

        Whether they are gone, too, or only unlisted must be asked. Returns how many.
        """
        return self._db.execute(
            # that it is not empty follows from the date, but only said does it find the index
            "UPDATE requests SET due_at=? WHERE portal=? AND orphaned_at<>'' AND orphaned_at>=? AND role<>'listing'"
            " AND acknowledged_run<>? AND due_at>? AND due_at<?",
            (now(), portal, since, run, now(), NEVER),
        )

    def refetch(self, portals: Sequence[str], what: str, value: str = "") -> int:
        """Make due the known rows of these portals that ``what`` (a key of :data:`REFETCH`) selects; returns how many."""
        condition = REFETCH[what]
        return self._db.execute(
            f"UPDATE requests SET due_at=? WHERE portal IN ({marks(portals)}) AND due_at>? AND due_at<? AND {condition}",
            (now(), *portals, now(), NEVER, *(value,) * condition.count("?")),
        )

    def due(self, portals: Sequence[str]) -> list[tuple[str, str, str, int]]:
        """What is due now: (portal, host, role, rows)."""
        rows = self._db.all(
            f"SELECT portal, host, role, COUNT(*) AS n FROM requests WHERE portal IN ({marks(portals)}) AND due_at<=?"
            " GROUP BY portal, host, role ORDER BY portal, host, role",
            *(*portals, now()),
        )
        return [(row["portal"], row["host"], row["role"], row["n"]) for row in rows]

    def is_due(self, url: str) -> bool:
        """Whether a row of this address is due now."""
        return self._db.one("SELECT 1 FROM requests WHERE url=? AND due_at<=? LIMIT 1", url, now()) is not None

    def similar(self, base: str, limit: int) -> int:
        """How many addresses are known that differ from ``base`` by their query only; counts up to ``limit``."""
        return self._db.count(
            "SELECT COUNT(*) FROM (SELECT 1 FROM requests WHERE url>=? AND url<? LIMIT ?) AS known",
            *(f"{base}?", f"{base}@", limit),  # @ follows ? in every byte order
        )

    def has_requisites(self, key: str) -> bool:
        """Whether it is known what the page of this row needs to be displayed."""
        row = self._db.one(
            "SELECT 1 FROM links AS l CROSS JOIN requests AS r WHERE l.parent=? AND r.key=l.child AND r.role='requisite'"
            " LIMIT 1",
            key,
        )
        return row is not None

    def knows(self, key: str) -> bool:
        """Whether a request is in the frontier."""
        return self._db.one("SELECT 1 FROM requests WHERE key=?", key) is not None

    def keys_of(self, urls: Iterable[str]) -> list[str]:
        """The rows of these addresses."""
        return [row["key"] for url in urls for row in self._db.all("SELECT key FROM requests WHERE url=?", url)]

    # -- acknowledging ------------------------------------------------------------------------------------------

    def settle(self, run: str, acknowledgement: Acknowledgement, changed: bool) -> None:
        """Write what became of a leased row, and end its lease."""
        request = acknowledgement.request
        if acknowledgement.postponed:
            self._db.execute(
                "UPDATE requests SET due_at=?, lease_owner=NULL, lease_expires=NULL, reason=?, detail=? WHERE key=?",
                (acknowledgement.due_at, acknowledgement.reason, acknowledgement.detail, request.key),
            )
            return
        if acknowledgement.read_back and acknowledgement.succeeded:
            self._settle_read_back(run, acknowledgement, changed)
            return
        due = acknowledgement.due_if_changed if changed and acknowledgement.due_if_changed else acknowledgement.due_at
        succeeded = acknowledgement.succeeded
        moment = now()
        known = acknowledgement.validators or Validators()
        new = int(acknowledgement.validators is not None)
        self._db.execute(
            "UPDATE requests SET due_at=?, lease_owner=NULL, lease_expires=NULL, attempts=0, acknowledged_run=?,"
            " ready=CASE WHEN ?=1 THEN 0 ELSE ready END, outcome=?, reason=?, detail=?,"
            " succeeded_at=CASE WHEN ?=1 THEN ? ELSE succeeded_at END,"
            " changed_at=CASE WHEN ?=1 OR (?=1 AND changed_at='') THEN ? ELSE changed_at END,"
            " size=CASE WHEN ?=1 THEN ? ELSE size END, etag=CASE WHEN ?=1 THEN ? ELSE etag END,"
            " last_modified=CASE WHEN ?=1 THEN ? ELSE last_modified END,"
            " content_digest=CASE WHEN ?=1 THEN ? ELSE content_digest END,"
            " capture=CASE WHEN ?=1 THEN ? ELSE capture END WHERE key=?",
            (
                *(due, run, int(acknowledgement.read_back)),
                *(acknowledgement.outcome, acknowledgement.reason, acknowledgement.detail),
                *(int(succeeded), moment, int(changed), int(succeeded), moment),
                *(int(succeeded and acknowledgement.size > 0), acknowledgement.size),
                *(new, known.etag, new, known.last_modified, new, known.content_digest),
                *(new, known.capture.record_id if known.capture else "", request.key),
            ),
        )
        if acknowledgement.listing is not None:
            self._db.execute(
                "UPDATE requests SET rows_seen=?, rows_promised=? WHERE key=?", (*acknowledgement.listing, request.key)
            )

    def _settle_read_back(self, run: str, acknowledgement: Acknowledgement, changed: bool) -> None:
        """A page was read from the archive: it ended as it did when it was fetched, unless it awaited this end.

        If it is due it is still to be asked for.
        """
        key, moment = acknowledgement.request.key, now()
        self._db.execute(
            "UPDATE requests SET ready=0, lease_owner=NULL, lease_expires=NULL, attempts=0 WHERE key=?", (key,)
        )
        self._db.execute(
            "UPDATE requests SET outcome=?, reason='', detail=?, acknowledged_run=CASE WHEN due_at<=? AND acknowledged_run<>?"
            " THEN acknowledged_run ELSE ? END WHERE key=? AND outcome=?",
            (acknowledgement.outcome, acknowledgement.detail, moment, run, run, key, AWAITING),
        )
        if changed:
            self._db.execute(
                "UPDATE requests SET changed_at=?, due_at=CASE WHEN due_at<=? THEN due_at ELSE ? END WHERE key=?",
                (moment, moment, acknowledgement.due_if_changed, key),
            )

    def forget_pages(self, keys: Iterable[str]) -> None:
        """Forget what was read from these rows' pages: they are due, and must come whole."""
        for key in keys:
            self._db.execute(
                "UPDATE requests SET due_at=?, acknowledged_run='', outcome='', reason='', detail='', etag='',"
                " last_modified='', content_digest='', capture='', ready=0 WHERE key=?",
                (now(), key),
            )

    def retire(self, condition: str, values: Sequence[object], outcome: str) -> int:
        """Never ask again for the rows that meet an SQL condition; returns how many."""
        return self._db.execute(
            f"UPDATE requests SET due_at=?, outcome=?, reason='', detail='', ready=0 WHERE {condition}",
            (NEVER, outcome, *values),
        )

    def requests(self) -> Iterator[FrontierRequest]:
        """Every request, in the order in which they were entered."""
        for row in self._db.all("SELECT * FROM requests ORDER BY position"):
            yield request_of(row)

    def links(self) -> Iterator[tuple[str, str]]:
        """Every link, as the keys of parent and child, sorted."""
        for row in self._db.all("SELECT parent, child FROM links ORDER BY parent, child"):
            yield row["parent"], row["child"]

    # -- rows ---------------------------------------------------------------------------------------------------

    def _top(self) -> int:
        return self._db.count("SELECT COALESCE(MAX(position), 0) FROM requests")

    def _insert(self, key: str, request: FrontierRequest, position: int, due: str) -> None:
        self._db.execute(
            f"INSERT INTO requests ({_COLUMNS}) VALUES ({marks(range(17))})",
            (
                *(key, position, request.family, request.portal, request.host, request.role, request.method),
                *(request.url, request.body, as_json(dict(request.headers)), request.callback),
                *(as_json(dict(request.data)), as_json(dict(request.hints)), request.via, request.hops),
                *(request.listing, due),
            ),
        )

    def _validators_of(self, row: Row) -> Validators:
        capture = find_capture(self._db, row["capture"]) if row["capture"] else None
        return Validators(row["etag"], row["last_modified"], row["content_digest"], capture)
