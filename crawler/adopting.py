"""A WARC file of another crawler enters the ledger: its captures, and the reports among its pages, at their own dates.

The same for a file that is adopted now and for one whose adoption a rebuild does again. Must not know how files are copied, nor
how a page is parsed.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from archive.adopted import AdoptedPage
from archive.adoption import Adoption
from archive.dates import moment_of_date
from archive.exchange import CaptureRef
from archive.foreign_records import ForeignCapture, ForeignFile
from archive.http_message import DECODED_LIMIT
from archive.ledger import Ledger
from archive.rows import Document, Settled
from archive.verify_digests import normal_digest
from archive.warc_reader import ArchivedResponse, DamagedWarc, read_exchange
from crawler.by_hand import refuse_address
from crawler.carried import sent_address
from crawler.items import CapturedFile, CapturedPage, PageHints
from crawler.page_class import classify

# What no report is, by the type it was sent with: what pages need to be displayed.
_REQUISITES = (
    *("image/", "font/", "audio/", "video/", "text/css", "text/javascript", "application/javascript"),
    *("application/x-javascript", "application/json", "application/font", "application/vnd.ms-fontobject"),
)
_TO_THE_SECOND = 19  # characters of a moment: revisits often name a date less exactly than its record has it

ReadPage = Callable[[CapturedPage], None]


@dataclass(slots=True)
class Entered:
    """What came of a file: records by type; captures, those ``known`` before, ``unresolved`` revisits; pages read.

    ``reports`` counts documents by what became of them (new, revised, alias, superseded, unchanged), ``skipped`` pages by the
    reason why they are none.
    """

    records: Mapping[str, int] = field(default_factory=dict)
    captures: int = 0
    known: int = 0
    revisits: int = 0
    unresolved: int = 0
    pages: int = 0
    reports: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)


class Adopting:
    """Enters the file at ``path`` into ``ledger``. ``read_page`` parses; ``tell`` is called with the share that is done."""

    def __init__(
        self, ledger: Ledger, path: Path, adoption: Adoption, read_page: ReadPage, tell: Callable[[int, float], object]
    ):
        self._ledger = ledger
        self._path = path
        self._adoption = adoption
        self._read_page = read_page
        self._tell = tell
        self._pages: list[ForeignCapture] = []
        self._awaiting: list[tuple[ForeignCapture, CapturedPage, str]] = []
        self.file = ForeignFile(path)
        self.entered = Entered(records=self.file.counts)

    def work(self) -> Iterator[bytes]:
        """Do it, inside a transaction of the ledger; yields the lines of reports. Raises OSError."""
        run, adoption = self._adoption.run, self._adoption
        self._ledger.adopted.enter_run(run, adoption.selection, adoption.adopted_at)
        self._ledger.set_output_end(run, "reports", 0)
        self._enter_captures()
        yield from self._read_pages()
        yield from self._read_with_files()
        self._ledger.adopted.enter_end(adoption.file, adoption.size)

    # -- captures -------------------------------------------------------------------------------------------------

    def _enter_captures(self) -> None:
        found, size = self.entered, max(self._path.stat().st_size, 1)
        for capture in self.file.captures():
            if capture.kind == "resource":
                continue  # derived, or put there by hand: no server answered it
            if not self._ledger.adopted.enter(self._adoption.run, capture.ref):
                found.known += 1
                continue
            found.captures += 1
            found.revisits += capture.kind == "revisit"
            if capture.kind == "revisit" or self._may_be_page(capture):
                self._pages.append(capture)
            self._tell(sum(self.file.counts.values()), capture.ref.end / size / 2)
        self._pages = [page for page in self._pages if self.file.is_get(page)]
        self._pages.sort(key=lambda page: (page.moment, page.ref.offset))

    def _may_be_page(self, capture: ForeignCapture) -> bool:
        """Whether a response is worth a look, by its header alone; why not is counted where it is not plain."""
        if capture.ref.status != 200 or capture.mime.startswith(_REQUISITES):
            return False
        reason = refuse_address(capture.ref.url) and "an address that is none"
        if capture.truncated:
            reason = "truncated"
        elif capture.size > DECODED_LIMIT:
            reason = "too large"
        if reason:
            self.entered.skipped[reason] += 1
        return not reason

    # -- pages ----------------------------------------------------------------------------------------------------

    def _read_pages(self) -> Iterator[bytes]:
        originals = self._find_originals()
        records = sum(self.file.counts.values())
        for number, capture in enumerate(self._pages):
            self._tell(records, 0.5 + number / len(self._pages) / 2)
            if capture.kind == "revisit":
                self._settle_revisit(capture, originals.get(capture.ref.record_id, ""))
            else:
                yield from self._read(capture)

    def _read(self, capture: ForeignCapture) -> Iterator[bytes]:
        try:
            response = read_exchange(self._path, capture.ref.offset)
        except DamagedWarc:  # sound, and yet other than the reading library can take it
            self.entered.skipped["unreadable"] += 1
            return
        headers: dict[str, list[str]] = {}
        for name, value in response.http_headers:
            headers.setdefault(name.title(), []).append(value)
        page_class = classify(response.status, headers, response.body, response.url, "manual")
        content_digest = _digest(response.body)
        self._ledger.adopted.describe(self._adoption.run, capture.ref, page_class.value, content_digest)
        reason = response.body_fault or ("" if page_class.usable else page_class.value)
        if not reason and self._ledger.tombstones.covers(capture.ref.url):
            reason = "forgotten"
        if reason:
            self.entered.skipped[reason.replace("_", " ")] += 1
            return
        page = AdoptedPage(capture.ref, capture.moment, content_digest)
        known = self._ledger.adopted.settle_known(self._adoption.run, page)
        if known is not None:
            self._count(known)
            return
        item = self._item(response)
        self.entered.pages += 1
        self._read_page(item)
        if item.document is None and item.carriers:
            self._awaiting.append((capture, item, content_digest))
        else:
            yield from self._settle(page, item)

    def _item(self, response: ArchivedResponse) -> CapturedPage:
        portal, region = self._adoption.site(response.url)
        return CapturedPage(
            url=response.url,
            body=response.body,
            content_type=response.header("Content-Type"),
            status=response.status,
            hints=PageHints(portal=portal, region=region),
            capture=replace(response.capture, file=self._adoption.file),
        )

    def _settle(self, page: AdoptedPage, item: CapturedPage) -> Iterator[bytes]:
        if item.document is None:
            self.entered.skipped["no report"] += 1
            return
        document: Document = item.document  # type: ignore[assignment]  # opaque to the crawler's items
        settled, lines = self._ledger.adopted.settle(self._adoption.run, page, document)
        self._count(settled)
        yield from lines

    def _count(self, settled: Settled) -> None:
        self.entered.reports[settled.change] += 1

    # -- pages that are nothing but a link to their report -----------------------------------------------------------

    def _read_with_files(self) -> Iterator[bytes]:
        links = {sent_address(url) for _, item, _ in self._awaiting for url in item.carriers}
        there: dict[str, list[tuple[str, str, CaptureRef]]] = {}
        for date, digest, ref in self._ledger.adopted.captures_of(links):
            if ref.status == 200:
                there.setdefault(ref.url, []).append((moment_of_date(date), digest, ref))
        for capture, item, content_digest in self._awaiting:
            digests, files = [content_digest], []
            for url in item.carriers:
                file = self._file(there.get(sent_address(url), ()), capture.moment, url)
                if file is not None:
                    files.append(file)
                    digests.append(_digest(file.body))
            item.files, item.carriers = tuple(files), ()
            if files:
                self._read_page(item)
            page = AdoptedPage(capture.ref, capture.moment, _digest("\n".join(digests).encode()))
            yield from self._settle(page, item)

    def _file(self, captures: Sequence[tuple[str, str, CaptureRef]], moment: str, url: str) -> CapturedFile | None:
        """The capture of a file that is nearest to its page in time: the first behind it, else the last before."""
        if not captures or self._ledger.tombstones.covers(url):
            return None
        behind = next((capture for capture in captures if capture[0] >= moment), None)
        ref = (behind or captures[-1])[2]
        try:
            response = read_exchange(self._place(ref), ref.offset)
        except (OSError, DamagedWarc):
            return None
        if response.body_fault:
            return None
        place = replace(response.capture, file=ref.file)
        return CapturedFile(url, response.body, response.header("Content-Type"), place)

    def _place(self, ref: CaptureRef) -> Path:
        return self._path if ref.file == self._adoption.file else self._path.with_name(ref.file)

    # -- revisits -------------------------------------------------------------------------------------------------

    def _find_originals(self) -> dict[str, str]:
        """The record that each revisit is of, by the revisit's own: as it names it, else the last one of its address before
        it with the same digest, else one of this file with the same digest.
        """
        revisits = [page for page in self._pages if page.kind == "revisit"]
        own = {page.ref.record_id for page in revisits}
        digests = {page.ref.record_id: normal_digest(page.digest) for page in self._pages if page.digest}
        by_digest = {digests.get(page.ref.record_id): page.ref.record_id for page in reversed(self._pages)}
        by_url: dict[str, list[tuple[str, str]]] = {}
        wanted = {url for page in revisits for url in (page.refers_to[1], page.ref.url) if url}
        for date, _, ref in self._ledger.adopted.captures_of(wanted):
            if ref.record_id not in own:
                by_url.setdefault(ref.url, []).append((moment_of_date(date), ref.record_id))
        found: dict[str, str] = {}
        for page in revisits:
            name, url, date = page.refers_to
            digest, of = digests.get(page.ref.record_id), by_url.get(url or page.ref.url, [])
            original: str | None = None
            if name and self._ledger.adopted.has(name):
                original = name
            elif date:
                second = moment_of_date(date)[:_TO_THE_SECOND]
                original = next((one for moment, one in of if moment[:_TO_THE_SECOND] == second), None)
            else:
                alike = (one for moment, one in reversed(of) if moment <= page.moment and digests.get(one) == digest)
                original = next(alike, by_digest.get(digest) if digest else None)
            if original and original not in own:
                found[page.ref.record_id] = original
        return found

    def _settle_revisit(self, capture: ForeignCapture, original: str) -> None:
        """A revisit says that its address showed then what the original is: an address more of a report, perhaps."""
        content_digest = self._ledger.adopted.content_digest(original) if original else ""
        if not original:
            self.entered.unresolved += 1
        if not content_digest:
            return
        self._ledger.adopted.describe(self._adoption.run, capture.ref, "unchanged", content_digest)
        if self._ledger.tombstones.covers(capture.ref.url):
            return
        page = AdoptedPage(capture.ref, capture.moment, content_digest)
        known = self._ledger.adopted.settle_known(self._adoption.run, page)
        if known is not None:
            self._count(known)


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def as_json(entered: Entered) -> dict[str, Any]:
    """What came of a file, for a script."""
    return {
        "records": dict(entered.records),
        "captures": entered.captures,
        "known_before": entered.known,
        "revisits": entered.revisits,
        "revisits_unresolved": entered.unresolved,
        "pages_read": entered.pages,
        "reports": dict(entered.reports),
        "skipped": dict(entered.skipped),
    }
