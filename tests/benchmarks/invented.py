"""Invented ledgers of any size: portals with a listing and report pages, all due, and what a visit of one brings.

The shapes are those of a crawl of the replicas (lengths of addresses, titles and records); everything else is invented.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from archive.exchange import CaptureRef
from archive.ledger import Ledger
from archive.outputs import AppendedFile
from archive.rows import (
    Acknowledgement,
    CaptureEntry,
    FrontierRequest,
    History,
    LeasedRequest,
    Validators,
    as_json,
    later,
    now,
)
from crawler.portals import Portal

ROWS_PER_PORTAL = 1000
ROWS_PER_LISTING = 20
PATTERN_PORTALS = 100
COLUMNS = (
    *("key", "position", "family", "portal", "host", "role", "method", "url", "body"),
    *("headers", "callback", "data", "hints", "via", "hops", "listing", "due_at"),
)
RECORD_BYTES = 13_700  # mean of the 292 records of the replicas
PAGE_BYTES = 8_000
LINE = b'{"invented":"%s"}'


def portal_of(number: int) -> Portal:
    host = f"www.p{number:05}.example"
    return Portal(
        id=f"p{number:05}",
        name="虚构",
        region="370000",
        family="trs",
        start=(f"http://{host}/zwgk/zfxxgknb/",),
        hosts=(host,),
    )


def row_of(number: int) -> FrontierRequest:
    """The row of this number: the first of every twenty-one of a portal is a page of its listing."""
    portal, place = divmod(number, ROWS_PER_PORTAL)
    start = portal_of(portal).start[0]
    if place % (ROWS_PER_LISTING + 1) == 0:
        url = f"{start}index_{place}.html" if place else start
        return FrontierRequest(
            "trs", f"p{portal:05}", "listing", "GET", url, "parse_listing", hops="L" if place else ""
        )
    year = 2008 + place % 17
    url = f"{start}{year}/t{year + 1}0118_{number:08}.shtml"
    hints = {"listing_title": f"某某市某某局{year}年政府信息公开工作年度报告", "listing_date": f"{year + 1}-01-18"}
    return FrontierRequest(
        "trs", f"p{portal:05}", "report", "GET", url, "parse_report", hints=hints, via=start, hops="LL"
    )


def fill(path: Path, rows: int) -> None:
    """A new ledger with so many rows, all due.

    The first hundred portals can be worked through. All others are copies of them under other names, whose keys are
    digests of nothing: they are there to be in the way.
    """
    Ledger(path).close()
    due, made = now(), min(rows, PATTERN_PORTALS * ROWS_PER_PORTAL)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-1000000")
        marks, names = ",".join("?" * len(COLUMNS)), ",".join(COLUMNS)
        values = (_values(number, due) for number in range(made))
        connection.executemany(f"INSERT INTO requests ({names}) VALUES ({marks})", values)
        for first in range(made, rows, made):
            new = f"printf('p%05d', CAST(substr(portal, 2) AS INTEGER) + {first // ROWS_PER_PORTAL})"
            connection.execute(
                f"INSERT INTO requests ({names}) SELECT lower(hex(randomblob(16))), position + {first}, family, {new},"
                f" replace(host, portal, {new}), role, method, replace(url, portal, {new}), body, headers, callback,"
                f" data, hints, replace(via, portal, {new}), hops, listing, due_at FROM requests WHERE position <= ?",
                (min(made, rows - first),),
            )
            connection.commit()
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _values(number: int, due: str) -> tuple[object, ...]:
    row = row_of(number)
    return (
        *(row.key, number + 1, row.family, row.portal, row.host, row.role, row.method, row.url, row.body),
        *(as_json({}), row.callback, as_json({}), as_json(dict(row.hints)), row.via, row.hops, row.listing, due),
    )


@dataclass(frozen=True, slots=True)
class InventedReport:
    """A document with a line as long as that of a report."""

    key: str
    digest: str
    series: str
    period: int | None
    title: str = "某某市某某局政府信息公开工作年度报告"
    reader: str = "1"
    rank: int = 1
    counts: Mapping[str, int] = field(default_factory=lambda: {"checks_failed": 0, "errors": 0})

    def reread(self, line: bytes) -> str:
        return ""

    def line(self, history: History, previous: bytes | None) -> bytes:
        return LINE % (b"x" * RECORD_BYTES)


@dataclass(slots=True)
class Desk:
    """Leases and acknowledges as a run does, without a network; ``place`` is where the WARC would have grown to."""

    ledger: Ledger
    folder: Path
    run: str = "benchmark"
    place: int = 0
    outputs: dict[str, AppendedFile] = field(default_factory=dict)

    def open(self) -> None:
        self.outputs = {name: AppendedFile(self.folder / name, 0) for name in ("reports", "skipped", "log")}
        if self.run not in self.ledger.runs():
            self.ledger.begin_run(self.run, "all:benchmark")

    def close(self) -> None:
        for file in self.outputs.values():
            file.close()

    def work(self, portal: str) -> bool:
        """One visit of a portal, from lease to commit; false if it has nothing due."""
        leased = self.ledger.frontier.lease(portal, f"www.{portal}.example", self.run, "invented")
        if leased is None:
            return False
        self.ledger.acknowledge(self.run, self._acknowledgement(leased), self.outputs, ("a.warc.gz", self.place))
        return True

    def _acknowledgement(self, leased: LeasedRequest) -> Acknowledgement:
        request = leased.request
        digest = "sha256:" + hashlib.sha256(request.url.encode()).hexdigest()
        offset, self.place = self.place, self.place + PAGE_BYTES
        record_id = f"<urn:uuid:{request.key}>"
        ref = CaptureRef("a.warc.gz", offset, 7_000, self.place, record_id, now(), request.url, 200, digest)
        is_listing = request.role == "listing"
        links = list(_links(request)) if is_listing else []
        document = InventedReport(request.key, digest, request.portal, None)
        return Acknowledgement(
            request=request,
            outcome="ok",
            due_at=later(timedelta(days=7)),
            due_if_changed=later(timedelta(days=1)),
            succeeded=True,
            size=PAGE_BYTES,
            listing=(ROWS_PER_LISTING, None) if is_listing else None,
            captures=[CaptureEntry(ref, request.key, request.portal, "page", digest)],
            links=links,
            links_are_all=is_listing,
            documents=[] if is_listing else [(document, digest)],
            validators=Validators('"5f9f696d"', "Tue, 18 Jan 2022 08:00:00 GMT", digest, ref),
            log_line=("\t".join(("-",) * 8) + request.url * 2).encode(),
            hosts={request.host: {"delay": 2.0, "latency": 0.1}},
        )


def _links(request: FrontierRequest) -> Iterator[FrontierRequest]:
    """The rows a listing page leads to: those of the same numbers, which the ledger knows, and one that it does not."""
    portal = int(request.portal.removeprefix("p"))
    place = int(request.url.partition("index_")[2].partition(".")[0] or 0)
    first = portal * ROWS_PER_PORTAL + place
    for number in range(first + 1, first + ROWS_PER_LISTING):
        if number // ROWS_PER_PORTAL == portal:
            yield row_of(number)
    new = f"{request.url}new.shtml"
    yield FrontierRequest("trs", request.portal, "report", "GET", new, "parse_report", via=request.url, hops="LL")
