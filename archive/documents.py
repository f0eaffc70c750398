"""What becomes of a document: new, revised, alias, superseded or unchanged, decided by key, digest, rank and address alone.

A part of the ledger; works inside the ledger's transaction. Must not know what a document says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from archive.database import Database, Row, marks
from archive.rows import MANUAL, Acknowledgement, Document, History, Settled, as_json, now

WITHDRAWN = "withdrawn"
SUPERSEDED = 0  # the revision of a source that shows another edition than the one that counts

_LIVE = "current=1 AND gone_at=''"
_ORPHANED = "NOT EXISTS (SELECT 1 FROM documents AS d WHERE d.key=sources.key AND d.revision=sources.revision)"


class Documents:
    """The documents of a ledger and the pages they were read from.

    A source is a page, by URL and content digest; the current source of a URL is what that URL says now. A document is
    live while one current source of it is not gone.
    """

    def __init__(self, db: Database):
        self._db = db

    def settle_all(self, run: str, acknowledgement: Acknowledgement) -> tuple[list[Settled], list[bytes]]:
        """Settle what a visit brought; returns what became of each document, and the lines to write."""
        settled, lines = [], []
        if acknowledgement.gone:
            self._db.execute(
                "UPDATE sources SET gone_at=? WHERE url=? AND current=1 AND gone_at=''",
                (now(), acknowledgement.request.url),
            )
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
        url, portal = acknowledgement.request.url, acknowledgement.request.portal
        revisions = self._db.all("SELECT * FROM documents WHERE key=? ORDER BY revision DESC", document.key)
        latest = revisions[0] if revisions else None
        here = self._source_of(url, document.key)
        same = next((row for row in revisions if digest_for(document, row) == document.digest), None)

        def unwritten(change: str, revision: int) -> tuple[Settled, None]:
            self._store_source(url, content_digest, document.key, revision, portal, document.rank)
            return Settled(document.key, change, {}), None

        if latest is not None and latest["change"] != WITHDRAWN:
            # A page that goes back to what it said before is a revision again; a second page that keeps saying it is not.
            went_back = same is not None and here == latest["revision"] != same["revision"]
            if same is not None and not went_back:
                return unwritten("alias" if here is None else "unchanged", same["revision"])
            # A copy, or the edition before a correction, does not replace what is nearer to the origin and still there.
            if self._is_nearer(document.key, latest["revision"], document.rank, url):
                return unwritten("superseded", SUPERSEDED)
        history = History(
            revision=1 if latest is None else latest["revision"] + 1,
            change="new" if latest is None else "revised",
            aliases=self._other_urls(document.key, url),
        )
        line = document.line(history, None if latest is None else bytes(latest["line"]))
        capture = acknowledgement.captures[0].ref.record_id if acknowledgement.captures else ""
        self._insert(run, portal, url, capture, document, history, line)
        self._store_source(url, content_digest, document.key, history.revision, portal, document.rank)
        return Settled(document.key, history.change, document.counts), line

    def _settle_identical(self, acknowledgement: Acknowledgement) -> Settled:
        """A page whose bytes are already recorded, at this URL or another: nothing to parse, at most an alias."""
        key, request = acknowledgement.recorded_as, acknowledgement.request
        known = self._source_of(request.url, key) is not None
        page = acknowledgement.validators
        digest = page.content_digest if page else acknowledgement.content_digest
        source = self._db.one(
            "SELECT revision, rank FROM sources WHERE key=? AND content_digest=? ORDER BY current DESC LIMIT 1",
            key,
            digest,
        )
        if source is not None:
            self._store_source(request.url, digest, key, source["revision"], request.portal, source["rank"])
        return Settled(key, "unchanged" if known else "alias", {})

    def vanished(self, portals: Sequence[str]) -> list[tuple[str, str, str]]:
        """The documents of these portals that no page shows any more and that are not withdrawn yet.

        A page that was captured by hand is no witness: nobody asks whether it is still there. Each as (key, portal, since
        when: empty where a page says something else now).
        """
        rows = self._db.all(
            f"SELECT key, MIN(portal) AS portal, MAX(gone_at) AS gone_at FROM sources WHERE portal IN ({marks(portals)})"
            f" AND NOT ({_LIVE}) AND NOT EXISTS (SELECT 1 FROM sources AS live WHERE live.key=sources.key"
            f" AND live.current=1 AND live.gone_at='' AND live.portal<>?) GROUP BY key ORDER BY key",
            *(*portals, MANUAL),
        )
        return [
            (row["key"], row["portal"], row["gone_at"])
            for row in rows
            if (latest := self._latest(row["key"])) is not None and latest["change"] != WITHDRAWN
        ]

    def withdraw(self, run: str, keys: Iterable[str], line_of: Callable[[bytes, History], bytes]) -> list[bytes]:
        """Withdraw documents; returns their lines, which ``line_of`` makes from the last ones.

        A withdrawal is a revision with the content of the one before.
        """
        lines = []
        for key in keys:
            latest = self._latest(key)
            if latest is None or latest["change"] == WITHDRAWN:
                continue
            history = History(latest["revision"] + 1, WITHDRAWN)
            line = line_of(bytes(latest["line"]), history)
            self._db.execute(
                "INSERT INTO documents SELECT key, ?, ?, title, series, period, digest, reader, rank, ?, portal, capture,"
                " url, ?, counts, ? FROM documents WHERE key=? AND revision=?",
                (history.revision, self._next_position(), run, WITHDRAWN, line, key, latest["revision"]),
            )
            lines.append(line)
        return lines

    def replace_line(self, key: str, revision: int, digest: str, reader: str, counts: str, line: bytes) -> None:
        """Let a revision say what a newer reader makes of the same page."""
        self._db.execute(
            "UPDATE documents SET digest=?, reader=?, counts=?, line=? WHERE key=? AND revision=?",
            (digest, reader, counts, line, key, revision),
        )

    # -- reading ------------------------------------------------------------------------------------------------

    def recorded_as(self, url: str, content_digest: str) -> str:
        """The key recorded from a page with exactly this content, or an empty string.

        Empty too when this URL said something else meanwhile, or its document was withdrawn: that it is back is news.
        """
        here = self._db.one("SELECT content_digest FROM sources WHERE url=? AND current=1", url)
        if here is not None and here["content_digest"] != content_digest:
            return ""
        row = self._db.one("SELECT key FROM sources WHERE content_digest=? ORDER BY key LIMIT 1", content_digest)
        latest = None if row is None else self._latest(row["key"])
        return "" if row is None or latest is None or latest["change"] == WITHDRAWN else str(row["key"])

    def find(self, key: str) -> bytes | None:
        """The JSON line of the current revision."""
        latest = self._latest(key)
        return None if latest is None else bytes(latest["line"])

    def current_lines(self, keys: Iterable[str], without: str = "") -> list[bytes]:
        """The lines of the current revisions of these documents, less those whose last change was ``without``."""
        latest = [row for key in keys if (row := self._latest(key)) is not None]
        return [bytes(row["line"]) for row in latest if row["change"] != without]

    def urls(self, key: str) -> list[tuple[str, int, bool]]:
        """The addresses a document is or was found at, best first: (URL, rank, whether it is there now)."""
        rows = self._db.all(
            "SELECT url, MAX(rank) AS rank, MIN(first_seen) AS seen,"
            f" MAX(CASE WHEN {_LIVE} AND revision>0 THEN 1 ELSE 0 END) AS live"
            " FROM sources WHERE key=? GROUP BY url ORDER BY live DESC, rank DESC, seen, url",
            key,
        )
        return [(row["url"], row["rank"], bool(row["live"])) for row in rows]

    def other_editions(self, key: str) -> list[tuple[str, int]]:
        """Where in the archive the pages are that show another edition than the one that counts: file, offset."""
        rows = self._db.all(
            "SELECT captures.file AS file, captures.start_offset AS start_offset FROM sources"
            " JOIN requests ON requests.url=sources.url JOIN captures ON captures.record_id=requests.capture"
            f" WHERE sources.key=? AND sources.revision=? AND {_LIVE} ORDER BY sources.url",
            key,
            SUPERSEDED,
        )
        return [(row["file"], row["start_offset"]) for row in rows]

    def requested_at(self, key: str, revision: int) -> str:
        """The address a revision was asked for at; its page may stand where that one redirects to."""
        row = self._db.one("SELECT url FROM documents WHERE key=? AND revision=?", key, revision)
        return "" if row is None else str(row["url"])

    def current(self) -> Iterator[tuple[str, int, str, bytes]]:
        """Key, revision, change and line of the current revision of every document, in order of key."""
        rows = self._db.stream(
            "SELECT key, revision, change, line FROM documents AS d WHERE revision ="
            " (SELECT MAX(revision) FROM documents AS newer WHERE newer.key=d.key) ORDER BY key"
        )
        for row in rows:
            yield row["key"], row["revision"], row["change"], bytes(row["line"])

    def captured(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Of every document, in order of key: key, title, and of the page its current revision was read from the URL, the
        time of the capture (ISO 8601 UTC) and the WARC file."""
        rows = self._db.stream(
            "SELECT d.key AS key, d.title AS title, c.url AS url, c.captured_at AS captured_at, c.file AS file"
            " FROM documents AS d JOIN captures AS c ON c.record_id=d.capture WHERE d.revision ="
            " (SELECT MAX(revision) FROM documents AS newer WHERE newer.key=d.key) ORDER BY d.key"
        )
        for row in rows:
            yield row["key"], row["title"], row["url"], row["captured_at"], row["file"]

    def known_keys(self) -> list[str]:
        return [str(row["key"]) for row in self._db.all("SELECT DISTINCT key FROM documents ORDER BY key")]

    def lines(self, run: str) -> Iterator[bytes]:
        """The lines a run recorded, in the order in which it wrote them."""
        for row in self._db.all("SELECT line FROM documents WHERE run=? ORDER BY position", run):
            yield bytes(row["line"])

    def size(self, run: str) -> int:
        """How many bytes the lines of a run take in its file."""
        return self._db.count("SELECT COALESCE(SUM(LENGTH(line) + 1), 0) FROM documents WHERE run=?", run)

    # -- forgetting ---------------------------------------------------------------------------------------------

    def forget(self, captures: Sequence[str]) -> None:
        """Forget what was read from these captures: their bytes are lost."""
        for capture in captures:
            for row in self._db.all("SELECT key, revision FROM documents WHERE capture=?", capture):
                self._db.execute("DELETE FROM sources WHERE key=? AND revision=?", (row["key"], row["revision"]))
            self._db.execute("DELETE FROM documents WHERE capture=?", (capture,))

    def forget_pages(self, condition: str, values: Sequence[object]) -> tuple[int, list[str]]:
        """Forget what was read from pages whose address meets an SQL condition on ``url``, also where a redirect led there.

        Returns how many documents that concerns, and the addresses of other pages that show them: read again, those pages
        are their sources.
        """
        # An address that is asked for may lead elsewhere: what answered is known of the capture alone.
        twice = (*values, *values)
        self._db.execute(
            f"DELETE FROM sources WHERE {condition} OR url IN (SELECT url FROM requests WHERE capture IN"
            f" (SELECT record_id FROM captures WHERE {condition}))",
            twice,
        )
        keys = self._db.all(
            f"SELECT DISTINCT key FROM documents WHERE {condition} OR capture IN"
            f" (SELECT record_id FROM captures WHERE {condition})",
            *twice,
        )
        self._db.execute(
            f"DELETE FROM documents WHERE {condition} OR capture IN (SELECT record_id FROM captures WHERE {condition})",
            twice,
        )
        elsewhere = []
        for row in keys:
            elsewhere += self._db.all(f"SELECT DISTINCT url FROM sources WHERE key=? AND {_ORPHANED}", row["key"])
            self._db.execute(f"DELETE FROM sources WHERE key=? AND {_ORPHANED}", (row["key"],))
        return len(keys), [row["url"] for row in elsewhere]

    # -- rows ---------------------------------------------------------------------------------------------------

    def _latest(self, key: str) -> Row | None:
        return self._db.one("SELECT * FROM documents WHERE key=? ORDER BY revision DESC LIMIT 1", key)

    def _source_of(self, url: str, key: str) -> int | None:
        """The revision a URL showed of a document when it was read last; ``None``: it never did."""
        row = self._db.one(
            "SELECT revision FROM sources WHERE url=? AND key=? ORDER BY current DESC, first_seen DESC LIMIT 1",
            url,
            key,
        )
        return None if row is None else int(row["revision"])

    def _is_nearer(self, key: str, revision: int, rank: int, elsewhere_than: str) -> bool:
        """Whether another page of a higher rank shows this revision now."""
        row = self._db.one(
            f"SELECT 1 FROM sources WHERE key=? AND revision=? AND rank>? AND url<>? AND {_LIVE} LIMIT 1",
            *(key, revision, rank, elsewhere_than),
        )
        return row is not None

    def _other_urls(self, key: str, url: str) -> tuple[str, ...]:
        rows = self._db.all(
            f"SELECT DISTINCT url FROM sources WHERE key=? AND url<>? AND {_LIVE} ORDER BY url", key, url
        )
        return tuple(row["url"] for row in rows)

    def _next_position(self) -> int:
        return self._db.count("SELECT COALESCE(MAX(position), 0) + 1 FROM documents")

    def _insert(
        self, run: str, portal: str, url: str, capture: str, document: Document, history: History, line: bytes
    ) -> None:
        self._db.execute(
            f"INSERT INTO documents VALUES ({marks(range(16))})",
            (
                *(document.key, history.revision, self._next_position(), document.title, document.series),
                *(document.period, document.digest, document.reader, document.rank, run, portal, capture, url),
                *(history.change, as_json(dict(document.counts)), line),
            ),
        )

    def _store_source(self, url: str, content_digest: str, key: str, revision: int, portal: str, rank: int) -> None:
        self._db.execute("UPDATE sources SET current=0 WHERE url=? AND content_digest<>?", (url, content_digest))
        self._db.execute(
            "INSERT INTO sources VALUES (?,?,?,?,?,?,?,1,'') ON CONFLICT (url, content_digest) DO UPDATE SET"
            " key=excluded.key, revision=excluded.revision, portal=excluded.portal, rank=excluded.rank, current=1, gone_at=''",
            (url, content_digest, key, revision, portal, rank, now()),
        )


def digest_for(document: Document, row: Row) -> str:
    """A revision's digest as the document's reader would have it; digests of different readers do not compare."""
    if row["reader"] == document.reader:
        return str(row["digest"])
    return document.reread(bytes(row["line"])) or str(row["digest"])
