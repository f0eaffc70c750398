"""What a crawl would ask of each host, and how long that takes at least: the dry run. Sends nothing, keeps nothing.

Must not know how anything is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from archive.ledger import Ledger
from crawler.beside import owners_beside
from crawler.hosts import Hosts
from crawler.portals import Portal


@dataclass(slots=True)
class HostPlan:
    """One host: requests by role, seconds from one to the next, and why it would be left alone, if so.

    ``beside`` counts the attachments and requisites of pages. ``crawl_delay`` is what its robots.txt asks for, as far as it
    is known; ``delay`` may be less, by CRAWL_DELAY_MAX.
    """

    host: str
    portals: list[str]
    listings: int = 0
    reports: int = 0
    others: int = 0
    beside: int = 0
    delay: float = 0.0
    crawl_delay: float = 0.0
    left_alone: str = ""

    @property
    def requests(self) -> int:
        return self.listings + self.reports + self.others + self.beside

    @property
    def seconds(self) -> float:
        """How long it takes at least; answers come on top."""
        return self.requests * self.delay


def plan_crawl(ledger: Ledger | None, portals: Sequence[Portal], hosts: Hosts) -> list[HostPlan]:
    """The hosts in order of time; what a listing leads to that is not known yet cannot be in it."""
    plans: dict[str, HostPlan] = {}

    def of(host: str, portal: str) -> HostPlan:
        plan = plans.setdefault(host, HostPlan(host, []))
        if portal not in plan.portals:
            plan.portals.append(portal)
        return plan

    owners = [*(portal.id for portal in portals), *owners_beside(portals)]
    for owner, host, role, rows in ledger.frontier.due(owners) if ledger else ():
        portal, is_beside, _ = owner.partition("/")
        plan = of(host, portal)
        if is_beside:
            plan.beside += rows
            continue
        plan.listings += rows if role == "listing" else 0
        plan.reports += rows if role == "report" else 0
        plan.others += rows if role not in ("listing", "report") else 0
    for entry in portals:
        for url in entry.start:
            if ledger is None or not ledger.frontier.is_due(url):
                of(urlsplit(url).netloc.lower(), entry.id).listings += 1
    for plan in plans.values():
        state = hosts.get(plan.host)
        plan.delay, plan.crawl_delay, plan.left_alone = state.delay, state.crawl_delay, state.closed
    return sorted(plans.values(), key=lambda plan: (-plan.seconds, -plan.requests, plan.host))


def as_json(plans: Sequence[HostPlan]) -> dict[str, object]:
    """The plan for a script."""
    asked = [plan for plan in plans if not plan.left_alone]
    return {
        "hosts": [{**asdict(plan), "requests": plan.requests, "seconds": plan.seconds} for plan in plans],
        "requests": sum(plan.requests for plan in asked),
        "seconds": max((plan.seconds for plan in asked), default=0.0),
        "planned_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def as_text(plans: Sequence[HostPlan]) -> str:
    """The plan for a person."""
    lines = [
        f"{plan.host}  {plan.requests} requests ({plan.listings} listings, {plan.reports} reports, {plan.others} others"
        + (f", {plan.beside} beside pages)" if plan.beside else ")")
        + (f"; {plan.left_alone}" if plan.left_alone else f", at least {duration(plan.seconds)} at {_pace(plan)}")
        for plan in plans
    ]
    asked = [plan for plan in plans if not plan.left_alone]
    longest = max((plan.seconds for plan in asked), default=0.0)
    total = sum(plan.requests for plan in asked)
    lines.append(
        f"in all {total} requests of {len(asked)} hosts, at least {duration(longest)}, since hosts are asked side by side;"
        " listings may lead to more"
    )
    return "\n".join(lines)


def _pace(plan: HostPlan) -> str:
    capped = f", its robots.txt asks for {plan.crawl_delay:g} s" if plan.crawl_delay > plan.delay else ""
    return f"{plan.delay:g} s{capped}"


def duration(seconds: float) -> str:
    """Seconds for a person: ``45 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
