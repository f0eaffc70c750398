"""`scrapy explain`: from a number back to the cell, the page and the place in the archive."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from archive.data_dir import DataDir
from archive.documents import WITHDRAWN
from crawler.command import ExitCode, ProjectCommand

STATES = {
    "R": "a number is printed",
    "B": "the cell is there and empty",
    "N": "the cell says it does not apply",
    "T": "the cell holds text from which no single number follows",
    "U": "the row printed fewer values than it has columns; their places are lost",
    "A": "this report's table has no such row or column",
}


class Command(ProjectCommand):
    """Explain a report, or one cell of it."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "REPORT_KEY [TABLE.ROW.COLUMN]"

    def short_desc(self) -> str:
        return "Trace a report or a number back to cell, page and WARC offset"

    def long_desc(self) -> str:
        return (
            "Prints where a report, or one of its cells, was read: page, place in the page, WARC file, offset and digest; at which"
            " other addresses it stands; and whether it was withdrawn."
            " Example: scrapy explain 370305:gov/2023 applications.new_received.total"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) not in (1, 2):
            self.fail("wants REPORT_KEY [TABLE.ROW.COLUMN]; see 'scrapy explain --help'")
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
            answer.update(self._cell(record, args[1]))
        warc = provenance["warc"]
        answer.update(
            {
                "page": provenance["url"],
                "also at": [url for url, _, live in urls if live and url != provenance["url"]],
                "was at": [url for url, _, live in urls if not live],
                "captured": provenance["captured_at"],
                "warc": f"{warc['file']} offset {warc['offset']} length {warc['length']}",
                "record": warc["record_id"],
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
                    print(f"{name.ljust(width)}  {line}")
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

    def _cell(self, record: Mapping[str, Any], place: str) -> dict[str, object]:
        parts = place.split(".")
        table = record["tables"].get(parts[0])
        if len(parts) != 3 or table is None:
            known = ", ".join(key for key, value in record["tables"].items() if value)
            self.fail(f"{place} is no TABLE.ROW.COLUMN of this report; its tables are {known}", ExitCode.FAULTS)
        blocks = list((table.get("blocks") or {"": table}).values())
        block = next((block for block in blocks if parts[1] in (block.get("rows") or {})), None)
        if block is None:
            rows = ", ".join(row for block in blocks for row in (block.get("rows") or {}))
            self.fail(f"{parts[0]} has no row {parts[1]}; its rows are {rows or 'lost'}", ExitCode.FAULTS)
        if parts[2] not in block["columns"]:
            self.fail(
                f"{parts[0]}.{parts[1]} has the columns {', '.join(block['columns'])}, not {parts[2]}", ExitCode.FAULTS
            )
        row, column = block["rows"][parts[1]], block["columns"].index(parts[2])
        state = row["states"][column]
        places = record["provenance"]["cell_places"].get(f"{parts[0]}.{parts[1]}")
        value = row["values"][column]
        return {
            "cell": place,
            "label": row["label"],
            "printed": (row.get("raw") or {}).get(str(column), "" if value is None else str(value)),
            "value": value,
            "state": f"{state} ({STATES.get(state, 'unknown')})",
            "place": places[column] if places else None,
        }
