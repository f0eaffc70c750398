"""What becomes of a document: new, revised, alias or unchanged, decided by key, digest and address alone.

A part of the ledger; works inside the ledger's transaction. Must not know what a document says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archive.database import Database, Row, marks
from archive.rows import Acknowledgement, Document, FrontierRequest, History, Settled, as_json, now


class Documents:
    """The documents of a ledger and the pages they were read from.

    A source is a page, by URL and content digest; the source of a URL seen last is what that URL says now.
    """

    def __init__(self, db: Database):
        self._db = db

    def settle_all(self, run: str, acknowledgement: Acknowledgement) -> tuple[list[Settled], list[bytes]]:
        """Settle what a visit brought; returns what became of each document, and the lines to write."""
        settled, lines = [], []
        for document, content_digest in acknowledgement.documents:
            outcome, line = self._settle(run, acknowledgement, document, content_digest)
            settled.append(outcome)
            if line is not None:
                lines.append(line)
        if acknowledgement.recorded_as:
            settled.append(self._settle_identical(acknowledgement))
        return settled, lines

    def _settle(
        self, run: str, acknowledgement: Acknowledgement, document: Document, content_digest: str
    ) -> tuple[Settled, bytes | None]:
        request = acknowledgement.request
        latest = self._latest(document.key)
        here = self._source_of(request.url, document.key)
        same = self._db.one(
            "SELECT revision FROM documents WHERE key=? AND digest=? ORDER BY revision DESC LIMIT 1",
            *(document.key, document.digest),
        )
        # A page that goes back to what it said before is a revision again; a second page that keeps saying it is not.
        went_back = (
            same is not None
            and latest is not None
            and here is not None
            and same["revision"] < latest["revision"] == here["revision"]
        )
        if same is not None and not went_back:
            self._store_source(request.url, content_digest, document.key, same["revision"])
            return Settled(document.key, "alias" if here is None else "unchanged", {}), None
        history = History(
            revision=1 if latest is None else latest["revision"] + 1,
            change="new" if latest is None else "revised",
            aliases=self._other_urls(document.key, request.url),
        )
        line = document.line(history, None if latest is None else bytes(latest["line"]))
        capture = acknowledgement.captures[0].ref.record_id if acknowledgement.captures else ""
        self._insert(run, request, capture, document, history, line)
        self._store_source(request.url, content_digest, document.key, history.revision)
        return Settled(document.key, history.change, document.counts), line

    def _settle_identical(self, acknowledgement: Acknowledgement) -> Settled:
        """A page whose bytes are already recorded, at this URL or another: nothing to parse, at most an alias."""
        key, url = acknowledgement.recorded_as, acknowledgement.request.url
        known = self._source_of(url, key) is not None
        digest = acknowledgement.validators.content_digest if acknowledgement.validators else ""
        source = self._db.one("SELECT revision FROM sources WHERE key=? AND content_digest=? LIMIT 1", key, digest)
        if source is not None:
            self._store_source(url, digest, key, source["revision"])
        return Settled(key, "unchanged" if known else "alias", {})

    # -- reading ------------------------------------------------------------------------------------------------

    def recorded_as(self, url: str, content_digest: str) -> str:
        """The key recorded from a page with exactly this content, or an empty string.

        Empty too when this URL said something else meanwhile: that it went back is news.
        """
        here = self._db.one("SELECT content_digest FROM sources WHERE url=? ORDER BY seen DESC LIMIT 1", url)
        if here is not None and here["content_digest"] != content_digest:
            return ""
        row = self._db.one("SELECT key FROM sources WHERE content_digest=? ORDER BY key LIMIT 1", content_digest)
        return "" if row is None else str(row["key"])

    def find(self, key: str) -> bytes | None:
        """The JSON line of the current revision."""
        latest = self._latest(key)
        return None if latest is None else bytes(latest["line"])

    def known_keys(self) -> list[str]:
        return [str(row["key"]) for row in self._db.all("SELECT DISTINCT key FROM documents ORDER BY key")]

    def lines(self, run: str) -> Iterator[bytes]:
        """The lines a run recorded, in the order in which it wrote them."""
        for row in self._db.all("SELECT line FROM documents WHERE run=? ORDER BY position", run):
            yield bytes(row["line"])

    def size(self, run: str) -> int:
        """How many bytes the lines of a run take in its file."""
        return self._db.count("SELECT COALESCE(SUM(LENGTH(line) + 1), 0) FROM documents WHERE run=?", run)

    # -- rows ---------------------------------------------------------------------------------------------------

    def forget(self, captures: Sequence[str]) -> None:
        """Forget what was read from these captures: their bytes are lost."""
        for capture in captures:
            for row in self._db.all("SELECT key, revision FROM documents WHERE capture=?", capture):
                self._db.execute("DELETE FROM sources WHERE key=? AND revision=?", (row["key"], row["revision"]))
            self._db.execute("DELETE FROM documents WHERE capture=?", (capture,))

    def _latest(self, key: str) -> Row | None:
        return self._db.one("SELECT revision, line FROM documents WHERE key=? ORDER BY revision DESC LIMIT 1", key)

    def _source_of(self, url: str, key: str) -> Row | None:
        return self._db.one("SELECT revision FROM sources WHERE url=? AND key=? ORDER BY seen DESC LIMIT 1", url, key)

    def _other_urls(self, key: str, url: str) -> tuple[str, ...]:
        rows = self._db.all("SELECT DISTINCT url FROM sources WHERE key=? AND url<>? ORDER BY url", key, url)
        return tuple(row["url"] for row in rows)

    def _insert(
        self, run: str, request: FrontierRequest, capture: str, document: Document, history: History, line: bytes
    ) -> None:
        position = self._db.count("SELECT COALESCE(MAX(position), 0) + 1 FROM documents")
        self._db.execute(
            f"INSERT INTO documents VALUES ({marks(range(11))})",
            (
                *(document.key, history.revision, position, document.title, document.digest, run, request.portal),
                *(capture, history.change, as_json(dict(document.counts)), line),
            ),
        )

    def _store_source(self, url: str, content_digest: str, key: str, revision: int) -> None:
        self._db.execute(
            "INSERT INTO sources VALUES (?,?,?,?,?) ON CONFLICT (url, content_digest)"
            " DO UPDATE SET key=excluded.key, revision=excluded.revision, seen=excluded.seen",
            (url, content_digest, key, revision, now()),
        )
