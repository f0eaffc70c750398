"""How a visit can end: the closed vocabulary of ``crawl.log``, the ledger and the verdict, and what each end means.

Must not know how requests are sent, nor what follows for a portal.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from archive.frontier import AWAITING
from archive.rows import OVER_BUDGET
from crawler.page_class import PageClass


class Outcome(StrEnum):
    """Ends that are no class of a page; the others are named like the page's class."""

    OK = "ok"
    AWAITING = AWAITING  # read, and found to be nothing but a link to files
    UNCHANGED = "unchanged"
    POSTPONED = "postponed"
    ROBOTS = "robots"
    ROBOTS_UNREACHABLE = "robots unreachable"
    FAILED = "failed"  # no answer, or half of one
    ERROR = "error"  # an answer, and our reading of it failed
    OFF_SITE = "off-site redirect"
    LISTING_GONE = "listing is gone"
    LISTING_EMPTIED = "listing lost its rows"
    REPORT_LOST = "page lost its report"
    EXCLUDED = "excluded"
    FORGOTTEN = "forgotten"
    OVER_BUDGET = OVER_BUDGET  # beside a page that had enough


class Kind(StrEnum):
    """What an end means for the verdict."""

    DONE = "done"
    GONE = "gone"
    BLOCKED = "blocked"
    FAILED = "failed"
    KEPT_OUT = "kept out"  # by robots.txt, the portal's right, or by the operator


KINDS: Mapping[str, Kind] = {
    Outcome.OK: Kind.DONE,
    Outcome.AWAITING: Kind.DONE,
    Outcome.UNCHANGED: Kind.DONE,
    Outcome.ROBOTS: Kind.KEPT_OUT,
    Outcome.EXCLUDED: Kind.KEPT_OUT,
    Outcome.FORGOTTEN: Kind.KEPT_OUT,
    Outcome.OVER_BUDGET: Kind.KEPT_OUT,
    Outcome.ROBOTS_UNREACHABLE: Kind.FAILED,
    Outcome.FAILED: Kind.FAILED,
    Outcome.ERROR: Kind.FAILED,
    Outcome.OFF_SITE: Kind.FAILED,
    Outcome.LISTING_GONE: Kind.FAILED,
    Outcome.LISTING_EMPTIED: Kind.FAILED,
    Outcome.REPORT_LOST: Kind.FAILED,
    **{
        page_class.value: Kind.GONE if page_class.gone else Kind.BLOCKED if page_class.blocked else Kind.FAILED
        for page_class in PageClass
        if not page_class.usable
    },
}


TOO_LARGE = "too large"
# Classes of failures without an answer, by the name of the exception.
REASONS: Mapping[str, str] = {
    "CannotResolveHostError": "dns",
    "DNSLookupError": "dns",
    "AddressRefused": "address",
    "DownloadConnectionRefusedError": "refused",
    "DownloadTimeoutError": "timeout",
    "TimeoutError": "timeout",
    "SSLError": "tls",
    "OpenSSL.SSL.Error": "tls",
    "CertificateError": "tls",
    "ProxyFailed": "proxy",
    "ProxyRefused": "proxy",
    "DownloadFailedError": "broken",
    "ResponseDataLossError": "broken",
    "ConnectionLost": "broken",
    "ConnectionDone": "broken",
    "ConnectError": "broken",
    "DownloadCancelledError": TOO_LARGE,
    "UnaskedNotModified": "protocol",
    "HostLeftAlone": "left alone",
}
OTHER_REASON = "other"
# Failures after which a host that is asked for https may still answer http.
TRANSPORT = frozenset({"tls", "refused", "broken", "timeout"})


def reason_of(error: BaseException) -> str:
    """The class of a failure: dns, refused, timeout, tls, broken … ``other`` for what nobody thought of."""
    seen: BaseException | None = error
    text = str(error)
    if "OpenSSL" in text or "SSL" in text or "certificate" in text.lower():
        return "tls"
    while seen is not None:
        if type(seen).__name__ in REASONS:
            return REASONS[type(seen).__name__]
        seen = seen.__cause__
    return OTHER_REASON
