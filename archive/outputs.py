"""Files that only grow, whose true length is kept in the ledger.

A line counts when the transaction that wrote its end is committed; what lies beyond that end after a crash is cut. Must not know
what the lines say.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path


class AppendedFile:
    """An append-only file whose committed end is known.

    Opening cuts whatever lies beyond ``committed_end`` (a line half written, or written by a transaction that never committed).
    A file that is shorter (power failed, or somebody cut it) stays as it is; its ``end`` tells.
    """

    def __init__(self, path: Path, committed_end: int):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.end = min(committed_end, os.fstat(self._descriptor).st_size)
        os.ftruncate(self._descriptor, self.end)

    def append(self, data: bytes) -> int:
        """Append ``data`` with one write and return the new end; on failure the file is as before and OSError is raised."""
        if data:
            written = os.write(self._descriptor, data)
            if written != len(data):
                self.cut(self.end)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
            self.end += written
        return self.end

    def cut(self, end: int) -> None:
        """Forget what was appended beyond ``end``."""
        os.ftruncate(self._descriptor, end)
        self.end = end

    def rewrite(self, lines: Iterable[bytes]) -> None:
        """Write the whole file anew, durably."""
        self.cut(0)
        for line in lines:
            self.append(line + b"\n")
        os.fsync(self._descriptor)

    def sync(self) -> None:
        """Make the file durable."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Make the file durable and close it."""
        self.sync()
        os.close(self._descriptor)
