"""From a parsed report to a recorded document: capture facts, identity, and the finished JSON line.

Free of Scrapy, so that a reparse composes the same lines. Must not know how reports are found or stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.exchange import CaptureRef
from archive.rows import History
from crawler.items import CapturedPage, PageHints
from pipelines.isolated import parse_page
from pipelines.parser import PARSER_VERSION, AnnualReport, Hints, NotAReport, ReportPage, find_carriers, model
from pipelines.parser.fingerprint import fingerprint
from pipelines.parser.page import Attachment


def page_of(item: CapturedPage) -> ReportPage:
    """What the parser may know of a captured page."""
    hints = item.hints
    return ReportPage(
        body=item.body,
        url=item.url,
        content_type=item.content_type,
        hints=Hints(
            portal=hints.portal,
            region=hints.region,
            listing_title=hints.listing_title,
            listing_date=hints.listing_date,
            card=hints.card,
        ),
        attachments=tuple(Attachment(file.body, file.url, file.content_type) for file in item.files),
    )


def read_item(item: CapturedPage) -> None:
    """Parse a page: sets its ``document``, or why it is ``not_a_report`` and the ``carriers`` it only links to, if so."""
    page = page_of(item)
    result = parse_page(page)
    if isinstance(result, NotAReport):
        item.not_a_report = result.reason
        item.carriers = find_carriers(page)
    else:
        item.document = with_capture(result, item)


def with_capture(report: AnnualReport, item: CapturedPage) -> AnnualReport:
    """The report with its provenance completed by what only the capture knows."""
    assert report.provenance is not None
    capture = item.capture
    provenance = report.provenance.model_copy(
        update={
            "url": item.url,
            "captured_at": capture.captured_at,
            "http_status": item.status,
            "warc": _place(capture),
            "attachments": [
                model.AttachmentPlace(
                    url=file.url, content_sha256=hashlib.sha256(file.body).hexdigest(), warc=_place(file.capture)
                )
                for file in item.files
            ]
            or None,
        }
    )
    return report.model_copy(update={"provenance": provenance})


def _place(capture: CaptureRef) -> model.WarcPlace:
    return model.WarcPlace(
        file=capture.file,
        record_id=capture.record_id,
        offset=capture.offset,
        length=capture.length,
        payload_digest=capture.payload_digest,
    )


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A report as the ledger records it: by (organ, year), with the fingerprint of its content.

    An index number (索引号) is never a key by itself: blank, placeholder and junk ones would merge strangers, and
    catalogue-level ones would merge organs.
    """

    report: AnnualReport
    digest: str
    nearness: int = 0
    read_again: Callable[[Mapping[str, Any]], AnnualReport | None] | None = None

    @classmethod
    def of(
        cls,
        report: AnnualReport,
        hints: PageHints | None = None,
        read_again: Callable[[Mapping[str, Any]], AnnualReport | None] | None = None,
    ) -> ReportDocument:
        """The document of a report; ``read_again`` reads the page of an earlier record from the archive."""
        return cls(report, fingerprint(report), nearness(report, hints or PageHints()), read_again)

    @property
    def key(self) -> str:
        return self.report.report_key

    @property
    def title(self) -> str:
        title = self.report.identity.title
        return title.normalized or title.raw or self.key

    @property
    def counts(self) -> Mapping[str, int]:
        """What the run report counts: checks by status, where a check did not pass."""
        failed = sum(check.status == "fail" for check in self.report.checks)
        errors = sum(check.status == "fail" and check.severity == "error" for check in self.report.checks)
        return {"checks_failed": failed, "errors": errors}

    @property
    def series(self) -> str:
        """The organ; empty where it cannot be told."""
        return self.report.identity.organ.organ_id or ""

    @property
    def period(self) -> int | None:
        """The report year."""
        return self.report.identity.report_year

    @property
    def reader(self) -> str:
        return PARSER_VERSION

    @property
    def rank(self) -> int:
        return self.nearness

    def reread(self, line: bytes) -> str:
        """The fingerprint of an earlier record's page as today's parser reads it."""
        report = self.read_again(json.loads(line)) if self.read_again is not None else None
        return "" if report is None else fingerprint(report)

    def line(self, history: History, previous: bytes | None) -> bytes:
        changed = [] if previous is None else list(changed_cells(json.loads(previous), self.report.to_dict()))
        return line_of(self.report, history, changed)


def nearness(report: AnnualReport, hints: PageHints) -> int:
    """How near a page is to the origin of its report: 0 to 3.

    2 for the portal of the organ's own division, where those of its city or province only collect; 1 more for an edition
    that says it corrects another (更正, 修订 …).
    """
    division = report.identity.organ.division
    own = division is not None and division.code == hints.region
    return (2 if own else 0) + (1 if report.identity.revision_mark else 0)


def line_of(report: AnnualReport, history: History, changed: Sequence[str]) -> bytes:
    """The finished JSON line of a report; ``changed`` names the cells that differ from what was recorded before."""
    layer = model.History(
        revision=history.revision,
        change=history.change,
        changed_cells=list(changed),
        aliases=list(history.aliases),
    )
    return report.model_copy(update={"history": layer}).to_json().encode()


def withdrawn_line(previous: bytes, history: History) -> bytes:
    """The line of a withdrawn report: the last one, with another history."""
    record = json.loads(previous)
    record["history"] = {
        "revision": history.revision,
        "change": history.change,
        "changed_cells": [],
        "aliases": list(history.aliases),
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def changed_cells(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The cells (``TABLE.ROW.COLUMN``) whose value or state differs, and the sections (``sections.KEY``) whose text does."""
    old, new = dict(cells_of(before)), dict(cells_of(after))
    yield from (place for place in {**old, **new} if old.get(place) != new.get(place))
    texts = [
        {section["key"]: section.get("sha256_no_ws") for section in record["sections"]} for record in (before, after)
    ]
    yield from (f"sections.{key}" for key in {**texts[0], **texts[1]} if texts[0].get(key) != texts[1].get(key))


def cells_of(record: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, str]]]:
    """Every cell (``TABLE.ROW.COLUMN``) of the tables, with its value and state."""
    for table_key, table in record["tables"].items():
        if not isinstance(table, Mapping):
            continue
        blocks = table.get("blocks") or {"": table}
        for block in blocks.values():
            columns = block.get("columns") or []
            rows = block.get("rows") or {}
            # The rows of a local annex have no keys; they are counted from one, as in the places of cells.
            keyed = rows.items() if isinstance(rows, Mapping) else enumerate(rows, start=1)
            for row_key, row in keyed:
                for column, value, state in zip(columns, row["values"], row["states"], strict=False):
                    yield f"{table_key}.{row_key}.{column}", (value, state)
