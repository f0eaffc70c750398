"""The captures in a WARC file of another crawler, and its replay index.

Holds no block in memory. Knows the habits of other writers: WARC/1.0, records of other protocols, requests before or behind
their answers, revisits that do not say of what. Must not know pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.cdxj import REVISIT_MIME, index_path, surt_key
from archive.dates import moment_of_date
from archive.exchange import CaptureRef
from archive.verify_digests import normal_digest
from archive.verify_faults import Fault
from archive.verify_records import CheckedRecord, check_records
from archive.verify_seen import Seen
from archive.whole_file import write_whole

_WEB = re.compile(r"https?://", re.IGNORECASE)
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+")
_NOT_MODIFIED = "/revisit/server-not-modified"


@dataclass(frozen=True, slots=True)
class ForeignCapture:
    """A response or revisit of the web, or a resource that stands for one.

    ``moment`` is WARC-Date as the ledger writes moments; ``size`` is that of the block; ``digest`` the payload digest as the record
    has it; ``names`` are its own record id and those it is concurrent to. ``refers_to`` is what a revisit names: record id,
    URI, date as it stands there.
    """

    ref: CaptureRef
    kind: str
    moment: str
    mime: str
    size: int
    truncated: bool = False
    digest: str = ""
    profile: str = ""
    refers_to: tuple[str, str, str] = ("", "", "")
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class ForeignFile:
    """One reading of a file: its captures as they come, and what is known once it was read through.

    ``others`` are the names of captures whose request was not a GET; ``counts`` the records by type.
    """

    path: Path
    others: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[bytes, tuple[str, ...]]] = field(default_factory=list)

    def captures(self) -> Iterator[ForeignCapture]:
        """The captures, in file order. Raises OSError."""
        for record in check_records(self.path):
            if isinstance(record, Fault) or not record.whole:
                continue
            self.counts[record.kind] = self.counts.get(record.kind, 0) + 1
            if record.kind == "request" and record.method not in ("GET", ""):
                self.others.add(record.record_id)
                self.others.update(record.head.fields.get("warc-concurrent-to", ()))
            capture = capture_of(record, self.path.name)
            if capture is not None:
                if line := _index_line(capture, record):
                    self.lines.append((line, capture.names))
                yield capture

    def is_get(self, capture: ForeignCapture) -> bool:
        """Whether a capture is the answer to a GET, as far as the file says, once it was read through."""
        return self.others.isdisjoint(capture.names)

    def write_index(self) -> None:
        """Write the index of the file, once it was read through, whole or not at all. Raises OSError."""
        lines = sorted(line for line, names in self.lines if self.others.isdisjoint(names))
        path = index_path(self.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lines)


def write_foreign_index(warc: Path) -> None:
    """Write the index of a file that another crawler wrote. Raises OSError."""
    file = ForeignFile(warc)
    for _ in file.captures():
        pass
    file.write_index()


def capture_of(record: CheckedRecord, file: str) -> ForeignCapture | None:
    """The capture that a record is; ``None`` for what is none: other types and protocols, and what lacks identity or date."""
    head, seen = record.head, Seen.of(record, own=False)
    moment = moment_of_date(seen.date)
    is_answer = record.kind in ("response", "revisit") and (head.is_http or record.kind == "revisit")
    if not (is_answer or record.kind == "resource") or not _WEB.match(seen.uri) or not seen.record_id or not moment:
        return None
    http = record.block.http
    types = http.values("content-type") if http else [head.first("content-type")]
    return ForeignCapture(
        ref=CaptureRef(
            file=file,
            offset=seen.offset,
            length=seen.length,
            end=seen.offset + seen.length,
            record_id=seen.record_id,
            captured_at=seen.date,
            url=seen.uri,
            status=seen.status,
            payload_digest=seen.entity if record.kind != "revisit" else seen.declared or seen.entity,
        ),
        kind=record.kind,
        moment=moment,
        mime=next(iter(types), "").split(";")[0].strip().lower(),
        size=head.content_length or 0,
        truncated=bool(head.first("warc-truncated")),
        digest=head.first("warc-payload-digest"),
        profile=head.uri("warc-profile"),
        refers_to=(
            head.first("warc-refers-to"),
            head.uri("warc-refers-to-target-uri"),
            head.first("warc-refers-to-date"),
        ),
        names=(seen.record_id, *head.fields.get("warc-concurrent-to", ())),
    )


def _index_line(capture: ForeignCapture, record: CheckedRecord) -> bytes:
    """The index line of a capture; empty for what replay tools stumble over (:mod:`archive.cdxj`)."""
    ref, revisit = capture.ref, capture.kind == "revisit"
    if not revisit and capture.truncated:  # of a revisit, that the body is left out is its nature
        return b""
    if ref.status == 304 or capture.profile.endswith(_NOT_MODIFIED) or (capture.kind == "response" and not ref.status):
        return b""
    try:
        key = surt_key(ref.url)
    except ValueError:
        return b""
    # Revisit and original are brought together by their digests: as the records have them, so that they are equal.
    known = normal_digest(capture.digest)
    entry = {
        "url": ref.url,
        "mime": REVISIT_MIME if revisit else capture.mime if _MIME.fullmatch(capture.mime) else "unk",
        "status": str(ref.status or 200),
        "digest": capture.digest if known else ref.payload_digest or "-",
        "length": str(ref.length),
        "offset": str(ref.offset),
        "filename": ref.file,
    }
    return f"{key} {re.sub(r'[^0-9]', '', capture.moment)[:14]} {json.dumps(entry)}\n".encode()
