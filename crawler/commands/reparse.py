"""`scrapy reparse`: archived report pages through today's parser. Fetches nothing and makes no revisions."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from archive.data_dir import DataDir, DataDirUnavailable
from archive.documents import WITHDRAWN
from archive.ledger import Ledger
from archive.members import DamagedWarc
from archive.part_file import PartFile
from archive.warc_reader import ArchivedResponse, read_exchange, read_sound_responses
from crawler.carried import sent_address
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.progress_line import ProgressLine
from crawler.scope import CARRIED
from pipelines.parser import PARSER_VERSION
from pipelines.reparse import Reparsed, read_response, read_with_files, reread_from
from pipelines.workers import in_workers, start_workers

BATCH = 500  # documents per transaction
SAVE_SECONDS = 1.0  # what a kill costs at most
PART = ".part"


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
            " to OUT. With WARC files: writes the records of all report pages in them, whatever the ledger says. OUT is"
            " OUT.part until it is whole; after an interruption, a kill too, the same command continues it to the same"
            " bytes. Exit code 1 if a page could not be read as its report, or a place of a WARC file not at all: it is"
            " named, and the rest goes on. Example: scrapy reparse -o reparsed.jsonl -s DATA_DIR=data/demo"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o",
            dest="out",
            metavar="OUT",
            help="the file to write (default: reports/reparse-<time>.jsonl under DATA_DIR; of WARC files, standard output)",
        )
        parser.add_argument(
            "--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes that parse"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.workers < 1:
            self.fail(f"--workers {opts.workers}: wants 1 or more")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        if args:
            return self._read_files([Path(name) for name in args], opts.out, opts.workers)
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        ledger = self.open_ledger(data_dir)
        try:
            data_dir.open()
        except DataDirUnavailable as error:
            self.fail(str(error), ExitCode.UNAVAILABLE)
        out = Path(opts.out) if opts.out else _default_out(data_dir.reports)
        try:
            return self._read_ledger(data_dir, ledger, out, opts.workers)
        except (OSError, sqlite3.Error) as error:
            self.fail(f"{error}; the same command continues {out}{PART}", storage_code(error))
        except KeyboardInterrupt:
            self.fail(f"interrupted; the same command continues {out}{PART}", ExitCode.INTERRUPTED)
        finally:
            ledger.close()
            data_dir.close()

    def _open_part(self, out: Path, task: dict[str, object]) -> PartFile:
        part = PartFile(out, {**task, "parser": PARSER_VERSION})
        if part.restarted:
            print(f"scrapy reparse: {out}{PART} is of other input or another parser: begun anew", file=sys.stderr)
        elif part.state:
            print(f"scrapy reparse: continuing {out}{PART}", file=sys.stderr)
        return part

    # -- what the ledger holds ----------------------------------------------------------------------------------

    def _read_ledger(self, data_dir: DataDir, ledger: Ledger, out: Path, number: int) -> int:
        """Batches by key. A batch's lines are on disk, and noted as such, before the ledger forgets what it held: where the
        notes name a batch under way, its lines are in OUT, and the ledger may or may not have it.
        """
        part = self._open_part(out, {"reads": "ledger"})
        state: dict[str, Any] = part.state or {"done": "", "read": 0, "differ": 0, "faults": 0}
        keys = ledger.documents.known_keys()
        progress = ProgressLine(self.name, "reports")
        with start_workers(number) as workers:
            while batch := _batch(keys, state):
                lines = ledger.documents.current_lines(batch, without=WITHDRAWN)
                results = list(in_workers(workers, number, reread_from(data_dir.warc), lines))
                good = [result for result in results if not result.fault]
                if "under_way" not in state:
                    differing = [result.line for result in good if result.line]
                    state = {**state, "differ": state["differ"] + len(differing), "under_way": batch[-1]}
                    part.save(differing, state)
                ledger.replace_lines(_replacements(ledger, good))
                progress.clear()
                for result in results:
                    if result.fault:
                        print(f"scrapy reparse: {result.key}: {result.fault}", file=sys.stderr)
                faults = len(results) - len(good)
                state = {
                    "done": batch[-1],
                    "read": state["read"] + len(results),
                    "differ": state["differ"],
                    "faults": state["faults"] + faults,
                }
                part.save([], state)
                progress.tell(state["read"], bisect_right(keys, state["done"]) / len(keys))
        part.finish()
        progress.clear()
        print(
            f"{state['read']} reports read again, {state['differ']} differ: {out}; {state['faults']} could not be read"
        )
        return ExitCode.FAULTS if state["faults"] else ExitCode.COMPLETE

    # -- WARC files ---------------------------------------------------------------------------------------------

    def _read_files(self, paths: Sequence[Path], out: str | None, number: int) -> int:
        for path in paths:
            if not path.is_file():
                self.fail(f"{path}: there is no such file")
        self.check_output(out, paths)
        sizes = [path.stat().st_size for path in paths]
        task: dict[str, object] = {
            "reads": [[str(path.resolve()), size] for path, size in zip(paths, sizes, strict=True)]
        }
        after = f"; the same command continues {out}{PART}" if out else ""
        try:
            part = self._open_part(Path(out), task) if out else None
            pages = _Pages(paths, part.state if part else {})
            self._write_records(pages, part, number, sum(sizes))
            if part:
                part.finish()
        except BrokenPipeError:
            raise  # the reader went away: nothing is wrong
        except OSError as error:
            self.fail(f"{error}{after}", storage_code(error))
        except KeyboardInterrupt:
            self.fail(f"interrupted{after}", ExitCode.INTERRUPTED)
        return ExitCode.FAULTS if pages.faults else ExitCode.COMPLETE

    def _write_records(self, pages: _Pages, part: PartFile | None, number: int, size: int) -> None:
        progress = ProgressLine(self.name, "pages")
        lines: list[bytes] = []
        saved = time.monotonic()
        with start_workers(number) as workers:
            for line in pages.lines(workers, number):
                if line and part is None:
                    sys.stdout.buffer.write(line + b"\n")
                elif line:
                    lines.append(line)
                if part and time.monotonic() - saved > SAVE_SECONDS:
                    part.save(lines, pages.state())
                    lines, saved = [], time.monotonic()
                progress.tell(pages.done, pages.behind / max(size, 1))
        if part:
            part.save(lines, pages.state())
        sys.stdout.flush()
        progress.clear()


class _Pages:
    """The answers that may be reports, from where the work stood on: of other crawlers' files all, of ours those to
    requests for reports. Damage is named on the way.

    Our own archive has a page before the files that it is nothing but a link to; so the pages that await files come last.
    """

    def __init__(self, paths: Sequence[Path], state: dict[str, Any]):
        self._paths = paths
        file, offset = state.get("place", (0, 0))
        self._place: tuple[int, int] = (file, offset)
        self._asked: deque[tuple[int, int, int]] = deque()
        self._files: dict[str, tuple[int, int]] = {
            url: (file, at) for url, (file, at) in state.get("files", {}).items()
        }
        self._awaiting: list[tuple[int, int, list[str]]] = [
            (file, at, carriers) for file, at, carriers in state.get("awaiting", ())
        ]
        self._awaited: int = state.get("awaited", 0)
        self.done: int = state.get("done", 0)
        self.faults: set[tuple[int, int]] = {(file, offset) for file, offset in state.get("faults", ())}

    def lines(self, workers: ProcessPoolExecutor, number: int) -> Iterator[bytes]:
        """The record of each page that is still to be read, empty where there is none."""
        for line, carriers in in_workers(workers, number, read_response, self._pages()):
            file, offset, end = self._asked.popleft()
            self._place = file, end
            if carriers:
                self._awaiting.append((file, offset, [sent_address(url) for url in carriers]))
            else:
                self.done += 1
            yield line
        for line in in_workers(workers, number, read_with_files, self._with_files()):
            self._awaited += 1
            self.done += 1
            yield line

    def _pages(self) -> Iterator[ArchivedResponse]:
        first, start = self._place
        for index in range(first, len(self._paths)):
            begin = start if index == first else 0
            for response in read_sound_responses(self._paths[index], begin, partial(self._name, index)):
                role, offset = response.hints.get("role", "report"), response.capture.offset
                if response.status == 200 and role in ("report", "manual"):
                    self._asked.append((index, offset, response.capture.end))
                    yield response
                elif response.status == 200 and role in CARRIED:
                    row = response.hints.get("row")
                    asked = row.get("url") if isinstance(row, Mapping) else ""
                    self._files[str(asked or response.url)] = index, offset

    def _with_files(self) -> Iterator[tuple[ArchivedResponse, dict[str, ArchivedResponse]]]:
        """The pages that await files, each with those there are."""
        for page, offset, carriers in self._awaiting[self._awaited :]:
            places = {url: self._files[url] for url in carriers if url in self._files}
            files = {url: read_exchange(self._paths[file], at) for url, (file, at) in places.items()}
            yield (
                read_exchange(self._paths[page], offset),
                {url: file for url, file in files.items() if not file.body_fault},
            )

    def _name(self, file: int, error: DamagedWarc) -> None:
        if (file, error.offset) not in self.faults:
            self.faults.add((file, error.offset))
            print(f"scrapy reparse: {error}", file=sys.stderr)

    @property
    def behind(self) -> int:
        """Bytes of the files that are done with."""
        file, offset = self._place
        return sum(path.stat().st_size for path in self._paths[:file]) + offset

    def state(self) -> dict[str, object]:
        """Where the work stands, as plain JSON."""
        return {
            "place": list(self._place),
            "done": self.done,
            "faults": sorted(map(list, self.faults)),
            "files": self._files,
            "awaiting": self._awaiting,
            "awaited": self._awaited,
        }


def _default_out(folder: Path) -> Path:
    """The output that an interrupted reparse has begun, or a new one."""
    begun = max(folder.glob(f"reparse-*.jsonl{PART}"), default=None)
    return begun.with_suffix("") if begun else folder / f"reparse-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl"


def _batch(keys: Sequence[str], state: dict[str, Any]) -> Sequence[str]:
    """The documents to read next: those under way, or as many as follow those that are done."""
    start = bisect_right(keys, state["done"])
    end = bisect_right(keys, state["under_way"]) if "under_way" in state else start + BATCH
    return keys[start:end]


def _replacements(ledger: Ledger, results: Sequence[Reparsed]) -> Iterator[tuple[str, int, str, str, str, bytes]]:
    for result in results:
        line = result.line or ledger.documents.find(result.key) or b""
        yield result.key, result.revision, result.digest, result.reader, result.counts, line
