"""A disk that is watched: what is asked of the files below a folder is noted, and calls can be made to fail.

Stands in place of functions of ``os`` within one process; what SQLite and buffered files ask for is not seen. Must not
know who asks, nor why.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BY_DESCRIPTOR = ("write", "ftruncate", "fsync", "fdatasync", "close")
BY_PATH = ("open", "rename", "replace", "unlink", "mkdir")
SHORT = -1  # instead of an errno, for write: half of the bytes are taken


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its name, the file (for a rename the new name), the thread, and the file's size in bytes before it."""

    name: str
    path: str
    thread: str
    size: int = 0


Decide = Callable[[int, Call], int]


class Disk:
    """Notes calls in ``calls`` (and, once done, by ``tell``); ``decide`` gives the errno with which one fails, 0 for none.

    It is asked with the number of the call, from 1. A call that fails has done nothing, but for ``close``: the descriptor
    is gone, as on Linux.
    """

    def __init__(
        self,
        folder: Path,
        decide: Decide = lambda number, call: 0,
        tell: Callable[[Call], object] = lambda call: None,
    ):
        self._folder = f"{folder.resolve()}{os.sep}"
        self._decide = decide
        self._tell = tell
        self._lock = threading.RLock()
        self.calls: list[Call] = []
        self.failed: list[Call] = []

    @contextlib.contextmanager
    def in_place(self) -> Iterator[Disk]:
        """The disk of this process, until the block ends."""
        real: list[tuple[Any, str, Any]] = [(os, name, getattr(os, name)) for name in (*BY_DESCRIPTOR, *BY_PATH)]
        real.append((io, "open", io.open))
        for module, name, function in real:
            by_path = name in BY_PATH
            setattr(module, name, self._by_path(name, function) if by_path else self._by_descriptor(name, function))
        io.open = self._by_path("open", real[-1][2])  # what pathlib calls
        try:
            yield self
        finally:
            for module, name, function in real:
                setattr(module, name, function)

    def _by_descriptor(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def function(descriptor: int, *arguments: Any) -> Any:
            try:
                path, size = os.readlink(f"/proc/self/fd/{descriptor}"), os.fstat(descriptor).st_size
            except OSError:
                return real(descriptor, *arguments)
            call, fault = self._asked(name, path, size)
            if fault == SHORT and name == "write":
                return real(descriptor, arguments[0][: len(arguments[0]) // 2])
            if fault and name == "close":
                real(descriptor)
            if fault > 0:
                raise OSError(fault, os.strerror(fault), path)
            result = real(descriptor, *arguments)
            if call:
                self._tell(call)
            return result

        return function

    def _by_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def function(path: Any, *arguments: Any, **options: Any) -> Any:
            to = arguments[0] if name in ("rename", "replace") else path
            call, fault = self._asked(name, os.path.abspath(to)) if isinstance(to, (str, os.PathLike)) else (None, 0)
            if fault > 0:
                raise OSError(fault, os.strerror(fault), str(path))
            result = real(path, *arguments, **options)
            if call:
                self._tell(call)
            return result

        return function

    def _asked(self, name: str, path: str, size: int = 0) -> tuple[Call | None, int]:
        if not f"{path}{os.sep}".startswith(self._folder):
            return None, 0
        call = Call(name, path, threading.current_thread().name, size)
        with self._lock:
            self.calls.append(call)
            fault = self._decide(len(self.calls), call)
            if fault:
                self.failed.append(call)
        return call, fault


def failing(at: int, faults: Sequence[int], *, ever_after: bool = False) -> Decide:
    """Let the call of number ``at`` fail, and every one after it if so wanted; the fault is one of ``faults``, by number."""

    def decide(number: int, call: Call) -> int:
        if number < at or (number > at and not ever_after):
            return 0
        fault = faults[at % len(faults)]
        return fault if fault != SHORT or call.name == "write" else errno.ENOSPC

    return decide
