"""Tables that depart from the form itself: rows and columns in another order, gone, added, or arranged otherwise.

Each function bends a draft and its gold values; its name is the tag of the irregularity. A number belongs to the row
and column whose headings it stands under, wherever those stand.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.corpus.generator import wording
from tests.corpus.generator.draft import Box, Draft, Grid, Printed
from tests.corpus.gold import Expected


def change_grids(draft: Draft, table: str, change: Callable[[Grid], Grid]) -> None:
    """Every grid of a table, changed before it becomes markup."""
    draft.changes.append(lambda name, grids: [change(grid) for grid in grids] if name == table else grids)


def is_row(row: list[Box]) -> bool:
    """Whether a row holds numbers."""
    return bool(row) and any(box.role == "value" for box in row)


def column_missing(draft: Draft) -> None:
    """A kind of applicant for which the table has no column."""
    place = draft.rng.randrange(1, 6)
    key, label = wording.APPLICATIONS["columns"][place]
    draft.expect([address for address in draft.addresses("applications") if address.endswith("." + key)], "A")
    text = draft.spell(draft.labels.get(label, label))

    def change(grid: Grid) -> Grid:
        grid[0] = [_narrower(box) if box.colspan == 7 else box for box in grid[0]]
        grid[1] = [_narrower(box) if box.colspan == 5 else box for box in grid[1]]
        header = next(
            row for row in grid if any(box.html == text and box.role == "head" for box in row) and row is not grid[1]
        )
        del header[next(index for index, box in enumerate(header) if box.html == text)]
        for row in grid:
            if is_row(row):
                del row[len(row) - 7 + place]
        return grid

    change_grids(draft, "applications", change)


def _narrower(box: Box) -> Box:
    return Box(box.html, box.role, box.colspan - 1, box.rowspan, box.address)


def total_column_first(draft: Draft) -> None:
    """总计 before 自然人."""

    def change(grid: Grid) -> Grid:
        grid[1].insert(0, grid[1].pop())
        for row in grid:
            if is_row(row):
                row.insert(len(row) - 7, row.pop())
        return grid

    change_grids(draft, "applications", change)


def carried_rows_swapped(draft: Draft) -> None:
    """The row of cases carried over stands before that of new ones."""

    def change(grid: Grid) -> Grid:
        grid[3], grid[4] = grid[4], grid[3]
        return grid

    change_grids(draft, "applications", change)


def outcomes_swapped(draft: Draft) -> None:
    """Table 4 with 尚未审结 before 其他结果 in every group."""

    def change(grid: Grid) -> Grid:
        for row in grid:
            if len(row) in (5, 10, 15) and row[0].rowspan < 3:
                for start in range(0, len(row), 5):
                    if row[start].role == "value" or row[start].html:
                        row[start + 2], row[start + 3] = row[start + 3], row[start + 2]
        first = next(row for row in grid if len(row) == 7) if any(len(row) == 7 for row in grid) else None
        if first is not None and first[0].rowspan == 2:
            first[2], first[3] = first[3], first[2]
        return grid

    change_grids(draft, "review_litigation", change)


def litigation_swapped(draft: Draft) -> None:
    """Table 4 with 复议后起诉 before 未经复议直接起诉."""

    def change(grid: Grid) -> Grid:
        for row in grid:
            if len(row) == 15 and is_row(row):
                row[5:15] = [*row[10:15], *row[5:10]]
            elif row[-1].colspan == 5 and len(row) >= 2 and row[-2].colspan == 5:
                row[-2], row[-1] = row[-1], row[-2]
        return grid

    change_grids(draft, "review_litigation", change)


def review_by_rows(draft: Draft) -> None:
    """Table 4 with a row for each group and the five outcomes as columns."""
    words = wording.REVIEW

    def change(grid: Grid) -> Grid:
        values = grid[-1]
        head = [Box("", "head", 2), *(Box(draft.spell(label), "head") for _, label in words["columns"])]
        return [
            head,
            [Box(draft.spell(words["review"]), "label", 2), *values[:5]],
            [
                Box(draft.spell(words["litigation"]), "label", 1, 2),
                Box(draft.spell(words["direct"]), "label"),
                *values[5:10],
            ],
            [Box(draft.spell(words["after"]), "label"), *values[10:]],
        ]

    change_grids(draft, "review_litigation", change)


def active_columns_swapped(draft: Draft) -> None:
    """The block of item one with its last column first."""

    def change(grid: Grid) -> Grid:
        for row in grid[1:4]:
            if len(row) == 4:
                row.insert(1, row.pop())
        return grid

    change_grids(draft, "active_disclosure", change)


def remarks_column(draft: Draft) -> None:
    """A column of remarks at the end of table 3."""

    def change(grid: Grid) -> Grid:
        for index, row in enumerate(grid):
            remark = draft.rng.choice(("", "&nbsp;", "含2件转办"))
            row.append(Box(remark if index else "备注", "note"))
        return grid

    change_grids(draft, "applications", change)


def serial_numbers(draft: Draft) -> None:
    """A column of serial numbers before the labels of table 3."""

    def change(grid: Grid) -> Grid:
        grid[0].insert(0, Box("序号", "head", 1, 3))
        for number, row in enumerate(grid[3:], start=1):
            row.insert(0, Box(str(number), "note"))
        return grid

    change_grids(draft, "applications", change)


def groups_repeated(draft: Draft) -> None:
    """The labels of groups in every row instead of once across rows."""

    def change(grid: Grid) -> Grid:
        spanning: list[tuple[Box, int]] = []
        for row in grid[3:]:
            carried = [box for box, left in spanning if left > 0]
            spanning = [(box, left - 1) for box, left in spanning if left > 1]
            for place, box in enumerate(row):
                if box.rowspan > 1:
                    spanning.append((box, box.rowspan - 1))
                    row[place] = Box(box.html, box.role, box.colspan, 1)
            row[0:0] = [Box(box.html, box.role, box.colspan, 1) for box in carried]
        return grid

    change_grids(draft, "applications", change)


def groups_as_rows(draft: Draft) -> None:
    """三 and the groups as rows of their own, with or without blank cells, and below them the rows alone."""
    blank = draft.rng.random() < 0.5

    def change(grid: Grid) -> Grid:
        rows = list(grid[:3])
        for row in grid[3:]:
            labels = [box for box in row if box.role == "label"]
            values = [box for box in row if box.role == "value"]
            for label in labels[:-1]:
                more = [Box("", "note") for _ in values] if blank else []
                rows.append([Box(label.html, "label", 3 if blank else 10), *more])
            rows.append([Box(labels[-1].html, "label", 3), *values])
        return rows

    change_grids(draft, "applications", change)


def rowspan_too_long(draft: Draft) -> None:
    """三 spans one row more than its rows."""

    def change(grid: Grid) -> Grid:
        for row in grid:
            if row[0].rowspan > 10:
                row[0] = Box(row[0].html, row[0].role, row[0].colspan, row[0].rowspan + 1)
        return grid

    change_grids(draft, "applications", change)


def header_inside(draft: Draft) -> None:
    """The three header rows of table 3 again in the middle, as Word repeats them on a new page."""

    def change(grid: Grid) -> Grid:
        place = next(index for index, row in enumerate(grid) if "total_handled" in row[-1].address)
        return [*grid[:place], *(list(row) for row in grid[:3]), *grid[place:]]

    change_grids(draft, "applications", change)


def unit_row(draft: Draft) -> None:
    """A line 单位：件 as the first row of every table."""
    draft.changes.append(lambda _, grids: [[[Box("单位：件", "note", 4)], *grid] for grid in grids])


def label_with_unit(draft: Draft) -> None:
    """Units and notes behind the labels."""
    draft.labels |= {
        "行政许可": "行政许可（件）",
        "规章": "规章（件）",
        "行政处罚": "行政处罚①",
        "一、本年新收政府信息公开申请数量": "一、本年新收政府信息公开申请数量（件）",
        "（七）总计": "（七）总计（件）",
    }


def table_twice(draft: Draft) -> None:
    """Table 3 printed twice with the same numbers, for screens of two widths."""
    draft.changes.append(
        lambda table, grids: (
            [*grids, *([list(row) for row in grid] for grid in grids)] if table == "applications" else grids
        )
    )


def hidden_table(draft: Draft) -> None:
    """The table of the year before, hidden above the table."""
    rows = "".join(f"<tr><td>{label}</td>{'<td>77</td>' * 7}</tr>" for _, label in wording.APPLICATIONS["received"])
    draft.knobs["above_applications"] = draft.rng.choice(
        (
            f'<div style="display:none"><table>{rows}</table></div>',
            f"<!--<table>{rows}</table>-->",
            f'<table style="display:none">{rows}</table>',
        )
    )


def one_table_for_all(draft: Draft) -> None:
    """28: the whole report in one table, headings and paragraphs as rows, the rows of the tables among them."""
    draft.knobs["layout"] = "joined"
    draft.changes.append(lambda _, grids: [[list(row) for grid in grids for row in grid]])


def twelve_columns(draft: Draft) -> None:
    """Table 2 on a grid of twelve columns, as portals paste it."""
    draft.knobs["active_width"] = "12"


def row_printed_twice(draft: Draft) -> None:
    """A row printed twice with different numbers: neither can be taken for the row's."""
    row = draft.rng.choice([row.key for row in wording.result_rows(draft.applications_form)])
    for address in draft.row("applications", row):
        cell = draft.cells[address]
        states = "".join(dict.fromkeys(cell.expected.states + "TU"))
        draft.cells[address] = Printed(cell.html, Expected(states, cell.expected.value))

    def change(grid: Grid) -> Grid:
        place = next(index for index, boxes in enumerate(grid) if boxes[-1].address.split(".")[1:2] == [row])
        again = [
            Box(box.html, box.role, box.colspan) for box in grid[place] if box.rowspan == 1 and box.role == "label"
        ]
        for above in range(place, -1, -1):
            for index, box in enumerate(grid[above]):
                if box.role == "label" and box.rowspan > place - above and (box.rowspan > 1):
                    grid[above][index] = Box(box.html, box.role, box.colspan, box.rowspan + 1)
        grid.insert(place + 1, [*again, *(Box(str(number), "value") for number in (91, 92, 93, 94, 95, 96, 97))])
        return grid

    change_grids(draft, "applications", change)


FORM_DEVIATIONS = (
    column_missing,
    total_column_first,
    carried_rows_swapped,
    outcomes_swapped,
    litigation_swapped,
    review_by_rows,
    active_columns_swapped,
    remarks_column,
    serial_numbers,
    groups_repeated,
    groups_as_rows,
    rowspan_too_long,
    header_inside,
    unit_row,
    label_with_unit,
    table_twice,
    hidden_table,
    one_table_for_all,
    twelve_columns,
    row_printed_twice,
)
