"""Table 3 (收到和处理政府信息公开申请情况): rows of outcomes by seven kinds of applicant.

A row is told by its group, its number in the group and its text, because texts repeat: 其他 is a column and a row.
Promises every row of the form found, or absent and said so. Values are placed by their order in the row; where the grid
disagrees a finding says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pipelines.parser import forms
from pipelines.parser.cells import read_cell
from pipelines.parser.check_rules_sums import Sum, total
from pipelines.parser.checks_cells import cells_of
from pipelines.parser.columns import Headings, Placement, name_damaged, place_under
from pipelines.parser.findings import Findings, absent_row, make_row, place_values, unplaced_row
from pipelines.parser.forms import APPLICATION_HEADINGS, APPLICATION_ROWS, APPLICATIONS, Era
from pipelines.parser.model import ApplicationsTable, ExtraRow, Row
from pipelines.parser.printed import Printed, adds_up, headings_apart
from pipelines.parser.wording import MAX_SCORED, fold

NAME = "applications"
WIDTH = 10

_COLUMNS = len(APPLICATIONS.columns)
_KEYS = [column.key for column in APPLICATIONS.columns]
_COLUMN_LABELS = [column.label for column in APPLICATIONS.columns]
_LEAST_HEADS = 4  # columns of the form among the headings of a row that heads a table
_LABELS = {row.key: row.label for row in APPLICATIONS.rows}
_GROUP_OF = {row.key: row.group for row in APPLICATIONS.rows}
_OF_GROUP = {
    group: dict.fromkeys((key for key, of in _GROUP_OF.items() if of == group), 1)
    for group in _GROUP_OF.values()
    if group
}
_MARKER = re.compile(r"^[(（]?[一二三四五六七八九十]{1,2}[)）、.]?$|^\d{1,2}[.、]$")
_BARE_NUMERAL = re.compile(r"^[一二三四五六七八九十]{1,2}$")
_WORDS = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")
_OTHER = "group:other"
_ORGANISATIONS = "法人"  # the heading above the five kinds of organisations
_OUTER = ("natural_person", _ORGANISATIONS, "total")
_MAX_LABEL = 200
_SKIPPED = 3  # rows of labels alone between two rows of a numbered table
_GROUPS = {fold(group.label).full: group.key for group in APPLICATIONS.groups}


def score(rows: Sequence[Sequence[Printed]]) -> int:
    """How many different rows and columns of table 3 these rows hold, those with names of their own only."""
    keys: set[str] = set()
    for row in rows:
        for cell in row:
            key = _own_key(cell.text[:MAX_SCORED])
            if key:
                keys.add(key)
    return len(keys)


@lru_cache(maxsize=4096)
def _own_key(text: str) -> str | None:
    if not _WORDS.search(text):
        return None
    match = (APPLICATION_ROWS if fold(text).number else APPLICATION_HEADINGS).find(text)
    return match.key if match and match.key not in ("other_org", "total") else None


class _Reader:
    """Reads rows in order, keeping the group in which it is."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.group = ""
        self.rows: dict[str, Row] = {}
        self.subtotals: dict[str, tuple[str, list[Printed]]] = {}
        self.extra: list[ExtraRow] = []
        self.headings: Headings | None = None
        self.edges: dict[int, int] = {}
        self.named: list[str] = []
        self.misplaced: list[str] = []
        self._open: tuple[str, str, int] | None = None
        self._values: list[Printed] = []
        self._after_heading = False
        self._heading_rows: Headings | None = None
        self._label_end = 0
        self._before_first = ""
        self._serial: int | None = None

    def read(self, row: Sequence[Printed]) -> None:
        """One row of a grid, or a whole table's tokens in order."""
        self._after_heading = False
        heads: list[tuple[Printed, str | None]] = []
        for cell in headings_apart(row, _is_heading):
            text = cell.text.strip()
            if text.isdecimal() and self._open is not None:  # most cells: a number in its row, no heading of any kind
                self._after_heading = False
                heads.append((cell, None))
                self._values.append(cell)
                continue
            if text and self._is_marker(cell):
                continue
            key = self._take_heading(cell) if text else None
            heads.append((cell, key))
            if key is not None:
                continue
            self._after_heading = self._after_heading and not text
            if text and self._take_label(cell):
                continue
            full = len(self._values) >= _COLUMNS and cell.span is None
            labelled = full or self._open is None or (cell.span is None and fold(text).number != "")
            if text and labelled and _WORDS.search(text) and read_cell(text, "count").state == "T":
                self.close()
                self._open = ("", text, 0) if self.rows else None
                self._label_end = cell.span[1] if cell.span else 0
                continue
            if self._open is not None:
                self._values.append(cell)
            elif text:
                self._before_first = text
        if row and row[0].span is not None:
            self._take_heads(row[0].table, heads)

    def close(self, *, gridded: bool = False) -> None:
        """Ends the row that is open and keeps what it held; in a grid a row has cells, blank ones included."""
        if self._open is None:
            return
        key, label, distance = self._open
        values, self._values, self._open = self._values, [], None
        if key.startswith("group:"):
            if values and any(value.text.strip() or not value.loose for value in values):
                self.subtotals.setdefault(key, (label, values))
            elif key == _OTHER:
                self.subtotals.setdefault(key, (label, []))
        elif not key:
            if any(value.text.strip() for value in values):
                self.extra.append(ExtraRow(label=label, cells=[value.text for value in values]))
                self.findings.add("S08", NAME, found=label)
        elif not values and gridded:
            return  # a label alone is no row: the same label may come again with its cells, or the row is absent
        elif key in self.rows:
            self.findings.add("S09", f"{NAME}.{key}", found=label)
        else:
            self._keep(key, label, distance, values)

    def _in_values(self) -> bool:
        """Whether what comes is a value, and 十 or 19、 no number in front of a label."""
        return self._open is not None and (not self._open[0].startswith("group:") or bool(self._values))

    def _keep(self, key: str, label: str, distance: int, values: Sequence[Printed]) -> None:
        if distance:
            self.findings.add("S10", f"{NAME}.{key}.label", expected=_LABELS[key], found=label)
        placed = self.place(values)
        if placed is None and any(value.text.strip() for value in values):
            self.rows[key] = unplaced_row(label, APPLICATIONS.columns, values)
            return
        cells = placed.cells if placed else ()
        self.rows[key] = make_row(f"{NAME}.{key}", label, APPLICATIONS.columns, cells, self.findings)
        if placed and not placed.agreed:
            self.misplaced.append(key)

    def _is_marker(self, cell: Printed) -> bool:
        """Whether a cell is the number of a row or group. Among values 十 is one, and 19、 where it cannot be a number."""
        text = cell.text.strip()
        if not _MARKER.match(text):
            return False
        return not (self._in_values() and (cell.span or cell.loose or _BARE_NUMERAL.match(text)))

    def place(self, values: Sequence[Printed]) -> Placement | None:
        """The values of a row by columns of the form; None when columns are in doubt, or all is blank."""
        if not values or values[0].span is None:
            return self._place_in_order(values)
        edge = self.edges.get(values[0].table, 0)
        ends = (values[-1].span or (0, 0))[1] >= edge
        if self.headings is None:
            return self._place_in_order(values) if len(values) == _COLUMNS and ends else None
        same_table = self.headings.table == values[0].table
        left = self._label_end if same_table else 0
        printed = [head for head in self.headings.heads if head.key or head.span[0] >= left]
        heads = name_damaged(printed, _KEYS, _COLUMN_LABELS)
        placed = place_under(heads, values, _KEYS, same_table, edge)
        if placed is None and len(heads) < len(values) == _COLUMNS and ends and all(head.key for head in heads):
            placed = self._place_in_order(values)
            return placed and Placement(placed.cells, agreed=False)
        return placed

    def _place_in_order(self, values: Sequence[Printed]) -> Placement | None:
        """The values by their order alone: that of the headings, else that of the form."""
        order = self._order()
        cells = place_values(values, _COLUMNS).cells
        loose = any(value.loose for value in cells) and not adds_up(cells)
        if not cells or order is None or loose or any(value.gap for value in cells):
            return None
        return Placement(tuple(cells[index] for index in order))

    def _take_heading(self, cell: Printed) -> str | None:
        """The column a heading names, empty for a heading of several, None for what is no heading."""
        match = APPLICATION_HEADINGS.find(cell.text)
        if match is None or fold(cell.text).number:
            return None
        if not self._after_heading and (
            (match.key == "total" and self.rows) or (match.key == "other_org" and self.group == "other")
        ):
            return None
        self._after_heading = True
        name = match.key or (_ORGANISATIONS if _ORGANISATIONS in cell.text else "")
        if name and name not in self.named and cell.span is None:
            self.named.append(name)
        return match.key

    def _take_heads(self, table: int, heads: Sequence[tuple[Printed, str | None]]) -> None:
        """A row of a grid: one of headings tells what the columns of its table hold, together with those around it."""
        if self._open is not None:
            self._heading_rows = None
        elif any(key is not None for _, key in heads):
            if self._heading_rows is None or self._heading_rows.table != table:
                self._heading_rows = Headings(table)
            for cell, key in heads:
                self._heading_rows.add(cell, key)
            if sum(bool(head.key) for head in self._heading_rows.heads) >= _LEAST_HEADS:
                self.headings = self._heading_rows

    def _order(self) -> list[int] | None:
        """For each column of the form its place among the printed ones; None when the headings leave that in doubt."""
        heads = self.headings.heads if self.headings else ()
        named = [head.key for head in heads if head.key] or self.named
        if len(named) == _COLUMNS == len(set(named)) and heads:
            return [named.index(key) for key in _KEYS]
        outer = [key for key in named if key in _OUTER]
        if outer != [key for key in _OUTER if key in outer]:
            return None
        inner = [key for key in named if key in _KEYS[1:-1]]
        return list(range(_COLUMNS)) if inner == [key for key in _KEYS if key in inner] else None

    def _take_label(self, cell: Printed) -> bool:
        if not _WORDS.search(cell.text):
            return False
        group, label = _without_group(cell.text)
        match = APPLICATION_ROWS.find(label, _OF_GROUP.get(group or self.group))
        if match is None:
            return False
        key = _OTHER if match.key == "other_handling" else match.key
        if self._open is not None and self._open[0] == key and not self._values:
            return True  # a merged cell written out once for each position it had
        self._drop_serial(cell)
        self.close()
        self._label_end = cell.span[1] if cell.span else 0
        self.group = key.removeprefix("group:") if key.startswith("group:") else _GROUP_OF[key]
        self._open = (key, cell.text.strip(), match.distance)
        return True

    def _drop_serial(self, label: Printed) -> None:
        """In a text whose rows are numbered the number of the next row stands behind the values of this one."""
        if label.span is not None:
            return
        if not self.rows and self._open is None:
            self._serial = 1 if self._before_first == "1" else None
        elif self._serial is not None and self._values:
            number = read_cell(self._values[-1].text, "count").value
            if isinstance(number, int) and 0 < number - self._serial <= _SKIPPED:
                self._serial = number
                self._values.pop()

    def settle_other(self) -> None:
        """Group six holds values of its own: the single row of the 2019 form, unless its rows are there as well."""
        held = self.subtotals.pop(_OTHER, None)
        if held is None:
            return
        if not any(_GROUP_OF[key] == "other" for key in self.rows):
            self._keep("other_handling", held[0], 0, held[1])
        elif held[1]:
            self.subtotals[_OTHER] = held


def _is_heading(text: str) -> bool:
    return APPLICATION_HEADINGS.find(text) is not None and not fold(text).number


def read_applications(
    rows: Sequence[Sequence[Printed]], default_era: Era, width: int | None, findings: Findings
) -> ApplicationsTable | None:
    """Table 3 from its rows, None when none of its rows is there. `width` is that of the grid, None for text."""
    reader = _Reader(findings)
    for row in rows:
        if len(row) >= _COLUMNS and row[-1].span is not None:
            reader.edges[row[-1].table] = max(reader.edges.get(row[-1].table, 0), row[-1].span[1])
    for row in rows:
        reader.read(row)
        if row and row[0].span is not None:
            reader.close(gridded=True)
    reader.close()
    reader.settle_other()
    if not reader.rows:
        return None
    era = _era(reader.rows, default_era)
    ordered: dict[str, Row] = {}
    for form in APPLICATIONS.rows_of(era):
        if form.key in reader.rows:
            ordered[form.key] = reader.rows[form.key]
        else:
            ordered[form.key] = absent_row(form.label, APPLICATIONS.columns)
            findings.add("S07", f"{NAME}.{form.key}", expected=form.label)
    unplaced = sum(row.states[:1] == "U" for row in ordered.values())
    if unplaced:
        findings.add("S12", NAME, found=f"{unplaced} rows with fewer values than columns; column lost")
    if width is not None and (width != WIDTH or reader.misplaced):
        findings.add("S06", NAME, expected=WIDTH, found=width, note=", ".join(reader.misplaced[:5]) or None)
    return ApplicationsTable(
        era=era,
        presence="present",
        columns=[column.key for column in APPLICATIONS.columns],
        unit=APPLICATIONS.unit,
        rows=ordered,
        subtotals=_subtotals(reader, ordered, findings),
        extra_rows=reader.extra or None,
    )


def _without_group(label: str) -> tuple[str, str]:
    """The group whose label stands in front of a row's in the same cell, none if there is none; and the row's label."""
    group, rest = "", label
    for _ in range(2):
        full = fold(rest).full if len(rest) <= _MAX_LABEL else ""
        name = next((name for name in _GROUPS if full.startswith(name) and len(full) > len(name) + 1), None)
        if name is None:
            break
        group, rest = _GROUPS[name], full[len(name) :].lstrip(".,:-")
    return group, rest


def tells_era(rows: Mapping[str, Row]) -> bool:
    """Whether one of the rows that only one form has is there."""
    return any(_has_own(rows, era) for era in forms.ERAS)


def _has_own(rows: Mapping[str, Row], era: Era) -> bool:
    return any(key in rows and rows[key].row_presence is None for key in APPLICATIONS.only[era])


def _era(rows: Mapping[str, Row], default: Era) -> Era:
    return next((era for era in forms.ERAS if _has_own(rows, era)), default)


def _subtotals(reader: _Reader, rows: dict[str, Row], findings: Findings) -> dict[str, Row] | None:
    """The rows that print a group's sum, each compared with the rows of its group."""
    found: dict[str, Row] = {}
    for key, (label, values) in reader.subtotals.items():
        group = key.removeprefix("group:")
        scratch = Findings()
        placed = reader.place(values)
        cells = placed.cells if placed else ()
        row = make_row(f"{NAME}.subtotals.{group}", label, APPLICATIONS.columns, cells, scratch)
        if placed is None and any(value.text.strip() for value in values):
            row = unplaced_row(label, APPLICATIONS.columns, values)
        if set(row.states) <= {"B", "N"} or group == "results":
            continue
        findings.places.update(scratch.places)
        findings.confidence.update(scratch.confidence)
        found[group] = row
        members = {name: rows[name] for name, of in _GROUP_OF.items() if of == group and name in rows}
        _check_subtotal(f"{NAME}.subtotals.{group}", row, members, findings)
    return found or None


def _check_subtotal(scope: str, row: Row, members: dict[str, Row], findings: Findings) -> None:
    """Rule S13: the columns in which the printed sum is not that of the group's rows."""
    columns = [column.key for column in APPLICATIONS.columns]
    printed = cells_of(scope, columns, row)
    grid = [cells_of(f"{NAME}.{name}", columns, member) for name, member in members.items()]
    sums = [Sum("S13", scope, tuple(cells[key] for cells in grid), (printed[key],)) for key in columns]
    wrong = [cell.address for each in sums if each.status == "fail" for cell in each.right + each.left]
    if wrong:
        expected = [int(total(each.left)) for each in sums]
        findings.add("S13", scope, expected=expected, found=row.values, cells=wrong)
