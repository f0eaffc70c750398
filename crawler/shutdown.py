"""SIGINT and SIGTERM: the crawl ends within seconds, whatever is still under way; leases make that safe.

Scrapy's own way waits for every request that is queued in a slot, which a Crawl-delay can make minutes. Must not know what
a crawl consists of.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from crawler.command import ExitCode


class Shutdown:
    """Handles the first signal by ``stop``, and ``seconds`` later, or at the second signal, by ``close`` and exit.

    ``close`` must leave every file whole; what it cannot do in time is left to the recovery of the next run.
    """

    def __init__(self, stop: Callable[[], object], close: Callable[[], object], seconds: float, message: str):
        self._stop = stop
        self._close = close
        self._seconds = seconds
        self._message = message
        self.asked = False

    def install(self) -> None:
        """Take over from Scrapy's handlers; call it in the running reactor."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._signalled)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        from twisted.internet import reactor

        clock: Any = reactor
        if self.asked:
            clock.callFromThread(self._force)
            return
        self.asked = True
        clock.callFromThread(self._begin)

    def _begin(self) -> None:
        from twisted.internet import reactor

        clock: Any = reactor
        clock.callLater(self._seconds, self._force)
        self._stop()

    def _force(self) -> None:
        """End the process: requests that still wait are due again, since they were never acknowledged."""
        try:
            self._close()
        finally:
            with contextlib.suppress(OSError):
                print(self._message, file=sys.stderr, flush=True)
            os._exit(int(ExitCode.INTERRUPTED))
