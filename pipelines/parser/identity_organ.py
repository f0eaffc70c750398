"""Which organ a report is of, by all the places where the page names one.

Promises the organ that the best evidence names, all evidence as printed, and whether the report is of that organ alone
or of all organs of its division. Must not know dates, tables or checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipelines.parser import divisions, identity_card, identity_evidence
from pipelines.parser.identity_card import Card
from pipelines.parser.identity_evidence import Signature
from pipelines.parser.identity_titles import PrintedTitle, lines_above
from pipelines.parser.model import Division, Organ
from pipelines.parser.organs import OrganName, fold_name, read_organ
from pipelines.parser.page import Page

# Where the organ is taken from, best first. A contact is evidence, but the contact of many organs is one office.
_DECISIVE = ("title", "compiled_by", "signature", "source", "publisher", "overview_subject", "listing", "site", "nav")
# Of these, what may name the government that publishes for its organs; and how such an organ speaks of itself.
_WEAK = ("source", "publisher", "nav")
_SELF = re.compile(r"[我本](?:局|委(?!托|员)|厅|镇|乡|街道)")
# What names the division to which other names are relative.
_OF_HOME = ("title", "compiled_by", "signature", "source", "publisher", "contact", "site")
_ENGLISH = {"区": "district", "县": "county", "旗": "banner", "市": "city", "州": "prefecture", "省": "province"}


def find_organ_evidence(
    page: Page, card: Card, titles: list[PrintedTitle], preamble: str, overview: str, signed: Signature | None
) -> dict[str, str]:
    """The names of organs as printed, by place."""
    subject = identity_evidence.find_subject(overview)
    found = {
        "title": next((title.organ for title in titles if title.organ and title.source != "listing"), None),
        "compiled_by": identity_evidence.find_compiler(preamble),
        "source": card.find(identity_card.SOURCE),
        "publisher": card.find(identity_card.PUBLISHER),
        "nav": _last_crumb(page),
        "contact": identity_evidence.find_contact(preamble),
        "overview_subject": subject[1] if subject else None,
        "signature": signed.organ if signed else None,
        "listing": next((title.organ for title in titles if title.organ and title.source == "listing"), None),
        "site": page.meta.get("sitename"),
    }
    return {key: value for key, value in found.items() if value}


def _last_crumb(page: Page) -> str | None:
    """The last name of the breadcrumb line, where it is an organ's."""
    for line in lines_above(page):
        if re.match(r"\s*(?:当前位置|您的位置|所在位置|您当前|首页)", line):
            last = re.split(r"[\s>»›/:：]+", line.strip(" >»›/"))[-1]
            if re.search(r"(?:政府|局|委|办|厅|街道|镇|乡|中心)$", last):
                return last
    return None


def resolve_organ(evidence: Mapping[str, str], report_year: int | None, region: str, text: str) -> OrganName | None:
    """The organ named by the best evidence from which one follows; `text` is the organ's own.

    A government's site and staff publish for all its organs: where the text says 我局 or 我镇, they name another organ.
    """
    year = report_year if report_year is not None else divisions.LAST_YEAR
    home = region or _home(evidence, year)
    is_part = _SELF.search(text) is not None
    for place in _DECISIVE:
        organ = read_organ(evidence.get(place, ""), year, home)
        if organ is None or (
            organ.kind in ("government", "office") and (place == "site" or (is_part and place in _WEAK))
        ):
            continue
        return organ
    return None


def _home(evidence: Mapping[str, str], year: int) -> str:
    """The division that the evidence itself names, for names that are relative to it."""
    for place in _OF_HOME:
        division = divisions.read_division(fold_name(evidence.get(place, "")), year).division
        if division is not None:
            return division.code
    return ""


def _organ_notes(organ: OrganName, evidence: Mapping[str, str], year: int) -> Iterator[str]:
    entry = organ.division
    if entry is not None and len(organ.candidates) > 1:
        namesakes = ", ".join(
            f"{other.code} {divisions.path_of(other, year)[-2].name}"
            for other in organ.candidates
            if other.level != "province"
        )
        above = "city" if divisions.path_of(entry, year)[-2].name.endswith("市") else "division"
        yield f"bare {entry.name} is ambiguous ({namesakes}); the parent {above} decides"
    signer = read_organ(evidence.get("signature", ""), year, entry.code if entry else "")
    if entry is not None and organ.kind == "government" and signer is not None and signer.kind == "office":
        word = _ENGLISH.get(entry.name[-1], "division")
        named = f" (title names the {word} only)" if evidence.get("title", "").endswith(entry.name) else ""
        yield f"signed by the office, reported for the whole {word}{named}"


def make_organ(organ: OrganName | None, evidence: dict[str, str], report_year: int | None) -> Organ:
    """The organ of the record; without a resolved organ the evidence alone."""
    if organ is None:
        return Organ(
            name=None, organ_id=None, kind=None, level=None, division=None, evidence=evidence, uscc=None, note=None
        )
    year = report_year if report_year is not None else divisions.LAST_YEAR
    entry = organ.division
    if entry is None:
        division = None
    else:
        path = [above.name for above in divisions.path_of(entry, year)]
        division = Division(code=entry.code, name=entry.name, path=path)
    return Organ(
        name=organ.name,
        organ_id=organ.organ_id,
        kind=organ.kind,
        level=organ.level,
        division=division,
        evidence=evidence,
        uscc=None,
        note="; ".join(_organ_notes(organ, evidence, year)) or None,
    )


def find_coverage(
    organ: OrganName | None, title: str, sections: Mapping[str, str], preamble: str
) -> tuple[str, str | None]:
    """Whether the report is of one organ or of all organs of a division, and the phrase that says so."""
    if organ is None:
        return "unknown", None
    if "本级" in title:
        return "own_level", title
    if organ.kind != "government" or organ.division is None:
        return "single_organ", None
    place = organ.division.name
    scope = identity_evidence.find_scope(preamble + "\n" + (sections.get("overview") or ""), place)
    if scope is None:
        rest = identity_evidence.find_scope("\n".join(sections.values()), place)
        names_division_only = title.endswith(place)
        return ("aggregate_region" if rest or names_division_only else "unknown"), rest
    return "aggregate_region", scope
