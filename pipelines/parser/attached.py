"""The files attached to a page, read as pages in its place.

A page that only links to its report still says whose it is and when it appeared: its text, labelled values and meta
data come first, the file's content behind them. Promises candidates in the order of the links, pictures together as the
pages of one document. Must not know what makes a page a report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pipelines.parser.blocks import Block, TableBlock
from pipelines.parser.carriers.kinds import kind_of
from pipelines.parser.model import AttachedFile, AttachedPicture
from pipelines.parser.page import (
    MAX_BODY,
    Attachment,
    Carrier,
    Page,
    ReportPage,
    UnreadableFile,
    read_file_page,
    read_page,
)

_MAX_ATTACHMENTS = 20
_FILE = 1_000_000  # the container of what stands in the file: no page has as many elements side by side


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment read: the page with its content, the blocks to divide into sections, and which file it is."""

    page: Page
    text: Sequence[Block]
    kind: Carrier
    file: AttachedFile


def read_attached(report_page: ReportPage, own: Page, reasons: list[str], *, tables_only: bool) -> Iterator[Attached]:
    """The attachments as pages. `tables_only`: the page's own text is the report, the files may hold its tables.

    Why a file cannot be read goes to `reasons`.
    """
    for files in _documents(report_page.attachments[:_MAX_ATTACHMENTS]):
        try:
            page = _read(files, report_page)
        except UnreadableFile as unreadable:
            reasons.append(f"attachment {files[0].url}: {unreadable}")
            continue
        blocks = [replace(block, container=(_FILE, *block.container)) for block in page.blocks]
        if tables_only:
            held: list[Block] = [block for block in blocks if isinstance(block, TableBlock)]
            merged = replace(own, blocks=(*own.blocks, *held))
            yield Attached(merged, own.blocks, page.carrier, _file(files, "tables"))
        else:
            merged = replace(
                own,
                blocks=(*own.blocks, *blocks),
                labels=(*own.labels, *page.labels),
                images=_behind(own.blocks, page.images),
                attachments=_behind(own.blocks, page.attachments),
            )
            yield Attached(merged, merged.blocks, page.carrier, _file(files, "report"))


def _documents(attachments: Sequence[Attachment]) -> Iterator[list[Attachment]]:
    """The attachments, those that are pictures in a row together."""
    pictures: list[Attachment] = []
    for attachment in attachments:
        if _is_picture(attachment):
            pictures.append(attachment)
            continue
        if pictures:
            yield pictures
            pictures = []
        yield [attachment]
    if pictures:
        yield pictures


def _is_picture(attachment: Attachment) -> bool:
    try:
        return kind_of(attachment.body) == "image"
    except UnreadableFile:
        return False


def _read(files: Sequence[Attachment], report_page: ReportPage) -> Page:
    if sum(len(file.body) for file in files) > MAX_BODY:
        raise UnreadableFile(f"larger than {MAX_BODY} bytes")
    if len(files) > 1:
        page = read_file_page("image", [file.body for file in files], {})
    else:
        file = files[0]
        page = read_page(ReportPage(file.body, file.url, file.content_type, converted=report_page.converted))
    if page.excess:
        raise UnreadableFile(page.excess)
    return page


def _behind(blocks: Sequence[Block], marks: Sequence[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    return tuple((index + len(blocks), address) for index, address in marks)


def _file(files: Sequence[Attachment], holds: Literal["report", "tables"]) -> AttachedFile:
    pictures = [AttachedPicture(url=file.url, content_sha256=_digest(file)) for file in files]
    return AttachedFile(
        url=pictures[0].url,
        content_sha256=pictures[0].content_sha256,
        holds=holds,
        pages=pictures if len(pictures) > 1 else None,
    )


def _digest(file: Attachment) -> str:
    return hashlib.sha256(file.body).hexdigest()
