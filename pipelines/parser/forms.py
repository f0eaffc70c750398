"""The uniform forms as data: which rows, columns, units and wordings tables 2, 3 and 4 have.

Loads `forms.toml` and gives each table's lexicon. Promises that keys and their order are those of the record. Knows
nothing of pages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipelines.parser.cells import Kind
from pipelines.parser.wording import Lexicon

Era = Literal["2019", "2021"]
ERAS: tuple[Era, ...] = ("2021", "2019")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: key, wording, and how its cells are read."""

    key: str
    label: str
    kind: Kind = "count"


@dataclass(frozen=True, slots=True)
class RowForm:
    """A row: key and wording; `group` is the group of table 3 whose rows are numbered together."""

    key: str
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class BlockForm:
    """An item of article 20 in table 2: rows and columns by era; an era without columns does not have the item."""

    key: str
    item: str
    columns: Mapping[Era, tuple[Column, ...]]
    rows: Mapping[Era, tuple[RowForm, ...]]
    units: Mapping[Era, str]


@dataclass(frozen=True, slots=True)
class TableForm:
    """Table 3 or 4: rows of both eras, columns, and the wordings of its headings."""

    unit: str
    columns: tuple[Column, ...]
    rows: tuple[RowForm, ...]
    groups: tuple[RowForm, ...]
    headings: tuple[str, ...]
    only: Mapping[Era, frozenset[str]]

    def rows_of(self, era: Era) -> tuple[RowForm, ...]:
        other: Era = "2019" if era == "2021" else "2021"
        return tuple(row for row in self.rows if row.key not in self.only[other])


def _load_blocks(data: list[dict[str, object]]) -> tuple[BlockForm, ...]:
    return tuple(_load_block(entry) for entry in data)


def _load_block(entry: dict[str, object]) -> BlockForm:
    forms: dict[Era, dict[str, object]] = entry["forms"]  # type: ignore[assignment]
    labels: list[dict[str, object]] = entry["rows"]  # type: ignore[assignment]
    columns: dict[Era, tuple[Column, ...]] = {}
    rows: dict[Era, tuple[RowForm, ...]] = {}
    for era, form in forms.items():
        columns[era] = tuple(Column(*column) for column in form["columns"])  # type: ignore[attr-defined]
        named = [(str(row["key"]), row["label"]) for row in labels]
        rows[era] = tuple(
            RowForm(key, label if isinstance(label, str) else label[era])
            for key, label in named
            if isinstance(label, str) or (isinstance(label, dict) and era in label)
        )
    units: dict[Era, str] = {era: str(form["unit"]) for era, form in forms.items()}
    return BlockForm(str(entry["key"]), str(entry["item"]), columns, rows, units)


_DATA = tomllib.loads(Path(__file__).with_name("forms.toml").read_text("utf-8"))
_NONE: Mapping[Era, frozenset[str]] = {"2019": frozenset(), "2021": frozenset()}
_T3, _T4 = _DATA["applications"], _DATA["review_litigation"]

ACTIVE_DISCLOSURE = _load_blocks(_DATA["active_disclosure"])
APPLICATIONS = TableForm(
    unit=_T3["unit"],
    columns=tuple(Column(key, label) for key, label in _T3["columns"]),
    rows=tuple(RowForm(key, label, group) for key, group, label in _T3["rows"]),
    groups=tuple(RowForm(key, label) for key, label in _T3["groups"]),
    headings=tuple(_T3["headings"]),
    only={"2019": frozenset(_T3["only_2019"]), "2021": frozenset(_T3["only_2021"])},
)
REVIEW_LITIGATION = TableForm(
    unit=_T4["unit"],
    columns=tuple(Column(key, label) for key, label in _T4["columns"]),
    rows=tuple(RowForm(key, label) for key, label in _T4["rows"]),
    groups=(),
    headings=tuple(_T4["headings"]),
    only=_NONE,
)

ACTIVE_ROWS = Lexicon(
    (row.key, row.label) for block in ACTIVE_DISCLOSURE for rows in block.rows.values() for row in rows
)
ACTIVE_COLUMNS = Lexicon(
    (f"{era}:{column.key}", column.label)
    for block in ACTIVE_DISCLOSURE
    for era, columns in block.columns.items()
    for column in columns
)
APPLICATION_ROWS = Lexicon(
    [
        *((row.key, row.label) for row in APPLICATIONS.rows),
        *((f"group:{row.key}", row.label) for row in APPLICATIONS.groups),
        # Short forms that leave out the explanation in brackets or the number.
        ("granted_in_part", "(二)部分公开"),
    ]
)
APPLICATION_HEADINGS = Lexicon(
    [*((column.key, column.label) for column in APPLICATIONS.columns), *(("", text) for text in APPLICATIONS.headings)]
)
REVIEW_HEADINGS = Lexicon(
    [
        *((column.key, column.label) for column in REVIEW_LITIGATION.columns),
        *((f"group:{text}", text) for text in REVIEW_LITIGATION.headings),
    ]
)
