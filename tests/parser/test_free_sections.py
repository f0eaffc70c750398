"""Reports of free form: the sections that organs made themselves. Every text here is invented."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.parser import AnnualReport, NotAReport, ReportPage, parse
from tests.parser.report_page import TABLES, numbers, page, render
from tests.parser.test_annex import CAPTION, lines, table

TITLE = "龙归镇2012年政府信息公开工作年度报告"
PROSE = "我镇认真贯彻条例，工作有序开展，成效良好。" * 6
TOWNSHIP = (
    ("overview", "一、概述", PROSE),
    ("active_disclosure", "二、主动公开政府信息的情况", "全年主动公开政府信息120条。"),
    ("applications", "三、依申请公开政府信息和不予公开政府信息的情况", "全年共收到政府信息公开申请3件，均已答复。"),
    ("section_4", "四、咨询处理情况", "接受咨询5人次。"),
    ("section_5", "五、政府信息公开的收费及减免情况", "未收取费用。"),
    ("review_litigation", "六、复议、诉讼和申诉情况", "未发生行政复议和行政诉讼。"),
    ("problems_improvements", "七、存在的主要问题及改进措施", "内容不够充实。"),
    ("section_8", "八、附表", "无。"),
)


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def record(body: str) -> dict[str, Any]:
    html = f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{body}</body></html>"
    report = parse(ReportPage(html.encode()))
    assert isinstance(report, AnnualReport), report
    found: dict[str, Any] = json.loads(report.to_json())
    return found


def keys(body: str) -> list[str]:
    return [section["key"] for section in record(body)["sections"]]


def township() -> str:
    return "".join(paragraphs(heading, text) for _, heading, text in TOWNSHIP)


def test_eight_sections_of_a_township() -> None:
    found = record(township())
    assert found["format_era"] == "free"
    assert [(section["key"], section["heading_raw"], section["text"]) for section in found["sections"]] == list(
        TOWNSHIP
    )


def test_what_the_prose_states() -> None:
    facts = {fact["key"]: fact for fact in record(township())["narrative_facts"]}
    assert {key: (fact["value"], fact["section"]) for key, fact in facts.items()} == {
        "disclosed_total": (120, "active_disclosure"),
        "new_received": (3, "applications"),
        "all_answered": (True, "applications"),
        "zero_disputes": (True, "review_litigation"),
    }
    assert {fact["table_cell"] for fact in facts.values()} == {None}


def test_facts_speak_of_the_annex_that_is_there() -> None:
    annexed = table([("指标", "单位", "数量"), *lines()])
    facts = {fact["key"]: fact["table_cell"] for fact in record(township() + annexed)["narrative_facts"]}
    assert facts["new_received"] == "statistics_annex.received.value"
    assert facts["all_answered"] is None
    several = table([("指标", "单位", "本年度", "历年累计"), *((a, u, v, v) for a, u, v in lines())])
    assert {fact["table_cell"] for fact in record(township() + several)["narrative_facts"]} == {None}


def test_sums_since_the_regulation_are_not_the_years() -> None:
    body = township().replace("全年主动公开政府信息120条", "条例施行以来，历年主动公开政府信息900条")
    assert "disclosed_total" not in {fact["key"] for fact in record(body)["narrative_facts"]}


def test_a_list_of_contents_and_lists_within_sections_are_no_sections() -> None:
    contents = paragraphs("目录", *(heading for _, heading, _ in TOWNSHIP))
    body = township().replace(
        "<p>三、依申请", paragraphs("一、公开内容", "机构职能等。", "二、公开形式", "网站等。") + "<p>三、依申请"
    )
    found = record(contents + body)
    assert [section["key"] for section in found["sections"]] == [key for key, _, _ in TOWNSHIP]
    assert "公开形式" in found["sections"][1]["text"]


def test_a_number_left_out() -> None:
    body = "".join(paragraphs(heading, text) for key, heading, text in TOWNSHIP if key != "active_disclosure")
    assert keys(body) == [key for key, _, _ in TOWNSHIP if key != "active_disclosure"]


@pytest.mark.parametrize(("opening", "key"), [("概 述", "overview"), ("引 言", "section_0"), ("前言：", "section_0")])
def test_first_part_without_a_number(opening: str, key: str) -> None:
    rest = [(name, heading, text) for name, heading, text in TOWNSHIP if name != "overview"]
    numbered = "".join(
        paragraphs(f"{'一二三四五六七'[n]}{heading[1:]}", text) for n, (_, heading, text) in enumerate(rest)
    )
    found = record(paragraphs(opening, PROSE) + numbered)
    assert [section["key"] for section in found["sections"]][:3] == [key, "active_disclosure", "applications"]
    assert found["sections"][0]["text"] == PROSE


@pytest.mark.parametrize("style", ["第{}部分 ", "（{}）", "{}. "])
def test_other_numberings(style: str) -> None:
    body = "".join(
        paragraphs(style.format(n if style == "{}. " else "一二三四五六七八"[n - 1]) + heading[2:], text)
        for n, (_, heading, text) in enumerate(TOWNSHIP, start=1)
    )
    assert keys(body) == [key for key, _, _ in TOWNSHIP]


def test_a_report_without_lines() -> None:
    running = " ".join(f"{heading} {text}" for _, heading, text in TOWNSHIP)
    found = record(f"<div>{TITLE} 根据条例要求编制本报告。 {running}</div>")
    assert [section["key"] for section in found["sections"]] == [key for key, _, _ in TOWNSHIP]
    assert found["sections"][3]["text"] == "接受咨询5人次。"


def test_a_short_report_is_one_and_a_short_notice_is_none() -> None:
    brief = "".join(paragraphs(heading, "无。") for _, heading, _ in TOWNSHIP)
    assert len(keys(brief)) == len(TOWNSHIP)
    title = "关于编制2012年政府信息公开工作年度报告的通知"
    points = paragraphs(
        "一、概述", "无。", "二、依申请公开情况", "无。", "三、存在的问题", "无。", "四、时间要求", "无。"
    )
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{points}</body></html>"
    assert isinstance(parse(ReportPage(html.encode())), NotAReport)


def test_headings_of_an_annex_in_lines_are_no_sections() -> None:
    annexed = paragraphs(*(" ".join(cell for cell in row if cell) for row in lines()))
    found = record(township() + CAPTION + annexed)
    assert [section["key"] for section in found["sections"]] == [key for key, _, _ in TOWNSHIP]
    assert found["tables"]["statistics_annex"]["rows"]["trainees"]["states"] == "R"


@pytest.mark.parametrize("stem", ["000", "001", "002"])
def test_an_annex_beside_uniform_tables_changes_none_of_them(stem: str) -> None:
    uniform = render(numbers(stem))
    plain = parse(ReportPage(page(uniform).encode()))
    assert isinstance(plain, AnnualReport)
    annexed = table([("指标", "单位", "数量"), *lines()])
    texts = paragraphs(*(" ".join(cell for cell in row if cell) for row in lines()))
    within = {**uniform, "active_disclosure": annexed + uniform["active_disclosure"]}
    for html in (page(uniform, ending=CAPTION + annexed), page(uniform, ending=CAPTION + texts), page(within)):
        both = parse(ReportPage(html.encode()))
        assert isinstance(both, AnnualReport)
        assert both.format_era == plain.format_era
        assert both.tables.statistics_annex is not None
        assert all(getattr(both.tables, name) == getattr(plain.tables, name) for name in TABLES)
        assert [section.key for section in both.sections] == [section.key for section in plain.sections]


@pytest.mark.parametrize(("active", "applications"), [("000", "001"), ("001", "000")])
def test_each_uniform_table_decides_its_form_for_itself(active: str, applications: str) -> None:
    tables = {**render(numbers(applications)), "active_disclosure": render(numbers(active))["active_disclosure"]}
    report = parse(ReportPage(page(tables).encode()))
    assert isinstance(report, AnnualReport)
    assert report.format_era == "mixed"
    eras = {"000": "2021", "001": "2019"}
    found = report.to_dict()["tables"]
    assert (found["active_disclosure"]["era"], found["applications"]["era"]) == (eras[active], eras[applications])
