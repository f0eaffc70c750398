"""An organ's report against its own report of the year before, and its whole series.

Promises findings only where both years print what a rule compares. Must not know other organs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import JsonValue

from pipelines.panel.digest import Digest
from pipelines.panel.findings import Finding, new_finding
from pipelines.panel.similarity import jaccard, likely
from pipelines.parser.check_rules_sums import Sum, total
from pipelines.parser.checks_cells import Cell
from pipelines.parser.model import Severity, Status

COLUMNS: Final = (
    "natural_person",
    "commercial_enterprise",
    "research_institution",
    "public_welfare_org",
    "legal_service_org",
    "other_org",
    "total",
)
_DOCUMENTS = ("regulations", "normative_documents")
_ITEM_ROWS = (
    "administrative_licensing",
    "other_external_services",
    "administrative_penalty",
    "administrative_compulsion",
    "administrative_fees",
)
_JUMPING = (
    "applications.new_received.total",
    "applications.total_handled.total",
    "active_disclosure.normative_documents.issued",
    "active_disclosure.normative_documents.in_force",
    "active_disclosure.administrative_licensing.decisions",
    "active_disclosure.administrative_penalty.decisions",
    "active_disclosure.administrative_compulsion.decisions",
    "review_litigation.review.total",
    "review_litigation.litigation_direct.total",
    "review_litigation.litigation_after_review.total",
)
_JUMP_RATIO, _JUMP_LEAST = 10, 100
_SLIP_YEARS = 3
_OWN_JACCARD = 0.90
# Fewer agree by chance from year to year, and between organs.
_LEAST_APPLICATIONS = _LEAST_NUMBERS = 10


def check_years(this: Digest, last: Digest) -> Iterator[Finding]:
    """The rules X01 to X06, X08, X14 and T402 that the report breaks against that of the year before."""
    yield from _check_carry_over(this, last)
    yield from _check_in_force(this, last)
    yield from _check_items(this, last)
    yield from _check_claims(this, last)
    yield from _check_disputes(this, last)
    yield from _check_repetition(this, last)
    yield from _check_jumps(this, last)


def check_series(reports: Sequence[Digest]) -> Iterator[Finding]:
    """The rules X12 and X15 over the reports of one organ, in order of year, one a year."""
    years = {report.year: report for report in reports if report.year is not None}
    for year in range(min(years, default=0), max(years, default=0)):
        if year not in years:
            before = max(known for known in years if known < year)
            after = min(known for known in years if known > year)
            keys = [years[before].key, years[after].key]
            yield new_finding("X12", keys, "identity.report_year", expected=year, note=f"no report of {year}")
    run: list[Digest] = []
    for report in reports:
        follows = run and report.year == (run[-1].year or 0) + 1
        run = ([*run, report] if follows else [report]) if _may_be_slip(report) else []
        if len(run) == _SLIP_YEARS:
            keys = [each.key for each in reversed(run)]
            found: list[JsonValue] = [each.number("applications.new_received.total") for each in reversed(run)]
            note = "every application received is handled, in every column and year"
            yield new_finding("X15", keys, "applications.total_handled", found=found, note=note)


def table_vector(report: Digest) -> tuple[int, ...] | None:
    """Table 3 cell by cell, where every cell is a number and so many are there that two do not agree by chance."""
    numbers = [report.number(address) for address in report.layout if address.startswith("applications.")]
    vector = tuple(number for number in numbers if number is not None)
    received = report.number("applications.new_received.total") or 0
    enough = received >= _LEAST_APPLICATIONS and sum(map(bool, vector)) >= _LEAST_NUMBERS
    return vector if enough and len(vector) == len(numbers) else None


def _check_carry_over(this: Digest, last: Digest) -> Iterator[Finding]:
    for column in COLUMNS:
        scope = f"applications.carried_over_in.{column}"
        severity: Severity = "error" if column == "total" else "warning"
        yield from _balance(
            "X01", this, last, scope, [scope], [f"applications.carried_over_out.{column}"], (), severity
        )


def _check_in_force(this: Digest, last: Digest) -> Iterator[Finding]:
    for row in _DOCUMENTS:
        kept, repealed, issued = (f"active_disclosure.{row}.{name}" for name in ("in_force", "repealed", "issued"))
        yield from _balance("X02", this, last, kept, [kept, repealed], [kept], [issued], "warning")


def _balance(
    code: str,
    this: Digest,
    last: Digest,
    scope: str,
    left: Sequence[str],
    right_of_last: Sequence[str],
    right_of_this: Sequence[str],
    severity: Severity,
) -> Iterator[Finding]:
    """`left` of this year = `right_of_last` + `right_of_this`: where it fails, or a blank would have to hold a number."""
    ours = _cells(this, left)
    theirs = [*_cells(last, right_of_last), *_cells(this, right_of_this)]
    if len(ours) != len(left) or len(theirs) != len(right_of_last) + len(right_of_this):
        return
    relation = Sum(code, scope, tuple(ours), tuple(theirs))
    status, implied = relation.status, relation.implied()
    if status == "fail" or (implied and any(cell.value is not None for cell in (*ours, *theirs))):
        yield new_finding(
            code,
            [this.key, last.key],
            scope,
            status=status,
            severity=severity,
            expected=int(total(theirs)),
            found=int(total(ours)),
            note=f"{implied[0].address} is blank and would have to be {implied[1]}" if implied else None,
            cells=[cell.address for cell in (*ours, *theirs)],
        )


def _cells(report: Digest, addresses: Sequence[str]) -> list[Cell]:
    return [cell for cell in map(report.find, addresses) if cell is not None]


def _check_items(this: Digest, last: Digest) -> Iterator[Finding]:
    for row in _ITEM_ROWS:
        before, change = (f"active_disclosure.{row}.{name}" for name in ("items_prev_year", "items_change"))
        said, had, changed = this.number(before), last.number(before), last.number(change)
        if said is not None and had is not None and changed is not None and said != had + changed:
            named = [f"{this.key}#{before}", f"{last.key}#{before}", f"{last.key}#{change}"]
            yield new_finding("X03", [this.key, last.key], before, expected=had + changed, found=said, cells=named)


def _check_claims(this: Digest, last: Digest) -> Iterator[Finding]:
    address = "applications.new_received.total"
    printed = last.number(address)
    year = f"{address}@{last.year}"
    said = {claim.implies[year] for claim in this.claims if claim.implies and year in claim.implies}
    if printed is None or not said:
        return
    quotes = [claim.quote for claim in this.claims]
    cells = [f"{this.key}#{address}", f"{last.key}#{address}"]
    if printed not in said or len(said) > 1:
        status: Status = "indeterminate" if printed in said else "fail"
        expected: JsonValue = min(said) if len(said) == 1 else [*sorted(said)]
        yield new_finding(
            "X04",
            [this.key, last.key],
            address,
            status=status,
            expected=expected,
            found=printed,
            note="last year's number as this year's text implies it, and as last year's table prints it",
            quotes=quotes,
            cells=cells,
        )


def _check_disputes(this: Digest, last: Digest) -> Iterator[Finding]:
    reviews = "review_litigation.review.total"
    pending, sued = "review_litigation.review.pending", "review_litigation.litigation_after_review.total"
    now, before, left = this.number(reviews), last.number(reviews), last.number(pending)
    if now is not None and left is not None and now < left:
        cells = [f"{this.key}#{reviews}", f"{last.key}#{pending}"]
        yield new_finding("X05", [this.key, last.key], reviews, expected=f">= {left}", found=now, cells=cells)
    lawsuits = this.number(sued)
    if lawsuits is not None and now is not None and before is not None and lawsuits > now + before:
        cells = [f"{this.key}#{sued}", f"{this.key}#{reviews}", f"{last.key}#{reviews}"]
        yield new_finding(
            "T402", [this.key, last.key], sued, expected=f"<= {now + before}", found=lawsuits, cells=cells
        )


def _check_repetition(this: Digest, last: Digest) -> Iterator[Finding]:
    if likely(this.signature, last.signature, _OWN_JACCARD):
        alike = jaccard(this.shingles(), last.shingles())
        if alike >= _OWN_JACCARD:
            yield new_finding(
                "X06", [this.key, last.key], "sections", expected=f"< {_OWN_JACCARD:.2f}", found=round(alike, 4)
            )
    vector = table_vector(this)
    if vector is not None and vector == table_vector(last) and this.layout is last.layout:
        yield new_finding("X08", [this.key, last.key], "applications", note="table 3 is that of last year")


def _check_jumps(this: Digest, last: Digest) -> Iterator[Finding]:
    for address in _JUMPING:
        now, before = this.number(address), last.number(address)
        if now is None or before is None:
            continue
        less, more = sorted((now, before))
        if less >= 0 and more - less > _JUMP_LEAST and more > _JUMP_RATIO * less:
            cells = [f"{this.key}#{address}", f"{last.key}#{address}"]
            yield new_finding("X14", [this.key, last.key], address, expected=before, found=now, cells=cells)


def _may_be_slip(report: Digest) -> bool:
    """Whether table 3 may have new_received copied into total_handled, with nothing carried over."""
    if not report.number("applications.new_received.total"):
        return False
    return all(
        report.number(f"applications.new_received.{column}") == report.number(f"applications.total_handled.{column}")
        and report.number(f"applications.carried_over_in.{column}") == 0
        and report.number(f"applications.carried_over_out.{column}") == 0
        for column in COLUMNS
    )
