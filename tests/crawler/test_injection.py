"""Addresses, titles and redirects made to break lines break none: not in the log, the index, the records, or the archive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.acknowledge import LOG_COLUMNS
from tests.crawler.program import records, scrapy
from tests.crawler.small_portal import HOST, START, Portal, article, listing, page

# As a page may write them: what is no control character in the source is one when it is read.
EVIL = {
    "crlf": "&#13;&#10;WARC-Type: response&#13;&#10;",
    "tab": "&#9;a&#9;b",
    "nul": "&#0;\0",
    "escape": "&#27;[31m&#x85;&#x2028;",
    "surrogate": "&#xD800;&#55296;",
    "coded": "%0d%0aWARC-Type:%20response%00%ED%A0%80",
    "quotes": "&quot;,&quot;status&quot;: &quot;200&quot;}\\",
    "chinese": "政府信息公开 年报",
    "gbk": "{GBK}",
    "long": "a" * 100_000,
}
LOCATIONS = {
    "nul": f"{HOST}/info/2/\0a.htm",
    "tab": f"{HOST}/info/2/\ta\tb.htm",
    "cr": f"{HOST}/info/2/\ra.htm",
    "coded": f"{HOST}/info/2/%0d%0aWARC-Type:%20response.htm",
    "latin": f"{HOST}/info/2/\xb0\xa1.htm",
    "no host": "http://\0/",
    "no port": "http://www.smqzf.gov.cn:99999/",
    "brackets": "http://[::1",
    "long": f"{HOST}/info/2/{'a' * 60_000}.htm",
}


def assert_unbroken(data_dir: Path) -> None:
    verified = scrapy("verify", DATA_DIR=data_dir)
    assert (verified.returncode, verified.stdout.count("\n")) == (0, 1), verified.stdout[:2000]
    for log in data_dir.glob("runs/*/crawl.log"):
        for line in log.read_bytes().decode().removesuffix("\n").split("\n"):
            assert line.count("\t") == len(LOG_COLUMNS) - 1
            assert all(part.isprintable() for part in line.split("\t"))
    for file in (*data_dir.glob("runs/*/skipped.jsonl"), *data_dir.glob("reports/*.jsonl")):
        for text in file.read_bytes().removesuffix(b"\n").split(b"\n"):
            assert isinstance(json.loads(text), dict) if text else file.stat().st_size == 0
    for index in data_dir.glob("index/*.cdxj"):
        for entry in index.read_bytes().removesuffix(b"\n").split(b"\n"):
            assert entry.decode("ascii").isprintable()
            assert json.loads(entry.split(b" ", 2)[2])["url"].partition("://")[2].startswith("www.smqzf.gov.cn/")


def test_links_and_titles_of_a_listing(portal: Portal) -> None:
    rows = "".join(
        f'<li><a href="/info/1/{text}{number}.htm" title="{text}">{text}2023年政府信息公开工作年度报告</a></li>'
        for number, text in enumerate(EVIL.values(), start=10)
    )
    body = listing(1, 2, 3, more=f"<ul>{rows}</ul>")
    portal.server.put(START, page(body.body.replace(b"{GBK}", b"\xb0\xa1")))
    result = portal.crawl()
    assert result.returncode in (0, 3), result.stderr
    assert "Traceback" not in result.stderr
    assert len(records(portal.data_dir)) == 3
    assert_unbroken(portal.data_dir)


def test_redirects(portal: Portal, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    addresses = {name: f"{HOST}/info/3/{number}.htm" for number, name in enumerate(LOCATIONS)}
    for name, url in addresses.items():
        portal.server.put(url, page(b"moved", status=302, Location=LOCATIONS[name]))
    listed.write_text("\n".join(addresses.values()))
    settings = {"CONNECT_TO": json.dumps(portal.server.connect_to), "DOWNLOAD_DELAY": 0, "DATA_DIR": portal.data_dir}
    result = scrapy("capture", "-i", str(listed), "--json", **settings)
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == len(LOCATIONS)
    assert_unbroken(portal.data_dir)


@pytest.mark.parametrize("bad", ["\r", "\0", "\t", "\x1b[31m", "\udcff", "\x85", "\u2028"])
def test_addresses_given_by_hand(portal: Portal, tmp_path: Path, bad: str) -> None:
    listed = tmp_path / "list.txt"
    listed.write_bytes(f"{article(1)}{bad}x\n".encode("utf-8", "surrogateescape"))
    settings = {"CONNECT_TO": json.dumps(portal.server.connect_to), "DOWNLOAD_DELAY": 0, "DATA_DIR": portal.data_dir}
    result = scrapy("capture", "-i", str(listed), **settings)
    assert result.returncode == 2
    said = result.stderr.removesuffix("\n").split("\n")
    assert len(said) == 2
    assert all(line.isprintable() for line in said)
    assert "spaces or control characters" in said[0] or "surrogates not allowed" in said[0]
    assert not portal.data_dir.exists()
    assert portal.asked == []
