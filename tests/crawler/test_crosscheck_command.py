"""`scrapy crosscheck` from outside: what it prints, what it refuses, how it exits. The changed records are invented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.whole_file import write_whole
from pipelines.parser import AnnualReport, ReportPage, parse

ROOT = Path(__file__).parents[2]


def crosscheck(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "scrapy", "crosscheck", *args]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, check=False)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """A report of 2023 and one of 2022 that carried over one application more than arrived."""
    (path,) = (ROOT / "tests/fixtures/seeds").glob("000_*.txt")
    report = parse(ReportPage(path.read_bytes()))
    assert isinstance(report, AnnualReport)
    this, last = report.to_dict(), report.to_dict()
    last["report_key"], last["identity"]["report_year"] = "370305:gov/2022", 2022
    last["tables"]["applications"]["rows"]["carried_over_out"]["values"][6] = 7
    return [json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in (this, last)]


def test_findings_are_json_lines_and_an_error_is_exit_code_1(lines: list[bytes], tmp_path: Path) -> None:
    out = tmp_path / "findings.jsonl"
    not_a_report = b'{"source":"x.html","not_a_report":"no tables"}\n'
    done = crosscheck("-", "-o", str(out), "--json", stdin=b"".join(lines) + not_a_report)
    assert (done.returncode, done.stderr) == (1, b"")
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    (error,) = [each for each in found if each["severity"] == "error"]
    assert (error["code"], error["name"], error["scope"]) == (
        "X01",
        "carry_over_continuity",
        "applications.carried_over_in.total",
    )
    assert (error["expected"], error["found"]) == (7, 6)
    summary = json.loads(done.stdout)
    assert (summary["reports"], summary["not_reports"]) == (2, 1)
    assert sum(row["count"] for row in summary["findings"]) == len(found)


def test_nothing_found_is_exit_code_0_and_a_sentence(lines: list[bytes], tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_bytes(lines[0])
    done = crosscheck(str(file))
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode().strip() == "1 reports compared, 0 findings"


def test_a_torn_line_is_named(lines: list[bytes], tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(lines[0] + b'{"schema":"ogi-annual')
    done = crosscheck(str(file))
    assert (done.returncode, done.stdout) == (6, b"")
    assert f"{file}:2: " in done.stderr.decode()
    assert "may be torn" in done.stderr.decode()


def test_it_never_writes_over_what_it_reads(lines: list[bytes], tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_bytes(lines[0])
    assert crosscheck(str(file), "-o", str(file)).returncode == 2
    assert file.read_bytes() == lines[0]


def test_findings_replace_the_last_ones_as_a_whole_or_not_at_all(lines: list[bytes], tmp_path: Path) -> None:
    out = tmp_path / "findings.jsonl"
    out.write_bytes(b"the last findings\n")

    def broken() -> Iterator[bytes]:
        yield b"half of the findings\n"
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        write_whole(out, broken())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(out.name, b"the last findings\n")]
    assert crosscheck("-", "-o", str(out), stdin=lines[0]).returncode == 0
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(out.name, b"")]


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, [b"line\n"])
    assert (os.read(reader, 10), pipe.is_fifo()) == (b"line\n", True)
    os.close(reader)
