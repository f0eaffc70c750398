"""Sections by their titles: lists of names, subsections and furniture must not win."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.ending import before_annex
from pipelines.parser.model import SECTION_KEYS
from tests.parser.report_page import BODIES, HEADINGS, PREAMBLE, TITLE, numbers, page, render

Record = dict[str, Any]
TITLES = [heading[2:] for heading in HEADINGS]


def record(body: str, content_type: str = "") -> Record:
    report = parse(ReportPage(body.encode(), content_type=content_type))
    assert isinstance(report, AnnualReport), report
    found: Record = json.loads(report.to_json())
    return found


def html(**changes: Any) -> str:
    return page(render(numbers("000")), **changes)


def texts(found: Record) -> list[str | None]:
    return [section.get("text") for section in found["sections"]]


WANTED = [body or None for body in BODIES]


@pytest.mark.parametrize(
    "headings",
    [
        HEADINGS,
        tuple(f"{heading[0]}． {heading[2:]}" for heading in HEADINGS),
        tuple(f"{heading[0]} {heading[2:]}" for heading in HEADINGS),
        tuple(f"（{heading[0]}）{heading[2:]}" for heading in HEADINGS),
        tuple(f"{number}. {title}" for number, title in enumerate(TITLES, start=1)),
        tuple(f"• {title}" for title in TITLES),
        tuple(TITLES),
        tuple(f"<b>{heading[0]}、</b><span>{heading[2:5]}</span>{heading[5:]}" for heading in HEADINGS),
        (
            "一、基本情况",
            *HEADINGS[1:3],
            "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况",
            "五、存在问题及整改措施",
            "六、其他事项",
        ),
    ],
    ids=["standard", "stop", "space", "brackets", "digits", "bullets", "bare", "spans", "wording"],
)
def test_headings_as_authorities_write_them(headings: tuple[str, ...]) -> None:
    found = record(html(headings=headings))
    assert [section["presence"] for section in found["sections"]] == ["present"] * 6
    assert texts(found) == WANTED


@pytest.mark.parametrize(
    "preamble",
    [
        f"本报告包括：{'；'.join(HEADINGS)}。{PREAMBLE}",
        "<br>".join(HEADINGS) + "<br>" + PREAMBLE,
        f"全文包括{'、'.join(TITLES)}。{PREAMBLE}",
    ],
    ids=["glued list", "list of lines", "names"],
)
def test_a_list_of_the_sections_is_no_section(preamble: str) -> None:
    assert texts(record(html(preamble=preamble))) == WANTED


def test_subsections_of_the_same_name_stay_inside() -> None:
    overview = "（一）主动公开情况</p><p>公开了五条。</p><p>（二）依申请公开情况</p><p>没有收到申请。</p><p>（三）存在的问题</p><p>少。"
    found = record(html(bodies=(overview, *BODIES[1:])))
    assert texts(found)[0] == overview.replace("</p><p>", "\n")
    assert texts(found)[4] == BODIES[4]


def test_headings_glued_into_one_line_of_text() -> None:
    line = f"{TITLE} {PREAMBLE} " + " ".join(
        f"{heading} {body or '见表。'}" for heading, body in zip(HEADINGS, BODIES, strict=True)
    )
    found = record(line, "text/plain")
    assert texts(found)[0] == BODIES[0]
    assert texts(found)[5] == BODIES[5]


def test_missing_section_is_absent_and_said_so() -> None:
    found = record(html(headings=HEADINGS[:5], bodies=BODIES[:5]))
    assert found["sections"][5] == {"key": "other_matters", "presence": "absent", "heading_raw": None, "text": None}
    assert ("S01", "sections.other_matters") in {(check["code"], check["scope"]) for check in found["checks"]}
    assert texts(found)[4] == BODIES[4]


def test_empty_section_is_present_and_empty() -> None:
    found = record(html(bodies=(*BODIES[:5], "")))
    assert found["sections"][5]["presence"] == "present_empty"
    assert ("S02", "sections.other_matters") in {(check["code"], check["scope"]) for check in found["checks"]}


def test_order_is_a_finding() -> None:
    swapped = (*HEADINGS[:4], HEADINGS[5], HEADINGS[4])
    found = record(html(headings=swapped))
    assert texts(found)[4:] == [BODIES[5], BODIES[4]]
    assert any(check["code"] == "S03" for check in found["checks"])


@pytest.mark.parametrize(
    "ending",
    [
        "<p style='text-align:right'>临淄区民政局</p><p style='text-align:right'>2024年1月20日</p>",
        "<p>临淄区民政局 2024年1月20日</p><p>扫一扫在手机打开当前页面</p>",
        "<p>临淄区民政局（盖章）</p><p>二〇二四年一月二十日</p><p>上一篇：无</p>",
        "<p>2024年1月20日</p><ul><li><a href='/a'>区发改局</a></li><li><a href='/b'>区财政局</a></li></ul>",
        "<p>附件：1.统计表.xls</p><p>分享到：微信</p>",
        "<p>【打印】【关闭】</p>",
        "<p>临淄区民政局</p>",
    ],
    ids=["two lines", "one line", "numerals", "date", "attachment", "buttons", "organ"],
)
def test_signature_and_furniture_are_no_text(ending: str) -> None:
    assert texts(record(html(ending=ending)))[5] == BODIES[5]


@pytest.mark.parametrize(
    "last",
    [
        "截至2023年12月31日，无其他需要报告的事项。",
        "无",
        "报告期自2023年1月1日起，至2023年12月31日",
        "返回公民信件三封。</p><p>分享会举办两次，参加人数六十人，群众反映良好，没有其他事项。",
    ],
)
def test_prose_is_never_cut(last: str) -> None:
    found = record(html(bodies=(*BODIES[:5], last), ending="<p>临淄区民政局</p><p>2024年1月20日</p>"))
    assert texts(found)[5] == last.replace("</p><p>", "\n")


def test_text_may_go_on_outside_the_element_of_the_headings() -> None:
    body = html(bodies=(*BODIES[:5], "")).replace(
        "</div><div class='foot'>", f"</div><div><p>{BODIES[5] * 3}</p></div><div class='foot'>"
    )
    assert texts(record(body))[5] == BODIES[5] * 3


def test_report_of_free_form_keeps_its_sections() -> None:
    titles = ("概述", "主动公开政府信息情况", "政府信息公开收费及减免情况", "政府信息公开申诉情况")
    parts = [
        f"<p>{n}、{title}</p><p>{'我局认真贯彻条例，工作有序开展。' * 8}</p>"
        for n, title in zip("一二三四", titles, strict=True)
    ]
    title = "临淄区民政局2009年政府信息公开年度报告"
    found = record(f"<html><title>{title}</title><h1>{title}</h1>{''.join(parts)}</html>")
    assert found["format_era"] == "free"
    assert [section["key"] for section in found["sections"]] == [
        "overview",
        "active_disclosure",
        "section_3",
        "section_4",
    ]
    assert found["tables"] == {}


def test_report_with_the_annex_of_2014_to_2018() -> None:
    annex = "<table><tr><td>统计指标</td><td>单位</td><td>统计数</td></tr><tr><td>主动公开政府信息数</td><td>条</td><td>5</td></tr>"
    annex += "<tr><td>申请办结数</td><td>件</td><td>1</td></tr></table>"
    parts = [
        f"<p>{n}、{t}</p><p>{'工作有序开展，成效良好。' * 12}</p>"
        for n, t in zip("一二三", ("概述", "主动公开情况", "存在的问题"), strict=True)
    ]
    title = "临淄区民政局2016年政府信息公开工作年度报告"
    found = record(
        f"<html><title>{title}</title><h1>{title}</h1>{''.join(parts)}<p>政府信息公开情况统计表</p>{annex}</html>"
    )
    assert found["format_era"] == "statistics_annex"
    assert len(found["sections"]) == 3


@pytest.mark.parametrize("carrier", ["html", "text"])
def test_the_annex_is_no_prose(carrier: str) -> None:
    rows = [
        "统计指标 单位 统计数",
        "（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条） 条 3455",
        "其中：规范性文件数 条 4",
    ]
    rows += ["2.政府网站公开政府信息数 条 3455", "（二）申请办结数 件 36", "1.按时办结数 件 17"]
    if carrier == "html":
        cells = ["".join(f"<td>{text}</td>" for text in row.split()) for row in rows]
        annex = f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
    else:
        annex = "".join(f"<p>{text}</p>" for row in rows for text in row.split())
    lines = [
        "一、概述",
        "年内，答复问题274。",
        "工作有序开展，成效良好。" * 30,
        "二、存在的主要问题及改进情况",
        "公开内容不够充实，下一步将改进。",
    ]
    title = "临淄区民政局2016年政府信息公开工作年度报告"
    body = "".join(f"<p>{line}</p>" for line in lines)
    found = record(f"<html><title>{title}</title><h1>{title}</h1>{body}<p>政府信息公开情况统计表</p>{annex}</html>")
    assert found["format_era"] == "statistics_annex"
    assert [check["scope"] for check in found["checks"] if check["code"] == "Q01"] == ["sections.overview"]
    assert "3455" in found["sections"][-1]["text"]


@pytest.mark.parametrize(
    "text",
    ["主动公开政府信息数3455条，其中规范性文件4条。", "详见附件政府信息公开情况统计表。", "各项指标完成较好。"],
)
def test_prose_about_the_annex_stays(text: str) -> None:
    assert before_annex(f"{text}\n另有一句。") == f"{text}\n另有一句。"
    assert before_annex(f"{text}\n附：政府信息公开情况统计表\n1") == text


@pytest.mark.parametrize("mark", ["（{}）", "• ", "{}，", "{}."])
def test_headings_numbered_otherwise_are_sections_without_their_tables(mark: str) -> None:
    body = "".join(
        f"<p>{mark.format(numeral)}{heading}</p><p>{'本机关依法公开政府信息，工作有序开展。' * 5}</p>"
        for numeral, heading in zip("一二三四五六", TITLES, strict=True)
    )
    found = record(f"<title>{TITLE}</title><h1>{TITLE}</h1>{body}")
    assert [(section["key"], section["presence"]) for section in found["sections"]] == [
        (key, "present") for key in SECTION_KEYS
    ]
