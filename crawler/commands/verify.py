"""`scrapy verify`: every byte of an archive checked, a line per fault. Reads only, and may run while a crawl does."""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from archive.adoption import is_adoption
from archive.cdxj import index_path
from archive.data_dir import DataDir
from archive.verify import Progress, Verification, committed_ends
from archive.verify_faults import Fault
from archive.verify_ledger import CommittedEnds
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.progress_line import ProgressLine
from pipelines.verified import check_line, check_reports

WARC, INDEX, REPORTS = "WARC", "CDXJ", "JSON Lines"
_SUFFIXES = {
    WARC: (".warc", ".warc.gz", ".warc.open", ".warc.gz.open"),
    INDEX: (".cdxj",),
    REPORTS: (".jsonl",),
}
_MAGIC = {b"\x1f\x8b": WARC, b"WARC/": WARC, b"{": REPORTS}
_LOGS = "skipped.jsonl"  # beside a run's report: lines about pages, not reports


class Command(ProjectCommand):
    """Check an archive."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "[PATH…] [--json]"

    def short_desc(self) -> str:
        return "Check WARC files, indexes, reports and ledger, a line per fault"

    def long_desc(self) -> str:
        return (
            "Checks gzip members to the last byte, records, digests, what records say of each other (revisits, too), indexes,"
            " reports against the schema, and the ledger against the WARC files. Without PATH the whole DATA_DIR, also while a"
            " crawl runs: what it has not committed yet is left out. With PATH: WARC (also other crawlers'), CDXJ and JSON"
            " Lines files, folders of them, or another DATA_DIR. A line per fault: file, offset, code, message, record;"
            " docs/verify.md lists the codes. Exit code 0: no fault, one line says what was checked; 1: faults were found."
            " Example: scrapy verify -s DATA_DIR=data/demo"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object per fault instead of lines")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            plan = self._plan_of([Path(name) for name in args])
        else:
            data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
            if not data_dir.warc.is_dir() and not data_dir.ledger.is_file():
                self.fail(
                    f"there is no archive at {data_dir.root}; crawl first, or name it with -s DATA_DIR=…",
                    ExitCode.UNAVAILABLE,
                )
            plan = _Plan()
            plan.add_archive(data_dir)
            if not data_dir.ledger.is_file() and data_dir.lacks_its_ledger():
                message = "there are WARC files and no ledger; make it again with scrapy rebuild"
                plan.faults.append(Fault(str(data_dir.ledger), 0, "", "ledger-missing", message))
        try:
            return self._check(plan, opts.json)
        except sqlite3.Error as error:
            self.fail(f"no room for temporary files: {error}; TMPDIR names another folder", storage_code(error))

    def _plan_of(self, paths: Sequence[Path]) -> _Plan:
        plan = _Plan()
        for path in paths:
            try:
                if path.is_dir() and (path / "warc").is_dir():
                    plan.add_archive(DataDir(path, self.ledger_name()))
                elif path.is_dir():
                    plan.add_folder(path)
                elif not path.is_file():
                    self.fail(f"{path}: there is no such file or folder")
                elif not plan.add_file(path, _kind_of(path)):
                    self.fail(f"{path}: neither WARC, CDXJ nor JSON Lines")
            except OSError as error:
                self.fail(f"{path}: {error.strerror}")
        if not plan.files:
            self.fail("there is no WARC, CDXJ or JSON Lines file to check")
        return plan

    def _check(self, plan: _Plan, as_json: bool) -> int:
        progress_line = ProgressLine(self.name, "records")
        size = max(plan.size, 1)

        def tell(progress: Progress) -> None:
            progress_line.tell(progress.records, min(progress.size / size, 1.0))

        faults = 0
        with closing(Verification(plan.folders, tell)) as verification:
            for fault in plan.check(verification):
                faults += 1
                progress_line.clear()
                print(json.dumps(asdict(fault)) if as_json else fault)
            progress_line.clear()
            if not faults and not as_json:
                print(f"no fault: {plan.counted(verification.progress) or 'nothing is there yet'}")
        return ExitCode.FAULTS if faults else ExitCode.COMPLETE


@dataclass(slots=True)
class _Plan:
    """What is to be checked, in which order; a file only once, however it is named."""

    files: dict[Path, tuple[str, Path]] = field(default_factory=dict)  # by real path: kind, path as named
    archives: list[DataDir] = field(default_factory=list)
    ends: dict[Path, CommittedEnds] = field(default_factory=dict)  # by ledger, where it can be read
    faults: list[Fault] = field(default_factory=list)

    def add_file(self, path: Path, kind: str) -> bool:
        """Enter a file; ``False``: it is of no kind that is checked."""
        if kind:
            self.files.setdefault(path.resolve(), (kind, path))
        return bool(kind)

    def add_folder(self, folder: Path) -> None:
        """Enter the files below a folder whose names say what they are."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != _LOGS:
                self.add_file(path, _kind_by_name(path))

    def add_archive(self, data_dir: DataDir) -> None:
        """Enter an archive of ours. What the ledger knows is asked for after its files were listed: what a crawl begins
        meanwhile is not missed in it.
        """
        for folder, pattern in (
            (data_dir.warc, "*.warc.gz*"),
            (data_dir.index, "*.cdxj"),
            (data_dir.reports, "*.jsonl"),
        ):
            for path in sorted(folder.glob(pattern)):
                self.add_file(path, _kind_by_name(path))
        self.archives.append(data_dir)
        if data_dir.ledger.is_file():
            ends = committed_ends(data_dir.ledger)
            if isinstance(ends, Fault):
                self.faults.append(ends)
            else:
                self.ends[data_dir.ledger] = ends

    @property
    def size(self) -> int:
        return sum(real.stat().st_size for real in self.files if real.is_file())

    def folders(self) -> list[Path]:
        """Where the WARC files may be that an index names."""
        named = [*(one.warc for one in self.archives), *(path.parent for path in (*self._of(WARC), *self._of(INDEX)))]
        return list(dict.fromkeys(place for folder in named for place in (folder, folder.parent / "warc")))

    def counted(self, progress: Progress) -> str:
        parts = (
            (progress.warcs, "WARC file", "WARC files"),
            (progress.records, "record", "records"),
            (progress.indexes, "index", "indexes"),
            (len(self._of(REPORTS)), "file of reports", "files of reports"),
            (len(self.ends), "ledger", "ledgers"),
        )
        return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in parts if number)

    def check(self, verification: Verification) -> Iterator[Fault]:
        """Every fault: of WARC files, of what they say of each other, then of what leans on them."""
        yield from self.faults
        for path in self._of(WARC):
            yield from verification.check_warc(_as_named_now(path), self._warc_end(path))
        for path in filter(is_adoption, self._of(WARC)):
            yield from verification.check_adoption(path)
        yield from verification.check_between()
        for path in self._of(INDEX):
            yield from verification.check_index(path)
        for data_dir in self.archives:
            for path in self._of(WARC):
                if path.parent == data_dir.warc and path.suffix != ".open":
                    yield from verification.check_indexed(path, index_path(path))
            if data_dir.ledger in self.ends:
                yield from verification.check_ledger(data_dir.ledger, self.ends[data_dir.ledger])
        archive = verification if self.archives or self._of(WARC) else None
        for path in self._of(REPORTS):
            yield from self._check_reports(path, archive)
        for ledger in self.ends:
            yield from verification.check_documents(ledger, partial(check_line, archive=archive))

    def _of(self, kind: str) -> list[Path]:
        return [path for known, path in self.files.values() if known == kind]

    def _warc_end(self, path: Path) -> int | None:
        """Up to where a file counts that a crawl may be writing: as far as its ledger knows."""
        ends = next((self.ends.get(one.ledger) for one in self.archives if one.warc == path.parent), None)
        return ends.warcs.get(path.name.removesuffix(".open"), 0) if ends and path.suffix == ".open" else None

    def _check_reports(self, path: Path, archive: Verification | None) -> Iterator[Fault]:
        ends = next((self.ends.get(one.ledger) for one in self.archives if one.reports == path.parent), None)
        committed = ends.reports.get(path.stem, 0) if ends else 0
        growing = ends is not None and path.stem in ends.unfinished
        try:
            yield from check_reports(path, archive, committed=committed, growing=growing)
        except OSError as error:
            yield Fault(str(path), 0, "", "file-unreadable", error.strerror or str(error))


def _as_named_now(path: Path) -> Path:
    """The path of a file that may have been finished since it was listed."""
    final = path.with_name(path.name.removesuffix(".open"))
    return final if not path.exists() and final.exists() else path


def _kind_by_name(path: Path) -> str:
    return next((kind for kind, suffixes in _SUFFIXES.items() if path.name.endswith(suffixes)), "")


def _kind_of(path: Path) -> str:
    """What a file is, by its name or else by its first bytes."""
    if kind := _kind_by_name(path):
        return kind
    with path.open("rb") as file:
        first = file.read(5)
    return next((kind for magic, kind in _MAGIC.items() if first.startswith(magic)), "")
