"""The statistics annex of 2014 to 2018 as data (annex.toml), and which of its rows a printed label means.

A label means a row by its wording and by the group in which it stands: 其他情形数 is a row of review and of litigation.
Promises no row where two are as likely, nor one for a label that lacks the row's telling words. Knows nothing of pages.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.parser.cells import Kind
from pipelines.parser.wording import Lexicon, fold

_DATA = tomllib.loads(Path(__file__).with_name("annex.toml").read_text("utf-8"))
_IN_GROUP = "in group:"
_BRACKETS = re.compile(r"\([^()]{0,80}\)?")
_LEADING = re.compile(
    r"^(?:(?:其中|包括|含)[:,.]*|[-*·•○●◆■]+|\([一二三四五六七八九十\d]{1,3}\)?[.,:]?"
    r"|[一二三四五六七八九十]{1,2}[.,:]|\d{1,2}[.,:)](?!\d)|\d{1,2}(?=[^\d.,%]))"
)
_UNIT = "万元|亿元|元|人次|件次|人·次|条|件|次|篇|个|人|份|起|宗|期|场|部|户|页|处|家|项"
_UNIT_WORD = re.compile(rf"^\(?(?:单位[:：])?(?P<unit>{_UNIT})\)?$")
_UNIT_INSIDE = re.compile(rf"\((?:(?:计量)?单位[:：]?)?(?P<unit>{_UNIT})\)|[,:]?单位[:：](?P<named>{_UNIT})")
_NEGATIONS = "不未非"
_MAX_LABEL = 160
_EXACT_BELOW, _ONE_BELOW = 5, 12  # lengths of wordings that must be met exactly, and with one character amiss


@dataclass(frozen=True, slots=True)
class AnnexForm:
    """A row of the annex: key, wording and unit of the form; `parent` is the row that it is a part of."""

    key: str
    group: str
    parent: str
    unit: str
    label: str
    kind: Kind
    number: str


ROWS: dict[str, AnnexForm] = {
    key: AnnexForm(key, group, parent, unit, label, "money" if key in _DATA["money"] else "count", fold(label).number)
    for key, group, parent, unit, label in _DATA["rows"]
}
OWN_ROWS: frozenset[str] = frozenset(_DATA["own"])
"""The rows that tell this form from the local forms before it."""

_MARKS = {key: re.compile(pattern) for key, pattern in _DATA["marks"].items()}


def bare_label(label: str) -> str:
    """The label without white space, its numbers in front, 其中, and what stands in brackets."""
    text = re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", label)).replace("、", ".", 1)
    for _ in range(4):
        shorter = _LEADING.sub("", text, count=1)
        if not shorter or shorter == text:
            break
        text = shorter
    unit = _UNIT_INSIDE.search(text)
    if unit is not None:
        text = text[: unit.start()] + text[unit.end() :]
    return _BRACKETS.sub("", text).strip(":,.;")


def unit_of(label: str) -> str | None:
    """The unit that a label names in brackets."""
    match = _UNIT_INSIDE.search(re.sub(r"\s+", "", unicodedata.normalize("NFKC", label)))
    return (match["unit"] or match["named"]) if match else None


def unit_word(text: str) -> str | None:
    """The unit that a cell of its own names; None when the text is something else."""
    match = _UNIT_WORD.match(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))
    return match["unit"] if match else None


def _wordings() -> Iterator[tuple[str, str]]:
    for row in ROWS.values():
        for wording in (row.label, *_DATA["variants"].get(row.key, ())):
            yield row.key, bare_label(wording)
        for wording in _DATA["within_group"].get(row.key, ()):
            yield _IN_GROUP + row.key, wording


_LENGTHS: dict[str, set[int]] = {}
_SIGNS: dict[str, set[str]] = {}
for _key, _wording in _wordings():
    _LENGTHS.setdefault(_key, set()).add(len(_wording))
    _SIGNS.setdefault(_key, set()).add("".join(sign for sign in _wording if sign in _NEGATIONS))
_LEXICON = Lexicon(_wordings())
_EXACT = {wording for _, wording in _wordings()}
_ANY_MARK = re.compile("|".join(pattern.pattern for pattern in dict.fromkeys(_MARKS.values())))
_HEADINGS = {bare_label(text): group for group, text in _DATA["headings"]}


@dataclass(slots=True)
class Place:
    """Where in the annex a reader is: the group, and the row read last."""

    group: str = ""
    last: str = ""


def is_row(label: str) -> bool:
    """Whether a label has the wording of a row, wherever it stands."""
    return any(not key.startswith(_IN_GROUP) for key, _ in _candidates(label))


def nearly_a_row(label: str) -> bool:
    """Whether a label has a row's telling words without its wording; to compare such labels takes time."""
    if len(label) > _MAX_LABEL or _ANY_MARK.search(label) is None:
        return False
    return bare_label(label) not in _EXACT


def find_heading(label: str) -> str | None:
    """The group that a heading opens."""
    return _HEADINGS.get(bare_label(label))


def find_row(label: str, place: Place) -> tuple[AnnexForm, int] | None:
    """The row that the label means at this place, and how far it is from the row's wording."""
    found: dict[str, int] = {}
    for key, distance in _candidates(label):
        row = ROWS[key.removeprefix(_IN_GROUP)]
        if not key.startswith(_IN_GROUP) or place.group == row.group:
            found[row.key] = distance
    keys = [key for key in found if ROWS[key].group == place.group] or list(found)
    if len(keys) > 1:
        keys = [key for key in keys if ROWS[key].parent == place.last]
    if len(keys) != 1:
        return None
    return ROWS[keys[0]], found[keys[0]]


def _candidates(label: str) -> list[tuple[str, int]]:
    """The keys whose wording is nearest to the label, as far as they hold its telling words."""
    if len(label) > _MAX_LABEL:
        return []
    text = bare_label(label)
    if text not in _EXACT and _ANY_MARK.search(text) is None:
        return []
    signs = "".join(sign for sign in text if sign in _NEGATIONS)
    return [
        (match.key, match.distance)
        for match in _LEXICON.nearest(text)
        if match.distance == 0
        or (
            match.distance <= _allowed(match.key, len(text))
            and signs in _SIGNS[match.key]
            and not match.key.startswith(_IN_GROUP)
            and _MARKS[match.key].search(text)
        )
    ]


def _allowed(key: str, length: int) -> int:
    """How many characters may differ; fewer than elsewhere, because labels of this form resemble each other."""
    longest = max((size for size in _LENGTHS[key] if abs(size - length) <= 3), default=0)
    if longest < _EXACT_BELOW:
        return 0
    return 1 if longest < _ONE_BELOW else 2 if longest < 20 else 3
