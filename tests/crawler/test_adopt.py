"""`scrapy adopt`: WARC files of other crawlers become part of an archive, with their reports, at their own dates."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from archive.members import read_records
from archive.warc_reader import read_exchange
from tests.archive.foreign_warcs import (
    HOST,
    SHAPES,
    heritrix,
    members,
    written,
)
from tests.crawler.adopting import PAGES, adopted, current, no_fault, year
from tests.crawler.program import scrapy
from tests.crawler.rebuilt import RESTORED, delete_all_but_warcs, folder, ledger_rows
from tests.crawler.replaying import pywb, replaying

# -- shapes of other crawlers -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[dict[str, Any]]]:
    """An archive that adopted a file of every shape, the folder of the files, and what the command said."""
    theirs = tmp_path_factory.mktemp("theirs")
    for shape, compose in SHAPES.items():
        written(theirs / f"{shape}.warc.gz", members(compose(PAGES)))
    data_dir = tmp_path_factory.mktemp("adopted") / "data"
    return data_dir, theirs, adopted(data_dir, theirs)


def test_files_of_other_crawlers_are_valid(shapes: tuple[Path, Path, list[dict[str, Any]]]) -> None:
    data_dir, theirs, _ = shapes
    for path in sorted(theirs.iterdir()):
        no_fault(path)
    no_fault(DATA_DIR=data_dir)


@pytest.mark.parametrize("shape", SHAPES)
def test_its_reports_enter_at_their_own_dates(shape: str, tmp_path: Path) -> None:
    warc = written(tmp_path / "their.warc.gz", members(SHAPES[shape](PAGES)))
    [said] = adopted(tmp_path / "data", warc)
    assert (said["outcome"], said["file"], said["revisits_unresolved"]) == ("adopted", "their.warc.gz", 0)
    assert said["reports"]["new"] == 2
    assert said["skipped"] == {"no report": 1}
    found = current(tmp_path / "data")
    assert sorted(found) == [year(2019), year(2020)]
    for record in found.values():
        place = record["provenance"]["warc"]
        response = read_exchange(tmp_path / "data" / "warc" / place["file"], place["offset"])
        assert response.record_id == place["record_id"]
        assert record["provenance"]["captured_at"] == response.captured_at
        assert response.captured_at.startswith(("2022-03-01T08", "2023-03-01T08", "2024-03-01T08"))
    assert found[year(2020)]["provenance"]["charset_used"].lower().startswith("gb")
    assert (tmp_path / "data" / "warc" / "their.warc.gz").read_bytes() == warc.read_bytes()


def test_captures_are_those_of_the_web(shapes: tuple[Path, Path, list[dict[str, Any]]]) -> None:
    data_dir, _, _ = shapes
    urls = {url for (url,) in ledger_rows(data_dir, "captures", "url", "file NOT LIKE '%adoption%'")}
    assert urls == {*PAGES, *(f"{url}?from=list" for url in PAGES)}


def test_an_address_more_by_a_revisit(shapes: tuple[Path, Path, list[dict[str, Any]]]) -> None:
    data_dir, _, said = shapes
    assert {one["file"]: one["reports"].get("alias", 0) for one in said}["browsertrix.warc.gz"] == 2
    assert ledger_rows(data_dir, "sources", "revision", f"url='{HOST}/1.htm?from=list'") == [(1,)]


def test_every_index_line_cuts_out_its_record(shapes: tuple[Path, Path, list[dict[str, Any]]]) -> None:
    data_dir, theirs, _ = shapes
    for path in theirs.iterdir():
        spans = {(record.offset, record.length): record for record in read_records(path)}
        lines = (data_dir / "index" / f"{path.name}.cdxj").read_text().splitlines()
        entries = [json.loads(line.split(" ", 2)[2]) for line in lines]
        assert {entry["url"] for entry in entries} >= set(PAGES)
        for entry in entries:
            record = spans[int(entry["offset"]), int(entry["length"])]
            assert record.fields["warc-target-uri"] == entry["url"]
            assert (entry["mime"] == "warc/revisit") == (record.kind == "revisit")
        by_digest: dict[str, set[str]] = {}
        for entry in entries:
            by_digest.setdefault(entry["digest"], set()).add(entry["mime"])
        assert set().union(*by_digest.values()) <= {"text/html", "warc/revisit"}
        assert all("text/html" in mimes for mimes in by_digest.values())  # a revisit is found with its original


def test_a_rebuild_brings_everything_back(shapes: tuple[Path, Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    data_dir, _, _ = shapes
    rebuilt = tmp_path / "rebuilt"
    shutil.copytree(data_dir, rebuilt)
    delete_all_but_warcs(rebuilt)
    assert scrapy("rebuild", DATA_DIR=rebuilt).returncode == 0
    for table, columns in RESTORED.items():
        assert ledger_rows(rebuilt, table, columns) == ledger_rows(data_dir, table, columns), table
    assert ledger_rows(rebuilt, "documents", "key")
    assert folder(rebuilt / "reports") == folder(data_dir / "reports")
    assert folder(rebuilt / "index") == folder(data_dir / "index")


def test_other_commands_work_on_it(shapes: tuple[Path, Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    data_dir, _, said = shapes
    again = scrapy("reparse", "-o", str(tmp_path / "again.jsonl"), DATA_DIR=data_dir)
    assert (again.returncode, (tmp_path / "again.jsonl").read_bytes()) == (0, b""), again.stdout
    explained = scrapy("explain", year(2019), "--json", DATA_DIR=data_dir)
    assert explained.returncode == 0, explained.stderr
    assert "2022-03-01T08:00:00Z" in explained.stdout
    first = next(one["run"] for one in said if one["reports"].get("new"))
    differs = scrapy("diff", first, first, "--json", DATA_DIR=data_dir)
    assert (differs.returncode, differs.stdout) == (0, "")
    exported = scrapy("export", "-o", str(tmp_path / "out"), DATA_DIR=data_dir)
    assert exported.returncode == 0, exported.stderr
    assert len((tmp_path / "out" / "reports.jsonl").read_text().splitlines()) == 2
    warc = data_dir / "warc" / "heritrix.warc.gz"
    process = scrapy("reparse", str(warc))
    keys = {json.loads(line)["report_key"] for line in process.stdout.splitlines()}
    assert (process.returncode, keys) == (0, {year(2019), year(2020)})


def test_the_parser_is_told_of_the_portal_whose_page_it_is(tmp_path: Path) -> None:
    """Also when the page is read again: what was known when it was adopted stands beside the file."""
    warc = written(tmp_path / "their.warc.gz", members(heritrix(PAGES)))
    adopted(tmp_path / "data", warc)
    stored = tmp_path / "data" / "warc" / "their.warc.gz"
    [offset] = [record.offset for record in read_records(stored) if record.kind == "response"][1:2]
    assert read_exchange(stored, offset).hints == {"portal": "linzi", "region": "370305"}
    assert read_exchange(warc, offset).hints == {}


def test_every_capture_in_the_index_is_replayed(
    shapes: tuple[Path, Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    """Revisits too, whatever their writers say of what they refer to, and bodies without the chunks of their header."""
    data_dir, theirs, _ = shapes
    pywb()
    with replaying(data_dir, tmp_path) as replay:
        assert {one["report_key"] for one in replay.reports} == {year(2019), year(2020)}
        for path in theirs.iterdir():
            for line in (data_dir / "index" / f"{path.name}.cdxj").read_text().splitlines():
                _, timestamp, entry = line.split(" ", 2)
                url = json.loads(entry)["url"]
                assert replay.raw(timestamp, url) == (200, PAGES[url.partition("?")[0]]), line
