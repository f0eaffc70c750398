"""What an answer to a request for robots.txt allows (RFC 9309)."""

from __future__ import annotations

import asyncio
import time

import pytest
from protego import Protego
from scrapy.http import Response

from crawler.robots import MAX_ROBOTS_BYTES, is_old, read_robots

AGENT = "ogi-archive/0.1.0 (+archive@example.org)"
PAGE = "http://www.example.gov.cn/zfxxgknb/"
CHALLENGE = b"<html><script r='m'>$_ts=window['$_ts'];$_ts.cd=\"x\";</script></html>"


def robots(status: int, body: bytes) -> Protego | str:
    found = read_robots(Response("http://www.example.gov.cn/robots.txt", status=status, body=body))
    return found if isinstance(found, str) else Protego.parse(found.decode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /zfxxgknb/", False),
        (200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /", False),
        (200, b"User-agent: OGI-Archive\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        (200, b"User-agent: *\nDisallow: /\nAllow: /zfxxgknb/", True),
        (200, b"User-agent: *\nDisallow: /was5/", True),
        (200, "<html><title>系统提示</title>页面未找到</html>".encode(), True),
        (200, b"", True),
        (404, b"User-agent: *\nDisallow: /", True),
        (403, b"forbidden", True),
    ],
)
def test_what_is_allowed(status: int, body: bytes, allowed: bool) -> None:
    rules = robots(status, body)
    assert isinstance(rules, Protego)
    assert rules.can_fetch(PAGE, AGENT) is allowed


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (503, b"busy"), (412, CHALLENGE), (521, CHALLENGE), (200, CHALLENGE)]
)
def test_unreachable(status: int, body: bytes) -> None:
    assert isinstance(robots(status, body), str)


def test_a_long_robots_is_cut_at_the_end_of_a_line() -> None:
    line = b"Disallow: /zfxxgk/"
    body = b"User-agent: *\n" + (line + b"\n") * (MAX_ROBOTS_BYTES // len(line))
    read = read_robots(Response("http://www.example.gov.cn/robots.txt", body=body))
    assert isinstance(read, bytes)
    assert len(read) <= MAX_ROBOTS_BYTES
    assert read.endswith(b"\n" + line)


def test_429_for_robots_is_no_permission() -> None:
    assert read_robots(Response("http://www.example.gov.cn/robots.txt", status=429)) == "status 429, refusal"


def test_a_long_run_asks_again() -> None:
    async def known(until: float) -> asyncio.Future[tuple[Protego | str, float]]:
        future: asyncio.Future[tuple[Protego | str, float]] = asyncio.get_running_loop().create_future()
        assert not is_old(future), "it is under way"
        future.set_result(("", until))
        return future

    assert is_old(asyncio.run(known(time.monotonic() - 1)))
    assert not is_old(asyncio.run(known(time.monotonic() + 60)))
