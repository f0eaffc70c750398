"""`scrapy export`: the current revisions, their addresses, withdrawn reports, and a file that is whole or not there."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipelines.exported import exported_line
from tests.crawler.program import ROOT, records, run, scrapy
from tests.crawler.small_portal import HOST, START, Portal, article, listing, page
from tests.portals.pages import seed_answer
from tests.portals.server import ReplicaServer

SCHEMA = json.loads((ROOT / "pipelines/parser/schema.json").read_text(encoding="utf-8"))
ALL_DUE = json.dumps({"listing": 0, "report": 0, "attachment": 0})


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with ReplicaServer() as server:
        yield Portal(server, tmp_path)


def export(portal: Portal, *options: str) -> subprocess.CompletedProcess[str]:
    return scrapy("export", *options, DATA_DIR=portal.data_dir)


def exported(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "reports.jsonl").read_bytes().splitlines()]


def test_reports_in_order_of_key_with_a_manifest(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    result = export(portal)
    assert result.returncode == 0, result.stderr
    folder = portal.data_dir / "export"
    data = (folder / "reports.jsonl").read_bytes()
    lines = data.splitlines()
    written = [line for file in (portal.data_dir / "reports").iterdir() for line in file.read_bytes().splitlines()]
    assert lines == sorted(written, key=lambda line: json.loads(line)["report_key"]), "as recorded, to the byte"
    for line in lines:
        jsonschema.validate(json.loads(line), SCHEMA)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    [run] = [path.name for path in (portal.data_dir / "runs").iterdir()]
    assert (manifest["reports"], manifest["withdrawn"], manifest["runs"]) == (3, 0, [run])
    assert (manifest["schema"], manifest["unfinished_runs"]) == (SCHEMA["properties"]["schema"]["const"], [])
    assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "reports.jsonl"]
    assert export(portal, "-o", "-").stdout.encode() == data


def test_the_reports_of_the_ledger_are_compared_with_each_other(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    compared = scrapy("crosscheck", "--json", "-o", str(portal.folder / "found.jsonl"), DATA_DIR=portal.data_dir)
    assert compared.returncode in (0, 1), compared.stderr
    assert json.loads(compared.stdout)["reports"] == 3


def test_another_address_is_an_alias_and_explained(portal: Portal) -> None:
    portal.server.put(START, listing(1, 2, 3, 4))
    portal.server.put(article(4), page(seed_answer("000").body))
    assert portal.crawl().returncode == 0
    assert export(portal, "-o", str(portal.folder / "set")).returncode == 0
    aliases = {record["provenance"]["url"]: record["history"]["aliases"] for record in exported(portal.folder / "set")}
    assert aliases == {article(1): [article(4)], article(2): [], article(3): []}
    [key] = [r["report_key"] for r in records(portal.data_dir) if r["provenance"]["url"] == article(1)]
    told = json.loads(scrapy("explain", key, "--json", DATA_DIR=portal.data_dir).stdout)
    assert (told["page"], told["also at"], told["was at"]) == (article(1), [article(4)], [])
    assert "withdrawn" not in told
    assert f"also at   {article(4)}\n" in scrapy("explain", key, DATA_DIR=portal.data_dir).stdout


def test_a_withdrawn_report_says_so_or_is_left_out(portal: Portal) -> None:
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    [key] = [r["report_key"] for r in records(portal.data_dir) if r["provenance"]["url"] == article(2)]
    portal.server.put(START, listing(1, 3))
    portal.server.put(article(2), page("gone", status=404))
    assert portal.crawl(REVISIT_DAYS=ALL_DUE).returncode == 0
    result = export(portal, "--json")
    assert json.loads(result.stdout)["withdrawn"] == 1
    [line] = [record for record in exported(portal.data_dir / "export") if record["report_key"] == key]
    assert line["history"] == {"revision": 2, "change": "withdrawn", "changed_cells": [], "aliases": []}
    jsonschema.validate(line, SCHEMA)
    assert json.loads(export(portal, "--json", "--no-withdrawn").stdout)["reports"] == 2
    assert key not in {record["report_key"] for record in exported(portal.data_dir / "export")}
    told = json.loads(scrapy("explain", key, "--json", DATA_DIR=portal.data_dir).stdout)
    assert told["withdrawn"]
    assert (told["also at"], told["was at"]) == ([], [article(2)])


def line_of(url: str) -> bytes:
    provenance = {"url": url, "captured_at": "2026-01-01"}
    return json.dumps({"provenance": provenance, "history": {"revision": 1, "aliases": ["http://old/"]}}).encode()


@pytest.mark.parametrize(
    ("urls", "canonical", "aliases"),
    [
        ([("http://copy/", 0, True)], None, []),
        ([("http://own/", 2, True), ("http://copy/", 0, True)], "http://own/", ["http://own/"]),
        ([("http://other/", 0, True), ("http://copy/", 0, True)], None, ["http://other/"]),
        ([("http://copy/", 2, True), ("http://other/", 0, True)], None, ["http://other/"]),
        ([("http://other/", 0, True), ("http://copy/", 2, False)], "http://other/", ["http://other/"]),
        ([("http://copy/", 0, True), ("http://own/", 2, False)], None, []),
    ],
    ids=["alone", "own page", "equally near", "farther", "moved", "own page is gone"],
)
def test_the_nearest_address_is_the_canonical_one(
    urls: list[tuple[str, int, bool]], canonical: str | None, aliases: list[str]
) -> None:
    record = json.loads(exported_line(line_of("http://copy/"), "http://copy/", urls))
    assert record["history"]["aliases"] == aliases
    assert record["provenance"].get("canonical_url") == canonical
    assert next(iter(record["provenance"])) == "url"


def test_the_address_that_redirects_to_the_page_is_no_other_address() -> None:
    urls = [("http://own/", 2, True), ("http://asked/", 1, True)]
    record = json.loads(exported_line(line_of("https://asked/"), "http://asked/", urls))
    assert record["history"]["aliases"] == ["http://own/"]
    assert record["provenance"]["canonical_url"] == "http://own/"
    record = json.loads(exported_line(line_of("https://asked/"), "http://asked/", urls[1:]))
    assert record["history"]["aliases"] == []
    assert "canonical_url" not in record["provenance"]


def test_a_canonical_address_is_valid_by_the_schema(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    line = next((portal.data_dir / "reports").iterdir()).read_bytes().splitlines()[0]
    read = json.loads(line)["provenance"]["url"]
    record = json.loads(exported_line(line, read, [(f"{HOST}/own.htm", 3, True), (read, 0, True)]))
    assert record["provenance"]["canonical_url"] == f"{HOST}/own.htm"
    jsonschema.validate(record, SCHEMA)


def test_a_full_disk_leaves_the_last_export_as_it_was(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    assert export(portal).returncode == 0
    folder = portal.data_dir / "export"
    (folder / "reports.jsonl").write_bytes(b"the last one\n")
    result = run(["export", "-s", f"DATA_DIR={portal.data_dir}"], file_size=20_000)
    assert result.returncode in (7, 8), result.stderr
    assert result.stderr.count("\n") == 1
    assert (folder / "reports.jsonl").read_bytes() == b"the last one\n"
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "reports.jsonl"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "parquet"], "--format parquet is not built yet; today there is jsonl"),
        (["--format", "jsonl,duckdb"], "--format duckdb is not built yet; today there is jsonl"),
        (["--format", "xml"], 'unknown format "xml"; today there is jsonl'),
        (["-o", "-", "--json"], "--json goes with a folder: standard output has the reports"),
        (["dataset"], "unexpected argument \"dataset\"; see 'scrapy export --help'"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(tmp_path: Path, options: list[str], said: str) -> None:
    result = scrapy("export", *options, DATA_DIR=tmp_path / "none")
    assert (result.returncode, result.stderr) == (2, f"scrapy export: {said}\n")


def test_without_an_archive_there_is_nothing_to_export(tmp_path: Path) -> None:
    result = scrapy("export", DATA_DIR=tmp_path / "none")
    assert (result.returncode, result.stderr.count("\n")) == (7, 1)
    assert not (tmp_path / "none").exists()
