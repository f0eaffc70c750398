"""The tables of the record: rows of values, each with the state that says why a number is or is not there.

Promises that a value is a number exactly in state R. Knows the shape of the tables, not their forms: which rows and
columns a form has is data of the module that reads them.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = int | str | None

# A printed number, blank, not applicable, unparseable, unplaced, absent from this form, lost with its table.
STATES = "RBNTUAL"


def _nothing(value: object) -> bool:
    return value is None or value == [] or value == {}


T = TypeVar("T")
Omitted = Annotated[T | None, Field(exclude_if=_nothing)]
"""A key left out of the output when it is null or empty. Every field of this type has a default."""


class Part(BaseModel):
    """A piece of the record: immutable, strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Component(Part):
    """A number that the words of a cell give as part of the cell's number: 警告7件."""

    label: str
    value: int
    unit: str


class Row(Part):
    """One row of a table: a value and a state per column, both in the order of the table's columns.

    `values[i]` is a number exactly when `states[i]` is R: counts are integers, money is the decimal string as printed.
    `raw` keeps, by column position, what was printed where that is not simply the value. `unplaced` lists the values
    of a row that lost its columns. `amount_yuan` is the row's money in yuan when its unit is known.
    """

    label: str
    values: list[Value]
    states: str = Field(pattern="^[RBNTUAL]*$")
    raw: Omitted[dict[str, str]] = None
    amount_yuan: Omitted[str] = None
    amount_unit_source: Omitted[Literal["cell", "unknown"]] = None
    components: Omitted[list[Component]] = None
    unplaced: Omitted[list[str]] = None
    row_presence: Omitted[Literal["absent"]] = None

    @model_validator(mode="after")
    def _number_only_where_reported(self) -> Row:
        _check_states(self.values, self.states)
        return self


def _check_states(values: list[Value], states: str) -> None:
    """A number in state R and in no other."""
    if states == "R" * len(values) and None not in values:
        return  # most rows
    if len(values) != len(states):
        raise ValueError("values and states differ in length")
    for value, state in zip(values, states, strict=True):
        if (value is None) == (state == "R"):
            raise ValueError(f"state {state} with value {value!r}")


class ExtraRow(Part):
    """A row the form does not know, as printed."""

    label: str
    cells: list[str]


class Block(Part):
    """One block of table 2: an item of article 20 of the 2019 regulation. `era` stands where blocks differ in era."""

    columns: list[str]
    unit: str
    era: Omitted[Literal["2019", "2021"]] = None
    rows: dict[str, Row]
    unit_source: Omitted[Literal["inferred"]] = None


class ActiveDisclosureTable(Part):
    """Table 2, what was disclosed on the organ's own initiative (主动公开), by items of article 20."""

    era: Literal["2019", "2021", "mixed"]
    presence: Literal["present"]
    blocks: dict[str, Block]
    scope_note: Omitted[str] = None
    extra_rows: Omitted[list[ExtraRow]] = None


class ApplicationsTable(Part):
    """Table 3, applications received and how they were handled (依申请公开), by kind of applicant.

    `subtotals` holds rows that print the sum of a group, which the form does not ask for.
    """

    era: Literal["2019", "2021"]
    presence: Literal["present"]
    columns: list[str]
    unit: str
    unplaced: Omitted[list[str]] = None
    rows: dict[str, Row]
    subtotals: Omitted[dict[str, Row]] = None
    extra_rows: Omitted[list[ExtraRow]] = None


class ReviewLitigationTable(Part):
    """Table 4, administrative review and litigation (行政复议、行政诉讼), by outcome; one form since 2019."""

    era: Literal["2019+"]
    presence: Literal["present"]
    columns: list[str]
    unit: str
    unplaced: Omitted[list[str]] = None
    rows: dict[str, Row]


class MissingTable(Part):
    """A table of the form whose cells are not in the page, and why."""

    presence: Literal["lost_in_source", "image", "attachment", "absent"]
    reason: str
    cells: None = Field()


class AnnexRow(Part):
    """One row of an annex: label and unit as printed, a value and a state per column.

    `unit` is null where none is printed. `unplaced` and `row_presence` are those of other rows; `amount_yuan` and
    `amount_unit_source`, too, in tables of one column.
    """

    code: Omitted[str] = None
    label: str
    unit: str | None
    values: list[Value]
    states: str = Field(pattern="^[RBNTUAL]*$")
    raw: Omitted[dict[str, str]] = None
    amount_yuan: Omitted[str] = None
    amount_unit_source: Omitted[Literal["cell", "unknown"]] = None
    unplaced: Omitted[list[str]] = None
    row_presence: Omitted[Literal["absent"]] = None

    @model_validator(mode="after")
    def _number_only_where_reported(self) -> AnnexRow:
        _check_states(self.values, self.states)
        return self


class StatisticsAnnexTable(Part):
    """The statistics annex of the reports of 2014 to 2018 (政府信息公开情况统计表, 国办发〔2014〕32号), rows by key.

    A sole column whose heading says no more than that numbers stand in it (统计数, 数值) is called `value`; all others
    bear the name they print. `extra_rows` are rows that the form does not know.
    """

    era: Literal["statistics_annex"]
    presence: Literal["present"]
    columns: list[str]
    rows: dict[str, AnnexRow]
    extra_rows: Omitted[list[AnnexRow]] = None


class LocalAnnexTable(Part):
    """A table of a province's or city's own form, kept as it stands: columns as printed, rows in order.

    What a column counts is told by its printed name alone: 历年累计 and 本年累计 stand beside the year's numbers.
    """

    era: Literal["free"]
    presence: Literal["present"]
    title: Omitted[str] = None
    columns: list[str]
    rows: list[AnnexRow]


class Tables(Part):
    """The tables of the report's form; a key is there when the form has the table, found or not."""

    active_disclosure: Omitted[ActiveDisclosureTable | MissingTable] = None
    applications: Omitted[ApplicationsTable | MissingTable] = None
    review_litigation: Omitted[ReviewLitigationTable | MissingTable] = None
    statistics_annex: Omitted[StatisticsAnnexTable | MissingTable] = None
    local_annex: Omitted[LocalAnnexTable] = None
