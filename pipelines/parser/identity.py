"""Whose report of which year a page is.

Promises an `Identity` in which every value names its evidence: nothing is guessed, and what the page and its hints do
not settle stays null. Must not know tables, checks, or the software of the portal.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.parser import identity_card, identity_evidence
from pipelines.parser.identity_card import Card, read_card
from pipelines.parser.identity_code import find_code
from pipelines.parser.identity_dates import find_dates, find_report_deadline
from pipelines.parser.identity_links import find_variants
from pipelines.parser.identity_organ import find_coverage, find_organ_evidence, make_organ, resolve_organ
from pipelines.parser.identity_titles import PrintedTitle, find_revision_mark, find_titles
from pipelines.parser.index_number import is_doc_number, read_doc_number, read_index_number
from pipelines.parser.model import Dates, DocNumber, Identity, Period, Title
from pipelines.parser.organs import OrganName, fold_name
from pipelines.parser.page import Hints, Page

# Evidence in favour of the year, best first.
_YEAR_ORDER = ("title", "body_title", "period", "listing", "basis_document", "preamble", "overview")


def find_identity(
    page: Page,
    sections: Mapping[str, str],
    preamble: str,
    signature: str,
    url: str,
    hints: Hints,
    format_era: str,
) -> Identity:
    """The identity of the report in `page`; `signature` is what stood under section six with the date."""
    card = read_card(page, hints)
    overview = sections.get("overview") or ""
    titles = find_titles(page, preamble, hints)
    printed = [title for title in titles if title.source != "listing"]
    period = identity_evidence.find_period(preamble, overview)
    signed = identity_evidence.find_signature(signature)
    years = _year_evidence(printed, titles, period, preamble, overview, format_era)
    decisive, report_year = next(
        ((key, value) for key in _YEAR_ORDER if isinstance(value := years.get(key), int)), ("", None)
    )
    if decisive != "listing":  # of the page itself only what it prints is evidence
        years.pop("listing", None)
    evidence = find_organ_evidence(page, card, titles, preamble, overview, signed, report_year)
    organ = resolve_organ(evidence, report_year, hints.region, preamble + overview)
    dates = find_dates(page, card, signed, period, report_year)
    if not printed or period.raw is None or dates.published is None:
        years |= _date_evidence(dates)
    index_number = read_index_number(card.find(identity_card.INDEX_NUMBER))
    coverage, scope = find_coverage(organ, evidence.get("title", ""), sections, preamble)
    return Identity(
        title=_title(page, printed, organ, report_year),
        report_year=report_year,
        report_year_evidence=years,
        period=period,
        organ=make_organ(organ, evidence, report_year, find_code(organ, report_year, card, index_number, page, url)),
        index_number=index_number,
        doc_number=_doc_number(card, preamble),
        publisher_raw=card.find(identity_card.PUBLISHER) or card.find(identity_card.SOURCE),
        category_raw=card.find(identity_card.CATEGORY),
        disclosure_mode_raw=card.find(identity_card.DISCLOSURE_MODE),
        dates=dates,
        deadline=find_report_deadline(organ.kind if organ else None, report_year, dates, hints, url),
        variants_linked=find_variants(page, url, report_year),
        revision_mark=find_revision_mark(titles),
        coverage=coverage,
        coverage_evidence=scope,
    )


def _year_evidence(
    printed: list[PrintedTitle],
    titles: list[PrintedTitle],
    period: Period,
    preamble: str,
    overview: str,
    format_era: str,
) -> dict[str, int | str]:
    """The years named, by place. The 2019 form is evidence of the year too, being that of two years only."""
    in_titles = [title.year for title in printed if title.year is not None]
    distinct = {title.bare for title in printed if title.source in ("label", "meta", "body")}
    subject = identity_evidence.find_subject(overview)
    found: dict[str, int | str | None] = {
        "title": in_titles[0] if in_titles else None,
        "body_title": in_titles[-1] if len(in_titles) > 1 and len(distinct) > 1 else None,
        "period": int(period.end[:4]) if period.end else None,
        "listing": next((title.year for title in titles if title.source == "listing"), None),
        "basis_document": identity_evidence.find_basis_year(preamble),
        "preamble": identity_evidence.find_preamble_year(preamble, period),
        "overview": subject[0] if subject else None,
        "format_ref": identity_evidence.find_notice_year(preamble),
        "format_structure": "2019" if format_era == "2019" else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _date_evidence(dates: Dates) -> dict[str, int | str]:
    """The dates that stand in for a title, a period or a date of publication that is not printed."""
    found: dict[str, int | str] = {}
    if dates.issued_meta is not None:
        found["issued_meta"] = dates.issued_meta.value
    if dates.signed is not None and dates.signed.plausible:
        found["signed"] = dates.signed.value
    return found


def _title(page: Page, printed: list[PrintedTitle], organ: OrganName | None, report_year: int | None) -> Title:
    derived = f"{organ.name}{report_year}年政府信息公开工作年度报告" if organ and report_year else None
    if not printed:
        first = next((block for block in page.blocks if getattr(block, "text", " ").strip()), None)
        starts_at_card = (
            bool(page.labels) and first is not None and page.labels[0][0] in fold_name(getattr(first, "text", ""))
        )
        note = "extraction starts at the metadata table" if starts_at_card else "no title in the source text"
        return Title(
            raw=None,
            normalized=derived,
            state="absent_in_source",
            variants=None,
            note=f"{note}; normalized title is derived",
        )
    title = printed[0]
    on_page = {other.bare: other.raw for other in printed if other.source in ("label", "meta", "body")}
    variants = list(on_page.values()) if len(on_page) > 1 else None
    # A title that is no more than a year says nothing to complete.
    normalized = _normalized(title, organ) if "信息" in title.bare else derived or title.bare
    return Title(raw=title.raw, normalized=normalized, state="reported", variants=variants, note=None)


def _normalized(title: PrintedTitle, organ: OrganName | None) -> str:
    """The title without white space, naming the organ's division in full."""
    if organ is None or organ.division is None:
        return title.bare
    if not title.organ:
        return organ.name + title.bare
    place = organ.name[: organ.name.find(organ.division.name) + len(organ.division.name)]
    cut = title.organ.find(organ.division.name)
    if cut < 0 or not place:
        return title.bare
    return title.bare.replace(title.organ, place + title.organ[cut + len(organ.division.name) :], 1)


def _doc_number(card: Card, preamble: str) -> DocNumber:
    """The number under its label; without label, one that stands on a line of its own above the report."""
    labelled = card.find(identity_card.DOC_NUMBER)
    if labelled is None:
        labelled = next((line.strip() for line in preamble.splitlines() if is_doc_number(line)), None)
    return read_doc_number(labelled)
