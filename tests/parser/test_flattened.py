"""Tables flattened to text, a row a line: what the page's own headings and order tell is read, the rest unplaced.

All numbers are invented.
"""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.parser.forms import APPLICATIONS
from tests.parser.report_page import numbers, page, render
from tests.parser.test_tables import record, rows_of

CAPTION = "第二十条第（{}）项"
HEADS = ("申请人情况", "自然人 法人或其他组织 总计", "商业企业 科研机构 社会公益组织 法律服务机构 其他")
REGULATIONS_2021 = "信息内容 本年制发件数 本年废止件数 现行有效件数"
REGULATIONS_2019 = "信息内容 本年新制作数量 本年新公开数量 对外公开总数量"
LICENSING_2021 = "信息内容 本年处理决定数量"
LABELS = {row.key: row.label for row in APPLICATIONS.rows}


def active(*lines: str) -> dict[str, Any]:
    html = "".join(f"<p>{line}</p>" for line in lines)
    return rows_of(record(page({**render(numbers("002")), "active_disclosure": html}))["tables"]["active_disclosure"])


def applications(*lines: str) -> dict[str, Any]:
    html = "".join(f"<p>{line}</p>" for line in lines)
    return rows_of(record(page({**render(numbers("002")), "applications": html}))["tables"]["applications"])


def row(key: str, printed: str) -> str:
    return f"{LABELS[key]} {printed}"


def table(**printed: str) -> tuple[str, ...]:
    """Table 3 with the row of each key as given, all others zero."""
    return (*HEADS, *(row(form.key, printed.get(form.key, "0 0 0 0 0 0 0")) for form in APPLICATIONS.rows_of("2021")))


@pytest.mark.parametrize(
    ("line", "states", "first"),
    [
        ("1 2 0 0 0 0 3", "RRRRRRR", 1),
        ("十二 2 0 0 0 0 14", "RRRRRRR", 12),
        ("零件 2 0 0 0 0 2", "RRRRRRR", 0),
        ("3件 2件 0件 0件 0件 0件 5件", "RRRRRRR", 3),
        ("5 见附件 0 0 0 0 5", "RTRRRRR", 5),
        ("5 【54】 0 0 0 0 5", "RTRRRRR", 5),
        ("9 1 0 0 1 0", "UUUUUUU", None),
        ("9 1 86. 0 0 1 0", "UUUUUUU", None),
        ("9", "UUUUUUU", None),
    ],
)
@pytest.mark.parametrize("key", ["refused_state_secret", "refused_prohibited_by_law", "carried_over_out"])
def test_a_row_on_a_line(key: str, line: str, states: str, first: int | None) -> None:
    found = applications(*table(**{key: line}))
    assert (found[key]["states"], found[key]["values"][0]) == (states, first)
    assert all(other["states"] == "RRRRRRR" for name, other in found.items() if name != key)


def test_digits_glued_to_their_label_are_unplaced() -> None:
    found = applications(
        *(line.replace(LABELS["granted"] + " ", LABELS["granted"]) for line in table(granted="2000002"))
    )
    assert (found["granted"]["states"], found["granted"]["unplaced"]) == ("UUUUUUU", ["2000002"])


def test_total_before_the_applicants_leaves_the_columns_in_doubt() -> None:
    heads = (HEADS[0], "总计 自然人 法人或其他组织", HEADS[2])
    found = applications(*heads, *table(granted="3 1 2 0 0 0 0")[len(HEADS) :])
    assert {line["states"] for line in found.values()} == {"UUUUUUU"}


@pytest.mark.parametrize(("heading", "key"), [(REGULATIONS_2021, "in_force"), (REGULATIONS_2019, "total_disclosed")])
def test_the_form_of_an_item_is_that_of_its_own_headings(heading: str, key: str) -> None:
    lines = [CAPTION.format("一"), heading, "规章 1 2 3", CAPTION.format("五"), LICENSING_2021, "行政许可 5"]
    html = "".join(f"<p>{line}</p>" for line in lines)
    report = record(page({**render(numbers("002")), "active_disclosure": html}))
    block = next(iter(report["tables"]["active_disclosure"]["blocks"].values()))
    assert block["columns"][2] == key
    assert block["rows"]["regulations"]["values"] == [1, 2, 3]
    assert rows_of(report["tables"]["active_disclosure"])["administrative_licensing"]["values"] == [5]


def test_an_item_without_headings_of_its_own_is_unplaced() -> None:
    found = active(CAPTION.format("一"), "规章 1 2 3", CAPTION.format("五"), LICENSING_2021, "行政许可 0")
    assert found["regulations"]["states"] == "UUU"
    assert found["administrative_licensing"]["values"] == [0]


def test_a_number_glued_to_its_label_may_be_several() -> None:
    found = active(
        CAPTION.format("一"), REGULATIONS_2021, "规章 1 2 3", CAPTION.format("五"), LICENSING_2021, "行政许可120"
    )
    assert (found["administrative_licensing"]["states"], found["administrative_licensing"]["unplaced"]) == (
        "U",
        ["120"],
    )
