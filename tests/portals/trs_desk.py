"""The desk of a TRS portal: article addresses by date and serial, relative list rows, static list pages and stubs.

This module knows how a TRS portal is published, not what one holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin

from tests.portals.answer import Page
from tests.portals.article import Article, report_article
from tests.portals.desk import Desk
from tests.portals.grid import Style
from tests.portals.prose import Prose
from tests.portals.reports import Report
from tests.portals.site import CHINA, Entry, Kind, Site, html_page
from tests.portals.trs_pages import Row, Skin, article_page, list_page, overflow_stub

_PER_PAGE: Final = 15
STYLE: Final = Style(
    'class="MsoNormalTable" border="1" cellspacing="0" style="border-collapse:collapse"',
    before='<p align="center"><span style="font-size:14px">',
    after="</span></p>",
    wide=True,
)
PROSE: Final = Prose(
    '<p style="text-align:justify">　　{}</p>',
    {
        "title": '<p style="text-align:center"><strong>{}</strong></p>',
        "signature": '<p style="text-align:right">{}</p>',
        "heading": "<p>　　<strong>{}</strong></p>",
    },
)


@dataclass(slots=True)
class Column:
    """A column while it is filled: its path, its name, its rows, and the sub-columns it links."""

    path: str
    name: str
    rows: list[Row] = field(default_factory=list)
    tabs: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where and how an article stands, apart from its text."""

    column: Column
    charset: str
    files: tuple[Row, ...]


class TrsDesk(Desk):
    """Puts articles and columns into one site. `main` is the column whose pages `list_page` names."""

    def __init__(self, site: Site, skin: Skin) -> None:
        super().__init__(site)
        self.skin = skin
        self.columns: list[Column] = []
        self.main: Column
        self._placed: dict[str, _Placed] = {}

    def open_column(self, path: str, name: str) -> Column:
        """A new, empty column; `finish` makes its list pages, in the order of opening."""
        self.columns.append(Column(path, name))
        return self.columns[-1]

    def draw(self, report: Report) -> Article:
        return report_article(report, STYLE, PROSE)

    def publish(
        self,
        column: Column,
        article: Article,
        path: str = "",
        *,
        charset: str = "utf-8",
        created: datetime | None = None,
        twin_of: str | None = None,
    ) -> str:
        """Adds the article page under its column (or under `path`) and its row to the list; returns its path."""
        path = path or column.path + _article_name(article, created or article.published)
        files = []
        folder, _, name = path.rpartition("/")
        if article.kind is Kind.REPORT_FILE or article.year == 2022:
            stem = name.removeprefix("t").partition(".")[0].replace("_", "")
            files.append(self._attach(article, f"{folder}/P0{stem}9012.pdf"))
        url = self.site.url(path)
        kind = Kind.TWIN if twin_of else None
        entry = article.entry(url, self.site.url(column.path), kind=kind, twin_of=twin_of)
        self._placed[url] = _Placed(column, charset, tuple(files))
        self.articles[url] = article
        self.site.entries.append(entry)
        self.site.add(path, self._page(url))
        column.rows.append(Row(article.title, _relative(column.path, path), article.published))
        return path

    def _page(self, url: str) -> Page:
        article, placed = self.articles[url], self._placed[url]
        gb = placed.charset == "gb18030"
        text = article_page(
            self.skin, article, url, placed.column.name, list(placed.files), "gb2312" if gb else placed.charset
        )
        return html_page(text, article.published, charset=placed.charset, declared=None if gb else placed.charset)

    def _attach(self, article: Article, path: str) -> Row:
        entry = replace(article.entry(self.site.url(path), kind=Kind.ATTACHMENT), tables=None)
        self.site.add(path, article.pdf(), entry)
        return Row(f"{article.title}.pdf", "./" + path.rpartition("/")[2], article.published)

    def repeat(self, column: Column, original: str, path: str) -> None:
        """Lists the page at `original` once more, under `path`."""
        entry = next(e for e in self.site.entries if e.url == self.site.url(original))
        page = self.site.pages[original]
        again = replace(entry, url=self.site.url(path), kind=Kind.TWIN, twin_of=entry.url, tables=None)
        self.site.add(path, page, replace(again, columns=(self.site.url(column.path),)))
        column.rows.append(Row(entry.title, _relative(column.path, path), page.modified))

    def link(self, column: Column, entry: Entry, published: datetime) -> None:
        """Lists an address that is no article of the column: a missing page, a file."""
        path = self.site.path(entry.url)
        self.site.entries.append(replace(entry, columns=(self.site.url(column.path),)))
        column.rows.append(Row(entry.title, _relative(column.path, path), published))

    def publish_beside(self, url: str, article: Article, created: datetime, twin_of: str | None = None) -> str:
        path = self.publish(self._placed[url].column, article, created=created, twin_of=twin_of)
        return self.site.url(path)

    def revise(self, url: str, article: Article) -> None:
        self.articles[url] = article
        self.site.pages[self.site.path(url)] = self._page(url)
        self.site.restate(url, title=article.title, tables=article.tables)

    def withdraw(self, url: str) -> None:
        self._unlist(url)
        self.site.drop(self.site.path(url))
        del self.articles[url], self._placed[url]

    def delist(self, url: str) -> None:
        self._unlist(url)
        self.site.restate(url, columns=())

    def _unlist(self, url: str) -> None:
        column = self._placed[url].column
        href = _relative(column.path, self.site.path(url))
        column.rows = [row for row in column.rows if row.href != href]

    def finish(self) -> Site:
        for column in self.columns:
            self._add_lists(column)
        return self.site

    def _add_lists(self, column: Column) -> None:
        """Adds the column's list pages, newest row first, and what stands after the last one."""
        skin, rows = self.skin, _newest_first(column)
        parts, _ = self.paged(rows, _PER_PAGE)
        pages = len(parts)
        modified = rows[0].published if rows else datetime(2024, 4, 1, tzinfo=CHINA)
        depth = column.path.count("/") - 1
        for page, part in enumerate(parts):
            text = list_page(skin, column.name, depth, column.tabs, list(part), page, pages)
            path = self._list_path(column, page)
            self.site.add(path, html_page(text, modified), Entry(self.site.url(path), Kind.LISTING, column.name))
            if not page:
                self.site.add(f"{path}index.{skin.extension}", html_page(text, modified))
        for page in range(pages, pages + 10) if skin.first_number == 1 else ():
            stub = html_page(overflow_stub(skin, page, pages), modified)
            self.site.add(f"{column.path}index_{page}.{skin.extension}", stub)

    def listed(self) -> list[list[str]]:
        return [[urljoin(self.site.url(c.path), row.href) for row in _newest_first(c)] for c in self.columns]

    def list_page(self, page: int) -> str:
        return self.site.url(self._list_path(self.main, page - 1))

    def _list_path(self, column: Column, page: int) -> str:
        number = page - 1 + self.skin.first_number
        return column.path + (f"index_{number}.{self.skin.extension}" if page else "")


def _newest_first(column: Column) -> list[Row]:
    return sorted(column.rows, key=lambda row: row.published, reverse=True)


def _article_name(article: Article, created: datetime) -> str:
    serial = 2_500_000 + int((created - datetime(2008, 1, 1, tzinfo=CHINA)) / timedelta(minutes=5))
    return f"{created:%Y%m}/t{created:%Y%m%d}_{serial + sum(map(ord, article.title)) % 977}.shtml"


def _relative(column: str, path: str) -> str:
    if path.startswith(column):
        return "./" + path.removeprefix(column)
    return "../" * (column.count("/") - 1) + path.removeprefix("/")
