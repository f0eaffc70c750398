"""The statutory tables as grids of boxes, spans and all, from what a draft prints.

One table may come as several grids: the blocks of table 2, the groups of table 4, the halves of a page break. Knows
the form, and nothing of markup.
"""

from __future__ import annotations

from tests.corpus.generator import wording
from tests.corpus.generator.draft import Box, Draft, Grid

_APPLICANTS = 7


def grids(draft: Draft, table: str) -> list[Grid]:
    """The grids of one table, after the draft's changes to it."""
    made = {"active_disclosure": _active, "applications": _applications, "review_litigation": _review}[table](draft)
    for change in draft.changes:
        made = change(table, made)
    return made


def _say(draft: Draft, text: str, role: str = "label", colspan: int = 1, rowspan: int = 1) -> Box:
    return Box(draft.spell(draft.labels.get(text, text)), role, colspan, rowspan)


def _value(draft: Draft, address: str, colspan: int = 1) -> Box:
    return Box(draft.cells[address].html, "value", colspan, 1, address)


def _active(draft: Draft) -> list[Grid]:
    blocks = wording.active_blocks(draft.active_form)
    width = 4 if draft.knobs.get("active_width") != "12" else 12
    made: list[Grid] = []
    for block in blocks:
        item = draft.knobs.get("item", "第二十条第（{}）项").format(block.item)
        grid: Grid = [[_say(draft, item, "head", width)]]
        spans = _shares(width, len(block.columns))
        header = [_say(draft, text, "head", span) for (_, text), span in zip(block.columns, spans[1:], strict=True)]
        if draft.knobs.get("information") != "once" or not made:
            grid.append([_say(draft, "信息内容", "head", spans[0]), *header])
        else:
            grid.append([Box("", "head", spans[0]), *header])
        # Data cells of real pages do not share the column boundaries of their header.
        data = _shares(width, len(block.columns), last_first=draft.knobs.get("boundaries") == "apart")
        for row, label in block.rows:
            addresses = [f"active_disclosure.{row}.{column}" for column, _ in block.columns]
            if addresses[0].rpartition(".")[0] in draft.absent_rows:
                continue
            cells = [_value(draft, address, span) for address, span in zip(addresses, data[1:], strict=True)]
            grid.append([_say(draft, label, "label", data[0]), *cells])
        made.append(grid)
    return made if draft.knobs.get("active") == "blocks" else [[row for grid in made for row in grid]]


def _shares(width: int, values: int, last_first: bool = False) -> list[int]:
    """Column spans of a label and so many values that fill a width."""
    parts = [width // (values + 1)] * (values + 1)
    parts[1 if last_first else -1] += width - sum(parts)
    return parts


def _applications(draft: Draft) -> list[Grid]:
    words = wording.APPLICATIONS
    flat = draft.carriers["applications"] == "div"
    grid: Grid = [[_say(draft, "申请人情况", "head"), *(_say(draft, label, "head") for _, label in words["columns"])]]
    grid = (
        grid
        if flat
        else [
            [_say(draft, words["note"], "note", 3, 3), _say(draft, words["applicants"], "head", _APPLICANTS)],
            [
                _say(draft, words["columns"][0][1], "head", 1, 2),
                _say(draft, words["organisations"], "head", 5),
                _say(draft, words["columns"][6][1], "head", 1, 2),
            ],
            [_say(draft, label, "head") for _, label in words["columns"][1:6]],
        ]
    )
    for key, label in words["received"]:
        grid.append([_say(draft, label, "label", 3), *_row(draft, key)])
    rows = [
        row
        for row in wording.result_rows(draft.applications_form)
        if f"applications.{row.key}" not in draft.absent_rows
    ]
    group = ""
    for place, row in enumerate(rows):
        boxes: list[Box] = []
        if not place:
            boxes.append(_say(draft, words["results"], "label", 1, len(rows) + 1))
        if row.group and row.group != group:
            boxes.append(_say(draft, row.group, "label", 1, sum(other.group == row.group for other in rows)))
        group = row.group
        boxes.append(_say(draft, row.label, "label", 1 if row.group else 2))
        grid.append([*boxes, *_row(draft, row.key)])
    key, label = words["total"]
    grid.append([_say(draft, label, "label", 2), *_row(draft, key)])
    key, label = words["out"]
    grid.append([_say(draft, label, "label", 3), *_row(draft, key)])
    return [grid]


def _row(draft: Draft, key: str) -> list[Box]:
    return [_value(draft, f"applications.{key}.{column}") for column in wording.APPLICANTS]


def _review(draft: Draft) -> list[Grid]:
    words = wording.REVIEW
    outcomes = [label for _, label in words["columns"]]
    head = draft.knobs.get("review", "rowspan")
    values = [[_value(draft, f"review_litigation.{row}.{c}") for c in wording.OUTCOMES] for row in wording.REVIEW_ROWS]
    if head == "three":
        titles = [
            words["review"],
            f"{words['litigation']}（{words['direct']}）",
            f"{words['litigation']}（{words['after']}）",
        ]
        return [
            [[_say(draft, title, "head", 5)], [_say(draft, label, "head") for label in outcomes], row]
            for title, row in zip(titles, values, strict=True)
        ]
    top = [_say(draft, words["review"], "head", 5), _say(draft, words["litigation"], "head", 10)]
    groups = [_say(draft, words["direct"], "head", 5), _say(draft, words["after"], "head", 5)]
    names = [_say(draft, label, "head") for label in outcomes]
    if head == "filler":
        grid = [top, [*(Box("", "head") for _ in range(5)), *groups], [*names, *names, *names]]
    elif head == "repeated":
        grid = [[_say(draft, words["review"], "head", 5, 2), top[1]], groups, [*names, *names, *names]]
    else:
        tall = [Box(box.html, "head", 1, 2) for box in names]
        grid = [top, [*tall, *groups], [*names, *names]]
    return [[*grid, [cell for row in values for cell in row]]]
