"""A report page to its record: the one entrance of the parser.

`parse` is a pure function of the page and its hints: no network, clock, file or state, equal inputs give equal records.
Any bytes give a record or a `NotAReport`. It parses the statutory form and must not know portal families.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.parser import identity, narrative
from pipelines.parser.blocks import TextBlock
from pipelines.parser.checks import run_checks
from pipelines.parser.checks_catalogue import new_check
from pipelines.parser.ending import before_annex, before_sections, split_ending, within_container
from pipelines.parser.findings import Findings
from pipelines.parser.identity_links import find_linked_organs
from pipelines.parser.model import (
    SCHEMA,
    ActiveDisclosureTable,
    AnnualReport,
    FormatEra,
    Identity,
    Provenance,
    Severity,
    Tables,
)
from pipelines.parser.page import Page, ReportPage, read_page
from pipelines.parser.recognition import refuse_bytes, refuse_page
from pipelines.parser.sections import Layout, find_numbered_sections, find_sections, is_standard
from pipelines.parser.structure import make_sections, text_of
from pipelines.parser.tables import TablesRead, read_tables

PARSER_VERSION = "1"

MAX_BODY = 16 * 1024 * 1024

_ANNEX = re.compile("政府信息公开情况统计表|主动公开政府信息数")
_ANNEX_ROWS = re.compile("申请办结数|申请答复数")
_COUNTED = re.compile("行政许可|行政处罚|行政强制|规范性文件")
_SCOPE = re.compile("(?:数量|数据|件数).{0,20}(?:包括|包含|不含|口径)")
_MAX_SENTENCE = 200


@dataclass(frozen=True, slots=True)
class NotAReport:
    """The page holds no annual report; `reason` says in a few English words what it is instead."""

    reason: str


def parse(report_page: ReportPage) -> AnnualReport | NotAReport:
    """The record of the report in the page, or why there is none. Raises nothing, whatever the bytes."""
    refused = refuse_bytes(report_page.body)
    if refused is None and len(report_page.body) > MAX_BODY:
        refused = f"larger than {MAX_BODY} bytes"
    if refused is not None:
        return NotAReport(refused)
    page = read_page(report_page)
    layout = find_sections(page.blocks)
    findings = Findings()
    read = read_tables(layout, page, findings)
    refused = refuse_page(page, layout, read.tables)
    if refused is not None:
        return NotAReport(refused)
    era = _format_era(page, layout, read)
    if era in ("free", "statistics_annex"):
        layout, findings, read = find_numbered_sections(page.blocks), Findings(), TablesRead(Tables(), era, {})
    return _record(report_page, page, layout, read, era, findings)


def _record(
    report_page: ReportPage, page: Page, layout: Layout, read: TablesRead, era: FormatEra, table_findings: Findings
) -> AnnualReport:
    texts, signature = _texts(layout)
    preamble = _preamble(layout)
    findings = Findings()
    uniform = era not in ("free", "statistics_annex")
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
        narrative_facts=narrative.find_facts({key: before_annex(text) for key, text in texts.items()}, who.report_year),
        linked_organs=find_linked_organs(page),
        checks=[],
        checks_summary={},
        provenance=Provenance(
            url=report_page.url or None,
            content_sha256=digest,
            charset_declared=page.charset_declared,
            charset_used=page.charset_used,
            source_kind="html" if page.carrier == "html" else "text",
            parser_version=PARSER_VERSION,
            cell_places=table_findings.places,
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


def _format_era(page: Page, layout: Layout, read: TablesRead) -> FormatEra:
    """The era by the structure of the tables; without tables by the headings, never by the year."""
    if read.era not in ("unknown", "free"):
        return read.era
    text = text_of(page.blocks)
    if _ANNEX.search(text) and _ANNEX_ROWS.search(text):
        return "statistics_annex"
    standard = {span.heading.key for span in layout.spans if is_standard(span.heading.key, span.heading.raw)}
    if "applications" in standard or {"overview", "other_matters"} <= standard:
        return "unknown"
    return "free"


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
