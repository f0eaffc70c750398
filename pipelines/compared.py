"""Two sets of records compared report by report: what is new, what is gone, which cells read otherwise.

Of each file only the place of each report's last line is held in memory. Must not know where the files come from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.records import cells_of, changed_cells

WITHDRAWN = "withdrawn"
_IDENTITY = ("report_year", "doc_number", "index_number", "dates", "organ", "period", "deadline")


class NotRecords(ValueError):
    """A file does not hold records, one a line; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a report differs. ``kind`` is added, missing, withdrawn or changed.

    ``cells`` maps each changed cell to its old and new [value, state] (``null``: no such cell), each changed section
    (``sections.KEY``) to its old and new digest, each field of the identity to its old and new value.
    """

    key: str
    kind: str
    title: str
    cells: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        cells = {name: {"old": old, "new": new} for name, (old, new) in self.cells.items()}
        return {
            "report_key": self.key,
            "difference": self.kind,
            "title": self.title,
            **({"cells": cells} if cells else {}),
        }


def compare(old: Path, new: Path, *, whole: bool) -> Iterator[Difference]:
    """The differences in order of report key.

    ``whole`` says that a report missing in ``new`` is gone; a run's file holds only what was new, revised or withdrawn.
    """
    before, after = _places(old), _places(new)
    with old.open("rb") as old_file, new.open("rb") as new_file:
        for key in sorted({**before, **after}):
            was = _record(old_file, before.get(key))
            now = _record(new_file, after.get(key))
            if was is None and now is not None:
                yield Difference(key, WITHDRAWN if _withdrawn(now) else "added", _title(now))
            elif was is not None and now is None:
                if whole:
                    yield Difference(key, "missing", _title(was))
            elif was is not None and now is not None:
                if _withdrawn(now) and not _withdrawn(was):
                    yield Difference(key, WITHDRAWN, _title(now))
                elif cells := dict(_changes(was, now)):
                    yield Difference(key, "changed", _title(now), cells)


def _changes(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    old, new = dict(cells_of(was)), dict(cells_of(now))
    texts = [
        {f"sections.{part['key']}": part.get("sha256_no_ws") for part in record["sections"]} for record in (was, now)
    ]
    for place in changed_cells(was, now):
        if place in old or place in new:
            yield place, (old.get(place), new.get(place))
        else:
            yield place, (texts[0].get(place), texts[1].get(place))
    for name in _IDENTITY:
        if was["identity"][name] != now["identity"][name]:
            yield f"identity.{name}", (was["identity"][name], now["identity"][name])


def _places(path: Path) -> dict[str, int]:
    """Where the last line of each report begins; lines of pages that are no report are passed over."""
    places: dict[str, int] = {}
    offset = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                record = json.loads(line)
                if "not_a_report" not in record:
                    places[str(record["report_key"])] = offset
            except (ValueError, KeyError, TypeError) as error:
                raise NotRecords(f"{path}: line {number} is no record") from error
            offset += len(line)
    return places


def _record(file: Any, place: int | None) -> dict[str, Any] | None:
    if place is None:
        return None
    file.seek(place)
    record: dict[str, Any] = json.loads(file.readline())
    return record


def _withdrawn(record: Mapping[str, Any]) -> bool:
    return bool((record.get("history") or {}).get("change") == WITHDRAWN)


def _title(record: Mapping[str, Any]) -> str:
    title = record["identity"]["title"]
    return str(title["normalized"] or title["raw"] or "")
