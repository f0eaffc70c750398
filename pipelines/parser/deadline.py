"""When a report was due by law, and whether it was late.

Promises the rule, the due date and the days of lateness from organ kind, report year and dates alone. The 2007 text of
the Regulation on Open Government Information (article 31) set 31 March for every organ; the 2019 text (article 49) sets
31 January for departments and 31 March for governments from county level upward. Towns, subdistricts and zones have no
date of their own: local practice is 31 January. Must not know pages; does not shift dates over weekends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pipelines.parser.model import Deadline

# The last report year under the 2007 text; the 2019 text came into force on 15 May 2019.
_LAST_YEAR_2007_TEXT = 2018
_LOCAL_PRACTICE = ("town", "subdistrict", "zone")
_RULES = {
    "reg2007.art31": (3, 31),
    "reg2019.art49.government": (3, 31),
    "reg2019.art49.department": (1, 31),
    "local_practice": (1, 31),
}


def find_rule(kind: str | None, report_year: int | None) -> str | None:
    """The rule that sets the date; None while organ kind or year are unknown."""
    if kind is None or report_year is None:
        return None
    if report_year <= _LAST_YEAR_2007_TEXT:
        return "reg2007.art31"
    if kind == "government":
        return "reg2019.art49.government"
    return "local_practice" if kind in _LOCAL_PRACTICE else "reg2019.art49.department"


def find_deadline(kind: str | None, report_year: int | None, dates: Mapping[str, date]) -> Deadline:
    """The deadline against the best date of publication.

    `dates` holds the dates known by their source, best first; the first counts, and its source is named unless it is
    `published`, the printed date of publication.
    """
    rule = find_rule(kind, report_year)
    due = date(report_year + 1, *_RULES[rule]) if rule is not None and report_year is not None else None
    source = next(iter(dates), None)
    published = dates[source] if source is not None else None
    return Deadline(
        rule=rule,
        due=due.isoformat() if due else None,
        published=published.isoformat() if published else None,
        published_source=source if source != "published" else None,
        days_late=max(0, (published - due).days) if published and due else None,
    )
