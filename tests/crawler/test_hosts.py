"""The state of a host: its delay, its pauses, its budgets; and the settings they come from."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from scrapy.settings import BaseSettings, Settings

from crawler import settings as project
from crawler.hosts import BUSY_PAUSE, MAX_PAUSE, Host, Hosts, Manners
from crawler.numbers import LEAST, LEAST_WHOLE, check_numbers


def settings(**values: object) -> BaseSettings:
    found = Settings()
    found.setmodule(project)
    for name, value in values.items():
        found.set(name, value)
    return found


def host(**values: object) -> Host:
    return Host("www.example.gov.cn", Manners.from_settings(settings(**values)))


def left(one: Host) -> int:
    return round(one.wait())


@pytest.mark.parametrize(
    ("crawl_delay", "latency", "expected"),
    [(0, 0, 2), (0, 1.5, 2), (0, 5, 5), (0, 100, 30), (10, 5, 10), (300, 0, 60)],
)
def test_delay(crawl_delay: float, latency: float, expected: float) -> None:
    one = host()
    one.crawl_delay, one.latency = crawl_delay, latency
    assert one.delay == expected


def test_a_delay_of_none_is_kept_at_none() -> None:
    one = host(DOWNLOAD_DELAY=0)
    one.answered(5.0, 100)
    assert one.delay == 0


def test_the_delay_follows_the_time_of_answers() -> None:
    one = host()
    one.answered(10.0, 100)
    assert one.delay == 10
    for _ in range(30):
        one.answered(0.1, 100)
    assert one.delay == 2


def test_the_longest_crawl_delay_of_a_host_counts() -> None:
    one = host()
    one.wants_delay("https://www.example.gov.cn", 20.0)
    one.wants_delay("http://www.example.gov.cn", 0.0)
    assert one.delay == 20
    one.wants_delay("https://www.example.gov.cn", float("nan"))
    assert one.delay == 2


def test_a_request_that_waited_counts_from_when_it_went_out() -> None:
    one = host()
    one.asked()
    asked = one.last_request
    one.sent(-30.0)
    assert one.last_request > asked + 29
    one.sent(1000.0)
    assert one.last_request > asked + 29, "it is never earlier"


def test_block_pages_in_a_row_close_a_host() -> None:
    one = host()
    for _ in range(2):
        one.blocked("challenge")
    one.served()
    for _ in range(2):
        one.blocked("challenge")
    assert not one.wait()
    one.blocked("challenge")
    assert 1800 <= left(one) <= 1980
    assert one.closed.startswith("3 block pages in a row, the last a challenge; left alone until 20")


def test_each_pause_that_is_too_short_doubles_the_next() -> None:
    one = host(HOST_PAUSE=100, HOST_MAX_WAIT=150)
    for seconds in (100, 200, 400):
        one.paused_until = 0
        for _ in range(3 if seconds == 100 else 1):
            one.blocked("challenge")
        assert seconds <= left(one) <= seconds * 1.1
        assert bool(one.closed) == (seconds > 150)
    one.pauses = 5000
    one.blocked("challenge")
    assert left(one) == MAX_PAUSE
    one.served()
    assert (one.wait(), one.pauses) == (0, 0)


def test_server_errors_in_a_row_close_a_host() -> None:
    one = host()
    for _ in range(5):
        assert not one.closed
        one.answered(0.1, 10)  # an answer, but none that helps
        one.failed("status 500")
    assert "5 failures in a row, the last: status 500" in one.closed


@pytest.mark.parametrize("help_comes", ["served", "works", "blocked"])
def test_an_answer_ends_a_row_of_failures(help_comes: str) -> None:
    one = host()
    for _ in range(4):
        one.failed("timeout")
    getattr(one, help_comes)(*["challenge"] * (help_comes == "blocked"))
    one.failed("timeout")
    assert not one.closed


@pytest.mark.parametrize(("asked_for", "expected"), [(None, BUSY_PAUSE), (2.0, 2), (0.0, 1), (120.0, 120)])
def test_a_busy_host_is_left_alone_longer_each_time(asked_for: float | None, expected: float) -> None:
    one = host(HOST_MAX_WAIT=10_000)
    for times in (1, 2, 4):
        one.paused_until = 0
        one.busy(503, asked_for)
        assert expected * times <= one.wait() + 0.1 <= expected * times * 1.1 + 0.2


def test_a_pause_too_long_to_be_waited_for_closes_the_host() -> None:
    one = host()
    one.busy(429, 299.0 / 1.1)
    assert not one.closed
    one.served()
    one.busy(429, 3600.0)
    assert one.closed.startswith("status 429, Retry-After 3600 s; left alone until 20")


@pytest.mark.parametrize("budget", ["requests", "bytes", "seconds", "errors"])
def test_a_budget_that_is_spent_closes_the_host(budget: str) -> None:
    one = host(HOST_BUDGET=json.dumps({budget: 3}), HOST_ERROR_LIMIT=99)
    for _ in range(2):
        one.asked()
        one.answered(1.0, 1)
        one.failed("status 500")
        one.check_budget()
    assert not one.closed
    one.asked()
    one.failed("timeout", 1.0)
    one.answered(0.0, 1)
    one.check_budget()
    assert one.closed == f"its budget of 3 {budget} a run is spent"


def test_what_is_remembered_comes_back_and_a_run_begins_with_whole_budgets() -> None:
    one = host()
    one.asked()
    one.wants_delay("http://www.example.gov.cn", 20.0)
    one.busy(503, 3600.0)
    memory: dict[str, Any] = json.loads(json.dumps(one.as_state()))
    hosts = Hosts(one.manners, lambda _: {**memory, "of a later version": 1})
    again = hosts.get("www.example.gov.cn")
    assert again.as_state() == one.as_state()
    assert hosts.closed() == {"www.example.gov.cn": again.pause_note()}
    assert again.spent["requests"] == 0
    memory["paused_until"] = time.time() - 1
    assert not Hosts(one.manners, lambda _: memory).get("www.example.gov.cn").closed


@pytest.mark.parametrize("name", [*LEAST, *LEAST_WHOLE])
def test_settings_that_are_no_numbers(name: str) -> None:
    least = {**LEAST, **LEAST_WHOLE}[name]
    check_numbers(settings(**{name: least}))
    for value in ("abc", "", None, "nan", "inf", least - 1):
        with pytest.raises(ValueError, match=f"^{name} must be a (whole )?number, .* or more, not ") as refused:
            check_numbers(settings(**{name: value}))
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('{"pages": 1}', 'unknown budget "pages": budgets are requests, bytes, seconds, errors'),
        ('{"bytes": -1}', "bytes must be a number, 0 or more, not -1"),
        ('{"bytes": NaN}', "bytes must be a number"),
        ('{"bytes": true}', "bytes must be a number"),
        ('{"bytes": "1"}', "bytes must be a number"),
        ("abc", "must be an object"),
        ("[1]", "must be an object"),
    ],
)
def test_a_budget_that_is_none(value: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^HOST_BUDGET") as refused:
        host(HOST_BUDGET=value)
    assert words in str(refused.value)
