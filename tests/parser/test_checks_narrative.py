"""The text against the tables: a number of either side changes, and the comparison says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pipelines.parser.check_rules_narrative import check_narrative
from pipelines.parser.check_rules_text import check_text
from pipelines.parser.checks_cells import Cells
from pipelines.parser.model import AnnualReport
from pipelines.parser.narrative import find_facts
from tests.parser.test_checks import rebuilt, seed, with_cell


def told(
    text: str, number: str = "000", section: str = "overview", changes: Mapping[tuple[str, ...], Any] | None = None
) -> AnnualReport:
    """The seed's tables with another prose."""
    facts = [fact.model_dump(mode="json") for fact in find_facts({section: text}, 2023)]
    return rebuilt(number, {**(changes or {}), ("narrative_facts",): facts})


def results(report: AnnualReport, text: str, section: str = "overview") -> list[tuple[str, str, str]]:
    return [
        (check.code, check.status, check.scope) for check in check_narrative(report, {section: text}, Cells(report))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("收到政府信息公开申请169件。", [("N01", "pass", "applications.new_received.total")]),
        ("收到政府信息公开申请168件。", [("N01", "fail", "applications.new_received.total")]),
        # The number may include the six carried over from last year.
        ("共受理政府信息公开申请175件。", [("N01", "pass", "applications.new_received.total")]),
        ("收到政府信息公开申请约170件。", [("N01", "indeterminate", "applications.new_received.total")]),
        (
            "收到政府信息公开申请169件。年内收到政府信息公开申请160件。",
            [("N01", "indeterminate", "applications.new_received.total")],
        ),
        ("2022年度结转5件。", [("N02", "fail", "applications.carried_over_in.total")]),
        ("办结政府信息公开申请168件。", [("N03", "pass", "applications.total_handled.total")]),
        ("结转下年度继续办理8件。", [("N04", "fail", "applications.carried_over_out.total")]),
        (
            "因公开引起行政复议4件,纠正2件。",
            [("N05", "pass", "review_litigation.review.total"), ("N06", "pass", "review_litigation.review.corrected")],
        ),
        (
            "因公开引起行政诉讼8件,纠正1件。",
            [("N07", "fail", "review_litigation"), ("N08", "pass", "review_litigation")],
        ),
        (
            "予以公开85件,不予公开3件,其他处理5件。",
            [
                ("N09", "pass", "applications.granted.total"),
                ("N09", "pass", "applications"),
                ("N09", "fail", "applications"),
            ],
        ),
        ("予以公开及部分公开258件。", []),
        ("申请人撤回申请3件。", [("N10", "fail", "narrative_facts[withdrawn]")]),
        ("制发行政规范性文件2件。", [("N11", "fail", "active_disclosure.normative_documents.issued")]),
        ("发布解读48条,其中文字18条、图片17条、视频15条。", [("N13", "fail", "sections.overview")]),
        ("网上申请100件,占申请总数的59.17%。", [("N15", "pass", "sections.overview")]),
        ("网上申请100件,占申请总数的60%。", [("N15", "fail", "sections.overview")]),
        ("收到的申请均已答复。", [("N16", "fail", "applications.carried_over_out.total")]),
        ("未收到政府信息公开申请。", [("N17", "fail", "applications.new_received.total")]),
        (
            "没有发生行政诉讼。",
            [
                ("N17", "fail", "review_litigation.litigation_direct.total"),
                ("N17", "pass", "review_litigation.litigation_after_review.total"),
            ],
        ),
    ],
)
def test_a_sentence_against_the_tables(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert results(told(text), text) == expected


def test_a_table_that_is_lost_is_never_filled_from_the_text() -> None:
    text = "收到政府信息公开申请20件。申请人撤回申请3件。"
    report = told(text, "003")
    assert results(report, text) == [
        ("N01", "indeterminate", "applications.new_received.total"),
        ("N10", "indeterminate", "narrative_facts[withdrawn]"),
    ]
    assert report.to_dict()["tables"] == seed("003").to_dict()["tables"]


def test_a_statement_of_none_explains_a_blank() -> None:
    report = with_cell("000", "applications", "new_received", 6, None, "B")
    text = "未收到政府信息公开申请。"
    facts = [fact.model_dump(mode="json") for fact in find_facts({"overview": text}, 2023)]
    told = AnnualReport.model_validate(report.to_dict() | {"narrative_facts": facts})
    checks = list(check_narrative(told, {"overview": text}, Cells(told)))
    assert [(check.code, check.status) for check in checks] == [("N17", "pass_blank_as_zero")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("收取信息处理费80元。", [("N12", "pass")]),
        ("收取信息处理费2900661元。", [("N12", "fail"), ("N14", "fail")]),
        ("未收取信息处理费。", []),
    ],
)
def test_fees(text: str, expected: list[tuple[str, str]]) -> None:
    report = told(text, section="other_matters")
    assert [(code, status) for code, status, _ in results(report, text, "other_matters")] == expected


def test_the_2019_form_has_one_row_for_other_results() -> None:
    text = "申请人撤回申请1件。制发行政规范性文件1件。"
    assert results(told(text, "001"), text) == [
        ("N11", "pass", "active_disclosure.normative_documents.newly_made"),
        ("N10", "fail", "narrative_facts[withdrawn]"),
    ]


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("overview", "办理规范。年内,通过信箱答复问题274\n(二)依申请公开。", [("Q01", "sections.overview")]),
        ("overview", "年内,答复问题274件。", []),
        ("overview", "年内,拨打热线12345。", []),
        ("overview", "年内,完成任务到2025。", []),
        ("overview", "由XX局负责。", [("Q03", "sections.overview")]),
        ("overview", "网址www.xx.gov.cn。", []),
        ("overview", "我局在2021年公开信息3条。", [("Q04", "sections.overview")]),
        ("overview", "我局较2022年增加3条。", []),
        ("other_matters", "无其他事项。", [("N18", "sections.other_matters")]),
        ("other_matters", "未收取费用。", []),
    ],
)
def test_slips_of_the_text(key: str, text: str, expected: list[tuple[str, str]]) -> None:
    texts = {"other_matters": "未收取费用。", key: text}
    report = rebuilt("000", {("narrative_facts",): []})
    assert [(check.code, check.scope) for check in check_text(report, texts, "")] == expected
