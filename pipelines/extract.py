"""One input of `scrapy extract` to its JSON line: a file, standard input, or a page fetched a moment ago.

Free of Scrapy, so that worker processes load the parser and nothing else. Must not know how inputs are named or fetched.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.warc_reader import DamagedWarc, read_exchange
from pipelines.archived import captured_page
from pipelines.isolated import parse_page
from pipelines.parser import AnnualReport, ReportPage
from pipelines.records import page_of

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """An input by its ``name``: a file, `-`, or an address whose answer stands in ``warc`` at ``offset``.

    ``url`` is the address a file was published at; ``fault`` says why the input cannot be read at all.
    """

    name: str
    url: str = ""
    warc: Path | None = None
    offset: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The JSON line of an input; ``fault`` where it could not be read, ``failed`` where no report came of it."""

    line: str
    failed: bool = False
    fault: str = ""


def extract(source: Source) -> Extracted:
    """The record in an input, with its ``source``; or why it holds none."""
    fault, answer = source.fault, {}
    if not fault:
        try:
            answer = _read(source)
        except (OSError, DamagedWarc) as error:
            fault = error.strerror or "" if isinstance(error, OSError) else str(error)
    if fault:
        answer = {"not_a_report": f"cannot be read: {fault}"}
    line = json.dumps({"source": source.name, **answer}, ensure_ascii=False, separators=(",", ":"))
    return Extracted(line, "not_a_report" in answer, fault)


def _read(source: Source) -> dict[str, Any]:
    capture: dict[str, object] = {}
    if source.warc is not None:
        page = captured_page(read_exchange(source.warc, source.offset))
        report_page = page_of(page)
        # Where it stands in the archive is not said: that was removed when the command ended.
        capture = {"captured_at": page.capture.captured_at, "http_status": page.status}
    else:
        body = sys.stdin.buffer.read() if source.name == STANDARD_INPUT else Path(source.name).read_bytes()
        report_page = ReportPage(body=body, url=source.url)
    result = parse_page(report_page)
    if not isinstance(result, AnnualReport):
        return {"not_a_report": result.reason}
    assert result.provenance is not None
    return result.model_copy(update={"provenance": result.provenance.model_copy(update=capture)}).to_dict()
