"""The parser at arm's length: files from the web are opened in a process of their own, within time and memory.

Readers of PDF, Word and pictures are large programs, and what is published need not be honest. Pages of text are parsed
where they are; a file, or a page that carries files, goes to a child that has no network where the kernel allows it,
no secrets in its environment, and limits of time, memory and files (which root could raise: do not crawl as root).
Promises what `parse` promises: a child that runs out of time or memory, or crashes, is a `NotAReport` that says so. Free
of Scrapy; must not know where pages come from.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.libreoffice import html_of
from pipelines.parser import AnnualReport, NotAReport, ReportPage, parse
from pipelines.parser.carriers.kinds import UnreadableFile, is_text, kind_of

_ROOT = Path(__file__).parents[1]
_MEGABYTE = 1024 * 1024
_MAX_WRITTEN = 256 * _MEGABYTE  # of one file the child writes
_MAX_ANSWER = 64 * _MEGABYTE
_CONVERTING = 0.6  # of its time the child gives to LibreOffice
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_DIE_WITH_PARENT = 1
# A picture takes a recognition engine a few hundred megabytes, and as many children as there are processors run at once.
_ROOM = threading.BoundedSemaphore(os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: seconds of wall clock, and megabytes of address space."""

    seconds: float = 240
    megabytes: int = 4096


def parse_page(page: ReportPage) -> AnnualReport | NotAReport:
    """The record of the report in a page, or why there is none; files among page and attachments are opened apart."""
    return parse(page) if is_text(page.body) and not page.attachments else parse_isolated(page)


def parse_isolated(page: ReportPage, limits: Limits | None = None) -> AnnualReport | NotAReport:
    """The same in a process of its own, whatever the page."""
    limits = limits or Limits()
    with (
        _ROOM,
        tempfile.TemporaryDirectory(prefix="ogi-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as said,  # not a pipe: what the child says must not fill the memory of this process
    ):
        child = subprocess.Popen(
            [sys.executable, "-m", "pipelines.isolated", str(limits.seconds), str(limits.megabytes)],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )
        try:
            child.communicate(pickle.dumps(page), timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            return NotAReport(f"a file that takes longer than {limits.seconds:g} s to read")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # with the programs it started
            child.communicate()
        said.seek(0)
        answer = said.read(_MAX_ANSWER + 1)
    return _answer(answer, child.returncode, limits)


def _environment(folder: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(_ROOT),
        "PYTHONHASHSEED": "0",
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
    }


def _answer(answer: bytes, code: int, limits: Limits) -> AnnualReport | NotAReport:
    if code == -signal.SIGXCPU:
        return NotAReport(f"a file that takes longer than {limits.seconds:g} s to read")
    if code < 0:
        name = signal.Signals(-code).name
        return NotAReport(f"a file that crashes its reader ({name}), or takes more than {limits.megabytes} MB to read")
    if len(answer) > _MAX_ANSWER:
        return NotAReport(f"a file whose record takes more than {_MAX_ANSWER} bytes")
    try:
        said = json.loads(answer)
        reason = said.get("not_a_report")
        return AnnualReport.model_validate(said) if reason is None else NotAReport(str(reason))
    except ValueError:
        return NotAReport("a file whose reader failed without an answer")


def main() -> None:
    """The child: reads a page from standard input, writes its record or `{"not_a_report": reason}`."""
    seconds, megabytes = float(sys.argv[1]), int(sys.argv[2])
    _bind(seconds, megabytes)
    page = pickle.loads(sys.stdin.buffer.read())
    try:
        result = parse(_with_converted(page, Path.cwd(), seconds * _CONVERTING))
        answer = result.to_json() if isinstance(result, AnnualReport) else json.dumps({"not_a_report": result.reason})
    except MemoryError:
        answer = json.dumps({"not_a_report": f"a file that takes more than {megabytes} MB to read"})
    sys.stdout.buffer.write(answer.encode())


def _bind(seconds: float, megabytes: int) -> None:
    """Gives up what a reader of files does not need."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if libc.unshare(_NEW_NETWORK) != 0:
        libc.unshare(_NEW_USER | _NEW_NETWORK)  # not every kernel allows that either
    processors = os.cpu_count() or 1
    for what, most, kill in (
        (resource.RLIMIT_AS, megabytes * _MEGABYTE, 0),
        (resource.RLIMIT_CPU, int(seconds * processors) + 1, 5),  # killed a little after it is told so
        (resource.RLIMIT_FSIZE, _MAX_WRITTEN, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (most, most + kill))


def _with_converted(page: ReportPage, folder: Path, seconds: float) -> ReportPage:
    """The page with the HTML of its Word files of the old format."""
    converted: dict[str, bytes | str] = {}
    for number, body in enumerate(_old_files(page)):
        work = folder / str(number)
        work.mkdir()
        converted[hashlib.sha256(body).hexdigest()] = html_of(body, work, seconds)
    return replace(page, converted=converted) if converted else page


def _old_files(page: ReportPage) -> Iterator[bytes]:
    for body in (page.body, *(attachment.body for attachment in page.attachments)):
        with contextlib.suppress(UnreadableFile):
            if kind_of(body) == "doc":
                yield body


if __name__ == "__main__":
    main()
