"""Nothing lost, nothing twice: SIGKILL at random moments, the same command again, and the same records in the end.

The small version of `make crash`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from archive.warc_reader import read_exchange
from crawler.settings import DOWNLOADER_MIDDLEWARES
from tests.campaigns.crash import crash, crawl_undisturbed, start
from tests.campaigns.inspection import check_captures, check_warc_files, content_and_history
from tests.crawler.conftest import Crawl
from tests.crawler.program import records, wait_until
from tests.crawler.small_portal import Portal, article, page
from tests.portals.pages import seed_answer
from tests.portals.server import ReplicaServer

KILLS = 3  # `make crash` has a hundred


def test_kills_change_nothing(server: ReplicaServer, tmp_path: Path) -> None:
    seed = int(os.environ.get("KILL_SEED", time.time_ns() % 100_000))
    print(f"KILL_SEED={seed}")
    undisturbed = tmp_path / "undisturbed"
    calm = crawl_undisturbed(server, undisturbed)
    crashes = crash(server, tmp_path, undisturbed, calm, random.Random(seed), KILLS)
    assert [fault for crawl in crashes for fault in crawl.faults] == []
    assert sum(crawl.kills for crawl in crashes) == KILLS


@pytest.mark.parametrize("rotation", [1, 10**9], ids=["a file per exchange", "one file"])
def test_what_was_archived_and_not_committed_is_known_after_a_kill(portal: Portal, rotation: int) -> None:
    """A finished file is not looked through again: what it holds must be known before it is finished.

    The page is a redirect and what it leads to: two exchanges, and no commit between them.
    """
    portal.server.put(article(2), page("", status=302, Location=article(9)))
    portal.server.put(article(9), page(seed_answer("001").body))
    settings: dict[str, Any] = {
        "DOWNLOADER_MIDDLEWARES": json.dumps({**DOWNLOADER_MIDDLEWARES, "tests.crawler.killing.KillingMiddleware": 55}),
        "KILL_AT": f"archived {article(9)}",
        "KILL_MARK": portal.folder / "mark",
        "WARC_MAX_BYTES": rotation,
    }
    assert portal.crawl(**settings).returncode == -signal.SIGKILL
    assert portal.crawl(**settings).returncode == 0
    assert list(check_captures(portal.data_dir, portal.data_dir)) == []
    assert list(check_warc_files(portal.data_dir, portal.data_dir)) == []


def test_power_failure_costs_nothing_but_a_second_fetch(server: ReplicaServer, crawl: Crawl, tmp_path: Path) -> None:
    """The ends of WARC and reports never reached the disk, though their lengths and the ledger did."""
    process = start(server, tmp_path)
    wait_until(lambda: records(tmp_path), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for path in (*(tmp_path / "warc").glob("*.open"), *(tmp_path / "reports").iterdir()):
        size = path.stat().st_size
        os.truncate(path, size * 2 // 3)
        os.truncate(path, size)
    assert start(server, tmp_path).wait(60) == 0
    assert content_and_history(tmp_path) == content_and_history(crawl.data_dir)
    assert len(records(tmp_path)) == len(records(crawl.data_dir))
    for record in records(tmp_path):
        place = record["provenance"]["warc"]
        archived = read_exchange(tmp_path / "warc" / place["file"], place["offset"])
        assert archived.record_id == place["record_id"]
