"""Every fault a check of an archive can name, in a small broken file of its own."""

from __future__ import annotations

import gzip
import random
import re
import shutil
import sqlite3
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from warcio.cli import main as warcio_main

from archive.cdxj import index_path
from archive.members import read_exchanges
from archive.verify import Verification, committed_ends
from archive.verify_faults import FAULTS, Fault, printable
from archive.verify_ledger import CommittedEnds
from archive.warc_writer import WarcWriter
from tests.archive.broken_files import (
    BROKEN_INDEXES,
    BROKEN_LEDGERS,
    BROKEN_WARCS,
    CHUNKED,
    PLAIN,
    REVISIT,
    Edit,
    header,
    indexed,
    members,
    other_crawlers,
    packed,
    write_clean_archive,
)
from tests.archive.exchanges import exchange


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    write_clean_archive(folder)
    return folder


@pytest.fixture
def copy(archive: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(archive, tmp_path / "archive"))


def warc_of(folder: Path) -> Path:
    [warc] = (folder / "warc").glob("*.warc.gz")
    return warc


def check(*warcs: Path, ends: CommittedEnds | None = None) -> list[Fault]:
    """The faults of WARC files and of what they say of each other."""
    with closing(Verification(list, lambda _: None)) as verification:
        found = [fault for warc in warcs for fault in verification.check_warc(warc)]
        return found + list(verification.check_between())


def check_all(folder: Path) -> list[Fault]:
    """The faults of an archive."""
    warc, ledger = warc_of(folder), folder / "ledger.sqlite"
    with closing(Verification(lambda: [folder / "warc"], lambda _: None)) as verification:
        found = [*verification.check_warc(warc), *verification.check_between()]
        found += [fault for path in (folder / "index").glob("*.cdxj") for fault in verification.check_index(path)]
        found += verification.check_indexed(warc, index_path(warc))
        ends = committed_ends(ledger)
        return [*found, ends] if isinstance(ends, Fault) else [*found, *verification.check_ledger(ledger, ends)]


def codes(faults: list[Fault]) -> list[str]:
    assert all(fault.code in FAULTS and "\n" not in str(fault) for fault in faults)
    return [fault.code for fault in faults]


def test_a_clean_archive_has_no_fault(archive: Path) -> None:
    assert check_all(archive) == []


@pytest.mark.parametrize(("code", "case", "edit"), BROKEN_WARCS, ids=[f"{c} {n}".strip() for c, n, _ in BROKEN_WARCS])
def test_a_broken_file_is_named_by_its_fault(archive: Path, tmp_path: Path, code: str, case: str, edit: Edit) -> None:
    broken = tmp_path / "broken.warc.gz"
    broken.write_bytes(edit(list(members(warc_of(archive).read_bytes()))))
    assert codes(check(broken)) == [code]


def test_a_revisit_names_the_place_of_its_original(archive: Path, tmp_path: Path) -> None:
    """Only where the file that it names is there to be looked into."""
    edit = header(REVISIT, "WARC-Refers-To-File-Offset", b"1")
    for name, found in ((warc_of(archive).name, ["revisit-place"]), ("renamed.warc.gz", [])):
        broken = tmp_path / name
        broken.write_bytes(edit(list(members(warc_of(archive).read_bytes()))))
        assert codes(check(broken)) == found


PASSED_BY_WARCIO = (
    *("gzip-truncated", "header-missing", "header-date", "record-id-repeated", "truncated-undeclared"),
    *("digest-metadata", "concurrent-missing", "exchange-unfinished", "revisit-target", "revisit-uri", "revisit-date"),
)


@pytest.mark.parametrize("code", PASSED_BY_WARCIO)
def test_what_warcio_lets_pass(archive: Path, tmp_path: Path, code: str) -> None:
    edit = next(edit for known, _, edit in BROKEN_WARCS if known == code)
    broken = tmp_path / "broken.warc.gz"
    broken.write_bytes(edit(list(members(warc_of(archive).read_bytes()))))
    with pytest.raises(SystemExit) as end:
        warcio_main(["check", str(broken)])
    assert end.value.code == 0
    assert codes(check(broken)) == [code]


LOSES_ITS_LINE = ("cdxj-fields", "cdxj-name", "cdxj-file", "cdxj-bounds", "cdxj-slice")


@pytest.mark.parametrize(
    ("code", "case", "edit"), BROKEN_INDEXES, ids=[f"{c} {n}".strip() for c, n, _ in BROKEN_INDEXES]
)
def test_a_broken_index_is_named_by_its_fault(
    copy: Path, code: str, case: str, edit: Callable[[list[bytes]], list[bytes]]
) -> None:
    index = index_path(warc_of(copy))
    index.write_bytes(b"".join(edit(index.read_bytes().splitlines(keepends=True))))
    found = codes(check_all(copy))
    if code in LOSES_ITS_LINE:  # the answer has no line that leads to it any more
        found = [other for other in found if other != "cdxj-incomplete"]
    assert found == [code]


def test_a_missing_index_is_named(copy: Path) -> None:
    index_path(warc_of(copy)).unlink()
    assert codes(check_all(copy)) == ["cdxj-missing"]


def test_an_index_alone_is_checked_against_the_files_beside_it(copy: Path) -> None:
    index = index_path(warc_of(copy))

    def found(folder: Path) -> list[str]:
        with closing(Verification(lambda: [folder], lambda _: None)) as verification:
            return codes(list(verification.check_index(index)))

    assert found(copy / "warc") == []
    assert set(found(copy / "index")) == {"cdxj-file"}
    lines = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(b"".join(indexed(0, offset="1", length="20")(lines)))
    assert found(copy / "warc") == ["cdxj-slice"]


@pytest.mark.parametrize(("code", "statement"), BROKEN_LEDGERS)
def test_a_broken_ledger_is_named_by_its_fault(copy: Path, code: str, statement: str) -> None:
    with closing(sqlite3.connect(copy / "ledger.sqlite", isolation_level=None)) as db:
        assert db.execute(statement).rowcount in (1, -1)
    assert codes(check_all(copy)) == [code]


@pytest.mark.parametrize("data", [b"", b"no database", bytes(8192)])
def test_a_file_that_is_no_ledger_is_named_and_left_as_it_is(copy: Path, data: bytes) -> None:
    ledger = copy / "ledger.sqlite"
    ledger.write_bytes(data)
    assert codes(check_all(copy)) == ["ledger-damaged"]
    assert ledger.read_bytes() == data


def test_a_file_cut_between_two_exchanges_is_noticed_by_its_ledger(copy: Path) -> None:
    warc = warc_of(copy)
    last = list(read_exchanges(warc))[-1].metadata
    warc.write_bytes(warc.read_bytes()[: last.offset])
    assert codes(check(warc)) == []
    assert codes(check_all(copy)) == ["ledger-end"]


def test_an_open_file_counts_up_to_its_committed_end(copy: Path) -> None:
    warc = warc_of(copy)
    data = warc.read_bytes()
    opened = warc.rename(f"{warc}.open")
    opened.write_bytes(data + data[5:50])
    with closing(Verification(list, lambda _: None)) as verification:
        assert list(verification.check_warc(opened, len(data))) == []
        assert verification.size_of(warc.name) == len(data)
        assert verification.is_beyond(warc.name, len(data))
        assert not verification.is_beyond(warc.name, len(data) - 1)
    assert codes(check(opened)) == ["garbage-end"]


def test_a_revisit_may_refer_to_another_file(archive: Path, tmp_path: Path) -> None:
    records = list(members(warc_of(archive).read_bytes()))
    first, second = tmp_path / "a.warc.gz", tmp_path / "b.warc.gz"
    first.write_bytes(packed(records[:CHUNKED]))
    second.write_bytes(packed([records[0].replace(b"urn:uuid:", b"urn:uuid:0"), *records[CHUNKED:]]))
    assert codes(check(second)) == ["revisit-target"]
    assert codes(check(second, first)) == codes(check(first, second)) == []


@pytest.mark.parametrize("gzipped", [False, True])
@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
def test_files_of_other_crawlers_have_no_fault(tmp_path: Path, gzipped: bool, version: str) -> None:
    warc = tmp_path / "other.warc"
    with warc.open("wb") as file:
        other_crawlers(file, gzipped=gzipped, version=version)
    assert codes(check(warc)) == []


@pytest.mark.parametrize(("code", "edit"), PLAIN, ids=[code for code, _ in PLAIN])
def test_a_file_that_is_not_compressed_is_named_by_its_fault(
    tmp_path: Path, code: str, edit: Callable[[bytes], bytes]
) -> None:
    warc = tmp_path / "other.warc"
    with warc.open("wb") as file:
        other_crawlers(file, gzipped=False, version="WARC/1.1")
    warc.write_bytes(edit(warc.read_bytes()))
    assert set(codes(check(warc))) == {code} | ({"digest-payload"} if code == "digest-block" else set())


def test_every_flipped_bit_is_noticed_and_nothing_ends_the_check(archive: Path, tmp_path: Path) -> None:
    data = warc_of(archive).read_bytes()
    starts = [match.start() for match in re.finditer(rb"\x1f\x8b\x08", data)]
    ends = [*starts[1:], len(data)]
    # What no sum of gzip covers: flags, time and system of a member, and the unused bits behind its compressed data.
    unchecked = {start + byte for start in starts for byte in range(3, 10)} | {end - 9 for end in ends}
    chance = random.Random(5)
    broken = tmp_path / "broken.warc.gz"
    for _ in range(120):
        place = chance.randrange(len(data))
        broken.write_bytes(data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :])
        assert codes(check(broken)) or place in unchecked, place


SPLINTERS = (
    *(b"\r\n", b"\n", b"\0", b":", b"-1", b"9" * 5000, b"\xff", b"<", b"WARC/1.1", b"HTTP/1.1 200", b"http://[::1"),
    *(b"Content-Length: 5\r\n", b"WARC-Type: revisit\r\n", b"Transfer-Encoding: chunked\r\n", b"http://a:99999999/"),
)


@pytest.mark.parametrize("compressed", [True, False])
def test_no_record_ends_the_check_whatever_is_in_it(archive: Path, tmp_path: Path, compressed: bool) -> None:
    clean = list(members(warc_of(archive).read_bytes()))
    chance = random.Random(6)
    broken = tmp_path / "broken.warc"
    for _ in range(60):
        records = list(clean)
        number = chance.randrange(len(records))
        for _ in range(3):
            start = chance.randrange(len(records[number]) + 1)
            end = start + chance.randrange(9)
            records[number] = records[number][:start] + chance.choice(SPLINTERS) + records[number][end:]
        broken.write_bytes(packed(records) if compressed else b"".join(records))
        codes(check(broken))


def test_whatever_is_cut_off_is_noticed(archive: Path, tmp_path: Path) -> None:
    data = warc_of(archive).read_bytes()
    ends = {record.metadata.end for record in read_exchanges(warc_of(archive))}
    broken = tmp_path / "broken.warc.gz"
    for size in range(0, len(data), 83):
        broken.write_bytes(data[:size])
        assert codes(check(broken)) or size in ends


def test_a_large_record_takes_little_memory(tmp_path: Path) -> None:
    size = 30_000_000
    head = b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    head += b"WARC-Target-URI: http://a.example/\r\nContent-Length: %d\r\n\r\n" % size
    warc = tmp_path / "large.warc.gz"
    warc.write_bytes(gzip.compress(head + bytes(size) + b"\r\n\r\n", 1))
    tracemalloc.start()
    try:
        assert codes(check(warc)) == []
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert codes(check(tmp_path / "absent.warc.gz")) == ["file-unreadable"]


def test_a_fault_is_one_line_whatever_is_in_it() -> None:
    fault = Fault("a\nb\udcff.warc.gz", 3, "<urn:\x1b[31m>", "header-line", "x\x00y\u2028z 年报")
    assert str(fault) == r"a\nb\udcff.warc.gz:3: header-line: x\x00y\u2028z 年报 <urn:\x1b[31m>"
    assert printable("年报") == "年报"


def test_every_fault_has_its_broken_file_and_stands_in_the_documents() -> None:
    named = [code for code, *_ in BROKEN_WARCS + BROKEN_INDEXES] + [code for code, _ in BROKEN_LEDGERS]
    adopted = {"adopted-missing", "adopted-changed"}  # tests/crawler/test_adopt_files.py
    assert {*named, *adopted, "file-unreadable", "cdxj-missing", "ledger-missing", "revisit-place"} == set(FAULTS)
    documents = (Path(__file__).parents[2] / "docs/verify.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| `([a-z0-9-]+)` \| (.*) \|$", documents))
    assert {code: rows.get(code) for code in FAULTS} == FAULTS
    passed = documents.partition("`warcio check` ends")[2].partition("\n\n")[0]
    assert set(re.findall("`([a-z-]+)`", passed)) == set(PASSED_BY_WARCIO)


def test_a_file_of_ours_that_ends_behind_the_certificates_ends_inside_an_exchange(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path / "warc", software="ogi-archive/0", run="run", operator="me", user_agent="me")
    writer.append(exchange(certificates=b"-----BEGIN CERTIFICATE-----\n", trust="self-signed"))
    writer.close()
    [warc] = (tmp_path / "warc").iterdir()
    [read] = read_exchanges(warc)
    assert read.certificates is not None
    assert codes_of(warc) == []
    with warc.open("r+b") as file:
        file.truncate(read.certificates.end)
    assert codes_of(warc) == ["exchange-unfinished"]


def codes_of(warc: Path) -> list[str]:
    verification = Verification(list, lambda _: None)
    with closing(verification):
        return [fault.code for fault in verification.check_warc(warc)]
