"""All exchanges of an archive in the order in which they were archived, file after file, with the run of each file.

Reads strictly: a file that is damaged inside is refused. Must not know what an exchange was for.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.adoption import is_own, path_beside
from archive.members import DamagedWarc, Record, RecordedExchange, exchanges_of, read_about, read_records


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A WARC file as its first record describes it: ``began`` is that record's WARC-Date.

    ``run`` and ``selection`` are empty in files that were not written here.
    """

    path: Path
    began: str
    run: str
    selection: str


def list_files(folder: Path) -> list[WarcFile]:
    """The finished WARC files of a folder, oldest first. Raises DamagedWarc for one that does not begin with a record."""
    files = [_describe(path) for path in folder.glob("*.warc.gz")]
    return sorted(files, key=lambda file: (file.began, file.path.name))


def read_whole(file: WarcFile) -> Iterator[RecordedExchange]:
    """The exchanges of a file. Raises DamagedWarc, naming the offset, where its records end before the file does."""
    end = 0

    def records() -> Iterator[Record]:
        nonlocal end
        for record in read_records(file.path):
            end = record.end
            yield record

    yield from exchanges_of(records())
    if end < file.path.stat().st_size:
        raise DamagedWarc(f"{file.path}: damaged at offset {end}: no whole record starts there")


def in_order(files: Sequence[WarcFile]) -> Iterator[tuple[WarcFile, RecordedExchange]]:
    """The exchanges of all files, which are given oldest first.

    Within a file in the order of the file: that is the order in which exchanges ended, while WARC-Date is when they
    began. Files that were written at the same time (archives brought together) are merged by date. Only as many files
    are open as were written at a time.
    """
    waiting = list(reversed(files))
    open_files: list[tuple[str, int, WarcFile, RecordedExchange, Iterator[RecordedExchange]]] = []
    serial = 0
    while waiting or open_files:
        while waiting and (not open_files or waiting[-1].began <= open_files[0][0]):
            file = waiting.pop()
            exchanges = read_whole(file)
            first = next(exchanges, None)
            serial += 1  # of equal dates the older file comes first, and nothing else is ever compared
            if first is not None:
                heapq.heappush(open_files, (max(file.began, date_of(first)), serial, file, first, exchanges))
        if not open_files:
            continue
        date, order, file, exchange, exchanges = open_files[0]
        yield file, exchange
        following = next(exchanges, None)
        if following is None:
            heapq.heappop(open_files)
        else:
            heapq.heapreplace(open_files, (max(date, date_of(following)), order, file, following, exchanges))


def date_of(exchange: RecordedExchange) -> str:
    """When an exchange began (WARC-Date)."""
    return exchange.metadata.fields.get("warc-date", "")


def _describe(path: Path) -> WarcFile:
    if path_beside(path).is_file():
        return WarcFile(path, "", "", "")  # adopted: when, is written down there
    first = next(read_records(path), None)
    if first is None:
        raise DamagedWarc(f"{path}: damaged at offset 0: no whole record starts there")
    about = read_about(first.block) if is_own(first) else {}
    began = first.fields.get("warc-date", "")
    return WarcFile(path, began, about.get("ispartof", ""), about.get("ogi-selection", ""))
