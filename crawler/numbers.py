"""Settings that are numbers, read strictly: what is no number, or too small, is refused in one line that names the setting.

Must not know what a number is for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from scrapy.settings import BaseSettings

# The least value of every setting that is a number, ours and those of Scrapy's that operators change; whole ones apart.
LEAST: Mapping[str, float] = {
    "DOWNLOAD_DELAY": 0,
    "DELAY_SHARE": 0,
    "DELAY_MAX": 0,
    "CRAWL_DELAY_MAX": 0,
    "ROBOTS_CACHE_HOURS": 0,
    "HOST_PAUSE": 0,
    "HOST_MAX_WAIT": 0,
    "REVISIT_AGE_SHARE": 0,
    "SHUTDOWN_SECONDS": 0,
    "DOWNLOAD_TIMEOUT": 1,
    "DOWNLOAD_HEADER_TIMEOUT": 1,
}
LEAST_WHOLE: Mapping[str, int] = {
    "HOST_BLOCK_LIMIT": 1,
    "HOST_ERROR_LIMIT": 1,
    "PORTALS_OPEN": 1,  # none open, and a run would wait for ever
    "WARC_MAX_BYTES": 1,
    "RETRY_TIMES": 0,
    "CONCURRENT_REQUESTS": 0,
    "CONCURRENT_ITEMS": 1,
    "DOWNLOAD_MAXSIZE": 0,
    "DECODED_MAXSIZE": 0,
}


def check_numbers(settings: BaseSettings) -> None:
    """Read every setting named here. Raises ValueError with one line for the first that is no number, or too small."""
    for name in LEAST:
        number(settings, name)
    for name in LEAST_WHOLE:
        whole_number(settings, name)


def number(settings: BaseSettings, name: str) -> float:
    """A setting of :data:`LEAST`. Raises ValueError with one line."""
    given, least = settings.get(name), LEAST[name]
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = math.nan
    if not (math.isfinite(value) and value >= least):
        raise ValueError(f"{name} must be a number, {least:g} or more, not {given!r}")
    return value


def whole_number(settings: BaseSettings, name: str) -> int:
    """A setting of :data:`LEAST_WHOLE`. Raises ValueError with one line."""
    given, least = settings.get(name), LEAST_WHOLE[name]
    try:
        value = int(given)
    except (TypeError, ValueError, OverflowError):
        value = least - 1
    if value < least:
        raise ValueError(f"{name} must be a whole number, {least} or more, not {given!r}")
    return value


def numbers_by_name(settings: BaseSettings, name: str, known: tuple[str, ...], what: str) -> dict[str, float]:
    """A setting that is an object of numbers, such as ``{"listing": 7}``; ``what`` calls its keys (budget, role).

    Raises ValueError with one line for what is no object, a key that is not ``known``, or a value that is no number of 0
    or more.
    """
    try:
        given = settings.getdict(name)
    except (TypeError, ValueError):
        raise ValueError(f'{name} must be an object such as {{"{known[0]}": 1}}, not {settings.get(name)!r}') from None
    for key, value in given.items():
        if key not in known:
            raise ValueError(f'{name}: unknown {what} "{key}": {what}s are {", ".join(known)}')
        wrong = isinstance(value, bool) or not isinstance(value, (int, float))
        if wrong or not math.isfinite(value) or value < 0:
            raise ValueError(f"{name}: {key} must be a number, 0 or more, not {value!r}")
    return {key: float(value) for key, value in given.items()}
