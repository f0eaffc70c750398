"""Where a redirect shell leads: a page that shows nothing and sends its reader elsewhere by script or meta refresh.

Only a literal target is believed. No script is evaluated: what is put together, chosen by a condition or bound to a cookie leads
nowhere. Must not know which hosts may be asked, or how often.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from crawler.page_text import decode_page

# Shells of up to 2 KB have been seen; a page this large is none.
MAX_SHELL_BYTES = 16 * 1024
MAX_DELAY = 5  # seconds; a page that stays longer is there to be read

# Scripts, what a reader with scripts does not see, and comments; whatever is left open goes on to the end.
_PART = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|noscript|style|template)\b([^<>]*)>(.*?)(?:</\1\b[^<>]*>?|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_META = re.compile(r"<meta\b([^<>]*)>", re.IGNORECASE)
_BASE = re.compile(r"<base\b", re.IGNORECASE)
_ONLOAD = re.compile(r"<(?:body|html)\b([^<>]*)>", re.IGNORECASE)
# Possessive throughout: whatever is left open is read once, not once more from each of its characters.
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s"'<>]++))""")
_REFRESH = re.compile(
    r"""\s*+([0-9]++)(?:\.[0-9]*+)?\s*+[;,]?\s*+(?:url\s*+=\s*+)?(?:"([^"]*+)|'([^']*+)|(.*+))""",
    re.IGNORECASE | re.DOTALL,
)
_STRING = r""""(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?"""
_STRING_OR_COMMENT = re.compile(rf"({_STRING})|/\*.*?(?:\*/|\Z)|(?://|<!--)[^\n]*+", re.DOTALL)
# What chooses where the reader goes, or whether: in code, which setTimeout takes as a string, and outside of strings.
_CHOOSING = re.compile(r"\b(?:if|for|while|switch|eval|atob|unescape|Function)\s*+\(|\bdocument\s*+\.\s*+write")
_OPERATORS = re.compile(r"[?`]|&&|\|\|")
_COOKIE = re.compile(r"\bdocument\s*+\.\s*+cookie\b")
_SETTING = re.compile(r"\bdocument\s*+\.\s*+cookie\s*+=(?!=)")
_LOCATION = r"(?<![\w$.])(?:(?:window|self|top|parent|document)\s*+\.\s*+){0,4}+location\s*+"
_REDIRECT = re.compile(rf"{_LOCATION}(?:(?:\.\s*+href\s*+)?=(?!=)\s*+|\.\s*+(?:replace|assign)\s*+(\(\s*+))")
_RELOAD = re.compile(rf"{_LOCATION}\.\s*+reload\b")
_LITERAL = re.compile(r""""((?:[^"\\\n]|\\.)*+)"|'((?:[^'\\\n]|\\.)*+)'""", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]+")  # no user name: that would send credentials
_NO_HOST = re.compile(r"https?:(?!//[^/])", re.IGNORECASE)  # of which every reader makes something else
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)


def redirect_target(body: bytes, base: str) -> str:
    """The absolute http(s) URL, without fragment, that the page at ``base`` sends its reader to; "" if there is no telling.

    Followed are assignments to ``location``, ``location.href``, ``location.replace()`` and ``location.assign()`` of one literal, and
    a meta refresh of at most five seconds. "" is the answer to targets that disagree, that a script computes or chooses, that are
    not http(s), and to a page that sets a cookie, reloads itself or leads to itself: that is a challenge or a loop.
    """
    if len(body) > MAX_SHELL_BYTES:
        return ""
    targets = {_absolute(target, base) for target in _targets(decode_page(body))}
    return targets.pop() if len(targets) == 1 else ""


def sets_cookie_and_goes_on(source: str) -> bool:
    """Whether the page's scripts set a cookie and then load a page: what a cookie challenge does."""
    code = "\n".join(map(_code, _scripts(source)))
    return bool(_SETTING.search(code) and (_RELOAD.search(code) or _REDIRECT.search(code)))


def _targets(source: str) -> Iterator[str]:
    """Every target the page names, as written; "" for one that is not literal."""
    scripts = list(_scripts(source))
    page = _PART.sub(" ", source)
    if _BASE.search(page):
        yield ""
    for meta in _META.finditer(page):
        attributes = _attributes(meta[1])
        if attributes.get("http-equiv", "").strip().lower() == "refresh":
            yield _refresh_target(attributes.get("content", ""))
    scripts += [_attributes(tag[1]).get("onload", "") for tag in _ONLOAD.finditer(page)]
    for code in map(_code, scripts):
        chosen = _CHOOSING.search(code) or _OPERATORS.search(_STRING_OR_COMMENT.sub(" ", code))
        for redirect in _REDIRECT.finditer(code):
            yield "" if chosen else _literal(code, redirect.end(), call=bool(redirect[1]))
        if _RELOAD.search(code) or _COOKIE.search(code):
            yield ""


def _scripts(source: str) -> Iterator[str]:
    """The code within the page; not what is loaded from elsewhere, nor data in a script element."""
    for part in _PART.finditer(source):
        if (part[1] or "").lower() == "script":
            attributes = _attributes(part[2])
            kind = attributes.get("type", "").strip().lower()
            if "src" not in attributes and (not kind or "javascript" in kind or kind == "module"):
                yield part[3]


def _attributes(tag: str) -> dict[str, str]:
    return {
        found[1].lower(): html.unescape(next((value for value in found.groups()[1:] if value is not None), ""))
        for found in _ATTRIBUTE.finditer(tag)
    }


def _code(script: str) -> str:
    """The script without comments; the opening of an HTML comment, which hides scripts from old browsers, is one up to its line end."""
    return _STRING_OR_COMMENT.sub(lambda found: found[1] if found[1] is not None else " ", script)


def _refresh_target(content: str) -> str:
    found = _REFRESH.match(content)
    # By its digits: a number of thousands of them is refused by int().
    if found is None or len(found[1].lstrip("0")) > 1 or int(found[1][-1]) > MAX_DELAY:
        return ""
    return next((target for target in found.groups()[1:] if target is not None), "")


def _literal(code: str, start: int, *, call: bool) -> str:
    """The string literal at ``start`` if it is the whole of what is assigned or passed, else ""."""
    found = _LITERAL.match(code, start)
    if found is None:
        return ""
    rest = code[found.end() : found.end() + 200]
    follows = rest.lstrip()
    if call:
        ends = follows.startswith(")")
    else:
        # On a new line an operator would go on with the expression.
        ends = follows[:1] in (";", "}", ")", '"', "'", ",", "") or (
            "\n" in rest[: len(rest) - len(follows)] and follows[0] not in "+-*/%.([&|^=<>"
        )
    return _unescaped(found[1] if found[1] is not None else found[2]) if ends else ""


def _unescaped(literal: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1] or found[2]:
            return chr(int(found[1] or found[2], 16))
        return found[3] if found[3] in "/\\'\"" else "\x00"  # no address contains it

    return _ESCAPE.sub(one, literal)


def _absolute(target: str, base: str) -> str:
    """The target as an absolute http(s) URL in ASCII, or "" if it is none or leads to the page itself."""
    target = re.sub(r"[\t\r\n]", "", target).strip(" ")
    if not target or _NO_HOST.match(target) or "\\" in target or any(ord(character) < 32 for character in target):
        return ""
    try:
        found = _normal(urljoin(base, target))
        return "" if found == _normal(base) else found
    except ValueError:  # no port, no address, or what cannot be encoded
        return ""


def _normal(url: str) -> str:
    """The URL without fragment, in ASCII. Raises ValueError if it is not absolute, not http(s) or not well formed."""
    parts = urlsplit(url)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    if parts.scheme not in ("http", "https") or not parts.hostname or not _HOST.fullmatch(host):
        raise ValueError(f"not an http(s) URL: {url!r}")
    _ = parts.port  # raises ValueError if it is none
    return SplitResult(parts.scheme, host.lower(), _quoted(parts.path or "/"), _quoted(parts.query), "").geturl()


def _quoted(part: str) -> str:
    return quote(part, safe="%/:=&?~+!$,;'@()*")
