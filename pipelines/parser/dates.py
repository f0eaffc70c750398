"""Dates and years as reports print them.

Promises ISO 8601 dates for calendar dates that exist, in any of the forms met (2024-01-30 09:30, 2024年1月30日,
二〇二四年一月三十日, and the damaged 20241月30日), and the date in a URL where a content system puts one. Must not know
what a date is the date of.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
# The year's 年 may be lost by a page or an extraction; month and day then still stand.
_CHINESE = re.compile(r"((?:19|20)\d\d)年?([01]?\d)月([0-3]?\d)日?")
_CHINESE_NUMERALS = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十元]{1,3})月([一二三四五六七八九十廿卅]{1,4})日"
)
_PLAIN = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-/.]([01]?\d)[-/.]([0-3]?\d)(?!\d)(?:[T ]*([0-2]?\d):([0-5]\d)(?::([0-5]\d))?)?"
)
_URL_DATES = (
    re.compile(r"/t((?:19|20)\d\d)([01]\d)([0-3]\d)_"),
    re.compile(r"/((?:19|20)\d\d)/([01]?\d)/([0-3]?\d)/"),
    re.compile(r"/((?:19|20)\d\d)-([01]\d)/([0-3]\d)/"),
    re.compile(r"/((?:19|20)\d\d)([01]\d)([0-3]\d)(?:/|_|\d{6,}\D)"),
)


def read_date(text: str) -> date | None:
    """The first date in the text."""
    found = _find(unicodedata.normalize("NFKC", text))
    return found[0] if found else None


def read_timestamp(text: str) -> str | None:
    """The first date in the text in ISO 8601; with the time, in China Standard Time (UTC+8), where one is printed."""
    found = _find(unicodedata.normalize("NFKC", text))
    if found is None:
        return None
    day, match = found
    if match.re is not _PLAIN or match[4] is None or int(match[4]) > 23:
        return day.isoformat()
    seconds = f":{match[6]}" if match[6] else ""
    return f"{day.isoformat()}T{int(match[4]):02}:{match[5]}{seconds}+08:00"


def find_signature_date(text: str) -> tuple[str, date] | None:
    """The last date written out in full (年月日) in the text: as printed without white space, and its value."""
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    last = None
    for pattern in (_CHINESE, _CHINESE_NUMERALS):
        for match in pattern.finditer(bare):
            day = _date_of(match)
            if day is not None and (last is None or match.start() > last[2]):
                last = (match[0], day, match.start())
    return last[:2] if last else None


def date_in_url(url: str) -> date | None:
    """The date that a content system wrote into the path, if it is one."""
    for pattern in _URL_DATES:
        match = pattern.search(url)
        if match:
            day = _calendar(match[1], match[2], match[3])
            if day is not None:
                return day
    return None


def chinese_number(text: str) -> int | None:
    """A whole number below ten thousand in Chinese numerals: 三百二十一; the tens may lack their one (十二)."""
    total, digit = 0, None
    for char in text:
        unit = {"十": 10, "百": 100, "千": 1000}.get(char)
        if unit is None:
            value = "零一二三四五六七八九".find("二" if char == "两" else "零" if char in "〇○" else char)
            if value < 0 or (digit not in (None, 0)):
                return None
            digit = value
        else:
            total += (1 if digit in (None, 0) else digit) * unit
            digit = None
    return total + (digit or 0) if text else None


def _find(text: str) -> tuple[date, re.Match[str]] | None:
    matches = [match for pattern in (_PLAIN, _CHINESE, _CHINESE_NUMERALS) if (match := pattern.search(text))]
    for match in sorted(matches, key=lambda m: m.start()):
        day = _date_of(match)
        if day is not None:
            return day, match
    return None


def _date_of(match: re.Match[str]) -> date | None:
    if match.re is not _CHINESE_NUMERALS:
        return _calendar(match[1], match[2], match[3])
    month = 1 if match[2] == "元" else chinese_number(match[2])
    day = chinese_number(match[3].replace("廿", "二十").replace("卅", "三十"))
    return _calendar(match[1].translate(_NUMERALS), str(month), str(day))


def _calendar(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
