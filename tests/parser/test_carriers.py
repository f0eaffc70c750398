"""Reports that are files: what a page says in HTML, its PDF, Word and Excel versions say alike, cell by cell.

All reports are invented; the committed files are made by tests/parser/report_files.py.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipelines.parser import AnnualReport, Attachment, NotAReport, ReportPage, parse
from pipelines.parser.blocks import TableBlock, TextBlock
from pipelines.parser.page import read_page
from tests.parser import report_files
from tests.parser.report_files import FIXTURES
from tests.parser.report_page import BODIES, TITLE, numbers, page, render

BOOK = report_files.xlsx(report_files.report())

Cells = dict[tuple[str, str, str], tuple[Any, str]]


def record(body: bytes, *attachments: Attachment) -> dict[str, Any]:
    report = parse(ReportPage(body, attachments=attachments))
    assert isinstance(report, AnnualReport), report
    return report.to_dict()


def refusal(body: bytes, *attachments: Attachment) -> str:
    report = parse(ReportPage(body, attachments=attachments))
    assert isinstance(report, NotAReport)
    return report.reason


def cells(report: dict[str, Any]) -> Cells:
    return {
        (name, key, column): (value, state)
        for name, table in report["tables"].items()
        for block in (table.get("blocks") or {"": table}).values()
        for key, row in (block.get("rows") or {}).items()
        for column, value, state in zip(block["columns"], row["values"], row["states"], strict=True)
    }


@cache
def word() -> bytes:
    return report_files.docx(report_files.report())


@pytest.fixture(scope="module")
def as_page() -> dict[str, Any]:
    return record(report_files.report().encode())


def assert_same(report: dict[str, Any], as_page: dict[str, Any]) -> None:
    assert cells(report) == cells(as_page)
    assert [(section["key"], section.get("text")) for section in report["sections"]] == [
        (section["key"], section.get("text")) for section in as_page["sections"]
    ]
    assert report["identity"] == as_page["identity"]
    assert report["checks"] == as_page["checks"]


def test_word_document_says_what_the_page_says(as_page: dict[str, Any]) -> None:
    report = record(word())
    assert_same(report, as_page)
    assert report["provenance"]["source_kind"] == "docx"
    assert report["provenance"]["charset_used"] is None


def test_workbook_says_what_the_page_says(as_page: dict[str, Any]) -> None:
    report = record(BOOK)
    assert_same(report, as_page)
    assert report["provenance"]["source_kind"] == "xlsx"
    # the sheet's own row and column: 单位 万元 stands in row 19 below title, preamble, two headings and 14 rows of table 2
    assert report["provenance"]["cell_places"]["active_disclosure.administrative_fees"] == ["t1.r19.c2"]


def test_pdf_says_what_the_page_says(as_page: dict[str, Any]) -> None:
    report = record((FIXTURES / "report.pdf").read_bytes())
    assert [section.get("text") for section in report["sections"]] == [
        section.get("text") for section in as_page["sections"]
    ]
    assert report["identity"] == as_page["identity"]
    assert report["provenance"]["source_kind"] == "pdf"
    places = report["provenance"]["cell_places"]
    assert places["active_disclosure.regulations"] == ["p1.t1.r3.c2", "p1.t1.r3.c3", "p1.t1.r3.c4"]
    assert {place.split(".")[0] for place in places["applications.total_handled"]} == {"p4"}


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_pdf_against_its_gold(path: Path) -> None:
    """Every cell. In report.pdf rows run over the ends of pages, and three numbers are torn: half here, half there."""
    report = record(path.with_suffix(".pdf").read_bytes())
    gold = json.loads(path.read_text("utf-8"))["tables"]
    rows = {
        (name, key): {"values": row["values"], "states": row["states"]}
        for name, table in report["tables"].items()
        for block in (table.get("blocks") or {"": table}).values()
        for key, row in block["rows"].items()
    }
    assert rows == {(name, key): row for name, table in gold.items() for key, row in table.items()}


@pytest.mark.skipif(report_files.SOFFICE is None, reason="LibreOffice is not installed: old workbooks cannot be made")
def test_old_workbook_without_merged_cells_says_what_the_page_says(tmp_path: Path, as_page: dict[str, Any]) -> None:
    body = report_files.converted(BOOK, "xlsx", "xls", tmp_path)
    report = record(body)
    assert cells(report) == cells(as_page)
    assert report["provenance"]["source_kind"] == "xls"
    assert "a damaged Excel workbook" in refusal(body[:-100])  # its reader panics


def test_word_text_is_what_a_reader_sees() -> None:
    body = (
        "<w:p><w:r><w:t>甲</w:t></w:r><w:del><w:r><w:delText>乙</w:delText></w:r></w:del><w:ins><w:r><w:t>丙</w:t></w:r></w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>丁</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>框</w:t></w:r></w:p>"
        "</w:txbxContent></w:pict></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>戊</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr>"
        "<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>2</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    read = read_page(ReportPage(report_files.document_xml(body)))
    assert [block.text for block in read.blocks if isinstance(block, TextBlock)] == ["甲丙", "框", "戊"]
    (table,) = [block for block in read.blocks if isinstance(block, TableBlock)]
    assert [[cell.text for cell in table.grid.cells(index)] for index in range(2)] == [["a", "b"], ["a", "1", "2"]]


def test_numbers_of_a_sheet_are_those_its_reader_sees() -> None:
    texts = ["0", "16", "290.066", "0.1", "1234567", "-3"]
    row = {column: repr(float(text)) for column, text in enumerate(texts)}
    row[len(texts)] = repr(0.1 + 0.2)
    read = read_page(ReportPage(report_files.workbook([("表", {0: row}, [])])))
    (table,) = [block for block in read.blocks if isinstance(block, TableBlock)]
    assert [cell.text for cell in table.grid.cells(0)] == [*texts, "0.3"]


LINK = f"<html><title>{TITLE}</title><p>发布日期：2024-01-15</p><p>{TITLE}</p><a href='a.docx'>下载</a>".encode()


def test_report_attached_to_a_page_is_dated_by_the_page(as_page: dict[str, Any]) -> None:
    files = (
        Attachment(b"%PDF-1.4 nothing", "http://www.example.gov.cn/a.pdf"),
        Attachment(word(), "http://www.example.gov.cn/a.docx"),
    )
    report = record(LINK, *files)
    assert cells(report) == cells(as_page)
    assert report["identity"]["dates"]["published"] == {"label": "发布日期", "value": "2024-01-15"}
    assert report["provenance"]["content_sha256"] == hashlib.sha256(LINK).hexdigest()
    assert report["provenance"]["source_kind"] == "docx"
    assert report["provenance"]["attachment"] == {
        "url": "http://www.example.gov.cn/a.docx",
        "content_sha256": hashlib.sha256(word()).hexdigest(),
        "holds": "report",
    }


def test_page_that_holds_the_report_needs_no_attachment() -> None:
    other = page(render(numbers("002")))
    html = report_files.report().encode()
    assert record(html, Attachment(report_files.xlsx(other))) == record(html)


def test_tables_in_a_workbook_beside_the_prose(as_page: dict[str, Any]) -> None:
    prose = page({}, bodies=("我局工作平稳有序。" * 40, *BODIES[1:])).encode()
    sheets = report_files.xlsx(page(render(report_files.invented()), bodies=("",) * 6, preamble=""))
    report = record(prose, Attachment(sheets, "http://www.example.gov.cn/t.xlsx"))
    assert cells(report) == cells(as_page)
    assert report["sections"][0]["text"] == "我局工作平稳有序。" * 40
    assert report["sections"][5]["text"] == BODIES[5]
    assert report["provenance"]["attachment"]["holds"] == "tables"


def test_attachment_that_is_none_is_named_with_its_fault() -> None:
    reason = refusal(LINK, Attachment(b"%PDF-1.4 nothing", "b.pdf"), Attachment(b"<p>\xe6\x96\x87</p>", "c.htm"))
    assert "only an attachment: a.docx" in reason
    assert "attachment b.pdf: a PDF document that is damaged" in reason
    assert "attachment c.htm: " in reason


def _zip(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><w:document xmlns:w="w"><w:body>&b;</w:body></w:document>'
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_zip({"word/document.xml": b" " * 70_000_000}), "unpacks to more than"),
        (_zip({f"word/{number}.xml": b"" for number in range(2500)}), "2500 parts"),
        (_zip({"word/document.xml": ENTITIES}), "declares entities"),
        (_zip({"word/document.xml": b"<w:document"}), "damaged Word document"),
        (_zip({"word/other.xml": b"<x/>"}), "without its text"),
        (
            _zip({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b'<c r="XFD1048576"/>'}),
            "a cell at XFD1048576",
        ),
        (_zip({"xl/workbook.xml": b"<x/>"}), "damaged Excel workbook"),
        (_zip({"OFD.xml": b""}), "an OFD document"),
        (_zip({"a.txt": b""}), "a ZIP archive"),
        (BOOK[:-300], "damaged ZIP or Office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "neither Word nor Excel"),
        (b"{\\rtf1 nothing}", "WPS or RTF, which nothing has converted"),
        (b"Rar!\x1a\x07\x00", "a RAR archive"),
        (b"%PDF-1.7\n%%EOF", "a PDF document that is damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "an image that is damaged"),
    ],
)
def test_files_that_cannot_be_read_say_why(body: bytes, reason: str) -> None:
    assert reason in refusal(body)


@pytest.mark.parametrize(
    ("module", "body", "reason"),
    [
        ("pdfplumber", (FIXTURES / "report.pdf"), "a PDF document, and the extra 'attachments' is not installed"),
        ("python_calamine", None, "an Excel workbook, and the extra 'attachments' is not installed"),
        ("rapidocr", (FIXTURES / "scan.jpg"), "a picture of a page, and the extra 'ocr' is not installed"),
    ],
)
def test_parser_works_without_the_extras_and_says_which_is_missing(
    module: str, body: Path | None, reason: str, tmp_path: Path
) -> None:
    path = body or tmp_path / "book.xlsx"
    if body is None:
        path.write_bytes(BOOK)
    code = (
        f"import sys; sys.modules[{module!r}] = None\nfrom pipelines.parser import ReportPage, parse\n"
        f"print(parse(ReportPage(open({str(path)!r}, 'rb').read())).reason)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert reason in said.stdout
