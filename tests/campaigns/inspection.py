"""What is wrong with the DATA_DIR of a crawl that was killed and continued, seen beside that of one that was not.

Reads files only: it must not know how or when the crawl was killed.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fastwarc import ArchiveIterator

from archive.ledger import Ledger
from tests.crawler.program import ROOT, command, records

Check = Callable[[Path, Path], Iterator[str]]


def content_and_history(data_dir: Path) -> dict[str, dict[str, Any]]:
    """Every record by key, without the layer that names the capture."""
    return {
        record["report_key"]: {key: value for key, value in record.items() if key != "provenance"}
        for record in records(data_dir)
    }


def check_records(data_dir: Path, undisturbed: Path) -> Iterator[str]:
    """Content and history of every record are those of the undisturbed crawl."""
    found, expected = content_and_history(data_dir), content_and_history(undisturbed)
    for key in sorted(found.keys() | expected.keys()):
        if key not in found:
            yield f"{key} is missing"
        elif key not in expected:
            yield f"{key} is no record of the undisturbed crawl"
        elif found[key] != expected[key]:
            layers = sorted(layer for layer in expected[key] if found[key].get(layer) != expected[key][layer])
            yield f"{key} differs in {', '.join(layers)}"


def check_emitted_once(data_dir: Path, _: Path) -> Iterator[str]:
    """No record is emitted twice."""
    for key, lines in Counter(record["report_key"] for record in records(data_dir)).items():
        if lines > 1:
            yield f"{key} was emitted {lines} times"


def check_one_run(data_dir: Path, _: Path) -> Iterator[str]:
    """The crawl has one run id, from its first start to its end."""
    names = sorted(path.name for path in (data_dir / "runs").iterdir())
    reports = sorted(path.stem for path in (data_dir / "reports").iterdir())
    if len(names) != 1 or reports != names:
        yield f"runs {names}, reports of runs {reports}"


def check_lines_whole(data_dir: Path, _: Path) -> Iterator[str]:
    """Every line of the JSON Lines files is whole."""
    for path in (*(data_dir / "reports").glob("*.jsonl"), *(data_dir / "runs").glob("*/skipped.jsonl")):
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            yield f"{path.name} ends within a line"
        for number, line in enumerate(data.splitlines(), 1):
            try:
                json.loads(line)
            except ValueError:
                yield f"{path.name}: line {number} is no JSON"


def check_warc_files(data_dir: Path, _: Path) -> Iterator[str]:
    """Every WARC file has its final name and an index, gzip and FastWARC read it, and its digests are right."""
    for path in sorted((data_dir / "warc").iterdir()):
        if not path.name.endswith(".warc.gz"):
            yield f"{path.name} was left behind"
            continue
        if not (data_dir / "index" / f"{path.name}.cdxj").exists():
            yield f"{path.name} has no index"
        gzip = subprocess.run(["gzip", "-t", str(path)], capture_output=True, text=True, check=False)
        if gzip.returncode:
            yield f"{path.name}: {' '.join(gzip.stderr.split())}"
        # Digests are verified one by one: told to verify them, the iterator passes over the records that fail.
        for record in ArchiveIterator(str(path), parse_http=False):
            if "WARC-Block-Digest" in record.headers and not record.verify_block_digest():
                yield f"{path.name}: the digest of the record at {record.stream_pos} is wrong"


def check_indexes(data_dir: Path, _: Path) -> Iterator[str]:
    """Every whole answer has a line in the index of its file, and every line is where an answer is."""
    for path in sorted((data_dir / "warc").glob("*.warc.gz")):
        whole, answers = set(), set()
        for record in ArchiveIterator(str(path), parse_http=False):
            if record.headers["WARC-Type"] in ("response", "revisit"):
                answers.add(record.stream_pos)
                if record.headers["WARC-Type"] == "response" and "WARC-Truncated" not in record.headers:
                    whole.add(record.stream_pos)
        lines = (data_dir / "index" / f"{path.name}.cdxj").read_bytes().splitlines()
        indexed = Counter(int(json.loads(line.split(b" ", 2)[2])["offset"]) for line in lines)
        for offset in sorted(whole - indexed.keys()):
            yield f"{path.name}: the answer at {offset} is not in the index"
        for offset, count in indexed.items():
            if offset not in answers or count > 1:
                yield f"{path.name}: the index has {count} lines for {offset}"
        if lines != sorted(lines):
            yield f"{path.name}: the index is not sorted"


def check_other_readers(data_dir: Path, _: Path) -> Iterator[str]:
    """`warcio check`, `fastwarc check` and `scrapy verify` find nothing."""
    scripts = Path(sys.executable).parent
    files = [str(path) for path in sorted((data_dir / "warc").glob("*.warc.gz"))]
    commands = [
        [str(scripts / "warcio"), "check", *files],
        *([str(scripts / "fastwarc"), "check", "--quiet", "--verify-payloads", file] for file in files),
        command("verify", "-s", f"DATA_DIR={data_dir}"),
    ]
    for one in commands:
        done = subprocess.run(one, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            yield f"{Path(one[0]).name} {' '.join(one[1:4])}: {done.returncode} {' '.join((done.stdout + done.stderr).split())[:300]}"


def check_captures(data_dir: Path, _: Path) -> Iterator[str]:
    """The captures of the ledger are the exchanges in the WARC files, one for one."""
    archived = Counter(_exchanges(data_dir))
    entered = Counter((entry.ref.file, entry.ref.record_id) for entry in _captures(data_dir))
    for what, count in ((archived - entered), "only in the WARC"), ((entered - archived), "only in the ledger"):
        for file, record_id in what:
            yield f"{record_id} of {file} is {count}"


def check_visits(data_dir: Path, undisturbed: Path) -> Iterator[str]:
    """Every page has the outcomes of the undisturbed crawl in the log of the run, each once."""
    found, expected = Counter(_visits(data_dir)), Counter(_visits(undisturbed))
    for url, outcome in found.keys() | expected.keys():
        if found[url, outcome] != expected[url, outcome]:
            yield f"{url} is logged as {outcome} {found[url, outcome]} times instead of {expected[url, outcome]}"


CHECKS: Mapping[str, Check] = {
    "records": check_records,
    "emitted once": check_emitted_once,
    "one run": check_one_run,
    "lines whole": check_lines_whole,
    "WARC files": check_warc_files,
    "captures": check_captures,
    "visits": check_visits,
}


def inspect(data_dir: Path, undisturbed: Path) -> list[str]:
    """Everything that is wrong, each as a line that begins with the name of the check."""
    return [f"{name}: {fault}" for name, check in CHECKS.items() for fault in check(data_dir, undisturbed)]


@contextlib.contextmanager
def copied_ledger(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the ledger, as a crash left it: reading the ledger itself would repair it."""
    with tempfile.TemporaryDirectory() as copy:
        for path in data_dir.glob("ledger.sqlite*"):
            shutil.copy(path, copy)
        with contextlib.closing(sqlite3.connect(Path(copy) / "ledger.sqlite")) as connection:
            yield connection


def has_verdict(data_dir: Path) -> bool:
    """Whether a run was finished."""
    if not any((data_dir / "runs").glob("*/report.json")):
        return False
    with copied_ledger(data_dir) as ledger:
        [(finished,)] = ledger.execute("SELECT COUNT(*) FROM runs WHERE finished_at IS NOT NULL")
    return bool(finished)


def count_exchanges(data_dir: Path) -> int:
    """How many exchanges the WARC files hold."""
    return sum(1 for _ in _exchanges(data_dir))


def _exchanges(data_dir: Path) -> Iterator[tuple[str, str]]:
    """File and record id of every exchange; each ends with a metadata record of fields, which names the response if there is one."""
    for path in sorted((data_dir / "warc").glob("*.warc.gz")):
        for record in ArchiveIterator(str(path)):
            fields = str(record.headers.get("Content-Type", "")).startswith("application/warc-fields")
            if fields and record.headers["WARC-Type"] == "metadata":
                yield path.name, record.headers.get("WARC-Concurrent-To") or record.headers["WARC-Record-ID"]


def _captures(data_dir: Path) -> Iterator[Any]:
    ledger = Ledger(data_dir / "ledger.sqlite")
    try:
        yield from ledger.captures()
    finally:
        ledger.close()


def _visits(data_dir: Path) -> Iterator[tuple[str, str]]:
    for path in (data_dir / "runs").glob("*/crawl.log"):
        for line in path.read_text(encoding="utf-8").splitlines():
            columns = line.split("\t")
            yield columns[6], columns[5]
