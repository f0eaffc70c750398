"""WARC files as streams of decompressed bytes: of a gzip member, or of a file that is not compressed.

Bounded memory whatever a member decompresses to. Must not know records, but for how one begins: to find the next place
that can be read behind damage.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import BinaryIO

from archive.members import STEP, find_member

_OVERLAP = 4096  # a member that begins in the last bytes of a window is looked at in the next one
_WINDOW = 1024 * 1024
_BEGINNING = re.compile(rb"WARC/1\.[01]\r\n")
_MESSAGES = {"incorrect data check": "gzip-crc", "incorrect length check": "gzip-length"}


class BadMember(ValueError):
    """What is at this place of the file cannot be read as a gzip member, or not to its end."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class Plain:
    """A file that is not compressed, from ``position`` on up to ``end``."""

    def __init__(self, file: BinaryIO, end: int):
        self._file = file
        self._end = end
        self._held = b""
        self._read = 0  # offset behind what was read of the file
        self.seek(0)

    @property
    def position(self) -> int:
        """Offset in the file of what is read next."""
        return self._read - len(self._held)

    def seek(self, offset: int) -> None:
        """Go to an offset of the file."""
        self._file.seek(offset)
        self._read, self._held = offset, b""

    def _raw(self) -> bytes:
        piece = self._file.read(min(STEP, max(self._end - self._read, 0)))
        self._read += len(piece)
        return piece

    def _more(self) -> bytes:
        return self._raw()

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end, which stay to be read."""
        while len(self._held) < size and (more := self._more()):
            self._held += more
        return self._held[:size]

    def read(self, size: int) -> bytes:
        """Up to ``size`` of the next bytes; none at the end."""
        held = self._held or self._more()
        self._held = held[size:]
        return held[:size]

    def read_to(self, mark: bytes, limit: int) -> bytes | None:
        """What stands before a mark, which is read too; ``None``, with nothing read, where there is none within the limit."""
        while (at := self._held.find(mark)) < 0:
            if len(self._held) > limit or not (more := self._more()):
                return None
            self._held += more
        found, self._held = self._held[:at], self._held[at + len(mark) :]
        return found

    def find_next(self, behind: int) -> int | None:
        """Where the next record behind an offset seems to begin."""
        return _search(self._file, behind + 1, self._end, _find_beginning)

    def only_zeros(self, start: int) -> bool:
        """Whether nothing but zero bytes stands from an offset to the end."""
        self._file.seek(start)
        while start < self._end and (piece := self._file.read(min(_WINDOW, self._end - start))):
            if piece.strip(b"\0"):
                return False
            start += len(piece)
        return True


class Members(Plain):
    """The gzip members of a file. :meth:`begin` starts on the member at ``position``; the end of the stream is that of the
    member.
    """

    def __init__(self, file: BinaryIO, end: int):
        self._compressed = b""
        self._inflater = zlib.decompressobj(31)
        super().__init__(file, end)

    @property
    def position(self) -> int:
        """Offset of the next compressed byte: that of the next member, once this one is read to its end."""
        return self._read - len(self._compressed)

    def seek(self, offset: int) -> None:
        self._compressed = b""
        super().seek(offset)

    def begin(self) -> None:
        """Start on the next member. Raises BadMember where none begins."""
        self._inflater, self._held = zlib.decompressobj(31), b""
        self._compressed = self._compressed or self._raw()
        if len(self._compressed) < 3:
            self._compressed += self._raw()
        if not b"\x1f\x8b\x08".startswith(self._compressed[:3]):
            raise BadMember("garbage-end", "no gzip member begins here")

    def _more(self) -> bytes:
        """Bytes of the member, nothing at its end. Raises BadMember where it is damaged or torn."""
        while not self._inflater.eof:
            piece = self._compressed or self._raw()
            data = self._inflate(piece)
            if data:
                return data
            if not (piece or self._inflater.eof):
                raise BadMember("gzip-truncated", "the file ends inside this member")
        return b""

    def _inflate(self, piece: bytes) -> bytes:
        """Some of what a piece holds; before damage in it, all that comes out before the damage."""
        size = len(piece)
        while True:
            before = self._inflater.copy()
            try:
                data = self._inflater.decompress(piece[:size], 4 * STEP)
            except zlib.error as error:
                self._inflater = before
                if size > 1:
                    size //= 2
                    continue
                text = str(error).rpartition(": ")[2]
                raise BadMember(
                    _MESSAGES.get(text, "gzip-data"), f"the member cannot be decompressed: {text}"
                ) from error
            left = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
            self._compressed = left + piece[size:]
            return data

    def drain(self) -> None:
        """Read the member to its end."""
        while self.read(STEP):
            pass

    def find_next(self, behind: int) -> int | None:
        """Where the next gzip member that holds a record seems to begin, behind an offset."""
        return _search(self._file, behind + 1, self._end, find_member)


def _find_beginning(data: bytes, start: int) -> int:
    found = _BEGINNING.search(data, start)
    return found.start() if found else -1


def _search(file: BinaryIO, start: int, end: int, find: Callable[[bytes, int], int]) -> int | None:
    """The first place from ``start`` on that ``find`` sees, window by window."""
    while start < end:
        file.seek(start)
        window = file.read(min(_WINDOW + _OVERLAP, end - start))
        place = find(window, 0)
        if place >= 0:
            return start + place
        if len(window) <= _OVERLAP:
            return None
        start += len(window) - _OVERLAP
    return None
