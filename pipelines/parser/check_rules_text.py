"""Slips in the prose: numbers without a unit, remains of templates, years of another report, a missing fee statement.

Promises a check for each rule that fails. Must not know the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipelines.parser.checks_catalogue import new_check
from pipelines.parser.model import AnnualReport, Check, Severity
from pipelines.parser.narrative import flatten

_PROSE = ("overview", "problems_improvements", "other_matters")
_BARE_NUMBER = re.compile(r"(?<=[\u4e00-\u9fff])\d{1,9}(?=[。;!]|$)")
_BEFORE = 30
# Before these a bare number is a telephone number, a year, an ordinal or the number of a document.
_NOT_COUNTED = re.compile(r"(?:电话|热线|拨打|号|邮编|传真|第|至|年|月|版本|网址|微信|QQ)$")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_PLACEHOLDER = re.compile(r"(?<![A-Za-z0-9./@_-])[Xx]{2,}(?![A-Za-z0-9./@_-])|[×＊]{2,}|\*{2,}|_{3,}|请填写|\(此处")
_OTHER_YEAR = re.compile(r"(?:我局|本机关|全[市区县])[^,。;\d\n]{0,6}(?P<year>20\d\d)年")
_ANOTHER_YEAR_MEANT = re.compile(r"较|比|结转|计划|下一步|将|以来|截至|截止|《|规划|去年|上年|明年|今后")
# 未收取任何费用, 没有收费情况, 无费用减免; but not 节约办公费用.
_FEE_STATEMENT = re.compile(r"处理费|(?:收取|产生|发生|减免|缴纳)[^,。;\n]{0,12}费|收费|费用(?:的?收取|减免|产生)")
_FIRST_YEAR_OF_FEE_STATEMENT = 2021


def check_text(report: AnnualReport, texts: Mapping[str, str], preamble: str) -> Iterator[Check]:
    """The rules Q01, Q03, Q04 and N18 that fail; `texts` are the sections' full texts by key."""
    year = report.identity.report_year
    for key in _PROSE:
        text = flatten(texts.get(key) or "")
        for match in (hit for line in text.splitlines() if _is_prose(line) for hit in _BARE_NUMBER.finditer(line)):
            before = re.split("[,。;:!]", match.string[max(0, match.start() - _BEFORE) : match.start()])[-1]
            if not _NOT_COUNTED.search(before) and not _YEAR.match(match[0]):
                yield new_check("Q01", "fail", f"sections.{key}", found=before + match[0], note="number without unit")
        for match in _OTHER_YEAR.finditer(text):
            clause = text[text.rfind("。", 0, match.start()) + 1 : text.find("。", match.end())]
            if year is not None and int(match["year"]) != year and not _ANOTHER_YEAR_MEANT.search(clause):
                yield new_check("Q04", "fail", f"sections.{key}", expected=year, found=match[0])
    scopes = {"text.preamble": preamble} | {f"sections.{key}": texts.get(key) or "" for key in _PROSE}
    for scope, text in scopes.items():
        found = _PLACEHOLDER.search(flatten(text))
        if found:
            yield new_check("Q03", "fail", scope, found=found[0])
    if year is not None and year >= _FIRST_YEAR_OF_FEE_STATEMENT and report.format_era != "free":
        places = {fact.section for fact in report.narrative_facts if fact.key == "processing_fee_yuan"}
        own = flatten(texts.get("other_matters") or "")
        if "other_matters" not in places and not _FEE_STATEMENT.search(own):
            expected = "a statement on the processing fee (report year >= 2021)"
            elsewhere = f"the statement stands in sections.{min(places)}" if places else None
            severity: Severity | None = "info" if places else None
            scope = "sections.other_matters"
            yield new_check("N18", "fail", scope, severity=severity, expected=expected, note=elsewhere)


def _is_prose(line: str) -> bool:
    """Whether a line holds sentences; rows of a table that stands in a section do not."""
    return "。" in line and "," in line
