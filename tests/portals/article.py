"""One article of a site, before a family draws its page around it: a seed, an invented report, or a page that is none.

The module must not know families.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tests.portals.answer import Page
from tests.portals.files import make_pdf
from tests.portals.grid import Style
from tests.portals.prose import Prose
from tests.portals.reports import Decoy, Form, Report, pdf_lines
from tests.portals.seeds import load_seeds, seed_blocks, seed_tables
from tests.portals.site import Entry, Kind


@dataclass(frozen=True, slots=True)
class Article:
    """Title, organ, time of publication and body (HTML), and what the article is; `tables` are those the body prints."""

    title: str
    organ: str
    published: datetime
    body: str
    kind: Kind
    year: int | None = None
    tables: Mapping[str, Any] | None = None

    def entry(self, url: str, *columns: str, kind: Kind | None = None, twin_of: str | None = None) -> Entry:
        """What the site's list says about this article at `url`, listed in `columns`."""
        tables = None if twin_of else self.tables
        return Entry(url, kind or self.kind, self.title, self.organ, self.year, columns, twin_of, tables)

    def pdf(self) -> Page:
        """The article as the PDF file that stands beside it or for it."""
        return Page(make_pdf(pdf_lines(self.title, self.organ)), self.published, "application/pdf")


def report_article(report: Report, style: Style, prose: Prose) -> Article:
    """An invented report, drawn in this style."""
    kind = Kind.REPORT_FILE if report.form is Form.FILE else Kind.REPORT
    body = prose.render(report.blocks(style))
    return Article(report.title, report.organ, report.published, body, kind, report.year, report.tables)


def decoy_article(decoy: Decoy, organ: str, prose: Prose) -> Article:
    """A page that is no report; `organ` is who publishes it."""
    return Article(decoy.title, organ, decoy.published, prose.render(decoy.blocks()), Kind.NOT_REPORT)


def seed_article(number: str, organ: str, published: datetime, style: Style, prose: Prose) -> Article:
    """The seed of this number; its labels stay as the seed prints them."""
    seed = load_seeds()[number]
    body = prose.render(seed_blocks(seed, replace(style, wide=False)))
    year = seed.record["identity"]["report_year"]
    return Article(seed.title, organ, published, body, Kind.REPORT, year, seed_tables(seed))
