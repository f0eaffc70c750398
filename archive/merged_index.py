"""One index over all finished WARC files: their index files merged, in order, for a replay server, which would else have to
search every one of them for every address asked for. It is made again only when there are other files.

Promises that no line leads a server out of the archive: each names the WARC file that its index file is of. Must not know
what server it is for.
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive.cdxj import index_path
from archive.data_dir import DataDir
from archive.whole_file import whole_file

AT_ONCE = 200  # files open at a time
FORM = 1  # of the merged index; another number makes it anew
MARK = "!ogi-merged-index"  # the first line; "!" comes before every key, so that no search finds it


class DamagedIndex(Exception):
    """An index file holds a line that cannot be served; the message names file, line and reason."""


@dataclass(frozen=True, slots=True)
class Served:
    """What of an archive can be served: the WARC files that are finished and have an index, by name.

    ``unfinished`` and ``unindexed`` count the others: those being written (``.open``), and those whose index is missing.
    """

    names: tuple[str, ...]
    unfinished: int
    unindexed: int


def find_served(data_dir: DataDir) -> Served:
    """Look at what is in ``warc/`` and ``index/`` now; nothing is read."""
    names = sorted(path.name for pattern in ("*.warc.gz", "*.warc") for path in data_dir.warc.glob(pattern))
    indexed = tuple(name for name in names if name.isprintable() and index_path(data_dir.warc / name).is_file())
    return Served(indexed, sum(1 for _ in data_dir.warc.glob("*.open")), len(names) - len(indexed))


class MergedIndex:
    """The merged index of these WARC files, at ``path`` (``DATA_DIR/replay/index.cdxj``)."""

    def __init__(self, data_dir: DataDir, names: Sequence[str]):
        self.path = data_dir.root / "replay" / "index.cdxj"
        self._sources = [(index_path(data_dir.warc / name), name) for name in names]

    def is_current(self) -> bool:
        """Whether the file that is there was made of the index files as they are now."""
        try:
            with self.path.open("rb") as file:
                return file.readline() == self._first_line()
        except FileNotFoundError:
            return False

    def make(self) -> None:
        """Merge the index files, to a file that is there whole or as it was before. Raises :class:`DamagedIndex`, OSError."""
        first = self._first_line()
        with whole_file(self.path) as file, contextlib.ExitStack() as stack:
            file.write(first)
            runs = [_merge(part) for part in _parts(self._sources)]
            if len(runs) == 1:
                file.writelines(runs[0])
                return
            # More files than may be open: each part is merged to a file of its own, then these.
            merged = [stack.enter_context(tempfile.TemporaryFile(dir=self.path.parent)) for _ in runs]
            for run, temporary in zip(runs, merged, strict=True):
                temporary.writelines(run)
                temporary.seek(0)
            file.writelines(heapq.merge(*merged))

    def _first_line(self) -> bytes:
        state = hashlib.sha256()
        for path, name in self._sources:
            stat = path.stat()
            state.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        return f"{MARK} {json.dumps({'form': FORM, 'of': state.hexdigest()})}\n".encode()


def _parts(sources: Sequence[tuple[Path, str]]) -> Iterator[Sequence[tuple[Path, str]]]:
    for start in range(0, max(len(sources), 1), AT_ONCE):
        yield sources[start : start + AT_ONCE]


def _merge(sources: Sequence[tuple[Path, str]]) -> Iterator[bytes]:
    with contextlib.ExitStack() as stack:
        yield from heapq.merge(*(_checked(stack.enter_context(path.open("rb")), path, name) for path, name in sources))


def _checked(file: IO[bytes], path: Path, name: str) -> Iterator[bytes]:
    """The lines of an index file, each looked at."""
    before = b""
    for number, line in enumerate(file, start=1):
        reason = _refuse(line, before, name)
        if reason:
            raise DamagedIndex(f"{path}, line {number}: {reason}")
        yield line
        before = line


def _refuse(line: bytes, before: bytes, name: str) -> str:
    """Why a line cannot be served; empty if it can."""
    try:
        _, _, entry = line.split(b" ", 2)
        fields = json.loads(entry)
        named, place = fields["filename"], (fields["offset"], fields["length"])
    except (ValueError, KeyError, TypeError):
        return "this is no line of an index"
    if named != name:
        return f"it names {ascii(named)[:80]}, this is the index of another file"
    if not all(str(number).isascii() and str(number).isdigit() for number in place):
        return "offset or length is no number"
    if "load_url" in fields:  # a replay server would fetch it
        return "it names an address to load"
    if not line.endswith(b"\n"):
        return "the last line is cut off"
    return "" if before <= line else "the lines are not in order"
