"""Printed labels against the wording of a form, with the damage that typists and converters do.

Labels are compared after NFKC, without white space, brackets folded and quotation marks dropped; what still differs is
accepted within a small edit distance, and the distance is told so that the caller can report a variant. Knows no form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_FOLDED = str.maketrans(
    {
        "〔": "(",
        "〕": ")",
        "［": "(",
        "］": ")",
        "[": "(",
        "]": ")",
        "【": "(",
        "】": ")",
        "、": ".",
        "．": ".",
        ";": ",",
    }
    | dict.fromkeys("“”\"'‘’「」『』《》<>〈〉", None)
)
_NUMBER = re.compile(
    r"^(?:\((?P<bracketed>[一二三四五六七八九十\d]{1,2})\)?|(?P<bare>[一二三四五六七八九十]|\d{1,2}))[.,)]?(?=.)"
)
_UNIT_BEHIND = re.compile(r"(?<=.)\((?:单位:?)?(?:件|项|个|条|万元|元|次|宗)\)$")
_MAX_LABEL = 160
MAX_SCORED = _MAX_LABEL + 1  # as much of a cell as tells whether it is a label; what is longer is none


class Wording(NamedTuple):
    """A label folded: its number in front (brackets kept), the text after it."""

    full: str
    number: str
    text: str


def fold(label: str) -> Wording:
    """The label as it is compared."""
    return _fold_short(label) if len(label) <= _MAX_LABEL else _fold(label)


def _fold(label: str) -> Wording:
    full = _SPACE.sub("", unicodedata.normalize("NFKC", label)).translate(_FOLDED)
    match = _NUMBER.match(full)
    if match is None or re.match(r"[\d]", full[match.end() :]):
        return Wording(full, "", full)
    number = f"({match['bracketed']})" if match["bracketed"] else match["bare"]
    return Wording(full, number, full[match.end() :])


# The labels of the forms come again on every page.
_fold_short = lru_cache(maxsize=4096)(_fold)


class Match(NamedTuple):
    """A key of the form and how far the printed label is from its wording."""

    key: str
    distance: int


class Lexicon:
    """Labels of a form by key; several wordings may share a key. Wordings are matched on their text, not their number."""

    def __init__(self, wordings: Iterable[tuple[str, str]]) -> None:
        folded = [(key, fold(label)) for key, label in wordings]
        self._exact: dict[str, list[tuple[str, str]]] = {}
        for key, wording in folded:
            self._exact.setdefault(wording.text, []).append((key, wording.number))
        self._near = [
            (key, wording.number, wording.text, tolerance(wording.text), frozenset(wording.text))
            for key, wording in folded
            if tolerance(wording.text)
        ]
        self._candidates = lru_cache(maxsize=4096)(self._compare)

    def find(self, label: str, preferred: Mapping[str, int] | None = None) -> Match | None:
        """The key the label means, None when it means none. Of equals the one with the printed number, then the
        preferred one, is taken."""
        if not label or len(label) > _MAX_LABEL:
            return None
        rank = preferred or {}
        candidates = self._candidates(label)
        if not candidates:
            return None
        distance, _, key = (
            candidates[0]
            if len(candidates) == 1
            else max(candidates, key=lambda entry: (-entry[0], entry[1], rank.get(entry[2], 0)))
        )
        return Match(key, distance)

    def nearest(self, label: str) -> list[Match]:
        """Every key at the least distance, for readers to whom a number or a place tells equals apart."""
        candidates = self._candidates(label) if 0 < len(label) <= _MAX_LABEL else ()
        least = min((entry[0] for entry in candidates), default=0)
        return [Match(entry[2], entry[0]) for entry in candidates if entry[0] == least]

    def _compare(self, label: str) -> tuple[tuple[int, int, str], ...]:
        """Distance, how well the number agrees, and key of every wording that is near enough.

        A unit in brackets behind a label counts for nothing, unless it is the wording's.
        """
        folded = fold(label)
        bare = _UNIT_BEHIND.sub("", folded.text)
        return self._near_to(folded) or (self._near_to(folded._replace(text=bare)) if bare != folded.text else ())

    def _near_to(self, folded: Wording) -> tuple[tuple[int, int, str], ...]:
        exact = self._exact.get(folded.text)
        if exact:
            return tuple((0, _agreement(number, folded.number), key) for key, number in exact)
        found = []
        printed = frozenset(folded.text)
        for key, number, text, allowed, characters in self._near:
            # Each character that lacks is an edit: this tells most wordings apart without comparing them.
            if abs(len(text) - len(folded.text)) <= allowed and len(characters - printed) <= allowed:
                distance = edit_distance(text, folded.text, allowed)
                if distance <= allowed:
                    found.append((distance, _agreement(number, folded.number), key))
        return tuple(found)


def _agreement(wanted: str, printed: str) -> int:
    return 1 if wanted == printed else 0


def tolerance(text: str) -> int:
    """How many characters of a label may differ: a fifth, or one in four up to three."""
    return max(len(text) // 5, min(3, len(text) // 4))


def edit_distance(left: str, right: str, limit: int) -> int:
    """Levenshtein distance; any number over `limit` when it is over."""
    over, width = limit + 1, len(right)
    previous = list(range(width + 1))
    for row, a in enumerate(left, start=1):
        current = [row] + [over] * width
        # What is further off the diagonal than the limit is over it.
        for column in range(max(1, row - limit), min(width, row + limit) + 1):
            current[column] = min(
                previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (a != right[column - 1])
            )
        if min(current) > limit:
            return over
        previous = current
    return previous[-1]
