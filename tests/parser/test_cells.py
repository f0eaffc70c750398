"""Printed cells: a number where exactly one follows, a state everywhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parser.cells import Kind, in_yuan, read_cell
from pipelines.parser.numerals import read_numeral, write_numeral


@pytest.mark.parametrize(
    ("text", "kind", "value", "raw"),
    [
        ("0", "count", 0, None),
        (" 167 ", "count", 167, None),
        ("１２", "count", 12, "１２"),
        ("3,251", "count", 3251, "3,251"),
        ("1,234,567", "count", 1234567, "1,234,567"),
        ("007", "count", 7, "007"),
        ("5.0", "count", 5, "5.0"),
        ("184项", "count", 184, "184项"),
        ("约120件", "count", 120, "约120件"),
        ("1.2万", "count", 12000, "1.2万"),
        ("5①", "count", 5, "5①"),
        ("6²", "count", 6, "6²"),
        ("6\xad4", "count", 64, "6\xad4"),
        ("6\u200d4", "count", 64, "6\u200d4"),
        ("三十三", "count", 33, "三十三"),
        ("零件", "count", 0, "零件"),
        ("一百零一件", "count", 101, "一百零一件"),
        ("减少二十项", "signed", -20, "减少二十项"),
        ("十六", "money", "16", "十六"),
        ("零", "count", 0, "零"),
        ("〇", "count", 0, "〇"),
        ("-3", "count", -3, None),
        ("22 （其中修订 16 件）", "count", 22, "22 （其中修订 16 件）"),
        ("减3项", "signed", -3, "减3项"),
        ("减少3", "signed", -3, "减少3"),
        ("增1945", "signed", 1945, "增1945"),
        ("+5", "signed", 5, "+5"),
        ("-5", "signed", -5, None),
        ("－5", "signed", -5, "－5"),
        ("无变化", "signed", 0, "无变化"),
        ("持平", "signed", 0, "持平"),
        ("0", "money", "0", None),
        ("290.066", "money", "290.066", None),
        ("2694.35万元", "money", "2694.35", "2694.35万元"),
        ("251000元", "money", "251000", "251000元"),
        ("1,234.50", "money", "1234.50", "1,234.50"),
    ],
)
def test_reported(text: str, kind: Kind, value: int | str, raw: str | None) -> None:
    reading = read_cell(text, kind)
    assert (reading.state, reading.value, reading.raw) == ("R", value, raw)


@pytest.mark.parametrize("text", ["", " ", "\xa0", "\u3000", "\u200b", "\n"])
def test_blank(text: str) -> None:
    assert read_cell(text, "count").state == "B"


@pytest.mark.parametrize("text", ["/", "\\", "-", "--", "—", "——", "－", "无", "不适用", "×", "N/A"])
def test_not_applicable(text: str) -> None:
    for kind in ("count", "signed", "money"):
        reading = read_cell(text, kind)
        assert (reading.state, reading.value, reading.raw) == ("N", None, text)


@pytest.mark.parametrize(
    "text",
    [
        "①5",
        "6²3",
        "½",
        "⒈",
        "7\u03369\u0336",
        "\ufffc",
        "一",
        "三、五",
        "二百五",
        "见附件",
        "2023年",
        "12 3",
        "1,2",
        "3/4",
        "3.5",
        "5+3",
        "9" * 20,
        "1.2.3",
        "甲",
        "件",
        "10%",
        "184-3",
    ],
)
def test_unparseable(text: str) -> None:
    reading = read_cell(text, "count")
    assert (reading.state, reading.value, reading.raw) == ("T", None, text)


def test_components_in_brackets() -> None:
    reading = read_cell("8件(撤销1件、警告7件)", "count")
    assert reading.value == 8
    assert reading.components == (("撤销", 1, "件"), ("警告", 7, "件"))
    assert reading.parts_of_whole
    assert not read_cell("55（含自然失效29件）", "count").parts_of_whole


def test_money_in_yuan_is_exact() -> None:
    assert in_yuan("290.066", "万元") == "2900660"
    assert in_yuan("0.008", "万元") == "80"
    assert in_yuan("1.5", "亿元") == "150000000"
    assert in_yuan("12.34", "元") == "12.34"
    assert in_yuan("1", "项") is None


@given(st.text(max_size=40), st.sampled_from(["count", "signed", "money"]))
def test_any_text_has_a_state(text: str, kind: Kind) -> None:
    reading = read_cell(text, kind)
    assert (reading.value is not None) == (reading.state == "R")


@given(st.integers(0, 10**12))
def test_any_count_printed_plainly_is_itself(number: int) -> None:
    for text in (str(number), f"{number:,}", f" {number} ", f"{number}件"):
        assert read_cell(text, "count").value == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("零", 0),
        ("十", 10),
        ("一十六", 16),
        ("二十", 20),
        ("一百一十", 110),
        ("三百零五", 305),
        ("一千零二", 1002),
        ("一千零一十", 1010),
        ("一千零十", 1010),
        ("两千三百", 2300),
        ("十万零五百", 100_500),
        ("一千万零五", 10_000_005),
        ("一千二百三十四万五千六百七十八", 12_345_678),
        ("叁拾", 30),
    ],
)
def test_a_number_written_in_full(text: str, number: int) -> None:
    assert read_numeral(text) == number


@pytest.mark.parametrize(
    "text", ["", "百", "十十", "一二", "二〇", "零五", "一百五", "一百一", "二十两", "百三", "一万万", "十" * 99]
)
def test_what_is_not_written_in_full_is_no_number(text: str) -> None:
    assert read_numeral(text) is None


@given(st.integers(0, 10**9))
def test_any_number_written_is_itself(number: int) -> None:
    written = write_numeral(number)
    assert read_numeral(written) == number or len(written) > 16
