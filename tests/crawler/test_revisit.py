"""When a page is due again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from crawler.revisit import RevisitPolicy, jittered, moment_of
from tests.crawler.test_hosts import settings

SUMMER = datetime(2024, 7, 1, tzinfo=UTC)
SEASON = datetime(2024, 2, 1, tzinfo=UTC)


def days(role: str, age: float | None, now: datetime) -> float:
    policy = RevisitPolicy.from_settings(settings())
    changed = None if age is None else now - timedelta(days=age)
    return (policy.due_at(role, changed, now) - now) / timedelta(days=1)


@pytest.mark.parametrize(
    ("role", "age", "now", "expected"),
    [
        ("listing", None, SUMMER, 0),
        ("listing", 20, SUMMER, 2),
        ("listing", 1000, SUMMER, 6),
        ("listing", 4, SUMMER, 0),
        ("listing", 1000, SEASON, 0),
        ("report", None, SUMMER, 7),
        ("report", 300, SUMMER, 30),
        ("report", 5000, SUMMER, 90),
        ("report", 5000, SEASON, 7),
        ("attachment", 5000, SEASON, 60),
        ("report", -10, SUMMER, 7),
    ],
)
def test_due(role: str, age: float | None, now: datetime, expected: float) -> None:
    assert days(role, age, now) == pytest.approx(expected)


def test_the_season_is_that_of_china() -> None:
    assert days("report", 5000, datetime(2023, 12, 31, 15, 59, tzinfo=UTC)) == 90
    assert days("report", 5000, datetime(2023, 12, 31, 16, 0, tzinfo=UTC)) == 7, "it is January in China"
    assert days("report", 5000, datetime(2024, 3, 31, 16, 0, tzinfo=UTC)) == 90, "and April here"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("REVISIT_DAYS", '{"page": 1}', 'unknown role "page": roles are listing, report,'),
        ("REVISIT_MAX_DAYS", '{"report": -1}', "report must be a number, 0 or more, not -1"),
        ("REVISIT_SEASON_MAX_DAYS", '{"report": 1e9}', "report must be a number of days, 365000 or less"),
        ("REVISIT_DAYS", "soon", "must be an object"),
        ("REVISIT_AGE_SHARE", "abc", "must be a number"),
    ],
)
def test_what_is_no_policy(name: str, value: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}.*{re.escape(words)}"):
        RevisitPolicy.from_settings(settings(**{name: value}))


def test_moments_and_jitter() -> None:
    assert moment_of("") is None
    assert moment_of("2024-07-01T00:00:00.000000Z") == SUMMER
    assert all(100 <= jittered(100) <= 110 for _ in range(50))
    assert len({jittered(100) for _ in range(50)}) > 40
