"""The rules of the text, alone and against the tables, each on a page made for it and on a near miss. Invented texts.

The tables are those of seed 002: 115 applications received, 8 carried in, 113 handled, 10 carried out, 18 documents, 80 yuan.
"""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.parser import AnnualReport
from tests.parser.check_results import Case, check, each_case, read, results
from tests.parser.report_page import BODIES, PREAMBLE, numbers, page, render

RECEIVED, CARRIED_IN = "applications.new_received.total", "applications.carried_over_in.total"
HANDLED, CARRIED_OUT = "applications.total_handled.total", "applications.carried_over_out.total"
OTHER = "applications.other_misc.total"
DOCUMENTS = "active_disclosure.normative_documents.issued"
FEE = "active_disclosure.administrative_fees.amount"
REVIEW = "review_litigation.review"
LAWSUITS = ["review_litigation.litigation_direct", "review_litigation.litigation_after_review"]
FEES = "本年度没有产生信息公开处理费。"


def told(
    overview: str,
    other_matters: str = FEES,
    *,
    cells: dict[str, int | None] | None = None,
    lost: str = "",
    **framed: Any,
) -> AnnualReport:
    """A report with this section one and six; with other totals in table 3, or without one of the tables."""
    tables = numbers("002")
    for row, value in (cells or {}).items():
        entry = tables["applications"]["rows"][row]
        entry["values"][6], entry["states"] = value, entry["states"][:6] + ("B" if value is None else "R")
    html = render(tables) | ({lost: ""} if lost else {})
    return read(page(html, bodies=(overview, *BODIES[1:5], other_matters), **framed))


def equal(
    code: str, made: str, near: str, scope: str, said: int, printed: int, *cells: str, severity: str = "error"
) -> Case:
    """A number of the text that is not the table's, and one that is."""
    return Case(
        code,
        lambda: told(made),
        [("fail", severity, scope, said, printed, list(cells or [scope]))],
        lambda: told(near),
    )


def totals(column: str) -> list[str]:
    return [f"{row}.{column}" for row in LAWSUITS]


CASES = [
    Case(
        "Q01",
        lambda: told("工作规范,年内,通过信箱答复问题274。"),
        [("fail", "info", "sections.overview", None, "通过信箱答复问题274", [])],
        lambda: told("工作规范,年内,咨询请拨打热线12345。"),
    ),
    Case("Q03", lambda: told("由XX局负责公开工作。"), [("fail", "warning", "sections.overview", None, "XX", [])],
         lambda: told("网址为www.xx.gov.cn。")),
    Case(
        "Q03",
        lambda: told("工作平稳有序。", preamble=PREAMBLE + "联系电话:____"),
        [("fail", "warning", "text.preamble", None, "____", [])],
        lambda: told("工作平稳有序。", preamble=PREAMBLE + "联系电话:_"),
    ),
    Case(
        "Q04",
        lambda: told("我局在2021年公开信息3条。"),
        [("fail", "warning", "sections.overview", 2023, "我局在2021年", [])],
        lambda: told("我局在2021年公开的基础上,较2022年增加3条。"),
    ),
    Case("Q04", lambda: told("本机关2022年公开信息3条。"), [("fail",)], lambda: told("本机关2023年公开信息3条。")),
    Case("Q04", lambda: told("全区2022年公开信息3条。"), [("fail",)], lambda: told("全区2022年结转的申请3件。")),
    equal("N01", "收到政府信息公开申请114件。", "收到政府信息公开申请115件。", RECEIVED, 114, 115, RECEIVED, CARRIED_IN),
    # What was carried over is counted only where the text may mean it, and always where it says so.
    equal(
        "N01",
        "共收到政府信息公开申请115件(含上年结转8件)。",
        "共收到政府信息公开申请123件(含上年结转8件)。",
        RECEIVED, 115, 115, RECEIVED, CARRIED_IN,
    ),
    Case(
        "N01",
        lambda: told("共受理政府信息公开申请123件。", cells={"carried_over_in": None}),
        [("indeterminate", "error", RECEIVED, 123, 115, [RECEIVED, CARRIED_IN])],
        lambda: told("共受理政府信息公开申请123件。"),
    ),
    Case(
        "N01",
        lambda: told("收到政府信息公开申请114件。", lost="applications"),
        [("indeterminate", "error", RECEIVED, 114, None, [RECEIVED])],
        lambda: told("收到来信114件。", lost="applications"),
    ),
    Case(
        "N01",
        lambda: told("收到政府信息公开申请115件。年内收到政府信息公开申请100件。"),
        [("indeterminate", "error", RECEIVED, [115, 100], 115, [RECEIVED, CARRIED_IN])],
        lambda: told("收到政府信息公开申请115件。年内收到政府信息公开申请115件。"),
    ),
    equal("N02", "2022年度结转7件。", "2022年度结转8件。", CARRIED_IN, 7, 8),
    equal("N03", "办结政府信息公开申请112件。", "办结政府信息公开申请113件。", HANDLED, 112, 113),
    equal("N04", "结转下年度继续办理9件。", "结转下年度继续办理10件。", CARRIED_OUT, 9, 10),
    equal("N05", "因公开引起行政复议3件。", "因公开引起行政复议4件。", f"{REVIEW}.total", 3, 4),
    equal("N06", "行政复议4件,纠正1件。", "行政复议4件,纠正0件。", f"{REVIEW}.corrected", 1, 0),
    equal("N07", "因公开引起行政诉讼5件。", "因公开引起行政诉讼6件。", "review_litigation", 5, 6, *totals("total")),
    equal("N08", "行政诉讼6件,纠正1件。", "行政诉讼6件,纠正0件。", "review_litigation", 1, 0, *totals("corrected")),
    Case(
        "N09",
        lambda: told("其中予以公开65件。"),
        [("fail", "error", "applications.granted.total", [65], 64, ["applications.granted.total"])],
        lambda: told("其中予以公开64件。"),
    ),
    Case(
        "N09",
        lambda: told("其中予以公开64件。", cells={"granted": None}),
        [("indeterminate", "error", "applications.granted.total", [64], 0, ["applications.granted.total"])],
        lambda: told("予以公开及部分公开64件。"),
    ),
    Case(
        "N09",
        lambda: told("其中予以公开64件。", lost="applications"),
        [("indeterminate", "error", "applications", [64], None, [])],
        lambda: told("其中予以公开。", lost="applications"),
    ),
    Case(
        "N10",
        lambda: told("申请人撤回申请3件。"),
        [("fail", "warning", "narrative_facts[withdrawn]", f"withdrawn (3) <= {OTHER}", 0, [OTHER])],
        lambda: told("申请人撤回申请0件。"),
    ),
    Case(
        "N10",
        lambda: told("申请人撤回申请3件。", cells={"other_misc": None}),
        [("indeterminate", "warning", "narrative_facts[withdrawn]", f"withdrawn (3) <= {OTHER}", None, [OTHER])],
        lambda: told("撤回了决定。"),
    ),
    equal("N11", "制发行政规范性文件17件。", "制发行政规范性文件18件。", DOCUMENTS, 17, 18, severity="warning"),
    equal("N11", "全区制发规范性文件17件。", "全区制发规范性文件18件。", DOCUMENTS, 17, 18, severity="info"),
    Case(
        "N12",
        lambda: told("工作平稳。", "收取信息公开处理费90元。"),
        [("fail", "info", FEE, ">= 90", "80", [FEE])],
        lambda: told("工作平稳。", "收取信息公开处理费80元。"),
    ),
    Case(
        "N12",
        lambda: told("工作平稳。", "收取信息公开处理费90元。", lost="active_disclosure"),
        [("indeterminate", "info", FEE, ">= 90", None, [FEE])],
        lambda: told("工作平稳。", lost="active_disclosure"),
    ),
    Case(
        "N13",
        lambda: told("发布解读48条,其中文字18条、图片17条、视频15条。"),
        [("fail", "info", "sections.overview", 48, [18, 17, 15], [])],
        lambda: told("发布解读50条,其中文字18条、图片17条、视频15条。"),
    ),
    Case(
        "N14",
        lambda: told("工作平稳。", "收取信息公开处理费75元。"),
        [("fail", "info", "narrative_facts[processing_fee_yuan]", None, 75, [])],
        lambda: told("工作平稳。", "收取信息公开处理费70元。"),
    ),
    Case(
        "N15",
        lambda: told("网上申请100件,占申请总数的87.1%。"),
        [("fail", "info", "sections.overview", "87.1", "100件,占申请总数的87.1%", [RECEIVED, CARRIED_IN, HANDLED])],
        lambda: told("网上申请100件,占申请总数的86.9%。"),
    ),
    # 100 of the 123 that include what was carried over; without that number nobody can say.
    Case(
        "N15",
        lambda: told("网上申请100件,占申请总数的81.30%。", cells={"carried_over_in": None}),
        [("indeterminate", "info", "sections.overview", "81.30")],
        lambda: told("网上申请100件,占申请总数的81.30%。"),
    ),
    Case(
        "N16",
        lambda: told("收到的申请均已答复。"),
        [("fail", "warning", CARRIED_OUT, 0, 10, [CARRIED_OUT])],
        lambda: told("收到的申请均已答复。", cells={"carried_over_out": 0}),
    ),
    Case(
        "N17",
        lambda: told("未收到政府信息公开申请。"),
        [("fail", "error", RECEIVED, 0, 115, [RECEIVED])],
        lambda: told("未收到政府信息公开申请。", cells={"new_received": 0}),
    ),
    Case(
        "N17",
        lambda: told("未收到政府信息公开申请。", cells={"new_received": None}),
        [("pass_blank_as_zero", "error", RECEIVED, 0, None, [RECEIVED])],
        lambda: told("未收到投诉。", cells={"new_received": None}),
    ),
    Case(
        "N17",
        lambda: told("没有发生行政诉讼。", lost="review_litigation"),
        [("indeterminate", "error", cell, 0, None, [cell]) for cell in totals("total")],
        lambda: told("没有发生事故。", lost="review_litigation"),
    ),
    Case(
        "N18",
        lambda: told("工作平稳。", "加强管理,节约办公费用。"),
        [
            (
                "fail", "warning", "sections.other_matters",
                "a statement on the processing fee (report year >= 2021)", None, [],
            )
        ],
        lambda: told("工作平稳。", "未收取任何费用。"),
    ),
    Case(
        "N18",
        lambda: told("工作平稳。未收取信息处理费。", "无其他事项。"),
        [("fail", "info", "sections.other_matters")],
        lambda: told("工作平稳。", "无其他事项。", title="临淄区民政局2020年政府信息公开工作年度报告", preamble=""),
    ),
]  # fmt: skip


@each_case(CASES)
def test_a_rule_speaks_of_its_page_and_not_of_the_near_miss(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("N01", "共受理政府信息公开申请123件。"),
        ("N02", "2022年度结转8件。"),
        ("N09", "其中予以公开64件。"),
        ("N10", "申请人撤回申请0件。"),
        ("N13", "发布解读50条,其中文字18条、图片17条、视频15条。"),
        ("N15", "网上申请100件,占申请总数的81.30%。"),
    ],
)
def test_a_comparison_that_holds_is_named(code: str, text: str) -> None:
    assert [status for status, *_ in results(code, told(text))] == ["pass"]


def test_the_2019_form_has_the_withdrawn_in_another_row() -> None:
    bodies = ("申请人撤回申请99件。", *BODIES[1:])
    html = page(render(numbers("001")), bodies=bodies, title="临淄区民政局2020年政府信息公开工作年度报告", preamble="")
    cell = "applications.other_handling.total"
    (said,) = results("N10", read(html))
    assert (said[0], said[3], said[5]) == ("fail", f"withdrawn (99) <= {cell}", [cell])
