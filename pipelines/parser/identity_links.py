"""Organs named in a bar of links below a report: where more reports may be found, no part of this one.

Promises the names as printed, two names apart where their separator was lost. Must not know which organs exist, nor
follow a link.
"""

from __future__ import annotations

import re

from pipelines.parser.model import LinkedOrgans
from pipelines.parser.page import Page, TextBlock

_ORGAN = re.compile(r"[^\d\s,。;:，；：、|]{2,24}(?:局|委|办|办公室|社|中心|镇|乡|街道|院|厅|馆|会|处|站|府|队|公司)")
# A new name begins with the character of the level (区, 县, 市) right behind the end of another.
_JOINT = re.compile(r"(?<=局|委|办|室|社|心|镇|乡|道)(?=[区县市])")
_AFTER_DATE = re.compile(r"^.*\d\s*日[\s|]*")
_MIN_NAMES = 8
_MIN_NAME = 3


def find_linked_organs(page: Page) -> LinkedOrgans | None:
    """The last line of names between bars; None where the page has no such line."""
    for block in reversed(page.blocks):
        if not isinstance(block, TextBlock) or block.text.count("|") + block.text.count("｜") < _MIN_NAMES - 1:
            continue
        tokens = [token.strip() for token in re.split(r"[|｜]", _AFTER_DATE.sub("", block.text))]
        tokens = [token for token in tokens if token]
        if len(tokens) < _MIN_NAMES or sum(_ORGAN.fullmatch(token) is not None for token in tokens) < 0.8 * len(tokens):
            continue
        split = [_split(token) for token in tokens]
        names = [name for parts in split for name in parts]
        lost = ["|".join(parts) for parts in split if len(parts) > 1]
        separators = {0: "", 1: f"; one separator lost ({lost[0] if lost else ''})"}.get(
            len(lost), f"; {len(lost)} separators lost ({', '.join(lost)})"
        )
        note = f"link bar after the signature{separators}. These are discovery hints, not part of the report"
        return LinkedOrgans(count_tokens=len(tokens), count_organs=len(names), names=names, note=note)
    return None


def _split(token: str) -> list[str]:
    for joint in _JOINT.finditer(token):
        first, second = token[: joint.start()], token[joint.start() :]
        if len(first) >= _MIN_NAME and first[0] == second[0] and _ORGAN.fullmatch(first) and _ORGAN.fullmatch(second):
            return [first, *_split(second)]
    return [token]
