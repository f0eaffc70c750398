"""The ground on which every command of the project stands: strict options, one-line errors, defined exit codes, project paths.

Must not know what any single command does.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import sqlite3
import sys
import traceback
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from scrapy.commands import ScrapyCommand
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.conf import closest_scrapy_cfg

from archive.data_dir import DataDir
from archive.database import REMEDY, DamagedLedger
from archive.ledger import Ledger
from crawler.portals import Portal, RegistryError, load_portals

SOFTWARE = "ogi-archive/0.1.0"


class ExitCode(IntEnum):
    """Exit codes of all commands; a crash never exits 0."""

    COMPLETE = 0
    FAULTS = 1
    USAGE = 2
    PARTIAL = 3
    BLOCKED = 4
    NOTHING_FOUND = 5
    DAMAGED = 6
    UNAVAILABLE = 7
    OUT_OF_SPACE = 8
    INTERNAL = 70
    INTERRUPTED = 130


def storage_code(error: BaseException) -> ExitCode:
    """The exit code of a disk or a ledger that refuses: out of space, or else not usable."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExitCode.OUT_OF_SPACE
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    # The second: no room for the index of the log, which SQLite calls an I/O error.
    if isinstance(error, sqlite3.Error) and (code == sqlite3.SQLITE_FULL or extended == sqlite3.SQLITE_IOERR_SHMSIZE):
        return ExitCode.OUT_OF_SPACE
    if isinstance(error, sqlite3.Error) and code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ExitCode.DAMAGED
    return ExitCode.UNAVAILABLE if isinstance(error, (OSError, sqlite3.OperationalError)) else ExitCode.INTERNAL


class CommandFailed(Exception):
    """A command gives up: one line for a person, and the exit code."""

    def __init__(self, message: str, code: ExitCode):
        super().__init__(message)
        self.code = code


class ProjectCommand(ScrapyCommand):
    """A command that refuses unknown options, prints UTF-8 whatever the locale, and ends with a defined exit code.

    Subclasses implement :meth:`execute` and raise :class:`CommandFailed` (or call :meth:`fail`).
    """

    requires_project = True

    @property
    def name(self) -> str:
        """The name a person types; the module's name."""
        return type(self).__module__.rpartition(".")[2]

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        # Scrapy parses known options only and hands the rest on as arguments: a mistyped option would be swallowed.
        for argument in args:
            if argument.startswith("-") and argument != "-":
                self._give_up(f"unknown option {argument}; see 'scrapy {self.name} --help'", ExitCode.USAGE)
        super().process_options(args, opts)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        for stream in (sys.stdout, sys.stderr):
            # errors="replace" on stderr only: a lone surrogate in a log line must not end a crawl.
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(encoding="utf-8", errors="strict" if stream is sys.stdout else "replace")
        try:
            self.exitcode = int(self.execute(args, opts))
        except CommandFailed as failed:
            self._give_up(str(failed), failed.code)
        except KeyboardInterrupt:
            self._give_up("interrupted", ExitCode.INTERRUPTED)
        except BrokenPipeError:
            # The reader of our output went away (`… | head`): nothing is wrong here.
            sys.stdout = None  # or the interpreter complains while flushing it
            self.exitcode = 0
        except Exception:  # the roof: an unforeseen error must end with its own exit code
            traceback.print_exc()
            self._give_up("internal error (see above); please report it", ExitCode.INTERNAL)

    @abstractmethod
    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        """Do the work; return the exit code."""

    def fail(self, message: str, code: ExitCode = ExitCode.USAGE) -> NoReturn:
        """End the command with one line on stderr and ``code``."""
        raise CommandFailed(message, code)

    def _give_up(self, message: str, code: ExitCode) -> NoReturn:
        with contextlib.suppress(OSError):  # the code tells, also where nobody reads
            print(f"scrapy {self.name}: {message}", file=sys.stderr)
        sys.exit(int(code))

    def project_path(self, setting: str) -> Path:
        """The path a setting names; a relative one starts at the folder of scrapy.cfg."""
        assert self.settings is not None
        return project_root() / str(self.settings[setting])

    def check_output(self, out: str | None, inputs: Iterable[Path], option: str = "-o") -> None:
        """End the command where OUT is a folder, or one of the files it reads, which it would destroy."""
        if out and Path(out).is_dir():
            self.fail(f"{option} {out}: this is a folder")
        if out and Path(out).resolve() in {path.resolve() for path in inputs}:
            self.fail(f"{option} {out}: this is a file to read")

    def ledger_name(self) -> str:
        """The LEDGER setting, which must be a path under DATA_DIR."""
        assert self.settings is not None
        name = str(self.settings["LEDGER"])
        if urlsplit(name).scheme or Path(name).is_absolute() or ".." in Path(name).parts:
            self.fail(f"LEDGER={name}: only a SQLite path under DATA_DIR is supported, for example ledger.sqlite")
        return name

    def open_ledger(self, data_dir: DataDir) -> Ledger:
        """The ledger of an archive that must be there; a damaged or missing one ends the command in one line."""
        if not data_dir.ledger.exists():
            if data_dir.lacks_its_ledger():
                self.fail(f"the ledger {data_dir.ledger} is gone; {REMEDY}", ExitCode.DAMAGED)
            self.fail(
                f"there is no archive at {data_dir.root}; crawl first, or name it with -s DATA_DIR=…",
                ExitCode.UNAVAILABLE,
            )
        try:
            return Ledger(data_dir.ledger)
        except DamagedLedger as error:
            self.fail(str(error), ExitCode.DAMAGED)
        except sqlite3.Error as error:
            self.fail(f"{data_dir.ledger} cannot be opened: {error}", storage_code(error))

    def registry(self) -> tuple[Portal, ...]:
        """Every portal of the registry; one that is not sound ends the command in one line."""
        assert self.settings is not None
        loader = get_spider_loader(self.settings)
        try:
            portals = load_portals(self.project_path("PORTALS"), loader.list())
            for portal in portals:
                # The loader finds any spider; only those on the family base can read a portal.
                check = getattr(loader.load(portal.family), "check_portal", None)
                if check is None:
                    raise RegistryError(f'portal "{portal.id}": spider "{portal.family}" is not a portal family')
                check(portal)
        except RegistryError as error:
            self.fail(str(error))
        return portals

    def portal_ids(self, arguments: Sequence[str]) -> list[str]:
        """The ids that ``-a portal=ID,ID`` names, in order."""
        ids: list[str] = []
        for argument in arguments:
            name, _, value = argument.partition("=")
            if name != "portal" or not value:
                self.fail(f"unknown argument -a {argument}; the only one is -a portal=ID,ID")
            ids += [part.strip() for part in value.split(",") if part.strip()]
        return ids

    def one_argument(self, args: list[str], what: str) -> str:
        """The only argument of the command, or a usage error that names ``what`` is wanted."""
        if len(args) != 1:
            self.fail(f"wants exactly one {what}, got {len(args)}; see 'scrapy {self.name} --help'")
        return args[0]


def project_root() -> Path:
    """The folder of scrapy.cfg, where relative paths of settings start."""
    return Path(closest_scrapy_cfg()).resolve().parent
