"""What kind of page an answer is, before anybody reads it: status 200 proves nothing, and 412 or 521 is not "not found".

Signatures are data (``page_classes.toml``). Doubt is decided for the page: a block page read as a page is found out by its reader, a
report taken for a block page is lost. Must not know families, requests or what is done about a class.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

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
    SERVER_ERROR = "server_error"
    OTHER_ERROR = "other_error"

    @property
    def usable(self) -> bool:
        """Whether a spider may read the page."""
        return self in (PageClass.PAGE, PageClass.LISTING)

    @property
    def gone(self) -> bool:
        """Whether the server says that there is no such page."""
        return self in (PageClass.MISSING, PageClass.SOFT_404)


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
# Headings of the statutory form (国办公开办函〔2021〕30号): a page with two of them is a report, whatever its scripts.
_HEADINGS = ("总体情况", "主动公开政府信息", "收到和处理", "行政复议", "主要问题", "其他需要报告")
_REPORT_TEXT = 600
# A page that shows its content in these has none in its text.
_EMBEDDED = re.compile(r"<(?:img|iframe|embed|object|frame|video)\b|\.(?:pdf|docx?|xlsx?|wps|ofd)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)
_OPENING = re.compile(r"<!--|<(script|style|noscript)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_SHELL_TEXT = 10


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    page_class: PageClass
    status: frozenset[int]
    any: tuple[str, ...]
    all: tuple[str, ...]
    title: re.Pattern[str] | None
    header: tuple[str, ...]
    max_text: float
    bare: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: str
    source: str
    title: str
    text: str


def classify(status: int, headers: Mapping[Any, Any], body: bytes, url: str, role: str) -> PageClass:
    """The class of an answer to a request in ``role`` (``listing``, ``report``, ``attachment`` …).

    ``headers`` map names to a value or a list of values, as text or bytes: Scrapy's ``Headers`` as they are, since raw GBK in a
    header cannot be made into text. ``body`` has transfer and content codings removed. A 304 repeats a page that was usable. A
    listing without a visible word is still a listing: portals fill them by script.
    """
    wanted = PageClass.LISTING if role == "listing" else PageClass.PAGE
    if status == 304:
        return wanted
    if status == 404 or status == 410:
        return PageClass.MISSING
    html = not body.startswith(_MAGIC) and not _is_data(body)
    if 200 <= status < 300:
        if not body.strip():
            return PageClass.EMPTY_SHELL
        if not html or len(body) > SEARCHED_BYTES:
            return wanted
    answer = _Answer(
        status,
        _header_lines(headers).lower(),
        *_read(body[:SEARCHED_BYTES]),
    )
    if 200 <= status < 300 and _is_report(answer.text):
        return wanted
    for rule in _rules():
        if _applies(rule, answer):
            return rule.page_class
    if 200 <= status < 300:
        if role == "attachment" and len(answer.text) < _REPORT_TEXT and "html" in answer.source[:1024].lower():
            return PageClass.REFUSAL  # an HTML page instead of the file
        if wanted is PageClass.PAGE and len(answer.text) < _SHELL_TEXT and not _EMBEDDED.search(answer.source):
            return PageClass.EMPTY_SHELL
        return wanted
    if status in BY_STATUS:
        return BY_STATUS[status]
    return PageClass.SERVER_ERROR if status >= 500 else PageClass.OTHER_ERROR


@functools.cache
def _rules() -> tuple[_Rule, ...]:
    document = tomllib.loads(SIGNATURES.read_text(encoding="utf-8"))
    return tuple(
        _Rule(
            name=rule["name"],
            page_class=PageClass(rule["class"]),
            status=frozenset(rule.get("status", ())),
            any=tuple(rule.get("any", ())),
            all=tuple(rule.get("all", ())),
            title=re.compile(rule["title"], re.IGNORECASE) if "title" in rule else None,
            header=tuple(rule.get("header", ())),
            max_text=rule.get("max_text", float("inf")),
            bare=rule.get("bare", False),
        )
        for rule in document["rule"]
    )


def _applies(rule: _Rule, answer: _Answer) -> bool:
    return (
        (not rule.status or answer.status in rule.status)
        and len(answer.text) <= rule.max_text
        and not (rule.bare and 200 <= answer.status < 300 and _EMBEDDED.search(answer.source))
        and (not rule.any or any(text in answer.source for text in rule.any))
        and all(text in answer.source for text in rule.all)
        and (rule.title is None or bool(rule.title.fullmatch(answer.title)))
        and (not rule.header or any(text in answer.headers for text in rule.header))
    )


def _is_report(text: str) -> bool:
    return len(text) >= _REPORT_TEXT and sum(heading in text for heading in _HEADINGS) >= 2


def _header_lines(headers: Mapping[Any, Any]) -> str:
    def text(part: Any) -> str:
        return part.decode("latin-1") if isinstance(part, bytes) else str(part)

    return "\n".join(
        f"{text(name)}: {text(value)}"
        for name, values in headers.items()
        for value in (values if isinstance(values, list | tuple) else [values])
    )


def _is_data(body: bytes) -> bool:
    """JSON, or an XML answer of a listing endpoint; not a page of HTML."""
    start = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b"{", b"[")) or start.lower().startswith((b"<datastore", b"<recordset"))


def _read(body: bytes) -> tuple[str, str, str]:
    """Source, title and visible text (without white space) of a page."""
    try:
        source = body.decode("utf-8")
    except UnicodeDecodeError:
        source = body.decode("gb18030", "replace")
    title = _TITLE.search(source)
    return source, title[1].strip() if title else "", _visible(source)


def _visible(source: str) -> str:
    """The text of a page as a reader with scripts sees it: no scripts, styles, comments, title, tags. Linear, whatever is left open."""
    kept, position, lower = [], 0, source.lower()
    while opening := _OPENING.search(source, position):
        kept.append(source[position : opening.start()])
        closing = f"</{opening[1].lower()}" if opening[1] else "-->"
        end = lower.find(closing, opening.end())
        if end < 0:
            break
        position = end + len(closing)
    else:
        kept.append(source[position:])
    text = _TITLE.sub("<title>", " ".join(kept))
    return "".join(_TAG.sub("", text).split()).replace("&nbsp;", "")
