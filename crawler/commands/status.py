"""`scrapy status`: how every portal and host stands, and what needs a person. Reads only, while a crawl runs, too."""

from __future__ import annotations

import argparse
import json
import sqlite3
from datetime import datetime

from archive.data_dir import DataDir
from crawler.command import ExitCode, ProjectCommand, storage_code
from crawler.hosts import Hosts, Manners
from crawler.portals import RegistryError, select_portals
from crawler.revisit import CHINA
from crawler.status import read_status
from crawler.status_text import as_text


class Command(ProjectCommand):
    """Tell how portals and hosts stand."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "[-a portal=ID,ID] [--json]"

    def short_desc(self) -> str:
        return "Tell how every portal and host stands, and what needs a person"

    def long_desc(self) -> str:
        return (
            "Tells of every portal of the registry the last verdict, reports known, organs without the newest report, and"
            " requests due, and of every host its delay, pauses and robots.txt. Times are UTC. Exit code 0 if every portal was"
            " complete in its last run or is known to be down, else 1. Example: scrapy status -a portal=liuzhou,linzi"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a", dest="arguments", action="append", default=[], metavar="portal=ID,ID", help="only these portals"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            self.fail(f"unexpected argument \"{args[0]}\"; see 'scrapy status --help'")
        assert self.settings is not None
        portals, wanted = self.registry(), self.portal_ids(opts.arguments)
        try:
            portals = select_portals(portals, wanted) if wanted else portals
            manners = Manners.from_settings(self.settings)
        except (RegistryError, ValueError) as error:
            self.fail(str(error))
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        ledger = self.open_ledger(data_dir)
        try:
            with ledger.snapshot():
                status = read_status(ledger, portals, Hosts(manners, ledger.hosts.load), datetime.now(CHINA).date())
        except sqlite3.Error as error:
            self.fail(f"{data_dir.ledger} cannot be read: {error}", storage_code(error))
        finally:
            ledger.close()
        print(json.dumps(status.as_json(), ensure_ascii=False) if opts.json else as_text(status))
        return ExitCode.COMPLETE if status.healthy else ExitCode.FAULTS
