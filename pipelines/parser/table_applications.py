"""Table 3 (收到和处理政府信息公开申请情况): rows of outcomes by seven kinds of applicant.

A row is told by its group, its number in the group and its text, because texts repeat: 其他 is a column and a row.
Promises every row of the form found, or absent and said so. Values are placed by their order in the row; where the grid
disagrees a finding says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.parser import forms
from pipelines.parser.cells import read_cell
from pipelines.parser.findings import Findings, absent_row, make_row, place_values, unplaced_row
from pipelines.parser.forms import APPLICATION_HEADINGS, APPLICATION_ROWS, APPLICATIONS, Era
from pipelines.parser.grid import MAX_POSITIONS
from pipelines.parser.model import ApplicationsTable, ExtraRow, Row
from pipelines.parser.printed import Printed, adds_up
from pipelines.parser.wording import fold

NAME = "applications"
WIDTH = 10

_COLUMNS = len(APPLICATIONS.columns)
_LABELS = {row.key: row.label for row in APPLICATIONS.rows}
_GROUP_OF = {row.key: row.group for row in APPLICATIONS.rows}
_MARKER = re.compile(r"^[(（]?[一二三四五六七八九十]{1,2}[)）、.]?$|^\d{1,2}[.、]$")
_WORDS = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff]")
_OTHER = "group:other"
_MAX_LABEL = 200
_SKIPPED = 3  # rows of labels alone between two rows of a numbered table
_GROUPS = {fold(group.label).full: group.key for group in APPLICATIONS.groups}


def score(rows: Sequence[Sequence[Printed]]) -> int:
    """How many different rows and columns of table 3 these rows hold, those with names of their own only."""
    keys: set[str] = set()
    for row in rows:
        for cell in row:
            if _WORDS.search(cell.text):
                numbered = bool(fold(cell.text).number)
                match = (APPLICATION_ROWS if numbered else APPLICATION_HEADINGS).find(cell.text)
                if match and match.key not in ("other_org", "total"):
                    keys.add(match.key)
    return len(keys)


class _Reader:
    """Reads rows in order, keeping the group in which it is."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.group = ""
        self.rows: dict[str, Row] = {}
        self.subtotals: dict[str, tuple[str, list[Printed]]] = {}
        self.extra: list[ExtraRow] = []
        self.header: dict[str, tuple[int, int]] = {}
        self.named: list[str] = []
        self.misplaced: list[str] = []
        self._open: tuple[str, str, int] | None = None
        self._values: list[Printed] = []
        self._after_heading = False
        self._header_table = ""
        self._before_first = ""
        self._serial: int | None = None

    def read(self, row: Sequence[Printed]) -> None:
        """One row of a grid, or a whole table's tokens in order."""
        self._after_heading = False
        start, end = self._bounds(row)
        for cell in row:
            text = cell.text.strip()
            if text and (_MARKER.match(text) or self._take_heading(cell)):
                continue
            self._after_heading = self._after_heading and not text
            if text and self._take_label(cell):
                continue
            if not text and cell.span and (cell.span[1] <= start or cell.span[0] >= end):
                continue  # a label's or a remark's
            full = len(self._values) >= _COLUMNS
            if text and _WORDS.search(text) and (full or self._open is None) and read_cell(text, "count").state == "T":
                self.close()
                self._open = ("", text, 0) if self.rows else None
                continue
            if self._open is not None:
                self._values.append(cell)
            elif text:
                self._before_first = text

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

    def _keep(self, key: str, label: str, distance: int, values: Sequence[Printed]) -> None:
        if distance:
            self.findings.add("S10", f"{NAME}.{key}.label", expected=_LABELS[key], found=label)
        order = self._order()
        values = place_values(values, _COLUMNS).cells or values
        if order is not None and len(values) == _COLUMNS:
            values = [values[index] for index in order]
        doubtful = order is None or (any(value.loose for value in values) and not adds_up(values))
        if doubtful and any(value.text.strip() for value in values):
            self.rows[key] = unplaced_row(label, APPLICATIONS.columns, values)
            return
        self.rows[key] = make_row(f"{NAME}.{key}", label, APPLICATIONS.columns, values, self.findings)
        if len(values) == _COLUMNS:
            for column, value in zip(APPLICATIONS.columns, values, strict=True):
                span = self.header.get(column.key)
                if (
                    span
                    and value.span
                    and _table(value) == self._header_table
                    and (value.span[1] <= span[0] or span[1] <= value.span[0])
                ):
                    self.misplaced.append(f"{key}.{column.key}")

    def _take_heading(self, cell: Printed) -> bool:
        match = APPLICATION_HEADINGS.find(cell.text)
        if match is None or fold(cell.text).number:
            return False
        if not self._after_heading and (
            (match.key == "total" and self.rows) or (match.key == "other_org" and self.group == "other")
        ):
            return False
        self._after_heading = True
        if cell.span and self._header_table != _table(cell):
            self.header, self.named, self._header_table = {}, [], _table(cell)
        if match.key and match.key not in self.named:
            self.named.append(match.key)
            if cell.span:
                self.header[match.key] = cell.span
        return True

    def _bounds(self, row: Sequence[Printed]) -> tuple[int, int]:
        """The first column and the one past the last of the values, where the row's own table has a whole header."""
        if len(self.header) < _COLUMNS or not row or _table(row[0]) != self._header_table:
            return 0, MAX_POSITIONS
        return min(span[0] for span in self.header.values()), max(span[1] for span in self.header.values())

    def _order(self) -> list[int] | None:
        """For each column of the form its place among the printed ones; None when the headings leave that in doubt."""
        keys = [column.key for column in APPLICATIONS.columns]
        starts = [self.header[key][0] for key in keys if key in self.header]
        if len(set(starts)) == _COLUMNS:
            return [sorted(starts).index(start) for start in starts]
        inner = [key for key in self.named if key in keys[1:-1]]
        return list(range(_COLUMNS)) if inner == [key for key in keys if key in inner] else None

    def _take_label(self, cell: Printed) -> bool:
        if not _WORDS.search(cell.text):
            return False
        group, label = _without_group(cell.text)
        inside = {row.key: 1 for row in APPLICATIONS.rows if row.group and row.group == (group or self.group)}
        match = APPLICATION_ROWS.find(label, inside)
        if match is None:
            return False
        key = _OTHER if match.key == "other_handling" else match.key
        if self._open is not None and self._open[0] == key and not self._values:
            return True  # a merged cell written out once for each position it had
        self._drop_serial(cell)
        self.close()
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


def read_applications(
    rows: Sequence[Sequence[Printed]], default_era: Era, width: int | None, findings: Findings
) -> ApplicationsTable | None:
    """Table 3 from its rows, None when none of its rows is there. `width` is that of the grid, None for text."""
    reader = _Reader(findings)
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
        subtotals=_subtotals(reader, findings),
        extra_rows=reader.extra or None,
    )


def _table(cell: Printed) -> str:
    """The table of the page that holds the cell."""
    return cell.place.partition(".")[0]


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


def _era(rows: dict[str, Row], default: Era) -> Era:
    for era in forms.ERAS:
        if APPLICATIONS.only[era] & rows.keys():
            return era
    return default


def _subtotals(reader: _Reader, findings: Findings) -> dict[str, Row] | None:
    """The rows that print a group's sum, each compared with the rows of its group."""
    found: dict[str, Row] = {}
    for key, (label, values) in reader.subtotals.items():
        group = key.removeprefix("group:")
        scratch = Findings()
        row = make_row(f"{NAME}.subtotals.{group}", label, APPLICATIONS.columns, values, scratch)
        if set(row.states) <= {"B", "N"} or group == "results":
            continue
        findings.places.update(scratch.places)
        found[group] = row
        members = [reader.rows[name].values for name, of in _GROUP_OF.items() if of == group and name in reader.rows]
        sums = [sum(value for value in column if isinstance(value, int)) for column in zip(*members, strict=True)]
        printed = [value if isinstance(value, int) else None for value in row.values]
        if any(value is not None and value != total for value, total in zip(printed, sums, strict=False)):
            findings.add("S13", f"{NAME}.subtotals.{group}", expected=sums, found=row.values)
    return found or None
