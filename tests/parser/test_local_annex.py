"""Tables of local forms in reports of 2008 to 2018: kept as they stand. Every page and number here is invented."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.explained import explain_place
from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.records import changed_cells
from tests.parser.test_annex import SECTIONS, table

Record = dict[str, Any]
TITLE = "定西市安定区2010年政府信息公开工作年度报告"
# Some of the rows of the form with 35 codes.
CODED = (
    ("主动公开信息数", "条"), ("其中：全文电子化的主动公开信息数", "条"), ("新增的行政规范性文件数", "条"), ("提供服务类信息数", "条"),
    ("网站专栏页面访问量", "人次"), ("现场接待人数", "人次"), ("网上咨询数", "人次"), ("咨询电话接听数", "人次"), ("申请总数", "条"),
    ("其中：1.当面申请数", "条"), ("2.传真申请数", "条"), ("3.电子邮件申请数", "条"), ("4.网上申请数", "条"), ("5.信函申请数", "条"),
    ("对申请的答复总数", "条"), ("其中：1.同意公开答复数", "条"), ("2.同意部分公开答复数", "条"), ("行政复议数", "件"),
    ("行政诉讼数", "件"), ("行政申诉数", "件"),
)  # fmt: skip
CODED_TABLE = (
    "<table><tr><td>指 标 名 称</td><td>计量<br>单位</td><td>代码</td><td>本期实际</td><td>本年累计</td></tr>"
    "<tr><td>甲</td><td>乙</td><td>丙</td><td>1</td><td>2</td></tr>"
    + "".join(
        f"<tr><td>{label}</td><td>{unit}</td><td>{n:02d}</td><td>{n * 3}</td><td>{n * 5}</td></tr>"
        for n, (label, unit) in enumerate(CODED, start=1)
    )
    + "</table>"
)
TWO_YEARS = (
    ("指 标", "单位", "2009年度", "历年累计"),
    ("主动公开文件数", "条", "120", "900"),
    ("其中：网站公开数", "条", "100", ""),
    ("收到申请数", "件", "/", "12"),
    ("行政复议", "", "", ""),
    ("收费金额", "万元", "0.5", "1.25"),
)


def report(annex: str) -> AnnualReport:
    html = f"<html><head><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{SECTIONS}{annex}</body></html>"
    found = parse(ReportPage(html.encode()))
    assert isinstance(found, AnnualReport), found
    return found


def record(annex: str) -> Record:
    found: Record = json.loads(report(annex).to_json())
    return found


def test_form_with_codes() -> None:
    found = record(f"<p>附：政府信息公开统计表</p>{CODED_TABLE}")
    assert found["format_era"] == "free"
    assert list(found["tables"]) == ["local_annex"]
    local = found["tables"]["local_annex"]
    assert (local["title"], local["columns"]) == ("附：政府信息公开统计表", ["本期实际", "本年累计"])
    assert [(row["label"], row["unit"], row["code"], row["values"]) for row in local["rows"]] == [
        (label, unit, f"{n:02d}", [n * 3, n * 5]) for n, (label, unit) in enumerate(CODED, start=1)
    ]
    assert "行政申诉数" in found["sections"][-1]["text"]


def test_cumulative_column_stands_under_its_name() -> None:
    local = record(table(TWO_YEARS))["tables"]["local_annex"]
    assert local["columns"] == ["2009年度", "历年累计"]
    assert [(row["label"], row["unit"], row["values"], row["states"]) for row in local["rows"]] == [
        ("主动公开文件数", "条", [120, 900], "RR"),
        ("其中：网站公开数", "条", [100, None], "RB"),
        ("收到申请数", "件", [None, 12], "NR"),
        ("行政复议", None, [None, None], "BB"),
        ("收费金额", "万元", ["0.5", "1.25"], "RR"),
    ]


def test_rows_are_no_prose() -> None:
    rows = [*TWO_YEARS, ("全年收到政府信息公开申请", "", "1", "2"), ("件数", "", "3", "4")]
    found = record(table(rows))
    assert found["narrative_facts"] == []
    assert not [check for check in found["checks"] if check["code"].startswith("Q")]
    assert "件数" in found["sections"][-1]["text"]


def test_without_a_header() -> None:
    rows = [(f"第{n}类公开信息数", str(n * 7)) for n in range(1, 8)]
    local = record(table(rows))["tables"]["local_annex"]
    assert local["columns"] == ["value"]
    assert [row["values"] for row in local["rows"]] == [[n * 7] for n in range(1, 8)]


def test_a_page_break_ends_no_table_and_the_longest_of_several_is_kept() -> None:
    first = table([("项目", "数量"), ("公开栏", "3"), ("网站", "4"), ("公开信息数", "5")])
    parts = table(TWO_YEARS) + table([TWO_YEARS[0], ("咨询数", "人次", "7", "8")])
    found = record(f"{first}<p>另附：</p>{parts}")
    assert [row["label"] for row in found["tables"]["local_annex"]["rows"]][-2:] == ["收费金额", "咨询数"]
    assert "公开栏" in found["sections"][-1]["text"]


def test_a_row_short_of_a_cell_is_unplaced() -> None:
    rows = [*TWO_YEARS, ("咨询数", "人次", "7")]
    row = record(table(rows))["tables"]["local_annex"]["rows"][-1]
    assert (row["states"], row["unplaced"]) == ("UU", ["7"])


@pytest.mark.parametrize(
    "other",
    [
        table([("索引号", "A/2010-1"), ("发布机构", "区政府办"), ("发布日期", "2011-03-01"), ("文号", "无")]),
        table([("姓名", "职务"), ("张三", "主任"), ("李四", "科员"), ("王五", "科员")]),
        table([("项目", "单位", "数量"), ("道路", "公里", "3"), ("桥梁", "座", "4"), ("车站", "个", "5")]),
    ],
    ids=["card", "names", "another subject"],
)
def test_other_tables_are_none(other: str) -> None:
    assert record(other)["tables"] == {}


def test_places_and_changes_count_rows_from_one() -> None:
    before, after = report(table(TWO_YEARS)), report(table(TWO_YEARS).replace(">900<", ">901<"))
    assert before.provenance is not None
    assert before.provenance.cell_places["local_annex.1"] == ["t1.r2.c3", "t1.r2.c4"]
    assert next(changed_cells(before.to_dict(), after.to_dict())) == "local_annex.1.历年累计"
    answer = explain_place(before.to_dict(), "local_annex.1.历年累计")
    assert (answer["printed"], answer["place"]) == ("900", "t1.r2.c4")
