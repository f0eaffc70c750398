"""Requests, pages and answers: the part of HTTP that every replica shares, without any socket.

A `Page` is what a site holds, a `Delivery` the habits of its web server, an `Answer` what goes over the wire. This
module knows RFC 9110 and RFC 9112; it knows neither portals nor reports.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

HTML = "text/html"
CHUNK = 4096
_REASONS = {status.value: status.phrase for status in HTTPStatus}  # one that is not registered (521) has none


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived. `target` is the request target exactly as sent; `raw` all its bytes."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    tls: bool = False
    version: str = "HTTP/1.1"
    raw: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of the first field of this name, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def host(self) -> str:
        """The Host field in lower case, without a port."""
        return (self.header("Host") or "").lower().rpartition("@")[2].split(":")[0]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The first value of each query key; blank values are kept."""
        parsed = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {key: values[0] for key, values in parsed.items()}


@dataclass(frozen=True, slots=True)
class Page:
    """One resource of a site. `validators=False` is what a program's answer looks like: no ETag, no Last-Modified."""

    body: bytes
    modified: datetime
    content_type: str = HTML + "; charset=utf-8"
    status: int = 200
    validators: bool = True
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Delivery:
    """The habits of one portal's web server: its own header fields, and how it frames and encodes a body."""

    headers: tuple[tuple[str, str], ...] = (("Server", "nginx"),)
    weak_etag: bool = False
    gzip: bool = False
    chunked: bool = False
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response ready to send. `content` is the body with its content coding but without chunk framing."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes = b""
    chunked: bool = False
    page: Page | None = field(default=None, compare=False)

    def header(self, name: str) -> str | None:
        """The value of the first field of this name, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def body(self) -> bytes:
        """The body as a reader sees it: content coding removed."""
        return gzip.decompress(self.content) if self.header("Content-Encoding") == "gzip" else self.content

    def wire(self, *, head: bool = False) -> bytes:
        """All bytes of the response; `head` leaves the body out, as the answer to HEAD does."""
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        block = "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n"
        if head or self.status == HTTPStatus.NOT_MODIFIED:
            return block
        return block + (chunks(self.content) if self.chunked else self.content)


def chunks(content: bytes) -> bytes:
    """`content` in chunked transfer coding (RFC 9112 7.1), with no trailer."""
    parts = [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def http_date(moment: datetime) -> str:
    """`moment` as an HTTP date (RFC 9110 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def deliver(request: Request, page: Page, delivery: Delivery, now: datetime) -> Answer:
    """`page` as this web server sends it in answer to `request`:

    304 where a condition says so, else the page's own status.
    """
    headers = [("Date", http_date(now)), *delivery.headers]
    if page.validators and page.status == HTTPStatus.OK:
        headers += [("ETag", _etag(page, delivery)), ("Last-Modified", http_date(page.modified))]
        if _unchanged(request, page):
            return Answer(HTTPStatus.NOT_MODIFIED, tuple(headers), page=page)
    headers.append(("Content-Type", page.content_type))
    headers += page.headers
    if request.header("Cookie") is None:
        headers += [("Set-Cookie", cookie) for cookie in delivery.cookies]
    content = page.body
    if delivery.gzip:
        headers.append(("Vary", "Accept-Encoding"))
        if _accepts_gzip(request) and not page.content_type.startswith(("application/pdf", "image/")):
            content = gzip.compress(content, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
    chunked = delivery.chunked and request.version == "HTTP/1.1"
    headers.append(("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(content))))
    return Answer(page.status, tuple(headers), content, chunked, page)


def _etag(page: Page, delivery: Delivery) -> str:
    return f'{"W/" if delivery.weak_etag else ""}"{page.etag}"'


def _unchanged(request: Request, page: Page) -> bool:
    """RFC 9110 13.2.2: If-None-Match, compared weakly, outranks If-Modified-Since."""
    wanted = request.header("If-None-Match")
    if wanted is not None:
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        return "*" in tags or f'"{page.etag}"' in tags
    since = request.header("If-Modified-Since")
    if since is None:
        return False
    try:
        return page.modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):  # an unreadable or zoneless date is ignored (RFC 9110 13.1.3)
        return False


def _accepts_gzip(request: Request) -> bool:
    for coding in (request.header("Accept-Encoding") or "").split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0"}
    return False
