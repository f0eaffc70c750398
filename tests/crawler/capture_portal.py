"""`scrapy capture` against the small portal: the command, its results, and what they point to."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import zlib
from pathlib import Path
from typing import Any

from tests.crawler.program import run, to_replicas
from tests.crawler.small_portal import HOST, Portal, page
from tests.portals.answer import Page

ELSEWHERE = "https://www.linzi.gov.cn"  # a replica that the registry of these tests does not know
STYLE = f"{HOST}/css/a.css"
PAGE = f"{HOST}/about/us.htm"
PLAIN = page(
    "<html><head><title>机构简介</title></head><body><p>这一页只说办公室在哪里，不是年度报告。</p></body></html>"
)


def capture(portal: Portal, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    portal.server.clear_log()
    values: dict[str, object] = {
        **to_replicas(portal.server.connect_to, portal.data_dir),
        "PORTALS": portal.registry,
        "RETRY_TIMES": 0,
        **settings,
    }
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    return run(["capture", *arguments, *options], timeout=60)


def results(process: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """The results of a capture with --json; nothing else may have been printed."""
    return [json.loads(line) for line in process.stdout.splitlines()]


def member(data_dir: Path, place: dict[str, Any]) -> bytes:
    """What a WARC locator cuts out: exactly one gzip member, to its last byte."""
    data = (data_dir / "warc" / place["file"]).read_bytes()[place["offset"] : place["offset"] + place["length"]]
    reader = zlib.decompressobj(wbits=31)
    record = reader.decompress(data)
    assert reader.eof
    assert reader.unused_data == b""
    return record


def rows(data_dir: Path, columns: str, where: str = "1=1", table: str = "requests") -> list[tuple[Any, ...]]:
    with sqlite3.connect(data_dir / "ledger.sqlite") as db:
        return sorted(db.execute(f"SELECT {columns} FROM {table} WHERE {where}").fetchall(), key=repr)


def css(text: str) -> Page:
    return page(text, kind="text/css")


def put_page_with_requisites(portal: Portal) -> list[str]:
    """A page, invented, that needs one of each kind; returns what it needs, but for the page itself."""
    server = portal.server
    server.put(
        PAGE,
        page(
            "<html><head><title>关于我们</title><link rel=stylesheet href='/css/a.css'><link rel='shortcut icon' href=/i.ico>"
            '<link rel=canonical href=/not/this.htm><style>p{background:url( "/st.png" )}</style>'
            "<script src=/js/x.js></script></head><body background=/body.png><p>区政府办公室的地址和电话，以及办公时间。</p>"
            "<a href=/not/that.htm>下一页</a><img src=one.png srcset='/half.png 1x, /whole.png 2x'>"
            "<img src='data:image/png;base64,AA' data-original=/late.png><p style='background:url(/attr.png)'>。</p></body></html>"
        ),
    )
    server.put(
        STYLE, css("@import 'more.css'; /* url(/none.png) */ @font-face{src:url(../f/a.woff)} b{background:url(#x)}")
    )
    server.put(f"{HOST}/css/more.css", css(""))
    for path in (
        "/i.ico",
        "/st.png",
        "/body.png",
        "/about/one.png",
        "/half.png",
        "/whole.png",
        "/late.png",
        "/attr.png",
    ):
        server.put(HOST + path, page(b"\x89PNG" + path.encode(), kind="image/png"))
    server.put(f"{HOST}/js/x.js", page("var s='访问过于频繁，请输入验证码';", kind="application/javascript"))
    server.put(f"{HOST}/f/a.woff", page(b"wOFF", kind="font/woff"))
    paths = "/css/a.css /css/more.css /i.ico /st.png /js/x.js /body.png /about/one.png /half.png /whole.png /late.png /attr.png"
    return sorted([*paths.split(), "/f/a.woff"])
