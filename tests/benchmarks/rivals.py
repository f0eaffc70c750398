"""SIGKILL in the middle of 300 pages, and the same command again: plain Scrapy with JOBDIR, scrapy-redis, and this crawler.

The pages are invented but for their text, that of a real report; all three crawl them from the same server. Counted are
the pages whose callback was reached, and the requests at the server.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.crawler.program import ROOT, command, to_replicas
from tests.portals.answer import Page
from tests.portals.behaviour import Behaviour
from tests.portals.pages import seed_answer
from tests.portals.server import ReplicaServer

PAGES = 300
HOST = "www.smqzf.gov.cn"
LIST = "/zfxxgk/many.htm"
TITLE = "示例区2023年政府信息公开工作年度报告"
ANSWER_SECONDS = 0.02
SECONDS = 180
VENV = ROOT / "data" / "benchmarks" / "scrapy-redis"
PACKAGES = ("scrapy==2.19.*", "scrapy-redis==0.9.*")
SPIDER = Path(__file__).with_name("plain_spider.py")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of 300 pages: parsed ever, fetched ever, requests for them; or why nothing was measured."""

    name: str
    parsed: int = 0
    fetched: int = 0
    requests: int = 0
    skipped: str = ""


def measure() -> list[Outcome]:
    """All three, in a fresh folder each."""
    outcomes = []
    for name, crawl in (("Scrapy JOBDIR", _jobdir), ("scrapy-redis", _redis), ("this crawler", _ours)):
        with tempfile.TemporaryDirectory() as folder, ReplicaServer() as server:
            _publish(server)
            outcomes.append(crawl(name, server, Path(folder)))
    return outcomes


def _publish(server: ReplicaServer) -> None:
    text, moment = seed_answer("000").body, datetime.now(UTC)

    def put(target: str, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
        server.put(f"http://{HOST}{target}", Page(body, moment, kind, validators=False))

    put("/robots.txt", b"User-agent: *\nDisallow:\n", "text/plain")
    rows = "".join(
        f'<li><a href="/info/1/{number}.htm" title="{TITLE}">{TITLE}</a><span>2024-01-22</span></li>'
        for number in range(PAGES)
    )
    put(LIST, f"<html><head><title>政府信息公开年度报告</title></head><body><ul>{rows}</ul></body></html>".encode())
    for number in range(PAGES):
        put(f"/info/1/{number}.htm", text + f"<!-- {number} -->".encode())
    server.answer_with(HOST, Behaviour(delay=ANSWER_SECONDS))


def _asked(server: ReplicaServer) -> list[str]:
    return [exchange.target for exchange in server.log if exchange.target.startswith("/info/")]


def _kill_and_continue(line: Sequence[str], server: ReplicaServer, folder: Path, where: Path) -> None:
    """Kill the command when half of the pages were asked for, then run it to its end, both times in ``where``."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(line, cwd=where, stdout=log, stderr=log)
        while len(_asked(server)) < PAGES / 2:
            if process.poll() is not None:
                raise RuntimeError(f"{line[0]} ended before it was killed: {(folder / 'log').read_text()[-2000:]}")
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        subprocess.run(line, cwd=where, stdout=log, stderr=log, timeout=SECONDS, check=False)


def _outcome(name: str, parsed: set[str], server: ReplicaServer) -> Outcome:
    asked = _asked(server)
    return Outcome(name, len({url for url in parsed if "/info/" in url}), len(set(asked)), len(asked))


def _plain(name: str, python: str, server: ReplicaServer, folder: Path, settings: dict[str, str]) -> Outcome:
    options = [part for key, value in settings.items() for part in ("-s", f"{key}={value}")]
    first = f"http://127.0.0.1:{server.port}{LIST}"
    arguments = [
        part for value in (f"first={first}", f"host={HOST}", f"parsed={folder}/parsed") for part in ("-a", value)
    ]
    _kill_and_continue([python, "-m", "scrapy", "runspider", str(SPIDER), *arguments, *options], server, folder, folder)
    return _outcome(name, set((folder / "parsed").read_text().split()), server)


def _jobdir(name: str, server: ReplicaServer, folder: Path) -> Outcome:
    return _plain(name, sys.executable, server, folder, {"JOBDIR": str(folder / "job")})


def _redis(name: str, server: ReplicaServer, folder: Path) -> Outcome:
    if shutil.which("redis-server") is None:
        return Outcome(name, skipped="no redis-server on this machine: apt-get install -y redis-server")
    python = VENV / "bin" / "python"
    if not (VENV / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True
        )
        (VENV / "installed").touch()
    settings = {
        "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
        "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
        "SCHEDULER_PERSIST": "True",
    }
    with _redis_server(folder) as url:
        return _plain(name, str(python), server, folder, {**settings, "REDIS_URL": url})


@contextmanager
def _redis_server(folder: Path) -> Iterator[str]:
    socket = folder / "redis"
    line = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            time.sleep(0.05)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait()


def _ours(name: str, server: ReplicaServer, folder: Path) -> Outcome:
    registry, data_dir = folder / "registry.toml", folder / "data"
    registry.write_text(
        f'[[portal]]\nid = "many"\nname = "示例区"\nregion = "530802"\nfamily = "vsb"\nstart = ["http://{HOST}{LIST}"]\n',
        encoding="utf-8",
    )
    settings = {**to_replicas(server.connect_to, data_dir), "PORTALS": registry}
    options = [part for key, value in settings.items() for part in ("-s", f"{key}={value}")]
    _kill_and_continue([*command("crawl", "all"), *options], server, folder, ROOT)
    read = [
        line.split("\t") for file in (data_dir / "runs").glob("*/crawl.log") for line in file.read_text().splitlines()
    ]
    return _outcome(name, {columns[6] for columns in read if columns[5] == "ok"}, server)


def as_table(outcomes: Sequence[Outcome]) -> str:
    lines = [f"{'':16}{'parsed':>8}{'fetched':>9}{'requests':>10}"]
    for o in outcomes:
        what = o.skipped or f"{o.parsed:8}{o.fetched:9}{o.requests:10}"
        lines.append(f"{o.name:16}{what}")
    return "\n".join(lines)
