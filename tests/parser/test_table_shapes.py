"""The statutory tables in the shapes that editors give them: what can be told is read, the rest is said to be in doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from pipelines.parser.blocks import TextBlock
from pipelines.parser.forms import ACTIVE_DISCLOSURE, APPLICATIONS, REVIEW_LITIGATION
from pipelines.parser.printed import tokens_of_lines
from tests.parser.report_page import BODIES, HEADINGS, TABLES, TITLE, numbers, page, render
from tests.parser.test_tables import cells, codes, record, rows_of

GROUPS = {group.key: group.label for group in APPLICATIONS.groups}
COLUMNS = [column.label for column in APPLICATIONS.columns]
OUTCOMES = [column.label for column in REVIEW_LITIGATION.columns]
KINDS = ("行政复议", "未经复议直接起诉", "复议后起诉")
ROWS = APPLICATIONS.rows_of("2021")


def tr(*texts: object, tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"


def with_table(name: str, html: str) -> dict[str, Any]:
    return record(page({**render(numbers("002")), name: html}))


def wanted(name: str) -> dict[str, tuple[object, str]]:
    return {key: cell for key, cell in cells(numbers("002")).items() if key.startswith(name)}


def found(report: dict[str, Any], name: str) -> dict[str, tuple[object, str]]:
    return {key: cell for key, cell in cells(report["tables"]).items() if key.startswith(name)}


def values(key: str) -> list[object]:
    row: list[object] = numbers("002")["applications"]["rows"][key]["values"]
    return row


def labels(shape: str) -> list[list[str]]:
    """The label cells of table 3, row by row: cells written out again, groups in the row's own cell, or left out."""
    rows = []
    group = ""
    for form in ROWS:
        outer = "" if form.label[0] in "一二四" else GROUPS["results"]
        inner = GROUPS[form.group] if form.group else ""
        if shape == "repeated":
            rows.append([outer or form.label, inner or form.label, form.label])
        elif shape == "merged":
            rows.append(
                [(outer if form.key == "granted" else "") + (inner if form.group != group else "") + form.label]
            )
        elif shape == "merged everywhere":
            rows.append([inner + form.label])
        else:
            rows.append([form.label])
        group = form.group
    return rows


@pytest.mark.parametrize("shape", ["repeated", "merged", "merged everywhere", "left out"])
def test_labels_of_groups(shape: str) -> None:
    width = len(labels(shape)[0])
    header = tr(*[""] * width, *COLUMNS)
    rows = [tr(*row, *values(form.key)) for row, form in zip(labels(shape), ROWS, strict=True)]
    report = with_table("applications", f"<table>{header}{''.join(rows)}</table>")
    assert found(report, "applications") == wanted("applications")
    assert codes(report, "S07") == codes(report, "S09") == []


def test_header_again_behind_a_page_break() -> None:
    html = render(numbers("002"))["applications"]
    header = html[html.index("<tr") : html.index("<tr", html.index("科研机构"))]
    cut = html.index("</tr>", html.index("法律行政法规禁止公开")) + 5
    report = with_table("applications", f"{html[:cut]}</tbody></table><p>- 4 -</p><table><tbody>{header}{html[cut:]}")
    assert found(report, "applications") == wanted("applications")


def test_columns_in_another_order_than_the_form() -> None:
    order = [0, 3, 1, 2, 5, 4, 6]
    rows = [tr(form.label, *(values(form.key)[index] for index in order)) for form in ROWS]
    report = with_table("applications", f"<table>{tr('', *(COLUMNS[index] for index in order))}{''.join(rows)}</table>")
    assert found(report, "applications") == wanted("applications")
    lines = "</p><p>".join(re.sub("</?t[rd]>", "\n", "".join(rows)).split())
    heads = "</p><p>".join(COLUMNS[index] for index in order)
    flat = with_table("applications", f"<p>{heads}</p><p>{lines}</p>")
    assert {state for _, state in found(flat, "applications").values()} == {"U"}

    block = ACTIVE_DISCLOSURE[0].columns["2021"]
    html = render(numbers("002"))["active_disclosure"]
    swapped = html.replace(block[0].label, "X").replace(block[2].label, block[0].label).replace("X", block[2].label)
    report = with_table("active_disclosure", swapped)
    for key in ("regulations", "normative_documents"):
        right = rows_of(numbers("002")["active_disclosure"])[key]["values"]
        assert rows_of(report["tables"]["active_disclosure"])[key]["values"] == right[::-1]


@pytest.mark.parametrize("remark", ["", "见说明"])
def test_a_column_for_remarks(remark: str) -> None:
    rows = [tr(form.label, "", *values(form.key)[1:6], "", remark) for form in ROWS]
    report = with_table("applications", f"<table>{tr('', *COLUMNS, '备注')}{''.join(rows)}</table>")
    assert {row["states"] for row in rows_of(report["tables"]["applications"]).values()} == {"BRRRRRB"}


def test_blanks_at_both_ends_of_a_row_without_header_are_in_doubt() -> None:
    rows = [tr(form.label, "", *values(form.key)[1:6], "", "") for form in ROWS]
    report = with_table("applications", f"<table>{''.join(rows)}</table>")
    assert {row["states"] for row in rows_of(report["tables"]["applications"]).values()} == {"UUUUUUU"}


def test_label_without_cells_is_an_absent_row() -> None:
    rows = [tr(form.label, *(() if form.key == "granted" else values(form.key))) for form in ROWS]
    report = with_table("applications", f"<table>{tr('', *COLUMNS)}{''.join(rows)}</table>")
    assert rows_of(report["tables"]["applications"])["granted"]["states"] == "AAAAAAA"
    assert codes(report, "S07") == ["applications.granted"]


def fives() -> list[list[object]]:
    rows: list[list[object]] = [row["values"] for row in numbers("002")["review_litigation"]["rows"].values()]
    rows[2] = [3, 1, 0, 2, 6]
    return rows


def one_each(names: Sequence[str]) -> str:
    return "".join(
        f"<table>{tr(name)}{tr(*OUTCOMES)}{tr(*row)}</table>" for name, row in zip(names, fives(), strict=True)
    )


def review(shape: str) -> str:
    by_row = zip(KINDS, fives(), strict=True)
    if shape == "three tables":
        return one_each(KINDS)
    if shape == "three tables, full names":
        return one_each((KINDS[0], *(f"行政诉讼（{name}）" for name in KINDS[1:])))
    if shape == "two tables":
        first = f"<table>{tr(KINDS[0])}{tr(*OUTCOMES)}{tr(*fives()[0])}</table>"
        last = tr(*OUTCOMES, *OUTCOMES) + tr(*fives()[1], *fives()[2])
        return f"{first}<table>{tr('行政诉讼')}{tr(*KINDS[1:])}{last}</table>"
    if shape == "a row each":
        return f"<table>{tr('', *OUTCOMES)}{''.join(tr(name, *row) for name, row in by_row)}</table>"
    if shape == "a cell each":
        pairs = [(name, tr(*pair)) for name, row in by_row for pair in zip(OUTCOMES, row, strict=True)]
        return f"<table>{''.join(tr(name) + pair for name, pair in pairs)}</table>"
    order = [4, 0, 2, 1, 3]  # outcomes in another order
    rows = "".join(tr(name, *(row[index] for index in order)) for name, row in by_row)
    return f"<table>{tr('', *(OUTCOMES[index] for index in order))}{rows}</table>"


@pytest.mark.parametrize(
    "shape", ["three tables", "three tables, full names", "two tables", "a row each", "a cell each", "another order"]
)
def test_table_four_in_other_shapes(shape: str) -> None:
    report = with_table("review_litigation", review(shape))
    assert [row["values"] for row in rows_of(report["tables"]["review_litigation"]).values()] == fives()


def test_table_four_with_a_part_in_doubt() -> None:
    short = review("three tables").replace(tr(*fives()[1]), tr(*fives()[1][:3]))
    table = with_table("review_litigation", short)["tables"]["review_litigation"]
    assert [row["states"] for row in rows_of(table).values()] == ["RRRRR", "UUUUU", "UUUUU"]
    assert table["unplaced"] == [str(value) for value in fives()[1][:3]] + [str(value) for value in fives()[2]]
    gone = "<table>" + tr("", *OUTCOMES) + tr(KINDS[0], *fives()[0]) + "</table>"
    report = with_table("review_litigation", gone)
    assert [row["states"] for row in rows_of(report["tables"]["review_litigation"]).values()] == ["RRRRR"] + 2 * [
        "AAAAA"
    ]


def text_report(rows: Sequence[str]) -> dict[str, Any]:
    """A report whose table 3 is lines of a text."""
    lines = [
        TITLE,
        HEADINGS[0],
        BODIES[0],
        HEADINGS[2],
        *COLUMNS,
        *rows,
        HEADINGS[4],
        BODIES[4],
        HEADINGS[5],
        BODIES[5],
    ]
    return record("\n\n".join(lines))


def lines_of(**changed: list[str]) -> list[str]:
    return [text for form in ROWS for text in (form.label, *changed.get(form.key, [str(n) for n in values(form.key)]))]


@pytest.mark.parametrize(
    ("row", "states"),
    [
        (["1", "", "3", "0", "0", "2", "6"], "RBRRRRR"),
        (["", "", "8", "", "", "7", "15"], "UUUUUUU"),
        (["1", "", "3", "0", "0", "2", ""], "UUUUUUU"),
        (["1", "", "3", "0", "0", "2", "7"], "UUUUUUU"),
        (["1", "3", "0", "0", "2", "6"], "UUUUUUU"),
        (["1", "0", "3", "0", "0", "2", "7"], "RRRRRRR"),
    ],
    ids=["inside", "in front", "behind", "sum disagrees", "lost", "none"],
)
def test_blank_cells_of_a_text(row: list[str], states: str) -> None:
    report = text_report(lines_of(carried_over_in=row))
    table = rows_of(report["tables"]["applications"])
    assert table["carried_over_in"]["states"] == states
    assert table["new_received"]["values"] == values("new_received")


def test_rows_of_a_text_may_be_numbered() -> None:
    rows = [
        text
        for number, form in enumerate(ROWS, start=1)
        for text in (str(number), form.label, *(str(n) for n in values(form.key)[: 6 if form.key == "granted" else 7]))
    ]
    table = rows_of(text_report(rows)["tables"]["applications"])
    assert table["granted"]["states"] == "UUUUUUU"
    assert all(row["values"] == values(key) for key, row in table.items() if key != "granted")


def test_every_table_twice_is_one() -> None:
    html = render(numbers("002"))
    assert cells(record(page({name: html[name] * 2 for name in TABLES}))["tables"]) == cells(numbers("002"))


def test_a_label_and_its_numbers_on_one_line() -> None:
    texts = ["二、上年结转 1,234 - 5", "1 2 3", "规章 5", "规章 " + "- 1,2 " * 30 + "件", "1,2. " * 39 + "x"]
    assert [token.text for token in tokens_of_lines([TextBlock(text) for text in texts])] == [
        *("二、上年结转", "1,234", "-", "5"),
        *("1 2 3", "规章", "5"),
        *texts[3:],
    ]
