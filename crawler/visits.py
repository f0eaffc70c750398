"""A visit: everything one leased request leads to, collected in memory and committed at once.

Scrapy hands items to pipelines and requests to the scheduler long before they are safe. So links are kept back here, items are
counted, and the row is acknowledged only when the callback is drained and no item is outstanding. Must not know what pages say.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from archive.exchange import CaptureRef
from archive.rows import (
    Acknowledgement,
    CaptureEntry,
    Document,
    FrontierRequest,
    LeasedRequest,
    Validators,
    later,
    now,
)
from crawler.handler import CaptureFailed
from crawler.items import ListingRead, Skipped
from crawler.page_class import PageClass, classify
from crawler.robots import ForbiddenByRobots
from crawler.runs import Run, run_of

logger = logging.getLogger(__name__)

OK = "ok"
UNCHANGED = "unchanged"
START_GONE = "start address is gone"
EMPTIED = "listing lost its rows"
MAX_PROMISED = 10_000_000  # rows; a portal that promises more misprints


class UnusablePage(IgnoreRequest):
    """The answer is archived, but it is no page a spider may read (challenge, soft 404, login …)."""

    def __init__(self, page_class: PageClass):
        super().__init__(page_class.value)
        self.page_class = page_class


class UnaskedNotModified(IgnoreRequest):
    """The server answered 304 to a request that set no condition: the page was not seen."""


class NotModified(IgnoreRequest):
    """The server answered 304: what the ledger holds is still true."""


@dataclass(slots=True)
class Visit:
    """What became of a leased request so far."""

    leased: LeasedRequest
    capture: CaptureRef | None = None
    status: int = 0
    size: int = 0
    page_class: str = ""
    content_digest: str = ""
    validators: Validators | None = None
    recorded_as: str = ""
    links: list[FrontierRequest] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    listing: ListingRead | None = None
    documents: list[tuple[Document, str]] = field(default_factory=list)
    outstanding: int = 0
    drained: bool = False
    error: str = ""
    ended: bool = False

    @property
    def request(self) -> FrontierRequest:
        return self.leased.request


class Visits:
    """The visits of one crawler that are not yet acknowledged, and the one place where they end."""

    _of: WeakKeyDictionary[Crawler, Visits] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler, run: Run):
        self._crawler = crawler
        self._run = run
        self._revisit_days: Mapping[str, float] = crawler.settings.getdict("REVISIT_DAYS")
        self.active: dict[str, Visit] = {}

    @classmethod
    def of(cls, crawler: Crawler) -> Visits:
        """The visits of this crawler; scheduler and middleware share them."""
        if crawler not in cls._of:
            cls._of[crawler] = cls(crawler, run_of(crawler))
        return cls._of[crawler]

    def begin(self, leased: LeasedRequest) -> Visit:
        visit = Visit(leased)
        self.active[leased.request.key] = visit
        return visit

    def busy_hosts(self, limit: int) -> list[str]:
        """Hosts that already have ``limit`` requests under way."""
        # Of all crawlers of the run: two families may share a host.
        sharing = [visits for visits in self._of.values() if visits._run is self._run]
        counted = Counter(visit.request.host for visits in sharing for visit in visits.active.values())
        return [host for host, count in counted.items() if count >= limit]

    def received(self, visit: Visit, response: Response) -> None:
        """Take note of an answer; raises :class:`NotModified` or :class:`UnusablePage` if no callback may see it."""
        visit.capture = response.meta["capture"]
        visit.status, visit.size = response.status, len(response.body)
        if response.status == 304:
            if visit.leased.validators.capture is None:
                raise UnaskedNotModified("304 to a request that set no condition")
            visit.page_class = UNCHANGED
            visit.content_digest = visit.leased.validators.content_digest
            raise NotModified
        page_class = classify(response.status, response.headers, response.body, response.url, visit.request.role)
        visit.page_class = page_class.value
        if not page_class.usable:
            # A probe asks whether a page exists at all: that it is missing is an answer.
            if visit.request.data.get("probe") and page_class.gone:
                return
            raise UnusablePage(page_class)
        visit.content_digest = "sha256:" + hashlib.sha256(response.body).hexdigest()
        visit.validators = Validators(
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            content_digest=visit.content_digest,
            capture=visit.capture,
        )
        visit.recorded_as = self._run.ledger.documents.recorded_as(visit.request.url, visit.content_digest)

    def failed(self, request: Request, error: BaseException) -> None:
        """The errback of a leased request: the one place where a visit without a callback ends."""
        visit: Visit = request.meta["visit"]
        if isinstance(error, CaptureFailed):
            self.stop_run(error.__cause__ or error)
            return
        visit.capture = visit.capture or request.meta.get("capture")
        if isinstance(error, NotModified):
            self.end(visit, UNCHANGED)
        elif isinstance(error, UnusablePage):
            if error.page_class.gone and not visit.request.hops:
                self.end(visit, START_GONE, f"{error.page_class.value}, status {visit.status}")
            else:
                self.end(visit, error.page_class.value)
        elif isinstance(error, ForbiddenByRobots):
            self.end(visit, "robots")
        elif isinstance(error, IgnoreRequest):
            self.end(visit, "failed", str(error))
        else:
            self.end(visit, "failed", f"{type(error).__name__}: {error}")

    def advance(self, visit: Visit) -> None:
        """End the visit if its callback is drained and no item is outstanding."""
        if visit.drained and visit.outstanding == 0:
            if visit.error:
                self.end(visit, "error", visit.error)
            elif self._lost_its_rows(visit):
                visit.listing = None  # what it showed before is what is missed
                self.end(visit, EMPTIED, f"{visit.leased.rows_seen} rows before")
            else:
                self.end(visit, OK)

    def _lost_its_rows(self, visit: Visit) -> bool:
        """Whether a start listing that had rows shows none: its layout changed, or the column moved."""
        start = visit.request.role == "listing" and not visit.request.hops
        return start and visit.listing is not None and not visit.listing.rows and visit.leased.rows_seen > 0

    def end(self, visit: Visit, outcome: str, detail: str = "") -> None:
        """Commit the visit. A commit that fails stops the run; the row stays due."""
        if visit.ended:
            return
        visit.ended = True
        try:
            self._run.commit(self._acknowledgement(visit, outcome, detail))
        except (OSError, sqlite3.Error) as error:
            self.stop_run(error)
        except Exception as error:
            # What the page brought cannot be written: left leased, the row would keep the run from ending.
            logger.exception("%s cannot be recorded", visit.request.url)
            self._end_without_output(visit, f"{type(error).__name__}: {error}")
        finally:
            self.active.pop(visit.request.key, None)
        if detail:
            logger.info("%s %s: %s", visit.request.url, outcome, detail)

    def _end_without_output(self, visit: Visit, error: str) -> None:
        visit.error, visit.listing, visit.recorded_as = error, None, ""
        visit.links, visit.documents, visit.skipped = [], [], []
        try:
            self._run.commit(self._acknowledgement(visit, "error", error))
        except Exception as failure:  # not even that: stop, rather than wait for the lease to expire
            self.stop_run(failure)

    def stop_run(self, error: BaseException) -> None:
        """The disk or the ledger refuses: stop fetching; nothing acknowledged is lost."""
        self._run.abort_for(error)
        self._run.stop_crawlers()

    def _acknowledgement(self, visit: Visit, outcome: str, detail: str) -> Acknowledgement:
        request = visit.request
        captures = []
        if visit.capture is not None:
            captures.append(
                CaptureEntry(visit.capture, request.key, request.portal, visit.page_class, visit.content_digest)
            )
        retry_soon = outcome not in (OK, UNCHANGED, PageClass.MISSING.value, PageClass.SOFT_404.value)
        pause = timedelta(0) if retry_soon else timedelta(days=float(self._revisit_days[request.role]))
        return Acknowledgement(
            request=request,
            outcome=outcome,
            detail=detail.encode("utf-8", "backslashreplace").decode(),
            listing=_listing(visit.listing),
            due_at=later(pause),
            captures=captures,
            links=visit.links,
            documents=visit.documents,
            recorded_as=visit.recorded_as if request.role != "listing" and not visit.documents else "",
            # After an error the page must come whole again: a 304 would keep it from ever being read.
            validators=Validators() if visit.error or outcome == EMPTIED else visit.validators,
            log_line=_log_line(visit, outcome, detail),
            skipped_lines=[_skipped_line(request, skipped) for skipped in visit.skipped],
        )


def _listing(read: ListingRead | None) -> tuple[int, int | None] | None:
    if read is None:
        return None
    return read.rows, read.promised if read.promised is not None and read.promised <= MAX_PROMISED else None


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return "" if value is None else value.decode("latin-1")


def _log_line(visit: Visit, outcome: str, detail: str) -> bytes:
    """Tab-separated: time, status, bytes, role, portal, outcome, URL, via, content digest, WARC locator, detail."""
    capture, request = visit.capture, visit.request
    locator = f"{capture.file}:{capture.offset}" if capture else "-"
    fields = (
        *(now(), str(visit.status or "-"), str(visit.size), request.role, request.portal, outcome, request.url),
        *(request.via or "-", visit.content_digest or "-", locator, detail or "-"),
    )
    return "\t".join(" ".join(part.split()) for part in fields).encode("utf-8", "backslashreplace")


def _skipped_line(request: FrontierRequest, skipped: Skipped) -> bytes:
    line = {
        "portal": request.portal,
        "url": skipped.url,
        "title": skipped.title,
        "reason": skipped.reason,
        "via": request.url,
    }
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace")
