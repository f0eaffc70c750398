"""One small portal, made anew for every test: faults of disk, ledger, server and portal, and what the run says of them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from archive.ledger import Ledger
from archive.recovery import recover
from crawler.settings import ITEM_PIPELINES
from tests.crawler.program import ROOT, SECONDS, command, to_replicas
from tests.crawler.small_portal import ALL_DUE, HOST, START, TITLE, TOO_LARGE, Portal, article, listing, page
from tests.portals.answer import Page
from tests.portals.pages import seed_answer


def whole(portal: Portal) -> list[str]:
    """The keys an undisturbed crawl finds."""
    aside, portal.data_dir = portal.data_dir, portal.folder / "undisturbed"
    result = portal.crawl()
    assert result.returncode == 0, result.stderr
    keys, portal.data_dir = portal.keys, aside
    assert len(keys) == 3
    return keys


def assert_continued(portal: Portal, keys: list[str]) -> None:
    result = portal.crawl()
    assert result.returncode == 0, result.stderr
    assert "continuing the unfinished run" in result.stderr
    assert portal.keys == keys
    assert len(list((portal.data_dir / "runs").iterdir())) == 1
    archived = [ref.record_id for file in (portal.data_dir / "warc").iterdir() for ref in recover(file).captures]
    ledger = Ledger(portal.data_dir / "ledger.sqlite")
    assert sorted(entry.ref.record_id for entry in ledger.captures()) == sorted(archived)
    ledger.close()


# -- disk and ledger ------------------------------------------------------------------------------------------------


def test_a_full_disk_stops_the_run_and_the_same_command_ends_it(portal: Portal) -> None:
    keys = whole(portal)
    portal.server.put(article(2), page(b"\x89PNG" + TOO_LARGE))
    result = portal.crawl(full=True)
    assert result.returncode == 8, result.stderr
    assert "Traceback" not in result.stderr
    assert "/info/1/3.htm" not in portal.asked, "nothing is fetched that cannot be kept"
    portal.server.put(article(2), page(seed_answer("001").body))
    assert_continued(portal, keys)


def test_a_full_disk_is_not_taken_for_an_unreachable_robots(portal: Portal) -> None:
    keys = whole(portal)
    portal.robots(TOO_LARGE)
    assert portal.crawl(full=True).returncode == 8
    portal.robots("User-agent: *\nDisallow:\n")
    assert_continued(portal, keys)


@pytest.mark.parametrize("moment", ["INSERT ON documents", "INSERT ON captures", "UPDATE OF lease_owner ON requests"])
def test_a_ledger_that_refuses_stops_the_run(portal: Portal, moment: str) -> None:
    keys = whole(portal)
    portal.data_dir.mkdir()
    path = portal.data_dir / "ledger.sqlite"
    Ledger(path).close()
    with sqlite3.connect(path) as ledger:
        ledger.execute(f"CREATE TRIGGER refuse BEFORE {moment} BEGIN SELECT RAISE(ABORT, 'refused by the test'); END")
    ledger.close()
    result = portal.crawl()
    assert result.returncode in (7, 70), result.stderr
    assert "refused by the test; the run is unfinished" in result.stderr
    assert portal.keys == []
    with sqlite3.connect(path) as ledger:
        ledger.execute("DROP TRIGGER refuse")
    ledger.close()
    assert_continued(portal, keys)


def test_another_selection_finds_no_line_half_written(portal: Portal) -> None:
    keys = whole(portal)
    result = portal.crawl(full=True, ITEM_PIPELINES=json.dumps({}))
    assert result.returncode == 5
    portal.data_dir = portal.folder / "killed"
    portal.server.put(article(3), page(b"\x89PNG" + TOO_LARGE))
    assert portal.crawl(full=True).returncode == 8
    [file] = (portal.data_dir / "reports").glob("*.jsonl")
    with file.open("ab") as stream:
        stream.write(b'{"report_key": "never committed"}\n{"half')  # as a kill between line and commit leaves it
    portal.server.put(article(3), page(seed_answer("004").body))
    assert portal.crawl("vsb").returncode == 0
    assert portal.keys == keys


# -- answers --------------------------------------------------------------------------------------------------------


def test_a_redirect_off_the_portal_ends_there(portal: Portal) -> None:
    portal.server.put(article(2), page("", status=302, Location="https://www.linzi.gov.cn/elsewhere"))
    result = portal.crawl()
    assert result.returncode == 3, result.stderr
    assert {exchange.host for exchange in portal.server.log} == {"www.smqzf.gov.cn"}
    assert [line[5] for line in portal.log if line[6] == article(2)] == ["off-site redirect"]
    assert len(portal.keys) == 2


def test_a_304_nobody_asked_for_is_no_page(portal: Portal) -> None:
    portal.server.put(article(2), page("", status=304))
    result = portal.crawl()
    assert result.returncode == 3, result.stderr
    portal.server.put(article(2), page(seed_answer("001").body))
    assert portal.crawl().returncode == 0
    assert len(portal.keys) == 3


def test_a_304_means_that_what_is_held_is_still_true(portal: Portal) -> None:
    portal.server.put(START, replace(listing(1, 2, 3, more="<p>共 3 条</p>"), validators=True))
    for outcome in ("ok", "unchanged", "unchanged"):
        assert portal.crawl().returncode == 0
        assert [line[5] for line in portal.log if line[6] == START][-1] == outcome


@pytest.mark.parametrize(
    "change", ["data = '{\"colour\": 1}'", "callback = 'parse_no_more'"], ids=["argument", "callback"]
)
def test_a_row_of_another_version_fails_alone(portal: Portal, change: str) -> None:
    portal.server.put(START, replace(listing(1, 2, more='<a href="small2.htm">下一页</a>'), validators=True))
    portal.server.put(f"{HOST}/zfxxgk/small2.htm", listing(3))
    assert portal.crawl().returncode == 0
    with sqlite3.connect(portal.data_dir / "ledger.sqlite") as ledger:
        assert ledger.execute(f"UPDATE requests SET {change} WHERE url LIKE '%/small2.htm'").rowcount == 1
    ledger.close()
    result = portal.crawl()
    assert result.returncode == 3, result.stderr
    assert "small2.htm: error" in result.stderr.splitlines()[-1]


def test_validators_are_sent_back_as_received(portal: Portal) -> None:
    odd = "Tue Jan 02 03:04:05 CST 2024"
    portal.server.put(START, page(listing(1).body, Last_Modified=odd))
    assert portal.crawl().returncode == 0
    assert portal.crawl().returncode == 0
    [exchange] = [exchange for exchange in portal.server.log if exchange.target == "/zfxxgk/small.htm"]
    assert f"\r\nIf-Modified-Since: {odd}\r\n".encode() in exchange.request


def test_a_number_no_portal_can_mean_does_not_keep_the_run_from_ending(portal: Portal) -> None:
    portal.server.put(START, listing(1, 2, 3, more="<p>共99999999999999999999条</p>"))
    result = portal.crawl()
    assert result.returncode == 0, result.stderr
    assert len(portal.keys) == 3


def test_a_pipeline_that_fails_costs_its_page_only_and_the_page_comes_again(portal: Portal) -> None:
    refusing = {"tests.crawler.refusing_pipeline.RefusingPipeline": 50, **ITEM_PIPELINES}
    for number, stem in enumerate(("000", "001", "004"), start=1):
        portal.server.put(article(number), page(seed_answer(stem).body, ETag=f'"{number}"'))
    result = portal.crawl(ITEM_PIPELINES=json.dumps(refusing))
    assert result.returncode == 3, result.stderr
    last = result.stderr.splitlines()[-1]
    assert f"refused by the test: {TITLE}" in last, "a pipeline knows the row that led to the page"
    assert len(portal.keys) == 2
    assert portal.crawl().returncode == 0
    assert len(portal.keys) == 3


def test_another_parser_makes_no_revision(portal: Portal) -> None:
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    keys = portal.keys
    with sqlite3.connect(portal.data_dir / "ledger.sqlite") as ledger:
        ledger.execute("UPDATE documents SET digest = 'as an older parser read it'")
    ledger.close()
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    assert sum(target.endswith(".htm") for target in portal.asked) == 4, "every page came whole again"
    assert portal.keys == keys


def test_what_a_reparse_needs_is_archived_beside_the_page(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    [file] = (portal.data_dir / "warc").glob("*.warc.gz")
    recovered = recover(file)
    [hints] = [recovered.hints[ref.record_id] for ref in recovered.captures if ref.url == article(1)]
    assert hints["portal"] == "small"
    assert hints["role"] == "report"
    assert hints["listing_title"] == TITLE


# -- robots ---------------------------------------------------------------------------------------------------------


def test_nothing_is_fetched_where_robots_is_unreachable(portal: Portal) -> None:
    portal.robots("busy", status=503)
    assert portal.crawl().returncode == 5
    assert portal.asked == []


def test_a_listing_kept_by_robots_is_a_block(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    portal.robots("User-agent: *\nDisallow: /zfxxgk/\n")
    assert portal.crawl().returncode == 4
    assert portal.asked == []


def test_crawl_delay_is_kept(portal: Portal) -> None:
    portal.robots("User-agent: *\nCrawl-delay: 1\n")
    assert portal.crawl().returncode == 0
    ledger = Ledger(portal.data_dir / "ledger.sqlite")
    moments = [datetime.fromisoformat(entry.ref.captured_at) for entry in ledger.captures()]
    ledger.close()
    assert len(moments) == 6, "robots.txt, the listing, three pages and the file of one of them"
    assert all((after - before).total_seconds() > 0.9 for before, after in pairwise(moments))


# -- verdict and selection ------------------------------------------------------------------------------------------


def test_fewer_reports_than_expected(portal: Portal) -> None:
    portal.declare("expect = 4")
    result = portal.crawl()
    assert result.returncode == 3
    assert "3 reports found, the registry expects 4" in result.stderr


def test_fewer_rows_than_promised(portal: Portal) -> None:
    portal.server.put(START, listing(1, 2, 3, more="<p>共 30 条</p>"))
    result = portal.crawl()
    assert result.returncode == 3
    assert "promises 30" in result.stderr


@pytest.mark.parametrize(
    "then", [page("gone", status=404), page("<title>404 页面不存在</title>"), listing()], ids=["404", "soft", "empty"]
)
def test_a_start_that_is_gone_is_not_complete(portal: Portal, then: Page) -> None:
    assert portal.crawl().returncode == 0
    portal.server.put(START, then)
    for _ in range(2):
        result = portal.crawl()
        assert result.returncode == 3, result.stderr
        assert START in result.stderr
    portal.server.put(START, listing(1, 2, 3))
    assert portal.crawl().returncode == 0


@pytest.mark.parametrize("declared", [{"portal": "renamed"}, {"family": "trs"}], ids=["id", "family"])
def test_a_portal_declared_anew_is_read(portal: Portal, declared: dict[str, Any]) -> None:
    assert portal.crawl().returncode == 0
    portal.declare(**declared)
    portal.crawl()
    assert "/zfxxgk/small.htm" in portal.asked


def test_a_reader_that_goes_away_does_not_change_the_code(portal: Portal) -> None:
    portal.declare("expect = 4")
    options = {**to_replicas(portal.server.connect_to, portal.data_dir), "PORTALS": portal.registry}
    words = [part for name, value in options.items() for part in ("-s", f"{name}={value}")]
    read, write = os.pipe()
    os.close(read)
    try:
        process = subprocess.run(
            [*command("crawl", "all"), *words], cwd=ROOT, stdout=write, stderr=write, timeout=SECONDS / 4, check=False
        )
    finally:
        os.close(write)
    assert process.returncode == 3
    [report] = (portal.data_dir / "runs").glob("*/report.json")
    assert json.loads(report.read_text(encoding="utf-8"))["verdict"] == "partial"
    assert not list((portal.data_dir / "warc").glob("*.open"))


def test_an_option_no_family_has_is_a_usage_error(portal: Portal) -> None:
    portal.declare("options = { colour = 1 }")
    result = portal.crawl()
    assert result.returncode == 2
    assert re.fullmatch(r'scrapy crawl: .*"colour".*\n', result.stderr)
    assert not list((portal.data_dir / "runs").glob("*"))
