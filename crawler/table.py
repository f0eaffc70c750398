"""Tables for a terminal, where a Chinese character is two columns wide. Must not know what is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from unicodedata import east_asian_width


def as_table(rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    """Rows of equally many cells as aligned columns, those in ``right`` to the right."""
    lines = list(rows)
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            " " * (widths[n] - width(cell)) + cell if n in right else cell + " " * (widths[n] - width(cell))
            for n, cell in enumerate(line)
        ).rstrip()
        for line in lines
    )


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def shortened(text: str, columns: int) -> str:
    """A text that takes at most so many columns; what is cut off is marked with an ellipsis."""
    if width(text) <= columns:
        return text
    kept = ""
    for char in text:
        if width(kept + char) > columns - 1:
            break
        kept += char
    return kept + "…"
