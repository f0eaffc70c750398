"""What a rebuild must bring back: the archive of a test without its ledger, and the ledgers compared."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from tests.crawler.program import scrapy
from tests.crawler.small_portal import Portal

# What a rebuild restores, by table; times are those of the exchanges and differ by the length of a visit.
RESTORED = {
    "runs": "run, selection, started_at, finished_at<>'', verdict",
    "verdicts": "portal, run, verdict, detail",
    "captures": "*",
    "warc_files": "*",
    "links": "*",
    "documents": (
        "key, revision, title, series, period, digest, reader, rank, run, portal, capture, url, change, counts, line"
    ),
    "sources": "url, content_digest, key, revision, portal, rank, current, gone_at<>''",
    "outputs": "*",
}
ROW = (
    "key, family, portal, role, method, url, body, headers, callback, data, hints, via, hops, listing, orphaned_at<>''"
)
BECAME = "key, outcome, rows_seen, rows_promised, size, content_digest, capture, acknowledged_run, succeeded_at<>''"
FETCHED = "key IN (SELECT request_key FROM captures)"  # of what robots.txt forbids there is no exchange


def ledger_rows(data_dir: Path, table: str, columns: str, where: str = "1=1") -> list[tuple[Any, ...]]:
    with sqlite3.connect(data_dir / "ledger.sqlite") as db:
        return sorted(db.execute(f"SELECT {columns} FROM {table} WHERE {where}").fetchall(), key=repr)


def folder(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir()}


def everything_due(data_dir: Path) -> None:
    with sqlite3.connect(data_dir / "ledger.sqlite") as db:
        db.execute("UPDATE requests SET due_at='2000' WHERE due_at<'9999'")


def delete_all_but_warcs(data_dir: Path) -> None:
    for path in data_dir.glob("ledger.sqlite*"):
        path.unlink()
    shutil.rmtree(data_dir / "index")
    shutil.rmtree(data_dir / "reports")


def assert_same_ledger(rebuilt: Path, original: Path, *more: tuple[str, str]) -> None:
    """Assert that one ledger holds what another does; ``more`` are further columns of the frontier, each with a condition."""
    for table, columns in RESTORED.items():
        where = "committed_end>0" if table == "outputs" else "1=1"  # a file nobody wrote to has no length, or 0
        assert ledger_rows(rebuilt, table, columns, where) == ledger_rows(original, table, columns, where), table
    for columns, where in more:
        restored = ledger_rows(rebuilt, "requests", columns, where)
        assert restored == ledger_rows(original, "requests", columns, where)


def rebuild_copy(portal: Portal) -> Path:
    """A copy of a portal's archive, its ledger made again from the WARC files and found equal to the original."""
    rebuilt = portal.folder / "rebuilt"
    shutil.copytree(portal.data_dir, rebuilt)
    delete_all_but_warcs(rebuilt)
    process = scrapy("rebuild", DATA_DIR=rebuilt, PORTALS=portal.registry)
    assert process.returncode == 0, process.stderr
    assert_same_ledger(rebuilt, portal.data_dir, (ROW, "1=1"), (BECAME, FETCHED))
    return rebuilt
