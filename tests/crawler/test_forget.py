"""`scrapy forget`: what is forgotten is never asked for, emitted or exported again, and the tombstone is in the archive."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.data_dir import DataDir
from archive.ledger import Ledger
from archive.recovery import recover
from tests.crawler.program import in_order_of_writing, records, scrapy
from tests.crawler.small_portal import HOST, START, TITLE, TOO_LARGE, Portal, article, listing, page
from tests.portals.pages import seed_answer
from tests.portals.server import ReplicaServer

OTHER = "http://www.linzi.gov.cn"
COPY = f"{OTHER}/info/1/1.htm"
ALL_DUE = json.dumps({"listing": 0, "report": 0, "attachment": 0})


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with ReplicaServer() as server:
        made = Portal(server, tmp_path)
        made.declare('hosts = ["www.linzi.gov.cn"]')
        server.put(f"{OTHER}/robots.txt", page("User-agent: *\nDisallow:\n", kind="text/plain"))
        yield made


def crawl(portal: Portal, *, full: bool = False, **settings: Any) -> subprocess.CompletedProcess[str]:
    """A crawl in which every known page is due."""
    return portal.crawl(full=full, REVISIT_DAYS=ALL_DUE, **settings)


def forget(portal: Portal, target: str, *options: str) -> subprocess.CompletedProcess[str]:
    return scrapy("forget", target, *options, DATA_DIR=portal.data_dir)


def row(url: str, day: int = 9) -> str:
    return f'<ul><li><a href="{url}" title="{TITLE}">{TITLE}</a><span>2024-01-0{day}</span></li></ul>'


def export(portal: Portal) -> list[dict[str, Any]]:
    result = scrapy("export", "-o", "-", DATA_DIR=portal.data_dir)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def verdict(portal: Portal) -> dict[str, Any]:
    newest = in_order_of_writing((portal.data_dir / "runs").glob("*/report.json"))[-1]
    [entry] = json.loads(newest.read_text(encoding="utf-8"))["portals"]
    return dict(entry)


def skipped(portal: Portal) -> list[tuple[str, str]]:
    files = (portal.data_dir / "runs").glob("*/skipped.jsonl")
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [(line["url"], line["reason"]) for line in lines]


def keys_by_url(portal: Portal) -> dict[str, str]:
    return {record["provenance"]["url"]: record["report_key"] for record in records(portal.data_dir)}


def test_an_address_is_not_asked_for_any_more_and_its_report_is_gone(portal: Portal) -> None:
    assert crawl(portal).returncode == 0
    key = keys_by_url(portal)[article(2)]
    result = forget(portal, article(2))
    assert (result.returncode, result.stdout) == (0, f"url {article(2)} is forgotten: 1 requests, 1 reports\n")
    portal.server.put(START, listing(1, 2, 3, more="<p>changed</p>"))
    assert crawl(portal).returncode == 0
    pages = [target for target in portal.asked if target.endswith(".htm")]
    assert sorted(pages) == ["/info/1/1.htm", "/info/1/3.htm", "/zfxxgk/small.htm"]
    assert (article(2), "forgotten") in skipped(portal)
    assert key not in {record["report_key"] for record in export(portal)}
    assert len(export(portal)) == 2
    assert len(records(portal.data_dir)) == 3, "nothing is emitted again, and what a run wrote stays"


def test_http_and_https_are_one_address(portal: Portal) -> None:
    assert crawl(portal).returncode == 0
    plain = article(2).replace("https://", "http://")
    assert forget(portal, plain).stdout == f"url {plain} is forgotten: 1 requests, 1 reports\n"
    assert crawl(portal).returncode == 0
    assert "/info/1/2.htm" not in portal.asked


def test_a_host_is_not_asked_for_anything_robots_included(portal: Portal) -> None:
    portal.server.put(START, listing(1, 2, more=row(COPY)))
    portal.server.put(COPY, page(seed_answer("004").body))
    assert crawl(portal).returncode == 0
    key = keys_by_url(portal)[COPY]
    result = forget(portal, "WWW.linzi.gov.cn", "--json")
    assert json.loads(result.stdout) == {
        "target": "www.linzi.gov.cn",
        "kind": "host",
        "known": False,
        "requests": 1,
        "reports": 1,
    }
    assert crawl(portal, ROBOTS_CACHE_HOURS=0).returncode == 0
    assert {exchange.host for exchange in portal.server.log} == {"www.smqzf.gov.cn"}
    assert (COPY, "forgotten") in skipped(portal)
    assert key not in {record["report_key"] for record in export(portal)}


def test_what_is_forgotten_before_the_first_crawl_is_never_met(portal: Portal) -> None:
    portal.data_dir.mkdir()
    Ledger(portal.data_dir / "ledger.sqlite").close()
    assert forget(portal, "www.linzi.gov.cn").returncode == 0
    portal.server.put(START, listing(1, 2, more=row(COPY)))
    assert crawl(portal).returncode == 0
    assert {exchange.host for exchange in portal.server.log} == {"www.smqzf.gov.cn"}


def test_the_same_page_elsewhere_is_reported_from_there(portal: Portal) -> None:
    portal.server.put(START, listing(1, 2, 3, more=row(COPY)))
    portal.server.put(COPY, page(seed_answer("000").body, ETag='"copy"'))
    portal.server.put(article(1), page(seed_answer("000").body, ETag='"first"'))
    assert portal.crawl().returncode == 0  # nothing but the listing is due after it
    [first] = {article(1), COPY} & set(keys_by_url(portal))  # the hosts are asked side by side: whichever came first
    [other] = {article(1), COPY} - {first}
    key = keys_by_url(portal)[first]
    assert forget(portal, first).returncode == 0
    assert key not in {record["report_key"] for record in export(portal)}
    assert portal.crawl().returncode == 0
    [again] = [record for record in export(portal) if record["report_key"] == key]
    assert again["provenance"]["url"] == other
    assert again["history"] == {"revision": 1, "change": "new", "changed_cells": [], "aliases": []}
    assert [line[5] for line in portal.log if line[6] == first] == ["ok"], "asked for once, before it was forgotten"


def test_a_redirect_to_a_forgotten_address_is_not_followed(portal: Portal) -> None:
    portal.server.put(article(2), page("", status=302, Location=COPY))
    portal.server.put(COPY, page(seed_answer("001").body))
    assert crawl(portal).returncode == 0
    key = keys_by_url(portal)[COPY]
    result = forget(portal, COPY)
    assert "0 requests, 1 reports" in result.stdout, "what a redirect brought from there is forgotten, too"
    assert key not in {record["report_key"] for record in export(portal)}
    result = crawl(portal)
    assert result.returncode == 0, result.stderr
    assert {exchange.host for exchange in portal.server.log} == {"www.smqzf.gov.cn"}
    assert [line[5] for line in portal.log if line[6] == article(2)][-1] == "forgotten"
    assert verdict(portal)["robots"] == 0


def test_nobody_waits_for_a_forgotten_host_that_is_paused(portal: Portal) -> None:
    portal.server.put(article(2), page("", status=302, Location=COPY))
    portal.data_dir.mkdir()
    ledger = Ledger(portal.data_dir / "ledger.sqlite")
    ledger.remember({"www.linzi.gov.cn": {"paused_until": time.time() + 3600, "paused_for": "status 503"}})
    ledger.close()
    assert forget(portal, COPY).returncode == 0
    result = crawl(portal)
    assert result.returncode == 0, result.stderr
    assert [line[5] for line in portal.log if line[6] == article(2)] == ["forgotten"]


def test_a_robots_txt_that_leads_to_a_forgotten_host_is_unreachable(portal: Portal) -> None:
    portal.server.put(f"{HOST}/robots.txt", page("", status=302, Location=f"{OTHER}/robots.txt"))
    assert crawl(portal).returncode == 0
    assert "www.linzi.gov.cn" in {exchange.host for exchange in portal.server.log}
    assert forget(portal, "www.linzi.gov.cn").returncode == 0
    crawl(portal, ROBOTS_CACHE_HOURS=0)
    assert {exchange.host for exchange in portal.server.log} == {"www.smqzf.gov.cn"}
    assert portal.asked == []


def test_a_portal_whose_start_is_forgotten_says_so(portal: Portal) -> None:
    assert crawl(portal).returncode == 0
    assert forget(portal, "www.smqzf.gov.cn").returncode == 0
    result = crawl(portal)
    assert result.returncode == 5
    assert result.stderr.splitlines()[-1] == "small: nothing-found: its start addresses are forgotten"
    assert portal.server.log == []
    assert verdict(portal)["reasons"] == ["its start addresses are forgotten"]
    assert verdict(portal)["withdrawn"] == 0
    assert len([line for line in portal.log if line[6] == START]) == 1, "it is not even tried"
    assert export(portal) == []


def test_an_unfinished_run_goes_on_without_what_is_forgotten(portal: Portal) -> None:
    portal.server.put(article(3), page(b"\x89PNG" + TOO_LARGE))
    assert crawl(portal, full=True).returncode == 8
    assert forget(portal, article(1)).returncode == 0
    portal.server.put(article(3), page(seed_answer("004").body))
    result = crawl(portal)
    assert result.returncode == 0, result.stderr
    assert "continuing" in result.stderr
    assert sorted(keys_by_url(portal)) == [article(2), article(3)]


def test_the_tombstone_is_a_record_of_the_archive(portal: Portal) -> None:
    assert crawl(portal).returncode == 0
    before = set((portal.data_dir / "warc").iterdir())
    assert forget(portal, "www.linzi.gov.cn").returncode == 0
    [file] = set((portal.data_dir / "warc").iterdir()) - before
    recovered = recover(file)
    [ref] = recovered.captures
    assert (ref.url, ref.status) == ("http://www.linzi.gov.cn/", 0)
    assert recovered.hints[ref.record_id] == {"tombstone": {"target": "www.linzi.gov.cn", "kind": "host"}}
    ledger = Ledger(portal.data_dir / "ledger.sqlite")
    assert ref in [entry.ref for entry in ledger.captures()]
    ledger.close()


def test_asking_twice_is_no_error(portal: Portal) -> None:
    assert crawl(portal).returncode == 0
    assert forget(portal, article(2)).returncode == 0
    files = set((portal.data_dir / "warc").iterdir())
    result = forget(portal, article(2))
    assert (result.returncode, result.stdout) == (0, f"url {article(2)} was forgotten before: 1 requests, 0 reports\n")
    assert set((portal.data_dir / "warc").iterdir()) == files


@pytest.mark.parametrize("target", ["ftp://www.example.gov.cn/", "example", "www.example.gov.cn/a", "http://[", ""])
def test_what_is_no_host_and_no_address_is_refused(portal: Portal, target: str) -> None:
    result = forget(portal, target)
    assert result.returncode == 2
    assert result.stderr.startswith("scrapy forget: ")
    assert result.stderr.count("\n") == 1
    assert not portal.data_dir.exists()


def test_without_an_archive_or_its_lock_nothing_is_forgotten(portal: Portal) -> None:
    result = forget(portal, "www.linzi.gov.cn")
    assert (result.returncode, result.stderr.count("\n")) == (7, 1)
    assert not portal.data_dir.exists()
    assert crawl(portal).returncode == 0
    held = DataDir(portal.data_dir)
    held.open()
    result = forget(portal, "www.linzi.gov.cn")
    held.close()
    assert result.returncode == 7
    assert "is in use" in result.stderr
    ledger = Ledger(portal.data_dir / "ledger.sqlite")
    assert ledger.tombstones.all() == []
    ledger.close()
