"""The ledger, the indexes and the reports made again from the WARC files alone, in the order in which it all happened.

Everything new is written beside the old and takes its place in the end, so that an interruption leaves everything as it
was. Must not know what a report is.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scrapy import Spider
from scrapy.settings import BaseSettings

from archive import cdxj
from archive.adoption import SELECTION, Adoption, adoption_of_exchange
from archive.data_dir import DataDir
from archive.foreign_files import inspect
from archive.foreign_records import write_foreign_index
from archive.members import DamagedWarc, RecordedExchange, read_about, read_hints
from archive.outputs import AppendedFile
from archive.rebuilding import RebuiltLedger
from archive.recovery import finalise, recover
from archive.revisits import NOT_MODIFIED, whole_answer
from archive.rows import CaptureEntry, History, at, present
from archive.sequence import WarcFile, date_of, in_order, list_files, read_whole
from archive.tombstones import HINT, Tombstone
from archive.whole_file import sync_folder
from crawler.adopting import Adopting
from crawler.frontier import portal_of_hints, row_of_hints
from crawler.portals import Portal
from crawler.replayed_visit import ArchivedVisit, ReadPage, ReplayedRun
from crawler.revisit import moment_of
from crawler.withdrawals import withdraw_vanished

UNKNOWN = "unknown"  # verdict of a run that ended and whose report is lost


@dataclass(frozen=True, slots=True)
class Reading:
    """How pages are read: ``portals`` by id, ``spiders`` by family, the parser, and how a withdrawal is written."""

    settings: BaseSettings
    portals: Mapping[str, Portal]
    spiders: Mapping[str, Spider]
    read_page: ReadPage
    withdrawn_line: Callable[[bytes, History], bytes]


@dataclass(slots=True)
class Progress:
    """How far a rebuild is: WARC files indexed, exchanges done again, revisions of reports recorded."""

    files: int = 0
    files_read: int = 0
    exchanges: int = 0
    exchanges_done: int = 0
    reports: int = 0


@dataclass(slots=True)
class _RunFacts:
    """What the archive says of a run; ``last`` is when its last exchange began."""

    name: str
    selection: str
    began: str
    last: str = ""
    report: Mapping[str, Any] | None = None

    @property
    def adoption(self) -> bool:
        """Whether nothing was asked for in it: it begins, and ends, when it is done again."""
        return self.selection.startswith(SELECTION)

    @property
    def started_at(self) -> str:
        return str(self.report["started_at"]) if self.report else self.began


class Rebuild:
    """Makes the ledger of ``data_dir``, whose lock the caller holds, again. ``tell`` is called as it proceeds."""

    def __init__(self, data_dir: DataDir, reading: Reading, tell: Callable[[Progress], None]):
        self._data_dir = data_dir
        self._reading = reading
        self._tell = tell
        self._staging = data_dir.reports / ".rebuilding"
        self._runs: dict[str, _RunFacts] = {}
        self._left: dict[str, int] = {}  # exchanges not done again yet, by run
        self._open: dict[str, ReplayedRun] = {}
        self.progress = Progress()

    @property
    def runs(self) -> int:
        return len(self._runs)

    def work(self) -> Path | None:
        """Rebuild; returns where the old ledger is kept (``None``: there was none).

        Raises DamagedWarc, OSError or sqlite3.Error with ledger, indexes and reports as they were.
        """
        for path in sorted(self._data_dir.warc.glob("*.warc.gz.open")):
            recover(path)
            finalise(path)
        files = list_files(self._data_dir.warc)
        self._discard_staging()
        self._staging.mkdir()
        ledger = RebuiltLedger(self._data_dir.ledger)
        try:
            self._enter_captures(ledger, files)
            self._enter_runs(ledger)
            self._replay(ledger, [file for file in files if file.run])
            ledger.reread_listings()
            self._state_ends(ledger)
            for file in files:
                if file.run:
                    cdxj.write_index(file.path)
                else:
                    write_foreign_index(file.path)
        except BaseException:
            ledger.discard()
            self._discard_staging()
            raise
        for run in self._runs:
            os.replace(self._staged(run), self._data_dir.reports / f"{run}.jsonl")
        sync_folder(self._data_dir.reports)
        kept = ledger.take_place()
        self._discard_staging()
        return kept

    # -- what is in the archive -----------------------------------------------------------------------------------

    def _enter_captures(self, ledger: RebuiltLedger, files: list[WarcFile]) -> None:
        """Read every file through, and enter its exchanges: whatever is damaged is found before anything else is done."""
        self.progress.files = len(files)
        for file in files:
            if file.run:
                self._enter_file(ledger, file)
            else:
                _check_foreign(file.path)
            self.progress.files_read += 1
            self._tell(self.progress)

    def _enter_file(self, ledger: RebuiltLedger, file: WarcFile) -> None:
        entries = []
        pages = 0
        last = ""
        for exchange in read_whole(file):
            hints = read_hints(read_about(exchange.metadata.block))
            last = max(last, date_of(exchange))
            self.progress.exchanges += 1
            self._left[file.run] = self._left.get(file.run, 0) + 1
            pages += HINT not in hints
            entries.append(_entry(file, exchange, hints))
        ledger.adopt(file.run, entries, file.path.name, file.path.stat().st_size)
        if pages:  # else it is no run: nothing but tombstones was written
            facts = self._runs.setdefault(file.run, _RunFacts(file.run, file.selection, file.began))
            facts.last = max(facts.last, last)

    def _enter_runs(self, ledger: RebuiltLedger) -> None:
        for path in sorted(self._data_dir.runs.glob("*/report.json")):
            report = _read_report(path)
            if report is not None:
                facts = self._runs.setdefault(path.parent.name, _RunFacts(path.parent.name, "", ""))
                facts.report = report
        for facts in sorted(self._runs.values(), key=lambda facts: (facts.started_at, facts.name)):
            with at(moment_of(facts.started_at) or present()):
                if not facts.adoption:
                    ledger.begin_run(facts.name, facts.selection)
            AppendedFile(self._staged(facts.name), 0).close()
            if not self._left.get(facts.name):
                self._conclude(ledger, facts)

    # -- what happened --------------------------------------------------------------------------------------------

    def _replay(self, ledger: RebuiltLedger, files: list[WarcFile]) -> None:
        for file, exchange in in_order(files):
            with at(moment_of(date_of(exchange)) or present()):
                self._redo(ledger, file, exchange)
            self.progress.exchanges_done += 1
            self._tell(self.progress)
            self._left[file.run] -= 1
            if not self._left[file.run] and file.run in self._runs:
                self._conclude(ledger, self._runs[file.run])

    def _redo(self, ledger: RebuiltLedger, file: WarcFile, exchange: RecordedExchange) -> None:
        about = read_about(exchange.metadata.block)
        hints = read_hints(about)
        stone = hints.get(HINT)
        if isinstance(stone, Mapping):
            ledger.forget(Tombstone(str(stone["target"]), str(stone["kind"])))
            return
        adoption = adoption_of_exchange(exchange)
        if adoption is not None:
            self._adopt(ledger, adoption)
            return
        row = row_of_hints(hints, about.get("via", ""), about.get("hopsfromseed", ""))
        if row is None:
            return  # robots.txt
        ref, answer = exchange.reference(file.path.name), b""
        if (record := exchange.answer) is not None:
            ref = replace(ref, original=ledger.original_of(record.fields))
            answer = whole_answer(file.path.parent, record.fields, record.block)
        not_modified = record is not None and record.fields.get("warc-profile") == NOT_MODIFIED
        run = self._run(ledger, file.run)
        before = run.outputs["reports"].end
        visit = ArchivedVisit(row, hints, answer, about, ref, not_modified)
        run.visit(visit, last=ledger.ends_visit(file.run, row.key, ref.record_id))
        self.progress.reports += run.outputs["reports"].end > before

    def _adopt(self, ledger: RebuiltLedger, adoption: Adoption) -> None:
        """Enter what another crawler captured, once the file is as it was when it was adopted."""
        path = self._data_dir.warc / adoption.file
        if not path.is_file() or path.stat().st_size != adoption.size:
            raise DamagedWarc(f"{path}: it was adopted with {adoption.size} bytes, and is not there with as many")
        reports = AppendedFile(self._staged(adoption.run), 0)
        adopting = Adopting(ledger, path, adoption, self._reading.read_page, lambda records, share: None)
        ledger.perform(adoption.run, reports, adopting.work)
        self.progress.reports += adopting.entered.reports["new"] + adopting.entered.reports["revised"]
        reports.close()

    def _run(self, ledger: RebuiltLedger, name: str) -> ReplayedRun:
        if name not in self._open:
            reports = AppendedFile(self._staged(name), 0)
            reading = self._reading
            self._open[name] = ReplayedRun(
                *(
                    name,
                    ledger,
                    self._data_dir.warc,
                    reports,
                    reading.settings,
                    reading.portals,
                    reading.spiders,
                    reading.read_page,
                )
            )
        return self._open[name]

    def _conclude(self, ledger: RebuiltLedger, facts: _RunFacts) -> None:
        """End a run as its report says it ended.

        Without one it ended all the same if the same selection was crawled again: only a run that ended is followed by
        another. The last one is left unfinished: the next crawl continues it.
        """
        if facts.adoption:
            return
        run = self._open.pop(facts.name, None)
        report = facts.report
        if report is not None:
            with at(moment_of(str(report["finished_at"])) or present()):
                # A portal that was not trusted then has withdrawn nothing.
                if run is not None:
                    ledger.give_up_awaited([row["portal"] for row in report["portals"]])
                    run.read_ready()
                trusted = [row["portal"] for row in report["portals"] if row["listings_whole"] or row["withdrawn"]]
                if run is not None:
                    withdraw_vanished(ledger, facts.name, trusted, self._reading.withdrawn_line, run.outputs)
                verdicts = {row["portal"]: (row["verdict"], row) for row in report["portals"]}
                ledger.finish_run(facts.name, str(report["verdict"]), verdicts)
        elif not facts.selection or any(
            other.selection == facts.selection and other.started_at > facts.started_at for other in self._runs.values()
        ):
            with at(moment_of(facts.last) or present()):
                ledger.finish_run(facts.name, UNKNOWN, {})
        if run is not None:
            run.outputs["reports"].close()

    def _state_ends(self, ledger: RebuiltLedger) -> None:
        """Let the reports of each run be what the ledger holds of it, less what was forgotten since; state all lengths."""
        for run in self._runs:
            path = self._staged(run)
            size = ledger.documents.size(run)
            if path.stat().st_size != size:
                file = AppendedFile(path, path.stat().st_size)
                file.rewrite(ledger.documents.lines(run))
                file.close()
            ledger.set_output_end(run, "reports", size)
            for name, log in (("log", "crawl.log"), ("skipped", "skipped.jsonl")):
                kept = self._data_dir.runs / run / log
                if kept.exists():
                    ledger.set_output_end(run, name, kept.stat().st_size)

    def _staged(self, run: str) -> Path:
        return self._staging / f"{run}.jsonl"

    def _discard_staging(self) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)


def _entry(file: WarcFile, exchange: RecordedExchange, hints: Mapping[str, object]) -> CaptureEntry:
    row = hints.get("row")
    key = str(row.get("key", "")) if isinstance(row, Mapping) else ""
    return CaptureEntry(exchange.reference(file.path.name), key, portal_of_hints(hints))


def _check_foreign(path: Path) -> None:
    """Raise DamagedWarc where a file that another crawler wrote is not whole."""
    damage = inspect(path, lambda records, size: None).damage
    if damage is not None:
        raise DamagedWarc(f"{path}: damaged at offset {damage.offset}: {damage.message}", damage.offset)


def _read_report(path: Path) -> Mapping[str, Any] | None:
    """The report of a run; ``None`` where it cannot be read."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    wanted = ("started_at", "finished_at", "verdict", "portals")
    return report if isinstance(report, dict) and all(name in report for name in wanted) else None
