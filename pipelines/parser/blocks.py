"""The blocks a page consists of, in document order: lines of text and tables."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.parser.grid import Grid


@dataclass(frozen=True, slots=True)
class TextBlock:
    """One line of text. `container` is the path of the element that holds it (empty in plain text)."""

    text: str
    container: tuple[int, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class TableBlock:
    """One table, or the run of rows of a layout table that hold no table; `ordinal` counts the page's tables from 1."""

    grid: Grid
    ordinal: int
    container: tuple[int, ...] = ()


Block = TextBlock | TableBlock
