"""Files that only grow, whose true length is kept in the ledger.

A line counts when the transaction that wrote its end is committed; what lies beyond that end after a crash is cut. Must not know
what the lines say.
"""

from __future__ import annotations

import os
from pathlib import Path


class AppendedFile:
    """An append-only file whose committed end is known.

    Opening cuts whatever lies beyond ``committed_end`` (a line half written, or written by a transaction that never committed).
    Raises :class:`ShortOutput` if the file is shorter than what was committed.
    """

    def __init__(self, path: Path, committed_end: int):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        size = os.fstat(self._descriptor).st_size
        if size < committed_end:
            os.close(self._descriptor)
            raise ShortOutput(f"{path} has {size} bytes, {committed_end} were committed")
        os.ftruncate(self._descriptor, committed_end)
        self.end = committed_end

    def append(self, data: bytes) -> int:
        """Append ``data`` with one write and return the new end; on failure the file is as before and OSError is raised."""
        if data:
            written = os.write(self._descriptor, data)
            if written != len(data):
                self.cut(self.end)
                raise OSError(28, "no space left on device", str(self._path))
            self.end += written
        return self.end

    def cut(self, end: int) -> None:
        """Forget what was appended beyond ``end``."""
        os.ftruncate(self._descriptor, end)
        self.end = end

    def close(self) -> None:
        """Make the file durable and close it."""
        os.fsync(self._descriptor)
        os.close(self._descriptor)


class ShortOutput(Exception):
    """A file holds less than the ledger committed: somebody cut it."""
