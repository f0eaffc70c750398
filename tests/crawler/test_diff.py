"""What differs between two sets of records is listed report by report, cell by cell."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines.parser import AnnualReport, ReportPage, parse
from tests.crawler.program import ROOT, command, scrapy

TEXTS = sorted((ROOT / "tests/fixtures/seeds").glob("*.txt"))
CELL = "applications.new_received.total"


@pytest.fixture(scope="module")
def seeds() -> list[dict[str, Any]]:
    reports = [parse(ReportPage(path.read_bytes())) for path in TEXTS[:3]]
    return [report.to_dict() for report in reports if isinstance(report, AnnualReport)]


def write(path: Path, records: list[dict[str, Any]]) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return str(path)


def otherwise(record: dict[str, Any]) -> dict[str, Any]:
    """The record with one cell blank and another year."""
    other = copy.deepcopy(record)
    row = other["tables"]["applications"]["rows"]["new_received"]
    row["values"][6], row["states"] = None, row["states"][:6] + "B"
    return other


def test_files_that_say_the_same_do_not_differ(seeds: list[dict[str, Any]], tmp_path: Path) -> None:
    old = write(tmp_path / "old.jsonl", seeds)
    new = write(tmp_path / "new.jsonl", [{"source": "x", **record, "history": None} for record in reversed(seeds)])
    result = scrapy("diff", old, new)
    assert (result.returncode, result.stdout.splitlines()) == (
        0,
        ["0 added, 0 changed, 0 withdrawn, 0 missing; 0 cells, sections and fields read otherwise"],
    )
    assert scrapy("diff", old, new, "--json").stdout == ""


def test_reports_and_cells_that_differ(seeds: list[dict[str, Any]], tmp_path: Path) -> None:
    first, second, third = seeds
    old = write(tmp_path / "old.jsonl", [first, second])
    new = write(tmp_path / "new.jsonl", [third, otherwise(first)])
    result = scrapy("diff", old, new, "--json")
    assert result.returncode == 1, result.stderr
    told = {line["report_key"]: line for line in map(json.loads, result.stdout.splitlines())}
    value = first["tables"]["applications"]["rows"]["new_received"]["values"][6]
    assert told[first["report_key"]]["cells"] == {CELL: {"old": [value, "R"], "new": [None, "B"]}}
    assert told[second["report_key"]]["difference"] == "missing"
    assert told[third["report_key"]]["difference"] == "added"
    lines = scrapy("diff", old, new).stdout.splitlines()
    assert f"           {CELL}: {value} -> B" in lines
    assert lines[-1] == "1 added, 1 changed, 0 withdrawn, 1 missing; 1 cells, sections and fields read otherwise"


def test_runs_are_named_and_say_what_was_withdrawn(seeds: list[dict[str, Any]], tmp_path: Path) -> None:
    first, second, _ = seeds
    gone = {**first, "history": {"revision": 1, "change": "withdrawn", "changed_cells": [], "aliases": []}}
    write(tmp_path / "reports" / "20260101T000000Z-all-aaaa.jsonl", [first, second])
    write(tmp_path / "reports" / "20260102T000000Z-all-bbbb.jsonl", [gone])
    write(tmp_path / "reports" / "reparse-20260103T000000Z.jsonl", [])
    result = scrapy("diff", "20260101T000000Z-all-aaaa", "latest", "--json", DATA_DIR=tmp_path)
    assert result.returncode == 1, result.stderr
    [line] = map(json.loads, result.stdout.splitlines())
    assert (line["report_key"], line["difference"]) == (first["report_key"], "withdrawn")


@pytest.mark.parametrize("name", ["20990101T000000Z-all-ffff", "latest", "broken.jsonl"])
def test_what_cannot_be_compared_is_a_usage_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text('{"a": 1}\n')
    name = str(tmp_path / name) if name.startswith("broken") else name
    result = scrapy("diff", str(tmp_path / "broken.jsonl"), name, DATA_DIR=tmp_path)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_reader_that_has_seen_enough_is_no_fault(seeds: list[dict[str, Any]], tmp_path: Path) -> None:
    write(tmp_path / "none.jsonl", [])
    empty = {**seeds[0], "sections": [], "checks": [], "narrative_facts": [], "tables": {}}
    write(tmp_path / "many.jsonl", [{**empty, "report_key": f"370305:gov/{year}"} for year in range(2000)])
    process = subprocess.Popen(
        command("diff", str(tmp_path / "none.jsonl"), str(tmp_path / "many.jsonl")),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert (process.stderr.read(), process.wait()) == (b"", 0)
