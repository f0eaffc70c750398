"""`make bench-capture`: `scrapy capture -i` beside stock Scrapy, which archives nothing, and `wget --warc-file`.

All fetch the same invented pages from the same server on loopback, in turns; server and client have a processor each, where
there are two. What is archived is counted. Times depend on the machine and on what else it does: compare within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType

from tests.benchmarks import sampled
from tests.benchmarks.page_server import HOSTS, TIMES, addresses
from tests.crawler.program import ROOT, command

PAGES, ROUNDS = 5000, 5
SECONDS = 600
STOCK, CAPTURE, WGET = "Scrapy, no WARC", "scrapy capture", "wget --warc-file"
_SPIDER = Path(__file__).with_name("list_spider.py")
_PACKAGES = ("scrapy", "twisted", "isal")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Site:
    """The server, its port, and the file that lists its pages."""

    port: int
    pages: int
    listed: Path

    def first_asked(self) -> float:
        """When the first page was asked for since this was last called, by the monotonic clock."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{TIMES}") as answer:
            times: list[float] = json.load(answer)
        return times[0]


@dataclass(frozen=True, slots=True)
class Measured:
    """What an arm took, from its start and from its first page on: seconds, CPU seconds; most memory in MiB; WARC bytes."""

    seconds: float
    cpu: float
    seconds_of_pages: float
    cpu_of_pages: float
    resident: float
    warc: int


@dataclass(frozen=True, slots=True)
class Arm:
    """A command for a site and an empty folder, where it is run, and how many pages it then has."""

    line: Callable[[Site, Path], list[str]]
    had: Callable[[Path], int]
    at_home: bool = False  # in the folder of the project


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-capture", description="Measure captures beside others.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--only", choices=("speed", "profile"), help="one of the two parts")
    options = parser.parse_args()
    if shutil.which("wget") is None:
        print("no wget on this machine: apt-get install -y wget", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {_versions()},")
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; {options.pages} pages, {options.rounds} rounds")
    try:
        with serving(options.pages) as site:
            if options.only != "profile":
                print(as_table(measure(site, options.rounds), site.pages), flush=True)
            if options.only != "speed":
                print(sampled.as_table(profile(site)))
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def serving(pages: int) -> Iterator[Site]:
    """The server, in a process of its own that ends with this one."""
    line = [sys.executable, "-m", "tests.benchmarks.page_server", str(pages)]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=_on_processor(1)
        )
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            port = int(server.stdout.readline())
            listed = Path(folder) / "addresses"
            listed.write_text("\n".join(addresses(port, pages)) + "\n", encoding="ascii")
            yield Site(port, pages, listed)
        finally:
            server.stdin.close()
            server.kill()
            server.wait()


def measure(site: Site, rounds: int) -> dict[str, list[Measured]]:
    """Every arm once a round, in turns; raises RuntimeError for an arm that has not got every page."""
    found: dict[str, list[Measured]] = {name: [] for name in ARMS}
    for number in range(rounds):
        for name, arm in ARMS.items():
            with tempfile.TemporaryDirectory() as folder:
                one = _run(name, arm, site, Path(folder))
            found[name].append(one)
            print(
                f"round {number + 1}: {name:32}{site.pages / one.seconds:8.0f} pages/s, {one.cpu:.2f} CPU s",
                file=sys.stderr,
            )
    return found


def _run(name: str, arm: Arm, site: Site, folder: Path) -> Measured:
    with (folder / "output").open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            arm.line(site, folder),
            cwd=ROOT if arm.at_home else folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=_on_processor(0),
        )
        try:
            samples, resident, cpu = _watch(process, started)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
        ended = time.monotonic()
    had = arm.had(folder) if process.returncode == 0 else 0
    if had != site.pages:
        told = (folder / "output").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"{name} ended with {process.returncode} and has {had} of {site.pages} pages: {told}")
    first = site.first_asked()
    before = max(spent for moment, spent in samples if moment <= first)
    warc = sum(path.stat().st_size for path in folder.rglob("*.warc.gz"))
    return Measured(ended - started, cpu, ended - first, cpu - before, resident, warc)


def _watch(process: subprocess.Popen[bytes], started: float) -> tuple[list[tuple[float, float]], float, float]:
    """Wait for a process: what CPU it had taken when, the most memory it had (MiB), and its CPU seconds in all.

    Memory is what the process itself says: what the system keeps for its parent counts what the parent had at the fork.
    """
    samples, resident = [(started, 0.0)], 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return samples, resident, usage.ru_utime + usage.ru_stime
        try:
            columns = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            samples.append((time.monotonic(), (int(columns[11]) + int(columns[12])) / _TICK))
            peak = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").partition("VmHWM:")[2].split()
            resident = max(resident, int(peak[0]) / 1024) if peak else resident
        except ProcessLookupError:
            pass
        if time.monotonic() - started > SECONDS:
            raise RuntimeError(f"{process.args!r} took longer than {SECONDS} s")
        time.sleep(0.01)


def _on_processor(number: int) -> Callable[[], None]:
    """To be called in a child: it keeps to one processor, if there are two."""

    def keep() -> None:
        available = sorted(os.sched_getaffinity(0))
        if len(available) > 1:
            os.sched_setaffinity(0, {available[number]})

    return keep


def _stock(*settings: str) -> Arm:
    def line(site: Site, folder: Path) -> list[str]:
        options = [part for setting in ("LOG_LEVEL=WARNING", *settings) for part in ("-s", setting)]
        given = ["-a", f"addresses={site.listed}", "-a", f"result={folder / 'result'}"]
        return [*command("runspider", str(_SPIDER)), *given, *options]

    return Arm(line, lambda folder: int((folder / "result").read_text(encoding="ascii")))


def capture_arguments(site: Site, folder: Path) -> list[str]:
    """What `scrapy` is given: a delay of none, as the loopback addresses are reached through CONNECT_TO."""
    hosts = [f"127.0.0.{number + 1}:{site.port}" for number in range(HOSTS)]
    settings = {
        "CONNECT_TO": json.dumps({host: host for host in hosts}),
        "DOWNLOAD_DELAY": "0",
        "DATA_DIR": str(folder / "data"),
    }
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    return ["capture", "-i", str(site.listed), *options]


def _wget(site: Site, folder: Path) -> list[str]:
    return ["wget", "-q", "-i", str(site.listed), "-O", "/dev/null", f"--warc-file={folder / 'wget'}"]


def _archived(folder: Path) -> int:
    """How many pages stand in the WARC files below a folder."""
    found = set()
    for path in folder.rglob("*.warc.gz"):
        for record in ArchiveIterator(str(path), record_types=WarcRecordType.response):
            url = str(record.headers["WARC-Target-URI"]).strip("<>")
            if record.http_headers.status_code == 200 and len(record.reader.read()) > 1000:
                found.add(url)
    return len(found)


ARMS = {
    STOCK: _stock(),
    f"{STOCK}, CONCURRENT_ITEMS=1": _stock("CONCURRENT_ITEMS=1"),
    CAPTURE: Arm(lambda site, folder: command(*capture_arguments(site, folder)), _archived, at_home=True),
    WGET: Arm(_wget, _archived),
}


def profile(site: Site) -> dict[str, int]:
    """Samples of a capture of all pages, by owner."""
    with tempfile.TemporaryDirectory() as folder:
        return sampled.measure(capture_arguments(site, Path(folder)), Path(folder) / "samples")


def as_table(found: dict[str, list[Measured]], pages: int) -> str:
    """Medians, and medians of the ratios within rounds with their range."""
    columns = ("pages/s", "from start", "ms/page", "MiB", "WARC MB")
    lines = [f"{'':34}" + "".join(f"{column:>11}" for column in columns)]
    for name, rounds in found.items():
        figures = [statistics.median(column) for column in zip(*(_figures(one, pages) for one in rounds), strict=True)]
        lines.append(f"{name:34}" + "".join(f"{figure:11.{2 if figure < 10 else 0}f}" for figure in figures))
    lines += ["", f"{'':34}{'x stock':>20}{'by CPU':>20}{'x wget':>20}{'by CPU':>20}"]
    for name, rounds in found.items():
        ratios = [_ratios(rounds, found[other], cost) for other in (STOCK, WGET) for cost in (_seconds, _processor)]
        lines.append(f"{name:34}" + "".join(f"{ratio:>20}" for ratio in ratios))
    lines.append("pages/s, ms/page (CPU) and ratios: from the first page to the end of the process")
    return "\n".join(lines)


def _figures(one: Measured, pages: int) -> tuple[float, ...]:
    return (
        *(pages / one.seconds_of_pages, pages / one.seconds, 1000 * one.cpu_of_pages / pages),
        *(one.resident, one.warc / 1e6),
    )


def _seconds(one: Measured) -> float:
    return one.seconds_of_pages


def _processor(one: Measured) -> float:
    return one.cpu_of_pages


def _ratios(rounds: Sequence[Measured], others: Sequence[Measured], cost: Callable[[Measured], float]) -> str:
    ratios = [cost(other) / cost(one) for one, other in zip(rounds, others, strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def _versions() -> str:
    wget = subprocess.run(["wget", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return ", ".join([*(f"{package} {version(package)}" for package in _PACKAGES), f"wget {wget}"])


if __name__ == "__main__":
    sys.exit(main())
