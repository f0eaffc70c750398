"""WARC-Date in its many forms, as the ledger writes moments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.dates import moment_of_date
from archive.rows import at, now


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2024-03-01T08:00:00Z", "2024-03-01T08:00:00.000000Z"),
        ("2024-03-01T08:00:00.5Z", "2024-03-01T08:00:00.500000Z"),
        ("2024-03-01T08:00:00.123456789Z", "2024-03-01T08:00:00.123456Z"),
        ("2024-03-01T08:00Z", "2024-03-01T08:00:00.000000Z"),
        ("2024-03", "2024-03-01T00:00:00.000000Z"),
        ("0009", "0009-01-01T00:00:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000000Z"),
        ("", ""),
        ("yesterday", ""),
        ("2024-02-30T08:00:00Z", ""),
        ("99999999999999999999-01-01", ""),
    ],
)
def test_moments_sort_as_their_dates(date: str, moment: str) -> None:
    assert moment_of_date(date) == moment


def test_moments_are_written_as_the_ledger_writes_its_own() -> None:
    with at(datetime(2024, 3, 1, 8, tzinfo=UTC)):
        assert moment_of_date("2024-03-01T08:00:00Z") == now()
