"""What kind of file some bytes are, told by the bytes alone: addresses and declared types are often wrong.

Promises one of the kinds the parser reads, nothing for bytes that may be a page of text, or `UnreadableFile` with what
it is instead. Opens no file further than its directory, and knows no contents.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

Kind = Literal["pdf", "docx", "xlsx", "xls", "doc", "image"]

NAMES: dict[Kind, str] = {
    "pdf": "a PDF document",
    "docx": "a Word document",
    "xlsx": "an Excel workbook",
    "xls": "an Excel workbook of the old format",
    "doc": "a Word document of the old format, WPS or RTF",
    "image": "an image",
}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_REFUSED = (
    (b"\x1f\x8b", "compressed data"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x00\x00\x00\x18ftyp", "a video"),
    (b"\x00\x00\x00\x20ftyp", "a video"),
    (b"ID3", "a sound"),
)
_WORD_XML = re.compile(rb'<\?mso-application\s+progid="Word\.Document"\s*\?>')
_HEAD = 1024  # readers of PDF accept other bytes before its mark, this many
_MAX_ENTRIES = 2000
_MAX_UNPACKED = 64 * 1024 * 1024
_CHUNK = 1024 * 1024


class UnreadableFile(ValueError):
    """A file that cannot be read; says in a few English words what it is and why, or which extra it needs."""


def kind_of(body: bytes) -> Kind | None:
    """The kind of file, None for what may be a page of text. Raises `UnreadableFile` for all other files."""
    if body.startswith(_ZIP):
        return _kind_of_zip(body)
    if body.startswith(_OLE):
        return _kind_of_ole(body)
    if body.startswith(b"{\\rtf"):
        return "doc"
    if body.startswith(_IMAGES) and not (body.startswith(b"BM") and b"\x00" not in body[:30]):
        return "image"
    for magic, name in _REFUSED:
        if body.startswith(magic):
            raise UnreadableFile(f"{name}, not a page of text")
    head = body[:_HEAD].lstrip()
    if head.startswith(b"<"):
        return "doc" if _WORD_XML.search(head) else None
    return "pdf" if b"%PDF-" in head or head.startswith(b"%PDF") else None


def is_text(body: bytes) -> bool:
    """Whether these bytes can only be a page of text, which costs little to read; looks at the first of them."""
    head = body[:_HEAD].lstrip()
    marks = (_ZIP, _OLE, b"{\\rtf", *_IMAGES, *(magic for magic, _ in _REFUSED))
    return not (body.startswith(marks) or (b"%PDF" in head and not head.startswith(b"<")) or _WORD_XML.search(head))


def open_zip(body: bytes) -> zipfile.ZipFile:
    """An Office document's parts. Raises `UnreadableFile` for a damaged one and one that unpacks to too much.

    All parts are unpacked once, because the sizes a directory states need not be true.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        entries = archive.infolist()
        if len(entries) > _MAX_ENTRIES:
            raise UnreadableFile(f"a ZIP or Office document of {len(entries)} parts, more than {_MAX_ENTRIES}")
        left = _MAX_UNPACKED
        for entry in entries:
            with archive.open(entry) as part:
                while chunk := part.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise UnreadableFile(
                            f"a ZIP or Office document that unpacks to more than {_MAX_UNPACKED} bytes"
                        )
    except (UnreadableFile, MemoryError):
        raise
    except Exception as error:  # zipfile raises whatever its bytes suggest
        raise UnreadableFile(f"a damaged ZIP or Office document: {error}") from error
    return archive


def _kind_of_zip(body: bytes) -> Kind:
    try:
        names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    except Exception as error:
        raise UnreadableFile(f"a damaged ZIP or Office document: {error}") from error
    if any(name.startswith("word/") for name in names):
        return "docx"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "OFD.xml" in names:
        raise UnreadableFile("an OFD document, which is not read")
    if any(name.startswith("ppt/") for name in names):
        raise UnreadableFile("a presentation, not a page of text")
    raise UnreadableFile("a ZIP archive, not a page of text")


def _kind_of_ole(body: bytes) -> Kind:
    """By the names of its streams, looked for in the bytes: a directory's entries are UTF-16 and 64 bytes each."""
    for name, kind in (("WordDocument", "doc"), ("Workbook", "xls"), ("Book", "xls")):
        if name.encode("utf-16-le") + b"\x00\x00" in body:
            return kind  # type: ignore[return-value]
    if "PowerPoint Document".encode("utf-16-le") in body:
        raise UnreadableFile("a presentation, not a page of text")
    if "EncryptedPackage".encode("utf-16-le") in body:
        raise UnreadableFile("an Office document under a password")
    raise UnreadableFile("an Office document of the old format that is neither Word nor Excel")
