"""Reports in pictures: what text recognition reads, how sure it is, and that what it cannot read is no number.

The picture is an invented report as a poor scan; tests/parser/report_files.py makes it.
"""

from __future__ import annotations

import io
from typing import Any

import pytest

pytest.importorskip("rapidocr", reason="the extra 'ocr' is not installed")

from PIL import Image, ImageDraw

from pipelines.isolated import parse_isolated
from pipelines.parser import AnnualReport, Attachment, ReportPage, parse
from pipelines.parser.blocks import TableBlock
from pipelines.parser.cells import read_cell
from pipelines.parser.page import read_page
from tests.parser import report_files
from tests.parser.report_files import FIXTURES
from tests.parser.report_page import TITLE
from tests.parser.test_carriers import cells


def test_scanned_report_has_every_number_with_its_confidence() -> None:
    """A page of pictures, one of them blank: 200 cells, askew, blurred and grainy."""
    link = f"<html><title>{TITLE}</title><p>{TITLE}</p><img src='1.jpg'></html>".encode()
    pictures = [
        Attachment((FIXTURES / "scan.jpg").read_bytes(), "http://www.example.gov.cn/1.jpg"),
        Attachment(_png(Image.new("L", (300, 400), 255)), "http://www.example.gov.cn/2.png"),
    ]
    report = parse_isolated(ReportPage(link, attachments=tuple(pictures)))
    assert isinstance(report, AnnualReport), report
    found = report.to_dict()
    as_page = parse(ReportPage(report_files.report().encode()))
    assert isinstance(as_page, AnnualReport)
    assert cells(found) == cells(as_page.to_dict())
    provenance: dict[str, Any] = found["provenance"]
    assert provenance["source_kind"] == "image"
    assert [picture["url"][-5:] for picture in provenance["attachment"]["pages"]] == ["1.jpg", "2.png"]
    assert provenance["cell_confidence"].keys() == provenance["cell_places"].keys()
    sure = [score for scores in provenance["cell_confidence"].values() for score in scores]
    assert len(sure) == 200
    assert all(0.9 <= score <= 1 for score in sure)
    assert provenance["cell_places"]["active_disclosure.administrative_fees"] == ["p1.t1.r14.c2"]


def test_ink_that_is_no_figure_is_neither_blank_nor_a_sure_number() -> None:
    """Bars, blots and dust in the cells of a table: all but the last row, which is empty."""
    picture = Image.new("L", (900, 450), 255)
    draw = ImageDraw.Draw(picture)
    columns, rows = range(50, 851, 100), range(50, 351, 75)
    for row in rows:
        draw.line((columns[0], row, columns[-1], row), 0, 2)
    for column in columns:
        draw.line((column, rows[0], column, rows[-1]), 0, 2)
    for place, column in enumerate(columns[:-1]):
        x = column + 40
        draw.rectangle((x, rows[0] + 30, x + 1 + place, rows[0] + 33), fill=0)
        draw.rectangle((x, rows[1] + 20, x + 1, rows[1] + 24 + 2 * place), fill=0)
        draw.rectangle((x, rows[2] + 20, x + 4 * place + 3, rows[2] + 40), fill=20 * place)
    (table,) = [block for block in read_page(ReportPage(_png(picture))).blocks if isinstance(block, TableBlock)]
    *inked, empty = [table.grid.cells(row) for row in range(4)]
    assert [cell.text for cell in empty] == [""] * 8
    for cell in (cell for row in inked for cell in row):
        assert cell.text
        assert cell.confidence is not None
        assert cell.confidence >= 0.9 or read_cell(cell.text, "count").state == "T"


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
