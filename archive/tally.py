"""Counting a portal in the ledger: the figures from which the verdict of a run is judged. Reads only; judges nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from archive.database import Database
from archive.frontier_rows import NEVER
from archive.rows import MANUAL, beside, later, now

# A page that lost its last link this long ago was unlisted on purpose.
UNLISTED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A listing that shows fewer rows than its portal promises (共N条)."""

    url: str
    seen: int
    promised: int


@dataclass(frozen=True, slots=True)
class Tally:
    """A portal in one run, counted from the ledger.

    ``outcomes`` counts rows by (role, outcome) and ``reasons`` failures by class, both of this run. Listing figures are of
    the last reading of each listing that is still linked. ``listed`` counts report and attachment rows ever found,
    ``not_due`` those not asked for in this run, ``left`` rows still due in it, ``awaiting`` pages that still await files of
    theirs or are yet to be read, ``unlisted`` pages that lost their last link lately and still answer. ``archived`` counts
    exchanges, ``bytes`` their responses in the archive, ``bytes_saved``
    the bodies that did not come again. ``beside`` counts what was asked for beside its pages by (role, outcome); no other
    figure has any of it. ``documents`` are (change, counts) recorded in this run; ``known_documents`` those
    a page of the portal shows now, ``moved`` those whose page went away in this run while another shows them.
    ``failures`` describe the requests that failed, at most ten. ``periods`` maps a period to the series that have a
    document of it.
    """

    outcomes: Mapping[tuple[str, str], int]
    reasons: Mapping[str, int]
    listing_pages: int
    rows_seen: int
    rows_promised: int | None
    shortfalls: Sequence[Shortfall]
    listed: int
    not_due: int
    left: int
    awaiting: int
    unlisted: int
    archived: int
    bytes: int
    bytes_saved: int
    beside: Mapping[tuple[str, str], int]
    documents: Sequence[tuple[str, Mapping[str, int]]]
    known_documents: int
    moved: int
    failures: Sequence[str]
    periods: Mapping[int, frozenset[str]]


def count_portal(db: Database, portal: str, run: str) -> Tally:
    """Count what the ledger holds of a portal in one run."""
    outcomes = db.all(
        "SELECT role, outcome, reason, COUNT(*) AS n FROM requests WHERE portal=? AND acknowledged_run=?"
        " GROUP BY role, outcome, reason",
        *(portal, run),
    )
    by_outcome: dict[tuple[str, str], int] = {}
    reasons: dict[str, int] = {}
    for row in outcomes:
        place = (row["role"], row["outcome"])
        by_outcome[place] = by_outcome.get(place, 0) + row["n"]
        if row["reason"]:
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["n"]
    listings = db.all(
        "SELECT COALESCE(NULLIF(listing, ''), key) AS first, COUNT(*) AS pages, SUM(rows_seen) AS seen,"
        " MAX(rows_promised) AS promised FROM requests WHERE portal=? AND rows_seen IS NOT NULL AND due_at<?"
        " GROUP BY COALESCE(NULLIF(listing, ''), key)",
        *(portal, NEVER),
    )
    promises = [row["promised"] for row in listings if row["promised"] is not None]
    archived = db.one(
        "SELECT COUNT(*) AS n, COALESCE(SUM(length), 0) AS bytes FROM captures"
        " WHERE run=? AND portal=? AND status<>0 AND request_key<>''",
        *(run, portal),
    )
    failures = db.all(
        "SELECT url, outcome, detail FROM requests WHERE portal=? AND acknowledged_run=? AND detail<>''"
        " ORDER BY position LIMIT 10",
        *(portal, run),
    )
    started = db.one("SELECT started_at FROM runs WHERE run=?", run)
    return Tally(
        outcomes=by_outcome,
        reasons=reasons,
        listing_pages=sum(row["pages"] for row in listings),
        rows_seen=sum(row["seen"] for row in listings),
        rows_promised=sum(promises) if promises else None,
        shortfalls=[
            Shortfall(_url_of(db, row["first"]), row["seen"], row["promised"])
            for row in listings
            if row["promised"] is not None and row["seen"] < row["promised"]
        ],
        listed=db.count("SELECT COUNT(*) FROM requests WHERE portal=? AND role IN ('report','attachment')", portal),
        not_due=db.count(
            "SELECT COUNT(*) FROM requests WHERE portal=? AND acknowledged_run<>? AND due_at>? AND due_at<?",
            *(portal, run, now(), NEVER),
        ),
        left=db.count(
            "SELECT COUNT(*) FROM requests WHERE portal=? AND acknowledged_run<>? AND due_at<=?", portal, run, now()
        ),
        awaiting=db.count("SELECT COUNT(*) FROM requests WHERE portal=? AND ready=1", portal)
        + db.count(
            "SELECT COUNT(DISTINCT c.page) FROM carriers AS c CROSS JOIN requests AS p"  # few await, in this order
            " WHERE c.awaited=1 AND p.key=c.page AND p.portal=?",
            portal,
        ),
        unlisted=db.count(
            "SELECT COUNT(*) FROM requests WHERE portal=? AND orphaned_at<>'' AND orphaned_at>=? AND role='report'"
            " AND outcome IN ('ok','unchanged')",
            *(portal, later(-timedelta(days=UNLISTED_DAYS))),
        ),
        archived=archived["n"] if archived else 0,
        bytes=archived["bytes"] if archived else 0,
        bytes_saved=db.count(
            "SELECT COALESCE(SUM(size), 0) FROM requests WHERE portal=? AND acknowledged_run=? AND outcome='unchanged'",
            *(portal, run),
        ),
        beside=_beside(db, portal, run),
        documents=[
            (row["change"], json.loads(row["counts"]))
            for row in db.all("SELECT change, counts FROM documents WHERE portal=? AND run=?", portal, run)
        ],
        known_documents=db.count(
            "SELECT COUNT(DISTINCT key) FROM sources WHERE portal=? AND current=1 AND gone_at=''", portal
        ),
        moved=db.count(
            "SELECT COUNT(DISTINCT key) FROM sources WHERE gone_at>=? AND gone_at<>'' AND portal=? AND EXISTS"
            " (SELECT 1 FROM sources AS live WHERE live.key=sources.key AND live.current=1 AND live.gone_at=''"
            " AND live.portal<>?)",
            *(started["started_at"] if started else now(), portal, MANUAL),
        ),
        failures=[f"{row['url']}: {row['outcome']}: {row['detail']}" for row in failures],
        periods=_periods(db, portal),
    )


def _url_of(db: Database, key: str) -> str:
    row = db.one("SELECT url FROM requests WHERE key=?", key)
    return "" if row is None else str(row["url"])


def _beside(db: Database, portal: str, run: str) -> dict[tuple[str, str], int]:
    rows = db.all(
        "SELECT role, outcome, COUNT(*) AS n FROM requests WHERE acknowledged_run=? AND portal IN (?,?) GROUP BY role, outcome",
        *(run, beside(portal, "attachment"), beside(portal, "requisite")),
    )
    return {(row["role"], row["outcome"]): row["n"] for row in rows}


def _periods(db: Database, portal: str) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for row in db.all(
        "SELECT DISTINCT d.series, d.period FROM sources AS s JOIN documents AS d ON d.key=s.key"
        " WHERE s.portal=? AND s.current=1 AND s.gone_at='' AND d.series<>'' AND d.period IS NOT NULL",
        portal,
    ):
        found.setdefault(row["period"], set()).add(row["series"])
    return {period: frozenset(series) for period, series in sorted(found.items())}
