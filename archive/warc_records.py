"""WARC/1.1 records (ISO 28500:2017) composed from an exchange: one gzip member each, in the order they are appended.

Response (or revisit), request, certificates, metadata: every exchange ends with its metadata record of fields, so a group
without one is torn. Must not know how files are written.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import uuid4

from isal import igzip

from archive.exchange import CaptureRef, Exchange
from archive.http_message import Head, entity_body, payload_digest, read_head, split_interim
from archive.revisits import IDENTICAL, profile_of, reference_fields

VERSION = "WARC/1.1"
GZIP_LEVEL = 2
REDACTED = b"redacted"
CERTIFICATES = "application/pem-certificate-chain"

_SECRET_HEADER = re.compile(rb"(?im)^((?:proxy-)?authorization|cookie):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*")
_ABSOLUTE_FORM = re.compile(rb"\A([A-Za-z]+) ([A-Za-z][A-Za-z0-9+.-]*://[^ \r\n]+) ")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Transaction:
    """The members of one exchange, and what is said of them elsewhere. ``lead`` is the index of the member a CaptureRef
    spans, ``kind`` the WARC-Type of the answer (empty without one), ``request`` what was sent, as it is archived.
    """

    members: tuple[bytes, ...]
    lead: int
    kind: str
    head: Head | None
    request: bytes
    record_id: str
    captured_at: str
    url: str
    status: int
    payload_digest: str
    original: CaptureRef | None


def warc_date(moment: datetime) -> str:
    """WARC-Date: UTC with microseconds (clause 5.4 allows one to nine digits)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def target_uri(url: str) -> str:
    """The URL as WARC-Target-URI: without fragment, in the characters of RFC 3986."""
    return quote(url.split("#", 1)[0], safe="!$%&'()*+,/:;=?@[]~-._", errors="surrogatepass")


def certificates_uri(url: str) -> str:
    """The WARC-Target-URI of the certificates of a URL's host and port: no http address, which an indexer would replay."""
    authority = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
    return f"urn:certificates:https://{authority.lower()}/"


def new_record_id() -> str:
    """A fresh WARC-Record-ID, brackets included."""
    return f"<urn:uuid:{uuid4()}>"


def member(kind: str, fields: Sequence[tuple[str, str]], content_type: str, block: bytes) -> bytes:
    """One record as one gzip member, with block digest and Content-Length."""
    head = [VERSION, f"WARC-Type: {kind}"]
    head += [f"{name}: {value}" for name, value in fields if value]
    head += [
        f"WARC-Block-Digest: {payload_digest(block)}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(block)}",
    ]
    if not "".join(head).isprintable():  # whatever it was made of, a value must not begin another line
        head = [_CONTROL.sub(" ", line) for line in head]
    text = "\r\n".join(head).encode("utf-8", "backslashreplace")
    return igzip.compress(b"%b\r\n\r\n%b\r\n\r\n" % (text, block), GZIP_LEVEL, mtime=0)


def warc_fields(fields: Sequence[tuple[str, str]]) -> bytes:
    """A block of application/warc-fields; control characters in values become spaces, empty fields are left out."""
    text = "".join(f"{name}: {_CONTROL.sub(' ', value)}\r\n" for name, value in fields if value)
    return text.encode("utf-8", "backslashreplace")  # lone surrogates


def warcinfo(file_name: str, moment: datetime, info: Mapping[str, str]) -> bytes:
    """The first member of a file."""
    fields = [
        ("WARC-Record-ID", new_record_id()),
        ("WARC-Date", warc_date(moment)),
        ("WARC-Filename", file_name),
    ]
    return member("warcinfo", fields, "application/warc-fields", warc_fields(list(info.items())))


def redact(sent: bytes) -> tuple[bytes, list[str]]:
    """Take the operator's secrets out of a request; returns it with the names of what was redacted.

    Values of Authorization, Proxy-Authorization and Cookie, and the absolute form of the request line (RFC 9112, 3.2.2), which
    only a proxy is sent. The body is left alone.
    """
    redacted: list[str] = []
    end = re.search(rb"\r?\n\r?\n", sent)
    head, rest = (sent[: end.start()], sent[end.start() :]) if end else (sent, b"")
    if line := _ABSOLUTE_FORM.match(head):
        parts = urlsplit(line[2])
        origin = (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")
        head = line[1] + b" " + origin + b" " + head[line.end() :]
        redacted.append("request-line")
    for secret in _SECRET_HEADER.finditer(head):
        redacted.append(secret[1].decode("ascii").lower())
    return _SECRET_HEADER.sub(rb"\1: " + REDACTED, head) + rest, redacted


def compose(exchange: Exchange, folder: Path) -> Transaction:
    """The records of an exchange; ``folder`` has the WARC files that it may be a revisit of a response in.

    Raises TypeError or ValueError when its hints are not JSON.
    """
    interim, answer = split_interim(exchange.received)
    sent, redacted = redact(exchange.sent)
    date, url = warc_date(exchange.started), target_uri(exchange.url)
    head = read_head(answer)
    common = [("WARC-Date", date), ("WARC-Target-URI", url), ("WARC-IP-Address", exchange.ip)]
    wire = [*(("WARC-Protocol", name) for name in exchange.protocols), ("WARC-Cipher-Suite", exchange.cipher)]
    members: list[bytes] = []
    main_id = ""
    digest = payload_digest(entity_body(answer, head))
    profile = profile_of(folder, exchange, answer, head, digest)
    original = exchange.refers_to if profile else None
    kind = "revisit" if original is not None else "response" if answer else ""
    if answer:
        main_id = new_record_id()
        fields = [("WARC-Record-ID", main_id), *common, *wire, ("WARC-Truncated", exchange.truncated)]
        block = answer
        if original is None:
            fields += _digest_field(answer, head, digest)
        else:
            fields += reference_fields(profile, original)
            digest = original.payload_digest
        if profile == IDENTICAL and head is not None:
            # The standard wants this digest here, and a mark that the body is left out (6.7.2).
            fields += [("WARC-Payload-Digest", digest), ("WARC-Truncated", "length")]
            block = answer[: head.length]
        members.append(member(kind, fields, "application/http;msgtype=response", block))
    if sent:
        request_id = new_record_id()
        fields = [("WARC-Record-ID", request_id), *common, *wire, ("WARC-Concurrent-To", main_id)]
        members.append(member("request", fields, "application/http;msgtype=request", sent))
        main_id = main_id or request_id
    metadata_id = new_record_id()
    if exchange.certificates:
        fields = [
            ("WARC-Record-ID", new_record_id()),
            ("WARC-Date", date),
            ("WARC-Target-URI", certificates_uri(url)),
            ("WARC-IP-Address", exchange.ip),
            ("WARC-Concurrent-To", main_id or metadata_id),
        ]
        members.append(member("metadata", fields, CERTIFICATES, exchange.certificates))
    fields = [("WARC-Record-ID", metadata_id), *common, ("WARC-Concurrent-To", main_id)]
    block = warc_fields(_about(exchange, interim, redacted, digest))
    members.append(member("metadata", fields, "application/warc-fields", block))
    return Transaction(
        members=tuple(members),
        lead=0 if answer else len(members) - 1,
        kind=kind,
        head=head,
        request=sent,
        record_id=main_id if answer else metadata_id,
        captured_at=date,
        url=url,
        status=head.status if head else 0,
        payload_digest=digest,
        original=original if profile == IDENTICAL else None,
    )


def _digest_field(answer: bytes, head: Head | None, digest: str) -> list[tuple[str, str]]:
    """WARC-Payload-Digest, where all readers agree on what it covers.

    Common tools take a chunked body with its framing, and do not find the end of a header of bare line feeds.
    """
    agreed = head is not None and not head.chunked and answer[: head.length].endswith(b"\r\n\r\n")
    return [("WARC-Payload-Digest", digest)] if agreed else []


def _about(exchange: Exchange, interim: bytes, redacted: Sequence[str], digest: str) -> list[tuple[str, str]]:
    """What the metadata record says; fields of our own begin with ``ogi-``. Interim answers are kept as base64."""
    hints = dict(exchange.hints)
    return [
        ("via", exchange.via),
        ("hopsFromSeed", exchange.hops),
        ("fetchTimeMs", str(exchange.elapsed_ms)),
        ("ogi-payload-digest", digest),
        ("ogi-error", exchange.error),
        ("ogi-certificates", exchange.trust),
        ("ogi-redacted", " ".join(redacted)),
        ("ogi-interim", base64.b64encode(interim).decode("ascii")),
        ("ogi-hints", json.dumps(hints, separators=(",", ":")) if hints else ""),
    ]
