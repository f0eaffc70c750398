"""A report or notice as a sequence of blocks, and the blocks as HTML in a site's own style.

The module must not know portals or families: a site hands in how it draws a paragraph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph (`text`), or one piece of ready HTML (`html`:

    A table, an image). `role` is title, heading, text or signature.
    """

    text: str = ""
    role: str = "text"
    html: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """How a site draws paragraphs:

    A format string with one `{}` for each role; roles it does not name are drawn as text.
    """

    text: str = "<p>{}</p>"
    roles: Mapping[str, str] = field(default_factory=dict)

    def render(self, blocks: Iterable[Block]) -> str:
        return "\n".join(block.html or self._paragraph(block) for block in blocks)

    def _paragraph(self, block: Block) -> str:
        return self.roles.get(block.role, self.text).format(escape(block.text, quote=False))
