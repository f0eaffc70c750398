"""`scrapy rebuild`: the ledger, the indexes and the reports again, from the WARC files alone."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
from pathlib import Path

from scrapy.spiderloader import get_spider_loader

from archive.data_dir import DataDir, DataDirUnavailable
from archive.members import DamagedWarc
from crawler.beside import budgets_of, owners_beside
from crawler.by_hand import BY_HAND, HandSpider
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.portals import Portal, RegistryError, load_portals
from crawler.rebuild import Progress, Reading, Rebuild
from crawler.revisit import RevisitPolicy
from pipelines.archived import reading_for
from pipelines.records import withdrawn_line

TELL_SECONDS = 5.0


class Command(ProjectCommand):
    """Make the ledger again from the WARC files."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "[--json]"

    def short_desc(self) -> str:
        return "Make ledger, indexes and reports again from the WARC files"

    def long_desc(self) -> str:
        return (
            "Reads every WARC file of DATA_DIR in the order in which it was written, and makes the ledger, index/*.cdxj"
            " and reports/<run>.jsonl again with today's parser. Nothing is fetched; logs and verdicts of runs are left"
            " alone; the old ledger is kept beside the new one. An interrupted rebuild changes nothing."
            " Example: scrapy rebuild -s DATA_DIR=data/demo"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print what was done as one JSON object")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            self.fail(f"unexpected argument \"{args[0]}\"; see 'scrapy rebuild --help'")
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        if not any(data_dir.warc.glob("*.warc.gz*")):
            self.fail(
                f"there are no WARC files in {data_dir.warc}; name the archive with -s DATA_DIR=…", ExitCode.UNAVAILABLE
            )
        reading = self._reading(data_dir)
        try:
            data_dir.open()
        except DataDirUnavailable as error:
            self.fail(str(error), ExitCode.UNAVAILABLE)
        try:
            return self._rebuild(data_dir, reading, as_script=opts.json)
        except DamagedWarc as error:
            self.fail(
                f"{error}; restore the file or move it out of {data_dir.warc}, nothing was changed", ExitCode.DAMAGED
            )
        except (OSError, sqlite3.Error) as error:
            self.fail(f"{error}; nothing was changed", storage_code(error))
        finally:
            data_dir.close()

    def _reading(self, data_dir: DataDir) -> Reading:
        """How a crawl of today would read the pages."""
        assert self.settings is not None
        loader = get_spider_loader(self.settings)
        try:
            portals = load_portals(self.project_path("PORTALS"), loader.list())
            families = sorted({portal.family for portal in portals})
            spiders = {
                family: loader.load(family)(portals=[portal for portal in portals if portal.family == family])
                for family in families
            }
            RevisitPolicy.from_settings(self.settings)
            budgets_of(self.settings)
        except (RegistryError, ValueError) as error:
            self.fail(str(error))
        read_page = reading_for(data_dir.warc)
        known: dict[str, Portal] = {BY_HAND.id: BY_HAND, **{portal.id: portal for portal in portals}}
        known |= owners_beside(portals, requisites=True)
        return Reading(self.settings, known, {**spiders, HandSpider.name: HandSpider()}, read_page, withdrawn_line)

    def _rebuild(self, data_dir: DataDir, reading: Reading, *, as_script: bool) -> int:
        started = told = time.monotonic()

        def tell(progress: Progress) -> None:
            nonlocal told
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                print(f"scrapy rebuild: {_line(progress)}, {told - started:.0f} s", file=sys.stderr)

        rebuild = Rebuild(data_dir, reading, tell)
        kept = rebuild.work()
        done, seconds = rebuild.progress, time.monotonic() - started
        if as_script:
            print(json.dumps(_as_json(done, rebuild.runs, seconds, data_dir.ledger, kept), ensure_ascii=False))
            return ExitCode.COMPLETE
        print(f"{data_dir.ledger} is made again: {_line(done)}, {rebuild.runs} runs, {seconds:.0f} s")
        if kept is not None:
            print(f"the old ledger is kept as {kept}")
        return ExitCode.COMPLETE


def _line(progress: Progress) -> str:
    return (
        f"{progress.files_read} of {progress.files} files, {progress.exchanges_done} of {progress.exchanges} exchanges,"
        f" {progress.reports} reports"
    )


def _as_json(done: Progress, runs: int, seconds: float, ledger: Path, kept: Path | None) -> dict[str, object]:
    return {
        "files": done.files,
        "exchanges": done.exchanges,
        "reports": done.reports,
        "runs": runs,
        "seconds": round(seconds, 1),
        "ledger": str(ledger),
        "old_ledger": str(kept) if kept else None,
    }
