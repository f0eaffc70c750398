"""Nothing lost, nothing twice: SIGKILL at random moments, the same command again, and the same records in the end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from fastwarc import ArchiveIterator

from archive.warc_reader import read_exchange
from tests.crawler.conftest import Crawl
from tests.crawler.program import ROOT, command, records, to_replicas
from tests.portals.server import ReplicaServer

KILLS = 20


def content_and_history(data_dir: Path) -> dict[str, dict[str, Any]]:
    """Every record by key, without the layer that names the capture."""
    return {
        record["report_key"]: {key: value for key, value in record.items() if key != "provenance"}
        for record in records(data_dir)
    }


def start(server: ReplicaServer, data_dir: Path) -> subprocess.Popen[bytes]:
    # A small delay between requests, so that the kills fall into the crawl and not behind it.
    settings = {**to_replicas(server.connect_to, data_dir), "DOWNLOAD_DELAY": 0.02}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    return subprocess.Popen(
        [*command("crawl", "all"), *options], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def test_twenty_kills_change_nothing(server: ReplicaServer, crawl: Crawl, tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED", time.time_ns() % 100_000))
    print(f"KILL_SEED={seed}")
    chance = random.Random(seed)
    kills = 0
    while kills < KILLS:
        data_dir = tmp_path / f"from-kill-{kills}"
        process = start(server, data_dir)
        while kills < KILLS:
            try:
                process.wait(chance.uniform(0.6, 2.0))
                break  # it came to its end: the next kills fall into another crawl
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
                process = start(server, data_dir)
        assert process.wait(60) == 0
        lines = Counter(record["report_key"] for record in records(data_dir))
        assert max(lines.values()) == 1, "a report was emitted twice"
        assert content_and_history(data_dir) == content_and_history(crawl.data_dir)
        assert len(list((data_dir / "runs").iterdir())) == 1, "the run is continued under its own id"
        for path in (data_dir / "warc").iterdir():
            assert path.name.endswith(".warc.gz")
            assert sum(1 for _ in ArchiveIterator(str(path), verify_digests=True)) > 0


def test_power_failure_costs_nothing_but_a_second_fetch(server: ReplicaServer, crawl: Crawl, tmp_path: Path) -> None:
    """The end of the WARC never reached the disk, though the ledger did."""
    process = start(server, tmp_path)
    time.sleep(3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    [warc] = (tmp_path / "warc").glob("*.open")
    os.truncate(warc, warc.stat().st_size * 2 // 3)
    assert start(server, tmp_path).wait(60) == 0
    assert content_and_history(tmp_path) == content_and_history(crawl.data_dir)
    assert len(records(tmp_path)) == len(records(crawl.data_dir))
    for record in records(tmp_path):
        place = record["provenance"]["warc"]
        archived = read_exchange(tmp_path / "warc" / place["file"], place["offset"])
        assert archived.record_id == place["record_id"]
