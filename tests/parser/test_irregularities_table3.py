"""Table 3 as authorities bend it. The quotations are of real pages; the tables around them are invented."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.parser.report_page import numbers, page, render
from tests.parser.test_table_shapes import COLUMNS, ROWS, tr, values
from tests.parser.test_tables import cells, codes, record, rows_of

OVERDUE = "申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"
UNPAID = "申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"


def plain() -> str:
    return render(numbers("002"))["applications"]


def read(html: str) -> dict[str, Any]:
    return record(page({**render(numbers("002")), "applications": html}))


def row(found: dict[str, Any], key: str) -> tuple[list[object], str]:
    line = rows_of(found["tables"]["applications"])[key]
    return line["values"], line["states"]


def wanted() -> dict[str, tuple[object, str]]:
    return {key: cell for key, cell in cells(numbers("002")).items() if key.startswith("applications")}


def found_cells(found: dict[str, Any]) -> dict[str, tuple[object, str]]:
    return {key: cell for key, cell in cells(found["tables"]).items() if key.startswith("applications")}


def table(**changed: list[object]) -> str:
    rows = [tr(form.label, *changed.get(form.key, values(form.key))) for form in ROWS]
    return f"<table>{tr('', *COLUMNS)}{''.join(rows)}</table>"


def test_one_blank_among_zeros() -> None:
    """48. Row (三)8, fifth column, blank among zeros (seed 001)."""
    found = read(table(refused_administrative_inquiry=[0, 0, 0, 0, "", 0, 0]))
    assert row(found, "refused_administrative_inquiry") == ([0, 0, 0, 0, None, 0, 0], "RRRRBRR")


def test_five_columns_blank_in_every_row() -> None:
    """49. Five organisation columns blank, 自然人 and 总计 filled (沭阳)."""
    rows = {form.key: [values(form.key)[0], *[""] * 5, values(form.key)[6]] for form in ROWS}
    found = read(table(**rows))
    assert {line["states"] for line in rows_of(found["tables"]["applications"]).values()} == {"RBBBBBR"}


def test_total_blank_but_in_the_rows_of_sums() -> None:
    """49, 56. Details filled, 总计 blank except in sum rows (上海 2019); 总计 of row four blank (上海科委)."""
    rows = {form.key: [*values(form.key)[:6], ""] for form in ROWS if form.key != "total_handled"}
    found = read(table(**rows))
    assert row(found, "carried_over_out")[1] == "RRRRRRB"
    assert row(found, "total_handled") == (values("total_handled"), "RRRRRRR")


def test_one_number_in_a_row_whose_column_is_unknown() -> None:
    """50. One 0 per row, column unknown (seed 004, 凤凰镇): unplaced, not put under 自然人."""
    found = read(table(granted=[0], new_received=[5]))
    assert row(found, "granted") == ([None] * 7, "U" * 7)
    assert row(found, "new_received") == ([None] * 7, "U" * 7)
    assert rows_of(found["tables"]["applications"])["new_received"]["unplaced"] == ["5"]


@pytest.mark.parametrize(
    ("labels", "states"),
    [
        ((f"1、{OVERDUE}", f"2、{UNPAID}", "3、其他"), ("R", "R", "R")),
        ((f"1.{OVERDUE}", "2." + UNPAID.replace("要求", ""), ""), ("R", "R", "A")),
    ],
)  # fmt: skip
def test_rows_of_group_six(labels: tuple[str, ...], states: tuple[str, ...]) -> None:
    """51, 52. Numbered 1、2、3、 (淮安); row 3.其他 missing, 按收费通知缴纳费用 without 要求 (seed 004)."""
    html = table()
    old = [form.label for form in ROWS if form.group == "other"]
    for printed, label in zip(old, labels, strict=True):
        line = re.search(rf"<tr><td>{re.escape(printed)}</td>.*?</tr>", html)
        assert line is not None
        html = html.replace(line[0], line[0].replace(printed, label) if label else "")
    found = read(html)
    keys = ("other_correction_overdue", "other_fee_unpaid", "other_misc")
    assert tuple(row(found, key)[1][0] for key in keys) == states
    assert row(found, "total_handled") == (values("total_handled"), "RRRRRRR")


def test_single_row_six_in_a_table_of_2023() -> None:
    """51. (六)其他处理 as a single row in the 2021 era (洪泽 2023, 2024)."""
    rows = [form for form in ROWS if form.group != "other"]
    lines = [tr(form.label, *values(form.key)) for form in rows]
    lines.insert(-2, tr("（六）其他处理", 4, 0, 0, 0, 0, 0, 4))
    found = read(f"<table>{tr('', *COLUMNS)}{''.join(lines)}</table>")
    assert found["tables"]["applications"]["era"] == "2019"
    assert row(found, "other_handling") == ([4, 0, 0, 0, 0, 0, 4], "RRRRRRR")
    assert found["format_era"] == "mixed"


@pytest.mark.parametrize(
    ("label", "damaged"),
    [
        ("2.其他法律行政法规禁止公开", "2.其他法律行政止公开"),
        ("三、本年度办理结果", "".join(f"<span>{c}</span>" for c in "三、本年度办理结果")),
        ("三、本年度办理结果", "<p>三、</p><p>本年度办</p><p>理结果</p>"),
        ("(三)不予公开", "<p>（三）</p><p>不予公开</p>"),
        ("(三)不予公开", "（三）<br>不予公开"),
        ("商业企业", "<p>商业</p><p>企业</p>"),
        ("商业企业", "商业&nbsp;&nbsp;企业"),
        ("科研机构", "科研<o:p></o:p><br/>机构"),
        (f"1.{OVERDUE}", "1." + OVERDUE.replace("、", "、<br>").replace("政府", "政府<br>")),
        ("3.危及“三安全一稳定”", "3.危及“三安全<br>一稳定“"),
    ],
)  # fmt: skip
def test_label_damaged_or_split(label: str, damaged: str) -> None:
    """52. 2.其他法律行政止公开 (洪泽); 三|、|本|年|度|办|理|结|果 (沭阳); 商业 企业; (三) and 不予公开 on two lines."""
    html = plain()
    assert label in html
    assert found_cells(read(html.replace(label, damaged))) == wanted()


@pytest.mark.parametrize("mark", ["- 4 -", "— 5 —", "－ 6 －", "-7-", "4"])
@pytest.mark.parametrize("where", ["a row", "between two tables"])
def test_page_break_inside_the_table(mark: str, where: str) -> None:
    """53. `- 4 -` or `— 5 —` between rows; a table cut over two flip-book pages (文登审计)."""
    html = plain()
    cut = html.index("</tr>", html.index("不掌握")) + 5
    between = (
        f"<tr><td colspan=10>{mark}</td></tr>" if where == "a row" else f"</tbody></table><p>{mark}</p><table><tbody>"
    )
    found = read(html[:cut] + between + html[cut:])
    assert found_cells(found) == wanted()
    assert codes(found, "S08") == []


def test_prose_between_heading_and_table() -> None:
    """54. Prose between heading and table (文登审计 2020): in the section's text, not in the table."""
    prose = "2023年，共收到政府信息公开申请115件，均按时办结。具体情况见下表。"
    found = read(f"<p>{prose}</p>" + plain())
    assert found_cells(found) == wanted()
    assert found["sections"][2]["text"] == prose


def test_arithmetic_broken_in_the_page_itself() -> None:
    """55. Total 62 against 63 (a peer's sample): the number printed stays, the check fails."""
    total = values("total_handled")
    assert isinstance(total[6], int)
    found = read(table(total_handled=[*total[:6], total[6] + 1]))
    assert row(found, "total_handled")[0][6] == total[6] + 1
    failed = {
        check["code"] for check in found["checks"] if check["status"] == "fail" and check["scope"].startswith("app")
    }
    assert {"T301", "T302"} & failed


def test_whole_body_blank_but_the_totals() -> None:
    """44 in table 3. Body blank except the 总计 column = 0 (得荣)."""
    found = read(table(**{form.key: [*[""] * 6, 0] for form in ROWS}))
    assert {line["states"] for line in rows_of(found["tables"]["applications"]).values()} == {"BBBBBBR"}


def test_label_column_of_row_numbers() -> None:
    """Further layout: a first column that counts the rows is no value."""
    rows = "".join(tr(number, form.label, *values(form.key)) for number, form in enumerate(ROWS, start=1))
    assert found_cells(read(f"<table>{tr('序号', '', *COLUMNS)}{rows}</table>")) == wanted()


def test_labels_and_header_wrapped_by_lines_and_o_p() -> None:
    """34. Blank cells are `<o:p> </o:p>` (沭阳)."""
    html = table(granted=["<o:p>&nbsp;</o:p>", 0, "<p class=MsoNormal><o:p> </o:p></p>", 0, 0, 0, 0])
    assert row(read(html), "granted") == ([None, 0, None, 0, 0, 0, 0], "BRBRRRR")


def test_header_and_data_disagree_about_columns() -> None:
    """Further layout: header cells that span 1+2 columns over data cells that span 2+1 (上海): told by order, said so."""
    heads = "".join(f"<td colspan={1 + index % 2}>{text}</td>" for index, text in enumerate(COLUMNS))
    rows = "".join(
        f"<tr><td>{form.label}</td>"
        + "".join(f"<td colspan={2 - index % 2}>{value}</td>" for index, value in enumerate(values(form.key)))
        + "</tr>"
        for form in ROWS
    )
    found = read(f"<table><tr><td></td>{heads}</tr>{rows}</table>")
    assert found_cells(found) == wanted()
    assert codes(found, "S06") == ["applications"]


def test_an_empty_row_between_rows_and_an_unknown_row() -> None:
    """Further layout: blank rows are no rows, and a row the form does not have is kept apart with its cells."""
    html = plain()
    cut = html.index("</tr>", html.index("不掌握")) + 5
    blank = f"<tr>{'<td>&nbsp;</td>' * 10}</tr>"
    extra = f"<tr><td colspan=3>4.其他无法提供的情形</td>{'<td>1</td>' * 7}</tr>"
    found = read(html[:cut] + blank + extra + html[cut:])
    assert found_cells(found) == wanted()
    assert found["tables"]["applications"]["extra_rows"] == [{"label": "4.其他无法提供的情形", "cells": ["1"] * 7}]
    assert codes(found, "S08") == ["applications"]


def test_cells_glued_in_a_row() -> None:
    """46 in table 3. A row whose numbers stand in one cell `0 0 0 0 0 0 0`: unplaced."""
    found = read(table(granted=["0 0 0 0 0 0 0"]))
    assert row(found, "granted") == ([None] * 7, "U" * 7)


def test_table_flattened_to_lines_that_lost_its_blanks() -> None:
    """50, 58. Cells a line each, blank ones gone: whole rows are read, the others are unplaced."""
    lines = []
    for form in ROWS:
        printed = values(form.key) if form.key != "granted" else values(form.key)[:4]
        lines.extend([form.label, *printed])
    found = read("".join(f"<p>{line}</p>" for line in [*COLUMNS, *lines]))
    assert row(found, "granted") == ([None] * 7, "U" * 7)
    assert row(found, "new_received") == (values("new_received"), "RRRRRRR")
    assert row(found, "total_handled") == (values("total_handled"), "RRRRRRR")


def headed(heads: list[object], *, rows: dict[str, list[object]], label: int = 1) -> dict[str, Any]:
    """Table 3 under headings of its own; rows that are not given have as many zeros."""
    lines = [
        f"<tr><td colspan={label}>{form.label}</td>"
        + "".join(f"<td>{value}</td>" for value in rows.get(form.key, [0] * len(heads)))
        + "</tr>"
        for form in ROWS
    ]
    return read(
        f"<table><tr><td colspan={label}></td>{''.join(f'<td>{h}</td>' for h in heads)}</tr>{''.join(lines)}</table>"
    )


BEFORE_TOTAL = [*COLUMNS[:6], "小计", COLUMNS[6]]
WITH_REMARKS = [*COLUMNS, "备注"]


@pytest.mark.parametrize(
    ("heads", "printed", "expected", "states"),
    [
        (BEFORE_TOTAL, [1, 2, 3, 4, 5, 6, 66, 21], [1, 2, 3, 4, 5, 6, 21], "RRRRRRR"),
        (BEFORE_TOTAL, [1, 2, 3, 4, 5, 6, 66, ""], [1, 2, 3, 4, 5, 6, None], "RRRRRRB"),
        (BEFORE_TOTAL, [1, "若干", 3, 4, 5, 6, 66, 2], [1, None, 3, 4, 5, 6, 2], "RTRRRRR"),
        (BEFORE_TOTAL, [1, 2, 3, 4, 5, 6, 66], [None] * 7, "UUUUUUU"),
        (WITH_REMARKS, [1, 2, 3, 4, 5, 6, 21, "含2件转办"], [1, 2, 3, 4, 5, 6, 21], "RRRRRRR"),
        (WITH_REMARKS, [1, 2, "若干", 4, 5, 6, 21, "含2件转办"], [1, 2, None, 4, 5, 6, 21], "RRTRRRR"),
        (WITH_REMARKS, ["", 2, 3, 4, 5, 6, "", ""], [None, 2, 3, 4, 5, 6, None], "BRRRRRB"),
        ([*COLUMNS, ""], [1, 2, 3, 4, 5, 6, "", 7], [1, 2, 3, 4, 5, 6, None], "RRRRRRB"),
        (["", *COLUMNS], [9, 1, 2, 3, 4, 5, 6, ""], [1, 2, 3, 4, 5, 6, None], "RRRRRRB"),
        (COLUMNS[:2] + COLUMNS[3:], [1, 2, 4, 5, 6, 21], [1, 2, None, 4, 5, 6, 21], "RRARRRR"),
        ([*COLUMNS[:2], "小计", *COLUMNS[3:]], [1, 2, 3, 4, 5, 6, 21], [1, 2, None, 4, 5, 6, 21], "RRURRRR"),
        ([*COLUMNS[:6], "合计"], [1, 2, 3, 4, 5, 6, 21], [1, 2, 3, 4, 5, 6, 21], "RRRRRRR"),
        ([COLUMNS[6], *COLUMNS[:6]], [21, 1, 2, 3, 4, 5, ""], [1, 2, 3, 4, 5, None, 21], "RRRRRBR"),
        (COLUMNS + COLUMNS, [1, 2, 3, 4, 5, 6, 21] * 2, [None] * 7, "UUUUUUU"),
    ],
)  # fmt: skip
def test_values_stand_under_their_headings(
    heads: list[object], printed: list[object], expected: list[object], states: str
) -> None:
    """Further layout: a column more, a column less, another order; blanks and words beside them shift nothing."""
    assert row(headed(heads, rows={"granted": printed}), "granted") == (expected, states)


def test_label_cells_written_out_as_blanks_are_no_values() -> None:
    """Further layout: a label over three columns printed as a label and two blanks; a short row is still in doubt."""
    lines = [
        tr(form.label, "", "", *(values(form.key) if form.key != "granted" else values(form.key)[:5])) for form in ROWS
    ]
    found = read(f"<table>{tr('', '', '', *COLUMNS)}{''.join(lines)}</table>")
    assert row(found, "granted") == ([None] * 7, "U" * 7)
    assert row(found, "new_received") == (values("new_received"), "RRRRRRR")


def test_value_merged_across_rows() -> None:
    """Further layout: one 0 across two rows is nobody's; the other columns of the rows keep their values."""
    first, second = "refused_state_secret", "refused_prohibited_by_law"
    changed: dict[str, list[object]] = {first: [1, 2, 3, "MERGED", 4, 5, 15], second: [1, 2, 3, 4, 5, 15]}
    html = table(**changed)
    found = read(html.replace("<td>MERGED", "<td rowspan=2>0"))
    assert row(found, first) == ([1, 2, 3, None, 4, 5, 15], "RRRURRR")
    assert row(found, second) == ([1, 2, 3, None, 4, 5, 15], "RRRURRR")
    assert rows_of(found["tables"]["applications"])[second]["unplaced"] == ["0"]


def test_value_merged_across_columns() -> None:
    """Further layout: one number across two columns is neither's."""
    found = read(table(granted=[1, 2, 3, "MERGED", 5, 11]).replace("<td>MERGED", "<td colspan=2>9"))
    assert row(found, "granted") == ([1, 2, 3, None, None, 5, 11], "RRRUURR")


def test_group_that_spans_a_row_too_many() -> None:
    """Further layout: 三 reaches into row 四 and moves its cells, blanks and all."""
    html = plain()
    last = values("carried_over_out")
    html = html.replace("rowspan=23", "rowspan=24").replace('rowspan="23"', 'rowspan="24"')
    found = read(html)
    assert row(found, "carried_over_out") == (last, "RRRRRRR")


@pytest.mark.parametrize("label", ["（七）总计（件）", "(七)总计(单位：件)"])
def test_unit_behind_a_label(label: str) -> None:
    """Further layout: （七）总计（件）."""
    assert found_cells(read(table().replace("(七)总计", label))) == wanted()


def test_form_of_a_table_without_its_deciding_rows() -> None:
    """51. No row (六) at all: the form is that of table 2; where nothing tells it, unknown."""
    lines = "".join(tr(form.label, *values(form.key)) for form in ROWS if form.group != "other")
    html = f"<table>{tr('', *COLUMNS)}{lines}</table>"
    of_2019 = record(page({**render(numbers("001")), "applications": html}))
    assert (of_2019["format_era"], of_2019["tables"]["applications"]["era"]) == ("2019", "2019")
    alone = record(page({**render(numbers("002")), "applications": html, "active_disclosure": ""}))
    assert alone["format_era"] == "unknown"


def test_numeral_that_looks_like_the_number_of_a_row() -> None:
    """一 or 19、 behind a label is a value, readable or not, and moves nothing."""
    found = read(table(granted=[1, "19、", 3, 4, "十", 6, 7]))
    assert row(found, "granted")[0][::2][:2] == [1, 3]
    assert row(found, "granted")[0][5:] == [6, 7]
