"""A better parser makes no revisions: pages read again say so in lines of their own, under the revision they have."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from archive.part_file import part_paths
from pipelines.parser import PARSER_VERSION
from pipelines.parser.model import json_schema
from pipelines.reparse import reread_from
from pipelines.workers import in_workers, start_workers
from tests.crawler.conftest import Crawl
from tests.crawler.program import ROOT, command, scrapy, to_replicas
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


@pytest.fixture(scope="module")
def lines_of_files(crawl: Crawl) -> str:
    """What one worker makes of the WARC file of the crawl."""
    [warc] = (crawl.data_dir / "warc").iterdir()
    process = scrapy("reparse", str(warc), "--workers", "1")
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_files_are_read_whatever_the_ledger_says(crawl: Crawl, lines_of_files: str) -> None:
    read = {record["provenance"]["url"]: record for record in map(json.loads, lines_of_files.splitlines())}
    for record in crawl.records:
        assert {**read[record["provenance"]["url"]], "history": record["history"]} == record


def test_every_line_of_them_keeps_to_the_schema(lines_of_files: str) -> None:
    validator = Draft202012Validator(json_schema())
    for line in lines_of_files.splitlines()[::8]:
        assert list(validator.iter_errors(json.loads(line))) == []


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


def test_a_killed_reparse_of_files_goes_on_to_the_same_bytes(crawl: Crawl, lines_of_files: str, tmp_path: Path) -> None:
    [warc] = (crawl.data_dir / "warc").iterdir()
    out = tmp_path / "out.jsonl"
    part, notes = part_paths(out)
    arguments = ["reparse", str(warc), "--workers", "2", "-o"]
    ends = []
    for number in (signal.SIGKILL, signal.SIGTERM):
        before = notes.read_bytes() if notes.exists() else b""
        process = subprocess.Popen(command(*arguments, str(out)), cwd=ROOT, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while process.poll() is None and (not notes.exists() or notes.read_bytes() == before):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        said = process.communicate(timeout=30)[1]
        ends.append((process.returncode, "same command continues" in said))
        assert part.exists()
        assert not out.exists()
    assert ends == [(-signal.SIGKILL, False), (130, True)]
    with part.open("ab") as file:
        file.write(b'{"half a li')
    last = scrapy(*arguments, str(out))
    assert (last.returncode, "continuing" in last.stderr) == (0, True), last.stderr
    assert out.read_text(encoding="utf-8") == lines_of_files, "the order depends on who is faster, or on the kills"
    assert list(tmp_path.iterdir()) == [out]


@pytest.fixture
def small_archive(archive: Path) -> Path:
    """The same, of a few reports, one of them misread."""
    with sqlite3.connect(archive / "ledger.sqlite") as db:
        some = "SELECT key FROM documents WHERE portal='xiaoshan' ORDER BY key LIMIT 20"
        db.execute(f"DELETE FROM documents WHERE key NOT IN ({some})")
    return archive


@pytest.mark.parametrize("committed", [False, True])
def test_a_reparse_killed_while_it_commits_loses_no_line(small_archive: Path, tmp_path: Path, committed: bool) -> None:
    untouched = (small_archive / "ledger.sqlite").read_bytes()
    out = tmp_path / "reparsed.jsonl"
    assert scrapy("reparse", "-o", str(out), DATA_DIR=small_archive).returncode == 0
    line, after = out.read_bytes(), documents(small_archive)
    assert line
    if not committed:
        (small_archive / "ledger.sqlite").write_bytes(untouched)
    part, notes = part_paths(out)
    out.rename(part)
    state = {"done": "", "read": 0, "differ": 1, "faults": 0, "under_way": max(key for key, _ in after)}
    task = {"reads": "ledger", "parser": PARSER_VERSION}
    notes.write_text(json.dumps({"task": task, "size": len(line), "state": state}), encoding="utf-8")
    process = scrapy("reparse", "-o", str(out), DATA_DIR=small_archive)
    assert process.returncode == 0, process.stderr
    assert f"{len(after)} reports read again, 1 differ" in process.stdout
    assert out.read_bytes() == line
    assert documents(small_archive) == after
    assert not notes.exists()


def test_notes_of_another_parser_are_not_continued(small_archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "reparsed.jsonl"
    part, notes = part_paths(out)
    part.write_bytes(b"{}\n")
    task = {"reads": "ledger", "parser": "older"}
    notes.write_text(json.dumps({"task": task, "size": 3, "state": {"done": "zzz"}}), encoding="utf-8")
    process = scrapy("reparse", "-o", str(out), DATA_DIR=small_archive)
    assert (process.returncode, "begun anew" in process.stderr) == (0, True), process.stderr
    assert [json.loads(line)["history"]["change"] for line in out.read_bytes().splitlines()] == ["reparsed"]


def test_damage_is_named_and_the_rest_goes_on(crawl: Crawl, tmp_path: Path) -> None:
    [warc] = (crawl.data_dir / "warc").iterdir()
    pages = sorted((record["provenance"] for record in crawl.records), key=lambda page: page["warc"]["offset"])[:8]
    data = bytearray(warc.read_bytes()[: pages[-1]["warc"]["offset"]])
    place = pages[2]["warc"]["offset"]
    data[place + pages[2]["warc"]["length"] // 2] ^= 0xFF
    broken = tmp_path / "broken.warc.gz"
    broken.write_bytes(data)
    process = scrapy("reparse", str(broken), "--workers", "1")
    assert process.returncode == 1
    assert str(broken) in process.stderr
    assert f"offset {place}" in process.stderr
    read = {json.loads(line)["provenance"]["url"] for line in process.stdout.splitlines()}
    assert {page["url"] for page in pages[:-1]} - read == {pages[2]["url"]}


def test_it_never_writes_over_the_archive(crawl: Crawl, tmp_path: Path) -> None:
    [archived] = (crawl.data_dir / "warc").iterdir()
    warc = tmp_path / archived.name
    shutil.copy(archived, warc)
    process = scrapy("reparse", str(warc), "-o", str(warc))
    assert (process.returncode, len(process.stderr.splitlines())) == (2, 1)
    assert "this is a file to read" in process.stderr
    assert warc.read_bytes() == archived.read_bytes()


def test_what_is_no_archive_is_said_in_a_short_line(tmp_path: Path) -> None:
    file = tmp_path / "noise.warc.gz"
    file.write_bytes(bytes(range(256)) * 100)
    process = scrapy("reparse", str(file), "--workers", "1")
    assert (process.returncode, process.stdout) == (1, "")
    assert len(process.stderr) < 300 + len(str(file))
    assert process.stderr.isascii()
