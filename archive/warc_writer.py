"""Appends exchanges to WARC files: one write per exchange, so that a page anyone sees is already in the archive.

A file is written under ``.open`` and renamed when it is full or the crawl ends. Must not know what the pages mean, nor
the ledger.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive import cdxj
from archive.exchange import CaptureRef, Exchange
from archive.recovery import OPEN_SUFFIX, finalise
from archive.warc_records import compose, warcinfo
from archive.whole_file import sync_folder

_FORMAT = {
    "format": "WARC File Format 1.1",
    "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    "robots": "classic",
}


@dataclass(slots=True)
class _OpenFile:
    fd: int
    path: Path  # with the suffix .open
    name: str  # final
    end: int = 0
    lines: list[bytes] = field(default_factory=list)  # of the index: to read them from a full file takes a while


class WarcWriter:
    """Writes exchanges to ``folder``. Not thread-safe but for :meth:`sync`, which may run in another thread meanwhile.

    ``software``, ``operator``, ``user_agent``, ``run`` and ``selection`` (what the run crawls) go into the warcinfo record
    of every file. A file that reached ``max_bytes`` is finished before the next exchange; ``before_finish`` is called
    first, because what a crash left out of a finished file's account is never looked for. ``is_known`` tells whether a
    file of that name was ever written, should it be gone.
    """

    def __init__(
        self,
        folder: Path,
        *,
        software: str,
        run: str,
        operator: str,
        user_agent: str,
        selection: str = "",
        prefix: str = "ogi",
        max_bytes: int = 1_000_000_000,
        before_finish: Callable[[], object] = lambda: None,
        is_known: Callable[[str], bool] = lambda name: False,
    ):
        self._folder = folder
        self._host = re.sub(r"[^A-Za-z0-9.-]+", "-", socket.gethostname()) or "localhost"
        self._info = {
            "software": software,
            **_FORMAT,
            "operator": operator,
            "hostname": self._host,
            "http-header-user-agent": user_agent,
            "http-header-from": operator if user_agent else "",  # where nothing is asked nobody introduces himself
            "isPartOf": run,
            "ogi-selection": selection,
        }
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._before_finish = before_finish
        self._is_known = is_known
        self._serial = 0
        self._file: _OpenFile | None = None
        self._swap = threading.Lock()  # guards the descriptor against sync() in another thread
        self._closed = False
        self.trusted = True  # until the disk fails to keep what was written: no later sync can make up for that

    @property
    def position(self) -> tuple[str, int]:
        """Final name of the file being written and the offset behind its last exchange; ``("", 0)`` between files."""
        return (self._file.name, self._file.end) if self._file else ("", 0)

    def append(self, exchange: Exchange) -> CaptureRef:
        """Write an exchange and return where it stands.

        Raises OSError (ENOSPC for a short write) with the file as it was before, and ValueError or TypeError when the
        hints are not JSON. When it returns the bytes survive the death of the process; :meth:`sync` makes them survive
        that of the machine. Once that failed every call raises OSError.
        """
        if self._closed:
            raise OSError(errno.EBADF, "the WARC writer is closed")
        if not self.trusted:
            raise OSError(errno.EIO, "the disk did not keep what was written before")
        transaction = compose(exchange, self._folder)
        if self._file is not None and self._file.end >= self._max_bytes:
            self._before_finish()
            self._finish()
        file = self._file or self._open()
        starts = [file.end]
        for member in transaction.members:
            starts.append(starts[-1] + len(member))
        ref = CaptureRef(
            file=file.name,
            offset=starts[transaction.lead],
            length=len(transaction.members[transaction.lead]),
            end=starts[-1],
            record_id=transaction.record_id,
            captured_at=transaction.captured_at,
            url=transaction.url,
            status=transaction.status,
            payload_digest=transaction.payload_digest,
            original=transaction.original,
        )
        line = cdxj.line_of(ref, transaction.kind, transaction.head, exchange.truncated, transaction.request)
        self._write(file, b"".join(transaction.members))
        if line:
            file.lines.append(line)
        return ref

    def sync(self) -> tuple[str, int]:
        """Force what was appended before the call onto the disk (fdatasync); returns the position that is now durable.

        Raises OSError; the writer is no longer :attr:`trusted` then, for the system reports lost pages once only.
        """
        with self._swap:
            if self._file is None:
                return "", 0
            position = self.position
            fd = os.dup(self._file.fd)
        try:
            self._force(os.fdatasync, fd)
        finally:
            os.close(fd)
        return position

    def close(self) -> None:
        """Finish the current file: on disk, under its final name, indexed. Appending afterwards raises OSError.

        What is not :attr:`trusted` stays ``.open``, for recovery to read.
        """
        self._closed = True
        if self._file is not None and self.trusted:
            self._finish()

    def _open(self) -> _OpenFile:
        self._folder.mkdir(parents=True, exist_ok=True)
        moment = datetime.now(UTC)
        while True:
            name = f"{self._prefix}-{moment:%Y%m%d%H%M%S}-{self._serial:05d}-{self._host}.warc.gz"
            self._serial += 1
            path = self._folder / (name + OPEN_SUFFIX)
            if self._is_known(name):
                continue
            with contextlib.suppress(FileExistsError):
                fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY, 0o644)
                # Looked for once the name is taken: another process may have finished a file of this name just before.
                if not (self._folder / name).exists() and not cdxj.index_path(path).exists():
                    break
                path.unlink()
                os.close(fd)
        file = _OpenFile(fd, path, name)
        try:
            self._write(file, warcinfo(name, moment, self._info))
            sync_folder(self._folder)
        except OSError:
            path.unlink()
            os.close(fd)
            raise
        self._file = file
        return file

    def _write(self, file: _OpenFile, data: bytes) -> None:
        """One write; on failure the file is cut back to where it ended before."""
        try:
            written = os.write(file.fd, data)
            if written < len(data):
                raise OSError(
                    errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}: {written} of {len(data)} bytes written", str(file.path)
                )
        except OSError:
            self._cut_back(file)
            raise
        file.end += len(data)

    def _cut_back(self, file: _OpenFile) -> None:
        try:
            os.ftruncate(file.fd, file.end)
        except OSError:
            # Nothing may follow a torn record: leave the file to recovery, whatever comes next goes to another.
            with self._swap:
                if self._file is file:
                    self._file = None
                    os.close(file.fd)
            raise

    def _force(self, sync: Callable[[int], None], fd: int) -> None:
        try:
            sync(fd)
        except OSError:
            self.trusted = False
            raise

    def _finish(self) -> None:
        """Index, then rename: a crash in between leaves an ``.open`` file, which recovery indexes again."""
        with self._swap:
            file, self._file = self._file, None
            if file is None:
                return
            try:
                self._force(os.fsync, file.fd)
            finally:
                os.close(file.fd)
        finalise(file.path, file.lines)
