"""The columns of a table by its headings, and a row's values put under them.

A heading row tells for each column of the grid what it holds; a row's values belong to the headings they stand under,
and their number confirms it. Promises a cell for every column of the form, marked where the table has no such column or
merges it with others, or no placement at all. Values are told by their order alone only where they are as many as the
headings, which survives header and data cells of different spans. Knows no form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipelines.parser.printed import Printed


class Head(NamedTuple):
    """A heading over columns of the grid, first and past the last. `key` is the form's column, empty for any other."""

    key: str
    text: str
    span: tuple[int, int]


@dataclass(slots=True)
class Headings:
    """The headings of one table as its header rows say, a lower one before one above it."""

    table: int
    _at: dict[int, tuple[Printed, str]] = field(default_factory=dict)
    _heads: tuple[Head, ...] | None = None

    def add(self, cell: Printed, key: str | None) -> None:
        """A cell of a header row: `key` of the form's column, empty for a heading of several, None for any other."""
        if cell.span is None:
            return
        self._heads = None
        for position in range(*cell.span):
            above = self._at.get(position)
            if cell.text.strip() or above is None or above[1] == "":
                self._at[position] = (cell, _UNKNOWN if key is None else key)

    @property
    def heads(self) -> tuple[Head, ...]:
        """The headings of single columns from left to right."""
        if self._heads is None:
            found: list[tuple[Printed, str, int, int]] = []
            for position in sorted(self._at):
                cell, key = self._at[position]
                if found and found[-1][0] is cell and found[-1][3] == position:
                    found[-1] = (cell, key, found[-1][2], position + 1)
                elif key:
                    found.append((cell, key, position, position + 1))
            self._heads = tuple(
                Head("" if key == _UNKNOWN else key, cell.text, (start, end)) for cell, key, start, end in found
            )
        return self._heads


_UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Placement:
    """A row under headings: a cell per column of the form, and whether order and grid place each alike."""

    cells: tuple[Printed, ...]
    agreed: bool = True


def name_damaged(heads: Sequence[Head], keys: Sequence[str], labels: Sequence[str]) -> Sequence[Head]:
    """The headings with those named that are damaged: each in the place of a column of the form and like its label."""
    named = [head.key for head in heads if head.key]
    if len(named) == len(heads) or len(named) == len(keys) or len(heads) < len(keys):
        return heads
    for start in range(len(heads) - len(keys) + 1):
        window = heads[start : start + len(keys)]
        whole = sum(bool(head.key) for head in window) == len(named)
        if whole and all(
            head.key == key or (not head.key and _alike(head.text, label))
            for head, key, label in zip(window, keys, labels, strict=True)
        ):
            renamed = [head._replace(key=key) for head, key in zip(window, keys, strict=True)]
            return [*heads[:start], *renamed, *heads[start + len(keys) :]]
    return heads


def place_under(
    heads: Sequence[Head], values: Sequence[Printed], keys: Sequence[str], same_table: bool, edge: int = 0
) -> Placement | None:
    """The values of a row under the headings of its table, or of the table before it; None when columns are in doubt.

    `edge` is the column behind the table's last one: a row that ends before it, and starts or ends with blanks, may be
    shifted or lack a cell.
    """
    names = [head.key for head in heads if head.key]
    if not names or not values or len(set(names)) < len(names) or not set(names) <= set(keys):
        return None
    if same_table and _ends_early(heads, values, edge):
        return None
    plain = all(head.text.strip() for head in heads) and not any(value.gap for value in values)
    regular = same_table and plain and [head.span for head in heads] == [value.span for value in values]
    if same_table and not regular:
        values = _within(heads, values)
        if not plain or len(names) < len(heads) or len(values) != len(heads):
            under = _by_grid(heads, values)
            if under is not None:
                return Placement(_in_form(under, heads, keys))
    if not plain or len(values) != len(heads):
        return None
    cells = {head.key: value for head, value in zip(heads, values, strict=True)}
    agreed = regular or not same_table or all(_overlap(head, value) for head, value in zip(heads, values, strict=True))
    return Placement(_in_form(cells, heads, keys), agreed)


def _in_form(cells: dict[str, Printed], heads: Sequence[Head], keys: Sequence[str]) -> tuple[Printed, ...]:
    """A cell per column; what has no heading is absent, unless a heading that nobody knows may be its own."""
    places = {head.key: index for index, head in enumerate(heads) if head.key}
    in_order = sorted(places, key=keys.index) == [*places]
    found: list[Printed] = []
    for index, key in enumerate(keys):
        if key in places:
            found.append(cells[key])
            continue
        before = next((places[other] for other in reversed(keys[:index]) if other in places), -1)
        behind = next((places[other] for other in keys[index:] if other in places), len(heads))
        doubtful = any(not head.key for head in (heads[before + 1 : behind] if in_order else heads))
        found.append(Printed("", "", gap="U" if doubtful else "A"))
    return tuple(found)


def _ends_early(heads: Sequence[Head], values: Sequence[Printed], edge: int) -> bool:
    """Whether a row ends before its table and has a blank where that leaves its columns in doubt."""
    first, last = values[0].span, values[-1].span
    if first is None or last is None or last[1] >= edge:
        return False
    return not values[-1].text.strip() or (first[1] <= heads[0].span[0] and not values[0].text.strip())


def _within(heads: Sequence[Head], values: Sequence[Printed]) -> Sequence[Printed]:
    """Without blank cells that are a label's, and those behind the last heading where the row has too many."""
    first, last = heads[0].span[0], heads[-1].span[1]
    values = [value for value in values if value.span is None or value.span[1] > first or value.text.strip()]
    while len(values) > len(heads) and (span := values[-1].span) and span[0] >= last and not values[-1].text.strip():
        values.pop()
    return values


def _by_grid(heads: Sequence[Head], values: Sequence[Printed]) -> dict[str, Printed] | None:
    """The value under each heading of the form; what stands under several headings belongs to none of them.

    None when a heading has no cell or several, or when a value stands under no heading and not behind the last.
    """
    found: dict[str, Printed] = {}
    last = heads[-1].span[0]
    for value in values:
        over = [head for head in heads if _overlap(head, value)]
        if not over and value.text.strip() and (value.span is None or value.span[0] < last):
            return None
        for head in over:
            if not head.key:
                continue
            if head.key in found:
                return None
            shared = value.text.strip() and len(over) > 1
            found[head.key] = value._replace(gap="U") if shared else value
    return found if all(head.key in found for head in heads if head.key) else None


def _overlap(head: Head, value: Printed) -> bool:
    return value.span is not None and value.span[0] < head.span[1] and head.span[0] < value.span[1]


def _alike(text: str, label: str) -> bool:
    """Whether a damaged heading may be the label: half of its letters, and a third of the label's, are the other's."""
    shared = sum(letter in label for letter in text.strip())
    return shared > 0 and shared * 2 >= len(text.strip()) and shared * 3 >= len(label)
