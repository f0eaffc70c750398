"""From a parsed report to a recorded document: capture facts, identity, and the finished JSON line.

Free of Scrapy, so that a reparse composes the same lines. Must not know how reports are found or stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from archive.rows import History
from crawler.items import CapturedPage
from pipelines.parser import AnnualReport, Hints, ReportPage, model
from pipelines.parser.fingerprint import fingerprint


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
    )


def with_capture(report: AnnualReport, item: CapturedPage) -> AnnualReport:
    """The report with its provenance completed by what only the capture knows."""
    assert report.provenance is not None
    capture = item.capture
    provenance = report.provenance.model_copy(
        update={
            "url": item.url,
            "captured_at": capture.captured_at,
            "http_status": item.status,
            "warc": model.WarcPlace(
                file=capture.file,
                record_id=capture.record_id,
                offset=capture.offset,
                length=capture.length,
                payload_digest=capture.payload_digest,
            ),
        }
    )
    return report.model_copy(update={"provenance": provenance})


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A report as the ledger records it: by (organ, year), with the fingerprint of its content.

    An index number (索引号) is never a key by itself: blank, placeholder and junk ones would merge strangers, and
    catalogue-level ones would merge organs.
    """

    report: AnnualReport
    digest: str

    @classmethod
    def of(cls, report: AnnualReport) -> ReportDocument:
        return cls(report, fingerprint(report))

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

    def line(self, history: History, previous: bytes | None) -> bytes:
        changed = [] if previous is None else list(changed_cells(json.loads(previous), self.report.to_dict()))
        layer = model.History(
            revision=history.revision,
            change=history.change,
            changed_cells=changed,
            aliases=list(history.aliases),
        )
        return self.report.model_copy(update={"history": layer}).to_json().encode()


def changed_cells(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The cells (``TABLE.ROW.COLUMN``) whose value or state differs, and the sections (``sections.KEY``) whose text does."""
    old, new = dict(_cells(before)), dict(_cells(after))
    yield from (place for place in {**old, **new} if old.get(place) != new.get(place))
    texts = [
        {section["key"]: section.get("sha256_no_ws") for section in record["sections"]} for record in (before, after)
    ]
    yield from (f"sections.{key}" for key in {**texts[0], **texts[1]} if texts[0].get(key) != texts[1].get(key))


def _cells(record: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, str]]]:
    for table_key, table in record["tables"].items():
        if not isinstance(table, Mapping):
            continue
        blocks = table.get("blocks") or {"": table}
        for block in blocks.values():
            columns = block.get("columns") or []
            for row_key, row in (block.get("rows") or {}).items():
                for column, value, state in zip(columns, row["values"], row["states"], strict=False):
                    yield f"{table_key}.{row_key}.{column}", (value, state)
