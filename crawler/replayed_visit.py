"""A visit made again from the archive: the exchange in place of the network, the spider's own callback, the same commit.

What an answer is, what a page leads to and what becomes of a report is decided where a crawl decides it. Must not know the
order of exchanges, nor how a page is parsed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings
from scrapy.spidermiddlewares.referer import RefererMiddleware

from archive.exchange import CaptureRef
from archive.http_message import BodyTooLarge, decode_content, entity_body, read_head
from archive.outputs import AppendedFile
from archive.rebuilding import RebuiltLedger
from archive.rows import Acknowledgement, CaptureEntry, FrontierRequest
from crawler.beside_middleware import Beside
from crawler.carried import CannotReadBack, read_back, response_of
from crawler.frontier import as_meta, frontier_request
from crawler.hosts import Hosts, Manners
from crawler.items import CapturedPage, ListingRead, PageHints, Skipped
from crawler.outcomes import OTHER_REASON, REASONS, Outcome
from crawler.page_class import classify
from crawler.politeness import BUSY
from crawler.portals import Portal
from crawler.scope import refusal
from crawler.visits import MAX_SHELLS, Visit, Visits

# Sets ``document`` or ``not_a_report`` of a page.
ReadPage = Callable[[CapturedPage], None]


@dataclass(frozen=True, slots=True)
class ArchivedVisit:
    """An exchange of a row: the ``answer``, what its metadata record says (``about``, ``hints``) and where it stands
    (``ref``).
    """

    row: FrontierRequest
    hints: Mapping[str, object]
    answer: bytes
    about: Mapping[str, str]
    ref: CaptureRef
    not_modified: bool  # a 304 to a condition that was sent


class ReplayedRun:
    """A run whose visits come from the archive, for :class:`~crawler.visits.Visits`. Sends nothing, waits for nothing.

    Its crawl.log and skipped.jsonl are left alone: they tell what happened then.
    """

    def __init__(
        self,
        name: str,
        ledger: RebuiltLedger,
        folder: Path,
        reports: AppendedFile,
        settings: BaseSettings,
        portals: Mapping[str, Portal],
        spiders: Mapping[str, Spider],
        read_page: ReadPage,
    ):
        self.name = name
        self.ledger = ledger
        self.portals = portals
        self.hosts = Hosts(Manners.from_settings(settings), lambda host: {})
        self.outputs = {"reports": reports, "skipped": reports, "log": reports}
        self._spiders = spiders
        self._read_page = read_page
        self._folder = folder
        self._visits = Visits(settings, self)
        self._beside = Beside(settings, ledger, portals)
        self._referer = RefererMiddleware(settings)
        self._failure: BaseException | None = None

    # -- what visits ask of a run ---------------------------------------------------------------------------------

    def commit(self, portal: str, acknowledgement: Acknowledgement) -> None:
        done = replace(acknowledgement, log_line=b"", skipped_lines=(), hosts={})
        self.ledger.acknowledge(self.name, done, self.outputs, None)

    def abort_for(self, error: BaseException) -> None:
        self._failure = self._failure or error

    def stop_crawlers(self) -> None:
        """The failure is raised by :meth:`visit`."""

    def wake(self) -> None:
        """Nobody waits."""

    # -- one exchange ---------------------------------------------------------------------------------------------

    def visit(self, archived: ArchivedVisit, *, last: bool) -> None:
        """Do again what the crawl did with an exchange; ``last`` of its request in the run, or a retry or redirect.

        Raises OSError or sqlite3.Error where the commit fails.
        """
        leased = self.ledger.restore(self.name, archived.row)
        if not last:
            self._store_class(archived)
            return
        visit = self._visits.begin(leased)
        visit.by_http = not archived.ref.url.startswith(archived.row.url.partition("://")[0] + "://")
        visit.shells = MAX_SHELLS  # where a shell led is another exchange
        self._answer(visit, archived)
        if self._failure is not None:
            raise self._failure
        self.read_ready()

    def read_ready(self) -> None:
        """Read the pages that have all they can get of their files. Raises OSError or sqlite3.Error."""
        while (leased := self.ledger.first_ready()) is not None:
            visit = self._visits.begin(leased)
            row = leased.request
            request = Request(row.url, cb_kwargs=dict(row.data), meta={**as_meta(row), "visit": visit})
            try:
                page, visit.files = read_back(self._folder, leased)
            except CannotReadBack as error:
                self._visits.failed(request, error)
                continue
            response = response_of(page, request)
            self._visits.received(visit, response)
            self._call_back(visit, response, page.hints)
            if self._failure is not None:
                raise self._failure

    def _store_class(self, archived: ArchivedVisit) -> None:
        """A host that asked for a pause ended the visit; everything else went on."""
        if archived.ref.status not in BUSY:
            return
        response = _response(archived, Request(archived.ref.url))
        page_class = classify(response.status, response.headers, response.body, response.url, archived.row.role)
        if not page_class.gone:
            row = archived.row
            self.ledger.store(self.name, [CaptureEntry(archived.ref, row.key, row.portal, page_class.value)])

    def _answer(self, visit: Visit, archived: ArchivedVisit) -> None:
        row, error = visit.request, archived.about.get("ogi-error", "")
        request = Request(
            archived.ref.url,
            method=row.method,
            body=row.body,
            headers={"If-None-Match": "*"} if archived.not_modified else {},
            cb_kwargs=dict(row.data),
            meta={
                **as_meta(row),
                "visit": visit,
                "capture": archived.ref,
                "download_latency": int(archived.about.get("fetchtimems") or 0) / 1000,
            },
        )
        visit.capture = archived.ref
        if error:
            self._visits.end(visit, Outcome.FAILED, error, reason=_reason(error))
            return
        try:
            response = _response(archived, request)
        except BodyTooLarge as too_large:
            self._visits.end(visit, Outcome.FAILED, f"{too_large} (DECODED_MAXSIZE)", reason=OTHER_REASON)
            return
        if 300 <= response.status < 400 and "Location" in response.headers:
            visit.capture = None
            target = response.urljoin((response.headers.get("Location") or b"").decode("latin-1"))
            self._visits.end(visit, Outcome.OFF_SITE, target)
            return
        page_class = classify(response.status, response.headers, response.body, response.url, row.role)
        request.meta["page_class"] = page_class
        if response.status in BUSY and not page_class.gone:
            visit.page_class = page_class.value
            self._visits.end(visit, page_class.value)
            return
        try:
            self._visits.received(visit, response)
        except IgnoreRequest as ignored:
            self._visits.failed(request, ignored)
            return
        self._call_back(visit, response, archived.hints)

    def _call_back(self, visit: Visit, response: Response, hints: Mapping[str, object]) -> None:
        """Let the spider read the page, as the visit middleware does."""
        response.meta["archive_hints"] = hints
        try:
            for output in self._outputs_of(visit, response, str(hints.get("region", ""))):
                if isinstance(output, Request):
                    self._link(visit, response, output)
                elif isinstance(output, Skipped):
                    visit.skipped.append(output)
                elif isinstance(output, ListingRead):
                    visit.listing = output
                elif isinstance(output, CapturedPage) and not visit.recorded_as:
                    self._read(visit, output)
        except sqlite3.Error:
            raise
        except Exception as error:  # whatever a callback raises: the crawl recorded it as such
            visit.error = f"{type(error).__name__}: {error}"
        self._beside.add_to(visit, response)
        visit.drained = True
        self._visits.advance(visit)

    def _outputs_of(self, visit: Visit, response: Response, region: str) -> Iterable[object]:
        row = visit.request
        spider = self._spiders.get(row.family)
        callback = getattr(spider, row.callback, None)
        if callback is not None and row.portal in self.portals:
            outputs: Iterable[object] = callback(response, **row.data)
            return outputs
        # A portal that is registered no more: its reports are kept; where else its pages led, nobody can read any more.
        return [_page_of(row, response, region)] if row.role == "report" else []

    def _link(self, visit: Visit, response: Response, output: Request) -> None:
        sent = self._referer.get_processed_request(output, response) or output
        link = frontier_request(sent, visit.request.family, visit.request)
        if not refusal(link, self.portals[link.portal], self.ledger):
            visit.links.append(link)

    def _read(self, visit: Visit, page: CapturedPage) -> None:
        page.files = visit.files
        self._read_page(page)
        self._visits.parsed(visit, page)


def _response(archived: ArchivedVisit, request: Request) -> Response:
    """The response as Scrapy's middlewares leave it. Raises BodyTooLarge."""
    answer = archived.answer
    head = read_head(answer)
    headers = Headers()
    for name, value in head.headers if head else ():
        headers.appendlist(name, value.encode("latin-1"))
    body, left = decode_content(entity_body(answer, head), head.content_codings if head else ())
    if not left:
        headers.pop("Content-Encoding", None)
    kind = responsetypes.from_args(headers=headers, url=archived.ref.url, body=body)
    return kind(archived.ref.url, status=archived.ref.status, headers=headers, body=body, request=request)


def _page_of(row: FrontierRequest, response: Response, region: str) -> CapturedPage:
    hints = row.hints
    card = hints.get("card", {})
    return CapturedPage(
        url=response.url,
        body=response.body,
        content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
        status=response.status,
        hints=PageHints(
            portal=row.portal,
            region=region,
            listing_title=str(hints.get("listing_title", "")),
            listing_date=str(hints.get("listing_date", "")),
            card={str(name): str(value) for name, value in card.items()} if isinstance(card, Mapping) else {},
        ),
        capture=response.meta["capture"],
    )


def _reason(error: str) -> str:
    """The class of a failure by what the archive says of it: ``Exception: text``."""
    if "SSL" in error or "certificate" in error.lower():
        return "tls"
    return REASONS.get(error.partition(":")[0], OTHER_REASON)
