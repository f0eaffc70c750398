"""Dates of records as the ledger writes moments. Must not know records."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_BEGINNING = ("0001", "01", "01", "00", "00", "00")


def moment_of_date(text: str) -> str:
    """A WARC-Date as the ledger writes moments; empty if it is none. What a date leaves out is its beginning."""
    numbers = re.findall(r"\d+", text)
    if not numbers:
        return ""
    fraction = numbers[6][:6].ljust(6, "0") if len(numbers) > 6 else "000000"
    parts = [*numbers[:6], *_BEGINNING[len(numbers[:6]) :]]
    try:
        year, month, day, hour, minute, second = map(int, parts)
        # a leap second is the last moment of its minute
        moment = datetime(year, month, day, hour, minute, min(second, 59), int(fraction), UTC)
    except (ValueError, OverflowError):
        return ""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")  # strftime does not fill up years
