"""`scrapy reparse`: archived report pages through today's parser. Fetches nothing and makes no revisions."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from archive.data_dir import DataDir, DataDirUnavailable
from archive.documents import WITHDRAWN
from archive.ledger import Ledger
from archive.members import DamagedWarc
from archive.warc_reader import ArchivedResponse, read_responses
from crawler.command import ExitCode, ProjectCommand, storage_code
from pipelines.reparse import Reparsed, in_workers, read_response, reread_from, start_workers

BATCH = 500  # documents per transaction


class Command(ProjectCommand):
    """Read archived reports again."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "[WARC…] [-o OUT] [--workers N]"

    def short_desc(self) -> str:
        return "Read archived report pages again with today's parser"

    def long_desc(self) -> str:
        return (
            "Reads the page of the current revision of every report again. Where today's parser makes something else of it,"
            " the ledger holds that from now on, under the same revision, and the line (history.change 'reparsed') goes"
            " to OUT. Exit code 1 if a page could not be read as its report. With WARC files: prints the records of all"
            " report pages in them, whatever the ledger says. Example: scrapy reparse -o reparsed.jsonl -s DATA_DIR=data/demo"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o",
            dest="out",
            metavar="OUT",
            help="the file to write (default: reports/reparse-<time>.jsonl under DATA_DIR)",
        )
        parser.add_argument(
            "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes that parse"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.workers < 1:
            self.fail(f"--workers {opts.workers}: wants 1 or more")
        if args:
            return self._print_files(args, opts)
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        ledger = self.open_ledger(data_dir)
        try:
            data_dir.open()
        except DataDirUnavailable as error:
            self.fail(str(error), ExitCode.UNAVAILABLE)
        moment = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        out = Path(opts.out) if opts.out else data_dir.reports / f"reparse-{moment}.jsonl"
        try:
            return self._reparse(data_dir, ledger, out, opts.workers)
        except (OSError, sqlite3.Error) as error:
            self.fail(f"{error}; what was written to {out} before is kept", storage_code(error))
        finally:
            ledger.close()
            data_dir.close()

    def _reparse(self, data_dir: DataDir, ledger: Ledger, out: Path, number: int) -> int:
        read = replaced = faults = 0
        keys = iter(ledger.documents.known_keys())
        with ExitStack() as stack:
            workers = stack.enter_context(start_workers(number))
            file: BinaryIO = stack.enter_context(out.open("wb"))
            while batch := list(islice(keys, BATCH)):
                lines = ledger.documents.current_lines(batch, without=WITHDRAWN)
                results = list(in_workers(workers, number, reread_from(data_dir.warc), lines))
                good = [result for result in results if not result.fault]
                _write(file, [result.line for result in good])
                ledger.replace_lines(_replacements(ledger, good))
                read += len(results)
                replaced += sum(bool(result.line) for result in good)
                for result in results:
                    if result.fault:
                        faults += 1
                        print(f"scrapy reparse: {result.key}: {result.fault}", file=sys.stderr)
        print(f"{read} reports read again, {replaced} differ: {out}; {faults} could not be read")
        return ExitCode.FAULTS if faults else ExitCode.COMPLETE

    def _print_files(self, names: Sequence[str], opts: argparse.Namespace) -> int:
        paths = [Path(name) for name in names]
        for path in paths:
            if not path.is_file():
                self.fail(f"{path}: there is no such file")
        with ExitStack() as stack:
            workers = stack.enter_context(start_workers(opts.workers))
            out = stack.enter_context(Path(opts.out).open("wb")) if opts.out else sys.stdout.buffer
            try:
                for line in in_workers(workers, opts.workers, read_response, _report_pages(paths)):
                    if line:
                        out.write(line + b"\n")
            except DamagedWarc as error:
                self.fail(str(error), ExitCode.DAMAGED)
            finally:
                out.flush()
        return ExitCode.COMPLETE


def _report_pages(paths: Sequence[Path]) -> Iterator[ArchivedResponse]:
    """The answers that may be reports: of other crawlers' files all, of ours those to requests for reports."""
    for path in paths:
        for response in read_responses(path):
            if response.status == 200 and response.hints.get("role", "report") == "report":
                yield response


def _write(file: BinaryIO, lines: Sequence[bytes]) -> None:
    """On disk before the ledger forgets what it held."""
    file.write(b"".join(line + b"\n" for line in lines if line))
    file.flush()
    os.fsync(file.fileno())


def _replacements(ledger: Ledger, results: Sequence[Reparsed]) -> Iterator[tuple[str, int, str, str, str, bytes]]:
    for result in results:
        line = result.line or ledger.documents.find(result.key) or b""
        yield result.key, result.revision, result.digest, result.reader, result.counts, line
