"""The command `scrapy replay` around the server: how it ends, what it refuses, each in one line."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.broken_files import write_clean_archive
from tests.crawler.program import scrapy
from tests.crawler.replaying import pywb, replaying


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def small(tmp_path: Path) -> Path:
    write_clean_archive(tmp_path / "data")
    return tmp_path / "data"


def test_ctrl_c_ends_pywb_too_and_the_index_is_merged_once(small: Path, tmp_path: Path) -> None:
    pywb()
    with replaying(small, tmp_path) as running:
        child = running.pywb
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(30) == 0
        [line] = running.told()
        assert line.startswith("scrapy replay: merging 1 index files")
        assert not listening(running.port)
        assert not Path(f"/proc/{child}").exists()
    with replaying(small, tmp_path) as running:
        os.kill(running.pywb, signal.SIGKILL)
        assert running.process.wait(30) == 7
        [line] = running.told()
        assert line.startswith("scrapy replay: pywb ended: ")


def test_pywb_does_not_outlive_a_command_that_is_killed(small: Path, tmp_path: Path) -> None:
    pywb()
    with replaying(small, tmp_path) as running:
        running.process.kill()
        running.process.wait(30)
        deadline = time.monotonic() + 30
        while listening(running.port):
            assert time.monotonic() < deadline, "pywb goes on"
            time.sleep(0.05)


def test_a_port_that_is_taken_is_refused(small: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = scrapy("replay", "--port", str(port), DATA_DIR=small)
    assert (done.returncode, done.stderr) == (
        7,
        f"scrapy replay: port {port} is taken; choose another with --port (0: a free one)\n",
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "65536"], "--port 65536: a number from 0 to 65535 is wanted"),
        (["--port", "-1"], "--port -1: a number from 0 to 65535 is wanted"),
        (["--bind", "localhost"], "--bind localhost: this is no IP address"),
        (["--list", "/tmp"], "--list /tmp: this is a folder"),
        (["all"], 'unexpected argument "all"'),
    ],
)
def test_wrong_arguments_are_refused(arguments: list[str], told: str) -> None:
    done = scrapy("replay", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"scrapy replay: {told}")
    assert done.stderr.count("\n") == 1


def without_index(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "index")


def without_anything(data_dir: Path) -> None:
    shutil.rmtree(data_dir)


def without_ledger(data_dir: Path) -> None:
    (data_dir / "ledger.sqlite").unlink()


def without_a_finished_file(data_dir: Path) -> None:
    [warc] = (data_dir / "warc").iterdir()
    warc.rename(warc.with_name(f"{warc.name}.open"))


def with_an_index_that_points_outside(data_dir: Path) -> None:
    [index] = (data_dir / "index").iterdir()
    index.write_bytes(index.read_bytes().replace(b'"filename": "', b'"filename": "../../'))


@pytest.mark.parametrize(
    ("wound", "code", "told"),
    [
        (without_anything, 7, "there is no archive at"),
        (without_ledger, 6, "rebuild"),
        (without_index, 6, "1 WARC files and no index in"),
        (without_a_finished_file, 7, "is finished (1 are being written"),
        (with_an_index_that_points_outside, 6, "line 1: it names '../../"),
    ],
)
def test_what_cannot_be_served_is_named(small: Path, wound: Callable[[Path], None], code: int, told: str) -> None:
    wound(small)
    before = sorted(str(path) for path in small.rglob("*"))
    done = scrapy("replay", "--port", "0", DATA_DIR=small, REPLAY_ENV=small / "never")
    assert done.returncode == code
    last = done.stderr.splitlines()[-1]
    assert told in last
    assert last.startswith("scrapy replay: ")
    assert "Traceback" not in done.stderr
    assert sorted(str(path) for path in small.rglob("*") if path.name != "replay") == before
