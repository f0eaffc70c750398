"""Lines of reports against the record's model, and against the archive they name.

Free of Scrapy. Must not know how an archive is checked: it is asked for single records.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from archive.verify_faults import Fault, is_plain_name, printable
from archive.verify_seen import Seen
from pipelines.parser import AnnualReport, model

MAX_LINE = 64 * 1024 * 1024

REPORT_FAULTS = {
    "report-torn": "the last line has no line end",
    "report-json": "a line is not one JSON object, or not UTF-8",
    "report-schema": "a line does not keep to the schema of the record",
    "report-name": "a record names a WARC file by a path",
    "report-file": "a record names a WARC file that is not there",
    "report-capture": "the capture a record names is not there, or another",
    "report-digest": "the capture a record names has another payload digest",
    "report-end": "a file of reports is shorter than what the ledger knows to be in it",
}


class Archive(Protocol):
    """Where records say they were read: see :class:`archive.verify.Verification`."""

    def size_of(self, file: str) -> int | None: ...
    def find(self, file: str, offset: int) -> Seen | None: ...
    def is_beyond(self, file: str, offset: int) -> bool: ...


def check_reports(path: Path, archive: Archive | None, *, committed: int = 0, growing: bool = False) -> Iterator[Fault]:
    """What is wrong with a file of records, a line each; with an ``archive``, also with what they name there.

    ``committed`` is how many bytes a ledger knows to be in the file; while it is ``growing`` no others count.

    What `scrapy extract` writes is accepted too: ``source`` beside the record, or why it is none. Raises OSError.
    """
    offset = 0
    size = path.stat().st_size
    if size < committed:
        yield Fault(str(path), size, "", "report-end", f"the file has {size} bytes, the ledger knows of {committed}")
    stop = min(size, committed) if growing else size
    with path.open("rb") as file:
        while offset < stop and (line := file.readline(min(MAX_LINE, stop - offset))):
            if line.endswith(b"\n"):
                for code, message, key in check_line(line, archive):
                    yield Fault(str(path), offset, key, code, message)
            else:
                yield Fault(str(path), offset, "", "report-torn", f"the line does not end within {len(line)} bytes")
            offset += len(line)


def check_line(line: bytes, archive: Archive | None) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one line: code, message, and the key of the report, if it can be told."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        yield "report-json", f"no JSON: {printable(str(error))[:120]}", ""
        return
    if not isinstance(value, dict):
        yield "report-json", f"a JSON {type(value).__name__} is no record", ""
        return
    if "source" in value:
        if "not_a_report" in value:
            return
        del value["source"]
        line = json.dumps(value).encode()
    key = str(value.get("report_key", ""))[:200]
    try:
        report = AnnualReport.model_validate_json(line)
    except ValidationError as error:
        yield "report-schema", _describe(error), key
        return
    if report.provenance is not None and archive is not None:
        for place in _places(report.provenance):
            yield from ((code, message, key) for code, message in _check_place(place, archive))


def _describe(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return printable(f"{where or 'the line'}: {first['msg']}"[:200]) + more


def _places(provenance: model.Provenance) -> list[model.WarcPlace]:
    places = [provenance.warc, *(file.warc for file in provenance.attachments or ())]
    return [place for place in places if place is not None]


def _check_place(place: model.WarcPlace, archive: Archive) -> Iterator[tuple[str, str]]:
    where = f"offset {place.offset} of {printable(place.file[:80])}"
    if not is_plain_name(place.file):
        yield "report-name", f'"{printable(place.file[:80])}" is not the name of a file'
        return
    if archive.is_beyond(place.file, place.offset):
        return  # written since the files were read
    if archive.size_of(place.file) is None:
        yield "report-file", f"there is no WARC file {place.file}"
        return
    record = archive.find(place.file, place.offset)
    if record is None or record.record_id != place.record_id:
        yield "report-capture", f"the record at {where} is {record.record_id if record else 'none'}"
    elif record.whole and record.length != place.length:
        yield "report-capture", f"the record at {where} has {record.length} bytes, not {place.length}"
    elif not record.has_digest(place.payload_digest):
        yield "report-digest", f"the record at {where} has another payload digest than {place.payload_digest}"
