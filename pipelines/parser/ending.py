"""Where a report ends: its signature, and the page furniture that follows.

The last section runs on into signature, link bars, sharing buttons and footers. It is cut where the element that holds
all headings ends, at the signature, and at lines that are furniture. Promises that running prose is never cut off.
Knows no portal: only what such lines look like everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.parser.blocks import Block, TextBlock

_DIGIT = "[0-9０-９〇○Ｏ零一二三四五六七八九十元]"
_DATE = re.compile(
    rf"(?:[12１２二][0-9０-９〇○Ｏ零一二三四五六七八九]{{3}})\s*年\s*{_DIGIT}{{1,3}}\s*月\s*{_DIGIT}{{1,3}}\s*日"
)
_ORGAN = re.compile(
    r"^[\u4e00-\u9fff（）()·]{2,40}(?:政府|办公室|办公厅|委员会|委|局|厅|部|院|署|会|中心|办事处|街道|镇|乡|支队|大队|总队|公司"
    r"|馆|社|站|所|台|处|行|办|园|校|集团)(?:[（(](?:盖章|公章|印章|章|代章)[)）])?$"
)
_FURNITURE = re.compile(
    r"^[\s【\[|·•>»]*(?:扫一扫|扫码|用?微信|分享(?:到|至|:|：|$)|打印|关闭|收藏|返回|上一[篇条页]|下一[篇条页]|附件|相关"
    r"(?:链接|文档|文件|信息|解读|新闻|阅读|附件|稿件)|责任编辑|编辑[:：]|作者[:：]|审核[:：]|(?:信息|文章|稿件)?来源[:：]|发布(?:日期|时间|机构)[:：]"
    r"|主办(?:单位)?[:：]|承办(?:单位)?[:：]|版权所有|网站(?:地图|标识码|声明|支持)|联系我们|关于我们|[\u4e00-\u9fff]?ICP备|[\u4e00-\u9fff]?公网安备"
    r"|(?:点击|浏览|访问|阅读)(?:数|量|次数)|您是第|您的当前位置|当前位置|设为首页|加入收藏|无障碍|长者|手机版|首页$|字(?:体|号)[:：]"
    r"|[（(]?此(?:页|件)(?:无正文|公开发布))"
)
# The title of the statistics annex of the reports of 2014 to 2018 (政府信息公开情况统计表), its head line, its first row.
_ANNEX = re.compile(
    r"^[^。，；,;\n]{0,40}政府信息公开(?:工作)?情况统计表[^。，；,;\n]{0,20}$|^[\s|]*(?:统计)?指\s*标(?:名称)?[\s|]*(?:单\s*位|$)"
    r"|^[\s|]*(?:[（(]?一[)）])?\s*主动公开政府信息数(?:[（(][^。\n]*)?[\s|]*条?[\s|]*[\d,]*\s*$",
    re.M,
)
_SENTENCE_END = "。;；!！?？"
_PROSE = 25
_MAX_FURNITURE = 80
_MAX_ORGAN = 45
_MAX_DATES = 20  # of one line, from its end
_LINK_BAR = re.compile(r"^(?:[^|｜。]{2,30}\s*[|｜]\s*){3,}")


@dataclass(frozen=True, slots=True)
class Ending:
    """The lines that belong to the section, the signature's lines (maybe none), and what follows."""

    kept: tuple[str, ...]
    signature: tuple[str, ...]
    rest: tuple[str, ...]


def within_container(blocks: Sequence[Block], containers: Sequence[tuple[int, ...]]) -> int:
    """How many of the last section's blocks stand inside the element that holds all headings.

    The element is widened while the text goes on in whole sentences right behind it. In plain text all blocks do.
    """
    shared = _shared(containers)
    while True:
        count = next(
            (index for index, block in enumerate(blocks) if block.container[: len(shared)] != shared), len(blocks)
        )
        following = blocks[count] if count < len(blocks) else None
        if not shared or not isinstance(following, TextBlock) or not _is_prose(following.text):
            return count
        shared = shared[:-1]


def before_sections(blocks: Sequence[Block], containers: Sequence[tuple[int, ...]]) -> Sequence[Block]:
    """The blocks in front of section one that belong to the report: those inside the element that holds the headings,
    widened until it holds a line of prose."""
    shared = _shared(containers)
    while shared:
        inside = [block for block in blocks if block.container[: len(shared)] == shared]
        if any(isinstance(block, TextBlock) and _is_prose(block.text) for block in inside):
            return inside
        shared = shared[:-1]
    return blocks


def before_annex(text: str) -> str:
    """The prose of a section's text: what stands in front of the statistics annex, whose rows no section's rules fit."""
    annex = _ANNEX.search(text)
    return text[: annex.start()].rstrip() if annex else text


def split_ending(lines: Sequence[str]) -> Ending:
    """The lines of the last section cut at the signature or the first line of furniture, whichever comes first."""
    furniture = _find_furniture(lines)
    signed = _find_signature(lines)
    if signed is None or furniture < signed[0]:
        kept = list(lines[:furniture])
        organ = _trailing_organ(kept)
        signature = kept[organ:]
        return Ending(tuple(kept[:organ]), tuple(signature), tuple(lines[furniture:]))
    first, start, last, end = signed
    kept = [*lines[:first], lines[first][:start]]
    signature = [lines[first][start:], *lines[first + 1 : last], lines[last][:end]]
    if first == last:
        signature = [lines[first][start:end]]
    rest = [lines[last][end:], *lines[last + 1 :]]
    return Ending(tuple(kept), tuple(line for line in signature if line.strip()), tuple(rest))


def _shared(containers: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    if not containers:
        return ()
    shared = containers[0]
    for path in containers[1:]:
        length = 0
        while length < min(len(shared), len(path)) and shared[length] == path[length]:
            length += 1
        shared = shared[:length]
    return shared


def _is_prose(line: str) -> bool:
    text = line.strip()
    return len(text) >= _PROSE and text[-1] in "。;；:：" and _FURNITURE.match(text) is None


def _last_prose(lines: Sequence[str]) -> int:
    return max((index for index, line in enumerate(lines) if _is_prose(line)), default=-1)


def _find_furniture(lines: Sequence[str]) -> int:
    """The first line of furniture behind which no prose follows; the number of lines when there is none."""
    for index in range(_last_prose(lines) + 1, len(lines)):
        text = lines[index].strip()
        if text and ((len(text) <= _MAX_FURNITURE and _FURNITURE.match(text)) or _LINK_BAR.match(text)):
            return index
    return len(lines)


def _find_signature(lines: Sequence[str]) -> tuple[int, int, int, int] | None:
    """First line and character, last line and character past the end, of the signature; None when there is none."""
    last_prose = _last_prose(lines)
    for index, line in enumerate(lines):
        if index < last_prose:
            continue
        for match in list(_DATE.finditer(line))[-_MAX_DATES:]:
            after = line[match.end() :]
            if after[:1].strip().strip("|)）") or any(end in after for end in "。；"):
                continue
            before = line[: match.start()]
            cut = max((before.rfind(end) for end in _SENTENCE_END), default=-1) + 1
            segment = re.sub(r"\s+", "", before[cut:])
            if segment:
                if len(segment) <= _MAX_ORGAN and _ORGAN.match(segment):
                    return index, cut, index, match.end()
                continue
            if cut:
                return index, cut, index, match.end()
            first = _organs_above(lines, index)
            return first, 0, index, match.end()
    return None


def _organs_above(lines: Sequence[str], index: int) -> int:
    """The first of the lines right above the date that name the signing organs; the date's own line if none does."""
    first = index
    for above in range(index - 1, -1, -1):
        text = re.sub(r"\s+", "", lines[above])
        if not text.strip("|"):
            continue
        if len(text) > _MAX_ORGAN or _ORGAN.match(text) is None:
            break
        first = above
    return first


def _trailing_organ(lines: Sequence[str]) -> int:
    """Where a signature without a date begins: a last line that is an organ's name, behind a finished sentence."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    if len(filled) < 2:
        return len(lines)
    last, before = filled[-1], filled[-2]
    text = re.sub(r"\s+", "", lines[last])
    if len(text) >= 5 and len(text) <= _MAX_ORGAN and _ORGAN.match(text) and lines[before].strip()[-1] in "。！!":
        return last
    return len(lines)
