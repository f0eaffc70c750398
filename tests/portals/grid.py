"""The statutory tables as HTML, with the row and column spans of the official form.

Input is a table in the shape the record has (see tests/fixtures/seeds): rows of `label`, `values`, `states` and
`raw`. A reported cell prints its raw text or its number, a blank cell a non-breaking space, a cell that does not
apply a dash; an absent row is left out and its group shrinks. The module must not know where the numbers come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from tests.portals import forms

Table = Mapping[str, Any]
_FULL = str.maketrans(",:;()<>", "，：；（）〈〉")


def fullwidth(text: str) -> str:
    """`text` with the full-width punctuation that pages print where the labels here are half-width."""
    return text.translate(_FULL)


@dataclass(frozen=True, slots=True)
class Style:
    """How a site draws tables: attributes of the table, what wraps the text of a cell, what a blank cell holds, and
    the wording of labels.

    `printed` replaces single labels (a damaged caption, a line break as "\\n"); `wide` prints labels with full-width
    punctuation.
    """

    table: str = 'border="1" cellspacing="0" cellpadding="0"'
    before: str = ""
    after: str = ""
    blank: str = "&nbsp;"
    printed: Mapping[str, str] = field(default_factory=dict)
    wide: bool = False

    def cell(self, text: str, *, colspan: int = 1, rowspan: int = 1) -> str:
        """One cell; an empty `text` is a blank one."""
        spans = (f' rowspan="{rowspan}"' if rowspan > 1 else "") + (f' colspan="{colspan}"' if colspan > 1 else "")
        return f"<td{spans}>{self.before}{self._inner(text)}{self.after}</td>"

    def label(self, text: str, *, colspan: int = 1, rowspan: int = 1) -> str:
        """A cell of the form itself, in this site's wording."""
        printed = self.printed.get(text, fullwidth(text) if self.wide else text)
        return self.cell(printed, colspan=colspan, rowspan=rowspan)

    def table_of(self, rows: Iterable[str]) -> str:
        return f"<table {self.table}><tbody>" + "".join(f"<tr>{row}</tr>\n" for row in rows) + "</tbody></table>"

    def _inner(self, text: str) -> str:
        return escape(text, quote=False).replace("\n", "<br/>") or self.blank


def printed_cell(row: Table, position: int) -> str:
    """What a page prints in this cell:

    The raw text where there is one, nothing for a blank, a dash for "not applicable".
    """
    state = row["states"][position]
    if state == "B":
        return ""
    if state == "N":
        return str(row.get("raw", {}).get(str(position), "—"))
    if state != "R":
        raise ValueError(f"a cell in state {state} cannot be printed")
    return str(row.get("raw", {}).get(str(position), row["values"][position]))


def render_active_disclosure(table: Table, style: Style) -> str:
    """Table 2, four columns wide: each block is a caption across, a header row and its rows."""
    lines: list[str] = []
    for key, caption, columns, _unit, labels in forms.BLOCKS[table["era"]]:
        rows = table["blocks"][key]["rows"]
        last = 4 - len(columns)  # the last column fills what the block does not use
        lines.append(style.label(caption, colspan=4))
        header = [style.label("信息内容")]
        header += [style.label(label, colspan=_span(i, columns, last)) for i, (_, label) in enumerate(columns)]
        lines.append("".join(header))
        for row_key, label in labels:
            row = rows[row_key]
            cells = [style.label(row.get("label", label))]
            cells += [style.cell(printed_cell(row, i), colspan=_span(i, columns, last)) for i in range(len(columns))]
            lines.append("".join(cells))
    return style.table_of(lines)


def _span(position: int, columns: tuple[tuple[str, str], ...], last: int) -> int:
    return last if position == len(columns) - 1 else 1


def render_applications(table: Table, style: Style, *, note: str = f"({forms.RECONCILIATION})") -> str:
    """Table 3, ten columns wide: three header rows, then rows under 三、本年度办理结果 grouped by row spans."""
    rows = table["rows"]
    names = [label for _, label in forms.APPLICANTS]
    lines = [
        style.label(note, colspan=3, rowspan=3) + style.label("申请人情况", colspan=7),
        style.label(names[0], rowspan=2) + style.label("法人或其他组织", colspan=5) + style.label(names[6], rowspan=2),
        "".join(style.label(name) for name in names[1:6]),
        _line(rows, forms.NEW_RECEIVED, style, 3),
        _line(rows, forms.CARRIED_IN, style, 3),
    ]
    groups = [(label, _present(rows, members)) for label, members in forms.HANDLING[table["era"]]]
    height = sum(len(members) for _, members in groups)
    lead = style.label(forms.RESULT_HEADING, rowspan=height)
    for label, members in groups:
        for i, member in enumerate(members):
            if not label:
                lines.append(lead + _line(rows, member, style, 2))
            else:
                group = style.label(label, rowspan=len(members)) if i == 0 else ""
                lines.append(lead + group + _line(rows, member, style, 1))
            lead = ""
    lines.append(_line(rows, forms.CARRIED_OUT, style, 3))
    return style.table_of(lines)


def _present(rows: Table, members: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [member for member in members if "A" not in rows[member[0]]["states"]]


def _line(rows: Table, member: tuple[str, str], style: Style, colspan: int) -> str:
    row = rows[member[0]]
    cells = [style.label(row.get("label", member[1]), colspan=colspan)]
    return "".join(cells + [style.cell(printed_cell(row, i)) for i in range(len(forms.APPLICANTS))])


def render_review_litigation(table: Table, style: Style) -> str:
    """Table 4, fifteen columns wide under three header rows, and one row of numbers."""
    results = [label for _, label in forms.RESULTS]
    numbers = [printed_cell(table["rows"][key], i) for key, _ in forms.DISPUTES for i in range(len(results))]
    return style.table_of(
        [
            style.label("行政复议", colspan=5) + style.label("行政诉讼", colspan=10),
            "".join(style.label(name, rowspan=2) for name in results)
            + style.label("未经复议直接起诉", colspan=5)
            + style.label("复议后起诉", colspan=5),
            "".join(style.label(name) for name in results * 2),
            "".join(style.cell(number) for number in numbers),
        ]
    )


def render_annex(table: Table, style: Style) -> str:
    """The statistics annex of 2014 to 2018: indicator, unit, number."""
    rows = table["rows"]
    lines = [style.label("统计指标") + style.label("单位") + style.label("统计数")]
    for key, label, unit in forms.ANNEX:
        number = "" if key is None else printed_cell(rows[key], 0)
        lines.append(style.label(label) + style.cell(unit) + style.cell(number))
    return style.table_of(lines)
