"""Any bytes have a page class, in little time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.page_class import SEARCHED_BYTES, PageClass, classify
from crawler.page_text import read_page
from tests.crawler.test_page_class import REPORT, URL


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<script>",
            "<script ",
            "</script",
            "<!--",
            "-->",
            "<",
            ">",
            "<title>",
            "<title",
            "<noscript>",
            "<a>",
            "&#x41;",
            "&amp;",
            "&",
        ),
        *(
            "location=",
            "document.cookie=",
            "2023年",
            "2023-1-1 ",
            "id = ",
            "queryData ",
            " ",
            "\n",
            "页面不存在",
            "{",
            "a(",
            "\x80",
            "İ",
        ),
    ],
)
def test_hostile_bodies_are_read_in_linear_time(piece: str) -> None:
    raw = piece.encode("latin-1") if piece == "\x80" else piece.encode()
    for start in (b"", b"<html><title>", b"<script>", b"a({"):
        body = (start + raw * (SEARCHED_BYTES // len(raw)))[: SEARCHED_BYTES - 1]
        began = time.process_time()
        assert classify(200, {}, body, URL, "report") in PageClass
        assert time.process_time() - began < 1
    assert classify(200, {}, b" " * 10 + b"x" * SEARCHED_BYTES, URL, "report") is PageClass.PAGE


def test_a_large_page_is_classed_in_little_time() -> None:
    body = (REPORT + "<p>本年度主动公开政府信息若干条。</p>" * 4000)[:70_000].encode()
    assert 150_000 < len(body) < SEARCHED_BYTES
    began = time.process_time()
    for _ in range(10):
        assert classify(200, {}, body, URL, "report") is PageClass.PAGE
    assert time.process_time() - began < 1


WORDS = st.sampled_from(
    [
        *(
            "<html>",
            "<head>",
            "<title>",
            "</title>",
            "<body>",
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "<img src=a>",
            "<meta ",
            ">",
            "&#",
        ),
        *(
            "页面不存在",
            "系统维护",
            "请先登录",
            "请输入验证码",
            "访问过于频繁",
            "404",
            "2023年政府信息公开",
            "2023-1-1",
            "$_ts.cd=",
            "{",
            "[",
        ),
        *(
            '"code":500',
            '"success":false',
            "location.href='/a/'",
            "document.cookie=a;",
            "\ufeff",
            "\x00",
            "\ud7ff",
            "a(",
            "alert(",
        ),
    ]
)


@given(
    st.one_of(st.binary(max_size=300), st.lists(WORDS, max_size=30).map(lambda words: "".join(words).encode())),
    st.integers(min_value=100, max_value=599),
    st.sampled_from(["listing", "report", "attachment", "manual", ""]),
)
def test_anything_has_a_class(body: bytes, status: int, role: str) -> None:
    found = classify(status, {}, body, URL, role)
    assert found in PageClass
    assert not found.usable or 200 <= status < 305
    assert not found.gone or status in (200, 404, 410)
    wrong = PageClass.PAGE if role == "listing" else PageClass.LISTING
    assert found is not wrong


@given(st.binary(max_size=300))
def test_any_body_is_a_page_of_text(body: bytes) -> None:
    page = read_page(body)
    assert not any(character.isspace() for character in page.text)
    assert "".join(page.title.split()) == page.title.replace(" ", "")


def test_hidden_parts_are_not_text() -> None:
    body = "<title> 年报&nbsp;2023 </title><STYLE>a</STYLE ><script>b</script\n><!-- c --><noscript>d</noscript><p>e&#x4e2d;</p>f<script>g"
    page = read_page(body.encode())
    assert (page.title, page.text) == ("年报 2023", "e中f")


def test_a_capital_that_grows_in_lower_case_moves_nothing() -> None:
    assert read_page(f"<p>{'İ' * 50}</p><script>hidden</script>shown".encode()).text == "İ" * 50 + "shown"
