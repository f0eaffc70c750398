"""Adopting files in tests: the pages they hold, the command, and what it says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.archive.foreign_warcs import (
    HOST,
    KEY,
    report,
)
from tests.crawler.program import scrapy
from tests.crawler.rebuilt import ledger_rows

NO_REPORT = "<html><head><title>机构简介</title></head><body><p>这一页只说办公室在哪里。</p></body></html>".encode()
PAGES = {f"{HOST}/1.htm": report(2019), f"{HOST}/2.htm": report(2020, charset="gbk"), f"{HOST}/3.htm": NO_REPORT}
OUTCOMES = "key, revision, change, url, portal, capture"


def adopt(data_dir: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return scrapy("adopt", *map(str, arguments), DATA_DIR=data_dir)


def results(process: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in process.stdout.splitlines()]


def adopted(data_dir: Path, *arguments: object) -> list[dict[str, Any]]:
    process = adopt(data_dir, "--json", *arguments)
    assert process.returncode == 0, process.stderr
    return results(process)


def current(data_dir: Path) -> dict[str, dict[str, Any]]:
    """The current revision of every report."""
    rows = ledger_rows(data_dir, "documents", "key, revision, line")
    return {key: json.loads(line) for key, _, line in sorted(rows, key=lambda row: (row[0], row[1]))}


def year(number: int) -> str:
    return f"{KEY}/{number}"


def no_fault(*arguments: object, **settings: object) -> None:
    process = scrapy("verify", *map(str, arguments), **settings)
    assert (process.returncode, process.stdout.startswith("no fault")) == (0, True), process.stdout
