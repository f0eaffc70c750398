"""Files are opened in a process apart: the same record comes back, and no file takes more than it is given."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from pipelines.isolated import Limits, _environment, parse_isolated, parse_page
from pipelines.parser import AnnualReport, Hints, NotAReport, ReportPage, parse
from tests.parser import report_files
from tests.parser.report_files import FIXTURES

PDF = (FIXTURES / "report.pdf").read_bytes()


def test_child_gives_the_record_byte_for_byte() -> None:
    page = ReportPage(PDF, "http://www.example.gov.cn/a.pdf", "application/pdf", Hints(card={"文号": "某〔2024〕1号"}))
    apart, here = parse_page(page), parse(page)
    assert isinstance(apart, AnnualReport)
    assert isinstance(here, AnnualReport)
    assert apart.to_json() == here.to_json()


def test_pages_of_text_are_parsed_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.isolated._ROOT", Path("/nowhere"))  # a child would not find the parser
    assert isinstance(parse_page(ReportPage(report_files.report().encode())), AnnualReport)
    assert parse_page(ReportPage(PDF)) == NotAReport("a file whose reader failed without an answer")


def test_time_is_limited() -> None:
    assert parse_isolated(ReportPage(PDF), Limits(seconds=0.1)) == NotAReport(
        "a file that takes longer than 0.1 s to read"
    )


def test_memory_is_limited() -> None:
    image = pytest.importorskip("PIL.Image", reason="the extra 'attachments' is not installed")
    file = io.BytesIO()
    image.new("RGB", (6000, 6000)).save(file, "TIFF", compression="tiff_lzw")
    result = parse_isolated(ReportPage(file.getvalue()), Limits(megabytes=400))
    assert isinstance(result, NotAReport)
    assert "400 MB" in result.reason


def test_child_is_given_no_setting_of_ours_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy.example.cn")
    assert "HTTPS_PROXY" not in _environment(str(tmp_path))
    assert isinstance(parse_isolated(ReportPage(PDF)), AnnualReport)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(
    report_files.SOFFICE is None, reason="LibreOffice is not installed: .doc, .wps and .rtf are not read"
)
def test_old_word_document_says_what_the_page_says() -> None:
    report = parse_page(ReportPage((FIXTURES / "report.doc").read_bytes()))
    page = parse(ReportPage(report_files.report().encode()))
    assert isinstance(report, AnnualReport), report
    assert isinstance(page, AnnualReport)
    assert report.tables == page.tables
    assert report.sections == page.sections
    assert report.provenance is not None
    assert report.provenance.source_kind == "doc"


def test_missing_libreoffice_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    result = parse_page(ReportPage(b"{\\rtf1 a}"))
    assert isinstance(result, NotAReport)
    assert "LibreOffice is not installed (Debian: apt-get install libreoffice-writer-nogui)" in result.reason
