"""Bytes to text: the charset is tried, not believed.

Chinese portals declare utf-8 over GBK bytes and gb2312 over UTF-8 bytes, so what is declared is recorded and used only
when nothing else reads the bytes: byte order mark, strict UTF-8, strict GB 18030, Big5, then the declared charset (or
UTF-8) with replacement characters. Knows nothing of HTML beyond the meta declaration.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TRIED = ("utf-8", "gb18030", "big5")
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)


def decode(body: bytes, content_type: str = "") -> tuple[str, str | None, str]:
    """Text, declared charset as written (lower case, None when none is), charset used. Raises nothing."""
    declared = _declared(body, content_type)
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace"), declared, charset
    for charset in _TRIED:
        try:
            return body.decode(charset), declared, charset
        except UnicodeDecodeError:
            continue
    charset = _known(declared)
    return body.decode(charset, "replace"), declared, charset


def _declared(body: bytes, content_type: str) -> str | None:
    header = _HEADER.search(content_type)
    if header:
        return header[1].lower()
    meta = _META.search(body[:4096])
    return meta[1].decode("ascii").lower() if meta else None


def _known(declared: str | None) -> str:
    """A text codec for the declared name; GB 18030 for its subsets, UTF-8 for names Python does not know."""
    try:
        name = codecs.lookup(declared or "utf-8").name
        b"".decode(name)
    except LookupError:
        return "utf-8"
    return "gb18030" if name in ("gb2312", "gbk") else name
