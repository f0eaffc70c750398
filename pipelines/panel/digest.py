"""What a comparison needs of a report, small enough to keep every report of a country in memory.

Promises counts, states and facts as the record has them; money is left out, no rule compares it. Must not know rules.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from pydantic import ValidationError

from pipelines.panel.similarity import comparable, minhash, shingles
from pipelines.parser.checks_cells import Cell, Cells
from pipelines.parser.model import SCHEMA, AnnualReport, NarrativeFact

COMPARED_SECTIONS = ("overview", "problems_improvements")
CLAIM = "new_received_yoy_delta"
_LARGEST = 2**63 - 1
# One copy of each table layout: reports of one form share the index of their cells.
_LAYOUTS: dict[tuple[str, ...], dict[str, int]] = {}


class NotARecord(ValueError):
    """What was read is not a record of an annual report; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A report as the rules see it. `series` names the organ through changes of its division's code and its own name."""

    key: str
    series: str | None
    organ_id: str | None
    year: int | None
    kind: str | None
    level: str | None
    division: str | None
    coverage: str
    index_number: str | None
    revision: int | None
    withdrawn: bool
    changed_cells: tuple[str, ...]
    claims: tuple[NarrativeFact, ...]
    layout: dict[str, int]
    values: array[int]
    states: str
    signature: array[int]
    text: bytes

    def find(self, address: str) -> Cell | None:
        """The cell at an address, itself addressed `REPORT_KEY#ADDRESS`; None where the report has no such cell."""
        index = self.layout.get(address)
        if index is None:
            return None
        state = self.states[index]
        value = Decimal(self.values[index]) if state == "R" else None
        return Cell(f"{self.key}#{address}", value, state)

    def number(self, address: str) -> int | None:
        """The number printed in a cell; None where none is."""
        index = self.layout.get(address)
        return None if index is None or self.states[index] != "R" else self.values[index]

    def shingles(self) -> set[int]:
        """The shingles of the compared sections."""
        return shingles(zlib.decompress(self.text).decode())


def read_digest(line: bytes | str) -> Digest:
    """The digest of a record, from its JSON line; :class:`NotARecord` where it is none."""
    try:
        data = json.loads(line)
    except ValueError as error:
        raise NotARecord(f"not JSON ({error})") from None
    if not isinstance(data, dict):
        raise NotARecord("not a JSON object")
    if data.get("schema") != SCHEMA:
        raise NotARecord(f"schema {data.get('schema')!r}, not {SCHEMA!r}")
    data.pop("source", None)  # which file `scrapy extract` read it from
    try:
        report = AnnualReport.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NotARecord(f"{place}: {first['msg']}" if place else first["msg"]) from None
    return digest_of(report)


def digest_of(report: AnnualReport) -> Digest:
    """The digest of a record."""
    identity, organ, history = report.identity, report.identity.organ, report.history
    cells = list(_counts(report))
    addresses = tuple(address for address, _ in cells)
    layout = _LAYOUTS.setdefault(addresses, {address: index for index, address in enumerate(addresses)})
    text = _compared_text(report)
    return Digest(
        key=report.report_key,
        series=(organ.series or organ.organ_id) if identity.report_year is not None else None,
        organ_id=organ.organ_id,
        year=identity.report_year,
        kind=organ.kind,
        level=organ.level,
        division=organ.division.code if organ.division else None,
        coverage=identity.coverage,
        index_number=identity.index_number.normalized if identity.index_number.state == "reported" else None,
        revision=history.revision if history else None,
        withdrawn=history is not None and history.change == "withdrawn",
        changed_cells=tuple(history.changed_cells) if history else (),
        claims=tuple(fact for fact in report.narrative_facts if fact.key == CLAIM),
        layout=layout,
        values=array("q", (int(cell.value) if cell.value is not None else 0 for _, cell in cells)),
        states="".join(cell.state for _, cell in cells),
        signature=minhash(shingles(text)),
        text=zlib.compress(text.encode()),
    )


def _counts(report: AnnualReport) -> Iterator[tuple[str, Cell]]:
    """The cells of tables 2 to 4 that hold counts; a number beyond any count is taken as unparseable."""
    cells = Cells(report)
    rows = [row.cells for row in cells.active_disclosure]
    rows += [*cells.applications.values(), *cells.review_litigation.values()]
    for row in rows:
        for column, cell in row.items():
            if column.endswith("amount"):
                continue
            too_large = cell.value is not None and abs(int(cell.value)) > _LARGEST
            yield cell.address, Cell(cell.address, None, "T") if too_large else cell


def _compared_text(report: AnnualReport) -> str:
    organ = report.identity.organ
    names = [organ.name or "", *(organ.division.path if organ.division else [])]
    texts = [getattr(section, "text", None) or "" for section in report.sections if section.key in COMPARED_SECTIONS]
    return comparable("\n".join(texts), names)
