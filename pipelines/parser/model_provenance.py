"""The layers of a record beside its content: from which bytes it was read, and what earlier captures held.

Promises what `model` promises. Knows nothing of what a report says.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipelines.parser.model_tables import Omitted, Part


class WarcPlace(Part):
    """Where the capture is: the WARC file by its final name, the record in it, and the digest of the payload."""

    file: str
    record_id: str
    offset: int
    length: int
    payload_digest: str


class AttachmentPlace(Part):
    """A file that the page links to in place of its text, and where its capture is."""

    url: str
    content_sha256: str
    warc: WarcPlace


class AttachedPicture(Part):
    """The picture of one page of a report that is published as pictures."""

    url: str
    content_sha256: str


class AttachedFile(Part):
    """The file the report was read from, where the page itself only links to it.

    `holds` says whether the whole report was read from the file, or its tables alone, the text being the page's own.
    `pages` are the pictures, in the order of their page numbers, where the report is several.
    """

    url: str
    content_sha256: str
    holds: Literal["report", "tables"]
    pages: Omitted[list[AttachedPicture]] = None


class Provenance(Part):
    """From which bytes the record was read, and how.

    `attachments` are the captured files that a page was read with, in its order, where it is nothing but a link to them.
    `content_sha256` is the digest of the page's bytes. `source_kind` is the kind of file that holds the tables: that of
    the `attachment`, where they are in one; `doc` stands for Word's old format, WPS and RTF. `cell_places` names, by
    `TABLE.ROW`, the place of each value: `tT.rR.cC` is cell C of row R of table T of the page, `lN.cC` part C of line N
    of a text, `pP.tT.rR.cC` a cell of table T of page P of a PDF or of picture P; counted from one; null where the value
    has no place. Of a workbook T is the sheet and R and C are the sheet's own. `cell_confidence`, parallel to
    it, is there for cells recognised in a picture: from 0 to 1, null where there was nothing to recognise.
    """

    url: Omitted[str] = None
    canonical_url: Omitted[str] = None
    captured_at: Omitted[str] = None
    warc: Omitted[WarcPlace] = None
    attachments: Omitted[list[AttachmentPlace]] = None
    content_sha256: str
    http_status: Omitted[int] = None
    charset_declared: str | None
    charset_used: str | None
    source_kind: Literal["html", "text", "pdf", "docx", "doc", "xlsx", "xls", "image"]
    attachment: Omitted[AttachedFile] = None
    parser_version: str
    cell_places: dict[str, list[str | None]]
    cell_confidence: Omitted[dict[str, list[float | None]]] = None


class History(Part):
    """What earlier captures held: revision from 1, what changed in this one, other addresses of the same content."""

    revision: int = Field(ge=1)
    change: Literal["new", "revised", "withdrawn", "reparsed"]
    changed_cells: list[str]
    aliases: list[str]
