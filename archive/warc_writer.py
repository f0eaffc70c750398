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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive import cdxj
from archive.exchange import CaptureRef, Exchange
from archive.recovery import OPEN_SUFFIX, sync_folder
from archive.warc_records import compose, warcinfo

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


class WarcWriter:
    """Writes exchanges to ``folder``. Not thread-safe but for :meth:`sync`, which may run in another thread meanwhile.

    ``software``, ``operator``, ``user_agent``, ``run`` and ``selection`` (what the run crawls) go into the warcinfo record
    of every file. A file is finished when it reaches ``max_bytes``.
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
    ):
        self._folder = folder
        self._host = re.sub(r"[^A-Za-z0-9.-]+", "-", socket.gethostname()) or "localhost"
        self._info = {
            "software": software,
            **_FORMAT,
            "operator": operator,
            "hostname": self._host,
            "http-header-user-agent": user_agent,
            "isPartOf": run,
            "ogi-selection": selection,
        }
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._serial = 0
        self._file: _OpenFile | None = None
        self._swap = threading.Lock()  # guards the descriptor against sync() in another thread
        self._closed = False

    @property
    def position(self) -> tuple[str, int]:
        """Final name of the file being written and the offset behind its last exchange; ``("", 0)`` between files."""
        return (self._file.name, self._file.end) if self._file else ("", 0)

    def append(self, exchange: Exchange) -> CaptureRef:
        """Write an exchange and return where it stands.

        Raises OSError (ENOSPC for a short write) with the file as it was before, and ValueError or TypeError when the
        hints are not JSON. When it returns the bytes survive the death of the process; :meth:`sync` makes them survive
        that of the machine.
        """
        if self._closed:
            raise OSError(errno.EBADF, "the WARC writer is closed")
        transaction = compose(exchange, self._folder)
        file = self._file or self._open()
        starts = [file.end]
        for member in transaction.members:
            starts.append(starts[-1] + len(member))
        self._write(file, b"".join(transaction.members))
        ref = CaptureRef(
            file=file.name,
            offset=starts[transaction.lead],
            length=len(transaction.members[transaction.lead]),
            end=file.end,
            record_id=transaction.record_id,
            captured_at=transaction.captured_at,
            url=transaction.url,
            status=transaction.status,
            payload_digest=transaction.payload_digest,
            original=transaction.original,
        )
        if file.end >= self._max_bytes:
            self._finish()
        return ref

    def sync(self) -> tuple[str, int]:
        """Force what was appended before the call onto the disk (fdatasync); returns the position that is now durable."""
        with self._swap:
            if self._file is None:
                return "", 0
            position = self.position
            fd = os.dup(self._file.fd)
        try:
            os.fdatasync(fd)
        finally:
            os.close(fd)
        return position

    def close(self) -> None:
        """Finish the current file: on disk, under its final name, indexed. Appending afterwards raises OSError."""
        self._closed = True
        if self._file is not None:
            self._finish()

    def _open(self) -> _OpenFile:
        self._folder.mkdir(parents=True, exist_ok=True)
        moment = datetime.now(UTC)
        while True:
            name = f"{self._prefix}-{moment:%Y%m%d%H%M%S}-{self._serial:05d}-{self._host}.warc.gz"
            self._serial += 1
            path = self._folder / (name + OPEN_SUFFIX)
            if (self._folder / name).exists():
                continue
            with contextlib.suppress(FileExistsError):
                fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY, 0o644)
                break
        file = _OpenFile(fd, path, name)
        try:
            self._write(file, warcinfo(name, moment, self._info))
        except OSError:
            os.close(fd)
            path.unlink()
            raise
        sync_folder(self._folder)
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
                    os.close(file.fd)
                    self._file = None
            raise

    def _finish(self) -> None:
        """Index, then rename: a crash in between leaves an ``.open`` file, which recovery indexes again."""
        with self._swap:
            file, self._file = self._file, None
            if file is None:
                return
            try:
                os.fsync(file.fd)
            finally:
                os.close(file.fd)
        cdxj.write_index(file.path)
        file.path.rename(file.path.with_name(file.name))
        sync_folder(self._folder)
