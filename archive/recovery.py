"""Repair of a WARC file left ``.open`` by a crash: the torn tail and a half exchange are cut, the rest is kept and made
final.

Common readers hand out a torn record as if it were whole and stop at the first member appended behind it, so repair
comes before anything else is written. Must not know the ledger: the caller says up to where exchanges were committed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path

from archive import cdxj
from archive.exchange import CaptureRef
from archive.members import DamagedWarc, find_member, read_about, read_exchanges, read_hints, read_records
from archive.whole_file import sync_folder

OPEN_SUFFIX = ".open"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a repaired file holds: its ``end`` in bytes, how many bytes were ``cut``, and the exchanges beyond the
    committed end.

    ``hints`` are those exchanges' hints by record id.
    """

    end: int
    cut: int
    captures: tuple[CaptureRef, ...]
    hints: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def recover(path: Path, committed_end: int = 0) -> Recovered:
    """Cut what is torn at the end of an ``.open`` file, durably.

    Reads the file from its beginning, and from the disk: ``committed_end``, the offset behind the last exchange the ledger
    knows, says what was written and not what outlasted a power failure. Raises DamagedWarc, leaving the file alone, when
    whole records follow the damage: that is no torn tail.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())
        # What a disk failed to take stays readable in memory for a while, and nothing tells it from what was kept.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    size = path.stat().st_size
    end, captures = _walk(path, committed_end)
    if end < size:
        _refuse_inner_damage(path, end, size)
        with path.open("r+b") as file:
            file.truncate(end)
            os.fsync(file.fileno())
    refs = tuple(ref for ref, _ in captures)
    return Recovered(end, size - end, refs, {ref.record_id: hints for ref, hints in captures})


def finalise(path: Path, lines: Sequence[bytes] | None = None) -> Path | None:
    """Index a whole ``.open`` file and give it its final name; a file with nothing in it is removed (``None``).

    ``lines`` are those of its index, if they are known.
    """
    if path.stat().st_size == 0:
        path.unlink()
        sync_folder(path.parent)
        return None
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    if final.exists():
        raise FileExistsError(f"{final} exists: will not replace it by {path.name}")
    with path.open("rb") as file:
        os.fsync(file.fileno())
    cdxj.write_index(path, lines)
    path.rename(final)
    sync_folder(final.parent)
    return final


def _walk(path: Path, committed_end: int) -> tuple[int, list[tuple[CaptureRef, dict[str, object]]]]:
    """The end of the last whole exchange (or warcinfo), and the exchanges beyond ``committed_end``."""
    name = path.name.removesuffix(OPEN_SUFFIX)
    end = 0
    captures = []
    for exchange in read_exchanges(path):
        end = exchange.metadata.end
        if end > committed_end:
            captures.append((exchange.reference(name), read_hints(read_about(exchange.metadata.block))))
    for record in read_records(path, end):
        if record.kind != "warcinfo":
            break
        end = record.end
    return end, captures


def _refuse_inner_damage(path: Path, end: int, size: int) -> None:
    """Raise DamagedWarc when a whole metadata record, the last of an exchange, can still be found behind ``end``."""
    position = end
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        while (position := find_member(data, position + 1)) > 0:
            if any(record.ends_exchange for record in read_records(path, position)):
                raise DamagedWarc(f"{path}: damaged at offset {end}, whole records from {position} of {size} bytes")
