"""`make bench-ledger`: the ledger beside other frontiers, its speed and size, what a large one costs, its share of a crawl.

Times depend on the machine and on what else it does: what is compared is measured in one run, and CPU seconds are given
beside those of the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import scrapy

from archive.ledger import Ledger
from archive.rows import FrontierRequest
from tests.benchmarks import rivals, share
from tests.benchmarks.invented import PATTERN_PORTALS, Desk, fill, row_of
from tests.crawler.program import ROOT

SIZES = (1_000_000, 5_000_000)
VISITS = 5000
ENTERED = 20_000  # rows entered as a listing enters them, beyond those there are
FEW = 1000


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-ledger", description="Measure the ledger.")
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be given more than once")
    parser.add_argument("--rows", type=int, action="append", help="sizes of the ledgers (default: 1 and 5 million)")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, Scrapy {scrapy.__version__},")
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}", flush=True)
    for part in options.only or PARTS:
        print(f"\n{part}", flush=True)
        PARTS[part](options.rows or list(SIZES))
    return 0


def measure_rivals(_: list[int]) -> None:
    """300 pages, SIGKILL in the middle, the same command again."""
    print(rivals.as_table(rivals.measure()))


def measure_speed(sizes: list[int]) -> None:
    """Visits a second, from lease to commit, in ledgers of different sizes."""
    print(f"{'rows':>9}{'fill s':>8}{'MB':>7}{'visits/s':>10}{'per CPU s':>11}{'entered/s':>11}{'per CPU s':>11}")
    for rows in sorted({FEW * 100, *sizes}):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.sqlite"
            filled = _timed(lambda: fill(path, rows))[0]  # noqa: B023  # called at once
            size = path.stat().st_size / 1e6
            ledger = Ledger(path)
            desk = Desk(ledger, Path(folder))
            desk.open()
            visits = _timed(lambda: [desk.work(f"p{n % PATTERN_PORTALS:05}") for n in range(VISITS)])  # noqa: B023
            links = [row_of(rows + number) for number in range(ENTERED)]
            entered = _timed(lambda: _enter(ledger, links))  # noqa: B023
            desk.close()
            ledger.close()
        figures = [VISITS / seconds for seconds in visits] + [ENTERED / seconds for seconds in entered]
        print(
            f"{rows:9}{filled:8.0f}{size:7.0f}{figures[0]:10.0f}{figures[1]:11.0f}{figures[2]:11.0f}{figures[3]:11.0f}"
        )


def _enter(ledger: Ledger, requests: list[FrontierRequest]) -> None:
    for first in range(0, len(requests), 20):
        with ledger._db.transaction():
            ledger.frontier.add(requests[first : first + 20], "parent")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock, and of the CPU."""
    clock, processor = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - clock, time.process_time() - processor


def measure_start(sizes: list[int]) -> None:
    """Memory and the time to the first lease with few rows and with many."""
    print(f"{'rows':>9}{'start s':>9}{'CPU s':>7}{'MB at first lease':>19}{'MB after 2000 visits':>22}")
    for rows in sorted({FEW, *sizes}):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.sqlite"
            fill(path, rows)
            line = [sys.executable, "-m", "tests.benchmarks.start_up", str(path), str(rows)]
            done = subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        found = json.loads(done.stdout)
        seconds, kilobytes = found["seconds"], found["kilobytes"]
        first, after = kilobytes["first"] / 1024, kilobytes["after"] / 1024
        print(f"{rows:9}{seconds['all']:9.2f}{seconds['cpu']:7.2f}{first:19.1f}{after:22.1f}")


def measure_share(_: list[int]) -> None:
    """The ledger's part of the CPU time of a crawl of the replicas."""
    found = share.measure()
    print(f"{found.ledger:.1f} of {found.crawl:.1f} CPU seconds: {found.percent:.1f} %")


PARTS: dict[str, Callable[[list[int]], None]] = {
    "kill": measure_rivals,
    "speed": measure_speed,
    "start": measure_start,
    "share": measure_share,
}

if __name__ == "__main__":
    sys.exit(main())
