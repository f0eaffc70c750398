"""What a browser does with text besides setting it: hides it, strikes it out, raises it as the mark of a note.

Rewrites a document so that nothing of this can be taken for a part of a number: what is not displayed goes, what is
struck out goes where other text stands beside it and else keeps its strokes, digits raised or lowered behind other
text become the raised or lowered characters. Knows HTML only; style sheets, which pages hold elsewhere, are not read.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

_NOT_DISPLAYED = re.compile(r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*collapse|mso-hide\s*:\s*all)", re.I)
_HIDDEN = re.compile(r"(?<![\w-])visibility\s*:\s*hidden", re.I)
_STRUCK = re.compile(r"(?<![\w-])text-decoration(?:-line)?\s*:[^;]*line-through", re.I)
_RAISED = re.compile(r"(?<![\w-])vertical-align\s*:\s*super", re.I)
_LOWERED = re.compile(r"(?<![\w-])vertical-align\s*:\s*sub(?!\w)", re.I)
# Words without which a page hides nothing; most pages have none of them, and looking at every style takes time.
_HIDING = ("isplay", "ISPLAY", "isibility", "ISIBILITY", "mso-hide")
_HIDDEN_PERHAPS = etree.XPath(
    "//*[@hidden or @style[" + " or ".join(f"contains(., '{word}')" for word in _HIDING) + "]]"
)
_STRUCK_PERHAPS = etree.XPath("//*[contains(@style, 'line-through')]")
_SHIFTED_PERHAPS = etree.XPath("//*[contains(@style, 'vertical-align')]")
_DIGITS = "0123456789"
_SUPERSCRIPT = str.maketrans(_DIGITS, "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPT = str.maketrans(_DIGITS, "₀₁₂₃₄₅₆₇₈₉")
_STROKE = "\u0336"
_WHOLE = ("html", "body", "form")  # hidden until a script has run, as a rule: no mark of a text that is not meant
_CELLS = ("td", "th")
_LINES = frozenset(("td", "th", "p", "div", "li", "dd", "dt", "body", "h1", "h2", "h3", "h4", "h5", "h6"))
_MAX_STRUCK = 200  # what is longer is no correction but a page whose markup is broken
_MUCH = 1000  # characters; what is shorter is no article
_DROPPED = "template"

Element = Any  # lxml has no types of its own


def drop_undisplayed(root: Element, source: str) -> None:
    """Drops, from a document without scripts, what is not displayed.

    A cell of which only the text is hidden keeps its place in the table. An element that says more than all that is
    displayed stays: pages hide their article until a script has run.
    """
    if not any(word in source for word in (*_HIDING, " hidden")):
        return
    hidden = [element for element in _HIDDEN_PERHAPS(root) if element.tag not in _WHOLE and _is_hidden(element)]
    if not hidden:
        return
    lengths = {element: _length(element) for element in hidden}
    if max(lengths.values()) > _MUCH:
        outermost = [element for element in hidden if not any(above in lengths for above in element.iterancestors())]
        shown = _length(root) - sum(lengths[element] for element in outermost)
        hidden = [element for element in hidden if lengths[element] <= max(shown, _MUCH)]
    for element in hidden:
        if element.tag in _CELLS and not _takes_no_room(element):
            del element[:]
            element.text = None
        else:
            element.tag = _DROPPED
    etree.strip_elements(root, _DROPPED, with_tail=False)


def mark_corrections(root: Element, source: str) -> None:
    """Sets apart from the text beside it what is struck out, raised or lowered."""
    struck = list(root.iter("s", "strike", "del"))
    raised, lowered = list(root.iter("sup")), list(root.iter("sub"))
    if "line-through" in source:
        struck += [element for element in _STRUCK_PERHAPS(root) if _STRUCK.search(element.get("style"))]
    if "super" in source or ":sub" in source or ": sub" in source:
        for element in _SHIFTED_PERHAPS(root):
            raised += [element] * bool(_RAISED.search(element.get("style")))
            lowered += [element] * bool(_LOWERED.search(element.get("style")))
    for element in struck:
        _strike(element)
    if struck:
        etree.strip_elements(root, _DROPPED, with_tail=False)
    for element in raised:
        _shift(element, _SUPERSCRIPT)
    for element in lowered:
        _shift(element, _SUBSCRIPT)


def _is_hidden(element: Element) -> bool:
    return _takes_no_room(element) or _HIDDEN.search(element.get("style") or "") is not None


def _takes_no_room(element: Element) -> bool:
    return element.get("hidden") is not None or _NOT_DISPLAYED.search(element.get("style") or "") is not None


def _strike(element: Element) -> None:
    text = "".join(element.itertext())
    if len(text) > _MAX_STRUCK or next(element.iterdescendants("td", "table"), None) is not None:
        return
    if element.tag not in _LINES and _bare(text) != _line_of(element):
        element.tag = _DROPPED
        return
    for inner in element.iter():
        inner.text = _with_strokes(inner.text)
        if inner is not element:
            inner.tail = _with_strokes(inner.tail)


def _with_strokes(text: str | None) -> str | None:
    return text and "".join(letter if letter.isspace() else letter + _STROKE for letter in text)


def _shift(element: Element, digits: dict[int, int]) -> None:
    if _bare("".join(element.itertext())) == _line_of(element):
        return  # the whole of a cell: a way to set small type
    for inner in element.iter():
        if inner.text:
            inner.text = inner.text.translate(digits)
        if inner is not element and inner.tail:
            inner.tail = inner.tail.translate(digits)


def _line_of(element: Element) -> str:
    """The text of the cell or line that the element stands in, without white space."""
    line = next((above for above in element.iterancestors() if above.tag in _LINES), None)
    return "" if line is None else _bare("".join(line.itertext()))


def _length(element: Element) -> int:
    return len(_bare("".join(element.itertext())))


def _bare(text: str) -> str:
    return "".join(text.split()).strip("\u200b\ufeff")
