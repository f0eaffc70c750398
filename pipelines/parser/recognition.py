"""Whether a page is an annual report at all, and if not, what it is instead.

Promises a precise reason for every refusal: an empty or script-filled page, a challenge, a list of reports, a guide, a
picture version, an attachment. The evidence is structure first (tables, sections), the title second. Knows no portal.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from pipelines.parser.blocks import TableBlock, TextBlock
from pipelines.parser.model import SECTION_KEYS, Tables
from pipelines.parser.page import Page
from pipelines.parser.sections import Layout

_REPORT_TITLE = re.compile(r"(?:政府|政务)?信息公开.{0,10}(?:年度)?.{0,4}(?:报告|年报)|年度报告")
_PICTURES = re.compile(r"图解|图文解读|一图读懂|一图看懂|一张图|长图|海报|动漫|视频解读|图片版|H5")
_OTHER_DOCUMENT = re.compile(r"指南|制度|条例|规定|办法|通知|通报|要点|方案|目录|流程|申请表|统计表$|半年|季度")
_CHALLENGE = re.compile(
    r"安全验证|人机验证|请完成验证|访问验证|滑动验证|访问被拦截|访问过于频繁|请求(?:异常|被拒)|waf"
    r"|enable javascript|请(?:开启|启用)javascript"
    r"|浏览器.{0,6}(?:检查|检测)|just a moment",
    re.I,
)
_MISSING_PAGE = re.compile(r"404|页面不存在|不存在或已?(?:被)?删除|找不到|系统提示|系统维护|无权访问|not found", re.I)
_FREE_TITLE = re.compile(r"信息公开.{0,10}(?:年度.{0,4}报告|年报)")
_MIN_SECTIONS = 3
_MIN_TEXT = 400
_MANY_LINKS = 5


def refuse_source(url: str, portal: str) -> str | None:
    """Why a page at this address is no source; `portal` is the registry's name for the site, empty if it has none.

    Reports are copied, and altered, on foreign domains. An address under gov.cn counts, one that the registry names
    (bare numbers, other domains of governments), and a page without address, which whoever gives it answers for.
    """
    if portal or not url:
        return None
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return "its address is none"
    if not host or host == "gov.cn" or host.endswith(".gov.cn"):
        return None
    return f"{host[:253]} is not a government source: neither under gov.cn nor a portal of the registry"


def refuse_page(page: Page, layout: Layout, tables: Tables) -> str | None:
    """Why this page is no annual report, None when it is one."""
    if page.excess:
        return page.excess
    present = sum(
        table is not None and table.presence == "present"
        for table in (tables.active_disclosure, tables.applications, tables.review_litigation)
    )
    if present >= 2 or (present and len(layout.spans) >= 2):
        return None
    lines = [block.text for block in page.blocks if isinstance(block, TextBlock)]
    text = "".join("".join(lines).split())
    title = _title(page, lines)
    return _refuse_title(title, len(layout.spans)) or _refuse_text(page, layout, text, title)


def is_free_report(page: Page, layout: Layout) -> bool:
    """Whether a page refused for its little text is a report of free form: its title says so, and its own sections."""
    title = _title(page, [block.text for block in page.blocks if isinstance(block, TextBlock)])
    known = [span for span in layout.spans if span.heading.key in SECTION_KEYS]
    return (
        len(known) >= _MIN_SECTIONS
        and bool(_FREE_TITLE.search(title))
        and not (_PICTURES.search(title) or _OTHER_DOCUMENT.search(title))
    )


def _title(page: Page, lines: list[str]) -> str:
    """The page's title: from its meta data, its head, or the first line that reads like a report's."""
    for candidate in (page.meta.get("articletitle", ""), *(value for name, value in page.labels if name == "标题")):
        if candidate.strip():
            return unicodedata.normalize("NFKC", candidate)
    heading = next((line for line in lines[:60] if len(line) <= 80 and _REPORT_TITLE.search(line)), "")
    return unicodedata.normalize("NFKC", page.html_title or heading)


def _refuse_title(title: str, sections: int) -> str | None:
    if _PICTURES.search(title):
        return f"a picture version: the title is {title[:60]}"
    if (
        sections < _MIN_SECTIONS
        and _OTHER_DOCUMENT.search(title)
        and not re.search(r"年度报告(?!.{0,8}(?:通知|制度))|年报", title)
    ):
        return f"another document: the title is {title[:60]}"
    return None


def _refuse_text(page: Page, layout: Layout, text: str, title: str) -> str | None:
    if len(layout.spans) > _MIN_SECTIONS or (len(layout.spans) == _MIN_SECTIONS and len(text) >= _MIN_TEXT):
        return None
    if len(text) < _MIN_TEXT:
        return _refuse_short(page, text, title)
    listed = sum(1 for label, _ in page.links if _REPORT_TITLE.search(label))
    if listed >= _MANY_LINKS and len(layout.spans) < 2:
        return f"a list: {listed} links to reports, no section of one"
    if not _REPORT_TITLE.search(title) and not any(
        isinstance(block, TextBlock) and len(block.text) <= 80 and _REPORT_TITLE.search(block.text)
        for block in page.blocks[:200]
    ):
        return "no title, section or table of an annual report"
    sentences = text.count("。")
    if sentences < 3:
        return "no section or table of an annual report, and hardly a sentence"
    return None


def _refuse_short(page: Page, text: str, title: str) -> str:
    """A page of little text is refused whatever it is; this says what it is."""
    if _CHALLENGE.search(text) or _CHALLENGE.search(title):
        return "a challenge page, not the page asked for"
    if _MISSING_PAGE.search(title) or _MISSING_PAGE.search(text):
        return "a page that says there is nothing here"
    listed = sum(1 for label, _ in page.links if _REPORT_TITLE.search(label))
    if listed >= _MANY_LINKS:
        return f"a list: {listed} links to reports, no section of one"
    if page.attachments:
        return f"only an attachment: {page.attachments[0][1]}"
    if page.images and _REPORT_TITLE.search(title):
        return f"only images: {page.images[0][1]}"
    if not text and any(isinstance(block, TableBlock) for block in page.blocks):
        return "a table without the text of a report"
    if not text:
        return "empty: no text without running its scripts" if page.carrier == "html" else "empty: no text"
    return f"only {len(text)} characters of text, no section or table of an annual report"
