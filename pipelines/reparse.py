"""Archived pages through today's parser: the work of a reparse, one page at a time.

Free of Scrapy and Twisted, so that a worker process loads the parser and nothing else. Must not know the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from archive.rows import History, as_json
from archive.warc_reader import ArchivedResponse
from crawler.items import CapturedPage
from pipelines.archived import ArchivedReports, captured_file, captured_page
from pipelines.isolated import parse_page
from pipelines.parser import AnnualReport, NotAReport
from pipelines.records import ReportDocument, changed_cells, line_of, page_of, read_item, with_capture

REPARSED = "reparsed"


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
    result = parse_page(page_of(page))
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


def read_response(response: ArchivedResponse) -> tuple[bytes, tuple[str, ...]]:
    """The record of a response, as a JSON line without history; empty if it is no report.

    If it is nothing but a link to the files that carry one, their addresses come second.
    """
    page = captured_page(response)
    read_item(page)
    return _line(page), page.carriers


def read_with_files(page_and_files: tuple[ArchivedResponse, Mapping[str, ArchivedResponse]]) -> bytes:
    """The record of a page read with its files, by the addresses at which it links to them."""
    response, files = page_and_files
    page = captured_page(response)
    page.files = tuple(captured_file(url, file) for url, file in files.items())
    read_item(page)
    return _line(page)


def _line(page: CapturedPage) -> bytes:
    return page.document.to_json().encode() if isinstance(page.document, AnnualReport) else b""
