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
from enum import IntEnum
from pathlib import Path
from typing import NoReturn

from scrapy.commands import ScrapyCommand
from scrapy.utils.conf import closest_scrapy_cfg


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
    if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return ExitCode.OUT_OF_SPACE
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

    def one_argument(self, args: list[str], what: str) -> str:
        """The only argument of the command, or a usage error that names ``what`` is wanted."""
        if len(args) != 1:
            self.fail(f"wants exactly one {what}, got {len(args)}; see 'scrapy {self.name} --help'")
        return args[0]


def project_root() -> Path:
    """The folder of scrapy.cfg, where relative paths of settings start."""
    return Path(closest_scrapy_cfg()).resolve().parent
