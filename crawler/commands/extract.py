"""`scrapy extract`: files through the parser, one JSON line per input, without crawling or archiving anything."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from crawler.command import ExitCode, ProjectCommand
from pipelines.parser import AnnualReport, ReportPage, parse


class Command(ProjectCommand):
    """Parse files that hold report pages."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "FILE… [--url URL]"

    def short_desc(self) -> str:
        return "Parse saved pages or texts: one JSON line per file"

    def long_desc(self) -> str:
        return (
            "Reads each file (HTML or text, '-' for standard input) and prints one JSON line per file, in the order given:"
            " the record with its 'source', or {source, not_a_report}. Exit code 1 if a file was unreadable or no report."
            " Example: scrapy extract page.html --url http://www.example.gov.cn/art/2024/1/17/art_1_2.html"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", default="", help="the address the page was published at (one file only)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if not args:
            self.fail("wants at least one file; see 'scrapy extract --help'")
        if opts.url and len(args) > 1:
            self.fail("--url goes with exactly one file")
        addresses = [argument for argument in args if argument.startswith(("http://", "https://"))]
        if addresses:
            self.fail(
                f"{addresses[0]}: fetching a URL is not supported yet; save the page and give its file, with --url"
            )
        code = ExitCode.COMPLETE
        for source in args:
            answer = self._answer(source, opts.url)
            print(json.dumps({"source": source, **answer}, ensure_ascii=False, separators=(",", ":")))
            if "not_a_report" in answer:
                code = ExitCode.FAULTS
        return code

    def _answer(self, source: str, url: str) -> dict[str, Any]:
        try:
            body = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        except OSError as error:
            print(f"scrapy extract: {source}: {error.strerror}", file=sys.stderr)
            return {"not_a_report": f"cannot be read: {error.strerror}"}
        result = parse(ReportPage(body=body, url=url))
        return result.to_dict() if isinstance(result, AnnualReport) else {"not_a_report": result.reason}
