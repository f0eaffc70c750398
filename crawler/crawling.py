"""A crawl from its first request to its verdict: one process, a crawler per family, everything closed in the end.

Must not know how a command is typed, nor what a report is.
"""

from __future__ import annotations

import gc
import json
import logging
import platform
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import scrapy
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from archive.data_dir import DataDir
from archive.ledger import Ledger
from archive.rows import History, now
from archive.whole_file import write_whole
from crawler.beside import budgets_of
from crawler.command import SOFTWARE, ExitCode, storage_code
from crawler.hosts import Manners
from crawler.metrics import write_metrics
from crawler.portals import Portal
from crawler.progress import Progress
from crawler.revisit import CHINA
from crawler.runs import Run, attach
from crawler.shutdown import Shutdown
from crawler.verdict import PortalVerdict, as_report, judge_run, worst

INTERRUPTED = "scrapy crawl: interrupted; everything so far is safe, the same command continues the run"


class Unfinished(Exception):
    """The run did not come to a verdict; the message is one line, ``code`` the exit code."""

    def __init__(self, message: str, code: ExitCode):
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Crawling:
    """A run and the process that crawls it."""

    process: AsyncCrawlerProcess
    run: Run
    portals: Sequence[Portal]

    @classmethod
    def begin(
        cls,
        process: AsyncCrawlerProcess,
        data_dir: DataDir,
        ledger: Ledger,
        family: str,
        portals: Sequence[Portal],
        manners: Manners,
        prepare: Callable[[], object],
    ) -> Crawling:
        """Open a run, or the unfinished one of the same selection; a new one begins with ``prepare``."""
        settings = process.settings
        run = Run(
            data_dir,
            ledger,
            family,
            portals,
            software=f"{SOFTWARE} Scrapy/{scrapy.__version__} Python/{platform.python_version()}",
            user_agent=str(settings["USER_AGENT"]),
            contact=str(settings.get("CONTACT") or ""),
            max_warc_bytes=settings.getint("WARC_MAX_BYTES"),
            manners=manners,
            portals_open=settings.getint("PORTALS_OPEN"),
            prepare=prepare,
            budgets=budgets_of(settings),
        )
        return cls(process, run, portals)

    def finish(
        self, withdrawn_line: Callable[[bytes, History], bytes]
    ) -> tuple[list[PortalVerdict], dict[str, object]]:
        """Crawl to the end and judge. Raises Unfinished where the run ended without a verdict."""
        families: dict[str, list[Portal]] = {}
        for portal in self.portals:
            families.setdefault(portal.family, []).append(portal)
        crawlers = [(self.process.create_crawler(name), {"portals": families[name]}) for name in sorted(families)]
        try:
            try:
                crawl_to_the_end(self.process, self.run, crawlers, INTERRUPTED, Progress(self.run))
                return self._conclude(withdrawn_line)
            finally:
                self.run.close_outputs()
        except (OSError, sqlite3.Error) as error:
            self.run.abort_for(error)
            code, message = self.run.failure or (storage_code(error), str(error))
            raise Unfinished(f"{message}; the run is unfinished, the same command continues it", code) from error

    def _conclude(
        self, withdrawn_line: Callable[[bytes, History], bytes]
    ) -> tuple[list[PortalVerdict], dict[str, object]]:
        """Withdraw what is gone, write the verdict, and enter it: from here on the run is not continued."""
        run, ledger, today = self.run, self.run.ledger, datetime.now(CHINA).date()
        closed_hosts = run.hosts.closed()
        trusted = [
            row.portal for row in judge_run(ledger, run.name, self.portals, closed_hosts, today) if row.listings_whole
        ]
        vanished = run.withdraw(trusted, withdrawn_line)
        rows = judge_run(ledger, run.name, self.portals, closed_hosts, today, vanished)
        report = as_report(run.name, run.started_at, now(), rows, closed_hosts)
        text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
        write_whole(run.data_dir.runs / run.name / "report.json", [text.encode()])
        run.close_outputs()  # before the verdict: the files of a finished run are not looked at again
        ledger.finish_run(run.name, worst(rows), {row.portal: (row.verdict, asdict(row)) for row in rows})
        metrics = str(self.process.settings.get("METRICS_FILE") or "")
        if metrics:
            try:
                write_metrics(run.data_dir.root / metrics, run, rows, datetime.now(UTC))
            except OSError as error:  # the run has its verdict all the same
                print(f"METRICS_FILE {metrics} cannot be written: {error.strerror}", file=sys.stderr)
        return rows, report


def crawl_to_the_end(
    process: AsyncCrawlerProcess,
    run: Run,
    crawlers: Sequence[tuple[Crawler, Mapping[str, object]]],
    interrupted: str,
    progress: Progress | None = None,
) -> None:
    """Let the crawlers of a run, each with the arguments of its spider, do all there is to do, and close the archive.

    ``interrupted`` is what a person is told who ends the process. Raises Unfinished, also where a crawler ended too early.
    """
    # Scrapy makes a record of everything and leaves the choice to its handler: two a page for nobody.
    logging.getLogger("scrapy").setLevel(process.settings.get("LOG_LEVEL"))
    closed: list[str] = []
    for crawler, arguments in crawlers:
        attach(crawler, run)
        crawler.signals.connect(lambda reason: closed.append(reason), scrapy.signals.spider_closed, weak=False)
        process.crawl(crawler, **arguments)
    seconds = process.settings.getfloat("SHUTDOWN_SECONDS")
    shutdown = Shutdown(lambda: run.stop_crawlers("shutdown"), run.close_in_haste, seconds, interrupted)
    from twisted.internet import reactor

    for function in (run.start, *([progress.start] if progress else []), shutdown.install):
        reactor.callWhenRunning(function)
    gc.collect()
    gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
    try:
        process.start(install_signal_handlers=False)  # Scrapy installs its own last, and waits for what hangs
    finally:
        run.close()
    if progress:
        progress.stop()
    if run.failure is not None:
        code, message = run.failure
        raise Unfinished(f"{message}; the run is unfinished, the same command continues it", code)
    if run.stopping or any(reason == "shutdown" for reason in closed):
        raise Unfinished(interrupted.partition(": ")[2], ExitCode.INTERRUPTED)
    if len(closed) < len(crawlers) or any(reason != "finished" for reason in closed):
        raise Unfinished(
            f"a crawler stopped unexpectedly ({', '.join(closed) or 'it never started'}); see above", ExitCode.INTERNAL
        )
