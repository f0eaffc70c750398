"""Portals in trouble, and pages that change: what the run says, its exit code, and what it emits."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.crawler.conftest import Crawl
from tests.crawler.program import ROOT, command, records, scrapy, to_replicas, wait_until
from tests.portals.answer import Page
from tests.portals.pages import load_sites, seed_address, seed_answer
from tests.portals.server import ReplicaServer

CHALLENGE = """<html><head><meta http-equiv="Content-Type" content="text/html" r='m'>
<script r='m'>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;$_ts.cd="q1";</script></head><body></body></html>"""
EVERYTHING_IS_DUE = json.dumps({"listing": 0, "report": 0, "attachment": 0})


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def own_server() -> ReplicaServer:
    """A server of the test's own, since its pages are edited."""
    return ReplicaServer()


def test_a_portal_that_is_down(server: ReplicaServer, closed_port: int, tmp_path: Path) -> None:
    connect_to = {"www.linzi.gov.cn:80": f"127.0.0.1:{closed_port}", **server.connect_to}
    settings = {**to_replicas(connect_to, tmp_path), "RETRY_TIMES": 0}
    result = scrapy("crawl", "all", "-a", "portal=linzi,simao", **settings)
    assert result.returncode == 5, result.stderr
    [line] = [line for line in result.stderr.splitlines() if line.startswith("linzi: ")]
    assert "nothing-found" in line
    assert seed_address("000") in line
    assert "Traceback" not in result.stderr
    hosts = {record["provenance"]["url"].split("/")[2] for record in records(tmp_path)}
    assert hosts == {"www.smqzf.gov.cn"}, "the other portal is crawled all the same"


def test_a_challenge_instead_of_the_listing(own_server: ReplicaServer, tmp_path: Path) -> None:
    [start] = load_sites()["simao"].start
    page = Page(CHALLENGE.encode(), datetime.now(UTC), status=412, validators=False)
    with own_server as server:
        server.put(start, page)
        result = scrapy("crawl", "vsb", "--json", **to_replicas(server.connect_to, tmp_path))
    assert result.returncode == 4, result.stderr
    [portal] = json.loads(result.stdout)["portals"]
    assert (portal["verdict"], portal["blocked"], portal["emitted"]) == ("blocked", 1, 0)
    assert len(list((tmp_path / "warc").glob("*.warc.gz"))) == 1, "the challenge is archived all the same"


def test_a_listing_that_cannot_be_read_is_asked_for_whole_again(
    own_server: ReplicaServer, crawl: Crawl, tmp_path: Path
) -> None:
    """A callback that raises makes the run partial; a 304 in the next run would keep the page from ever being read."""
    broken = min(exchange.target for exchange in crawl.exchanges if "build/unit" in exchange.target)
    with own_server as server:
        settings = to_replicas(server.connect_to, tmp_path)
        page = Page(b'{"success": true, "data": [', datetime.now(UTC), "application/json")
        server.put("http://www.xiaoshan.gov.cn" + broken, page)
        for _ in range(2):
            result = scrapy("crawl", "hanweb", **settings)
            assert result.returncode in (3, 5), result.stderr
            assert "UnreadableListing" in result.stderr.splitlines()[-1]
        asked = [exchange.request for exchange in server.log if exchange.target == broken]
    assert len(asked) == 2
    assert not any(b"If-None-Match" in request for request in asked)


def test_an_edited_page_is_a_revision_once(own_server: ReplicaServer, tmp_path: Path) -> None:
    url, body = seed_address("002"), seed_answer("002").body
    edited = body.replace(b">115<", b">116<", 1)
    assert edited != body
    with own_server as server:
        settings = {**to_replicas(server.connect_to, tmp_path), "REVISIT_DAYS": EVERYTHING_IS_DUE}
        assert scrapy("crawl", "hanweb", **settings).returncode == 0
        known = len(records(tmp_path))
        server.put(url, Page(edited, datetime.now(UTC)))
        for _ in range(2):
            assert scrapy("crawl", "hanweb", **settings).returncode == 0
    assert len(records(tmp_path)) == known + 1, "one revision, and in one run only"
    revised = [record for record in records(tmp_path) if record["history"]["revision"] > 1]
    assert [record["report_key"] for record in revised] == ["330109:office/2023"]
    assert revised[0]["history"] == {
        "revision": 2,
        "change": "revised",
        "changed_cells": ["applications.new_received.natural_person"],
        "aliases": [],
    }
    assert revised[0]["provenance"]["url"] == url


def test_an_interrupted_run_says_so_and_is_continued(server: ReplicaServer, tmp_path: Path) -> None:
    settings = {**to_replicas(server.connect_to, tmp_path), "DOWNLOAD_DELAY": 0.1}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    process = subprocess.Popen(
        [*command("crawl", "vsb"), *options], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    wait_until(lambda: records(tmp_path), process)
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=10)
    assert process.returncode == 130, message
    assert "the same command continues the run" in message
    some = len(records(tmp_path))
    assert some > 0
    assert not list((tmp_path / "warc").glob("*.open"))
    result = scrapy("crawl", "vsb", **to_replicas(server.connect_to, tmp_path))
    assert result.returncode == 0, result.stderr
    assert "continuing the unfinished run" in result.stderr
    keys = [record["report_key"] for record in records(tmp_path)]
    assert len(keys) == len(set(keys)) > some
    assert len(list((tmp_path / "runs").iterdir())) == 1
