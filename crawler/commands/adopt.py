"""`scrapy adopt`: WARC files of other crawlers become part of the archive, with the reports in them."""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from archive.data_dir import DataDir, DataDirUnavailable
from archive.database import REMEDY, DamagedLedger
from archive.foreign_files import NotAdoptable, first_date
from archive.ledger import Ledger
from archive.members import DamagedWarc
from archive.verify_faults import printable
from crawler.adopted_files import AdoptedFile, AdoptedFiles
from crawler.adopting import as_json
from crawler.command import SOFTWARE, ExitCode, ProjectCommand, storage_code
from crawler.progress_line import ProgressLine
from pipelines.archived import reading_for

_SUFFIXES = (".warc", ".warc.gz")


class Command(ProjectCommand):
    """Adopt WARC files of other crawlers."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "WARC… [--sound-only] [--dry-run] [--json]"

    def short_desc(self) -> str:
        return "Enter WARC files of other crawlers, and the reports in them, into the archive"

    def long_desc(self) -> str:
        return (
            "Copies WARC files that other crawlers wrote (Heritrix, Browsertrix, GNU Wget, Common Crawl …), or folders of them,"
            " into DATA_DIR, and enters their captures and the reports among their pages at their own dates. Each file is"
            " checked first, and adopted whole or not at all; one that was adopted before is left alone. What is not"
            " compressed record by record is compressed anew; records stay what they are. Prints a line per file. Exit code 0:"
            " all are part of the archive; 6: a file is damaged and was refused; 1: another was refused."
            " Example: scrapy adopt their.warc.gz -s DATA_DIR=data/demo"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--sound-only", action="store_true", help="of damaged files, adopt the records that are sound"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be adopted, and change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object per file")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if not args:
            self.fail("wants at least one WARC file; see 'scrapy adopt --help'")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        paths = self._files(args)
        portals = self.registry()
        assert self.settings is not None
        with ExitStack() as stack:
            data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
            if data_dir.lacks_its_ledger():
                self.fail(f"the ledger {data_dir.ledger} is gone; {REMEDY}", ExitCode.DAMAGED)
            if opts.dry_run and not data_dir.ledger.exists():  # nothing is begun
                data_dir = DataDir(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ogi-"))))
            try:
                data_dir.open()
            except DataDirUnavailable as error:
                self.fail(str(error), ExitCode.UNAVAILABLE)
            stack.callback(data_dir.close)
            progress = ProgressLine(self.name, "records")
            stack.callback(progress.clear)
            try:
                ledger = Ledger(data_dir.ledger)
                stack.callback(ledger.close)
                files = AdoptedFiles(
                    data_dir,
                    ledger,
                    portals,
                    reading_for(data_dir.warc),
                    progress.tell,
                    software=SOFTWARE,
                    operator=str(self.settings.get("CONTACT") or ""),
                    sound_only=opts.sound_only,
                )
                return self._adopt(files, paths, opts, progress)
            except (DamagedLedger, DamagedWarc) as error:
                self.fail(f"{error}", ExitCode.DAMAGED)
            except (OSError, sqlite3.Error) as error:
                self.fail(f"{error}; the same command goes on", storage_code(error))

    def _files(self, args: Sequence[str]) -> list[Path]:
        """The files that are meant, oldest first: so a report's editions come in their order."""
        paths: dict[Path, Path] = {}
        for name in args:
            path = Path(name)
            found = sorted(_below(path)) if path.is_dir() else [path] if path.is_file() else []
            if not found:
                what = "there is no WARC file in this folder" if path.is_dir() else "there is no such file"
                self.fail(f"{printable(name)}: {what}")
            for file in found:
                paths.setdefault(file.resolve(), file)
        try:
            return sorted(paths.values(), key=first_date)
        except OSError as error:
            self.fail(f"{printable(str(error.filename))}: {error.strerror}")

    def _adopt(
        self, files: AdoptedFiles, paths: Sequence[Path], opts: argparse.Namespace, progress: ProgressLine
    ) -> int:
        code = ExitCode.COMPLETE
        for path in paths:
            try:
                done = files.rehearse(path) if opts.dry_run else files.adopt(path)
            except NotAdoptable as refused:
                progress.clear()
                remedy = _remedy(path) if refused.damaged else ""
                print(f"scrapy adopt: {printable(str(path))}: not adopted: {refused}{remedy}", file=sys.stderr)
                code = ExitCode.DAMAGED if refused.damaged else code or ExitCode.FAULTS
                if opts.json:
                    print(json.dumps({"given": str(path), "outcome": "refused", "reason": str(refused)}))
                continue
            progress.clear()
            print(_as_json(path, done, opts.dry_run) if opts.json else _as_line(path, done, opts.dry_run), flush=True)
        return code


def _below(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and path.name.endswith(_SUFFIXES):
            yield path


def _remedy(path: Path) -> str:
    return f"; 'scrapy verify {printable(path.name)}' names every fault, --sound-only adopts the records that are sound"


def _as_json(path: Path, done: AdoptedFile, rehearsed: bool) -> str:
    outcome = "known" if done.before else "would be adopted" if rehearsed else "adopted"
    answer: dict[str, object] = {
        "given": str(path).encode("utf-8", "backslashreplace").decode(),
        "outcome": outcome,
        "file": done.name,
        "run": None if rehearsed and not done.before else done.run,
    }
    if not done.before:
        answer |= {"compressed_anew": done.anew, "left_out": done.left_out, **as_json(done.entered)}
    return json.dumps(answer, ensure_ascii=False)


def _as_line(path: Path, done: AdoptedFile, rehearsed: bool) -> str:
    name = printable(str(path))
    if done.before:
        return f"{name}: adopted before, as {done.name}"
    found = done.entered
    parts = [
        f"{sum(found.records.values())} records",
        f"{found.captures} captures" + (f" ({found.known} more were known)" if found.known else ""),
        f"reports: {_counts(found.reports) or 'none'}",
    ]
    if found.skipped:
        parts.append(f"skipped: {_counts(found.skipped)}")
    if found.unresolved:
        parts.append(f"{found.unresolved} of {found.revisits} revisits of nothing that is here")
    if done.left_out:
        parts.append(f"{done.left_out} unsound places left out")
    if done.anew:
        parts.append("compressed anew")
    return f"{name}: {'would be adopted' if rehearsed else 'adopted'} as {done.name}: {', '.join(parts)}"


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
