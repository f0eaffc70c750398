"""Ledger, indexes and reports deleted: `scrapy rebuild` makes them again from the WARC files, and the crawl goes on."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.data_dir import DataDir
from archive.exchange import Exchange
from archive.ledger import Ledger
from archive.members import read_exchanges
from archive.rows import present
from archive.warc_writer import WarcWriter
from tests.crawler.conftest import Crawl
from tests.crawler.program import ROOT, command, scrapy, to_replicas, wait_until
from tests.crawler.rebuilt import (
    BECAME,
    FETCHED,
    RESTORED,
    ROW,
    delete_all_but_warcs,
    everything_due,
    folder,
    ledger_rows,
)
from tests.portals import days
from tests.portals.server import LoggedExchange, ReplicaServer


@dataclass(frozen=True)
class Archives:
    """An archive of two days, and what a rebuild made of a copy of it; the server shows day two."""

    original: Path
    rebuilt: Path
    process: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def archives(server: ReplicaServer, crawl: Crawl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archives]:
    original = tmp_path_factory.mktemp("two days")
    shutil.copytree(crawl.data_dir, original, dirs_exist_ok=True)
    days.day_two(server)
    try:
        everything_due(original)
        second = scrapy("crawl", "all", **to_replicas(server.connect_to, original))
        assert second.returncode == 0, second.stderr
        rebuilt = tmp_path_factory.mktemp("rebuilt")
        shutil.copytree(original, rebuilt, dirs_exist_ok=True)
        delete_all_but_warcs(rebuilt)
        process = scrapy("rebuild", "--json", DATA_DIR=rebuilt)
        yield Archives(original, rebuilt, process)
    finally:
        days.heal(server)


def test_it_says_what_it_did(archives: Archives) -> None:
    assert archives.process.returncode == 0, archives.process.stderr
    said = json.loads(archives.process.stdout)
    assert (said["runs"], said["old_ledger"]) == (2, None)
    assert said["exchanges"] == len(ledger_rows(archives.original, "captures", "record_id"))
    assert not list(archives.rebuilt.glob("**/*rebuilding*"))


@pytest.mark.parametrize("table", RESTORED)
def test_the_ledger_is_what_it_was(archives: Archives, table: str) -> None:
    restored = ledger_rows(archives.rebuilt, table, RESTORED[table])
    assert restored, "the test compares nothing"
    assert restored == ledger_rows(archives.original, table, RESTORED[table])


def test_the_frontier_is_what_it_was(archives: Archives) -> None:
    for columns, where in ((ROW, "1=1"), (BECAME, FETCHED), ("key, etag, last_modified", "role<>'listing'")):
        rows = ledger_rows(archives.original, "requests", columns, where)
        assert ledger_rows(archives.rebuilt, "requests", columns, where) == rows


def test_every_kind_of_change_was_there_to_restore(archives: Archives) -> None:
    changes = {change for (change,) in ledger_rows(archives.original, "documents", "change")}
    assert changes == {"new", "revised", "withdrawn"}
    kinds = [
        exchange.answer.kind
        for path in (archives.original / "warc").iterdir()
        for exchange in read_exchanges(path)
        if exchange.answer
    ]
    assert kinds.count("revisit") > 10
    assert ledger_rows(archives.original, "requests", "key", "orphaned_at<>''")


def test_files_are_what_they_were(archives: Archives) -> None:
    assert folder(archives.rebuilt / "index") == folder(archives.original / "index")
    rebuilt, original = folder(archives.rebuilt / "reports"), folder(archives.original / "reports")
    assert rebuilt.keys() == original.keys()
    for name, lines in original.items():
        # Hosts are crawled side by side: between them the order of lines is that of the archive, not of the parser.
        assert sorted(rebuilt[name].splitlines()) == sorted(lines.splitlines())
        assert by_host(rebuilt[name]) == by_host(lines)


def by_host(lines: bytes) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for line in lines.splitlines():
        record = json.loads(line)
        if record["history"]["change"] != "withdrawn":
            found.setdefault(record["provenance"]["url"].split("/")[2], []).append(line)
    return found


def test_the_next_crawl_asks_for_listings_only_and_emits_nothing(
    server: ReplicaServer, archives: Archives, tmp_path: Path
) -> None:
    shutil.copytree(archives.rebuilt, tmp_path, dirs_exist_ok=True)
    server.clear_log()
    process = scrapy("crawl", "all", **to_replicas(server.connect_to, tmp_path))
    assert process.returncode == 0, process.stderr
    newest = max((tmp_path / "reports").glob("*.jsonl"))
    assert newest.read_bytes() == b""
    asked = {exchange.target for exchange in server.log} - {"/robots.txt"}
    due = ledger_rows(tmp_path, "requests", "url", "role='listing' OR hops=''")  # one portal starts at a report
    assert asked <= {"/" + url.split("/", 3)[3] for (url,) in due}
    conditional = {exchange.target for exchange in server.log if b"\r\nIf-None-Match: " in exchange.request}
    starts = ledger_rows(tmp_path, "requests", "url", "role<>'listing' AND hops=''")
    assert conditional <= {"/" + url.split("/", 3)[3] for (url,) in starts}, "a listing must come whole"
    assert ledger_rows(tmp_path, "links", "*") == ledger_rows(archives.original, "links", "*")


# -- what can go wrong ----------------------------------------------------------------------------------------------


def logged(server: ReplicaServer) -> list[LoggedExchange]:
    return [exchange for exchange in server.log if exchange.target != "/robots.txt"]


@pytest.fixture
def archive(crawl: Crawl, tmp_path: Path) -> Path:
    data_dir = tmp_path / "data"
    shutil.copytree(crawl.data_dir, data_dir)
    return data_dir


def state(data_dir: Path) -> dict[str, bytes]:
    files = [path for path in data_dir.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(data_dir)): path.read_bytes() for path in files if not path.name.endswith("-shm")}


@pytest.mark.parametrize("damage", ["cut", "overwritten", "deleted"])
def test_a_damaged_ledger_is_refused_by_the_name_of_the_remedy(
    server: ReplicaServer, archive: Path, damage: str
) -> None:
    ledger = archive / "ledger.sqlite"
    data = ledger.read_bytes()
    if damage == "deleted":
        ledger.unlink()
    else:
        ledger.write_bytes(data[: len(data) // 2] if damage == "cut" else b"no ledger" * 1000)
    before = state(archive)
    process = scrapy("crawl", "all", **to_replicas(server.connect_to, archive))
    assert process.returncode == 6
    assert "scrapy rebuild" in process.stderr
    assert state(archive) == before


def test_it_waits_for_nobody(archive: Path) -> None:
    holder = DataDir(archive)
    holder.open()
    try:
        process = scrapy("rebuild", DATA_DIR=archive)
    finally:
        holder.close()
    assert process.returncode == 7
    assert "in use" in process.stderr


def test_a_damaged_warc_is_refused_by_file_and_offset(archive: Path) -> None:
    [warc] = (archive / "warc").glob("*.warc.gz")
    exchanges = list(read_exchanges(warc))
    place = exchanges[len(exchanges) // 2].metadata.offset
    data = bytearray(warc.read_bytes())
    data[place + 12] ^= 0xFF
    warc.write_bytes(data)
    before = state(archive)
    process = scrapy("rebuild", DATA_DIR=archive)
    assert process.returncode == 6
    [line] = process.stderr.splitlines()
    assert warc.name in line
    assert str(place) in line
    assert state(archive) == before


def test_killed_in_the_middle_it_changed_nothing(archive: Path) -> None:
    before = state(archive)
    process = subprocess.Popen(
        command("rebuild", "-s", f"DATA_DIR={archive}"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    part = archive / "ledger.sqlite.rebuilding"
    wait_until(lambda: any((archive / "reports/.rebuilding").glob("*.jsonl")), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert part.exists(), "the kill came too late or too early"
    left = {name: data for name, data in state(archive).items() if "rebuilding" not in name}
    assert left == before
    Ledger(archive / "ledger.sqlite").close()


def test_a_tombstone_is_obeyed_from_its_time_on(archive: Path) -> None:
    [(url, key)] = ledger_rows(archive, "documents", "url, key")[:1]
    writer = WarcWriter(archive / "warc", software="ogi-archive/0", run="forget-1", operator="", user_agent="")
    writer.append(Exchange(url, present(), hints={"tombstone": {"target": url, "kind": "url"}}))
    writer.close()
    process = scrapy("rebuild", "--json", DATA_DIR=archive)
    assert process.returncode == 0, process.stderr
    old = Path(json.loads(process.stdout)["old_ledger"])
    assert old.parent == archive
    assert sqlite3.connect(old).execute("SELECT count(*) FROM tombstones").fetchone() == (0,)
    assert [target for (target,) in ledger_rows(archive, "tombstones", "target")] == [url]
    assert not ledger_rows(archive, "sources", "key", f"url='{url}'")
    assert ledger_rows(archive, "requests", "due_at, outcome", f"url='{url}'") == [("9999", "forgotten")]
    emitted = [
        json.loads(line) for path in (archive / "reports").glob("*.jsonl") for line in path.read_bytes().splitlines()
    ]
    assert emitted
    assert not [record for record in emitted if record["provenance"]["url"] == url]
    assert key not in {record["report_key"] for record in emitted}
    assert len(ledger_rows(archive, "runs", "run")) == 1


def test_an_unfinished_run_is_continued(server: ReplicaServer, archive: Path) -> None:
    [run] = (archive / "runs").iterdir()
    (run / "report.json").unlink()
    delete_all_but_warcs(archive)
    assert scrapy("rebuild", DATA_DIR=archive).returncode == 0
    server.clear_log()
    process = scrapy("crawl", "all", **to_replicas(server.connect_to, archive))
    assert process.returncode == 0, process.stderr
    assert f"continuing the unfinished run {run.name}" in process.stderr
    assert logged(server) == []


def test_an_exchange_that_a_kill_left_unacknowledged_is_no_visit(server: ReplicaServer, tmp_path: Path) -> None:
    settings = {**to_replicas(server.connect_to, tmp_path), "DOWNLOAD_DELAY": 0.02}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    crawl = [*command("crawl", "hanweb"), *options]
    process = subprocess.Popen(crawl, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(4)
    process.kill()
    process.wait()
    assert subprocess.run(crawl, cwd=ROOT, capture_output=True, check=False).returncode == 0
    tables = ("captures", "documents", "sources", "links")
    before = {table: ledger_rows(tmp_path, table, RESTORED[table]) for table in tables}
    delete_all_but_warcs(tmp_path)
    assert scrapy("rebuild", DATA_DIR=tmp_path).returncode == 0
    for table in tables:
        assert ledger_rows(tmp_path, table, RESTORED[table]) == before[table]
