"""The annexes of a report: the statistics annex of 2014 to 2018 and tables of local forms, or why they are not there.

Promises that an annex published as a picture or a file is said to be so. Knows pages, not sections.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.parser.blocks import TextBlock
from pipelines.parser.ending import before_annex
from pipelines.parser.findings import Findings
from pipelines.parser.indicators import VALUE
from pipelines.parser.model import MissingTable, StatisticsAnnexTable, Tables
from pipelines.parser.page import Page
from pipelines.parser.table_annex import NAME, read_annex
from pipelines.parser.table_local_annex import read_local_annex

_TITLE = re.compile(r"^[^。，；,;]{0,50}政府信息公开(?:工作)?情况统计表[^。，；,;]{0,30}$")
_ROWS = re.compile("政府信息公开情况统计表|主动公开政府信息数"), re.compile("申请办结数|申请答复数")
# What every page with an annex says somewhere; others are not looked at any closer.
_HINT = re.compile(
    "情况统计表|申请办结数|申请答复数|按时办结数|解读稿件发布|查阅点|舆情数|政务微博|规范性文件总|微信回应|专门机构数|发布会总?次数"
)
_FIRST_WORDS = 6
_NEAR = 4  # blocks between the annex's title and the picture or the link in its place


@dataclass(frozen=True, slots=True)
class Annexes:
    """The statistics annex, found or missing, and the page's blocks that hold it."""

    statistics: StatisticsAnnexTable | MissingTable | None
    blocks: frozenset[int] = frozenset()
    findings: Findings = field(default_factory=Findings)


def find_annex(page: Page, text: str) -> Annexes:
    """The statistics annex of a page whose text is `text`."""
    if _HINT.search("".join(text.split())) is None:
        return Annexes(None)
    findings = Findings()
    read = read_annex(page.blocks, findings)
    if read is not None:
        return Annexes(read.table, read.blocks, findings)
    missing = _missing(page)
    if missing is None and all(pattern.search(text) for pattern in _ROWS):
        missing = MissingTable(presence="lost_in_source", reason="rows are named, but no table can be read", cells=None)
    if missing is not None:
        findings.add("S05", f"tables.{NAME}", found=missing.presence)
    return Annexes(missing, frozenset(), findings)


def with_annexes(tables: Tables, annexes: Annexes, page: Page, findings: Findings, *, uniform: bool) -> Tables:
    """The tables with the annexes: beside uniform tables only a statistics annex that is there."""
    if uniform and not isinstance(annexes.statistics, StatisticsAnnexTable):
        return tables
    findings.checks.extend(annexes.findings.checks)
    findings.places.update(annexes.findings.places)
    local = None if uniform else read_local_annex(page.blocks, annexes.blocks, findings)
    return tables.model_copy(update={"statistics_annex": annexes.statistics, "local_annex": local})


def annex_column(tables: Tables) -> str | None:
    """The column of the statistics annex of which the prose speaks: its only one, if nothing names it otherwise."""
    annex = tables.statistics_annex
    return VALUE if isinstance(annex, StatisticsAnnexTable) and annex.columns == [VALUE] else None


def prose_of(text: str, tables: Tables) -> str:
    """The text of a section without the rows of the annexes, which no rule for prose fits."""
    prose = before_annex(text)
    if tables.local_annex is None:
        return prose
    labels = {row.label for row in tables.local_annex.rows if row.label}
    return "\n".join(line for line in prose.splitlines() if not _is_row(line, labels))


def _is_row(line: str, labels: set[str]) -> bool:
    """Whether a line is the text of a row: its cells, one of the first a label, with a space between them."""
    if "。" in line:
        return False
    words = line.split(" ", _FIRST_WORDS)
    spans = ((start, end) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    return any(" ".join(words[start:end]) in labels for start, end in spans)


def _missing(page: Page) -> MissingTable | None:
    """Why the annex is not there, where its title stands by a picture or a link to a file."""
    titles = [
        index
        for index, block in enumerate(page.blocks)
        if isinstance(block, TextBlock) and _TITLE.match(block.text.strip())
    ]
    named = [address for label, address in page.links if _TITLE.match(label.strip())]
    for index in titles:
        near = [address for place, address in page.attachments if index <= place <= index + _NEAR]
        near = [address for address in near if address in named] or near
        if near:
            return MissingTable(
                presence="attachment", reason=f"a file in the place of the annex: {near[0]}", cells=None
            )
        images = [address for place, address in page.images if index < place <= index + _NEAR]
        if images:
            return MissingTable(presence="image", reason=f"an image in the place of the annex: {images[0]}", cells=None)
    return None
