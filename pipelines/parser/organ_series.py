"""One organ over the years, under all the codes and names it has had.

Promises a key that reports of one organ share when its division was renamed or given another code, and when the organ
itself was renamed in a reform of the government. The key of a report does not change with it: `organ_id` says what the
organ was in that year. Which names follow which is data (successions.toml). Must not know pages or reports.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pipelines.parser.organs import OrganName, make_organ_id


@cache
def load_successions() -> dict[str, str]:
    """The name that followed each name of a unit."""
    text = Path(__file__).with_name("successions.toml").read_text(encoding="utf-8")
    return {former: later for reform in tomllib.loads(text)["succession"] for former, later in reform["names"].items()}


def find_series(organ: OrganName) -> str:
    """`organ_id` with the division's stable uid for its code of the year, and the unit's latest name for its own."""
    uid = organ.division.uid if organ.division is not None else ""
    unit, slash, branch = organ.unit.partition("/")
    if organ.kind == "department":
        unit = _latest(unit)
    return make_organ_id(uid, organ.kind, unit + slash + branch)


def _latest(unit: str) -> str:
    successions = load_successions()
    for _ in successions:
        if unit not in successions:
            break
        unit = successions[unit]
    return unit
