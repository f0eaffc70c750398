"""The WARC writer on a disk that fails at one call after the other, and on one that loses power: files stay whole, and
nothing is lost that was promised.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archive.exchange import CaptureRef
from archive.members import read_exchanges, read_records
from archive.recovery import OPEN_SUFFIX, finalise, recover
from archive.warc_writer import WarcWriter
from tests.archive.disk import SHORT, Call, Disk, failing
from tests.archive.exchanges import assert_valid, exchange, new_writer, noise

ONE = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + noise(900))
FAULTS = (errno.ENOSPC, errno.EIO, SHORT, errno.EDQUOT, errno.EROFS, errno.EINTR)
EVERY_STEP = [
    *[("mkdir", "warc"), ("open", "warc/x.open"), ("write", "warc/x.open"), ("fsync", "warc")],
    *[("fdatasync", "warc/x.open"), ("fsync", "warc/x.open"), ("close", "warc/x.open")],
    *[("mkdir", "index"), ("open", "index/x.part"), ("fsync", "index/x.part"), ("replace", "index/x.cdxj")],
    *[("fsync", "index"), ("rename", "warc/x.gz"), ("fsync", "warc")],
]


def what(call: Call) -> tuple[str, str]:
    """A call, with the folder and the kind of its file."""
    path = Path(call.path)
    return call.name, f"{path.parent.name}/x{path.suffix}" if path.suffix else path.name


def write_some(writer: WarcWriter, *, go_on: bool) -> Iterator[CaptureRef]:
    """Exchanges over several files, synced as a run does; after an error either the next, or the end."""
    for number in range(1, 5):
        try:
            yield writer.append(ONE)
            if number % 2:
                writer.sync()
        except OSError:
            if not go_on:
                break
    with contextlib.suppress(OSError):
        writer.close()


def assert_whole(folder: Path, refs: list[CaptureRef]) -> None:
    """Recovery makes every file whole and final; every exchange that was acknowledged is in one, and at most one other."""
    warc = folder / "warc"
    for path in sorted(warc.iterdir()) if warc.exists() else []:
        if path.name.endswith(OPEN_SUFFIX):
            recover(path)
            finalise(path)
    found = {}
    for path in sorted(warc.iterdir()) if warc.exists() else []:
        assert path.name.endswith(".warc.gz")
        assert list(read_records(path))[-1].end == path.stat().st_size, "a torn record"
        exchanges = [one.reference(path.name) for one in read_exchanges(path)]
        found.update({ref.record_id: ref for ref in exchanges})
        assert (folder / "index" / f"{path.name}.cdxj").read_bytes().count(b"\n") == len(exchanges)
    assert {ref.record_id: ref for ref in refs}.items() <= found.items(), "an exchange that was acknowledged is gone"
    assert len(found) <= len(refs) + 1


@pytest.mark.parametrize("ever_after", [False, True], ids=["once", "from then on"])
def test_whatever_call_fails_files_are_whole_and_nothing_acknowledged_is_lost(tmp_path: Path, ever_after: bool) -> None:
    """A run stops at the first error; a writer that fails once is asked to go on all the same, which is harder."""
    failed: set[tuple[str, str]] = set()
    for number in range(1, 1000):
        folder = tmp_path / str(number)
        with Disk(folder, failing(number, FAULTS, ever_after=ever_after)).in_place() as disk:
            refs = list(write_some(new_writer(folder, max_bytes=4500), go_on=not ever_after))
        assert_whole(folder, refs)
        failed.update(map(what, disk.failed))
        if not disk.failed:
            break
    assert len(refs) == 4, "the last time nothing failed"
    assert len({ref.file for ref in refs}) == 2
    assert failed >= set(EVERY_STEP)


def test_a_file_is_on_disk_before_its_index_and_final_in_the_end(tmp_path: Path) -> None:
    with Disk(tmp_path).in_place() as disk:
        writer = new_writer(tmp_path)
        writer.append(ONE)
        writer.sync()
        writer.append(ONE)
        writer.close()
    steps = [step for step in map(what, disk.calls) if step in EVERY_STEP]
    in_order = iter(steps)
    assert [step for step in EVERY_STEP if step in in_order] == EVERY_STEP, steps
    [synced] = [call for call in disk.calls if call.name == "fdatasync"]
    [final] = [call for call in disk.calls if call.name == "fsync" and call.path == synced.path][:1]
    assert synced.size < final.size == (tmp_path / "warc" / writer_name(tmp_path)).stat().st_size


def writer_name(folder: Path) -> str:
    [path] = (folder / "warc").iterdir()
    return path.name


@pytest.mark.parametrize("step", ["fdatasync", "fsync"])
def test_once_the_disk_failed_to_keep_something_nothing_more_is_written(tmp_path: Path, step: str) -> None:
    def decide(number: int, call: Call) -> int:
        return errno.EIO if what(call) == (step, "warc/x.open") else 0

    writer = new_writer(tmp_path)
    ref = writer.append(ONE)
    with Disk(tmp_path, decide).in_place(), pytest.raises(OSError, match="Input/output"):
        writer.sync() if step == "fdatasync" else writer.close()
    assert not writer.trusted
    if step == "fdatasync":
        with pytest.raises(OSError, match="did not keep"):
            writer.append(ONE)
    writer.close()
    assert writer_name(tmp_path) == f"{ref.file}.open", "the next sync would succeed, and prove nothing"
    assert not (tmp_path / "index").exists()


# -- power ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0.0, 0.001, 0.4, 1.0], ids=["nothing", "a little", "some", "all"])
@pytest.mark.parametrize("filler", [None, b"\0", noise(50_000)], ids=["cut", "zeros", "garbage"])
def test_after_a_power_failure_all_that_was_synced_is_there(tmp_path: Path, left: float, filler: bytes | None) -> None:
    """What was appended after the last sync is gone, or its place holds something else, at every length."""
    writer = new_writer(tmp_path)
    refs = [writer.append(ONE) for _ in range(4)]
    _, synced = writer.sync()
    lost = [writer.append(ONE) for _ in range(6)]
    [path] = (tmp_path / "warc").iterdir()
    data = path.read_bytes()
    kept = synced + int((len(data) - synced) * left)
    if filler is None:
        path.write_bytes(data[:kept])
    else:  # the length is there, the bytes are not
        path.write_bytes(data[:synced] + (filler * (kept - synced))[: kept - synced])
    # The ledger may have known of them all: its committed end is then beyond, or exactly at, what is left of the file.
    recovered = recover(path, lost[-1].end)
    assert recovered.captures == ()
    whole = [ref for ref in lost if filler is None and ref.end <= kept]
    assert recovered.end == (whole or refs)[-1].end
    final = finalise(path)
    assert final is not None
    assert assert_valid(final).count("response") == len(refs) + len(whole)
    assert [one.reference(final.name) for one in read_exchanges(final)] == [*refs, *whole]


# -- names ----------------------------------------------------------------------------------------------------------


class StoppedClock:
    """Always the same second, as a clock that is set back gives it again."""

    @staticmethod
    def now(_: object) -> datetime:
        return ONE.started


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.warc_writer.datetime", StoppedClock)


def write_one(folder: Path, **options: Any) -> str:
    """The name of a file that a writer of its own finishes, as each process has one."""
    writer = new_writer(folder, **options)
    name = writer.append(ONE).file
    writer.close()
    return name


@pytest.mark.parametrize("left", ["final", "open", "index", "ledger"])
@pytest.mark.usefixtures("stopped_clock")
def test_a_name_is_never_used_twice(tmp_path: Path, left: str) -> None:
    name = write_one(tmp_path)
    final, index = tmp_path / "warc" / name, tmp_path / "index" / f"{name}.cdxj"
    before = final.read_bytes()
    if left == "open":
        final.rename(final.with_name(f"{name}.open"))
    if left in ("index", "ledger"):
        final.unlink()  # the operator moved it away
    if left in ("open", "ledger"):
        index.unlink()
    other = write_one(tmp_path, is_known={name}.__contains__ if left == "ledger" else lambda name: False)
    assert other != name
    assert other[:18] == name[:18], "the same second"
    if left == "final":
        assert final.read_bytes() == before


@pytest.mark.usefixtures("stopped_clock")
def test_a_name_that_another_process_takes_meanwhile_is_left_to_it(tmp_path: Path) -> None:
    """It finishes a file of that name just before ours is made: its .open is gone by then, and its file must stay."""
    finished: list[Path] = []

    def decide(number: int, call: Call) -> int:
        if not finished and what(call) == ("open", "warc/x.open"):
            finished.append(Path(call.path.removesuffix(".open")))
            finished[0].write_bytes(b"the other's")
        return 0

    with Disk(tmp_path, decide).in_place():
        name = write_one(tmp_path)
    assert finished[0].read_bytes() == b"the other's"
    assert sorted(path.name for path in (tmp_path / "warc").iterdir()) == sorted([finished[0].name, name])


def test_a_record_larger_than_a_file_may_be_has_one_of_its_own(tmp_path: Path) -> None:
    large = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" + noise(50_000))
    writer = new_writer(tmp_path, max_bytes=1000)
    refs = [writer.append(one) for one in (ONE, large, ONE)]
    writer.close()
    assert len({ref.file for ref in refs}) == 3
    for ref in refs:
        assert assert_valid(tmp_path / "warc" / ref.file) == ["warcinfo", "response", "request", "metadata"]
