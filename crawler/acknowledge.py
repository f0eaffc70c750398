"""From a visit that ended to what the ledger commits: outcome, next due date, lines of the run's logs.

Must not know how the visit was made.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from archive.rows import Acknowledgement, CaptureEntry, FrontierRequest, Validators, later, now, present
from crawler.hosts import Host
from crawler.items import ListingRead, Skipped
from crawler.outcomes import KINDS, TOO_LARGE, Kind, Outcome
from crawler.revisit import RevisitPolicy, moment_of

if TYPE_CHECKING:
    from crawler.visits import Visit

MAX_PROMISED = 10_000_000  # rows; a portal that promises more misprints
# Ends that tomorrow brings again: due by the revisit policy, like a page that was read.
SETTLED = (Outcome.FORGOTTEN, Outcome.OVER_BUDGET)
READ = (Outcome.OK, Outcome.AWAITING)
UNREAD = (Outcome.ERROR, Outcome.LISTING_EMPTIED, Outcome.REPORT_LOST)
# Scripts read these by place: new columns go to the end.
LOG_COLUMNS = (
    *("time", "status", "bytes", "role", "portal", "outcome", "url", "via", "digest", "locator", "detail"),
    *("reason", "milliseconds"),
)


def acknowledgement_of(
    visit: Visit, outcome: str, detail: str, reason: str, policy: RevisitPolicy, host: Host
) -> Acknowledgement:
    """What to commit for a visit."""
    request = visit.request
    kind = KINDS.get(outcome)
    done = kind is Kind.DONE
    moment = present()
    captures = []
    if visit.capture is not None:
        # Read back, the page is the capture it was; the digest of the visit is that of its files, too.
        digest = visit.leased.validators.content_digest if visit.leased.ready else visit.content_digest
        captures.append(CaptureEntry(visit.capture, request.key, request.portal, visit.page_class, digest))
    if outcome == Outcome.POSTPONED:
        # At the end of the pause, in this run; where that is too long to wait for, whenever the next run asks.
        due, changed = _stamp(moment + timedelta(seconds=0 if host.closed else host.wait())), ""
    elif done or kind is Kind.GONE or outcome in SETTLED or (request.is_beside and reason == TOO_LARGE):
        due = _stamp(policy.due_at(request.role, moment_of(visit.leased.changed_at), moment))
        changed = _stamp(policy.due_at(request.role, None, moment))
    else:  # due in the next run
        due, changed = later(timedelta(0)), ""
    before = visit.leased.validators.content_digest
    return Acknowledgement(
        request=request,
        outcome=outcome,
        due_at=due,
        due_if_changed=changed,
        postponed=outcome == Outcome.POSTPONED,
        succeeded=done,
        news=outcome == Outcome.OK
        and request.role not in ("listing", "report")
        and bool(before)
        and before != visit.content_digest,
        gone=kind is Kind.GONE,
        reason=reason,
        detail=_encodable(detail),
        size=visit.size if outcome in READ else 0,
        listing=_listing(visit.listing),
        captures=captures,
        links=visit.links,
        links_are_all=outcome == Outcome.OK and request.role == "listing",
        beside=visit.beside,
        carriers=_carriers(visit, outcome),
        read_back=visit.leased.ready,
        content_digest=visit.content_digest,
        documents=visit.documents,
        recorded_as=visit.recorded_as if request.role != "listing" and not visit.documents and done else "",
        # What was not read, or is gone and may come back, must come whole: a 304 would keep it from being read.
        validators=Validators()
        if outcome in UNREAD or kind is Kind.GONE
        else visit.validators
        if outcome in READ
        else None,
        log_line=_log_line(visit, outcome, reason, detail),
        skipped_lines=[_skipped_line(request, skipped) for skipped in visit.skipped],
        hosts={host.name: host.as_state()},
    )


def _carriers(visit: Visit, outcome: str) -> list[FrontierRequest] | None:
    """The files that a page awaits from now on: none, if it was read whole and says what it says itself."""
    if outcome not in READ or visit.leased.ready or visit.as_before:
        return None
    return visit.carriers


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _listing(read: ListingRead | None) -> tuple[int, int | None] | None:
    if read is None:
        return None
    return read.rows, read.promised if read.promised is not None and read.promised <= MAX_PROMISED else None


def _log_line(visit: Visit, outcome: str, reason: str, detail: str) -> bytes:
    """A line of ``crawl.log``: :data:`LOG_COLUMNS`, tab-separated, ``-`` for what is empty."""
    capture, request = visit.capture, visit.request
    fields = (
        *(now(), str(visit.status or ""), str(visit.size), request.role, request.portal, outcome, request.url),
        *(request.via, visit.content_digest, f"{capture.file}:{capture.offset}" if capture else "", detail),
        *(reason, str(visit.milliseconds)),
    )
    return "\t".join(" ".join(part.split()) or "-" for part in fields).encode("utf-8", "backslashreplace")


def _skipped_line(request: FrontierRequest, skipped: Skipped) -> bytes:
    line = {
        "portal": request.portal,
        "url": skipped.url,
        "title": skipped.title,
        "reason": skipped.reason,
        "via": request.url,
    }
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
