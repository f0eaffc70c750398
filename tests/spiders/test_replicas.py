"""Every portal of the bundled registry, walked on its replica: what a replica holds is found, and what is no report is not fetched."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from crawler.portals import Portal, load_portals
from spiders.base import PortalSpider
from tests.portals.pages import load_sites
from tests.portals.site import Kind
from tests.spiders.walk import Walked, first_requests, site_fetch, walk

LOADER = get_spider_loader(Settings({"SPIDER_MODULES": ["spiders"]}))
REGISTRY = Path(__file__).parents[2] / "crawler" / "registry"
PORTALS = {portal.id: portal for portal in load_portals(REGISTRY, LOADER.list())}


def walk_portal(portal: Portal) -> Walked:
    spider = LOADER.load(portal.family)(portals=[portal])
    assert isinstance(spider, PortalSpider)
    return walk(spider, asyncio.run(first_requests(spider)), site_fetch(load_sites()[portal.id]))


@pytest.mark.parametrize("portal", PORTALS.values(), ids=PORTALS)
def test_a_walk_finds_what_the_portal_holds(portal: Portal) -> None:
    walked = walk_portal(portal)
    entries = load_sites()[portal.id].entries
    # A twin that no listing carries is an address that nobody prints.
    linked = [entry for entry in entries if entry.kind is not Kind.TWIN or entry.columns]
    by_kind = {kind: {entry.url for entry in linked if entry.kind is kind} for kind in Kind}
    fetched = walked.urls("report") | walked.urls("attachment")
    for kind in (Kind.REPORT, Kind.REPORT_FILE, Kind.TWIN, Kind.MISSING, Kind.DISALLOWED):
        assert by_kind[kind] - fetched == set(), kind
    assert by_kind[Kind.NOT_REPORT] & fetched == set()
    if any(read.rows for read in walked.listings.values()):  # without listings, only what report pages link to is seen
        assert by_kind[Kind.NOT_REPORT] <= {skipped.url for skipped in walked.skipped}
    assert walked.skipped
    assert by_kind[Kind.LISTING] - walked.urls("listing") == set()
    assert {page.url for page in walked.pages} >= by_kind[Kind.REPORT]
    assert all(skipped.reason for skipped in walked.skipped)


@pytest.mark.parametrize("portal", PORTALS.values(), ids=PORTALS)
def test_listings_that_promise_a_number_of_rows_keep_it(portal: Portal) -> None:
    walked = walk_portal(portal)
    promised = {read.promised for read in walked.listings.values() if read.promised}
    for number in promised:
        rows = sum(read.rows for read in walked.listings.values() if read.promised == number)
        assert rows >= number
