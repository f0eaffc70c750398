"""Real pages on portals that protect themselves are pages, whatever their protection leaves in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from scrapy.http import Headers

from crawler.page_class import PageClass, classify
from crawler.page_text import decode_page
from tests.crawler.test_page_class import SCRIPTS
from tests.portals.pages import load_sites, seed_answer
from tests.portals.seeds import ADDRESSES
from tests.portals.site import Kind

LEFT_BEHIND = (
    SCRIPTS,
    "<script>function warn(){alert('您的访问过于频繁，页面不存在，该信息已被删除，请先登录，请输入验证码，系统维护')}</script>",
    "<script>document.cookie='a=1';location.reload()</script>",
    '<meta http-equiv="refresh" content="0;url=/m/">',
    "<script src='/cdn-cgi/challenge-platform/a.js'></script><script>acw_sc__v2</script>",
    "<!-- 网站云防护系统 系统维护 502 Bad Gateway 您访问的页面不存在 -->",
    "<form style='display:none'><input type='password' id='codeValue' placeholder='请输入验证码'></form>",
)
PROTECTED = Headers({"Set-Cookie": ["yd_cookie=1", "acw_sc__v2=2", "C3VK=1", "wzws_sessionid=1"]})


@pytest.mark.parametrize("portal", load_sites())
def test_pages_of_the_replicas_are_pages(portal: str) -> None:
    site = load_sites()[portal]
    kinds = {entry.url: entry.kind for entry in site.entries}
    seen = 0
    for path, page in site.pages.items():
        if not page.body:
            continue  # a redirect
        kind = kinds.get(site.url(path), Kind.LISTING)
        role = {Kind.LISTING: "listing", Kind.ATTACHMENT: "attachment"}.get(kind, "report")
        encoding = "gb18030" if b"charset=gb" in page.body[:1024].lower() else "utf-8"
        for scripts in ("", *LEFT_BEHIND, "".join(LEFT_BEHIND)):
            body = page.body.replace(b"<head>", b"<head>" + scripts.encode(encoding), 1)
            answers: tuple[Mapping[Any, Any], ...] = ({}, PROTECTED)
            for headers in answers:
                found = classify(200, headers, body, site.url(path), role)
                assert found.usable, (path, role, scripts, found)
                seen += 1
            if body == page.body and scripts:
                break  # no head: data
    assert seen > 100


@pytest.mark.parametrize("stem", ADDRESSES)
def test_the_seeds_are_pages_whatever_is_left_in_them(stem: str) -> None:
    source = decode_page(seed_answer(stem).body)
    for scripts in LEFT_BEHIND:
        for place in ("</head>", "<body", "</body>"):
            body = source.replace(place, scripts + place, 1).encode()
            for role, expected in (("report", PageClass.PAGE), ("listing", PageClass.LISTING)):
                assert classify(200, PROTECTED, body, ADDRESSES[stem], role) is expected
