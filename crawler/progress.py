"""The progress line: rewritten in place on a terminal, a quiet line now and then elsewhere. Writes to stderr, knows only the run."""

from __future__ import annotations

import contextlib
import sys
import time

from twisted.internet.task import LoopingCall

from crawler.plan import duration
from crawler.runs import Run

TERMINAL_SECONDS = 0.5
LOG_SECONDS = 60.0


class Progress:
    """Shows pages done and due, hosts, reports found and the time left while a run works."""

    def __init__(self, run: Run):
        self._run = run
        self._terminal = sys.stderr.isatty()
        self._started = time.monotonic()
        self._call = LoopingCall(self._show)

    def start(self) -> None:
        self._call.start(TERMINAL_SECONDS if self._terminal else LOG_SECONDS, now=False)

    def stop(self) -> None:
        if self._call.running:
            self._call.stop()
        self._show(last=True)

    def line(self) -> str:
        """The line as it stands."""
        run = self._run
        counts = [
            f"{run.settled[change]} {change}" for change in ("new", "revised", "alias") if run.settled.get(change)
        ]
        paused = sum(host.wait() > 0 for host in run.hosts.met())
        hosts = {place[1] for place in run.queues}
        parts = [
            f"{run.name}  {run.pages} pages",
            f"{sum(run.queues.values())} due on {len(hosts)} hosts" + (f" ({paused} paused)" if paused else ""),
            ", ".join(counts) or "no reports yet",
            f"{duration(time.monotonic() - self._started)} gone",
        ]
        if run.queues:
            parts.append(f"about {duration(self._left())} left")
        return ", ".join(parts)

    def _left(self) -> float:
        """Seconds until the slowest host is done: hosts are asked side by side, each at its own pace."""
        by_host: dict[str, float] = {}
        for (_, name), due in self._run.queues.items():
            host = self._run.hosts.get(name)
            by_host[name] = by_host.get(name, host.wait()) + due * max(host.delay, host.latency)
        return max(by_host.values(), default=0.0)

    def _show(self, last: bool = False) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more: the run goes on
            if self._terminal:
                print(f"\r\x1b[K{self.line()}", end="\n" if last else "", file=sys.stderr, flush=True)
            else:
                print(self.line(), file=sys.stderr, flush=True)
