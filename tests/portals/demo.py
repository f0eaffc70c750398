"""`make demo`: the five seed portals, as replicas on loopback, crawled under their real host names.

Starts the replica server, runs the crawl command in a process of its own as an operator would, and says what to look at next.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests.portals.server import ReplicaServer


def crawl(server: ReplicaServer, data_dir: Path, *arguments: str) -> int:
    """Run `scrapy crawl all` against the replicas, at a delay of 0; returns its exit code."""
    command = [
        *(sys.executable, "-m", "scrapy", "crawl", "all", *arguments),
        *("-s", f"CONNECT_TO={json.dumps(server.connect_to)}"),
        *("-s", "DOWNLOAD_DELAY=0", "-s", f"DATA_DIR={data_dir}"),
    ]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description="Crawl the replica portals.")
    parser.add_argument(
        "--data-dir", type=Path, default=Path("data/demo"), help="where the archive goes (default: data/demo)"
    )
    data_dir = parser.parse_args().data_dir.resolve()
    with ReplicaServer() as server:
        code = crawl(server, data_dir)
    reports = sorted((data_dir / "reports").glob("*.jsonl")) if code == 0 else []
    filled = [path for path in reports if path.stat().st_size]
    if filled:
        _show_next(data_dir, filled[-1])
    return code


def _show_next(data_dir: Path, reports: Path) -> None:
    option = f"-s DATA_DIR='{data_dir}'"
    print(
        f"\nWhat to look at next:\n"
        f"  the records      {reports}\n"
        f"  where a number   .venv/bin/python -m scrapy explain 370305:gov/2023 applications.new_received.total {option}\n"
        f"  the registry     .venv/bin/python -m scrapy portals\n"
        f"  as they were     .venv/bin/python -m scrapy replay {option}\n"
        f"Run the same command again: an unchanged portal emits nothing."
    )


if __name__ == "__main__":
    sys.exit(main())
