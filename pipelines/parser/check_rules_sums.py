"""The sums that the forms' own relations demand (勾稽关系), over cells that may be blank or unknown.

Promises for every relation a status and, where exactly one blank cell would have to hold a number, that number. Blanks
count as zero only as far as that decides nothing: this is sound because counts are never negative. Must not know where
cells come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from pipelines.parser.checks_catalogue import new_check
from pipelines.parser.checks_cells import UNKNOWN, Cell, Cells, Number, cells_of
from pipelines.parser.model import AnnualReport, Check, StatisticsAnnexTable, Status

ADDS_UP: tuple[Status, ...] = ("pass", "pass_blank_as_zero")
_BALANCE_ROWS = ("new_received", "carried_over_in", "total_handled", "carried_over_out")

# Sums of the statistics annex (政府信息公开情况统计表): the total, and the rows that sum to it.
ANNEX_SUMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "A301": ("received", ("in_person", "fax", "online", "letter")),
    "A302": ("closed", ("closed_on_time", "closed_extended")),
    "A303": (
        "answered",
        (
            "ans_already_public",
            "ans_granted",
            "ans_granted_in_part",
            "ans_refused",
            "ans_not_this_organ",
            "ans_not_exist",
            "ans_correct_request",
            "ans_other_channel",
        ),
    ),
    "A304": (
        "ans_refused",
        (
            "ref_state_secret",
            "ref_trade_secret",
            "ref_privacy",
            "ref_security_stability",
            "ref_not_government_information",
            "ref_other_law",
        ),
    ),
    "A305": ("review", ("rev_upheld", "rev_corrected", "rev_other")),
    "A306": ("litigation", ("lit_upheld", "lit_corrected", "lit_other")),
    "A307": ("staff", ("staff_full_time", "staff_part_time")),
}


@dataclass(frozen=True, slots=True)
class Sum:
    """A relation that was evaluated: left = right."""

    code: str
    scope: str
    left: tuple[Cell, ...]
    right: tuple[Cell, ...]

    @property
    def status(self) -> Status:
        """pass, pass_blank_as_zero, fail, or indeterminate where an unknown or a blank decides."""
        states = {cell.state for cell in self.left + self.right}
        if "R" not in states or states & UNKNOWN:
            return "indeterminate"
        if total(self.left) == total(self.right):
            return "pass" if len(states) == 1 else "pass_blank_as_zero"
        return "indeterminate" if self._blanks_on_smaller_side() else "fail"

    def implied(self) -> tuple[Cell, Number] | None:
        """The one blank cell that would have to hold a number for the sum to come out, and that number."""
        blanks = self._blanks_on_smaller_side()
        if len(blanks) != 1 or any(cell.state in UNKNOWN for cell in self.left + self.right):
            return None
        left, right = total(self.left), total(self.right)
        return blanks[0], right - left if left < right else left - right

    def _blanks_on_smaller_side(self) -> list[Cell]:
        if total(self.left) == total(self.right):
            return []
        smaller = self.left if total(self.left) < total(self.right) else self.right
        return [cell for cell in smaller if cell.state in "BN"]

    def listed(self, status: Status) -> Check | None:
        """The check of a relation of this status that does not add up, where it is a finding.

        It is one if it fails, or if a blank cell would have to hold a number.
        """
        implied = self.implied()
        if status != "fail" and (implied is None or all(cell.value is None for cell in self.left + self.right)):
            return None
        note = f"{implied[0].address} is blank and would have to be {implied[1]}" if implied else None
        return new_check(
            self.code,
            status,
            self.scope,
            expected=_printed(self.left),
            found=_printed(self.right),
            note=note,
            cells=[cell.address for cell in self.left + self.right],
        )


def total(cells: Sequence[Cell]) -> Number:
    """The sum of the numbers printed."""
    return sum([cell.value for cell in cells if cell.value is not None])


def find_sums(report: AnnualReport, cells: Cells) -> Iterator[Sum]:
    """Every relation of the report's tables."""
    yield from _application_sums(cells.applications)
    for key, row in cells.review_litigation.items():
        scope = f"review_litigation.{key}.total"
        yield Sum("T401", scope, tuple(cell for name, cell in row.items() if name != "total"), (row["total"],))
    annex = report.tables.statistics_annex
    if isinstance(annex, StatisticsAnnexTable):
        yield from _annex_sums(annex)


def _application_sums(grid: dict[str, dict[str, Cell]]) -> Iterator[Sum]:
    if not grid:
        return
    results = [key for key in grid if key not in _BALANCE_ROWS]
    for column in next(iter(grid.values())):
        new, carried_in, handled, carried_out = (grid[key][column] for key in _BALANCE_ROWS)
        yield Sum("T301", f"applications.total_handled.{column}", (new, carried_in), (handled, carried_out))
    for column in next(iter(grid.values())):
        members = tuple(grid[key][column] for key in results)
        yield Sum("T302", f"applications.total_handled.{column}", members, (grid["total_handled"][column],))
    for key, row in grid.items():
        applicants = tuple(cell for name, cell in row.items() if name != "total")
        yield Sum("T303", f"applications.{key}.total", applicants, (row["total"],))


def _annex_sums(annex: StatisticsAnnexTable) -> Iterator[Sum]:
    grid = {key: cells_of(f"statistics_annex.{key}", annex.columns, row) for key, row in annex.rows.items()}
    for code, (whole, parts) in ANNEX_SUMS.items():
        if whole not in grid or not all(part in grid for part in parts):
            continue
        for column in annex.columns:
            members = tuple(grid[part][column] for part in parts)
            yield Sum(code, f"statistics_annex.{whole}.{column}", members, (grid[whole][column],))


def _printed(cells: Sequence[Cell]) -> JsonValue:
    """The sum and the cells that are not zero."""
    numbers: dict[str, JsonValue] = {cell.address.partition(".")[2]: _plain(cell.value) for cell in cells if cell.value}
    return {"sum": _plain(total(cells)), "cells": numbers}


def _plain(number: Number) -> int | str:
    return int(number) if number == int(number) else str(number)
