"""Pages that are no report are refused, each with what it is instead; no bytes at all make the parser raise."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.parser import AnnualReport, NotAReport, ReportPage, parse
from pipelines.parser.recognition import refuse_source
from tests.parser.report_page import BODIES, TITLE, numbers, page, render

SEEDS = Path(__file__).parents[1] / "fixtures" / "seeds"
WHOLE = page(render(numbers("000"))).encode()
PROSE = "<p>我局认真贯彻落实条例，扎实推进各项工作，取得了新的成效。</p>" * 20


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"PK\x03\x04....", "Office"),
        (b"\x89PNG\r\n", "an image"),
        (b"<html><script>location='/x'</script></html>", "empty"),
        ("<html><title>访问验证</title><p>请完成验证后继续访问</p>".encode(), "challenge"),
        ("<html><title>系统提示</title><p>您访问的页面不存在或已删除</p>".encode(), "nothing here"),
        (f"<html><title>{TITLE}（图解）</title>{PROSE}".encode(), "picture"),
        (f"<html><title>一图读懂{TITLE}</title><img src=a.jpg>{PROSE}".encode(), "picture"),
        (f"<html><title>临淄区民政局政府信息公开指南</title>{PROSE}".encode(), "another document"),
        (f"<html><title>关于做好政府信息公开工作年度报告编制工作的通知</title>{PROSE}".encode(), "another document"),
        (f"<html><title>{TITLE}</title><p>{TITLE}</p><a href='a.pdf'>下载</a>".encode(), "only an attachment: a.pdf"),
        (f"<html><title>{TITLE}</title><p>{TITLE}</p><img src='a.jpg'>".encode(), "only images: a.jpg"),
        (
            (
                "<html><title>政府信息公开年报</title>"
                + "".join(f"<li><a href='{n}'>{TITLE}</a></li>" for n in range(30))
            ).encode(),
            "a list: 30",
        ),
        (f"<html><title>区情简介</title>{PROSE}".encode(), "no title, section or table"),
    ],
)
def test_refused_with_what_it_is(body: bytes, reason: str) -> None:
    result = parse(ReportPage(body))
    assert isinstance(result, NotAReport)
    assert reason in result.reason


def test_report_without_title_is_one_by_its_structure() -> None:
    result = parse(ReportPage(page(render(numbers("000")), title="").encode()))
    assert isinstance(result, AnnualReport)
    assert result.identity.title.state == "absent_in_source"


def test_unresolved_report_is_keyed_by_its_bytes() -> None:
    body = page(render(numbers("000")), title="年度报告", preamble="", bodies=("我局工作有序。", *BODIES[1:])).encode()
    result = parse(ReportPage(body))
    assert isinstance(result, AnnualReport)
    assert result.identity.organ.organ_id is None
    assert result.provenance is not None
    assert result.report_key == f"unresolved:sha256:{result.provenance.content_sha256}"


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_record_or_a_reason(body: bytes) -> None:
    assert isinstance(parse(ReportPage(body)), AnnualReport | NotAReport)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_page_gives_a_record_or_a_reason(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from([WHOLE, *(path.read_bytes() for path in sorted(SEEDS.glob("*.txt")))]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        length = data.draw(st.integers(0, 3000))
        body = body[:start] + data.draw(st.binary(max_size=12)) + body[start + length :]
    assert isinstance(parse(ReportPage(body)), AnnualReport | NotAReport)


CJK = st.sampled_from("一二三四五六、。总体情况主动公开行政许可规章第二十条()（）年月日局0123456789O万元件| \n\t：")


@settings(max_examples=60, deadline=None)
@given(st.text(CJK, max_size=300))
def test_text_of_the_forms_own_characters(text: str) -> None:
    body = "".join(
        f"{heading}\n{text}\n" for heading in ("一、总体情况", "二、主动公开政府信息情况", "六、其他需要报告的事项")
    )
    assert isinstance(parse(ReportPage((TITLE + "\n" + body).encode())), AnnualReport | NotAReport)


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 5000 + WHOLE,
        b"<table><tr><td>" * 300 + WHOLE,
        b"<table>" + b"<tr><td colspan=1000 rowspan=65000>1<td>2</tr>" * 400 + b"</table>" + WHOLE,
        "一、总体情况\n".encode() * 3000,
        "一、总体情况 ".encode() * 3000,
        b"|" * 200_000,
        "年".encode() * 200_000,
        ("政府信息公开" * 20_000).encode(),
        ("1" * 200_000).encode(),
        (TITLE + " 规章 " + "0 " * 50_000).encode(),
        b"<" * 100_000,
        b"\x00\xff\xfe" * 1000 + WHOLE,
    ],
    ids=[
        "deep",
        "deep tables",
        "spans",
        "headings",
        "glued headings",
        "pipes",
        "one char",
        "words",
        "digits",
        "values",
        "angles",
        "nul",
    ],
)
def test_size_and_nesting_are_no_way_in(body: bytes) -> None:
    assert isinstance(parse(ReportPage(body)), AnnualReport | NotAReport)


@pytest.mark.parametrize(
    ("url", "portal", "refused"),
    [
        ("", "", False),
        ("https://www.example.gov.cn/a.html", "", False),
        ("http://www.gov.cn/a.html", "", False),
        ("http://203.0.113.9:8082/a.jsp", "", True),
        ("http://203.0.113.9:8082/a.jsp", "a-portal-of-the-registry", False),
        ("https://copies.example/www.example.gov.cn/a.html", "", True),
        ("https://www.example.gov.cn.copies.example/a.html", "", True),
        ("https://[broken/a.html", "", True),
        ("not an address", "", False),
    ],
)
def test_only_government_hosts_and_portals_of_the_registry_are_sources(url: str, portal: str, refused: bool) -> None:
    assert (refuse_source(url, portal) is not None) is refused


def test_a_foreign_copy_gives_no_record() -> None:
    body = "临淄区民政局2023年政府信息公开工作年度报告".encode()
    result = parse(ReportPage(body, "https://copies.example/art/2024/1/17/art_1_2.html"))
    assert isinstance(result, NotAReport)
    assert "not a government source" in result.reason
