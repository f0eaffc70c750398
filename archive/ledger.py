"""The ledger: frontier, captures and documents in one SQLite file, acknowledged one visit per transaction.

All SQL stands here and in ``ledger.sql``, kept to what PostgreSQL also speaks; leases have an owner and an expiry.
Must not know Scrapy, nor what a document says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from archive.database import Database, Row, marks
from archive.documents import Documents
from archive.exchange import CaptureRef
from archive.outputs import AppendedFile
from archive.rows import (
    Acknowledgement,
    CaptureEntry,
    FrontierRequest,
    LeasedRequest,
    Settled,
    Validators,
    as_json,
    later,
    now,
)
from archive.tally import Tally, count_portal

LEASE = timedelta(minutes=30)

_REQUEST_COLUMNS = "key,position,family,portal,host,role,method,url,body,headers,callback,data,hints,via,hops,due_at"
_CAPTURE_COLUMNS = (
    "record_id,run,request_key,portal,url,captured_at,status,page_class,"
    "file,start_offset,length,end_offset,payload_digest,content_digest"
)


class Ledger:
    """One open ledger. Raises :class:`DamagedLedger` when the file is not a ledger of this version."""

    def __init__(self, path: Path):
        self._db = Database(path)
        self._documents = Documents(self._db)

    def close(self) -> None:
        self._db.close()

    # -- runs ---------------------------------------------------------------------------------------------------

    def unfinished_run(self, selection: str) -> str | None:
        """The run of this selection that never came to a verdict, if there is one."""
        row = self._db.one(
            "SELECT run FROM runs WHERE selection=? AND finished_at IS NULL ORDER BY started_at DESC LIMIT 1", selection
        )
        return None if row is None else str(row["run"])

    def unfinished_runs(self) -> list[str]:
        """All runs that never came to a verdict."""
        return [str(row["run"]) for row in self._db.all("SELECT run FROM runs WHERE finished_at IS NULL")]

    def begin_run(self, run: str, selection: str) -> None:
        self._db.execute("INSERT INTO runs VALUES (?,?,?,NULL,NULL)", (run, selection, now()))

    def finish_run(self, run: str, verdict: str) -> None:
        self._db.execute("UPDATE runs SET finished_at=?, verdict=? WHERE run=?", (now(), verdict, run))

    def runs(self) -> list[str]:
        """All runs, oldest first."""
        return [str(row["run"]) for row in self._db.all("SELECT run FROM runs ORDER BY started_at")]

    def committed_outputs(self, run: str) -> dict[str, int]:
        """The committed end of every append-only file of the run."""
        return {
            row["name"]: row["committed_end"]
            for row in self._db.all("SELECT name, committed_end FROM outputs WHERE run=?", run)
        }

    def set_output_end(self, run: str, name: str, end: int) -> None:
        """State the length of an output that was written anew."""
        self._db.execute(
            "INSERT INTO outputs VALUES (?,?,?) ON CONFLICT (run, name) DO UPDATE SET committed_end=excluded.committed_end",
            (run, name, end),
        )

    # -- after a crash ------------------------------------------------------------------------------------------

    def void_leases(self) -> int:
        """Make every leased row due again: who held the lease is gone, since DATA_DIR is ours now."""
        return self._db.execute(
            "UPDATE requests SET lease_owner=NULL, lease_expires=NULL WHERE lease_owner IS NOT NULL"
        )

    def committed_warc_end(self, name: str) -> int:
        row = self._db.one("SELECT committed_end FROM warc_files WHERE name=?", name)
        return 0 if row is None else int(row["committed_end"])

    def adopt(self, run: str, entries: Sequence[CaptureEntry], file: str, end: int) -> None:
        """Enter captures found beyond the committed end of a WARC file; their rows stay due."""
        with self._db.transaction():
            self._store_captures(run, entries)
            self._store_warc_end(file, end)

    def forget_lost(self, file: str, end: int) -> int:
        """A WARC file lost what was committed beyond ``end`` (power failed): fetch it again, forget what was read from it.

        Returns how many captures were lost.
        """
        with self._db.transaction():
            lost = self._db.all("SELECT record_id, request_key FROM captures WHERE file=? AND end_offset>?", file, end)
            self._documents.forget([row["record_id"] for row in lost])
            for row in lost:
                self._db.execute(
                    "UPDATE requests SET due_at=?, acknowledged_run='', outcome='', detail='', etag='', last_modified='',"
                    " content_digest='', capture='' WHERE key=?",
                    (now(), row["request_key"]),
                )
                self._db.execute("DELETE FROM captures WHERE record_id=?", (row["record_id"],))
            self._store_warc_end(file, end)
        return len(lost)

    # -- frontier -----------------------------------------------------------------------------------------------

    def add_requests(self, requests: Iterable[FrontierRequest], parent: str = "") -> None:
        """Enter requests that are not yet in the frontier, due now; known ones keep their schedule and hints."""
        with self._db.transaction():
            self._store_requests(requests, parent)

    def add_starts(self, requests: Sequence[FrontierRequest]) -> None:
        """Enter the requests a crawl begins with; known ones are due now, and belong to who begins with them."""
        with self._db.transaction():
            self._store_requests(requests, "")
            for request in requests:
                self._db.execute("UPDATE requests SET due_at=? WHERE key=? AND due_at>?", (now(), request.key, now()))
                self._db.execute(
                    "UPDATE requests SET family=?, portal=?, role=?, callback=?, via='', hops='',"
                    # of another family or portal: what it said then was read by another, so it must come whole
                    " etag=CASE WHEN family=? AND portal=? THEN etag ELSE '' END,"
                    " last_modified=CASE WHEN family=? AND portal=? THEN last_modified ELSE '' END WHERE key=?",
                    (
                        *(request.family, request.portal, request.role, request.callback),
                        *(request.family, request.portal) * 2,
                        request.key,
                    ),
                )

    def lease(
        self, family: str, portals: Sequence[str], run: str, owner: str, busy_hosts: Iterable[str]
    ) -> LeasedRequest | None:
        """Lease the next due row of these portals on a host that is not busy, at most once per run; ``None``: none is due."""
        busy = list(busy_hosts)
        moment = now()
        with self._db.transaction():
            row = self._db.one(
                f"SELECT * FROM requests WHERE family=? AND due_at<=? AND acknowledged_run<>?"
                f" AND (lease_owner IS NULL OR lease_expires<?)"
                f" AND portal IN ({marks(portals)}) AND host NOT IN ({marks(busy)})"
                f" ORDER BY due_at, position LIMIT 1",
                *(family, moment, run, moment, *portals, *busy),
            )
            if row is None:
                return None
            self._db.execute(
                "UPDATE requests SET lease_owner=?, lease_expires=?, attempts=attempts+1 WHERE key=?",
                (owner, later(LEASE), row["key"]),
            )
            return LeasedRequest(
                _request_of(row), row["attempts"] + 1, self._validators_of(row), int(row["rows_seen"] or 0)
            )

    def has_due(self, family: str, portals: Sequence[str], run: str) -> bool:
        """Whether anything is due for these portals, leased or not."""
        row = self._db.one(
            f"SELECT 1 FROM requests WHERE family=? AND due_at<=? AND acknowledged_run<>?"
            f" AND portal IN ({marks(portals)}) LIMIT 1",
            *(family, now(), run, *portals),
        )
        return row is not None

    def count_pending(self, run: str, portals: Sequence[str]) -> int:
        """How many rows of these portals are still due in this run."""
        row = self._db.one(
            f"SELECT COUNT(*) AS n FROM requests WHERE due_at<=? AND acknowledged_run<>? AND portal IN ({marks(portals)})",
            *(now(), run, *portals),
        )
        return 0 if row is None else int(row["n"])

    # -- commit -------------------------------------------------------------------------------------------------

    def acknowledge(
        self,
        run: str,
        acknowledgement: Acknowledgement,
        outputs: Mapping[str, AppendedFile],
        warc: tuple[str, int] | None,
    ) -> list[Settled]:
        """Commit one visit: captures, links, documents and their JSON lines, output ends, next due time, lease cleared.

        Lines are appended before the transaction commits, so what is beyond a committed end after a crash was never
        acknowledged. If anything fails the files are cut back and the error is raised: nothing has happened.
        ``outputs`` holds the files ``reports``, ``skipped`` and ``log`` of the run.
        """
        ends = {name: file.end for name, file in outputs.items()}
        request = acknowledgement.request
        try:
            with self._db.transaction():
                self._store_captures(run, acknowledgement.captures)
                self._store_requests(acknowledgement.links, request.key)
                settled, lines = self._documents.settle_all(run, acknowledgement)
                self._append(run, outputs["reports"], "reports", lines)
                self._append(run, outputs["skipped"], "skipped", acknowledgement.skipped_lines)
                self._append(run, outputs["log"], "log", [acknowledgement.log_line] if acknowledgement.log_line else [])
                if warc is not None:
                    self._store_warc_end(*warc)
                self._db.execute(
                    "UPDATE requests SET due_at=?, lease_owner=NULL, lease_expires=NULL, attempts=0,"
                    " acknowledged_run=?, outcome=?, detail=? WHERE key=?",
                    (acknowledgement.due_at, run, acknowledgement.outcome, acknowledgement.detail, request.key),
                )
                if acknowledgement.listing is not None:
                    self._db.execute(
                        "UPDATE requests SET rows_seen=?, rows_promised=? WHERE key=?",
                        (*acknowledgement.listing, request.key),
                    )
                known = acknowledgement.validators
                if known is not None:
                    self._db.execute(
                        "UPDATE requests SET etag=?, last_modified=?, content_digest=?, capture=? WHERE key=?",
                        (
                            known.etag,
                            known.last_modified,
                            known.content_digest,
                            known.capture.record_id if known.capture else "",
                            request.key,
                        ),
                    )
        except BaseException:
            for name, end in ends.items():
                outputs[name].cut(end)
            raise
        return settled

    def _append(self, run: str, file: AppendedFile, name: str, lines: Sequence[bytes]) -> None:
        if lines:
            end = file.append(b"".join(line + b"\n" for line in lines))
            self.set_output_end(run, name, end)

    # -- reading ------------------------------------------------------------------------------------------------

    @property
    def documents(self) -> Documents:
        """What was recorded."""
        return self._documents

    def tally(self, portal: str, run: str) -> Tally:
        """What the ledger knows of a portal in a run, counted."""
        return count_portal(self._db, portal, run)

    def captures(self) -> Iterator[CaptureEntry]:
        """Every capture the ledger knows, oldest first."""
        for row in self._db.all("SELECT * FROM captures ORDER BY captured_at, record_id"):
            yield CaptureEntry(
                _capture_of(row), row["request_key"], row["portal"], row["page_class"], row["content_digest"]
            )

    # -- rows ---------------------------------------------------------------------------------------------------

    def _store_requests(self, requests: Iterable[FrontierRequest], parent: str) -> None:
        due = now()
        top = self._db.one("SELECT COALESCE(MAX(position), 0) AS top FROM requests")
        position = 0 if top is None else int(top["top"])
        for request in requests:
            position += 1
            self._db.execute(
                f"INSERT INTO requests ({_REQUEST_COLUMNS}) VALUES ({marks(range(16))}) ON CONFLICT (key)"
                f" DO UPDATE SET data=excluded.data WHERE requests.role='listing'",  # its paging state, as read last
                (
                    *(request.key, position, request.family, request.portal, request.host, request.role),
                    *(request.method, request.url, request.body, as_json(dict(request.headers)), request.callback),
                    *(as_json(dict(request.data)), as_json(dict(request.hints)), request.via, request.hops, due),
                ),
            )
            if parent:
                self._db.execute(
                    "INSERT INTO links VALUES (?,?) ON CONFLICT (parent, child) DO NOTHING", (parent, request.key)
                )

    def _store_captures(self, run: str, entries: Iterable[CaptureEntry]) -> None:
        for entry in entries:
            ref = entry.ref
            self._db.execute(
                f"INSERT INTO captures ({_CAPTURE_COLUMNS}) VALUES ({marks(range(14))}) ON CONFLICT (record_id)"
                f" DO UPDATE SET page_class=excluded.page_class, content_digest=excluded.content_digest",
                (
                    *(ref.record_id, run, entry.request_key, entry.portal, ref.url, ref.captured_at, ref.status),
                    *(entry.page_class, ref.file, ref.offset, ref.length, ref.end),
                    *(ref.payload_digest, entry.content_digest),
                ),
            )

    def _store_warc_end(self, name: str, end: int) -> None:
        self._db.execute(
            "INSERT INTO warc_files VALUES (?,?) ON CONFLICT (name) DO UPDATE SET committed_end=excluded.committed_end",
            (name, end),
        )

    def _validators_of(self, row: Row) -> Validators:
        capture = self._db.one("SELECT * FROM captures WHERE record_id=?", row["capture"]) if row["capture"] else None
        return Validators(
            row["etag"], row["last_modified"], row["content_digest"], None if capture is None else _capture_of(capture)
        )


def _request_of(row: Row) -> FrontierRequest:
    return FrontierRequest(
        family=row["family"],
        portal=row["portal"],
        role=row["role"],
        method=row["method"],
        url=row["url"],
        callback=row["callback"],
        body=bytes(row["body"]),
        headers=json.loads(row["headers"]),
        data=json.loads(row["data"]),
        hints=json.loads(row["hints"]),
        via=row["via"],
        hops=row["hops"],
    )


def _capture_of(row: Row) -> CaptureRef:
    return CaptureRef(
        file=row["file"],
        offset=row["start_offset"],
        length=row["length"],
        end=row["end_offset"],
        record_id=row["record_id"],
        captured_at=row["captured_at"],
        url=row["url"],
        status=row["status"],
        payload_digest=row["payload_digest"],
    )
