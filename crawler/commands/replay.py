"""`scrapy replay`: an archive in pywb, and the address at which each report is seen as it was. Never fetches or records."""

from __future__ import annotations

import argparse
import contextlib
import errno
import ipaddress
import json
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from archive.data_dir import DataDir
from archive.ledger import Ledger
from archive.merged_index import DamagedIndex, MergedIndex, Served, find_served
from archive.whole_file import whole_file
from crawler.command import ExitCode, ProjectCommand, project_root, storage_code
from crawler.pywb_environment import EnvironmentUnavailable, ForeignFolder, PywbEnvironment
from crawler.pywb_server import PywbServer, ServerEnded, find_port

LOCK = "requirements-replay.lock"  # beside scrapy.cfg
SHOWN = 20
STANDARD_OUTPUT = "-"
Replayed = tuple[str, str, str, str, str]  # key, title, time of the capture, URL, address


class Command(ProjectCommand):
    """Replay an archive."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "[--port N] [--bind ADDRESS] [--list FILE|-] [--json]"

    def short_desc(self) -> str:
        return "Serve the archive in pywb, and print the address of every report as it was"

    def long_desc(self) -> str:
        return (
            f"Serves the finished WARC files of DATA_DIR in pywb until it is interrupted, and prints the addresses of the first"
            f" {SHOWN} reports (tab-separated: key, title, address), or writes those of all to a file with --list. pywb gets an"
            " environment of its own when it is needed first (REPLAY_ENV names another folder for it than the user's cache)."
            " It may run while a crawl does. Exit code 0 when it was interrupted while it served."
            " Example: scrapy replay -s DATA_DIR=data/demo"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--port", default="8080", metavar="N", help="port to listen on (default 8080; 0: a free one)"
        )
        parser.add_argument(
            "--bind", default="127.0.0.1", metavar="ADDRESS", help="IP address to listen on (default 127.0.0.1)"
        )
        parser.add_argument(
            "--list", metavar="FILE", help="write the addresses of all reports to a file (- for standard output)"
        )
        parser.add_argument("--json", action="store_true", help="print JSON: what is served, and an object per report")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            self.fail(f"unexpected argument \"{args[0]}\"; see 'scrapy replay --help'")
        # A closed terminal or a service manager ends it as Ctrl-C does, and pywb with it.
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.default_int_handler)
        data_dir = DataDir(self.project_path("DATA_DIR"), self.ledger_name())
        if opts.list != STANDARD_OUTPUT:
            self.check_output(opts.list, [data_dir.ledger], "--list")
        port = self._port(opts.bind, opts.port)
        self.open_ledger(data_dir).close()  # one that cannot be read is told of before anything is made
        try:
            served = self._served(data_dir)
            index = self._index(data_dir, served)
            environment = self._environment()
            with PywbServer(environment.python, data_dir.warc, served.names, index.path, opts.bind, port) as server:
                try:
                    with contextlib.closing(self.open_ledger(data_dir)) as ledger:
                        self._say(ledger, served, server, opts)
                    server.wait()
                except KeyboardInterrupt:
                    return ExitCode.COMPLETE  # the way to end it
        except ServerEnded as error:
            self.fail(f"pywb ended: {error}", ExitCode.UNAVAILABLE)
        except BrokenPipeError:
            raise  # nobody reads what is printed: the end
        except OSError as error:
            self.fail(f"{error.filename or data_dir.root}: {error.strerror or error}", storage_code(error))
        except sqlite3.Error as error:
            self.fail(f"{data_dir.ledger} cannot be read: {error}", storage_code(error))
        return ExitCode.COMPLETE

    # -- before pywb --------------------------------------------------------------------------------------------

    def _port(self, bind: str, port: str) -> int:
        try:
            address = ipaddress.ip_address(bind)
        except ValueError:
            self.fail(f"--bind {ascii(bind)[1:-1]}: this is no IP address")
        if not (port.isascii() and port.isdigit() and int(port) < 65536):
            self.fail(f"--port {ascii(port)[1:-1]}: a number from 0 to 65535 is wanted")
        try:
            found = find_port(bind, int(port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                self.fail(f"port {port} is taken; choose another with --port (0: a free one)", ExitCode.UNAVAILABLE)
            self.fail(f"{bind} port {port} cannot be listened on: {error.strerror}", ExitCode.UNAVAILABLE)
        if not address.is_loopback:
            self._tell(f"everybody who can reach {bind} can read the archive")
        return found

    def _served(self, data_dir: DataDir) -> Served:
        served = find_served(data_dir)
        if served.unindexed and not served.names:
            self.fail(
                f"{served.unindexed} WARC files and no index in {data_dir.index}; scrapy rebuild makes it again",
                ExitCode.DAMAGED,
            )
        if not served.names:
            self.fail(
                f"no WARC file in {data_dir.warc} is finished ({served.unfinished} are being written, or were left by a"
                " crash: the next crawl finishes them)",
                ExitCode.UNAVAILABLE,
            )
        return served

    def _index(self, data_dir: DataDir, served: Served) -> MergedIndex:
        index = MergedIndex(data_dir, served.names)
        try:
            if not index.is_current():
                self._tell(f"merging {len(served.names)} index files (again only when there are others)")
                index.make()
        except DamagedIndex as error:
            self.fail(f"{error}; scrapy rebuild makes the indexes again", ExitCode.DAMAGED)
        return index

    def _environment(self) -> PywbEnvironment:
        assert self.settings is not None
        named = str(self.settings["REPLAY_ENV"])
        try:
            environment = PywbEnvironment(project_root() / LOCK, self.project_path("REPLAY_ENV") if named else None)
            environment.make(self._tell)
        except ForeignFolder as error:
            self.fail(f"REPLAY_ENV: {error}")
        except EnvironmentUnavailable as error:
            self.fail(str(error), ExitCode.UNAVAILABLE)
        return environment

    # -- when it answers ----------------------------------------------------------------------------------------

    def _say(self, ledger: Ledger, served: Served, server: PywbServer, opts: argparse.Namespace) -> None:
        """Print and write what can be seen where; the last line says that it is ready."""
        files = f"{len(served.names)} WARC files"
        if served.unfinished:
            files += f", not {served.unfinished} that are being written or were left by a crash"
        if served.unindexed:
            files += f", not {served.unindexed} without an index (scrapy rebuild makes it again)"
        counts = {"reports": 0, "elsewhere": 0}
        reports = _reports(ledger, served, server, counts)
        if opts.list == STANDARD_OUTPUT:
            for report in reports:
                print(_line(report, as_json=opts.json))
        elif opts.list:
            with whole_file(Path(opts.list)) as file:
                file.writelines(f"{_line(report, as_json=opts.json)}\n".encode() for report in reports)
        else:
            for number, report in enumerate(reports):
                if number < SHOWN and not opts.json:
                    print(_line(report, as_json=False))
        if opts.json:
            ready = {
                "address": server.address,
                "files": len(served.names),
                "unfinished": served.unfinished,
                "unindexed": served.unindexed,
                "reports": counts["reports"],
                "reports_elsewhere": counts["elsewhere"],
            }
            print(json.dumps(ready), flush=True)
            return
        told = f"{counts['reports']} reports"
        if opts.list:
            told += "" if opts.list == STANDARD_OUTPUT else f", all in {opts.list}"
        elif counts["reports"] > SHOWN:
            told += f" ({SHOWN} shown; --list FILE writes all)"
        if counts["elsewhere"]:
            told += f", not {counts['elsewhere']} in files that are not served"
        print(f"ready: {server.address} serves {files}; {told}. Ctrl-C ends it", flush=True)

    def _tell(self, line: str) -> None:
        print(f"scrapy replay: {line}", file=sys.stderr, flush=True)


def _reports(ledger: Ledger, served: Served, server: PywbServer, counts: dict[str, int]) -> Iterator[Replayed]:
    names = set(served.names)
    for key, title, url, captured_at, file in ledger.documents.captured():
        if file in names:
            counts["reports"] += 1
            yield key, " ".join(title.split()), captured_at, url, server.replay_address(captured_at, url)
        else:
            counts["elsewhere"] += 1


def _line(report: Replayed, *, as_json: bool) -> str:
    key, title, captured_at, url, address = report
    if as_json:
        fields = {"report_key": key, "title": title, "captured_at": captured_at, "url": url, "replay": address}
        return json.dumps(fields, ensure_ascii=False)
    return f"{key}\t{title}\t{address}"
