"""Running the program as an operator does: a process of its own, in the folder of scrapy.cfg."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 120


def command(*arguments: str) -> list[str]:
    """The command line of ``scrapy`` with these arguments."""
    return [sys.executable, "-m", "scrapy", *arguments]


def scrapy(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; keyword arguments become ``-s NAME=VALUE``."""
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"}
    return subprocess.run(
        [*command(*arguments), *options],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment,
        timeout=SECONDS,
        check=False,
    )


def to_replicas(connect_to: Mapping[str, str], data_dir: Path) -> dict[str, object]:
    """The settings of a crawl that reaches the replicas instead of the portals."""
    return {"CONNECT_TO": json.dumps(connect_to), "DOWNLOAD_DELAY": 0, "DATA_DIR": data_dir}


def records(data_dir: Path) -> list[dict[str, Any]]:
    """Every line of every report file, in order of run."""
    lines = [line for path in sorted((data_dir / "reports").glob("*.jsonl")) for line in path.read_bytes().splitlines()]
    return [json.loads(line) for line in lines]
