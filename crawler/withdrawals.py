"""Which reports are withdrawn at the end of a run: those that no page shows any more, unless too many vanish at once.

Must not know how pages are fetched, nor what a report is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from archive.ledger import Ledger
from archive.outputs import AppendedFile
from archive.rows import History, later

# More reports than are left, and at least so many, do not vanish overnight; after so many days they have.
MASS_LEAST = 5
MASS_DAYS = 7


def withdraw_vanished(
    ledger: Ledger,
    run: str,
    portals: Sequence[str],
    line_of: Callable[[bytes, History], bytes],
    outputs: Mapping[str, AppendedFile],
) -> dict[str, tuple[int, int]]:
    """Withdraw what no page of these portals shows any more; the lines, made by ``line_of``, go to the run's reports.

    Returns the portals that lost too much, each with how many reports vanished and how many are left: that is an outage
    or a redesign, until a week has passed.
    """
    settled = later(-timedelta(days=MASS_DAYS))
    vanished = ledger.documents.vanished(portals)
    keys, too_many = [], {}
    for portal in portals:
        mine = [(key, gone_at) for key, of, gone_at in vanished if of == portal]
        fresh = [key for key, gone_at in mine if gone_at >= settled or not gone_at]
        left = ledger.tally(portal, run).known_documents
        if len(fresh) >= MASS_LEAST and len(fresh) > left:
            too_many[portal] = (len(fresh), left)
            mine = [(key, gone_at) for key, gone_at in mine if key not in fresh]
        keys += [key for key, _ in mine]
    if keys:
        ledger.withdraw(run, sorted(keys), line_of, outputs)
    return too_many
