"""What a ledger remembers of hosts from run to run, and of their robots.txt.

A part of the ledger. Host states are opaque JSON objects. Must not know what follows from them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from archive.database import Database
from archive.rows import as_json


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """The robots.txt of an authority (``scheme://host:port``) as it was answered last.

    ``problem`` says why it was unreachable (empty: it was not); ``body`` is that of the last good answer, got at
    ``good_at`` (empty: never), and empty where there is no such file.
    """

    authority: str
    fetched_at: str
    problem: str
    body: bytes
    good_at: str


class HostMemory:
    """Host states and robots.txt files of a ledger."""

    def __init__(self, db: Database):
        self._db = db

    def load(self, host: str) -> dict[str, object]:
        """What is remembered of a host; empty for a stranger."""
        row = self._db.one("SELECT state FROM hosts WHERE host=?", host)
        return {} if row is None else dict(json.loads(row["state"]))

    def load_all(self) -> dict[str, dict[str, object]]:
        """What is remembered, by host."""
        return {
            row["host"]: json.loads(row["state"]) for row in self._db.all("SELECT host, state FROM hosts ORDER BY host")
        }

    def save(self, states: Mapping[str, Mapping[str, object]]) -> None:
        """Remember the states of hosts."""
        for host, state in states.items():
            self._db.execute(
                "INSERT INTO hosts VALUES (?,?) ON CONFLICT (host) DO UPDATE SET state=excluded.state",
                (host, as_json(dict(state))),
            )

    def load_robots(self, authority: str) -> RobotsFile | None:
        row = self._db.one("SELECT * FROM robots WHERE authority=?", authority)
        if row is None:
            return None
        return RobotsFile(authority, row["fetched_at"], row["problem"], bytes(row["body"]), row["good_at"])

    def save_robots(self, file: RobotsFile) -> None:
        self._db.execute(
            "INSERT INTO robots VALUES (?,?,?,?,?) ON CONFLICT (authority) DO UPDATE SET fetched_at=excluded.fetched_at,"
            " problem=excluded.problem, body=excluded.body, good_at=excluded.good_at",
            (file.authority, file.fetched_at, file.problem, file.body, file.good_at),
        )
