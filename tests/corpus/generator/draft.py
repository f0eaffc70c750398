"""A page in the making: what it says, how it prints it, and the gold values that follow.

A draft begins regular, with every cell printed as a plain number; deviations then change it, and change the gold
with it. Knows nothing of HTML beyond the pieces put into cells.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from tests.corpus.generator import values, wording
from tests.corpus.generator.identity import Identity
from tests.corpus.gold import SECTIONS, Expected

FORMS = {
    "2021": ("2021", "2021"),
    "2019": ("2019", "2019"),
    "mixed_block": ("mixed", "2021"),
    "mixed_row": ("2021", "2019"),
}
ERAS = {"2021": "2021", "2019": "2019", "mixed_block": "mixed", "mixed_row": "mixed"}
TABLES = ("active_disclosure", "applications", "review_litigation")


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands in a cell, as HTML, and how it may be read."""

    html: str
    expected: Expected


@dataclass(frozen=True, slots=True)
class Box:
    """A cell of a grid: its HTML, what it is (`head`, `label`, `value`, `note`), its spans, whose value it is."""

    html: str
    role: str
    colspan: int = 1
    rowspan: int = 1
    address: str = ""


Grid = list[list[Box]]
GridChange = Callable[[str, list[Grid]], list[Grid]]


@dataclass(slots=True)
class Draft:
    """A report page before it is rendered.

    `carriers` says what each table is made of (`table`, `div`, `lines`, `spaced`, `image`, …); `changes` act on the
    grids before they become markup; `spell` prints a label. `before`, `between` and `after` hold HTML that stands
    between a table's heading and the table, between the parts of a table, and below it.
    """

    rng: Random
    form: str
    identity: Identity
    cells: dict[str, Printed] = field(default_factory=dict)
    yuan: dict[str, str | None] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    numerals: dict[str, str] = field(default_factory=dict)
    prose: dict[str, list[str]] = field(default_factory=dict)
    presence: dict[str, list[str]] = field(default_factory=dict)
    table_presence: dict[str, list[str]] = field(default_factory=dict)
    carriers: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TABLES, "table"))
    changes: list[GridChange] = field(default_factory=list)
    absent_rows: set[str] = field(default_factory=set)
    spell: Callable[[str], str] = html.escape
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    between: str = ""
    preamble: list[str] = field(default_factory=list)
    preamble_inside: bool = False
    ending: str = ""
    knobs: dict[str, str] = field(default_factory=dict)
    markup: str = "plain"
    frame: str = "bare"
    charset: str = "utf-8"
    declared: str = "utf-8"
    content_type: str = "text/html"
    url: str = ""
    tags: list[str] = field(default_factory=list)

    @property
    def active_form(self) -> str:
        return FORMS[self.form][0]

    @property
    def applications_form(self) -> str:
        return FORMS[self.form][1]

    def addresses(self, table: str) -> list[str]:
        return [address for address in self.cells if address.startswith(table + ".")]

    def row(self, table: str, row: str) -> list[str]:
        return [address for address in self.cells if address.startswith(f"{table}.{row}.")]

    def print(self, address: str, printed: str, states: str, value: int | str | None = None) -> None:
        self.cells[address] = Printed(printed, Expected(states, value))

    def expect(self, addresses: list[str], states: str) -> None:
        """The places of these cells are lost, or they are gone: what they print stays."""
        for address in addresses:
            self.cells[address] = Printed(self.cells[address].html, Expected(states))

    def number(self, address: str) -> int:
        value = self.cells[address].expected.value
        assert isinstance(value, int), address
        return value

    def drop_table(self, table: str, presence: list[str]) -> None:
        """The table has no cells that can be read."""
        for address in self.addresses(table):
            del self.cells[address]
        for row in [row for row in self.yuan if row.startswith(table)]:
            del self.yuan[row]
        self.table_presence[table] = presence


def begin(rng: Random, form: str, identity: Identity) -> Draft:
    """A regular draft of a form, numbers drawn and printed plainly."""
    draft = Draft(rng, form, identity)
    for address, value in values.draw(rng, draft.active_form, draft.applications_form).items():
        draft.print(address, str(value), "R", value)
        if address.endswith(".amount"):
            draft.yuan[address.rpartition(".")[0]] = in_yuan(str(value), "万元")
        elif address.endswith(".procurement_amount"):
            draft.yuan[address.rpartition(".")[0]] = None
    draft.headings = dict(wording.HEADINGS)
    draft.numerals = dict(zip(SECTIONS, "一二三四五六", strict=True))
    draft.presence = {key: ["present"] for key in SECTIONS}
    return draft


def in_yuan(amount: str, unit: str) -> str:
    """An amount in yuan, exactly."""
    factor = {"元": 1, "万元": 10_000, "亿元": 100_000_000}[unit]
    return f"{(Decimal(amount) * factor).normalize():f}"
