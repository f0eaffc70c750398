"""`scrapy export`: the data set as it is now, one line per report, in a file that is there whole or not at all."""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.data_dir import DataDir
from archive.ledger import Ledger
from archive.whole_file import write_whole
from crawler.command import SOFTWARE, ExitCode, ProjectCommand, storage_code
from pipelines.exported import export_lines

SCHEMA = "ogi-annual-report/1.0"
FORMATS = ("jsonl",)
LATER = ("parquet", "csv", "duckdb")
REPORTS, MANIFEST = "reports.jsonl", "manifest.json"


class Command(ProjectCommand):
    """Export the data set."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "[--format jsonl] [-o DIR|-] [--no-withdrawn] [--json]"

    def short_desc(self) -> str:
        return "Write the current revision of every report into one file"

    def long_desc(self) -> str:
        return (
            "Writes the current revision of every report, in order of key, to DIR/reports.jsonl, and DIR/manifest.json with count,"
            " SHA-256 and the runs it covers. Withdrawn reports are in it and say so. It may run while a crawl does."
            " Example: scrapy export --format jsonl -o dataset"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--format", default="jsonl", metavar="FORMAT", help="jsonl")
        parser.add_argument(
            "-o", dest="folder", metavar="DIR", help="where it goes (default: DATA_DIR/export); - for standard output"
        )
        parser.add_argument("--no-withdrawn", action="store_true", help="leave withdrawn reports out")
        parser.add_argument("--json", action="store_true", help="print the manifest instead of a sentence")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            self.fail(f"unexpected argument \"{args[0]}\"; see 'scrapy export --help'")
        self._check_formats(opts.format)
        if opts.folder == "-" and opts.json:
            self.fail("--json goes with a folder: standard output has the reports")
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        ledger = self.open_ledger(data_dir)
        try:
            with ledger.snapshot():
                if opts.folder == "-":
                    for _, line in export_lines(ledger.documents, withdrawn=not opts.no_withdrawn):
                        sys.stdout.buffer.write(line + b"\n")
                    sys.stdout.buffer.flush()
                    return ExitCode.COMPLETE
                folder = data_dir.root / "export" if opts.folder is None else Path(opts.folder)
                manifest = _write_data_set(folder, ledger, withdrawn=not opts.no_withdrawn)
        except BrokenPipeError:
            raise  # the reader went away: nothing is wrong
        except OSError as error:
            self.fail(f"the export cannot be written: {error}", storage_code(error))
        except sqlite3.Error as error:
            self.fail(f"{data_dir.ledger} cannot be read: {error}", storage_code(error))
        finally:
            ledger.close()
        if opts.json:
            print(json.dumps(manifest, ensure_ascii=False))
        else:
            print(f"{manifest['reports']} reports ({manifest['withdrawn']} withdrawn) in {folder / REPORTS}")
        return ExitCode.COMPLETE

    def _check_formats(self, text: str) -> None:
        for name in text.split(","):
            if name in LATER:
                self.fail(f"--format {name} is not built yet; today there is jsonl")
            if name not in FORMATS:
                self.fail(f'unknown format "{name}"; today there is jsonl')


def _write_data_set(folder: Path, ledger: Ledger, *, withdrawn: bool) -> dict[str, object]:
    """Write reports and manifest; returns the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {"reports": 0, "withdrawn": 0}
    digest = hashlib.sha256()

    def lines() -> Iterator[bytes]:
        for change, line in export_lines(ledger.documents, withdrawn=withdrawn):
            counts["reports"] += 1
            counts["withdrawn"] += change == "withdrawn"
            digest.update(line + b"\n")
            yield line + b"\n"

    unfinished = ledger.unfinished_runs()
    made_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    write_whole(folder / REPORTS, lines())
    manifest: dict[str, object] = {
        "file": REPORTS,
        "schema": SCHEMA,
        **counts,
        "sha256": digest.hexdigest(),
        "made_at": made_at,
        "software": SOFTWARE,
        "runs": [run for run in ledger.runs() if run not in unfinished],
        "unfinished_runs": unfinished,
    }
    write_whole(folder / MANIFEST, [json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"])
    return manifest
