"""Pages that are nothing but a link to the report: which files or frames carry it.

Promises to be cautious: a page whose own text could be the report, a list, and a page about something else never lead
anywhere. Any bytes give an answer. Must not know how files are fetched or read, nor any portal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, unquote, urldefrag, urljoin, urlsplit

from lxml import etree

from pipelines.parser.charset import decode
from pipelines.parser.page import ReportPage
from pipelines.parser.recognition import refuse_source

Element = Any  # lxml has no types of its own

_MAX_BODY = 2 * 1024 * 1024
_MAX_TEXT, _MAX_SENTENCES = 600, 4  # what head, index card and foot of a page say beside its links
_MAX_FILES, _MAX_IMAGES, _MAX_FRAMES = 8, 40, 2
_MANY_REPORTS, _MANY_FILES, _MAX_LINKS = 5, 3, 2000

_YEAR = r"(?:20\d\d|二[〇○零oO0][〇○零一二三四五六七八九oO0]{2})"
_NAMES_REPORT = re.compile(
    rf"{_YEAR}.{{0,40}}(?:年度报告|年报|公开报告)|(?:信息|政务)公开.{{0,12}}{_YEAR}.{{0,8}}报告|报告.{{0,4}}{_YEAR}"
)
_SUBJECT = re.compile("信息公开|政务公开")
_OTHER = re.compile(
    "图解|图文|读懂|看懂|长图|海报|动漫|视频|解读|指南|制度|条例|规定|办法|通知|通报|要点|方案|目录|流程|半年|季度"
    "|网站(?:监管|工作)|法治政府|[预决]算"
)
# Files that stand in the frame of many pages, beside what a page is about.
_ANCILLARY = re.compile(
    "指南|申请表|流程|操作|手册|客户端|阅读器|浏览器|软件|插件|办法|条例|规定|制度|图解|解读|须知|模板|App", re.I
)
_FILE = re.compile(r"\.(?:pdf|docx?|wps|xlsx?|et|rtf|ofd)$", re.I)
_IMAGE = re.compile(r"\.(?:jpe?g|png|bmp|tiff?)$", re.I)
# Pictures of a text carry a date or a serial number in their address; those of a site's frame have names.
_CONTENT_IMAGE = re.compile(r"\d{6}|/__local/|/attach|/picture/", re.I)
_FRAME_IMAGE = re.compile(r"logo|icon|qr|ewm|weixin|banner|share|print|sprite|jubao|dzjg|conac", re.I)
_FRAME_OF_SITE = re.compile(
    r"(?:^|[/_.-])(?:head|header|top|foot|footer|bottom|left|right|nav|menu|search|share|login|weather|tongji|count(?:er)?|stat|ad|robot)"
    r"(?:$|[/_.-])",
    re.I,
)
_VIEWED = frozenset(("file", "fileurl", "pdf", "pdfurl", "pdfpath", "url", "src", "path", "filepath"))
_SCRIPTED = re.compile(
    r"""(?:showvsbpdfiframe\(|pdfobject\.embed\(|(?:pdf_?url|pdf_?path|file_?url)\s*[:=])\s*["']([^"'<>\s]{1,500})["']""",
    re.I,
)
_DROPPED = ("script", "style", "noscript", "template", "select", "textarea", "svg")
_BESIDE = ("header", "footer", "nav", "aside")


@dataclass(frozen=True, slots=True)
class _Link:
    """An address a page leads to, absolute, and the text it has there."""

    url: str
    text: str


def find_carriers(report_page: ReportPage) -> tuple[str, ...]:
    """The absolute addresses of the files, frames or pictures of pages that carry the report; empty for any other page.

    Only addresses on the page's own host, its subdomains, or another of a government (``gov.cn``). Files come before
    frames, and pictures count only where there is neither. A page that is no source leads nowhere: what it carries is none.
    """
    if refuse_source(report_page.url, report_page.hints.portal) is not None:
        return ()
    root, text = _read(report_page)
    if root is None or not _is_http(report_page.url):
        return ()
    base, title = _base(root, report_page.url), _title(root, report_page)
    if not title:
        return ()
    etree.strip_elements(root, *_DROPPED, *_BESIDE, with_tail=False)
    links, frames = list(_links(root, base)), list(_frames(root, base))
    listed = _is_list(links, title, _is_article(root, report_page))
    etree.strip_elements(root, "a", "title", with_tail=False)
    if listed or _says_much(_plain("".join(root.itertext()))):
        return ()
    scripted = [_Link(urljoin(base, found), "") for found in _SCRIPTED.findall(text) if _is_joined(base, found)]
    viewed = [link for link in (*frames, *scripted) if _is_file(link)]
    files = _distinct([*viewed, *_own_files(links, title)], report_page.url)
    pages = _distinct([link for link in frames if link not in viewed], report_page.url)
    if len(files) > _MAX_FILES or len(pages) > _MAX_FRAMES:
        return ()
    if files or pages:
        return files or pages
    images = _distinct(list(_images(root, base)), report_page.url)
    return images if len(images) <= _MAX_IMAGES else ()


def _read(report_page: ReportPage) -> tuple[Element, str]:
    body = report_page.body
    if len(body) > _MAX_BODY or b"<" not in body or b"\0" in body[:1024] or body.startswith((b"%PDF", b"PK\x03\x04")):
        return None, ""
    text, _, _ = decode(body, report_page.content_type)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser), text
    except etree.LxmlError:
        return None, ""


def _title(root: Element, report_page: ReportPage) -> str:
    """The title that names the report of a year, by whoever says it first: the listing, the page's meta data, its heads."""
    said = [report_page.hints.listing_title]
    said += [element.get("content") or "" for element in root.iter("meta") if _name(element) == "articletitle"]
    for tag in ("h1", "h2", "title"):
        for element in islice(root.iter(tag), 3):  # a page's title names column and site behind it
            said += re.split(r"[-_|—–>]+", "".join(element.itertext())[:500])
    for title in map(_plain, said):
        if _names_report(title[:120]):
            return "" if _OTHER.search(title[:120]) else title[:120]
    return ""


def _names_report(text: str) -> bool:
    return bool(_NAMES_REPORT.search(text) and _SUBJECT.search(text))


def _name(element: Element) -> str:
    return (element.get("name") or element.get("property") or "").strip().lower()


def _says_much(text: str) -> bool:
    """Whether what a page says beside its links is more than its head and foot."""
    return len(text) > _MAX_TEXT or text.count("。") > _MAX_SENTENCES


def _is_article(root: Element, report_page: ReportPage) -> bool:
    meta = (element.get("content") for element in root.iter("meta") if _name(element) == "articletitle")
    return any(_names_report(_plain(said or "")) for said in (*meta, report_page.hints.listing_title))


def _is_list(links: list[_Link], title: str, is_article: bool) -> bool:
    """Whether the page leads to reports of several organs or years; an article may, in its margin, but not to files."""
    reports = {_bare(link.text) for link in links if _names_report(link.text)} - {_bare(title)}
    files = {_bare(link.text) for link in links if _is_file(link) and _names_report(link.text)} - {_bare(title)}
    return len(files) >= _MANY_FILES or (len(reports) >= _MANY_REPORTS and not is_article)


def _bare(title: str) -> str:
    return re.sub(r"^附件\d*[:：]?|\.\w{2,4}$", "", title)


# -- links ----------------------------------------------------------------------------------------------------------


def _links(root: Element, base: str) -> Iterator[_Link]:
    for element in islice(root.iter("a"), _MAX_LINKS):
        # Unclosed links hold each other: of each a few pieces of text will do.
        text = "".join(islice(element.itertext(), 40)) or element.get("title") or ""
        url = _target(base, (element.get("href") or "").strip())
        if url:
            yield _Link(url, _plain(text[:400]))


def _is_file(link: _Link) -> bool:
    return bool(_FILE.search(urlsplit(link.url).path))


def _own_files(links: list[_Link], title: str) -> list[_Link]:
    """The files among the links, but those that stand in the frame of many pages, and reports of other years."""
    years = _years(title)
    return [
        link
        for link in links
        if _is_file(link)
        and not _ANCILLARY.search(link.text)
        and not (_names_report(link.text) and years and _years(link.text) and not years & _years(link.text))
    ]


def _frames(root: Element, base: str) -> Iterator[_Link]:
    """What frames and embedded objects show; of a viewer the file that it is told to show."""
    for element in root.iter("iframe", "frame", "embed", "object"):
        source = (element.get("data" if element.tag == "object" else "src") or "").strip()
        url = _target(base, source)
        if not url or _is_hidden(element):
            continue
        path = urlsplit(url).path
        if _FILE.search(path) or not (
            _FRAME_OF_SITE.search(path) or re.search(r"\.(?:swf|js|gif|mp[34])$", path, re.I)
        ):
            yield _Link(url, "")


def _images(root: Element, base: str) -> Iterator[_Link]:
    for element in root.iter("img"):
        url = _target(base, (element.get("src") or "").strip())
        path = urlsplit(url).path if url else ""
        if (
            _IMAGE.search(path)
            and _CONTENT_IMAGE.search(path)
            and not _FRAME_IMAGE.search(path)
            and not _is_small(element)
        ):
            yield _Link(url, "")


def _target(base: str, href: str) -> str:
    """The address a link leads to, past a viewer if there is one; empty if it is none."""
    if not href or not _is_joined(base, href):
        return ""
    url = urljoin(base, href)
    parts = urlsplit(url)
    for name, value in parse_qsl(f"{parts.query}&{parts.fragment}"):
        if name.lower() in _VIEWED and _FILE.search(unquote(value).partition("?")[0]) and _is_joined(url, value):
            return urljoin(url, value)
    return urldefrag(url).url


def _distinct(links: list[_Link], page: str) -> tuple[str, ...]:
    """The addresses once each, less the page itself and what stands on hosts of others."""
    own = urldefrag(page).url
    return tuple(dict.fromkeys(link.url for link in links if link.url != own and _is_in_reach(link.url, page)))


def _is_in_reach(url: str, page: str) -> bool:
    host, own = urlsplit(url).hostname or "", (urlsplit(page).hostname or "").removeprefix("www.")
    return host.removeprefix("www.") == own or host.endswith((f".{own}", ".gov.cn"))


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_joined(base: str, href: str) -> bool:
    """Whether an address as written makes one of the web."""
    try:
        return _is_http(urljoin(base, href))
    except ValueError:
        return False


def _base(root: Element, url: str) -> str:
    declared = next((element.get("href") or "" for element in root.iter("base")), "").strip()
    return urljoin(url, declared) if declared and _is_joined(url, declared) else url


# -- elements -------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Text as it is compared: NFKC, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _years(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"20\d\d(?=年|\D|$)", text))


def _is_hidden(element: Element) -> bool:
    style = "".join((element.get("style") or "").lower().split())
    sizes = (element.get("width") or "", element.get("height") or "")
    return "display:none" in style or any(size.strip().removesuffix("px") in ("0", "1") for size in sizes)


def _is_small(element: Element) -> bool:
    sizes = (element.get(name) or "" for name in ("width", "height"))
    return any(size.isascii() and size.isdigit() and int(size[:6]) < 200 for size in sizes)
