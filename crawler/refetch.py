"""What to ask for before it is due: ``--refetch`` read, and turned into rows of the frontier made due.

Must not know how rows are stored, nor how they are fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from archive.frontier import Frontier
from archive.rows import later
from crawler.portals import Portal

FORMS = "all, portal=ID, host=HOST, year=YEAR, url=GLOB, older=DAYS"


@dataclass(frozen=True, slots=True)
class Refetch:
    """One ``--refetch``: ``what`` (all, portal, host, year, url, older) and its value as the frontier takes it."""

    what: str
    value: str = ""

    @classmethod
    def of(cls, text: str, portals: Sequence[Portal]) -> Refetch:
        """Read an argument of ``--refetch``. Raises ValueError with one line."""
        what, mark, value = text.partition("=")
        if text == "all":
            return cls("all")
        if what not in ("portal", "host", "year", "url", "older") or not mark or not value:
            raise ValueError(f"--refetch {text}: not one of {FORMS}")
        if what == "portal" and value not in {portal.id for portal in portals}:
            raise ValueError(f"--refetch {text}: portal {value} is not among those crawled; see 'scrapy portals'")
        if what == "year" and not (value.isascii() and value.isdigit() and len(value) == 4):
            raise ValueError(f"--refetch {text}: a year has four digits")
        if what == "url":
            return cls("url", _like(value))
        if what == "older":
            try:
                days = float(value)
            except ValueError:
                days = -1.0
            if not 0 <= days < 100_000:
                raise ValueError(f"--refetch {text}: older wants a number of days")
            return cls("older", later(-timedelta(days=days)))
        return cls(what, value.lower() if what == "host" else value)

    def apply(self, frontier: Frontier, portals: Sequence[Portal]) -> int:
        """Make the selected rows due; returns how many that are beside those due anyway."""
        return frontier.refetch([portal.id for portal in portals], self.what, self.value)


def _like(glob: str) -> str:
    """A pattern of SQL's LIKE from a glob (``*`` and ``?``)."""
    escaped = glob.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("?", "_")
