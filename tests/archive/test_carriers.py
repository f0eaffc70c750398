"""Which files a page awaits, and when it is ready to be read: every end of a file's visit, and what a kill leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from archive.ledger import Ledger
from archive.rows import CaptureEntry, FrontierRequest, Validators, later
from tests.archive.test_ledger import Desk, Note, capture, request

PAGE, OTHER = request("http://a/page"), request("http://a/other")
FIRST, SECOND = (request(f"http://b/{name}.pdf", role="attachment") for name in ("first", "second"))
FAR = later(timedelta(days=30))


class Files(Desk):
    """A ledger with a page that awaits two files on another host."""

    def end(
        self, row: FrontierRequest, number: int = 0, outcome: str = "ok", run: str = "run-1", **changes: object
    ) -> None:
        """Acknowledge a visit; ``number`` tells captures, and contents, apart (0: there is none)."""
        known = None
        if number:
            ref = capture(number, row.url)
            known = Validators(content_digest=f"sha256:{number}", capture=ref)
            changes["captures"] = [CaptureEntry(ref, row.key, "liuzhou")]
        self.acknowledge(row, outcome=outcome, validators=known, succeeded=outcome == "ok", due_at=FAR, **changes)

    def await_files(self, page: FrontierRequest = PAGE, number: int = 1) -> None:
        self.add([page])
        self.end(page, number, "awaiting", carriers=[FIRST, SECOND])

    @property
    def ready(self) -> list[str]:
        """The pages that would be read back, those of all hosts."""
        found = []
        for url in (PAGE.url, OTHER.url):
            leased = self.ledger.frontier.find(request(url).key)
            if leased is not None and leased.ready:
                found.append(url)
        return found

    def reopened(self) -> Ledger:
        self.ledger.close()
        self.ledger = Ledger(self.folder / "ledger.sqlite")
        self.ledger.frontier.void_leases()
        return self.ledger


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.await_files()
    return made


def test_files_are_due_and_the_page_waits_for_the_last(files: Files) -> None:
    assert files.ledger.frontier.queues("liuzhou", "run-1") == {"b": 2}
    assert files.ledger.tally("liuzhou", "run-1").awaiting == 1
    files.end(FIRST, 2)
    assert files.ready == []
    files.end(SECOND, 3)
    assert files.ready == [PAGE.url]
    assert files.ledger.frontier.queues("liuzhou", "run-1") == {"a": 1}
    leased = files.ledger.frontier.lease("liuzhou", "a", "run-1", "me")
    assert leased is not None
    assert leased.ready
    assert [(file.url, file.content_digest) for file in leased.files] == [
        (FIRST.url, "sha256:2"),
        (SECOND.url, "sha256:3"),
    ]


@pytest.mark.parametrize("outcome", ["missing", "server_error", "robots", "failed", "error"])
def test_a_failure_is_an_end(files: Files, outcome: str) -> None:
    files.end(FIRST, outcome=outcome)
    files.end(SECOND, 3)
    assert files.ready == [PAGE.url]
    leased = files.ledger.frontier.find(PAGE.key)
    assert leased is not None
    assert [(file.outcome, file.capture is None) for file in leased.files] == [(outcome, True), ("ok", False)]


def test_a_pause_is_no_end(files: Files) -> None:
    files.end(FIRST, 2)
    files.end(SECOND, outcome="postponed", postponed=True)
    assert files.ready == []


def test_what_is_awaited_and_what_is_ready_survives_a_kill(files: Files) -> None:
    files.lease(host="b")
    assert files.reopened().frontier.queues("liuzhou", "run-1") == {"b": 2}
    files.end(FIRST, 2)
    files.end(SECOND, 3)
    files.lease()
    files.reopened()
    assert files.ready == [PAGE.url]
    assert files.lease() == PAGE, "leased again"
    files.end(PAGE, read_back=True, documents=[(Note("k", "1"), "sha256:all")])
    files.reopened()
    assert (files.ready, files.lease()) == ([], None)
    assert [line["change"] for line in files.lines()] == ["new"]


def test_a_page_is_read_again_when_a_file_says_something_else(files: Files) -> None:
    files.end(FIRST, 2)
    files.end(SECOND, 3)
    files.end(PAGE, read_back=True)
    files.end(FIRST, outcome="unchanged")
    files.end(FIRST, 2)
    assert files.ready == [], "the same bytes"
    files.end(FIRST, 4)
    assert files.ready == [PAGE.url]
    files.end(PAGE, read_back=True)
    files.acknowledge(FIRST, outcome="missing", validators=Validators(), gone=True)
    assert files.ready == [PAGE.url], "gone, too"


def test_a_page_that_is_gone_is_not_read(files: Files) -> None:
    files.end(FIRST, 2)
    files.acknowledge(PAGE, outcome="missing", validators=Validators(), gone=True)
    files.end(SECOND, 3)
    assert files.ready == []


def test_a_page_read_back_while_it_is_due_is_still_asked_for(files: Files) -> None:
    files.end(FIRST, 2)
    files.end(SECOND, 3)
    files.end(PAGE, read_back=True)
    files.ledger.begin_run("run-2", "all", lambda: files.ledger.frontier.refetch(["liuzhou"], "url", PAGE.url))
    files.end(FIRST, 4)
    first = files.ledger.frontier.lease("liuzhou", "a", "run-2", "me")
    assert first is not None
    assert first.ready
    files.end(PAGE, read_back=True)
    second = files.ledger.frontier.lease("liuzhou", "a", "run-2", "me")
    assert second is not None
    assert not second.ready
    assert second.request == PAGE


def test_two_pages_may_await_one_file_which_is_asked_for_once(files: Files) -> None:
    files.end(FIRST, 2)
    files.end(SECOND, 3)
    files.await_files(OTHER, 5)
    assert set(files.ready) == {PAGE.url, OTHER.url}, "asked for in this run: the second page has all there is"
    files.end(PAGE, read_back=True)
    files.end(OTHER, read_back=True)
    files.end(SECOND, 6)
    assert set(files.ready) == {PAGE.url, OTHER.url}


def test_a_page_that_says_it_itself_awaits_nothing(files: Files) -> None:
    files.end(PAGE, 7, carriers=[])
    files.end(FIRST, 2)
    files.end(SECOND, 3)
    assert files.ready == []
    assert files.ledger.tally("liuzhou", "run-1").awaiting == 0


def test_lost_bytes_of_a_file_are_awaited_again_and_what_was_read_from_them_is_forgotten(files: Files) -> None:
    files.end(SECOND, 2)
    files.end(FIRST, 3)
    page = CaptureEntry(capture(1, PAGE.url), PAGE.key, "liuzhou")
    files.end(PAGE, read_back=True, documents=[(Note("k", "1"), "sha256:all")], captures=[page])
    assert files.ledger.documents.find("k") is not None
    assert files.ledger.forget_lost("a.warc.gz", 295) == 1
    assert files.ledger.documents.find("k") is None
    assert (files.ready, files.ledger.frontier.queues("liuzhou", "run-1")) == ([], {"b": 1})
    files.end(FIRST, 3)
    assert files.ready == [PAGE.url]
