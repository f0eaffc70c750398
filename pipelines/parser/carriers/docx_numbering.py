"""The automatic numbers of Word paragraphs: 一、 and 1. that stand in no text but are counted by the program.

Promises the number that Word shows for the formats reports use, and none for bullets and formats it does not know.
Knows the numbering part of a document, nothing of its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_DIGITS = "〇一二三四五六七八九"
_CHINESE = frozenset(
    ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCounting")
)
_PLACE = re.compile(r"%([1-9])")
_MAX_NUMBER = 999

Element = Any  # lxml has no types of its own


class Numbering:
    """Counts the numbered paragraphs of one document, which must be asked for in order."""

    def __init__(self, numbers: Element | None, styles: Element | None) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._lists: dict[str, str] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        for element in numbers if numbers is not None else ():
            if _name(element) == "abstractNum":
                self._levels[_get(element, "abstractNumId")] = dict(_levels_of(element))
            elif _name(element) == "num":
                self._lists[_get(element, "numId")] = _get(_child(element, "abstractNumId"), "val")
        for style in styles if styles is not None else ():
            if _name(style) == "style" and (mark := _mark(_child(style, "pPr"))) is not None:
                self._styles[_get(style, "styleId")] = mark

    def next_of(self, paragraph: Element) -> str:
        """The number in front of a paragraph, empty where Word shows none."""
        properties = _child(paragraph, "pPr")
        mark = _mark(properties) or self._styles.get(_get(_child(properties, "pStyle"), "val"))
        if mark is None:
            return ""
        kind = self._lists.get(mark[0], "")
        levels = self._levels.get(kind, {})
        if mark[1] not in levels:
            return ""
        counts = self._counts.setdefault(kind, {})
        counts[mark[1]] = counts.get(mark[1], levels[mark[1]][2] - 1) + 1
        for deeper in [level for level in counts if level > mark[1]]:
            del counts[deeper]

        def number(place: re.Match[str]) -> str:
            level = int(place[1]) - 1
            form = levels.get(level, ("", "", 1))
            return _written(counts.get(level, form[2]), form[0])

        return _PLACE.sub(number, levels[mark[1]][1]) if levels[mark[1]][0] != "bullet" else ""


def _levels_of(numbering: Element) -> Iterator[tuple[int, tuple[str, str, int]]]:
    """Per level the format, the text around the number, and the first number."""
    for level in numbering:
        if _name(level) == "lvl":
            start = _get(_child(level, "start"), "val")
            yield (
                _level(_get(level, "ilvl")),
                (
                    _get(_child(level, "numFmt"), "val"),
                    _get(_child(level, "lvlText"), "val"),
                    int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1,
                ),
            )


def _mark(properties: Element | None) -> tuple[str, int] | None:
    numbers = _child(properties, "numPr")
    if numbers is None:
        return None
    level = _get(_child(numbers, "ilvl"), "val")
    return _get(_child(numbers, "numId"), "val"), _level(level)


def _level(value: str) -> int:
    return int(value) if value in tuple("012345678") else 0


def _written(number: int, form: str) -> str:
    if not 0 < number <= _MAX_NUMBER:
        return ""
    if form in _CHINESE:
        return _chinese(number)
    if form == "decimalEnclosedCircle" and number <= 20:
        return chr(0x245F + number)
    return str(number) if form.startswith("decimal") else ""


def _chinese(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def _child(element: Element | None, name: str) -> Element | None:
    return next((child for child in element if _name(child) == name), None) if element is not None else None


def _get(element: Element | None, name: str) -> str:
    if element is None:
        return ""
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
