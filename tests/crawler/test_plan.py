"""What a crawl would ask, and what ``--refetch`` selects; how failures are classed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadFailedError, DownloadTimeoutError

from archive.ledger import Ledger
from archive.rows import FrontierRequest
from crawler.hosts import Hosts, Manners
from crawler.outcomes import KINDS, Outcome, reason_of
from crawler.plan import as_json, as_text, duration, plan_crawl
from crawler.portals import Portal
from crawler.refetch import Refetch
from tests.crawler.test_hosts import settings

ONE = Portal("one", "示例区", "530802", "vsb", ("http://www.one.gov.cn/list.htm",), hosts=("www.one.gov.cn",))
TWO = Portal("two", "示例区", "530802", "trs", ("http://www.two.gov.cn/list/",), hosts=("www.two.gov.cn",))
NOT_OURS = FrontierRequest("vsb", "three", "report", "GET", "http://www.three.gov.cn/a.htm", "parse_article")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    rows = [
        FrontierRequest("vsb", "one", role, "GET", f"http://www.one.gov.cn/{name}", "parse_article")
        for role, name in (("listing", "list.htm"), ("report", "1.htm"), ("report", "2.htm"), ("attachment", "3.pdf"))
    ]
    ledger.begin_with([*rows, NOT_OURS], "run")
    yield ledger
    ledger.close()


def hosts(**states: dict[str, object]) -> Hosts:
    known = {f"www.{name}.gov.cn": state for name, state in states.items()}
    return Hosts(Manners.from_settings(settings()), lambda host: known.get(host, {}))


def test_what_is_due_by_host_and_role(ledger: Ledger) -> None:
    one, two = plan_crawl(ledger, [ONE, TWO], hosts(one={"crawl_delay": 300.0}))
    assert (one.host, one.portals, one.listings, one.reports, one.others) == ("www.one.gov.cn", ["one"], 1, 2, 1)
    assert (one.delay, one.seconds) == (60, 240)
    assert (two.host, two.requests, two.delay) == ("www.two.gov.cn", 1, 2), "a start that was never asked for"
    assert as_text([one, two]).splitlines() == [
        "www.one.gov.cn  4 requests (1 listings, 2 reports, 1 others), at least 4 min at 60 s, its robots.txt asks for 300 s",
        "www.two.gov.cn  1 requests (1 listings, 0 reports, 0 others), at least 2 s at 2 s",
        "in all 5 requests of 2 hosts, at least 4 min, since hosts are asked side by side; listings may lead to more",
    ]


def test_a_host_left_alone_is_not_counted() -> None:
    plans = plan_crawl(None, [ONE, TWO], hosts(one={"paused_until": 4e9, "paused_for": "status 503"}))
    told = as_json(plans)
    assert (told["requests"], told["seconds"]) == (1, 2.0)
    [line] = [line for line in as_text(plans).splitlines() if line.startswith("www.one.gov.cn")]
    assert line.endswith("; status 503; left alone until 2096-10-02T07:06:40Z")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5300, "88 min"), (5400, "1 h 30 min"), (11100, "3 h 05 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "all=1",
        "portal=",
        "portal=three",
        "year=23",
        "year=二〇二三",
        "year=２０２３",
        "older=nan",
        "older=-1",
        "older=x",
    ],
)
def test_what_is_no_refetch(text: str) -> None:
    with pytest.raises(ValueError, match=f"^--refetch {text}: "):
        Refetch.of(text, [ONE, TWO])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("url=*/a_b%?.htm", "%/a\\_b\\%_.htm"),
        ("host=WWW.ONE.gov.cn", "www.one.gov.cn"),
        ("year=2023", "2023"),
        ("all", ""),
    ],
)
def test_refetch(text: str, value: str) -> None:
    assert Refetch.of(text, [ONE]).value == value


def test_every_outcome_but_a_postponement_means_something() -> None:
    assert set(Outcome) - set(KINDS) == {Outcome.POSTPONED}


def test_reasons() -> None:
    inner = DownloadFailedError("broken off")
    inner.__cause__ = DownloadTimeoutError("too slow")
    assert reason_of(DownloadConnectionRefusedError("no")) == "refused"
    assert reason_of(DownloadFailedError("[('SSL routines', '', 'handshake failure')]")) == "tls"
    assert reason_of(inner) == "broken"
    assert reason_of(KeyError("x")) == "other"
