"""Many small portals of invented towns, each on a host of its own and in one registry: one crawl meets all their troubles.

The hosts, and every trouble, are invented; the reports are seeds.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crawler.program import ROOT, SECONDS, command, to_replicas
from tests.crawler.small_portal import TITLE, page
from tests.portals.answer import Delivery
from tests.portals.pages import seed_answer
from tests.portals.server import LoggedExchange, ReplicaServer
from tests.portals.site import Site

SEEDS = ("000", "001", "004")
# Reports at the end of a run are due at once in the next.
ALL_DUE = json.dumps({"listing": 0, "report": 0, "attachment": 0})


@dataclass
class Town:
    """One portal: its host, its pages, and what more its registry entry says."""

    name: str
    scheme: str = "http"
    family: str = "vsb"
    reports: int = 2
    column: str = "zfxxgk"
    more: str = ""
    host: str = field(init=False)

    def __post_init__(self) -> None:
        self.host = f"www.{self.name}.gov.cn"

    @property
    def start(self) -> str:
        return self.url(f"/{self.column}/list.htm")

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.host}{path}"

    def report(self, number: int) -> str:
        path = f"/info/1/{number}.htm" if self.family == "vsb" else f"/{self.column}/t20240120_10000{number}.html"
        return self.url(path)

    def entry(self) -> str:
        return (
            f'[[portal]]\nid = "{self.name}-{self.family}"\nname = "示例区"\nregion = "530802"\n'
            f'family = "{self.family}"\nstart = ["{self.start}"]\n{self.more}\n'
        )


class Towns:
    """Towns on one server, their registry, and crawls of them."""

    def __init__(self, folder: Path, *towns: Town, hosts: Mapping[str, str] | None = None):
        self.folder = folder
        self.data_dir = folder / "data"
        self.towns = towns
        self.connect_to: dict[str, str] = {}  # besides that of the server
        missing = page("<html><title>404</title>not found</html>", status=404)
        schemes = {town.host: town.scheme for town in towns} | dict(hosts or {})
        self.server = ReplicaServer(
            sites={host: Site(host, scheme, host, (), Delivery(), missing) for host, scheme in schemes.items()}
        )
        for town in towns:
            rows = "".join(
                f'<li><a href="{town.report(number)}" title="{TITLE}">{TITLE}</a><span>2024-01-20</span></li>'
                for number in range(1, town.reports + 1)
            )
            text = f"<html><head><title>政府信息公开年度报告</title></head><body><ul>{rows}</ul></body></html>"
            self.server.put(town.start, page(text))
            for number in range(1, town.reports + 1):
                self.server.put(town.report(number), page(seed_answer(SEEDS[number % len(SEEDS)]).body))
            self.robots(town.host, "User-agent: *\nDisallow:\n")

    def __getitem__(self, name: str) -> Town:
        """The first town of this name."""
        return next(town for town in self.towns if town.name == name)

    def robots(self, host: str, text: str, *, status: int = 200, **headers: str) -> None:
        self.server.put(f"http://{host}/robots.txt", page(text, status=status, kind="text/plain", **headers))

    def command(self, *words: str, **settings: object) -> list[str]:
        registry = self.folder / "towns.toml"
        registry.write_text("".join(town.entry() for town in self.towns), encoding="utf-8")
        values = {
            **to_replicas({**self.server.connect_to, **self.connect_to}, self.data_dir),
            "PORTALS": registry,
            "RETRY_TIMES": 0,
            "REVISIT_DAYS": ALL_DUE,
            **settings,
        }
        options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
        return [*command("crawl", "all", *words), *options]

    def crawl(self, *words: str, **settings: object) -> subprocess.CompletedProcess[str]:
        self.server.clear_log()
        return subprocess.run(
            self.command(*words, **settings),
            capture_output=True,
            encoding="utf-8",
            cwd=ROOT,
            # A proxy of the environment is none of ours: nobody listens there.
            env={**os.environ, "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
            timeout=SECONDS,
            check=False,
        )

    def ledger(self) -> closing[sqlite3.Connection]:
        connection = sqlite3.connect(self.data_dir / "ledger.sqlite")
        connection.row_factory = sqlite3.Row
        return closing(connection)

    def state(self, host: str) -> dict[str, Any]:
        """What the ledger remembers of a host."""
        with self.ledger() as ledger:
            [row] = ledger.execute("SELECT state FROM hosts WHERE host=?", (host,))
            state: dict[str, Any] = json.loads(row["state"])
            return state

    def edit_state(self, host: str, **values: object) -> None:
        with self.ledger() as ledger:
            state = json.dumps({**self.state(host), **values})
            assert ledger.execute("UPDATE hosts SET state=? WHERE host=?", (state, host)).rowcount == 1
            ledger.commit()

    def edit_robots(self, host: str, **values: object) -> None:
        with self.ledger() as ledger:
            names = ", ".join(f"{name}=?" for name in values)
            done = ledger.execute(f"UPDATE robots SET {names} WHERE authority=?", (*values.values(), f"http://{host}"))
            assert done.rowcount == 1
            ledger.commit()


@dataclass(frozen=True)
class Crawled:
    """A crawl of the towns that ended: its process, what the server saw, and what ledger and report said then."""

    process: subprocess.CompletedProcess[str]
    exchanges: list[LoggedExchange]
    peaks: Mapping[str, int]
    states: Mapping[str, Mapping[str, Any]]
    report: Mapping[str, Any]
    log: list[list[str]]
    captures: list[tuple[str, int]]  # address and status

    @classmethod
    def of(cls, towns: Towns, process: subprocess.CompletedProcess[str]) -> Crawled:
        report = json.loads(process.stdout)
        run = report["run"]
        lines = (towns.data_dir / "runs" / run / "crawl.log").read_text(encoding="utf-8").splitlines()
        with towns.ledger() as ledger:
            states = {row["host"]: json.loads(row["state"]) for row in ledger.execute("SELECT * FROM hosts")}
            captures = [
                (row["url"], row["status"]) for row in ledger.execute("SELECT * FROM captures WHERE run=?", (run,))
            ]
        exchanges = towns.server.log
        peaks = {exchange.host: towns.server.peak(exchange.host) for exchange in exchanges}
        return cls(process, exchanges, peaks, states, report, [line.split("\t") for line in lines], captures)

    def row(self, town: str, family: str = "vsb") -> dict[str, Any]:
        """The portal's row of the report."""
        [row] = [row for row in self.report["portals"] if row["portal"] == f"{town}-{family}"]
        return dict(row)

    def asked(self, town: str) -> list[str]:
        """What its host was asked for, in order."""
        return [exchange.target for exchange in self.exchanges if exchange.host == f"www.{town}.gov.cn"]

    def moments(self, town: str) -> list[float]:
        return sorted(exchange.arrived for exchange in self.exchanges if exchange.host == f"www.{town}.gov.cn")

    def outcomes(self, url: str) -> list[str]:
        return [line[5] for line in self.log if line[6] == url]
