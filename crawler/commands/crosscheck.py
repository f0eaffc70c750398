"""`scrapy crosscheck`: the reports of a data set against each other. Reads only; changes no record."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from archive.data_dir import DataDir
from archive.documents import WITHDRAWN
from archive.whole_file import write_whole
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.table import as_table
from pipelines.archived import ArchivedReports
from pipelines.panel import Finding, NotARecord, Panel, read_digest


class Command(ProjectCommand):
    """Compare reports."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "[FILE…] [-o OUT] [--json]"

    def short_desc(self) -> str:
        return "Check reports against the organ's other years and against other organs"

    def long_desc(self) -> str:
        return (
            "Reads records (JSON Lines, '-' for standard input; without FILE the current revisions in the ledger) and prints one"
            " JSON line per finding, then a summary on stderr; with -o the findings go to OUT and the summary to standard output."
            " The rules are in docs/checks.md. Exit code 1 if a finding of severity error fails, 6 if a line is no record."
            " Example: scrapy crosscheck data/export/reports.jsonl -o findings.jsonl"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", dest="out", metavar="OUT", help="the file to write the findings to")
        parser.add_argument("--json", action="store_true", help="the summary as one JSON object")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        paths = [Path(name) for name in args if name != "-"]
        for path in paths:
            if not path.is_file():
                self.fail(f"{path}: there is no such file")
        self.check_output(opts.out, paths)
        panel = Panel()
        skipped = 0
        for place, line in self._lines_of_files(args) if args else self._lines_of_ledger():
            if line.startswith(b'{"source":') and "not_a_report" in _keys(line):
                skipped += 1  # scrapy extract says so of a page that is no report
                continue
            try:
                panel.add(read_digest(line))
            except NotARecord as error:
                torn = "" if line.endswith(b"\n") else "; the line has no end, the file may be torn"
                self.fail(f"{place}: no record of an annual report: {error}{torn}", ExitCode.DAMAGED)
        reports = len(panel.reports())
        failing = self._write(panel, opts, reports, skipped)
        return ExitCode.FAULTS if failing else ExitCode.COMPLETE

    def _lines_of_files(self, names: list[str]) -> Iterator[tuple[str, bytes]]:
        for name in names:
            try:
                with ExitStack() as stack:
                    file = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
                    for number, line in enumerate(file, 1):
                        if line.strip():
                            yield f"{name}:{number}", line
            except OSError as error:
                self.fail(f"{name}: {error.strerror}", storage_code(error))

    def _lines_of_ledger(self) -> Iterator[tuple[str, bytes]]:
        """The current revisions, each followed by what other pages say today of the same organ and year (rule X10)."""
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        ledger = self.open_ledger(data_dir)
        archived = ArchivedReports(data_dir.warc)
        try:
            with ledger.snapshot():
                for key, _, change, line in ledger.documents.current():
                    if change == WITHDRAWN:
                        continue
                    yield key, line + b"\n"
                    for file, offset in ledger.documents.other_editions(key):
                        edition = archived.report({"provenance": {"warc": {"file": file, "offset": offset}}})
                        if edition is not None and edition.report_key == key:
                            yield key, edition.to_json().encode() + b"\n"
        except sqlite3.Error as error:
            self.fail(f"{data_dir.ledger} cannot be read: {error}", storage_code(error))
        finally:
            ledger.close()

    def _write(self, panel: Panel, opts: argparse.Namespace, reports: int, skipped: int) -> bool:
        """Write findings and summary; whether one of severity error fails."""
        counts: Counter[tuple[str, str, str, str]] = Counter()
        failing = False

        def lines() -> Iterator[bytes]:
            nonlocal failing
            for finding in panel.findings():
                counts[_kind(finding)] += 1
                failing = failing or (finding.severity == "error" and finding.status == "fail")
                yield finding.to_json().encode() + b"\n"

        try:
            if opts.out:
                write_whole(Path(opts.out), lines())
            else:
                sys.stdout.buffer.writelines(lines())
                sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise  # the reader went away: nothing is wrong
        except OSError as error:
            self.fail(f"the findings cannot be written: {error}", storage_code(error))
        summary = _as_json(counts, reports, skipped) if opts.json else _as_text(counts, reports, skipped)
        print(summary, file=sys.stdout if opts.out else sys.stderr)
        return failing


def _keys(line: bytes) -> set[str]:
    try:
        return set(json.loads(line))
    except ValueError:
        return set()


def _kind(finding: Finding) -> tuple[str, str, str, str]:
    return finding.code, finding.name, finding.severity, finding.status


def _as_json(counts: Counter[tuple[str, str, str, str]], reports: int, skipped: int) -> str:
    rows = [
        {"code": code, "name": name, "severity": severity, "status": status, "count": count}
        for (code, name, severity, status), count in sorted(counts.items())
    ]
    return json.dumps({"reports": reports, "not_reports": skipped, "findings": rows}, ensure_ascii=False)


def _as_text(counts: Counter[tuple[str, str, str, str]], reports: int, skipped: int) -> str:
    rows = [(*kind, str(count)) for kind, count in sorted(counts.items())]
    others = f", {skipped} lines of pages that are no reports" if skipped else ""
    return "\n".join(
        [
            *([as_table(rows, right=(4,))] if rows else []),
            f"{reports} reports compared, {sum(counts.values())} findings{others}",
        ]
    )
