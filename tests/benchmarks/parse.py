"""`make bench-parse`: a WARC of report pages to JSON Lines, by us and by the barest extraction that could be called one.

The rival reads with FastWARC, takes title, meta data, every table cell and paragraph with lxml, and writes them with
orjson: no cell placed, no organ found, nothing checked. Both read the same file in turns in one process, on one core;
CPU seconds, medians. The pages are those of the replicas: five real reports, the rest invented.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import orjson
from fastwarc.warc import ArchiveIterator, WarcRecordType
from lxml import html
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.warc_reader import read_responses
from pipelines.reparse import read_response
from tests.portals.pages import fetch, load_sites, portal_urls
from tests.portals.site import Kind

REPORTS = {Kind.REPORT, Kind.TWIN, Kind.DISALLOWED}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-parse", description="Measure WARC to JSON Lines on one core.")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (default: 7)")
    parser.add_argument("--times", type=int, default=3, help="how often each page stands in the file (default: 3)")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in _PACKAGES))
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pages.warc.gz"
        pages = _write(path, options.times)
        print(f"{pages} pages, {path.stat().st_size / 1e6:.1f} MB compressed")
        taken: dict[str, list[float]] = {name: [] for name in _WAYS}
        for number in range(options.rounds + 1):
            for name, way in _WAYS.items():
                seconds, lines = _timed(way, path)
                assert lines == pages, f"{name} wrote {lines} lines of {pages} pages"
                if number:  # the first round warms both
                    taken[name].append(seconds / pages)
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    for name, seconds in medians.items():
        low, high = min(taken[name]), max(taken[name])
        print(
            f"{name:34}{seconds * 1e6:8.0f} us a page ({low * 1e6:.0f} to {high * 1e6:.0f}), {1 / seconds:.0f} pages/s"
        )
    bare, ours = medians.values()
    print(f"ours against bare: {bare / ours:.2f}x")
    return 0


def _bare(path: Path) -> Iterator[bytes]:
    for record in ArchiveIterator(str(path), record_types=WarcRecordType.response, auto_decode="all"):
        body = record.reader.read()
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            text = body.decode("gb18030", "replace")
        root = html.document_fromstring(text)
        yield orjson.dumps(
            {
                "url": record.headers["WARC-Target-URI"],
                "title": root.findtext(".//title"),
                "meta": {meta.get("name"): meta.get("content") for meta in root.iter("meta") if meta.get("name")},
                "cells": ["".join(cell.itertext()).strip() for cell in root.iter("td", "th")],
                "paragraphs": ["".join(line.itertext()).strip() for line in root.iter("p")],
            }
        )


def _ours(path: Path) -> Iterator[bytes]:
    return (line for line, _ in map(read_response, read_responses(path)) if line)


_PACKAGES = ("lxml", "fastwarc", "orjson", "pydantic", "warcio")
_WAYS: dict[str, Callable[[Path], Iterator[bytes]]] = {"FastWARC + lxml + orjson, bare": _bare, "ours": _ours}


def _timed(way: Callable[[Path], Iterator[bytes]], path: Path) -> tuple[float, int]:
    started = time.process_time()
    lines = sum(1 for _ in way(path))
    return time.process_time() - started, lines


def _write(path: Path, times: int) -> int:
    """The replicas' reports as response records; their number."""
    urls = [entry.url for portal in load_sites() for entry in portal_urls(portal) if entry.kind in REPORTS]
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for url in urls * times:
            answer = fetch(url)
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(url, "response", payload=BytesIO(answer.body), http_headers=head)
            )
    return len(urls) * times


if __name__ == "__main__":
    sys.exit(main())
