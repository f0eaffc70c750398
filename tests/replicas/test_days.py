"""What a day's list of changes says, the server answers: read with a plain HTTP client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from urllib.parse import unquote_plus

import pytest

from tests.portals.changes import Change, ChangeKind
from tests.portals.days import (
    CORRECTED_CELLS,
    DAY_TWO,
    DESKS,
    EDITED_CELLS,
    day_two,
    half_empty,
    heal,
    list_page,
    open_day,
    redesign,
)
from tests.portals.new_cms import Articles, Listing
from tests.portals.pages import load_sites, portal_urls
from tests.portals.server import ReplicaServer
from tests.portals.site import Kind
from tests.replicas.client import STARTS, List, Received, get, read_list

LISTING = list(STARTS)  # the portals whose lists can be read without a script
GROWING = {ChangeKind.ADDED: 1, ChangeKind.REISSUED: 1, ChangeKind.COPIED: 1}
SHRINKING = {ChangeKind.REMOVED: -1, ChangeKind.DELISTED: -1}


@dataclass(frozen=True)
class Days:
    """Two servers, one on each day, the changes between them, and the lists of both."""

    one: ReplicaServer
    two: ReplicaServer
    changes: list[Change]
    lists: dict[str, tuple[List, List]]

    def of(self, kind: ChangeKind, portals: list[str] = LISTING) -> list[Change]:
        found = [change for change in self.changes if change.kind is kind and change.portal in portals]
        assert {change.portal for change in found} == set(portals)
        return found

    def listed(self, portal: str, url: str) -> tuple[int, int]:
        """How often the list has the address, on day one and on day two."""
        one, two = self.lists[portal]
        return one.rows.count(url), two.rows.count(url)


@pytest.fixture(scope="module")
def days() -> Iterator[Days]:
    with ReplicaServer() as one, ReplicaServer() as two:
        changes = day_two(two)
        yield Days(one, two, changes, {p: (read_list(one, p), read_list(two, p)) for p in LISTING})


def is_missing(page: Received) -> bool:
    return page.status == 404 or "您访问的页面未找到" in page.text


def cells_that_differ(first: Received, second: Received) -> list[tuple[int, int]]:
    assert len(first.cells) == len(second.cells)
    pairs = [(a, b) for a, b in zip(first.cells, second.cells, strict=True) if a != b]
    return [(int(a), int(b)) for a, b in pairs if (a + b).isdigit()]


def test_every_portal_has_every_kind_of_change(days: Days) -> None:
    for portal in DESKS:
        counts = Counter(change.kind for change in days.changes if change.portal == portal)
        expected = set(ChangeKind) - ({ChangeKind.DELISTED} if portal == "linzi" else set())
        assert set(counts) == expected
        assert {n for kind, n in counts.items() if kind is not ChangeKind.REFRAMED} == {1}
    assert len({change.url for change in days.changes}) == len(days.changes)


def test_edited_report_has_one_other_number_and_other_validators(days: Days) -> None:
    for change in days.of(ChangeKind.EDITED, list(DESKS)):
        assert change.cells == EDITED_CELLS
        before, after = get(days.one, change.url), get(days.two, change.url)
        ((old, new),) = cells_that_differ(before, after)
        assert new == old + 1
        assert before.headers["ETag"] != after.headers["ETag"]
        assert parsedate_to_datetime(after.headers["Last-Modified"]) == DAY_TWO
        again = get(days.two, change.url, If_None_Match=before.headers["ETag"])
        assert (again.status, again.body) == (200, after.body)
        assert get(days.two, change.url, If_Modified_Since=before.headers["Last-Modified"]).status == 200
        assert get(days.two, change.url, If_None_Match=after.headers["ETag"]).status == 304
        if change.portal in LISTING:
            assert days.listed(change.portal, change.url) == (1, 1)


def test_reframed_page_holds_the_same_report(days: Days) -> None:
    counters = 0
    for change in days.of(ChangeKind.REFRAMED, list(DESKS)):
        before, after = get(days.one, change.url), get(days.two, change.url)
        assert before.body != after.body
        assert before.headers["ETag"] != after.headers["ETag"]
        assert parsedate_to_datetime(after.headers["Last-Modified"]) == DAY_TWO
        assert before.cells == after.cells
        paragraphs = [[p.text_content() for p in page.tree.xpath("//p[@style]")] for page in (before, after)]
        assert paragraphs[0] == paragraphs[1]
        counters += "浏览次数" in after.text
    assert counters == len(DESKS)


def test_added_report_is_on_the_first_page_and_pushes_the_others_down(days: Days) -> None:
    for change in days.of(ChangeKind.ADDED):
        one, two = days.lists[change.portal]
        assert is_missing(get(days.one, change.url))
        page = get(days.two, change.url)
        assert (page.status, change.title in page.text) == (200, True)
        top = two.pages[0].index(change.url)
        assert top < 4  # beside the other three that are new today
        assert set(one.pages[0][-2:]) <= set(two.pages[1]), "the last rows moved to the second page"


def test_removed_report_is_gone_from_address_and_list(days: Days) -> None:
    for change in days.of(ChangeKind.REMOVED):
        assert get(days.one, change.url).status == 200
        assert is_missing(get(days.two, change.url))
        assert days.listed(change.portal, change.url) == (1, 0)


def test_moved_report_is_the_same_under_another_address(days: Days) -> None:
    for change in days.of(ChangeKind.MOVED, list(DESKS)):
        assert change.old_url is not None
        before, after = get(days.one, change.old_url), get(days.two, change.url)
        assert (before.status, after.status) == (200, 200)
        assert before.numbers == after.numbers != []
        assert is_missing(get(days.two, change.old_url))
        assert is_missing(get(days.one, change.url))
        if change.portal in LISTING:
            assert days.listed(change.portal, change.old_url) == (1, 0)
            assert days.listed(change.portal, change.url) == (0, 1)


@pytest.mark.parametrize("kind", [ChangeKind.REISSUED, ChangeKind.SUPERSEDED])
def test_correction_has_other_numbers_beside_or_instead_of_the_first(days: Days, kind: ChangeKind) -> None:
    for change in days.of(kind, list(DESKS)):
        assert change.old_url is not None
        assert change.title.endswith(("（更正）", "（修订版）"))
        before, after = get(days.one, change.old_url), get(days.two, change.url)
        assert change.title in after.text
        pairs = cells_that_differ(before, after)
        assert (len(pairs), {new - old for old, new in pairs}) == (len(CORRECTED_CELLS), {1})
        stays = kind is ChangeKind.REISSUED
        first = get(days.two, change.old_url)
        assert first.cells == before.cells if stays else is_missing(first)
        if change.portal in LISTING:
            assert days.listed(change.portal, change.old_url) == (1, int(stays))
            assert days.listed(change.portal, change.url) == (0, 1)


def test_delisted_report_still_answers(days: Days) -> None:
    for change in days.of(ChangeKind.DELISTED):
        assert days.listed(change.portal, change.url) == (1, 0)
        etag = get(days.one, change.url).headers["ETag"]
        assert get(days.two, change.url, If_None_Match=etag).status == 304


def test_copy_has_the_same_report_and_another_publisher(days: Days) -> None:
    for change in days.of(ChangeKind.COPIED, list(DESKS)):
        assert change.old_url is not None
        original, copy = get(days.two, change.old_url), get(days.two, change.url)
        assert (original.status, copy.status) == (200, 200)
        assert original.numbers == copy.numbers != []
        publishers = [page.tree.xpath("//meta[@name='ContentSource']/@content") for page in (original, copy)]
        assert publishers[0] != publishers[1]
        if change.portal in LISTING:
            assert days.listed(change.portal, change.old_url) == (1, 1)
            assert days.listed(change.portal, change.url) == (0, 1)


@pytest.mark.parametrize("portal", LISTING)
def test_list_counts_follow_the_changes(days: Days, portal: str) -> None:
    one, two = days.lists[portal]
    steps = [{**GROWING, **SHRINKING}.get(c.kind, 0) for c in days.changes if c.portal == portal]
    assert len(two.rows) == len(one.rows) + sum(steps)
    assert one.rows != two.rows
    if portal in {"xiaoshan", "simao"}:
        assert (one.promised, two.promised) == (len(one.rows), len(two.rows))
    else:
        assert (one.promised, two.promised) == (len(one.pages), len(two.pages))
    gone = {c.url for c in days.changes if c.kind in SHRINKING}
    gone |= {c.old_url or "" for c in days.changes if c.kind in {ChangeKind.MOVED, ChangeKind.SUPERSEDED}}
    assert [url for url in one.rows if url not in gone] == [url for url in two.rows if url in one.rows]


@pytest.mark.parametrize("portal", LISTING)
@pytest.mark.parametrize("day", [1, 2])
def test_list_page_names_the_page_that_a_reader_walks_to(days: Days, portal: str, day: int) -> None:
    walked = days.lists[portal][day - 1].addresses
    named = list_page(portal, 3, day)
    matching = [url for url in walked if fnmatchcase(unquote_plus(url).replace(" ", ""), named)]
    assert matching == [walked[2]]


def test_file_numbers_of_vsb_fall_to_one_on_both_days(days: Days) -> None:
    for walked in days.lists["simao"]:
        numbers = [url.rpartition("/")[2] for url in walked.addresses[1:]]
        assert numbers == [f"{n}.htm" for n in range(len(walked.pages) - 1, 0, -1)]
    shared = set(days.lists["simao"][0].addresses) & set(days.lists["simao"][1].addresses)
    for url in shared:
        assert get(days.one, url).headers["ETag"] != get(days.two, url).headers["ETag"]


@pytest.mark.parametrize("portal", list(DESKS))
def test_what_did_not_change_answers_304(days: Days, portal: str) -> None:
    touched = {c.url for c in days.changes} | {c.old_url for c in days.changes}
    kinds = {Kind.REPORT, Kind.REPORT_FILE, Kind.TWIN, Kind.ATTACHMENT}
    checked = 0
    for entry in portal_urls(portal):
        if entry.kind in kinds and entry.url not in touched:
            etag = get(days.one, entry.url).headers["ETag"]
            assert get(days.two, entry.url, If_None_Match=etag).status == 304, entry.url
            checked += 1
    assert checked >= 3


def test_entries_of_day_two_answer_as_their_kind(days: Days) -> None:
    for portal, site in load_sites().items():
        for entry in days.two.site(site.host).entries:
            page = get(days.two, entry.url)
            assert is_missing(page) if entry.kind is Kind.MISSING else page.status == 200, (portal, entry.url)


def test_healing_is_day_one() -> None:
    with ReplicaServer() as server:
        before = {p: read_list(server, p) for p in LISTING}
        changes = day_two(server)
        redesign(server, "liuzhou")
        server.remove(STARTS["xinzhou"])
        server.break_tls("www.smqzf.gov.cn")
        heal(server)
        assert {p: read_list(server, p) for p in LISTING} == before
        edited = next(c for c in changes if c.kind is ChangeKind.EDITED)
        assert parsedate_to_datetime(get(server, edited.url).headers["Last-Modified"]) < DAY_TWO


@pytest.mark.parametrize("portal", LISTING)
@pytest.mark.parametrize("promise", [False, True], ids=["counted", "promised"])
def test_half_empty_list(days: Days, portal: str, promise: bool) -> None:
    whole = days.lists[portal][0]
    with ReplicaServer() as server:
        unlisted = half_empty(server, portal, promise=promise)
        half = read_list(server, portal)
        assert half.rows == whole.rows[::2]
        assert not set(unlisted) & set(half.rows)
        assert set(whole.rows) <= set(half.rows) | set(unlisted) | {u for u in whole.rows if whole.rows.count(u) > 1}
        if promise:
            assert (half.promised, len(half.pages)) == (whole.promised, len(whole.pages))
        else:
            assert half.promised < whole.promised
        missing = {entry.url for entry in portal_urls(portal) if entry.kind is Kind.MISSING}
        for url in set(unlisted) - missing:
            assert get(server, url).status == 200
    assert len(unlisted) >= len(whole.rows) // 2 - 3


def test_half_empty_list_of_day_two(days: Days) -> None:
    with ReplicaServer() as server:
        half_empty(server, "simao", day=2)
        assert read_list(server, "simao").rows == days.lists["simao"][1].rows[::2]
        with pytest.raises(ValueError):
            half_empty(server, "linzi")


@pytest.mark.parametrize("portal", list(DESKS))
@pytest.mark.parametrize("articles", list(Articles))
def test_redesign_filled_by_a_script(portal: str, articles: Articles) -> None:
    site = load_sites()[portal]
    with ReplicaServer() as server:
        robots = get(server, site.url("/robots.txt"))
        assert redesign(server, portal, articles=articles) == {}
        for start in site.start:
            page = get(server, start)
            assert page.status == 200
            assert page.tree.xpath("//a/@href") == []
        old = [entry.url for entry in site.entries if entry.url not in site.start]
        for url in (old[1], old[-1], old[len(old) // 2]):
            page = get(server, url)
            if articles is Articles.GONE:
                assert page.status == 404
            else:
                assert (page.status, page.headers["Location"]) == (302, site.url("/"))
        assert get(server, site.url("/")).status == 200
        again = get(server, site.url("/robots.txt"))
        assert (again.status, again.body) == (robots.status, robots.body)


@pytest.mark.parametrize("portal", list(DESKS))
def test_redesign_with_rows_of_another_cms(portal: str) -> None:
    site = load_sites()[portal]
    with ReplicaServer() as server, ReplicaServer() as before:
        moved = redesign(server, portal, listing=Listing.OTHER_CMS)
        rows = [site.url(href) for href in get(server, site.start[0]).tree.xpath("//li/a/@href")]
        assert set(rows) == set(moved.values())
        assert len(rows) == len(moved) >= 40
        reports = [e.url for e in site.entries if e.tables and e.url in moved and e.url not in site.start]
        old, new = get(before, reports[3]), get(server, moved[reports[3]])
        assert old.numbers == new.numbers != []
        assert get(server, reports[3]).status == 404


def test_unknown_names_are_refused() -> None:
    desk, changes = open_day("simao", 1)
    assert changes == []
    with pytest.raises(KeyError):
        desk.find("普洱市思茅区某局", 2023)
    with pytest.raises(KeyError):
        open_day("nowhere", 1)
