"""What is given to `scrapy capture` and is no address: named, a line each, before anything is sent."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crawler.capture_portal import (
    PLAIN,
    capture,
    results,
)
from tests.crawler.program import ROOT, command, to_replicas
from tests.crawler.small_portal import Portal, article
from tests.portals.pages import load_sites
from tests.portals.server import ReplicaServer

NO_ADDRESSES = {
    "ftp://www.example.gov.cn/a": "http",
    "www.example.gov.cn/a": "http",
    "http:///a": "no host",
    "http://www.example.gov.cn:0/": "port 0",
    "//www.example.gov.cn/a": "http",
    "file:///etc/passwd": "http",
    "data:text/html,a": "http",
    "http://www.example.gov.cn/a\u2028b": "control characters",
    f"http://{'例' * 70}.gov.cn/": "no address",
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
    assert f"{len(NO_ADDRESSES)} of {len(NO_ADDRESSES) + 1} addresses cannot be captured; nothing was sent" in last
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


def test_a_list_is_read_whoever_wrote_it(portal: Portal) -> None:
    """With a byte order mark, both ends of lines, blank lines, comments, an address twice, from standard input."""
    values = {**to_replicas(portal.server.connect_to, portal.data_dir), "PORTALS": portal.registry}
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    listed = (
        f"\ufeff# 年报\r\n{article(1)}\r\n\r\n  {article(2)}\t\n#{article(3)}\n{article(1)}\n{article(2)}#a".encode()
    )
    process = subprocess.run(
        command("capture", "-i", "-", *options), cwd=ROOT, input=listed, capture_output=True, check=False, timeout=60
    )
    assert process.returncode == 0, process.stderr
    told = [line.split("\t") for line in process.stdout.decode().splitlines()]
    assert [line[3] for line in told] == [article(1), article(2), article(1), f"{article(2)}#a"]
    assert told[0] == told[2]
    assert portal.asked == ["/info/1/1.htm", "/info/1/2.htm"], "each once"


def test_a_host_in_chinese_is_asked_for_by_its_name_in_the_network(tmp_path: Path) -> None:
    sites = {"chinese": replace(next(iter(load_sites().values())), host="www.xn--fsqu00a.gov.cn")}
    with ReplicaServer(sites=sites) as server:
        portal = Portal(server, tmp_path)
        server.put("http://www.xn--fsqu00a.gov.cn/%E5%B9%B4.htm", PLAIN)
        [one] = results(capture(portal, "http://www.例子.gov.cn/年.htm", "--json"))
    assert (one["url"], one["status"]) == ("http://www.例子.gov.cn/年.htm", 200)
    assert one["answered_by"] == "http://www.xn--fsqu00a.gov.cn/%E5%B9%B4.htm"


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_a_list_that_cannot_be_read_is_one_line(portal: Portal, tmp_path: Path, name: str) -> None:
    process = capture(portal, "-i", str(tmp_path / name))
    assert (process.returncode, len(process.stderr.splitlines())) == (2, 1)
    assert not portal.data_dir.exists()


ODD_HOSTS = [
    "a..b",
    ".gov.cn",
    "a%00b",
    "a%0d%0aX",
    "a<b>",
    "a|b",
    "*",
    "-",
    "a;b",
    "[v1.x]",
    "xn--zzzzzz.cn",
    "a.b.",
]


def test_an_odd_host_has_a_line_and_injects_nothing(portal: Portal) -> None:
    process = capture(portal, *(f"http://{host}/" for host in ODD_HOSTS), article(1), "--json")
    found = results(process)
    assert (process.returncode, len(found), found[-1]["status"]) == (1, len(ODD_HOSTS) + 1, 200), process.stderr
    assert "Traceback" not in process.stderr
    for exchange in portal.server.log:
        assert b"\r\nX:" not in exchange.request
        assert b"\x00" not in exchange.request
