"""What prose says beside the tables, as authorities write it. The quotations are of real pages; the rest is invented."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.parser.narrative import find_facts
from tests.parser.report_page import BODIES, numbers, page, render
from tests.parser.test_tables import cells, record


def facts(text: str, section: str = "overview") -> dict[str, tuple[object, str | None, list[str]]]:
    """Value, unit and flags by key."""
    return {fact.key: (fact.value, fact.unit, fact.flags or []) for fact in find_facts({section: text}, 2023)}


def values(text: str) -> dict[str, object]:
    return {key: value for key, (value, _, _) in facts(text).items()}


def read(text: str) -> dict[str, Any]:
    return record(page(render(numbers("000")), bodies=(text, *BODIES[1:])))


def test_a_row_told_as_the_sum_is_no_fact() -> None:
    """63. 予以公开及部分公开258件 is the 自然人 cell of row (一); the table gives 275 (上海 2019): no key of ours, no cell."""
    assert values("其中，予以公开及部分公开258件。") == {}


def test_prose_of_another_scope_is_a_finding_not_a_correction() -> None:
    """64. 17 (the government itself) against 95 (whole district) (洪泽 2024): both kept, the check fails."""
    found = read("2023年，区政府收到政府信息公开申请17件。")
    assert {fact["key"]: fact["value"] for fact in found["narrative_facts"]}["new_received"] == 17
    assert cells(found["tables"]) == cells(numbers("000"))
    assert [check["status"] for check in found["checks"] if check["code"] == "N01"] == ["fail"]


def test_withdrawals_that_the_form_cannot_hold() -> None:
    """65. 47 withdrawn, (六)3 = 0 (萧山)."""
    found = read("2023年，收到政府信息公开申请169件，申请人主动撤回47件。")
    assert {fact["key"]: fact["value"] for fact in found["narrative_facts"]}["withdrawn"] == 47
    assert [check["status"] for check in found["checks"] if check["code"] == "N10"] == ["fail"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("共收到政府信息公开申请80宗。", {"new_received": (80, "宗", [])}),
        ("共收到政府信息公开申请80例。", {"new_received": (80, "例", [])}),
        ("共收到政府信息公开申请８０份。", {"new_received": (80, "份", [])}),
        ("全年收到依申请公开申请一件。", {"new_received": (1, "件", [])}),
        ("全年受理政府信息公开申请十二件。", {"new_received": (12, "件", [])}),
        ("全年受理政府信息公开申请一百零五件。", {"new_received": (105, "件", [])}),
        ("全年受理政府信息公开申请两件。", {"new_received": (2, "件", [])}),
        ("本年受理政府信息公开1件。", {}),
        ("全年主动公开政府信息三百余条。", {"disclosed_total": (300, "条", ["approximate"])}),
        ("全年主动公开政府信息2.1万条。", {"disclosed_total": (21000, "条", [])}),
        ("全年主动公开政府信息近30000条。", {"disclosed_total": (30000, "条", ["approximate"])}),
        ("全年主动公开政府信息6750余条。", {"disclosed_total": (6750, "条", ["approximate"])}),
        ("全年主动公开政府信息２，３４５条。", {"disclosed_total": (2345, "条", [])}),
        ("全年主动公开政府信息1000多条。", {"disclosed_total": (1000, "条", ["approximate"])}),
        ("全年主动公开政府信息约1.5万余条。", {"disclosed_total": (15000, "条", ["approximate"])}),
        ("全年主动公开政府信息100条以上。", {"disclosed_total": (100, "条", ["approximate"])}),
        ("全年主动公开政府信息几百条。", {}),
        ("全年主动公开政府信息数十条。", {}),
        ("通过门户网站公开政府信息1000多条。", {"website_disclosed": (1000, "条", ["approximate"])}),
        ("收到政府信息公开申请30多件。", {"new_received": (30, "件", ["approximate"])}),
        ("门户网站公开政府信息数百条。", {}),
        ("门户网站公开政府信息上千条。", {}),
        ("收到政府信息公开申请近百件。", {"new_received": (100, "件", ["approximate"])}),
    ],
)
def test_measure_words_and_numerals(text: str, wanted: dict[str, tuple[object, str, list[str]]]) -> None:
    """66. 件 / 宗 (番禺) / 例 (金华); 申请一件, 三百余条; 受理政府信息公开1件; 2.1万条, 近30000条, 6750余条."""
    assert facts(text) == wanted


def test_outcomes_of_a_review_in_words() -> None:
    """66. 复议 5, 2宗维持原答复,1宗结果纠正 (番禺)."""
    found = values("全年因政府信息公开被申请行政复议5宗，其中2宗维持原答复，1宗结果纠正。")
    assert found == {"review_total": 5}


def test_contradiction_inside_the_prose() -> None:
    """67. 62条 = 31+31, later 32条 for the same site (白银统计局 2020): both are stated."""
    text = "通过区政府网站公开信息31条。通过区政府网站公开信息32条。"
    found = [fact.value for fact in find_facts({"overview": text}, 2023) if fact.key == "website_disclosed"]
    assert found == [31, 32]


@pytest.mark.parametrize(
    "text", ["主动公开政府信息260余", "主动公开政府信息260余\n", "主动公开政府信息条", "主动公开政府信息260余。"]
)
def test_sentence_cut(text: str) -> None:
    """32. 主动公开政府信息260余 (中村乡): a number without what it counts is no fact."""
    assert values(text) == {}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("收到政府信息公开申请169件，上年结转6件。", {"new_received": 169, "carried_over_in": 6}),
        ("共收到申请15件，办结13件，结转2024年度2件。", {"new_received": 15, "total_handled": 13, "carried_over_out": 2}),
        ("受理20件政府信息公开申请，均按时答复。", {"new_received": 20, "all_answered": True}),
        ("新收政府信息公开申请169件，较上年增加61件。", {"new_received": 169, "new_received_yoy_delta": 61}),
        ("本年度没有收到政府信息公开申请，上年度亦无结转。", {"zero_requests": True}),
        ("未发生因政府信息公开引发的行政复议和行政诉讼。", {"zero_disputes": True}),
        (
            "制发行政规范性文件4件，发布解读48条，其中文字18条、图片17条。",
            {"normative_documents_issued": 4, "interpretations": 48},
        ),
        ("行政复议9件，其中被纠正2件；行政诉讼3件。", {"review_total": 9, "review_corrected": 2, "litigation_total": 3}),
    ],
)  # fmt: skip
def test_facts_of_the_closed_list(text: str, wanted: dict[str, object]) -> None:
    """Sentences in the manner of the reports of 临淄, 萧山, 思茅, 安化 and 眉山."""
    assert values(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "收到人大代表建议和政协提案12件。",
        "全年公开政务新媒体信息20余类。",
        "培训干部三百余人次。",
        "办结行政处罚案件35件。",
        "较上年减少35.71%。",
    ],
)
def test_numbers_of_other_things(text: str) -> None:
    """61, 66 in the table of pages. 20余类, percentages: none of the closed list."""
    assert values(text) == {}
