"""When a page is due again: by its role, by the season, and by how long ago it was last seen to change.

A page is asked for again after a tenth (REVISIT_AGE_SHARE) of the time for which it has not changed, within the bounds of
its role: what changes often is seen often. From January to March, when the reports of the past year appear and are
corrected, the upper bound is that of the season. Must not know how pages are fetched.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Self

from scrapy.settings import BaseSettings

from crawler.numbers import number, numbers_by_name

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991
SEASON_MONTHS = (1, 2, 3)
ROLES = ("listing", "report", "attachment", "frame", "requisite", "manual")
SHORTEST = 0.5  # days
MAX_DAYS = 365_000  # later than that no date is
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RevisitPolicy:
    """The bounds in days, by role: ``least``, ``most``, and ``most_in_season``; and the share of the age between them."""

    least: Mapping[str, float]
    most: Mapping[str, float]
    most_in_season: Mapping[str, float]
    age_share: float

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read REVISIT_DAYS, REVISIT_MAX_DAYS, REVISIT_SEASON_MAX_DAYS and REVISIT_AGE_SHARE.

        Raises ValueError with one line for a role that does not exist, or what is no number of days.
        """
        bounds = []
        for name in ("REVISIT_DAYS", "REVISIT_MAX_DAYS", "REVISIT_SEASON_MAX_DAYS"):
            given = numbers_by_name(settings, name, ROLES, "role")
            for role, days in given.items():
                if days > MAX_DAYS:
                    raise ValueError(f"{name}: {role} must be a number of days, {MAX_DAYS} or less, not {days:g}")
            bounds.append({role: given.get(role, 0.0) for role in ROLES})
        least, most, most_in_season = bounds
        return cls(least, most, most_in_season, number(settings, "REVISIT_AGE_SHARE"))

    def due_at(self, role: str, changed_at: datetime | None, now: datetime) -> datetime:
        """When a page read at ``now`` is due again; ``changed_at`` is when it was last seen to change (``None``: now)."""
        season = now.astimezone(CHINA).month in SEASON_MONTHS
        most = min(self.most[role], self.most_in_season[role]) if season else self.most[role]
        age = timedelta(0) if changed_at is None else max(timedelta(0), now - changed_at)
        days = min(age * self.age_share / _DAY, most)
        if days < SHORTEST:  # what is due again today is due in the next run, whenever that is
            days = 0.0
        return now + max(days, self.least[role]) * _DAY


def moment_of(text: str) -> datetime | None:
    """A moment as the ledger writes it; ``None`` for an empty text."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def jittered(seconds: float, share: float = 0.1) -> float:
    """A pause made up to a tenth longer, so that hosts paused together do not come back together."""
    return seconds * (1 + random.random() * share)
