"""Facts that the prose of a report states: numbers of applications, disclosures, disputes and fees.

Promises only facts of a closed list of keys, each with the clause it stands in, and a number only where one is printed:
that a fee was not charged is `stated_none`, not zero. What the patterns look for is data (facts.toml). Must not know the
tables; whether a fact agrees with them is for the checks.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import get_args

from pipelines.parser.dates import chinese_number
from pipelines.parser.model import NarrativeFact, SectionKey

_NUMERALS = "零〇一二三四五六七八九十百千两"
GAP = r"[^,。;\d\n]"
NUM = rf"(?P<n>\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+(?:\.\d+)?万?|(?<![{_NUMERALS}几数上])[{_NUMERALS}]+)"
UNIT = r"(?P<u>(?:件|宗|份|例|项|起)(?:次)?)"
APPLICATION = r"(?:政府信息公开申请|政府信息依申请公开|依申请公开(?:政府信息|信息|申请|件)?|信息公开申请|公开申请|申请)"
_PLACEHOLDERS = {"{APP}": APPLICATION, "{GAP}": GAP, "{NUM}": NUM, "{U}": UNIT, "{YEAR}": r"(?P<y>20\d\d)"}
_CLAUSE_ENDS = ",。;:!?\n"
_SENTENCE_ENDS = "。;!?\n"
# Far beyond any clause or section of a report; bounds the work on pages made to cost much.
_MAX_CLAUSE = 1000
_MAX_HEADING = 30
_MAX_TEXT = 300_000
# Longer than any number that is written in figures, in groups of figures, or in words.
_NO_NUMBER = re.compile(rf"\d{{16,}}|(?:\d{{1,3}},){{6,}}\d*|[{_NUMERALS}]{{16,}}")
_ORDINAL = re.compile(
    r"(?:\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}[、.]|\d{1,2}[.、](?=\D|20\d\d年))"
)
# The clause's subject, where it is the organ naming itself before a word for a sum.
_SUBJECT = re.compile(r"[^\d]{0,20}?(?:政府|办公室|办公厅|局|委|厅)(?=累计|合计|总共|共)")
_APPROXIMATE_BEFORE = re.compile(r"(?:约|近|超过|超|逾|达)$")
_APPROXIMATE_BEHIND = re.compile(r"[余多]|[\u4e00-\u9fff]{1,2}(?:以上|左右)")
_LIST = re.compile(r"(?P<n>\d+)(?P<u>条|件|篇|次|个)[,:]?其中(?P<list>[^。;\n]{5,160})")
_ITEM = re.compile(r"(?P<n>\d+)(?P<u>条|件|篇|次|个)")
_SECTIONS: tuple[SectionKey, ...] = get_args(SectionKey)
_DECREASE = ("减少", "下降", "降低")


@dataclass(frozen=True, slots=True)
class _Pattern:
    key: str
    sections: tuple[SectionKey, ...]
    regexes: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None
    sentence: re.Pattern[str] | None
    cell: str | None
    year: int | None
    parts: bool
    true: bool
    none: bool
    money: bool
    implies: int | None
    free: tuple[SectionKey, ...]
    annex: str | None

    def counts_in(self, section: SectionKey, *, uniform: bool) -> bool:
        return section in self.sections or (not uniform and section in self.free)


@dataclass(frozen=True, slots=True)
class ListedSum:
    """`N 件, 其中 …`: the number, and the numbers of the items that have its unit.

    `enumerated` says that the items stand in one clause; items in clauses of their own may be of something else.
    """

    total: int
    unit: str
    items: tuple[int, ...]
    enumerated: bool
    section: SectionKey
    quote: str


@cache
def _patterns() -> tuple[_Pattern, ...]:
    data = tomllib.loads(Path(__file__).with_name("facts.toml").read_text(encoding="utf-8"))
    return tuple(
        _Pattern(
            key=entry["key"],
            sections=tuple(entry["sections"]),
            regexes=tuple(compile_pattern(text) for text in entry["patterns"]),
            unless=re.compile(entry["unless"]) if "unless" in entry else None,
            sentence=compile_pattern(entry["sentence"]) if "sentence" in entry else None,
            cell=entry.get("cell"),
            year=entry.get("year"),
            parts=entry.get("parts", False),
            true=entry.get("true", False),
            none=entry.get("none", False),
            money=entry.get("money", False),
            implies=entry.get("implies"),
            free=tuple(entry.get("free", ())),
            annex=entry.get("annex"),
        )
        for entry in data["fact"]
    )


def compile_pattern(text: str) -> re.Pattern[str]:
    """A pattern of the data files with its placeholders filled; the last {U} is the group u."""
    text = re.sub(r"\{U\}(?=.*\{U\})", lambda _: UNIT.replace("?P<u>", "?:"), text)
    for placeholder, meaning in _PLACEHOLDERS.items():
        text = text.replace(placeholder, meaning)
    return re.compile(text)


def find_facts(
    sections: Mapping[str, str], report_year: int | None, *, uniform: bool = True, annex_column: str | None = None
) -> list[NarrativeFact]:
    """The facts in the order of the sections and of the text; a fact stated twice with one value counts once.

    Where the report is not `uniform`, a fact speaks of a cell of the statistics annex, in its `annex_column`, or of none.
    """
    facts: list[NarrativeFact] = []
    for section in _SECTIONS:
        text = flatten(sections.get(section) or "")
        found = [
            hit
            for pattern in _patterns()
            if pattern.counts_in(section, uniform=uniform)
            for hit in _hits(pattern, text)
        ]
        for pattern, match in sorted(found, key=lambda hit: hit[1].start("q" if "q" in hit[1].re.groupindex else 0)):
            fact = _fact(pattern, match, text, section, report_year)
            if fact is not None and not uniform:
                fact = fact.model_copy(update={"table_cell": _annex_cell(pattern, annex_column), "implies": None})
            if fact is not None and not any(f.key == fact.key and f.value == fact.value for f in facts):
                facts.append(fact)
    return [_with_implied_past(fact, facts, report_year) for fact in facts] if uniform else facts


def _annex_cell(pattern: _Pattern, column: str | None) -> str | None:
    return f"statistics_annex.{pattern.annex}.{column}" if pattern.annex and column else None


def flatten(text: str) -> str:
    """NFKC text without white space (the first 300 000 characters); a line break stays where a sentence ends.

    Figures too long to be a number are one …: patterns would try every part of them as one.
    """
    return _flatten(text[:_MAX_TEXT])


@lru_cache(maxsize=16)
def _flatten(text: str) -> str:
    paragraphs: list[list[str]] = []
    for line in unicodedata.normalize("NFKC", text).splitlines():
        bare = "".join(line.split())
        if not bare:
            continue
        before = paragraphs[-1] if paragraphs else [_SENTENCE_ENDS[0]]
        heading = len(before) <= _MAX_HEADING and _is_heading("".join(before))
        if before[-1].endswith(tuple(_SENTENCE_ENDS)) or heading or _ORDINAL.match(bare):
            paragraphs.append([bare])
        else:
            before.append(bare)
    return _NO_NUMBER.sub("…", "\n".join(map("".join, paragraphs)))


def find_listed_sums(sections: Mapping[str, str]) -> list[ListedSum]:
    """Every `N, of which …` of the prose whose list has at least two items in the unit of N."""
    found = []
    for section in _SECTIONS:
        for match in _LIST.finditer(flatten(sections.get(section) or "")):
            first_clause = match["list"].partition(",")[0]
            enumerated = _items(first_clause, match["u"])
            items = enumerated if len(enumerated) > 1 else _items(match["list"], match["u"])
            if len(items) > 1:
                one_clause = items is enumerated
                quote = match[0] if not one_clause else match[0].partition("其中")[0] + "其中" + first_clause
                found.append(ListedSum(int(match["n"]), match["u"], tuple(items), one_clause, section, quote))
    return found


def _items(listed: str, unit: str) -> list[int]:
    return [int(item["n"]) for item in _ITEM.finditer(listed) if item["u"] == unit]


def _is_heading(line: str) -> bool:
    return len(line) <= _MAX_HEADING and _ORDINAL.match(line) is not None and not re.search(r"[,。;:]", line)


def _hits(pattern: _Pattern, text: str) -> Iterator[tuple[_Pattern, re.Match[str]]]:
    taken: list[tuple[int, int]] = []
    for regex in pattern.regexes:
        for match in regex.finditer(text):
            clause = text[_left(text, match.start(), _CLAUSE_ENDS) : _right(text, match.end(), _CLAUSE_ENDS)]
            if pattern.unless and pattern.unless.search(clause):
                continue
            sentence = text[_left(text, match.start(), _SENTENCE_ENDS) : match.end()]
            if pattern.sentence and not pattern.sentence.search(sentence):
                continue
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            yield pattern, match


def _left(text: str, position: int, ends: str) -> int:
    start = max(0, position - _MAX_CLAUSE)
    return max(start - 1, *(text.rfind(end, start, position) for end in ends)) + 1


def _right(text: str, position: int, ends: str) -> int:
    stop = min(len(text), position + _MAX_CLAUSE)
    return min((i for end in ends if (i := text.find(end, position, stop)) >= 0), default=stop)


def _fact(
    pattern: _Pattern, match: re.Match[str], text: str, section: SectionKey, report_year: int | None
) -> NarrativeFact | None:
    groups = match.groupdict()
    named_year = groups.get("y")
    if pattern.year is not None and named_year and report_year and int(named_year) != report_year + pattern.year:
        return None
    value: int | bool | str | None = None
    flags: list[str] = []
    if pattern.true:
        value = True
    elif not pattern.none:
        value = _value(match, money=pattern.money)
        if value is None:
            return None
        number_start = match.start("n")
        if _APPROXIMATE_BEFORE.search(text[max(0, number_start - 3) : number_start]) or _APPROXIMATE_BEHIND.match(
            text, match.end("n")
        ):
            flags.append("approximate")
    unit = "元" if pattern.money else groups.get("u")
    return NarrativeFact(
        key=pattern.key,
        value=value,
        unit=None if pattern.true else unit,
        section=section,
        quote=_quote(text, match.start("q" if "q" in groups else 0), match.end()),
        table_cell=pattern.cell,
        flags=flags or None,
        implies={pattern.cell: pattern.implies} if pattern.cell and pattern.implies is not None else None,
        parts=(_parts(text, match) or None) if pattern.parts else None,
        state="stated_none" if pattern.none else None,
    )


def _value(match: re.Match[str], *, money: bool) -> int | str | None:
    printed = match["n"].replace(",", "")
    if printed[0] in _NUMERALS:
        number = chinese_number(printed)
        amount = None if number is None else Decimal(number)
    else:
        amount = Decimal(printed.removesuffix("万")) * (10000 if printed.endswith("万") else 1)
    if amount is None:
        return None
    if money and match["u"].startswith("万"):
        amount *= 10000
    if match.groupdict().get("sign") in _DECREASE:
        amount = -amount
    if amount == amount.to_integral_value():
        return int(amount)
    return format(amount.normalize(), "f") if money else None


def _quote(text: str, start: int, end: int) -> str:
    """The clause around a match; with the clauses before it as long as the quotation stands earlier in the text too."""
    left, right = _left(text, start, _CLAUSE_ENDS), _right(text, end, _CLAUSE_ENDS)
    trimmed = _ORDINAL.match(text, left, start + 1)
    left = trimmed.end() if trimmed and trimmed.end() <= start else left
    subject = _SUBJECT.match(text, left, start + 4)
    if subject and subject.end() <= start + 2 and "," not in subject[0]:
        left = min(subject.end(), start) if subject.end() <= start else left
    while left > 0 and text.find(text[left:right]) != left and text[left - 1] not in _SENTENCE_ENDS:
        left = _left(text, left - 1, _CLAUSE_ENDS)
    return text[left:right]


def _parts(text: str, match: re.Match[str]) -> list[int] | None:
    listed = _LIST.match(text, match.start("n"))
    if listed is None:
        return None
    return _items(listed["list"], match["u"])


def _with_implied_past(fact: NarrativeFact, facts: list[NarrativeFact], report_year: int | None) -> NarrativeFact:
    """A change against last year implies last year's number, where this year's is stated."""
    if fact.key != "new_received_yoy_delta" or report_year is None or not isinstance(fact.value, int):
        return fact
    received = [f.value for f in facts if f.key == "new_received" and isinstance(f.value, int)]
    if len(received) != 1:
        return fact
    return fact.model_copy(
        update={"implies": {f"applications.new_received.total@{report_year - 1}": received[0] - fact.value}}
    )
