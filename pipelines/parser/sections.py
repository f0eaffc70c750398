"""The six sections of the uniform format, found by their titles.

Headings are told by title, number and where they stand: on a line of their own, or glued into a long line. Lists of the
section names in the preamble and subsections of the same names must not win, so the best ascending chain counts, the
last one among equals. Knows no tables and no portal; what ends the last section is for `ending`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, zip_longest

from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.grid import Cell, Grid
from pipelines.parser.model import SECTION_KEYS
from pipelines.parser.wording import fold

# Titles without white space. The first alternative of each is the wording of the uniform format and its accepted
# variant; the second takes what authorities write instead, on a line of its own only.
_TITLES: dict[str, tuple[str, str]] = {
    "overview": (
        r"总体情况",
        r"(?:.{0,12}公开)?(?:工作)?(?:总体|基本|整体)(?:工作)?(?:情况|概况|概述)|(?:工作)?(?:概述|概况)",
    ),
    "active_disclosure": (r"主动公开政府信息(?:的)?情况", r".{0,8}主动公开.{0,14}"),
    "applications": (
        r"收到和处理政府信息公开申请(?:的)?情况",
        r".{0,4}(?:收到和处理|收到及处理|受理和处理|收到、处理|依申请公开).{0,20}",
    ),
    "review_litigation": (
        r"政府信息公开行政复议[、,和及]?行政诉讼(?:的)?情况",
        r".{0,18}(?:行政复议|行政诉讼|申请复议|提起诉讼|复议[、和及]?诉讼).{0,22}"
        r"|因.{0,18}行政复议.{0,30}行政诉讼的?情况",
    ),
    "problems_improvements": (
        r"(?:政府信息公开工作)?存在的?主要问题[及和与]改进(?:情况|措施)",
        r".{0,16}(?:问题|不足|困难).{0,20}",
    ),
    "other_matters": (
        r"其他(?:需要|应当)报告的?(?:其他)?(?:事项|情况)",
        r"其他.{0,6}(?:报告|说明|事项|情况).{0,8}|需要(?:说明|报告)的其他.{0,6}",
    ),
}
# What every title has in it, white space apart: most lines are told by these to be none. And for each section what its
# title in the uniform wording has in it.
_TITLE_HINT = re.compile(r"[概情主]\s*[况述动]|处\s*理|申\s*请|复\s*议|诉\s*讼|问\s*题|不\s*足|困\s*难|其\s*他|需\s*要")
_GLUED_HINTS = {
    "overview": "总体情况",
    "active_disclosure": "主动公开政府信息",
    "applications": "收到和处理政府信息公开申请",
    "review_litigation": "政府信息公开行政复议",
    "problems_improvements": "主要问题",
    "other_matters": "报告",
}
_ORDER: tuple[str, ...] = SECTION_KEYS
_STANDARD: dict[str, tuple[str, ...]] = {
    "overview": ("总体情况",),
    "active_disclosure": ("主动公开政府信息情况",),
    "applications": ("收到和处理政府信息公开申请情况",),
    "review_litigation": ("政府信息公开行政复议.行政诉讼情况",),
    "problems_improvements": ("存在的主要问题及改进情况", "政府信息公开工作存在的主要问题及改进情况"),
    "other_matters": ("其他需要报告的事项",),
}
_NUMERALS = "一二三四五六七八九十"
_BARE = r"(?P<n>[一二三四五六七八九十]|[1-9])\s*[、.．,，:：]"
_BRACKETED = r"[(（](?P<n>[一二三四五六七八九十]|[1-9])[)）][、.．]?|(?P<circled>[\u3220-\u3229])"
_BULLET = r"(?:[-•·●◆■▪]|\uf06c|\uf0b7)"
_MAX_HEADING = 50
_OWN_LINE, _GLUED, _NO_MARK, _BULLET_LINE, _BRACKET_LINE, _NO_NUMBER = 1.0, 0.9, 0.8, 0.7, 0.6, 0.4
_NUMBER_FITS, _WELL_WORDED, _HAS_BODY = 0.2, 0.3, 0.5
_BODY, _TABLE = 5, 100
_LISTED = 3  # what separates the names of a list: a semicolon, perhaps a space
_MAX_CANDIDATES = 300
_LINE_MARK = re.compile(
    rf"^(?:(?P<bare>{_BARE})|(?P<bracketed>{_BRACKETED.replace('?P<n>', '?P<m>')})|(?P<bullet>{_BULLET}))"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its section, the block it stands in, its first and past-the-last character there, its weight."""

    key: str
    block: int
    start: int
    end: int
    raw: str
    number: str
    weight: float


@dataclass(frozen=True, slots=True)
class Span:
    """A section found: the blocks between its heading and the next, the first one cut behind the heading.

    `container` is the path of the element that holds the heading; `first` and `last` are the places, among the page's
    blocks, of the heading and of what follows the section.
    """

    heading: Heading
    blocks: tuple[Block, ...]
    container: tuple[int, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A report divided: text before its first section, the sections in page order, headings out of order."""

    preamble: tuple[Block, ...]
    spans: tuple[Span, ...]
    disordered: tuple[str, ...] = ()


def find_sections(blocks: Sequence[Block]) -> Layout:
    """The sections of the page; none when fewer than two headings of the uniform format are found."""
    lines, places = split_tables(blocks)
    candidates = _candidates(lines)[-_MAX_CANDIDATES:]
    chain = _best_chain(candidates, lines)
    if len(chain) < 2:
        return Layout(tuple(lines), ())
    late = _out_of_order(candidates, chain)
    return divide(lines, places, [*chain, *late], tuple(heading.key for heading in late))


def divide(lines: Sequence[Block], places: Sequence[int], found: Sequence[Heading], late: tuple[str, ...]) -> Layout:
    """The page's blocks divided at the headings."""
    headings = sorted(found, key=lambda heading: (heading.block, heading.start))
    spans = []
    for heading, following in zip_longest(headings, headings[1:]):
        last = places[following.block] if following else places[-1] + 1
        container = lines[heading.block].container
        spans.append(Span(heading, _between(lines, heading, following), container, places[heading.block], last))
    first = headings[0]
    before = [*lines[: first.block]]
    opening = lines[first.block]
    if first.start and isinstance(opening, TextBlock):
        before.append(replace(opening, text=opening.text[: first.start]))
    return Layout(tuple(before), tuple(spans), late)


def is_standard(key: str, raw: str) -> bool:
    """Whether a heading has the wording of the uniform format, number included."""
    folded = fold(raw)
    return folded.text in _STANDARD[key] and folded.number in ("", _NUMERALS[_ORDER.index(key)])


def is_worded(key: str, raw: str) -> bool:
    """Whether a heading has the wording of the uniform format, whatever its number."""
    return fold(re.sub(rf"^{_BULLET}", "", raw)).text in _STANDARD[key]


def split_tables(blocks: Sequence[Block]) -> tuple[list[Block], list[int]]:
    """The blocks with every table cut at rows that hold nothing but a section heading; and where each was before."""
    found: list[Block] = []
    places: list[int] = []
    for place, block in enumerate(blocks):
        found.extend([block] if isinstance(block, TextBlock) else _split_table(block))
        places.extend([place] * (len(found) - len(places)))
    return found, places


def _split_table(block: TableBlock) -> list[Block]:
    found: list[Block] = []
    start = 0
    texts = [_only_text(row) for row in block.grid.rows]
    marked = {index: text for index, text in enumerate(texts) if (mark := _LINE_MARK.match(text)) and mark["bare"]}
    # A table with one heading of the format may have others in a wording of their own; any other has labels like them.
    if any(line_heading(0, text, strict=True) for text in marked.values()):
        for index, text in marked.items():
            heading = line_heading(0, text)
            if heading is None or not (_fits(heading.key, heading.number) or line_heading(0, text, strict=True)):
                continue
            if index > start:
                found.append(replace(block, grid=Grid(block.grid.rows[start:index])))
            found.append(TextBlock(text, block.container))
            start = index + 1
    if start < len(block.grid.rows):
        found.append(replace(block, grid=Grid(block.grid.rows[start:])) if start else block)
    return found


def _only_text(row: Sequence[Cell | None]) -> str:
    """What a row's cells say, if they all say the same or nothing."""
    found = ""
    for cell in row:
        if cell is not None and cell.text and cell.text != found:
            if found:
                return ""
            found = cell.text
    return found


def _candidates(blocks: Sequence[Block]) -> list[Heading]:
    found: list[Heading] = []
    for index, block in enumerate(blocks):
        if isinstance(block, TableBlock):
            continue
        heading = line_heading(index, block.text)
        if heading:
            found.append(heading)
        elif len(block.text) > 8:
            found.extend(_glued(index, block.text))
    return found


def line_heading(index: int, line: str, *, strict: bool = False) -> Heading | None:
    """The heading that a line of its own is."""
    if _TITLE_HINT.search(line) is None:
        return None
    text = line.strip().rstrip("|").strip()
    compact = "".join(text.split())
    if not 2 < len(compact) <= _MAX_HEADING or "。" in compact[:-1] or "；" in compact:
        return None
    mark = _LINE_MARK.match(compact)
    if mark is not None:
        number = mark["n"] or mark["m"] or (_NUMERALS[ord(mark["circled"]) - 0x3220] if mark["circled"] else "")
        weight = _OWN_LINE if mark["bare"] else _BRACKET_LINE if mark["bracketed"] else _BULLET_LINE
        title = compact[mark.end() :]
    else:
        number = compact[0] if compact[0] in _NUMERALS[: len(_ORDER)] else ""
        weight, strict = (_NO_MARK if number else _NO_NUMBER), True
        title = compact[len(number) :]
    title = title.rstrip("。:：")
    for key, (exact, loose) in _TITLES.items():
        full = re.fullmatch(exact, title) is not None
        if full or (not strict and re.fullmatch(loose, title)):
            weight += _fits(key, number) + (_WELL_WORDED if full else 0.0)
            return Heading(key, index, line.index(text[0]), len(line), text, number, weight)
    return None


_GLUED_HEADING = {
    key: re.compile(rf"(?:^|(?<=[\s。;；!！?？]))(?P<raw>{_BARE}\s?{exact})") for key, (exact, _) in _TITLES.items()
}


def _glued(index: int, line: str) -> list[Heading]:
    """Headings inside a longer line; those that only list the section names stand too close to each other."""
    found = []
    for key, pattern in _GLUED_HEADING.items():
        for match in pattern.finditer(line) if _GLUED_HINTS[key] in line else ():
            weight = _GLUED + _fits(key, match["n"])
            found.append(Heading(key, index, match.start("raw"), match.end("raw"), match["raw"], match["n"], weight))
    found.sort(key=lambda heading: heading.start)
    return [
        heading
        for heading, following in zip_longest(found, found[1:])
        if following is None or following.start - heading.end > _LISTED
    ]


def _fits(key: str, number: str) -> float:
    position = _ORDER.index(key)
    return _NUMBER_FITS if number in (_NUMERALS[position], str(position + 1)) else 0.0


def _best_chain(candidates: Sequence[Heading], blocks: Sequence[Block]) -> list[Heading]:
    """The ascending chain of most weight; a heading with text behind it counts more; the later of equals wins."""
    best: list[tuple[float, int | None]] = [(0.0, None)] * len(candidates)
    filled = _filled(blocks)
    order = [_ORDER.index(heading.key) for heading in candidates]
    for i in range(len(candidates) - 1, -1, -1):
        score: tuple[float, int | None] = (candidates[i].weight, None)
        for j in range(len(candidates) - 1, i, -1):
            if order[j] <= order[i]:
                continue
            body = _HAS_BODY if _apart(candidates[i], candidates[j], filled) else 0.0
            total = candidates[i].weight + body + best[j][0]
            if total > score[0] + 1e-9:
                score = (total, j)
        best[i] = score
    if not candidates:
        return []
    top = max(score for score, _ in best)
    index: int | None = max(i for i, (score, _) in enumerate(best) if score > top - 1e-9)
    chain = []
    while index is not None:
        chain.append(candidates[index])
        index = best[index][1]
    return chain


def _apart(first: Heading, second: Heading, filled: Sequence[int]) -> bool:
    """Whether something stands between two headings; `filled` counts the characters before each block."""
    if first.block == second.block:
        return second.start - first.end > _BODY
    before = filled[second.block] - filled[first.block]
    return before - first.end + second.start > _BODY


def _filled(blocks: Sequence[Block]) -> list[int]:
    """How much text stands before each block; a table counts as much."""
    sizes = (len(block.text.strip(" |\t\u3000")) if isinstance(block, TextBlock) else _TABLE for block in blocks)
    return list(accumulate(sizes, initial=0))


def _out_of_order(candidates: Sequence[Heading], chain: Sequence[Heading]) -> list[Heading]:
    """Headings on lines of their own, well worded, of sections that the chain lacks, after the chain's first."""
    have = {heading.key for heading in chain}
    found: dict[str, Heading] = {}
    for heading in candidates:
        if heading.key not in have and heading.block > chain[0].block and is_standard(heading.key, heading.raw):
            found[heading.key] = heading
    return list(found.values())


def _between(blocks: Sequence[Block], heading: Heading, following: Heading | None) -> tuple[Block, ...]:
    last = following.block if following else len(blocks) - 1
    found: list[Block] = []
    for index in range(heading.block, last + 1):
        block = blocks[index]
        if isinstance(block, TableBlock):
            found.append(block)
            continue
        text = block.text
        if following and index == following.block:
            text = text[: following.start]
        if index == heading.block:
            text = text[heading.end :]
        if index not in (heading.block, last) or text.strip():
            found.append(replace(block, text=text))
    return tuple(found)
