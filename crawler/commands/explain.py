"""`scrapy explain`: from a number, fact, field or check back to the cell, the page and the place in the archive."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from archive.data_dir import DataDir
from archive.documents import WITHDRAWN
from crawler.command import ExitCode, ProjectCommand
from pipelines.archived import ArchivedReports
from pipelines.explained import NoSuchPlace, explain_place, place_of, quotations
from pipelines.records import page_of
from pipelines.shown import attached_page, show_place, show_text


class Command(ProjectCommand):
    """Explain a report, or one place of its record."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "REPORT_KEY [PLACE] [--show]"

    def short_desc(self) -> str:
        return "Trace a report or a number back to cell, page and WARC offset"

    def long_desc(self) -> str:
        return (
            "Prints where a report was read: page, WARC file, offset and digest; at which other addresses it stands; and whether"
            " it was withdrawn. With PLACE also what stands there and why: TABLE.ROW.COLUMN (value, state, place in the page,"
            " checks that count it), facts.KEY (quotation, the cell it is compared with), identity.FIELD (evidence),"
            " sections.KEY, checks.CODE (both sides, cells and their places). --show reads the archived page again and prints"
            " the row or line in which it stands."
            " Example: scrapy explain 370305:gov/2023 applications.new_received.total"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--show", action="store_true", help="print the row or line of the page in which it stands")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) not in (1, 2):
            self.fail("wants REPORT_KEY [PLACE]; see 'scrapy explain --help'")
        record, urls = self._find(args[0])
        provenance = record["provenance"]
        answer: dict[str, object] = {
            "report": record["report_key"],
            "title": record["identity"]["title"]["normalized"],
            "revision": record["history"]["revision"],
        }
        if record["history"]["change"] == WITHDRAWN:
            answer["withdrawn"] = "no page shows it any more; this is what the last one said"
        if len(args) == 2:
            try:
                answer.update(explain_place(record, args[1]))
            except NoSuchPlace as error:
                self.fail(str(error), ExitCode.FAULTS)
        if opts.show:
            answer["shown"] = self._show(record, args[1] if len(args) == 2 else "")
        warc = provenance["warc"]
        answer.update(
            {
                "page": provenance["url"],
                "also at": [url for url, _, live in urls if live and url != provenance["url"]],
                "was at": [url for url, _, live in urls if not live],
                "captured": provenance["captured_at"],
                "warc": f"{warc['file']} offset {warc['offset']} length {warc['length']}",
                "record": warc["record_id"],
                "files": [_file(file) for file in provenance.get("attachments") or ()],
                "digest": warc["payload_digest"],
                "parser": provenance["parser_version"],
            }
        )
        if opts.json:
            print(json.dumps(answer, ensure_ascii=False))
        else:
            width = max(len(name) for name in answer)
            for name, value in answer.items():
                for line in value if isinstance(value, list) else [value]:
                    text = line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)
                    print(f"{name.ljust(width)}  {text}")
        return ExitCode.COMPLETE

    def _find(self, key: str) -> tuple[dict[str, Any], list[tuple[str, int, bool]]]:
        """The current record of a report, and its addresses as the ledger gives them."""
        ledger = self.open_ledger(DataDir(self.project_path("DATA_DIR"), self.ledger_name()))
        line = ledger.documents.find(key)
        if line is None:
            near = [known for known in ledger.documents.known_keys() if key in known or known in key][:5]
            hint = (
                f"; did you mean {', '.join(near)}?"
                if near
                else f"; {len(ledger.documents.known_keys())} reports are known"
            )
            self.fail(f"no report {key}{hint}", ExitCode.FAULTS)
        record: dict[str, Any] = json.loads(line)
        urls = ledger.documents.urls(key)
        ledger.close()
        return record, urls

    def _show(self, record: Mapping[str, Any], place: str) -> list[str]:
        """A place of the record in the archived page, as text."""
        quoted, found = quotations(record, place), place_of(record, place)
        if found is None and not quoted:
            self.fail(
                "--show wants a cell with a place in the page, a fact or a field of the identity", ExitCode.FAULTS
            )
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        page = ArchivedReports(data_dir.warc).page(record)
        if page is None:
            self.fail(f"the page of {record['report_key']} is not in the archive", ExitCode.FAULTS)
        own = page_of(page)
        # What holds the tables: the page, or a file it links to, which has places of its own.
        file = (record["provenance"].get("attachment") or {}).get("url", "")
        holder = (attached_page(own, file) if file else None) or own
        if found is not None:
            return show_place(holder, found) or [f"not shown: see {found} of {holder.url}"]
        return [
            line
            for text in quoted
            for line in show_text(own, text) or show_text(holder, text) or [f"not shown: see {holder.url}: {text}"]
        ]


def _file(file: Mapping[str, Any]) -> str:
    """A file that the page was read with, and where it is archived."""
    return f"{file['url']} {file['warc']['file']} offset {file['warc']['offset']} length {file['warc']['length']}"
