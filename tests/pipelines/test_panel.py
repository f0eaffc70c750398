"""The rules that compare reports: each fires on invented reports made for it, and not on their near miss.

The records are the seeds' with organ, year, cells or texts changed: all invented.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipelines.panel import Finding, NotARecord, Panel, read_digest
from pipelines.panel.findings import load_panel_rules
from pipelines.panel.similarity import MAX_TEXT, candidates, comparable, jaccard, minhash, shingles
from pipelines.parser import AnnualReport, ReportPage, divisions, parse
from pipelines.parser.checks_catalogue import load_rules

SEEDS = Path(__file__).parents[1] / "fixtures" / "seeds"
IN, OUT = "applications.carried_over_in", "applications.carried_over_out"
LETTERS = [chr(0x4E00 + number) for number in range(0, 3000, 3)]


@cache
def seed(number: str) -> str:
    (path,) = SEEDS.glob(f"{number}_*.txt")
    report = parse(ReportPage(path.read_bytes()))
    assert isinstance(report, AnnualReport)
    return report.to_json()


def prose(number: int, length: int = 400) -> str:
    """Invented characters that no other number shares."""
    return "".join(random.Random(number).choices(LETTERS, k=length))


def report(
    year: int = 2023,
    cells: Mapping[str, int | None] | None = None,
    *,
    organ: str = "370305:gov",
    number: str = "000",
    text: str | None = None,
    level: str = "county",
    coverage: str = "single_organ",
    index: str | None = None,
    history: Mapping[str, Any] | None = None,
    claim: int | None = None,
) -> bytes:
    """The seed as another organ's and year's report; a cell that is None is blank. Texts differ unless they are given."""
    record = json.loads(seed(number))
    identity = record["identity"]
    code = organ.partition(":")[0]
    record["report_key"] = f"{organ}/{year}"
    identity["report_year"], identity["coverage"] = year, coverage
    identity["organ"] |= {"organ_id": organ, "level": level, "kind": "government"}
    identity["organ"]["division"]["code"] = code
    identity["index_number"]["normalized"] = index or f"{organ}/{year}"
    for section in record["sections"]:
        if section["key"] in ("overview", "problems_improvements"):
            section["text"] = prose(int(organ[:6]) * 10_000 + year) if text is None else text
    rows = {
        row: (block["columns"], values)
        for block in record["tables"]["active_disclosure"]["blocks"].values()
        for row, values in block["rows"].items()
    }
    for address, value in (cells or {}).items():
        table, row, column = address.split(".")
        if table == "active_disclosure":
            columns, values = rows[row]
        else:
            columns, values = record["tables"][table]["columns"], record["tables"][table]["rows"][row]
        at = columns.index(column)
        values["values"][at] = value
        values["states"] = values["states"][:at] + ("B" if value is None else "R") + values["states"][at + 1 :]
    delta = [fact for fact in record["narrative_facts"] if fact["key"] == "new_received_yoy_delta"]
    for fact in delta:
        fact["implies"] = {f"applications.new_received.total@{year - 1}": claim if claim is not None else -1}
        if claim is None:
            record["narrative_facts"].remove(fact)
    if history is not None:
        record["history"] = {"revision": 1, "change": "new", "changed_cells": [], "aliases": [], **history}
    return json.dumps(record, ensure_ascii=False).encode()


def findings(*lines: bytes) -> list[Finding]:
    panel = Panel()
    for line in lines:
        panel.add(read_digest(line))
    return list(panel.findings())


def of(code: str, *lines: bytes) -> list[tuple[str, str, str]]:
    return [(each.scope, each.severity, each.status) for each in findings(*lines) if each.code == code]


# The same number of applications carried out of 2022 and into 2023: seed 000 has 6 of natural persons.
LAST = {f"{OUT}.natural_person": 6, f"{OUT}.total": 6, f"{IN}.natural_person": 0, f"{IN}.total": 0}


def test_carry_over_is_continuous() -> None:
    assert of("X01", report(2023), report(2022, LAST)) == []
    assert of("X01", report(2023), report(2022, LAST | {f"{OUT}.total": 7})) == [(f"{IN}.total", "error", "fail")]
    column = of("X01", report(2023), report(2022, LAST | {f"{OUT}.natural_person": 7}))
    assert column == [(f"{IN}.natural_person", "warning", "fail")]
    assert of("X01", report(2023), report(2021, LAST | {f"{OUT}.total": 7})) == []


def test_a_blank_is_no_contradiction_and_its_number_is_named() -> None:
    (finding,) = [f for f in findings(report(2023), report(2022, LAST | {f"{OUT}.total": None})) if f.code == "X01"]
    assert (finding.status, finding.expected, finding.found) == ("indeterminate", 0, 6)
    assert finding.note == f"370305:gov/2022#{OUT}.total is blank and would have to be 6"
    assert finding.cells == [f"370305:gov/2023#{IN}.total", f"370305:gov/2022#{OUT}.total"]


def test_the_organ_is_followed_through_another_name_or_code() -> None:
    old, new = "330181:gov", "330109:gov"
    lines = report(2001, organ=new), report(2000, {f"{OUT}.total": 99}, organ=old)
    assert of("X01", *lines) == []
    renamed = [line.replace(b'"organ_id"', b'"series":"330109:gov","organ_id"') for line in lines]
    assert (f"{IN}.total", "error", "fail") in of("X01", *renamed)


DOCUMENTS = "active_disclosure.normative_documents"


@pytest.mark.parametrize(("kept", "expected"), [(12, []), (13, [(f"{DOCUMENTS}.in_force", "warning", "fail")])])
def test_documents_in_force_are_continuous(kept: int, expected: list[tuple[str, str, str]]) -> None:
    this = report(2023, {f"{DOCUMENTS}.issued": 3, f"{DOCUMENTS}.repealed": 1, f"{DOCUMENTS}.in_force": kept})
    assert of("X02", this, report(2022, {f"{DOCUMENTS}.in_force": 10})) == expected


LICENSING = "active_disclosure.administrative_licensing"


@pytest.mark.parametrize(
    ("said", "expected"), [(181, []), (184, [(f"{LICENSING}.items_prev_year", "warning", "fail")])]
)
def test_items_are_continuous(said: int, expected: list[tuple[str, str, str]]) -> None:
    others = {
        f"active_disclosure.{row}.{column}": 0
        for row in (
            "other_external_services",
            "administrative_penalty",
            "administrative_compulsion",
            "administrative_fees",
        )
        for column in ("items_prev_year", "items_change")
    }
    last = report(2019, others | {f"{LICENSING}.items_prev_year": 184, f"{LICENSING}.items_change": -3}, number="001")
    this = report(2020, others | {f"{LICENSING}.items_prev_year": said}, number="001")
    assert of("X03", this, last) == expected


@pytest.mark.parametrize(
    ("claim", "expected"), [(108, []), (109, [("applications.new_received.total", "warning", "fail")])]
)
def test_a_claimed_change_is_that_of_the_tables(claim: int, expected: list[tuple[str, str, str]]) -> None:
    last = report(2022, {"applications.new_received.total": 108})
    found = [f for f in findings(report(2023, claim=claim), last) if f.code == "X04"]
    assert [(f.scope, f.severity, f.status) for f in found] == expected
    assert all(f.quotes for f in found)


REVIEWS = "review_litigation.review"
AFTER = "review_litigation.litigation_after_review.total"


def test_pending_reviews_come_to_an_end() -> None:
    this = report(2023, {f"{REVIEWS}.total": 3})
    assert of("X05", this, report(2022, {f"{REVIEWS}.pending": 3})) == []
    assert of("X05", this, report(2022, {f"{REVIEWS}.pending": 4})) == [(f"{REVIEWS}.total", "info", "fail")]


def test_lawsuits_after_review_follow_reviews() -> None:
    last = report(2022, {f"{REVIEWS}.total": 2})
    assert of("T402", report(2023, {f"{REVIEWS}.total": 3, AFTER: 5}), last) == []
    assert of("T402", report(2023, {f"{REVIEWS}.total": 3, AFTER: 6}), last) == [(AFTER, "info", "fail")]


def test_a_text_that_repeats_last_year() -> None:
    text = prose(1)
    assert of("X06", report(2023, text=text), report(2022, text=text + "2022年")) == [("sections", "warning", "fail")]
    assert of("X06", report(2023, text=text), report(2022, text=text[:200] + prose(2, 200))) == []


def test_a_text_that_repeats_another_organ_of_any_year() -> None:
    text = prose(1, 800)
    copied = text[:780] + prose(2, 20)
    lines = (report(2023, text=text), report(2020, text=copied, organ="370303:gov"))
    (finding,) = [each for each in findings(*lines) if each.code == "X07"]
    assert finding.report_keys == ["370305:gov/2023", "370303:gov/2020"]
    assert isinstance(finding.found, float)
    assert 0.80 <= finding.found < 1
    assert of("X07", lines[0], report(2020, text=text[:600] + prose(3, 200), organ="370303:gov")) == []
    assert of("X07", lines[0], report(2020, text=text)) == []  # its own


def test_formulas_figures_and_own_names_are_no_text() -> None:
    said = "淄博市临淄区2023年主动公开，共12件。本报告所列数据的统计期限自2023年1月1日起。加强《政府信息公开条例》学习"
    assert comparable(said, ["淄博市", "临淄区"]) == "主动公开共件加强学习"


def test_only_the_beginning_of_a_text_without_an_end_is_compared() -> None:
    text = prose(1, MAX_TEXT + 1)
    assert comparable(text, []) == comparable(text[:MAX_TEXT], []) != comparable(text[: MAX_TEXT - 1], [])


def test_candidates_find_what_is_alike_and_jaccard_is_exact() -> None:
    texts = [prose(1, 1000), prose(1, 1000)[:960] + prose(5, 40), prose(7, 1000)]
    sets = [shingles(text) for text in texts]
    assert list(candidates([minhash(each) for each in sets])) == [(0, 1)]
    assert jaccard({1, 2, 3}, {2, 3, 4}) == 0.5
    assert len(minhash(shingles(prose(1, 50)))) == 0


def test_a_table_that_is_anothers_or_last_years() -> None:
    other = report(2021, organ="370303:gov")
    assert of("X08", report(2023), other) == [("applications", "warning", "fail")]
    assert of("X08", report(2023), report(2022)) == [("applications", "warning", "fail")]
    assert of("X08", report(2023, {"applications.granted.natural_person": 84}), other) == []
    few = {"applications.new_received.total": 9}
    assert of("X08", report(2023, few), report(2021, few, organ="370303:gov")) == []


def test_an_index_number_of_two_reports() -> None:
    one, same = report(2023, index="X/2024-1"), report(2022, index="X/2024-1", organ="370303:gov")
    (finding,) = [each for each in findings(one, same) if each.code == "X09"]
    assert (finding.found, len(finding.report_keys)) == ("X/2024-1", 2)
    assert of("X09", one, report(2022, organ="370303:gov")) == []


def test_two_live_reports_of_one_year_contradict_each_other() -> None:
    changed = {"applications.granted.total": 1}
    (finding,) = [each for each in findings(report(2023), report(2023, changed)) if each.code == "X10"]
    assert finding.severity == "error"
    assert {cell.partition("#")[2] for cell in finding.cells} == {"applications.granted.total"}
    assert of("X10", report(2023), report(2023)) == []
    revised = report(2023, changed, history={"revision": 2, "change": "revised"})
    assert of("X10", report(2023, history={}), revised) == []


def test_of_revisions_the_highest_counts_in_any_order_and_withdrawn_reports_do_not() -> None:
    first = report(2023, history={})
    cell = "applications.granted.total"
    second = report(2023, {cell: 1}, history={"revision": 2, "change": "revised", "changed_cells": [cell]})
    for lines in ((first, second), (second, first)):
        (finding,) = [each for each in findings(*lines) if each.code == "X11"]
        assert finding.cells == [f"370305:gov/2023#{cell}"]
        assert (finding.expected, finding.found, finding.note) == ({cell: 85}, {cell: 1}, "revision 2")
    assert of("X11", first) == []
    third = report(2023, {cell: 1}, history={"revision": 3, "change": "revised", "changed_cells": [cell]})
    for read in ([third], [first, third]):
        (finding,) = [each for each in findings(*read) if each.code == "X11"]
        assert (finding.expected, finding.found) == (None, None)
        assert finding.note == "revision 3; no line of revision 2 was read"
    gone = report(2022, LAST | {f"{OUT}.total": 7}, history={"change": "withdrawn"})
    assert of("X01", report(2023), gone) == []


def test_a_year_that_is_missing() -> None:
    assert of("X12", report(2023), report(2021)) == [("identity.report_year", "info", "fail")]
    assert of("X12", report(2023), report(2022), report(2021)) == []


RECEIVED = "applications.new_received.total"


def test_a_region_has_at_least_what_its_divisions_have() -> None:
    city: dict[str, Any] = {"organ": "370300:gov", "level": "prefecture", "coverage": "aggregate_region"}
    child = report(2023, {RECEIVED: 170})
    assert (RECEIVED, "warning", "fail") in of("X13", report(2023, {RECEIVED: 169}, **city), child)
    assert of("X13", report(2023, {RECEIVED: 170}, **city), child) == []
    elsewhere = city | {"organ": "370400:gov"}
    assert of("X13", report(2023, {RECEIVED: 169}, **elsewhere), child) == []


@pytest.mark.parametrize(("whole", "fires"), [(0, False), (1, True)])
def test_a_region_is_its_own_level_and_all_its_divisions(whole: int, fires: bool) -> None:
    codes = [
        e.code for e in divisions.load_entries() if e.code[:4] == "3703" and e.level == "county" and e.in_year(2023)
    ]
    children = [report(2023, {RECEIVED: 10}, organ=f"{code}:gov") for code in codes]
    own = report(2023, {RECEIVED: 5}, organ="370300:gov", level="prefecture", coverage="own_level")
    total = 5 + 10 * len(codes) + whole
    city = report(2023, {RECEIVED: total}, organ="370300:gov", level="prefecture", coverage="aggregate_region")
    assert ((RECEIVED, "warning", "fail") in of("X13", city, own, *children)) is fires
    assert (RECEIVED, "warning", "fail") not in of("X13", city, own, *children[1:])  # one is not there


@pytest.mark.parametrize(("before", "fires"), [(16, False), (15, True)])
def test_a_jump_from_year_to_year(before: int, fires: bool) -> None:
    found = of("X14", report(2023, {RECEIVED: 160}), report(2022, {RECEIVED: before}))
    assert ((RECEIVED, "info", "fail") in found) is fires
    assert (RECEIVED, "info", "fail") not in of("X14", report(2023, {RECEIVED: 99}), report(2022, {RECEIVED: 0}))


@pytest.mark.parametrize(("number", "fires"), [(1000, False), (1001, True)])
def test_a_number_far_above_its_peers(number: int, fires: bool) -> None:
    codes = [e.code for e in divisions.load_entries() if e.level == "county" and e.in_year(2023)][:11]
    lines = [report(2023, {RECEIVED: 10}, organ=f"{code}:gov") for code in codes]
    outlier = report(2023, {RECEIVED: number}, organ=f"{codes[0]}:gov")
    assert ((RECEIVED, "info", "fail") in of("C08", outlier, *lines[1:])) is fires
    assert of("C08", outlier, *lines[1:9]) == []  # too few


def test_everything_handled_for_three_years() -> None:
    table = json.loads(seed("000"))["tables"]["applications"]
    received = dict(zip(table["columns"], table["rows"]["new_received"]["values"], strict=True))
    slip: dict[str, int | None] = {f"{row}.{column}": 0 for row in (IN, OUT) for column in received}
    slip |= {f"applications.total_handled.{column}": number for column, number in received.items()}
    expected = [("applications.total_handled", "info", "fail")]
    assert of("X15", *(report(year, slip) for year in (2021, 2022, 2023))) == expected
    assert of("X15", *(report(year, slip) for year in (2022, 2023))) == []
    assert of("X15", report(2021, slip), report(2022), report(2023, slip), report(2024, slip)) == []


def test_findings_do_not_depend_on_the_order_of_the_reports() -> None:
    text = prose(1)
    lines = [
        report(year, organ=organ, text=text) for year in (2020, 2022, 2023) for organ in ("370305:gov", "370303:gov")
    ]
    once = [each.to_json() for each in findings(*lines)]
    assert len(once) > 5
    assert once == [each.to_json() for each in findings(*reversed(lines))]


def test_rules_and_code_agree() -> None:
    code = "".join(path.read_text("utf-8") for path in Path("pipelines/panel").glob("*.py"))
    assert all(f'"{rule}"' in code for rule in load_panel_rules())


def test_one_code_has_one_name() -> None:
    assert not load_panel_rules().keys() & load_rules().keys()
    names = [rule.name for rule in (*load_panel_rules().values(), *load_rules().values())]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"{}", b'{"schema":"ogi-annual-report/9.0"}', b'\xff{"a":1}'])
def test_what_is_no_record_is_refused(line: bytes) -> None:
    with pytest.raises(NotARecord):
        read_digest(line)
