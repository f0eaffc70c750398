"""What is never fetched, emitted or exported again: hosts and addresses, by the operator's word.

The tombstone is a record: it is written into the archive, too (as an exchange in which nothing was sent), so that a
ledger rebuilt from the WARC files obeys it. A part of the ledger. Must not know requests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.database import Database
from archive.rows import now

HINT = "tombstone"  # key of the hint that marks the record of a tombstone in a WARC file


@dataclass(frozen=True, slots=True)
class Tombstone:
    """``kind`` is ``host`` (the target is a host name, every port and scheme of it is meant) or ``url`` (by http and https)."""

    target: str
    kind: str

    @classmethod
    def of(cls, target: str) -> Tombstone:
        """The tombstone of an address, or of a host name. Raises ValueError with one line for anything else."""
        text = target.strip()
        if "://" in text:
            parts = urlsplit(text)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{target} is not an http or https address")
            return cls(text.split("#", 1)[0], "url")
        host = text.lower().rstrip(".")
        if not host or any(char in host for char in "/:?#@*% ") or "." not in host:
            raise ValueError(f"{target} is neither an address nor a host name")
        return cls(host, "host")

    @property
    def condition(self) -> tuple[str, tuple[object, ...]]:
        """An SQL condition on a column ``url``, with its values."""
        if self.kind == "url":
            return "url IN (?,?)", tuple(f"{scheme}://{_without_scheme(self.target)}" for scheme in ("http", "https"))
        starts = [f"{scheme}://{self.target}" for scheme in ("http", "https")]
        values = [value for start in starts for value in (f"{start}/", f"{start}0", f"{start}:", f"{start};")]
        # '0' follows '/' and ';' follows ':' in every byte order: a range of the index, not a pattern
        return " OR ".join("(url>=? AND url<?)" for _ in range(4)), tuple(values)


class Tombstones:
    """The tombstones of a ledger."""

    def __init__(self, db: Database):
        self._db = db
        self._hosts: set[str] = set()
        self._urls: set[str] = set()
        self._read()

    def add(self, tombstones: Iterable[Tombstone]) -> None:
        """Set tombstones; works inside the ledger's transaction."""
        for stone in tombstones:
            self._db.execute(
                "INSERT INTO tombstones VALUES (?,?,?) ON CONFLICT (target) DO NOTHING",
                (stone.target, stone.kind, now()),
            )
        self._read()

    def covers(self, url: str) -> bool:
        """Whether an address must be left alone."""
        if not self._hosts and not self._urls:
            return False
        return _without_scheme(url) in self._urls or (urlsplit(url).hostname or "") in self._hosts

    def all(self) -> list[Tombstone]:
        return [
            Tombstone(row["target"], row["kind"]) for row in self._db.all("SELECT * FROM tombstones ORDER BY target")
        ]

    def _read(self) -> None:
        stones = self.all()
        self._hosts = {stone.target for stone in stones if stone.kind == "host"}
        self._urls = {_without_scheme(stone.target) for stone in stones if stone.kind == "url"}


def _without_scheme(url: str) -> str:
    return url.partition("://")[2]
