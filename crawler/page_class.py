"""What kind of page an answer is, before anybody reads it: status 200 proves nothing, and 412 or 521 is not "not found".

Signatures are data (``page_classes.toml``). Doubt is decided for the page: a block page read as a page is found out by its reader, a
report taken for a block page is lost. Between the classes that may not be read, doubt is decided against ``soft_404``: what is gone
may be recorded as withdrawn, anything else is only asked for again. Must not know families, requests or what is done about a class.
"""

from __future__ import annotations

import functools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from crawler.page_text import PageText, decode_page, read_page
from crawler.redirect_shell import MAX_SHELL_BYTES, redirect_target, sets_cookie_and_goes_on

SIGNATURES = Path(__file__).with_name("page_classes.toml")

# Block pages are small (8 KB at most have been seen), soft 404s as large as a portal's frame: bodies above this are not searched.
SEARCHED_BYTES = 256 * 1024


class PageClass(StrEnum):
    """The kinds of answers; only ``page`` and ``listing`` may be read."""

    PAGE = "page"
    LISTING = "listing"
    MISSING = "missing"
    CHALLENGE = "challenge"
    REFUSAL = "refusal"
    SOFT_404 = "soft_404"
    LOGIN = "login"
    REDIRECT_SHELL = "redirect_shell"
    EMPTY_SHELL = "empty_shell"
    # Out of order, by its status or by what it says: maintenance with status 200 is this, too.
    SERVER_ERROR = "server_error"
    # Not what was asked for, and nothing that says it is gone: default page of a web server, parked domain, closed site.
    OTHER_ERROR = "other_error"

    @property
    def usable(self) -> bool:
        """Whether a spider may read the page."""
        return self in (PageClass.PAGE, PageClass.LISTING)

    @property
    def gone(self) -> bool:
        """Whether the server says that there is no such page."""
        return self in (PageClass.MISSING, PageClass.SOFT_404)

    @property
    def blocked(self) -> bool:
        """Whether the page may well be there, and is kept from us."""
        return self in (PageClass.CHALLENGE, PageClass.REFUSAL, PageClass.LOGIN)


BY_STATUS: Mapping[int, PageClass] = {
    401: PageClass.LOGIN,
    404: PageClass.MISSING,
    410: PageClass.MISSING,
    # Refusals: forbidden, method or media type refused to a client that sends what browsers send, too many requests, legal reasons; and the
    # statuses firewalls of the field answer with.
    403: PageClass.REFUSAL,
    405: PageClass.REFUSAL,
    406: PageClass.REFUSAL,
    412: PageClass.CHALLENGE,
    418: PageClass.REFUSAL,
    422: PageClass.REFUSAL,
    429: PageClass.REFUSAL,
    444: PageClass.REFUSAL,
    451: PageClass.REFUSAL,
    493: PageClass.REFUSAL,
    521: PageClass.CHALLENGE,
    530: PageClass.REFUSAL,
}
# What binary formats begin with; the declared type of a download is often wrong.
_MAGIC = (b"%PDF", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"Rar!", b"\xff\xd8\xff", b"\x89PNG", b"GIF8")
# JSON, JSONP, or an XML answer of a listing endpoint.
_DATA = re.compile(
    rb"(?:<\?xml[^<>]*>\s*)?(?:[{\[]|[\w$.]{1,80}\s*\(\s*[{\[]|<(?:datastore|recordset)\b)", re.IGNORECASE
)
# Headings of the statutory form (国办公开办函〔2021〕30号): a page with two of them is a report, whatever its scripts.
_HEADINGS = ("总体情况", "主动公开政府信息", "收到和处理", "行政复议", "主要问题", "其他需要报告")
_REPORT_TEXT = 600
# Only a report's own page says for which year it is; menus name the column without a year, and a frame may print today's date.
_YEAR = r"(?:(?:[1１][9９]|[2２][0０])\d{2}|二[〇○零O0][〇○零一二三四五六七八九O0]{2})"
_REPORT = "(?:信息公开|年度报告|年报)"
_NAMES_REPORT = re.compile(f"{_YEAR}年.{{0,40}}{_REPORT}")
_TITLE_OF_REPORT = re.compile(f"{_YEAR}.{{0,40}}{_REPORT}|{_REPORT}.{{0,20}}{_YEAR}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-./年][0-9]{1,2}[-./月][0-9]{1,2}")
# A page that shows its content in these has none in its text.
_EMBEDDED = re.compile(r"<(?:img|iframe|embed|object|frame|video)\b|\.(?:pdf|docx?|xlsx?|wps|ofd)\b", re.IGNORECASE)
# What portals fill their listings by, in the browser.
_FILLED = re.compile(r"\bid\s*=\s*[\"']?(?:app|root|__nuxt)\b|\bcreatePageHTML\(|\bqueryData\s*=", re.IGNORECASE)
# Word and Excel save tables and texts as HTML, under the names of their own formats.
_OFFICE = "urn:schemas-microsoft-com:office"
_EMPTY_TEXT = 10
_SHELL_TEXT = 40
_MESSAGE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    page_class: PageClass
    status: frozenset[int]
    any: tuple[str, ...]
    all: tuple[str, ...]
    none: tuple[str, ...]
    text: tuple[str, ...]
    title: re.Pattern[str] | None
    header: tuple[str, ...]
    max_text: int
    max_source: int | None
    bare: bool

    @property
    def worded(self) -> bool:
        """Whether the rule goes by words a reader sees, not by scripts, which protected portals leave in all their pages."""
        return bool(self.text) or self.title is not None


@dataclass(frozen=True)
class _Answer:
    """An answer as the rules look at it; what takes time is worked out when one asks for it.

    ``visible`` is the text of the page without white space. ``received``: it is a page with a status 2xx, which may be what was
    asked for.
    """

    status: int
    fields: Mapping[Any, Any]
    source: str
    title: str
    visible: str
    role: str = ""
    received: bool = False

    @functools.cached_property
    def text(self) -> str:
        """What is visible, in lower case."""
        return self.visible.lower()

    @functools.cached_property
    def headers(self) -> str:
        """The header in lines, in lower case."""
        return _header_lines(self.fields).lower()

    @functools.cached_property
    def compact(self) -> str:
        """The source in lower case without white space, with single quotes only."""
        return _compact(self.source)

    @functools.cached_property
    def embeds(self) -> bool:
        """Whether it shows content that is none of its text."""
        return self.received and bool(_EMBEDDED.search(self.source))

    @functools.cached_property
    def filled(self) -> bool:
        """Whether it is a listing that its scripts fill."""
        return self.received and self.role == "listing" and bool(_FILLED.search(self.source))

    @functools.cached_property
    def real(self) -> bool:
        """Whether it names a report of a year, or lists dated rows: it is what was asked for; a block page does neither."""
        if not self.received or self.role == "attachment":
            return False
        if _TITLE_OF_REPORT.search("".join(self.title.split())) or _NAMES_REPORT.search(self.visible):
            return True
        return self.role == "listing" and len(_DATE.findall(self.visible)) >= 2


def classify(status: int, headers: Mapping[Any, Any], body: bytes, url: str, role: str) -> PageClass:
    """The class of an answer from ``url`` to a request in ``role`` (``listing``, ``report``, ``attachment`` …).

    ``headers`` map names to a value or a list of values, as text or bytes: Scrapy's ``Headers`` as they are, since raw GBK in a
    header cannot be made into text. ``body`` has transfer and content codings removed. A 304 repeats a page that was usable. A
    listing without a visible word is still a listing: portals fill them by script.
    """
    wanted = PageClass.LISTING if role == "listing" else PageClass.PAGE
    if status == 304:
        return wanted
    received = 200 <= status < 300
    if received:
        if role == "requisite" and not _is_html(decode_page(body[:1024])):
            return wanted  # a style sheet may be empty, and a script say whatever a block page says
        if not body.strip():
            return PageClass.EMPTY_SHELL
        if body.startswith(_MAGIC) or len(body) > SEARCHED_BYTES:
            return wanted
        if _DATA.match(body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()):
            return _class_of_data(body) or wanted
    page = read_page(body[:SEARCHED_BYTES])
    if received and (len(page.text) > _longest_text() or _is_report(page.text)):
        return wanted  # most pages: no signature is looked for where so much is visible
    answer = _Answer(status, headers, page.source, page.title, page.text, role, received)
    found = _find_rule(answer)
    if found is not None:
        return found
    return _class_of_page(body, page, url, answer, role) or wanted if received else _class_of_status(status)


def _class_of_status(status: int) -> PageClass:
    if status in BY_STATUS:
        return BY_STATUS[status]
    return PageClass.SERVER_ERROR if status >= 500 else PageClass.OTHER_ERROR


def _class_of_page(body: bytes, page: PageText, url: str, answer: _Answer, role: str) -> PageClass | None:
    """The class of a page without signatures that shows too little to be what was asked for; None if it may be."""
    if len(page.text) <= _SHELL_TEXT and not answer.filled and not _EMBEDDED.search(page.markup):
        if not answer.real and len(body) <= MAX_SHELL_BYTES and sets_cookie_and_goes_on(page.source):
            return PageClass.CHALLENGE
        # A shell may bear the title of the report it leads to.
        if not _NAMES_REPORT.search(page.text) and redirect_target(body, url):
            return PageClass.REDIRECT_SHELL
    if role == "attachment" and len(page.text) < _REPORT_TEXT and _is_html(page.source):
        return PageClass.REFUSAL  # an HTML page instead of the file
    if role != "listing" and len(page.text) < _EMPTY_TEXT and not _EMBEDDED.search(page.source):
        return PageClass.EMPTY_SHELL
    return None


def _class_of_data(body: bytes) -> PageClass | None:
    """The class of JSON that reports a failure and brings nothing; None of any other. Never ``soft_404``: it speaks of the request."""
    if len(body) > _MESSAGE_BYTES:
        return None
    try:
        message = json.loads(decode_page(body))
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or any(isinstance(value, dict | list) and value for value in message.values()):
        return None
    codes = (str(message.get(key, "")) for key in ("code", "status", "errcode", "errorCode", "statusCode"))
    code = next((int(code) for code in codes if re.fullmatch("[45][0-9]{2}", code)), 0)
    if not code and message.get("success") is not False:
        return None
    text = "".join("".join(value.split()).lower() for value in message.values() if isinstance(value, str))
    found = _find_rule(_Answer(200, {}, text, "", text))
    by_code = PageClass.OTHER_ERROR if BY_STATUS.get(code, PageClass.OTHER_ERROR).gone else _class_of_status(code)
    return found if found is not None and found.blocked else by_code


def _compact(source: str) -> str:
    """Neither case nor spaces nor the kind of quotes tell one script from another."""
    return "".join(source.lower().split()).replace('"', "'")


@functools.cache
def _rules() -> tuple[_Rule, ...]:
    document = tomllib.loads(SIGNATURES.read_text(encoding="utf-8"))
    return tuple(
        _Rule(
            name=rule["name"],
            page_class=PageClass(rule["class"]),
            status=frozenset(rule.get("status", ())),
            any=tuple(map(_compact, rule.get("any", ()))),
            all=tuple(map(_compact, rule.get("all", ()))),
            none=tuple(map(_compact, rule.get("none", ()))),
            text=tuple("".join(text.split()).lower() for text in rule.get("text", ())),
            title=re.compile(rule["title"], re.IGNORECASE | re.VERBOSE) if "title" in rule else None,
            header=tuple(rule.get("header", ())),
            max_text=rule["max_text"],
            max_source=rule.get("max_source"),
            bare=rule.get("bare", False),
        )
        for rule in document["rule"]
    )


@functools.cache
def _longest_text() -> int:
    """The most visible characters of what is no page: no rule applies to more, nor does :func:`_class_of_page`."""
    return max(_REPORT_TEXT, *(rule.max_text for rule in _rules()))


def _find_rule(answer: _Answer) -> PageClass | None:
    """The class given by the first rule that applies."""
    for rule in _rules():
        # Missing by its status is missing, unless its words say that we are refused.
        trusted = answer.status in (404, 410) and not (rule.page_class.blocked and rule.worded)
        if not trusted and _applies(rule, answer):
            return rule.page_class
    return None


def _applies(rule: _Rule, answer: _Answer) -> bool:
    return (
        (not rule.status or answer.status in rule.status)
        and len(answer.text) <= rule.max_text
        # What is cheap comes first: of most pages no more is asked.
        and (rule.title is None or bool(rule.title.fullmatch(answer.title)))
        and (rule.max_source is None or len(answer.compact) <= rule.max_source)
        and not (rule.bare and answer.embeds)
        # A title is the page's own: "not found" holds whatever reports a menu beside it names.
        and (bool(rule.title) or not answer.filled)
        and ((bool(rule.title) and rule.page_class is PageClass.SOFT_404) or not answer.real)
        and (not rule.any or any(text in answer.compact for text in rule.any))
        and all(text in answer.compact for text in rule.all)
        and not any(text in answer.compact for text in rule.none)
        and (not rule.text or any(text in answer.text for text in rule.text))
        and (not rule.header or any(text in answer.headers for text in rule.header))
    )


def _is_report(text: str) -> bool:
    return len(text) >= _REPORT_TEXT and sum(heading in text for heading in _HEADINGS) >= 2


def _is_html(source: str) -> bool:
    start = source[:1024].lower()
    return (
        "html" in start or start.lstrip().startswith(("<script", "<!--", "<meta", "<div", "<p"))
    ) and _OFFICE not in start


def _header_lines(headers: Mapping[Any, Any]) -> str:
    def text(part: Any) -> str:
        return part.decode("latin-1") if isinstance(part, bytes) else str(part)

    return "\n".join(
        f"{text(name)}: {text(value)}"
        for name, values in headers.items()
        for value in (values if isinstance(values, list | tuple) else [values])
    )
