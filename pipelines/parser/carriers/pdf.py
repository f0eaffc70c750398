"""PDF: its characters as lines, its ruling lines as tables, its scanned pages as pictures.

Promises every character the pages draw, in reading order, and each box of a ruled table as a cell. A page without
characters is handed on as a picture. Limits: pages, characters and lines of a page; over them the file is refused.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pipelines.parser.carriers.kinds import UnreadableFile
from pipelines.parser.carriers.pages import PrintedPage
from pipelines.parser.carriers.ruled import Box, Line, RuledTable, fill_boxes

MAX_PAGES = 200
_MAX_CHARACTERS = 20_000  # of one page; a page of small print has 3,000
_MAX_EDGES = 6_000
_MAX_SIDE = 5_000  # points: twice an A0 poster
_THIN = 3.0  # a filled rectangle no thicker than this is a line
_FEW = 12  # characters a page number may have
_PICTURE = 0.4  # of a page's area: what a scan covers at least
_MANY_CURVES = 50  # letters drawn as outlines, not a seal
_GAP = 0.45  # of a character's size: what is no spacing between letters any more
_DPI = 200

Object = dict[str, Any]  # what pdfplumber gives for a character, a line, a rectangle, an image


def read_pdf(body: bytes, read_picture: Callable[[Any, int, float], PrintedPage]) -> list[PrintedPage]:
    """The document's pages. `read_picture` reads the picture of a page, its number, and points per pixel."""
    try:
        import pdfplumber
        from pdfminer.pdfdocument import PDFPasswordIncorrect
        from pdfplumber.utils.exceptions import PdfminerException
    except ImportError as error:
        raise UnreadableFile(f"a PDF document, and the extra 'attachments' is not installed ({error.name})") from error
    try:
        with pdfplumber.open(io.BytesIO(body)) as document:
            if len(document.pages) > MAX_PAGES:
                raise UnreadableFile(f"a PDF document of {len(document.pages)} pages, more than {MAX_PAGES}")
            pages = []
            for page in document.pages:
                pages.append(_read_page(page, read_picture))
                page.close()
            return pages
    except (UnreadableFile, MemoryError):
        raise
    except PdfminerException as error:
        locked = bool(error.args) and isinstance(error.args[0], PDFPasswordIncorrect)
        why = "under a password" if locked else f"that is damaged: {error}"
        raise UnreadableFile(f"a PDF document {why}") from error
    except Exception as error:  # pdfminer raises whatever its bytes suggest
        raise UnreadableFile(f"a PDF document that is damaged: {type(error).__name__}: {error}") from error


def _read_page(page: Any, read_picture: Callable[[Any, int, float], PrintedPage]) -> PrintedPage:
    number = page.page_number
    if max(page.width, page.height) > _MAX_SIDE:
        raise UnreadableFile(f"a PDF document whose page {number} is {page.width:.0f} by {page.height:.0f} points")
    characters = page.chars
    if len(characters) > _MAX_CHARACTERS:
        raise UnreadableFile(f"a PDF document whose page {number} has more than {_MAX_CHARACTERS} characters")
    if len(page.edges) > _MAX_EDGES:
        raise UnreadableFile(f"a PDF document whose page {number} has more than {_MAX_EDGES} lines")
    if sum(not character["text"].isspace() for character in characters) <= _FEW and _is_picture(page):
        return read_picture(page.to_image(resolution=_DPI).original, number, 72 / _DPI)
    characters = _upright(page.dedupe_chars(tolerance=1).chars, page)
    tables = _tables(page, characters)
    inside = {id(character) for _, held in tables for text in held for character in text}
    lines = _lines(character for character in characters if id(character) not in inside)
    parts = tuple(RuledTable(number, ordinal, boxes) for ordinal, (boxes, _) in enumerate(tables, start=1))
    return PrintedPage(number, float(page.height), tuple(lines), parts)


def _is_picture(page: Any) -> bool:
    """Whether a page is drawn rather than written: a scan, or letters as outlines."""
    if len(page.curves) > _MANY_CURVES:
        return True
    area = sum(image["width"] * image["height"] for image in page.images)
    return bool(area >= _PICTURE * page.width * page.height)


def _upright(characters: Sequence[Object], page: Any) -> list[Object]:
    """The characters on the page, without those of slanting stamps and watermarks."""
    upright = [character for character in characters if character["upright"]]
    kept = upright if 2 * len(upright) >= len(characters) else characters
    return [
        character
        for character in kept
        if 0 <= (character["x0"] + character["x1"]) / 2 <= page.width
        and 0 <= (character["top"] + character["bottom"]) / 2 <= page.height
    ]


def _tables(page: Any, characters: Sequence[Object]) -> list[tuple[tuple[Box, ...], list[list[Object]]]]:
    """The ruled tables from the top: their boxes, and the characters of each."""
    found = []
    ruled = page.filter(_is_rule)
    for table in sorted(ruled.find_tables(), key=lambda table: table.bbox[1]):
        boxes = [Box(float(left), float(top), float(right), float(bottom)) for left, top, right, bottom in table.cells]
        if len({round(box.left) for box in boxes}) < 2:
            continue  # a frame around text
        held: list[list[Object]] = [[] for _ in boxes]
        left, top, right, bottom = table.bbox
        for character in characters:
            x, y = (character["x0"] + character["x1"]) / 2, (character["top"] + character["bottom"]) / 2
            if left <= x <= right and top <= y <= bottom:
                index = next((index for index, box in enumerate(boxes) if box.holds(x, y)), None)
                if index is not None:
                    held[index].append(character)
        filled = tuple(fill_boxes(boxes, [list(_lines(text)) for text in held]))
        found.append((filled, held))
    return found


def _is_rule(thing: Object) -> bool:
    """Whether pdfplumber may take an object for ruling lines: not a shaded area, which has edges but draws none."""
    if thing["object_type"] != "rect":
        return True
    thin = min(thing["width"], thing["height"]) <= _THIN
    return bool(thin or (thing.get("stroke") and thing.get("linewidth")))


def _lines(characters: Iterable[Object]) -> Iterator[Line]:
    """The lines that characters make, from the top, each from the left."""
    line: list[Object] = []
    for character in sorted(characters, key=lambda character: (character["top"] + character["bottom"]) / 2):
        middle = (character["top"] + character["bottom"]) / 2
        if line and middle > _middle(line) + 0.5 * min(character["size"], line[0]["size"]):
            yield from _line(line)
            line = []
        line.append(character)
    yield from _line(line)


def _middle(line: Sequence[Object]) -> float:
    return float(sum(character["top"] + character["bottom"] for character in line) / (2 * len(line)))


def _line(characters: Sequence[Object]) -> Iterator[Line]:
    printed = sorted(characters, key=lambda character: character["x0"])
    text, right = "", 0.0
    for character in printed:
        if text and character["x0"] - right > _GAP * character["size"] and not text.endswith(" "):
            text += " "
        text += character["text"]
        right = max(right, character["x1"])
    shown = [character for character in printed if not character["text"].isspace()]
    if shown:
        yield Line(
            " ".join(text.split()),
            shown[0]["x0"],
            min(character["top"] for character in shown),
            max(character["x1"] for character in shown),
            max(character["bottom"] for character in shown),
            sorted(character["size"] for character in shown)[len(shown) // 2],
        )
