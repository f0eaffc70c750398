"""CDXJ replay index of a WARC file written here: one line per complete answer, sorted by bytes.

A line is the SURT key, a 14-digit timestamp and JSON (url, mime, status, digest, offset, length, filename; numbers as
strings, as replay tools expect). The answer to a POST has its body in the key. Left out, because replay tools stumble
over them: 304 answers, truncated ones, HEAD, failures. Must not know captures or runs.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from archive.exchange import CaptureRef
from archive.http_message import Head, read_head
from archive.members import read_exchanges
from archive.post_keys import METHODS, body_arguments, method_of, with_arguments
from archive.revisits import truncation
from archive.whole_file import sync_folder

REVISIT_MIME = "warc/revisit"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_KEPT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PATH_SESSION = re.compile(r"(/)\((?:(?:[a-z]\([0-9a-z]{24}\))+|[0-9a-z]{24})\)/(?=[^?]+\.aspx)", re.IGNORECASE)
_QUERY_SESSION = re.compile(
    r"(?:(?:jsessionid|phpsessid|sid)=[0-9a-z]{32}|aspsessionid[a-z]{8}=[a-z]{24}|cfid=[^&]+&cftoken=[^&]+)(?:&|$)",
    re.IGNORECASE,
)


def surt_key(url: str) -> str:
    """The Sort-friendly URI Reordering Transform of a URL, as Wayback-style replay computes it:
    ``cn,gov,example)/path?query``.

    Scheme, user, ``www.``, default port, fragment, session ids and a trailing slash are dropped, case is folded,
    escapes are normalised and query arguments sorted.
    """
    parts = urlsplit(url)
    host = _escaped(parts.hostname or "").lower().strip(".")
    host = re.sub(r"^www\d*\.", "", host)
    if not _is_address(host):
        host = ",".join(reversed(host.split(".")))
    port = f":{parts.port}" if parts.port and parts.port != _DEFAULT_PORTS.get(parts.scheme) else ""
    path = _PATH_SESSION.sub(r"\1", _escaped(_normal_path(_unescaped(parts.path))).lower())
    if len(path) > 1:
        path = path.removesuffix("/")
    query = _QUERY_SESSION.sub("", _escaped(_unescaped(parts.query)).lower())
    query = "&".join("=".join(pair) for pair in sorted(argument.split("=", 1) for argument in query.split("&")))
    return f"{host}{port}){path}" + (f"?{query}" if query else "")


def index_path(warc: Path) -> Path:
    """Where the index of a WARC file (final or ``.open``) stands: ``../index/<final name>.cdxj``."""
    return warc.parent.parent / "index" / f"{warc.name.removesuffix('.open')}.cdxj"


def write_index(warc: Path, lines: Iterable[bytes] | None = None) -> Path:
    """Write the index of a WARC file, whole or not at all, durably, under the file's final name; returns its path.

    ``lines`` are those of all its exchanges, if they are known: else they are read from the file.
    """
    path = index_path(warc)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.writelines(sorted(read_lines(warc) if lines is None else lines))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)
    return path


def read_lines(warc: Path) -> Iterator[bytes]:
    """The index lines of a WARC file in file order, each with its line feed."""
    name = warc.name.removesuffix(".open")
    for exchange in read_exchanges(warc):
        if (answer := exchange.answer) is not None and exchange.request is not None:
            head, truncated = read_head(answer.block), truncation(answer.fields)
            line = line_of(exchange.reference(name), answer.kind, head, truncated, exchange.request.block)
            if line:
                yield line


def line_of(ref: CaptureRef, kind: str, head: Head | None, truncated: str, request: bytes) -> bytes:
    """The index line of an exchange, empty if it has none.

    ``kind`` is the WARC-Type of the answer, ``head`` that of the answer, ``truncated`` why it was cut short.
    """
    method = method_of(request)
    if head is None or head.status == 304 or truncated or method not in ("GET", *METHODS):
        return b""
    mime = next(iter(head.values("content-type")), "").split(";")[0].strip().lower()
    if kind == "revisit":
        mime = REVISIT_MIME  # tells replay to look for the body by the digest
    entry = {
        "url": ref.url,
        "mime": mime if re.fullmatch(r"[\w.+-]+/[\w.+-]+", mime) else "unk",
        "status": str(ref.status),
        "digest": ref.payload_digest,
        "length": str(ref.length),
        "offset": str(ref.offset),
        "filename": ref.file,
    }
    url = ref.url
    if method in METHODS:
        entry |= {"method": method, "requestBody": body_arguments(request)}
        url = with_arguments(url, method, entry["requestBody"])
    timestamp = re.sub(r"\D", "", ref.captured_at)[:14]
    return f"{surt_key(url)} {timestamp} {json.dumps(entry)}\n".encode()


def _unescaped(text: str) -> bytes:
    data = text.encode()
    while (plain := unquote_to_bytes(data)) != data:
        data = plain
    return data


def _escaped(data: str | bytes) -> str:
    return quote_from_bytes(data if isinstance(data, bytes) else data.encode(), safe=_KEPT)


def _normal_path(path: bytes) -> bytes:
    kept: list[bytes] = []
    segments = path.split(b"/")[1:]
    for segment in segments:
        if segment == b"..":
            del kept[-1:]
        elif segment not in (b"", b"."):
            kept.append(segment)
    slash = b"/" if kept and segments[-1] in (b"", b".", b"..") else b""
    return b"/" + b"/".join(kept) + slash


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
