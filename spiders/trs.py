"""TRS WCM (拓尔思): static columns of relative links, sub-columns by year and kind of organ, pages numbered ``index_N``.

Page 1 is the column's folder or its ``index.*``; a script prints the pager: ``createPageHTML(pages, current, "index", "shtml")``. In most
templates page 2 is ``index_1``; some count from ``index_2``. Must not know how an article is laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urljoin, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawler.items import ListingRead, Skipped
from crawler.page_class import PageClass, classify
from crawler.portals import Portal, RegistryError
from crawler.scope import is_trap
from spiders.base import MAX_PAGES, Found, PortalSpider, UnreadableListing
from spiders.links import canonical, directory
from spiders.rows import Row, digest_of, read_rows
from spiders.titles import is_decoy_column, names_report_column

_ARTICLE = re.compile(r"/t(?:\d{8}_\d+(?:_[a-z]+)?|\d{4}_\d+|\d{6,9})\.s?html?$")
# (pages, current page from 0, "name", "ext"); a first argument in quotes is another vendor's function of the same name.
_PAGER = re.compile(
    r"createPageHTML\(\s*(?:parseInt\(\s*)?(\d+)\s*\)?\s*,\s*\d+\s*,\s*[\"']([\w-]+)[\"']\s*,\s*[\"'](s?html?)[\"']",
    re.IGNORECASE,
)
_PAGE_COUNT = re.compile(r"(?:countPage|pageCount)\s*=\s*(?:parseInt\(\s*)?[\"']?(\d+)", re.IGNORECASE)
_NUMBERED = re.compile(r"([a-z-]+)_(\d{1,4})\.(s?html?)", re.IGNORECASE)
_COLUMN_PAGE = re.compile(r"(?:/|/(?:index|default)\.s?html?)$")

# The file number of page p is p - 1 (page 2 is index_1) or p (page 2 is index_2).
FROM_1, FROM_2 = 1, 0


class Pager(NamedTuple):
    """What a page says of its pages: how many (0: not said), file name, extension, numbering (``None``: not said)."""

    pages: int
    name: str
    extension: str
    shift: int | None

    def file(self, page: int) -> str:
        """The file of page ``page`` (2 or more) in the column's folder."""
        return f"{self.name}_{page - (self.shift or 0)}.{self.extension}"


class TrsSpider(PortalSpider):
    """Portals on TRS WCM. Option ``depth``: how many folders below the start column sub-columns are followed (default 4)."""

    name = "trs"
    OPTIONS: ClassVar[Mapping[str, type]] = {"depth": int}

    def is_article(self, url: str) -> bool:
        return bool(_ARTICLE.search(urlsplit(url).path))

    def is_column(self, row: Row) -> bool:
        return bool(_COLUMN_PAGE.search(urlsplit(row.url).path))

    @classmethod
    def check_portal(cls, portal: Portal) -> None:
        super().check_portal(portal)
        for url in portal.start:
            if _root(url) == "/":
                # Sub-columns are whatever stands below the start: from the home page that is the whole site.
                raise RegistryError(
                    f'portal "{portal.id}": start "{url}" is a home page: name the column of annual reports'
                )

    def start_request(self, portal: Portal, url: str) -> Request:
        return self.listing_request(portal, url, root=_root(url))

    def parse_listing(
        self,
        response: Response,
        root: str,
        column: str = "",
        page: int = 1,
        pager: Sequence[Any] = (),
        first: str = "",
        probe: int = 0,
    ) -> Iterator[Found]:
        """Read a page of the column below ``root``, the path of the start column.

        A page after the first carries the ``pager`` as known so far and, in ``first``, the digest of page 1's rows. While the numbering
        is unknown, ``index_1`` is asked for as a ``probe``: if it is missing, a stub or page 1 again, the numbers start at ``index_2``.
        """
        portal = self.portal(response)

        def page_request(known: Pager, number: int, probing: int = 0) -> Request:
            data = {
                "root": root,
                "column": column,
                "page": number,
                "pager": list(known),
                "first": first,
                "probe": probing,
            }
            return self.listing_request(portal, urljoin(response.url, known.file(number)), response, **data)

        if probe and self._is_missing(response):
            yield page_request(Pager(*pager)._replace(shift=FROM_2), 2)
            return
        text = self.text(response)
        selector = Selector(text=text)
        rows = self.listed(selector, response.url)
        if page > 1 and (not rows or digest_of(rows) == first):
            # A stub behind the last page, or a server that answers with page 1 for ever.
            yield ListingRead(0)
            if probe:
                yield page_request(Pager(*pager)._replace(shift=FROM_2), 2)
            return
        yield ListingRead(len(rows))
        column = self.column_name(selector, column)
        yield from self.follow_rows(response, rows, column)
        if page == 1:
            first = digest_of(rows)
            yield from self._sub_columns(response, selector, root, column)
            known = _read_pager(response, text, selector)
            if known.pages > 1 and known.shift is None:
                yield page_request(known._replace(shift=FROM_1), 2, probing=1)
                return
        else:
            known = Pager(*pager)
        if not known.pages:
            # Only links tell of further pages: go from one to the next.
            follows = page < MAX_PAGES and known.file(page + 1) in _numbered_files(response, selector)
            yield from [page_request(known, page + 1)] if follows else []
        elif page == 1 or (page == 2 and (probe or known.shift == FROM_2)):
            # All at once, since one page that fails is not the end of the listing.
            yield from (page_request(known, number) for number in range(page + 1, min(known.pages, MAX_PAGES) + 1))
            if known.pages > MAX_PAGES:
                yield Skipped(response.url, "", f"listing of {known.pages} pages: those after {MAX_PAGES}")

    def _is_missing(self, response: Response) -> bool:
        kind = classify(response.status, response.headers, response.body, response.url, "listing")
        if kind not in (PageClass.LISTING, PageClass.MISSING, PageClass.SOFT_404):
            # A challenge says nothing about the numbering.
            raise UnreadableListing(f"{response.url} answered with {kind} where a page of a listing was asked for")
        return kind is not PageClass.LISTING

    def _sub_columns(
        self, response: Response, selector: Selector, root: str, column: str
    ) -> Iterator[Request | Skipped]:
        """Requests for the folders below ``root``; menus lead to many others, and the way back up."""
        portal = self.portal(response)
        deepest = int(str(portal.options.get("depth", 4)))
        for row in read_rows(selector, response.url):
            folder = directory(row.url)
            if (
                not self.is_column(row)
                or not portal.covers(row.url)
                or not folder.startswith(root)
                or folder in (root, directory(response.url))
            ):
                continue
            if is_decoy_column(row.title):
                yield Skipped(row.url, row.title, "column of something else")
            elif is_trap(row.url) or folder[len(root) :].count("/") > deepest:
                yield Skipped(row.url, row.title, "column too deep")
            else:
                name = row.title if names_report_column(row.title) else column
                yield self.listing_request(portal, row.url, root=root, column=name)


def _root(url: str) -> str:
    """The folder of a start address; one without slash at its end is a folder too, unless it names a file."""
    name = urlsplit(url).path.rpartition("/")[2]
    return directory(url if "." in name or not name else f"{url}/")


def _read_pager(response: Response, text: str, selector: Selector) -> Pager:
    """The pager of page 1: from the script, else from numbered links and options of the page."""
    files = _numbered_files(response, selector)
    numbers = {number for _, number, _ in files.values()}
    shift = None if not numbers & {1, 2} else FROM_1 if 1 in numbers else FROM_2
    script = _PAGER.search(text)
    if script:
        return Pager(int(script[1]), script[2], script[3], shift)
    name, _, extension = next(iter(files.values()), ("index", 0, _extension(response.url)))
    count = _PAGE_COUNT.search(text)
    if count:
        return Pager(int(count[1]), name, extension, shift)
    return Pager(1 if shift is None else 0, name, extension, shift)


def _numbered_files(response: Response, selector: Selector) -> dict[str, tuple[str, int, str]]:
    """The numbered pages of this folder that the page links to: file → name, number, extension."""
    files = {}
    for href in selector.xpath("//a/@href | //option/@value").getall():
        path = urlsplit(canonical(response.url, href)).path
        match = _NUMBERED.fullmatch(path.rpartition("/")[2])
        if match and path.startswith(directory(response.url)):
            files[match[0]] = (match[1], int(match[2]), match[3])
    return files


def _extension(url: str) -> str:
    match = re.search(r"\.(s?html?)$", urlsplit(url).path)
    return match[1] if match else "html"
