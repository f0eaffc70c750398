"""`scrapy extract`: files and addresses through the parser, one JSON line per input, without crawling or keeping anything."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from scrapy.settings import Settings

from archive.data_dir import DataDir
from archive.tombstones import Tombstone
from archive.warc_reader import open_warc
from archive.whole_file import whole_file
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.fetching import Fetched, fetch_pages
from crawler.introduction import introduce
from crawler.numbers import check_numbers
from crawler.progress_line import ProgressLine
from pipelines.extract import STANDARD_INPUT, Extracted, Source, extract
from pipelines.workers import CHUNK, in_workers, start_workers

FEW = 20  # inputs that are read sooner than worker processes have started


class Command(ProjectCommand):
    """Parse files and addresses of report pages."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "FILE_OR_URL… [-i LIST] [--url URL] [-o OUT] [--workers N]"

    def short_desc(self) -> str:
        return "Parse saved or fetched pages: one JSON line per input"

    def long_desc(self) -> str:
        return (
            "Reads each input (HTML, text, PDF, Word, Excel, a picture; '-' for standard input) and prints one JSON line per"
            " input, in the order given: the record with its 'source', or {source, not_a_report}. An address is fetched as a"
            " crawl would, by robots.txt and with CONTACT, redirects followed; the archive it needs for that is temporary."
            " Exit code 1 if an input was unreadable or no report."
            " Example: scrapy extract page.html --url http://www.example.gov.cn/art/2024/1/17/art_1_2.html"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", default="", help="the address the page was published at (one file only)")
        parser.add_argument(
            "-i", dest="list", metavar="LIST", help="a file that names more inputs, one a line (- for standard input)"
        )
        parser.add_argument(
            "-o", dest="out", metavar="OUT", help="the file to write, whole or not at all (default: standard output)"
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=0,
            metavar="N",
            help=f"processes that parse (default: one, or as many as there are processors for more than {FEW} inputs)",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        names = [*args, *self._listed(opts.list)]
        if not names:
            self.fail("wants at least one file or URL; see 'scrapy extract --help'")
        addresses = [name for name in names if name.startswith(("http://", "https://"))]
        if opts.url and (len(names) > 1 or addresses):
            self.fail("--url goes with exactly one file")
        if opts.url and urlsplit(opts.url).scheme not in ("http", "https"):
            self.fail(f"--url {opts.url}: wants the address of a page, http://… or https://…")
        self.check_output(
            opts.out, [Path(name) for name in (*names, opts.list or STANDARD_INPUT) if name != STANDARD_INPUT]
        )
        if opts.workers < 0:
            self.fail(f"--workers {opts.workers}: wants 1 or more")
        if names.count(STANDARD_INPUT) > 1 or (STANDARD_INPUT in names and opts.list == STANDARD_INPUT):
            self.fail("standard input can be read once only")
        number = opts.workers or (os.cpu_count() or 1 if len(names) > FEW else 1)
        if STANDARD_INPUT in names:
            number = 1  # it is this process that has it
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with ExitStack() as stack:
                fetched: dict[str, Source] = {}
                if addresses:
                    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ogi-extract-")))
                    fetched = self._fetch(addresses, folder)
                sources = [fetched.get(name) or Source(name, opts.url) for name in names]
                out = stack.enter_context(whole_file(Path(opts.out))) if opts.out else sys.stdout.buffer
                return self._write(sources, out, number)
        except BrokenPipeError:
            raise  # the reader went away: nothing is wrong
        except OSError as error:
            self.fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), storage_code(error))

    def _listed(self, name: str | None) -> list[str]:
        if name is None:
            return []
        try:
            text = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
        except OSError as error:
            self.fail(f"-i {name}: {error.strerror}")
        return [os.fsdecode(line.strip()) for line in text.splitlines() if line.strip()]

    def _write(self, sources: Sequence[Source], out: BinaryIO, number: int) -> int:
        progress = ProgressLine(self.name, "inputs")
        code = ExitCode.COMPLETE
        with ExitStack() as stack:
            answers: Iterable[Extracted] = map(extract, sources)
            if number > 1:
                chunk = min(CHUNK, -(-len(sources) // number))  # a scan takes half a minute: each worker gets some
                answers = in_workers(stack.enter_context(start_workers(number)), number, extract, sources, chunk)
            for done, (source, answer) in enumerate(zip(sources, answers, strict=True), start=1):
                if answer.fault:
                    progress.clear()
                    print(f"scrapy extract: {source.name}: {answer.fault}", file=sys.stderr)
                out.write(answer.line.encode() + b"\n")
                if answer.failed:
                    code = ExitCode.FAULTS
                progress.tell(done, done / len(sources))
            out.flush()
        progress.clear()
        return code

    # -- addresses ----------------------------------------------------------------------------------------------

    def _fetch(self, addresses: Sequence[str], folder: Path) -> dict[str, Source]:
        """Fetch into a temporary archive, from which the pages are read like those of a crawl."""
        settings = self.settings
        assert isinstance(settings, Settings)
        portals = self.registry()
        try:
            for url in addresses:
                if not _is_address(url):
                    raise ValueError(f"{url} is no address")
            check_numbers(settings)
            proxies = {portal.proxy for portal in portals if any(map(portal.covers, addresses))} - {""}
            introduce(settings, addresses, sorted(proxies))
        except ValueError as error:
            self.fail(str(error))
        data_dir = DataDir(folder / "archive")
        data_dir.open()
        try:
            found = fetch_pages(settings, addresses, data_dir, portals, self._tombstones())
        finally:
            data_dir.close()
        return {url: _source(url, answer, data_dir.warc) for url, answer in found.items()}

    def _tombstones(self) -> list[Tombstone]:
        """What the archive of the project must never ask for again."""
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        if not data_dir.ledger.exists():
            return []
        ledger = self.open_ledger(data_dir)
        try:
            return ledger.tombstones.all()
        finally:
            ledger.close()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets without an end, a port beyond all ports
        return False


def _source(url: str, answer: Fetched, folder: Path) -> Source:
    if answer.capture is None:
        return Source(url, fault=answer.fault)
    return Source(url, warc=open_warc(folder, answer.capture.file), offset=answer.capture.offset)
