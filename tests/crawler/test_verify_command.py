"""`scrapy verify`: a clean archive in one line, faults of reports by their codes, an archive that a crawl is writing."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archive.verify import Verification
from archive.verify_faults import Fault
from pipelines.verified import REPORT_FAULTS, check_reports
from tests.crawler.conftest import Crawl
from tests.crawler.program import ROOT, scrapy

Record = dict[str, Any]


@pytest.fixture
def copy(crawl: Crawl, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawl.data_dir, tmp_path / "data"))


def reports_of(folder: Path) -> Path:
    [reports] = (folder / "reports").glob("*.jsonl")
    return reports


def contents(folder: Path) -> dict[Path, bytes]:
    beside = (".sqlite-shm", ".sqlite-wal")  # what SQLite lets its readers share
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.name.endswith(beside)}


def test_a_clean_archive_is_one_line_and_stays_as_it_is(copy: Path) -> None:
    before = contents(copy)
    process = scrapy("verify", DATA_DIR=copy)
    assert process.returncode == 0, process.stdout + process.stderr
    pattern = r"no fault: 1 WARC file, \d+ records, 1 index, 1 file of reports, 1 ledger\n"
    assert re.fullmatch(pattern, process.stdout)
    assert contents(copy) == before
    quiet = scrapy("verify", str(copy), "--json")
    assert (quiet.returncode, quiet.stdout) == (0, "")


def test_a_second_crawl_with_revisits_is_clean(second_crawl: Crawl) -> None:
    process = scrapy("verify", DATA_DIR=second_crawl.data_dir)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "2 WARC files" in process.stdout


def test_faults_are_lines_or_objects_and_the_exit_code_is_1(copy: Path) -> None:
    [warc] = (copy / "warc").iterdir()
    size = warc.stat().st_size
    with warc.open("ab") as file:
        file.write(b"\0" * 7)
    lines = scrapy("verify", DATA_DIR=copy)
    assert (lines.returncode, lines.stdout) == (
        1,
        f"{warc}:{size}: zeros-end: 7 zero bytes at the end of the file\n",
    )
    objects = scrapy("verify", "--json", DATA_DIR=copy)
    assert objects.returncode == 1
    assert json.loads(objects.stdout) == {
        "file": str(warc),
        "offset": size,
        "record_id": "",
        "code": "zeros-end",
        "message": "7 zero bytes at the end of the file",
    }


def test_an_archive_without_its_ledger_is_a_fault_and_its_files_alone_are_none(copy: Path) -> None:
    for path in copy.glob("ledger.sqlite*"):
        path.unlink()
    process = scrapy("verify", "--json", DATA_DIR=copy)
    assert process.returncode == 1
    assert json.loads(process.stdout)["code"] == "ledger-missing"
    assert not (copy / "ledger.sqlite").exists()
    assert scrapy("verify", str(copy)).returncode == 0


def test_files_and_folders_are_known_by_name_or_first_bytes(copy: Path, tmp_path: Path) -> None:
    [warc] = (copy / "warc").iterdir()
    for name, path in (("warc", warc), ("reports", reports_of(copy))):
        shutil.copy(path, tmp_path / name)
        process = scrapy("verify", str(tmp_path / name))
        assert process.returncode == 0, process.stdout + process.stderr
    assert process.stdout == "no fault: 1 file of reports\n"
    twice = scrapy("verify", str(copy / "index"), str(copy / "warc"), str(warc))
    assert re.fullmatch(r"no fault: 1 WARC file, \d+ records, 1 index\n", twice.stdout)
    (tmp_path / "other").write_bytes(b"neither")
    (tmp_path / "empty").mkdir()
    for path, told in (
        (tmp_path / "other", "neither WARC, CDXJ nor JSON Lines"),
        (tmp_path / "absent", "there is no such file or folder"),
        (tmp_path / "empty", "there is no WARC, CDXJ or JSON Lines file to check"),
    ):
        process = scrapy("verify", str(path))
        assert (process.returncode, process.stdout) == (2, "")
        assert told in process.stderr
        assert process.stderr.count("\n") == 1
    assert scrapy("verify", DATA_DIR=tmp_path / "empty").returncode == 7


def test_what_a_crawl_has_not_committed_yet_is_no_fault(copy: Path) -> None:
    """As a crawl leaves it at any moment: a file still open, more in it and in the reports than the ledger knows."""
    [warc] = (copy / "warc").iterdir()
    reports = reports_of(copy)
    warc.rename(f"{warc}.open")
    (copy / "index" / f"{warc.name}.cdxj").unlink()
    with (copy / "warc" / f"{warc.name}.open").open("ab") as file:
        file.write(b"\x1f\x8b\x08 half a record")
    with reports.open("ab") as file:
        file.write(b'{"half a line')
    with closing(sqlite3.connect(copy / "ledger.sqlite", isolation_level=None)) as ledger:
        ledger.execute("UPDATE runs SET finished_at=NULL")
        process = scrapy("verify", DATA_DIR=copy)
        assert process.returncode == 0, process.stdout + process.stderr
        ledger.execute("UPDATE runs SET finished_at='2026-01-01T00:00:00.000000Z'")
    process = scrapy("verify", DATA_DIR=copy)
    assert [line.split(": ")[1] for line in process.stdout.splitlines()] == ["report-torn"]


def changed(edit: Callable[[Record], object]) -> Callable[[bytes], bytes]:
    """Something else in the first record."""

    def work(data: bytes) -> bytes:
        first, _, rest = data.partition(b"\n")
        record = json.loads(first)
        edit(record)
        return json.dumps(record, ensure_ascii=False).encode() + b"\n" + rest

    return work


def place(**fields: object) -> Callable[[bytes], bytes]:
    return changed(lambda record: record["provenance"]["warc"].update(fields))


BROKEN_REPORTS: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("report-torn", "", lambda data: data[:-1]),
    ("report-torn", "in a line", lambda data: data[:-500]),
    ("report-json", "", lambda data: b"{]\n" + data),
    ("report-json", "an empty line", lambda data: b"\n" + data),
    ("report-json", "an array", lambda data: b"[1]\n" + data),
    ("report-json", "not UTF-8", lambda data: b'{"report_key": "\xb9\xab"}\n' + data),
    ("report-json", "nested without end", lambda data: b"[" * 100_000 + b"\n" + data),
    ("report-schema", "", lambda data: b"{}\n" + data),
    ("report-schema", "a key too many", changed(lambda record: record.update(more=1))),
    ("report-schema", "a key too few", changed(lambda record: record.pop("tables"))),
    ("report-schema", "a value of another kind", changed(lambda record: record["history"].update(revision="first"))),
    ("report-name", "", place(file="../warc/a.warc.gz")),
    ("report-name", "a line feed", place(file="a\nb.warc.gz")),
    ("report-file", "", place(file="absent.warc.gz")),
    ("report-capture", "place", place(offset=1)),
    ("report-capture", "length", place(length=1)),
    ("report-capture", "identity", place(record_id="<urn:uuid:0>")),
    ("report-digest", "", place(payload_digest="sha256:" + "0" * 64)),
]


@pytest.fixture(scope="module")
def read(crawl: Crawl) -> Verification:
    """The check of the WARC file of the crawl, done."""
    verification = Verification(lambda: [crawl.data_dir / "warc"], lambda _: None)
    [warc] = (crawl.data_dir / "warc").iterdir()
    assert list(verification.check_warc(warc)) == []
    return verification


@pytest.mark.parametrize(
    ("code", "case", "edit"), BROKEN_REPORTS, ids=[f"{c} {n}".strip() for c, n, _ in BROKEN_REPORTS]
)
def test_a_broken_report_file_is_named_by_its_fault(
    crawl: Crawl, read: Verification, tmp_path: Path, code: str, case: str, edit: Callable[[bytes], bytes]
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(edit(reports_of(crawl.data_dir).read_bytes()))
    [fault] = check_reports(broken, read)
    assert fault.code == code
    assert "\n" not in str(fault)


def test_a_report_file_shorter_than_committed_is_named(crawl: Crawl, read: Verification) -> None:
    reports = reports_of(crawl.data_dir)
    size = reports.stat().st_size
    [fault] = check_reports(reports, read, committed=size + 1)
    assert fault == Fault(
        str(reports), size, "", "report-end", f"the file has {size} bytes, the ledger knows of {size + 1}"
    )


def test_lines_in_the_ledger_are_checked_as_those_in_files_are(copy: Path) -> None:
    with closing(sqlite3.connect(copy / "ledger.sqlite", isolation_level=None)) as ledger:
        [key] = ledger.execute("SELECT key FROM documents ORDER BY key LIMIT 1").fetchone()
        ledger.execute("UPDATE documents SET line='{}' WHERE key=?", (key,))
    process = scrapy("verify", "--json", DATA_DIR=copy)
    fault = json.loads(process.stdout)
    assert (fault["code"], fault["file"]) == ("report-schema", str(copy / "ledger.sqlite"))
    assert fault["message"].startswith(f"{key} revision 1: ")


def test_what_extract_writes_is_accepted(tmp_path: Path) -> None:
    pages = sorted((ROOT / "tests/fixtures/seeds").glob("*.txt"))[:1]
    nothing = tmp_path / "nothing.html"
    nothing.write_text("<p>no report</p>")
    out = tmp_path / "out.jsonl"
    scrapy("extract", *map(str, pages), str(nothing), "-o", str(out))
    assert len(out.read_bytes().splitlines()) == 2
    assert list(check_reports(out, None)) == []


def test_every_fault_of_reports_has_its_broken_file_and_stands_in_the_documents() -> None:
    assert {*(code for code, *_ in BROKEN_REPORTS), "report-end"} == set(REPORT_FAULTS)
    documents = (ROOT / "docs/verify.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| `([a-z-]+)` \| (.*) \|$", documents))
    assert {code: rows.get(code) for code in REPORT_FAULTS} == REPORT_FAULTS
