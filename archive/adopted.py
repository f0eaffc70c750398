"""What other crawlers captured, in the ledger: captures, and what their pages say, each at its own date.

A page that is older than what the ledger knows replaces nothing: it is a source of a document as it was then. A part of the
ledger; works inside its transaction. Must not know how files are read, nor what a document says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.captures import store_captures, store_warc_end, warc_end
from archive.database import Database, marks
from archive.dates import moment_of_date
from archive.documents import SUPERSEDED, WITHDRAWN, Documents, digest_for
from archive.exchange import CaptureRef
from archive.rows import MANUAL, Acknowledgement, CaptureEntry, Document, FrontierRequest, Settled, at

_AT_ONCE = 5000  # addresses a query


@dataclass(frozen=True, slots=True)
class AdoptedPage:
    """A page that another crawler captured: ``moment`` is when, as the ledger writes moments, ``content_digest`` that of its
    decoded body.
    """

    ref: CaptureRef
    moment: str
    content_digest: str


class AdoptedPages:
    """The adopted captures of a ledger. Nobody asks for their pages again: they have no rows in the frontier."""

    def __init__(self, db: Database, documents: Documents):
        self._db = db
        self._documents = documents

    # -- files and captures ---------------------------------------------------------------------------------------

    def knows(self, file: str) -> bool:
        """Whether a WARC file was entered."""
        return warc_end(self._db, file) > 0

    def enter_run(self, run: str, selection: str, moment: str) -> None:
        """Enter a run that ends as it begins."""
        self._db.execute("INSERT INTO runs VALUES (?,?,?,?,?)", (run, selection, moment, moment, "complete"))

    def enter(self, run: str, ref: CaptureRef) -> bool:
        """Enter a capture; ``False``: a record of this identity is known."""
        new = not self.has(ref.record_id)
        if new:
            self.describe(run, ref)
        return new

    def has(self, record_id: str) -> bool:
        """Whether a record is a capture of the ledger."""
        return self._db.one("SELECT 1 FROM captures WHERE record_id=?", record_id) is not None

    def describe(self, run: str, ref: CaptureRef, page_class: str = "", content_digest: str = "") -> None:
        """Enter a capture, or say of one that was entered what its page is."""
        store_captures(self._db, run, [CaptureEntry(ref, "", MANUAL, page_class, content_digest)])

    def enter_end(self, file: str, end: int) -> None:
        """State the length of a file that was entered."""
        store_warc_end(self._db, file, end)

    def content_digest(self, record_id: str) -> str:
        """The content digest of a capture; empty where it is not known."""
        row = self._db.one("SELECT content_digest FROM captures WHERE record_id=?", record_id)
        return "" if row is None else str(row["content_digest"])

    def captures_of(self, urls: Iterable[str]) -> Iterator[tuple[str, str, CaptureRef]]:
        """The captures of these addresses that have a status: date as the record has it, content digest, where it is."""
        wanted = sorted(set(urls))
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            rows = self._db.all(
                "SELECT record_id, file, start_offset, length, end_offset, url, captured_at, status, payload_digest,"
                f" content_digest FROM captures WHERE url IN ({marks(some)}) AND status>0 ORDER BY captured_at, record_id",
                *some,
            )
            for row in rows:
                ref = CaptureRef(
                    *(row["file"], row["start_offset"], row["length"], row["end_offset"], row["record_id"]),
                    *(row["captured_at"], row["url"], row["status"], row["payload_digest"]),
                )
                yield row["captured_at"], row["content_digest"], ref

    # -- pages ----------------------------------------------------------------------------------------------------

    def settle_known(self, run: str, page: AdoptedPage) -> Settled | None:
        """Settle a page by its bytes alone; ``None``: they are not known, or that they are back is news. It must be read."""
        known = self._db.one(
            "SELECT key, revision, rank FROM sources WHERE content_digest=? ORDER BY current DESC, key, url LIMIT 1",
            page.content_digest,
        )
        if known is None:
            return None
        key = str(known["key"])
        if self._is_old_here(page) or self._is_older(key, page):
            return self._note(page, key, int(known["revision"]), int(known["rank"]))
        if self._documents.recorded_as(page.ref.url, page.content_digest) != key:
            return None
        return self._settle(run, page, recorded_as=key)[0][0]

    def settle(self, run: str, page: AdoptedPage, document: Document) -> tuple[Settled, Sequence[bytes]]:
        """Settle a page that was read; returns what became of its document, and the lines to write."""
        if self._is_older(document.key, page):
            revisions = self._db.all("SELECT revision, digest, reader, line FROM documents WHERE key=?", document.key)
            same = next(
                (row["revision"] for row in revisions if digest_for(document, row) == document.digest), SUPERSEDED
            )
            return self._note(page, document.key, int(same), document.rank), ()
        shown = self._shown(page) if self._is_old_here(page) else []
        settled, lines = self._settle(run, page, documents=[(document, page.content_digest)])
        if shown:  # later than this page
            self._db.execute(
                f"UPDATE sources SET current=CASE WHEN content_digest IN ({marks(shown)}) THEN 1 ELSE 0 END WHERE url=?",
                (*shown, page.ref.url),
            )
        elif lines:  # a 304 to a crawl would speak of a page that was another meanwhile
            self._db.execute("UPDATE requests SET etag='', last_modified='' WHERE url=?", (page.ref.url,))
        return settled[0], lines

    def _portal_of(self, url: str) -> str:
        """The portal whose crawl asks for an address; of any other none does."""
        row = self._db.one("SELECT portal FROM requests WHERE url=? AND portal<>? LIMIT 1", url, MANUAL)
        return MANUAL if row is None else str(row["portal"])

    def _settle(
        self,
        run: str,
        page: AdoptedPage,
        *,
        recorded_as: str = "",
        documents: Sequence[tuple[Document, str]] = (),
    ) -> tuple[Sequence[Settled], Sequence[bytes]]:
        """Settle a page as a visit of that day would have been."""
        request = FrontierRequest(MANUAL, self._portal_of(page.ref.url), "manual", "GET", page.ref.url, "")
        visit = Acknowledgement(
            request,
            outcome="",
            due_at="",
            captures=[CaptureEntry(page.ref)],
            documents=documents,
            recorded_as=recorded_as,
            content_digest=page.content_digest,
        )
        with at(datetime.fromisoformat(page.moment)):
            return self._documents.settle_all(run, visit)

    def _note(self, page: AdoptedPage, key: str, revision: int, rank: int) -> Settled:
        """Enter a page as a source of a document that the ledger knows better; what it showed later stays what it shows."""
        url = page.ref.url
        before = self._db.one("SELECT 1 FROM sources WHERE url=? AND key=? LIMIT 1", url, key)
        old = self._is_old_here(page)
        self._db.execute(
            "INSERT INTO sources VALUES (?,?,?,?,?,?,?,?,'') ON CONFLICT (url, content_digest) DO NOTHING",
            (url, page.content_digest, key, revision, self._portal_of(url), rank, page.moment, int(not old)),
        )
        if not old:
            self._db.execute(
                "UPDATE sources SET current=0 WHERE url=? AND content_digest<>?", (url, page.content_digest)
            )
        change = "superseded" if revision == SUPERSEDED else "alias" if before is None else "unchanged"
        return Settled(key, change, {})

    # -- what is known of later days ------------------------------------------------------------------------------

    def _shown(self, page: AdoptedPage) -> list[str]:
        rows = self._db.all("SELECT content_digest FROM sources WHERE url=? AND current=1", page.ref.url)
        return [str(row["content_digest"]) for row in rows]

    def _is_old_here(self, page: AdoptedPage) -> bool:
        """Whether the address is known to have shown something else later, or to be gone."""
        rows = self._db.all(
            "SELECT s.content_digest, s.first_seen, s.gone_at, COALESCE(MAX(r.succeeded_at), '') AS seen FROM sources AS s"
            " LEFT JOIN requests AS r ON r.url=s.url WHERE s.url=? AND s.current=1 GROUP BY s.content_digest, s.first_seen,"
            " s.gone_at",
            page.ref.url,
        )
        return any(
            row["gone_at"] > page.moment
            or (row["content_digest"] != page.content_digest and max(row["first_seen"], row["seen"]) > page.moment)
            for row in rows
        )

    def _is_older(self, key: str, page: AdoptedPage) -> bool:
        """Whether what counts of a document was seen, or was withdrawn, after this page was captured."""
        latest = self._db.one(
            "SELECT d.revision, d.change, c.captured_at, r.started_at FROM documents AS d LEFT JOIN captures AS c"
            " ON c.record_id=d.capture LEFT JOIN runs AS r ON r.run=d.run WHERE d.key=? ORDER BY d.revision DESC LIMIT 1",
            key,
        )
        if latest is None:
            return False
        withdrawn = latest["change"] == WITHDRAWN
        known = [str(latest["started_at"] or "") if withdrawn else moment_of_date(str(latest["captured_at"] or ""))]
        rows = self._db.all(
            "SELECT s.first_seen, s.gone_at, s.current, COALESCE(MAX(r.succeeded_at), '') AS seen FROM sources AS s"
            " LEFT JOIN requests AS r ON r.url=s.url WHERE s.key=? AND s.revision=? GROUP BY s.url, s.content_digest,"
            " s.first_seen, s.gone_at, s.current",
            *(key, latest["revision"]),
        )
        for row in rows:
            known += [row["first_seen"], row["gone_at"] or (row["seen"] if row["current"] else "")]
        return max(known) > page.moment
