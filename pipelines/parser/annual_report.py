"""A report page to its record: the one entrance of the parser.

`parse` is a pure function of the page and its hints: no network, clock, file or state, equal inputs give equal records.
Any bytes give a record or a `NotAReport`. It parses the statutory form and must not know portal families.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipelines.parser import identity, narrative
from pipelines.parser.annexes import Annexes, annex_column, find_annex, prose_of, with_annexes
from pipelines.parser.attached import Attached, read_attached
from pipelines.parser.blocks import TextBlock
from pipelines.parser.checks import run_checks
from pipelines.parser.checks_catalogue import new_check
from pipelines.parser.ending import before_sections, split_ending, within_container
from pipelines.parser.findings import Findings
from pipelines.parser.free_sections import find_free_sections
from pipelines.parser.identity_links import find_linked_organs
from pipelines.parser.model import (
    SCHEMA,
    ActiveDisclosureTable,
    AnnualReport,
    FormatEra,
    Identity,
    Provenance,
    Severity,
    StatisticsAnnexTable,
    Tables,
)
from pipelines.parser.page import MAX_BODY, Page, ReportPage, UnreadableFile, read_page
from pipelines.parser.recognition import is_free_report, refuse_page, refuse_source
from pipelines.parser.sections import Layout, find_sections, is_standard, is_worded
from pipelines.parser.structure import make_sections, text_of
from pipelines.parser.tables import TablesRead, read_tables

PARSER_VERSION = "2"

_NOT_UNIFORM = ("free", "statistics_annex")
_COUNTED = re.compile("行政许可|行政处罚|行政强制|规范性文件")
_SCOPE = re.compile("(?:数量|数据|件数).{0,20}(?:包括|包含|不含|口径)")
_MAX_SENTENCE = 200


@dataclass(frozen=True, slots=True)
class NotAReport:
    """The page holds no annual report; `reason` says in a few English words what it is instead."""

    reason: str


def parse(report_page: ReportPage) -> AnnualReport | NotAReport:
    """The record of the report in the page, or why there is none. Raises nothing, whatever the bytes.

    Attachments are opened where the page itself holds no report, or none of its tables. The files among page and
    attachments cost more time and memory than pages do: callers that hold others' bytes open them in a process apart.
    """
    refused = refuse_source(report_page.url, report_page.hints.portal)
    if refused is not None:
        return NotAReport(refused)
    if not report_page.body.strip(b"\x00 \t\r\n"):
        return NotAReport("empty: no bytes")
    if len(report_page.body) > MAX_BODY:
        return NotAReport(f"larger than {MAX_BODY} bytes")
    try:
        own = read_page(report_page)
    except UnreadableFile as unreadable:
        return NotAReport(str(unreadable))
    understood = _understand(own, None)
    reasons = [understood.refused] if understood.refused else []
    if report_page.attachments and not understood.holds_tables:
        for candidate in read_attached(report_page, own, reasons, tables_only=understood.refused is None):
            better = _understand(candidate.page, candidate)
            if better.holds_tables or (understood.refused and not better.refused):
                understood = better
            if better.holds_tables:
                break
            if better.refused:
                reasons.append(f"attachment {candidate.file.url}: {better.refused}")
    return NotAReport("; ".join(reasons)) if understood.refused else _record(report_page, understood)


@dataclass(frozen=True, slots=True)
class _Understood:
    """A page divided into sections and tables; `refused` says why it is no report."""

    page: Page
    attached: Attached | None
    layout: Layout
    read: TablesRead
    era: FormatEra
    findings: Findings
    refused: str | None

    @property
    def holds_tables(self) -> bool:
        tables = self.read.tables
        return self.refused is None and any(
            table is not None and table.presence == "present"
            for table in (
                tables.active_disclosure,
                tables.applications,
                tables.review_litigation,
                tables.statistics_annex,
            )
        )


def _understand(page: Page, attached: Attached | None) -> _Understood:
    blocks = page.blocks if attached is None else attached.text
    layout = find_sections(blocks)
    findings = Findings()
    read = read_tables(layout, page, findings)
    refused = refuse_page(page, layout, read.tables)
    if refused is not None and not is_free_report(page, find_free_sections(blocks)):
        return _Understood(page, attached, layout, read, read.era, findings, refused)
    annexes = find_annex(page, text_of(page.blocks))
    era = _format_era(annexes, layout, read)
    if era in _NOT_UNIFORM:
        layout = find_free_sections(blocks, annexes.blocks)
        findings, read = Findings(), TablesRead(Tables(), era, {})
    tables = with_annexes(read.tables, annexes, page, findings, uniform=era not in _NOT_UNIFORM)
    return _Understood(page, attached, layout, replace(read, tables=tables), era, findings, None)


def _record(report_page: ReportPage, understood: _Understood) -> AnnualReport:
    page, attached, layout, read = understood.page, understood.attached, understood.layout, understood.read
    era, table_findings = understood.era, understood.findings
    texts, signature = _texts(layout)
    preamble = _preamble(layout)
    findings = Findings()
    uniform = era not in _NOT_UNIFORM
    sections = make_sections(layout, texts, read.tables, read.prose, uniform, findings)
    findings.checks.extend(table_findings.checks)
    who = identity.find_identity(page, texts, preamble, signature, report_page.url, report_page.hints, era)
    _check_era(era, who.report_year, findings)
    digest = hashlib.sha256(report_page.body).hexdigest()
    report = AnnualReport(
        schema=SCHEMA,
        format_era=era,
        report_key=_report_key(who, digest),
        identity=who,
        sections=sections,
        tables=_with_scope_note(read.tables, texts),
        narrative_facts=narrative.find_facts(
            {key: prose_of(text, read.tables) for key, text in texts.items()},
            who.report_year,
            uniform=uniform,
            annex_column=annex_column(read.tables),
        ),
        linked_organs=find_linked_organs(page),
        checks=[],
        checks_summary={},
        provenance=Provenance(
            url=report_page.url or None,
            content_sha256=digest,
            charset_declared=page.charset_declared,
            charset_used=page.charset_used,
            source_kind=attached.kind if attached else page.carrier,
            attachment=attached.file if attached else None,
            parser_version=PARSER_VERSION,
            cell_places=table_findings.places,
            cell_confidence=table_findings.confidence or None,
        ),
    )
    checks, summary = run_checks(report, findings.checks, preamble)
    return report.model_copy(update={"checks": checks, "checks_summary": summary})


def _report_key(who: Identity, digest: str) -> str:
    if who.organ.organ_id is None or who.report_year is None:
        return f"unresolved:sha256:{digest}"
    return f"{who.organ.organ_id}/{who.report_year}"


def _texts(layout: Layout) -> tuple[dict[str, str], str]:
    """The text of each section found, the last one cut at the report's end; and the signature's lines."""
    texts: dict[str, str] = {}
    signature = ""
    for span in layout.spans:
        if span is not layout.spans[-1]:
            texts[span.heading.key] = text_of(span.blocks)
            continue
        inside = span.blocks[: within_container(span.blocks, [other.container for other in layout.spans])]
        ending = split_ending([line for block in inside for line in _lines(block)])
        texts[span.heading.key] = text_of([TextBlock(line) for line in ending.kept])
        signature = "\n".join(ending.signature)
        if not signature:
            signature = "\n".join(split_ending(text_of(span.blocks[len(inside) :]).splitlines()[:12]).signature)
    return texts, signature


def _lines(block: object) -> list[str]:
    return [block.text] if isinstance(block, TextBlock) else text_of([block]).splitlines()  # type: ignore[list-item]


def _preamble(layout: Layout) -> str:
    return text_of(before_sections(layout.preamble, [span.container for span in layout.spans]))


def _format_era(annexes: Annexes, layout: Layout, read: TablesRead) -> FormatEra:
    """The era by the structure of the tables; without tables by the headings, never by the year."""
    if read.era not in ("unknown", "free"):
        return read.era
    uniform = (read.tables.active_disclosure, read.tables.applications, read.tables.review_litigation)
    if any(table is not None and table.presence == "present" for table in uniform):
        return "unknown"  # table 4 and most rows of table 3 are those of both forms, and of no report before them
    if isinstance(annexes.statistics, StatisticsAnnexTable):
        return "statistics_annex"
    standard = {span.heading.key for span in layout.spans if is_standard(span.heading.key, span.heading.raw)}
    if {"overview", "other_matters"} <= standard:
        return "unknown"
    if any(span.heading.key == "applications" and is_worded("applications", span.heading.raw) for span in layout.spans):
        return "unknown"  # no report before the uniform format has a section of this title
    return "free" if annexes.statistics is None else "statistics_annex"


def _check_era(era: FormatEra, year: int | None, findings: Findings) -> None:
    """S11: the form of the tables against the form in force for the report year."""
    if year is None or era not in ("2019", "2021", "mixed", "statistics_annex"):
        return
    expected = "2021" if year >= 2021 else "2019" if year >= 2019 else "statistics_annex" if year >= 2014 else "free"
    if era != expected:
        severity: Severity | None = "info" if year == 2019 else None
        findings.checks.append(new_check("S11", "fail", "tables", severity=severity, expected=expected, found=era))


def _with_scope_note(tables: Tables, texts: Mapping[str, str]) -> Tables:
    """Table 2 with the sentence that says what its numbers include, where sections two or six have one."""
    table = tables.active_disclosure
    if not isinstance(table, ActiveDisclosureTable):
        return tables
    for key in ("active_disclosure", "other_matters"):
        for sentence in re.findall("[^。\n]+。?", texts.get(key, "")):
            if len(sentence) <= _MAX_SENTENCE and _COUNTED.search(sentence) and _SCOPE.search(sentence):
                noted = table.model_copy(update={"scope_note": sentence.strip()})
                return tables.model_copy(update={"active_disclosure": noted})
    return tables
