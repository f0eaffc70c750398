"""What a crawl costs before its first request: a process of its own, so that its memory is that of nothing else.

Opens the ledger, voids leases, repairs, and lets the scheduler of the crawl lease its first row; then works through some
more. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.utils.project import get_project_settings

from archive.data_dir import DataDir
from archive.ledger import Ledger
from crawler.hosts import Manners
from crawler.runs import Run, attach
from crawler.scheduler import LedgerScheduler
from crawler.visits import Visits
from tests.benchmarks.invented import PATTERN_PORTALS, ROWS_PER_PORTAL, Desk, portal_of

MORE = 2000  # visits after the first


class TrsSpider(Spider):
    """Stands for the spider whose rows these are."""

    name = "trs"

    def parse_listing(self) -> None: ...
    def parse_report(self) -> None: ...


def resident() -> int:
    """The most memory this process ever had, in kB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def main(path: Path, rows: int) -> None:
    settings = get_project_settings()
    portals = [portal_of(number) for number in range(-(-rows // ROWS_PER_PORTAL))]
    crawler = Crawler(TrsSpider, settings)
    crawler.spider = TrsSpider()
    before = resident()
    began, processor = time.monotonic(), time.process_time()
    data_dir = DataDir(path.parent, path.name)
    data_dir.open()
    ledger = Ledger(path)
    opened = time.monotonic()
    run = Run(
        *(data_dir, ledger, "all", portals),
        software="benchmark",
        user_agent="benchmark",
        contact="",
        max_warc_bytes=10**9,
        manners=Manners.from_settings(settings),
    )
    attach(crawler, run)
    recovered = time.monotonic()
    scheduler = LedgerScheduler.from_crawler(crawler)
    scheduler.open(crawler.spider)
    Visits.of(crawler).starts = {}
    request = scheduler.next_request()
    leased, processor = time.monotonic(), time.process_time() - processor
    assert request is not None
    first = resident()
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(ledger, Path(folder), run=run.name)
        desk.open()
        for number in range(MORE):
            desk.work(portals[number % min(len(portals), PATTERN_PORTALS)].id)
        desk.close()
    seconds = {
        "open": opened - began,
        "recover": recovered - opened,
        "lease": leased - recovered,
        "all": leased - began,
        "cpu": processor,
    }
    print(json.dumps({"seconds": seconds, "kilobytes": {"before": before, "first": first, "after": resident()}}))
    run.close()
    ledger.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
