"""Whose report of which year a page is, in the many spellings of titles, index numbers, document numbers and dates.

Draws an identity with what is printed and what is true. Knows nothing of frames.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

ORGANS: list[tuple[str, str, str, str, str, int]] = [
    tuple(row) for row in tomllib.loads(Path(__file__).with_name("organs.toml").read_text("utf-8"))["organs"]
]
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CHINESE = "〇一二三四五六七八九"


@dataclass(slots=True)
class Identity:
    """What is true, and what the page prints. `index_number` and `doc_number` are None where none is usable."""

    organ: str
    short: str
    kind: str
    code: str
    year: int
    published: date
    title: str
    index_printed: str
    index_number: str | None
    doc_printed: str
    doc_number: str | None
    date_style: str = "%Y-%m-%d"
    publisher: str = ""
    names: list[str | None] = field(default_factory=list)
    signed: str = ""

    def date(self) -> str:
        return self.published.strftime(self.date_style)


def draw(rng: Random, years: tuple[int, int]) -> Identity:
    """An identity in regular spelling: the report of one organ for one year of the range, published in time."""
    year = rng.randrange(years[0], years[1] + 1)
    organ, short, kind, code, above, _ = rng.choice([organ for organ in ORGANS if organ[-1] <= year])
    published = date(year + 1, 1, 8) + timedelta(days=rng.randrange(0, 80 if kind == "government" else 22))
    index = index_number(rng, code, published.year)
    return Identity(
        organ=organ,
        short=short,
        kind=kind,
        code=code,
        year=year,
        published=published,
        title=f"{organ}{year}年政府信息公开工作年度报告",
        index_printed=index,
        index_number=index,
        doc_printed="",
        doc_number=None,
        publisher=organ,
        names=[organ, above + organ],
        signed=f"{published.year}年{published.month}月{published.day}日",
    )


def index_number(rng: Random, code: str, year: int) -> str:
    """An index number in one of the shapes that portals print."""
    serial = rng.randrange(1, 99999)
    return rng.choice(
        (
            f"{uscc(rng, code)}/{year}-{serial:05d}",
            f"{uscc(rng, code)}/{year}{rng.randrange(1, 13):02d}-{serial:05d}",
            f"{organisation_code(rng)}/{year}-{serial:05d}",
            f"H{rng.randrange(1, 99):03d}/{year}-{serial}",
            f"WQX{rng.randrange(1, 99):03d}-{year}-{serial:06d}",
            f"DX{rng.randrange(1, 99):04d}/{year}-{serial:05d}",
            f"{code}{rng.randrange(1, 999):03d}/{year}-{serial:05d}",
            f"{code}-{rng.randrange(10, 99)}/{year}-01{rng.randrange(10, 29)}001",
        )
    )


def organisation_code(rng: Random) -> str:
    """Eight digits and the check digit of GB 11714."""
    digits = [rng.randrange(0, 10) for _ in range(8)]
    check = 11 - sum(digit * weight for digit, weight in zip(digits, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return "".join(map(str, digits)) + {10: "X", 11: "0"}.get(check, str(check))


def uscc(rng: Random, code: str) -> str:
    """A unified social credit code of an organ of government, check characters of GB 32100 and GB 11714 valid."""
    body = "11" + code + organisation_code(rng)
    total = sum(_ALPHABET.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + _ALPHABET[(31 - total % 31) % 31]


def title_variants(identity: Identity) -> list[str]:
    """Titles of the same report as different organs word them."""
    organ, year = identity.organ, identity.year
    return [
        f"{organ}{year}年度政府信息公开工作年度报告",
        f"{year}年{organ}政府信息公开工作年度报告",
        f"{year}年度{organ}政府信息公开工作年度报告",
        f"{organ}{year}年政府信息公开年度报告",
        f"{organ}{year}年度政府信息公开年度工作报告",
        f"{organ}{year}年政府信息公开年报",
        f"{organ}{year}年政务信息公开年度报告",
        f"{organ} {year}年政府信息公开工作年度报告",
        f"{organ}{''.join(_CHINESE[int(digit)] for digit in str(year))}年政府信息公开工作年度报告",
        f"{organ}关于{year}年政府信息公开工作的年度报告",
        f"{organ}{year}年信息公开工作年度报告",
        f"{organ} {year} 年政府信息公开工作年度报告",
        f"{organ}{year}度政府信息公开年度报告",
        f"{organ}{year}年政府信息年度报告",
        f"{organ}{year}年度政府信息公开工作年度报告（图解附后）",
    ]
