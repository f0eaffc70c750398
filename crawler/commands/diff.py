"""`scrapy diff`: what differs between two runs, or two files of records: reports, and cells of reports."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from archive.data_dir import DataDir
from crawler.command import ExitCode, ProjectCommand
from pipelines.compared import Difference, NotRecords, compare

LATEST = "latest"


class Command(ProjectCommand):
    """Compare two runs or files of records."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "RUN_A|FILE_A RUN_B|FILE_B [--json]"

    def short_desc(self) -> str:
        return "List the reports and cells that differ between two runs or files"

    def long_desc(self) -> str:
        return (
            "Compares the records of two runs (names, or 'latest') or of two JSON Lines files, such as the outputs of"
            " scrapy reparse, extract or export under two versions of the parser: reports added, missing or withdrawn, and of"
            " those changed each cell with its old and new value. A run's file holds what was new, revised or withdrawn in"
            " that run: what run B does not mention has not changed, and only of files a missing report is told. Exit code 0"
            " if nothing differs, 1 if something does. Example: scrapy diff before.jsonl after.jsonl"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object per report that differs")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) != 2:
            self.fail("wants two runs or files; see 'scrapy diff --help'")
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        (old, _), (new, is_run) = (self._find(name, data_dir) for name in args)
        counts: Counter[str] = Counter()
        try:
            for difference in compare(old, new, whole=not is_run):
                counts[difference.kind] += 1
                counts["cells"] += len(difference.cells)
                if opts.json:
                    print(json.dumps(difference.as_json(), ensure_ascii=False))
                else:
                    print("\n".join(_lines(difference)))
        except NotRecords as error:
            self.fail(str(error))
        except BrokenPipeError:
            raise  # the reader went away: nothing is wrong
        except OSError as error:
            self.fail(f"{error.filename} cannot be read: {error.strerror}")
        if not opts.json:
            kinds = ", ".join(f"{counts[kind]} {kind}" for kind in ("added", "changed", "withdrawn", "missing"))
            print(f"{kinds}; {counts['cells']} cells, sections and fields read otherwise")
        return ExitCode.FAULTS if counts.total() else ExitCode.COMPLETE

    def _find(self, name: str, data_dir: DataDir) -> tuple[Path, bool]:
        """The file of records a name means, and whether it is that of a run."""
        if name != LATEST and Path(name).is_file():
            return Path(name), False
        runs = sorted(path for path in data_dir.reports.glob("*.jsonl") if path.name[:1].isdigit())
        if name == LATEST and runs:
            return runs[-1], True
        path = data_dir.reports / f"{name}.jsonl"
        if path not in runs:
            known = ", ".join(run.stem for run in runs[-3:]) or "none"
            self.fail(f"{name} is neither a file nor a run in {data_dir.reports}; the latest runs are: {known}")
        return path, True


def _lines(difference: Difference) -> list[str]:
    """A report's lines for a person."""
    lines = [f"{difference.kind:9}  {difference.key}  {difference.title}"]
    for name, (old, new) in difference.cells.items():
        table = not name.startswith(("sections.", "identity."))
        lines.append(f"           {name}: {_text(old, table)} -> {_text(new, table)}")
    return lines


def _text(side: Any, cell: bool) -> str:
    if side is None:
        return "none"
    if not cell:
        return side[:12] if isinstance(side, str) else json.dumps(side, ensure_ascii=False)
    value, state = side
    return str(value) if state == "R" else state
