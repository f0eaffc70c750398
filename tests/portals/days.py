"""Days of the replicas: what editors and web masters do to a portal between two crawls.

Day one is the server as it starts. `day_two` lets every editor's desk do its work; `half_empty` is a publishing job
that broke, `redesign` a change of the CMS (see `new_cms`), `challenge_week` a wall before the portal (see
`challenges`). Each call replaces what the portal showed before; `heal` is day one again. The lists of day two come
from the same code as those of day one. A page whose bytes differ from day one has a new ETag and the Last-Modified
`DAY_TWO`; all others keep theirs.

Invented: all of it, that is which report is edited, added, removed, moved, corrected, delisted or copied, when, and
what the new numbers are. The forms are those of the fact sheet: a moved article has a new id and its old date; a
correction (更正) is a second article, titled …（更正） or …（修订版）, with other numbers, listed beside the first version or
instead of it; in VSB the file numbers of full list pages stay when the list grows. None of the five hosts is the
superior of another, so a report that a superior republishes (转载) is here a second article on the same host whose
source is the government's office, with the same title and text. Linzi's documents link their neighbours, so most
changes there change the frame of other pages; these are in the list of changes too. Linzi delists nothing: its
channel pages list nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final

from tests.portals import gongkai, hanweb, new_cms, trs, vsb
from tests.portals.answer import Page, Request
from tests.portals.behaviour import Behaviour
from tests.portals.challenges import Challenge, challenge_behaviour, shell_target
from tests.portals.changes import PLANS, REPUBLISHERS, SUFFIXES, Change, ChangeKind
from tests.portals.desk import Cut, Desk
from tests.portals.new_cms import Articles, Listing
from tests.portals.pages import load_sites
from tests.portals.reports import Report
from tests.portals.server import ReplicaServer
from tests.portals.site import CHINA, Kind, Site, page_key

DAY_TWO: Final = datetime(2025, 4, 8, 9, 30, tzinfo=CHINA)
EDITED_CELLS: Final = ("active_disclosure.administrative_licensing.decisions",)
CORRECTED_CELLS: Final = tuple(
    f"applications.{row}.{column}"
    for row in ("new_received", "granted", "total_handled")
    for column in ("natural_person", "total")
)
DESKS: Final[dict[str, Callable[[], Desk]]] = {
    "linzi": gongkai.open_desk,
    "liuzhou": trs.open_liuzhou,
    "xiaoshan": hanweb.open_desk,
    "simao": vsb.open_desk,
    "xinzhou": trs.open_xinzhou,
}


_OF_REPORTS: Final = {Kind.REPORT, Kind.REPORT_FILE, Kind.DISALLOWED, Kind.TWIN}
_FOOTER: Final = "网站标识码：".encode()
_FOOTER_AND_COUNTER: Final = "浏览次数：1874 网站标识码：".encode()


def day_two(server: ReplicaServer) -> list[Change]:
    """Every portal as it is on day two; returns what changed, REFRAMED pages of all reports included."""
    changes = []
    for portal in DESKS:
        site, of_portal = make_day_two(portal)
        server.show(site)
        changes += of_portal
    return changes


def heal(server: ReplicaServer) -> None:
    """Day one again: every portal and page as the server had it at start, no misbehaviour. The log stays."""
    server.heal()


def half_empty(server: ReplicaServer, portal: str, *, promise: bool = False, day: int = 1) -> list[str]:
    """Every list of the portal lacks every second row, while all pages still answer; returns what no list has now.

    With `promise` count and pager are those of the whole list. Raises KeyError for an unknown portal, ValueError for
    Linzi, whose channel pages list nothing.
    """
    if portal == "linzi":
        raise ValueError("the channel pages of Linzi list nothing")
    desk = open_day(portal, day)[0]
    desk.cut = Cut.HALF_PROMISED if promise else Cut.HALF
    server.show(desk.finish())
    lists = desk.listed()
    shown = {url for urls in lists for url in urls[::2]}
    return [url for urls in lists for url in urls[1::2] if url not in shown]


def redesign(
    server: ReplicaServer, portal: str, *, listing: Listing = Listing.SCRIPT, articles: Articles = Articles.GONE
) -> dict[str, str]:
    """Another CMS overnight: start addresses answer 200 with its template, old addresses are gone or lead home.

    Returns the new address of each old one, which is empty where the list is filled by a script.
    """
    desk = DESKS[portal]()
    site, moved = new_cms.make_site(desk.finish(), desk.articles, listing, articles, DAY_TWO)
    server.show(site)
    return moved


def challenge_week(
    server: ReplicaServer,
    portal: str,
    challenge: Challenge,
    *,
    urls: Collection[str] | None = None,
    share: float = 1.0,
    times: int | None = None,
) -> list[str]:
    """`challenge` is answered at `urls` (addresses or patterns), or at this share of all addresses the portal has.

    Which ones a share takes is the same in every run. Returns them. Each is challenged `times` times, or for ever.
    robots.txt answers as before unless it is named. See `list_page` for the address of one page of a list. A redirect
    shell leads to another address, which answers the page; it takes addresses only, no patterns (KeyError).
    """
    site = server.site(load_sites()[portal].host)
    chosen = [e.url for e in site.entries if e.kind is not Kind.MISSING] if urls is None else list(urls)
    if urls is None:
        chosen.sort(key=lambda url: sha256(url.encode()).digest())
        chosen = chosen[: round(share * len(chosen))]
    for url in chosen:
        if challenge is Challenge.REDIRECT_SHELL:
            target = site.path(url)
            server.answer_with(site.url(shell_target(target)), Behaviour(partial(_behind, site, target)))
        server.answer_with(url, challenge_behaviour(challenge), times)
    return chosen


def _behind(site: Site, target: str, request: Request) -> Page:
    return site.find_page(replace(request, target=target))


def list_page(portal: str, page: int, day: int = 1) -> str:
    """The address of page `page` (1-based) of the portal's largest list, or a pattern for `server.answer_with`."""
    desk = open_day(portal, day)[0]
    desk.finish()
    return desk.list_page(page)


def open_day(portal: str, day: int) -> tuple[Desk, list[Change]]:
    """The desk of that day (1 or 2), not finished, and what it changed. Raises KeyError for an unknown portal."""
    desk = DESKS[portal]()
    plans = PLANS[portal] if day == 2 else ()
    return desk, [_change(desk, portal, *plan) for plan in plans]


def make_day_two(portal: str) -> tuple[Site, list[Change]]:
    """The portal on day two, and what changed. Raises KeyError for an unknown portal."""
    desk, changes = open_day(portal, 2)
    site, before = desk.finish(), load_sites()[portal].pages
    for change in changes:
        if change.kind is ChangeKind.REFRAMED:
            _reframe(site, change.url)
    differing = {key for key, page in site.pages.items() if key not in before or before[key].body != page.body}
    for key in differing:
        site.pages[key] = replace(site.pages[key], modified=DAY_TWO)
    known = {change.url for change in changes}
    for entry in site.entries:
        if entry.kind in _OF_REPORTS and entry.url not in known and page_key(site.path(entry.url)) in differing:
            organ, year = str(entry.organ), int(entry.year or 0)
            changes.append(Change(ChangeKind.REFRAMED, portal, entry.url, entry.title, organ, year))
    return site, changes


def _reframe(site: Site, url: str) -> None:
    """Puts a counter of visits into the footer of the page, at all addresses that have it."""
    old = site.pages[page_key(site.path(url))]
    new = replace(old, body=old.body.replace(_FOOTER, _FOOTER_AND_COUNTER))
    site.pages |= {key: new for key, page in site.pages.items() if page.body == old.body}


def _change(desk: Desk, portal: str, kind: ChangeKind, organ: str, year: int) -> Change:
    """Does it at the desk."""
    if kind is ChangeKind.ADDED:
        added = replace(desk.draw(Report(organ, year)), published=DAY_TWO)
        _, neighbour, its_year = PLANS[portal][0]
        url = desk.publish_beside(desk.find(neighbour, its_year), added, DAY_TWO)
        return Change(kind, portal, url, added.title, organ, year)
    url = desk.find(organ, year)
    article = desk.articles[url]
    old_url: str | None = None
    cells: tuple[str, ...] = ()
    title = article.title
    match kind:
        case ChangeKind.EDITED:
            cells = EDITED_CELLS
            desk.revise(url, replace(desk.draw(Report(organ, year, raised=cells)), published=article.published))
        case ChangeKind.REMOVED:
            desk.withdraw(url)
        case ChangeKind.MOVED:
            old_url, url = url, desk.publish_beside(url, article, DAY_TWO)
            desk.withdraw(old_url)
        case ChangeKind.REISSUED | ChangeKind.SUPERSEDED:
            cells, title = CORRECTED_CELLS, title + SUFFIXES[portal]
            correction = replace(desk.draw(Report(organ, year, raised=cells)), published=DAY_TWO, title=title)
            old_url, url = url, desk.publish_beside(url, correction, DAY_TWO)
            if kind is ChangeKind.SUPERSEDED:
                desk.withdraw(old_url)
        case ChangeKind.DELISTED:
            desk.delist(url)
        case ChangeKind.COPIED:
            copy = replace(article, organ=REPUBLISHERS[portal], published=DAY_TWO)
            old_url, url = url, desk.publish_beside(url, copy, DAY_TWO, twin_of=url)
    return Change(kind, portal, url, title, organ, year, old_url, cells)
