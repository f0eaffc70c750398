"""The sections of a report of free form: what it numbers itself, in its own words and order.

Until 2018 no format was prescribed: reports have four to ten numbered sections, a list of contents above them and lists
numbered alike within them, or an opening without a number. Promises sections in page order from one consistent
numbering; where the page has none, no sections. Knows no tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from pipelines.parser.blocks import Block, TextBlock
from pipelines.parser.sections import Heading, Layout, divide, line_heading, split_tables

_DIGITS = "一二三四五六七八九十"
_TITLE = r"(?P<title>[^\s。;；!！?？]{2,38})"
# How sections are numbered, and how many of them make a numbering; the first that a page has is taken.
_STYLES: Mapping[str, tuple[re.Pattern[str], int]] = {
    "chapters": (re.compile(rf"^第(?P<n>[{_DIGITS}]{{1,3}})(?:部分|章)[、:：]?{_TITLE}$"), 2),
    "numerals": (re.compile(rf"^(?P<n>[{_DIGITS}]{{1,3}})[、.．]{_TITLE}$"), 2),
    "brackets": (re.compile(rf"^[(（](?P<n>[{_DIGITS}]{{1,3}})[)）][、.．]?{_TITLE}$"), 3),
    "digits": (re.compile(rf"^(?P<n>\d{{1,2}})[、.．](?!\d){_TITLE}$"), 3),
}
_INSIDE = re.compile(rf"(?:^|(?<=[。;；\s]))(?P<n>[{_DIGITS}]{{1,2}})、(?P<title>[^\s。;；,，]{{2,30}})(?=\s)")
_ENOUGH_INSIDE = 3
_OVERVIEW = re.compile(r"^(?:概述|综述|总体(?:情况|概述)|(?:工作)?概况|基本情况)[:：]?$")
_OPENING = re.compile(r"^(?:引言|前言|序言|导言)[:：]?$")
_KNOWN, _GAP, _HAS_BODY = 0.5, 0.6, 0.25
_MAX_CANDIDATES = 300


def find_free_sections(blocks: Sequence[Block], apart: Set[int] = frozenset()) -> Layout:
    """The sections of a page of free form; `apart` are the blocks of an annex, whose headings are none.

    A section whose title is none of the six of the uniform format gets the key `section_N`, an introduction in front
    of the first `section_0`.
    """
    lines, places = split_tables(blocks)
    texts = [
        (index, block)
        for index, block in enumerate(lines)
        if isinstance(block, TextBlock) and places[index] not in apart
    ]
    for style, (pattern, enough) in _STYLES.items():
        chain = _best_chain(_own_lines(texts, pattern))
        if len(chain) < enough and style == "numerals":
            chain, enough = _best_chain(_inside_lines(texts)), _ENOUGH_INSIDE
        if len(chain) >= enough:
            return divide(lines, places, [*_opening(texts, chain), *chain], ())
    return Layout(tuple(lines), ())


def _own_lines(texts: Sequence[tuple[int, TextBlock]], pattern: re.Pattern[str]) -> list[Heading]:
    found = []
    for index, block in texts:
        if len(block.text) > 80:
            continue
        compact = re.sub(r"\s+", "", block.text)
        match = pattern.match(compact.rstrip("。:："))
        if match is None:
            continue
        known = line_heading(0, f"一、{match['title']}")
        if compact.endswith("。") and known is None:
            continue  # a numbered sentence
        number = _number(match["n"])
        found.append(_heading(index, 0, len(block.text), block.text.strip(), number, known))
    return found[-_MAX_CANDIDATES:]


def _inside_lines(texts: Sequence[tuple[int, TextBlock]]) -> list[Heading]:
    """Headings within lines that hold several sections, where the markup keeps no lines apart."""
    found = []
    for index, block in texts:
        for match in _INSIDE.finditer(block.text):
            known = line_heading(0, f"一、{match['title']}")
            start = match.start("n")
            found.append(_heading(index, start, match.end(), match[0].strip(), _number(match["n"]), known))
    return found[-_MAX_CANDIDATES:]


def _heading(block: int, start: int, end: int, raw: str, number: int, known: Heading | None) -> Heading:
    key = known.key if known else f"section_{number}"
    return Heading(key, block, start, end, raw, str(number), 1.0 + (_KNOWN if known else 0.0))


def _number(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral)
    tens, _, ones = numeral.rpartition("十")
    if "十" not in numeral:
        return _DIGITS.index(numeral[0]) + 1
    return 10 * (_DIGITS.index(tens[0]) + 1 if tens else 1) + (_DIGITS.index(ones[0]) + 1 if ones else 0)


def _best_chain(candidates: Sequence[Heading]) -> list[Heading]:
    """The run of numbers from one that weighs most, each one more than the last; one may be left out here and there.

    Titles that reports have, and text behind a heading, weigh more: lists of contents and numbered lists lose. Of
    equals the one that begins earlier is taken.
    """
    best: list[tuple[float, int | None]] = [(0.0, None)] * len(candidates)
    numbers = [int(heading.number) for heading in candidates]
    for i in range(len(candidates) - 1, -1, -1):
        best[i] = (candidates[i].weight + _HAS_BODY, None)
        for j in range(i + 1, len(candidates)):
            step = numbers[j] - numbers[i]
            if step not in (1, 2):
                continue
            apart = candidates[j].block > candidates[i].block + 1 or candidates[j].start > candidates[i].end + 1
            weight = candidates[i].weight + (_HAS_BODY if apart else 0.0) - (step - 1) * _GAP + best[j][0]
            if weight > best[i][0] + 1e-9:
                best[i] = (weight, j)
    starts = [i for i, number in enumerate(numbers) if number <= 2]
    if not starts:
        return []
    index: int | None = max(starts, key=lambda i: (best[i][0] - (numbers[i] - 1) * _GAP, -i))
    chain: list[Heading] = []
    while index is not None:
        chain.append(candidates[index])
        index = best[index][1]
    return list(_distinct(chain))


def _distinct(chain: Sequence[Heading]) -> Iterator[Heading]:
    """The headings with keys of their own: of two of one section the later is numbered."""
    taken: set[str] = set()
    for heading in chain:
        key = heading.key if heading.key not in taken else f"section_{heading.number}"
        taken.add(key)
        yield Heading(key, heading.block, heading.start, heading.end, heading.raw, heading.number, heading.weight)


def _opening(texts: Sequence[tuple[int, TextBlock]], chain: Sequence[Heading]) -> list[Heading]:
    """The headings without number in front of the first section: an introduction, and the overview if it has no other."""
    found: list[Heading] = []
    keys = {heading.key for heading in chain}
    for index, block in texts:
        if index >= chain[0].block:
            break
        compact = re.sub(r"\s+", "", block.text) if len(block.text) <= 20 else ""
        key = "section_0" if _OPENING.match(compact) else "overview" if _OVERVIEW.match(compact) else ""
        if key and key not in keys:
            keys.add(key)
            found.append(Heading(key, index, 0, len(block.text), block.text.strip(), "", 1.0))
    return found
