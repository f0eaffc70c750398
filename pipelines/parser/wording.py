"""Printed labels against the wording of a form, with the damage that typists and converters do.

Labels are compared after NFKC, without white space, brackets folded and quotation marks dropped; what still differs is
accepted within a small edit distance, and the distance is told so that the caller can report a variant. Knows no form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

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
_MAX_LABEL = 160


@dataclass(frozen=True, slots=True)
class Wording:
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


@dataclass(frozen=True, slots=True)
class Match:
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
            (key, wording.number, wording.text, tolerance(wording.text))
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
        distance, _, key = max(candidates, key=lambda entry: (-entry[0], entry[1], rank.get(entry[2], 0)))
        return Match(key, distance)

    def _compare(self, label: str) -> tuple[tuple[int, int, str], ...]:
        """Distance, how well the number agrees, and key of every wording that is near enough."""
        folded = fold(label)
        exact = self._exact.get(folded.text)
        if exact:
            return tuple((0, _agreement(number, folded.number), key) for key, number in exact)
        found = []
        for key, number, text, allowed in self._near:
            if abs(len(text) - len(folded.text)) <= allowed:
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
    previous = list(range(len(right) + 1))
    for row, a in enumerate(left, start=1):
        current = [row]
        for column, b in enumerate(right, start=1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (a != b)))
        if min(current) > limit:
            return limit + 1
        previous = current
    return previous[-1]
