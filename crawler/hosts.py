"""The state of each host: how fast it may be asked, whether it is left alone for now, what it has cost in this run.

Remembered in the ledger from run to run. The circuit breaker: after some block pages or failures in a row a host is
left alone, and the first request after the pause is a probe; each pause that proves too short doubles the next. Must not
know requests, pages or portals.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from scrapy.settings import BaseSettings

from crawler.numbers import number, numbers_by_name, whole_number
from crawler.revisit import jittered

BUDGETS = ("requests", "bytes", "seconds", "errors")
MAX_PAUSE = 24 * 3600.0  # seconds
BUSY_PAUSE = 60.0  # seconds after a 429 or 503 that does not say how long
LEAST_PAUSE = 1.0  # seconds after one that asks for none at all
SCHEME_MEMORY = 30 * 24 * 3600.0  # seconds after which https is tried again
_LATENCY_WEIGHT = 0.2


@dataclass(frozen=True, slots=True)
class Manners:
    """How hosts are treated. Times in seconds.

    ``delay`` is the least time from request to request, ``delay_share`` what part of the response time it must also be
    (0 where no delay is kept), ``delay_max`` the most that may come of response times, ``crawl_delay_max`` what a
    robots.txt may ask for. A host is left alone for ``pause`` after ``block_limit`` block pages or ``error_limit``
    failures in a row; a pause of up to ``max_wait`` is waited for, a longer one ends the host's part in the run.
    ``budget`` has the most requests, bytes, seconds and errors a host may cost in a run (0: no limit).
    """

    delay: float
    delay_share: float
    delay_max: float
    crawl_delay_max: float
    block_limit: int
    error_limit: int
    pause: float
    max_wait: float
    budget: Mapping[str, float]

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Read the settings; raises ValueError with one line for a budget that does not exist, or what is no number."""
        delay = number(settings, "DOWNLOAD_DELAY")
        return cls(
            delay=delay,
            delay_share=number(settings, "DELAY_SHARE") if delay else 0.0,
            delay_max=number(settings, "DELAY_MAX"),
            crawl_delay_max=number(settings, "CRAWL_DELAY_MAX"),
            block_limit=whole_number(settings, "HOST_BLOCK_LIMIT"),
            error_limit=whole_number(settings, "HOST_ERROR_LIMIT"),
            pause=number(settings, "HOST_PAUSE"),
            max_wait=number(settings, "HOST_MAX_WAIT"),
            budget=numbers_by_name(settings, "HOST_BUDGET", BUDGETS, "budget"),
        )


@dataclass(slots=True)
class Host:
    """One host, by the host and port of its URLs. Moments are seconds since the epoch."""

    name: str
    manners: Manners
    crawl_delay: float = 0.0
    latency: float = 0.0  # smoothed, seconds
    last_request: float = 0.0
    paused_until: float = 0.0
    paused_for: str = ""
    pauses: int = 0  # in a row, without a good answer between them
    blocks: int = 0  # in a row
    failures: int = 0  # in a row
    http_until: float = 0.0  # https fails there: ask by http until then
    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(BUDGETS, 0.0))
    misses: int = 0  # in a row, of what is asked for beside pages
    only_pages: str = ""  # why this run asks nothing more of it that is beside a page
    closed: str = ""  # why this run asks nothing more of it
    owner: object | None = None  # the crawler that asks it now
    in_flight: int = 0  # visits that are with it now
    crawl_delays: dict[str, float] = field(default_factory=dict)  # by authority, of those asked in this run

    REMEMBERED = (
        "crawl_delay",
        "latency",
        "last_request",
        "paused_until",
        "paused_for",
        "pauses",
        "blocks",
        "failures",
        "http_until",
    )

    @property
    def delay(self) -> float:
        """Seconds from one request to the next."""
        manners = self.manners
        return max(
            manners.delay,
            min(self.crawl_delay, manners.crawl_delay_max),
            min(self.latency * manners.delay_share, manners.delay_max),
        )

    @property
    def uses_http(self) -> bool:
        return self.http_until > time.time()

    def wait(self) -> float:
        """Seconds until the host may be asked again; 0: now."""
        return max(0.0, self.paused_until - time.time())

    def check_budget(self) -> None:
        """Close the host for this run when it has cost what it may."""
        for name, limit in self.manners.budget.items():
            if limit and self.spent[name] >= limit and not self.closed:
                self.closed = f"its budget of {limit:g} {name} a run is spent"

    def wants_delay(self, authority: str, seconds: float) -> None:
        """robots.txt of an authority (by http and by https there are two) has this Crawl-delay; the longest counts."""
        self.crawl_delays[authority] = seconds if math.isfinite(seconds) else 0.0
        self.crawl_delay = max(self.crawl_delays.values())

    def asked(self) -> None:
        """A request is about to go out."""
        self.last_request = time.time()
        self.spent["requests"] += 1

    def sent(self, seconds_ago: float) -> None:
        """The request went out so long ago: what waits for its delay goes out later than it was asked for."""
        self.last_request = max(self.last_request, time.time() - seconds_ago)

    def answered(self, seconds: float, size: int) -> None:
        """An answer came after ``seconds``, ``size`` bytes long."""
        self.latency = seconds if not self.latency else self.latency + _LATENCY_WEIGHT * (seconds - self.latency)
        self.spent["seconds"] += seconds
        self.spent["bytes"] += size

    def works(self) -> None:
        """The answer was none of a server in trouble."""
        self.failures = 0

    def served(self) -> None:
        """The answer was a page, or says honestly that there is none."""
        self.blocks = self.pauses = self.failures = 0
        self.paused_until, self.paused_for = 0.0, ""

    def blocked(self, page_class: str) -> None:
        """The answer was a challenge, a refusal or a login."""
        self.blocks += 1
        self.failures = 0
        self.spent["errors"] += 1
        if self.blocks >= self.manners.block_limit:
            self._pause(self.manners.pause, f"{self.blocks} block pages in a row, the last a {page_class}")

    def failed(self, reason: str, seconds: float = 0.0) -> None:
        """No answer came, or half of one, for which we waited ``seconds``; or a server error."""
        self.failures += 1
        self.spent["seconds"] += seconds
        self.spent["errors"] += 1
        if self.failures >= self.manners.error_limit:
            self._pause(self.manners.pause, f"{self.failures} failures in a row, the last: {reason}")

    def missed(self, reason: str, seconds: float = 0.0) -> None:
        """What was asked for beside a page is refused or failed: that says nothing about pages, and they do not suffer by it."""
        self.misses += 1
        self.spent["seconds"] += seconds
        if self.misses >= self.manners.error_limit:
            self.only_pages = f"{self.misses} failures in a row beside pages, the last: {reason}"

    def busy(self, status: int, asked_for: float | None) -> None:
        """The answer was 429 or 503; ``asked_for`` is what its Retry-After says in seconds, if it does."""
        if asked_for is None:
            self._pause(BUSY_PAUSE, f"status {status}")
        else:
            self._pause(max(asked_for, LEAST_PAUSE), f"status {status}, Retry-After {asked_for:.0f} s")

    def _pause(self, seconds: float, why: str) -> None:
        # A power of 2 beyond the longest pause is not wanted, and one of 1100 is no number.
        self._leave_alone(jittered(seconds * 2 ** min(self.pauses, 20)), why)
        self.pauses += 1

    def _leave_alone(self, seconds: float, why: str) -> None:
        self.paused_until = max(self.paused_until, time.time() + min(seconds, MAX_PAUSE))
        self.paused_for = why
        if self.wait() > self.manners.max_wait:
            self.closed = self.pause_note()

    def pause_note(self) -> str:
        """Why and until when the host is left alone, for a person."""
        until = datetime.fromtimestamp(self.paused_until, UTC)
        return f"{self.paused_for}; left alone until {until:%Y-%m-%dT%H:%M:%SZ}"

    def as_state(self) -> dict[str, object]:
        """What the ledger remembers."""
        return {name: getattr(self, name) for name in self.REMEMBERED}


class Hosts:
    """The hosts of a run, made from what the ledger remembers of them."""

    def __init__(self, manners: Manners, load: Callable[[str], Mapping[str, Any]]):
        self.manners = manners
        self._load = load
        self._hosts: dict[str, Host] = {}

    def get(self, name: str) -> Host:
        """The state of a host; a pause that a run cannot wait for closes it at once."""
        host = self._hosts.get(name)
        if host is None:
            state = {key: value for key, value in self._load(name).items() if key in Host.REMEMBERED}
            host = self._hosts[name] = Host(name, self.manners, **state)
            if host.wait() > self.manners.max_wait:
                host.closed = host.pause_note()
        return host

    def met(self) -> Iterable[Host]:
        """Every host this run has had to do with."""
        return self._hosts.values()

    def closed(self) -> dict[str, str]:
        """The hosts of which this run asks nothing more, and why."""
        return {name: host.closed for name, host in sorted(self._hosts.items()) if host.closed}

    def states(self) -> dict[str, dict[str, object]]:
        """What the ledger should remember of every host met."""
        return {name: host.as_state() for name, host in self._hosts.items()}
