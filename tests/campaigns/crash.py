"""`make crash`: SIGKILL at random moments of a crawl, the same command again, until a hundred kills fell into crawls.

Each crawl is killed until it comes to its end, then looked at beside an undisturbed one (see `inspection`), and its
requests are counted at the server. Runs the program as an operator does; must not know how it recovers.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.campaigns.inspection import count_exchanges, has_verdict, inspect
from tests.crawler.program import ROOT, command, records, to_replicas
from tests.portals.server import LoggedExchange, ReplicaServer

KILLS = 100
DELAY = 0.02  # seconds between requests of a host, so that the kills fall into the crawl and not behind it
LONGEST = 2.0  # seconds a crawl may go on before it is killed
EARLY = 0.2  # share of kills at any moment after the start: the crawl may be still repairing what the last kill left
SHOWN = 50  # faults of a crawl that are printed
SECONDS = 180  # the longest an undisturbed crawl may take


@dataclass(slots=True)
class Crash:
    """One crawl that was killed and continued until it came to its end.

    ``kills`` fell into the crawl, behind its first request; ``early`` ones before, ``late`` ones behind its verdict.
    ``extra`` requests for pages, and ``robots`` requests for robots.txt, came on top of those of the undisturbed crawl;
    ``hosts`` were asked.
    """

    number: int
    kills: int = 0
    early: int = 0
    late: int = 0
    code: int = 0
    records: int = 0
    exchanges: int = 0
    requests: int = 0
    extra: int = 0
    robots: int = 0
    hosts: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def start(server: ReplicaServer, data_dir: Path) -> subprocess.Popen[bytes]:
    """The nightly command against the replicas."""
    settings = {**to_replicas(server.connect_to, data_dir), "DOWNLOAD_DELAY": DELAY}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    return subprocess.Popen(
        [*command("crawl", "all"), *options], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def crawl_undisturbed(server: ReplicaServer, data_dir: Path) -> list[LoggedExchange]:
    """A crawl from beginning to end; returns what the server answered. Raises RuntimeError if it is not complete."""
    server.clear_log()
    code = start(server, data_dir).wait(SECONDS)
    if code:
        raise RuntimeError(f"the undisturbed crawl ended with exit code {code}")
    return server.log


def crash(
    server: ReplicaServer,
    folder: Path,
    undisturbed: Path,
    calm: Sequence[LoggedExchange],
    chance: random.Random,
    kills: int,
) -> list[Crash]:
    """Kill crawls until ``kills`` fell into them; ``calm`` is the log of the crawl in ``undisturbed``."""
    crashes: list[Crash] = []
    while (left := kills - sum(crash.kills for crash in crashes)) > 0:
        number = len(crashes) + 1
        crashes.append(_crash_one(server, folder / f"crawl-{number}", Crash(number), chance, left))
        _judge(crashes[-1], server.log, folder / f"crawl-{number}", undisturbed, calm)
    return crashes


def _crash_one(server: ReplicaServer, data_dir: Path, crash: Crash, chance: random.Random, left: int) -> Crash:
    server.clear_log()
    began = time.monotonic()
    while True:
        process = start(server, data_dir)
        asked = len(server.log)
        if crash.kills < left and _kill(process, server, asked, chance):
            if has_verdict(data_dir):
                crash.late += 1  # the same command would begin another run
                crash.seconds = time.monotonic() - began
                return crash
            if len(server.log) > asked:
                crash.kills += 1
            else:
                crash.early += 1
            continue
        crash.code = process.wait(SECONDS)
        crash.seconds = time.monotonic() - began
        return crash


def _kill(process: subprocess.Popen[bytes], server: ReplicaServer, asked: int, chance: random.Random) -> bool:
    """Kill a crawl at a random moment; false if it came to its end before."""
    if chance.random() >= EARLY:
        while len(server.log) == asked and process.poll() is None:
            time.sleep(0.01)
    try:
        process.wait(chance.uniform(0, LONGEST))
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def _judge(
    crash: Crash, log: Sequence[LoggedExchange], data_dir: Path, undisturbed: Path, calm: Sequence[LoggedExchange]
) -> None:
    asked, needed = _requests(log), _requests(calm)
    more = asked - needed
    crash.requests = asked.total()
    crash.robots = sum(count for (_, target), count in more.items() if target == "/robots.txt")
    crash.extra = more.total() - crash.robots
    crash.hosts = len({host for host, _ in needed})
    crash.records, crash.exchanges = len(records(data_dir)), count_exchanges(data_dir)
    crash.faults = inspect(data_dir, undisturbed)
    if crash.code:
        crash.faults.append(f"exit code: {crash.code}")
    for host, target in needed - asked:
        crash.faults.append(f"requests: {host}{target} was asked for less often than in the undisturbed crawl")
    kills = crash.kills + crash.early
    # One visit a host is under way at a time, so a kill costs at most one page a host.
    if crash.extra > kills * crash.hosts:
        crash.faults.append(f"requests: {crash.extra} pages came again after {kills} kills with {crash.hosts} hosts")
    for (host, target), count in more.items():
        if count > kills:
            crash.faults.append(f"requests: {host}{target} came {count} times more than needed after {kills} kills")


def _requests(log: Sequence[LoggedExchange]) -> Counter[tuple[str, str]]:
    return Counter((exchange.host, exchange.target) for exchange in log)


def as_table(crashes: Sequence[Crash]) -> str:
    """A line per crawl, and their sum."""
    head = (
        "crawl",
        "kills",
        "early",
        "late",
        "records",
        "exchanges",
        "requests",
        "extra",
        "per kill",
        "robots",
        "s",
        "faults",
    )
    rows = [(str(c.number), *_figures([c], c.records, c.exchanges)) for c in crashes] + [
        ("all", *_figures(crashes, sum(c.records for c in crashes), sum(c.exchanges for c in crashes)))
    ]
    return in_columns([head, *rows])


def in_columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of text as a table, the first being its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows)


def _figures(crashes: Sequence[Crash], lines: int, exchanges: int) -> tuple[str, ...]:
    kills, early, late, extra = (sum(getattr(c, n) for c in crashes) for n in ("kills", "early", "late", "extra"))
    return (
        *map(str, (kills, early, late, lines, exchanges, sum(c.requests for c in crashes), extra)),
        f"{extra / max(1, kills + early):.2f}",
        *map(str, (sum(c.robots for c in crashes), round(sum(c.seconds for c in crashes)))),
        str(sum(len(c.faults) for c in crashes)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="make crash", description="Kill crawls of the replica portals, and compare.")
    parser.add_argument("--kills", type=int, default=KILLS, help=f"kills that fall into a crawl (default: {KILLS})")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000, help="of the moments of the kills")
    parser.add_argument("--folder", type=Path, help="where the data goes, and stays (default: a temporary folder)")
    options = parser.parse_args()
    print(f"seed {options.seed}: make crash CRASH='--seed {options.seed}' kills at the same moments again", flush=True)
    with tempfile.TemporaryDirectory() as temporary, ReplicaServer() as server:
        folder = options.folder or Path(temporary)
        calm = crawl_undisturbed(server, folder / "undisturbed")
        print(
            f"the undisturbed crawl: {len(calm)} requests, {len(records(folder / 'undisturbed'))} records", flush=True
        )
        crashes = crash(server, folder, folder / "undisturbed", calm, random.Random(options.seed), options.kills)
    print(as_table(crashes))
    for c in crashes:
        for fault in c.faults[:SHOWN]:
            print(f"crawl {c.number}: {fault}")
    return 1 if any(c.faults for c in crashes) else 0


if __name__ == "__main__":
    sys.exit(main())
