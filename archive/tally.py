"""Counting a portal in the ledger: the figures from which the verdict of a run is judged. Reads only; judges nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.database import Database


@dataclass(frozen=True, slots=True)
class Tally:
    """A portal in one run, counted from the ledger.

    ``outcomes`` counts rows by (role, outcome) of this run; listing figures are of the last reading of each listing page;
    ``listed`` counts report and attachment rows ever found; ``documents`` are (change, counts) recorded in this run;
    ``failure`` describes the first request that failed, if one did.
    """

    outcomes: Mapping[tuple[str, str], int]
    listing_pages: int
    rows_seen: int
    rows_promised: int | None
    listed: int
    archived: int
    documents: Sequence[tuple[str, Mapping[str, int]]]
    known_documents: int
    failure: str


def count_portal(db: Database, portal: str, run: str) -> Tally:
    """Count what the ledger holds of a portal in one run."""
    outcomes = db.all(
        "SELECT role, outcome, COUNT(*) AS n FROM requests WHERE portal=? AND acknowledged_run=? GROUP BY role, outcome",
        *(portal, run),
    )
    listings = db.one(
        "SELECT COUNT(*) AS pages, COALESCE(SUM(rows_seen), 0) AS seen, MAX(rows_promised) AS promised"
        " FROM requests WHERE portal=? AND rows_seen IS NOT NULL",
        portal,
    )
    failure = db.one(
        "SELECT url, outcome, detail FROM requests WHERE portal=? AND acknowledged_run=? AND detail<>''"
        " ORDER BY position LIMIT 1",
        *(portal, run),
    )
    documents = db.all("SELECT change, counts FROM documents WHERE portal=? AND run=?", portal, run)
    return Tally(
        outcomes={(row["role"], row["outcome"]): row["n"] for row in outcomes},
        listing_pages=listings["pages"] if listings else 0,
        rows_seen=listings["seen"] if listings else 0,
        rows_promised=listings["promised"] if listings else None,
        listed=db.count("SELECT COUNT(*) FROM requests WHERE portal=? AND role IN ('report','attachment')", portal),
        archived=db.count(
            "SELECT COUNT(*) FROM captures WHERE run=? AND portal=? AND status<>0 AND request_key<>''", run, portal
        ),
        documents=[(row["change"], json.loads(row["counts"])) for row in documents],
        known_documents=db.count("SELECT COUNT(DISTINCT key) FROM documents WHERE portal=?", portal),
        failure=f"{failure['url']}: {failure['outcome']}: {failure['detail']}" if failure else "",
    )
