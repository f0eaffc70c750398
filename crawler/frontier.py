"""From a spider's request to a row of the frontier: callbacks by name, everything else as JSON, nothing pickled.

Must not know families, nor when a row is due.
"""

from __future__ import annotations

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
    )


def _header_lists(request: Request) -> list[tuple[str, list[str]]]:
    return [
        (name.decode("latin-1"), [value.decode("latin-1") for value in values])
        for name, values in request.headers.items()
    ]
