"""An HTML answer as its reader sees it: source, title, visible text, markup. Every step takes time linear in the body.

Must not know what pages mean.
"""

from __future__ import annotations

import codecs
import html
import re
from dataclasses import dataclass

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_OPENING = re.compile(r"<!--|<(script|style|noscript|template)\b", re.IGNORECASE)
_CLOSING = {
    name: re.compile(rf"</{name}\b[^<>]*>?" if name else "--!?>", re.IGNORECASE)
    for name in ("script", "style", "noscript", "template", "")
}
# Neither may run over another "<": text full of opening brackets would be read again from each of them.
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageText:
    """``source``: the body as text. ``markup``: the same without scripts, styles, noscript parts and comments, which a browser
    does not show. ``title``: of the head. ``text``: what is visible, without any white space.
    """

    source: str
    markup: str
    title: str
    text: str


def read_page(body: bytes) -> PageText:
    """Decode a body and take it apart. Anything can be read; what cannot be decoded becomes U+FFFD."""
    source = decode_page(body)
    markup = _markup(source)
    title = _TITLE.search(markup)
    text = html.unescape(_without_tags(_TITLE.sub("<title>", markup)))
    return PageText(source, markup, " ".join(html.unescape(title[1]).split()) if title else "", "".join(text.split()))


def decode_page(body: bytes) -> str:
    """UTF-8 or GB 18030, whichever the bytes are: declarations are often wrong, and an odd broken character changes nothing."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        source = body.decode("utf-8", "replace")
    wide = len(source) - len(source.encode("ascii", "ignore"))
    # Chinese in GB 18030 hardly ever makes UTF-8 by chance; a page cut within a character is UTF-8 but for that.
    return source if source.count("\ufffd") * 4 < wide else body.decode("gb18030", "replace")


def _without_tags(markup: str) -> str:
    """What is left without every ``<``, what follows it up to the next ``>``, and that, if no other ``<`` comes before.

    A regular expression takes twice as long.
    """
    kept = []
    for piece in f">{markup}".split("<"):
        _, closed, text = piece.partition(">")
        kept.append(text if closed else f"<{piece}")
    return "".join(kept)


def _markup(source: str) -> str:
    kept, position = [], 0
    while opening := _OPENING.search(source, position):
        kept.append(source[position : opening.start()])
        closing = _CLOSING[(opening[1] or "").lower()].search(source, opening.end())
        if closing is None:
            break  # what is left open hides the rest
        position = closing.end()
    else:
        kept.append(source[position:])
    return " ".join(kept)
