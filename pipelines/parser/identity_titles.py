"""The titles a page prints for its report, and what organ and year they name.

Promises every title found as printed, the page's own first: label of the card, standard meta tag, lines above section
one, title of the HTML document. Knows the forms a title takes (year before or after the organ, in brackets, missing;
white space or a line break inside); must not know which organs exist.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pipelines.parser.page import Hints, Page, TextBlock

Source = Literal["label", "meta", "body", "head", "listing"]


def _spaced(word: str) -> str:
    return r"\s*".join(word)


_SUBJECT = "".join(
    (
        rf"(?:(?:{_spaced('政府')}|{_spaced('政务')})\s*{_spaced('信息')}\s*(?:{_spaced('公开')}\s*)?|(?<![府务])(?<![府务]\s){_spaced('信息公开')}\s*)",
        rf"(?:{_spaced('工作')}\s*)?(?:{_spaced('年度')}\s*)?(?:{_spaced('工作')}\s*)?(?:{_spaced('报告')}|{_spaced('年报')})",
    )
)
_NOT_A_REPORT = r"(?!\s*(?:的?通知|格式|制度|编制|目录|模板|汇总|专栏|栏目|发布(?!日期|时间|机构)|工作的|情况))"
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_YEAR = r"(?P<year>(?:19|20)\d\d|二[〇○零][〇○零一二三四五六七八九]{2})\s*(?:年\s*度|年|度)?\s*"
_NAME = r"[^\s,。;:!?《》<>|\"“”·•\d]"
_START = r"(?:(?<=[\s:|>】])|^)"
_YEAR_FIRST = rf"{_YEAR}(?P<middle>{_NAME}{{0,30}}?)\s*{_SUBJECT}"
_FORMS = (
    re.compile(rf"{_START}(?P<head>(?:{_NAME}{{1,40}}?\s?)?){_YEAR_FIRST}{_NOT_A_REPORT}"),
    re.compile(rf"{_START}(?P<head>{_NAME}{{0,40}}?)\s*{_SUBJECT}\s*\(\s*{_YEAR}\)"),
    re.compile(rf"^\s*(?P<head>{_NAME}{{2,40}}?)\s*{_SUBJECT}\s*$"),
)
# What stands for a title where nothing else does: the year alone, or with the organ behind it (2020年报_审计局).
_YEAR_ALONE = re.compile(rf"\s*{_YEAR}(?:年?报告?)?\s*(?:[_—|-]\s*(?P<organ>[^\s\d_—|-]{{2,30}})\s*(?:[_—|-].*)?)?")
_WITH_YEAR = re.compile(rf"{_YEAR_FIRST}|{_SUBJECT}\({_YEAR.replace('?P<year>', '?:')}\)")
_SECTION_ONE = re.compile(r"(?:^|(?<=\s))[(（]?[一1][)）、.．]\s*(?:总体|概述|基本情况|工作概述)")
_QUOTED = re.compile(r"《[^》]*》?")
_ORGAN_LINE = re.compile(
    r"[^\d,。;:!?]{2,30}(?:政府|局|委员会|委|厅|办公室|办|办事处|联|社|会|院|街道|镇|乡|区|县|市|州|省|中心)"
)
_MARK = "报"  # in every title; no other character folds to it
_LABELS = ("标题", "名称", "信息名称", "文件名称", "公文名称")
_REVISION = re.compile(r"更正|勘误|修订|修正|重新(?:发布|公布|公开|编制)|补充|更新(?!日期|时间)")
_BRACKETS = re.compile(
    r"\s*[(\[【][^()\[\]【】]{2,20}[)\]】]"
    r"|\s*的?(?:更正|勘误|修订|修正|补充|更新)(?:稿|版|本|说明|公告|启事|(?=\s*$))"
)
_BRACKETS_BEFORE = re.compile(r"[(\[【][^()\[\]【】]{2,20}[)\]】]\s*$")
_ISSUING = "(?:重新)?(?:发布|公布|公开|编制|印发|更正|修订|修正|补充|更新)"
_NOT_ORGAN = re.compile(rf"^(?:[(\[【][^()\[\]【】]{{2,10}}[)\]】])?(?:关于(?:{_ISSUING})?|附件\d*)?|(?:关于|的|年度)$")
_MAX_LINES = 200
_MAX_LINE = 4000
_MAX_YEAR_ALONE = 100


@dataclass(frozen=True, slots=True)
class PrintedTitle:
    """A title as printed, the organ it names (as printed, maybe empty) and the year (maybe none).

    `line` is the title with what stands in brackets next to it.
    """

    raw: str
    organ: str
    year: int | None
    source: Source
    line: str = ""

    @property
    def bare(self) -> str:
        """The title without white space."""
        return re.sub(r"\s+", "", self.raw)


def find_titles(page: Page, preamble: str, hints: Hints) -> list[PrintedTitle]:
    """All titles, those with a year and the page's own first; the listing's, which the page need not print, last."""
    links = {re.sub(r"\s+", "", text) for text, _ in page.links}
    lines = [line for line in lines_above(page) if re.sub(r"\s+", "", line) not in links]
    titles = [
        *_first(_of_text(value, "label") for label, value in page.labels if label in _LABELS),
        *_first([_of_text(page.meta.get("articletitle", ""), "meta")]),
        *_of_lines(lines),
        *_of_lines(preamble.splitlines()),
        *_first([_of_text(page.html_title, "head")]),
    ]
    if not titles:
        titles = list(_of_joined_lines(lines)) or _of_year_alone(page, lines)
    titles.extend(_of_text(hints.listing_title, "listing")[:1] or _year_alone(hints.listing_title, "listing"))
    by_wording: dict[tuple[str, str], PrintedTitle] = {}
    for title in sorted(titles, key=lambda t: (t.source == "listing", t.year is None)):
        by_wording.setdefault((title.raw, title.line), title)
    return list(by_wording.values())


def find_revision_mark(titles: list[PrintedTitle]) -> str | None:
    """The word in a title, within it or in brackets behind it, by which an edition replaces an earlier one."""
    return next((match[0] for title in titles if (match := _REVISION.search(title.line))), None)


def lines_above(page: Page) -> list[str]:
    """The lines of text above the first section of the report, those of layout tables included."""
    lines: list[str] = []
    for block in page.blocks:
        texts = [block.text] if isinstance(block, TextBlock) else _cell_lines(block.grid.rows)
        for text in texts:
            heading = _SECTION_ONE.search(text)
            lines.append(text[: heading.start()] if heading else text)
            if heading or len(lines) >= _MAX_LINES:
                return lines
    return lines


def without_titles(text: str) -> str:
    """The text without quoted titles of documents and without the report's own title."""
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return _WITH_YEAR.sub("", _QUOTED.sub("", bare))


def _cell_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    seen: set[int] = set()
    for row in rows:
        for cell in row:
            if cell is not None and id(cell) not in seen:
                seen.add(id(cell))
                yield from str(getattr(cell, "text", "")).splitlines()


def _first(groups: Iterable[list[PrintedTitle]]) -> list[PrintedTitle]:
    return next((group[:1] for group in groups if group), [])


def _of_text(text: str, source: Source) -> list[PrintedTitle]:
    if _MARK not in text:
        return []
    text = text[:_MAX_LINE]
    folded = unicodedata.normalize("NFKC", text)
    printed = text if len(text) == len(folded) else folded
    masked = _QUOTED.sub(lambda match: " " * len(match[0]), folded)
    titles: list[PrintedTitle] = []
    for form in _FORMS:
        for match in form.finditer(masked):
            groups = match.groupdict()
            organ = _organ_part(groups["head"]) or _organ_part(groups.get("middle") or "")
            year = int(groups["year"].translate(_DIGITS)) if groups.get("year") else None
            behind = _BRACKETS.match(folded, match.end())
            before = _BRACKETS_BEFORE.search(folded[: match.start()])
            line = (before[0] if before else "") + match[0] + (behind[0] if behind else "")
            titles.append(PrintedTitle(printed[match.start() : match.end()].strip(), organ, year, source, line))
        if titles:
            break
    return titles


def _organ_part(text: str) -> str:
    bare = re.sub(r"\s+", "", text)
    return _NOT_ORGAN.sub("", bare)


def _of_lines(lines: Iterable[str]) -> Iterator[PrintedTitle]:
    """The titles within the lines; one that names no organ takes the line before it if that is an organ's name."""
    before = ""
    for line in lines:
        if not line.strip():
            continue
        for title in _of_text(line, "body"):
            organ = re.sub(r"\s+", "", before)
            if not title.organ and line.strip().startswith(title.raw) and _ORGAN_LINE.fullmatch(organ):
                yield PrintedTitle(before.strip() + title.raw, organ, title.year, "body", title.line)
            else:
                yield title
        before = line


def _of_joined_lines(lines: list[str]) -> Iterator[PrintedTitle]:
    """A title broken over two or three lines, where no line holds one whole."""
    filled = [line.strip() for line in lines if line.strip()]
    for count in (2, 3):
        for start in range(len(filled) - count + 1):
            joined = "".join(filled[start : start + count])
            titles = _of_text(joined, "body") if len(joined) <= 80 else []
            if titles:
                yield titles[0]
                return


def _of_year_alone(page: Page, lines: list[str]) -> list[PrintedTitle]:
    """The first label, meta tag, line or title of the document that is a year and no more; of lines only a single one."""
    labelled = next((value for label, value in page.labels if label in _LABELS), "")
    of_lines = [title for line in lines for title in _year_alone(line, "body")]
    return (
        _year_alone(labelled, "label")
        or _year_alone(page.meta.get("articletitle", ""), "meta")
        or (of_lines if len(of_lines) == 1 else [])
        or _year_alone(page.html_title, "head")
    )


def _year_alone(text: str, source: Source) -> list[PrintedTitle]:
    printed = " ".join(unicodedata.normalize("NFKC", text[:_MAX_LINE]).split())
    match = _YEAR_ALONE.fullmatch(printed) if len(printed) <= _MAX_YEAR_ALONE else None
    if match is None:
        return []
    organ = match["organ"] or ""
    year = int(match["year"].translate(_DIGITS))
    return [PrintedTitle(text.strip(), organ if _ORGAN_LINE.fullmatch(organ) else "", year, source, text.strip())]
