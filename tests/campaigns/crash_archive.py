"""`make crash-archive`: SIGKILL within long writes, rotations and repairs, and power failures, until two hundred are done.

Captures answers of up to 30 MB that cannot be compressed into WARC files of 20 MB, and dies at moments that are random or
seen from outside (a file grows, an index is written, a file gets its final name). What the ledger knew at each death must be
in the archive in the end, byte for byte, less what a power failure may take. Runs the program as an operator does; must not
know how it recovers.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from fastwarc import ArchiveIterator

from archive.members import read_records
from tests.campaigns.crash import SECONDS, SHOWN, in_columns
from tests.campaigns.heavy_server import HeavyServer
from tests.campaigns.inspection import (
    check_captures,
    check_indexes,
    check_lines_whole,
    check_one_run,
    check_other_readers,
    check_warc_files,
    copied_ledger,
    count_exchanges,
    has_verdict,
)
from tests.campaigns.synced import read_synced
from tests.crawler.program import ROOT, to_replicas

KILLS = 200
LARGE = 30_000_000  # bytes of the first body on some hosts
SMALL = (3_000_000, 200_000, 20_000, 20_000, 20_000, 20_000)  # and of the others on each
HOSTS = {f"h{number}.example.gov.cn": (LARGE, *SMALL) if number < 3 else SMALL for number in range(8)}
ROTATION = 20_000_000
PATIENCE = 8.0  # seconds until a kill comes whether its moment was seen or not
POWER = 0.25  # share of deaths that are power failures
# When to kill, and how often: at any time, when a WARC file grew by much, when an index is written, when a file became final,
# and while the last death is still being repaired.
MOMENTS = {"random": 3, "write": 4, "index": 2, "rename": 1, "repair": 2}
GROWTH = 100_000  # bytes
CHECKS = (
    *(check_warc_files, check_indexes, check_other_readers),
    *(check_captures, check_lines_whole, check_one_run),
)


@dataclass(frozen=True, slots=True)
class Known:
    """An exchange that the ledger knew at a death: where it stands, and the digest of its record as it stood there."""

    url: str
    file: str
    offset: int
    length: int
    end: int
    digest: str


@dataclass(slots=True)
class Crash:
    """One capture that died and was continued until it came to its end. ``kills`` counts deaths by moment, ``torn`` those
    that left a torn record, ``power`` those that were power failures.
    """

    number: int
    data_dir: Path
    log: Path
    kills: Counter[str] = field(default_factory=Counter)
    torn: int = 0
    power: int = 0
    lost: set[str] = field(default_factory=set)  # exchanges that the ledger knew and a power failure took
    known: dict[str, Known] = field(default_factory=dict)
    exchanges: int = 0
    files: int = 0
    asked: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def addresses() -> list[str]:
    """What is captured."""
    numbered = enumerate((host, size) for host, sizes in HOSTS.items() for size in sizes)
    return [f"http://{host}/{size}/{number}" for number, (host, size) in numbered]


def start(server: HeavyServer, crash: Crash, addresses_file: Path) -> subprocess.Popen[bytes]:
    """The capture of all addresses, in small files."""
    settings = {
        **to_replicas({"*": f"127.0.0.1:{server.port}"}, crash.data_dir),
        "WARC_MAX_BYTES": ROTATION,
        "RETRY_TIMES": 0,
    }
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    watched = [sys.executable, "-m", "tests.campaigns.synced", str(crash.log), str(crash.data_dir)]
    with crash.data_dir.with_suffix(".output").open("ab") as output:
        return subprocess.Popen(
            [*watched, "capture", "-i", str(addresses_file), *options], cwd=ROOT, stdout=output, stderr=output
        )


def crash_archive(server: HeavyServer, folder: Path, chance: random.Random, kills: int) -> list[Crash]:
    """Kill captures until ``kills`` deaths are done."""
    crashes: list[Crash] = []
    addresses_file = folder / "addresses.txt"
    addresses_file.write_text("\n".join(addresses()), encoding="utf-8")
    while (left := kills - sum(crash.kills.total() for crash in crashes)) > 0:
        number = len(crashes) + 1
        crash = Crash(number, folder / f"capture-{number}", folder / f"capture-{number}.synced")
        crashes.append(crash)
        began = time.monotonic()
        server.asked.clear()
        server.served.clear()
        _die_until_the_end(server, crash, addresses_file, chance, left)
        crash.seconds = time.monotonic() - began
        _judge(server, crash)
        print("\n".join([_row(crash), *crash.faults[:SHOWN]]), flush=True)
    return crashes


def _die_until_the_end(
    server: HeavyServer, crash: Crash, addresses_file: Path, chance: random.Random, left: int
) -> None:
    crash.data_dir.mkdir(parents=True)
    while True:
        before = Counter(server.asked)
        process = start(server, crash, addresses_file)
        moment = chance.choices(list(MOMENTS), list(MOMENTS.values()))[0]
        power = chance.random() < POWER
        if crash.kills.total() < left and _kill(process, server, before.total(), moment, crash.data_dir, chance):
            if has_verdict(crash.data_dir):
                return  # the same command would begin another run
            crash.kills[moment] += 1
            _see_what_it_left(crash)
            if power:
                crash.power += 1
                _lose_power(crash, chance)
            continue
        code = process.wait(SECONDS)
        if code:
            crash.faults.append(f"exit code: {code}")
        return


def _kill(
    process: subprocess.Popen[bytes],
    server: HeavyServer,
    asked: int,
    moment: str,
    data_dir: Path,
    chance: random.Random,
) -> bool:
    """Kill a capture at this moment; false if it came to its end before."""
    if moment != "repair":
        while server.asked.total() == asked and process.poll() is None:
            time.sleep(0.005)
    deadline = time.monotonic() + PATIENCE
    if moment in ("random", "repair"):
        deadline = time.monotonic() + chance.uniform(0, 3.0 if moment == "random" else 2.0)
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.001)
    else:
        seen = _state(data_dir, moment)
        skip = chance.randrange(3)  # not always the first
        while time.monotonic() < deadline and process.poll() is None:
            now = _state(data_dir, moment)
            if now > seen + (GROWTH if moment == "write" else 0):
                if not skip:
                    break
                skip -= 1
            seen = now
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGKILL)
    process.wait()
    return True


def _state(data_dir: Path, moment: str) -> int:
    """A number that grows when the moment has come."""
    try:
        if moment == "write":
            return sum(entry.stat().st_size for entry in os.scandir(data_dir / "warc"))
        folder, suffix = {"index": ("index", ".part"), "rename": ("warc", ".gz")}[moment]
        return sum(entry.name.endswith(suffix) for entry in os.scandir(data_dir / folder))
    except FileNotFoundError:
        return 0


def _see_what_it_left(crash: Crash) -> None:
    """Note what the ledger knows, as it stands in the files at this moment, and whether a file is torn."""
    warc = crash.data_dir / "warc"
    for path in warc.glob("*.open"):
        crash.torn += path.stat().st_size > max((record.end for record in read_records(path)), default=0)
    if not (crash.data_dir / "ledger.sqlite").exists():
        return
    with copied_ledger(crash.data_dir) as ledger:
        if not ledger.execute("SELECT 1 FROM sqlite_master WHERE name='captures'").fetchone():
            return
        rows = ledger.execute("SELECT record_id, url, file, start_offset, length, end_offset FROM captures").fetchall()
    entered = {row[0] for row in rows}
    for record_id in crash.known.keys() - entered:
        crash.faults.append(f"ledger: {record_id} of {crash.known[record_id].url} was forgotten")
        del crash.known[record_id]
    for record_id, url, file, offset, length, end in rows:
        if record_id not in crash.known and record_id not in crash.lost:
            digest = _digest(warc, file, offset, length)
            crash.known[record_id] = Known(url, file, offset, length, end, digest)
            if not digest:
                crash.faults.append(f"archive: {file} has nothing at {offset}, where the ledger has {url}")


def _digest(warc: Path, file: str, offset: int, length: int) -> str:
    """The SHA-256 of the bytes at this place; empty where the file does not reach so far."""
    path = warc / file
    try:
        with (path if path.exists() else path.with_name(f"{file}.open")).open("rb") as stream:
            stream.seek(offset)
            data = stream.read(length)
    except FileNotFoundError:
        return ""
    return hashlib.sha256(data).hexdigest() if len(data) == length else ""


def _lose_power(crash: Crash, chance: random.Random) -> None:
    """Let only what was synced survive: what was appended since is cut somewhere, or its place holds zeros or garbage.

    The ledger survives whole, which is the worst: it knows of exchanges that are gone.
    """
    synced = read_synced(crash.log)
    runs = crash.data_dir / "runs"
    for path in (*(crash.data_dir / "warc").glob("*.open"), *runs.glob("*/crawl.log"), *runs.glob("*/skipped.jsonl")):
        size = path.stat().st_size
        sure = min(size, synced.get(str(path.resolve()), 0))
        end = chance.choice((sure, size, chance.randint(sure, size)))
        kinds = ("cut", "zeros", "garbage") if path.suffix == ".open" else ("cut", "zeros")
        kind = chance.choice(kinds)
        with path.open("r+b") as file:
            if kind == "cut":
                file.truncate(end)
                sure = end
            else:
                file.truncate(sure)
                file.truncate(end)
                if kind == "garbage":
                    file.seek(sure)
                    file.write(chance.randbytes(end - sure))
        name = path.name.removesuffix(".open")
        for record_id in [key for key, known in crash.known.items() if known.file == name and known.end > sure]:
            crash.lost.add(record_id)
            del crash.known[record_id]


def _judge(server: HeavyServer, crash: Crash) -> None:
    crash.faults += [
        f"{check.__name__}: {fault}" for check in CHECKS for fault in check(crash.data_dir, crash.data_dir)
    ]
    warc = crash.data_dir / "warc"
    with copied_ledger(crash.data_dir) as ledger:
        entered = {row[0] for row in ledger.execute("SELECT record_id FROM captures")}
    for record_id, known in crash.known.items():
        if record_id not in entered:
            crash.faults.append(f"ledger: {record_id} of {known.url} was forgotten")
        if _digest(warc, known.file, known.offset, known.length) != known.digest:
            crash.faults.append(f"archive: {known.file} has not what it had at {known.offset}: {known.url}")
    crash.exchanges, crash.files = count_exchanges(crash.data_dir), len(list(warc.iterdir()))
    crash.asked = server.asked.total()
    archived: Counter[str] = Counter()
    for path, digest in _archived(warc):
        archived[path] += 1
        if digest not in ("", server.digests[path]):
            crash.faults.append(f"archive: {path} is not what was served")
    for path in {urlsplit(url).path for url in addresses()}:
        if not archived[path]:
            crash.faults.append(f"archive: {path} is missing")
        if archived[path] > server.served[path]:
            crash.faults.append(f"archive: {path} is there {archived[path]} times, served {server.served[path]} times")


def _archived(warc: Path) -> Iterator[tuple[str, str]]:
    """Path and digest of the body of every whole answer; no digest for a revisit, which has none."""
    for path in sorted(warc.glob("*.warc.gz")):
        for record in ArchiveIterator(str(path)):
            target = str(urlsplit(record.headers.get("WARC-Target-URI", "")).path)
            kind = record.headers["WARC-Type"]
            if target != "/robots.txt" and kind in ("response", "revisit") and "WARC-Truncated" not in record.headers:
                yield target, hashlib.sha256(record.reader.read()).hexdigest() if kind == "response" else ""


HEAD = (
    *("capture", "deaths", *MOMENTS, "torn", "power", "lost", "known"),
    *("exchanges", "files", "asked", "s", "faults"),
)


def _row(crash: Crash) -> str:
    return "  ".join(f"{name} {value}" for name, value in zip(HEAD, _figures([crash], str(crash.number)), strict=True))


def _figures(crashes: list[Crash], name: str) -> list[str]:
    kills = sum((crash.kills for crash in crashes), Counter[str]())
    counts = [
        *(kills.total(), *(kills[moment] for moment in MOMENTS)),
        *(sum(crash.torn for crash in crashes), sum(crash.power for crash in crashes)),
        *(sum(len(crash.lost) for crash in crashes), sum(len(crash.known) for crash in crashes)),
        *(sum(crash.exchanges for crash in crashes), sum(crash.files for crash in crashes)),
        *(sum(crash.asked for crash in crashes), round(sum(crash.seconds for crash in crashes))),
        sum(len(crash.faults) for crash in crashes),
    ]
    return [name, *map(str, counts)]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make crash-archive", description="Kill captures of long answers, and compare."
    )
    parser.add_argument("--kills", type=int, default=KILLS, help=f"deaths (default: {KILLS})")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000, help="of their moments and kinds")
    parser.add_argument("--folder", type=Path, help="where the data goes, and stays (default: a temporary folder)")
    options = parser.parse_args()
    print(f"seed {options.seed}: make crash-archive CRASH='--seed {options.seed}' draws the same again", flush=True)
    with tempfile.TemporaryDirectory() as temporary, HeavyServer() as server:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        crashes = crash_archive(server, folder, random.Random(options.seed), options.kills)
    print(in_columns([HEAD, *(_figures([crash], str(crash.number)) for crash in crashes), _figures(crashes, "all")]))
    return 1 if any(crash.faults for crash in crashes) else 0


if __name__ == "__main__":
    sys.exit(main())
