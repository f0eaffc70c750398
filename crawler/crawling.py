"""A crawl from its first request to its verdict: one process, a crawler per family, everything closed in the end.

Must not know how a command is typed, nor what a report is.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import scrapy
from scrapy.crawler import AsyncCrawlerProcess

from archive.data_dir import DataDir
from archive.ledger import Ledger
from archive.rows import History, now
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
        )
        return cls(process, run, portals)

    def finish(
        self, withdrawn_line: Callable[[bytes, History], bytes]
    ) -> tuple[list[PortalVerdict], dict[str, object]]:
        """Crawl to the end and judge. Raises Unfinished where the run ended without a verdict."""
        try:
            closed, started = self._crawl()
            self._check_end(closed, started)
            return self._conclude(withdrawn_line)
        except (OSError, sqlite3.Error) as error:
            self.run.abort_for(error)
            code, message = self.run.failure or (storage_code(error), str(error))
            raise Unfinished(f"{message}; the run is unfinished, the same command continues it", code) from error
        finally:
            self.run.close_outputs()

    def _crawl(self) -> tuple[list[str], int]:
        """Run every crawler to its end; returns the reasons for which spiders closed, and how many crawlers there were."""
        run, process, closed = self.run, self.process, []
        progress = Progress(run)
        families = sorted({portal.family for portal in self.portals})
        for name in families:
            crawler = process.create_crawler(name)
            attach(crawler, run)
            crawler.signals.connect(lambda reason: closed.append(reason), scrapy.signals.spider_closed, weak=False)
            process.crawl(crawler, portals=[portal for portal in self.portals if portal.family == name])
        shutdown = Shutdown(
            lambda: run.stop_crawlers("shutdown"),
            run.close_in_haste,
            process.settings.getfloat("SHUTDOWN_SECONDS"),
            INTERRUPTED,
        )
        from twisted.internet import reactor

        for function in (run.start, progress.start, shutdown.install):
            reactor.callWhenRunning(function)
        try:
            process.start(install_signal_handlers=False)  # Scrapy installs its own last, and waits for what hangs
        finally:
            run.close()
        progress.stop()
        return closed, len(families)

    def _check_end(self, closed: Sequence[str], started: int) -> None:
        if self.run.failure is not None:
            code, message = self.run.failure
            raise Unfinished(f"{message}; the run is unfinished, the same command continues it", code)
        if self.run.stopping or any(reason == "shutdown" for reason in closed):
            raise Unfinished(INTERRUPTED.removeprefix("scrapy crawl: "), ExitCode.INTERRUPTED)
        if len(closed) < started or any(reason != "finished" for reason in closed):
            raise Unfinished(
                f"a crawler stopped unexpectedly ({', '.join(closed) or 'it never started'}); see above",
                ExitCode.INTERNAL,
            )

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
        _write_whole(run.data_dir.runs / run.name / "report.json", json.dumps(report, ensure_ascii=False, indent=1))
        ledger.finish_run(run.name, worst(rows), {row.portal: (row.verdict, asdict(row)) for row in rows})
        metrics = str(self.process.settings.get("METRICS_FILE") or "")
        if metrics:
            try:
                write_metrics(run.data_dir.root / metrics, run, rows, datetime.now(UTC))
            except OSError as error:  # the run has its verdict all the same
                print(f"METRICS_FILE {metrics} cannot be written: {error.strerror}", file=sys.stderr)
        return rows, report


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_suffix(".new")
    temporary.write_text(text + "\n", encoding="utf-8")
    os.replace(temporary, path)
