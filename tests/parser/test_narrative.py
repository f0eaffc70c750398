"""Facts of the prose: sentences of many reports, those that look alike and are none, the seeds' facts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.narrative import find_facts, find_listed_sums, flatten

SEEDS = sorted(Path("tests/fixtures/seeds").glob("*.json"))


def facts_of(text: str, section: str = "overview", year: int = 2023) -> dict[str, object]:
    return {fact.key: fact.value for fact in find_facts({section: text}, year)}


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem[:3])
def test_the_facts_of_the_seeds(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))["narrative_facts"]
    report = parse(ReportPage(path.with_suffix(".txt").read_bytes()))
    assert isinstance(report, AnnualReport)
    found = [fact.model_dump(mode="json") for fact in report.narrative_facts]
    assert [fact["key"] for fact in found] == [fact["key"] for fact in expected]
    for fact, wanted in zip(found, expected, strict=True):
        assert {key: fact.get(key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("全年共收到政府信息公开申请1,234件。", {"new_received": 1234}),
        ("本年度新收依申请公开信息申请三百二十一件。", {"new_received": 321}),
        ("2023年，我局共受理1宗政府信息公开申请。", {"new_received": 1}),
        (
            "收到信息公开申请12件，上年结转3件，办结14件，结转下年度1件。",
            {"new_received": 12, "carried_over_in": 3, "total_handled": 14, "carried_over_out": 1},
        ),
        ("收到申请10件,2021年结转3件。", {"new_received": 10}),  # not last year
        ("结转2025年度继续办理7件。", {}),  # not next year
        ("收到申请20件,较上年减少5件。", {"new_received": 20, "new_received_yoy_delta": -5}),
        (
            "因政府信息公开被申请行政复议2件,其中被纠正1件;行政诉讼1件,败诉0件。",
            {"review_total": 2, "review_corrected": 1, "litigation_total": 1, "litigation_corrected": 0},
        ),
        ("共办理依申请公开件,均已按时答复。", {"all_answered": True}),
        ("全年未收到政府信息公开申请。", {"zero_requests": True}),
        ("全年没有发生因政府信息公开引起的行政复议、行政诉讼。", {"zero_disputes": True}),
        ("主动公开政府信息2.1万条。", {"disclosed_total": 21000}),
        (
            "通过政府网站公开信息近300余条,通过微信公众号发布信息80条。",
            {"website_disclosed": 300, "new_media_disclosed": 80},
        ),
        ("制发行政规范性文件5件。", {"normative_documents_issued": 5}),
        # None of these is a number of applications, handled ones, documents issued or disputes.
        ("办结人大代表建议141件,答复网民留言30件。", {}),
        ("办结12345热线工单500件。", {}),
        ("废止规范性文件3件。", {}),
        ("行政诉讼率降低50%以上。", {}),
        ("公开教育栏目信息257条,其中文字解读18条。", {}),
        ("严格执行“三审三校”,发布养老服务领域信息31条。", {}),
    ],
)
def test_sentences(text: str, facts: dict[str, object]) -> None:
    assert facts_of(text) == facts


@pytest.mark.parametrize(
    ("text", "value", "state"),
    [
        ("本年度收取信息处理费80元。", 80, None),
        ("收取政府信息公开信息处理费0.12万元。", 1200, None),
        ("该申请人缴纳信息处理费12.5元。", "12.5", None),
        ("本年度未收取信息处理费。", None, "stated_none"),
        ("(一)收取信息处理费情况\n\n本年度未有收取信息处理费情况。", None, "stated_none"),
    ],
)
def test_fees(text: str, value: object, state: str | None) -> None:
    facts = find_facts({"other_matters": text}, 2023)
    assert [(fact.key, fact.value, fact.state, fact.unit) for fact in facts] == [
        ("processing_fee_yuan", value, state, "元")
    ]


def test_no_fee_fact_without_a_statement() -> None:
    assert facts_of("按照国办函〔2020〕109号,按件收取信息处理费标准为100元/件。", "other_matters") == {}
    assert facts_of("无其他需要报告的事项。", "other_matters") == {}


def test_a_quotation_is_the_clause_and_finds_its_own_place() -> None:
    text = "因公开引起行政复议4件,纠正0件;行政诉讼6件,纠正0件。"
    quotes = {fact.key: fact.quote for fact in find_facts({"overview": text}, 2023)}
    assert quotes["review_corrected"] == "纠正0件"
    assert quotes["litigation_corrected"] == "行政诉讼6件,纠正0件"
    assert all(quote in text for quote in quotes.values())


def test_two_statements_of_one_number() -> None:
    text = "收到政府信息公开申请12件。办结12件。全年收到政府信息公开申请12件。年内共收到政府信息公开申请13件。"
    values = [fact.value for fact in find_facts({"overview": text}, 2023) if fact.key == "new_received"]
    assert values == [12, 13]


def test_a_rounded_number_is_flagged() -> None:
    (fact,) = find_facts({"overview": "收到政府信息公开申请约120件。"}, 2023)
    assert fact.flags == ["approximate"]


def test_hard_line_breaks_are_no_ends() -> None:
    assert flatten("一是完成2023年政府\n信息公开工作。\n二是") == "一是完成2023年政府信息公开工作。\n二是"
    assert facts_of("2023年共收到政府信息公开\n申请12件。") == {"new_received": 12}


def test_listed_sums() -> None:
    text = "发布解读48条,其中文字18条、图片17条、视频13条,另有会议3条。办理留言53条,其中信箱27条,问政6条,热线20条。"
    enumerated, clauses = find_listed_sums({"overview": text})
    assert (enumerated.total, enumerated.items, enumerated.enumerated) == (48, (18, 17, 13), True)
    assert (clauses.total, clauses.items, clauses.enumerated) == (53, (27, 6, 20), False)


@given(
    st.text(alphabet="收到政府信息公开申请办结年行政复议诉讼网站处理费件条元万一二十0123456789,。;\n ", max_size=120)
)
def test_any_text_gives_facts_with_quotations_from_it(text: str) -> None:
    flat = flatten(text)
    for fact in find_facts({"overview": text, "other_matters": text}, 2023):
        assert fact.quote in flat
