"""Holds a reading against gold values: every cell, field and section, right or how it is wrong.

The outcomes of a cell, of which exactly one holds:

    right      the number printed, or one of the states that are right
    said_so    a number was printed, the reading has none and says so (unplaced or unparseable)
    missing    a number was printed, the reading has no such cell, or calls it blank or absent
    state      no number was printed, nor read; the state is another than the right ones
    misread    a number was printed, another was read
    invented   no number can be read there, one was

Knows no reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.corpus.gold import Gold
from tests.corpus.reading import Reading

OUTCOMES = ("right", "said_so", "missing", "state", "misread", "invented")


@dataclass(frozen=True, slots=True)
class Finding:
    """One comparison: what was compared (`cell`, `identity`, …), its name, the outcome, both sides."""

    part: str
    name: str
    outcome: str
    expected: str
    found: str


@dataclass(slots=True)
class Tally:
    """Outcomes counted: cells by outcome, other parts by name and outcome."""

    pages: int = 0
    cells: Counter[str] = field(default_factory=Counter)
    parts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, findings: Iterable[Finding]) -> None:
        self.pages += 1
        for finding in findings:
            if finding.part == "cell":
                self.cells[finding.outcome] += 1
            else:
                name = finding.part if finding.part != "identity" else f"identity.{finding.name}"
                self.parts.setdefault(name, Counter())[finding.outcome] += 1

    def counts(self) -> dict[str, object]:
        """The counts as plain JSON values."""
        return {
            "pages": self.pages,
            "cells": dict(self.cells),
            **{name: dict(part) for name, part in self.parts.items()},
        }


def score(gold: Gold, reading: Reading) -> list[Finding]:
    """Every comparison between a page's gold values and a reading of it."""
    findings = [_plain("report", "report", [gold.report], reading.report)]
    if not gold.report:
        return findings + [_invented(address, cell) for address, cell in reading.cells.items() if cell[0] == "R"]
    findings += _cells(gold, reading)
    if gold.era and reading.era is not None:
        findings.append(_plain("era", "era", gold.era, reading.era))
    texts = None if reading.texts is None else {name: fold(text) for name, text in reading.texts.items()}
    for part, wanted, found, otherwise in (
        ("identity", gold.identity, reading.identity, None),
        ("section", gold.sections, reading.sections, "absent"),
        ("text", {name: [fold(text)] for name, text in gold.texts.items()}, texts, ""),
        ("table", gold.tables, reading.tables, "absent"),
        ("yuan", {row: [amount] for row, amount in gold.yuan.items()}, reading.yuan, None),
    ):
        if found is not None:
            # A report called none is wrong in every field, even where the answer is that nothing is printed.
            missing = otherwise if reading.report else "not_a_report"
            findings += [_plain(part, name, answers, found.get(name, missing)) for name, answers in wanted.items()]
    return findings


def fold(text: str) -> str:
    """A text without white space, punctuation of either width the same."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _plain(part: str, name: str, answers: Iterable[object], found: object) -> Finding:
    right = list(answers)
    return Finding(part, name, "right" if found in right else "wrong", "|".join(map(str, right)), str(found))


def _invented(address: str, cell: tuple[str, object]) -> Finding:
    return Finding("cell", address, "invented", "no such cell", f"R {cell[1]}")


def _cells(gold: Gold, reading: Reading) -> list[Finding]:
    findings = []
    for address, expected in gold.cells.items():
        state, value = reading.cells.get(address, ("", None))
        printed = "R" in expected.states
        if state == "R" and not printed:
            outcome = "invented"
        elif state == "R":
            outcome = "right" if value == expected.value else "misread"
        elif state and state in expected.states:
            outcome = "right"
        elif expected.states == "R":
            outcome = "said_so" if state in ("U", "T") else "missing"
        else:
            # No cell at all is as good as a cell said to be absent.
            outcome = "right" if not state and "A" in expected.states else "state"
        want = expected.states if expected.value is None else f"{expected.states} {expected.value}"
        findings.append(
            Finding("cell", address, outcome, want, f"{state or '?'} {'' if value is None else value}".strip())
        )
    # A row that the page adds, or a table it does not have, must not fill a cell of the form.
    tables = {address.partition(".")[0] for address in gold.cells} | set(gold.tables)
    findings += [
        _invented(address, cell)
        for address, cell in reading.cells.items()
        if cell[0] == "R" and address not in gold.cells and address.partition(".")[0] in tables
    ]
    return findings
