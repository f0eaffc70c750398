"""`scrapy crawl`: the main job. One run over one family or all, one ledger, one writer, one verdict."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from archive.data_dir import DataDir, DataDirUnavailable
from archive.database import DamagedLedger
from archive.ledger import Ledger
from archive.members import DamagedWarc
from crawler.addresses import ConnectTo
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.portals import Portal, RegistryError, load_portals, select_portals
from crawler.progress import Progress
from crawler.runs import Run, attach
from crawler.verdict import VERDICTS, as_report, as_table, judge_run, worst

SOFTWARE = "ogi-archive/0.1.0"
MIN_PUBLIC_DELAY = 1.0


class Command(ProjectCommand):
    """Crawl the portals of one family, or of all."""

    def syntax(self) -> str:
        return "FAMILY|all [-a portal=ID,ID] [-s NAME=VALUE]"

    def short_desc(self) -> str:
        return "Crawl, archive and parse the portals of a family, or of all"

    def long_desc(self) -> str:
        return (
            "Crawls every portal of the family (or 'all') that the registry lists, archives each exchange, and writes"
            " the new and revised reports to reports/<run>.jsonl under DATA_DIR. A run that was interrupted is continued"
            " by the same command. Example: scrapy crawl trs -a portal=liuzhou -s CONTACT=archive@example.org"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a", dest="arguments", action="append", default=[], metavar="portal=ID,ID", help="only these portals"
        )
        parser.add_argument("--json", action="store_true", help="print the run report as JSON instead of a table")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        settings = self.settings
        assert settings is not None
        family = self.one_argument(args, "family")
        portals = self._select(family, _portal_ids(self, opts.arguments))
        self._check_manners(settings, portals)
        data_dir = DataDir(self.project_path("DATA_DIR"), self._ledger_name(settings))
        try:
            data_dir.open()
        except DataDirUnavailable as error:
            self.fail(str(error), ExitCode.UNAVAILABLE)
        try:
            return self._crawl(data_dir, family, portals, opts)
        finally:
            data_dir.close()

    # -- before anything is written -----------------------------------------------------------------------------

    def _select(self, family: str, wanted: Sequence[str]) -> tuple[Portal, ...]:
        assert self.settings is not None
        families = get_spider_loader(self.settings).list()
        if family != "all" and family not in families:
            self.fail(f"unknown family {family!r}; known are: all, {', '.join(sorted(families))}")
        try:
            portals = load_portals(self.project_path("PORTALS"), families)
            if wanted:
                portals = select_portals(portals, wanted)
            loader = get_spider_loader(self.settings)
            for portal in portals:
                check = getattr(loader.load(portal.family), "check_portal", None)
                if check is not None:
                    check(portal)
        except RegistryError as error:
            self.fail(str(error))
        chosen = tuple(portal for portal in portals if family in ("all", portal.family))
        strangers = sorted(set(wanted) - {portal.id for portal in chosen})
        if strangers:
            self.fail(f"portal {', '.join(strangers)} is not of family {family}; see 'scrapy portals'")
        if not chosen:
            self.fail(f"the registry has no portal of family {family}; see 'scrapy portals'")
        return chosen

    def _check_manners(self, settings: BaseSettings, portals: Sequence[Portal]) -> None:
        """CONTACT is required, and a delay of at least 1 s, unless every host is reached through CONNECT_TO."""
        try:
            connect_to = ConnectTo.from_setting(settings.get("CONNECT_TO"))
        except ValueError as error:
            self.fail(f"CONNECT_TO: {error}")
        covered = connect_to.covers(_netlocs(portals))
        contact = str(settings.get("CONTACT") or "").strip()
        if not contact and not covered:
            self.fail("CONTACT is missing: portals must be able to reach you; set it with -s CONTACT=mail-or-URL")
        try:
            delay = settings.getfloat("DOWNLOAD_DELAY")
        except ValueError:
            self.fail(f"DOWNLOAD_DELAY must be a number of seconds, not {settings.get('DOWNLOAD_DELAY')!r}")
        if delay < MIN_PUBLIC_DELAY and not covered:
            self.fail(
                f"DOWNLOAD_DELAY={delay:g} is refused for public addresses; use at least {MIN_PUBLIC_DELAY:g} second"
            )
        settings.set("USER_AGENT", f"{SOFTWARE} (+{contact})" if contact else SOFTWARE, priority="spider")
        if contact:
            headers: Mapping[str, str] = settings.getdict("DEFAULT_REQUEST_HEADERS")
            settings.set("DEFAULT_REQUEST_HEADERS", {**headers, "From": contact}, priority="spider")

    def _ledger_name(self, settings: BaseSettings) -> str:
        name = str(settings["LEDGER"])
        if urlsplit(name).scheme or Path(name).is_absolute() or ".." in Path(name).parts:
            self.fail(f"LEDGER={name}: only a SQLite path under DATA_DIR is supported, for example ledger.sqlite")
        return name

    # -- the run ------------------------------------------------------------------------------------------------

    def _crawl(self, data_dir: DataDir, family: str, portals: Sequence[Portal], opts: argparse.Namespace) -> int:
        settings, process = self.settings, self.crawler_process
        assert settings is not None
        assert isinstance(process, AsyncCrawlerProcess)
        try:
            ledger = Ledger(data_dir.ledger)
            run = Run(
                data_dir,
                ledger,
                family,
                portals,
                software=f"{SOFTWARE} Scrapy/{scrapy.__version__} Python/{platform.python_version()}",
                user_agent=str(settings["USER_AGENT"]),
                contact=str(settings.get("CONTACT") or ""),
                max_warc_bytes=settings.getint("WARC_MAX_BYTES"),
            )
        except (DamagedLedger, DamagedWarc) as error:
            self.fail(f"{error}; move DATA_DIR aside or restore it, nothing was changed", ExitCode.DAMAGED)
        except (OSError, sqlite3.Error) as error:
            self.fail(f"DATA_DIR {data_dir.root} cannot be written: {error}", storage_code(error))
        if run.continued:
            print(f"continuing the unfinished run {run.name}", file=sys.stderr)
        closed: list[str] = []
        progress = Progress(run)
        crawlers = []
        for name in sorted({portal.family for portal in portals}):
            crawler = process.create_crawler(name)
            attach(crawler, run)
            crawler.signals.connect(lambda reason: closed.append(reason), scrapy.signals.spider_closed, weak=False)
            process.crawl(crawler, portals=[portal for portal in portals if portal.family == name])
            crawlers.append(crawler)
        _call_when_running(run.start, progress.start)
        try:
            try:
                process.start()
            finally:
                run.close()
            progress.stop()
            return self._conclude(run, ledger, portals, closed, len(crawlers), opts)
        except BrokenPipeError:
            raise
        except (OSError, sqlite3.Error) as error:
            run.abort_for(error)
            code, message = run.failure or (storage_code(error), str(error))
            self.fail(f"{message}; the run is unfinished, the same command continues it", code)

    def _conclude(
        self,
        run: Run,
        ledger: Ledger,
        portals: Sequence[Portal],
        closed: list[str],
        started: int,
        opts: argparse.Namespace,
    ) -> int:
        """Write the verdict, unless the run did not come to its end: then the next crawl continues it."""
        if run.failure is not None:
            code, message = run.failure
            self.fail(f"{message}; the run is unfinished, the same command continues it", code)
        if any(reason == "shutdown" for reason in closed):
            self.fail(
                "interrupted; everything so far is safe, the same command continues the run", ExitCode.INTERRUPTED
            )
        if len(closed) < started or any(reason != "finished" for reason in closed):
            self.fail(
                f"a crawler stopped unexpectedly ({', '.join(closed) or 'it never started'}); see above",
                ExitCode.INTERNAL,
            )
        rows = judge_run(ledger, run.name, portals)
        report = as_report(run.name, rows)
        _write_whole(run.data_dir.runs / run.name / "report.json", json.dumps(report, ensure_ascii=False, indent=1))
        ledger.finish_run(run.name, worst(rows))
        try:
            if opts.json:
                print(json.dumps(report, ensure_ascii=False), flush=True)
            else:
                print(as_table(rows))
                place = run.data_dir.reports / (run.name + ".jsonl")
                print(f"\nrun {run.name}: {worst(rows)}; reports in {place}", flush=True)
            for row in rows:
                if row.reason:
                    print(f"{row.portal}: {row.verdict}: {row.reason}", file=sys.stderr)
        except BrokenPipeError:
            sys.stdout = None  # nobody reads (`… | head`); the code is the verdict's all the same
        return int(VERDICTS[worst(rows)])


def _portal_ids(command: ProjectCommand, arguments: Sequence[str]) -> list[str]:
    ids: list[str] = []
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name != "portal" or not value:
            command.fail(f"unknown argument -a {argument}; the only one is -a portal=ID,ID")
        ids += [part.strip() for part in value.split(",") if part.strip()]
    return ids


def _netlocs(portals: Sequence[Portal]) -> list[tuple[str, int]]:
    """Host and port of every address a portal starts at."""
    parts = [urlsplit(url) for portal in portals for url in portal.start]
    return [(part.hostname or "", part.port or (443 if part.scheme == "https" else 80)) for part in parts]


def _call_when_running(*functions: object) -> None:
    from twisted.internet import reactor

    for function in functions:
        reactor.callWhenRunning(function)


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_suffix(".new")
    temporary.write_text(text + "\n", encoding="utf-8")
    os.replace(temporary, path)
