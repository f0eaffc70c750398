"""`scrapy status`: what an operator reads in the morning, and what a script does."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.data_dir import DataDir
from archive.hosts import RobotsFile
from archive.ledger import Ledger
from crawler.hosts import Hosts, Manners
from crawler.portals import Portal as Entry
from crawler.status import read_status
from crawler.status_text import as_text
from crawler.table import as_table, shortened, width
from tests.crawler.program import scrapy
from tests.crawler.small_portal import START, Portal, page
from tests.portals.server import ReplicaServer

MANNERS = Manners(2.0, 1.0, 30.0, 60.0, 3, 5, 1800.0, 300.0, {})
TODAY = date(2026, 3, 1)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with ReplicaServer() as server:
        yield Portal(server, tmp_path)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def status(portal: Portal, *options: str) -> subprocess.CompletedProcess[str]:
    return scrapy("status", *options, DATA_DIR=portal.data_dir, PORTALS=portal.registry)


def told(portal: Portal) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(status(portal, "--json").stdout)
    return answer


def entry(portal: str, host: str, name: str = "示例市人民政府", **more: Any) -> Entry:
    return Entry(portal, name, "450200", "trs", (f"http://{host}/",), hosts=(host,), **more)


def finish(ledger: Ledger, run: str, portal: str, verdict: str, **detail: object) -> None:
    ledger.begin_run(run, portal)
    ledger.finish_run(run, verdict, {portal: (verdict, {"reasons": [], **detail})})


def test_a_complete_portal(portal: Portal) -> None:
    portal.declare("expect = 3")
    assert portal.crawl().returncode == 0
    result = status(portal)
    assert result.returncode == 0, result.stderr
    [line] = [line for line in result.stdout.splitlines() if line.startswith("small ")]
    assert line.split() == [
        "small",
        "示例区",
        f"{datetime.now(UTC):%Y-%m-%d}",
        "complete",
        "3/3",
        "-",
        "1",
        "0",
        "0",
        "0",
    ]
    assert "Needs a person" not in result.stdout
    answer = told(portal)
    [row] = answer["portals"]
    [run] = [path.name for path in (portal.data_dir / "runs").iterdir()]
    assert answer["healthy"] is True
    assert (row["run"], row["complete_run"], row["verdict"], row["known"], row["due"]) == (run, run, "complete", 3, 1)
    [host] = answer["hosts"]
    assert (host["host"], host["portals"], host["delay"], host["due"]) == ("www.smqzf.gov.cn", ["small"], 2.0, 1)
    assert host["robots"]["https://www.smqzf.gov.cn"][0] == "read"


def test_a_portal_in_trouble_needs_a_person_and_remembers_when_it_was_well(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    portal.server.put(START, page("gone", status=404))
    assert portal.crawl().returncode == 3
    result = status(portal)
    assert result.returncode == 1
    [line] = [line for line in result.stdout.splitlines() if line.startswith("  small: ")]
    assert line.startswith(f"  small: partial: {START}: listing is gone")
    assert line.endswith("Z)")
    [row] = told(portal)["portals"]
    assert row["run"] != row["complete_run"] != ""
    assert (row["verdict"], row["failed"], row["known"]) == ("partial", 1, 3)
    portal.declare(f'expect_down = "{date.today() + timedelta(days=2)}"')
    result = status(portal)
    assert result.returncode == 0
    assert "known outage" in result.stdout
    assert "Needs a person" not in result.stdout
    portal.declare(f'expect_down = "{date.today() - timedelta(days=2)}"')
    assert status(portal).returncode == 1


def test_a_portal_no_run_has_judged(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    with portal.registry.open("a", encoding="utf-8") as file:
        file.write(portal.registry.read_text(encoding="utf-8").replace('id = "small"', 'id = "new"'))
    result = status(portal)
    assert result.returncode == 1
    assert "  new: never verified: no run has come to a verdict on it\n" in result.stdout
    result = status(portal, "-a", "portal=small")
    assert result.returncode == 0
    assert "new" not in result.stdout


def test_it_works_while_a_crawl_holds_the_archive(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    held = DataDir(portal.data_dir)
    held.open()
    writing = sqlite3.connect(portal.data_dir / "ledger.sqlite", isolation_level=None)
    writing.execute("BEGIN IMMEDIATE")
    writing.execute("INSERT INTO runs VALUES ('20990101T000000Z-all-0000', 'all:small', '2099', NULL, NULL)")
    try:
        assert status(portal).returncode == 0
    finally:
        writing.execute("COMMIT")
        writing.close()
        held.close()
    assert "Runs without a verdict" in status(portal).stdout


@pytest.mark.parametrize(
    ("options", "code"), [(["-a", "portal=none"], 2), (["-a", "colour=1"], 2), (["small"], 2), ([], 7)]
)
def test_refusals_are_one_line(portal: Portal, options: list[str], code: int) -> None:
    result = status(portal, *options)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (code, "", 1)
    assert not portal.data_dir.exists()


def test_a_portal_whose_start_is_forgotten(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    assert scrapy("forget", "www.smqzf.gov.cn", DATA_DIR=portal.data_dir).returncode == 0
    assert portal.crawl().returncode == 5
    answer = told(portal)
    assert answer["portals"][0]["reasons"] == ["its start addresses are forgotten"]
    assert answer["hosts"] == [], "nothing is asked of a forgotten host"


def test_hosts_tell_delay_pause_scheme_and_robots(ledger: Ledger) -> None:
    soon = time.time() + 3600
    state = {"crawl_delay": 7.0, "paused_until": soon, "paused_for": "status 503", "http_until": soon}
    ledger.remember(
        {"www.a.gov.cn": state, "files.a.gov.cn": {}, "www.b.gov.cn": {}},
        [RobotsFile("http://www.a.gov.cn", "2026-02-01T00:00:00.000000Z", "status 500, server_error", b"", "")],
    )
    found = read_status(ledger, [entry("a", "a.gov.cn")], Hosts(MANNERS, ledger.hosts.load), TODAY)
    assert [host.host for host in found.hosts] == ["files.a.gov.cn", "www.a.gov.cn"], "of the portals asked about"
    host = found.hosts[1]
    moment = datetime.fromtimestamp(soon, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (host.delay, host.paused_until, host.paused_for, host.by_http_until) == (7.0, moment, "status 503", moment)
    text = as_text(found)
    assert f"  www.a.gov.cn: left alone until {moment}: status 503\n" in text
    assert f"  www.a.gov.cn: https fails there; asked by http until {moment}\n" in text
    assert "  http://www.a.gov.cn/robots.txt: unreachable: status 500, server_error (2026-02-01T00:00:00Z)" in text


def test_the_newest_report_year_and_who_lacks_it(ledger: Ledger) -> None:
    missing = [f"450200:dept:{name}" for name in ("民政局", "财政局", "教育局", "司法局", "水利局", "统计局")]
    calendar = {"period": 2025, "found": 4, "expected": 10, "missing": missing}
    finish(ledger, "r1", "a", "complete", known=40, calendar=calendar)
    text = as_text(read_status(ledger, [entry("a", "a.gov.cn")], Hosts(MANNERS, ledger.hosts.load), TODAY))
    assert "  2025 4/10  " in text
    assert f"Organs without the newest report:\n  a, 2025: {', '.join(missing[:5])} and 1 more" in text


def test_the_tables_fit_a_terminal(ledger: Ledger) -> None:
    portals = [
        entry(f"portal-{n:04}", f"www.p{n}.gov.cn", "新疆维吾尔自治区伊犁哈萨克自治州人民政府") for n in range(3)
    ]
    calendar = {"period": 2025, "found": 123, "expected": 456, "missing": []}
    for n, verdict in enumerate(("complete", "nothing-found")):
        finish(
            ledger, f"r{n}", f"portal-{n:04}", verdict, known=1234, calendar=calendar, blocked=1, failed=2345, left=99
        )
    text = as_text(read_status(ledger, portals, Hosts(MANNERS, ledger.hosts.load), TODAY))
    table = text.split("\n\n")[0].splitlines()
    assert len(table) == 4
    assert all(width(line) <= 100 for line in table)
    assert len({width(line[: line.rindex(" ")]) for line in table[1:3]}) == 1, "columns are aligned"


def test_a_chinese_character_is_two_columns_wide() -> None:
    assert as_table([("名", "1"), ("ab", "22"), ("a", "3")], right={1}) == "名   1\nab  22\na    3"
    assert shortened("柳州市人民政府", 8) == "柳州市…"
    assert width(shortened("柳州市人民政府", 9)) <= 9
    assert shortened("柳州", 4) == "柳州"
