"""How far a long command is: a line rewritten in place on a terminal, one now and then elsewhere. Writes to stderr.

Free of Twisted, for commands that crawl nothing. Must not know what is counted.
"""

from __future__ import annotations

import sys
import time

TERMINAL_SECONDS = 0.5
LOG_SECONDS = 60.0


class ProgressLine:
    """Told as often as one likes, it writes seldom. Speed and the time left are those of this process."""

    def __init__(self, command: str, what: str):
        self._command = command
        self._what = what
        self._terminal = sys.stderr.isatty()
        self._started = self._told = time.monotonic()
        self._first: tuple[int, float] | None = None

    def tell(self, done: int, share: float) -> None:
        """``done`` things are done, ``share`` (0 to 1) of all there is."""
        now = time.monotonic()
        if self._first is None:
            self._first = (done, share)
        if now - self._told < (TERMINAL_SECONDS if self._terminal else LOG_SECONDS):
            return
        self._told = now
        self._write(self.line(done, share, now - self._started), "\r" if self._terminal else "")

    def line(self, done: int, share: float, seconds: float) -> str:
        """The line as it stands after so many seconds."""
        began, began_share = self._first or (0, 0.0)
        left = (1 - share) * seconds / (share - began_share) if share > began_share else 0.0
        speed = (done - began) / max(seconds, 1e-9)
        return (
            f"scrapy {self._command}: {done} {self._what}, {share:.0%}, {speed:.0f}/s,"
            f" {_clock(seconds)} gone, {_clock(left)} left"
        )

    def clear(self) -> None:
        """Leave the terminal's line to others."""
        if self._terminal:
            self._write("", "\r")

    def _write(self, text: str, start: str) -> None:
        print(f"{start}{text}\x1b[K" if self._terminal else text, end="" if self._terminal else "\n", file=sys.stderr)
        sys.stderr.flush()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
