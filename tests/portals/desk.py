"""The editors' desk of a portal: publishes, revises, moves and withdraws articles, and generates the lists anew.

A family opens a desk, fills it with what the portal holds on day one, and finishes it; who wants another day edits the
articles before that. So the lists of every day come from the same code. This module knows no family, and not what
happens on which day.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from tests.portals.article import Article
from tests.portals.reports import Report
from tests.portals.site import Kind, Site

RowT = TypeVar("RowT")


class Cut(StrEnum):
    """What a broken publishing job leaves of a list."""

    NONE = "none"
    HALF = "half"  # every second row is missing, and the list is counted and paged without them
    HALF_PROMISED = "half-promised"  # every second row is missing, but count and pages are those of the whole list


def cut_pages(rows: Sequence[RowT], size: int, cut: Cut) -> tuple[list[Sequence[RowT]], int]:
    """The rows in pages of `size` (one empty page if there are none), and how many rows the list says it has."""
    if cut is Cut.HALF:
        rows = rows[::2]
    pages = [rows[start : start + size] for start in range(0, len(rows), size)] or [rows]
    if cut is Cut.HALF_PROMISED:
        pages = [page[start % 2 :: 2] for start, page in zip(range(0, len(rows) + size, size), pages, strict=False)]
    return pages, len(rows)


class Desk(ABC):
    """The articles of one portal before its lists are made. Addresses are absolute; an unknown one raises KeyError.

    `articles` has every report and decoy by the address under which it is listed; `cut` is applied by `finish`.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.articles: dict[str, Article] = {}
        self.cut = Cut.NONE

    @abstractmethod
    def draw(self, report: Report) -> Article:
        """The report in the style of this portal."""

    @abstractmethod
    def publish_beside(self, url: str, article: Article, created: datetime, twin_of: str | None = None) -> str:
        """A new article in the column that lists `url`, under an address as the CMS makes it at `created`.

        Returns that address. `twin_of` marks it as a copy of the report there.
        """

    @abstractmethod
    def revise(self, url: str, article: Article) -> None:
        """Prints `article` at the address of another; list rows and attachments stay."""

    @abstractmethod
    def withdraw(self, url: str) -> None:
        """The article is gone, from its address and from the list. Its attachments stay."""

    @abstractmethod
    def delist(self, url: str) -> None:
        """The article is gone from the list; its page stays."""

    @abstractmethod
    def finish(self) -> Site:
        """The site with its lists, which are generated here and once."""

    @abstractmethod
    def listed(self) -> list[list[str]]:
        """What each list has without any cut: absolute addresses, newest first."""

    @abstractmethod
    def list_page(self, page: int) -> str:
        """The address of page `page` (1-based) of the main list of a finished site, or a pattern for it."""

    def find(self, organ: str, year: int) -> str:
        """The address of the report of this organ and year, as it is listed. Raises KeyError if there is none."""
        for url, article in self.articles.items():
            if (article.kind, article.organ, article.year) == (Kind.REPORT, organ, year):
                return url
        raise KeyError(f"{self.site.id} has no report of {organ}, {year}")

    def paged(self, rows: Iterable[RowT], size: int) -> tuple[list[Sequence[RowT]], int]:
        """`cut_pages` with the cut of this desk."""
        return cut_pages(list(rows), size, self.cut)
