"""The rules, by perturbation: one cell of a balanced report changes, and exactly the rules that contain it speak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.panel import describe_panel_rules
from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.check_rules_sums import find_sums
from pipelines.parser.checks import run_checks
from pipelines.parser.checks_catalogue import describe_rules, load_rules
from pipelines.parser.checks_cells import Cells
from pipelines.parser.model import Check

SEEDS = Path("tests/fixtures/seeds")
SUMS = ("T301", "T302", "T303", "T401")
BALANCE = ("new_received", "carried_over_in", "total_handled", "carried_over_out")
T3_COLUMNS = (
    "natural_person",
    "commercial_enterprise",
    "research_institution",
    "public_welfare_org",
    "legal_service_org",
    "other_org",
    "total",
)
PREAMBLE = "按照国办公开办函〔2021〕30号要求编制。统计期限为2023年1月1日至2023年12月31日。"


@cache
def seed(number: str) -> AnnualReport:
    (path,) = SEEDS.glob(f"{number}_*.txt")
    report = parse(ReportPage(path.read_bytes()))
    assert isinstance(report, AnnualReport)
    return report


def rebuilt(number: str, changes: Mapping[tuple[str, ...], Any]) -> AnnualReport:
    """The seed's record with the values at these paths replaced."""
    record = seed(number).to_dict()
    for path, value in changes.items():
        place: Any = record
        for key in path[:-1]:
            place = place[int(key) if isinstance(place, list) else key]
        place[path[-1]] = value
    return AnnualReport.model_validate(record)


def with_cell(number: str, table: str, row: str, column: int, value: int | None, state: str = "R") -> AnnualReport:
    rows = seed(number).to_dict()["tables"][table]["rows"]
    values, states = list(rows[row]["values"]), rows[row]["states"]
    values[column] = value
    base = ("tables", table, "rows", row)
    return rebuilt(
        number, {(*base, "values"): values, (*base, "states"): states[:column] + state + states[column + 1 :]}
    )


def checks_of(report: AnnualReport, preamble: str = PREAMBLE) -> list[Check]:
    return run_checks(report, [], preamble)[0]


def failing(report: AnnualReport, codes: tuple[str, ...] = SUMS) -> set[tuple[str, str]]:
    return {(check.code, check.scope) for check in checks_of(report) if check.code in codes and check.status == "fail"}


def test_the_seed_is_balanced() -> None:
    assert failing(seed("000")) == set()
    assert seed("000").checks_summary == {
        "T301": {"pass": 7},
        "T302": {"pass": 7},
        "T303": {"pass": 25},
        "T401": {"pass": 3},
    }


@pytest.mark.parametrize("row", list(seed("000").to_dict()["tables"]["applications"]["rows"]))
def test_one_cell_of_table_3_fails_exactly_the_sums_that_contain_it(row: str) -> None:
    table = seed("000").to_dict()["tables"]["applications"]["rows"]
    for index, column in enumerate(T3_COLUMNS):
        changed = with_cell("000", "applications", row, index, table[row]["values"][index] + 1)
        expected = {("T303", f"applications.{row}.total")}
        if row in BALANCE:
            expected.add(("T301", f"applications.total_handled.{column}"))
        if row not in BALANCE or row == "total_handled":
            expected.add(("T302", f"applications.total_handled.{column}"))
        assert failing(changed) == expected


@pytest.mark.parametrize("row", ["review", "litigation_direct", "litigation_after_review"])
def test_one_cell_of_table_4_fails_its_group_only(row: str) -> None:
    values = seed("000").to_dict()["tables"]["review_litigation"]["rows"][row]["values"]
    for index in range(5):
        changed = with_cell("000", "review_litigation", row, index, values[index] + 1)
        assert failing(changed) == {("T401", f"review_litigation.{row}.total")}


@st.composite
def balanced_tables(draw: st.DrawFn) -> AnnualReport:
    """Invented tables 3 and 4 of the 2021 form whose sums all come out."""
    record = seed("000").to_dict()
    rows = record["tables"]["applications"]["rows"]
    count = st.integers(0, 10**6)
    for row, entry in rows.items():
        if row not in BALANCE:
            entry["values"][:6] = draw(st.lists(count, min_size=6, max_size=6))
    carried = {row: draw(st.lists(count, min_size=6, max_size=6)) for row in ("carried_over_in", "carried_over_out")}
    for at in range(6):
        handled = sum(entry["values"][at] for row, entry in rows.items() if row not in BALANCE)
        # Never more carried in than leaves a number of new ones.
        carried_in = min(carried["carried_over_in"][at], handled + carried["carried_over_out"][at])
        rows["total_handled"]["values"][at] = handled
        rows["carried_over_in"]["values"][at] = carried_in
        rows["carried_over_out"]["values"][at] = carried["carried_over_out"][at]
        rows["new_received"]["values"][at] = handled + carried["carried_over_out"][at] - carried_in
    for entry in rows.values():
        entry["values"][6] = sum(entry["values"][:6])
    for entry in record["tables"]["review_litigation"]["rows"].values():
        entry["values"][:4] = draw(st.lists(count, min_size=4, max_size=4))
        entry["values"][4] = sum(entry["values"][:4])
    return AnnualReport.model_validate(record)


@settings(max_examples=25, deadline=None)
@given(report=balanced_tables(), data=st.data(), change=st.integers(1, 10**6))
def test_in_any_balanced_tables_one_changed_cell_fails_exactly_the_checks_that_name_it(
    report: AnnualReport, data: st.DataObject, change: int
) -> None:
    assert failing(report) == set()
    record = report.to_dict()
    table = data.draw(st.sampled_from(["applications", "review_litigation"]))
    row = data.draw(st.sampled_from(list(record["tables"][table]["rows"])))
    columns = record["tables"][table]["columns"]
    at = data.draw(st.integers(0, len(columns) - 1))
    record["tables"][table]["rows"][row]["values"][at] += change
    cell = f"{table}.{row}.{columns[at]}"
    changed = AnnualReport.model_validate(record)
    containing = {
        (relation.code, relation.scope)
        for relation in find_sums(report, Cells(report))
        if cell in {each.address for each in relation.left + relation.right}
    }
    assert failing(changed) == containing != set()
    failed = [check for check in checks_of(changed) if check.code in SUMS]
    assert all(cell in (check.cells or []) for check in failed)


def test_a_failing_sum_shows_both_sides() -> None:
    check = next(c for c in checks_of(with_cell("000", "applications", "granted", 0, 86)) if c.code == "T303")
    assert check.expected == {"sum": 86, "cells": {"granted.natural_person": 86}}
    assert check.found == {"sum": 85, "cells": {"granted.total": 85}}


def test_a_blank_that_is_zero_passes_and_one_that_is_not_implies_its_number() -> None:
    harmless = with_cell("000", "applications", "granted", 1, None, "B")
    _, summary = run_checks(harmless, [], PREAMBLE)
    assert summary["T303"] == {"pass": 24, "pass_blank_as_zero": 1}
    assert summary["T302"] == {"pass": 6, "pass_blank_as_zero": 1}
    assert not [check for check in checks_of(harmless) if check.code in SUMS]

    telling = with_cell("000", "applications", "granted", 0, None, "B")
    listed = {(c.code, c.status, c.note) for c in checks_of(telling) if c.code in SUMS}
    note = "applications.granted.natural_person is blank and would have to be 85"
    assert listed == {("T302", "indeterminate", note), ("T303", "indeterminate", note)}


def test_a_blank_on_the_larger_side_excuses_nothing() -> None:
    report = with_cell("000", "applications", "granted", 1, None, "B")
    larger = report.to_dict()
    larger["tables"]["applications"]["rows"]["granted"]["values"][0] = 90
    assert ("T303", "applications.granted.total") in failing(AnnualReport.model_validate(larger))


@pytest.mark.parametrize("state", list("TUAL"))
def test_an_unknown_cell_decides_nothing(state: str) -> None:
    report = with_cell("000", "applications", "granted", 0, None, state)
    _, summary = run_checks(report, [], PREAMBLE)
    assert summary["T303"] == {"pass": 24, "indeterminate": 1}
    assert not [check for check in checks_of(report) if check.code in SUMS]


def test_the_office_may_sign_and_publish_for_its_government() -> None:
    evidence = {"title": "淄博市临淄区人民政府", "signature": "淄博市临淄区人民政府办公室", "publisher": "区政府办"}
    report = rebuilt("000", {("identity", "organ", "evidence"): evidence})
    assert not [c for c in checks_of(report) if c.code == "I13"]


@pytest.mark.parametrize(
    ("preamble", "found"),
    [
        ("按照国办公开办函〔2021〕30号要求", set()),
        ("按照国办公开办函〔202130号要求", {"国办公开办函〔202130号"}),
        ("按照国办公开办函〔2019〕60号要求", {"国办公开办函〔2019〕60号"}),
        ("按照《<中华人民共和国政府信息公开工作年度报告格式>的通知》", set()),
        ("按照《<中华人民共和国政府信息公开共工作年度报告格式>的通知》", {"政府信息公开共工作年度报告格式"}),
        ("按照《某某办法》", set()),
    ],
)
def test_the_notice_cited(preamble: str, found: set[str]) -> None:
    assert {str(c.found) for c in checks_of(seed("000"), preamble) if c.code == "I16"} == found


def test_catalogue_and_page_agree() -> None:
    assert Path("docs/checks.md").read_text(encoding="utf-8") == describe_rules() + describe_panel_rules()


def test_every_rule_the_code_makes_is_in_the_catalogue_and_back() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in Path("pipelines/parser").glob("*.py"))
    made = set(re.findall(r"\"([SCTAIQN]\d{2,3})\"", code))
    assert made == set(load_rules())
    names = [rule.name for rule in load_rules().values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_checks_are_a_function_of_the_record(number: str) -> None:
    first, second = run_checks(seed(number), [], PREAMBLE), run_checks(seed(number), [], PREAMBLE)
    assert first == second
    structure = [check for check in seed(number).checks if check.code[0] in "SC"]
    assert run_checks(seed(number), structure, PREAMBLE)[0][: len(structure)] == structure
