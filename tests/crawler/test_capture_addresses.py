"""What is given to `scrapy capture` and is no address: named, a line each, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crawler.capture_portal import (
    capture,
    results,
)
from tests.crawler.small_portal import Portal, article

NO_ADDRESSES = {
    "ftp://www.example.gov.cn/a": "http",
    "www.example.gov.cn/a": "http",
    "http:///a": "no host",
    "http://me:secret@www.example.gov.cn/a": "user name",
    "http://www.example.gov.cn/a\r\nX: y": "control characters",
    "http://www.example.gov.cn/a b": "spaces",
    "http://www.example.gov.cn:99999/": "no address",
    "http://[::1/": "no address",
    "http://www.example.gov.cn/" + "a" * 5000: "longer",
}


def test_an_address_that_is_none_is_named_before_anything_is_sent(portal: Portal) -> None:
    process = capture(portal, article(1), *NO_ADDRESSES)
    assert (process.returncode, process.stdout) == (2, "")
    *named, last = process.stderr.splitlines()
    assert len(named) == len(NO_ADDRESSES), "a line each, whatever is in them"
    assert [says for says, line in zip(NO_ADDRESSES.values(), named, strict=True) if says not in line] == []
    assert "secret" not in process.stderr
    assert "9 of 10 addresses cannot be captured; nothing was sent" in last
    assert portal.server.log == []
    assert not portal.data_dir.exists()


def test_bytes_in_a_list_that_are_no_address_are_named(portal: Portal, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_bytes(
        article(1).encode() + b"\nhttp://www.example.gov.cn/\xff\nhttp://www.example.gov.cn/a\x00b\nhttp://x/a\rb\n"
    )
    process = capture(portal, "-i", str(listed))
    assert process.returncode == 2
    assert "3 of 4 addresses cannot be captured" in process.stderr
    assert portal.server.log == []


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"CONNECT_TO": ""}, 2, "CONTACT is missing"),
        ({"REQUISITE_BUDGET": '{"files": 1}'}, 2, "unknown budget"),
        ({"CONNECT_TO": "", "CONTACT": "me@example.org", "DOWNLOAD_DELAY": 1}, 1, ""),
    ],
)
def test_no_anonymous_and_no_inner_request(portal: Portal, settings: dict[str, object], code: int, says: str) -> None:
    process = capture(portal, f"http://127.0.0.1:{portal.server.port}/info/1/1.htm", "--json", **settings)
    assert (process.returncode, says in process.stderr) == (code, True), process.stderr
    assert portal.server.log == []
    if code == 1:
        [one] = results(process)
        assert "127.0.0.1" in one["reason"]
