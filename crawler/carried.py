"""Pages that only link to the files that carry their report: which files are asked for, and how page and files are read back.

A page that awaits files is read when the last of them came to an end, from the archive: its row is leased once more, and
answered from there. Must not know which pages are like that, nor what a file holds.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Self
from urllib.parse import urldefrag, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from archive.exchange import CaptureRef
from archive.ledger import Ledger
from archive.rows import FrontierRequest, LeasedRequest
from archive.warc_reader import ArchivedResponse, DamagedWarc, open_warc, read_exchange
from crawler.items import CapturedFile, Skipped
from crawler.page_class import PageClass
from crawler.portals import Portal
from crawler.runs import run_of
from crawler.scope import in_scope, refusal

_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|wps|et|rtf|ofd|zip|rar|jpe?g|png|bmp|gif|tiff?|webp)$", re.IGNORECASE)
READ_BYTES = 64 * 1024 * 1024
ARCHIVED = "archived"  # flag of a response that comes from the archive


class CannotReadBack(IgnoreRequest):
    """A page, or one of its files, is not in the archive any more, or damaged there."""


def carrier_requests(
    page: FrontierRequest, addresses: Iterable[str], portal: Portal | None, ledger: Ledger
) -> tuple[list[FrontierRequest], list[Skipped]]:
    """The requests for the files of a page, in its order, and those that may not be asked for.

    A frame is a page (role ``frame``), anything else a file (``attachment``). ``portal`` is ``None`` where it is
    registered no more.
    """
    requests: dict[str, FrontierRequest] = {}
    skipped = []
    for address in addresses:
        url = sent_address(address)
        is_file = _FILE.search(urlsplit(url).path) or _FILE.search(urlsplit(url).query)
        request = FrontierRequest(
            family=page.family,
            portal=page.portal,
            role="attachment" if is_file else "frame",
            method="GET",
            url=url,
            callback="parse_attachment",
            headers={"Referer": page.url},
            hints=dict(page.hints),
            via=page.url,
            hops=page.hops + "L",
        )
        if portal is None or request.key == page.key:
            reason = "" if portal is None else "the page itself"
        else:
            reason = refusal(request, portal, ledger) or ("" if in_scope(portal, request.role, url) else "off-site")
        if reason:
            skipped.append(Skipped(url, str(page.hints.get("listing_title", "")), reason))
        else:
            requests.setdefault(request.key, request)
    return list(requests.values()), skipped


def sent_address(address: str) -> str:
    """An absolute address as it is asked for: escaped, without fragment."""
    return Request(urldefrag(address).url).url


def digest_of(leased: LeasedRequest) -> str:
    """The content digest of a page together with its files: what is read is the same if none of them changed."""
    digests = [leased.validators.content_digest, *(file.content_digest for file in leased.files)]
    return "sha256:" + hashlib.sha256("\n".join(digests).encode()).hexdigest()


def not_had(leased: LeasedRequest, files: Iterable[CapturedFile]) -> str:
    """Which files of a page are not among ``files``, and why; an empty text if they all are there."""
    there = {file.url for file in files}
    missing = [file for file in leased.files if file.url not in there]
    return "; ".join(
        f"{file.url} could not be had: {'too large' if file.capture else file.outcome}" for file in missing
    )


def read_back(folder: Path, leased: LeasedRequest) -> tuple[ArchivedResponse, tuple[CapturedFile, ...]]:
    """A page and those of its files that are there, from the archive in ``folder``. Raises CannotReadBack.

    Files that decode to more than READ_BYTES with those before them are left out.
    """
    page = _read(folder, leased.validators.capture)
    files: list[CapturedFile] = []
    for file in leased.files:
        if file.capture is not None:
            answer = _read(folder, file.capture)
            size = len(answer.body) + sum(len(before.body) for before in files)
            if size <= READ_BYTES and not answer.body_fault:
                files.append(CapturedFile(file.url, answer.body, answer.header("Content-Type"), answer.capture))
    return page, tuple(files)


def response_of(page: ArchivedResponse, request: Request) -> Response:
    """An archived response as Scrapy's middlewares leave it; ``request.meta`` gets what the handler would set."""
    headers = Headers()
    for name, value in page.http_headers:
        if name.lower() != "content-encoding":
            headers.appendlist(name, value.encode("latin-1"))
    request.meta.update(capture=page.capture, page_class=PageClass.PAGE)
    kind = responsetypes.from_args(headers=headers, url=page.url, body=page.body)
    return kind(page.url, status=page.status, headers=headers, body=page.body, request=request, flags=[ARCHIVED])


def _read(folder: Path, capture: CaptureRef | None) -> ArchivedResponse:
    try:
        if capture is None:
            raise FileNotFoundError("it was never captured whole")
        return read_exchange(open_warc(folder, capture.file), capture.offset)
    except (OSError, DamagedWarc) as error:
        raise CannotReadBack(f"cannot be read back from the archive: {error}") from error


class ReadBackMiddleware:
    """The downloader middleware that answers from the archive where a page is to be read with its files.

    Nothing is sent: it stands before robots.txt, pace and budget.
    """

    def __init__(self, crawler: Crawler):
        self._folder = run_of(crawler).data_dir.warc

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        visit = request.meta.get("visit")
        if visit is None or not visit.leased.ready:
            return None
        work = asyncio.get_running_loop().run_in_executor(None, read_back, self._folder, visit.leased)
        page, visit.files = await work
        return response_of(page, request)
