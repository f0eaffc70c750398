"""The hand-made reports of `report_page` as files: Word, Excel, PDF; their content is invented.

Each writer takes the page's HTML, so that a file holds what the page holds, merged cells included. Knows nothing of
the parser.
"""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree
from lxml import html as markup

from tests.parser.report_page import numbers, page, render

SOFFICE = shutil.which("soffice")
FIXTURES = Path(__file__).parents[1] / "fixtures" / "files"

Placed = tuple[int, int, int, int, str]  # row, column, rows, columns, text


def invented() -> dict[str, Any]:
    """Tables in which hardly two cells are alike, so that no value can stand in another's place unseen; rows add up."""
    tables = numbers("000")
    for count, row in enumerate(tables["applications"]["rows"].values(), start=1):
        values = [(count * 37 + place * place * 11) % (7 + 60 * (6 - place)) for place in range(6)]
        row.update(values=[*values, sum(values)], states="R" * 7)
    for count, row in enumerate(tables["review_litigation"]["rows"].values(), start=1):
        values = [6 * count, 9, 66 + count, 99 - count]
        row.update(values=[*values, sum(values)], states="R" * 5)
    return tables


def report() -> str:
    """The invented report as a page."""
    return page(render(invented()))


def parts(page: str) -> Iterator[str | tuple[int, int, list[Placed]]]:
    """The paragraphs and tables of a page: text, or (rows, columns, cells)."""
    for element in markup.fromstring(page).iter("h1", "p", "table"):
        if element.tag == "table":
            yield _table(element)
        elif not any(outer.tag == "table" for outer in element.iterancestors()):
            yield element.text_content()


def _table(table: Any) -> tuple[int, int, list[Placed]]:
    taken: set[tuple[int, int]] = set()
    cells: list[Placed] = []
    rows = list(table.iter("tr"))
    for index, row in enumerate(rows):
        column = 0
        for cell in row.iter("td", "th"):
            while (index, column) in taken:
                column += 1
            height, width = int(cell.get("rowspan", 1)), int(cell.get("colspan", 1))
            text = "\n".join(part.strip(" \xa0") for part in cell.itertext()).strip()
            cells.append((index, column, height, width, text))
            taken |= {(index + down, column + right) for down in range(height) for right in range(width)}
            column += width
    return len(rows), max(column for _, column in taken) + 1, cells


def docx(page: str, points: float = 12) -> bytes:
    """The page as a Word document, in letters of that size; small ones on a sheet that holds the whole report."""
    import docx as word
    from docx.shared import Cm, Pt

    document = word.Document()
    document.styles["Normal"].font.size = Pt(points)
    if points < 10:
        for section in document.sections:
            section.page_width, section.page_height = Cm(21), Cm(42)
            section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.2)
    for part in parts(page):
        if isinstance(part, str):
            document.add_paragraph(part)
            continue
        rows, columns, cells = part
        table = document.add_table(rows, columns, style="Table Grid")
        for row, column, height, width, text in cells:
            cell = table.cell(row, column).merge(table.cell(row + height - 1, column + width - 1))
            cell.text = text
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def xlsx(page: str) -> bytes:
    """The page as a workbook of one sheet: a paragraph in the first cell of a row, tables below one another."""
    rows: dict[int, dict[int, str]] = {}
    merged: list[str] = []
    top = 0
    for part in parts(page):
        if isinstance(part, str):
            rows[top] = {0: part}
            top += 1
            continue
        height, _, cells = part
        for row, column, down, right, text in cells:
            rows.setdefault(top + row, {})[column] = text
            if down * right > 1:
                merged.append(f"{name(top + row, column)}:{name(top + row + down - 1, column + right - 1)}")
        top += height
    return workbook([("报告", rows, merged)])


def name(row: int, column: int) -> str:
    return f"{chr(65 + column)}{row + 1}"


def workbook(sheets: Sequence[tuple[str, dict[int, dict[int, str]], list[str]]], extra: str = "") -> bytes:
    """A workbook of named sheets: texts by row and column, counted from 0, numbers as numbers; merged ranges."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    numbers = range(1, len(sheets) + 1)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
            f'package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            + "".join(
                f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}.worksheet+xml"/>'
                for number in numbers
            )
            + "</Types>",
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rel}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">'
            + "".join(
                f'<Relationship Id="r{number}" Type="{rel}/worksheet" Target="worksheets/sheet{number}.xml"/>'
                for number in numbers
            )
            + "</Relationships>",
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
            + "".join(
                f'<sheet name={quoteattr(sheet[0])} sheetId="{number}" r:id="r{number}"/>'
                for number, sheet in zip(numbers, sheets, strict=True)
            )
            + "</sheets></workbook>",
        )
        for number, (_, rows, merged) in zip(numbers, sheets, strict=True):
            body = "".join(
                f'<row r="{row + 1}">'
                + "".join(_xlsx_cell(row, column, text) for column, text in sorted(cells.items()))
                + "</row>"
                for row, cells in sorted(rows.items())
            )
            spans = "".join(f'<mergeCell ref="{span}"/>' for span in merged)
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'{extra}<worksheet xmlns="{main}"><sheetData>{body}</sheetData>'
                + (f"<mergeCells>{spans}</mergeCells>" if spans else "")
                + "</worksheet>",
            )
    return file.getvalue()


def _xlsx_cell(row: int, column: int, text: str) -> str:
    try:
        return f'<c r="{name(row, column)}"><v>{float(text)!r}</v></c>'
    except ValueError:
        return f'<c r="{name(row, column)}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def converted(body: bytes, suffix: str, target: str, folder: Path) -> bytes:
    """A file as LibreOffice converts it, from one suffix to another."""
    assert SOFFICE is not None
    source = folder / f"source.{suffix}"
    source.write_bytes(body)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [SOFFICE, profile, "--headless", "--convert-to", target, "--outdir", str(folder / "out"), str(source)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "out" / f"source.{target.partition(':')[0]}").read_bytes()


def scan(pdf: bytes) -> bytes:
    """The first page of a PDF as a poor scan: 150 dots to the inch, askew, blurred, grainy, as JPEG."""
    import numpy
    import pdfplumber
    from PIL import Image, ImageFilter

    page = pdfplumber.open(io.BytesIO(pdf)).pages[0].to_image(resolution=150, antialias=True).original.convert("L")
    page = page.rotate(0.7, fillcolor=255, resample=Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(0.6))
    grain = numpy.random.default_rng(1).normal(0, 8, (page.size[1], page.size[0]))
    file = io.BytesIO()
    Image.fromarray((numpy.asarray(page) + grain).clip(0, 255).astype("uint8")).save(file, "JPEG", quality=55)
    return file.getvalue()


def document_xml(body: str) -> bytes:
    """A Word document of the given body's XML, and nothing else: what readers accept, and what attacks look like."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>')
    etree.fromstring(zipfile.ZipFile(file).read("word/document.xml"))
    return file.getvalue()


def gold() -> dict[str, Any]:
    """The cells of report.pdf: its last page break tears the totals of table 4, which then are no numbers."""
    tables = invented()
    for row in tables["review_litigation"]["rows"].values():
        row.update(values=[*row["values"][:4], None], states="RRRRT")
    return {
        "tables": {
            name: {
                key: {"values": row["values"], "states": row["states"]}
                for block in (table.get("blocks") or {"": table}).values()
                for key, row in block["rows"].items()
            }
            for name, table in tables.items()
        }
    }


def main() -> None:
    """Makes the committed files again: `python -m tests.parser.report_files`; needs LibreOffice and its fonts."""
    for name, target, points in (("report.pdf", "pdf", 12.0), ("report.doc", "doc", 12.0), ("scan.jpg", "pdf", 8.0)):
        with tempfile.TemporaryDirectory() as folder:
            made = converted(docx(report(), points), "docx", target, Path(folder))
        (FIXTURES / name).write_bytes(scan(made) if name.startswith("scan") else made)
    (FIXTURES / "report.json").write_text(json.dumps(gold(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
