"""The status of portals and hosts for a person: two tables within 100 columns, and a list of what needs one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crawler.status import NEVER_VERIFIED, HostStatus, PortalStatus, Status
from crawler.table import as_table, shortened, width

COLUMNS = 100
NAMED = 5  # organs named of those that lack the newest report
_NAME_LEAST = 8

_PORTALS = ("PORTAL", "NAME", "LAST RUN", "VERDICT", "REPORTS", "YEAR", "DUE", "LEFT", "BLOCKED", "FAILED")
_HOSTS = ("HOST", "DELAY", "DUE", "PAUSED UNTIL", "BY HTTP UNTIL", "ROBOTS.TXT")


def as_text(status: Status) -> str:
    """The status, told in at most 100 columns where ids and host names allow it; details follow in the lists below."""
    parts = [_portal_table(status.portals)]
    if status.hosts:
        parts.append(as_table([_HOSTS, *map(_host_row, status.hosts)], right={1, 2}))
    sections = {
        "Needs a person:": [*_needs(status)],
        "Known outages:": [
            f"{row.portal}: until {row.down_until}{f' ({row.verdict}: {row.reason})' if row.reason else ''}"
            for row in status.portals
            if row.down_until
        ],
        "Organs without the newest report:": [*_missing(status.portals)],
        "Runs without a verdict, under way or interrupted:": list(status.unfinished_runs),
    }
    parts += ["\n".join([head, *(f"  {line}" for line in lines)]) for head, lines in sections.items() if lines]
    return "\n\n".join(parts)


def _portal_table(portals: Sequence[PortalStatus]) -> str:
    rows = [
        (
            *(row.portal, row.name, row.finished_at[:10] or "-", "known outage" if row.down_until else row.verdict),
            f"{row.known}/{row.expected}" if row.expected is not None else str(row.known),
            f"{row.period} {row.period_found}/{row.period_expected}" if row.period else "-",
            *map(str, (row.due, row.left, row.blocked, row.failed)),
        )
        for row in portals
    ]
    others = sum(
        max(width(row[n]) for row in (_PORTALS, *rows)) + 2 for n in range(len(_PORTALS)) if _PORTALS[n] != "NAME"
    )
    room = max(_NAME_LEAST, COLUMNS - others)
    return as_table([_PORTALS, *((row[0], shortened(row[1], room), *row[2:]) for row in rows)], right={4, 6, 7, 8, 9})


def _host_row(host: HostStatus) -> tuple[str, ...]:
    """The moment of a pause to the minute; robots.txt in a word, the worse of http and https, with its day."""
    robots = max(host.robots.values(), key=lambda state: (state[0].startswith("unreachable"), state[1]), default=None)
    return (
        host.host,
        f"{host.delay:g} s",
        str(host.due),
        f"{host.paused_until[:16]}Z" if host.paused_until else "-",
        host.by_http_until[:10] or "-",
        f"{robots[0].partition(':')[0]} {robots[1][:10]}" if robots else "-",
    )


def _needs(status: Status) -> Iterator[str]:
    for row in status.portals:
        if row.verdict == NEVER_VERIFIED and not row.down_until:
            yield f"{row.portal}: {NEVER_VERIFIED}: no run has come to a verdict on it"
        elif not row.healthy:
            last = f"complete last on {row.complete_at}" if row.complete_at else "never complete yet"
            yield f"{row.portal}: {row.verdict}: {row.reason} ({last})"
    for host in status.hosts:
        if host.paused_until:
            yield f"{host.host}: left alone until {host.paused_until}: {host.paused_for}"
        if host.by_http_until:
            yield f"{host.host}: https fails there; asked by http until {host.by_http_until}"
        for authority, (state, since) in host.robots.items():
            if state.startswith("unreachable"):
                yield f"{authority}/robots.txt: {state} ({since})"


def _missing(portals: Sequence[PortalStatus]) -> Iterator[str]:
    for row in portals:
        if row.period_missing:
            lacking = row.period_expected - row.period_found
            more = f" and {lacking - NAMED} more" if lacking > NAMED else ""
            yield f"{row.portal}, {row.period}: {', '.join(row.period_missing[:NAMED])}{more}"
