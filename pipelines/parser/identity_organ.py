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
from pipelines.parser.organ_series import find_series
from pipelines.parser.organs import OrganName, fold_name, read_organ
from pipelines.parser.page import Page

# Where the organ is taken from, best first. A contact is evidence, but the contact of many organs is one office.
_DECISIVE = ("title", "compiled_by", "signature", "source", "publisher", "overview_subject", "listing", "site", "nav")
# Of these, what may name the government that publishes for its organs; and how such an organ speaks of itself.
_WEAK = ("source", "publisher", "nav")
_SELF = re.compile(r"[我本](?:局|委(?!托|员)|厅|镇|乡|街道)")
# What names the division to which other names are relative.
_OF_HOME = ("title", "compiled_by", "signature", "source", "publisher", "contact", "site")
# A title that speaks of a whole system of organs: 全国海关, 重庆海关关区, 咸宁市气象部门.
_WHOLE_SYSTEM = re.compile(r"(?:^|\()全国|关区$|(?:部门|系统)$")
# Where a report names its own organ; what follows a division's name where a crumb names a site; the last crumb as an organ.
_OF_SELF = ("title", "compiled_by", "signature")
_OF_SITE = re.compile(r"(?:人民)?(?:政府)?(?:门户)?(?:网站?)?")
_CRUMB_ORGAN = re.compile(r"(?:政府|局|委|办|厅|街道|镇|乡|中心)$")
_BREADCRUMB = re.compile(r"\s*(?:当前位置|您的位置|所在位置|您当前|首页)")
_WAY_DOWN = re.compile(r"\s*(?:(?:当前|您的|所在)位置|您当前|首页\s*[>»›/])")
_DIVISIONS_BELOW = re.compile(r"区县|县区|市区|县市|市县|下级|镇街|乡镇|街镇")
_MAX_CRUMBS = 300
_ENGLISH = {"区": "district", "县": "county", "旗": "banner", "市": "city", "州": "prefecture", "省": "province"}


def find_organ_evidence(
    page: Page,
    card: Card,
    titles: list[PrintedTitle],
    preamble: str,
    overview: str,
    signed: Signature | None,
    report_year: int | None,
) -> dict[str, str]:
    """The names of organs as printed, by place; of the breadcrumb those that name a division."""
    year = report_year if report_year is not None else divisions.LAST_YEAR
    subject = identity_evidence.find_subject(overview)
    crumbs = [names for names in _breadcrumbs(page) if names]
    divided = (_crumb_division(names, year)[1] for names in crumbs)
    found = {
        "title": next((title.organ for title in titles if title.organ and title.source != "listing"), None),
        "compiled_by": identity_evidence.find_compiler(preamble),
        "source": card.find(identity_card.SOURCE),
        "publisher": card.find(identity_card.PUBLISHER),
        "nav": next((names[-1] for names in crumbs if _CRUMB_ORGAN.search(names[-1])), None),
        "breadcrumb": " > ".join(next(filter(None, divided), ())),
        "contact": identity_evidence.find_contact(preamble),
        "overview_subject": subject[1] if subject else None,
        "signature": signed.organ if signed else None,
        "listing": next((title.organ for title in titles if title.organ and title.source == "listing"), None),
        "site": page.meta.get("sitename"),
    }
    return {key: value for key, value in found.items() if value}


def _breadcrumbs(page: Page) -> Iterator[list[str]]:
    """The lines that say where the page stands or start a menu, each as its names from the site down."""
    for line in lines_above(page):
        if _BREADCRUMB.match(line):
            names = [name for name in re.split(r"[\s>»›/:：]+", line[:_MAX_CRUMBS].strip(" >»›/")) if name]
            # A bar of links to the governments above looks like a way down to the page.
            yield names if _WAY_DOWN.match(line) else names[-1:]


def _crumb_division(crumbs: list[str], year: int) -> tuple[str, list[str]]:
    """The smallest division that the breadcrumb names, and the crumbs that name one; none where they do not nest."""
    found: list[tuple[divisions.Entry, str]] = []
    if any(_DIVISIONS_BELOW.search(crumb) for crumb in crumbs):
        return "", []
    for crumb in crumbs:
        reading = divisions.read_division(fold_name(crumb), year, found[-1][0].code if found else "")
        if not reading.candidates or not _OF_SITE.fullmatch(reading.rest):
            continue
        if reading.division is None or (found and not divisions.contains(found[-1][0], reading.division)):
            return "", []
        found.append((reading.division, crumb))
    return (found[-1][0].code, [crumb for _, crumb in found]) if found else ("", [])


def resolve_organ(evidence: Mapping[str, str], report_year: int | None, region: str, text: str) -> OrganName | None:
    """The organ named by the best evidence from which one follows; `text` is the organ's own.

    A government's site and staff publish for all its organs: where the text says 我局 or 我镇, they name another organ.
    """
    year = report_year if report_year is not None else divisions.LAST_YEAR
    home = _home(evidence, year, region)
    is_part = _SELF.search(text) is not None
    for place in _DECISIVE:
        organ = read_organ(evidence.get(place, ""), year, home)
        if organ is None or (
            organ.kind in ("government", "office") and (place == "site" or (is_part and place in _WEAK))
        ):
            continue
        return organ
    return _resolve_by_breadcrumb(evidence, year) if not home and not region else None


def _resolve_by_breadcrumb(evidence: Mapping[str, str], year: int) -> OrganName | None:
    """The organ of a name that says its level only (区民政局) or is shared (城中区), within the breadcrumb's division.

    A site's breadcrumb says where the page stands, not whose report it is: a bare 民政局 stays nobody's.
    """
    home, _ = _crumb_division(evidence.get("breadcrumb", "").split(" > "), year)
    own = divisions.find_entry(home, year) if home else None
    for place in _OF_SELF:
        name = fold_name(evidence.get(place, ""))
        organ = read_organ(name, year, home) if own and name else None
        if organ is None or organ.division != own or own is None:
            continue
        if len(organ.candidates) > 1 or (organ.relative and name[0] == own.name[-1]):
            return organ
    return None


def _home(evidence: Mapping[str, str], year: int, region: str) -> str:
    """The division that names are relative to: the portal's region, else the one that the evidence itself names.

    Hosts serve each other's pages, and a portal shows reports of other places: where the page names a division that
    lies apart from the portal's, a relative name on it (湖南镇, 区民政局) is nobody's.
    """
    own = divisions.find_entry(region, year) if region else None
    for place in _OF_HOME:
        division = divisions.read_division(fold_name(evidence.get(place, "")), year, region).division
        if division is None:
            continue
        if own is None:
            return division.code
        if not divisions.contains(own, division) and not divisions.contains(division, own):
            return ""
    return region


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
    if organ.relative:
        yield "the name is relative to a division: the portal's, or one named elsewhere on the page"
    signer = read_organ(evidence.get("signature", ""), year, entry.code if entry else "")
    if entry is not None and organ.kind == "government" and signer is not None and signer.kind == "office":
        word = _ENGLISH.get(entry.name[-1], "division")
        named = f" (title names the {word} only)" if evidence.get("title", "").endswith(entry.name) else ""
        yield f"signed by the office, reported for the whole {word}{named}"


def make_organ(organ: OrganName | None, evidence: dict[str, str], report_year: int | None, uscc: str | None) -> Organ:
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
        uid = entry.uid if entry.uid != entry.code else None
        division = Division(code=entry.code, name=entry.name, path=path, uid=uid)
    series = find_series(organ)
    return Organ(
        name=organ.name,
        organ_id=organ.organ_id,
        kind=organ.kind,
        level=organ.level,
        division=division,
        evidence=evidence,
        uscc=uscc,
        series=series if series != organ.organ_id else None,
        note="; ".join(_organ_notes(organ, evidence, year)) or None,
    )


def find_coverage(
    organ: OrganName | None, title: str, sections: Mapping[str, str], preamble: str
) -> tuple[str, str | None]:
    """Whether the report is of one organ or of all organs of a division, and the phrase that says so."""
    if organ is None:
        return "unknown", None
    if "本级" in title or "本机关" in title:
        return "own_level", title
    if _WHOLE_SYSTEM.search(title):
        return "aggregate_region", title
    if organ.kind != "government" or organ.division is None:
        return "single_organ", None
    place = organ.division.name
    scope = identity_evidence.find_scope(preamble + "\n" + (sections.get("overview") or ""), place)
    if scope is None:
        rest = identity_evidence.find_scope("\n".join(sections.values()), place)
        names_division_only = title.endswith(place)
        return ("aggregate_region" if rest or names_division_only else "unknown"), rest
    return "aggregate_region", scope
