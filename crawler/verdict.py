"""The verdict of a run: per portal, what was expected against what was found, computed from the ledger alone.

Must not know how anything was fetched or parsed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from archive.ledger import Ledger
from archive.tally import Tally
from crawler.command import ExitCode
from crawler.outcomes import KINDS, Kind, Outcome
from crawler.page_class import PageClass
from crawler.portals import Portal

# From best to worst; a run is as good as its worst portal.
VERDICTS = {
    "complete": ExitCode.COMPLETE,
    "partial": ExitCode.PARTIAL,
    "nothing-found": ExitCode.NOTHING_FOUND,
    "blocked": ExitCode.BLOCKED,
}
_ORDER = list(VERDICTS)

# A few refused pages are pages in trouble; more are a portal that refuses.
REFUSED_PAGES = 3
# Pages that answer and are no longer listed: this many, and this share of what was ever listed, are a listing in trouble.
UNLISTED_LEAST, UNLISTED_SHARE = 3, 0.2
MISSING_NAMED = 50
STARTS_FORGOTTEN = "its start addresses are forgotten"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The newest period (report year) that half of the series (organs) of the period before have: who has it, who not."""

    period: int
    found: int
    expected: int
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class PortalVerdict:
    """One portal's row of the run report.

    Counts are of this run, except ``listed`` (report pages ever found), ``known`` (reports its pages show now),
    ``expected`` (registry) and ``known_before`` (after the last run). ``reasons`` say all that keeps it from being
    complete, worst first; ``reason`` is the first. ``acknowledged`` is the date until which the registry expects the
    portal to be down. ``failures`` counts failed requests by class. What was asked for beside pages is in no other count
    than ``attachments`` and ``requisites`` (archived, or unchanged) and ``_missing``, and fails nothing.
    """

    portal: str
    family: str
    verdict: str
    reason: str
    reasons: Sequence[str]
    acknowledged: str
    listing_pages: int
    rows_seen: int
    rows_promised: int | None
    listed: int
    expected: int | None
    known_before: int | None
    known: int
    emitted: int
    new: int
    revised: int
    withdrawn: int
    moved: int
    missing: int
    unchanged: int
    not_due: int
    left: int
    awaiting: int
    unlisted: int
    blocked: int
    robots: int
    failed: int
    failures: Mapping[str, int]
    archived: int
    bytes: int
    bytes_saved: int
    attachments: int
    attachments_missing: int
    requisites: int
    requisites_missing: int
    checks_failed: int
    errors: int
    calendar: Calendar | None
    listings_whole: bool

    @property
    def code(self) -> ExitCode:
        """What the portal means for the exit code of the run."""
        return ExitCode.COMPLETE if self.acknowledged else VERDICTS[self.verdict]


def judge_portal(
    portal: Portal,
    tally: Tally,
    closed_hosts: Mapping[str, str],
    known_before: int | None,
    today: date,
    vanished: tuple[int, int] | None = None,
    *,
    forgotten: bool = False,
) -> PortalVerdict:
    """Compare what was due with what was found.

    ``closed_hosts`` says of which hosts no more was asked, and why; ``forgotten`` that no start address may be asked for.
    """
    kinds: dict[Kind, int] = {}
    for (_, outcome), count in tally.outcomes.items():
        kind = KINDS[outcome]
        kinds[kind] = kinds.get(kind, 0) + count
    findings = list(_findings(portal, tally, kinds, closed_hosts, known_before))
    if forgotten:
        findings = [("nothing-found", STARTS_FORGOTTEN)]
    if vanished is not None:
        text = (
            f"{vanished[0]} reports vanished at once, {vanished[1]} are left: an outage or a redesign, not withdrawals"
        )
        findings.append(("partial", text))
    findings.sort(key=lambda finding: -_ORDER.index(finding[0]))
    verdict = findings[0][0] if findings else "complete"
    had, missed = Counter[str](), Counter[str]()
    for (role, outcome), count in tally.beside.items():
        (had if KINDS[outcome] is Kind.DONE else missed)[role] += count
    changes = [change for change, _ in tally.documents]
    down = portal.expect_down if verdict != "complete" and portal.expected_down(today) else None
    return PortalVerdict(
        portal=portal.id,
        family=portal.family,
        verdict=verdict,
        reason=findings[0][1] if findings else "",
        reasons=[text for _, text in findings],
        acknowledged=down.isoformat() if down else "",
        listing_pages=tally.listing_pages,
        rows_seen=tally.rows_seen,
        rows_promised=tally.rows_promised,
        listed=tally.listed,
        expected=portal.expect,
        known_before=known_before,
        known=tally.known_documents,
        emitted=len(changes),
        new=changes.count("new"),
        revised=changes.count("revised"),
        withdrawn=changes.count("withdrawn"),
        moved=tally.moved,
        missing=kinds.get(Kind.GONE, 0),
        unchanged=sum(n for (_, outcome), n in tally.outcomes.items() if outcome == Outcome.UNCHANGED),
        not_due=tally.not_due,
        left=tally.left,
        awaiting=tally.awaiting,
        unlisted=tally.unlisted,
        blocked=kinds.get(Kind.BLOCKED, 0) + tally.outcomes.get(("listing", Outcome.ROBOTS), 0),
        robots=sum(n for (_, outcome), n in tally.outcomes.items() if outcome == Outcome.ROBOTS),
        failed=kinds.get(Kind.FAILED, 0),
        failures=tally.reasons,
        archived=tally.archived,
        bytes=tally.bytes,
        bytes_saved=tally.bytes_saved,
        attachments=had["attachment"],
        attachments_missing=missed["attachment"],
        requisites=had["requisite"],
        requisites_missing=missed["requisite"],
        checks_failed=sum(counts.get("checks_failed", 0) for _, counts in tally.documents),
        errors=sum(counts.get("errors", 0) for _, counts in tally.documents),
        calendar=_calendar(tally.periods),
        listings_whole=verdict not in ("blocked", "nothing-found") and not _listing_trouble(tally),
    )


def _findings(
    portal: Portal,
    tally: Tally,
    kinds: Mapping[Kind, int],
    closed_hosts: Mapping[str, str],
    known_before: int | None,
) -> Iterable[tuple[str, str]]:
    """Everything that keeps a portal from being complete, each with the verdict it asks for."""
    first = tally.failures[0] if tally.failures else ""
    blocked = kinds.get(Kind.BLOCKED, 0)
    challenged = sum(n for (_, outcome), n in tally.outcomes.items() if outcome == PageClass.CHALLENGE)
    listings_blocked = sum(
        n
        for (role, outcome), n in tally.outcomes.items()
        if role == "listing" and (KINDS[outcome] is Kind.BLOCKED or outcome == Outcome.ROBOTS)
    )
    if challenged or listings_blocked or blocked >= REFUSED_PAGES:
        what = f"{listings_blocked} of them listings; " if listings_blocked else ""
        count = max(blocked, listings_blocked)
        yield "blocked", f"{count} requests were refused, challenged or forbidden; {what}see crawl.log"
    elif blocked:
        yield "partial", f"{blocked} pages were refused; see crawl.log"
    for host, why in closed_hosts.items():
        if portal.covers(f"http://{host}/"):
            yield "blocked" if "block page" in why or "status 4" in why else "partial", f"{host}: {why}"
    if not tally.known_documents:
        yield "nothing-found", first or f"{tally.listed} pages listed, no report among them; see skipped.jsonl"
    failed = kinds.get(Kind.FAILED, 0)
    if failed:
        yield "partial", f"{first}{f' (and {failed - 1} more)' if failed > 1 else ''}" if first else f"{failed} failed"
    if tally.left:
        yield "partial", f"{tally.left} requests are left for the next run"
    if tally.awaiting:
        yield "partial", f"{tally.awaiting} pages await the files that carry their report"
    for short in tally.shortfalls:
        yield "partial", f"{short.url}: {short.seen} rows seen, the portal promises {short.promised}"
    if _too_many_unlisted(tally):
        yield "partial", f"{tally.unlisted} pages that still answer are not listed any more: a listing shows half"
    if portal.expect is not None and tally.known_documents < portal.expect:
        yield "partial", f"{tally.known_documents} reports found, the registry expects {portal.expect}"
    if known_before and tally.known_documents * 2 < known_before:
        yield "partial", f"{tally.known_documents} reports found, {known_before} after the last run"


def _too_many_unlisted(tally: Tally) -> bool:
    return tally.unlisted >= UNLISTED_LEAST and tally.unlisted >= UNLISTED_SHARE * tally.listed


def _listing_trouble(tally: Tally) -> bool:
    """Whether the listings cannot be trusted to show all there is."""
    troubled = any(role == "listing" and KINDS[outcome] is Kind.FAILED for role, outcome in tally.outcomes)
    return troubled or _too_many_unlisted(tally)


def _calendar(periods: Mapping[int, frozenset[str]]) -> Calendar | None:
    for period in sorted(periods, reverse=True):
        before = periods.get(period - 1, frozenset())
        if before and len(periods[period]) * 2 >= len(before):
            missing = sorted(before - periods[period])
            return Calendar(period, len(periods[period]), len(before | periods[period]), missing[:MISSING_NAMED])
    return None


def judge_run(
    ledger: Ledger,
    run: str,
    portals: Iterable[Portal],
    closed_hosts: Mapping[str, str],
    today: date,
    vanished: Mapping[str, tuple[int, int]] | None = None,
) -> list[PortalVerdict]:
    """The verdict on every portal of the run.

    ``today`` is the day in China; ``vanished`` says of which portals more reports vanished than are left (how many, and
    how many are left).
    """
    rows = []
    for portal in portals:
        before = next((detail for earlier, _, _, detail in ledger.verdicts(portal.id) if earlier != run), {})
        known = before.get("known")
        tally = ledger.tally(portal.id, run)
        gone = (vanished or {}).get(portal.id)
        forgotten = all(ledger.tombstones.covers(url) for url in portal.start)
        known = known if isinstance(known, int) else None
        rows.append(judge_portal(portal, tally, closed_hosts, known, today, gone, forgotten=forgotten))
    return rows


def worst(rows: Iterable[PortalVerdict]) -> str:
    """The verdict of the run: that of its worst portal; a known outage does not count."""
    verdicts = ["complete" if row.acknowledged else row.verdict for row in rows]
    return max(verdicts, key=_ORDER.index, default="nothing-found")


def as_report(
    run: str, started_at: str, finished_at: str, rows: list[PortalVerdict], hosts: object
) -> dict[str, object]:
    """The content of ``runs/<run>/report.json``."""
    return {
        "run": run,
        "verdict": worst(rows),
        "started_at": started_at,
        "finished_at": finished_at,
        "portals": [asdict(row) for row in rows],
        "hosts": hosts,
    }


def as_table(rows: Iterable[PortalVerdict]) -> str:
    """The small table a person reads at the end of a run."""
    head = ("portal", "family", "listed", "archived", "new", "revised", "withdrawn", "unchanged", "failed", "verdict")
    cells = [
        (
            *(row.portal, row.family),
            *map(str, (row.listed, row.archived, row.new, row.revised, row.withdrawn)),
            *map(str, (row.unchanged + row.not_due, row.failed + row.blocked)),
            f"{row.verdict} (known outage until {row.acknowledged})" if row.acknowledged else row.verdict,
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (head, *cells)) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if 2 <= column < len(head) - 1 else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *cells)
    )
