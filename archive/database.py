"""The SQLite file below the ledger: opened, checked, and spoken to in transactions.

Must not know what the tables mean; their definition is ``ledger.sql``.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA_VERSION = "3"
CHECKED_BYTES = 64 * 1024 * 1024  # a ledger up to this size is read through when it is opened: half a second
REMEDY = "restore it, or move it aside and make it again from the WARC files: scrapy rebuild"

Row = sqlite3.Row


class DamagedLedger(Exception):
    """The ledger cannot be read, or was written by another version."""


class Database:
    """A connection that is its own only writer.

    Creates the schema in a file that is new; raises :class:`DamagedLedger`, changing nothing, if the file is not a ledger of
    this version, and sqlite3.OperationalError if the file cannot be opened or written.

    A transaction is durable against the death of the process; against that of the machine after :meth:`sync`. With
    ``read_only`` the file is not written, not even what a crash left in the log; it must be there.
    """

    def __init__(self, path: Path, *, read_only: bool = False):
        self.path = path
        address = path.absolute().as_uri()
        if read_only:
            # In a folder that it cannot write to, SQLite cannot make the log that readers share; without one nobody writes.
            shared = path.with_name(f"{path.name}-wal").exists()
            alone = not shared and not os.access(path.absolute().parent, os.W_OK)
            self._open(f"{address}?mode=ro{'&immutable=1' if alone else ''}", write=False)
            return
        known = path.exists() and path.stat().st_size > 0 and not path.with_name(f"{path.name}-journal").exists()
        if known:
            # Closed, a connection that may write would write what is left in the log into a file that is refused.
            self._open(f"{address}?mode=ro", write=False)
            self.close()
        self._open(address, check=not known)

    def _open(self, address: str, *, check: bool = True, write: bool = True) -> None:
        self._connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=10, check_same_thread=False)
        try:
            self._connection.row_factory = sqlite3.Row
            if not self._check_version() and write:
                self._create()
            if check:
                self._check_pages()
            if not write:
                return
            self._connection.execute("PRAGMA journal_mode=WAL").fetchall()
            self._connection.execute("PRAGMA synchronous=NORMAL")
            if not check:  # checked before, by a connection of its own: within one SQLite calls the tables locked here
                # On a disk that was full the log holds what found no room: it would grow with every attempt to go on.
                with contextlib.suppress(sqlite3.OperationalError):
                    self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except (sqlite3.DatabaseError, DamagedLedger) as error:
            self._connection.close()
            if isinstance(error, (sqlite3.OperationalError, DamagedLedger)):
                raise  # full, locked, not writable: nothing is wrong with the file
            raise DamagedLedger(f"{self.path} cannot be read as a ledger ({error}); {REMEDY}") from error

    def _check_version(self) -> bool:
        """Refuse a file that is no ledger of this version; ``False``: it is new."""
        tables = {row["name"] for row in self.all("SELECT name FROM sqlite_master WHERE type='table'")}
        if not tables:
            return False
        found = self.one("SELECT value FROM about WHERE name='schema'") if "about" in tables else None
        if found is None or found["value"] != SCHEMA_VERSION:
            version = "no ledger" if found is None else f"schema {found['value']}"
            raise DamagedLedger(f"{self.path} is {version}, this program writes schema {SCHEMA_VERSION}; {REMEDY}")
        return True

    def _create(self) -> None:
        schema = Path(__file__).with_name("ledger.sql").read_text(encoding="utf-8")
        self._connection.executescript(
            f"BEGIN;\n{schema}\nINSERT INTO about VALUES ('schema', '{SCHEMA_VERSION}');\nCOMMIT;"
        )

    def _check_pages(self) -> None:
        """Refuse a file that lost pages, and read a small one through."""
        page = int(self._connection.execute("PRAGMA page_size").fetchone()[0])
        pages = int(self._connection.execute("PRAGMA page_count").fetchone()[0])
        size = self.path.stat().st_size
        unwritten = self.path.with_name(self.path.name + "-wal")
        if size < page * pages and not (unwritten.exists() and unwritten.stat().st_size):
            raise DamagedLedger(f"{self.path} is cut: {size} of {page * pages} bytes; {REMEDY}")
        if size <= CHECKED_BYTES:
            found = str(self._connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                raise DamagedLedger(f"{self.path} is damaged ({' '.join(found.split())}); {REMEDY}")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; any exception rolls back."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # SQLite ends it itself when the disk is full
                self._connection.execute("ROLLBACK")
            raise
        try:
            self._connection.execute("COMMIT")
        except BaseException:
            # A commit that fails (disk full) may leave the transaction open: nothing of it may linger.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def sync(self) -> None:
        """Force all that was committed onto the disk; what a checkpoint took out of the log it forced there itself."""
        with contextlib.suppress(FileNotFoundError), self.path.with_name(f"{self.path.name}-wal").open("rb") as log:
            os.fsync(log.fileno())

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """A transaction that is rolled back in the end."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A transaction that reads: it sees one moment and keeps nobody from writing."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def execute(self, sql: str, values: tuple[object, ...] = ()) -> int:
        """Run one statement; returns the number of rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def one(self, sql: str, *values: object) -> Row | None:
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, *values: object) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def stream(self, sql: str, *values: object) -> Iterator[Row]:
        """Rows as they are read; nothing may be written to their tables meanwhile."""
        yield from self._connection.execute(sql, values)

    def count(self, sql: str, *values: object) -> int:
        return int(self._connection.execute(sql, values).fetchone()[0])


def marks(values: Iterable[object]) -> str:
    """As many parameter marks as there are values; for none an empty text, which no key or host equals."""
    return ",".join("?" for _ in values) or "''"
