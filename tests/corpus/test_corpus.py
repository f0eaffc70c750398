"""The corpus holds the parser to its promise: every cell right or said so, none invented, but for what is known.

What the parser gets wrong today is listed in `known_failures.json`, page by page with a reason. A new failure fails
here, and so does one that is gone, so that the list can only shrink; `python -m tests.corpus.write --known` writes it
again. The other tests hold the corpus itself to its promises.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from tests.corpus import pages
from tests.corpus.evaluate import READERS, available, failures_of
from tests.corpus.generator import Page, render
from tests.corpus.generator.pages import IRREGULARITIES
from tests.corpus.gold import Expected, Gold
from tests.corpus.reading import Reading
from tests.corpus.score import score

PARTS = 16
KNOWN: dict[str, Any] = json.loads(pages.KNOWN.read_text("utf-8"))
MANIFEST: dict[str, list[str]] = json.loads(pages.MANIFEST.read_text("utf-8"))
HANDMADE = list(pages.handmade())


def failing(page: Page) -> dict[str, int]:
    known: list[Any] = KNOWN["pages"].get(page.name, ["", {}])
    return dict(known[1])


@pytest.mark.parametrize("part", range(PARTS))
def test_generated_pages_are_read_right_but_for_what_is_known(part: int) -> None:
    drawn = [render(pages.CORPUS_SEED, number) for number in range(part, pages.CORPUS_SIZE, PARTS)]
    digests = {page.name: pages.digest(page) for page in drawn}
    assert digests == {name: MANIFEST[name] for name in digests}, (
        "the generator gives other pages: write the manifest again"
    )
    found = {page.name: failures_of(page) for page in drawn}
    assert found == {page.name: failing(page) for page in drawn}


@pytest.mark.parametrize("page", HANDMADE, ids=lambda page: page.name)
def test_page_made_by_hand_is_read_right_but_for_what_is_known(page: Page) -> None:
    assert failures_of(page) == failing(page)


@pytest.mark.parametrize("page", list(pages.seeds()), ids=lambda page: page.name)
def test_seed_is_read_right(page: Page) -> None:
    assert failures_of(page) == {}


def test_every_known_failure_has_a_reason_and_a_page() -> None:
    assert set(KNOWN["pages"]) <= {*MANIFEST, *(page.name for page in HANDMADE)}
    assert {name for name, (reason, _) in KNOWN["pages"].items() if not KNOWN["reasons"].get(reason)} == set()


def test_corpus_is_large_and_holds_every_irregularity() -> None:
    drawn = list(pages.generated())
    assert len(drawn) >= 300
    tags = [tag for page in drawn for tag in page.gold.tags]
    assert {deviation.__name__ for deviation in IRREGULARITIES if tags.count(deviation.__name__) < 3} == set()
    assert set(MANIFEST) == {page.name for page in drawn}
    assert len({tag for tag in tags if tag.startswith("frame:")}) >= 12


def test_pages_made_by_hand_are_many() -> None:
    assert len(HANDMADE) >= 25


@pytest.mark.parametrize("folder", ["generator", "."])
def test_corpus_shares_nothing_with_the_parser(folder: str) -> None:
    here = Path(__file__).parent
    for path in (here / folder).glob("*.py"):
        if path.name in ("reading.py", "report.py"):  # the one call of the parser, and its version
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith("pipelines")], path


def test_gold_values_come_back_from_their_file() -> None:
    for number in range(0, 60, 7):
        gold = render(3, number).gold
        assert Gold.from_json(gold.to_json()) == gold


@pytest.mark.parametrize(
    ("expected", "cell", "outcome"),
    [
        (Expected("R", 12), ("R", 12), "right"),
        (Expected("R", 12), ("R", 120), "misread"),
        (Expected("R", 12), ("U", None), "said_so"),
        (Expected("R", 12), ("B", None), "missing"),
        (Expected("R", 12), None, "missing"),
        (Expected("R", "0.5"), ("R", "0.50"), "misread"),
        (Expected("B"), ("B", None), "right"),
        (Expected("B"), ("N", None), "state"),
        (Expected("B"), ("R", 0), "invented"),
        (Expected("A"), None, "right"),
        (Expected("UTA"), ("T", None), "right"),
        (Expected("RU", 3), ("U", None), "right"),
        (Expected("RU", 3), ("R", 4), "misread"),
    ],
)
def test_cell_is_scored(expected: Expected, cell: tuple[str, int | str | None] | None, outcome: str) -> None:
    address = "applications.granted.total"
    reading = Reading(cells={} if cell is None else {address: cell})
    findings = score(Gold(cells={address: expected}), reading)
    assert [finding.outcome for finding in findings if finding.part == "cell"] == [outcome]


def test_number_in_a_cell_the_page_does_not_have_is_invented() -> None:
    gold = Gold(cells={"applications.granted.total": Expected("R", 1)})
    reading = Reading(cells={"applications.granted.total": ("R", 1), "applications.other_misc.total": ("R", 0)})
    assert [finding.outcome for finding in score(gold, reading) if finding.part == "cell"] == ["right", "invented"]


def test_page_that_is_no_report_has_no_numbers() -> None:
    findings = score(Gold(report=False), Reading(cells={"applications.granted.total": ("R", 1)}))
    assert [(finding.part, finding.outcome) for finding in findings] == [("report", "wrong"), ("cell", "invented")]


@pytest.mark.parametrize("name", list(READERS))
def test_every_reader_reads_a_regular_page(name: str) -> None:
    if name not in available():
        pytest.skip("pandas is not installed: extra `evaluate`")
    regular = next(page for page in pages.generated() if regular_but_for(page, "note_below"))
    findings = score(regular.gold, READERS[name](regular.body, "", ""))
    assert [finding for finding in findings if finding.part == "cell" and finding.outcome != "right"] == []


def regular_but_for(page: Page, tag: str) -> bool:
    return [name for name in page.gold.tags if ":" not in name] == [tag]
