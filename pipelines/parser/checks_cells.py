"""Cells of a record by address (`TABLE.ROW.COLUMN`), with their states, for the rules that compare them.

Promises for every address of the forms a cell: its number in state R, else its state and no number. Must not know rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipelines.parser.model import (
    ActiveDisclosureTable,
    AnnualReport,
    ApplicationsTable,
    MissingTable,
    ReviewLitigationTable,
    Row,
)

# States in which nothing is known of the number; a blank or a dash (B, N) may stand for zero.
UNKNOWN = "TUAL"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its address, its number (state R only), its state."""

    address: str
    value: Decimal | None
    state: str


def cells_of(address: str, columns: Sequence[str], row: Row) -> dict[str, Cell]:
    """The cells of a row by column; `address` is that of the row."""
    return {
        column: Cell(f"{address}.{column}", Decimal(str(value)) if state == "R" else None, state)
        for column, value, state in zip(columns, row.values, row.states, strict=True)
    }


def grid_of(
    name: str, table: ApplicationsTable | ReviewLitigationTable | MissingTable | None
) -> dict[str, dict[str, Cell]]:
    """The cells of table 3 or 4 by row and column; empty when the table is not there."""
    if not isinstance(table, ApplicationsTable | ReviewLitigationTable):
        return {}
    return {key: cells_of(f"{name}.{key}", table.columns, row) for key, row in table.rows.items()}


def rows_of_active_disclosure(report: AnnualReport) -> Iterator[tuple[str, str, Row, Mapping[str, Cell]]]:
    """Address, key, row and cells of each row of table 2."""
    table = report.tables.active_disclosure
    if isinstance(table, ActiveDisclosureTable):
        for block in table.blocks.values():
            for key, row in block.rows.items():
                address = f"active_disclosure.{key}"
                yield address, key, row, cells_of(address, block.columns, row)


def find_cell(report: AnnualReport, address: str) -> Cell | None:
    """The cell at an address: of state L where its table is lost; None where the report's form has no such cell."""
    name, row, column = address.split(".")
    table = getattr(report.tables, name)
    if isinstance(table, MissingTable):
        return Cell(address, None, "L")
    if name == "active_disclosure":
        return next((cells.get(column) for _, key, _, cells in rows_of_active_disclosure(report) if key == row), None)
    return grid_of(name, table).get(row, {}).get(column)
