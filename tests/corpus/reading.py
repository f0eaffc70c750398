"""What a reader makes of a page, in the terms of the gold values; and the reading of the parser under test.

Every reader is a function from a page to a `Reading`, so that ours and others are scored by the same code. Knows of
the parser its one function and the record it gives, nothing within.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipelines.parser import NotAReport, ReportPage, parse
from tests.corpus.gold import Number


@dataclass(slots=True)
class Reading:
    """Cells as (state, value) by address, and the other fields of the gold values, one answer each.

    None in place of `identity`, `sections`, `tables`, `texts` or `yuan` says that this reader does not try.
    """

    report: bool = True
    era: str | None = None
    identity: dict[str, str | int | None] | None = None
    sections: dict[str, str] | None = None
    texts: dict[str, str] | None = None
    tables: dict[str, str] | None = None
    yuan: dict[str, str | None] | None = None
    cells: dict[str, tuple[str, Number]] = field(default_factory=dict)


Reader = Callable[[bytes, str, str], Reading]


def read_with_parser(body: bytes, url: str, content_type: str) -> Reading:
    """The record of the parser under test, or its word that the page is no report."""
    answer = parse(ReportPage(body, url, content_type))
    if isinstance(answer, NotAReport):
        return Reading(report=False, era="", identity={}, sections={}, texts={}, tables={}, yuan={})
    return of_record(answer.to_dict())


def of_record(record: dict[str, Any]) -> Reading:
    """A record as a reading."""
    identity, tables = record["identity"], record["tables"]
    reading = Reading(
        era=record["format_era"],
        identity={
            "organ": identity["organ"]["name"],
            "year": identity["report_year"],
            "index_number": identity["index_number"]["normalized"],
            "doc_number": identity["doc_number"]["value"],
            "published": _published(identity),
        },
        sections={section["key"]: section["presence"] for section in record["sections"]},
        texts={section["key"]: section.get("text") or "" for section in record["sections"]},
        tables={name: table["presence"] for name, table in tables.items() if table},
        yuan={},
    )
    assert reading.yuan is not None
    for name, table in tables.items():
        if not table or table["presence"] != "present":
            continue
        blocks = table["blocks"].values() if "blocks" in table else [table]
        for block in blocks:
            rows = block["rows"]
            keyed = rows.items() if isinstance(rows, dict) else ((str(place), row) for place, row in enumerate(rows))
            for key, row in keyed:
                # The annexes have columns of the page's own wording: their places count.
                places = map(str, range(len(row["values"]))) if name.endswith("_annex") else block["columns"]
                for column, state, value in zip(places, row["states"], row["values"], strict=True):
                    reading.cells[f"{name}.{key}.{column}"] = (state, value)
                reading.yuan[f"{name}.{key}"] = row.get("amount_yuan")
    return reading


def _published(identity: dict[str, Any]) -> str | None:
    dates, deadline = identity["dates"], identity["deadline"]
    labelled = dates["published"] or dates["issued_meta"]
    value = deadline["published"] or (labelled and labelled["value"])
    return value[:10] if value else None
