"""Politeness as an operator sees it: two crawls of towns in trouble, one after the other, and what the runs say of it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.crawler.ill_towns import CRAWL_DELAY_MAX, SETTINGS, let_time_pass, make_towns, make_trouble
from tests.crawler.loopback_proxy import LoopbackProxy
from tests.crawler.troubled_towns import Crawled, Towns


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Towns]:
    towns = make_towns(tmp_path_factory.mktemp("towns"))
    with towns.server:
        yield towns


@pytest.fixture(scope="module")
def proxy(towns: Towns) -> Iterator[LoopbackProxy]:
    with LoopbackProxy({f"{towns['proxied'].host}:80": towns.server.port}) as proxy:
        towns["proxied"].more = f'proxy = "http://127.0.0.1:{proxy.port}"'
        towns.connect_to = {f"127.0.0.1:{proxy.port}": f"127.0.0.1:{proxy.port}"}
        yield proxy


@pytest.fixture(scope="module")
def first(towns: Towns, proxy: LoopbackProxy) -> Crawled:
    make_trouble(towns)
    return Crawled.of(towns, towns.crawl("--json", **SETTINGS))


@pytest.fixture(scope="module")
def plan(towns: Towns, first: Crawled) -> str:
    process = towns.crawl("--dry-run", **SETTINGS)
    assert process.returncode == 0, process.stderr
    assert towns.server.log == []
    return process.stdout


@pytest.fixture(scope="module")
def second(towns: Towns, first: Crawled, plan: str) -> Crawled:
    let_time_pass(towns)
    return Crawled.of(towns, towns.crawl("--json", **SETTINGS))


@pytest.fixture(scope="module")
def third(towns: Towns, second: Crawled) -> subprocess.CompletedProcess[str]:
    """Two of the towns: the outage is known again, and the other has had its pause."""
    towns["down"].more = 'expect_down = "2099-12-31"'
    return towns.crawl("-a", "portal=down-vsb,seconds-vsb", **SETTINGS)


def test_the_run_is_as_bad_as_its_worst_portal(first: Crawled) -> None:
    assert first.process.returncode == 4, first.process.stderr
    assert "Traceback" not in first.process.stderr


# -- robots.txt -----------------------------------------------------------------------------------------------------


def test_robots_is_asked_for_once_a_day(first: Crawled, second: Crawled) -> None:
    assert first.asked("slow").count("/robots.txt") == 1
    assert second.asked("slow").count("/robots.txt") == 0
    assert second.asked("seconds").count("/robots.txt") == 1, "it was older than a day"


def test_nothing_is_fetched_where_robots_cannot_be_had(first: Crawled) -> None:
    for town in ("unreachable", "guarded", "stale"):
        assert first.asked(town) == ["/robots.txt"]
        assert first.row(town)["verdict"] == "nothing-found"
        assert "robots" in first.row(town)["reason"]


def test_robots_that_could_not_be_had_is_asked_for_again(second: Crawled) -> None:
    assert second.asked("unreachable").count("/robots.txt") == 1
    assert second.row("unreachable")["verdict"] == "complete"
    assert second.asked("guarded") == ["/robots.txt"]


def test_the_last_good_copy_counts_after_thirty_days(second: Crawled) -> None:
    assert second.asked("stale") == ["/robots.txt", "/zfxxgk/list.htm", "/info/1/2.htm"]
    assert second.row("stale")["robots"] == 1


def test_a_web_page_for_robots_means_that_there_is_none(first: Crawled) -> None:
    assert first.asked("unkept")[:2] == ["/robots.txt", "/zfxxgk/list.htm"]


def test_a_busy_robots_is_waited_for(first: Crawled) -> None:
    assert first.row("busyrobots")["verdict"] == "complete"
    assert first.asked("busyrobots")[:2] == ["/robots.txt"] * 2
    before, after = first.moments("busyrobots")[:2]
    assert after - before > 0.95


# -- pace -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("town", ["slow", "shared"])
def test_crawl_delay_is_kept_up_to_its_cap(first: Crawled, town: str) -> None:
    gaps = [after - before for before, after in pairwise(first.moments(town)[1:])]
    assert len(gaps) >= 2
    assert min(gaps) > CRAWL_DELAY_MAX - 0.1
    assert first.states[f"www.{town}.gov.cn"]["crawl_delay"] == 120


def test_crawl_delay_is_kept_in_the_next_run_without_asking_again(second: Crawled) -> None:
    gaps = [after - before for before, after in pairwise(second.moments("slow"))]
    assert len(gaps) == 2
    assert min(gaps) > CRAWL_DELAY_MAX - 0.1


def test_two_families_share_a_host_like_one(first: Crawled) -> None:
    assert first.row("shared")["verdict"] == first.row("shared", "trs")["verdict"] == "complete"
    assert sorted(first.asked("shared")) == [
        "/info/1/1.htm",
        "/info/1/2.htm",
        "/robots.txt",
        "/zfxxgk/list.htm",
        "/zfxxgk2/list.htm",
        "/zfxxgk2/t20240120_100001.html",
        "/zfxxgk2/t20240120_100002.html",
    ]


def test_never_two_requests_at_once(first: Crawled, second: Crawled) -> None:
    assert set(first.peaks.values()) == set(second.peaks.values()) == {1}


def test_a_redirect_counts_where_it_leads(first: Crawled) -> None:
    assert [target for target in first.asked("moving") if "info" in target] == ["/info/1/1.htm", "/info/1/2.htm"]
    moved = [exchange.target for exchange in first.exchanges if exchange.host == "news.moving.gov.cn"]
    assert moved[:2] == ["/robots.txt", "/a.htm"]
    assert first.states["news.moving.gov.cn"]["crawl_delay"] == 7
    assert first.states["www.moving.gov.cn"]["crawl_delay"] == 0


# -- hosts that ask for a pause, or block ---------------------------------------------------------------------------


@pytest.mark.parametrize("town", ["seconds", "date"])
def test_a_short_pause_is_waited_for(first: Crawled, town: str) -> None:
    assert first.row(town)["verdict"] == "complete"
    refused = min(
        exchange.answered
        for exchange in first.exchanges
        if exchange.host == f"www.{town}.gov.cn" and b"Retry-After" in exchange.response
    )
    later = [moment for moment in first.moments(town) if moment > refused]
    assert min(later) - refused > 1.9
    assert len(later) >= 2


def test_a_long_pause_ends_the_hosts_part(first: Crawled) -> None:
    assert first.asked("later").count("/info/1/1.htm") == 1
    assert "/info/1/2.htm" not in first.asked("later")
    row = first.row("later")
    assert row["verdict"] == "blocked"
    assert "www.later.gov.cn: status 429, Retry-After 3600 s; left alone until 20" in row["reason"]
    assert row["left"] == 2
    pause = first.states["www.later.gov.cn"]["paused_until"] - time.time()
    assert 3000 < pause < 3600 * 1.1


def test_before_its_end_nothing_is_asked_and_the_run_says_so(second: Crawled, plan: str) -> None:
    assert second.asked("later") == []
    assert "left alone until 20" in second.row("later")["reason"]
    assert "www.later.gov.cn" in second.process.stderr + json.dumps(second.report["hosts"])
    [line] = [line for line in plan.splitlines() if line.startswith("www.later.gov.cn")]
    assert "left alone until 20" in line


def test_the_plan_tells_of_a_crawl_delay_that_is_cut_short(plan: str) -> None:
    [line] = [line for line in plan.splitlines() if line.startswith("www.slow.gov.cn")]
    assert line.endswith("at 0.6 s, its robots.txt asks for 120 s")


def test_three_block_pages_close_a_host(first: Crawled) -> None:
    for town in ("walled", "mended"):
        assert len(first.asked(town)) == 2 + 3
        assert first.row(town)["verdict"] == "blocked"
        assert first.states[f"www.{town}.gov.cn"]["pauses"] == 1


def test_after_the_pause_one_probe_is_sent(first: Crawled, second: Crawled) -> None:
    assert len(second.asked("walled")) == 1, second.asked("walled")
    assert second.states["www.walled.gov.cn"]["pauses"] == 2
    left = second.states["www.walled.gov.cn"]["paused_until"] - time.time()
    assert left > 1.5 * 1800, "twice as long"


def test_a_probe_that_is_served_opens_the_host(second: Crawled) -> None:
    assert second.row("mended")["verdict"] == "complete"
    assert sum(target.endswith(".htm") for target in second.asked("mended")) == 7
    state = second.states["www.mended.gov.cn"]
    assert (state["pauses"], state["blocks"], state["paused_until"]) == (0, 0, 0)


@pytest.mark.parametrize("town", ["broken", "failing"])
def test_failures_in_a_row_close_a_host(first: Crawled, second: Crawled, town: str) -> None:
    # A connection that was kept open and is found to be closed is replaced: the same request may come twice.
    assert len(set(first.asked(town))) == 2 + 4
    assert "4 failures in a row" in " ".join(first.row(town)["reasons"])
    assert second.asked(town) == []


def test_a_budget_ends_the_hosts_part(first: Crawled) -> None:
    assert len(first.asked("many")) == 12
    assert "its budget of 12 requests a run is spent" in " ".join(first.row("many")["reasons"])
    assert len(first.asked("heavy")) == 2 + 2
    assert "bytes a run is spent" in " ".join(first.row("heavy")["reasons"])


def test_what_a_budget_left_is_asked_for_next(second: Crawled) -> None:
    assert {"/info/1/11.htm", "/info/1/14.htm"} <= set(second.asked("many"))


# -- what the registry says, and how a visit ends -------------------------------------------------------------------


def test_https_that_fails_is_replaced_by_http(first: Crawled, second: Crawled) -> None:
    for crawled in (first, second):
        assert crawled.row("bare")["verdict"] == "complete", crawled.row("bare")
        assert ("http://www.bare.gov.cn/info/1/1.htm", 200) in crawled.captures
    assert any(url.startswith("https://www.bare.gov.cn/") for url, _ in first.captures), "https is tried first"
    assert not any(url.startswith("https://www.bare.gov.cn/") for url, _ in second.captures), "and that is remembered"


def test_http_that_leads_back_to_broken_https_ends(first: Crawled) -> None:
    assert first.row("loop")["verdict"] == "nothing-found"
    assert first.asked("loop") == ["/robots.txt", "/zfxxgk/list.htm"]
    assert first.states["www.loop.gov.cn"]["http_until"] == 0


def test_http_that_leads_to_https_that_works_is_not_remembered(first: Crawled, second: Crawled) -> None:
    assert first.states["www.cured.gov.cn"]["http_until"] > time.time()
    assert second.row("cured")["verdict"] == "complete"
    assert second.states["www.cured.gov.cn"]["http_until"] == 0


def test_a_redirect_to_a_host_that_is_left_alone_ends_the_visit(second: Crawled, towns: Towns) -> None:
    assert second.asked("led").count("/info/1/1.htm") == 1
    assert second.outcomes(towns["led"].report(1)) == ["failed"]
    assert second.row("led")["failures"] == {"left alone": 1}
    assert second.row("led")["left"] == 0


def test_the_registrys_proxy_leads_to_robots_too(first: Crawled, proxy: LoopbackProxy) -> None:
    assert first.row("proxied")["verdict"] == "complete"
    assert proxy.requests[0].startswith(b"GET http://www.proxied.gov.cn/robots.txt ")
    assert len(first.asked("proxied")) == 4
    assert len(proxy.requests) >= 4


def test_excluded_addresses_are_not_asked_for(first: Crawled, second: Crawled) -> None:
    assert "/info/1/3.htm" in first.asked("unkept")
    assert "/info/1/2.htm" not in first.asked("unkept"), "neither by a link nor by a redirect"
    assert first.row("unkept")["failed"] == 0
    assert "/info/1/1.htm" in first.asked("date")
    assert "/info/1/1.htm" not in second.asked("date"), "nor one found before it was excluded"
    assert second.row("date")["verdict"] == "complete"


def test_a_known_outage_is_said_and_does_not_count(first: Crawled, second: Crawled) -> None:
    assert first.row("down")["acknowledged"] == "2099-12-31"
    assert first.row("down")["verdict"] == "nothing-found"
    assert second.row("down")["acknowledged"] == "", "after the day it is red again"


def test_a_known_outage_leaves_the_exit_code_alone(third: subprocess.CompletedProcess[str]) -> None:
    assert third.returncode == 0, third.stderr
    assert "nothing-found (known outage until 2099-12-31)" in third.stdout


def test_a_redirect_shell_is_followed_within_the_portal_only(first: Crawled, towns: Towns) -> None:
    assert "/info/1/9.htm" in first.asked("shells")
    assert "/" not in first.asked("shells")
    assert first.asked("elsewhere") == []
    ends = [first.outcomes(towns["shells"].report(number)) for number in (1, 2, 3)]
    assert ends == [["ok"], ["redirect_shell"], ["redirect_shell"]]


def test_a_304_nobody_asked_for_is_a_failure(first: Crawled, towns: Towns) -> None:
    assert first.outcomes(towns["moving"].report(2)) == ["failed"]
