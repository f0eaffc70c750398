"""The statutory tables of a divided report: which table of the page is which, and which is missing and why.

Tables are told by the wording of their cells, wherever they stand; where the page has no HTML table, by the lines of
their section. Promises for each of tables 2, 3 and 4 a table, or the reason why there is none. Eras come from header
cells; the year is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.parser import table_active, table_applications, table_review
from pipelines.parser.blocks import Block, TableBlock, TextBlock
from pipelines.parser.cells import read_cell
from pipelines.parser.findings import Findings
from pipelines.parser.forms import Era
from pipelines.parser.grid import Grid
from pipelines.parser.model import (
    ActiveDisclosureTable,
    ApplicationsTable,
    FormatEra,
    MissingTable,
    Tables,
)
from pipelines.parser.page import Page
from pipelines.parser.page_breaks import mend_rows
from pipelines.parser.printed import Printed, Row, rows_of_grid, tokens_of_lines
from pipelines.parser.sections import Layout, Span

NAMES = (table_active.NAME, table_applications.NAME, table_review.NAME)

_SCORES: Mapping[str, Callable[[Sequence[Sequence[Printed]]], int]] = {
    table_active.NAME: table_active.score,
    table_applications.NAME: table_applications.score,
    table_review.NAME: table_review.score,
}
# How many known cells make a table of the page a statutory one; fewer do inside the table's own section.
_ENOUGH = {table_active.NAME: 4, table_applications.NAME: 4, table_review.NAME: 5}
_ENOUGH_INSIDE = 2
_PROSE = 8
# No statutory table is near this size; what is longer is another table, or made to cost time.
_MAX_ROWS = 1000
_MAX_TOKENS = 5000
_MAX_TEXTS = 4000  # different texts in the cells of a page
_MAX_VALUE_ROWS = 3
_LEAST_VALUES = 5
_RESIDUE = re.compile(r"\|{20,}")
_NOTE = "勾稽关系"


@dataclass(frozen=True, slots=True)
class TablesRead:
    """The tables, the era of the whole, and by table the prose that stands in its section."""

    tables: Tables
    era: FormatEra
    prose: Mapping[str, str]


def read_tables(layout: Layout, page: Page, findings: Findings) -> TablesRead:
    """Tables 2, 3 and 4 of the page. What is odd about them goes to `findings`, table by table."""
    spans = {span.heading.key: span for span in layout.spans}
    sources = _sources(layout, page)
    parts = {name: Findings() for name in NAMES}
    active_rows, _ = _rows_for(table_active.NAME, sources, spans, layout)
    active = table_active.read_active_disclosure(active_rows, None, parts[table_active.NAME])
    default: Era = "2021" if active is None or active.era == "mixed" else active.era
    rows, width = _rows_for(table_applications.NAME, sources, spans, layout)
    applications = table_applications.read_applications(rows, default, width, parts[table_applications.NAME])
    told = active is not None or (applications is not None and table_applications.tells_era(applications.rows))
    if active is None:
        parts[table_active.NAME] = Findings()
        default = applications.era if applications else default
        active = table_active.read_active_disclosure(active_rows, default, parts[table_active.NAME])
    rows, width = _rows_for(table_review.NAME, sources, spans, layout)
    review = table_review.read_review_litigation(rows, width, parts[table_review.NAME])

    prose = {name: _prose(spans[name].blocks) for name in NAMES if name in spans}
    missing = {
        name: _missing(spans.get(name), page, prose.get(name, ""))
        for name, table in zip(NAMES, (active, applications, review), strict=True)
        if table is None
    }
    for name in NAMES:
        findings.checks.extend(parts[name].checks)
        findings.places.update(parts[name].places)
        findings.confidence.update(parts[name].confidence)
    if len(missing) == len(NAMES) and not layout.spans:
        return TablesRead(Tables(), "free", prose)
    for name, why in missing.items():
        findings.add("S05", f"tables.{name}", found=why.presence)
    tables = Tables(
        active_disclosure=active or missing[table_active.NAME],
        applications=applications or missing[table_applications.NAME],
        review_litigation=review or missing[table_review.NAME],
    )
    return TablesRead(tables, _era(active, applications) if told else "unknown", prose)


@dataclass(frozen=True, slots=True)
class _Source:
    """The rows of one table of the page that belong to one statutory table."""

    name: str
    rows: list[Row]
    width: int
    section: str


def _sources(layout: Layout, page: Page) -> list[_Source]:
    """The page's tables, cut into the statutory tables they hold; those of the report before those around it."""
    inside = [
        (block, span.heading.key) for span in layout.spans for block in span.blocks if isinstance(block, TableBlock)
    ]
    found: list[_Source] = []
    if _is_costly(page):
        return found
    for block, key in inside:
        parts = _cut(block, key)
        if not parts and found and found[-1].section == key and (rows := _only_values(block)):
            parts = [_Source(found[-1].name, rows, block.grid.width, key)]
        found.extend(parts)
    if not found:
        found = [source for block in page.blocks if isinstance(block, TableBlock) for source in _cut(block, "")]
    return found


def _is_costly(page: Page) -> bool:
    """Whether the page's tables have more to say than any report's: each text is compared with the form's labels."""
    rows = [row for block in page.blocks if isinstance(block, TableBlock) for row in block.grid.rows]
    return sum(map(len, rows)) > _MAX_TEXTS < len({cell.text for row in rows for cell in row if cell})


def _only_values(block: TableBlock) -> list[Row]:
    """The rows of a table without a word: the second half of one that a page break cut below its head."""
    rows = rows_of_grid(block)
    worded = any(read_cell(cell.text, "count").state == "T" for row in rows for cell in row)
    return [] if worded or len(rows) > _MAX_VALUE_ROWS or block.grid.width < _LEAST_VALUES else rows


def _cut(block: TableBlock, section: str) -> list[_Source]:
    """The parts of a table, each the rows from the first label of a statutory table to the first of another."""
    if len(block.grid.rows) > _MAX_ROWS:
        return []
    block = mend_rows(block)
    rows = rows_of_grid(block, shared=True)
    scores = {name: score(rows) for name, score in _SCORES.items()}
    names = [name for name in NAMES if scores[name] >= (_ENOUGH_INSIDE if name == section else _ENOUGH[name])]
    if len(names) < 2:
        return [_Source(name, rows, block.grid.width, section) for name in names]
    parts: dict[str, list[int]] = {name: [] for name in names}
    for index, name in enumerate(_assign(rows, names)):
        parts[name].append(index)
    return [
        _Source(
            name, [rows[index] for index in part], Grid(tuple(block.grid.rows[index] for index in part)).width, section
        )
        for name, part in parts.items()
        if part
    ]


def _assign(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """For each row the table it belongs to; a row without labels goes with the row above."""
    current = ""
    found: list[str] = []
    for row in rows:
        marks = {name: _SCORES[name]([row]) for name in names}
        best = max(names, key=lambda name: marks[name])
        current = best if marks[best] else current
        found.append(current)
    first = next((name for name in found if name), names[0])
    return [name or first for name in found]


def _rows_for(
    name: str, sources: Sequence[_Source], spans: Mapping[str, Span], layout: Layout
) -> tuple[list[Row], int | None]:
    """The rows of one statutory table and the width of its grid; from lines of text when no HTML table has it."""
    own = [source for source in sources if source.name == name]
    own = [source for source in own if source.section == name] or own
    if own:
        return [row for source in own for row in source.rows], max(source.width for source in own)
    if name in spans:
        lines = [block for block in spans[name].blocks if isinstance(block, TextBlock)]
        row = tokens_of_lines(lines)[:_MAX_TOKENS]
        return ([row] if _SCORES[name]([row]) >= _ENOUGH_INSIDE else []), None
    lines = [block for span in layout.spans for block in span.blocks if isinstance(block, TextBlock)]
    tokens: list[Row] = [[token] for token in tokens_of_lines(lines)[:_MAX_TOKENS]]
    if _SCORES[name](tokens) < _ENOUGH[name]:
        return [], None
    marked = [token for token, table in zip(tokens, _assign(tokens, NAMES), strict=True) if table == name]
    return [[token for row in marked for token in row]], None


def _prose(blocks: Sequence[Block]) -> str:
    """The lines of a table's section that are whole sentences: what is said beside the table, or instead of it."""
    lines = [
        text.strip(" |\t\u3000\xa0")
        for block in blocks
        for text in ([block.text] if isinstance(block, TextBlock) else _lone_cells(block))
    ]
    return "\n".join(line for line in lines if len(line) >= _PROSE and re.search("[。;；]", line) and _NOTE not in line)


def _lone_cells(block: TableBlock) -> list[str]:
    """The cells that fill a row of a table, as a note below its numbers does."""
    rows = ({cell.text for cell in block.grid.cells(index) if cell.text} for index in range(len(block.grid.rows)))
    return [row.pop() for row in rows if len(row) == 1]


def _missing(span: Span | None, page: Page, prose: str) -> MissingTable:
    """Why a table is not there: an image or an attachment in its place, prose instead, or nothing at all."""
    if span is None:
        return MissingTable(presence="absent", reason="no heading and no table of its wording", cells=None)
    within = range(span.first + 1, span.last + 1)
    for presence, marks in (("attachment", page.attachments), ("image", page.images)):
        addresses = [address for place, address in marks if place in within]
        if addresses:
            return MissingTable(
                presence="attachment" if presence == "attachment" else "image",
                reason=f"{presence} in the place of the table: {addresses[0]}",
                cells=None,
            )
    if prose:
        return MissingTable(presence="absent", reason="the section is prose without a table", cells=None)
    reason = "heading present, no table content between it and the next heading"
    widths = [len(run) for block in page.blocks if isinstance(block, TextBlock) for run in _RESIDUE.findall(block.text)]
    if widths:
        reason += f"; source text shows the residue of a {max(widths)}-column layout table"
    return MissingTable(presence="lost_in_source", reason=reason, cells=None)


def _era(active: ActiveDisclosureTable | None, applications: ApplicationsTable | None) -> FormatEra:
    """The era of the whole from those of its tables; table 4 is the same in both forms."""
    eras = {table.era for table in (active, applications) if table is not None}
    if len(eras) > 1:
        return "mixed"
    return next(iter(eras), "unknown")
