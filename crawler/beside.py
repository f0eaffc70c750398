"""What is archived beside the pages of a portal: their attachments, and where it is wanted what they need to be displayed.

Nothing hangs on it: it has rows of its own, is asked for when the pages are done, and fails nothing. Here is whose it is, and
how much of it there may be. Must not know how it is found, nor how requests are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from scrapy.settings import BaseSettings

from archive.rows import FrontierRequest, beside
from crawler.numbers import numbers_by_name
from crawler.portals import Portal

SETTINGS = {"attachment": "ATTACHMENT_BUDGET", "requisite": "REQUISITE_BUDGET"}  # by role
BUDGETS = ("requests", "bytes", "run_requests", "run_bytes")


def owners_beside(portals: Iterable[Portal], *, requisites: bool = False) -> dict[str, Portal]:
    """Whose rows they are that are archived beside the pages of these portals, by id: reached as the portal is.

    Requisites only of portals that want them, unless ``requisites``.
    """
    owners: dict[str, Portal] = {}
    for portal in portals:
        roles = ["attachment", *(["requisite"] if requisites or portal.requisites else [])]
        owners |= {beside(portal.id, role): replace(portal, id=beside(portal.id, role)) for role in roles}
    return owners


@dataclass(slots=True)
class Budget:
    """What pages may have of one role in a run: each ``requests`` and ``bytes``, all together ``run_requests`` and ``run_bytes``.

    The latter have no limit where they are 0. What is asked for is counted when it is asked for, bytes when they came: the
    file that passes a limit is kept.
    """

    most: Mapping[str, float]
    spent: dict[str, tuple[int, int]] = field(default_factory=dict)
    requests: int = 0
    size: int = 0

    def affords(self, request: FrontierRequest) -> bool:
        """Whether there is room for one more."""
        number, size = self.spent.get(_page_of(request), (0, 0))
        most = self.most
        return (
            number < most["requests"]
            and size < most["bytes"]
            and not 0 < most["run_requests"] <= self.requests
            and not 0 < most["run_bytes"] <= self.size
        )

    def spend(self, page: str, requests: int, size: int) -> None:
        """Count what was asked for a page (its key)."""
        number, before = self.spent.get(page, (0, 0))
        self.spent[page] = number + requests, before + size
        self.requests += requests
        self.size += size


class Budgets:
    """The budgets of a run, by role; what has none may be asked for without end."""

    def __init__(self, most: Mapping[str, Mapping[str, float]], spent: Mapping[tuple[str, str], tuple[int, int]]):
        self._of = {role: Budget(limits) for role, limits in most.items()}
        for (role, page), (number, size) in spent.items():
            if role in self._of:
                self._of[role].spend(page, number, size)

    def affords(self, request: FrontierRequest) -> bool:
        """Whether a request may be sent; always, if its page is not known: then something hangs on it."""
        budget = self._of.get(request.role)
        return budget is None or not _page_of(request) or budget.affords(request)

    def spend(self, request: FrontierRequest, requests: int = 1, size: int = 0) -> None:
        """Count what a request costs its page."""
        budget = self._of.get(request.role)
        if budget is not None and _page_of(request):
            budget.spend(_page_of(request), requests, size)


def _page_of(request: FrontierRequest) -> str:
    return str(request.data.get("page", ""))


def budgets_of(settings: BaseSettings) -> dict[str, dict[str, float]]:
    """ATTACHMENT_BUDGET and REQUISITE_BUDGET by role; see :class:`Budget`. Raises ValueError with one line."""
    given = {role: numbers_by_name(settings, name, BUDGETS, "budget") for role, name in SETTINGS.items()}
    return {role: {name: most.get(name, 0.0) for name in BUDGETS} for role, most in given.items()}
