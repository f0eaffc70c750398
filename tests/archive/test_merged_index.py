"""The merged index: all lines in order, made again only when there are other files, none that leads out of the archive."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from archive import merged_index
from archive.data_dir import DataDir
from archive.merged_index import DamagedIndex, MergedIndex, find_served
from tests.archive.broken_files import write_clean_archive

WARC = "a-%03d.warc.gz"


def line(key: str, name: str, **fields: object) -> bytes:
    entry = {"url": "http://a/", "offset": "0", "length": "9", "filename": name, **fields}
    return f"{key} 20260101000000 {json.dumps(entry)}\n".encode()


def archive(root: Path, *indexes: list[bytes] | None) -> DataDir:
    """An invented archive: an empty WARC file for each list of index lines, without an index for ``None``."""
    for folder in ("warc", "index"):
        (root / folder).mkdir(parents=True)
    for number, lines in enumerate(indexes):
        (root / "warc" / (WARC % number)).write_bytes(gzip.compress(b""))
        if lines is not None:
            (root / "index" / f"{WARC % number}.cdxj").write_bytes(b"".join(lines))
    return DataDir(root)


def merge(data_dir: DataDir) -> MergedIndex:
    index = MergedIndex(data_dir, find_served(data_dir).names)
    index.make()
    return index


def lines_of(index: MergedIndex) -> list[bytes]:
    first, *rest = index.path.read_bytes().splitlines(keepends=True)
    assert first.startswith(b"!")
    return rest


def test_what_is_finished_and_indexed_is_served(tmp_path: Path) -> None:
    data_dir = archive(tmp_path, [line("a)/", WARC % 0)], None, [])
    (data_dir.warc / "b.warc.gz.open").touch()
    (data_dir.warc / "notes.txt").touch()
    (data_dir.index / "gone.warc.gz.cdxj").write_bytes(line("a)/", "gone.warc.gz"))
    served = find_served(data_dir)
    assert served.names == (WARC % 0, WARC % 2)
    assert (served.unfinished, served.unindexed) == (1, 1)
    assert lines_of(merge(data_dir)) == [line("a)/", WARC % 0)]


def test_lines_of_all_files_are_in_order_also_of_more_files_than_may_be_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merged_index, "AT_ONCE", 3)
    written = [
        [line(f"k{(number * 7 + row * 5) % 23:02})/", WARC % number) for row in range(4)] for number in range(10)
    ]
    data_dir = archive(tmp_path, *(sorted(lines) for lines in written))
    assert lines_of(merge(data_dir)) == sorted(one for lines in written for one in lines)
    assert [path.name for path in (tmp_path / "replay").iterdir()] == ["index.cdxj"]


def test_the_first_line_comes_before_every_key(tmp_path: Path) -> None:
    write_clean_archive(tmp_path)
    data = merge(DataDir(tmp_path)).path.read_bytes().splitlines()
    assert len(data) > 1
    assert data == sorted(data)


def test_it_is_made_again_only_when_there_are_other_files(tmp_path: Path) -> None:
    data_dir = archive(tmp_path, [line("a)/", WARC % 0)], None)
    assert not MergedIndex(data_dir, find_served(data_dir).names).is_current()
    index = merge(data_dir)
    assert index.is_current()
    assert MergedIndex(data_dir, find_served(data_dir).names).is_current()
    other = data_dir.index / f"{WARC % 1}.cdxj"
    other.write_bytes(line("b)/", WARC % 1))
    assert not MergedIndex(data_dir, find_served(data_dir).names).is_current()
    assert merge(data_dir).is_current()
    os.utime(other, ns=(1, 1))
    assert not MergedIndex(data_dir, find_served(data_dir).names).is_current()


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([line("a)/", "../../etc/passwd")], "names '../../etc/passwd'"),
        ([line("a)/", WARC % 1)], "of another file"),
        ([line("a)/", WARC % 0, load_url="http://127.0.0.1:1/")], "address to load"),
        ([line("a)/", WARC % 0, offset="x")], "no number"),
        ([line("a)/", WARC % 0, length=None)], "no number"),
        ([line("b)/", WARC % 0), line("a)/", WARC % 0)], "are not in order"),
        ([line("a)/", WARC % 0)[:-1]], "cut off"),
        ([line("a)/", WARC % 0)[:40]], "no line of an index"),
        ([b"\0" * 512], "no line of an index"),
        ([b"a)/ 20260101000000 []\n"], "no line of an index"),
    ],
)
def test_a_line_that_leads_elsewhere_is_refused_and_what_was_there_stays(
    tmp_path: Path, lines: list[bytes], reason: str
) -> None:
    good = line("a)/", WARC % 0)
    data_dir = archive(tmp_path, [good])
    before = merge(data_dir).path.read_bytes()
    (data_dir.index / f"{WARC % 0}.cdxj").write_bytes(b"".join(lines))
    with pytest.raises(DamagedIndex, match=f"{WARC % 0}.cdxj, line [12]: .*{reason}"):
        merge(data_dir)
    assert [path.read_bytes() for path in (tmp_path / "replay").iterdir()] == [before]
