"""`scrapy explain` leads from every place of a record to what it was read from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.explained import explain_place
from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.model import StatisticsAnnexTable
from pipelines.parser.model_tables import AnnexRow
from tests.crawler.conftest import Crawl
from tests.crawler.program import ROOT, scrapy

KEY = "370305:gov/2023"
CELL = "applications.new_received.total"
TEXT = ROOT / "tests/fixtures/seeds/001_0821f10813b957c3.txt"


def explain(crawl: Crawl, *arguments: str) -> dict[str, Any]:
    result = scrapy("explain", KEY, *arguments, "--json", DATA_DIR=crawl.data_dir)
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["warc"]
    return answer


@pytest.fixture(scope="module")
def seed() -> AnnualReport:
    report = parse(ReportPage(TEXT.read_bytes()))
    assert isinstance(report, AnnualReport)
    return report


def test_a_cell_with_its_checks_its_fact_and_its_row(crawl: Crawl) -> None:
    answer = explain(crawl, CELL, "--show")
    assert answer["facts"] == ["new_received = 169: 共受理依申请公开信息169件"]
    assert [line.split(" ")[0] for line in answer["checks"]] == ["N01", "T301", "T303"]
    assert answer["checks"][1].endswith("pass, applications.total_handled.total; 169 + 6 = 168 + 7")
    assert answer["shown"] == ["一、本年新收政府信息公开申请数量 | 167 | 2 | 0 | 0 | 0 | 0 | 【169】"]


def test_a_fact_with_quotation_line_and_cell(crawl: Crawl) -> None:
    answer = explain(crawl, "facts.new_received", "--show")
    assert answer["stated"] == [
        "169 件",
        "  quotation: 共受理依申请公开信息169件",
        "  section: overview, line 3 of its text",
        f"  compared with: {CELL} = 169, R (a number is printed), t2.r4.c8",
    ]
    assert "【共受理依申请公开信息169件】" in answer["shown"][0]
    assert answer["checks"][0].startswith("N01 ")


def test_a_field_of_the_identity_with_its_evidence(crawl: Crawl) -> None:
    answer = explain(crawl, "identity.report_year")
    assert (answer["value"], answer["evidence"][0].split(": ")[1]) == (2023, "2023")
    organ = explain(crawl, "identity.organ", "--show")
    assert organ["organ_id"] == "370305:gov"
    assert any("【淄博市临淄区人民政府】" in line for line in organ["shown"])
    assert explain(crawl, "identity.dates.published")["value"] == "2024-02-18"


def test_sections_and_checks(crawl: Crawl) -> None:
    assert explain(crawl, "sections.overview")["heading"] == "一、总体情况"
    results = explain(crawl, "checks.T301")["results"]
    assert len(results) == 7
    assert all(": pass, " in line for line in results)


def test_a_check_that_fails_names_its_cells_and_their_places(seed: AnnualReport) -> None:
    record = seed.to_dict()
    record["tables"]["applications"]["rows"]["new_received"]["values"][6] += 1
    results = explain_place(record, "checks.T301")["results"]
    failed = next(index for index, line in enumerate(results) if ": fail, " in line)
    place = record["provenance"]["cell_places"]["applications.new_received"][6]
    value = record["tables"]["applications"]["rows"]["new_received"]["values"][6]
    assert results[failed + 1] == f"  {CELL} = {value}, {place}"


def test_a_cell_of_the_statistics_annex(seed: AnnualReport) -> None:
    """The table is invented."""
    row = AnnexRow(code="3.1", label="收到申请数", unit="件", values=[12], states="R")
    annex = StatisticsAnnexTable(era="statistics_annex", presence="present", columns=["value"], rows={"received": row})
    tables = seed.tables.model_copy(update={"statistics_annex": annex})
    record = seed.model_copy(update={"tables": tables}).to_dict()
    record["provenance"]["cell_places"]["statistics_annex.received"] = ["t4.r9.c3"]
    answer = explain_place(record, "statistics_annex.received.value")
    assert (answer["value"], answer["place"], answer["label"]) == (12, "t4.r9.c3", "收到申请数")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("nonsense", "applications.ROW.COLUMN"),
        ("applications.new_received.colour", "natural_person"),
        ("applications.nothing.total", "new_received"),
        ("facts.nothing", "new_received"),
        ("identity.dates.nothing", "published"),
        ("sections.nothing", "overview"),
        ("checks.Z99", "docs/checks.md"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(crawl: Crawl, place: str, says: str) -> None:
    result = scrapy("explain", KEY, place, DATA_DIR=crawl.data_dir)
    assert result.returncode == 1
    assert (says in result.stderr, len(result.stderr.splitlines())) == (True, 1)
