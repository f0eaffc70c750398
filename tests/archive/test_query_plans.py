"""What is asked for every page must not read a whole table: plans are looked at instead of clocks."""

from __future__ import annotations

import re
import sqlite3

import pytest

from archive.ledger import Ledger
from tests.archive.statements import Statement, read_statements

LARGE = ("requests", "links", "captures", "documents", "sources")
# Statements that are there to read everything, or are asked for once a command or file; by function.
WHOLE = {
    "adopted.captures_of",
    "captures.read_captures",
    "captures.stream_captures",
    "documents.captured",
    "documents.current",
    "documents.forget_pages",
    "documents.known_keys",
    "frontier.links",
    "frontier.refetch",
    "frontier.requests",
    "verify_ledger.check",
    "verify_ledger.documents",
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    path = tmp_path_factory.mktemp("plans") / "ledger.sqlite"
    Ledger(path).close()
    return sqlite3.connect(path)


def plan(connection: sqlite3.Connection, sql: str) -> list[str]:
    values = (None,) * sql.count("?")
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


@pytest.mark.parametrize("statement", read_statements(), ids=lambda s: s.place)
def test_no_large_table_is_read_whole(connection: sqlite3.Connection, statement: Statement) -> None:
    if statement.place.partition(":")[0] in WHOLE:
        return
    steps = plan(connection, statement.sql)
    scans = [step for step in steps if re.match(rf"SCAN ({'|'.join(LARGE)})\b", step)]
    assert scans == [], statement.sql


def of(place: str, holds: str = "") -> str:
    """The statement of a function, told from its others by a part of its text."""
    [sql] = {s.sql for s in read_statements() if s.place.startswith(f"{place}:") and holds in s.sql}
    return sql


@pytest.mark.parametrize(
    ("place", "holds", "expected"),
    [
        # Counting what is due reads the index alone, else the start of a crawl reads every row of the ledger.
        ("frontier.queues", "due_at", "SEARCH requests USING COVERING INDEX requests_queue (portal=?)"),
        ("frontier.queues", "ready", "SEARCH requests USING INDEX requests_ready (portal=?)"),
        ("frontier.lease", "ready=1", "SEARCH requests USING INDEX requests_ready (portal=? AND host=?)"),
        (
            "frontier.lease",
            "ORDER BY due_at",
            "SEARCH requests USING INDEX requests_queue (portal=? AND host=? AND due_at<?)",
        ),
        (
            "frontier.add",
            "orphaned_at FROM requests",
            "SEARCH requests USING INDEX sqlite_autoindex_requests_1 (key=?)",
        ),
        ("frontier._top", "", "SEARCH requests USING COVERING INDEX requests_position"),
        ("frontier.similar", "", "SEARCH requests USING COVERING INDEX requests_url (url>? AND url<?)"),
        ("frontier.void_leases", "", "SEARCH requests USING INDEX requests_lease (lease_owner>?)"),
        (
            "frontier.recall_orphans",
            "",
            "SEARCH requests USING INDEX requests_orphaned (portal=? AND orphaned_at>?)",
        ),
        (
            "tally.count_portal",
            "orphaned_at>=",
            "SEARCH requests USING INDEX requests_orphaned (portal=? AND orphaned_at>?)",
        ),
        (
            "tally.count_portal",
            "COUNT(DISTINCT key) FROM sources WHERE portal",
            "SEARCH sources USING INDEX sources_portal (portal=?)",
        ),
        ("tally.count_portal", "carriers", "SEARCH p USING INDEX sqlite_autoindex_requests_1 (key=?)"),
        ("tally.count_portal", "FROM captures", "SEARCH captures USING INDEX captures_run (run=? AND portal=?)"),
    ],
)
def test_hot_statements_use_their_index(connection: sqlite3.Connection, place: str, holds: str, expected: str) -> None:
    steps = plan(connection, of(place, holds))
    assert expected in steps
    assert not any(step == "USE TEMP B-TREE FOR ORDER BY" for step in steps)
