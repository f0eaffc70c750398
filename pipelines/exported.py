"""The data set: the current revision of every report, a line each, with what the ledger has learnt of it since.

Free of Scrapy. Must not know where the lines go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archive.documents import WITHDRAWN, Documents


def export_lines(documents: Documents, *, withdrawn: bool = True) -> Iterator[tuple[str, bytes]]:
    """Change and line of every report in order of key; without ``withdrawn`` ones if so asked.

    Nothing may be written to the ledger by this process until the last one is taken.
    """
    for key, revision, change, line in documents.current():
        if withdrawn or change != WITHDRAWN:
            yield change, exported_line(line, documents.requested_at(key, revision), documents.urls(key))


def exported_line(line: bytes, requested_at: str, urls: Sequence[tuple[str, int, bool]]) -> bytes:
    """A recorded line with the addresses of today: ``history.aliases`` are all others that show the report now.

    ``provenance.canonical_url`` is the one nearest to its origin, where that is nearer than the page that was read: the
    organ's own page, where the line was read from a copy. ``urls`` are (address, rank, whether it shows the report now),
    best first; ``requested_at`` is the one whose answer was read, perhaps by a redirect.
    """
    record: dict[str, Any] = json.loads(line)
    read = record["provenance"]["url"]
    live = [(url, rank) for url, rank, is_live in urls if is_live]
    others = [url for url, _ in live if url not in (read, requested_at)]
    ranks = dict(live)
    own = ranks.get(read, ranks.get(requested_at))
    canonical = next((url for url, rank in live if url in others and (own is None or rank > own)), None)
    record["history"]["aliases"] = sorted(others)
    record["provenance"] = _with_canonical(record["provenance"], canonical)
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def _with_canonical(provenance: Mapping[str, Any], canonical: str | None) -> dict[str, Any]:
    """The provenance with another canonical address, in the order of the model."""
    rest = {key: value for key, value in provenance.items() if key not in ("url", "canonical_url")}
    return {"url": provenance["url"], **({"canonical_url": canonical} if canonical else {}), **rest}
