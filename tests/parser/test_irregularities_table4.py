"""Table 4 as authorities bend it. The quotations are of real pages; the tables around them are invented."""

from __future__ import annotations

from typing import Any

import pytest

from tests.parser.report_page import BODIES, HEADINGS, TABLES, numbers, page, render
from tests.parser.test_tables import codes, record, rows_of

OUTCOMES = ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计")


def table(values: list[object], outcomes: tuple[str, ...] = OUTCOMES, behind: str = "") -> str:
    heads = "".join(f"<td>{text}</td>" for text in outcomes)
    return (
        "<table><tr><td colspan=5 rowspan=2>行政复议</td><td colspan=10>行政诉讼</td></tr>"
        "<tr><td colspan=5>未经复议直接起诉</td><td colspan=5>复议后起诉</td></tr>"
        f"<tr>{heads * 3}</tr><tr>{''.join(f'<td>{value}</td>' for value in values)}</tr>{behind}</table>"
    )


def read(html: str, **changes: Any) -> dict[str, Any]:
    return record(page({**render(numbers("000")), "review_litigation": html}, **changes))


def rows(found: dict[str, Any]) -> list[tuple[list[object], str]]:
    return [(row["values"], row["states"]) for row in rows_of(found["tables"]["review_litigation"]).values()]


def failed(found: dict[str, Any], code: str) -> list[str]:
    return [check["scope"] for check in found["checks"] if check["code"] == code and check["status"] == "fail"]


def test_arithmetic_broken_in_the_page_itself() -> None:
    """57. 10 1 0 0 0 | 0 0 0 0 0 | 5 0 0 0 0 (洪泽区 2023): the totals printed are 0; reported, never repaired."""
    found = read(table([10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0]))
    assert rows(found) == [([10, 1, 0, 0, 0], "RRRRR"), ([0] * 5, "RRRRR"), ([5, 0, 0, 0, 0], "RRRRR")]
    assert failed(found, "T401") == [
        "review_litigation.review.total",
        "review_litigation.litigation_after_review.total",
    ]


def test_three_of_fifteen_cells() -> None:
    """58. 0 | 0 | 0 (忻州民政, seed 004) is all that is left: unplaced."""
    found = read(table([0, 0, 0]))
    assert {states for _, states in rows(found)} == {"UUUUU"}
    assert found["tables"]["review_litigation"]["unplaced"] == ["0", "0", "0"]


@pytest.mark.parametrize("gap", ["<br>", "</p><p>", "<br/>\n", "</span><br><span>"])
def test_header_letters_one_a_line(gap: str) -> None:
    """59. 结 结 其 尚 / 果 果 他 未 / 维 纠 结 审 / 持 正 果 结 (文登审计)."""
    found = read(table([1, 2, 3, 4, 10, *range(5), *range(5)], tuple(gap.join(text) for text in OUTCOMES)))
    assert rows(found)[0] == ([1, 2, 3, 4, 10], "RRRRR")
    assert rows(found)[2] == ([0, 1, 2, 3, 4], "RRRRR")


def test_header_words_cut() -> None:
    """59. 结果 结果 其他 尚未 总 (文登信访): the wrapped header of a flip-book page."""
    found = read(table([1, 2, 3, 4, 10, 0, 1, 0, 0, 1, *range(5)], ("结果", "结果", "其他", "尚未", "总")))
    assert rows(found)[:2] == [([1, 2, 3, 4, 10], "RRRRR"), ([0, 1, 0, 0, 1], "RRRRR")]


def test_head_flattened_to_lines() -> None:
    """60. 行政复议 / 行政诉讼 / five / 未经复议直接起诉 / 复议后起诉 / five / five (seeds 000, 001)."""
    order = ("行政复议", "行政诉讼", *OUTCOMES, "未经复议直接起诉", "复议后起诉", *OUTCOMES, *OUTCOMES)
    found = read("".join(f"<p>{text}</p>" for text in (*order, 1, 0, 0, 0, 1, 2, 0, 0, 0, 2, 3, 0, 0, 0, 3)))
    assert [values for values, _ in rows(found)] == [[n, 0, 0, 0, n] for n in (1, 2, 3)]


def test_note_that_changes_the_meaning() -> None:
    """61. 注：行政复议、行政诉讼数量含上年度结转数量。 (上海 2025): kept as the section's text, no row, no cell."""
    note = "注：行政复议、行政诉讼数量含上年度结转数量。"
    for html in (
        table([1, 0, 0, 0, 1, *[0] * 10]) + f"<p>{note}</p>",
        table([1, 0, 0, 0, 1, *[0] * 10], behind=f"<tr><td colspan=15>{note}</td></tr>"),
    ):
        found = read(html)
        assert rows(found)[0] == ([1, 0, 0, 0, 1], "RRRRR")
        assert rows(found)[2] == ([0] * 5, "RRRRR")
        assert found["tables"]["review_litigation"].get("unplaced") is None
        assert note in str(found["sections"][3]["text"])


def test_one_kind_all_blank() -> None:
    """62. 复议后起诉 all blank (上海 2019); the totals of the rest printed."""
    found = read(table([1, 0, 0, 0, 1, 0, 2, 0, 0, 2, *[""] * 5]))
    assert rows(found) == [([1, 0, 0, 0, 1], "RRRRR"), ([0, 2, 0, 0, 2], "RRRRR"), ([None] * 5, "BBBBB")]


def test_blank_but_for_the_totals() -> None:
    """62. All fifteen blank but the totals."""
    found = read(table(["", "", "", "", 0] * 3))
    assert rows(found) == [([None, None, None, None, 0], "BBBBR")] * 3


def test_table_on_a_page_of_its_own_under_a_heading_without_stops() -> None:
    """59. 四、因政府信息公开工作被申请行政复议提起行政诉讼情况 (文登信访)."""
    headings = (*HEADINGS[:3], "四、因政府信息公开工作被申请行政复议提起行政诉讼情况", *HEADINGS[4:])
    found = read(table([0] * 15), headings=headings)
    assert found["sections"][3]["heading_raw"] == headings[3]
    assert rows(found) == [([0] * 5, "RRRRR")] * 3


def test_total_in_two_halves_of_a_split_table() -> None:
    """53. A table cut over two pages with — 5 — between: head in one table element, numbers in the next."""
    html = table([1, 0, 0, 0, 1, *[0] * 10])
    cut = html.rindex("<tr>")
    found = read(f"{html[:cut]}</table><p>— 5 —</p><table>{html[cut:]}")
    assert rows(found)[0] == ([1, 0, 0, 0, 1], "RRRRR")


def test_prose_in_place_of_the_table() -> None:
    """26. 没有收到政府信息公开申请… (安化审计): no table, the prose kept."""
    prose = "2023年，本机关未发生因政府信息公开工作被申请行政复议、提起行政诉讼的情况。"
    found = record(
        page(
            {name: html for name, html in render(numbers("000")).items() if name != TABLES[2]},
            bodies=(*BODIES[:3], prose, *BODIES[4:]),
        )
    )
    assert found["tables"]["review_litigation"]["presence"] == "absent"
    assert found["sections"][3]["text"] == prose
    assert codes(found, "S05") == ["tables.review_litigation"]


@pytest.mark.parametrize("extra", [18, 55])
def test_sixth_outcome(extra: int) -> None:
    """Further layout: 撤回申请 as a sixth outcome is none of the five, even where the last kind is blank."""
    outcomes = (*OUTCOMES[:4], "撤回申请", OUTCOMES[4])
    html = table([1, 2, 3, 4, extra, 10, 0, 1, 0, 0, extra, 1, *[""] * 6], outcomes)
    found = read(html.replace("colspan=10", "colspan=12").replace("colspan=5", "colspan=6"))
    assert rows(found) == [([1, 2, 3, 4, 10], "RRRRR"), ([0, 1, 0, 0, 1], "RRRRR"), ([None] * 5, "BBBBB")]


def test_column_of_remarks_behind_a_row_for_each_kind() -> None:
    """Further layout: a row for each kind, 备注 behind the outcomes."""
    lines = "".join(
        f"<tr><td>{kind}</td>{'<td>1</td>' * 4}<td>4</td><td>7</td></tr>"
        for kind in ("行政复议", "未经复议直接起诉", "复议后起诉")
    )
    heads = "".join(f"<td>{text}</td>" for text in (*OUTCOMES, "备注"))
    assert rows(read(f"<table><tr><td></td>{heads}</tr>{lines}</table>")) == [([1, 1, 1, 1, 4], "RRRRR")] * 3
