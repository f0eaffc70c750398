"""The evaluation as a table for the terminal and as `docs/evaluation.md`. Prints measured numbers only."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from pipelines.parser import PARSER_VERSION
from tests.corpus.gold import IDENTITY_FIELDS
from tests.corpus.score import OUTCOMES, Tally

if TYPE_CHECKING:
    from tests.corpus.evaluate import Result

_PARTS = ("report", "era", *(f"identity.{name}" for name in IDENTITY_FIELDS), "section", "text", "table", "yuan")
_NAMES = {
    "report": "a report or none",
    "era": "era of the form",
    "section": "sections: present, empty or absent",
    "text": "sections: text",
    "table": "tables without cells: why",
    "yuan": "money in yuan",
}
_OUTCOMES = {
    "right": "right",
    "said_so": "said so (no number given for a printed one)",
    "missing": "missing (taken for blank or absent)",
    "state": "other state than the right one",
    "misread": "another number than the printed one",
    "invented": "invented (no number can be read there)",
}

Sets = Mapping[str, "Mapping[str, Result]"]


def share(right: int, total: int) -> str:
    """A share in percent that never rounds up to a hundred."""
    if not total:
        return "–"
    return "100 %" if right == total else f"{int(100_000 * right / total) / 1000:.3f} %"


def terminal(sets: Sets) -> str:
    """One line a reader and set."""
    rows = [
        f"{'':10}{'reader':24}{'pages':>7}{'cells':>9}" + "".join(f"{name:>10}" for name in OUTCOMES) + f"{'right':>11}"
    ]
    for name, results in sets.items():
        for reader, result in results.items():
            cells = result.whole.cells
            counts = "".join(f"{cells[outcome]:>10,}" for outcome in OUTCOMES)
            total = sum(cells.values())
            rows.append(
                f"{name:10}{reader:24}{result.whole.pages:>7,}{total:>9,}{counts}{share(cells['right'], total):>11}"
            )
    return "\n".join(rows)


def document(sets: Sets, fresh: tuple[int, ...]) -> str:
    """The document, from the results of both sets."""
    corpus, unseen = sets["corpus"], sets["fresh"]
    ours = corpus["this parser"]
    today = datetime.now(UTC).date().isoformat()
    versions = f"parser {PARSER_VERSION}, pandas {version('pandas')}, lxml {version('lxml')}, Python {platform.python_version()}"
    parts = [
        "# Evaluation",
        f"Written by `make evaluate` on {today}: {versions}. All pages but the five seeds are invented; their numbers are no data.",
        f"**Corpus** ({ours.whole.pages} pages, `tests/corpus/`): generated pages that go through every irregularity "
        "in turn, pages made by "
        "hand from irregularities of real ones, and the texts of five real reports. The parser was developed with it in sight. **Fresh** "
        f"({unseen['this parser'].whole.pages:,} pages): another series of the generator (series {fresh[0]}), "
        "rendered for this run; no page of it is kept. "
        "The generator and its label tables share nothing with the parser.",
        "`python -m tests.corpus.write DIR` writes the pages with their gold values, to look at. `python -m "
        "tests.corpus.evaluate --fresh SEED N` "
        "evaluates a series of your own.",
        "The two other readers are what people would otherwise take, done in good faith: `pandas.read_html` with "
        "rows found by label and cells "
        "taken in reading order (`tests/corpus/reading_order.py`), and the page as text with regular expressions for labels and numbers "
        "(`tests/corpus/flattening.py`). Neither tries the annexes from before 2019, whose cells count against them. Totals of "
        "cells differ because a number given for a cell that the page does not have counts as invented.",
    ]
    for title, results in (("Corpus", corpus), ("Fresh pages", unseen)):
        parts += [f"## {title}", "Cells:", _cells(results), "Other fields, right of all:", _others(results)]
    parts += [
        "## By irregularity",
        "Corpus and fresh pages together; cells right, in brackets misread or invented ones. A page has up to three irregularities.",
        _tags(sets),
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _cells(results: Mapping[str, Result]) -> str:
    totals = {reader: sum(result.whole.cells.values()) for reader, result in results.items()}
    rows = [
        [
            "**right, share of all**",
            *(share(result.whole.cells["right"], totals[name]) for name, result in results.items()),
        ]
    ]
    rows += [
        [_OUTCOMES[outcome], *(f"{result.whole.cells[outcome]:,}" for result in results.values())]
        for outcome in OUTCOMES
    ]
    return _table(["", *results], rows)


def _others(results: Mapping[str, Result]) -> str:
    rows = []
    for part in _PARTS:
        counts = [result.whole.parts.get(part, Counter()) for result in results.values()]
        if any(counts):
            cells = [f"{c['right']:,} of {sum(c.values()):,}" if c else "not tried" for c in counts]
            rows.append([_NAMES.get(part, part.replace("identity.", "identity: ").replace("_", " ")), *cells])
    return _table(["", *results], rows)


def _tags(sets: Sets) -> str:
    readers = list(next(iter(sets.values())))
    tags = {tag for results in sets.values() for tag in results["this parser"].by_tag}
    rows = []
    for tag in sorted(tags, key=lambda tag: (":" in tag, tag)):
        tallies = {
            reader: [r[reader].by_tag[tag] for r in sets.values() if tag in r[reader].by_tag] for reader in readers
        }
        rows.append(
            [
                f"`{tag}`",
                str(sum(t.pages for t in tallies[readers[0]])),
                *(_of_tag(tallies[reader]) for reader in readers),
            ]
        )
    return _table(["irregularity", "pages", *readers], rows)


def _of_tag(tallies: list[Tally]) -> str:
    cells: Counter[str] = Counter()
    reports: Counter[str] = Counter()
    for tally in tallies:
        cells += tally.cells
        reports += tally.parts["report"]
    if not sum(cells.values()):
        return f"{reports['right']} of {sum(reports.values())} pages"
    wrong = cells["misread"] + cells["invented"]
    return share(cells["right"], sum(cells.values())) + (f" ({wrong:,})" if wrong else "")
