"""What a printed cell says: a number, or the state that tells why there is none.

Promises never a guess: a number only where exactly one follows from the text, blank for an empty cell, not applicable
for dashes and words for nothing, unparseable for the rest. Counts are integers, money is the decimal string as printed.
Knows nothing of tables, rows or columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from pipelines.parser.numerals import NUMERALS, read_numeral

Kind = Literal["count", "signed", "money"]

_MAX_KEPT = 32
# Characters that are not seen: spaces of no width, joiners, hyphens that show at a line's end only.
_UNSEEN = "\u200b\u200c\u200d\u200e\u2060\u00ad\ufeff"
_SPACE = re.compile(rf"[\s{_UNSEEN}]+")
_DIGITS_APART = re.compile(r"\d\s+\d")
_FOOTNOTE = re.compile(
    r"(?<=\d)\s*(?:[\u2460-\u2473\u2776-\u277f*＊※]|[²³¹⁰-⁹₀-₉]{1,2}|[\[［(（]注?[\u2460-\u2473\d]?[\]］)）](?=$))\s*$"
)
_NOT_APPLICABLE = frozenset(
    [
        "/",
        "//",
        "\\",
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "―",
        "_",
        "·",
        "…",
        "*",
        "x",
        "×",
        "✕",
        "无",
        "不适用",
        "不涉及",
        "n/a",
        "na",
    ]
)
_ZERO_WORDS = frozenset(["零", "〇"])
_LETTER_O = frozenset(["o", "O"])
_UNITS = "万元|亿元|元|件次|人次|件|项|个|条|份|宗|例|起|次|篇|部|户|人|家"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:\.\d{1,8})?"
_PLAIN = re.compile(rf"(?P<sign>[+-]?)(?P<n>{_DIGITS})$")
_WORDED = re.compile(
    rf"(?P<about>约|共|共计|合计)?(?P<n>{_DIGITS})(?P<scale>万(?!元)|亿(?!元))?余?(?P<unit>{_UNITS})?(?P<rest>\(.{{1,80}}\)?)?$"
)
_SIGNED = re.compile(
    rf"(?P<word>增加|新增|增长|增|上升|减少|下降|减|\+|-)了?(?P<n>{_DIGITS})(?P<unit>{_UNITS})?$|"
    rf"(?P<n2>{_DIGITS})(?P<unit2>{_UNITS})?\((?P<word2>增加?|减少?)\)$"
)
_NO_CHANGE = frozenset(
    ["无变化", "不变", "持平", "无增减", "未变", "没变化", "未变化", "未增减", "无增加", "无减少", "与上年持平"]
)
_COMPONENT = re.compile(rf"(?P<label>[^\d,.;:()]{{1,20}}?)(?P<n>\d{{1,9}})(?P<unit>{_UNITS})?(?=$|[,.;)])")
_NUMERAL = re.compile(rf"(?:约|共|增加|新增|增|减少|减)?(?P<n>[{NUMERALS}]+)(?P<unit>{_UNITS})?(?:\(.{{1,80}}\)?)?$")
_LARGE = 10_000  # an amount of so many 万 is told from one of so many 万元 by nothing
_SCALES = {"万": 10_000, "亿": 100_000_000}
_YUAN = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}


@dataclass(frozen=True, slots=True)
class Reading:
    """A cell read. `raw` is the printed text where it is not simply the value's decimal form.

    `worded`: words or a unit stand with the number. `fractional` and `negative`: a count that cannot be one. `letter`:
    the letter O, which stands for zero only among numbers. `components` are (label, number, unit) from brackets.
    `plain`: a number and nothing else about it, as most cells are.
    """

    state: Literal["R", "B", "N", "T", "U", "A"]
    value: int | str | None = None
    raw: str | None = None
    unit: str | None = None
    worded: bool = False
    fractional: bool = False
    letter: bool = False
    components: tuple[tuple[str, int, str], ...] = ()
    parts_of_whole: bool = False
    plain: bool = False

    @property
    def negative(self) -> bool:
        return isinstance(self.value, int) and self.value < 0


def read_cell(text: str, kind: Kind) -> Reading:
    """The reading of a printed cell as a count, a signed change or money. Raises nothing."""
    return _read_short(text, kind) if len(text) <= _MAX_KEPT else _read(text, kind)


def _read(text: str, kind: Kind) -> Reading:
    printed = text.strip(" \t\r\n\u3000\xa0" + _UNSEEN)
    if not printed:
        return Reading("B")
    marked = _FOOTNOTE.sub("", printed)
    if not marked.isascii() and any(unicodedata.category(letter) == "No" for letter in marked):
        return Reading("T", raw=printed)  # a raised or circled digit is no digit of the number beside it
    bare = _SPACE.sub("", unicodedata.normalize("NFKC", marked)).replace("、", ",").replace("−", "-")
    if bare.lower() in _NOT_APPLICABLE or (bare and set(bare) <= set("-—–―_/\\")):
        return Reading("N", raw=printed)
    if bare in _LETTER_O:
        return Reading("T", raw=printed, letter=True)
    if bare in _ZERO_WORDS:
        return Reading("R", _typed("0", kind), printed, worded=True)
    if _DIGITS_APART.search(marked):
        return Reading("T", raw=printed)
    numeral = _NUMERAL.match(bare)
    if numeral:
        value = read_numeral(numeral["n"])
        if value is None or bare == "一" or (value >= _LARGE and kind == "money"):
            return Reading("T", raw=printed)  # a lone 一 is a dash as often as a number
        bare = bare[: numeral.start("n")] + str(value) + bare[numeral.end("n") :]
    if kind == "signed":
        return _read_signed(bare, printed, worded=numeral is not None)
    plain = _PLAIN.match(bare)
    if plain:
        return _number(plain["sign"] + plain["n"], kind, printed, worded=marked != printed or numeral is not None)
    return _read_worded(bare, printed, kind)


# A table has hundreds of cells and few different ones.
_read_short = lru_cache(maxsize=4096)(_read)


def as_zero(reading: Reading, kind: Kind) -> Reading:
    """The letter O read as the zero it stands for."""
    return Reading("R", _typed("0", kind), reading.raw, worded=True, letter=True)


def in_yuan(value: str, unit: str) -> str | None:
    """An amount of money as an exact decimal string of yuan; None for a unit that is none of money."""
    factor = _YUAN.get(unit)
    if factor is None:
        return None
    yuan = Decimal(value) * factor
    text = format(yuan, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read_signed(bare: str, printed: str, *, worded: bool) -> Reading:
    if bare in _NO_CHANGE:
        return Reading("R", 0, printed, worded=True)
    plain = _PLAIN.match(bare)
    if plain:
        return _number(plain["sign"].replace("+", "") + plain["n"], "signed", printed, worded=worded)
    match = _SIGNED.match(bare)
    if match:
        word = match["word"] or match["word2"]
        sign = "-" if word[0] in "减下-" else ""
        return _number(sign + (match["n"] or match["n2"]), "signed", printed, worded=True)
    return _read_worded(bare, printed, "signed")


def _read_worded(bare: str, printed: str, kind: Kind) -> Reading:
    match = _WORDED.match(bare)
    if match is None or (kind != "money" and match["unit"] in _YUAN):
        return Reading("T", raw=printed)
    number = match["n"].replace(",", "")
    if match["scale"]:
        number = format(Decimal(number) * _SCALES[match["scale"]], "f")
        number = number.rstrip("0").rstrip(".") if "." in number else number
    components = tuple(_components(match["rest"] or ""))
    reading = _number(number, kind, printed, worded=True, unit=match["unit"])
    if reading.state != "R":
        return reading
    return Reading(
        "R",
        reading.value,
        printed,
        match["unit"],
        worded=True,
        components=components,
        parts_of_whole=len(components) > 1 and not re.search("其中|含|包括", match["rest"] or ""),
    )


def _components(rest: str) -> Sequence[tuple[str, int, str]]:
    found = []
    for match in _COMPONENT.finditer(rest.strip("()")):
        label = re.sub("^(?:其中|含|包括|:)+", "", match["label"])
        if label:
            found.append((label, int(match["n"]), match["unit"] or ""))
    return found


def _number(number: str, kind: Kind, printed: str, *, worded: bool = False, unit: str | None = None) -> Reading:
    number = number.replace(",", "").lstrip("+")
    if kind != "money" and "." in number:
        whole, _, fraction = number.partition(".")
        if fraction.strip("0"):
            return Reading("T", raw=printed, fractional=True)
        number = whole
    value = _typed(number, kind)
    raw = None if str(value) == printed else printed
    plain = raw is None and unit is None and not worded and not number.startswith("-")
    return Reading("R", value, raw, unit, worded=worded, plain=plain)


def _typed(number: str, kind: Kind) -> int | str:
    return number if kind == "money" else int(number)
