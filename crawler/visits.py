"""A visit: everything one leased request leads to, collected in memory and committed at once.

Scrapy hands items to pipelines and requests to the scheduler long before they are safe. So links are kept back here, items are
counted, and the row is acknowledged only when the callback is drained and no item is outstanding. Must not know what pages say.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.settings import BaseSettings

from archive.exchange import CaptureFailed, CaptureRef
from archive.ledger import Ledger
from archive.rows import Acknowledgement, Document, FrontierRequest, LeasedRequest, Validators
from crawler.acknowledge import acknowledgement_of
from crawler.carried import CannotReadBack, carrier_requests, digest_of, not_had
from crawler.forgotten import ForgottenAddress
from crawler.hosts import SCHEME_MEMORY, Host, Hosts
from crawler.items import CapturedFile, CapturedPage, ListingRead, Skipped
from crawler.outcomes import TRANSPORT, Outcome, reason_of
from crawler.page_class import PageClass
from crawler.politeness import BUSY, HostLeftAlone, host_of
from crawler.portals import Portal
from crawler.redirect_shell import redirect_target
from crawler.revisit import RevisitPolicy
from crawler.robots import ForbiddenByRobots, RobotsUnreachable
from crawler.runs import run_of
from crawler.scope import in_scope

logger = logging.getLogger(__name__)

CONDITIONS = (b"If-None-Match", b"If-Modified-Since")
MAX_SHELLS = 3  # redirect shells followed from one request
MAX_POSTPONED = 3  # times a row is put off before its visit ends


class UnusablePage(IgnoreRequest):
    """The answer is archived, but it is no page a spider may read (challenge, soft 404, login …)."""

    def __init__(self, page_class: PageClass, response: Response):
        super().__init__(page_class.value)
        self.page_class = page_class
        self.response = response


class UnaskedNotModified(IgnoreRequest):
    """The server answered 304 to a request that set no condition: the page was not seen."""


class NotModified(IgnoreRequest):
    """The server answered 304: what the ledger holds is still true."""


@dataclass(slots=True)
class Visit:
    """What became of a leased request so far. ``host`` is the host it is with now, which a redirect may change."""

    leased: LeasedRequest
    host: str
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
    beside: list[FrontierRequest] = field(default_factory=list)  # attachments, and what it needs to be displayed
    carriers: list[FrontierRequest] = field(default_factory=list)  # the files that the page awaits
    files: tuple[CapturedFile, ...] = ()  # those it is read with
    as_before: bool = False  # the page is what it was when its files were read
    refused: str = ""  # why the page is no document
    outstanding: int = 0
    drained: bool = False
    error: str = ""
    ended: bool = False
    milliseconds: int = 0
    shells: int = 0
    by_http: bool = False  # https failed: asked by http

    @property
    def request(self) -> FrontierRequest:
        return self.leased.request


class VisitedRun(Protocol):
    """What visits need of a run: of one in progress, or of one that is made again from its archive."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def portals(self) -> Mapping[str, Portal]: ...
    @property
    def hosts(self) -> Hosts: ...
    def commit(self, portal: str, acknowledgement: Acknowledgement) -> None: ...
    def abort_for(self, error: BaseException) -> None: ...
    def stop_crawlers(self) -> None: ...
    def wake(self) -> None: ...


class Visits:
    """The visits of one crawler that are not yet acknowledged, and the one place where they end."""

    _of: WeakKeyDictionary[Crawler, Visits] = WeakKeyDictionary()

    def __init__(self, settings: BaseSettings, run: VisitedRun):
        self._run = run
        self._policy = RevisitPolicy.from_settings(settings)
        self.active: dict[str, Visit] = {}
        self.starts: dict[str, list[Request]] | None = None  # what the spider begins with, by portal, once it said so
        self.again: Callable[[Request], None] = _nowhere  # the scheduler's way to send a visit's next request

    @classmethod
    def of(cls, crawler: Crawler) -> Visits:
        """The visits of this crawler; scheduler and middleware share them."""
        if crawler not in cls._of:
            cls._of[crawler] = cls(crawler.settings, run_of(crawler))
        return cls._of[crawler]

    def begin(self, leased: LeasedRequest) -> Visit:
        visit = Visit(leased, leased.request.host)
        self.active[leased.request.key] = visit
        self._host(visit).in_flight += 1
        return visit

    def move(self, visit: Visit, host: Host) -> None:
        """The visit goes on at another host: a redirect led there."""
        self._host(visit).in_flight -= 1
        visit.host = host.name
        host.in_flight += 1

    # -- what comes -----------------------------------------------------------------------------------------------

    def received(self, visit: Visit, response: Response) -> None:
        """Take note of an answer; raises an IgnoreRequest of this module if no callback may see it."""
        meta = response.meta
        visit.capture = meta["capture"]
        visit.status, visit.size = response.status, len(response.body)
        if visit.leased.ready:
            visit.page_class = meta["page_class"].value
            visit.content_digest = digest_of(visit.leased)
            visit.recorded_as = self._run.ledger.documents.recorded_as(visit.request.url, visit.content_digest)
            return
        visit.milliseconds = round(1000 * float(meta.get("download_latency", 0.0)))
        if response.status == 304:
            if not any(name in response.request.headers for name in CONDITIONS):  # type: ignore[union-attr]
                raise UnaskedNotModified("304 to a request that set no condition")
            visit.page_class = Outcome.UNCHANGED.value
            visit.content_digest = visit.leased.validators.content_digest
            raise NotModified
        page_class: PageClass = meta["page_class"]
        visit.page_class = page_class.value
        if response.status in BUSY and not page_class.gone and self._may_postpone(visit):
            raise HostLeftAlone(self._host(visit).pause_note())
        if not page_class.usable:
            # A probe asks whether a page exists at all: that it is missing is an answer.
            if visit.request.data.get("probe") and page_class.gone:
                return
            raise UnusablePage(page_class, response)
        if visit.by_http:  # where http leads to https, that works again
            self._host(visit).http_until = time.time() + SCHEME_MEMORY if response.url.startswith("http:") else 0.0
        visit.content_digest = "sha256:" + hashlib.sha256(response.body).hexdigest()
        moved = response.url.partition("://")[2] != visit.request.url.partition("://")[2]
        visit.validators = Validators(
            # of another address they would be asked of this one
            etag="" if moved else _header(response, "ETag"),
            last_modified="" if moved else _header(response, "Last-Modified"),
            content_digest=visit.content_digest,
            capture=visit.capture.original or visit.capture,
        )
        visit.as_before = bool(visit.leased.carried_as) and (
            visit.content_digest == visit.leased.validators.content_digest
        )
        visit.recorded_as = (
            visit.leased.carried_as
            if visit.as_before
            else self._run.ledger.documents.recorded_as(visit.request.url, visit.content_digest)
        )

    def parsed(self, visit: Visit, page: CapturedPage) -> None:
        """Take note of what the pipelines made of a page: a document, no report, or nothing but a link to its files."""
        if page.document is not None:
            document: Document = page.document  # type: ignore[assignment]  # opaque to the crawler's items
            visit.documents.append((document, visit.content_digest))
        elif page.not_a_report:
            if not visit.leased.ready:
                portal, ledger = self._run.portals.get(visit.request.portal), self._run.ledger
                visit.carriers, refused = carrier_requests(visit.request, page.carriers, portal, ledger)
                visit.skipped += refused
            if not visit.carriers:
                visit.refused = "; ".join(
                    filter(None, (f"not a report: {page.not_a_report}", not_had(visit.leased, visit.files)))
                )
                visit.skipped.append(Skipped(page.url, page.hints.listing_title, visit.refused))

    def failed(self, request: Request, error: BaseException) -> None:
        """The errback of a leased request: the one place where a visit without a callback ends."""
        visit: Visit = request.meta["visit"]
        if isinstance(error, CaptureFailed):
            self.stop_run(error.__cause__ or error)
            return
        visit.capture = visit.capture or request.meta.get("capture")
        if isinstance(error, NotModified):
            self.end(visit, Outcome.UNCHANGED)
        elif isinstance(error, UnusablePage):
            self._end_unusable(visit, request, error.page_class, error.response)
        elif isinstance(error, HostLeftAlone):
            # Led to a host that is left alone for the rest of the run, a row would be leased from its own host for ever.
            elsewhere = visit.host != visit.request.host and bool(self._host(visit).closed)
            self.end(
                visit, Outcome.FAILED if elsewhere else Outcome.POSTPONED, str(error), reason_of(error) * elsewhere
            )
        elif isinstance(error, CannotReadBack):
            self.end(visit, Outcome.ERROR, str(error), reason="reading")
        elif isinstance(error, ForgottenAddress):
            self.end(visit, Outcome.FORGOTTEN, str(error))
        elif isinstance(error, ForbiddenByRobots):
            self.end(visit, Outcome.ROBOTS)
        elif isinstance(error, RobotsUnreachable):
            if not self._ask_by_http(visit, request, str(error)):
                self.end(visit, Outcome.ROBOTS_UNREACHABLE, str(error), reason="robots")
        elif not self._ask_by_http(visit, request, reason_of(error)):
            said = str(error) if isinstance(error, IgnoreRequest) else f"{type(error).__name__}: {error}"
            self.end(visit, Outcome.FAILED, said, reason=reason_of(error))

    def _end_unusable(self, visit: Visit, request: Request, page_class: PageClass, response: Response) -> None:
        if page_class is PageClass.REDIRECT_SHELL and visit.shells < MAX_SHELLS:
            target = redirect_target(response.body, response.url)
            home = urlsplit(target).path in ("", "/")  # where portals send who asks for a page that is gone
            if target and not home and target != request.url and not self.barred(visit, target):
                visit.shells += 1
                headers = {name: request.headers[name] for name in request.headers if name not in CONDITIONS}
                self.again(request.replace(url=target, method="GET", body=b"", headers=headers))
                return
        first_page = visit.request.role == "listing" and not visit.request.listing
        if page_class.gone and first_page and (visit.leased.rows_seen or not visit.request.hops):
            self.end(visit, Outcome.LISTING_GONE, f"{page_class.value}, status {visit.status}")
        else:
            self.end(visit, page_class.value)

    def barred(self, visit: Visit, url: str) -> str:
        """The outcome of a visit that is led to an address it may not go to; an empty text if it may."""
        portal = self._run.portals[visit.request.portal]
        if not in_scope(portal, visit.request.role, url):
            return Outcome.OFF_SITE
        if portal.excludes(url):
            return Outcome.EXCLUDED
        return Outcome.FORGOTTEN if self._run.ledger.tombstones.covers(url) else ""

    def _ask_by_http(self, visit: Visit, request: Request, reason: str) -> bool:
        """Ask once more by http where https fails: many portals lost their certificate, not their pages."""
        broken = reason in TRANSPORT or (reason.startswith("robots.txt unreachable") and "status" not in reason)
        if visit.by_http or not broken or not request.url.startswith("https://") or ":" in host_of(request):
            return False
        visit.by_http = True
        meta = {key: value for key, value in request.meta.items() if key not in ("retry_times", "capture")}
        self.again(request.replace(url="http://" + request.url.removeprefix("https://"), meta=meta))
        return True

    def _may_postpone(self, visit: Visit) -> bool:
        return visit.leased.attempts <= MAX_POSTPONED

    def _host(self, visit: Visit) -> Host:
        return self._run.hosts.get(visit.host)

    # -- how it ends ----------------------------------------------------------------------------------------------

    def advance(self, visit: Visit) -> None:
        """End the visit if its callback is drained and no item is outstanding."""
        if visit.drained and visit.outstanding == 0:
            if not (visit.documents or visit.recorded_as):  # a page about something else, or one that awaits its files
                visit.beside = [request for request in visit.beside if request.role != "attachment"]
            if visit.error:
                self.end(visit, Outcome.ERROR, visit.error, reason="reading")
            elif self._lost_its_rows(visit):
                visit.listing = None  # what it showed before is what is missed
                self.end(visit, Outcome.LISTING_EMPTIED, f"{visit.leased.rows_seen} rows before")
            elif visit.leased.recorded and visit.refused and not visit.documents:
                self.end(visit, Outcome.REPORT_LOST, visit.refused)
            elif visit.carriers:
                self.end(visit, Outcome.AWAITING)
            else:
                self.end(visit, Outcome.OK)

    def _lost_its_rows(self, visit: Visit) -> bool:
        """Whether the first page of a listing that had rows leads to nothing: its layout changed, or the column moved."""
        if visit.request.role != "listing" or visit.request.listing or visit.links:
            return False
        had_rows = visit.leased.rows_seen > 0 and visit.listing is not None and not visit.listing.rows
        return had_rows or visit.leased.links_seen > 0

    def end(self, visit: Visit, outcome: str, detail: str = "", reason: str = "") -> None:
        """Commit the visit. A commit that fails stops the run; the row stays due."""
        if visit.ended:
            return
        visit.ended = True
        try:
            self._run.commit(visit.request.portal, self._acknowledge(visit, outcome, detail, reason))
        except (OSError, sqlite3.Error) as error:
            self.stop_run(error)
        except Exception as error:
            # What the page brought cannot be written: left leased, the row would keep the run from ending.
            logger.exception("%s cannot be recorded", visit.request.url)
            self._end_without_output(visit, f"{type(error).__name__}: {error}")
        finally:
            self.active.pop(visit.request.key, None)
            self._host(visit).in_flight -= 1
            self._run.wake()
        if detail:
            logger.info("%s %s: %s", visit.request.url, outcome, detail)

    def _acknowledge(self, visit: Visit, outcome: str, detail: str, reason: str) -> Acknowledgement:
        return acknowledgement_of(visit, outcome, detail, reason, self._policy, self._host(visit))

    def _end_without_output(self, visit: Visit, error: str) -> None:
        visit.error, visit.listing, visit.recorded_as = error, None, ""
        visit.links, visit.documents, visit.skipped, visit.carriers, visit.beside = [], [], [], [], []
        try:
            self._run.commit(visit.request.portal, self._acknowledge(visit, Outcome.ERROR, error, "reading"))
        except Exception as failure:  # not even that: stop, rather than wait for the lease to expire
            self.stop_run(failure)

    def stop_run(self, error: BaseException) -> None:
        """The disk or the ledger refuses: stop fetching; nothing acknowledged is lost."""
        self._run.abort_for(error)
        self._run.stop_crawlers()


def _nowhere(request: Request) -> None:
    raise RuntimeError(f"{request}: no scheduler is open")


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return "" if value is None else value.decode("latin-1")
