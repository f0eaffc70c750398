"""The record `ogi-annual-report/1.0`: what one annual report says, as JSON with a schema.

A record has three layers. Content (every top-level key but two) is a pure function of the page and its hints;
`provenance` says from which bytes it was read; `history` says what earlier captures of the same report held. The
models promise that field order is output order, that an unknown key is refused, and that a cell holds a number only
in state R. A key that may be left out is left out when there is nothing to say; all other keys are always present,
`null` included. The models know nothing of HTML, of portals, or of how a value was found.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, JsonValue

from pipelines.parser.model_provenance import (
    AttachedFile,
    AttachedPicture,
    AttachmentPlace,
    History,
    Provenance,
    WarcPlace,
)
from pipelines.parser.model_tables import (
    ActiveDisclosureTable,
    AnnexRow,
    ApplicationsTable,
    Block,
    Component,
    ExtraRow,
    LocalAnnexTable,
    MissingTable,
    Omitted,
    Part,
    ReviewLitigationTable,
    Row,
    StatisticsAnnexTable,
    Tables,
    Value,
)

__all__ = [
    "SCHEMA",
    "SECTION_KEYS",
    "AbsentSection",
    "ActiveDisclosureTable",
    "AnnexRow",
    "AnnualReport",
    "ApplicationsTable",
    "AttachedFile",
    "AttachedPicture",
    "AttachmentPlace",
    "Block",
    "Check",
    "Component",
    "Dates",
    "Deadline",
    "Division",
    "DocNumber",
    "ExtraRow",
    "FormatEra",
    "History",
    "Identity",
    "IndexNumber",
    "LabelledDate",
    "LinkedOrgans",
    "LocalAnnexTable",
    "MissingTable",
    "NarrativeFact",
    "Organ",
    "OrganKind",
    "OrganLevel",
    "Part",
    "Period",
    "Provenance",
    "ReviewLitigationTable",
    "Row",
    "Section",
    "SectionKey",
    "Severity",
    "SignedDate",
    "StatisticsAnnexTable",
    "Status",
    "TableKey",
    "TableSection",
    "Tables",
    "TextSection",
    "Title",
    "Value",
    "WarcPlace",
    "json_schema",
]

SCHEMA = "ogi-annual-report/1.0"

SectionKey = Literal[
    "overview",
    "active_disclosure",
    "applications",
    "review_litigation",
    "problems_improvements",
    "other_matters",
]
TableKey = Literal["active_disclosure", "applications", "review_litigation", "statistics_annex", "local_annex"]
FormatEra = Literal["2021", "2019", "mixed", "statistics_annex", "free", "unknown"]
Severity = Literal["error", "warning", "info"]
Status = Literal["pass", "pass_blank_as_zero", "fail", "indeterminate", "not_applicable", "not_evaluated"]

SECTION_KEYS: tuple[SectionKey, ...] = (
    "overview",
    "active_disclosure",
    "applications",
    "review_litigation",
    "problems_improvements",
    "other_matters",
)


class Title(Part):
    """The report's title. `normalized` names the organ in full; `variants` are other titles the page itself prints."""

    raw: str | None
    normalized: str | None
    state: Literal["reported", "absent_in_source"]
    variants: Omitted[list[str]] = None
    note: Omitted[str] = None


class Period(Part):
    """The statistics period the report states (统计期限); ISO dates, null where the report does not state it."""

    start: str | None
    end: str | None
    raw: str | None


class Division(Part):
    """An administrative division, its GB/T 2260 code as of the report year, and the names from province down.

    `uid` is the code under which it is known whatever its code and name in a year; left out where it is `code`.
    """

    code: str
    name: str
    path: list[str]
    uid: Omitted[str] = None


OrganKind = Literal["government", "office", "department", "town", "subdistrict", "zone", "vertical", "state"]
OrganLevel = Literal["state", "province", "prefecture", "county", "township"]


class Organ(Part):
    """The organ the report is about, and each piece of evidence as printed.

    `organ_id` is `<division code>:<kind>[:<unit>]`; null when the organ cannot be resolved. `uscc` is a unified social
    credit code (GB 32100) of the organ itself, never only of the catalogue's owner. `series` is the key that the organ has over
    the years, under all codes of its division and through renamings of its own; left out where it is `organ_id`.
    """

    name: str | None
    organ_id: str | None
    kind: OrganKind | None
    level: OrganLevel | None
    division: Division | None
    evidence: dict[str, str]
    uscc: str | None
    series: Omitted[str] = None
    note: Omitted[str] = None


class IndexNumber(Part):
    """The index number of the disclosure catalogue (索引号), its grammar, and the parts that grammar names."""

    raw: str | None
    normalized: str | None
    state: Literal["reported", "absent", "blank", "placeholder"]
    grammar: Omitted[str] = None
    parts: Omitted[dict[str, str | int | bool | None]] = None


class DocNumber(Part):
    """The document number (文号); `value` is null unless a usable one is printed."""

    raw: str | None
    value: str | None
    state: Literal["reported", "absent", "blank", "placeholder", "damaged"]


class LabelledDate(Part):
    """A date of the page's card or head line with the label it stands under; ISO 8601, with time when printed."""

    label: str
    value: str


class SignedDate(Part):
    """The date under the signature. Implausible when it precedes the end of the reporting period."""

    raw: str
    value: str
    plausible: bool
    probable: Omitted[str] = None


class Dates(Part):
    """The dates found, each from its own place; none stands in for another."""

    issued_meta: LabelledDate | None
    published: LabelledDate | None
    signed: SignedDate | None


class Deadline(Part):
    """When the report was due by law and when it appeared; `days_late` is 0 when on time, null when unknown."""

    rule: str | None
    due: str | None
    published: str | None
    published_source: Omitted[str] = None
    days_late: int | None


class Identity(Part):
    """Whose report of which year this is, with the evidence for it.

    `revision_mark` is the word by which the title says that the report stands in for an earlier edition (更正 …).
    """

    title: Title
    report_year: int | None
    report_year_evidence: dict[str, int | str]
    period: Period
    organ: Organ
    index_number: IndexNumber
    doc_number: DocNumber
    publisher_raw: str | None
    category_raw: Omitted[str] = None
    disclosure_mode_raw: Omitted[str] = None
    dates: Dates
    deadline: Deadline
    variants_linked: list[str]
    revision_mark: Omitted[str] = None
    coverage: Literal["single_organ", "aggregate_region", "own_level", "unknown"]
    coverage_evidence: Omitted[str] = None


class TextSection(Part):
    """A section of prose. Counts and digest are over `text` without any white space; `starts` and `ends` show it."""

    key: str = Field(pattern=r"^([a-z_]+|section_\d+)$")
    presence: Literal["present", "present_empty"]
    heading_raw: str
    kind: Literal["text"]
    text: str
    chars_no_ws: int
    starts: str
    ends: str
    sha256_no_ws: str


class TableSection(Part):
    """A section whose content is a table; `text` holds prose standing beside the table, if any."""

    key: SectionKey
    presence: Literal["present"]
    heading_raw: str
    kind: Literal["table"]
    table: TableKey
    text: Omitted[str] = None


class AbsentSection(Part):
    """A section of the uniform format that the page does not have."""

    key: SectionKey
    presence: Literal["absent"]
    heading_raw: None = Field()
    text: None = Field()


Section = TextSection | TableSection | AbsentSection


class NarrativeFact(Part):
    """A number or statement of the prose, with its quotation and the table cell it speaks of."""

    key: str
    value: int | bool | str | None
    unit: str | None
    section: SectionKey
    quote: str
    table_cell: str | None
    flags: Omitted[list[str]] = None
    implies: Omitted[dict[str, int]] = None
    parts: Omitted[list[int]] = None
    state: Omitted[str] = None


class Check(Part):
    """The result of one rule on one scope: `TABLE[.ROW[.COLUMN]]`, `sections.KEY`, `identity.FIELD` or `text.PART`.

    `cells` are the addresses of all cells that take part, where a rule is about cells.
    """

    code: str = Field(pattern=r"^[A-Z]\d{2,3}$")
    name: str
    severity: Severity
    status: Status
    scope: str
    expected: Omitted[JsonValue] = None
    found: Omitted[JsonValue] = None
    note: Omitted[str] = None
    cells: Omitted[list[str]] = None


class LinkedOrgans(Part):
    """Organs named in the link bar after the signature: hints for discovery, no part of the report."""

    count_tokens: int
    count_organs: int
    names: list[str]
    note: Omitted[str] = None


class AnnualReport(Part):
    """One annual report on government information disclosure (政府信息公开工作年度报告).

    `report_key` is `organ_id/report_year`, or `unresolved:<digest of the bytes>` when one of them is unknown.
    """

    schema_: Literal["ogi-annual-report/1.0"] = Field(alias="schema")
    format_era: FormatEra
    report_key: str
    identity: Identity
    sections: list[Section]
    tables: Tables
    narrative_facts: list[NarrativeFact]
    linked_organs: Omitted[LinkedOrgans] = None
    checks: list[Check]
    checks_summary: dict[str, dict[str, int]]
    provenance: Omitted[Provenance] = None
    history: Omitted[History] = None

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values, keys in field order."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        """The record on one line, keys in field order, characters unescaped; equal records give equal lines."""
        return self.model_dump_json(by_alias=True)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the record, of every era and layer."""
    schema = AnnualReport.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **schema}
