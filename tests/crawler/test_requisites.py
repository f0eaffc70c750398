"""What a page needs to be displayed, found in its bytes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Response, TextResponse

from crawler.requisites import MAX_SEARCHED, find_requisites

BASE = "http://www.example.gov.cn/a/b.htm"
HOST = "http://www.example.gov.cn"


def found(body: str | bytes, url: str = BASE) -> list[str]:
    return find_requisites(HtmlResponse(url, body=body if isinstance(body, bytes) else body.encode()))


def in_css(text: str) -> list[str]:
    headers = {"Content-Type": "text/css"}
    return find_requisites(TextResponse(f"{HOST}/css/a.css", body=text.encode(), headers=headers))


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ("<link rel=stylesheet href=x.css>", ["/a/x.css"]),
        ("<link rel='alternate StyleSheet' href='/x.css?v=1#f'>", ["/x.css?v=1"]),
        ("<link rel=icon href=/i.ico><link rel=next href=/2.htm>", ["/i.ico"]),
        ("<script src=//www.example.gov.cn/s.js></script><script>src='/no.js'</script>", ["/s.js"]),
        ("<img src=' 1.png '><img src='1.png'>", ["/a/1.png"]),
        ("<img srcset='1.png, 2.png 2x,\n3.png 300w'>", ["/a/1.png", "/a/2.png", "/a/3.png"]),
        ("<picture><source srcset='/1,2.webp 1x'></picture>", ["/1,2.webp"]),
        ("<base href='/c/'><img src=1.png>", ["/c/1.png"]),
        ("<img srcset='data:image/png;base64,AA 1x, /2.png 2x'>", ["/2.png"]),
        ("<base target=_blank><base href='/c/'><base href=/d/><img src=1.png>", ["/c/1.png"]),
        ("<base href='data:x'><img src=1.png>", ["/a/1.png"]),
        ("<td background=1.gif><tr background=2.gif>", ["/a/1.gif", "/a/2.gif"]),
        (
            "<link rel=preload as=font href=/f.woff2><link rel=preload as=image imagesrcset='/1.png 1x'>",
            ["/f.woff2", "/1.png"],
        ),
        ("<video src=/a.mp4 poster=/p.png><track src=/t.vtt></video>", ["/p.png", "/a.mp4", "/t.vtt"]),
        (
            "<audio src=/a.mp3></audio><video><source src=/b.webm></video><img src=/1.png>",
            ["/1.png", "/a.mp3", "/b.webm"],
        ),
        ("<svg><use xlink:href='/s.svg#a'/><use href='#b'/><image href=/1.png /></svg>", ["/s.svg", "/1.png"]),
        (
            "<img src=/blank.gif data-src=/1.png><img _src=/2.png><img lay-src=/3.png>",
            ["/blank.gif", "/1.png", "/2.png", "/3.png"],
        ),
        (
            "<div data-bg=/1.png data-background-image=/2.png></div><source data-srcset='/3.png 2x'>",
            ["/1.png", "/2.png", "/3.png"],
        ),
        ("<object><param name=movie value=/a.swf></object>", ["/a.swf"]),
        ("<noscript><img src=/1.png></noscript>", ["/1.png"]),
        ("<style>a{b:image-set('/1.png' 1x)}</style>", ["/1.png"]),
        ("<iframe src=/f.htm></iframe>", ["/f.htm"]),
        ("<p style=\"background:url('1.png')\">", ["/a/1.png"]),
        ("<style>@import url(x.css);</style>", ["/a/x.css"]),
        ("<img src=图片.png>", ["/a/%E5%9B%BE%E7%89%87.png"]),
        ("<a href=/1.htm>报告</a><!-- <img src=/no.png> --><form action=/q></form>", []),
        ("<img src='data:image/png;base64,AA'><script src='javascript:x'></script><img src='#x'><img src=''>", []),
        (
            "<img src='http://me:secret@www.example.gov.cn/1.png'><img src='http://[::1/'><img src='file:///etc/passwd'>",
            [],
        ),
        ("<script src=/s.js></script><img src=/1.png><link rel=stylesheet href=/x.css>", ["/x.css", "/s.js", "/1.png"]),
    ],
)
def test_in_a_page(html: str, urls: list[str]) -> None:
    assert found(html) == [HOST + url for url in urls]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("@import 'b.css' screen;", ["/css/b.css"]),
        ("@IMPORT URL( b.css );", ["/css/b.css"]),
        ('a{background:url("../i/1.png")no-repeat}', ["/i/1.png"]),
        ("@font-face{src:url(a.eot?#iefix)format('x'),url(a.woff)}", ["/css/a.eot", "/css/a.woff"]),
        (
            'a{b:-webkit-image-set("1.png" 1x, url(2.png) 2x, "3.avif" type("image/avif"))}c{d:"no.png"}',
            ["/css/2.png", "/css/1.png", "/css/3.avif"],
        ),
        (
            "@namespace svg url(http://www.w3.org/2000/svg);@font-face{font-family:x;src:local('y'),url(x.ttf)}",
            ["/css/x.ttf"],
        ),
        ("/* url(no.png) */ a{b:url(data:x)} c{d:url(#e)} /* url(no.png)", []),
    ],
)
def test_in_a_style_sheet(text: str, urls: list[str]) -> None:
    assert [url.removesuffix("?") for url in in_css(text)] == [HOST + url for url in urls]


def test_a_gbk_page_is_searched_as_well() -> None:
    assert found("<title>年度报告</title><img src=1.png>".encode("gb18030")) == [f"{HOST}/a/1.png"]


def test_what_is_neither_page_nor_style_sheet_needs_nothing() -> None:
    assert find_requisites(Response(f"{HOST}/1.png", body=b"<img src=2.png>")) == []
    script = {"Content-Type": "application/javascript"}
    assert find_requisites(TextResponse(f"{HOST}/s.js", body=b"x='url(2.png)'", headers=script)) == []


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text("<>'\"=,()/*@ahrefimgsctyl:url #\\", max_size=200).map(str.encode))
def test_any_bytes_can_be_searched(body: bytes) -> None:
    for url in [*found(body), *in_css(body.decode("latin-1"))]:
        assert url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "part", ["url(", "/*", "<img srcset=',,,", "@import '", "<p style='", "a,", "<div>", "url(' ", "image-set('a'"]
)
def test_no_page_takes_long(part: str) -> None:
    body = (part * (MAX_SEARCHED // len(part) // 8)).encode()
    started = time.monotonic()
    found(body)
    in_css(body.decode())
    assert time.monotonic() - started < 4
