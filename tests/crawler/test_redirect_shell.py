"""Redirect shells lead where they literally say, or nowhere."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.redirect_shell import MAX_SHELL_BYTES, redirect_target, sets_cookie_and_goes_on
from tests.portals.pages import load_sites

BASE = "http://www.example.gov.cn/zwgk/index.html"
HOST = "http://www.example.gov.cn"
SAMPLE = Path(__file__).parents[1] / "fixtures" / "listings" / "page_class" / "redirect_shell_200.html"


def script(code: str) -> bytes:
    return f"<html><head><script>{code}</script></head><body></body></html>".encode()


def meta(content: str) -> bytes:
    return f'<html><head><meta http-equiv="refresh" content="{content}"></head></html>'.encode()


def test_the_sample() -> None:
    assert redirect_target(SAMPLE.read_bytes(), BASE) == f"{HOST}/bjxx/xzjd/zfxxgk/"


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ('location.href="/a/"', "/a/"),
        ("location.href='/a/';", "/a/"),
        ('window.location.href = "/a/" ;', "/a/"),
        ('window.location="/a/"', "/a/"),
        ('window.location\n=\n"/a/"\n', "/a/"),
        ('self.location="/a/"', "/a/"),
        ('top.location.href="/a/"', "/a/"),
        ('document.location="/a/"', "/a/"),
        ('parent.window.location="/a/"', "/a/"),
        ('location="/a/"', "/a/"),
        ('location.replace("/a/")', "/a/"),
        ('window.location.replace( "/a/" );', "/a/"),
        ('location.assign("/a/")', "/a/"),
        ('location.href="b.html"', "/zwgk/b.html"),
        ('location.href="../b/"', "/b/"),
        ('location.href="./"', "/zwgk/"),
        ('location.href="?page=1&&b=2"', "/zwgk/index.html?page=1&&b=2"),
        ('location.href="/a/#top"', "/a/"),
        (r'location.href="\/a\/"', "/a/"),
        (r'location.href="\x2fa\u002f"', "/a/"),
        ('location.href=" /a/ "', "/a/"),
        ('location.href="/年报/index.html"', "/%E5%B9%B4%E6%8A%A5/index.html"),
        ('location.href="/a b/%20"', "/a%20b/%20"),
        ('location.href="/if/for(/"', ""),
        ('window.onload=function(){location.href="/a/"}', "/a/"),
        ('function go(){location.href="/a/"}\nsetTimeout(go,3000)', "/a/"),
        ("setTimeout(\"location.href='/a/'\",3000)", "/a/"),
        ('<!--\nlocation.href="/a/"\n//-->', "/a/"),
        ('//location.href="/old/"\nlocation.href="/a/"', "/a/"),
        ('/*location.href="/old/";*/location.href="/a/"', "/a/"),
        ('var u="http://x/";location.href="/a/"', "/a/"),
        ('location.href="/a/"\nvar x=1', "/a/"),
        ('location.href="/a/";location.replace("/a/")', "/a/"),
        ('try{location.href="/a/"}catch(e){}', "/a/"),
    ],
)
def test_literal_targets(code: str, target: str) -> None:
    assert redirect_target(script(code), BASE) == (HOST + target if target else "")


@pytest.mark.parametrize(
    ("code", "url"),
    [
        ('location.href="https://other.gov.cn"', "https://other.gov.cn/"),
        ('location.href="//other.gov.cn/a"', "http://other.gov.cn/a"),
        ('location.href="http://other.gov.cn:8080/a?b=%E4%B8%AD"', "http://other.gov.cn:8080/a?b=%E4%B8%AD"),
        ('location.href="http://年报.中国/"', "http://xn--3lqp0r.xn--fiqs8s/"),
        ('location.href="HTTPS://Other.gov.cn/A"', "https://other.gov.cn/A"),
    ],
)
def test_targets_elsewhere(code: str, url: str) -> None:
    found = redirect_target(script(code), BASE)
    assert found == url or (url.startswith("http://xn--") and re.fullmatch(r"http://xn--[a-z0-9]+\.xn--fiqs8s/", found))


@pytest.mark.parametrize(
    "code",
    [
        'location.href="/a/"+id',
        'location.href="/a/"\n+id',
        'location.href="/a/".concat(id)',
        'location.href=base+"/a/"',
        "location.href=url",
        "location.href=`/a/`",
        "location.href=location.pathname+location.search",
        'location.replace("/a/"+id)',
        "location.replace(decodeURIComponent('%2Fa'))",
        'location.replace("/a/",true)',
        'if(mobile)location.href="/m/"',
        'location.href=mobile?"/m/":"/a/"',
        'mobile&&(location.href="/m/")',
        "eval(\"location.href='/a/'\")",
        'document.write("<p>");location.href="/a/"',
        'document.cookie="a=1";location.href="/a/"',
        'location.href="/a/";var c=document.cookie',
        "location.reload()",
        'location.href="/a/";location.reload()',
        'location.href="/a/";location.href="/b/"',
        'location.href="/a/";location.href=url',
        'location.href=="/a/"',
        'mylocation.href="/a/"',
        'page.location.href="/a/"',
        'location.hash="/a/"',
        '//location.href="/a/"',
        '/*location.href="/a/"',
        'location.href="/a/',
        r'location.href="/a\n/"',
        'location.href=""',
        'location.href="#"',
        f'location.href="{BASE}"',
        f'location.href="{BASE}#a"',
        'location.href="index.html"',
        'location.href="javascript:go()"',
        'location.href="javascript:void(0)"',
        'location.href="data:text/html,a"',
        'location.href="ftp://other.gov.cn/"',
        'location.href="file:///etc/passwd"',
        'location.href="mailto:a@b.cn"',
        'location.href="about:blank"',
        'location.href="http://user:word@other.gov.cn/"',
        'location.href="http://other.gov.cn:port/"',
        'location.href="http://[other/"',
        'location.href="http:///a"',
        'location.href="http://a b/"',
        r'location.href="/\ud800/"',
        r'location.href="\\\\other\\a"',
    ],
)
def test_what_is_computed_or_no_address_leads_nowhere(code: str) -> None:
    assert redirect_target(script(code), BASE) == ""


@pytest.mark.parametrize(
    ("body", "target"),
    [
        (meta("0;url=/a/"), "/a/"),
        (meta("0; URL=/a/"), "/a/"),
        (meta("5;url='/a/'"), "/a/"),
        (meta("0.5, url = /a/"), "/a/"),
        (meta("1 /a/"), "/a/"),
        (meta("000;url=/a/?b=1&amp;c=2"), "/a/?b=1&c=2"),
        (b"<META content='0;url=/a/' HTTP-EQUIV='Refresh'/>", "/a/"),
        (b"<meta http-equiv=refresh content=0;url=/a/>", "/a/"),
        (meta("6;url=/a/"), ""),
        (meta("10;url=/a/"), ""),
        (meta("1" * 5000 + ";url=/a/"), ""),
        (meta("0"), ""),
        (meta("0;url="), ""),
        (meta("url=/a/"), ""),
        (meta("0;url=javascript:go()"), ""),
        (meta("0;url=/a/") + meta("0;url=/b/"), ""),
        (meta("0;url=/a/") + script('location.href="/a/"'), "/a/"),
        (meta("0;url=/a/") + script('location.href="/b/"'), ""),
        (meta("0;url=/a/") + script('document.cookie="a=1"'), ""),
        (b"<base href='/b/'>" + meta("0;url=a/"), ""),
        (b"<noscript>" + meta("0;url=/a/") + b"</noscript>", ""),
        (b"<!--" + meta("0;url=/a/") + b"-->", ""),
        (b"<!--" + script('location.href="/a/"') + b"-->", ""),
        (b"<script type='text/template'>location.href='/a/'</script>", ""),
        (b"<script type='text/javascript'>location.href='/a/'</script>", "/a/"),
        (b"<SCRIPT LANGUAGE=javascript>location.href='/a/'</SCRIPT>", "/a/"),
        (b"<script src='a.js'>location.href='/a/'</script>", ""),
        (b"<script>location.href='/a/'", "/a/"),
        (b"<body onload=\"location.href='/a/'\">", "/a/"),
        (b"<body onload='location.href=&quot;/a/&quot;'>", "/a/"),
        (b"<a onclick=\"location.href='/a/'\">a</a>", ""),
        (script('location.href="/a/"') + b" " * MAX_SHELL_BYTES, ""),
        (b"", ""),
        (b"location.href='/a/'", ""),
    ],
)
def test_pages(body: bytes, target: str) -> None:
    assert redirect_target(body, BASE) == (HOST + target if target else "")


def test_a_page_in_gbk() -> None:
    body = '<title>正在跳转</title><script>location.href="/a/";</script>'.encode("gb18030")
    assert redirect_target(body, BASE) == f"{HOST}/a/"


def test_the_page_s_own_address_is_compared_as_it_is_sent() -> None:
    assert redirect_target(script('location.href="/年报/"'), f"{HOST}/%E5%B9%B4%E6%8A%A5/#a") == ""
    assert (
        redirect_target(script('location.href="https://www.example.gov.cn/a"'), f"{HOST}/a")
        == "https://www.example.gov.cn/a"
    )


@pytest.mark.parametrize("base", ["", "about:blank", "/a/", "http://[", "ftp://example.gov.cn/"])
def test_a_base_that_is_no_page(base: str) -> None:
    assert redirect_target(script('location.href="/a/"'), base) == ""


def test_cookie_challenges() -> None:
    assert sets_cookie_and_goes_on("<script>document.cookie='a=1';location.reload()</script>")
    assert sets_cookie_and_goes_on("<script>document.cookie = a; window.location.href = location.href</script>")
    assert not sets_cookie_and_goes_on("<script>document.cookie='a=1'</script>")
    assert not sets_cookie_and_goes_on("<script>if (document.cookie == '') location.reload()</script>")
    assert not sets_cookie_and_goes_on("<script>//document.cookie='a=1';location.reload()</script>")


def test_no_page_of_the_replicas_leads_elsewhere() -> None:
    for site in load_sites().values():
        for path, page in site.pages.items():
            assert redirect_target(page.body, site.url(path)) == "", path


PIECES = st.sampled_from(
    [
        *(
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "<meta http-equiv=refresh content=",
            "0;url=",
            ">",
            "<noscript>",
            "<body onload=",
        ),
        *(
            "location",
            ".href",
            "=",
            ".replace(",
            ")",
            '"',
            "'",
            "\\",
            "/*",
            "*/",
            "//",
            "\n",
            "+",
            "?",
            ";",
            "window.",
            "document.cookie",
        ),
        *(
            "http://",
            "https:",
            "/a/",
            "//b",
            "[",
            "]",
            ":",
            "@",
            "%",
            "#",
            "\\ud800",
            "\\x",
            "年",
            "\ud7ff",
            "\x00",
            " ",
            "&#x41;",
            ".",
        ),
    ]
)


@given(
    st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=40).map(lambda pieces: "".join(pieces).encode())),
    st.sampled_from([BASE, "", "http://[", "https://a.cn"]),
)
def test_anything_gives_an_address_or_none(body: bytes, base: str) -> None:
    target = redirect_target(body, base)
    assert target == "" or re.fullmatch(r"https?://[a-z0-9._:\[\]-]+/[!-~]*", target)
    assert "#" not in target


@given(st.lists(PIECES, max_size=6), st.lists(PIECES, max_size=6))
def test_any_target_within_a_shell(target: list[str], after: list[str]) -> None:
    found = redirect_target(script(f'location.href="{"".join(target)}"{"".join(after)}'), BASE)
    assert found == "" or re.fullmatch(r"https?://[a-z0-9._:\[\]-]+/[!-~]*", found)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<script>",
            "<script ",
            "<!--",
            "<",
            "<noscript>",
            "<meta ",
            '<meta a="',
            "a",
            "a=",
            "a ",
            " ",
            "<body onload='",
        ),
        *(
            "<script>/*",
            '<script>"\\',
            "location",
            "location=",
            "window.",
            "window . ",
            "location.href='",
            '"',
            "'\"",
            "//",
            "/*",
            "\\",
        ),
    ],
)
def test_hostile_shells_take_linear_time(piece: str) -> None:
    for opening in ("", "<script>", "<meta http-equiv=refresh content="):
        body = (opening + piece * MAX_SHELL_BYTES)[:MAX_SHELL_BYTES].encode()
        began = time.process_time()
        redirect_target(body, BASE)
        assert time.process_time() - began < 0.2
