"""Archived pages through today's parser, in worker processes, results in the order of what was asked.

Free of Scrapy and Twisted, so that a worker loads the parser and nothing else. Must not know the ledger.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from archive.rows import History, as_json
from archive.warc_reader import ArchivedResponse
from pipelines.archived import ArchivedReports, captured_page
from pipelines.parser import AnnualReport, NotAReport, parse
from pipelines.records import ReportDocument, changed_cells, line_of, page_of, with_capture

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

REPARSED = "reparsed"
_AHEAD = 32  # tasks a worker: enough to keep it busy, few enough to hold in memory


@dataclass(frozen=True, slots=True)
class Reparsed:
    """What today's parser makes of the page of a recorded line.

    ``line`` is empty where the content does not differ, ``fault`` says why the page could not be read as this report.
    """

    key: str
    revision: int
    digest: str = ""
    reader: str = ""
    counts: str = ""
    line: bytes = b""
    fault: str = ""


def start_workers(number: int) -> ProcessPoolExecutor:
    """Worker processes that begin empty: forked ones would inherit all that the command has loaded."""
    return ProcessPoolExecutor(number, mp_context=multiprocessing.get_context("spawn"))


def in_workers(
    workers: ProcessPoolExecutor, number: int, work: Callable[[Asked], Answered], asked: Iterable[Asked]
) -> Iterator[Answered]:
    """The answers in the order of the questions, of which only a window is held at a time."""
    waiting = iter(asked)
    while window := list(islice(waiting, number * _AHEAD)):
        yield from workers.map(work, window)


def reread_from(folder: Path) -> Callable[[bytes], Reparsed]:
    """The work of reading the page of a recorded line again; ``folder`` holds the WARC files."""
    return partial(_reread, folder)


def _reread(folder: Path, line: bytes) -> Reparsed:
    before = json.loads(line)
    history = before["history"]
    key, revision = str(before["report_key"]), int(history["revision"])
    page = ArchivedReports(folder).page(before)
    if page is None:
        return Reparsed(key, revision, fault="its page is not in the archive")
    result = parse(page_of(page))
    if isinstance(result, NotAReport):
        return Reparsed(key, revision, fault=f"not a report: {result.reason}")
    if result.report_key != key:
        return Reparsed(key, revision, fault=f"now the report {result.report_key}; scrapy rebuild files it anew")
    document = ReportDocument.of(with_capture(result, page), page.hints)
    after = document.report.to_dict()
    written = b""
    if _content(before) != _content(after):
        written = line_of(
            document.report, History(revision, REPARSED, history["aliases"]), list(changed_cells(before, after))
        )
    return Reparsed(key, revision, document.digest, document.reader, as_json(dict(document.counts)), written)


def _content(record: dict[str, Any]) -> dict[str, Any]:
    """A record less what says how it came to be."""
    provenance = {name: value for name, value in record["provenance"].items() if name != "parser_version"}
    return {**record, "history": None, "provenance": provenance}


def read_response(response: ArchivedResponse) -> bytes:
    """The record of a response, as a JSON line without history; empty if it is no report."""
    page = captured_page(response)
    result = parse(page_of(page))
    return with_capture(result, page).to_json().encode() if isinstance(result, AnnualReport) else b""
