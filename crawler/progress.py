"""The progress line: rewritten in place on a terminal, a quiet line now and then elsewhere. Writes to stderr, knows only the run."""

from __future__ import annotations

import contextlib
import sys
import time

from twisted.internet.task import LoopingCall

from crawler.runs import Run

TERMINAL_SECONDS = 0.5
LOG_SECONDS = 30.0


class Progress:
    """Shows pages done, pages due and reports found while a run works."""

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

    def _show(self, last: bool = False) -> None:
        run = self._run
        due = run.ledger.count_pending(run.name, list(run.portals))
        reports = run.settled.get("new", 0) + run.settled.get("revised", 0)
        seconds = time.monotonic() - self._started
        line = f"{run.name}  {run.pages} pages, {due} due, {reports} reports, {seconds:.0f} s"
        with contextlib.suppress(OSError):  # nobody reads any more: the run goes on
            self._print(line, last)

    def _print(self, line: str, last: bool) -> None:
        if self._terminal:
            print(f"\r\x1b[K{line}", end="\n" if last else "", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)
