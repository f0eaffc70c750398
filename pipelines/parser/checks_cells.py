"""Cells of a record by address (`TABLE.ROW.COLUMN`), with their states, for the rules that compare them.

Promises for every address of the forms a cell: its number in state R, else its state and no number. Must not know rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from pipelines.parser.model import (
    ActiveDisclosureTable,
    AnnexRow,
    AnnualReport,
    ApplicationsTable,
    MissingTable,
    ReviewLitigationTable,
    Row,
)

# States in which nothing is known of the number; a blank or a dash (B, N) may stand for zero.
UNKNOWN = frozenset("TUAL")

Number = int | Decimal


class Cell(NamedTuple):
    """A cell: its address, its number (state R only; money as a decimal), its state."""

    address: str
    value: Number | None
    state: str


@dataclass(frozen=True, slots=True)
class ActiveRow:
    """A row of table 2: its address, its key in the form, the row, its cells by column."""

    address: str
    key: str
    row: Row
    cells: dict[str, Cell]


class Cells:
    """The cells of one record, made once for all rules: of tables 3 and 4 by row and column, empty without the table."""

    def __init__(self, report: AnnualReport) -> None:
        self._tables = report.tables
        self.active_disclosure = _rows_of(report.tables.active_disclosure)
        self.applications = _grid("applications", report.tables.applications)
        self.review_litigation = _grid("review_litigation", report.tables.review_litigation)
        self._rows = {
            "active_disclosure": {row.key: row.cells for row in self.active_disclosure},
            "applications": self.applications,
            "review_litigation": self.review_litigation,
        }

    def find(self, address: str) -> Cell | None:
        """The cell at an address: of state L where its table is lost; None where the report's form has no such cell."""
        name, key, column = address.split(".")
        if isinstance(getattr(self._tables, name), MissingTable):
            return Cell(address, None, "L")
        return self._rows.get(name, {}).get(key, {}).get(column)


def cells_of(address: str, columns: Sequence[str], row: Row | AnnexRow) -> dict[str, Cell]:
    """The cells of a row by column; `address` is that of the row."""
    return {
        column: Cell(f"{address}.{column}", Decimal(value) if isinstance(value, str) else value, state)
        for column, value, state in zip(columns, row.values, row.states, strict=True)
    }


def _grid(
    name: str, table: ApplicationsTable | ReviewLitigationTable | MissingTable | None
) -> dict[str, dict[str, Cell]]:
    if table is None or isinstance(table, MissingTable):
        return {}
    return {key: cells_of(f"{name}.{key}", table.columns, row) for key, row in table.rows.items()}


def _rows_of(table: ActiveDisclosureTable | MissingTable | None) -> list[ActiveRow]:
    if table is None or isinstance(table, MissingTable):
        return []
    return [
        ActiveRow(f"active_disclosure.{key}", key, row, cells_of(f"active_disclosure.{key}", block.columns, row))
        for block in table.blocks.values()
        for key, row in block.rows.items()
    ]
