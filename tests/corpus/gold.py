"""Gold values: what an honest reading of a page may say, cell by cell.

`Expected` names the states that are right for a cell and, where R is among them, the only number that is. Where the
page itself has lost something, several answers are honest and all are listed. Written by the generator and by hand;
knows nothing of the parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

SECTIONS = (
    "overview",
    "active_disclosure",
    "applications",
    "review_litigation",
    "problems_improvements",
    "other_matters",
)
IDENTITY_FIELDS = ("organ", "year", "index_number", "doc_number", "published")
# The columns of these tables are the same in every form, so a gold file need not repeat them.
COLUMNS = {
    "applications": (
        "natural_person",
        "commercial_enterprise",
        "research_institution",
        "public_welfare_org",
        "legal_service_org",
        "other_org",
        "total",
    ),
    "review_litigation": ("maintained", "corrected", "other_result", "pending", "total"),
}

Number = int | str | None
_ROW = re.compile(r"(?P<row>(?P<table>\w+)\.\w+)(?:\((?P<columns>[\w,]+)\))?")


@dataclass(frozen=True, slots=True)
class Expected:
    """The right states of one cell; `value` is the number printed (money as a decimal string), None without one."""

    states: str
    value: Number = None


@dataclass(slots=True)
class Gold:
    """What a page says. An identity field lists every right answer; null among them means that none is printed.

    `sections` names the right presences; `texts` holds the prose of a section. `tables` names the right presences of a
    table without cells. `yuan` is money in yuan by row, null where no unit is printed. `cells` is by
    `TABLE.ROW.COLUMN`.
    """

    tags: list[str] = field(default_factory=list)
    report: bool = True
    era: list[str] = field(default_factory=list)
    identity: dict[str, list[str | int | None]] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    yuan: dict[str, str | None] = field(default_factory=dict)
    cells: dict[str, Expected] = field(default_factory=dict)

    def to_json(self) -> str:
        """A row of cells on a line, so that a person can hold it against the page.

        A cell is its number (money in quotation marks after `=`), the letters of the states that are right, or both
        as a pair where a number is one of several right answers.
        """
        lines = []
        for member in fields(self):
            value = getattr(self, member.name)
            lines.append(f" {_line(member.name)}: {_body(_rows(value) if member.name == 'cells' else value)}")
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str) -> Gold:
        values = json.loads(text)
        values["cells"] = dict(_cells(values.get("cells", {})))
        return cls(**values)


def _rows(cells: dict[str, Expected]) -> dict[str, list[Any]]:
    grouped: dict[str, dict[str, Expected]] = {}
    for address, cell in cells.items():
        row, _, column = address.rpartition(".")
        grouped.setdefault(row, {})[column] = cell
    rows: dict[str, list[Any]] = {}
    for row, columns in grouped.items():
        standing = COLUMNS.get(row.partition(".")[0]) == tuple(columns)
        rows[row if standing else f"{row}({','.join(columns)})"] = [_token(cell) for cell in columns.values()]
    return rows


def _token(cell: Expected) -> Any:
    if cell.value is None:
        return cell.states
    value = f"={cell.value}" if isinstance(cell.value, str) else cell.value
    return value if cell.states == "R" else [cell.states, value]


def _cells(rows: dict[str, list[Any]]) -> Iterable[tuple[str, Expected]]:
    for key, tokens in rows.items():
        match = _ROW.fullmatch(key)
        assert match, f"not a row of gold values: {key}"
        columns = match["columns"].split(",") if match["columns"] else COLUMNS[match["table"]]
        for column, token in zip(columns, tokens, strict=True):
            yield f"{match['row']}.{column}", _expected(token)


def _expected(token: Any) -> Expected:
    if isinstance(token, list):
        states, number = token
        return Expected(states, _number(number))
    if isinstance(token, int) or token.startswith("="):
        return Expected("R", _number(token))
    return Expected(token)


def _number(token: int | str) -> Number:
    return token[1:] if isinstance(token, str) else token


def _body(value: object) -> str:
    if isinstance(value, dict) and value:
        lines = [f"  {_line(key)}: {_line(inner)}" for key, inner in value.items()]
        return "{\n" + ",\n".join(lines) + "\n }"
    return _line(value)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
