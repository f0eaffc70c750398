"""`scrapy crawl`: the main job. One run over one family or all, one ledger, one writer, one verdict."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Sequence

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from archive.data_dir import DataDir, DataDirUnavailable
from archive.database import REMEDY, DamagedLedger
from archive.ledger import Ledger
from archive.members import DamagedWarc
from crawler.beside import budgets_of, owners_beside
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.crawling import Crawling, Unfinished
from crawler.hosts import Hosts, Manners
from crawler.introduction import ANY_HOST, introduce
from crawler.numbers import check_numbers
from crawler.plan import HostPlan, as_json, as_text, plan_crawl
from crawler.portals import Portal, RegistryError, load_portals, select_portals
from crawler.refetch import FORMS, Refetch
from crawler.revisit import RevisitPolicy
from crawler.verdict import VERDICTS, as_table, worst
from pipelines.records import withdrawn_line


class Command(ProjectCommand):
    """Crawl the portals of one family, or of all."""

    def syntax(self) -> str:
        return "FAMILY|all [-a portal=ID,ID] [--refetch WHAT] [--dry-run] [-s NAME=VALUE]"

    def short_desc(self) -> str:
        return "Crawl, archive and parse the portals of a family, or of all"

    def long_desc(self) -> str:
        return (
            "Crawls every portal of the family (or 'all') that the registry lists, archives each exchange, and writes"
            " the new, revised and withdrawn reports to reports/<run>.jsonl under DATA_DIR. A run that was interrupted is"
            " continued by the same command. Example: scrapy crawl trs -a portal=liuzhou -s CONTACT=archive@example.org"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a", dest="arguments", action="append", default=[], metavar="portal=ID,ID", help="only these portals"
        )
        parser.add_argument(
            "--refetch",
            action="append",
            default=[],
            metavar="WHAT",
            help=f"ask for known pages before they are due: {FORMS}; may be given more than once",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be asked of which host, and how long it takes"
        )
        parser.add_argument("--json", action="store_true", help="print the run report (or the plan) as JSON")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        settings = self.settings
        assert settings is not None
        family = self.one_argument(args, "family")
        portals, registered = self._select(family, self.portal_ids(opts.arguments))
        self._check_manners(settings, portals)
        try:
            check_numbers(settings)
            manners = Manners.from_settings(settings)
            RevisitPolicy.from_settings(settings)
            budgets_of(settings)
            refetch = [Refetch.of(text, portals) for text in opts.refetch]
        except ValueError as error:
            self.fail(str(error))
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        settings.set("DATA_DIR", str(data_dir.root), priority="spider")  # whole, for the pipelines
        if opts.dry_run:
            return self._plan(data_dir, portals, manners, refetch, as_script=opts.json)
        try:
            data_dir.open()
        except DataDirUnavailable as error:
            self.fail(str(error), ExitCode.UNAVAILABLE)
        try:
            return self._crawl(data_dir, family, portals, registered, manners, refetch, as_script=opts.json)
        finally:
            data_dir.close()

    # -- before anything is written -----------------------------------------------------------------------------

    def _select(self, family: str, wanted: Sequence[str]) -> tuple[tuple[Portal, ...], list[str]]:
        """The portals to crawl, and the ids of all whose rows there may be."""
        assert self.settings is not None
        families = get_spider_loader(self.settings).list()
        if family != "all" and family not in families:
            self.fail(f"unknown family {family!r}; known are: all, {', '.join(sorted(families))}")
        try:
            portals = load_portals(self.project_path("PORTALS"), families)
            registered = [*(portal.id for portal in portals), *owners_beside(portals)]
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
        return chosen, registered

    def _check_manners(self, settings: BaseSettings, portals: Sequence[Portal]) -> None:
        direct = [portal for portal in portals if not portal.proxy]
        try:
            introduce(
                settings,
                [url for portal in direct for url in portal.start]
                + [ANY_HOST for portal in portals if portal.requisites],
                [portal.proxy for portal in portals if portal.proxy],
            )
        except ValueError as error:
            self.fail(str(error))

    # -- the run ------------------------------------------------------------------------------------------------

    def _plan(
        self,
        data_dir: DataDir,
        portals: Sequence[Portal],
        manners: Manners,
        refetch: Sequence[Refetch],
        *,
        as_script: bool,
    ) -> int:
        ledger = self.open_ledger(data_dir) if data_dir.ledger.exists() else None
        hosts = Hosts(manners, ledger.hosts.load if ledger else lambda _: {})
        if ledger is None:
            plans = plan_crawl(None, portals, hosts)
        else:
            known = ledger

            def rehearse() -> list[HostPlan]:
                for wanted in refetch:
                    wanted.apply(known.frontier, portals)
                return plan_crawl(known, portals, hosts)

            plans = ledger.rehearse(rehearse)
            ledger.close()
        print(json.dumps(as_json(plans), ensure_ascii=False) if as_script else as_text(plans))
        return ExitCode.COMPLETE

    def _crawl(
        self,
        data_dir: DataDir,
        family: str,
        portals: Sequence[Portal],
        registered: Sequence[str],
        manners: Manners,
        refetch: Sequence[Refetch],
        *,
        as_script: bool,
    ) -> int:
        assert self.settings is not None
        assert isinstance(self.crawler_process, AsyncCrawlerProcess)
        if data_dir.lacks_its_ledger():
            self.fail(
                f"{data_dir.warc} has WARC files and the ledger {data_dir.ledger} is gone; {REMEDY}", ExitCode.DAMAGED
            )
        try:
            ledger = Ledger(data_dir.ledger)
            ledger.frontier.register(registered)
            crawling = Crawling.begin(
                self.crawler_process,
                data_dir,
                ledger,
                family,
                portals,
                manners,
                lambda: [wanted.apply(ledger.frontier, portals) for wanted in refetch],
            )
        except DamagedLedger as error:
            self.fail(f"{error}; nothing was changed", ExitCode.DAMAGED)
        except DamagedWarc as error:
            self.fail(f"{error}; move DATA_DIR aside or restore it, nothing was changed", ExitCode.DAMAGED)
        except (OSError, sqlite3.Error) as error:
            self.fail(f"DATA_DIR {data_dir.root} cannot be written: {error}", storage_code(error))
        run = crawling.run
        if run.continued:
            print(f"continuing the unfinished run {run.name}", file=sys.stderr)
            if refetch:
                print("--refetch began with that run: it is not begun again", file=sys.stderr)
        try:
            rows, report = crawling.finish(withdrawn_line)
        except Unfinished as unfinished:
            self.fail(str(unfinished), unfinished.code)
        try:
            if as_script:
                print(json.dumps(report, ensure_ascii=False), flush=True)
            else:
                print(as_table(rows))
                place = data_dir.reports / (run.name + ".jsonl")
                print(f"\nrun {run.name}: {worst(rows)}; reports in {place}", flush=True)
            for row in rows:
                if row.reason:
                    more = f" (and {len(row.reasons) - 1} more in report.json)" if len(row.reasons) > 1 else ""
                    print(f"{row.portal}: {row.verdict}: {row.reason}{more}", file=sys.stderr)
        except BrokenPipeError:
            sys.stdout = None  # nobody reads (`… | head`); the code is the verdict's all the same
        return int(VERDICTS[worst(rows)])
