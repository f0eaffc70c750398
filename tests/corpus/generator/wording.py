"""The statutory forms as the generator knows them: rows, columns and wording, read from `wording.toml`.

Addresses are `TABLE.ROW.COLUMN`, as in the documentation of the record. Knows nothing of markup or of numbers.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOML: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))

HEADINGS: dict[str, str] = _TOML["headings"]
APPLICATIONS: dict[str, Any] = _TOML["applications"]
REVIEW: dict[str, Any] = _TOML["review"]
ANNEX: dict[str, Any] = _TOML["annex"]
APPLICANTS: list[str] = [key for key, _ in APPLICATIONS["columns"]]
OUTCOMES: list[str] = [key for key, _ in REVIEW["columns"]]
REVIEW_ROWS = ("review", "litigation_direct", "litigation_after_review")


@dataclass(frozen=True, slots=True)
class ActiveBlock:
    """A block of table 2: the item of article 20 by its numeral, columns and rows as (key, wording)."""

    item: str
    columns: list[tuple[str, str]]
    rows: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A row of table 3: key, group label ("" without one), own label."""

    key: str
    group: str
    label: str


def active_blocks(form: str) -> list[ActiveBlock]:
    """Table 2 of a form: `2021`, `2019`, or `mixed` (item one of 2019, the rest of 2021)."""
    if form == "mixed":
        return [*active_blocks("2019")[:1], *active_blocks("2021")[1:]]
    return [
        ActiveBlock(block["item"], [tuple(pair) for pair in block["columns"]], [tuple(pair) for pair in block["rows"]])
        for block in _TOML["active"][form]
    ]


def result_rows(form: str) -> list[ResultRow]:
    """The rows of table 3 between 二 and （七）: 21 in the form of 2021, 19 in that of 2019."""
    rows = [ResultRow(key, "", label) for key, label in APPLICATIONS["single"]]
    for group in APPLICATIONS["groups"][: 4 if form == "2021" else 3]:
        rows += [ResultRow(key, group["label"], label) for key, label in group["rows"]]
    if form == "2019":
        key, label = APPLICATIONS["single_other"]["row"]
        rows.append(ResultRow(key, "", label))
    return rows


def application_keys(form: str) -> list[str]:
    """All rows of table 3, in printed order."""
    received = [key for key, _ in APPLICATIONS["received"]]
    return [*received, *(row.key for row in result_rows(form)), APPLICATIONS["total"][0], APPLICATIONS["out"][0]]


def addresses(table: str, row: str, columns: list[str]) -> list[str]:
    return [f"{table}.{row}.{column}" for column in columns]
