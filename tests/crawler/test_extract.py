"""`scrapy extract` on texts and pages: a line each, in the order given."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pipelines.parser.model import json_schema
from tests.crawler.program import ROOT, command, scrapy
from tests.portals.pages import seed_address, seed_answer
from tests.portals.seeds import ADDRESSES

TEXTS = [f"tests/fixtures/seeds/{stem}.txt" for stem in ADDRESSES]


def test_texts_in_order() -> None:
    result = scrapy("extract", *TEXTS)
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["source"] for line in lines] == TEXTS
    seeds = [json.loads((ROOT / text).with_suffix(".json").read_text(encoding="utf-8")) for text in TEXTS]
    assert [line["report_key"] for line in lines] == [seed["report_key"] for seed in seeds]


def test_a_saved_page_and_its_address(tmp_path: Path) -> None:
    page = tmp_path / "saved page.html"
    page.write_bytes(seed_answer("004").body)
    result = scrapy("extract", str(page), "--url", seed_address("004"))
    assert result.returncode == 0, result.stderr
    [line] = [json.loads(line) for line in result.stdout.splitlines()]
    assert line["report_key"] == "140900:dept:民政局/2023"
    assert "history" not in line


def test_many_inputs_from_a_list_by_workers_in_order(tmp_path: Path) -> None:
    names = [str(ROOT / text) for text in TEXTS] + [str(tmp_path / "missing.html")]
    listed, out = tmp_path / "list.txt", tmp_path / "out.jsonl"
    listed.write_text("\n".join(names[1:]) + "\n\n", encoding="utf-8")
    result = scrapy("extract", names[0], "-i", str(listed), "--workers", "2", "-o", str(out))
    assert (result.returncode, result.stdout) == (1, "")
    assert "missing.html: No such file" in result.stderr
    assert out.read_text("utf-8") == scrapy("extract", *names).stdout
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [line.pop("source") for line in lines] == names
    validator = Draft202012Validator(json_schema())
    for line in lines[:-1]:
        assert list(validator.iter_errors(line)) == []
    assert lines[-1].keys() == {"not_a_report"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["FILE", "-o", "FILE"], "this is a file to read"),
        (["FILE", "-i", "LIST", "-o", "LIST"], "this is a file to read"),
        (["FILE", "-o", "FOLDER"], "this is a folder"),
        (["FILE", "--url", "nonsense"], "wants the address of a page"),
        (["http://[::1", "-s", "CONTACT=me@example.org"], "http://[::1 is no address"),
        (["http://www.example.gov.cn:99999/", "-s", "CONTACT=me@example.org"], ":99999/ is no address"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error_and_destroys_nothing(
    arguments: list[str], says: str, tmp_path: Path
) -> None:
    file, listed = tmp_path / "page.html", tmp_path / "list"
    file.write_bytes(b"<p>a page")
    listed.write_text(str(file))
    names = {"FILE": str(file), "LIST": str(listed), "FOLDER": str(tmp_path)}
    result = scrapy("extract", *(names.get(argument, argument) for argument in arguments))
    assert (result.returncode, len(result.stderr.splitlines()), says in result.stderr) == (2, 1, True), result.stderr
    assert (file.read_bytes(), listed.read_text()) == (b"<p>a page", str(file))


def test_an_interrupted_extract_leaves_no_half_output_no_files_and_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker is reading a file in a child of its own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    files = [tmp_path / "one.bin", tmp_path / "two.bin"]
    for file in files:
        # Lines upon lines on one page: minutes of work for the reader.
        file.write_bytes(_pdf(b"0 0 m 9 9 l S\n" * 2_000_000))
    out = tmp_path / "out.jsonl"
    out.write_text("as it was")
    process = subprocess.Popen(
        command("extract", *map(str, files), "--workers", "2", "-o", str(out)), cwd=ROOT, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 60
    while len(list(tmp_path.glob("ogi-*"))) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors.decode().strip()) == (130, "scrapy extract: interrupted")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.bin", "out.jsonl", "two.bin"]
    assert out.read_text() == "as it was"


def _pdf(drawing: bytes) -> bytes:
    """A document of one page."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>"
    stream = b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing)
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, stream]
    written = b"".join(b"%d 0 obj\n%s\nendobj\n" % numbered for numbered in enumerate(objects, 1))
    return b"%PDF-1.4\n" + written + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"
