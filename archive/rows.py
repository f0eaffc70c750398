"""What the ledger stores and gives back, as plain values.

Requests of the frontier, captures, and opaque documents. Must not know SQL, nor what a document says.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from archive.exchange import CaptureRef

# Portal and family of what a person asked for by hand. No crawl asks for it again, so it vouches for nothing.
MANUAL = "manual"


OVER_BUDGET = "over budget"  # outcome of what was not asked for, because its page had enough


def beside(portal: str, role: str) -> str:
    """Whose rows they are that are archived beside the pages of a portal: ``role`` attachment or requisite.

    They are no pages of the portal: no listing leads to them, no verdict counts them, nothing is read from them.
    """
    return f"{portal}/{role}s"  # no id of a portal has a slash in it


@functools.lru_cache(maxsize=1024)  # a row that is under way is asked for its key and host a dozen times
def request_key(method: str, url: str, body: bytes) -> str:
    """The identity of a request in the frontier: digest of method, canonical URL and body (many listings are POST).

    The caller canonicalises the URL; two spellings are two requests.
    """
    digest = hashlib.sha256()
    for part in (method.upper().encode(), url.encode(), body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:32]


@functools.lru_cache(maxsize=1024)
def _host_of(url: str) -> str:
    return urlsplit(url).netloc.lower()


@dataclass(frozen=True, slots=True)
class FrontierRequest:
    """One request of the frontier: what to send, and by name what to do with the answer.

    ``portal`` is an id of the registry, MANUAL, or what :func:`beside` makes of one.
    ``role`` is listing, report, attachment, frame, requisite or manual; ``callback`` names a method of the family's spider and
    ``data`` its JSON keyword arguments; ``hints`` is JSON written beside the capture; ``via`` the URL that led here and
    ``hops`` the path from a start URL in the letters of the ``hopsFromSeed`` field. ``listing`` is the key of the first
    page of the listing this is a further page of; empty for everything else.
    """

    family: str
    portal: str
    role: str
    method: str
    url: str
    callback: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)
    hints: Mapping[str, object] = field(default_factory=dict)
    via: str = ""
    hops: str = ""
    listing: str = ""

    @property
    def key(self) -> str:
        return request_key(self.method, self.url, self.body)

    @property
    def host(self) -> str:
        """Host and port as they stand in the URL: the unit of politeness."""
        return _host_of(self.url)

    @property
    def is_beside(self) -> bool:
        """Whether it is archived beside a page, and nothing hangs on it."""
        return self.role == "requisite" or "/" in self.portal

    @property
    def of_no_portal(self) -> bool:
        """Whether it may be on any host: it is no page of a portal."""
        return self.portal == MANUAL or self.is_beside


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional request needs of the last full answer: validators as received, and where that answer stands."""

    etag: str = ""
    last_modified: str = ""
    content_digest: str = ""
    capture: CaptureRef | None = None


@dataclass(frozen=True, slots=True)
class CarrierFile:
    """A file that a page awaited: how its last visit ended, and where it is archived (``None``: it could not be had)."""

    url: str
    outcome: str
    content_digest: str = ""
    capture: CaptureRef | None = None


@dataclass(frozen=True, slots=True)
class LeasedRequest:
    """A request row under lease: fetch it, then acknowledge it.

    A ``ready`` one is not fetched but read from the archive, with its ``files``.
    """

    request: FrontierRequest
    attempts: int
    validators: Validators
    rows_seen: int = 0  # what a listing showed when it was read last
    links_seen: int = 0  # what it led to then
    changed_at: str = ""  # when it was last seen to change; empty: never read
    recorded: bool = False  # whether its page is the current source of a document
    carried_as: str = ""  # the document that the files of its page, all there, were read as
    ready: bool = False
    files: Sequence[CarrierFile] = ()


@dataclass(frozen=True, slots=True)
class CaptureEntry:
    """A capture as the ledger remembers it. ``request_key`` is empty for what has no row (robots.txt)."""

    ref: CaptureRef
    request_key: str = ""
    portal: str = ""
    page_class: str = ""
    content_digest: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """How a document stands to what was recorded before it."""

    revision: int
    change: str
    aliases: Sequence[str] = ()


class Document(Protocol):
    """A document to be recorded, opaque but for its identity.

    ``key`` names what it is about, ``digest`` its content (two pages with the same digest say the same), ``counts``
    is for the run report (for example failed checks). A ``series`` has one document a ``period`` (a year), where both
    are known. ``reader`` is the version of what read it: digests of different readers say nothing. ``rank`` is higher
    the nearer the page is to the document's origin: a lower one never replaces a higher one.
    """

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def series(self) -> str: ...
    @property
    def period(self) -> int | None: ...
    @property
    def digest(self) -> str: ...
    @property
    def reader(self) -> str: ...
    @property
    def rank(self) -> int: ...
    @property
    def counts(self) -> Mapping[str, int]: ...

    def reread(self, line: bytes) -> str:
        """The digest of an earlier line's page as this document's reader reads it; empty when it cannot be read again."""
        ...

    def line(self, history: History, previous: bytes | None) -> bytes:
        """The finished JSON line (no newline), told its history and the previous revision's line, if any."""
        ...


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """All that one visit led to; committed whole or not at all.

    ``due_at`` is when the row is due again, ``due_if_changed`` when the visit brought news. A visit that is
    ``postponed`` was not one: its row is due again at ``due_at``, in this run too. One that is ``read_back`` sent nothing:
    it read a page from the archive, with its files.
    """

    request: FrontierRequest
    outcome: str
    due_at: str
    due_if_changed: str = ""
    postponed: bool = False
    succeeded: bool = False  # the page was read, or is unchanged
    news: bool = False  # the page changed, as far as the visit alone can tell
    gone: bool = False  # the server says that there is no such page
    reason: str = ""  # class of a failure
    detail: str = ""
    size: int = 0  # bytes of the body
    listing: tuple[int, int | None] | None = None  # rows seen, rows promised; None: keep what is known
    captures: Sequence[CaptureEntry] = ()
    links: Sequence[FrontierRequest] = ()
    links_are_all: bool = False  # what a listing no longer links to is an orphan
    beside: Sequence[FrontierRequest] = ()  # its attachments, and what it needs to be displayed
    carriers: Sequence[FrontierRequest] | None = None  # the files a page awaits; None: keep what is known
    read_back: bool = False
    content_digest: str = ""  # of what was read back: the page and its files
    documents: Sequence[tuple[Document, str]] = ()  # each with the content digest of its page
    recorded_as: str = ""  # key of the document already recorded from identical bytes
    validators: Validators | None = None  # None: keep what is known
    log_line: bytes = b""
    skipped_lines: Sequence[bytes] = ()
    hosts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # what is remembered of hosts


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a document: ``change`` is new, revised, alias, superseded or unchanged.

    A line is written for the first two.
    """

    key: str
    change: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did: documents settled, and requests that entered the frontier, or are due or ready by it.

    Of those, ``beside`` are archived beside the page.
    """

    settled: Sequence[Settled] = ()
    entered: Sequence[FrontierRequest] = ()
    beside: Sequence[FrontierRequest] = ()


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # made once: a row has three of its texts


def as_json(value: object) -> str:
    """Compact JSON, the form in which rows keep structured values."""
    return _JSON.encode(value)


_REDONE_AT: ContextVar[datetime | None] = ContextVar("redone at", default=None)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Take ``moment`` for the present in all that the ledger dates: what is done again is dated as it was done."""
    token = _REDONE_AT.set(moment)
    try:
        yield
    finally:
        _REDONE_AT.reset(token)


def present() -> datetime:
    """The present moment in UTC, or the one set by :func:`at`."""
    return _REDONE_AT.get() or datetime.now(UTC)


def now() -> str:
    """The present moment as the ledger writes it: UTC, microseconds, sortable."""
    return later(timedelta(0))


def later(delay: timedelta) -> str:
    """The moment ``delay`` from now, as the ledger writes it."""
    return (present() + delay).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
