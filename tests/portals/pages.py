"""The replicas without a server: the sites, the seeds' addresses and answers, and what each portal holds.

This is what tests of parsers and spiders import; it must not know sockets.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests.portals import gongkai, hanweb, trs, vsb
from tests.portals.answer import Answer, Request
from tests.portals.seeds import ADDRESSES
from tests.portals.site import Entry, Kind, Site

USER_AGENT = "replica-test/1"


@functools.cache
def load_sites() -> dict[str, Site]:
    """The five sites by portal id, in the order of the seeds."""
    sites = (
        gongkai.make_site(),
        trs.make_liuzhou(),
        hanweb.make_site(),
        vsb.make_site(),
        trs.make_xinzhou(),
    )
    return {site.id: site for site in sites}


def portal_urls(portal: str) -> tuple[Entry, ...]:
    """Everything the portal's pages lead to, with its kind. Raises KeyError for an unknown portal."""
    return tuple(load_sites()[portal].entries)


def fetch(url: str, *headers: tuple[str, str]) -> Answer:
    """What the replica answers to a GET of `url` with these extra header fields.

    Raises KeyError for an unknown host.
    """
    parts = urlsplit(url)
    site = next((site for site in load_sites().values() if site.host == parts.hostname), None)
    if site is None:
        raise KeyError(f"no replica of {parts.hostname}")
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    fields = (("Host", str(parts.hostname)), ("User-Agent", USER_AGENT), *headers)
    return site.answer(Request("GET", target or "/", fields, tls=parts.scheme == "https"), datetime.now(UTC))


def seed_address(stem: str) -> str:
    """The real address of the seed of this file stem or number. Raises KeyError if there is none."""
    return next((url for name, url in ADDRESSES.items() if stem == name[:3]), None) or ADDRESSES[stem]


def seed_answer(stem: str) -> Answer:
    """The answer to a GET of the seed: `.body` has the bytes of its page."""
    return fetch(seed_address(stem))


def reports_under(portal: str, *columns: str) -> set[tuple[str, int]]:
    """Organ and year of every report with a page of its own; with `columns`, only of those listed in one of them.

    A report that robots.txt forbids, and one that exists as a file only, is not among them.
    """
    kinds = {Kind.REPORT, Kind.TWIN}
    return {
        (str(entry.organ), int(entry.year))
        for entry in portal_urls(portal)
        if entry.kind in kinds and entry.year and (not columns or set(columns) & set(entry.columns))
    }
