"""The header of a WARC record against the standard (ISO 28500:2017, clauses 4 and 5), as it was written.

Knows one header at a time; what other records say is none of its business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from archive.verify_faults import printable

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_RECORD_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>]+>")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>]+")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?Z)?)?)?")
_VERSION = re.compile(r"WARC/1\.[01]")

_ALWAYS = ("warc-record-id", "warc-date", "warc-type", "content-length")
_MANDATORY = {
    "response": ("warc-target-uri",),
    "request": ("warc-target-uri",),
    "resource": ("warc-target-uri",),
    "conversion": ("warc-target-uri",),
    "revisit": ("warc-target-uri", "warc-profile"),
    "continuation": ("warc-target-uri", "warc-segment-number", "warc-segment-origin-id"),
}
# Fields of the standard that stand once; WARC-Concurrent-To and extensions may be repeated (clause 4).
_ONCE = {
    *_ALWAYS,
    *("content-type", "warc-target-uri", "warc-profile", "warc-truncated", "warc-filename", "warc-warcinfo-id"),
    *("warc-block-digest", "warc-payload-digest", "warc-ip-address", "warc-identified-payload-type"),
    *("warc-refers-to", "warc-refers-to-target-uri", "warc-refers-to-date"),
    *("warc-segment-number", "warc-segment-origin-id", "warc-segment-total-length"),
}
_IDENTICAL = "/revisit/identical-payload-digest"


@dataclass(slots=True)
class RecordHead:
    """A header as read: ``fields`` by lower-case name with all values, and what is wrong as (code, message)."""

    version: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)

    def first(self, name: str) -> str:
        """The first value of a field, or an empty string."""
        return self.fields.get(name, [""])[0]

    def uri(self, name: str) -> str:
        """A field that holds a URI, without the angle brackets some writers set around it."""
        return self.first(name).removeprefix("<").removesuffix(">")

    @property
    def content_length(self) -> int | None:
        text = self.first("content-length")
        return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None

    @property
    def is_http(self) -> bool:
        return self.first("content-type").lower().startswith("application/http")


def read_record_head(data: bytes) -> RecordHead:
    """Read and check the header of a record, without the empty line that ends it."""
    try:
        text, faults = data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", "replace")
        faults = [("header-utf8", f"byte {error.start} of the header is not UTF-8")]
    lines = text.split("\r\n")
    head = RecordHead(lines[0], faults=faults)
    if not _VERSION.fullmatch(head.version):
        head.faults.append(("record-version", f'the first line is "{_short(head.version)}"'))
    for line in lines[1:]:
        _read_line(head, line)
    head.faults += _faults_of(head)
    return head


def _read_line(head: RecordHead, line: str) -> None:
    name, colon, value = line.partition(":")
    if _CONTROL.search(line):
        head.faults.append(("header-control", f'control character in "{_short(line)}"'))
    elif line[:1] in (" ", "\t"):
        head.faults.append(("header-folded", f'folded line "{_short(line)}"'))
        return
    elif not colon or not _NAME.fullmatch(name):
        head.faults.append(("header-line", f'"{_short(line)}" is no header line'))
        return
    head.fields.setdefault(name.lower(), []).append(value.strip())


def _faults_of(head: RecordHead) -> Iterator[tuple[str, str]]:
    kind = head.first("warc-type")
    for name in (*_ALWAYS, *_MANDATORY.get(kind, ())):
        if not head.first(name):
            yield "header-missing", f"no {name} in a record of type {_short(kind) or 'unknown'}"
    if kind == "revisit" and head.first("warc-profile").endswith(_IDENTICAL) and not head.first("warc-payload-digest"):
        yield "header-missing", "no warc-payload-digest in a revisit for identical payload"
    for name, values in head.fields.items():
        if name in _ONCE and len(values) > 1:
            yield "header-repeated", f"{name} stands {len(values)} times"
    if head.first("content-length") and head.content_length is None:
        yield "header-length", f'Content-Length is "{_short(head.first("content-length"))}"'
    if (identity := head.first("warc-record-id")) and not _RECORD_ID.fullmatch(identity):
        yield "header-id", f'WARC-Record-ID is "{_short(identity)}"'
    for name in ("warc-date", "warc-refers-to-date"):
        if (date := head.first(name)) and not is_date(date):
            yield "header-date", f'{name} is "{_short(date)}"'
    for name in ("warc-target-uri", "warc-refers-to-target-uri"):
        # WARC/1.0 had the URI in angle brackets by its grammar and without them in its examples.
        uri = head.uri(name) if head.version == "WARC/1.0" else head.first(name)
        if uri and not _CONTROL.search(uri) and not _URI.fullmatch(uri):
            yield "header-uri", f'{name} is "{_short(uri)}"'


def is_date(text: str) -> bool:
    """Whether a text is a date as WARC has it: W3C's profile of ISO 8601, in UTC, one to nine digits of a second."""
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups())
    try:
        datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, min(second or 0, 59))
    except ValueError:
        return False
    return (second or 0) <= 60  # a leap second is a date


def _short(text: str) -> str:
    return printable(text if len(text) <= 80 else f"{text[:77]}...")
