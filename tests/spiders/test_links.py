"""Addresses and rows of listings in any markup."""

from __future__ import annotations

import pytest
from parsel import Selector

from crawler.scope import is_trap
from spiders.links import canonical, directory
from spiders.rows import digest_of, find_date, read_rows

BASE = "http://www.example.gov.cn/zwgk/zfxxgknb/index.html"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("./202401/t1.shtml#top", "http://www.example.gov.cn/zwgk/zfxxgknb/202401/t1.shtml"),
        ("http://WWW.Example.gov.cn:80/a/", "http://www.example.gov.cn/a/"),
        ("https://www.example.gov.cn:443/a", "https://www.example.gov.cn/a"),
        ("http://www.example.gov.cn:8080/a", "http://www.example.gov.cn:8080/a"),
        ("/a;jsessionid=0A1B2C?x=1", "http://www.example.gov.cn/a?x=1"),
        ("/a/index.html", "http://www.example.gov.cn/a/index.html"),
        ("//other.gov.cn", "http://other.gov.cn/"),
        ("/文件.pdf", "http://www.example.gov.cn/%E6%96%87%E4%BB%B6.pdf"),
        ("javascript:void(0)", ""),
        ("mailto:a@example.org", ""),
        ("http://[bad", ""),
        ("http://www.example.gov.cn:notaport/", ""),
    ],
)
def test_canonical_addresses(href: str, expected: str) -> None:
    assert canonical(BASE, href) == expected


def test_traps() -> None:
    assert is_trap("http://h/abc/abc/abc/")
    assert is_trap("http://h" + "/ab" * 21)
    assert not is_trap("http://h/art/2024/1/1/art_1_1.html")
    assert directory("http://h/a/b.html") == "/a/"


def test_rows_have_whole_titles_and_the_date_beside_them() -> None:
    page = Selector(
        text="""<ul><li><a href="1.html" title="甲局2023年政府信息公开年报">甲局2023年政府信息公…</a><span>2024-01-26</span></li>
        <li><a href="2.html">乙局2022年政府信息公开年报 <em>2023年1月5日</em></a></li></ul>
        <table><tr><td><a href="3.html"><img src="x.gif"></a>
        <a href="3.html" title="点击查看">丙局年报</a></td><td>[2021/2/30 2021/3/1]</td></tr></table>
        <div><div><p><a href="4.html">丁局年报</a></p><i>2020-02-03</i></div></div>
        <div class="nav"><a href="a/">一</a><a href="b/">二</a><a href="c/">三</a><a href="d/">四</a> 2024-02-02</div>"""
    )
    rows = [(row.url.rpartition("/")[2], row.title, row.date) for row in read_rows(page, BASE)]
    assert rows[:4] == [
        ("1.html", "甲局2023年政府信息公开年报", "2024-01-26"),
        ("2.html", "乙局2022年政府信息公开年报", "2023-01-05"),
        ("3.html", "丙局年报", "2021-03-01"),
        ("4.html", "丁局年报", "2020-02-03"),
    ]
    assert [date for _, _, date in rows[4:]] == ["", "", "", ""]


def test_a_digest_tells_pages_apart() -> None:
    one, two = (list(read_rows(Selector(text=f'<a href="{name}">x</a>'), BASE)) for name in ("1", "2"))
    assert digest_of(one) == digest_of(one)
    assert digest_of(one) != digest_of(two)
    assert find_date("成立于1949年10月1日") == "1949-10-01"
