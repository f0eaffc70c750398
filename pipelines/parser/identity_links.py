"""What a page links beside its report: other versions of it, and organs in a bar of links below it.

Promises names as printed, two organs apart where their separator was lost. Neither is part of the report. Must not know
which organs exist, nor follow a link.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from pipelines.parser.identity_titles import lines_above
from pipelines.parser.model import LinkedOrgans
from pipelines.parser.page import Page, TextBlock

_ORGAN = re.compile(r"[^\d\s,。;:，；：、|]{2,24}(?:局|委|办|办公室|社|中心|镇|乡|街道|院|厅|馆|会|处|站|府|队|公司)")
# A new name begins with the character of the level (区, 县, 市) right behind the end of another.
_JOINT = re.compile(r"(?<=局|委|办|室|社|心|镇|乡|道)(?=[区县市])")
_AFTER_DATE = re.compile(r"^.*\d\s*日[\s|]*")
# Other versions of a report, by the text of their link.
_VERSIONS = (
    "电子书",
    "H5",
    "图文解读",
    "图解",
    "一图读懂",
    "一图看懂",
    "语音播报",
    "长辈版",
    "无障碍版",
    "手机版",
    "图片版",
    "视频解读",
    "图文版",
)
_OF_REPORT = re.compile(rf"[(\[【]?(?P<name>{'|'.join(_VERSIONS)})[)\]】]?[|:]?\s*.{{0,60}}(?:年度报告|年报)")
_BETWEEN = re.compile(r"[\s|Ι丨/·]+|(?<=\s)I(?=\s)")
# What sites offer for every page, named here only where the link is to this page: another script, or another way to read.
_GATEWAY = re.compile(r"//big5\.|/big5/|/gate/big5")
_MODES = re.compile(r"无障碍|适老|长者|长辈|老年|关怀|手机|繁[體体]")
_ENGLISH = re.compile(r"//(?:en|english)\.|/(?:en|english)/", re.I)
_IN_ENGLISH = re.compile(r"English(?: version)?|英文版?|EN", re.I)
_MAX_LINK = 2000
_MIN_NAMES = 8
_MIN_NAME = 3


def find_variants(page: Page, url: str, report_year: int | None) -> list[str]:
    """Other versions of the report that the page links or names on a line of nothing else (图解, 电子书, 繁體 …)."""
    found = [name for text, address in page.links if (name := _version(text.strip(), address, url, report_year))]
    for line in lines_above(page):
        names = [name for name in _BETWEEN.split(line.strip()) if name]
        if names and all(name in _VERSIONS for name in names):
            found.extend(names)
    return list(dict.fromkeys(found))


def _version(text: str, address: str, url: str, report_year: int | None) -> str | None:
    """The name of the version of this report that a link is to, None where it is to something else."""
    if text in _VERSIONS:
        return text
    titled = _OF_REPORT.match(text[:_MAX_LINK])
    if titled and report_year is not None and str(report_year) in text:
        return titled["name"]
    if len(address) > _MAX_LINK or not (_GATEWAY.search(address) or _MODES.search(text) or _IN_ENGLISH.fullmatch(text)):
        return None
    try:
        own, target = urlsplit(url).path, urljoin(url, address)
        path = urlsplit(target).path
    except ValueError:  # not an address
        return None
    if len(own) > 1 and own in target and target != url and not _IN_ENGLISH.fullmatch(text):
        return text or "big5"
    # The site's English home page is no version of the report.
    return text if _IN_ENGLISH.fullmatch(text) and _ENGLISH.search(target) and path.rpartition("/")[2] else None


def find_linked_organs(page: Page) -> LinkedOrgans | None:
    """The last line of names between bars; None where the page has no such line."""
    for block in reversed(page.blocks):
        if not isinstance(block, TextBlock) or block.text.count("|") + block.text.count("｜") < _MIN_NAMES - 1:
            continue
        tokens = [token.strip() for token in re.split(r"[|｜]", _AFTER_DATE.sub("", block.text))]
        tokens = [token for token in tokens if token]
        if len(tokens) < _MIN_NAMES or sum(_ORGAN.fullmatch(token) is not None for token in tokens) < 0.8 * len(tokens):
            continue
        split = [_split(token) for token in tokens]
        names = [name for parts in split for name in parts]
        lost = ["|".join(parts) for parts in split if len(parts) > 1]
        separators = {0: "", 1: f"; one separator lost ({lost[0] if lost else ''})"}.get(
            len(lost), f"; {len(lost)} separators lost ({', '.join(lost)})"
        )
        note = f"link bar after the signature{separators}. These are discovery hints, not part of the report"
        return LinkedOrgans(count_tokens=len(tokens), count_organs=len(names), names=names, note=note)
    return None


def _split(token: str) -> list[str]:
    for joint in _JOINT.finditer(token):
        first, second = token[: joint.start()], token[joint.start() :]
        if len(first) >= _MIN_NAME and first[0] == second[0] and _ORGAN.fullmatch(first) and _ORGAN.fullmatch(second):
            return [first, *_split(second)]
    return [token]
