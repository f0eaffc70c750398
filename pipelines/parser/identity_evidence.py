"""What the text of a report says about who compiled it, for which period, and by which notice.

Promises quotations and dates exactly where the text gives them, each under the name of its place (`compiled_by`,
`contact`, `signature` …). Knows wording, not organs: whether two names mean one organ is decided elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pipelines.parser.dates import find_signature_date, read_date
from pipelines.parser.identity_titles import without_titles
from pipelines.parser.model import Period

_DAY = r"(?:19|20)\d\d年?[01]?\d月[0-3]?\d日?"
_END = rf"(?:{_DAY}|[01]?\d月[0-3]?\d日)"
_SPAN = rf"(?P<start>{_DAY})起?(?:至|到|—+|-|~|－)(?P<end>{_END})(?:止|为止)?"
_PERIODS = (
    re.compile(rf"(?:使用的?数据)?统计(?:数据)?的?(?:期限|时限|时间|区间|周期|范围)[^\d,。;]{{0,6}}{_SPAN}"),
    re.compile(rf"(?:数据|报告|所列)[^\d,。;]{{0,12}}(?:期限|时限|时间|区间|周期|范围)[^\d,。;]{{0,6}}{_SPAN}"),
    re.compile(rf"(?:自|从){_SPAN}"),
)
_NAME = r"[^,。;:()\s\d《》“”]{2,30}?"
_COMPILED_BY = re.compile(rf"由(?P<organ>{_NAME})(?:负责)?(?:编制|编写|编撰)")
_CONTACT = re.compile(rf"与(?P<organ>{_NAME})(?:取得)?联系")
_OVERVIEW = re.compile(
    r"(?:(?P<year>20\d\d)年度?,?)?(?P<organ>[^,。;:()\s\d《》“”]{1,24}?(?:政府|办公室|办公厅|局|委员会|委|厅|街道|镇|乡))"
    r"(?=坚持|深入|认真|全面|始终|紧紧|严格|积极|以|按照|在|高度|贯彻|继续|围绕|,)"
)
_BASIS = re.compile(r"《[^》]{0,60}?(20\d\d)年[^》]{0,60}?年度报告[^》]{0,30}?(?:通知|要求|方案)》")
_NOTICE = re.compile(r"国办公开办函[〔\[(]?(20\d\d)")
_YEAR_ALONE = re.compile(r"(20\d\d)年(?![01]?\d月)")
_UNITS = "部门|单位|机关|街道办事处|街道|乡镇|镇街|委办局"
_OF_UNITS = rf"(?:各级)?(?:各[^,。;、:\d“”各]{{0,8}}?(?:{_UNITS}))+"
_OVERVIEW_HEAD = 800


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature: the organ as printed (maybe empty), the date as printed, and its value."""

    organ: str
    raw: str
    day: date


@lru_cache(maxsize=8)  # of one page the same few texts are asked for again and again
def bare(text: str) -> str:
    """NFKC text without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def find_period(preamble: str, overview: str) -> Period:
    """The statistics period as stated before or at the start of section one."""
    for text in (bare(preamble), bare(overview)[:_OVERVIEW_HEAD]):
        for pattern in _PERIODS:
            match = pattern.search(text)
            if match is None:
                continue
            start = read_date(match["start"])
            end_text = match["end"]
            if start is not None and not re.match(r"(?:19|20)\d\d", end_text):
                end_text = f"{start.year}年{end_text}"
            end = read_date(end_text)
            if start is not None and end is not None:
                return Period(start=start.isoformat(), end=end.isoformat(), raw=match[0])
    return Period(start=None, end=None, raw=None)


def find_signature(signature: str) -> Signature | None:
    """Organ and date of the signature; what follows the date (link bars) is no part of it."""
    found = find_signature_date(signature)
    if found is None:
        return None
    raw, day = found
    before = bare(signature).rpartition(raw)[0]
    lines = [line for line in unicodedata.normalize("NFKC", signature).splitlines() if line.strip()]
    own_line = next((bare(line) for line in reversed(lines) if bare(line) and before.endswith(bare(line))), "")
    organ = own_line or next((bare(line).partition(raw)[0] for line in lines if raw in bare(line)), "")
    return Signature(organ if len(organ) <= 40 else "", raw, day)


def find_compiler(preamble: str) -> str | None:
    """The organ by which the preamble says the report was compiled."""
    match = _COMPILED_BY.search(bare(preamble))
    return match["organ"] if match else None


def find_contact(preamble: str) -> str | None:
    """The organ that the preamble gives for questions."""
    match = _CONTACT.search(bare(preamble))
    return match["organ"] if match else None


def find_subject(overview: str) -> tuple[int | None, str] | None:
    """Year and organ of the sentence section one opens with, where an organ is its subject."""
    match = _OVERVIEW.match(bare(overview))
    return (int(match["year"]) if match["year"] else None, match["organ"]) if match else None


def find_basis_year(preamble: str) -> int | None:
    """The report year in the title of the notice by which the report was ordered."""
    match = _BASIS.search(bare(preamble))
    return int(match[1]) if match else None


def find_notice_year(preamble: str) -> int | None:
    """The year in the number of the State Council notice on the format that is cited."""
    match = _NOTICE.search(bare(preamble))
    return int(match[1]) if match else None


def find_preamble_year(preamble: str, period: Period) -> int | None:
    """The first year of which the preamble speaks outside titles, the period and full dates."""
    text = without_titles(preamble)
    match = _YEAR_ALONE.search(text.replace(period.raw, "") if period.raw else text)
    return int(match[1]) if match else None


def find_scope(text: str, place: str) -> str | None:
    """The phrase for all organs of the division (全区各部门 …) that says most; `place` is the division's name."""
    pattern = re.compile(rf"(?:全[省市州盟县区旗]|{re.escape(place)}){_OF_UNITS}")
    return max((match[0] for match in pattern.finditer(bare(text))), key=len, default=None)
