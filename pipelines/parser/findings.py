"""Rows of values from printed cells, with what is odd about them.

Promises one value and one state per column, and a finding for each thing a reader of the record should know: blanks,
words, impossible counts, values whose column is lost. Knows cells and columns; which row it is, the table's reader says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.parser.cells import Reading, as_zero, in_yuan, read_cell
from pipelines.parser.checks_catalogue import new_check
from pipelines.parser.forms import Column
from pipelines.parser.model import Check, Component, Row, Severity
from pipelines.parser.printed import Printed


@dataclass(slots=True)
class Findings:
    """Checks, cell places and confidences of recognised cells, collected while the tables of one page are read."""

    checks: list[Check] = field(default_factory=list)
    places: dict[str, list[str | None]] = field(default_factory=dict)
    confidence: dict[str, list[float | None]] = field(default_factory=dict)

    def add(
        self,
        code: str,
        scope: str,
        *,
        expected: object = None,
        found: object = None,
        note: str | None = None,
        severity: Severity | None = None,
        cells: Sequence[str] = (),
    ) -> None:
        """One failed rule of the catalogue; `cells` are the addresses of the cells it is about."""
        self.checks.append(
            new_check(code, "fail", scope, severity=severity, expected=expected, found=found, note=note, cells=cells)  # type: ignore[arg-type]
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """The cells of one row: one per column, or `unplaced` when columns are lost; neither when all are blank."""

    cells: tuple[Printed, ...] = ()
    unplaced: tuple[str, ...] = ()


def place_values(values: Sequence[Printed], count: int) -> Placed:
    """The printed cells of a row put into its `count` columns, or kept unplaced."""
    if len(values) == count and not any(value.loose for value in values):
        return Placed(tuple(values))
    filled = [index for index, value in enumerate(values) if value.text.strip()]
    if any(values[index].loose for index in filled):
        return Placed((), tuple(values[index].text for index in filled))
    if filled and any(value.loose for value in values):
        placed = _core(values, filled[0], filled[-1])
    else:
        placed = values if len(values) == count else _trimmed(values, filled, count)
    if len(placed) == count:
        return Placed(tuple(placed))
    return Placed((), tuple(value.text for value in values if value.text.strip()))


def _core(values: Sequence[Printed], first: int, last: int) -> Sequence[Printed]:
    """The row of a text from its first value to its last; nothing when blanks in front may be the row's as well.

    Blanks of a text are only inferred from its lines, and nobody knows how many lines make one.
    """
    core = values[first : last + 1]
    return core if first == 0 or not any(value.loose for value in core) else ()


def _trimmed(values: Sequence[Printed], filled: Sequence[int], count: int) -> Sequence[Printed]:
    """Without the blank cells that stand before or behind a row, as far as they leave no doubt what is the row.

    Blanks at both ends leave the columns in doubt, unless there is one column and one value; so does a word behind.
    """
    if not filled:
        return values[:count]
    if len(filled) == count == 1:
        return [values[filled[0]]]
    first, last = filled[0], filled[-1]
    if first == 0:
        return values[: max(count, last + 1)]
    behind = last == len(values) - 1 and read_cell(values[last].text, "signed").state != "T"
    return values[len(values) - count :] if behind and first >= len(values) - count else values


def make_row(
    scope: str, label: str, columns: Sequence[Column], values: Sequence[Printed], findings: Findings, unit: str = ""
) -> Row:
    """The row `scope` (TABLE.ROW) from its printed cells; `unit` is the heading's unit of money."""
    placed = place_values(values, len(columns))
    if not placed.cells:
        if placed.unplaced:
            return unplaced_row(label, columns, values)
        blanks = [Printed("", "")] * len(columns)
        findings.add("C01", scope, found=[""] * len(columns), cells=[f"{scope}.{column.key}" for column in columns])
        return _row(label, columns, [read_cell(cell.text, "count") for cell in blanks], unit)
    readings = [
        Reading(cell.gap) if cell.gap else read_cell(cell.text, column.kind)
        for cell, column in zip(placed.cells, columns, strict=True)
    ]
    readings = _letters(readings, columns)
    merged = {cell.place: cell.text for cell in placed.cells if cell.gap == "U" and cell.text.strip()}
    findings.places[scope] = [cell.place or None for cell in placed.cells]
    if any(cell.confidence is not None for cell in placed.cells):
        findings.confidence[scope] = [cell.confidence for cell in placed.cells]
    _report(scope, columns, readings, findings, unit)
    return _row(label, columns, readings, unit, list(merged.values()))


def unplaced_row(label: str, columns: Sequence[Column], values: Sequence[Printed]) -> Row:
    """A row whose values cannot be given to columns."""
    texts = [value.text for value in values if value.text.strip()]
    return Row(label=label, values=[None] * len(columns), states="U" * len(columns), unplaced=texts)


def absent_row(label: str, columns: Sequence[Column]) -> Row:
    """A row of the form that this table does not have."""
    return Row(label=label, values=[None] * len(columns), states="A" * len(columns), row_presence="absent")


def _letters(readings: Sequence[Reading], columns: Sequence[Column]) -> list[Reading]:
    """The letter O is a zero when everything else in the row is a number or another O."""
    others = [reading for reading in readings if not reading.letter]
    if len(others) == len(readings) or not others or any(reading.state != "R" for reading in others):
        return list(readings)
    return [
        as_zero(reading, column.kind) if reading.letter else reading
        for reading, column in zip(readings, columns, strict=True)
    ]


def _row(
    label: str, columns: Sequence[Column], readings: Sequence[Reading], unit: str, unplaced: Sequence[str] = ()
) -> Row:
    money = [
        (reading, reading.value)
        for reading, column in zip(readings, columns, strict=True)
        if column.kind == "money" and isinstance(reading.value, str)
    ]
    yuan: str | None = None
    source: str | None = None
    for reading, value in money:
        if reading.unit in ("元", "万元", "亿元"):
            yuan, source = in_yuan(value, reading.unit), "cell"
        elif unit:
            yuan = in_yuan(value, unit)
        else:
            source = "unknown"
    components = [
        Component(label=name, value=number, unit=of) for reading in readings for name, number, of in reading.components
    ]
    return Row(
        label=label,
        values=[reading.value for reading in readings],
        states="".join(reading.state for reading in readings),
        raw={str(index): reading.raw for index, reading in enumerate(readings) if reading.raw is not None} or None,
        amount_yuan=yuan,
        amount_unit_source=source,
        components=components or None,
        unplaced=list(unplaced) or None,
    )


def _report(scope: str, columns: Sequence[Column], readings: Sequence[Reading], findings: Findings, unit: str) -> None:
    if all(reading.plain for reading in readings):
        return
    for state, code in (("B", "C01"), ("N", "C02")):
        of_state = [
            (column, reading) for column, reading in zip(columns, readings, strict=True) if reading.state == state
        ]
        named = [f"{scope}.{column.key}" for column, _ in of_state]
        if len(of_state) == 1 and len(columns) > 1:
            findings.add(code, named[0], found=of_state[0][1].raw or "", cells=named)
        elif of_state:
            names = (
                None if len(of_state) == len(columns) else "columns: " + ", ".join(column.key for column, _ in of_state)
            )
            findings.add(code, scope, found=[reading.raw or "" for _, reading in of_state], note=names, cells=named)
    for column, reading in zip(columns, readings, strict=True):
        cell = f"{scope}.{column.key}"
        if reading.worded:
            findings.add("C04", cell, expected="a plain number", found=reading.raw, cells=[cell])
        if reading.fractional:
            findings.add("C06", cell, found=reading.raw, cells=[cell])
        elif reading.state == "T":
            findings.add("C03", cell, found=reading.raw, cells=[cell])
        if reading.negative and column.kind == "count":
            findings.add("C05", cell, found=reading.value, cells=[cell])
        if unit and reading.unit and column.kind == "money" and reading.unit != unit:
            findings.add("C07", cell, expected=unit, found=reading.unit, cells=[cell])
        total = sum(number for _, number, _ in reading.components)
        if reading.parts_of_whole and isinstance(reading.value, int) and total != reading.value:
            findings.add("C09", cell, expected=reading.value, found=total, cells=[cell])
