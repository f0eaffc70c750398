"""How a server misbehaves: another page, a pause, a connection that breaks off; for some addresses, some times.

This module knows no sockets and no portals: the server asks it what to do with a request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import unquote_plus

from tests.portals.answer import Page, Request


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to a request instead of, or before, the site's own answer.

    `page` is answered in place of the site's (a function makes one for each request); `delay` seconds pass first;
    `reset_after` bytes of the answer the connection is reset (RST, not a clean end).
    """

    page: Page | Callable[[Request], Page] | None = None
    delay: float = 0.0
    reset_after: int | None = None

    def find_page(self, request: Request) -> Page | None:
        """The page for this request; None where the site answers itself."""
        return self.page(request) if callable(self.page) else self.page


@dataclass(slots=True)
class _Rule:
    where: str
    behaviour: Behaviour
    left: int | None


class Rules:
    """Behaviours by address. Of several that match, the first given counts, until its times are used up."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def add(self, where: str, behaviour: Behaviour, times: int | None) -> None:
        """`where` is a host, an address or a shell pattern for addresses; `times` None means always."""
        with self._lock:
            self._rules.append(_Rule(where, behaviour, times))

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def take(self, request: Request) -> Behaviour:
        """What to do with this request, which is counted; nothing special if no rule matches."""
        url = f"{'https' if request.tls else 'http'}://{request.host}{request.target}"
        with self._lock:
            for rule in self._rules:
                if rule.left != 0 and _matches(rule.where, request.host, url):
                    if rule.left is not None:
                        rule.left -= 1
                    return rule.behaviour
        return Behaviour()


def _matches(where: str, host: str, url: str) -> bool:
    """Equal, or a match of the pattern, which may also be written for the decoded address without its spaces."""
    decoded = unquote_plus(url).replace(" ", "")
    return where in {host, url} or fnmatchcase(url, where) or fnmatchcase(decoded, where)
