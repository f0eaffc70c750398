"""Running the program as an operator does: a process of its own, in the folder of scrapy.cfg."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.crawler.preloaded import ROOT, Preloaded

__all__ = ["ROOT", "command", "in_order_of_writing", "records", "run", "scrapy", "to_replicas", "wait_until"]

SECONDS = 120


def command(*arguments: str) -> list[str]:
    """The command line of ``scrapy`` with these arguments."""
    return [sys.executable, "-m", "scrapy", *arguments]


@functools.cache
def _preloaded() -> Preloaded:
    program = Preloaded(_environment())
    atexit.register(program.close)
    return program


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"}


def run(arguments: Sequence[str], *, timeout: float = SECONDS, file_size: int = 0) -> subprocess.CompletedProcess[str]:
    """Run ``scrapy`` with these arguments to its end, in a process of its own; ``file_size`` limits each file, in bytes."""
    return _preloaded().run(arguments, _environment(), timeout, file_size)


def scrapy(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; keyword arguments become ``-s NAME=VALUE``."""
    return run([*arguments, *(part for name, value in settings.items() for part in ("-s", f"{name}={value}"))])


def to_replicas(connect_to: Mapping[str, str], data_dir: Path) -> dict[str, object]:
    """The settings of a crawl that reaches the replicas instead of the portals."""
    return {"CONNECT_TO": json.dumps(connect_to), "DOWNLOAD_DELAY": 0, "DATA_DIR": data_dir}


def records(data_dir: Path) -> list[dict[str, Any]]:
    """Every line of every report file, in order of run."""
    files = in_order_of_writing((data_dir / "reports").glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_bytes().splitlines()]


def in_order_of_writing(files: Iterable[Path]) -> list[Path]:
    """The files of several runs, the oldest first: two runs of one second cannot be told apart by their names."""
    return sorted(files, key=lambda path: path.stat().st_mtime_ns)


def wait_until(reached: Callable[[], object], process: subprocess.Popen[Any]) -> None:
    """Wait until a running program has come to a point; fails when it ends before, or takes too long."""
    deadline = time.monotonic() + SECONDS
    while not reached():
        assert process.poll() is None, f"it ended with {process.returncode} before it came so far"
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.05)
