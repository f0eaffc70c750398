"""The sections of the record, and what is odd about their headings.

Promises the six sections of the uniform format in their order, those missing included; for a report of free form the
sections as found. Knows neither tables' contents nor identity.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from pipelines.parser.blocks import Block, TextBlock
from pipelines.parser.findings import Findings
from pipelines.parser.model import SECTION_KEYS, AbsentSection, Section, TableKey, Tables, TableSection, TextSection
from pipelines.parser.sections import Layout, is_standard

_TABLE_OF: Mapping[str, TableKey] = {
    "active_disclosure": "active_disclosure",
    "applications": "applications",
    "review_litigation": "review_litigation",
}
_SPACE = re.compile(r"\s+")
_SHOWN = 24
_LEAST = 5
_RULES = re.compile(r"^[\s|]*$")


def text_of(blocks: Sequence[Block]) -> str:
    """The text of blocks, a line each; a table's rows as lines of cells."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, TextBlock):
            lines.append(block.text.strip())
        else:
            for index in range(len(block.grid.rows)):
                lines.append(" ".join(cell.text for cell in block.grid.cells(index) if cell.text))
    return "\n".join(line for line in lines if line[:1].isalnum() or not _RULES.match(line))


def make_sections(
    layout: Layout,
    texts: Mapping[str, str],
    tables: Tables,
    prose: Mapping[str, str],
    uniform: bool,
    findings: Findings,
) -> list[Section]:
    """The record's sections; `texts` is the text of each section found, `uniform` whether the format has the six."""
    headings = {span.heading.key: span.heading.raw for span in layout.spans}
    if not uniform:
        return [_text_section(key, raw, texts[key]) for key, raw in headings.items()]
    found: list[Section] = []
    for key in SECTION_KEYS:
        if key not in headings:
            found.append(AbsentSection(key=key, presence="absent", heading_raw=None, text=None))
            findings.add("S01", f"sections.{key}")
            continue
        raw = headings[key]
        if not is_standard(key, raw):
            findings.add("S04", f"sections.{key}", found=raw)
        table = getattr(tables, key) if key in _TABLE_OF else None
        if table is not None and table.presence != "absent":
            text = prose.get(key) or None
            found.append(
                TableSection(
                    key=key, presence="present", heading_raw=raw, kind="table", table=_TABLE_OF[key], text=text
                )
            )
            continue
        section = _text_section(key, raw, texts[key])
        if section.chars_no_ws < _LEAST:
            findings.add("S02", f"sections.{key}", found=section.text)
        found.append(section)
    for name in layout.disordered:
        findings.add("S03", f"sections.{name}")
    return found


def _text_section(key: str, raw: str, text: str) -> TextSection:
    bare = _SPACE.sub("", text)
    return TextSection(
        key=key,
        presence="present" if bare else "present_empty",
        heading_raw=raw,
        kind="text",
        text=text,
        chars_no_ws=len(bare),
        starts=bare[:_SHOWN],
        ends=bare[-_SHOWN:],
        sha256_no_ws=hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest(),
    )
