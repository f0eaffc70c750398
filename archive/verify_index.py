"""An index (CDXJ) against the WARC files it points into: every line slices exactly one member, and says what is in it.

Must not know what the index is for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from archive.cdxj import REVISIT_MIME, surt_key
from archive.post_keys import with_arguments
from archive.verify_faults import Fault, is_plain_name, printable
from archive.verify_seen import Seen

MAX_LINE = 1024 * 1024
_FIELDS = ("url", "mime", "digest", "filename", "offset", "length", "status")
_NUMBERS = ("offset", "length", "status")
_LINE = re.compile(r"(\S+) (\d{14}|\d{17}) (\{.*\})")

Find = Callable[[str, int], Seen | None]


def check_index(path: Path, size_of: Callable[[str], int | None], find: Find) -> Iterator[Fault]:
    """What is wrong with an index. ``size_of`` knows the size of a WARC file by its name, or that there is none; ``find`` the
    record at an offset of one.

    Raises OSError.
    """
    before = b""
    offset = 0
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE):
            faults = [*_check_order(line, before), *_check_line(line, size_of, find)]
            yield from (Fault(str(path), offset, "", code, message) for code, message in faults)
            before, offset = line, offset + len(line)


def _check_order(line: bytes, before: bytes) -> Iterator[tuple[str, str]]:
    if not line.endswith(b"\n"):
        yield "cdxj-torn", f"the line does not end within {len(line)} bytes"
    elif line < before:
        yield "cdxj-sort", "the line sorts before the one above it"


def _check_line(line: bytes, size_of: Callable[[str], int | None], find: Find) -> Iterator[tuple[str, str]]:
    if line.startswith(b"!"):
        return  # a header of other crawlers' indexes
    try:
        parts = _LINE.fullmatch(line.removesuffix(b"\n").decode())
    except UnicodeDecodeError:
        parts = None
    entry = _entry(parts[3]) if parts else None
    if parts is None or entry is None:
        if line.endswith(b"\n"):
            yield "cdxj-line", f"{line[:60]!r} is not key, time and JSON"
        return
    wrong = [name for name in _FIELDS if not isinstance(entry.get(name), (str, int)) or entry[name] == ""]
    wrong += [name for name in _NUMBERS if name not in wrong and not re.fullmatch(r"[0-9]{1,18}", str(entry[name]))]
    if entry.get("mime") == REVISIT_MIME and "status" in wrong:
        wrong.remove("status")  # what other crawlers leave out
    if wrong:
        yield "cdxj-fields", f"no usable {', '.join(wrong)}"
        return
    name = str(entry["filename"])
    if not is_plain_name(name):
        yield "cdxj-name", f'"{printable(name[:80])}" is not the name of a file'
        return
    size = size_of(name)
    start, length = (int(str(entry[field])) for field in ("offset", "length"))
    if size is None:
        yield "cdxj-file", f"there is no file {name}"
    elif start + length > size:
        yield "cdxj-bounds", f"{start} + {length} lies outside {name}, which has {size} bytes"
    else:
        yield from _compare(parts[1], parts[2], entry, find(name, start))


def _entry(text: str) -> Mapping[str, object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _compare(key: str, time: str, entry: Mapping[str, object], record: Seen | None) -> Iterator[tuple[str, str]]:
    place = f"offset {entry['offset']} of {entry['filename']}"
    if record is None:
        yield "cdxj-slice", f"no member begins at {place}"
        return
    if not record.whole:
        return  # that is named where the record stands
    if record.length != int(str(entry["length"])):
        yield "cdxj-slice", f"the member at {place} has {record.length} bytes, not {entry['length']}"
    if record.uri != entry["url"]:
        yield "cdxj-url", f"the record at {place} is that of {record.uri}"
    elif record.own and key != (own := _key(record.uri, entry)):
        yield "cdxj-key", f"the key is {key}, that of the URL {own}"
    digits = re.sub(r"\D", "", record.date)
    if not (time.startswith(digits) or digits.startswith(time)):
        yield "cdxj-time", f"the record at {place} is of {record.date}"
    if record.kind == "response" and str(entry["status"]) != str(record.status):
        yield "cdxj-status", f"the record at {place} has the status {record.status}"
    if not _has_digest(record, str(entry["digest"])):
        yield "cdxj-digest", f"the record at {place} has another payload digest"


def _key(url: str, entry: Mapping[str, object]) -> str:
    if "method" in entry:
        url = with_arguments(url, str(entry["method"]), str(entry.get("requestBody", "")))
    try:
        return surt_key(url)
    except ValueError:
        return "none"


def _has_digest(record: Seen, text: str) -> bool:
    """Whether an index's digest is the record's: other crawlers leave the label out, or have ``-`` for none."""
    return text == "-" or record.has_digest(text if ":" in text else f"sha1:{text}")
