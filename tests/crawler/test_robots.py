"""What an answer to a request for robots.txt allows (RFC 9309)."""

from __future__ import annotations

import pytest
from protego import Protego
from scrapy.http import Response

from crawler.robots import read_robots

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
