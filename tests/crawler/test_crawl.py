"""The whole way: replicas crawled, archived, parsed, recorded; and the second run over the same portals."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from warcio.archiveiterator import ArchiveIterator

from pipelines.parser.model import json_schema
from tests.crawler.conftest import Crawl
from tests.crawler.program import scrapy
from tests.portals.pages import load_sites, portal_urls, seed_address
from tests.portals.seeds import ADDRESSES
from tests.portals.site import Kind


def warc_records(data_dir: Path, kind: str) -> list[tuple[str, bytes]]:
    """Target and block of every record of a type, in the order written; every WARC file must have its final name."""
    found = []
    assert not list((data_dir / "warc").glob("*.open"))
    for path in sorted((data_dir / "warc").iterdir()):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                if record.rec_type == kind:
                    found.append((record.rec_headers.get_header("WARC-Target-URI"), record.raw_stream.read()))
    return found


def test_it_is_complete(crawl: Crawl) -> None:
    assert crawl.process.returncode == 0, crawl.process.stderr
    assert crawl.report["verdict"] == "complete"
    assert {row["portal"] for row in crawl.report["portals"]} == set(load_sites())


def test_every_byte_is_in_the_archive(crawl: Crawl) -> None:
    sent = Counter((exchange.request, exchange.response) for exchange in crawl.exchanges)
    requests = [block for _, block in warc_records(crawl.data_dir, "request")]
    responses = [block for _, block in warc_records(crawl.data_dir, "response")]
    assert Counter(zip(requests, responses, strict=True)) == sent


def test_urls_are_the_real_ones(crawl: Crawl) -> None:
    schemes = {site.host: site.scheme for site in load_sites().values()}
    targets = [target for target, _ in warc_records(crawl.data_dir, "response")]
    assert targets
    for target in targets:
        scheme, _, host = target.split("/")[:3]
        assert schemes[host] == scheme[:-1]


def test_every_report_page_became_a_record_once(crawl: Crawl) -> None:
    keys = Counter(record["report_key"] for record in crawl.records)
    assert max(keys.values()) == 1
    by_url = {record["provenance"]["url"] for record in crawl.records}
    for portal in load_sites():
        pages = [entry for entry in portal_urls(portal) if entry.kind is Kind.REPORT]
        found = [entry for entry in pages if entry.url in by_url]
        twins = [entry for entry in portal_urls(portal) if entry.kind is Kind.TWIN and entry.url in by_url]
        if portal != "linzi":  # whose listing is a script: what no known document links to cannot be found yet
            assert len(found) + len(twins) == len(pages), [entry.url for entry in pages if entry not in found]
        assert len(found) + len(twins) >= 6
    not_reports = {
        entry.url for portal in load_sites() for entry in portal_urls(portal) if entry.kind is Kind.NOT_REPORT
    }
    assert not by_url & not_reports


@pytest.mark.parametrize("stem", ADDRESSES)
def test_seed_is_recorded_with_its_known_cells(crawl: Crawl, stem: str) -> None:
    seed = json.loads(Path(__file__).parents[1].joinpath(f"fixtures/seeds/{stem}.json").read_text(encoding="utf-8"))
    [record] = [record for record in crawl.records if record["provenance"]["url"] == seed_address(stem)]
    assert record["report_key"] == seed["report_key"]
    assert record["history"] == {"revision": 1, "change": "new", "changed_cells": [], "aliases": []}
    for key, table in seed["tables"].items():
        for name, row in rows_of(table).items():
            if "U" in row["states"]:
                continue  # the text lost the places, the page has them
            found = rows_of(record["tables"][key])[name]
            assert (found["values"], found["states"]) == (row["values"], row["states"]), f"{key}.{name}"


def rows_of(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    blocks = table.get("blocks") or {"": table}
    return {name: row for block in blocks.values() for name, row in (block.get("rows") or {}).items()}


def test_records_are_valid_and_traceable(crawl: Crawl) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    for record in crawl.records:
        validator.validate(record)
        provenance = record["provenance"]
        warc = provenance["warc"]
        data = (crawl.data_dir / "warc" / warc["file"]).read_bytes()
        member = io.BytesIO(data[warc["offset"] : warc["offset"] + warc["length"]])
        [archived] = list(ArchiveIterator(member))
        assert archived.rec_headers.get_header("WARC-Record-ID") == warc["record_id"]
        assert archived.rec_headers.get_header("WARC-Target-URI") == provenance["url"]
        assert archived.rec_headers.get_header("WARC-Date") == provenance["captured_at"]


def test_what_was_not_followed_has_a_reason(crawl: Crawl) -> None:
    [file] = (crawl.data_dir / "runs").glob("*/skipped.jsonl")
    skipped = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert all(line["reason"] and line["url"] and line["portal"] for line in skipped)
    reasons = {line["url"]: line["reason"] for line in skipped}
    fetched = {target for target, _ in warc_records(crawl.data_dir, "response")}
    for portal in load_sites():
        for entry in portal_urls(portal):
            if entry.kind is Kind.NOT_REPORT and portal != "linzi":
                assert entry.url in reasons or entry.url in fetched, entry


def test_robots_is_obeyed(crawl: Crawl) -> None:
    forbidden = {entry.url for portal in load_sites() for entry in portal_urls(portal) if entry.kind is Kind.DISALLOWED}
    assert forbidden
    assert not forbidden & {target for target, _ in warc_records(crawl.data_dir, "request")}
    robots = [exchange.host for exchange in crawl.exchanges if exchange.target == "/robots.txt"]
    assert sorted(robots) == sorted(site.host for site in load_sites().values())


def test_explain_goes_from_the_number_to_the_byte(crawl: Crawl) -> None:
    result = scrapy("explain", "370305:gov/2023", "applications.new_received.total", "--json", DATA_DIR=crawl.data_dir)
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["value"] == 169
    assert answer["page"] == seed_address("000")
    assert answer["place"]
    wrong = scrapy("explain", "370305:gov/2023", "applications.new_received.colour", DATA_DIR=crawl.data_dir)
    assert wrong.returncode == 1
    assert "natural_person" in wrong.stderr
    unknown = scrapy("explain", "370305:gov/1999", DATA_DIR=crawl.data_dir)
    assert unknown.returncode == 1


def test_the_second_run_asks_for_listings_only_and_emits_nothing(crawl: Crawl, second_crawl: Crawl) -> None:
    assert second_crawl.process.returncode == 0, second_crawl.process.stderr
    newest = max((second_crawl.data_dir / "reports").glob("*.jsonl"))
    assert newest.read_bytes() == b""
    listings = [exchange for exchange in second_crawl.exchanges if exchange.target != "/robots.txt"]
    known = {exchange.target for exchange in crawl.exchanges}
    assert {exchange.target for exchange in listings} <= known
    assert 0 < len(listings) < len(crawl.exchanges) / 3
    conditional = [exchange for exchange in listings if b"\r\nIf-None-Match: " in exchange.request]
    assert len(conditional) > len(listings) / 2
    assert all(row["emitted"] == 0 and row["known"] > 0 for row in second_crawl.report["portals"])
    revisits = warc_records(second_crawl.data_dir, "revisit")
    unchanged = sum(exchange.response.startswith(b"HTTP/1.1 304") for exchange in listings)
    assert sum(block.startswith(b"HTTP/1.1 304") for _, block in revisits) == unchanged
    # What the portals that set no validators said again is archived as a revisit, too.
    assert len(revisits) > unchanged > 0
