"""The verdict of a run: per portal, what was expected against what was found, computed from the ledger alone.

Must not know how anything was fetched or parsed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from archive.ledger import Ledger
from archive.tally import Tally
from crawler.command import ExitCode
from crawler.page_class import PageClass
from crawler.portals import Portal

BLOCKED_OUTCOMES = {PageClass.CHALLENGE.value, PageClass.REFUSAL.value, PageClass.LOGIN.value}
FAILED_OUTCOMES = {
    "failed",
    "error",
    "off-site redirect",
    "start address is gone",
    "listing lost its rows",
    PageClass.SERVER_ERROR.value,
    PageClass.OTHER_ERROR.value,
    PageClass.REDIRECT_SHELL.value,
    PageClass.EMPTY_SHELL.value,
}

# From best to worst; a run is as good as its worst portal.
VERDICTS = {
    "complete": ExitCode.COMPLETE,
    "partial": ExitCode.PARTIAL,
    "nothing-found": ExitCode.NOTHING_FOUND,
    "blocked": ExitCode.BLOCKED,
}


@dataclass(frozen=True, slots=True)
class PortalVerdict:
    """One portal's row of the run report. Counts are of this run, except ``listed`` and ``known`` (ever)."""

    portal: str
    family: str
    verdict: str
    reason: str
    listing_pages: int
    rows_seen: int
    rows_promised: int | None
    listed: int
    archived: int
    emitted: int
    new: int
    revised: int
    known: int
    missing: int
    unchanged: int
    blocked: int
    robots: int
    failed: int
    checks_failed: int
    errors: int


def judge_portal(portal: Portal, tally: Tally) -> PortalVerdict:
    """Compare what was due with what was found."""
    ended: dict[str, int] = {}
    for (_, outcome), count in tally.outcomes.items():
        ended[outcome] = ended.get(outcome, 0) + count
    blocked = sum(ended.get(outcome, 0) for outcome in BLOCKED_OUTCOMES)
    # A page that robots.txt keeps from us is the portal's right; a listing kept from us means nothing can be found.
    blocked += tally.outcomes.get(("listing", "robots"), 0)
    failed = sum(ended.get(outcome, 0) for outcome in FAILED_OUTCOMES)
    verdict, reason = _judge(portal, tally, blocked, failed)
    changes = [change for change, _ in tally.documents]
    return PortalVerdict(
        portal=portal.id,
        family=portal.family,
        verdict=verdict,
        reason=reason,
        listing_pages=tally.listing_pages,
        rows_seen=tally.rows_seen,
        rows_promised=tally.rows_promised,
        listed=tally.listed,
        archived=tally.archived,
        emitted=len(changes),
        new=changes.count("new"),
        revised=changes.count("revised"),
        known=tally.known_documents,
        missing=ended.get(PageClass.MISSING.value, 0) + ended.get(PageClass.SOFT_404.value, 0),
        unchanged=ended.get("unchanged", 0),
        blocked=blocked,
        robots=ended.get("robots", 0),
        failed=failed,
        checks_failed=sum(counts.get("checks_failed", 0) for _, counts in tally.documents),
        errors=sum(counts.get("errors", 0) for _, counts in tally.documents),
    )


def _judge(portal: Portal, tally: Tally, blocked: int, failed: int) -> tuple[str, str]:
    if blocked:
        return "blocked", tally.failure or f"{blocked} requests were refused, challenged or forbidden; see crawl.log"
    if not tally.known_documents:
        return "nothing-found", tally.failure or f"{tally.listed} pages listed, no report among them; see skipped.jsonl"
    if failed:
        return "partial", tally.failure or f"{failed} requests failed; see crawl.log"
    if tally.rows_promised is not None and tally.rows_seen < tally.rows_promised:
        return "partial", f"{tally.rows_seen} rows of listings seen, the portal promises {tally.rows_promised}"
    if portal.expect is not None and tally.known_documents < portal.expect:
        return "partial", f"{tally.known_documents} reports found, the registry expects {portal.expect}"
    return "complete", ""


def judge_run(ledger: Ledger, run: str, portals: Iterable[Portal]) -> list[PortalVerdict]:
    """The verdict on every portal of the run."""
    return [judge_portal(portal, ledger.tally(portal.id, run)) for portal in portals]


def worst(rows: Iterable[PortalVerdict]) -> str:
    """The verdict of the run: that of its worst portal."""
    order = list(VERDICTS)
    return max((row.verdict for row in rows), key=order.index, default="nothing-found")


def as_report(run: str, rows: list[PortalVerdict]) -> dict[str, object]:
    """The content of ``runs/<run>/report.json``."""
    return {"run": run, "verdict": worst(rows), "portals": [asdict(row) for row in rows]}


def as_table(rows: Iterable[PortalVerdict]) -> str:
    """The small table a person reads at the end of a run."""
    head = ("portal", "family", "listed", "archived", "reports", "checks failed", "verdict")
    cells = [
        (
            row.portal,
            row.family,
            str(row.listed),
            str(row.archived),
            str(row.emitted),
            str(row.checks_failed),
            row.verdict,
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (head, *cells)) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if 2 <= column <= 5 else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *cells)
    )
