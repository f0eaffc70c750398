"""Revisits: which answers need not be archived in full because their body already is, and what such a record stands for.

Must not know how records are composed, nor what pages mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from archive.exchange import CaptureRef, Exchange
from archive.http_message import Head, entity_body, payload_digest, read_head, split_interim
from archive.members import DamagedWarc, Record, open_warc, read_records

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

_CONDITION = re.compile(rb"(?im)^if-(?:none-match|modified-since):")
_CONTAINER = "file://"


def profile_of(folder: Path, exchange: Exchange, answer: bytes, head: Head | None, digest: str) -> str:
    """The WARC-Profile (WARC/1.1, 6.7.2 and 6.7.3) under which an answer may be archived as a revisit of
    ``exchange.refers_to``; empty: it must be archived in full.

    ``digest`` is that of the answer's entity body. Not modified is a 304 to a condition that was sent. Identical is a whole
    answer with status 200 whose entity body is, byte for byte, that of the original. The original is read for this from
    the WARC files in ``folder``: what a revisit refers to can be read at the moment it is written.
    """
    original = exchange.refers_to
    if original is None or head is None:
        return ""
    if head.status == 304:
        return NOT_MODIFIED if _CONDITION.search(exchange.sent.partition(b"\r\n\r\n")[0]) else ""
    whole = exchange.complete and not exchange.truncated and not exchange.error
    if not whole or head.status != 200 or original.status != 200 or digest != original.payload_digest:
        return ""
    if head.length == len(answer) or not exchange.sent.startswith(b"GET "):
        return ""
    try:
        block = read_original(folder, original.file, original.offset, original.record_id).block
    except DamagedWarc:
        return ""
    before = split_interim(block)[1]
    before_head = read_head(before)
    # Replay puts the body as it is stored behind the header of the revisit: both must be framed alike.
    if before_head is None or before_head.chunked != head.chunked:
        return ""
    return IDENTICAL if entity_body(before, before_head) == entity_body(answer, head) else ""


def reference_fields(profile: str, original: CaptureRef) -> list[tuple[str, str]]:
    """The fields of a revisit record that say what it refers to.

    The file of the original is named as other crawlers do, though the standard has no field for it.
    """
    return [
        ("WARC-Profile", profile),
        ("WARC-Refers-To", original.record_id),
        ("WARC-Refers-To-Target-URI", original.url),
        ("WARC-Refers-To-Date", original.captured_at),
        ("WARC-Refers-To-Container", _CONTAINER + quote(original.file)),
        ("WARC-Refers-To-File-Offset", str(original.offset)),
    ]


def place_of_original(field: Callable[[str], str]) -> tuple[str, str]:
    """File and offset (digits) that a revisit names for its original; both empty where it names no place.

    ``field`` gives the value of a field of the record by its lower-case name.
    """
    file, offset = (
        unquote(field("warc-refers-to-container").removeprefix(_CONTAINER)),
        field("warc-refers-to-file-offset"),
    )
    return (file, offset) if file and re.fullmatch(r"[0-9]{1,18}", offset) else ("", "")


def read_original(folder: Path, file: str, offset: int, record_id: str) -> Record:
    """The response record that a revisit refers to. Raises DamagedWarc, naming the place, where it cannot be read."""
    try:
        path = open_warc(folder, file)
        record = next(read_records(path, offset), None) if path.parent == folder else None
    except OSError as error:
        raise DamagedWarc(f"{error}; a revisit refers to the response {record_id} in it", offset) from error
    if record is None or record.kind != "response" or record.fields.get("warc-record-id") != record_id:
        raise DamagedWarc(f"{path}: no response {record_id} at offset {offset}, where a revisit refers to it", offset)
    return record


def whole_answer(folder: Path, fields: Mapping[str, str], block: bytes) -> bytes:
    """The answer that a record stands for, header and body: for a revisit with identical payload its own header and the
    body of the original, else the block.

    ``fields`` are those of the record. Raises DamagedWarc where the original cannot be read, or is not what the revisit says.
    """
    if not is_identical(fields):
        return block
    file, offset = place_of_original(lambda name: fields.get(name, ""))
    record_id = fields.get("warc-record-id", "")
    if not file:
        raise DamagedWarc(f"{folder}: the revisit {record_id} does not say where its original stands")
    before = split_interim(read_original(folder, file, int(offset), fields.get("warc-refers-to", "")).block)[1]
    before_head = read_head(before)
    body = entity_body(before, before_head)
    if before_head is None or payload_digest(body) != fields.get("warc-payload-digest"):
        raise DamagedWarc(
            f"{folder}: the revisit {record_id} has another payload digest than its original", int(offset)
        )
    return block + before[before_head.length :]


def is_identical(fields: Mapping[str, str]) -> bool:
    """Whether a record is a revisit that has the body of its original."""
    return fields.get("warc-type") == "revisit" and fields.get("warc-profile", "").strip("<>") == IDENTICAL


def truncation(fields: Mapping[str, str]) -> str:
    """Why an answer was cut short (WARC-Truncated), or an empty text.

    A revisit with identical payload is marked because its body is left out (WARC/1.1, 6.7.2), not because it was cut.
    """
    return "" if is_identical(fields) else fields.get("warc-truncated", "")
