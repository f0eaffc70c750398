"""Table 2 as authorities bend it. The quotations are of real pages; the tables around them and all other numbers are
invented."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parser.report_page import numbers, page, render
from tests.parser.test_table_shapes import tr
from tests.parser.test_tables import codes, record, rows_of

CAPTION = "第二十条第（{}）项"
HEADS_2021 = {
    "一": ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
    "五": ("信息内容", "本年处理决定数量"),
    "六": ("信息内容", "本年处理决定数量"),
    "八": ("信息内容", "本年收费金额（单位：万元）"),
}
HEADS_2019 = {
    "一": ("信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量"),
    "五": ("信息内容", "上一年项目数量", "本年增/减", "处理决定数量"),
    "六": ("信息内容", "上一年项目数量", "本年增/减", "处理决定数量"),
    "八": ("信息内容", "上一年项目数量", "本年增/减"),
    "九": ("信息内容", "采购项目数量", "采购总金额"),
}
ROWS_2021: dict[str, list[tuple[object, ...]]] = {
    "一": [("规章", 1, 2, 3), ("行政规范性文件", 4, 5, 6)],
    "五": [("行政许可", 7)],
    "六": [("行政处罚", 8), ("行政强制", 9)],
    "八": [("行政事业性收费", "10.5")],
}
ROWS_2019: dict[str, list[tuple[object, ...]]] = {
    "一": [("规章", 0, 0, 0), ("规范性文件", 1, 2, 3)],
    "五": [("行政许可", 184, -3, 20), ("其他对外管理服务事项", 4, 5, 6)],
    "六": [("行政处罚", 104, 2, 7), ("行政强制", 8, 0, 9)],
    "八": [("行政事业性收费", 1, 0)],
    "九": [("政府集中采购", 2, "251000元")],
}


def table(rows: dict[str, list[tuple[object, ...]]], heads: dict[str, tuple[str, ...]], **other: Any) -> str:
    """Table 2; `captions` and `heads` of items may be given in other wording, `rows` by item."""
    captions = other.get("captions", {})
    parts = []
    for item, lines in rows.items():
        parts.append(f"<tr><td colspan=4>{captions.get(item, CAPTION.format(item))}</td></tr>")
        parts.append(tr(*heads[item]))
        parts.extend(tr(*line) for line in lines)
    return f"<table border=1>{''.join(parts)}</table>"


def read(html: str, stem: str = "000") -> dict[str, Any]:
    return record(page({**render(numbers(stem)), "active_disclosure": html}))


def form_2021(heads: dict[str, tuple[str, ...]] | None = None, captions: object = None, **rows: Any) -> dict[str, Any]:
    return read(table({**ROWS_2021, **rows}, {**HEADS_2021, **(heads or {})}, captions=captions or {}))


def form_2019(heads: dict[str, tuple[str, ...]] | None = None, captions: object = None, **rows: Any) -> dict[str, Any]:
    return read(table({**ROWS_2019, **rows}, {**HEADS_2019, **(heads or {})}, captions=captions or {}), "001")


def row(found: dict[str, Any], key: str) -> tuple[list[object], str]:
    line = rows_of(found["tables"]["active_disclosure"])[key]
    return line["values"], line["states"]


def test_form_of_2019_in_a_report_of_2023() -> None:
    """35. 底张街道 2023, 螅镇 2022: the form of 2019 long after 2021."""
    found = form_2019()
    assert found["identity"]["report_year"] == 2023
    assert found["format_era"] == "2019"
    assert row(found, "administrative_licensing") == ([184, -3, 20], "RRR")
    assert codes(found, "S11") == ["tables"]


def test_two_forms_in_one_table() -> None:
    """36. Item (一) in columns of 2019, items (五)(六)(八) in columns of 2021 (本年收费金额 282.1)."""
    rows: dict[str, list[tuple[object, ...]]] = {
        **ROWS_2021,
        "一": [("规章", 0, 0, 0), ("规范性文件", 1, 2, 3)],
        "八": [("行政事业性收费", "282.1")],
    }
    found = read(table(rows, {**HEADS_2021, "一": HEADS_2019["一"]}))
    blocks = found["tables"]["active_disclosure"]["blocks"]
    assert {key: block["era"] for key, block in blocks.items()} == {
        "art20_1": "2019",
        "art20_5": "2021",
        "art20_6": "2021",
        "art20_8": "2021",
    }
    assert row(found, "administrative_fees") == (["282.1"], "R")


@pytest.mark.parametrize(
    ("heads", "era"),
    [
        (("信息内容", "本年新制作数量", "本年新制作数量", "对外公开总数量"), "2019"),
        (("信息内容", "本年新", "本年新", "对外公开总数量"), "2019"),
        (("信息内容", "本年发件", "本年废止件数", "现行有效件"), "2021"),
        (("信息内容", "本年制<br>发件数", "本年废<br/>止件数", "现行有<br>效件数"), "2021"),
    ],
)
def test_header_typo(heads: tuple[str, ...], era: str) -> None:
    """37. 本年新制作数量 twice (上湾乡), 本年发件 and 现行有效件 (沧州), 本年新 | 本年新 cut at a <br> (杨陵)."""
    found = form_2019({"一": heads}) if era == "2019" else form_2021({"一": heads})
    assert found["tables"]["active_disclosure"]["era"] == era
    assert row(found, "normative_documents") == ([1, 2, 3] if era == "2019" else [4, 5, 6], "RRR")
    assert bool(codes(found, "S10")) == ("<br>" not in heads[1])


def test_captions_of_items_in_four_spellings() -> None:
    """38. 第二十条(一)项 and 第二十条第(五)项 in one table (故城); 第二十条 第 (六 项; 第二十条  第(六)项."""
    captions = {
        "一": "第二十条(一)项",
        "五": "第二十条第(五)项",
        "六": "第二十条 第 (六 项",
        "八": "第二十条  第(八)项",
    }
    found = form_2021(captions=captions)
    assert row(found, "administrative_compulsion") == ([9], "R")
    assert row(found, "administrative_fees") == (["10.5"], "R")
    assert "active_disclosure.caption" in codes(found, "S10")


@pytest.mark.parametrize("label", ["规范性文件", "行政规范性文件（含修订、重新公布的文件）", "行政规<br>范性文件"])
def test_row_label_of_the_other_form_or_with_an_instruction(label: str) -> None:
    """39. 规范性文件 in a 2021 table (沭阳); long instructions in brackets (武汉生态环境局)."""
    found = form_2021(一=[("规 章", 1, 2, 3), (label, 4, 5, 6)])
    assert row(found, "regulations") == ([1, 2, 3], "RRR")
    assert row(found, "normative_documents") == ([4, 5, 6], "RRR")


def test_extra_row() -> None:
    """39. An extra row 其他主动公开文件 186 86 255 (武汉生态环境局 2020)."""
    found = form_2019(一=[*ROWS_2019["一"], ("其他主动公开文件", 186, 86, 255)])
    assert found["tables"]["active_disclosure"]["extra_rows"] == [
        {"label": "其他主动公开文件", "cells": ["186", "86", "255"]}
    ]
    assert row(found, "normative_documents") == ([1, 2, 3], "RRR")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("减3项", -3), ("增1945", 1945), ("减3", -3), ("增1945项", 1945), ("＋５", 5), ("－2", -2), ("持平", 0)],
)
def test_change_in_words(cell: str, value: int) -> None:
    """40. 减3项, 增1945 (城中区), 减3 (宣城)."""
    found = form_2019(五=[("行政许可", "184项", cell, 20), ROWS_2019["五"][1]])
    assert row(found, "administrative_licensing") == ([184, value, 20], "RRR")


@pytest.mark.parametrize(
    ("cell", "value", "yuan", "unit"),
    [
        ("2694.35万元", "2694.35", "26943500", "个/万元"),
        ("251000元", "251000", "251000", "个/元"),
        ("152790元", "152790", "152790", "个/元"),
        ("0.37万元", "0.37", "3700", "个/万元"),
        ("8040", "8040", None, "个/unknown"),
    ],
)
def test_money_with_its_unit_in_the_cell(cell: str, value: str, yuan: str | None, unit: str) -> None:
    """40. 2694.35万元 (城中区), 251000元 (上海), 152790元 (上湾乡), 0.37万元 (宣城), 8040 without a unit (中村乡)."""
    found = form_2019(九=[("政府集中采购", 2, cell)])
    assert row(found, "centralized_procurement") == ([2, value], "RR")
    assert rows_of(found["tables"]["active_disclosure"])["centralized_procurement"].get("amount_yuan") == yuan
    assert found["tables"]["active_disclosure"]["blocks"]["art20_9"]["unit"] == unit


@pytest.mark.parametrize(
    ("cell", "value"), [("22 （其中修订 16 件）", 22), ("55 （含自然失效 29 件）", 55), ("8件(撤销1件、警告7件)", 8)]
)
def test_annotated_number(cell: str, value: int) -> None:
    """41, 40. 22 （其中修订 16 件）, 55 （含自然失效 29 件） (上海 2025); 8件(撤销1件、警告7件) (忻州民政)."""
    found = form_2021(六=[("行政处罚", cell), ("行政强制", 9)])
    line = rows_of(found["tables"]["active_disclosure"])["administrative_penalty"]
    assert (line["values"], line["states"], line["raw"]) == ([value], "R", {"0": cell})


@pytest.mark.parametrize(("amount", "yuan"), [("290.066", "2900660"), ("0.008", "80"), ("96171.6", "961716000")])
def test_decimals_are_exact(amount: str, yuan: str) -> None:
    """42. 290.066, 0.008 (= the 80 yuan of section six), 96171.6, 11398889."""
    found = form_2021(五=[("行政许可", "11398889")], 八=[("行政事业性收费", amount)])
    assert row(found, "administrative_licensing") == ([11398889], "R")
    assert row(found, "administrative_fees") == ([amount], "R")
    assert rows_of(found["tables"]["active_disclosure"])["administrative_fees"]["amount_yuan"] == yuan


@pytest.mark.parametrize("cells", [("行政强制",), ("行政强制", "")])
def test_label_without_value_then_the_next_caption(cells: tuple[str, ...]) -> None:
    """43. 行政强制 followed by 第二十条第(八)项 (大通湖): nothing shifts."""
    found = form_2021(六=[("行政处罚", 8), cells])
    assert row(found, "administrative_compulsion") == ([None], "A" if len(cells) == 1 else "B")
    assert row(found, "administrative_penalty") == ([8], "R")
    assert row(found, "administrative_fees") == (["10.5"], "R")


def test_every_cell_blank() -> None:
    """44. All cells blank (螅镇, 莲湖残联): blank, not 0."""
    blank: dict[str, list[tuple[object, ...]]] = {
        item: [(line[0], *[""] * (len(line) - 1)) for line in lines] for item, lines in ROWS_2019.items()
    }
    found = read(table(blank, HEADS_2019), "001")
    assert {set(line["states"]).pop() for line in rows_of(found["tables"]["active_disclosure"]).values()} == {"B"}


def test_one_column_blank_and_one_row_blank() -> None:
    """44. The column 本年增/减 blank (得荣), the row 规章 blank (忻州民政)."""
    found = form_2019(
        一=[("规章", "", "&nbsp;", "<o:p> </o:p>"), ("规范性文件", 1, 2, 3)],
        五=[("行政许可", 0, "", 0), ("其他对外管理服务事项", 0, "", 0)],
    )
    assert row(found, "regulations") == ([None] * 3, "BBB")
    assert row(found, "administrative_licensing") == ([0, None, 0], "RBR")


@pytest.mark.parametrize("dash", ["-", "—", "－", "/", "——", "无"])
def test_dash_for_a_number(dash: str) -> None:
    """45. `-` for a number (武汉 2020)."""
    assert row(form_2021(一=[("规章", dash, 1, dash), ROWS_2021["一"][1]]), "regulations") == ([None, 1, None], "NRN")


def test_cells_glued_into_one() -> None:
    """46. 规章000, 信息内容本年新制作数量本年新公开数量对外公开总数量 (川主乡): said so, never read as numbers."""
    lines = ("信息内容本年新制作数量本年新公开数量对外公开总数量", "规章000", "规范性文件123", "行政许可000")
    found = read("".join(f"<p>{line}</p>" for line in lines), "001")
    table = found["tables"]["active_disclosure"]
    assert not any(
        "R" in line["states"] for line in (rows_of(table).values() if table["presence"] == "present" else ())
    )


def test_empty_row_and_empty_cell_behind() -> None:
    """47. A trailing empty row or cell (故城, 东乡)."""
    html = table({**ROWS_2021, "八": [("行政事业性收费", "10.5", "")]}, HEADS_2021)
    found = read(html.replace("</table>", "<tr><td></td><td></td><td></td><td></td></tr><tr></tr></table>"))
    assert row(found, "administrative_fees") == (["10.5"], "R")
    assert row(found, "regulations") == ([1, 2, 3], "RRR")
    assert codes(found, "S08") == []


def test_a_table_for_each_item() -> None:
    """Further layout: each item of article 20 in a table element of its own."""
    html = table(ROWS_2021, HEADS_2021).replace("<tr><td colspan=4>", "</table><p></p><table><tr><td colspan=4>")
    found = read(html)
    assert [row(found, key)[0] for key in ("regulations", "administrative_licensing", "administrative_fees")] == [
        [1, 2, 3],
        [7],
        ["10.5"],
    ]


def test_numbers_in_full_width_digits_with_separators() -> None:
    """Further layout: １２, 3,251 and 3，251."""
    found = form_2021(一=[("规章", "１２", "3,251", "3，251"), ROWS_2021["一"][1]])
    assert row(found, "regulations") == ([12, 3251, 3251], "RRR")


def test_column_of_units() -> None:
    """Further layout: 单位 between label and numbers is no value, and no sign of the form of 2019."""
    heads = {item: (line[0], "单位", *line[1:]) for item, line in HEADS_2021.items()}
    rows = {
        item: [(line[0], "万元" if item == "八" else "件", *line[1:]) for line in ROWS_2021[item]] for item in heads
    }
    found = form_2021(heads, **rows)
    assert found["tables"]["active_disclosure"]["era"] == "2021"
    assert row(found, "normative_documents") == ([4, 5, 6], "RRR")
    assert row(found, "administrative_fees") == (["10.5"], "R")


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0), (2, 1, 0)])
def test_columns_in_another_order(order: tuple[int, ...]) -> None:
    """Further layout: the form of an item is told by all of its headings, in whatever order."""
    rows = [(line[0], *(line[1:][index] for index in order)) for line in ROWS_2019["一"]]
    found = form_2021({"一": ("信息内容", *(HEADS_2019["一"][1:][index] for index in order))}, 一=rows)
    block = found["tables"]["active_disclosure"]["blocks"]["art20_1"]
    assert block["era"] == "2019"
    assert row(found, "normative_documents") == ([1, 2, 3], "RRR")


@pytest.mark.parametrize(
    ("heads", "cells", "expected", "states"),
    [
        (("本年制发件数", "本年废止件数", "现行有效件数", ""), (1, 2, "", 7), [1, 2, None], "RRB"),
        (("", "本年制发件数", "本年废止件数", "现行有效件数"), (7, 1, 2, ""), [1, 2, None], "RRB"),
        (("上年", "本年废止件数", "现行有效件数"), (7, 2, 3), [None, 2, 3], "URR"),
        (("本年制发件数", "现行有效件数"), (1, 3), [1, None, 3], "RAR"),
    ],
)
def test_columns_more_or_less(
    heads: tuple[str, ...], cells: tuple[object, ...], expected: list[object], states: str
) -> None:
    """Further layout: a column without a heading, or in the place of one that is missing, is none of the form's."""
    found = form_2021({"一": ("信息内容", *heads)}, 一=[("规章", *cells), ("行政规范性文件", *cells)])
    assert row(found, "regulations") == (expected, states)
