"""A run that asks for exactly the addresses it was given, and for what their pages need, if that is wanted.

Must not know how a command is typed, nor when a host may be asked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scrapy import Spider

from archive.by_hand import Asked
from archive.frontier import AWAITING
from archive.rows import Acknowledgement, Committed, FrontierRequest
from crawler.by_hand import BY_HAND, request_by_hand
from crawler.runs import Run

WRITTEN = ("new", "revised")  # changes of a document that write a line


class CaptureRun(Run):
    """A run over ``addresses``, as they are sent, each once.

    An address that a crawl of one of these portals knows is asked for as that crawl's, and read by the spider of its family;
    every other belongs to no portal.
    ``requisites`` says whether what their pages need to be displayed is asked for, too. ``tell`` is called after each commit with
    how many visits ended, and which share of all that is known of; ``tell_rest`` when the run is closed in haste.
    """

    def __init__(
        self,
        *arguments: Any,
        addresses: Sequence[str],
        spiders: Mapping[str, Spider],
        requisites: bool,
        tell: Callable[[int, float], object],
        tell_rest: Callable[[], object],
        **options: Any,
    ):
        super().__init__(*arguments, all_requisites=True, **options)
        self.asked = {request.key: request for request in map(request_by_hand, addresses)}
        # By host and key, in the order in which they are asked.
        self.wanted: dict[str, OrderedDict[str, FrontierRequest]] = {}
        self._pending: set[str] = set()  # keys of what is wanted, or under way
        self._ended: dict[str, Asked] = {}  # how the addresses ended, until somebody wants to know
        self.requisites = requisites
        self.spiders = spiders
        self._tell = tell
        self._tell_rest = tell_rest
        self._enter_addresses()

    def _enter_addresses(self) -> None:
        ended = set(self.ledger.by_hand.ended(self.name))
        if ended:
            results = self.ledger.by_hand.results(self.name)
            self._ended = {key: results[key] for key in self.asked if key in ended}
        by_hand = []
        for key, request in self.asked.items():
            known = self.ledger.frontier.find(key)
            portal = None if known is None else self.portals.get(known.request.portal)
            if known is None or portal is None or portal is BY_HAND or portal.family != known.request.family:
                by_hand.append(request)
            else:
                self.asked[key] = request = known.request
            if key not in ended:
                self.want(request)
        self.ledger.begin_with([request for request in by_hand if request.key not in ended], self.name)
        # What the pages need, and what is still to be read, that a process before this one came to an end with.
        for request in self.ledger.by_hand.unread(self.name, files=self.requisites):
            self.want(request)
        if self.requisites:
            for key in ended:
                self._want_requisites(key)

    def want(self, request: FrontierRequest) -> None:
        """Ask for a row in this run."""
        if request.portal in self.portals:
            self.wanted.setdefault(request.host, OrderedDict())[request.key] = request
            self._pending.add(request.key)

    def drop(self, host: str) -> None:
        """Ask for nothing more of a host."""
        self._pending.difference_update(self.wanted.pop(host, ()))

    def pass_over(self, request: FrontierRequest) -> None:
        """A row that was wanted is not asked for."""
        self._pending.discard(request.key)

    def take_result(self, key: str) -> Asked | None:
        """How an address ended, once: ``None`` until nothing more can come of it in this run.

        A page that awaits files may still be read with them; of one with requisites they all must have ended.
        """
        asked = self._ended.get(key)
        if asked is None or key in self._pending or asked.outcome == AWAITING:
            return None
        if self.requisites and not self._pending.isdisjoint(self.ledger.by_hand.requisite_keys(key)):
            return None
        return self._ended.pop(key)

    def affords(self, request: FrontierRequest) -> bool:
        """Whether the budget of the page still has room for this, if it is a requisite."""
        if request.role != "requisite" or request.key in self.asked:
            return True
        return self.requisites and self.budgets.affords(request)

    def _go_on(self, acknowledgement: Acknowledgement, done: Committed) -> None:
        request = acknowledgement.request
        if acknowledgement.postponed:
            if not self.hosts.get(request.host).closed:
                self.want(request)
            return
        self._pending.discard(request.key)
        if request.key in self.asked:
            self._ended[request.key] = self._asked(acknowledgement, done)
        links = {link.key for link in acknowledgement.links}
        carried = {file.key for file in acknowledgement.carriers or ()}
        for entered in done.entered:
            # What a listing links to is left to crawls. Neither link nor file: a page that is ready to be read with its files.
            if entered.key not in links and (self.requisites or entered.key not in carried):
                self.want(entered)
        if self.requisites:
            self._want_requisites(request.key)
        left = sum(map(len, self.wanted.values()))
        self._tell(self.pages, self.pages / max(1, self.pages + left))

    def close_in_haste(self) -> None:
        super().close_in_haste()
        self._tell_rest()

    def _asked(self, acknowledgement: Acknowledgement, done: Committed) -> Asked:
        document = self.ledger.by_hand.document_at(acknowledgement.request.url)
        changes = [item.change for item in done.settled if item.key == document and item.change in WRITTEN]
        return Asked(
            *(acknowledgement.outcome, acknowledgement.detail, acknowledgement.size),
            capture=next((entry.ref for entry in acknowledgement.captures), None),
            document=document,
            change=changes[-1] if changes else "",
        )

    def _want_requisites(self, page: str) -> None:
        for request in self.ledger.by_hand.requisites(page, self.name):
            self.want(request)
