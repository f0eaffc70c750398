"""Lines of text cut out of the boxes of a table in a picture, each to be recognised by itself.

Promises that all ink of a box is in its cuts, from the top, and that a cut is one line as far as the picture shows it.
Works on grey pixels alone; recognises no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.parser.carriers.ruled import Box
from pipelines.parser.carriers.ruling import Pixels

_DARK = 60  # how much darker than paper ink is, of 255
_SPECK = 8  # pixels: less is dust
_INSET = 5
_AROUND = 3  # pixels of paper kept around a line
# In heights of a usual line:
_TALL = 1.45  # what is taller is several
_FLAT = 0.6  # what is flatter is a stroke of 二 or 三, or a mark
_WHOLE = 1.15


@dataclass(frozen=True, slots=True)
class Cut:
    """A line cut out of the box of that index; `left` to `right` and `top` to `bottom` is its ink, in the picture."""

    box: int
    pixels: Pixels
    left: int
    top: int
    right: int
    bottom: int


def cut_lines(grey: Pixels, boxes: Sequence[Box]) -> list[Cut]:
    """The lines of all boxes of one table."""
    parts = [_inside(grey, box) for box in boxes]
    inks = [ink(part) if part.size else part for part in parts]
    runs = [_runs(held) for held in inks]
    usual = _usual([bottom - top + 1 for found in runs for top, bottom in found])
    cuts = []
    for index, (box, part, held) in enumerate(zip(boxes, parts, inks, strict=True)):
        for top, bottom in _joined(_split(runs[index], held, usual), usual):
            columns = held[top : bottom + 1].any(axis=0).nonzero()[0]
            left, right = int(columns[0]), int(columns[-1])
            pixels = part[max(0, top - _AROUND) : bottom + _AROUND + 1, max(0, left - _AROUND) : right + _AROUND + 1]
            x, y = int(box.left) + _INSET, int(box.top) + _INSET
            cuts.append(Cut(index, pixels, x + left, y + top, x + right, y + bottom))
    return cuts


def ink(pixels: Pixels) -> Pixels:
    """Where there is ink: dark enough, and more than a speck."""
    import cv2
    import numpy as np

    soft = cv2.GaussianBlur(pixels, (3, 3), 0)
    dark = (soft < paper(pixels) - _DARK).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    large = np.array([False, *(boxes[index, cv2.CC_STAT_AREA] >= _SPECK for index in range(1, count))])
    return large[labels]


def paper(pixels: Pixels) -> int:
    """How bright the paper is: what most of the picture is not darker than."""
    import numpy as np

    return int(np.percentile(pixels, 75))


def whitened(pixels: Pixels) -> Pixels:
    """Shaded paper made white."""
    import numpy as np

    return np.clip(pixels.astype(int) + 255 - paper(pixels), 0, 255).astype(np.uint8)


def _inside(grey: Pixels, box: Box) -> Pixels:
    rows = slice(int(box.top) + _INSET, max(int(box.top) + _INSET, int(box.bottom) - _INSET + 1))
    return grey[rows, int(box.left) + _INSET : max(int(box.left) + _INSET, int(box.right) - _INSET + 1)]


def _runs(held: Pixels) -> list[tuple[int, int]]:
    """First and last of each run of rows that hold ink."""
    found: list[tuple[int, int]] = []
    for place in held.any(axis=1).nonzero()[0].tolist() if held.size else []:
        if found and place == found[-1][1] + 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


def _usual(heights: Sequence[int]) -> float:
    """The height of a usual line: figures are lower than characters, lines that touch are higher."""
    ordered = sorted(height for height in heights if height >= _SPECK)
    single = [height for height in ordered if height <= _TALL * ordered[len(ordered) // 2]]
    return float(single[len(single) * 4 // 5]) if single else 0.0


def _split(runs: Sequence[tuple[int, int]], held: Pixels, usual: float) -> list[tuple[int, int]]:
    """Runs as lines: those too tall for one are divided where there is least ink."""
    found = []
    for top, bottom in runs:
        high = bottom - top + 1
        count = round(high / usual) if usual and high > _TALL * usual else 1
        amounts = held[top : bottom + 1].sum(axis=1)
        first = 0
        for part in range(1, count):
            middle, reach = part * high // count, int(0.3 * usual)
            near = range(max(first + 1, middle - reach), min(high - 1, middle + reach) + 1)
            last = min(near, key=lambda row: int(amounts[row])) if near else middle
            found.append((top + first, top + last - 1))
            first = last
        found.append((top + first, bottom))
    return [(top, bottom) for top, bottom in found if bottom >= top and held[top : bottom + 1].any()]


def _joined(lines: Sequence[tuple[int, int]], usual: float) -> list[tuple[int, int]]:
    """Strokes and marks put to the line they belong to, as far as both are no taller than a line."""
    found: list[tuple[int, int]] = []
    for top, bottom in lines:
        above = found[-1] if found else None
        flat = above is not None and min(bottom - top, above[1] - above[0]) + 1 < _FLAT * usual
        if above is not None and flat and bottom - above[0] + 1 <= _WHOLE * usual:
            found[-1] = (above[0], bottom)
        else:
            found.append((top, bottom))
    return found
