"""The statistics annex of 2014 to 2018 in the markups that portals give it. Every page and number here is invented."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.fingerprint import fingerprint
from pipelines.records import changed_cells
from tests.portals import forms, grid

Record = dict[str, Any]
TITLE = "临淄区民政局2016年政府信息公开工作年度报告"
SECTIONS = "".join(
    f"<p>{number}、{title}</p><p>{'我局认真贯彻条例，工作有序开展，成效良好。' * 8}</p>"
    for number, title in zip("一二三", ("概述", "主动公开政府信息情况", "存在的主要问题"), strict=True)
)
CAPTION = "<p>政府信息公开情况统计表</p>"
NAMES = ("区政府", "区直单位", "乡镇街道")


def record(annex: str, body: str = SECTIONS) -> Record:
    html = f"<html><head><title>{TITLE}</title></head><body><div><h1>{TITLE}</h1>{body}{annex}</div></body></html>"
    report = parse(ReportPage(html.encode()))
    assert isinstance(report, AnnualReport), report
    found: Record = json.loads(report.to_json())
    return found


def annex(html: str) -> Record:
    found: Record = record(html)["tables"]["statistics_annex"]
    assert found["presence"] == "present"
    return found


def number_of(key: str) -> int:
    """An invented number, another one for each row."""
    return 100 + [name for name, _, _ in forms.ANNEX if name].index(key)


def lines() -> list[tuple[str, str, str]]:
    """Every line of the form with its unit and an invented number, headings without one."""
    return [(label, unit, str(number_of(key)) if key else "") for key, label, unit in forms.ANNEX]


def table(rows: Sequence[Sequence[str]]) -> str:
    return "<table>" + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows) + "</table>"


def states(found: Record) -> dict[str, str]:
    return {key: row["states"] for key, row in found["rows"].items()}


def values(found: Record) -> dict[str, list[Any]]:
    return {key: row["values"] for key, row in found["rows"].items()}


ALL = {key: [str(number_of(key)) if key in ("fees", "budget") else number_of(key)] for key, _, _ in forms.ANNEX if key}


def unnumbered(label: str) -> str:
    return re.sub(r"^[(（]?[一二三四五六七八九\d][)）、.]", "", label).removeprefix("其中:")


def split(rows: list[tuple[str, str, str]], *, header: bool) -> str:
    head = [("指标", "单位", "数值")]
    return table([*head, *rows[:30]]) + "<p>- 2 -</p>" + table([*(head if header else []), *rows[30:]])


def side_by_side(rows: list[tuple[str, str, str]]) -> str:
    half = (len(rows) + 1) // 2
    right = [*rows[half:], *[("", "", "")] * (2 * half - len(rows))]
    return table([("指标", "单位", "数量") * 2, *((*a, *b) for a, b in zip(rows[:half], right, strict=True))])


MARKUPS: dict[str, Callable[[list[tuple[str, str, str]]], str]] = {
    "unit column": lambda rows: table([("统计指标", "单 位", "统计数"), *rows]),
    "no header": table,
    "unit in the label": lambda rows: table(
        [("指标", "数量"), *((f"{label}（单位：{unit}）" if unit else label, number) for label, unit, number in rows)]
    ),
    "unit behind the number": lambda rows: table(
        [("项目", "本年度"), *((label, number + unit) for label, unit, number in rows)]
    ),
    "full width": lambda rows: table([(grid.fullwidth(label), unit, number) for label, unit, number in rows]),
    "no numbers in front": lambda rows: table([(unnumbered(label), unit, number) for label, unit, number in rows]),
    "serial numbers": lambda rows: table(
        [("序号", "指标", "单位", "数量"), *((str(n), *row) for n, row in enumerate(rows, start=1))]
    ),
    "codes": lambda rows: table(
        [("指标名称", "单位", "代码", "数量"), *((a, u, f"{n:02d}", v) for n, (a, u, v) in enumerate(rows, start=1))]
    ),
    "title and signatures in the table": lambda rows: table(
        [("指标", "单位", "数量"), *rows, ("填报人：张三", "", "联系电话：0533"), ("联系电话", "", "7180000")]
    ).replace(
        "<table>",
        "<table><caption>统计表</caption><tr><td colspan=3>政府信息公开情况统计表</td></tr><tr><td colspan=3>（2016年度）</td></tr>"
        "<tr><td colspan=2>填报单位（盖章）：区民政局</td><td>填报日期：2017年1月3日</td></tr>",
    ),
    "two columns of labels": lambda rows: table(
        [("序号", "类别", "指标", "单位", "数量"), *(("1", "综合", *row) for row in rows)]
    ),
    "甲 乙 1": lambda rows: table([("指标名称", "计量单位", "数量"), ("甲", "乙", "1"), *rows]),
    "side by side": side_by_side,
    "page break": lambda rows: split(rows, header=False),
    "page break and repeated header": lambda rows: split(rows, header=True),
    "layout table": lambda rows: f"<table><tr><td>{table(rows)}</td><td></td></tr></table>",
    "headings over all columns": lambda rows: table(rows).replace("<td></td><td></td></tr>", "</tr>"),
    "one line a row": lambda rows: "".join(f"<p>{' '.join(cell for cell in row if cell)}</p>" for row in rows),
    "one cell a line": lambda rows: "".join(f"<div>{cell}</div>" for row in rows for cell in row if cell),
    "colon": lambda rows: "".join(
        f"<p>{label}：{number}{unit}</p>" if number else f"<p>{label}</p>" for label, unit, number in rows
    ),
    "glued": lambda rows: "".join(f"<p>{label}{number}{unit if number else ''}</p>" for label, unit, number in rows),
    "pipes": lambda rows: "".join(f"<p>| {' | '.join(row)} |</p>" for row in rows),
}


@pytest.mark.parametrize("markup", MARKUPS)
def test_every_cell_in_every_markup(markup: str) -> None:
    found = record(CAPTION + MARKUPS[markup](lines()))
    assert found["format_era"] == "statistics_annex"
    assert [section["key"] for section in found["sections"]] == [
        "overview",
        "active_disclosure",
        "problems_improvements",
    ]
    read = found["tables"]["statistics_annex"]
    assert read["columns"] == ["value"]
    assert values(read) == ALL
    assert "extra_rows" not in read
    assert not [check for check in found["checks"] if check["code"] in ("S07", "S08", "S09", "S12")]


@pytest.mark.parametrize("names", [NAMES, ("合计", *NAMES), ("本年度", "历年累计")])
def test_several_columns_keep_their_names(names: tuple[str, ...]) -> None:
    rows = [
        (label, unit, *[number and f"{number}{index}" for index in range(len(names))])
        for label, unit, number in lines()
    ]
    found = annex(table([("指标", "单位", *names), *rows]))
    assert found["columns"] == list(names)
    assert found["rows"]["received"]["values"] == [int(f"{number_of('received')}{n}") for n in range(len(names))]
    assert set(states(found).values()) == {"R" * len(names)}


def test_header_of_two_rows() -> None:
    head = (
        "<tr><td rowspan=2>指标</td><td rowspan=2>单位</td><td colspan=3>统计数</td></tr>"
        f"<tr>{''.join(f'<td>{name}</td>' for name in NAMES)}</tr>"
    )
    rows = table([(label, unit, number, number, number) for label, unit, number in lines()])
    assert annex(rows.replace("<table>", f"<table>{head}"))["columns"] == list(NAMES)


@pytest.mark.parametrize("name", ["历年累计", "累计", "2015年"])
def test_a_column_alone_that_may_not_be_the_years_keeps_its_name(name: str) -> None:
    assert annex(table([("指标", "单位", name), *lines()]))["columns"] == [name]


def test_pairs_under_different_headings_are_not_mixed() -> None:
    rows = lines()
    half = (len(rows) + 1) // 2
    pairs = [(*a, *b) for a, b in zip(rows[:half], [*rows[half:], ("", "", "")], strict=False)]
    found = annex(table([("指标", "单位", "本年度", "指标", "单位", "历年累计"), *pairs]))
    assert "R" not in "".join(states(found).values())
    assert found["rows"]["received"]["unplaced"] == [str(number_of("received"))]


def test_columns_of_one_table_are_not_those_of_another() -> None:
    rows, half = lines(), 30
    stacked = table([("指标", "单位", "数量"), *rows[:half], ("指标", "单位", "历年累计"), *rows[half:]])
    found = annex(stacked)
    assert found["rows"]["disclosed_total"]["states"] == "R"
    assert (found["rows"]["trainees"]["states"], found["columns"]) == ("U", ["value"])
    other = table([("项目", "单位", "历年累计"), ("公开栏", "个", "3"), ("电子屏", "块", "4")])
    assert annex(other + table(rows))["columns"] == ["value"]


def test_group_beside_its_rows() -> None:
    rows = (
        "<tr><td>指标</td><td>项目</td><td>单位</td><td>数量</td></tr>"
        "<tr><td rowspan=2>三、依申请公开情况</td><td>（二）申请办结数</td><td>件</td><td>7</td></tr>"
        "<tr><td>（三）申请答复数</td><td>件</td><td>8</td></tr>"
        "<tr><td rowspan=3>行政复议</td><td>维持具体行政行为数</td><td>件</td><td>1</td></tr>"
        "<tr><td>被依法纠错数</td><td>件</td><td>2</td></tr><tr><td>其他情形数</td><td>件</td><td>3</td></tr>"
        "<tr><td rowspan=3>行政诉讼</td><td>维持具体行政行为数</td><td>件</td><td>4</td></tr>"
        "<tr><td>被依法纠错数</td><td>件</td><td>5</td></tr><tr><td>其他情形数</td><td>件</td><td>6</td></tr>"
    )
    found = values(annex(f"<table>{rows}</table>"))
    keys = ("rev_upheld", "rev_corrected", "rev_other", "lit_upheld", "lit_corrected", "lit_other")
    assert [found[key] for key in keys] == [[1], [2], [3], [4], [5], [6]]


def test_rows_without_their_group_are_of_no_group() -> None:
    rows = [row for row in lines() if "行政复议数量" not in row[0] and "行政诉讼数量" not in row[0]]
    found = annex(table([row for row in rows if "驳回" not in row[0]]))
    for key in ("rev_corrected", "rev_other", "lit_corrected", "lit_other"):
        assert "R" not in found["rows"][key]["states"], key
    printed = {row["label"]: row["values"] for row in found["extra_rows"]}
    assert printed["(二)被依法纠错数"] == [number_of("lit_corrected")]


def test_blank_cells_and_words() -> None:
    printed = {"fax": "", "online": "/", "letter": "见附件", "closed": "３，２５１", "fees": "1.5", "budget": "500元"}
    found = record(table([("指标", "单位", "数量"), *_replaced(printed)]))
    rows = found["tables"]["statistics_annex"]["rows"]
    assert {key: (rows[key]["values"], rows[key]["states"]) for key in printed} == {
        "fax": ([None], "B"),
        "online": ([None], "N"),
        "letter": ([None], "T"),
        "closed": ([3251], "R"),
        "fees": (["1.5"], "R"),
        "budget": (["500"], "R"),
    }
    assert (rows["fees"]["amount_yuan"], rows["budget"]["amount_yuan"]) == ("15000", "500")
    assert rows["letter"]["raw"] == {"0": "见附件"}
    codes = {(check["code"], check["scope"]) for check in found["checks"]}
    assert {("C01", "statistics_annex.fax"), ("C03", "statistics_annex.letter.value")} <= codes
    assert ("C07", "statistics_annex.budget.value") in codes


def _replaced(printed: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [
        (label, unit, printed.get(key or "", number))
        for (key, _, _), (label, unit, number) in zip(forms.ANNEX, lines(), strict=True)
    ]


def test_rows_that_are_not_there_and_rows_the_form_does_not_know() -> None:
    rows = [row for row in lines() if "微博" not in row[0] and "传真" not in row[0]]
    rows[4:4] = [("重点领域公开政府信息数", "条", "77"), ("政府公告栏公开政府信息数", "条", "78")]
    found = record(table([("指标", "单位", "数量"), *rows]))
    read = found["tables"]["statistics_annex"]
    absent = ["via_weibo", "responses_microblog", "fax"]
    assert [key for key, state in states(read).items() if state == "A"] == absent
    assert all(read["rows"][key]["row_presence"] == "absent" for key in absent)
    assert [(row["label"], row["unit"], row["values"]) for row in read["extra_rows"]] == [
        ("重点领域公开政府信息数", "条", [77]),
        ("政府公告栏公开政府信息数", "条", [78]),
    ]
    assert {key: value for key, value in ALL.items() if key not in absent} == {
        key: value for key, value in values(read).items() if key not in absent
    }
    assert [check["found"] for check in found["checks"] if check["code"] == "S07"] == [absent]


def test_a_row_printed_twice_with_two_numbers_is_neither() -> None:
    found = record(table([*lines(), ("接受培训人员数", "人次", "9999")]))
    row = found["tables"]["statistics_annex"]["rows"]["trainees"]
    assert (row["states"], row["unplaced"]) == ("U", [str(number_of("trainees")), "9999"])
    assert ("S09", "statistics_annex.trainees") in {(check["code"], check["scope"]) for check in found["checks"]}


def test_of_a_row_printed_twice_that_with_its_own_number_counts() -> None:
    rows = [(label.replace("3.网络", "3.传真"), unit, number) for label, unit, number in lines()]
    found = annex(table(rows))
    assert found["rows"]["fax"]["values"] == ALL["fax"]
    assert states(found)["online"] == "A"
    assert [(row["label"], row["values"]) for row in found["extra_rows"]] == [("3.传真申请数", ALL["online"])]


def test_shifted_cells() -> None:
    html = table(
        [("指标", "单位", *NAMES), *((label, unit, number, number, number) for label, unit, number in lines())]
    )
    number = number_of("received")
    short = html.replace(f"<td>件</td><td>{number}</td>", f"<td>{number}</td>", 1)  # the cell of the unit is not there
    assert annex(short)["rows"]["received"]["values"] == [number] * 3
    lost = html.replace(f"<td>{number}</td>", "", 1)  # one number is not there: nobody knows whose
    row = annex(lost)["rows"]["received"]
    assert (row["states"], row["unplaced"]) == ("UUU", [str(number)] * 2)
    coded = table([("指标", "单位", "代码", "数量"), *((a, u, "01", v) for a, u, v in lines())])
    row = annex(coded.replace(f"<td>01</td><td>{number}</td>", f"<td>{number}</td>"))["rows"]["received"]
    assert (row["states"], row["unplaced"]) == ("U", [str(number)])


def test_text_of_several_columns_is_placed_only_where_complete() -> None:
    rows = [f"{label} {unit} {number} {number} {number}" if number else label for label, unit, number in lines()]
    rows = [row.replace("106 106 106", "106 106") for row in ["指标 单位 区政府 区直单位 乡镇街道", *rows]]
    found = annex("".join(f"<p>{row}</p>" for row in rows))
    assert found["columns"] == list(NAMES)
    short = [key for key, state in states(found).items() if state == "UUU"]
    assert short == [key for key, value in ALL.items() if value == [106]]
    unnamed = annex("".join(f"<p>{row}</p>" for row in rows[1:]))
    assert "R" not in "".join(states(unnamed).values())


def test_damaged_labels_are_told_and_others_not_taken() -> None:
    damage = {"2.传真申请数": "2.传真申诉数", "(二)申请办结数": "(二)申请办结教", "1.按时办结数": "1.未按时办结数"}
    found = record(table([(damage.get(label, label), unit, number) for label, unit, number in lines()]))
    read = found["tables"]["statistics_annex"]
    assert read["rows"]["fax"]["values"] == ALL["fax"]
    assert read["rows"]["closed"]["values"] == ALL["closed"]
    assert states(read)["closed_on_time"] == "A"
    variants = {check["scope"] for check in found["checks"] if check["code"] == "S10"}
    assert {"statistics_annex.fax.label", "statistics_annex.closed.label"} <= variants


@pytest.mark.parametrize(
    ("place", "presence"),
    [
        ("<p>政府信息公开情况统计表</p><p><img src='/a.jpg'></p>", "image"),
        ("<p>附件：<a href='/a.xls'>2016年度政府信息公开情况统计表</a></p>", "attachment"),
    ],
)
def test_annex_as_a_picture_or_a_file(place: str, presence: str) -> None:
    found = record(place)
    read = found["tables"]["statistics_annex"]
    assert found["format_era"] == "statistics_annex"
    assert (read["presence"], read["cells"]) == (presence, None)
    assert [check["found"] for check in found["checks"] if check["code"] == "S05"] == [presence]


def test_prose_that_speaks_of_the_annex_is_none() -> None:
    found = record("<p>详见政府信息公开情况统计表。全年申请办结数3件，收到申请数5件，申请答复数2件。</p>")
    assert "statistics_annex" not in found["tables"] or found["tables"]["statistics_annex"]["presence"] != "present"


def test_places_lead_back_to_the_cell() -> None:
    places = record("<table><tr><td>a</td><td>b</td></tr></table>" + table([("指标", "单位", "数"), *lines()]))[
        "provenance"
    ]["cell_places"]
    assert places["statistics_annex.disclosed_total"] == ["t2.r3.c3"]


def test_the_section_keeps_the_text_of_the_annex() -> None:
    assert "接受培训人员数" in record(CAPTION + table(lines()))["sections"][-1]["text"]


def test_a_changed_number_is_a_revision_that_names_its_cell() -> None:
    number = str(number_of("received"))
    pages = [
        f"<html><title>{TITLE}</title><h1>{TITLE}</h1>{SECTIONS}<p>临淄区民政局</p><p>2017年1月3日</p>{html}</html>"
        for html in (table(lines()), table(lines()).replace(f">{number}<", ">7<"))
    ]
    before, after = (parse(ReportPage(page.encode())) for page in pages)
    assert isinstance(before, AnnualReport)
    assert isinstance(after, AnnualReport)
    assert fingerprint(before) != fingerprint(after)
    assert list(changed_cells(before.to_dict(), after.to_dict())) == ["statistics_annex.received.value"]


@settings(max_examples=60, deadline=None)
@given(
    markup=st.sampled_from(sorted(MARKUPS)),
    cuts=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(["", "<td>", "</table>", "5", "：", "指标"])),
        max_size=12,
    ),
)
def test_damaged_pages_raise_nothing(markup: str, cuts: list[tuple[float, int, str]]) -> None:
    html = CAPTION + MARKUPS[markup](lines())
    for place, length, inserted in cuts:
        start = int(place * len(html))
        html = html[:start] + inserted + html[start + length :]
    record(html)
