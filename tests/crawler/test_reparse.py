"""A better parser makes no revisions: pages read again say so in lines of their own, under the revision they have."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.reparse import in_workers, reread_from, start_workers
from tests.crawler.conftest import Crawl
from tests.crawler.program import scrapy, to_replicas
from tests.portals import days
from tests.portals.pages import load_sites
from tests.portals.server import ReplicaServer

FOOTER, OTHER_FOOTER = "网站标识码：".encode(), "浏览次数：1874 网站标识码：".encode()
CELL = "applications.new_received.total"


@pytest.fixture
def archive(crawl: Crawl, tmp_path: Path) -> Path:
    """An archive whose ledger was written by an older parser, which misread one cell of one report of Xiaoshan."""
    data_dir = tmp_path / "data"
    shutil.copytree(crawl.data_dir, data_dir)
    with sqlite3.connect(data_dir / "ledger.sqlite") as db:
        db.execute("UPDATE documents SET digest='old', reader='0'")
        db.execute("UPDATE requests SET due_at='2000' WHERE due_at<'9999'")
        lines = db.execute("SELECT key, line FROM documents WHERE portal='xiaoshan' ORDER BY key").fetchall()
        key, record = next((key, json.loads(line)) for key, line in lines if has_the_cell(json.loads(line)))
        record["tables"]["applications"]["rows"]["new_received"]["values"][6] += 1
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
        db.execute("UPDATE documents SET line=? WHERE key=?", (line, key))
    return data_dir


def has_the_cell(record: dict[str, Any]) -> bool:
    table = record["tables"].get("applications") or {}
    row = (table.get("rows") or {}).get("new_received")
    return row is not None and table["columns"][6] == "total" and row["states"][6] == "R"


def documents(data_dir: Path) -> dict[tuple[str, int], tuple[str, str, bytes]]:
    with sqlite3.connect(data_dir / "ledger.sqlite") as db:
        rows = db.execute("SELECT key, revision, digest, reader, line FROM documents").fetchall()
    return {(key, revision): (digest, reader, line) for key, revision, digest, reader, line in rows}


def newest_reports(data_dir: Path) -> bytes:
    return max((data_dir / "reports").glob("2*.jsonl")).read_bytes()


def test_a_crawl_after_a_change_of_parser_emits_nothing(server: ReplicaServer, archive: Path) -> None:
    before = documents(archive)
    assert scrapy("crawl", "all", **to_replicas(server.connect_to, archive)).returncode == 0
    assert newest_reports(archive) == b""
    assert documents(archive) == before


def test_nor_does_it_where_the_frame_of_the_pages_changed_too(server: ReplicaServer, archive: Path) -> None:
    site = days.open_day("xiaoshan", 1)[0].finish()
    reframed = 0
    for address, page in site.pages.items():
        if FOOTER in page.body:
            site.pages[address] = replace(page, body=page.body.replace(FOOTER, OTHER_FOOTER), modified=days.DAY_TWO)
            reframed += 1
    assert reframed > 20
    before = documents(archive)
    server.show(site)
    server.clear_log()
    try:
        arguments = ("crawl", "hanweb", "-a", "portal=xiaoshan")
        assert scrapy(*arguments, **to_replicas(server.connect_to, archive)).returncode == 0
    finally:
        days.heal(server)
    host = load_sites()["xiaoshan"].host
    whole = [e for e in server.log if e.host == host and "/art/" in e.target and e.response.startswith(b"HTTP/1.1 200")]
    assert len(whole) > 20, "the test changed nothing that was asked for"
    assert newest_reports(archive) == b""
    assert documents(archive) == before


def test_what_differs_is_written_and_replaced_under_the_same_revision(
    crawl: Crawl, archive: Path, tmp_path: Path
) -> None:
    before, as_crawled = documents(archive), documents(crawl.data_dir)
    out = tmp_path / "reparsed.jsonl"
    process = scrapy("reparse", "-o", str(out), "--workers", "2", DATA_DIR=archive)
    assert process.returncode == 0, process.stderr
    [line] = out.read_bytes().splitlines()
    record = json.loads(line)
    assert record["history"] == {"revision": 1, "change": "reparsed", "changed_cells": [CELL], "aliases": []}
    after = documents(archive)
    assert after.keys() == before.keys()
    assert {place: row[:2] for place, row in after.items()} == {place: row[:2] for place, row in as_crawled.items()}
    assert after[record["report_key"], 1][2] == line
    others = [place for place in after if place[0] != record["report_key"]]
    assert all(after[place][2] == before[place][2] for place in others)
    crawled = json.loads(as_crawled[record["report_key"], 1][2])
    assert {**record, "history": crawled["history"]} == crawled

    again = scrapy("reparse", "-o", str(out), DATA_DIR=archive)
    assert again.returncode == 0, again.stderr
    assert out.read_bytes() == b""
    assert documents(archive) == after


def test_a_page_that_is_not_in_the_archive_is_named(archive: Path, tmp_path: Path) -> None:
    [warc] = (archive / "warc").iterdir()
    warc.rename(tmp_path / warc.name)
    before = documents(archive)
    process = scrapy("reparse", DATA_DIR=archive)
    assert process.returncode == 1
    assert process.stderr.count("its page is not in the archive") == len(before)
    assert documents(archive) == before


def test_files_are_read_whatever_the_ledger_says(crawl: Crawl, archive: Path) -> None:
    before = documents(archive)
    [warc] = (archive / "warc").iterdir()
    outputs = [scrapy("reparse", str(warc), "--workers", number).stdout for number in ("1", "2")]
    assert outputs[0] == outputs[1], "the order depends on who is faster"
    read = {record["provenance"]["url"]: record for record in map(json.loads, outputs[0].splitlines())}
    for record in crawl.records:
        assert {**read[record["provenance"]["url"]], "history": record["history"]} == record
    assert documents(archive) == before


def test_workers_load_neither_scrapy_nor_twisted(crawl: Crawl) -> None:
    import scrapy as loaded_here  # a forked worker would have it

    assert loaded_here
    line = crawl.records[0]
    with start_workers(1) as workers:
        [read] = in_workers(workers, 1, reread_from(crawl.data_dir / "warc"), [json.dumps(line).encode()])
        assert (read.key, read.fault) == (line["report_key"], "")
        loaded = workers.submit(eval, "sorted(__import__('sys').modules)").result()
    assert "pipelines.parser" in loaded
    assert not [name for name in loaded if name.partition(".")[0] in ("scrapy", "twisted")]
