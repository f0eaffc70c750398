"""The unified social credit code (统一社会信用代码) of the reporting organ.

Promises a code only where two places of the page give the same one and nothing says that it is another organ's. The
code in an index number or an address alone is that of the catalogue's owner, often the office that runs the portal.
Must not know how codes are made up beyond where the registering authority's division stands in them.
"""

from __future__ import annotations

import re
import unicodedata

from pipelines.parser import divisions, identity_card
from pipelines.parser.identity_card import Card
from pipelines.parser.identity_titles import lines_above
from pipelines.parser.model import IndexNumber
from pipelines.parser.organs import OrganName, read_organ
from pipelines.parser.page import Page
from pipelines.parser.uscc import is_valid_organisation_code, is_valid_uscc

_LABELLED = re.compile(r"统一社会信用代码[\s:|]*([0-9A-HJ-NPQRTUWXY]{18})(?![0-9A-Z])", re.I)
_IN_URL = re.compile(r"(?<![0-9A-Z])([0-9A-HJ-NPQRTUWXY]{18})(?![0-9A-Z])", re.I)
# Registered with the office of public establishments, as organs and institutions of government are.
_ESTABLISHMENT = "1"


def find_code(
    organ: OrganName | None, report_year: int | None, card: Card, index_number: IndexNumber, page: Page, url: str
) -> str | None:
    """The organ's code: in index number or address, and under its own label above the report; or in both the former.

    The second needs the organ itself as publisher, the first no other publisher. The division that registered the code
    is that of the organ or lies above it.
    """
    if organ is None or organ.division is None:
        return None
    indexed = str((index_number.parts or {}).get("uscc", ""))
    in_url = {match[1].upper() for match in _IN_URL.finditer(url)}
    for code in sorted({indexed, *in_url}):
        if not (is_valid_uscc(code) and is_valid_organisation_code(code[8:17])) or code[0] != _ESTABLISHMENT:
            continue
        if not organ.division.code.startswith(divisions.stem_of(code[2:8])):
            continue
        published = _is_publisher(organ, report_year, card)
        if published is not False and code in _labelled(page):
            return code
        if published and code == indexed and code in in_url:
            return code
    return None


def _labelled(page: Page) -> set[str]:
    """The codes under their label above section one; the foot of a page has the code of the portal's owner."""
    text = unicodedata.normalize("NFKC", "\n".join(lines_above(page)))
    return {match[1].upper() for match in _LABELLED.finditer(text)}


def _is_publisher(organ: OrganName, report_year: int | None, card: Card) -> bool | None:
    """Whether the card names the organ as publisher; None if it names no organ."""
    printed = card.find(identity_card.PUBLISHER) or ""
    year = report_year if report_year is not None else divisions.LAST_YEAR
    named = read_organ(printed, year, organ.division.code if organ.division else "")
    return None if named is None else named.organ_id == organ.organ_id
