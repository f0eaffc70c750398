"""What is never entered into the frontier, and why: forgotten and excluded addresses, and traps.

A trap is a part of a site that makes addresses for ever: too deep, the same folder again and again, one page under
endless queries. Must not know families.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from archive.ledger import Ledger
from archive.rows import FrontierRequest
from crawler.portals import Portal

CARRIED = ("attachment", "frame")  # roles of what a page is carried by: often on the file server of another department
MAX_HOPS = 250  # links from a start address; the longest honest way known leads from document to document
MAX_SEGMENTS = 20
MAX_REPEATS = 3
MAX_QUERIES = 2000  # addresses that differ by their query only: a listing of 500 pages in every column is honest
_LONG_NAME = 2  # days and months do repeat: /art/2024/1/1/art_1_1.html


def refusal(request: FrontierRequest, portal: Portal, ledger: Ledger) -> str:
    """Why a request may not enter the frontier; an empty text if it may."""
    if ledger.tombstones.covers(request.url):
        return "forgotten"
    pattern = portal.excludes(request.url)
    if pattern:
        return f"excluded by {pattern}"
    return _trap(request, ledger)


def in_scope(portal: Portal, role: str, url: str) -> bool:
    """Whether an address may be asked for on behalf of a portal.

    On its hosts; a file, on any host of a government; what a page needs to be displayed, anywhere.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return role == "requisite" or portal.covers(url) or (role in CARRIED and host.endswith(".gov.cn"))


def is_trap(url: str) -> bool:
    """Whether the path repeats a name three times or is absurdly deep, as endless calendars and broken relative links make it."""
    segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    names = [segment for segment in segments if len(segment) > _LONG_NAME]
    return len(segments) > MAX_SEGMENTS or any(names.count(name) >= MAX_REPEATS for name in names)


def _trap(request: FrontierRequest, ledger: Ledger) -> str:
    if len(request.hops) > MAX_HOPS:
        return f"more than {MAX_HOPS} links from a start address"
    if is_trap(request.url):
        return "address looks like a trap"
    base, mark, _ = request.url.partition("?")
    if mark and not ledger.frontier.knows(request.key) and ledger.frontier.similar(base, MAX_QUERIES) >= MAX_QUERIES:
        return f"more than {MAX_QUERIES} queries of one address"
    return ""
