"""The seed pages of the replicas carry the seeds' own text, section by section, and every cell the seeds know."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import html

from tests.portals import forms
from tests.portals.pages import seed_address, seed_answer
from tests.portals.seeds import ADDRESSES, load_seed, seed_tables

STEMS = list(ADDRESSES)


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def page_text(stem: str, *, tables: bool = True) -> str:
    """The text of the page without white space; without `tables`, statistical tables and all they hold are left out."""
    tree = html.fromstring(seed_answer(stem).body.decode())
    for element in tree.xpath("//script | //style | //comment()"):
        element.drop_tree()
    if not tables:
        for element in statistical_tables(tree):
            element.drop_tree()
    return squeeze(tree.text_content())


def statistical_tables(tree: html.HtmlElement) -> list[html.HtmlElement]:
    """Innermost tables that hold one of the statutory headers."""
    found = [t for t in tree.iter("table") if not list(t.iterdescendants("table"))]
    marks = ("信息内容", "申请人情况", "行政复议")
    return [t for t in found if any(mark in squeeze(t.text_content()) for mark in marks)]


def grid_of(table: html.HtmlElement) -> list[list[str]]:
    """The table as a rectangle: each cell's text at every place it spans."""
    cells: dict[tuple[int, int], str] = {}
    for r, row in enumerate(table.iter("tr")):
        c = 0
        for cell in row.iter("td"):
            while (r, c) in cells:
                c += 1
            for dr in range(int(cell.get("rowspan", 1))):
                for dc in range(int(cell.get("colspan", 1))):
                    cells[r + dr, c + dc] = squeeze(cell.text_content())
            c += int(cell.get("colspan", 1))
    width = max(c for _, c in cells) + 1
    return [[cells.get((r, c), "missing") for c in range(width)] for r in range(max(r for r, _ in cells) + 1)]


@pytest.mark.parametrize("stem", STEMS)
def test_page_is_at_its_real_address(stem: str) -> None:
    answer = seed_answer(stem)
    assert answer.status == 200
    assert seed_answer(stem[:3]).body == answer.body
    assert seed_address(stem) == load_seed(stem).url


@pytest.mark.parametrize("stem", STEMS)
def test_section_digests(stem: str) -> None:
    text = page_text(stem, tables=False)
    position = 0
    for section in load_seed(stem).record["sections"]:
        if section["presence"] == "absent":
            continue
        heading = squeeze(section["heading_raw"])
        start = text.index(heading, position) + len(heading)
        position = start
        if section["kind"] == "text":
            part = text[start : start + section["chars_no_ws"]]
            assert hashlib.sha256(part.encode()).hexdigest() == section["sha256_no_ws"], section["key"]
            position += len(part)
    absent = [s for s in load_seed(stem).record["sections"] if s["presence"] == "absent"]
    assert all("六、其他需要报告的事项" not in text for _ in absent)


@pytest.mark.parametrize("stem", [s for s in STEMS if not s.startswith("003")])
def test_every_line_of_the_seed_is_on_the_page_in_order(stem: str) -> None:
    """Headers, prose and table cells; brackets and colons of the site's own furniture may be full-width."""
    text = unicodedata.normalize("NFKC", page_text(stem))
    position = 0
    for line in _expected_lines(stem):
        wanted = unicodedata.normalize("NFKC", line)
        found = text.find(wanted, position)
        assert found >= 0, f"{line!r} not found after {text[max(0, position - 40) : position]!r}"
        position = found + len(wanted)


def _expected_lines(stem: str) -> Iterator[str]:
    for line in load_seed(stem).text.splitlines():
        for part in re.split(r"[|•]", line):
            if squeeze(part):
                yield squeeze(part)


def test_simao_has_all_its_prose_and_its_link_bar() -> None:
    seed = load_seed("003_8e62fd0eef7be114")
    text = page_text(seed.stem, tables=False)
    assert squeeze(seed.text).replace("|", "") in text.replace("|", "").replace(squeeze("发布时间"), "")
    assert len(seed.link_bar) == 41
    assert "|".join(seed.link_bar) in text


def test_simao_is_one_layout_table_with_the_statistics_nested_in_it() -> None:
    tree = html.fromstring(seed_answer("003").body.decode())
    outer = [t for t in tree.iter("table") if list(t.iterdescendants("table"))]
    assert len(outer) == 1
    assert len(list(outer[0].iterdescendants("table"))) == 3
    assert max(len(row.findall("td")) for row in outer[0].find("tbody").findall("tr")) == 376
    assert {cell.get("colspan") for cell in outer[0].xpath("./tbody/tr/td[@colspan]")} == {"376"}


@pytest.mark.parametrize("stem", STEMS)
def test_grids_have_the_width_of_the_form_and_every_cell(stem: str) -> None:
    tree = html.fromstring(seed_answer(stem).body.decode())
    two, three, four = (grid_of(table) for table in statistical_tables(tree))
    assert [len(two[0]), len(three[0]), len(four[0])] == [4, 10, 15]
    assert all("missing" not in row for grid in (two, three, four) for row in grid)
    tables = seed_tables(load_seed(stem))
    printed = [row[3:] for row in three[3:]]
    assert printed == [_cells(row) for row in _in_order(tables["applications"])]
    assert four[-1] == [cell for key, _ in forms.DISPUTES for cell in _cells(tables["review_litigation"]["rows"][key])]
    values = [cells for block in tables["active_disclosure"]["blocks"].values() for cells in block["rows"].values()]
    rows = [row[1:] for row in two if row[0] in {label for block in forms.BLOCKS.values() for label in _labels(block)}]
    assert len(rows) == len(values)
    assert all(list(dict.fromkeys(r)) == list(dict.fromkeys(_cells(v))) for r, v in zip(rows, values, strict=True))


def _labels(blocks: tuple[forms.Block, ...]) -> set[str]:
    return {label for block in blocks for _, label in block[4]}


def _in_order(table: Any) -> list[Any]:
    members = [key for _, group in forms.HANDLING[table["era"]] for key, _ in group]
    keys = ["new_received", "carried_over_in", *members, "carried_over_out"]
    return [table["rows"][key] for key in keys if "A" not in table["rows"][key]["states"]]


def _cells(row: Any) -> list[str]:
    raw = row.get("raw", {})
    return [
        "" if state == "B" else squeeze(str(raw.get(str(i), row["values"][i]))) for i, state in enumerate(row["states"])
    ]


@pytest.mark.parametrize("stem", ["000_09c47aeb36cb05e4", "001_0821f10813b957c3", "002_145328fafc95960d"])
def test_nothing_is_invented_in_whole_seeds(stem: str) -> None:
    seed = load_seed(stem)
    assert seed_tables(seed) == seed.record["tables"]


def test_xinzhou_zeros_are_as_many_as_printed_and_every_placed_cell_is_a_zero() -> None:
    seed = load_seed("004_6bf7699e84e20962")
    tables, record = seed_tables(seed), seed.record["tables"]
    rows = tables["applications"]["rows"]
    unplaced = [key for key, row in record["applications"]["rows"].items() if "U" in row["states"]]
    assert all(
        rows[key]["states"].count("R") == len(record["applications"]["rows"][key]["unplaced"]) for key in unplaced
    )
    assert {value for key in unplaced for value in rows[key]["values"]} == {0, None}
    assert tables["active_disclosure"] == record["active_disclosure"]
    disputes = tables["review_litigation"]["rows"].values()
    assert sum(row["states"].count("R") for row in disputes) == len(record["review_litigation"]["unplaced"])


def test_simao_tables_agree_with_its_prose() -> None:
    rows = seed_tables(load_seed("003_8e62fd0eef7be114"))["applications"]["rows"]
    assert rows["new_received"]["values"][6] == rows["total_handled"]["values"][6] == 20
    assert rows["carried_over_out"]["values"] == rows["carried_over_in"]["values"] == [0] * 7
    results = [rows[key]["values"] for _, group in forms.HANDLING["2021"][:-1] for key, _ in group]
    assert [sum(column) for column in zip(*results, strict=True)] == rows["total_handled"]["values"]
