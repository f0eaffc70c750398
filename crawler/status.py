"""How the portals and hosts of a registry stand: the last verdicts, what is due now, what needs a person.

Reads the ledger only, and may do so while a crawl writes it. Must not know how anything was fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from archive.hosts import RobotsFile
from archive.ledger import Ledger
from crawler.hosts import Host, Hosts
from crawler.portals import Portal

NEVER_VERIFIED = "never verified"


@dataclass(frozen=True, slots=True)
class PortalStatus:
    """One portal. Moments are ISO 8601 in UTC, empty where there was none.

    Of the last verdict: ``run``, ``finished_at``, ``verdict`` (``never verified`` where there is none), ``reasons``,
    ``known`` (reports), ``blocked``, ``failed``, ``left`` (requests) and the newest ``period`` (report year) that half
    of the organs of the one before have, with how many have it, how many should, and which do not. ``complete_run`` is
    the last complete run. ``due`` counts the requests due now. ``expected`` is what the registry expects, ``down_until``
    the last day of an outage it knows of (empty where that day is past, or the portal complete).
    """

    portal: str
    name: str
    family: str
    run: str
    finished_at: str
    verdict: str
    reasons: Sequence[str]
    complete_run: str
    complete_at: str
    known: int
    expected: int | None
    period: int | None
    period_found: int
    period_expected: int
    period_missing: Sequence[str]
    blocked: int
    failed: int
    left: int
    due: int
    down_until: str

    @property
    def healthy(self) -> bool:
        """Whether nobody has to look at it: complete, or known to be down."""
        return self.verdict == "complete" or bool(self.down_until)

    @property
    def reason(self) -> str:
        """The first reason, one line; empty for a complete portal."""
        return self.reasons[0] if self.reasons else ""


@dataclass(frozen=True, slots=True)
class HostStatus:
    """One host. ``delay`` is in seconds from request to request, as the settings and the host have it now.

    ``paused_until`` and ``by_http_until`` (https fails there) are empty where that is past; ``paused_for`` says why.
    ``robots`` has the state of robots.txt by authority: ``read``, ``none`` or ``unreachable: …``, and since when.
    """

    host: str
    portals: Sequence[str]
    delay: float
    due: int
    paused_until: str
    paused_for: str
    by_http_until: str
    robots: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Status:
    """Portals in the order of the registry, hosts in that of their names, and the runs without a verdict."""

    portals: Sequence[PortalStatus]
    hosts: Sequence[HostStatus]
    unfinished_runs: Sequence[str]

    @property
    def healthy(self) -> bool:
        return all(portal.healthy for portal in self.portals)

    def as_json(self) -> dict[str, object]:
        """The status for a script."""
        return {
            "healthy": self.healthy,
            "portals": [{**asdict(row), "healthy": row.healthy} for row in self.portals],
            "hosts": [asdict(row) for row in self.hosts],
            "unfinished_runs": list(self.unfinished_runs),
        }


def read_status(ledger: Ledger, portals: Sequence[Portal], hosts: Hosts, today: date) -> Status:
    """How these portals stand; ``today`` is the day in China."""
    due_of_portal: dict[str, int] = {}
    due_of_host: dict[str, int] = {}
    asked: dict[str, set[str]] = {}
    # A few at a time: a statement has a limited number of parameters.
    for portal in portals:
        for _, host, _, rows in ledger.frontier.due([portal.id]):
            due_of_portal[portal.id] = due_of_portal.get(portal.id, 0) + rows
            due_of_host[host] = due_of_host.get(host, 0) + rows
            asked.setdefault(host, set()).add(portal.id)
    by_name = _portals_by_name(portals)
    for host in ledger.hosts.load_all():
        if not ledger.tombstones.covers(f"http://{host}/") and (of := _portals_of(host, by_name)):
            asked.setdefault(host, set()).update(of)
    return Status(
        portals=[_portal_status(ledger, portal, due_of_portal.get(portal.id, 0), today) for portal in portals],
        hosts=[
            _host_status(ledger, hosts.get(host), sorted(of), due_of_host.get(host, 0))
            for host, of in sorted(asked.items())
        ],
        unfinished_runs=ledger.unfinished_runs(),
    )


def _portal_status(ledger: Ledger, portal: Portal, due: int, today: date) -> PortalStatus:
    last: tuple[str, str, str, Mapping[str, Any]] | None = None
    complete_run = complete_at = ""
    for entry in ledger.verdicts(portal.id):
        last = last or entry
        if entry[2] == "complete":
            complete_run, complete_at = entry[:2]
            break
    run, finished_at, verdict, detail = last or ("", "", NEVER_VERIFIED, {})
    calendar = detail.get("calendar") or {}
    down = portal.expect_down if verdict != "complete" and portal.expected_down(today) else None
    return PortalStatus(
        portal=portal.id,
        name=portal.name,
        family=portal.family,
        run=run,
        finished_at=_seconds(finished_at),
        verdict=verdict,
        reasons=detail.get("reasons", []),
        complete_run=complete_run,
        complete_at=_seconds(complete_at),
        known=detail.get("known", 0),
        expected=portal.expect,
        period=calendar.get("period"),
        period_found=calendar.get("found", 0),
        period_expected=calendar.get("expected", 0),
        period_missing=calendar.get("missing", []),
        blocked=detail.get("blocked", 0),
        failed=detail.get("failed", 0),
        left=detail.get("left", 0),
        due=due,
        down_until=down.isoformat() if down else "",
    )


def _host_status(ledger: Ledger, host: Host, portals: Sequence[str], due: int) -> HostStatus:
    robots = {}
    for scheme in ("https", "http"):
        file = ledger.hosts.load_robots(f"{scheme}://{host.name}")
        if file is not None:
            robots[file.authority] = (_robots_state(file), _seconds(file.fetched_at))
    return HostStatus(
        host=host.name,
        portals=portals,
        delay=round(host.delay, 1),
        due=due,
        paused_until=_moment(host.paused_until) if host.wait() > 0 else "",
        paused_for=host.paused_for if host.wait() > 0 else "",
        by_http_until=_moment(host.http_until) if host.uses_http else "",
        robots=robots,
    )


def _robots_state(file: RobotsFile) -> str:
    if file.problem:
        return f"unreachable: {file.problem}"
    return "read" if file.body else "none"


def _seconds(moment: str) -> str:
    """A moment of the ledger to the second."""
    return f"{moment[:19]}Z" if moment else ""


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# -- which portals a host belongs to --------------------------------------------------------------------------------


def _portals_by_name(portals: Iterable[Portal]) -> dict[str, list[Portal]]:
    """Portals by the names of their hosts without ``www.``: thousands of hosts are not held against each portal."""
    by_name: dict[str, list[Portal]] = {}
    for portal in portals:
        for name in {host.removeprefix("www.") for host in portal.hosts}:
            by_name.setdefault(name, []).append(portal)
    return by_name


def _portals_of(host: str, by_name: Mapping[str, Sequence[Portal]]) -> set[str]:
    url = f"http://{host}/"
    labels = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
    near = [portal for n in range(len(labels)) for portal in by_name.get(".".join(labels[n:]), ())]
    return {portal.id for portal in near if portal.covers(url)}
