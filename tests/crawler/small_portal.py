"""One small portal, made anew for every test: three reports in one listing, its registry entry, and crawls of it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tests.crawler.program import SECONDS, in_order_of_writing, records, run, to_replicas
from tests.portals.answer import Page
from tests.portals.pages import seed_answer
from tests.portals.server import ReplicaServer

HOST = "https://www.smqzf.gov.cn"
START = f"{HOST}/zfxxgk/small.htm"
TITLE = "示例区2023年政府信息公开工作年度报告"
NOW = datetime.now(UTC)
ALL_DUE = json.dumps({"listing": 0, "report": 0, "attachment": 0})
FILE_SIZE = 2_000_000  # bytes a process may write to one file: the way to a full disk that needs no disk
TOO_LARGE = os.urandom(FILE_SIZE + 1_000_000)


def page(body: bytes | str, *, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str) -> Page:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Page(body if isinstance(body, bytes) else body.encode(), NOW, kind, status, validators=False, headers=fields)


def listing(*numbers: int, more: str = "") -> Page:
    rows = "".join(
        f'<li><a href="/info/1/{number}.htm" title="{TITLE}">{TITLE}</a><span>2024-01-2{number}</span></li>'
        for number in numbers
    )
    return page(f"<html><head><title>政府信息公开年度报告</title></head><body><ul>{rows}</ul>{more}</body></html>")


def article(number: int) -> str:
    return f"{HOST}/info/1/{number}.htm"


class Portal:
    """The portal (three reports in one listing), its registry entry, and crawls of it."""

    def __init__(self, server: ReplicaServer, folder: Path):
        self.server = server
        self.folder = folder
        self.data_dir = folder / "data"
        self.registry = folder / "registry.toml"
        self.declare()
        self.robots("User-agent: *\nDisallow:\n")
        self.server.put(START, listing(1, 2, 3))
        for number, stem in enumerate(("000", "001", "004"), start=1):
            self.server.put(article(number), page(seed_answer(stem).body))

    def declare(self, more: str = "", portal: str = "small", family: str = "vsb") -> None:
        self.registry.write_text(
            f'[[portal]]\nid = "{portal}"\nname = "示例区"\nregion = "530802"\nfamily = "{family}"\nstart = ["{START}"]\n{more}\n',
            encoding="utf-8",
        )

    def robots(self, text: str | bytes, status: int = 200) -> None:
        self.server.put(f"{HOST}/robots.txt", page(text, status=status, kind="text/plain"))

    def crawl(self, family: str = "all", *, full: bool = False, **settings: object) -> subprocess.CompletedProcess[str]:
        self.server.clear_log()
        values: Mapping[str, object] = {
            **to_replicas(self.server.connect_to, self.data_dir),
            "PORTALS": self.registry,
            "RETRY_TIMES": 0,
            "ROBOTS_CACHE_HOURS": 0,
            **settings,
        }
        options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
        # A run that does not end is a failure, too.
        return run(["crawl", family, *options], timeout=SECONDS / 4, file_size=FILE_SIZE if full else 0)

    @property
    def asked(self) -> list[str]:
        """What the server was asked for in the last crawl, without robots.txt."""
        return [exchange.target for exchange in self.server.log if exchange.target != "/robots.txt"]

    @property
    def keys(self) -> list[str]:
        return sorted(record["report_key"] for record in records(self.data_dir))

    @property
    def log(self) -> list[list[str]]:
        """The fields of every line of every crawl.log."""
        files = in_order_of_writing((self.data_dir / "runs").glob("*/crawl.log"))
        return [line.split("\t") for file in files for line in file.read_text(encoding="utf-8").splitlines()]
