"""Both forms of Retry-After are read, the obsolete dates too; what cannot be read asks for nothing."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Headers

from crawler.retry_after import LONGEST, retry_after

NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120\t", 120),
        ("00120", 120),
        ("Sat, 31 Jan 2026 12:02:00 GMT", 120),
        ("sat, 31 jan 2026 12:02:00 gmt", 120),
        ("Mon, 31 Jan 2026 12:02:00 GMT", 120),  # the wrong day of the week
        ("Saturday, 31-Jan-26 12:02:00 GMT", 120),
        ("Sat Jan 31 12:02:00 2026", 120),
        ("Sun Feb  1 12:00:00 2026", 86400),
        ("Sat, 31 Jan 2026 12:00:60 GMT", 59),
        ("Sat, 31 Jan 2026 11:59:59 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
        ("Friday, 31-Jan-75 12:00:00 GMT", LONGEST),  # 2075: 49 years ahead
        ("Sunday, 31-Jan-77 12:00:00 GMT", 0),  # 1977: 2077 would be more than 50 years ahead
        ("9" * 5000, LONGEST),
    ],
)
def test_forms(field: str, seconds: float) -> None:
    assert retry_after({"Retry-After": field}, NOW) == seconds


@pytest.mark.parametrize(
    "field",
    [
        *("", " ", "-1", "+5", "1.5", "1e3", "１２０", "0x10", "120 seconds", "soon", "tomorrow", "120, 240"),
        *("Sat, 31 Jan 2026 12:02:00", "Sat, 31 Jan 2026 12:02:00 +0800", "2026-01-31T12:02:00Z", "31 Jan 2026"),
        *("Sat, 32 Jan 2026 12:02:00 GMT", "Sat, 31 Abc 2026 12:02:00 GMT", "Sat, 31 Jan 2026 25:02:00 GMT"),
        *("Sat, 31 Jan 0000 12:02:00 GMT", "Sat Jan  0 12:02:00 2026", "\x00", "\ud800"),
    ],
)
def test_the_unreadable_asks_for_nothing(field: str) -> None:
    assert retry_after({"Retry-After": field}, NOW) is None


def test_absent() -> None:
    assert retry_after({}, NOW) is None
    assert retry_after({"X-Retry-After": "5", "After": "5"}, NOW) is None


def test_names_in_any_case_text_or_bytes() -> None:
    assert retry_after({"retry-AFTER": "5"}, NOW) == 5
    assert retry_after({b"Retry-After": [b"5"]}, NOW) == 5
    assert retry_after(Headers({"Retry-After": "5"}), NOW) == 5
    assert retry_after({b"Retry-After": "稍后".encode("gb18030")}, NOW) is None


def test_of_several_the_longest_counts() -> None:
    assert retry_after(Headers({"Retry-After": ["5", "soon", "60"]}), NOW) == 60


def test_now_is_an_instant_in_any_zone() -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    assert retry_after({"Retry-After": "Sat, 31 Jan 2026 12:02:00 GMT"}, beijing) == 120


@given(st.integers(min_value=0, max_value=10**8))
def test_a_date_and_its_distance_are_one(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after({"Retry-After": date}, NOW) == retry_after({"Retry-After": str(seconds)}, NOW) == seconds


@given(st.one_of(st.text(), st.binary(), st.lists(st.binary()), st.none(), st.integers()))
def test_anything_is_survived(field: object) -> None:
    seconds = retry_after({"Retry-After": field}, NOW)
    assert seconds is None or (math.isfinite(seconds) and 0 <= seconds <= LONGEST)
