"""A row of the frontier as a request. Must not know when it is due."""

from __future__ import annotations

import json
from typing import Any

from archive.database import Row
from archive.rows import MANUAL, FrontierRequest

NEVER = "9999"  # due date of a row that waits for nothing; sorts behind every time


def request_of(row: Row) -> FrontierRequest:
    """The request of a row."""
    return FrontierRequest(
        family=row["family"],
        portal=row["portal"],
        role=row["role"],
        method=row["method"],
        url=row["url"],
        callback=row["callback"],
        body=bytes(row["body"]),
        headers=_object(row["headers"]),
        data=_object(row["data"]),
        hints=_object(row["hints"]),
        via=row["via"],
        hops=row["hops"],
        listing=row["listing"],
    )


def is_unclaimed(known: Row, request: FrontierRequest) -> bool:
    """Whether a row is of no portal and ``request`` has one for it: what is beside a page gives way to a page only."""
    if known["portal"] == request.portal or request.portal == MANUAL:
        return False
    return known["portal"] == MANUAL or ("/" in known["portal"] and not request.is_beside)


def _object(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(text)
    return value
