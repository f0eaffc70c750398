"""The dates of a report, each from its own place, and the deadline that follows.

Promises dates as printed with the label they stand under, a signature date with its plausibility, and the best of them
for the question of lateness. Must not know organs beyond their kind, nor tables.
"""

from __future__ import annotations

from datetime import date

from pipelines.parser import identity_card
from pipelines.parser.dates import date_in_url, read_date, read_timestamp
from pipelines.parser.deadline import find_deadline
from pipelines.parser.identity_card import Card
from pipelines.parser.identity_evidence import Signature
from pipelines.parser.model import Dates, Deadline, LabelledDate, Period, SignedDate
from pipelines.parser.page import Hints, Page

# A signature and its publication are rarely further apart; beyond, a wrong year is no longer the likelier reading.
_NEAR_DAYS = 60
_PRINTED = ("published", "issued_meta", "signed")


def find_dates(page: Page, card: Card, signed: Signature | None, period: Period, report_year: int | None) -> Dates:
    """The dates of card, meta tag and signature."""
    published = card.find_date(identity_card.PUBLISHED)
    stamp = read_timestamp(page.meta.get("pubdate", "")) if published is None else None
    if stamp is not None:
        published = LabelledDate(label="PubDate", value=stamp)
    return Dates(
        issued_meta=card.find_date(identity_card.ISSUED),
        published=published,
        signed=_signed(signed, published, period, report_year) if signed else None,
    )


def _signed(signed: Signature, published: LabelledDate | None, period: Period, report_year: int | None) -> SignedDate:
    """Implausible before the end of the period; a year later is probable if that is within 60 days of publication."""
    end = period.end or (f"{report_year}-12-31" if report_year else None)
    plausible = end is None or signed.day >= date.fromisoformat(end)
    probable = None
    if not plausible and published is not None and (signed.day.month, signed.day.day) != (2, 29):
        later = signed.day.replace(year=signed.day.year + 1)
        if abs((later - date.fromisoformat(published.value[:10])).days) <= _NEAR_DAYS:
            probable = later.isoformat()
    return SignedDate(raw=signed.raw, value=signed.day.isoformat(), plausible=plausible, probable=probable)


def find_report_deadline(kind: str | None, report_year: int | None, dates: Dates, hints: Hints, url: str) -> Deadline:
    """Against the printed date of publication, else the best date that may stand in for it.

    Content systems write the date of a migration, or 1970, on old pages. So a listing or an address counts only with
    the year after the report year; and a later date printed only when no other printed date is of that year.
    """
    known: dict[str, date | None] = {
        "published": read_date(dates.published.value) if dates.published else None,
        "issued_meta": read_date(dates.issued_meta.value) if dates.issued_meta else None,
        "signed": read_date(dates.signed.value) if dates.signed and dates.signed.plausible else None,
        "listing": read_date(hints.listing_date),
        "url": date_in_url(url),
    }
    if report_year is not None:
        # Nothing is published before its year has begun: 1970 is how content systems write that they do not know.
        known = {source: day for source, day in known.items() if day is None or day.year >= report_year}
        due = [source for source, day in known.items() if day is not None and day.year == report_year + 1]
        for source, day in known.items():
            migrated = day is not None and day.year > report_year + 1 and any(other in _PRINTED for other in due)
            if source not in due and (migrated or source not in _PRINTED):
                known[source] = None
    return find_deadline(kind, report_year, {source: day for source, day in known.items() if day is not None})
