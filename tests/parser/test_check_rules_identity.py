"""The rules of identity and time, each on a page made for it and on a near miss. The pages are invented."""

from __future__ import annotations

from typing import Any

from pipelines.parser import AnnualReport
from pipelines.parser.checks_catalogue import load_rules
from tests.parser import test_check_rules_structure, test_check_rules_tables, test_check_rules_text
from tests.parser.check_results import Case, check, each_case, read
from tests.parser.report_page import BODIES, PREAMBLE, TITLE, numbers, page, render

NAME = "淄博市临淄区民政局"
INDEX = "11370305004219181C/2024-5428591"
SIGNED, PUBLISHED = "2024年1月20日", "2024-01-22"
DATES, NUMBER, ORGAN = "identity.dates", "identity.index_number", "identity.organ"
PERIOD = "2023-01-01 to 2023-12-31"


def report(
    *,
    title: str = TITLE,
    compiler: str = NAME,
    preamble: str = PREAMBLE,
    signer: str = NAME,
    signed: str = SIGNED,
    published: str | None = PUBLISHED,
    index: str | None = INDEX,
    doc_number: str = "临民发〔2024〕3号",
    publisher: str = NAME,
    site: str = "",
    overview: str = BODIES[0],
) -> AnnualReport:
    """A report with a card and a signature that agree, except for what is given."""
    pairs: dict[str, Any] = {"索引号": index, "发布日期": published, "文号": doc_number, "发布机构": publisher}
    rows = "".join(
        f"<tr><td>{label}：</td><td>{value}</td></tr>" for label, value in pairs.items() if value is not None
    )
    html = page(
        render(numbers("002")),
        title=title,
        preamble=f"本报告由{compiler}编制。{preamble}" if compiler else preamble,
        bodies=(overview, *BODIES[1:]),
        ending=f"<p>{signer}</p><p>{signed}</p>" if signed else "",
    )
    head = f"<head><meta name='SiteName' content='{site}'>" if site else "<head>"
    return read(
        html.replace("<div class='article'>", f"<div class='article'><table>{rows}</table>").replace("<head>", head)
    )


CASES = [
    Case(
        "I01",
        lambda: report(preamble=PREAMBLE.replace("2023", "2022")),
        [("fail", "error", "identity.report_year", 2023, {"title": 2023, "period": 2022}, [])],
        report,
    ),
    Case(
        "I01",
        lambda: report(title="临淄区民政局政府信息公开工作年度报告", preamble="", overview="工作平稳有序。"),
        [("indeterminate", "error", "identity.report_year", None, None, [])],
        lambda: report(title="临淄区民政局政府信息公开工作年度报告"),
    ),
    Case(
        "I02",
        lambda: report(preamble=PREAMBLE.replace("12月31日", "11月30日")),
        [("fail", "warning", "identity.period", PERIOD, "统计期限自2023年1月1日起至2023年11月30日止", [])],
        report,
    ),
    Case("I02", lambda: report(preamble=""), [("fail", "warning", "identity.period", None, None, [])], report),
    Case(
        "I03",
        lambda: report(signed="2023年12月30日"),
        [("fail", "error", f"{DATES}.signed", ">= 2023-12-31", "2023-12-30", [])],
        lambda: report(signed="2023年12月31日"),
    ),
    Case(
        "I04",
        lambda: report(signed="2024年1月23日"),
        [("fail", "warning", DATES, "signed <= published", ["2024-01-23", PUBLISHED], [])],
        lambda: report(signed="2024年1月22日"),
    ),
    Case(
        "I04",
        lambda: report(published="2024-03-21"),
        [("fail", "warning", DATES, "|signed - published| <= 60 d", ["2024-01-20", "2024-03-21"], [])],
        lambda: report(published="2024-03-20"),
    ),
    Case(
        "I05",
        lambda: report(published="2025-01-02"),
        [("fail", "warning", f"{DATES}.published", 2024, "2025-01-02", [])],
        lambda: report(published="2024-12-31"),
    ),
    Case(
        "I06",
        lambda: report(published="2024-02-01"),
        [("fail", "warning", "identity.deadline", "<= 2024-01-31", "2024-02-01", [])],
        lambda: report(published="2024-01-31"),
    ),
    # A date years later is more often that of a migration.
    Case("I06", lambda: report(published="2025-02-01", signed=""), [("fail", "info")], report),
    Case("I07", lambda: report(published=None), [("fail", "info", f"{DATES}.published", None, None, [])], report),
    Case("I07", lambda: report(published=None, signed=""), [("fail", "info", DATES, None, None, [])], report),
    Case("I08", lambda: report(index=None), [("fail", "info", NUMBER, None, None, [])], report),
    Case("I08", lambda: report(index="无"), [("fail", "info", NUMBER, None, "无", [])], report),
    Case(
        "I09",
        lambda: report(index="甲字第7号"),
        [("fail", "info", NUMBER, None, "甲字第7号", [])],
        lambda: report(index="H001/2024-76014"),
    ),
    Case(
        "I10",
        lambda: report(index=INDEX.replace("181C", "181D")),
        [("fail", "warning", NUMBER, None, "11370305004219181D", [])],
        report,
    ),
    Case(
        "I11",
        lambda: report(index=INDEX.replace("2024", "2021")),
        [("fail", "info", NUMBER, [2023, 2024], 2021, [])],
        lambda: report(index=INDEX.replace("2024", "2023")),
    ),
    Case(
        "I12",
        lambda: report(doc_number="临民发〔〕号"),
        [("fail", "info", "identity.doc_number", "机关代字〔年〕序号号", "临民发〔〕号", [])],
        report,
    ),
    Case(
        "I13",
        lambda: report(signer="淄博市临淄区财政局"),
        [("fail", "warning", ORGAN, NAME, {"signature": "淄博市临淄区财政局"}, [])],
        lambda: report(signer="区民政局"),
    ),
    Case(
        "I13",
        lambda: report(publisher="淄博市临淄区人民政府"),
        [("fail", "warning", ORGAN, NAME, {"publisher": "淄博市临淄区人民政府"}, [])],
        lambda: report(
            title=TITLE.replace("民政局", "人民政府"), compiler="", signer="临淄区人民政府办公室",
            publisher="淄博市临淄区人民政府",
        ),
    ),
    Case(
        "I13",
        lambda: report(site="淄博市博山区人民政府"),
        [("fail", "warning", ORGAN, NAME, {"site": "淄博市博山区人民政府"}, [])],
        lambda: report(site="淄博市人民政府"),
    ),
    Case(
        "I14",
        lambda: report(title="2023年政府信息公开工作年度报告", compiler="", signer="", publisher=""),
        [("fail", "error", ORGAN)],
        lambda: report(title="2023年政府信息公开工作年度报告", compiler=""),
    ),
    Case(
        "I15",
        lambda: report(title="临淄区民政局2023年政务信息工作报告"),
        [("fail", "info", "identity.title", None, "临淄区民政局2023年政务信息工作报告", [])],
        lambda: report(title="临淄区民政局 2023 年度政府信息公开年度报告"),
    ),
    Case(
        "I16",
        lambda: report(preamble=PREAMBLE + "依据国办公开办函〔2021〕20号编制。"),
        [("fail", "info", "text.preamble", "国办公开办函〔2021〕30号", "国办公开办函〔2021〕20号", [])],
        lambda: report(preamble=PREAMBLE + "依据国办公开办函〔2021〕30号编制。"),
    ),
    Case(
        "I16",
        lambda: report(preamble=PREAMBLE + "依据国办公开办函〔2019〕60号编制。"),
        [("fail", "info", "text.preamble", "国办公开办函〔2021〕30号", "国办公开办函〔2019〕60号", [])],
        lambda: report(preamble=PREAMBLE + "依据《政府信息公开工作年度报告格式》编制。"),
    ),
    Case(
        "I16",
        lambda: report(preamble=PREAMBLE + "依据《政府信息公开工作年度告格式》编制。"),
        [("fail", "info", "text.preamble", "政府信息公开工作年度报告格式", "政府信息公开工作年度告格式", [])],
        lambda: report(preamble=PREAMBLE + "依据《行政处罚文书格式》编制。"),
    ),
    Case(
        "Q05",
        lambda: report(compiler="淄博市博山区民政局"),
        [("fail", "warning", "text.preamble", NAME, "淄博市博山区民政局", [])],
        lambda: report(compiler="淄博市民政局"),
    ),
    Case(
        "Q05",
        lambda: report(overview="工作平稳有序,成效明显。<br>2023年,博山区民政局认真做好公开工作。"),
        [("fail", "warning", "sections.overview", NAME, "博山区民政局", [])],
        lambda: report(overview="工作平稳有序,成效明显。<br>2023年,学习了博山区民政局的做法。"),
    ),
]  # fmt: skip


@each_case(CASES)
def test_a_rule_speaks_of_its_page_and_not_of_the_near_miss(case: Case) -> None:
    check(case)


def test_every_rule_has_a_page_made_for_it() -> None:
    groups = (test_check_rules_structure, test_check_rules_tables, test_check_rules_text)
    cases = [*CASES, *(case for group in groups for case in group.CASES)]
    assert {case.code for case in cases} == set(load_rules())
