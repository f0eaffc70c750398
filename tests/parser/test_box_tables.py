"""Tables made of boxes: grids to the eye without a `table` element. Every page here is invented."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import html as markup

from pipelines.parser.markup import read_html
from tests.parser.report_page import TABLES, numbers, page, render
from tests.parser.test_tables import cells, codes, record

_CELL = re.compile(r"<td(?P<spans>[^>]*)>(?P<inner>.*?)</td>", re.S)

STYLES = {
    "classes": ("div class='table'", "div class='tr'", "div class='td'"),
    "utility classes": ("div", "div class='el-row'", "div class='el-col el-col-4'"),
    "css tables": (
        "div style='display: table'",
        "div style='display: table-row'",
        "div style='display:table-cell;border:1px solid'",
    ),
    "flex": ("section", "div style='display:flex'", "span style='display:inline-block;width:80px'"),
    "bare nesting": ("div", "div", "div"),
    "lists": ("ul", "li class='row'", "span class='cell'"),
    "lists in lists": ("div", "ul", "li"),
    "definition lists": ("div", "dl", "dd"),
    "roles": ("div role='table'", "p role='row'", "span role='cell'"),
}


def element(tag: str, content: str) -> str:
    return f"<{tag}>{content}</{tag.partition(' ')[0]}>"


def in_boxes(table: str, tags: tuple[str, str, str], groups: int = 0) -> str:
    """A table written with other tags; spans are lost, as boxes have none. `groups`: rows in a head box, of so many."""
    outer, row, cell = tags
    rows = [
        element(row, "".join(element(cell, found["inner"].replace("&nbsp;", "")) for found in _CELL.finditer(line)))
        for line in re.findall("<tr>(.*?)</tr>", table, re.S)
    ]
    if groups:
        return element(outer, element("div", "\n".join(rows[:groups])) + element("div", "\n".join(rows[groups:])))
    return element(outer, "\n".join(rows))


@pytest.mark.parametrize("tags", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("stem", ["000", "001"])
def test_every_cell_of_a_table_of_boxes(stem: str, tags: tuple[str, str, str]) -> None:
    tables = numbers(stem)
    found = record(page({name: in_boxes(table, tags) for name, table in render(tables).items()}))
    assert cells(found["tables"]) == cells(tables)
    assert codes(found, "S07") == codes(found, "S09") == codes(found, "S12") == []


@pytest.mark.parametrize("groups", [1, 3])
def test_rows_may_stand_in_a_head_and_a_body(groups: int) -> None:
    tables = numbers("000")
    boxes = {name: in_boxes(table, STYLES["classes"], groups) for name, table in render(tables).items()}
    assert cells(record(page(boxes))["tables"]) == cells(tables)


def test_a_blank_box_is_a_blank_cell() -> None:
    tables = numbers("002")
    row = tables["applications"]["rows"]["new_received"]
    row["values"][2], row["states"] = None, "RRBRRRR"
    boxes = {name: in_boxes(table, STYLES["bare nesting"]) for name, table in render(tables).items()}
    assert cells(record(page(boxes))["tables"]) == cells(tables)


def test_boxes_whose_style_divides_them_into_columns() -> None:
    table = numbers("000")
    plain = render(table)
    texts = [(found["inner"], found["spans"]) for found in _CELL.finditer(plain["review_litigation"])]
    boxes = []
    for inner, spans in texts:
        span = re.search(r'colspan="(\d+)"', spans)
        style = f"grid-column: span {span[1]}" if span else ""
        if "rowspan" in spans:  # 行政复议 above its outcomes: the page repeats it instead
            style = "grid-column: span 5"
        boxes.append(f"<div style='{style}'>{inner}</div>")
    first = boxes.pop(0)
    second = boxes.index(next(box for box in boxes if "未经复议" in box))
    boxes.insert(second, "<div style='grid-column: span 5'></div>")
    columns = "display:grid; grid-template-columns: repeat(15, minmax(20px, 1fr))"
    boxed = f"<div style='{columns}'>{first}{''.join(boxes)}</div>"
    found = record(page({**plain, "review_litigation": boxed}))
    assert cells(found["tables"]) == cells(table)


def test_a_caption_between_rows_and_a_heading_behind_them() -> None:
    tables = numbers("000")
    html = render(tables)
    boxes = in_boxes(html["active_disclosure"], STYLES["flex"])
    boxes = re.sub(r"<div style='display:flex'><span[^>]*>(第二十条[^<]*)</span></div>", r"<div>\1</div>", boxes)
    assert cells(record(page({**html, "active_disclosure": boxes}))["tables"]) == cells(tables)


def blocks_of(inner: str) -> Any:
    return read_html(f"<html><body>{inner}</body></html>").blocks


@pytest.mark.parametrize(
    "inner",
    [
        "<div><div><div>首页</div><div>1</div></div><div><div>新闻</div><div>2</div></div><div><div>公开</div><div>3</div></div></div>",
        "<div><p><span>行政许可</span><span>3</span><span>5</span></p><p><span>行政处罚</span><span>8</span></p>"
        "<p><span>行政强制</span><span>0</span></p></div>",
        "<div class='row'>本年行政许可<span class='td'>5</span>件，行政处罚<span class='td'>3</span>件。</div>" * 3,
        "<div><div class='tr'><b>行政许可</b></div><div class='tr'><b>5</b></div></div>" * 4,
    ],
    ids=["another list", "words cut into spans", "sentences", "a cell a line"],
)
def test_what_only_looks_like_a_table_stays_text(inner: str) -> None:
    text = "".join(block.text for block in blocks_of(inner))
    assert text == "".join(markup.fromstring(inner).itertext())


def test_no_text_is_lost_beside_a_table_of_boxes() -> None:
    rows = "".join(f"<div><div>{label}</div><div>1</div></div>" for label in ("行政许可", "行政处罚", "行政强制"))
    before, table, behind = blocks_of(f"<div>前{rows}后</div>")
    assert (before.text, behind.text) == ("前", "后")
    assert [[cell.text for cell in table.grid.cells(index)] for index in range(3)] == [
        ["行政许可", "1"],
        ["行政处罚", "1"],
        ["行政强制", "1"],
    ]


def test_the_tables_are_named_as_the_record_names_them() -> None:
    boxes = {name: in_boxes(table, STYLES["classes"]) for name, table in render(numbers("000")).items()}
    places = record(page(boxes))["provenance"]["cell_places"]
    assert {name: place[0].partition(".")[0] for name, place in places.items()} == {
        name: f"t{TABLES.index(name.partition('.')[0]) + 1}" for name in places
    }
