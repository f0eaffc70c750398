"""One crawl of the replicas, shared by the tests that look at what came of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.program import in_order_of_writing, records, scrapy, to_replicas
from tests.crawler.small_portal import Portal
from tests.portals.server import LoggedExchange, ReplicaServer


@dataclass(frozen=True)
class Crawl:
    """A finished crawl: the process, what the server saw, where the data is."""

    process: subprocess.CompletedProcess[str]
    exchanges: list[LoggedExchange]
    data_dir: Path

    @property
    def records(self) -> list[dict[str, Any]]:
        return records(self.data_dir)

    @property
    def report(self) -> dict[str, Any]:
        newest = in_order_of_writing((self.data_dir / "runs").glob("*/report.json"))[-1]
        report: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
        return report


@pytest.fixture(scope="session")
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer() as replicas:
        yield replicas


@pytest.fixture(scope="session")
def crawl(server: ReplicaServer, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """`scrapy crawl all` over the five replicas into an empty folder whose path has a space in it."""
    data_dir = tmp_path_factory.mktemp("first crawl")
    server.clear_log()
    process = scrapy("crawl", "all", **to_replicas(server.connect_to, data_dir))
    return Crawl(process, server.log, data_dir)


@pytest.fixture(scope="session")
def second_crawl(server: ReplicaServer, crawl: Crawl, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """The same command again, nothing having changed; on a copy, so that the first crawl stays what it was."""
    data_dir = tmp_path_factory.mktemp("second crawl") / "data"
    shutil.copytree(crawl.data_dir, data_dir)
    server.clear_log()
    process = scrapy("crawl", "all", **to_replicas(server.connect_to, data_dir))
    return Crawl(process, server.log, data_dir)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with ReplicaServer() as server:
        yield Portal(server, tmp_path)
