"""Recovery of ``.open`` files cut at any byte: nothing whole is lost, nothing torn is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive.exchange import CaptureRef
from archive.members import DamagedWarc, read_exchanges
from archive.recovery import finalise, recover
from tests.archive.exchanges import VARIED, assert_valid, exchange, new_writer, noise

BIG = exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 150000\r\n\r\n" + noise(150_000))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[CaptureRef]]:
    """An ``.open`` file as a killed process leaves it, and the references given for its exchanges."""
    folder = tmp_path_factory.mktemp("written")
    writer = new_writer(folder)
    refs = [writer.append(one) for one in (*VARIED.values(), BIG, exchange())]
    [path] = (folder / "warc").iterdir()
    return path, refs


def copy(written: Path, folder: Path, size: int, tail: bytes = b"") -> Path:
    path = folder / "warc" / written.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(written.read_bytes()[:size] + tail)
    return path


def offsets(refs: list[CaptureRef], size: int) -> list[int]:
    """Cuts around every boundary, and spread over the file."""
    edges = {
        edge + step for ref in refs for edge in (ref.offset, ref.offset + ref.length, ref.end) for step in (-1, 0, 1)
    }
    return sorted(cut for cut in edges | set(range(0, size, size // 40)) if 0 <= cut <= size)


def test_a_file_cut_anywhere_keeps_exactly_its_whole_exchanges(
    written: tuple[Path, list[CaptureRef]], tmp_path: Path
) -> None:
    original, refs = written
    size = original.stat().st_size
    info_end = refs[0].offset
    for cut in offsets(refs, size):
        path = copy(original, tmp_path, cut)
        recovered = recover(path)
        whole = [ref for ref in refs if ref.end <= cut]
        assert list(recovered.captures) == whole, cut
        assert recovered.end == (whole[-1].end if whole else info_end if cut >= info_end else 0), cut
        assert recovered.cut == cut - recovered.end
        assert path.stat().st_size == recovered.end
        assert set(recovered.hints) == {ref.record_id for ref in whole}
        assert all(hints["portal"] == "linzi" for hints in recovered.hints.values())


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6, 0.9, 0.999, 1.0])
@pytest.mark.parametrize("tail", [b"", b"\0" * 4096, b"\x1f\x8b\x08garbage", noise(3000)])
def test_a_recovered_file_is_valid_and_can_be_appended_to(
    written: tuple[Path, list[CaptureRef]], tmp_path: Path, share: float, tail: bytes
) -> None:
    original, refs = written
    path = copy(original, tmp_path, int(original.stat().st_size * share), tail)
    recover(path)
    if path.stat().st_size == 0:
        assert finalise(path) is None
        assert not path.exists()
        return
    kinds = assert_valid(path)
    last = original.read_bytes()[refs[-1].offset : refs[-1].end]
    with path.open("ab") as file:
        file.write(last)
    assert assert_valid(path) == [*kinds, "response", "request", "metadata"]
    final = finalise(path)
    assert final == path.with_name(original.name.removesuffix(".open"))
    assert (tmp_path / "index" / f"{final.name}.cdxj").read_bytes().count(b"\n") > 0


def test_only_what_lies_beyond_the_committed_end_is_returned(
    written: tuple[Path, list[CaptureRef]], tmp_path: Path
) -> None:
    original, refs = written
    size = original.stat().st_size
    for committed in refs[::3]:
        recovered = recover(copy(original, tmp_path, size - 1), committed.end)
        assert list(recovered.captures) == [ref for ref in refs[:-1] if ref.end > committed.end]


@pytest.mark.parametrize("step", [-1, 1, 17])
def test_a_committed_end_that_is_no_boundary_is_not_trusted(
    written: tuple[Path, list[CaptureRef]], tmp_path: Path, step: int
) -> None:
    original, refs = written
    path = copy(original, tmp_path, original.stat().st_size)
    recovered = recover(path, refs[4].end + step)
    assert (recovered.cut, recovered.end) == (0, refs[-1].end)
    assert list(recovered.captures) == [ref for ref in refs if ref.end > refs[4].end + step]


def test_a_committed_end_behind_the_end_of_the_file(written: tuple[Path, list[CaptureRef]], tmp_path: Path) -> None:
    original, refs = written
    recovered = recover(copy(original, tmp_path, refs[5].end + 3), refs[-1].end)
    assert (recovered.end, recovered.captures) == (refs[5].end, ())


def test_damage_in_the_middle_is_refused_and_nothing_is_cut(
    written: tuple[Path, list[CaptureRef]], tmp_path: Path
) -> None:
    original, refs = written
    path = copy(original, tmp_path, original.stat().st_size)
    data = bytearray(path.read_bytes())
    data[refs[3].offset + 40] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DamagedWarc, match=f"offset {refs[2].end}"):
        recover(path)
    assert path.read_bytes() == data


def test_a_final_name_is_never_overwritten(written: tuple[Path, list[CaptureRef]], tmp_path: Path) -> None:
    original, refs = written
    path = copy(original, tmp_path, refs[0].end)
    final = path.with_name(path.name.removesuffix(".open"))
    shutil.copy(path, final)
    with pytest.raises(FileExistsError):
        finalise(path)
    assert len(list(read_exchanges(path))) == 1


ATTEMPTS = 20
APPENDING = """
import sys
from pathlib import Path
from tests.archive.exchanges import exchange, new_writer, noise
writer = new_writer(Path(sys.argv[1]))
big = exchange(b"HTTP/1.1 200 OK\\r\\nContent-Length: 8000000\\r\\n\\r\\n" + noise(8_000_000))
while True:
    for one in (exchange(), big):
        print(writer.append(one).record_id, flush=True)
"""


def test_a_writer_killed_within_a_write_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    """Killed when the file is seen to grow, until a kill fell into the write of a record of megabytes and tore it."""
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        command = [sys.executable, "-c", APPENDING, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
            assert process.stdout is not None
            acknowledged = [process.stdout.readline().strip()]
            [path] = (folder / "warc").iterdir()
            size = path.stat().st_size
            while path.stat().st_size == size and process.poll() is None:
                pass
            process.kill()
            acknowledged += process.stdout.read().splitlines()
        recovered = recover(path)
        kept = [ref.record_id for ref in recovered.captures]
        assert kept[: len(acknowledged)] == acknowledged
        assert len(kept) - len(acknowledged) in (0, 1)
        assert_valid(path)
        if recovered.cut:
            return
    pytest.fail(f"none of {ATTEMPTS} kills fell into a write")
