"""The body of a page that has none but in its scripts, as a string that a script puts in its place.

Some content systems send the article as JSON within a script (`{"content": "\\u003Cp…"}`). Promises the markup of the
longest such string, and only where it says more than all that the page itself shows. Knows no system and no names of
fields.
"""

from __future__ import annotations

import json
import re
from typing import Any

from lxml import etree

Element = Any  # lxml has no types of its own

# A string in double quotes is JSON; one in single quotes is only passed over. Either may lack its end.
_STRING = re.compile(r"\"(?:[^\"\\\n]++|\\[^\n])*+\"?|'(?:[^'\\\n]++|\\[^\n])*+'?")
_MARKUP = re.compile(r"<(?:p|div|table|span|section|h[1-6]|br)\b", re.I)
_MARKUP_SIGNS = ("\\u003", "<p", "<P", "<div", "<table", "<span", "<section")
_LEAST = 500
_MAX_OWN = 2000  # characters of a page that has navigation, card and footer, but no article
_TRIED = 5
_UNSEEN = frozenset(("script", "style", "template", "title", "noscript"))


def restore_body(root: Element) -> bool:
    """Puts the body that stands only in a script in the place of that script, or at the end; whether there was one."""
    scripts = [
        (script, script.text)
        for script in root.iter("script")
        if script.text and len(script.text) > _LEAST and any(sign in script.text for sign in _MARKUP_SIGNS)
    ]
    if not scripts:
        return False
    own = _own_length(root)
    if own > _MAX_OWN:
        return False
    found = [
        (literal, script) for script, text in scripts for literal in _STRING.findall(text) if len(literal) > _LEAST
    ]
    found.sort(key=lambda entry: len(entry[0]), reverse=True)
    for literal, script in found[:_TRIED]:
        body = _body(literal)
        if body is not None and len("".join("".join(body.itertext()).split())) > own:
            body.tag = "div"
            body.tail = script.tail
            script.tail = None
            if next(script.iterancestors("head"), None) is None:
                script.addnext(body)
            else:
                (root.find("body") if root.find("body") is not None else root).append(body)
            return True
    return False


def _own_length(root: Element) -> int:
    """How many characters the page itself shows; counted no further than matters."""
    length = 0
    for element in root.iter("*"):
        pieces = (element.tail,) if element.tag in _UNSEEN else (element.text, element.tail)
        length += sum(len("".join(piece.split())) for piece in pieces if piece)
        if length > _MAX_OWN:
            break
    return length


def _body(literal: str) -> Element | None:
    try:
        markup = json.loads(literal, strict=False)
    except ValueError:
        return None
    if not isinstance(markup, str) or not _MARKUP.search(markup):
        return None
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        return None
    return None if root is None else root.find("body")
