"""Nothing lost, nothing twice: SIGKILL at random moments, the same command again, and the same records in the end.

The small version of `make crash`.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from archive.warc_reader import read_exchange
from tests.campaigns.crash import crash, crawl_undisturbed, start
from tests.campaigns.inspection import content_and_history
from tests.crawler.conftest import Crawl
from tests.crawler.program import records, wait_until
from tests.portals.server import ReplicaServer

KILLS = 10


def test_ten_kills_change_nothing(server: ReplicaServer, tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED", time.time_ns() % 100_000))
    print(f"KILL_SEED={seed}")
    undisturbed = tmp_path / "undisturbed"
    calm = crawl_undisturbed(server, undisturbed)
    crashes = crash(server, tmp_path, undisturbed, calm, random.Random(seed), KILLS)
    assert [fault for crawl in crashes for fault in crawl.faults] == []
    assert sum(crawl.kills for crawl in crashes) == KILLS


def test_power_failure_costs_nothing_but_a_second_fetch(server: ReplicaServer, crawl: Crawl, tmp_path: Path) -> None:
    """The end of the WARC never reached the disk, though the ledger did."""
    process = start(server, tmp_path)
    wait_until(lambda: records(tmp_path), process)
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
