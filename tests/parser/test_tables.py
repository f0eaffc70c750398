"""The statutory tables in HTML: grids as real pages bend them, cell for cell."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.parser import AnnualReport, ReportPage, fingerprint, parse
from tests.parser.report_page import BODIES, HEADINGS, TABLES, TITLE, numbers, page, render
from tests.portals import grid

Record = dict[str, Any]
ROW = re.compile("</?(?:table|tbody)[^>]*>")

SHANGHAI = """<table><tr><td colspan=4>第二十条第（一）项</td></tr>
<tr><td>信息内容</td><td>本年新<br>制作数量</td><td>本年新<br>公开数量</td><td>对外公开总数量</td></tr>
<tr><td>规 章</td><td>0</td><td>0</td><td>0</td></tr>
<tr><td>规范性文件（说明：含修订）</td><td>12</td><td>11</td><td>&nbsp;</td></tr>
<tr><td>其他主动公开文件</td><td>186</td><td>86</td><td>255</td></tr>
<tr><td colspan=4>第二十条第（五）项</td></tr>
<tr><td>信息内容</td><td>上一年项目数量</td><td colspan=2>本年增/减</td><td>处理决定数量</td></tr>
<tr><td>行政许可</td><td colspan=2>100</td><td>+5</td><td>O</td></tr>
<tr><td>其他对外管理服务事项</td><td>/</td><td>无</td><td>-</td></tr>
<tr><td colspan=4>第二十条第（六）项</td></tr>
<tr><td>信息内容</td><td>上一年项目数量</td><td colspan=2>本年增/减</td><td>处理决定数量</td></tr>
<tr><td>行政处罚</td><td>１２</td><td>持平</td><td>3,251</td></tr>
<tr><td>行政强制</td><td>1.5</td><td>0</td><td>见附件</td></tr>
<tr><td colspan=4>第二十条第（八）项</td></tr>
<tr><td>信息内容</td><td>上一年项目数量</td><td colspan=2>本年增/减</td></tr>
<tr><td>行政事业性收费</td><td>1</td><td>0</td></tr>
<tr><td colspan=4>第二十条第（九）项</td></tr>
<tr><td>信息内容</td><td>采购项目数量</td><td>采购总金额</td></tr>
<tr><td>政府集中采购</td><td>1</td><td>251000元</td></tr></table>"""

DECISIONS = "<tr><td>信息内容</td><td colspan=3>本年处理决定数量</td></tr>"
MIXED = f"""<table><tr><td colspan=4>第二十条(一)项</td></tr>
<tr><td>信息内容</td><td>本年新制作数量</td><td>本年新制作数量</td><td>对外公开总数量</td></tr>
<tr><td>规章</td><td>0</td><td>0</td><td>0</td></tr><tr><td>规范性文件</td><td>1</td><td>2</td><td>3</td></tr>
<tr><td colspan=4>第二十条第(五)项</td></tr>{DECISIONS}<tr><td>行政许可</td><td colspan=3>7</td></tr>
<tr><td colspan=4>第二十条第(六)项</td></tr>{DECISIONS}<tr><td>行政处罚</td><td colspan=3>8</td></tr>
<tr><td>行政强制</td><td colspan=3>9</td></tr>
<tr><td colspan=4>第二十条第(八)项</td></tr><tr><td>信息内容</td><td colspan=3>本年收费金额(单位:元)</td></tr>
<tr><td>行政事业性收费</td><td colspan=3>282.1</td></tr></table>"""


def record(html: str) -> Record:
    report = parse(ReportPage(html.encode()))
    assert isinstance(report, AnnualReport), report
    found: Record = json.loads(report.to_json())
    return found


def rows_of(table: Record) -> dict[str, Record]:
    if "blocks" in table:
        return {key: row for block in table["blocks"].values() for key, row in block["rows"].items()}
    rows: dict[str, Record] = table["rows"]
    return rows


def cells(tables: Record) -> dict[str, tuple[object, str]]:
    """Every cell by TABLE.ROW.INDEX: value and state."""
    return {
        f"{name}.{key}.{index}": (value, row["states"][index])
        for name in TABLES
        for key, row in rows_of(tables[name]).items()
        for index, value in enumerate(row["values"])
    }


def codes(found: Record, code: str) -> list[str]:
    return [check["scope"] for check in found["checks"] if check["code"] == code]


@pytest.mark.parametrize("stem", ["000", "001", "002"])
@pytest.mark.parametrize(
    "style",
    [
        grid.Style(),
        grid.Style(wide=True, before="<p><span>", after="</span></p>", blank="<o:p>&nbsp;</o:p>"),
        grid.Style(table="", before="<div>\n", after="\n</div>", blank=""),
    ],
    ids=["plain", "word", "bare"],
)
def test_every_cell_of_the_form(stem: str, style: grid.Style) -> None:
    tables = numbers(stem)
    assert cells(record(page(render(tables, style)))["tables"]) == cells(tables)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_changing_one_cell_changes_that_cell(data: st.DataObject) -> None:
    tables = numbers("000")
    before = record(page(render(tables)))
    name = data.draw(st.sampled_from(TABLES))
    key = data.draw(st.sampled_from(sorted(rows_of(tables[name]))))
    changed = copy.deepcopy(tables)
    row = rows_of(changed[name])[key]
    index = data.draw(st.integers(0, len(row["values"]) - 1))
    old = row["values"][index]
    row["values"][index] = str(float(old) + 1) if isinstance(old, str) else old + data.draw(st.integers(1, 10**6))
    after = record(page(render(changed)))
    old_cells, new_cells = cells(before["tables"]), cells(after["tables"])
    assert [cell for cell in old_cells if old_cells[cell] != new_cells[cell]] == [f"{name}.{key}.{index}"]
    assert new_cells[f"{name}.{key}.{index}"] == (row["values"][index], "R")


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_emptying_one_cell_blanks_that_cell(data: st.DataObject) -> None:
    tables = numbers("002")
    name = data.draw(st.sampled_from(TABLES))
    key = data.draw(st.sampled_from(sorted(rows_of(tables[name]))))
    row = rows_of(tables[name])[key]
    index = data.draw(st.integers(0, len(row["values"]) - 1))
    wanted = cells(tables) | {f"{name}.{key}.{index}": (None, "B")}
    row["states"] = row["states"][:index] + "B" + row["states"][index + 1 :]
    found = record(page(render(tables)))
    assert cells(found["tables"]) == wanted
    assert len(codes(found, "C01")) == 1


def test_header_and_data_need_not_share_columns() -> None:
    found = record(page({**render(numbers("001")), "active_disclosure": SHANGHAI}))
    table = found["tables"]["active_disclosure"]
    rows = rows_of(table)
    assert table["era"] == "2019"
    assert {key: (row["values"], row["states"]) for key, row in rows.items()} == {
        "regulations": ([0, 0, 0], "RRR"),
        "normative_documents": ([12, 11, None], "RRB"),
        "administrative_licensing": ([100, 5, 0], "RRR"),
        "other_external_services": ([None, None, None], "NNN"),
        "administrative_penalty": ([12, 0, 3251], "RRR"),
        "administrative_compulsion": ([None, 0, None], "TRT"),
        "administrative_fees": ([1, 0], "RR"),
        "centralized_procurement": ([1, "251000"], "RR"),
    }
    assert table["extra_rows"] == [{"label": "其他主动公开文件", "cells": ["186", "86", "255"]}]
    assert rows["centralized_procurement"]["amount_yuan"] == "251000"
    assert table["blocks"]["art20_9"]["unit"] == "个/元"
    assert codes(found, "S08") == ["active_disclosure"]
    assert codes(found, "C06") == ["active_disclosure.administrative_compulsion.items_prev_year"]
    assert codes(found, "C03") == ["active_disclosure.administrative_compulsion.decisions"]


def test_blocks_of_one_table_may_follow_different_forms() -> None:
    found = record(page({**render(numbers("000")), "active_disclosure": MIXED}))
    table = found["tables"]["active_disclosure"]
    assert (found["format_era"], table["era"]) == ("mixed", "mixed")
    assert {key: block["era"] for key, block in table["blocks"].items()} == {
        "art20_1": "2019",
        "art20_5": "2021",
        "art20_6": "2021",
        "art20_8": "2021",
    }
    assert rows_of(table)["normative_documents"]["values"] == [1, 2, 3]
    assert rows_of(table)["administrative_fees"]["amount_yuan"] == "282.1"
    assert "active_disclosure.columns.newly_disclosed" in codes(found, "S10")
    assert "active_disclosure.caption" in codes(found, "S10")
    assert codes(found, "S11") == ["tables"]


def test_single_row_of_group_six_is_the_form_of_2019() -> None:
    html = {**render(numbers("000")), "applications": render(numbers("001"))["applications"]}
    found = record(page(html))
    assert found["tables"]["applications"]["era"] == "2019"
    assert found["format_era"] == "mixed"


def test_printed_subtotals_are_kept_apart() -> None:
    tables = numbers("000")
    html = render(tables)
    table = html["applications"]
    start = table.rindex("<tr>", 0, table.index("(四)无法提供"))
    printed = "<td></td><td colspan=2>(三)不予公开</td>" + "".join(f"<td>{n}</td>" for n in (3, 0, 0, 0, 0, 0, 4))
    found = record(page({**html, "applications": f"{table[:start]}<tr>{printed}</tr>{table[start:]}"}))
    assert found["tables"]["applications"]["subtotals"]["refused"]["values"] == [3, 0, 0, 0, 0, 0, 4]
    assert codes(found, "S13") == ["applications.subtotals.refused"]
    refused = rows_of(found["tables"]["applications"])["refused_internal_affairs"]
    assert refused["values"] == tables["applications"]["rows"]["refused_internal_affairs"]["values"]


def test_row_left_out_and_row_twice() -> None:
    html = render(numbers("002"))["applications"]
    start = html.index("<tr><td>2.重复申请")
    row = html[start : html.index("</tr>", start) + 5]
    without = record(page({**render(numbers("002")), "applications": html.replace(row, "<tr></tr>")}))
    assert rows_of(without["tables"]["applications"])["not_processed_duplicate"]["states"] == "AAAAAAA"
    assert codes(without, "S07") == ["applications.not_processed_duplicate"]
    twice = record(page({**render(numbers("002")), "applications": html.replace(row, row + row)}))
    assert "applications.not_processed_duplicate" in codes(twice, "S09")


def test_short_row_is_unplaced_not_shifted() -> None:
    tables = render(numbers("002"))
    start = tables["applications"].index("四、结转下年度")
    cut = tables["applications"].index("<td>0</td>", start)
    tables["applications"] = tables["applications"][:cut] + tables["applications"][cut + len("<td>0</td>") :]
    found = record(page(tables))
    row = rows_of(found["tables"]["applications"])["carried_over_out"]
    assert row["states"] == "UUUUUUU"
    assert row["unplaced"] == ["10", "0", "0", "0", "0", "10"]
    assert codes(found, "S12") == ["applications"]


@pytest.mark.parametrize("stem", ["000", "001"])
def test_tables_in_other_company(stem: str) -> None:
    tables = numbers(stem)
    html = render(tables)
    nested = f"<table width=1000><tr><td colspan=376>{page(html)}</td></tr><tr>{'<td></td>' * 376}</tr></table>"
    rows = [
        f"<tr><td colspan=15>{heading}</td></tr>"
        + (ROW.sub("", html[TABLES[index - 1]]) if 1 <= index <= 3 else f"<tr><td colspan=15>{BODIES[index]}</td></tr>")
        for index, heading in enumerate(HEADINGS)
    ]
    everything = f"<h1>{TITLE}</h1><table>{''.join(rows)}</table>"
    together = page({"active_disclosure": f"<table>{''.join(ROW.sub('', html[name]) for name in TABLES)}</table>"})
    paragraphs = page(
        {name: re.sub("</?(?:table|tbody|tr)[^>]*>", "", table).replace("td", "p") for name, table in html.items()}
    )
    for variant in (nested, everything, together):
        assert cells(record(variant)["tables"]) == cells(tables)
    if stem == "000":
        assert cells(record(paragraphs)["tables"]) == cells(tables)


def test_table_cut_in_two() -> None:
    tables = render(numbers("002"))
    cut = tables["applications"].index("<tr><td", tables["applications"].index("不掌握"))
    tables["applications"] = (
        tables["applications"][:cut] + "</tbody></table><p>- 4 -</p><table><tbody>" + tables["applications"][cut:]
    )
    assert cells(record(page(tables))["tables"]) == cells(numbers("002"))


def test_tables_that_are_something_else() -> None:
    found = record(
        page(
            {
                "active_disclosure": "<p><img src='a.jpg'></p>",
                "applications": "<p><a href='b.docx'>附件</a></p>",
                "review_litigation": "<p>本年度没有发生行政复议和行政诉讼案件。</p>",
            }
        )
    )
    assert [found["tables"][name]["presence"] for name in TABLES] == ["image", "attachment", "absent"]
    assert found["sections"][3]["kind"] == "text"
    assert found["sections"][3]["text"] == "本年度没有发生行政复议和行政诉讼案件。"
    assert codes(found, "S05") == [f"tables.{name}" for name in TABLES]
    empty = record(page({}))
    assert [empty["tables"][name]["presence"] for name in TABLES] == ["lost_in_source"] * 3


def test_places_lead_back_to_the_cells() -> None:
    found = record(page(render(numbers("000"))))
    places = found["provenance"]["cell_places"]
    assert places["applications.new_received"] == [f"t2.r4.c{column}" for column in range(2, 9)]
    assert places["review_litigation.litigation_direct"][0] == "t3.r4.c6"
    assert set(places) == {f"{name}.{key}" for name in TABLES for key in rows_of(found["tables"][name])}


def test_fingerprint_is_of_content() -> None:
    tables = numbers("000")
    first = parse(ReportPage(page(render(tables)).encode()))
    framed = parse(
        ReportPage(
            page(render(tables, grid.Style(wide=True)), ending="<p>扫一扫</p>").encode(), url="http://a.gov.cn/b"
        )
    )
    rows_of(tables["applications"])["granted"]["values"][0] += 1
    revised = parse(ReportPage(page(render(tables)).encode()))
    assert isinstance(first, AnnualReport)
    assert isinstance(framed, AnnualReport)
    assert isinstance(revised, AnnualReport)
    assert fingerprint(first) == fingerprint(framed)
    assert fingerprint(first) != fingerprint(revised)
