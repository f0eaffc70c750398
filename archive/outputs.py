"""Files that only grow, whose true length is kept in the ledger.

A line counts when the transaction that wrote its end is committed; what lies beyond that end after a crash is cut. Must not know
what the lines say.
"""

from __future__ import annotations

import errno
import mmap
import os
from collections.abc import Iterable
from pathlib import Path


class AppendedFile:
    """An append-only file whose committed end is known.

    Opening cuts whatever lies beyond ``committed_end`` (a line half written, or written by a transaction that never committed).
    A file that is shorter (power failed, or somebody cut it) ends behind its last whole line; its ``end`` tells. So does one
    with a zero byte in it, which no line has: after a power failure a file may have its length and not its bytes.
    """

    def __init__(self, path: Path, committed_end: int):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self.end = _end_of_lines(self._descriptor, committed_end)
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
        """Make the file durable and close it, which it is then even if that raises OSError."""
        try:
            self.sync()
        finally:
            os.close(self._descriptor)


def _end_of_lines(descriptor: int, committed_end: int) -> int:
    """``committed_end``, or the end of the last whole line where the file does not reach so far or a zero byte comes before."""
    size = os.fstat(descriptor).st_size
    if not size or not committed_end:
        return 0
    with mmap.mmap(descriptor, 0, prot=mmap.PROT_READ) as data:
        zero = data.find(b"\0", 0, committed_end)
        if zero < 0 and size >= committed_end:
            return committed_end
        return data.rfind(b"\n", 0, size if zero < 0 else zero) + 1
