"""The replay index: its keys, what is in it, and that every line slices exactly one member."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from archive.cdxj import read_lines, surt_key
from tests.archive.exchanges import VARIED, exchange, new_writer


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.Linzi.GOV.cn/", "cn,gov,linzi)/"),
        ("https://www2.linzi.gov.cn:443/a/b/", "cn,gov,linzi)/a/b"),
        ("http://linzi.gov.cn:8080/A/../B/./c//d", "cn,gov,linzi:8080)/b/c/d"),
        ("http://linzi.gov.cn/x?b=2&A=1&a=0#frag", "cn,gov,linzi)/x?a=0&a=1&b=2"),
        ("http://linzi.gov.cn/x?", "cn,gov,linzi)/x"),
        ("http://linzi.gov.cn/%E5%B9%B4%e6%8a%a5", "cn,gov,linzi)/%e5%b9%b4%e6%8a%a5"),
        ("http://linzi.gov.cn/%C4%EA?q=%2541", "cn,gov,linzi)/%c4%ea?q=a"),
        ("http://linzi.gov.cn/a%2Fb%23c", "cn,gov,linzi)/a/b%23c"),
        ("http://linzi.gov.cn/a?jsessionid=" + "0aB1" * 8 + "&x=1", "cn,gov,linzi)/a?x=1"),
        ("http://linzi.gov.cn/(S(" + "abcd1234" * 3 + "))/p.aspx", "cn,gov,linzi)/p.aspx"),
        ("http://127.0.0.1:80/a", "127.0.0.1)/a"),
        ("http://user:pw@linzi.gov.cn", "cn,gov,linzi)/"),
    ],
)
def test_surt_keys(url: str, key: str) -> None:
    assert surt_key(url) == key


def test_every_line_slices_one_member_and_only_whole_answers_have_one(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    refs, original = {}, None
    for name, one in VARIED.items():
        one = exchange(
            one.received, **{key: getattr(one, key) for key in ("sent", "truncated", "refers_to", "complete")}
        )
        one.url = f"http://www.example.gov.cn/{name}"
        ref = writer.append(one)
        refs[ref.offset] = name
        original = ref if name == "plain" else original
    again = exchange(url="http://www.example.gov.cn/again", refers_to=original)
    refs[writer.append(again).offset] = "again"
    writer.append(exchange(b"HTTP/1.1 304 Not Modified\r\n\r\n", url="http://www.example.gov.cn/unreferred"))
    name, _ = writer.position
    writer.close()
    warc = (tmp_path / "warc" / name).read_bytes()
    lines = (tmp_path / "index" / f"{name}.cdxj").read_bytes().splitlines(keepends=True)
    assert lines == sorted(lines)
    assert lines == sorted(read_lines(tmp_path / "warc" / name))
    indexed = set()
    for line in lines:
        key, timestamp, fields = line.decode().split(" ", 2)
        entry = json.loads(fields)
        offset, length = int(entry["offset"]), int(entry["length"])
        record = gzip.decompress(warc[offset : offset + length])
        # decompressing refuses a cut member; a second one would bring a second record
        assert record.count(b"WARC/1.1\r\nWARC-Type: ") == 1
        assert f"WARC-Target-URI: {entry['url']}\r\n".encode() in record
        assert key == surt_key(entry["url"])
        assert timestamp == "20260131235959"
        assert entry["filename"] == name
        assert entry["mime"] == {"plain": "text/html", "again": "warc/revisit"}.get(refs[offset], "unk")
        assert entry["status"] == ("404" if refs[offset] == "missing" else "200")
        indexed.add(refs[offset])
    assert indexed == {"plain", "again", "chunked", "chunked-gzip", "bare-lf", "empty", "missing", "interim"}
