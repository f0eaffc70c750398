"""A file is adopted once, whole or not at all, under a safe name; what is bad is refused in one line."""

from __future__ import annotations

import fcntl
import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.adoption import path_beside
from archive.foreign_files import NotAdoptable, inspect, name_for, store
from archive.members import read_records
from tests.archive.exchanges import new_writer
from tests.archive.foreign_warcs import (
    HOST,
    browsertrix,
    common_crawl,
    decompressed,
    heritrix,
    members,
    one_stream,
    plain,
    report,
    written,
)
from tests.crawler.adopting import PAGES, adopt, adopted, current, no_fault, year
from tests.crawler.program import ROOT, run, scrapy
from tests.crawler.rebuilt import delete_all_but_warcs, folder, ledger_rows
from tests.crawler.small_portal import FILE_SIZE

# -- the form of a file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "form"), [(".warc", plain), (".warc.gz", one_stream)])
def test_what_is_not_compressed_by_record_is_compressed_anew(
    suffix: str, form: Callable[[list[bytes]], bytes], tmp_path: Path
) -> None:
    composed = heritrix(PAGES)
    warc = written(tmp_path / f"their{suffix}", form(composed))
    [said] = adopted(tmp_path / "data", warc)
    assert (said["file"], said["compressed_anew"], said["reports"]["new"]) == ("their.warc.gz", True, 2)
    stored = tmp_path / "data" / "warc" / "their.warc.gz"
    assert decompressed(stored) == b"".join(composed)
    assert len(list(read_records(stored))) == len(composed)
    no_fault(DATA_DIR=tmp_path / "data")
    assert adopted(tmp_path / "data", warc)[0]["outcome"] == "known"
    assert adopted(tmp_path / "data", stored)[0]["outcome"] == "known"


def test_names_that_are_taken_or_unsafe(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    first = written(tmp_path / "a" / "their.warc.gz", members(heritrix(PAGES)))
    second = written(tmp_path / "b" / "their.warc.gz", members(common_crawl(PAGES)))
    odd = written(tmp_path / "..\n\x1b[31m -x.warc.gz", members(browsertrix(PAGES)))
    names = [one["file"] for one in adopted(data_dir, first, second, odd)]
    assert names[0] == "their.warc.gz"
    assert names[1] == "31m--x.warc.gz"
    assert names[2].startswith("their-")
    assert sorted(path.name for path in (data_dir / "warc").glob("*") if "adoption" not in path.name) == sorted(names)
    no_fault(DATA_DIR=data_dir)


# -- once, whole or not at all ------------------------------------------------------------------------------------


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    warc = written(tmp_path / "their.warc.gz", members(heritrix(PAGES)))
    adopted(data_dir, warc)
    before = {part: folder(data_dir / part) for part in ("warc", "index", "reports")}
    again = shutil.copy(warc, tmp_path / "other-name.warc.gz")
    process = adopt(data_dir, warc, again)
    assert process.returncode == 0
    assert process.stdout.count("adopted before, as their.warc.gz") == 2
    assert {part: folder(data_dir / part) for part in before} == before
    # The same records in another file are the same captures.
    [said] = adopted(data_dir, written(tmp_path / "copy.warc.gz", gzip.compress(plain(heritrix(PAGES)))))
    assert (said["captures"], said["known_before"], said["reports"]) == (0, 9, {})
    no_fault_but_identities = scrapy("verify", DATA_DIR=data_dir)
    assert {line.split(": ")[1] for line in no_fault_but_identities.stdout.splitlines()} == {"record-id-repeated"}


POINTS = (
    *("before it takes its place", "before it is noted", "before the ledger knows", "before the commit"),
    "behind the commit",
)
KILLER = """
import os, signal, sys
from pathlib import Path
import archive.ledger, crawler.adopted_files as files
from archive.data_dir import DataDir
from pipelines.archived import reading_for
append = files.AppendedFile.append
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
def adopt(point, root, warc):
    data_dir = DataDir(root); data_dir.open()
    ledger = archive.ledger.Ledger(data_dir.ledger)
    adopting = files.AdoptedFiles(data_dir, ledger, [], reading_for(data_dir.warc), lambda *_: None,
        software="ogi-archive/0", operator="", sound_only=False)
    if point == "before it takes its place": files.os.replace = die
    if point == "before it is noted": files.write_adoption = die
    if point == "before the ledger knows": files.read_adoption = die
    if point == "before the commit": files.AppendedFile.append = lambda *a: (append(*a), die())
    if point == "behind the commit": files.AppendedFile.close = die
    adopting.adopt(warc)
folder, warc, *points = sys.argv[1:]
for point in points:
    if not (child := os.fork()):
        adopt(point, Path(folder, point), Path(warc))
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL, point
"""
SAME = {
    "captures": "url, captured_at, status, page_class, file, start_offset, length, content_digest",
    "documents": "key, revision, capture, url, change",
    "sources": "url, content_digest, key, revision, current, first_seen",
}


def test_killed_and_begun_again_it_ends_the_same(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    warc = written(tmp_path / "their.warc", plain(heritrix(PAGES)))
    adopted(whole, warc)
    subprocess.run([sys.executable, "-c", KILLER, str(tmp_path), str(warc), *POINTS], cwd=ROOT, check=True)
    for point in POINTS:
        killed = tmp_path / point
        known = bool(ledger_rows(killed, "documents", "key"))
        assert known == (point == "behind the commit")
        [said] = adopted(killed, warc)
        assert said["outcome"] == ("known" if known else "adopted")
        for table, columns in SAME.items():
            where = "url NOT LIKE 'urn:%'" if table == "captures" else "1=1"
            assert ledger_rows(killed, table, columns, where) == ledger_rows(whole, table, columns, where), point
        for part in ("warc", "index"):
            names = {path.name for path in (whole / part).iterdir()}
            assert {path.name for path in (killed / part).iterdir()} == names, point
        assert len(list((killed / "reports").iterdir())) == 1
        no_fault(DATA_DIR=killed)


def test_an_archive_in_use_is_refused(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    warc = written(tmp_path / "their.warc.gz", members(heritrix(PAGES)))
    adopted(data_dir, warc)
    with (data_dir / ".lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = adopt(data_dir, written(tmp_path / "other.warc.gz", members(common_crawl(PAGES))))
    assert process.returncode == 7
    assert "is in use by process" in process.stderr


def test_a_rehearsal_changes_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    warc = written(tmp_path / "their.warc", plain(heritrix(PAGES)))
    [said] = adopted(data_dir, "--dry-run", warc)
    assert (said["outcome"], said["reports"]["new"]) == ("would be adopted", 2)
    assert not data_dir.exists()
    adopted(data_dir, warc)
    before = {part: folder(data_dir / part) for part in ("warc", "index", "reports")}
    newer = written(tmp_path / "newer.warc.gz", members(common_crawl({f"{HOST}/9.htm": report(2021)})))
    assert adopted(data_dir, "--dry-run", newer)[0]["reports"] == {"new": 1}
    assert {part: folder(data_dir / part) for part in before} == before
    assert year(2021) not in current(data_dir)


# -- bad input ----------------------------------------------------------------------------------------------------

SOUND = members(heritrix(PAGES))
FIRST = members(heritrix(PAGES)[:1])


def own_file(path: Path) -> None:
    writer = new_writer(path.parent / "own")
    from tests.archive.exchanges import exchange

    writer.append(exchange())
    writer.close()
    [written_here] = (path.parent / "own" / "warc").iterdir()
    shutil.copy(written_here, path)


BAD: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "cut in a record": (lambda path: path.write_bytes(SOUND[:-9]), 6, "gzip-truncated"),
    "zeros at the end": (lambda path: path.write_bytes(SOUND + bytes(700)), 6, "zeros-end"),
    "a bit that fell over": (
        lambda path: path.write_bytes(SOUND[:2000] + bytes([SOUND[2000] ^ 4]) + SOUND[2001:]),
        6,
        "damaged at offset",
    ),
    "cut and not compressed": (lambda path: path.write_bytes(plain(heritrix(PAGES))[:-9]), 6, "block-short"),
    "of no bytes": (lambda path: path.write_bytes(b""), 6, "no WARC record"),
    "a record without a date": (
        lambda path: path.write_bytes(members([one.replace(b"WARC-Date", b"X-Date") for one in heritrix(PAGES)])),
        6,
        "header-date",
    ),
    "an address with NUL": (
        lambda path: path.write_bytes(members([one.replace(b"/1.htm", b"/\x001.htm") for one in heritrix(PAGES)])),
        6,
        "header-control",
    ),
    "text": (lambda path: path.write_bytes(b"<html></html>"), 1, "no WARC file"),
    "compressed text": (lambda path: path.write_bytes(gzip.compress(b"<html></html>")), 6, "no WARC record"),
    "an ARC file": (lambda path: path.write_bytes(b"filedesc://a.arc 0.0.0.0 2008 text/plain 9\n"), 1, "ARC file"),
    "written here": (own_file, 1, "written by this program"),
}


def test_bad_files_are_refused_in_one_line_each_and_nothing_is_written(tmp_path: Path) -> None:
    good = written(tmp_path / "good.warc.gz", members(common_crawl(PAGES)))
    for code in (6, 1):
        bad = {tmp_path / f"bad {number}.warc.gz": case for number, case in enumerate(BAD) if BAD[case][1] == code}
        for path, case in bad.items():
            BAD[case][0](path)
        process = adopt(tmp_path / "data", *bad, good)
        assert process.returncode == code
        assert process.stdout.startswith(f"{good}: adopted ")
        said = dict(
            line.removeprefix("scrapy adopt: ").split(": not adopted: ") for line in process.stderr.splitlines()
        )
        assert said.keys() == set(map(str, bad))
        for path, case in bad.items():
            assert BAD[case][2] in said[str(path)], case
    assert {path.name for path in (tmp_path / "data" / "warc").iterdir()} == {"good.warc.gz", "good.adoption.warc.gz"}


def test_the_sound_records_of_damaged_files(tmp_path: Path) -> None:
    parts = heritrix(PAGES)
    damage = {"zeros at the end": 0, "cut in a record": 1, "a bit that fell over": 1, "cut and not compressed": 1}
    for case, lost in damage.items():
        data_dir, bad = tmp_path / case / "data", tmp_path / case / "bad.warc.gz"
        bad.parent.mkdir()
        BAD[case][0](bad)
        [said] = adopted(data_dir, "--sound-only", bad)
        assert said["left_out"] == 1
        stored = decompressed(data_dir / "warc" / "bad.warc.gz")
        left = [part for part in parts if part in stored]
        assert (stored, len(parts) - len(left)) == (b"".join(left), lost)
    no_fault(tmp_path / "zeros at the end" / "data")
    undated = tmp_path / "undated.warc.gz"
    BAD["a record without a date"][0](undated)
    process = adopt(tmp_path / "none", "--sound-only", undated)
    assert (process.returncode, "no sound record" in process.stderr) == (6, True)
    assert list((tmp_path / "none" / "warc").iterdir()) == []


def test_arguments_that_name_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for argument, why in (
        (tmp_path / "*.warc.gz", "no such file"),
        (tmp_path / "empty", "no WARC file in this folder"),
    ):
        process = adopt(tmp_path / "data", argument)
        assert (process.returncode, process.stdout) == (2, "")
        assert why in process.stderr
    assert adopt(tmp_path / "data").returncode == 2
    assert not (tmp_path / "data").exists()


def test_an_archive_whose_ledger_is_gone_is_left_alone(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    adopted(data_dir, written(tmp_path / "their.warc.gz", members(heritrix(PAGES))))
    delete_all_but_warcs(data_dir)
    process = adopt(data_dir, written(tmp_path / "other.warc.gz", members(common_crawl(PAGES))))
    assert (process.returncode, "scrapy rebuild" in process.stderr) == (6, True)
    assert len(list((data_dir / "warc").iterdir())) == 2


def test_an_adopted_file_that_is_gone_is_named_by_a_rebuild(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    adopted(data_dir, written(tmp_path / "their.warc.gz", members(heritrix(PAGES))))
    (data_dir / "warc" / "their.warc.gz").unlink()
    assert path_beside(data_dir / "warc" / "their.warc.gz").exists()
    process = scrapy("rebuild", DATA_DIR=data_dir)
    assert (process.returncode, "their.warc.gz: it was adopted" in process.stderr) == (6, True)
    assert ledger_rows(data_dir, "documents", "key")


def test_verify_holds_an_adopted_file_to_what_it_was(tmp_path: Path) -> None:
    """Another file under its name, be it sound; and none."""
    data_dir = tmp_path / "data"
    adopted(data_dir, written(tmp_path / "their.warc.gz", members(heritrix(PAGES))))
    stored = data_dir / "warc" / "their.warc.gz"
    stored.write_bytes(gzip.compress(heritrix(PAGES)[0], 1) + members(heritrix(PAGES)[1:]))
    codes = [line.split(": ")[1] for line in scrapy("verify", DATA_DIR=data_dir).stdout.splitlines()]
    assert "adopted-changed" in codes
    stored.unlink()
    codes = [line.split(": ")[1] for line in scrapy("verify", DATA_DIR=data_dir).stdout.splitlines()]
    assert "adopted-missing" in codes
    assert adopted(data_dir, tmp_path / "their.warc.gz")[0]["outcome"] == "known"  # and there again
    no_fault(DATA_DIR=data_dir)


def test_a_file_that_lies_in_the_archive_is_adopted_where_it_is(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    adopted(data_dir, written(tmp_path / "their.warc.gz", members(heritrix(PAGES))))
    stray = written(data_dir / "warc" / "stray.warc.gz", members(common_crawl({f"{HOST}/9.htm": report(2021)})))
    place = stray.stat().st_ino
    assert adopted(data_dir, stray)[0]["reports"] == {"new": 1}
    assert stray.stat().st_ino == place
    no_fault(DATA_DIR=data_dir)


def test_a_full_disk_leaves_nothing_and_the_same_command_goes_on(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    adopted(data_dir, written(tmp_path / "small.warc.gz", members(heritrix(PAGES)[:1])))
    film = common_crawl({f"{HOST}/film": os.urandom(FILE_SIZE), f"{HOST}/9.htm": report(2021)})
    warc = written(tmp_path / "large.warc.gz", members(film))
    before = folder(data_dir / "warc")
    process = run(["adopt", str(warc), "-s", f"DATA_DIR={data_dir}"], file_size=FILE_SIZE // 2)
    assert (process.returncode in (7, 8), process.stdout) == (True, "")
    assert process.stderr.endswith("; the same command goes on\n")
    assert folder(data_dir / "warc") == before
    assert adopted(data_dir, warc)[0]["reports"] == {"new": 1}


def test_a_file_that_changes_while_it_is_copied_is_refused(tmp_path: Path) -> None:
    warc = written(tmp_path / "their.warc.gz", members(heritrix(PAGES)))
    found = inspect(warc, lambda records, end: None)
    with warc.open("ab") as file:
        file.write(members(common_crawl({})))
    with pytest.raises(NotAdoptable, match="changed"):
        store(found, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [warc.name]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("CC-MAIN-20240301-00000.warc.gz", "CC-MAIN-20240301-00000.warc.gz"),
        ("rec.WARC", "rec.warc.gz"),
        ("年报.warc.gz", "年报.warc.gz"),
        ("...warc.gz", "adopted.warc.gz"),
        ("a\\b\x00c\udcffd.warc.gz", "a-b-c-d.warc.gz"),
        ("ogi-20260101000000-00000-host.warc.gz", "adopted-ogi-20260101000000-00000-host.warc.gz"),
        ("x.adoption.warc.gz", "adopted-x.warc.gz"),
        ("年" * 200 + ".warc.gz", "年" * 53 + ".warc.gz"),
    ],
)
def test_the_name_in_the_archive(given: str, kept: str) -> None:
    assert name_for(given, "0123456789", lambda name: False) == kept
    assert name_for(given, "0123456789", lambda name: name == kept) == kept.replace(".warc.gz", "-01234567.warc.gz")
