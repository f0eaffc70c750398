"""Labelled values of index cards and head lines: 索引号, 发布日期 and the like.

A value stands after its label's colon, in the cell after the label's, or in the next piece of a row of pipes; a label
followed by another label has an empty value, it never takes the other label for it. Promises values as printed.
Knows the vocabulary of the cards, not what the values mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from pipelines.parser.blocks import Block, TableBlock, TextBlock

_DATA = tomllib.loads(Path(__file__).with_name("labels.toml").read_text("utf-8"))
_NAMES = frozenset(_DATA["names"])
_STOPS: tuple[str, ...] = tuple(_DATA["stops"])

_SPACE = re.compile(r"\s+")
_BY_LENGTH = sorted(_NAMES, key=len, reverse=True)
_LABEL = re.compile(r"(?:" + "|".join(r"\s*".join(name) for name in _BY_LENGTH) + r")")
_COLON = r"\s*[:：]"
_PAIR = re.compile(
    rf"(?<![\u4e00-\u9fff])(?:(?P<label>{_LABEL.pattern}){_COLON}|【\s*(?P<inside>{_LABEL.pattern})\s*】(?:{_COLON})?)"
)
_STOP = re.compile(r"[【\[〖]\s*(?:" + "|".join(_STOPS) + r")|(?<!\S)(?:" + "|".join(_STOPS) + rf"){_COLON}|【")
_MAX_LINE = 300
_MAX_LABEL = 60
_EDGES = " \t\r\n\u3000\xa0|·"


def find_labels(blocks: Iterable[Block]) -> tuple[tuple[str, str], ...]:
    """The labelled values in document order: label without white space and colon, value as printed."""
    found: list[tuple[str, str]] = []
    for block in blocks:
        if isinstance(block, TextBlock):
            found.extend(_of_line(block.text))
        else:
            found.extend(_of_table(block))
    return tuple(found)


def label_of(text: str) -> str | None:
    """The known label that this text is, without white space and trailing colon; None when it is something else."""
    return _label_of(text) if len(text) <= _MAX_LABEL else None


@lru_cache(maxsize=4096)
def _label_of(text: str) -> str | None:
    bare = _SPACE.sub("", text).strip("【】[]").rstrip(":：")
    return bare if bare in _NAMES else None


def starts_with_label(text: str) -> bool:
    """Whether the text is a known label, or a labelled value."""
    return label_of(text) is not None or _PAIR.match(text.strip()) is not None


def pairs_of(cells: Sequence[str]) -> list[tuple[str, str]]:
    """The labelled values of a row of cells: label and value side by side, or both in one cell."""
    found: list[tuple[str, str]] = []
    index = 0
    while index < len(cells):
        label = label_of(cells[index])
        following = cells[index + 1] if index + 1 < len(cells) else ""
        if label is None:
            found.extend(_with_colon(cells[index]))
        elif starts_with_label(following):
            found.append((label, ""))
        else:
            found.append((label, following.strip(_EDGES)))
            index += 1
        index += 1
    return found


def _of_table(block: TableBlock) -> Iterable[tuple[str, str]]:
    grid = block.grid
    texts = {cell.text for row in grid.rows for cell in row if cell is not None}
    if not any(":" in text or "：" in text or label_of(text) for text in texts):
        return
    if not any(label_of(text) or _with_colon(text) for text in texts):
        return
    above: set[int] = set()
    for index in range(len(grid.rows)):
        cells = grid.cells(index)
        yield from pairs_of([cell.text for cell in cells if id(cell) not in above])
        above = {id(cell) for cell in cells}


def _of_line(line: str) -> list[tuple[str, str]]:
    if not line.strip() or len(line) > _MAX_LINE:
        return []
    if "|" in line or "\t" in line:
        return pairs_of([part for part in re.split(r"[|\t]", line.strip(_EDGES)) if part.strip()])
    return _with_colon(line) or _spaced(line)


def _with_colon(text: str) -> list[tuple[str, str]]:
    """Pairs written `label: value`, several of which may stand on one line."""
    if not any(mark in text for mark in ":：】"):
        return []
    text = text.strip(_EDGES)
    first = _PAIR.search(text[:_MAX_LINE])
    if first is None or first.start() > 40:
        return []
    found = []
    matches = list(_PAIR.finditer(text[:_MAX_LINE]))
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        value = text[match.end() : following.start() if following else len(text)]
        stop = _STOP.search(value)
        if stop:
            value = value[: stop.start()]
        found.append((_SPACE.sub("", match["label"] or match["inside"]), value.strip(_EDGES + "[")))
    return found


def _spaced(line: str) -> list[tuple[str, str]]:
    """Pairs of a card flattened to `label value label value`, known by their first and second label."""
    line = line.strip(_EDGES)
    if not _LABEL.match(line):
        return []
    matches = [match for match in _LABEL.finditer(line) if _stands_alone(line, match)]
    if len(matches) < 2 or matches[0].start() != 0:
        return []
    ends = [match.start() for match in matches[1:]] + [len(line)]
    return [
        (_SPACE.sub("", match[0]), line[match.end() : end].strip(_EDGES))
        for match, end in zip(matches, ends, strict=True)
    ]


def _stands_alone(line: str, match: re.Match[str]) -> bool:
    before = line[match.start() - 1 : match.start()]
    after = line[match.end() : match.end() + 1]
    return (not before or before.isspace()) and (not after or after.isspace())
