"""The five seed reports, as text and as the pages their portals serve, against their hand-typed records.

`tests/fixtures/seeds/README.md` says what must be equal: tables, sections, every non-null field of the identity, each
listed check with status and scope, the facts. A page carries more than its text: where it does, more is expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipelines.parser import AnnualReport, ReportPage, parse
from tests.portals.pages import seed_answer

SEEDS = Path(__file__).parents[1] / "fixtures" / "seeds"
STEMS = sorted(path.stem for path in SEEDS.glob("*.json"))
SECTIONS = range(6)
TABLES = ("active_disclosure", "applications", "review_litigation")

# What the text lost and the page has: these fields and checks of the seed speak of the loss.
GAINED_FIELDS = {
    "002": {"title.state", "title.note", "report_year_evidence.issued_meta", "deadline.published_source"},
    "003": {"deadline.published_source"},
}
GAINED_CHECKS = {"002": {"I15"}, "003": {"I07", "S05", "N01"}, "004": {"I07", "S12"}}

Record = dict[str, Any]


def expected(stem: str) -> Record:
    record: Record = json.loads((SEEDS / f"{stem}.json").read_text("utf-8"))
    return record


@cache
def parsed(stem: str, carrier: str) -> Record:
    body = (SEEDS / f"{stem}.txt").read_bytes() if carrier == "text" else seed_answer(stem).body
    report = parse(ReportPage(body))
    assert isinstance(report, AnnualReport), report
    record: Record = json.loads(report.to_json())
    assert record["provenance"]["source_kind"] == carrier
    return record


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif value is not None:
        yield path, value


def at(record: Record, path: str) -> object:
    value: Any = record
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def test_there_are_five() -> None:
    assert len(STEMS) == 5


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("stem", STEMS)
def test_table_of_text(stem: str, name: str) -> None:
    assert parsed(stem, "text")["tables"][name] == expected(stem)["tables"][name]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("stem", [stem for stem in STEMS if stem[:3] not in ("003", "004")])
def test_table_of_page(stem: str, name: str) -> None:
    assert parsed(stem, "html")["tables"][name] == expected(stem)["tables"][name]


def test_page_of_003_has_the_tables_its_text_lost() -> None:
    stem = next(stem for stem in STEMS if stem.startswith("003"))
    tables = parsed(stem, "html")["tables"]
    assert [tables[name]["presence"] for name in TABLES] == ["present"] * 3
    assert tables["applications"]["rows"]["new_received"]["values"][-1] == 20
    assert all(set(row["states"]) == {"R"} for row in tables["applications"]["rows"].values())


def test_page_of_004_places_what_its_text_could_not() -> None:
    stem = next(stem for stem in STEMS if stem.startswith("004"))
    found, wanted = parsed(stem, "html")["tables"], expected(stem)["tables"]
    assert found["active_disclosure"] == wanted["active_disclosure"]
    for key, row in wanted["applications"]["rows"].items():
        read = found["applications"]["rows"][key]
        if "U" not in row["states"]:
            assert read == row
            continue
        assert sorted(read["states"]) == ["B"] * 6 + ["R"]
        assert [str(value) for value in read["values"] if value is not None] == row["unplaced"]
    printed = [value for row in found["review_litigation"]["rows"].values() for value in row["values"]]
    assert [str(value) for value in printed if value is not None] == wanted["review_litigation"]["unplaced"]


@pytest.mark.parametrize("carrier", ["text", "html"])
@pytest.mark.parametrize("index", SECTIONS)
@pytest.mark.parametrize("stem", STEMS)
def test_section(stem: str, index: int, carrier: str) -> None:
    wanted = expected(stem)["sections"][index]
    found = parsed(stem, carrier)["sections"][index]
    assert {key: found.get(key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("stem", "field"), [(stem, field) for stem in STEMS for field, _ in leaves(expected(stem)["identity"])]
)
def test_identity_of_text(stem: str, field: str) -> None:
    if field == "organ.note":
        assert at(parsed(stem, "text")["identity"], field)
    else:
        assert at(parsed(stem, "text")["identity"], field) == at(expected(stem)["identity"], field)


@pytest.mark.parametrize(
    ("stem", "field"),
    [
        (stem, field)
        for stem in STEMS
        for field, _ in leaves(expected(stem)["identity"])
        if field not in GAINED_FIELDS.get(stem[:3], set())
    ],
)
def test_identity_of_page(stem: str, field: str) -> None:
    if field == "organ.note":
        assert at(parsed(stem, "html")["identity"], field)
    else:
        assert at(parsed(stem, "html")["identity"], field) == at(expected(stem)["identity"], field)


@pytest.mark.parametrize("carrier", ["text", "html"])
@pytest.mark.parametrize("stem", STEMS)
def test_report_key(stem: str, carrier: str) -> None:
    assert parsed(stem, carrier)["report_key"] == expected(stem)["report_key"]


@pytest.mark.parametrize("stem", STEMS)
def test_era_of_text(stem: str) -> None:
    assert parsed(stem, "text")["format_era"] == expected(stem)["format_era"]


@pytest.mark.parametrize("carrier", ["text", "html"])
@pytest.mark.parametrize("stem", STEMS)
def test_listed_checks(stem: str, carrier: str) -> None:
    gained = GAINED_CHECKS.get(stem[:3], set()) if carrier == "html" else set()
    wanted = {
        (check["code"], check["status"], check["severity"], check["scope"])
        for check in expected(stem)["checks"]
        if check["code"] not in gained
    }
    found = {
        (check["code"], check["status"], check["severity"], check["scope"]) for check in parsed(stem, carrier)["checks"]
    }
    assert wanted - found == set()


@pytest.mark.parametrize("stem", STEMS)
def test_sums_of_text(stem: str) -> None:
    wanted = expected(stem).get("checks_summary", {})
    found = parsed(stem, "text")["checks_summary"]
    assert {code: found.get(code) for code in wanted} == wanted


@pytest.mark.parametrize("carrier", ["text", "html"])
@pytest.mark.parametrize("stem", STEMS)
def test_facts(stem: str, carrier: str) -> None:
    keys = ("key", "value", "unit", "section", "quote")
    wanted = [[fact[key] for key in keys] for fact in expected(stem)["narrative_facts"]]
    found = [[fact[key] for key in keys] for fact in parsed(stem, carrier)["narrative_facts"]]
    assert sorted(map(str, found)) == sorted(map(str, wanted))


@pytest.mark.parametrize("carrier", ["text", "html"])
def test_link_bar_of_003(carrier: str) -> None:
    stem = next(stem for stem in STEMS if stem.startswith("003"))
    assert parsed(stem, carrier)["linked_organs"] == expected(stem)["linked_organs"]
