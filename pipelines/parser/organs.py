"""The organs of government that report: kind, level, and an identity from the name as printed.

Promises, for a name in any of its printed forms (full, short as 区人社局, with or without its division), the division,
the kind and the unit, and `organ_id` = `<division code>:<kind>[:<unit>]` from them; no identity where the division is
open. The vocabulary is data (organs.toml). Must not know pages, nor where in a report a name stood.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from pipelines.parser import divisions
from pipelines.parser.divisions import Entry
from pipelines.parser.model import OrganKind, OrganLevel

_SHORT_KINDS: dict[OrganKind, str] = {"government": "gov", "department": "dept"}
_RELATIVE = re.compile(r"(?:我|本|全)?(省|自治区|市|州|盟|地区|区|县|旗)(?=.)")
_UNIT_TYPE = re.compile(r"(?P<stem>.+?)(?P<type>局|委员会|委|厅|办公室|办)$")
_UNIT_TYPES = {"委": "委员会", "办": "办公室"}
_BRANCH = re.compile(r"(?P<unit>.+?局)(?P<branch>.+分局)$")
# 我局, 本机关, 我乡: the organ speaks of itself without naming itself. 本溪 is a city.
_SELF = re.compile(r"(?:我|本(?!溪))(?!省|自治区|市|州|盟|地区|区|县|旗)")
_REMARK = re.compile(r"(?<=.)\([^()]*\)$")
_STATE_CODE = "000000"
# How a whole system is called where its organ is meant: 咸宁市气象部门, 重庆海关关区.
_SYSTEM = re.compile(r"(?<=气象|税务|烟草|海事|邮政|统计)(?:部门|系统)$")
_SYSTEM_TYPES = {"气象": "局", "税务": "局", "海事": "局", "烟草": "专卖局", "邮政": "管理局", "统计": "局"}
_CUSTOMS = re.compile(r"(?:中华人民共和国)?(?P<seat>.{2,4}?)海关(?:关区)?")
_EDGES = "《》“”\"'<>〈〉()[]【】,.、;:|·-—_/"
_MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    kinds: tuple[tuple[OrganKind, re.Pattern[str]], ...]
    prefixes: tuple[str, ...]
    not_relative: tuple[str, ...]
    stems: dict[str, str]
    units: dict[str, str]
    state: dict[str, str]
    customs: frozenset[str]


@dataclass(frozen=True, slots=True)
class OrganName:
    """An organ as read from one printed name.

    `name` is its full name; `candidates` are the divisions that share the division's bare name; `relative` says that the
    printed name does not name the division, or only by its level.
    """

    name: str
    kind: OrganKind
    level: OrganLevel
    unit: str
    division: Entry | None
    candidates: tuple[Entry, ...] = ()
    relative: bool = False

    @property
    def organ_id(self) -> str:
        """`<division code>:<kind>[:<unit>]`."""
        return make_organ_id(self.division.code if self.division else "", self.kind, self.unit)


def make_organ_id(code: str, kind: OrganKind, unit: str) -> str:
    """The key of an organ from its parts; without `code` it is an organ of the state."""
    return ":".join(part for part in (code or _STATE_CODE, _SHORT_KINDS.get(kind, kind), unit) if part)


@cache
def _vocabulary() -> _Vocabulary:
    data = tomllib.loads(Path(__file__).with_name("organs.toml").read_text(encoding="utf-8"))
    return _Vocabulary(
        kinds=tuple((entry["kind"], re.compile(entry["pattern"])) for entry in data["kind"]),
        prefixes=tuple(entry["printed"] for entry in data["prefix"]),
        not_relative=tuple(data["not_relative"]["words"]),
        stems=data["stems"],
        units=data["units"],
        state={name: name for name in data["state"]["names"]} | data["state"]["short"],
        customs=frozenset(data["customs"]["seats"]),
    )


def fold_name(printed: str) -> str:
    """A printed name in NFKC, without white space, enclosing marks, and a remark in brackets behind it."""
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", printed))
    return _REMARK.sub("", bare).strip(_EDGES)


def read_organ(printed: str, year: int, region: str = "") -> OrganName | None:
    """The organ that `printed` names, as of `year`; None when no organ or no single division follows from it.

    `region` is the code of the division the page belongs to: it completes names relative to it (区政府办, 民政局) and
    settles names that several divisions share.
    """
    return (_read_short if len(printed) <= _MAX_NAME else _read)(printed, year, region)


def _read(printed: str, year: int, region: str) -> OrganName | None:
    text = fold_name(printed)
    words = _vocabulary()
    if not text or len(text) > _MAX_NAME or _SELF.match(text):
        return None
    if text in words.state:
        name = words.state[text]
        return OrganName(name, "state", "state", name, None)
    customs = _CUSTOMS.fullmatch(text)
    if customs and customs["seat"] in words.customs:
        unit = customs["seat"] + "海关"
        return OrganName("中华人民共和国" + unit, "vertical", "state", unit, None)
    text = _SYSTEM.sub(lambda match: _SYSTEM_TYPES[text[: match.start()][-2:]], text)
    body = next((text[len(p) :] for p in words.prefixes if text.startswith(p)), text)
    reading = divisions.read_division(body, year, region)
    division, rest = reading.division, reading.rest
    if division is None:
        if reading.candidates:
            return None
        division, rest = _relative_division(body, year, region)
    if division is None:
        return None
    named = _classify(rest)
    if named is None:
        return None
    kind, unit = named
    if kind in ("zone", "vertical") and reading.division is None:
        division = _division_within(division, unit, year)
        if division is None:
            return None
    sent = body != text
    if kind == "government" and sent:
        return None
    if kind in ("town", "subdistrict") and divisions.has_counties(division, year):
        return None
    if kind in ("zone", "vertical") and unit.startswith(division.short):
        unit = unit.removeprefix(division.short)
    level: OrganLevel = "township" if kind in ("town", "subdistrict") else division.level
    name = text if sent else _full_name(division, kind, unit, rest, year)
    return OrganName(name, kind, level, unit, division, reading.candidates, reading.division is None)


# The same few names stand in title, signature and card, and are compared again by the checks.
_read_short = lru_cache(maxsize=256)(_read)


def _relative_division(body: str, year: int, region: str) -> tuple[Entry | None, str]:
    """The division meant by 区, 县, 市 or 省 at the start of a name, or by its absence, within the region."""
    home = divisions.find_entry(region, year) if region else None
    if home is None:
        return None, body
    match = _RELATIVE.match(body)
    if match is None or body.startswith(_vocabulary().not_relative):
        return home, body
    path = divisions.path_of(home, year)
    for entry in reversed(path):
        # The bare 区 is a district; an autonomous region (自治区) is called by its whole type.
        if entry.name.endswith(match[1]) and (match[1] != "区" or not entry.name.endswith("自治区")):
            return entry, body[match.end() :]
    return None, body


def _division_within(home: Entry, unit: str, year: int) -> Entry | None:
    """The division that a name is formed with (赣州经济技术开发区 is of 赣州市); None if that is apart from `home`."""
    for above in reversed(divisions.path_of(home, year)):
        if unit.startswith(above.short):
            return above
    named = [
        e
        for e in divisions.load_entries()
        if e.level == "prefecture" and len(e.short) > 1 and unit.startswith(e.short) and e.in_year(year)
    ]
    if not named:
        return home
    return next((e for e in named if divisions.contains(home, e)), None)


def _classify(rest: str) -> tuple[OrganKind, str] | None:
    """Kind and unit of what follows the division's name."""
    for kind, pattern in _vocabulary().kinds:
        match = pattern.fullmatch(rest)
        if match:
            return kind, _unit(match.groupdict().get("unit") or "", kind)
    return None


def _unit(printed: str, kind: OrganKind) -> str:
    """The unit's full name, so that its short and its full form have one identity; a branch after its organ."""
    if kind != "department":
        return printed
    branch = _BRANCH.fullmatch(printed)
    if branch:
        return f"{_unit(branch['unit'], kind)}/{branch['branch']}"
    if printed in _vocabulary().units:
        return _vocabulary().units[printed]
    match = _UNIT_TYPE.fullmatch(printed)
    if match is None:
        return printed
    stem = _vocabulary().stems.get(match["stem"], match["stem"])
    return stem + _UNIT_TYPES.get(match["type"], match["type"])


def _full_name(division: Entry, kind: OrganKind, unit: str, rest: str, year: int) -> str:
    place = divisions.full_name(division, year)
    if kind == "government":
        return place + (rest if "行" in rest else "人民政府")
    if kind == "office":
        return place + "人民政府" + ("办公厅" if rest.endswith("办公厅") else "办公室")
    endings = {"town": "人民政府", "subdistrict": "办事处"}
    return place + unit.replace("/", "") + endings.get(kind, "")
