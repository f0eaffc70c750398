"""Numbers written in Chinese: 三百零五, 一千零二, 一万二千.

Promises a number only for what is written in full, as a number is spoken: the same text must come out when the number
is written again. Knows nothing of cells.
"""

from __future__ import annotations

import re

_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_SPELT = str.maketrans("〇壹贰叁肆伍陆柒捌玖拾佰仟萬億", "零一二三四五六七八九十百千万亿")
_TWO = re.compile("两(?=[百千万亿])|^两$")
_SECTION = re.compile("[^万亿]+|[万亿]")
_MAX = 16  # characters; no count of a report is as long

NUMERALS = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億"


def read_numeral(text: str) -> int | None:
    """The number below 10^12 that the text writes in full; None for anything else."""
    if not text or len(text) > _MAX:
        return None
    spelt = _TWO.sub("二", text.translate(_SPELT))
    whole = _value(spelt)
    if spelt.startswith("十"):
        spelt = "一" + spelt
    spelt = spelt.replace("零十", "零一十")
    return whole if whole is not None and write_numeral(whole) == spelt else None


def write_numeral(number: int) -> str:
    """The number below 10^12 in Chinese, every digit with its unit."""
    if number == 0:
        return "零"
    text = ""
    for power, scale in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section = number // power % 10_000
        if section:
            # A place without a digit between two with one is said once, as a zero.
            text += ("零" if text and section < 1_000 else "") + _write_section(section) + scale
        elif text and number % power and not text.endswith("零"):
            text += "零"
    return text.replace("零零", "零")


def _write_section(number: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _UNITS[place]
        gap = not digit
    return text


def _value(text: str) -> int | None:
    """What digits and units come to, in whatever order they stand."""
    total, section, digit = 0, 0, 0
    for letter in text:
        if letter in _DIGITS:
            digit = _DIGITS.index(letter)
        elif letter in _UNITS[1:]:
            section += (digit or 1) * 10 ** _UNITS.index(letter)
            digit = 0
        elif letter in "万亿":
            total += (section + digit) * (10**4 if letter == "万" else 10**8)
            section, digit = 0, 0
        else:
            return None
    return total + section + digit
