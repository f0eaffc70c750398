"""Whether what a report says of itself holds together: years, dates, numbers, organ, title, the notice it cites.

Promises a check for each rule that fails. Judges the evidence of the record; must not read the page again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from pydantic import JsonValue

from pipelines.parser import divisions, identity_evidence
from pipelines.parser.checks_catalogue import new_check
from pipelines.parser.identity_evidence import bare
from pipelines.parser.model import AnnualReport, Check, Identity
from pipelines.parser.organs import OrganName, read_organ
from pipelines.parser.wording import edit_distance

_YEAR_WITNESSES = ("title", "body_title", "period", "basis_document")
_ORGAN_WITNESSES = ("title", "compiled_by", "signature", "source", "publisher")
# Where an organ names itself: in these places, and as the subject a paragraph of these sections opens with.
_PROSE = ("overview", "problems_improvements")
_MAX_SUBJECT = 80
_SELF_NAMES = {"compiled_by": "text.preamble", "contact": "text.preamble", "overview_subject": "sections.overview"}
_REGULAR_TITLE = re.compile(r".+(?:19|20)\d{2}年?(?:度)?政府信息公开(?:工作)?年度报告")
_MAX_DAYS_APART = 60
# Dates that stand in for a date of publication, but do not prove lateness.
_WEAK_SOURCES = ("url", "listing")

# The notices of the State Council's office on the format, by their year, which is the name of the form they brought.
_NOTICES = {"2019": "国办公开办函〔2019〕60号", "2021": "国办公开办函〔2021〕30号"}
_FORMAT_TITLE = "政府信息公开工作年度报告格式"
_NOTICE = re.compile(r"国办公开办函[^号,。;]{0,14}号?")
_FORMAT = re.compile(r"[<〈《]+(?:中华人民共和国)?([^<>〈〉《》]{4,30}?格式)(?:\(试行\))?[>〉》]")
_MAX_TITLE_DISTANCE = 3


def check_identity(report: AnnualReport, preamble: str) -> Iterator[Check]:
    """The rules I01 to I16 and Q05 that fail."""
    identity = report.identity
    yield from _check_years(identity)
    yield from _check_dates(identity)
    yield from _check_numbers(identity)
    texts = {section.key: getattr(section, "text", None) for section in report.sections}
    yield from _check_organ(identity, texts)
    if identity.title.state != "reported":
        yield new_check("I15", "fail", "identity.title", note="no title in the source text")
    elif not _REGULAR_TITLE.match(bare(identity.title.raw or "")):
        yield new_check("I15", "fail", "identity.title", found=identity.title.raw)
    yield from _check_notice(bare(preamble), report.format_era)


def _check_years(identity: Identity) -> Iterator[Check]:
    named = {key: identity.report_year_evidence[key] for key in _YEAR_WITNESSES if key in identity.report_year_evidence}
    if len(set(named.values())) > 1:
        found: dict[str, JsonValue] = dict(named)
        yield new_check("I01", "fail", "identity.report_year", expected=identity.report_year, found=found)
    if identity.report_year is None:
        yield new_check("I01", "indeterminate", "identity.report_year", note="no report year is named")
    period, year = identity.period, identity.report_year
    if period.raw is None:
        yield new_check("I02", "fail", "identity.period", note="no statement of the statistics period")
    elif year is not None and (period.start, period.end) != (f"{year}-01-01", f"{year}-12-31"):
        yield new_check("I02", "fail", "identity.period", expected=f"{year}-01-01 to {year}-12-31", found=period.raw)


def _check_dates(identity: Identity) -> Iterator[Check]:
    dates, deadline, year = identity.dates, identity.deadline, identity.report_year
    published = date.fromisoformat(dates.published.value[:10]) if dates.published else None
    if dates.signed is not None:
        signed = date.fromisoformat(dates.signed.value)
        if not dates.signed.plausible:
            end = identity.period.end or f"{year}-12-31"
            note = "the signature date precedes the end of the reporting period"
            if dates.signed.probable:
                note += f"; probably {dates.signed.probable}"
            yield new_check(
                "I03", "fail", "identity.dates.signed", expected=f">= {end}", found=signed.isoformat(), note=note
            )
        if published is not None and (signed > published or (published - signed).days > _MAX_DAYS_APART):
            expected = f"|signed - published| <= {_MAX_DAYS_APART} d" if signed <= published else "signed <= published"
            found = [signed.isoformat(), published.isoformat()]
            yield new_check("I04", "fail", "identity.dates", expected=expected, found=list(found))
    if published is not None and year is not None and published.year != year + 1:
        yield new_check("I05", "fail", "identity.dates.published", expected=year + 1, found=published.isoformat())
    if deadline.days_late:
        # A date of a later year than the next is more often that of a migration than of a report years late.
        migrated = year is not None and deadline.published is not None and int(deadline.published[:4]) > year + 1
        weak = deadline.rule == "local_practice" or deadline.published_source in _WEAK_SOURCES or migrated
        yield new_check(
            "I06",
            "fail",
            "identity.deadline",
            severity="info" if weak else None,
            expected=f"<= {deadline.due}",
            found=deadline.published,
            note=f"{deadline.days_late} days late",
        )
    if deadline.published is None:
        yield new_check("I07", "fail", "identity.dates", note="no date printed; lateness cannot be assessed")
    elif deadline.published_source in ("signed", *_WEAK_SOURCES):
        note = f"publication date unknown; deadline assessed by: {deadline.published_source}"
        yield new_check("I07", "fail", "identity.dates.published", note=note)


def _check_numbers(identity: Identity) -> Iterator[Check]:
    index = identity.index_number
    scope = "identity.index_number"
    if index.state != "reported":
        yield new_check("I08", "fail", scope, found=index.raw, note=f"index number {index.state}")
    elif index.grammar == "other":
        yield new_check("I09", "fail", scope, found=index.raw)
    parts = index.parts or {}
    if parts.get("uscc_valid") is False or ("uscc" in parts and parts.get("org_code_valid") is False):
        yield new_check("I10", "fail", scope, found=parts.get("uscc"))
    year, report_year = parts.get("year"), identity.report_year
    if isinstance(year, int) and report_year is not None:
        published = identity.deadline.published
        usual = {report_year, report_year + 1} | ({int(published[:4])} if published else set())
        if year not in usual:
            yield new_check("I11", "fail", scope, expected=[*sorted(usual)], found=year)
    if identity.doc_number.state in ("placeholder", "damaged"):
        note = f"document number {identity.doc_number.state}; value must be null"
        found = identity.doc_number.raw
        yield new_check("I12", "fail", "identity.doc_number", expected="机关代字〔年〕序号号", found=found, note=note)


def _check_organ(identity: Identity, texts: Mapping[str, str | None]) -> Iterator[Check]:
    organ = identity.organ
    if organ.organ_id is None:
        evidence: dict[str, JsonValue] = dict(organ.evidence)
        yield new_check("I14", "fail", "identity.organ", found=evidence)
        return
    year = identity.report_year or divisions.LAST_YEAR
    home = organ.division.code if organ.division else ""
    others: dict[str, JsonValue] = {}
    for place in _ORGAN_WITNESSES:
        named = read_organ(organ.evidence.get(place, ""), year, home)
        if named is not None and named.organ_id != organ.organ_id and not _government_and_office(named, organ.organ_id):
            others[place] = organ.evidence[place]
    own = divisions.find_entry(home, year) if home else None
    site = organ.evidence.get("site", "")
    if own and _lies_apart(site, own, year):
        others["site"] = site
    if others:
        yield new_check("I13", "fail", "identity.organ", expected=organ.name, found=others)
    selves = {(scope, organ.evidence[place]) for place, scope in _SELF_NAMES.items() if place in organ.evidence}
    for key in _PROSE:
        for line in (texts.get(key) or "").splitlines():
            subject = identity_evidence.find_subject(line[:_MAX_SUBJECT])
            if subject is not None:
                selves.add((f"sections.{key}", subject[1]))
    for scope, printed in sorted(selves):
        if own and _lies_apart(printed, own, year):
            yield new_check("Q05", "fail", scope, expected=organ.name, found=printed)


def _lies_apart(printed: str, own: divisions.Entry, year: int) -> bool:
    """Whether a name is that of a division which neither lies in `own` nor contains it."""
    other = divisions.read_division(bare(printed), year, own.code).division if printed else None
    return other is not None and not divisions.contains(own, other) and not divisions.contains(other, own)


def _government_and_office(named: OrganName, organ_id: str) -> bool:
    """Whether the two are a government and its own office, which signs, publishes and compiles for it."""
    code, _, kind = organ_id.partition(":")
    home = named.division.code if named.division else ""
    return home == code and {named.kind, kind} <= {"government", "gov", "office"}


def _check_notice(preamble: str, era: str) -> Iterator[Check]:
    scope = "text.preamble"
    for cited in dict.fromkeys(match[0] for match in _NOTICE.finditer(preamble)):
        expected = next((notice for year, notice in _NOTICES.items() if year in cited), _NOTICES.get(era))
        if cited not in _NOTICES.values():
            yield new_check("I16", "fail", scope, expected=expected, found=cited, note="citation damaged")
        elif era in _NOTICES and cited != _NOTICES[era]:
            note = "the notice cited is not the one of the tables' form"
            yield new_check("I16", "fail", scope, expected=_NOTICES[era], found=cited, note=note)
    for match in _FORMAT.finditer(preamble):
        title = match[1]
        if title != _FORMAT_TITLE and edit_distance(title, _FORMAT_TITLE, _MAX_TITLE_DISTANCE) <= _MAX_TITLE_DISTANCE:
            yield new_check("I16", "fail", scope, expected=_FORMAT_TITLE, found=title)
