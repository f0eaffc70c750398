"""From a spider's request to a row of the frontier: callbacks by name, everything else as JSON, nothing pickled.

Must not know families, nor when a row is due.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from scrapy import Request

from archive.rows import FrontierRequest


def frontier_request(request: Request, family: str, parent: FrontierRequest | None = None) -> FrontierRequest:
    """The frontier row of a spider's request. Raises ValueError if its callback is not a method found by name."""
    callback = getattr(request.callback, "__name__", "")
    if getattr(getattr(request.callback, "__self__", None), callback, None) != request.callback:
        raise ValueError(f"{request}: the callback must be a method of the spider, not {request.callback!r}")
    headers = {name: ", ".join(values) for name, values in _header_lists(request)}
    return FrontierRequest(
        family=family,
        portal=request.meta["portal"],
        role=request.meta["role"],
        method=request.method,
        url=request.url,
        callback=callback,
        body=request.body,
        headers=headers,
        data=request.cb_kwargs,
        hints=request.meta.get("hints", {}),
        via="" if parent is None else parent.url,
        hops="" if parent is None else parent.hops + "L",
        listing=request.meta.get("listing", ""),
    )


def as_meta(row: FrontierRequest) -> dict[str, Any]:
    """What a callback finds in ``response.meta`` of the row that led to it; ``listing`` is the key of its first page."""
    return {
        "portal": row.portal,
        "role": row.role,
        "hints": dict(row.hints),
        "listing": row.listing or row.key,
        "via": row.via,
        "hops": row.hops,
    }


def as_hints(row: FrontierRequest, region: str, site: str | None = None) -> dict[str, object]:
    """What is archived beside each exchange of a row: what a reparse needs of the page, and what a rebuild needs of the row.

    ``site`` is the portal of the registry whose page it is (empty: of none) where the row belongs to no portal.
    """
    rebuilt = {
        "key": row.key,
        "method": row.method,
        "url": row.url,
        "body": base64.b64encode(row.body).decode("ascii"),
        "headers": dict(row.headers),
        "callback": row.callback,
        "data": dict(row.data),
        "hints": dict(row.hints),
        "listing": row.listing,
        "portal": "" if site is None else row.portal,
    }
    beside = {
        "portal": row.portal if site is None else site,
        "family": row.family,
        "role": row.role,
        "region": region,
        **row.hints,
    }
    return {**beside, "row": {name: value for name, value in rebuilt.items() if value}}


def row_of_hints(hints: Mapping[str, Any], via: str, hops: str) -> FrontierRequest | None:
    """The row whose exchange was archived with these hints; ``None`` where there are none (robots.txt)."""
    row = hints.get("row")
    if not isinstance(row, dict) or not row.get("url"):
        return None
    return FrontierRequest(
        family=str(hints.get("family", "")),
        portal=portal_of_hints(hints),
        role=str(hints.get("role", "")),
        method=str(row.get("method", "GET")),
        url=str(row["url"]),
        callback=str(row.get("callback", "")),
        body=base64.b64decode(row.get("body", "")),
        headers=row.get("headers", {}),
        data=row.get("data", {}),
        hints=row.get("hints", {}),
        via=via,
        hops=hops,
        listing=str(row.get("listing", "")),
    )


def portal_of_hints(hints: Mapping[str, object]) -> str:
    """The portal to whose rows an exchange belongs that was archived with these hints."""
    row = hints.get("row")
    named = row.get("portal") if isinstance(row, Mapping) else ""
    return str(named or hints.get("portal", ""))


def _header_lists(request: Request) -> list[tuple[str, list[str]]]:
    return [
        (name.decode("latin-1"), [value.decode("latin-1") for value in values])
        for name, values in request.headers.items()
    ]
