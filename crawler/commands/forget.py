"""`scrapy forget`: a host or an address that is never fetched, emitted or exported again."""

from __future__ import annotations

import argparse
import json
import sqlite3
from datetime import UTC, datetime

from scrapy import Request

from archive.data_dir import DataDir, DataDirUnavailable
from archive.exchange import Exchange
from archive.ledger import Ledger
from archive.rows import CaptureEntry
from archive.tombstones import HINT, Tombstone
from archive.warc_writer import WarcWriter
from crawler.command import SOFTWARE, ExitCode, ProjectCommand, storage_code


class Command(ProjectCommand):
    """Forget a host or an address."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "HOST_OR_URL [--json]"

    def short_desc(self) -> str:
        return "Never fetch, emit or export a host or an address again"

    def long_desc(self) -> str:
        return (
            "Sets a tombstone on a host (every address of it) or on one address (by http and https): it is not fetched any more, and"
            " what was read from it is not emitted or exported. The tombstone is a record of the archive; what was archived"
            " before stays there, and so do the lines that earlier runs wrote. Example: scrapy forget www.example.gov.cn"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        target = self.one_argument(args, "host or address")
        try:
            # An address is spelt as the frontier spells it: escaped, without fragment.
            tombstone = Tombstone.of(Request(target.strip()).url if "://" in target else target)
        except ValueError as error:
            self.fail(str(error))
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        ledger = self.open_ledger(data_dir)  # first: where there is no archive none is begun
        try:
            data_dir.open()
        except DataDirUnavailable as error:
            self.fail(str(error), ExitCode.UNAVAILABLE)
        try:
            known = tombstone in ledger.tombstones.all()
            if not known:
                self._archive(tombstone, data_dir, ledger)
            requests, documents = ledger.forget(tombstone)
        except (OSError, sqlite3.Error) as error:
            self.fail(f"DATA_DIR {data_dir.root} cannot be written: {error}", storage_code(error))
        finally:
            ledger.close()
            data_dir.close()
        if opts.json:
            answer = {"target": tombstone.target, "kind": tombstone.kind, "known": known}
            print(json.dumps({**answer, "requests": requests, "reports": documents}, ensure_ascii=False))
        else:
            again = "was forgotten before" if known else "is forgotten"
            print(f"{tombstone.kind} {tombstone.target} {again}: {requests} requests, {documents} reports")
        return ExitCode.COMPLETE

    def _archive(self, tombstone: Tombstone, data_dir: DataDir, ledger: Ledger) -> None:
        """Write the tombstone into a WARC file of its own: a ledger made from the archive obeys it."""
        assert self.settings is not None
        moment = datetime.now(UTC)
        run = f"forget-{moment:%Y%m%dT%H%M%SZ}"
        writer = WarcWriter(
            data_dir.warc,
            software=SOFTWARE,
            run=run,
            operator=str(self.settings.get("CONTACT") or ""),
            user_agent="",  # nothing is sent
            is_known=ledger.knows_warc,
        )
        url = tombstone.target if tombstone.kind == "url" else f"http://{tombstone.target}/"
        hints = {HINT: {"target": tombstone.target, "kind": tombstone.kind}}
        try:
            ref = writer.append(Exchange(url=url, started=moment, hints=hints))
            ledger.adopt(
                run, [CaptureEntry(ref)], ref.file, ref.end
            )  # first: a finished file is not looked through again
            ledger.sync()
        finally:
            writer.close()
