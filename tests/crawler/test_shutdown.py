"""SIGINT and SIGTERM: the run ends within seconds, whatever is under way, and the same command goes on with it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawler.program import ROOT, records, wait_until
from tests.crawler.troubled_towns import Town, Towns
from tests.portals.behaviour import Behaviour


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[Towns]:
    """One host that hangs, one whose next request waits in its slot for half a minute, one that is read."""
    towns = Towns(tmp_path, Town("hanging"), Town("waiting"), Town("plain"))
    with towns.server:
        yield towns


@pytest.fixture
def process(towns: Towns) -> Iterator[subprocess.Popen[str]]:
    """A crawl of them that has come as far as it can."""
    towns.server.answer_with(towns["hanging"].report(1), Behaviour(delay=60), 1)
    towns.robots(towns["waiting"].host, "User-agent: *\nCrawl-delay: 30\n")
    process = subprocess.Popen(towns.command(), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: len(records(towns.data_dir)) == 2, process)
    time.sleep(0.5)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def goes_on(towns: Towns) -> None:
    """The next crawl finds everything whole and comes to the end."""
    assert not list((towns.data_dir / "warc").glob("*.open"))
    assert {"www.hanging.gov.cn", "www.plain.gov.cn"} <= {exchange.host for exchange in towns.server.log}
    towns.robots(towns["waiting"].host, "User-agent: *\nDisallow:\n")
    with towns.ledger() as ledger:
        ledger.execute("DELETE FROM robots")
        ledger.commit()
    process = towns.crawl(CRAWL_DELAY_MAX=0.1)
    assert process.returncode == 0, process.stderr
    assert "continuing the unfinished run" in process.stderr
    keys = [record["report_key"] for record in records(towns.data_dir)]
    assert len(keys) == len(set(keys)) == 2
    assert len(list((towns.data_dir / "runs").iterdir())) == 1


def test_a_signal_ends_the_run_within_ten_seconds(towns: Towns, process: subprocess.Popen[str]) -> None:
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, message = process.communicate(timeout=20)
    assert time.monotonic() - begun < 10
    assert process.returncode == 130, message
    assert message.endswith("everything so far is safe, the same command continues the run\n")
    assert "Traceback" not in message
    goes_on(towns)


def test_a_second_signal_ends_it_at_once(towns: Towns, process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None, "it waits for what is under way"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, message = process.communicate(timeout=20)
    assert time.monotonic() - begun < 4
    assert process.returncode == 130, message
    assert not list((towns.data_dir / "warc").glob("*.open"))
