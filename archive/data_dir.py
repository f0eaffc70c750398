"""The folder that holds an archive, and the lock that keeps a second crawl out of it.

Knows the layout of DATA_DIR and nothing of what is in the files.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class DataDirUnavailable(Exception):
    """DATA_DIR is in use by another process, or cannot be written."""


class DataDir:
    """The layout of DATA_DIR: ``warc/``, ``index/``, ``reports/``, ``runs/<run>/`` and the ledger."""

    def __init__(self, root: Path, ledger: str = "ledger.sqlite"):
        self.root = root
        self.warc = root / "warc"
        self.index = root / "index"
        self.reports = root / "reports"
        self.runs = root / "runs"
        self.ledger = root / ledger
        self._lock: int | None = None

    def open(self) -> None:
        """Create the layout and take the lock; raises :class:`DataDirUnavailable` naming the folder and the reason."""
        try:
            for folder in (self.warc, self.index, self.reports, self.runs):
                folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
            for folder in (self.root, self.warc, self.index, self.reports, self.runs):
                if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                    raise PermissionError(13, "not readable and writable", str(folder))
        except OSError as error:
            raise DataDirUnavailable(
                f"DATA_DIR {self.root} cannot be used: {error.strerror} ({error.filename}); choose another with -s DATA_DIR=…"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(lock)
            raise DataDirUnavailable(
                f"DATA_DIR {self.root} is in use by process {owner}; wait for it, or choose another with -s DATA_DIR=…"
            ) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def lacks_its_ledger(self) -> bool:
        """Whether there is an archive here and no ledger: beginning a new one would fetch everything again."""
        empty = not self.ledger.exists() or self.ledger.stat().st_size == 0
        return empty and any(self.warc.glob("*.warc.gz*"))

    def close(self) -> None:
        """Release the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
