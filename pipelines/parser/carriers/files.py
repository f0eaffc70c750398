"""A file to the document it holds, whatever its kind: one entrance to the readers.

Promises its blocks, or `UnreadableFile`. Word files become HTML, so that paragraphs and nested tables are read by the
reader of HTML pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pipelines.parser.blocks import Block
from pipelines.parser.carriers.docx import html_of_docx
from pipelines.parser.carriers.kinds import NAMES, Kind, UnreadableFile
from pipelines.parser.carriers.ocr import read_picture, read_pictures
from pipelines.parser.carriers.pages import blocks_of
from pipelines.parser.carriers.pdf import read_pdf
from pipelines.parser.carriers.sheets import read_sheets
from pipelines.parser.charset import decode


def read_file(kind: Kind, bodies: Sequence[bytes], converted: Mapping[str, bytes | str]) -> str | Sequence[Block]:
    """What a file holds: HTML of Word files, blocks of others. Several bodies are the pictures of a document's pages.

    `converted` has the HTML of Word files of the old format, or why there is none, by the SHA-256 of the file.
    """
    body = bodies[0]
    if kind == "pdf":
        return blocks_of(read_pdf(body, read_picture))
    if kind == "image":
        return blocks_of(read_pictures(bodies))
    if kind == "docx":
        return html_of_docx(body)
    if kind in ("xlsx", "xls"):
        return read_sheets(body, kind)
    html = converted.get(hashlib.sha256(body).hexdigest())
    if not isinstance(html, bytes):
        raise UnreadableFile(f"{NAMES[kind]}, {html or 'which nothing has converted to HTML'}")
    return decode(html)[0]
