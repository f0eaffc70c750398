"""A report against those of other organs: copies, shared index numbers, contradictions, regions and peers.

Promises findings in an order that depends on the reports alone. Must not know an organ's other years.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from pydantic import JsonValue

from pipelines.panel.digest import Digest
from pipelines.panel.findings import Finding, new_finding
from pipelines.panel.rules_years import table_vector
from pipelines.panel.similarity import candidates, jaccard
from pipelines.parser import divisions

_OTHERS_JACCARD = 0.80
_PEER_FACTOR, _LEAST_PEERS = 100, 10
_COMPARED = (
    "applications.new_received.total",
    "applications.total_handled.total",
    "active_disclosure.normative_documents.in_force",
    "review_litigation.review.total",
)
_BELOW = {"state": "province", "province": "prefecture", "prefecture": "county"}
_OWN_TEXT = 2048  # shingle sets kept at a time


def check_copied_texts(reports: Sequence[Digest]) -> Iterator[Finding]:
    """Rule X07: for each report the most similar one of another organ that comes before it by key."""
    best: dict[int, tuple[float, int]] = {}
    sets: dict[int, set[int]] = {}
    for earlier, later in candidates([report.signature for report in reports]):
        if reports[earlier].series == reports[later].series:
            continue
        if len(sets) > _OWN_TEXT:
            sets.clear()
        for position in (earlier, later):
            if position not in sets:
                sets[position] = reports[position].shingles()
        alike = jaccard(sets[earlier], sets[later])
        if alike >= _OTHERS_JACCARD and alike > best.get(later, (0.0, 0))[0]:
            best[later] = (alike, earlier)
    for later, (alike, earlier) in sorted(best.items()):
        keys = [reports[later].key, reports[earlier].key]
        yield new_finding("X07", keys, "sections", expected=f"< {_OTHERS_JACCARD:.2f}", found=round(alike, 4))


def check_copied_tables(reports: Sequence[Digest]) -> Iterator[Finding]:
    """Rule X08 between organs: for each report the first one with its table 3."""
    first: dict[tuple[int, tuple[int, ...]], Digest] = {}
    for report in reports:
        vector = table_vector(report)
        if vector is None:
            continue
        other = first.setdefault((id(report.layout), vector), report)
        if other.series != report.series:
            yield new_finding("X08", [report.key, other.key], "applications", note="table 3 is that of another organ")


def check_index_numbers(reports: Sequence[Digest]) -> Iterator[Finding]:
    """Rule X09: one finding for each index number of several organs or years."""
    users: dict[str, list[Digest]] = defaultdict(list)
    for report in reports:
        if report.index_number:
            users[report.index_number].append(report)
    for number, group in sorted(users.items()):
        if len({(report.series, report.year) for report in group}) > 1:
            keys = list(dict.fromkeys(report.key for report in group))
            yield new_finding("X09", keys, "identity.index_number", found=number)


def check_contradictions(reports: Sequence[Digest]) -> Iterator[Finding]:
    """Rule X10: each further live report of one organ and year whose numbers differ from the first one's."""
    first: dict[tuple[str, int], Digest] = {}
    for report in reports:
        if report.series is None or report.year is None:
            continue
        other = first.setdefault((report.series, report.year), report)
        if other is report:
            continue
        differing = sorted(
            address
            for address in other.layout.keys() | report.layout.keys()
            if other.find(address) is None
            or report.find(address) is None
            or other.number(address) != report.number(address)
        )
        # A report without tables contradicts nobody.
        if differing and other.layout and report.layout:
            expected: list[JsonValue] = [other.number(address) for address in differing]
            found: list[JsonValue] = [report.number(address) for address in differing]
            cells = [f"{one.key}#{address}" for one in (report, other) for address in differing]
            yield new_finding("X10", [report.key, other.key], "tables", expected=expected, found=found, cells=cells)


def check_revisions(reports: Sequence[Digest], revisions: Mapping[str, Mapping[int, Digest]]) -> Iterator[Finding]:
    """Rule X11: the cells that the current revision changed; old and new numbers where the revision before was read."""
    for report in reports:
        if report.revision is None or report.revision <= 1:
            continue
        before = revisions[report.key].get(report.revision - 1)
        old: dict[str, JsonValue] = {}
        new: dict[str, JsonValue] = {}
        for address in report.changed_cells:
            if before is not None and (before.find(address) or report.find(address)):
                old[address], new[address] = before.number(address), report.number(address)
        unread = "" if before is not None else f"; no line of revision {report.revision - 1} was read"
        yield new_finding(
            "X11",
            [report.key],
            "history",
            expected=old or None,
            found=new or None,
            note=f"revision {report.revision}{unread}",
            cells=[f"{report.key}#{address}" for address in report.changed_cells],
        )


def check_regions(reports: Sequence[Digest]) -> Iterator[Finding]:
    """Rule X13: governments that report for their region against those of the divisions right below them."""
    governments: dict[tuple[int, str], list[Digest]] = defaultdict(list)
    for report in reports:
        if report.kind == "government" and report.year is not None and report.division:
            governments[report.year, report.division].append(report)
    children = _children(governments)
    for (year, code), group in sorted(governments.items()):
        own = next((report for report in group if report.coverage == "own_level"), None)
        below = children.get((year, code), [])
        for parent in group:
            if parent.coverage == "aggregate_region" and below:
                yield from _check_region(parent, own, below, _divisions_below(parent, year))


def _children(governments: dict[tuple[int, str], list[Digest]]) -> dict[tuple[int, str], list[Digest]]:
    found: dict[tuple[int, str], list[Digest]] = defaultdict(list)
    for (year, code), group in sorted(governments.items()):
        if code.endswith("00"):
            parent = code[:2] + "0000"
        else:
            parent = code[:4] + "00" if divisions.find_entry(code[:4] + "00", year) else code[:2] + "0000"
        if parent != code:
            # Of a division's reports the one that covers it whole.
            found[year, parent].append(
                min(group, key=lambda report: (report.coverage != "aggregate_region", report.key))
            )
    return found


def _divisions_below(parent: Digest, year: int) -> set[str]:
    """The codes of the divisions of the next level in the parent's."""
    level, stem = _BELOW.get(parent.level or ""), divisions.stem_of(parent.division or "")
    return {
        entry.code
        for entry in divisions.load_entries()
        if entry.level == level and entry.in_year(year) and entry.code.startswith(stem)
    }


def _check_region(
    parent: Digest, own: Digest | None, children: Sequence[Digest], expected_codes: set[str]
) -> Iterator[Finding]:
    complete = own is not None and expected_codes == {child.division for child in children}
    for address in _COMPARED:
        whole = parent.number(address)
        printed = [(child, number) for child in children if (number := child.number(address)) is not None]
        if whole is None or not printed:
            continue
        child, most = max(printed, key=lambda pair: (pair[1], pair[0].key))
        if whole < most:
            cells = [f"{parent.key}#{address}", f"{child.key}#{address}"]
            yield new_finding("X13", [parent.key, child.key], address, expected=f">= {most}", found=whole, cells=cells)
        elif complete and own is not None and len(printed) == len(children):
            own_number = own.number(address)
            together = sum(number for _, number in printed) + (own_number or 0)
            if own_number is not None and whole != together:
                members = [parent, own, *children]
                yield new_finding(
                    "X13",
                    [member.key for member in members],
                    address,
                    expected=together,
                    found=whole,
                    note="own level and all divisions together",
                    cells=[f"{member.key}#{address}" for member in members],
                )


def check_peers(reports: Sequence[Digest]) -> Iterator[Finding]:
    """Rule C08: numbers far above the median of organs of the same kind, level and year."""
    peers: dict[tuple[str, str, int], list[Digest]] = defaultdict(list)
    for report in reports:
        if report.kind and report.level and report.year is not None:
            peers[report.kind, report.level, report.year].append(report)
    for _, group in sorted(peers.items()):
        for address in _COMPARED:
            numbers = {report.key: number for report in group if (number := report.number(address)) is not None}
            if len(numbers) < _LEAST_PEERS:
                continue
            middle = median(numbers.values())
            for key, number in sorted(numbers.items()):
                if middle > 0 and number > _PEER_FACTOR * middle:
                    limit = f"<= {_PEER_FACTOR} * {middle:g}"
                    note = f"median of {len(numbers)} reports"
                    yield new_finding(
                        "C08", [key], address, expected=limit, found=number, note=note, cells=[f"{key}#{address}"]
                    )
