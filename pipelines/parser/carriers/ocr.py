"""Pictures of pages to lines and tables: text recognition, offline, with what it is worth.

The boxes of tables come from their ruling lines; the text of each box is cut into lines, each recognised apart from its
neighbours, so that no number can run into the next. Promises a confidence for each box, and never an empty text for a
box that holds ink: what cannot be read says so. Lines of text outside tables are recognised where they stand.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pipelines.parser.carriers.cutting import Cut, cut_lines, ink, paper, whitened
from pipelines.parser.carriers.kinds import UnreadableFile
from pipelines.parser.carriers.pages import PrintedPage
from pipelines.parser.carriers.ruled import Box, Line, RuledTable, fill_boxes
from pipelines.parser.carriers.ruling import Pixels, find_tables, straighten

UNREADABLE = "〓"  # the printers' mark for a character that cannot be told
MAX_PICTURES = 20
_MAX_PIXELS = 40_000_000
_WIDTH = 1600  # pixels to which an upright page is brought: about 190 to the inch of A4
_MAX_HEIGHT = 8000
_POINTS = 595.0  # the width of A4 in points: what pictures do not say
_LEAST_PADDED = [3, 48, 160]  # numbers are short: padded to the engine's own 320 columns they take it twice the time
_EDGE = 10  # pixels of white around a line that is cut out
_LETTER = 0.8  # of the height of the box that is found around a line
_AROUND = 30  # pixels of paper around the ink of a page
_SURE = 0.9  # below this a number is no more than a guess; those of a poor scan have 0.95
_WORDING = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Recognised:
    text: str
    score: float
    left: float
    top: float
    right: float
    bottom: float


def read_pictures(bodies: Sequence[bytes]) -> list[PrintedPage]:
    """Pictures as the pages of one document. Raises `UnreadableFile` for what is no picture, or one too large."""
    pictures = [picture for body in bodies for picture in _open(body)]
    if len(pictures) > MAX_PICTURES:
        raise UnreadableFile(f"{len(pictures)} images, more than {MAX_PICTURES}")
    return [
        read_picture(picture, number, _POINTS / picture.size[0]) for number, picture in enumerate(pictures, start=1)
    ]


def read_picture(picture: Any, number: int, points: float) -> PrintedPage:
    """The page a PIL image shows; `points` are the points a pixel measures."""
    import_engine()
    import cv2
    import numpy as np

    grey = np.asarray(picture.convert("L"))
    width = _WIDTH if grey.shape[0] >= grey.shape[1] else _WIDTH * 1.41
    scale = min(width / grey.shape[1], _MAX_HEIGHT / grey.shape[0])
    if not 0.9 <= scale <= 1.1:
        how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how)
        points /= scale
    grey = straighten(grey)
    tables = find_tables(grey)
    rest = grey.copy()
    for boxes in tables:
        left, top = min(box.left for box in boxes), min(box.top for box in boxes)
        right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
        rest[int(top) - 4 : int(bottom) + 5, int(left) - 4 : int(right) + 5] = paper(grey)
    return PrintedPage(
        number,
        grey.shape[0] * points,
        tuple(_lines(rest, points)),
        tuple(
            RuledTable(number, ordinal, tuple(_fill(grey, boxes, points)))
            for ordinal, boxes in enumerate(tables, start=1)
        ),
    )


def import_engine() -> None:
    """Raises `UnreadableFile` where the extra is not installed."""
    try:
        import cv2  # noqa: F401
        import rapidocr  # noqa: F401
    except ImportError as error:
        raise UnreadableFile(f"a picture of a page, and the extra 'ocr' is not installed ({error.name})") from error


def _open(body: bytes) -> list[Any]:
    try:
        from PIL import Image, ImageOps, ImageSequence
    except ImportError as error:
        raise UnreadableFile(f"an image, and the extra 'ocr' is not installed ({error.name})") from error
    try:
        picture = Image.open(io.BytesIO(body))
        if picture.size[0] * picture.size[1] > _MAX_PIXELS:
            raise UnreadableFile(f"an image of {picture.size[0]} by {picture.size[1]} pixels")
        if min(picture.size) < 20:
            raise UnreadableFile(f"an image of {picture.size[0]} by {picture.size[1]} pixels, too small to hold text")
        frames = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
        if frames > MAX_PICTURES:
            raise UnreadableFile(f"{frames} images, more than {MAX_PICTURES}")
        found = []
        for index, frame in enumerate(ImageSequence.Iterator(picture)):
            if index == frames:
                break
            shown = ImageOps.exif_transpose(frame)
            found.append(_on_white(shown))
        return found
    except (UnreadableFile, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise UnreadableFile(f"an image of more than {_MAX_PIXELS} pixels") from error
    except Exception as error:  # PIL raises whatever its bytes suggest
        raise UnreadableFile(f"an image that is damaged: {type(error).__name__}") from error


def _on_white(picture: Any) -> Any:
    """The picture in grey, what is transparent in it white."""
    from PIL import Image

    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture)
        picture = paper
    return picture.convert("L")


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            "Rec.rec_img_shape": _LEAST_PADDED,
            # one thread adds numbers in one order, and threads that wait for each other burn what others could use
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        }
    )


def _recognise(pixels: Pixels) -> list[_Recognised]:
    """The pieces of text in a page, looked for where its ink is.

    Every flag on every call: the engine keeps those of the call before, and its reader of upside-down text turns 6 to 9.
    """
    import cv2

    rows, columns = ink(pixels).nonzero()
    if len(rows) == 0:
        return []
    top, left = max(0, int(rows.min()) - _AROUND), max(0, int(columns.min()) - _AROUND)
    part = pixels[top : int(rows.max()) + _AROUND, left : int(columns.max()) + _AROUND]
    answer = _engine()(cv2.cvtColor(part, cv2.COLOR_GRAY2BGR), use_det=True, use_cls=False, use_rec=True)
    if answer.boxes is None or answer.txts is None:
        return []
    moved = (left, top, left, top)
    return [
        _Recognised(
            text.strip(),
            float(score),
            *(
                float(edge + move)
                for edge, move in zip((*corners.min(axis=0), *corners.max(axis=0)), moved, strict=True)
            ),
        )
        for corners, text, score in zip(answer.boxes, answer.txts, answer.scores, strict=True)
        if text.strip()
    ]


def _lines(pixels: Pixels, points: float) -> list[Line]:
    """The lines of running text; pieces side by side are one line."""
    rows: list[list[_Recognised]] = []
    for piece in sorted(_recognise(pixels), key=lambda piece: piece.top + piece.bottom):
        last = rows[-1][0] if rows else None
        if last is not None and piece.top + piece.bottom < last.top + last.bottom + (last.bottom - last.top):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    found = []
    for row in rows:
        row.sort(key=lambda piece: piece.left)
        found.append(
            Line(
                " ".join(_marked(piece.text, piece.score) for piece in row),
                row[0].left * points,
                min(piece.top for piece in row) * points,
                max(piece.right for piece in row) * points,
                max(piece.bottom for piece in row) * points,
                sorted(piece.bottom - piece.top for piece in row)[len(row) // 2] * _LETTER * points,
            )
        )
    return found


def _fill(grey: Pixels, boxes: Sequence[Box], points: float) -> list[Box]:
    """The boxes, measured in points, with their text and its confidence."""
    cuts = cut_lines(grey, boxes)
    lines: list[list[Line]] = [[] for _ in boxes]
    scores = [1.0] * len(boxes)
    for cut, (text, score) in zip(cuts, _read_cuts(cuts), strict=True):
        left, top, right, bottom = (edge * points for edge in (cut.left, cut.top, cut.right, cut.bottom))
        lines[cut.box].append(Line(text or UNREADABLE, left, top, right, bottom, bottom - top))
        scores[cut.box] = min(scores[cut.box], score)
    filled = fill_boxes([_in_points(box, points) for box in boxes], lines)
    return [_doubted(box, score) if box.text else box for box, score in zip(filled, scores, strict=True)]


def _doubted(box: Box, score: float) -> Box:
    """A box with its confidence; a guessed number or dash gets a question mark, so that it is none."""
    return replace(box, text=_marked(box.text, score), confidence=round(score, 3))


def _marked(text: str, score: float) -> str:
    return text + "?" if score < _SURE and not _WORDING.search(text) else text


def _read_cuts(cuts: Sequence[Cut]) -> list[tuple[str, float]]:
    """Text and confidence of each cut. A cut is one line, so nothing is left to detect."""
    import cv2

    if not cuts:
        return []
    edges = (_EDGE, _EDGE, 2 * _EDGE, 2 * _EDGE, cv2.BORDER_CONSTANT)
    framed = [cv2.copyMakeBorder(whitened(cut.pixels), *edges, value=255) for cut in cuts]
    answer = _engine().recognize_txt([cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR) for pixels in framed])
    return [(text.strip(), float(score)) for text, score in zip(answer.txts, answer.scores, strict=True)]


def _in_points(box: Box, points: float) -> Box:
    return replace(
        box, left=box.left * points, top=box.top * points, right=box.right * points, bottom=box.bottom * points
    )
