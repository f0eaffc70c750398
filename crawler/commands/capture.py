"""`scrapy capture`: exactly these addresses into the archive, a line of result for each; reports among them are recorded."""

from __future__ import annotations

import argparse
import contextlib
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from archive.data_dir import DataDir, DataDirUnavailable
from archive.database import REMEDY, DamagedLedger
from archive.ledger import Ledger
from archive.members import DamagedWarc
from crawler.beside import budgets_of
from crawler.by_hand import refuse_address
from crawler.capturing import Captured, Capturing
from crawler.carried import sent_address
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.crawling import Unfinished
from crawler.hosts import Manners
from crawler.introduction import ANY_HOST, introduce
from crawler.numbers import check_numbers
from crawler.portals import Portal
from crawler.progress_line import ProgressLine
from crawler.result_lines import ResultLines
from crawler.revisit import RevisitPolicy

STANDARD_INPUT = "-"
MAX_LABEL = 63  # characters between two dots of a host name: RFC 1035, 2.3.4
SHOWN = 200  # characters of an address that is refused


class Command(ProjectCommand):
    """Archive exactly the addresses given."""

    def syntax(self) -> str:
        return "[-i FILE] URL… [--requisites] [--json]"

    def short_desc(self) -> str:
        return "Archive exactly these addresses, and record the reports among them"

    def long_desc(self) -> str:
        return (
            "Fetches each address once, as it is now, into the archive of DATA_DIR, politely and by robots.txt, and prints a"
            " line per address, in the order given, as soon as it and those before it are final: status, digest, WARC locator,"
            " address, outcome, and the report found there or the reason why there is no page (tab-separated). Exit code 1 if"
            " one failed. A capture that was interrupted is continued by the same command. Example: scrapy capture --requisites"
            " http://www.example.gov.cn/art/2024/1/17/art_1_2.html -s CONTACT=archive@example.org"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-i",
            dest="list",
            metavar="FILE",
            help="a file that names more addresses, one a line (- for standard input); # begins a comment",
        )
        parser.add_argument(
            "--requisites",
            action="store_true",
            help="what the pages need to be displayed, too (style sheets, scripts, images, fonts), up to REQUISITE_BUDGET",
        )
        parser.add_argument("--json", action="store_true", help="print each result as a JSON object")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        settings = self.settings
        assert isinstance(settings, Settings)
        given = [*args, *self._listed(opts.list)]
        if not given:
            self.fail("wants at least one address; see 'scrapy capture --help'")
        self._check(given)
        sent = {url: sent_address(url) for url in given}
        addresses = list(dict.fromkeys(sent.values()))
        portals = self.registry()
        try:
            check_numbers(settings)
            manners = Manners.from_settings(settings)
            RevisitPolicy.from_settings(settings)
            budgets_of(settings)
            proxies = {portal.proxy for portal in portals if any(map(portal.covers, addresses))} - {""}
            introduce(settings, [*addresses, *([ANY_HOST] if opts.requisites else [])], sorted(proxies))
        except ValueError as error:
            self.fail(str(error))
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        settings.set("DATA_DIR", str(data_dir.root), priority="spider")  # whole, for the pipelines
        progress = ProgressLine(self.name, "addresses and requisites" if opts.requisites else "addresses")
        lines = ResultLines(given, sent, progress, as_json=opts.json)
        try:
            data_dir.open()
        except DataDirUnavailable as error:
            self.fail(str(error), ExitCode.UNAVAILABLE)
        try:
            found = self._capture(data_dir, addresses, portals, manners, lines, requisites=opts.requisites)
        finally:
            data_dir.close()
        if lines.failure is not None:
            self.fail(f"the results cannot be printed: {lines.failure.strerror}", storage_code(lines.failure))
        return ExitCode.FAULTS if any(result.failed for result in found.values()) else ExitCode.COMPLETE

    # -- before anything is sent --------------------------------------------------------------------------------

    def _listed(self, name: str | None) -> list[str]:
        """The addresses that a file names. What is no UTF-8 is left for the check of addresses to name."""
        if name is None:
            return []
        try:
            text = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
        except OSError as error:
            self.fail(f"-i {name}: {error.strerror}")
        lines = (os.fsdecode(line).strip(" \t\r") for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
        return [line for line in lines if line and not line.startswith("#")]

    def _check(self, given: Sequence[str]) -> None:
        refused = [(url, reason) for url in given if (reason := _refusal(url))]
        for url, reason in refused:
            shown = url if len(url) <= SHOWN else f"{url[:SHOWN]}…"
            print(f"scrapy capture: {_without_password(shown)}: {reason}", file=sys.stderr)
        if refused:
            self.fail(f"{len(refused)} of {len(given)} addresses cannot be captured; nothing was sent")

    # -- the run ------------------------------------------------------------------------------------------------

    def _capture(
        self,
        data_dir: DataDir,
        addresses: Sequence[str],
        portals: Sequence[Portal],
        manners: Manners,
        lines: ResultLines,
        *,
        requisites: bool,
    ) -> dict[str, Captured]:
        assert isinstance(self.crawler_process, AsyncCrawlerProcess)
        if data_dir.lacks_its_ledger():
            self.fail(
                f"{data_dir.warc} has WARC files and the ledger {data_dir.ledger} is gone; {REMEDY}", ExitCode.DAMAGED
            )
        loader = get_spider_loader(self.crawler_process.settings)
        spiders = {
            family: loader.load(family)(portals=[portal for portal in portals if portal.family == family])
            for family in sorted({portal.family for portal in portals})
        }
        try:
            ledger = Ledger(data_dir.ledger)
            capturing = Capturing.begin(
                self.crawler_process,
                data_dir,
                ledger,
                addresses,
                portals,
                spiders,
                manners,
                lambda done, share: lines.tell(done, share, capturing.result_of),
                lambda: lines.print_known(capturing.result_of),
                requisites=requisites,
            )
        except DamagedLedger as error:
            self.fail(f"{error}; nothing was changed", ExitCode.DAMAGED)
        except DamagedWarc as error:
            self.fail(f"{error}; move DATA_DIR aside or restore it, nothing was changed", ExitCode.DAMAGED)
        except (OSError, sqlite3.Error) as error:
            self.fail(f"DATA_DIR {data_dir.root} cannot be written: {error}", storage_code(error))
        if capturing.run.continued:
            print(f"continuing the unfinished run {capturing.run.name}", file=sys.stderr)
        try:
            lines.advance(capturing.result_of)  # what a process before this one came to an end with
            found = capturing.finish()
        except Unfinished as unfinished:
            with contextlib.suppress(sqlite3.Error):
                lines.print_known(capturing.result_of)
            self.fail(str(unfinished), unfinished.code)
        finally:
            ledger.close()
        lines.advance(found.get)
        failed = sum(result.failed for result in found.values())
        print(
            f"scrapy capture: {len(found)} addresses, {len(found) - failed} archived as pages, {failed} not;"
            f" run {capturing.run.name}",
            file=sys.stderr,
        )
        return found


def _refusal(url: str) -> str:
    reason = refuse_address(url)
    if reason:
        return reason
    try:
        sent = sent_address(url)
        labels = (urlsplit(sent).hostname or "").split(".")
        if not sent.isascii() or max(map(len, labels)) > MAX_LABEL:
            return "it is no address (no host can be named like that)"
        return refuse_address(sent)
    except ValueError as error:
        return f"it is no address ({error})"


def _without_password(url: str) -> str:
    """An address as it may be printed: one line, and no user name or password."""
    head, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    if mark and "@" in authority:
        url = f"{head}{mark}…@{authority.rpartition('@')[2]}{slash}{path}"
    return ascii(url)[1:-1] if not url.isprintable() else url
