"""How long a server asks to be left alone: the Retry-After field of RFC 9110, section 10.2.3.

Must not know who asks or what is done about it; the caller sets the ceiling.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Some thirty years, in seconds: longer waits are not told apart, and this one still fits a timedelta.
LONGEST = 1e9

_SECONDS = re.compile(r"[0-9]+")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
# The three forms of section 5.6.7. The day of the week says nothing the date does not say, and is often wrong.
_DATES = (
    re.compile(rf"[a-z]+, (?P<day>[0-9]{{2}}) (?P<month>[a-z]{{3}}) (?P<year>[0-9]{{4}}) {_TIME} (?:gmt|utc)"),
    re.compile(rf"[a-z]+, (?P<day>[0-9]{{2}})-(?P<month>[a-z]{{3}})-(?P<year>[0-9]{{2}}) {_TIME} (?:gmt|utc)"),
    re.compile(rf"[a-z]+ (?P<month>[a-z]{{3}}) (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)


def retry_after(headers: Mapping[Any, Any], now: datetime) -> float | None:
    """Seconds from ``now`` (aware) that the server asks to wait: 0 to :data:`LONGEST`; None if it does not say or not readably.

    ``headers`` map names in any case to a value or a list of values, as text or bytes. Of several fields the longest wait counts. A
    date that has passed asks for no wait.
    """
    fields = (
        _text(value).strip(" \t").lower()
        for name, values in headers.items()
        if _text(name).lower() == "retry-after"
        for value in (values if isinstance(values, list | tuple) else [values])
    )
    return max((wait for field in fields if (wait := _read(field, now)) is not None), default=None)


def _text(part: Any) -> str:
    return part.decode("latin-1") if isinstance(part, bytes) else str(part)


def _read(field: str, now: datetime) -> float | None:
    if _SECONDS.fullmatch(field):
        return min(float(field), LONGEST)
    for form in _DATES:
        if found := form.fullmatch(field):
            date = _date(found, now)
            return None if date is None else min(max((date - now).total_seconds(), 0.0), LONGEST)
    return None


def _date(found: re.Match[str], now: datetime) -> datetime | None:
    if found["month"] not in _MONTHS:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        # More than 50 years ahead means the most recent year in the past that ends so.
        year += now.year - now.year % 100
        year -= 100 if year > now.year + 50 else 0
    try:
        return datetime(
            year,
            _MONTHS.index(found["month"]) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(int(found["second"]), 59),  # a leap second is written 60
            tzinfo=UTC,
        )
    except ValueError:
        return None
