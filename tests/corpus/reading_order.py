"""Reading by `pandas.read_html`: every table of the page as a data frame, rows by label, values in reading order.

The other of the two approaches people otherwise take, done as well as it can be: a frame's row is found by its label,
the cells after the label are taken in order, spans that pandas repeats are counted once where they repeat a label, a
blank keeps its place. Needs the extra `evaluate`.
"""

from __future__ import annotations

import importlib
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from tests.corpus.flattening import ACTIVE, APPLICATIONS, MONEY, NUMBER, REVIEW_ROWS, SINGLE_OTHER, decode, number
from tests.corpus.gold import COLUMNS
from tests.corpus.reading import Reading

Row = list[str]


def read_in_order(body: bytes, _url: str, content_type: str) -> Reading:
    """The three tables, wherever pandas finds them; identity and sections are not tried."""
    pandas = importlib.import_module("pandas")
    reading = Reading()
    try:
        frames = pandas.read_html(io.StringIO(decode(body, content_type)), flavor="lxml", keep_default_na=False)
    except ValueError:  # no tables found
        return Reading(report=False, era="")
    rows = [row for frame in frames for row in _rows(frame)]
    text = "".join("".join(row) for row in rows)
    reading.report = "结转下年度继续办理" in text or "现行有效件数" in text or "对外公开总数量" in text
    form = reading.era = "2019" if "新制作数量" in text or "政府集中采购" in text else "2021"
    for key, label, columns in ACTIVE[form]:
        _fill(reading, rows, "active_disclosure", key, label, columns)
    labels = list(APPLICATIONS)
    if "逾期不补正" not in text:
        labels[-5:-2] = [SINGLE_OTHER]
    for key, label in labels:
        _fill(reading, rows, "applications", key, label, COLUMNS["applications"])
    _review(reading, rows)
    return reading


def _rows(frame: Any) -> list[Row]:
    """All rows of a frame, those that pandas took for its header first."""
    header = [list(level) for level in zip(*map(_levels, frame.columns), strict=True)]
    return [
        [re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value))) for value in row]
        for row in [*header, *frame.astype(str).to_numpy().tolist()]
    ]


def _levels(column: Any) -> tuple[Any, ...]:
    return column if isinstance(column, tuple) else (column,)


def _fill(reading: Reading, rows: list[Row], table: str, key: str, label: str, columns: Sequence[str]) -> None:
    """The cells after the last one that holds the label, in order."""
    for row in rows:
        places = [place for place, text in enumerate(row) if re.search(rf"(?:^|[.、)]){label}$", text)]
        if places:
            _put(reading, table, key, columns, row[places[-1] + 1 :])
            return


def _review(reading: Reading, rows: list[Row]) -> None:
    """Table 4: the first row of numbers below a row of its headings."""
    seen = False
    for row in rows:
        if "".join(row).count("尚未审结"):
            seen = True
        elif seen:
            for place, key in enumerate(REVIEW_ROWS):
                _put(reading, "review_litigation", key, COLUMNS["review_litigation"], row[place * 5 : place * 5 + 5])
            return


def _put(reading: Reading, table: str, key: str, columns: Sequence[str], texts: Sequence[str]) -> None:
    for column, text in zip(columns, texts, strict=False):
        match = re.match(NUMBER.pattern, text)
        printed = number(match) if match else ""
        if not text:
            reading.cells[f"{table}.{key}.{column}"] = ("B", None)
        elif column in MONEY and printed:
            reading.cells[f"{table}.{key}.{column}"] = ("R", printed)
        elif re.fullmatch(r"-?\d+", printed):
            reading.cells[f"{table}.{key}.{column}"] = ("R", int(printed))
