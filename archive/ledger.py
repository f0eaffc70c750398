"""The ledger: frontier, captures and documents in one SQLite file, acknowledged one visit per transaction.

All SQL stands in this package, kept to what PostgreSQL also speaks; leases have an owner and an expiry. Must not know
Scrapy, nor what a document says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from archive.adopted import AdoptedPages
from archive.by_hand import ByHand
from archive.captures import read_captures, store_captures, store_warc_end, warc_end, warc_is_known
from archive.carriers import Carriers
from archive.database import Database
from archive.documents import Documents
from archive.frontier import Frontier
from archive.hosts import HostMemory, RobotsFile
from archive.outputs import AppendedFile
from archive.rows import OVER_BUDGET, Acknowledgement, CaptureEntry, Committed, FrontierRequest, History, as_json, now
from archive.tally import Tally, count_portal
from archive.tombstones import Tombstone, Tombstones

Result = TypeVar("Result")


class Ledger:
    """One open ledger. Raises :class:`DamagedLedger` when the file is not a ledger of this version."""

    def __init__(self, path: Path):
        self._db = Database(path)
        self.frontier = Frontier(self._db)
        self.documents = Documents(self._db)
        self.carriers = Carriers(self._db)
        self.by_hand = ByHand(self._db, self.frontier)
        self.adopted = AdoptedPages(self._db, self.documents)
        self.hosts = HostMemory(self._db)
        self.tombstones = Tombstones(self._db)

    def close(self) -> None:
        self._db.close()

    def sync(self) -> None:
        """Let what was committed outlast a power failure. Raises OSError."""
        self._db.sync()

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

    def begin_run(self, run: str, selection: str, prepare: Callable[[], object] | None = None) -> None:
        """Enter a run; what ``prepare`` writes (rows made due) is committed with it, or not at all."""
        with self._db.transaction():
            self._db.execute("INSERT INTO runs VALUES (?,?,?,NULL,NULL)", (run, selection, now()))
            if prepare is not None:
                prepare()

    def run_started(self, run: str) -> str:
        """When a run began (ISO 8601 UTC)."""
        row = self._db.one("SELECT started_at FROM runs WHERE run=?", run)
        return "" if row is None else str(row["started_at"])

    def finish_run(self, run: str, verdict: str, portals: Mapping[str, tuple[str, Mapping[str, object]]]) -> None:
        """Enter the verdict on a run and on each of its portals (verdict, detail): it will not be continued."""
        moment = now()
        with self._db.transaction():
            self._db.execute("UPDATE runs SET finished_at=?, verdict=? WHERE run=?", (moment, verdict, run))
            for portal, (judged, detail) in portals.items():
                self._db.execute(
                    "INSERT INTO verdicts VALUES (?,?,?,?,?) ON CONFLICT (portal, run) DO UPDATE SET"
                    " finished_at=excluded.finished_at, verdict=excluded.verdict, detail=excluded.detail",
                    (portal, run, moment, judged, as_json(dict(detail))),
                )

    def runs(self) -> list[str]:
        """All runs, oldest first."""
        return [str(row["run"]) for row in self._db.all("SELECT run FROM runs ORDER BY started_at, run")]

    def verdicts(self, portal: str) -> Iterator[tuple[str, str, str, dict[str, object]]]:
        """The verdicts on a portal, newest first: run, when it finished, verdict, detail."""
        for row in self._db.all("SELECT * FROM verdicts WHERE portal=? ORDER BY finished_at DESC, run DESC", portal):
            yield row["run"], row["finished_at"], row["verdict"], json.loads(row["detail"])

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

    def committed_warc_end(self, name: str) -> int:
        return warc_end(self._db, name)

    def knows_warc(self, name: str) -> bool:
        """Whether a WARC file of this name was ever written, wherever it is now."""
        return warc_is_known(self._db, name)

    def adopt(self, run: str, entries: Sequence[CaptureEntry], file: str, end: int) -> None:
        """Enter captures found beyond the committed end of a WARC file; their rows stay due."""
        with self._db.transaction():
            store_captures(self._db, run, entries)
            if file:
                store_warc_end(self._db, file, end)

    def forget_lost(self, file: str, end: int) -> int:
        """A WARC file lost what was committed beyond ``end`` (power failed): fetch it again, forget what was read from it.

        Returns how many captures were lost.
        """
        with self._db.transaction():
            lost = self._db.all("SELECT record_id, request_key FROM captures WHERE file=? AND end_offset>?", file, end)
            read_from_it = self.carriers.lose(row["request_key"] for row in lost)
            self.documents.forget([*(row["record_id"] for row in lost), *read_from_it])
            self.frontier.forget_pages(row["request_key"] for row in lost)
            self._db.execute("DELETE FROM captures WHERE file=? AND end_offset>?", (file, end))
            store_warc_end(self._db, file, end)
        return len(lost)

    def give_up_awaited(self, portals: Sequence[str]) -> None:
        """Await no more files for the pages of these portals; see :meth:`Carriers.give_up`."""
        with self._db.transaction():
            self.carriers.give_up(portals)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within is of one moment, whatever a crawl commits meanwhile."""
        with self._db.snapshot():
            yield

    # -- transactions of their own --------------------------------------------------------------------------------

    def begin_with(self, requests: Sequence[FrontierRequest], run: str = "") -> list[FrontierRequest]:
        """Enter the requests a crawl begins with; see :meth:`Frontier.add_starts`."""
        with self._db.transaction():
            return self.frontier.add_starts(requests, run)

    def perform(self, run: str, reports: AppendedFile, work: Callable[[], Iterable[bytes]]) -> None:
        """Do work that writes, and append the lines it brings to the reports of a run: both, or nothing."""

        def append() -> None:
            for line in work():
                self._append(run, reports, "reports", [line])

        self._commit({"reports": reports}, append)

    def rehearse(self, work: Callable[[], Result]) -> Result:
        """Do work that writes, and undo it: to see what it would do."""
        with self._db.rehearsal():
            return work()

    def remember(self, hosts: Mapping[str, Mapping[str, object]], robots: Sequence[RobotsFile] = ()) -> None:
        """Remember host states and robots.txt files apart from any visit."""
        with self._db.transaction():
            self.hosts.save(hosts)
            for file in robots:
                self.hosts.save_robots(file)

    def forget(self, tombstone: Tombstone) -> tuple[int, int]:
        """Set a tombstone: its pages are never asked for again, what was read from them is no longer a document.

        Returns how many requests and documents that concerns. Pages elsewhere that show one of these documents are read
        again: it is theirs; and so are pages that were read from one of its files. The archive keeps what it has.
        """
        condition, values = tombstone.condition
        with self._db.transaction():
            self.tombstones.add([tombstone])
            requests = self.frontier.retire(condition, values, "forgotten")
            documents, elsewhere = self.documents.forget_pages(condition, values)
            for key, url in self.carriers.pages_with(condition, values):
                if not self.tombstones.covers(url):
                    forgotten, others = self.documents.forget_pages("url=?", (url,))
                    documents += forgotten
                    elsewhere += others
                    self.frontier.forget_pages([key])
            self.frontier.forget_pages(self.frontier.keys_of(elsewhere))
        return requests, documents

    def replace_lines(self, lines: Iterable[tuple[str, int, str, str, str, bytes]]) -> None:
        """Let revisions say what a newer reader makes of the same pages; see :meth:`Documents.replace_line`."""
        with self._db.transaction():
            for line in lines:
                self.documents.replace_line(*line)

    def withdraw(
        self,
        run: str,
        keys: Sequence[str],
        line_of: Callable[[bytes, History], bytes],
        outputs: Mapping[str, AppendedFile],
    ) -> None:
        """Withdraw documents, with their JSON lines: no page shows them any more. See :meth:`Documents.withdraw`."""

        def work() -> None:
            self._append(run, outputs["reports"], "reports", self.documents.withdraw(run, keys, line_of))

        self._commit(outputs, work)

    # -- commit -------------------------------------------------------------------------------------------------

    def acknowledge(
        self,
        run: str,
        acknowledgement: Acknowledgement,
        outputs: Mapping[str, AppendedFile],
        warc: tuple[str, int] | None,
    ) -> Committed:
        """Commit one visit: captures, links, documents and their JSON lines, output ends, next due time, lease cleared.

        Lines are appended before the transaction commits, so what is beyond a committed end after a crash was never
        acknowledged. If anything fails the files are cut back and the error is raised: nothing has happened.
        ``outputs`` holds the files ``reports``, ``skipped`` and ``log`` of the run.
        """
        return self._commit(outputs, lambda: self._acknowledge(run, acknowledgement, outputs, warc))

    def _acknowledge(
        self,
        run: str,
        acknowledgement: Acknowledgement,
        outputs: Mapping[str, AppendedFile],
        warc: tuple[str, int] | None,
    ) -> Committed:
        key = acknowledgement.request.key
        store_captures(self._db, run, acknowledgement.captures)
        entered = self.frontier.add(acknowledgement.links, key)
        if acknowledgement.links_are_all:
            self.frontier.link_all(key, acknowledgement.links)
        news = bool(entered and acknowledgement.links_are_all)
        if acknowledgement.carriers is not None:
            entered += self.frontier.add(acknowledgement.carriers, key)
        beside = self.frontier.add(acknowledgement.beside, key)
        settled, lines = self.documents.settle_all(run, acknowledgement)
        self._append(run, outputs["reports"], "reports", lines)
        self._append(run, outputs["skipped"], "skipped", acknowledgement.skipped_lines)
        self._append(run, outputs["log"], "log", [acknowledgement.log_line] if acknowledgement.log_line else [])
        if warc is not None and warc[0]:
            store_warc_end(self._db, *warc)
        ready = self.carriers.ended(acknowledgement)
        self.frontier.settle(run, acknowledgement, acknowledgement.news or bool(lines) or news)
        if acknowledgement.carriers is not None:
            ready += self.carriers.expect(key, acknowledgement.carriers, run)
        if acknowledgement.read_back and not acknowledgement.succeeded:
            self.carriers.want_whole(key)
        entered += [request for request in ready if request not in entered]
        self.hosts.save(acknowledgement.hosts)
        return Committed(settled, entered, beside)

    def _commit(self, outputs: Mapping[str, AppendedFile], work: Callable[[], Result]) -> Result:
        """Do work in a transaction; the files that grew with it are cut back if it fails."""
        ends = {name: file.end for name, file in outputs.items()}
        try:
            with self._db.transaction():
                return work()
        except BaseException:
            for name, end in ends.items():
                if outputs[name].end != end:
                    outputs[name].cut(end)
            raise

    def _append(self, run: str, file: AppendedFile, name: str, lines: Sequence[bytes]) -> None:
        if lines:
            end = file.append(b"".join(line + b"\n" for line in lines))
            self.set_output_end(run, name, end)

    # -- reading ------------------------------------------------------------------------------------------------

    def spent_beside(self, run: str) -> dict[tuple[str, str], tuple[int, int]]:
        """What was asked for beside pages in this run: how many and how many bytes, by role and page (its key)."""
        spent: dict[tuple[str, str], tuple[int, int]] = {}
        rows = self._db.all(
            "SELECT role, data, CASE WHEN outcome='ok' THEN size ELSE 0 END AS size FROM requests WHERE acknowledged_run=?"
            " AND role IN ('attachment','requisite') AND outcome<>?",
            *(run, OVER_BUDGET),
        )
        for row in rows:
            page = str(json.loads(row["data"]).get("page", ""))
            if page:
                number, size = spent.get((row["role"], page), (0, 0))
                spent[row["role"], page] = number + 1, size + int(row["size"])
        return spent

    def tally(self, portal: str, run: str) -> Tally:
        """What the ledger knows of a portal in a run, counted."""
        return count_portal(self._db, portal, run)

    def captures(self) -> Iterator[CaptureEntry]:
        """Every capture the ledger knows, oldest first."""
        return read_captures(self._db)
