"""Disks that fail or are full under a crawl: the exit code, and that the same command goes on and nothing is missing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.runs import SYNC_RECORDS
from crawler.settings import DOWNLOADER_MIDDLEWARES, ITEM_PIPELINES
from tests.archive.disk import Call
from tests.campaigns.inspection import check_captures, check_lines_whole, check_warc_files
from tests.crawler.capture_portal import capture
from tests.crawler.small_portal import HOST, Portal, page

RECORDS = 3  # of the portal


def watched(portal: Portal, fault: str = "") -> dict[str, Any]:
    """Settings that put a watched disk under the crawl."""
    faulty = {**DOWNLOADER_MIDDLEWARES, "tests.crawler.faulty_disk.FaultyDiskMiddleware": 55}
    return {"DOWNLOADER_MIDDLEWARES": json.dumps(faulty), "DISK_LOG": log(portal), "DISK_FAULT": fault}


def log(portal: Portal) -> Path:
    return portal.folder / "disk.log"


def calls(portal: Portal) -> list[Call]:
    return [Call(**json.loads(line)) for line in log(portal).read_text(encoding="utf-8").splitlines()]


def faults(data_dir: Path) -> list[str]:
    """What is wrong with files and ledger."""
    return [
        fault for check in (check_warc_files, check_captures, check_lines_whole) for fault in check(data_dir, data_dir)
    ]


def assert_goes_on(portal: Portal) -> None:
    result = portal.crawl()
    assert result.returncode == 0, result.stderr
    assert "continuing the unfinished run" in result.stderr
    assert len(portal.keys) == len(set(portal.keys)) == RECORDS
    assert faults(portal.data_dir) == []


def test_after_a_sync_that_failed_nothing_more_is_written_or_committed(portal: Portal) -> None:
    """The system tells once that pages were lost: the next sync would succeed. A page is archived then, and not committed."""
    pipelines = json.dumps({**ITEM_PIPELINES, "tests.crawler.slow_pipeline.SlowPipeline": 900})
    settings: dict[str, Any] = {"DOWNLOAD_DELAY": 0.6, "ITEM_PIPELINES": pipelines}
    result = portal.crawl(**settings, **watched(portal, "fdatasync .warc.gz.open EIO"))
    assert result.returncode == 7, result.stderr
    assert "Input/output error" in result.stderr
    assert "the same command continues it" in result.stderr
    [sync] = [call for call in calls(portal) if call.name == "fdatasync"]
    assert sync.thread != "MainThread", "the reactor does not wait for the disk"
    after = calls(portal)[calls(portal).index(sync) + 1 :]
    assert [call for call in after if call.name == "write"] == []
    assert len(portal.keys) < RECORDS
    assert list((portal.data_dir / "warc").glob("*.open")), "it is left to recovery"
    assert_goes_on(portal)


def test_the_disk_has_every_exchange_after_the_next_64(portal: Portal) -> None:
    pages = [f"{HOST}/much/{number}.htm" for number in range(2 * SYNC_RECORDS)]
    for url in pages:
        portal.server.put(url, page("p { color: red }", kind="text/css"))
    process = capture(portal, *pages, **watched(portal))
    assert process.returncode == 0, process.stderr
    written = synced = 0
    for call in calls(portal):
        if call.name == "write" and call.path.endswith(".open"):
            written += 1
            assert written - synced <= 2 * SYNC_RECORDS, "one batch may come while the one before is being synced"
        if call.name == "fdatasync":
            assert call.thread != "MainThread"
            synced = written
    assert synced >= SYNC_RECORDS
    assert calls(portal)[-1].name == "close"


def test_the_ledger_is_on_the_disk_before_a_file_becomes_final(portal: Portal) -> None:
    """Or a power failure takes it back behind the file, whose exchanges it would never look for."""
    assert portal.crawl(WARC_MAX_BYTES=1, **watched(portal)).returncode == 0
    steps = [
        "ledger" if call.path.endswith("-wal") else "final"
        for call in calls(portal)
        if (call.name, call.path[-4:]) in (("fsync", "-wal"), ("rename", "c.gz"))
    ]
    assert steps == ["ledger", "final"] * (len(steps) // 2)
    assert len(steps) == 2 * len(list((portal.data_dir / "warc").iterdir())) > 6


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("open .cdxj.part ENOSPC", 8),
        ("fsync /index EIO", 7),
        ("write .jsonl ENOSPC", 8),
        ("fsync .jsonl EDQUOT", 8),
    ],
)
def test_wherever_the_disk_refuses_the_same_command_goes_on(portal: Portal, fault: str, code: int) -> None:
    result = portal.crawl(**watched(portal, fault))
    assert result.returncode == code, result.stderr
    assert result.stderr.endswith("; the run is unfinished, the same command continues it\n")
    assert "Traceback" not in result.stderr
    assert_goes_on(portal)


@pytest.fixture
def small_disk(portal: Portal) -> Iterator[Portal]:
    """The portal with a DATA_DIR that is a file system of its own."""
    portal.data_dir.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(portal.data_dir)], capture_output=True, text=True
    )
    if mount.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mount.stderr.strip()}")
    try:
        yield portal
    finally:
        subprocess.run(["umount", "-l", str(portal.data_dir)], check=True)


def test_a_full_disk_that_gets_more_room_bit_by_bit(small_disk: Portal) -> None:
    """It fills in the ledger, its log, the WARC file, the index, the reports: wherever it was, the same command goes on."""
    portal = small_disk
    codes = []
    for size in range(204, 2000, 140):  # in no step with the pages of ledger and log
        subprocess.run(["mount", "-o", f"remount,size={size}k", str(portal.data_dir)], check=True)
        result = portal.crawl(WARC_MAX_BYTES=1)
        assert "Traceback" not in result.stderr
        codes.append(result.returncode)
        if codes[-1] != 8:
            break
    assert codes == [8] * (len(codes) - 1) + [0], result.stderr
    assert len(codes) > 3
    assert len(portal.keys) == len(set(portal.keys)) == RECORDS
    assert faults(portal.data_dir) == []
