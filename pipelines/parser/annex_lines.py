"""The statistics annex printed as lines of text: label, unit and value on one line, or on lines of their own.

Text has no columns: a row whose number of values is not that of the columns named above is left to be said unplaced.
Promises that lines of prose are never rows. Knows the wording of the annex's rows, not what they count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.parser.annex_form import find_heading, is_row, unit_word
from pipelines.parser.blocks import TextBlock
from pipelines.parser.cells import read_cell
from pipelines.parser.indicators import VALUE, Indicator, Indicators, is_heading_of_labels
from pipelines.parser.printed import Printed

_PAGE_NUMBER = re.compile(r"^[-—–]\s*\d{1,3}\s*[-—–]$")
_MAX_LINE = 200
_MAX_TOKENS = 5000
_GAP = 24  # tokens between two known labels of one annex
_MAX_NAMES = 8
_MAX_WORD = 12
_MAX_BEHIND = 8  # pieces behind a label on its line
_COLON = re.compile(r"^(?P<label>.{2,160}?)\s*[:：]\s*(?P<value>[^:：]{1,20})$")
_GLUED = re.compile(
    r"^(?P<label>.{2,160}?[^\d\s.,，．])\s*(?P<value>\d[\d,]*(?:\.\d+)?\s*(?:万元|人次|[元条件次篇个人])?)$"
)
_NUMBERED = re.compile(r"^(?:[一二三四五六七八九十]{1,2}[、.．]|[(（][一二三四五六七八九十]{1,2}[)）])")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # label, word, unit, value
    printed: Printed
    block: int


def read_lines(lines: Sequence[tuple[int, TextBlock]]) -> Iterator[tuple[Indicators, list[int]]]:
    """The runs of lines that hold known labels, each as a table; with the indices of its blocks."""
    tokens = [token for index, line in lines[-_MAX_TOKENS:] for token in _tokens(line, index)][:_MAX_TOKENS]
    known = [index for index, token in enumerate(tokens) if token.kind == "label"]
    while known:
        first = last = known.pop(0)
        while known and known[0] - last <= _GAP:
            last = known.pop(0)
        end = last + 1
        while end < len(tokens) and tokens[end].kind in ("unit", "value"):
            end += 1
        names = _names(tokens[max(0, first - _MAX_NAMES) : first])
        yield _indicators(tokens[first:end], names), sorted({token.block for token in tokens[first:end]})


def _tokens(block: TextBlock, index: int) -> Iterator[_Token]:
    text = block.text.strip(" \t\u3000\xa0")
    if not text or _PAGE_NUMBER.match(text):
        return
    behind = False
    for number, piece in enumerate(_pieces(text), start=1):
        place = f"l{block.line}.c{number}" if block.line else ""
        kind = _kind(piece)
        # What stands behind a label on its line is its value, a word too.
        yield _Token("value" if behind and kind == "word" else kind, Printed(piece, place, loose=not piece), index)
        behind = behind or kind == "label"


def _kind(text: str) -> str:
    if not text or _is_value(text):
        return "value"
    if unit_word(text):
        return "unit"
    return "label" if is_row(text) else "word"


def _is_value(text: str) -> bool:
    return read_cell(text, "money").state in "RN"


def _pieces(text: str) -> list[str]:
    """A line's label, unit and values; the line itself where it is not made of them."""
    if len(text) > _MAX_LINE:
        return [text]
    if "|" in text or "\t" in text:
        pieces = [piece.strip(" \u3000\xa0") for piece in re.split(r"[|\t]", text)]
        while pieces and not pieces[-1]:
            pieces.pop()
        return [
            part for piece in pieces[0 if pieces and pieces[0] else 1 :] for part in (_split(piece) if piece else [""])
        ]
    return _split(text)


def _split(text: str) -> list[str]:
    if _is_value(text) or unit_word(text):
        return [text]
    words = text.split()
    for end in range(len(words) - 1, max(0, len(words) - 1 - _MAX_BEHIND), -1):
        if is_row(" ".join(words[:end])):
            return [" ".join(words[:end]), *words[end:]]
    tail: list[str] = []
    while len(words) > 1 and (_is_value(words[-1]) or unit_word(words[-1])):
        tail.insert(0, words.pop())
    label = " ".join(words)
    if not tail:
        match = _COLON.match(label)
        if match is not None and _closed(match["label"]) and (_is_value(match["value"]) or is_row(match["label"])):
            return [match["label"], match["value"].strip()]
        match = _GLUED.match(label)
        if match is not None and is_row(match["label"]):
            return [match["label"], match["value"]]
    elif len(words) > 1 and all(is_heading_of_labels(word) or len(word) <= 12 for word in words) and not is_row(label):
        return [*words, *tail]
    return [label, *tail]


def _closed(text: str) -> bool:
    """Whether every bracket of the text is closed in it."""
    return len(re.findall("[(（]", text)) == len(re.findall("[)）]", text))


def _names(before: Sequence[_Token]) -> list[str]:
    """The names of value columns in a head line above the first row: what stands behind 指标 and 单位."""
    rows = (index - 1 for index, token in enumerate(before) if token.kind in ("unit", "value"))
    head = before[: next(rows, len(before))]  # a row that is not known may stand first
    texts = [part for token in head for part in token.printed.text.split()]
    heads = [index for index, text in enumerate(texts) if is_heading_of_labels(text)]
    if not heads:
        return []
    names = []
    for text in texts[heads[-1] + 1 :]:
        if _NUMBERED.match(text) or find_heading(text) or len(text) > 20:
            break
        names.append(text)
    return names


def _take_words(rows: list[tuple[str, str | None, list[Printed]]]) -> None:
    """Words on the line below a label, with no value of their own, are what is printed for its value."""
    for index in range(len(rows) - 2, -1, -1):
        (label, unit, values), (word, of_word, own) = rows[index], rows[index + 1]
        if values or own or of_word or not is_row(label) or is_row(word):
            continue
        if len(word) <= _MAX_WORD and not _NUMBERED.match(word) and find_heading(word) is None:
            rows[index : index + 2] = [(label, unit, [Printed(word, "")])]


def _indicators(tokens: Sequence[_Token], names: Sequence[str]) -> Indicators:
    rows: list[tuple[str, str | None, list[Printed]]] = []
    for token in tokens:
        if token.kind in ("label", "word"):
            rows.append((token.printed.text, None, []))
        elif rows and token.kind == "unit" and not rows[-1][2] and rows[-1][1] is None:
            rows[-1] = (rows[-1][0], unit_word(token.printed.text), [])
        elif rows:
            rows[-1][2].append(token.printed)
    _take_words(rows)
    counts = Counter(len(values) for _, _, values in rows if values)
    count = max(counts, key=lambda size: (counts[size], -size), default=1)
    clear = count == max(1, len(names))
    columns = tuple(names) or ((VALUE,) if count == 1 else tuple(f"column_{n}" for n in range(1, count + 1)))
    return Indicators(
        columns,
        bool(names),
        [
            Indicator(
                label,
                unit,
                None,
                tuple(values) or ((Printed("", "", loose=True),) if is_row(label) else ()),
                doubtful=not clear and any(value.text for value in values),
            )
            for label, unit, values in rows
        ],
    )
