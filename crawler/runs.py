"""One run: what all crawlers of a process share (ledger, WARC writer, output files), and its verdict.

A run is attached to each of its crawlers; components find it with :func:`run_of`. Must not know portal families or reports.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import secrets
import socket
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from archive.data_dir import DataDir
from archive.exchange import CaptureRef, Exchange
from archive.ledger import Ledger
from archive.outputs import AppendedFile
from archive.recovery import finalise, recover
from archive.rows import MANUAL, Acknowledgement, CaptureEntry, Committed, FrontierRequest, History
from archive.warc_writer import WarcWriter
from crawler.beside import Budgets, owners_beside
from crawler.certificates import ArchivedCertificates
from crawler.command import ExitCode, storage_code
from crawler.frontier import portal_of_hints
from crawler.hosts import Hosts, Manners
from crawler.portals import Portal
from crawler.withdrawals import withdraw_vanished

logger = logging.getLogger(__name__)

SYNC_SECONDS = 2.0
SYNC_RECORDS = 64

_runs: WeakKeyDictionary[Crawler, Run] = WeakKeyDictionary()


class Run:
    """A run in progress. Opening it repairs what a crash left behind; closing it leaves every file final.

    ``portals`` are those selected, unless ``selection`` says what is, later with those whose rows are archived beside their
    pages (``beside``: their ids), within ``budgets`` by role; ``name`` is
    ``YYYYMMDDTHHMMSSZ-<family|all>-<4 hex>`` or the name of the unfinished run of the same selection, which is continued.
    """

    def __init__(
        self,
        data_dir: DataDir,
        ledger: Ledger,
        family: str,
        portals: Sequence[Portal],
        *,
        software: str,
        user_agent: str,
        contact: str,
        max_warc_bytes: int,
        manners: Manners,
        portals_open: int = 16,
        prepare: Callable[[], object] | None = None,
        selection: str = "",
        budgets: Mapping[str, Mapping[str, float]] | None = None,
        all_requisites: bool = False,
    ):
        self.data_dir = data_dir
        self.ledger = ledger
        self.portals = {portal.id: portal for portal in portals}
        self._sites = {portal.id: portal for portal in portals if portal.id != MANUAL}
        self.failure: tuple[ExitCode, str] | None = None
        self.stopping = ""  # why the crawlers are told to end before they are done
        self.settled: dict[str, int] = {}
        self.pages = 0
        selection = selection or f"{family}:{','.join(sorted(self.portals))}"
        unfinished = ledger.unfinished_run(selection)
        owners = owners_beside(self._sites.values(), requisites=all_requisites)
        self.portals |= owners
        self.beside = frozenset(owners)
        self.continued = unfinished is not None
        self.name = unfinished or f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{family}-{secrets.token_hex(2)}"
        if not self.continued:
            ledger.begin_run(self.name, selection, prepare)
        self.started_at = ledger.run_started(self.name)
        self.owner = f"{socket.gethostname()}:{self.name}"
        # What the crawlers of the run share: hosts, what is due by portal and host, portals under way.
        self.hosts = Hosts(manners, ledger.hosts.load)
        self.certificates = ArchivedCertificates()
        self.robots: dict[str, asyncio.Future[Any]] = {}
        self.queues: dict[tuple[str, str], int] = {}
        self.open_portals: set[str] = set()
        self.portals_open = portals_open
        self.recalled: set[str] = set()
        self.budgets = Budgets(budgets or {}, ledger.spent_beside(self.name) if budgets and self.continued else {})
        self._site_of: dict[str, Portal | None] = {}
        self._wake_call: Any = None  # a delayed call of the reactor
        self._unrecorded: dict[str, CaptureEntry] = {}
        self._recover()
        for other in ledger.unfinished_runs():
            if other != self.name:  # it may be long before that one is continued: a line half written must not stay
                for file in self._open_outputs(other).values():
                    file.close()
        self.outputs = self._open_outputs(self.name)
        self.writer = WarcWriter(
            data_dir.warc,
            software=software,
            run=self.name,
            selection=selection,
            operator=contact,
            user_agent=user_agent,
            max_bytes=max_warc_bytes,
            before_finish=self._account_for_file,
            is_known=ledger.knows_warc,
        )
        self._unsynced = 0
        self._sync_call = LoopingCall(self._sync)
        self._syncing: Deferred[Any] | None = None

    def _recover(self) -> None:
        """Void leases, repair what an interrupted run left ``.open``, enter the exchanges it had not yet committed."""
        self.ledger.frontier.void_leases()
        for path in sorted(self.data_dir.warc.glob("*.warc.gz.open")):
            name = path.name.removesuffix(".open")
            committed = self.ledger.committed_warc_end(name)
            recovered = recover(path, committed)
            if recovered.end < committed:
                lost = self.ledger.forget_lost(name, recovered.end)
                logger.warning("%s lost %d exchanges that were written: they are fetched again", name, lost)
            entries = [_adopted(ref, recovered.hints.get(ref.record_id, {})) for ref in recovered.captures]
            self.ledger.adopt(self.name, entries, name, recovered.end)
            self.ledger.sync()
            finalise(path)
            logger.info("repaired %s: %d exchanges taken over, %d bytes cut", name, len(entries), recovered.cut)

    def _open_outputs(self, run: str) -> dict[str, AppendedFile]:
        """Open a run's files at their committed ends; the records are written anew if they are not what the ledger holds."""
        ends = self.ledger.committed_outputs(run)
        folder = self.data_dir.runs / run
        paths = {
            "reports": self.data_dir.reports / f"{run}.jsonl",
            "skipped": folder / "skipped.jsonl",
            "log": folder / "crawl.log",
        }
        outputs = {name: AppendedFile(path, ends.get(name, 0)) for name, path in paths.items()}
        reports, documents = outputs["reports"], self.ledger.documents
        if reports.end != documents.size(run):
            reports.rewrite(documents.lines(run))
            self.ledger.set_output_end(run, "reports", reports.end)
        return outputs

    # -- during the crawl ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin syncing the WARC to disk, off the reactor thread, every 2 s or 64 exchanges."""
        self._sync_call.start(SYNC_SECONDS, now=False)

    def archive(self, exchange: Exchange, request_key: str = "", portal: str = "") -> CaptureRef:
        """Write an exchange to the WARC. It enters the ledger with the next commit, whosever that is."""
        ref = self.writer.append(exchange)
        self._unrecorded[ref.record_id] = CaptureEntry(ref, request_key, portal)
        self._unsynced += 1
        if self._unsynced >= SYNC_RECORDS:
            self._sync()
        return ref

    def _sync(self) -> None:
        if self._unsynced and self._syncing is None:
            self._unsynced = 0
            self._syncing = deferToThread(self._sync_writer)
            self._syncing.addErrback(self._sync_failed)
            self._syncing.addBoth(self._synced)

    def _sync_writer(self) -> None:
        self.writer.sync()

    def _sync_failed(self, failure: Failure) -> None:
        assert failure.value is not None
        self.abort_for(failure.value)
        self.stop_crawlers()

    def _synced(self, _: object) -> None:
        self._syncing = None

    def enter(self, requests: Sequence[FrontierRequest]) -> bool:
        """Enter requests that no page led to."""
        self._enqueue(self.ledger.begin_with(requests, self.name))
        return True

    def commit(self, portal: str, acknowledgement: Acknowledgement) -> None:
        """Commit one visit, together with every exchange archived so far. Raises what the ledger or the disk raises.

        Nothing is committed any more once the run stops for a failure: what was written may not be there.
        """
        if self.failure is not None or not self.writer.trusted:
            raise OSError(errno.EIO, "the run stops: nothing more is committed")
        known = {entry.ref.record_id for entry in acknowledgement.captures}
        others = [entry for record_id, entry in self._unrecorded.items() if record_id not in known]
        position = self.writer.position
        done = self.ledger.acknowledge(self.name, _with_captures(acknowledgement, others), self.outputs, position)
        self._unrecorded.clear()
        self.pages += not acknowledgement.postponed
        for item in done.settled:
            self.settled[item.change] = self.settled.get(item.change, 0) + 1
        self.budgets.spend(acknowledgement.request, 0, _cost(acknowledgement))
        self._go_on(acknowledgement, done)

    def _go_on(self, acknowledgement: Acknowledgement, done: Committed) -> None:
        """Take note of what a commit made due."""
        self._enqueue([*done.entered, *done.beside])
        if acknowledgement.postponed and not self.hosts.get(acknowledgement.request.host).closed:
            self._enqueue([acknowledgement.request])

    def _enqueue(self, requests: Iterable[FrontierRequest]) -> None:
        for request in requests:
            if request.portal in self.portals:
                place = (request.portal, request.host)
                self.queues[place] = self.queues.get(place, 0) + 1
                if request.portal not in self.beside:
                    self.open_portals.add(request.portal)

    def site(self, url: str) -> Portal | None:
        """The portal of this run that an address is of."""
        host = urlsplit(url).netloc
        if host not in self._site_of:
            self._site_of[host] = next((portal for portal in self._sites.values() if portal.covers(url)), None)
        return self._site_of[host]

    # -- waking Scrapy's engine -----------------------------------------------------------------------------------

    def wake(self) -> None:
        """Let every crawler look for work again: its engine would notice by traffic, or every 5 s, only."""
        for crawler in self._crawlers():
            slot = None if crawler.engine is None else crawler.engine._slot  # no public way; a test watches the name
            if slot is not None and slot.closing is None:
                slot.nextcall.schedule()

    def wake_in(self, seconds: float) -> None:
        """The same, after a pause."""
        from twisted.internet import reactor

        clock: Any = reactor
        if self._wake_call is None or not self._wake_call.active():
            self._wake_call = clock.callLater(seconds, self.wake)
        elif self._wake_call.getTime() > clock.seconds() + seconds:
            self._wake_call.reset(seconds)

    def _crawlers(self) -> list[Crawler]:
        return [crawler for crawler, run in _runs.items() if run is self]

    def abort_for(self, error: BaseException) -> None:
        """Remember why the run cannot go on; the first reason counts."""
        if self.failure is None:
            self.failure = (storage_code(error), f"{error}")
            logger.error("the run stops: %s", error)

    def stop_crawlers(self, reason: str = "run stopped") -> None:
        """Close the spiders of every crawler of this run; visits under way are not acknowledged."""
        self.stopping = reason  # a crawler whose spider is not open yet finds nothing to do
        for crawler in self._crawlers():
            if crawler.engine is not None and crawler.engine.spider is not None:
                deferred_from_coro(crawler.engine.close_spider_async(reason=reason))

    def withdraw(
        self, portals: Sequence[str], line_of: Callable[[bytes, History], bytes]
    ) -> dict[str, tuple[int, int]]:
        """Withdraw what no page of these portals shows any more, unless too much of a portal vanished at once.

        Returns the portals that lost too much, each with how many reports vanished and how many are left: that is an
        outage or a redesign, until a week has passed.
        """
        return withdraw_vanished(self.ledger, self.name, portals, line_of, self.outputs)

    # -- end ----------------------------------------------------------------------------------------------------

    def _enter_unrecorded(self) -> bool:
        """Enter the exchanges of visits that never ended (a finished file is not looked through again), and the hosts.

        Where the ledger refuses, or the disk lost what was written, the file must stay ``.open``: the next run recovers it.
        """
        if not self.writer.trusted:
            return False
        try:
            with contextlib.suppress(sqlite3.Error) if self.failure else contextlib.nullcontext():
                self.ledger.remember(self.hosts.states())
            self._account_for_file()
        except (OSError, sqlite3.Error) as error:
            self.abort_for(error)
            return False
        return True

    def _account_for_file(self) -> None:
        """Enter every exchange that no commit has entered, durably: a file that is finished is not looked through again."""
        if self._unrecorded:
            self.ledger.adopt(self.name, list(self._unrecorded.values()), *self.writer.position)
            self._unrecorded.clear()
        self.ledger.sync()

    def close(self) -> None:
        """Close the archive. A run closed without a verdict is continued by the next crawl of the same selection."""
        if self._sync_call.running:
            self._sync_call.stop()
        if self._wake_call is not None and self._wake_call.active():
            self._wake_call.cancel()
        if self._enter_unrecorded():
            self.writer.close()

    def close_outputs(self) -> None:
        """Make the output files durable and close them; a second call does nothing. Raises OSError."""
        outputs, self.outputs = self.outputs, {}
        for file in outputs.values():
            file.close()

    def close_in_haste(self) -> None:
        """Make everything durable and final, though visits are under way: they are made again."""
        self.close()
        self.close_outputs()


def _adopted(ref: CaptureRef, hints: Mapping[str, object]) -> CaptureEntry:
    """A capture found in the archive, with the row it was made for."""
    row = hints.get("row")
    key = str(row.get("key", "")) if isinstance(row, Mapping) else ""
    return CaptureEntry(ref, key, portal_of_hints(hints))


def _cost(acknowledgement: Acknowledgement) -> int:
    """The bytes of a visit: of what did not come whole those that are kept."""
    kept = 0 if acknowledgement.succeeded or not acknowledgement.captures else acknowledgement.captures[0].ref.length
    return acknowledgement.size or kept


def _with_captures(acknowledgement: Acknowledgement, more: Iterable[CaptureEntry]) -> Acknowledgement:
    return replace(acknowledgement, captures=(*acknowledgement.captures, *more))


def attach(crawler: Crawler, run: Run) -> None:
    """Make ``run`` the run of this crawler."""
    _runs[crawler] = run


def run_of(crawler: Crawler) -> Run:
    """The run a crawler belongs to; raises UsageError outside `scrapy crawl`, where nothing could be archived."""
    try:
        return _runs[crawler]
    except KeyError:
        raise UsageError("nothing can be fetched outside a run: use 'scrapy crawl'", print_help=False) from None
