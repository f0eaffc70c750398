"""The ledger: leases, acknowledgement in one transaction, and what a document becomes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from archive.database import DamagedLedger
from archive.exchange import CaptureRef
from archive.ledger import Ledger
from archive.outputs import AppendedFile
from archive.rows import Acknowledgement, CaptureEntry, FrontierRequest, History, Validators, later, now, request_key


@dataclass(frozen=True)
class Note:
    """A document of the simplest kind."""

    key: str
    digest: str
    title: str = "a note"

    series: str = ""
    period: int | None = None
    reader: str = "1"
    rank: int = 0

    def reread(self, line: bytes) -> str:
        return ""

    @property
    def counts(self) -> Mapping[str, int]:
        return {"words": len(self.digest)}

    def line(self, history: History, previous: bytes | None) -> bytes:
        before = None if previous is None else json.loads(previous)["digest"]
        return json.dumps(
            {
                "key": self.key,
                "digest": self.digest,
                "revision": history.revision,
                "change": history.change,
                "before": before,
            }
        ).encode()


def request(url: str, **changes: object) -> FrontierRequest:
    plain = FrontierRequest("trs", "liuzhou", "report", "GET", url, "parse_report")
    return replace(plain, **changes)  # type: ignore[arg-type]


def capture(number: int, url: str) -> CaptureRef:
    return CaptureRef(
        "a.warc.gz", number * 100, 90, number * 100 + 95, f"<urn:uuid:{number}>", now(), url, 200, "sha256:00"
    )


class Desk:
    """A ledger with its output files, as a run holds them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.ledger = Ledger(folder / "ledger.sqlite")
        if not self.ledger.runs():
            self.ledger.begin_run("run-1", "all")
        self.open_outputs()

    def open_outputs(self) -> None:
        ends = self.ledger.committed_outputs("run-1")
        self.outputs = {
            name: AppendedFile(self.folder / f"{name}.jsonl", ends.get(name, 0))
            for name in ("reports", "skipped", "log")
        }

    def add(self, requests: list[FrontierRequest]) -> None:
        self.ledger.frontier.add(requests)

    def lease(self, run: str = "run-1", host: str = "a") -> FrontierRequest | None:
        leased = self.ledger.frontier.lease("liuzhou", host, run, "me")
        return None if leased is None else leased.request

    def acknowledge(self, row: FrontierRequest, **changes: object) -> list[str]:
        plain = Acknowledgement(row, "ok", later(timedelta(days=30)))
        done = self.ledger.acknowledge("run-1", replace(plain, **changes), self.outputs, None)  # type: ignore[arg-type]
        return [item.change for item in done.settled]

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / "reports.jsonl").read_bytes().splitlines()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_key_separates_method_url_and_body() -> None:
    keys = {
        request_key("GET", "http://a/", b""),
        request_key("POST", "http://a/", b""),
        request_key("POST", "http://a/", b"x"),
    }
    assert len(keys | {request_key("POST", "http://a", b"/x")}) == 4
    assert request_key("get", "http://a/", b"") in keys


def test_a_row_is_leased_once_and_again_after_the_lease_is_void(desk: Desk) -> None:
    desk.add([request("http://a/1"), request("http://a/1"), request("http://a/2")])
    assert [desk.lease(), desk.lease(), desk.lease()] == [request("http://a/1"), request("http://a/2"), None]
    assert desk.ledger.frontier.void_leases() == 2
    assert desk.lease() == request("http://a/1")


def test_everything_of_a_request_survives_the_ledger(desk: Desk) -> None:
    row = request(
        "http://a/list",
        method="POST",
        body=b"\x00\xff=1",
        headers={"Referer": "http://a/"},
        data={"page": 2, "名": None},
        hints={"card": {"索引号": "1/2"}},
        via="http://a/",
        hops="L",
    )
    desk.add([row])
    assert desk.lease() == row


def test_rows_are_leased_by_portal_and_host(desk: Desk) -> None:
    desk.add([request("http://a/1"), request("http://b/1"), request("http://c/1", portal="other")])
    assert desk.ledger.frontier.queues("liuzhou", "run-1") == {"a": 1, "b": 1}
    assert desk.lease(host="b") == request("http://b/1")
    assert [desk.lease(host="b"), desk.lease(host="c")] == [None, None]


def test_acknowledged_rows_are_not_due_in_the_same_run_and_due_by_schedule_in_the_next(desk: Desk) -> None:
    desk.add([request("http://a/1"), request("http://a/2")])
    first, second = desk.lease(), desk.lease()
    assert first is not None
    assert second is not None
    desk.acknowledge(first, due_at=now())
    desk.acknowledge(second)
    assert desk.lease() is None
    assert desk.lease("run-2") == first
    assert desk.lease("run-2") is None


def test_a_known_listing_takes_its_paging_data_anew_and_a_known_report_keeps_its_hints(desk: Desk) -> None:
    old = [request("http://a/list", role="listing", data={"page": 2}), request("http://a/1", hints={"date": "a"})]
    new = [replace(old[0], data={"page": 3}), replace(old[1], hints={"date": "b"})]
    desk.add(old)
    desk.add(new)
    assert [desk.lease(), desk.lease()] == [new[0], old[1]]


def test_a_start_is_due_whatever_its_schedule_and_belongs_to_who_starts_there(desk: Desk) -> None:
    desk.add([request("http://a/1", portal="other", via="http://a/", hops="L")])
    desk.ledger.begin_with([request("http://a/1")])
    row = desk.lease()
    assert row == request("http://a/1")
    desk.acknowledge(row)
    assert desk.lease("run-2") is None
    desk.ledger.begin_with([row])
    assert desk.lease("run-2") == row


def test_links_and_captures_come_with_the_acknowledgement(desk: Desk) -> None:
    desk.add([request("http://a/list", role="listing")])
    row = desk.lease()
    assert row is not None
    entry = CaptureEntry(capture(1, row.url), row.key, "liuzhou", "listing", "sha256:aa")
    desk.acknowledge(row, links=[request("http://a/1"), request("http://a/1")], captures=[entry], listing=(1, 7))
    assert desk.lease() == request("http://a/1")
    assert list(desk.ledger.captures()) == [entry]
    tally = desk.ledger.tally("liuzhou", "run-1")
    assert (tally.listed, tally.archived, tally.rows_seen, tally.rows_promised) == (1, 1, 1, 7)


def test_validators_come_back_with_the_next_lease(desk: Desk) -> None:
    desk.add([request("http://a/1")])
    row = desk.lease()
    assert row is not None
    known = Validators('W/"x"', "Thu, 01 Feb 2024 00:00:00 GMT", "sha256:aa", capture(1, row.url))
    desk.acknowledge(row, validators=known, captures=[CaptureEntry(capture(1, row.url), row.key)], due_at=now())
    leased = desk.ledger.frontier.lease("liuzhou", "a", "run-2", "me")
    assert leased is not None
    assert leased.validators.etag == 'W/"x"'
    assert leased.validators.capture is not None
    assert leased.validators.capture.record_id == "<urn:uuid:1>"


def test_new_unchanged_alias_revised(desk: Desk) -> None:
    urls = ["http://a/1", "http://a/2", "http://a/3"]
    desk.add([request(url) for url in urls])
    rows = [desk.lease() for _ in urls]
    assert None not in rows
    one, two, three = [row for row in rows if row is not None]
    assert desk.acknowledge(one, documents=[(Note("organ/2023", "f1"), "c1")]) == ["new"]
    assert desk.acknowledge(one, documents=[(Note("organ/2023", "f1"), "c1b")]) == ["unchanged"]
    assert desk.acknowledge(two, documents=[(Note("organ/2023", "f1"), "c2")]) == ["alias"]
    assert desk.acknowledge(three, documents=[(Note("organ/2023", "f2"), "c3")]) == ["revised"]
    assert desk.acknowledge(one, documents=[(Note("organ/2022", "f1"), "c4")]) == ["new"]
    assert desk.lines() == [
        {"key": "organ/2023", "digest": "f1", "revision": 1, "change": "new", "before": None},
        {"key": "organ/2023", "digest": "f2", "revision": 2, "change": "revised", "before": "f1"},
        {"key": "organ/2022", "digest": "f1", "revision": 1, "change": "new", "before": None},
    ]


def test_identical_bytes_elsewhere_are_an_alias_without_parsing(desk: Desk) -> None:
    desk.add([request("http://a/1"), request("http://a/2")])
    one, two = desk.lease(), desk.lease()
    assert one is not None
    assert two is not None
    desk.acknowledge(one, documents=[(Note("organ/2023", "f1"), "c1")])
    assert desk.ledger.documents.recorded_as("http://a/2", "c1") == "organ/2023"
    same = Validators(content_digest="c1")
    assert desk.acknowledge(two, recorded_as="organ/2023", validators=same) == ["alias"]
    assert desk.acknowledge(two, recorded_as="organ/2023", validators=same) == ["unchanged"]
    assert len(desk.lines()) == 1


def test_a_commit_that_fails_leaves_nothing(desk: Desk) -> None:
    desk.add([request("http://a/1")])
    row = desk.lease()
    assert row is not None

    class Full(AppendedFile):
        def append(self, data: bytes) -> int:
            raise OSError(28, "no space left on device")

    files = desk.outputs
    files["log"] = Full(desk.folder / "full", 0)
    with pytest.raises(OSError, match="no space"):
        desk.acknowledge(
            row, documents=[(Note("organ/2023", "f1"), "c1")], links=[request("http://a/2")], log_line=b"x"
        )
    assert desk.lines() == []
    assert desk.ledger.documents.find("organ/2023") is None
    desk.ledger.frontier.void_leases()
    assert [desk.lease(), desk.lease()] == [row, None]


def test_lines_never_committed_are_cut_when_the_run_is_taken_up(desk: Desk) -> None:
    desk.add([request("http://a/1")])
    row = desk.lease()
    assert row is not None
    desk.acknowledge(row, documents=[(Note("organ/2023", "f1"), "c1")])
    with open(desk.folder / "reports.jsonl", "ab") as file:
        file.write(b'{"key": "organ/2022", "dig')
    desk.open_outputs()
    assert [line["key"] for line in desk.lines()] == ["organ/2023"]


@pytest.mark.parametrize("zeros", [False, True], ids=["cut", "its length and not its bytes"])
def test_the_records_can_be_written_anew_from_the_ledger(desk: Desk, zeros: bool) -> None:
    desk.add([request("http://a/1"), request("http://a/2")])
    for key in ("organ/2023", "organ/2022"):
        row = desk.lease()
        assert row is not None
        desk.acknowledge(row, documents=[(Note(key, "f1"), key)])
    before = (desk.folder / "reports.jsonl").read_bytes()
    first = before.index(b"\n") + 1
    left = before[: first + 20] + b"\0" * zeros * (len(before) - first - 20)
    (desk.folder / "reports.jsonl").write_bytes(left)
    desk.open_outputs()
    documents = desk.ledger.documents
    assert desk.outputs["reports"].end == first < documents.size("run-1") == len(before)
    desk.outputs["reports"].rewrite(documents.lines("run-1"))
    assert (desk.folder / "reports.jsonl").read_bytes() == before


def test_a_page_that_goes_back_is_a_revision_but_a_second_page_is_not(desk: Desk) -> None:
    desk.add([request("http://a/1"), request("http://a/2")])
    one, two = desk.lease(), desk.lease()
    assert one is not None
    assert two is not None

    def says(row: FrontierRequest, digest: str) -> list[str]:
        return desk.acknowledge(row, documents=[(Note("organ/2023", digest), f"{row.url} {digest}")])

    assert [says(one, "f1"), says(one, "f2"), says(one, "f1")] == [["new"], ["revised"], ["revised"]]
    assert [line["revision"] for line in desk.lines()] == [1, 2, 3]
    # The other page keeps its own content, the one keeps another: neither is news.
    assert [says(two, "f2"), says(one, "f1"), says(two, "f2")] == [["alias"], ["unchanged"], ["unchanged"]]
    assert desk.ledger.documents.recorded_as("http://a/1", "http://a/1 f2") == "", "going back must be parsed"
    assert desk.ledger.documents.recorded_as("http://a/1", "http://a/1 f1") == "organ/2023"


def test_what_power_failure_took_is_due_again_and_forgotten(desk: Desk) -> None:
    desk.add([request("http://a/1"), request("http://a/2")])
    rows = [desk.lease(), desk.lease()]
    for number, row in enumerate(rows, start=1):
        assert row is not None
        entry = CaptureEntry(capture(number, row.url), row.key, "liuzhou", "page", f"c{number}")
        desk.acknowledge(row, documents=[(Note(f"organ/{number}", "f1"), f"c{number}")], captures=[entry])
    assert desk.lease() is None
    assert desk.ledger.forget_lost("a.warc.gz", 195) == 1
    assert desk.ledger.documents.known_keys() == ["organ/1"]
    assert desk.ledger.documents.recorded_as("http://a/2", "c2") == ""
    assert desk.lease() == rows[1]


def test_an_unfinished_run_is_found_by_its_selection(desk: Desk) -> None:
    assert desk.ledger.unfinished_run("all") == "run-1"
    assert desk.ledger.unfinished_run("trs") is None
    desk.ledger.finish_run("run-1", "complete", {})
    assert desk.ledger.unfinished_run("all") is None


def test_what_is_no_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    junk = tmp_path / "junk.sqlite"
    junk.write_bytes(b"this is not a database, whatever its name says" * 100)
    before = junk.read_bytes()
    with pytest.raises(DamagedLedger):
        Ledger(junk)
    assert junk.read_bytes() == before
    other = tmp_path / "other.sqlite"
    sqlite3.connect(other).executescript(
        "CREATE TABLE about (name TEXT, value TEXT); INSERT INTO about VALUES ('schema','0')"
    )
    with pytest.raises(DamagedLedger, match="schema 0"):
        Ledger(other)
    foreign = tmp_path / "foreign.sqlite"
    sqlite3.connect(foreign).executescript("CREATE TABLE x (y)")
    with pytest.raises(DamagedLedger, match="no ledger"):
        Ledger(foreign)
