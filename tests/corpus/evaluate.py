"""`python -m tests.corpus.evaluate`: how right the parser reads, and how right what people would otherwise use.

Reads the corpus and a series of fresh pages, scores every reader on them, prints a table and writes
`docs/evaluation.md`. Exit code 1 when the parser gives a number that is not printed, on any page.

    python -m tests.corpus.evaluate                      the corpus and 1,000 fresh pages, and the document
    python -m tests.corpus.evaluate --only short_row     pages of one irregularity, failures listed
    python -m tests.corpus.evaluate --fresh 7 200        200 pages of series 7 instead
    python -m tests.corpus.evaluate --json               the counts as JSON
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from tests.corpus import pages
from tests.corpus.flattening import read_by_flattening
from tests.corpus.generator import Page
from tests.corpus.reading import Reader, read_with_parser
from tests.corpus.reading_order import read_in_order
from tests.corpus.report import document, terminal
from tests.corpus.score import Finding, Tally, score

DOCUMENT = Path(__file__).parents[2] / "docs" / "evaluation.md"
READERS: dict[str, Reader] = {
    "this parser": read_with_parser,
    "pandas.read_html": read_in_order,
    "text and expressions": read_by_flattening,
}
FRESH = (1909, 1000)


@dataclass(slots=True)
class Result:
    """One reader on one set of pages: all counts, the counts by tag, and what went wrong where."""

    whole: Tally = field(default_factory=Tally)
    by_tag: dict[str, Tally] = field(default_factory=dict)
    failures: list[tuple[str, Finding]] = field(default_factory=list)

    def add(self, page: Page, findings: list[Finding]) -> None:
        self.whole.add(findings)
        for tag in page.gold.tags:
            self.by_tag.setdefault(tag, Tally()).add(findings)
        self.failures += [(page.name, finding) for finding in findings if finding.outcome != "right"]


def evaluate(source: Iterable[Page], readers: dict[str, Reader], only: str | None = None) -> dict[str, Result]:
    """Every reader on every page, or on those of one tag."""
    results = {name: Result() for name in readers}
    for page in source:
        if only is None or only in page.gold.tags or only == page.name:
            for name, reader in readers.items():
                results[name].add(page, score(page.gold, reader(page.body, page.url, page.content_type)))
    return results


def failures_of(page: Page) -> dict[str, int]:
    """What the parser gets wrong on a page: findings counted by part and outcome."""
    findings = score(page.gold, read_with_parser(page.body, page.url, page.content_type))
    return dict(sorted(Counter(f"{f.part} {f.outcome}" for f in findings if f.outcome != "right").items()))


def available() -> dict[str, Reader]:
    """The readers whose packages are installed."""
    if find_spec("pandas") is None:
        return {name: reader for name, reader in READERS.items() if reader is not read_in_order}
    return READERS


def lines(results: dict[str, Result]) -> Iterator[str]:
    """What the first reader got wrong, one finding a line."""
    for name, finding in next(iter(results.values())).failures:
        yield f"{name}\t{finding.part}\t{finding.name}\t{finding.outcome}\t{finding.expected[:60]}\t{finding.found[:60]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--only", metavar="TAG", help="pages of one tag or name; lists what the parser got wrong")
    parser.add_argument("--fresh", nargs=2, type=int, metavar=("SEED", "N"), help="N generated pages of another series")
    parser.add_argument("--failures", action="store_true", help="list what the parser got wrong, one finding a line")
    parser.add_argument("--json", action="store_true", help="the counts as JSON")
    arguments = parser.parse_args()
    readers = available()
    fresh = tuple(arguments.fresh) if arguments.fresh else FRESH
    sets = {} if arguments.fresh else {"corpus": evaluate(pages.corpus(), readers, arguments.only)}
    if arguments.fresh or arguments.only is None:
        sets["fresh"] = evaluate(pages.generated(*fresh), readers, arguments.only)
    if arguments.json:
        counts = {
            name: {reader: result.whole.counts() for reader, result in results.items()}
            for name, results in sets.items()
        }
        print(json.dumps(counts, indent=1))
    elif arguments.failures or arguments.only:
        for results in sets.values():
            print(*lines(results), sep="\n")
    else:
        print(terminal(sets))
    if arguments.only is None and not arguments.fresh and not arguments.failures:
        if readers.keys() == READERS.keys():
            DOCUMENT.write_text(document(sets, fresh), "utf-8")
        else:
            print("docs/evaluation.md is left as it is: pandas is missing (make all-extras)", file=sys.stderr)
    wrong = sum(results["this parser"].whole.cells[o] for results in sets.values() for o in ("invented", "misread"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
