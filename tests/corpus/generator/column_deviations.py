"""Tables with columns, headers or cells that the form does not have.

Each function bends a draft and its gold values; its name is the tag of the irregularity. A number under a heading that
the form does not know belongs to no cell of the form.
"""

from __future__ import annotations

from tests.corpus.generator import wording
from tests.corpus.generator.draft import Box, Draft, Grid
from tests.corpus.generator.form_deviations import change_grids, is_row


def organisations_subtotal(draft: Draft) -> None:
    """A column 小计 behind the five kinds of organisations."""

    def change(grid: Grid) -> Grid:
        grid[0] = [Box(box.html, box.role, 8) if box.colspan == 7 else box for box in grid[0]]
        grid[1] = [Box(box.html, box.role, 6) if box.colspan == 5 else box for box in grid[1]]
        grid[2].append(Box("小计", "head"))
        for row in grid:
            if is_row(row):
                row.insert(len(row) - 1, Box("66", "value"))
        return grid

    change_grids(draft, "applications", change)


def unit_column(draft: Draft) -> None:
    """A column of units between the labels and the numbers of table 2."""

    def change(grid: Grid) -> Grid:
        for row in grid:
            if is_row(row):
                money = row[-1].address.endswith(("amount", "procurement_amount"))
                row.insert(1, Box("万元" if money else "件", "note"))
            elif len(row) > 1:
                row.insert(1, Box("单位", "head"))
            else:
                row[0] = Box(row[0].html, row[0].role, row[0].colspan + 1)
        return grid

    change_grids(draft, "active_disclosure", change)


def outcome_added(draft: Draft) -> None:
    """A sixth outcome in every group of table 4: 撤回申请."""

    def change(grid: Grid) -> Grid:
        for row in grid:
            wide = [
                Box(box.html, box.role, box.colspan // 5 * 6, box.rowspan) if box.colspan >= 5 else box for box in row
            ]
            row[:] = wide
            if len(row) in (5, 10, 15) and all(box.colspan == 1 for box in row):
                for start in range(len(row) - 5, -1, -5):
                    text = "55" if is_row(row) else "撤回申请" if row[start].html else ""
                    row.insert(start + 4, Box(text, row[start].role))
            elif len(row) == 7 and row[0].rowspan == 2:
                row.insert(4, Box("撤回申请", "head", 1, 2))
        return grid

    change_grids(draft, "review_litigation", change)


def value_across_rows(draft: Draft) -> None:
    """One 0 in a cell across all rows of a group: it may be read for each of them, or said to have no place."""
    rows = [row.key for row in wording.result_rows(draft.applications_form) if row.key.startswith("refused_")]
    rows = [row for row in rows if f"applications.{row}" not in draft.absent_rows]
    column = draft.rng.choice(wording.APPLICANTS[1:6])
    place = wording.APPLICANTS.index(column)
    for row in rows:
        draft.print(f"applications.{row}.{column}", "0", "RUTAB", 0)

    def change(grid: Grid) -> Grid:
        for row in grid:
            if row[-1].address.split(".")[1:2] and row[-1].address.split(".")[1] in rows:
                index = len(row) - 7 + place
                if row[-1].address.split(".")[1] == rows[0]:
                    row[index] = Box("0", "value", 1, len(rows))
                else:
                    del row[index]
        return grid

    change_grids(draft, "applications", change)


def header_missing(draft: Draft) -> None:
    """Table 3 without its header: the order of the form may be taken for granted, or not."""
    for address in draft.addresses("applications"):
        cell = draft.cells[address]
        draft.print(address, cell.html, "".join(dict.fromkeys(cell.expected.states + "UTA")), cell.expected.value)

    change_grids(draft, "applications", lambda grid: grid[3:])


COLUMN_DEVIATIONS = (
    organisations_subtotal,
    unit_column,
    outcome_added,
    value_across_rows,
    header_missing,
)
