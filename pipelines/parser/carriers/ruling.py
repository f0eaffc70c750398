"""The ruling lines of a table in the picture of a page: the page set straight, and the boxes its lines enclose.

Promises a box for each cell that lines surround on all sides, cells that span others included. Works on grey pixels
alone; recognises no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pipelines.parser.carriers.ruled import Box

Pixels = Any  # a numpy array; numpy is there only with the extra

_MAX_SKEW = 8.0  # degrees; more is a page lying on its side
_SAME_LINE = 8  # pixels between the two edges of a thick or slightly slanting line
# How much of a side of a cell a line must cover: upright nearly all of it, for the stroke of a 1 covers much of a low row.
_DRAWN_LEVEL, _DRAWN_UPRIGHT = 0.6, 0.95
_LEAST_WIDE, _LEAST_HIGH = 120, 40
_MAX_EDGES = 150  # rows or columns of one table


def straighten(grey: Pixels) -> Pixels:
    """The page turned so that its horizontal lines are level; as it was where it has none."""
    import cv2
    import numpy as np

    height, width = grey.shape
    lines = cv2.HoughLinesP(
        _strokes(grey, max(25, width // 40), 1), 1, np.pi / 1800, 120, minLineLength=width // 8, maxLineGap=12
    )
    if lines is None:
        return grey
    ends = lines.reshape(-1, 4).astype(float)
    across, down = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    angles = np.degrees(np.arctan2(down, across))
    level = np.abs(angles) <= _MAX_SKEW
    if not level.any():
        return grey
    angle = float(np.average(angles[level], weights=np.hypot(across, down)[level]))
    if abs(angle) < 0.03:
        return grey
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return cv2.warpAffine(grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def find_tables(grey: Pixels) -> list[list[Box]]:
    """The tables from the top, each as its boxes in pixels."""
    import cv2

    level, upright = _strokes(grey, max(25, grey.shape[1] // 25), 1), _strokes(grey, 1, 32)
    both = cv2.dilate(cv2.bitwise_or(level, upright), cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3)))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(both)
    found = []
    for index in sorted(range(1, count), key=lambda index: boxes[index][1]):
        left, top, wide, high = boxes[index][:4].tolist()
        if wide < _LEAST_WIDE or high < _LEAST_HIGH:
            continue
        part = (slice(top, top + high), slice(left, left + wide))
        own = labels[part] == index  # the strokes of letters hang together with no frame
        cells = _boxes(level[part] * own, upright[part] * own)
        if len({cell.left for cell in cells}) > 1:
            found.append(
                [Box(cell.left + left, cell.top + top, cell.right + left, cell.bottom + top) for cell in cells]
            )
    return found


def _strokes(grey: Pixels, wide: int, high: int) -> Pixels:
    """What is dark and as long, level or upright, as lines are."""
    import cv2

    dark = cv2.adaptiveThreshold(255 - grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 25, -8)
    bridge = cv2.getStructuringElement(cv2.MORPH_RECT, (15 if wide > 1 else 1, 7 if high > 1 else 1))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (wide, high))
    return cv2.morphologyEx(cv2.morphologyEx(dark, cv2.MORPH_OPEN, kernel), cv2.MORPH_CLOSE, bridge)


def _boxes(level: Pixels, upright: Pixels) -> list[Box]:
    """The cells of one table: fields between its edges, made one where no line divides them."""
    import cv2
    import numpy as np

    rows, columns = _edges(level, by=1, least=40), _edges(upright, by=0, least=32)
    if not (2 <= len(rows) <= _MAX_EDGES and 2 <= len(columns) <= _MAX_EDGES):
        return []
    thick = np.ones((2 * _SAME_LINE + 1, 1), np.uint8)
    level, upright = cv2.dilate(level, thick), cv2.dilate(upright, thick.T)
    down, across = list(pairwise(rows)), list(pairwise(columns))
    owner = {(row, column): (row, column) for row in range(len(down)) for column in range(len(across))}

    def root(field: tuple[int, int]) -> tuple[int, int]:
        while owner[field] != field:
            field = owner[field]
        return field

    divided = [
        [_is_drawn(upright[top + 3 : bottom - 2, right], _DRAWN_UPRIGHT) for _, right in across] for top, bottom in down
    ]
    for row, (_, bottom) in enumerate(down):
        beside = divided[max(0, row - 1) : row] + divided[row + 1 : row + 2]
        for column, (left, right) in enumerate(across):
            if row + 1 < len(down) and not _is_drawn(level[bottom, left + 3 : right - 2], _DRAWN_LEVEL):
                owner[root((row + 1, column))] = root((row, column))
            # A line runs on through the next row; the stroke of a 十 that fills its row does not.
            runs_on = divided[row][column] and (not beside or any(other[column] for other in beside))
            if column + 1 < len(across) and not runs_on:
                owner[root((row, column + 1))] = root((row, column))
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for field in owner:
        cells.setdefault(root(field), []).append(field)
    return [box for fields in cells.values() for box in _rectangles(fields, down, across)]


def _rectangles(
    fields: Sequence[tuple[int, int]], down: Sequence[tuple[int, int]], across: Sequence[tuple[int, int]]
) -> list[Box]:
    """The box of the fields of a cell; where they are no rectangle a line is broken, and each field is a box."""
    rows, columns = {row for row, _ in fields}, {column for _, column in fields}
    if len(rows) * len(columns) != len(fields):
        return [Box(across[column][0], down[row][0], across[column][1], down[row][1]) for row, column in fields]
    return [Box(across[min(columns)][0], down[min(rows)][0], across[max(columns)][1], down[max(rows)][1])]


def _is_drawn(side: Pixels, share: float) -> bool:
    return len(side) == 0 or float((side > 0).mean()) >= share


def _edges(strokes: Pixels, *, by: int, least: int) -> list[int]:
    """Where lines lie, across (`by` 1) or down (`by` 0), those of at least `least` pixels."""
    lengths = (strokes > 0).sum(axis=by)
    found: list[list[int]] = []
    for place in range(len(lengths)):
        if lengths[place] < least:
            continue
        if found and place - found[-1][-1] <= _SAME_LINE:
            found[-1].append(place)
        else:
            found.append([place])
    return [sum(group) // len(group) for group in found]
