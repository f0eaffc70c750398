"""Whose report of which year: index numbers are never keys, titles and organs decide, identical content is one report."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from archive.ledger import Ledger
from archive.outputs import AppendedFile
from archive.rows import Acknowledgement, FrontierRequest, later
from pipelines.parser import AnnualReport, Hints, ReportPage, parse
from pipelines.records import ReportDocument, changed_cells
from tests.crawler.program import ROOT
from tests.portals.pages import seed_address, seed_answer

ORGAN, INDEX = "杭州市萧山区人民政府办公室", "H001/2024-76014"


def document(organ: str = ORGAN, index: str = INDEX, cell: str = "", year: str = "2023") -> ReportDocument:
    """The seed of 萧山区政府办 with another organ, index number, first cell or year printed in it."""
    text = seed_answer("002").body.decode()
    assert ORGAN in text
    assert INDEX in text
    text = text.replace(ORGAN, organ).replace(INDEX, index)
    if organ != ORGAN:
        text = text.replace("区政府办公室", organ.removeprefix("杭州市萧山区")).replace("区政府办", organ)
    if cell:
        text = text.replace(">115<", f">{cell}<", 1)
    if year != "2023":
        text = text.replace("2023年", f"{year}年").replace("2024-01-17", f"{int(year) + 1}-01-17")
    page = ReportPage(text.encode(), url=seed_address("002"), hints=Hints(portal="xiaoshan", region="330109"))
    report = parse(page)
    assert isinstance(report, AnnualReport)
    return ReportDocument.of(report)


class Records:
    """A ledger that settles documents as a run does."""

    def __init__(self, folder: Path):
        self._ledger = Ledger(folder / "ledger.sqlite")
        self._ledger.begin_run("run", "all")
        self._outputs = {name: AppendedFile(folder / name, 0) for name in ("reports", "skipped", "log")}
        self._pages = 0

    def settle(self, found: ReportDocument) -> str:
        self._pages += 1
        url = f"http://www.example.gov.cn/{self._pages}.html"
        request = FrontierRequest("trs", "xiaoshan", "report", "GET", url, "parse_report")
        acknowledgement = Acknowledgement(
            request, "ok", later(timedelta(1)), documents=[(found, f"sha256:{self._pages}")]
        )
        [settled] = self._ledger.acknowledge("run", acknowledgement, self._outputs, None).settled
        return settled.change


@pytest.fixture
def ledger(tmp_path: Path) -> Records:
    return Records(tmp_path)


@pytest.mark.parametrize("junk", ["", "无", "-", "〔〕号", "null", "0", "索引号"])
def test_a_junk_index_number_merges_nobody(ledger: Records, junk: str) -> None:
    organs = [ORGAN, "杭州市萧山区教育局", "杭州市萧山区民政局"]
    documents = [document(organ, junk) for organ in organs]
    assert len({found.key for found in documents}) == 3
    assert [ledger.settle(found) for found in documents] == ["new"] * 3


def test_a_catalogue_number_of_two_organs_merges_nobody(ledger: Records) -> None:
    assert ledger.settle(document(ORGAN, "11330109002524711A/2024-00001")) == "new"
    assert ledger.settle(document("杭州市萧山区教育局", "11330109002524711A/2024-00001")) == "new"


def test_two_years_under_one_number_are_two_reports(ledger: Records) -> None:
    assert ledger.settle(document()) == "new"
    assert ledger.settle(document(year="2022")) == "new"


def test_the_same_content_under_another_number_is_an_alias(ledger: Records) -> None:
    assert ledger.settle(document(index="014416330/2018-04736")) == "new"
    assert ledger.settle(document(index="3212000002/2018-354983")) == "alias"


def test_other_content_under_the_same_number_is_a_revision(ledger: Records) -> None:
    assert ledger.settle(document()) == "new"
    assert ledger.settle(document(cell="116")) == "revised"
    assert ledger.settle(document()) == "alias", "back to what was recorded first: nothing new is emitted"


def test_changed_cells_names_what_changed() -> None:
    before, after = document().report.to_dict(), document(cell="116").report.to_dict()
    assert list(changed_cells(before, after)) == ["applications.new_received.natural_person"]
    assert list(changed_cells(before, before)) == []


def test_composing_records_loads_no_scrapy() -> None:
    code = "import sys, pipelines.records; sys.exit(bool({'scrapy', 'twisted'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
