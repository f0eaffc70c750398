"""Days in the life of the replicas: what editors do is seen as exactly that; what goes wrong on a portal turns the verdict."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.ledger import Ledger
from tests.crawler.conftest import Crawl
from tests.crawler.program import in_order_of_writing, records, scrapy, to_replicas
from tests.portals import days
from tests.portals.challenges import Challenge
from tests.portals.changes import Change, ChangeKind
from tests.portals.new_cms import Articles, Listing
from tests.portals.pages import portal_urls
from tests.portals.server import ReplicaServer
from tests.portals.site import Kind

# The listing of Linzi is filled by a script: what happens there is seen only when its documents are asked for again.
LISTED = ("liuzhou", "xinzhou", "xiaoshan", "simao")
NEWS = {
    ChangeKind.EDITED: "revised",
    ChangeKind.ADDED: "new",
    ChangeKind.REMOVED: "withdrawn",
    ChangeKind.REISSUED: "revised",
    ChangeKind.SUPERSEDED: "revised",
}


class Archive:
    """A data folder, and crawls into it against a server of its own."""

    def __init__(self, server: ReplicaServer, data_dir: Path):
        self.server = server
        self.data_dir = data_dir
        self.known = len(records(data_dir)) if data_dir.exists() else 0

    def crawl(self, *arguments: str, portal: str = "", **settings: object) -> subprocess.CompletedProcess[str]:
        self.server.clear_log()
        self.known = len(records(self.data_dir)) if self.data_dir.exists() else 0
        selection = ["-a", f"portal={portal}"] if portal else []
        values = {**to_replicas(self.server.connect_to, self.data_dir), "RETRY_TIMES": 0, "HOST_PAUSE": 0.2, **settings}
        return scrapy("crawl", "all", *selection, *arguments, **values)

    @property
    def news(self) -> list[dict[str, Any]]:
        """The records of the last crawl."""
        return records(self.data_dir)[self.known :]

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """The portals in the last run report."""
        newest = in_order_of_writing((self.data_dir / "runs").glob("*/report.json"))[-1]
        return {row["portal"]: row for row in json.loads(newest.read_text(encoding="utf-8"))["portals"]}


@pytest.fixture
def archive(crawl: Crawl, tmp_path: Path) -> Iterator[Archive]:
    """The archive after the first crawl, as of day one."""
    shutil.copytree(crawl.data_dir, tmp_path / "data")
    with ReplicaServer() as server:
        yield Archive(server, tmp_path / "data")


def seen(record: dict[str, Any]) -> tuple[str, str, int]:
    return record["history"]["change"], record["provenance"]["url"], record["identity"]["report_year"]


def expected(changes: list[Change]) -> list[tuple[str, str, int]]:
    return sorted((NEWS[change.kind], change.url, change.year) for change in changes if change.kind in NEWS)


def test_every_change_of_a_day_is_seen_as_exactly_that(archive: Archive) -> None:
    changes = days.day_two(archive.server)
    listed = [change for change in changes if change.portal in LISTED]
    result = archive.crawl()
    assert result.returncode == 0, result.stderr
    # A report is asked for again when it is due: what was edited in place stays unknown until then.
    at_once = [change for change in listed if change.kind is not ChangeKind.EDITED]
    assert sorted(map(seen, archive.news)) == expected(at_once)
    for portal in LISTED:
        mine = [change.kind for change in listed if change.portal == portal]
        row = archive.rows[portal]
        assert row["moved"] >= mine.count(ChangeKind.MOVED)
        assert (row["new"], row["withdrawn"]) == (mine.count(ChangeKind.ADDED), mine.count(ChangeKind.REMOVED))
    first = archive.news
    result = archive.crawl("--refetch", "all")
    assert result.returncode == 0, result.stderr
    assert sorted(map(seen, [*first, *archive.news])) == expected(changes)
    cells = {change.url: set(change.cells) for change in changes if change.kind in NEWS}
    for record in [*first, *archive.news]:
        if record["history"]["change"] == "revised":
            changed = {place for place in record["history"]["changed_cells"] if not place.startswith("sections.")}
            assert changed == cells[record["provenance"]["url"]]
    assert archive.crawl("--refetch", "all").returncode == 0
    assert archive.news == []


def test_addresses_of_a_copy_and_of_a_moved_report_are_known(archive: Archive) -> None:
    changes = days.day_two(archive.server)
    assert archive.crawl().returncode == 0
    ledger = Ledger(archive.data_dir / "ledger.sqlite")
    by_url = {url: (key, live) for key in ledger.documents.known_keys() for url, _, live in ledger.documents.urls(key)}
    ledger.close()
    for change in changes:
        if change.portal in LISTED and change.kind in (ChangeKind.MOVED, ChangeKind.COPIED):
            assert change.old_url is not None
            (old_key, old_live), (new_key, new_live) = by_url[change.old_url], by_url[change.url]
            assert old_key == new_key
            assert (old_live, new_live) == (change.kind is ChangeKind.COPIED, True)


def test_a_correction_counts_whichever_edition_is_read_first(tmp_path: Path) -> None:
    with ReplicaServer() as server:
        corrected = [
            change
            for change in days.day_two(server)
            if change.portal == "xinzhou" and change.kind in (ChangeKind.REISSUED, ChangeKind.SUPERSEDED)
        ]
        archive = Archive(server, tmp_path / "data")
        assert archive.crawl(portal="xinzhou").returncode == 0
    assert len(corrected) == 2
    for change in corrected:
        editions = [
            record
            for record in records(archive.data_dir)
            if record["identity"]["organ"]["name"].endswith(change.organ)
            and record["identity"]["report_year"] == change.year
        ]
        assert editions[-1]["provenance"]["url"] == change.url


@pytest.mark.parametrize("promise", [False, True], ids=["count shrinks too", "count stays"])
def test_half_a_listing_turns_the_verdict_and_withdraws_nothing(archive: Archive, promise: bool) -> None:
    lost = days.half_empty(archive.server, "xinzhou", promise=promise)
    for _ in range(2):  # red until it is mended
        result = archive.crawl(portal="xinzhou")
        assert result.returncode == 3, result.stdout
        assert archive.news == []
    assert archive.rows["xinzhou"]["unlisted"] >= len(lost) / 2
    archive.server.heal()
    result = archive.crawl(portal="xinzhou")
    assert result.returncode == 0, result.stderr
    assert archive.rows["xinzhou"]["unlisted"] == 0


@pytest.mark.parametrize(
    ("portal", "articles"), [("liuzhou", Articles.GONE), ("xiaoshan", Articles.HOME), ("simao", Articles.HOME)]
)
def test_a_redesign_that_hides_every_report_is_not_complete(archive: Archive, portal: str, articles: Articles) -> None:
    days.redesign(archive.server, portal, listing=Listing.SCRIPT, articles=articles)
    for arguments in ((), ("--refetch", "all")):
        result = archive.crawl(*arguments, portal=portal)
        assert result.returncode in (3, 5), result.stdout
        assert archive.news == [], "a redesign withdraws nothing"
    archive.server.heal()
    assert archive.crawl("--refetch", "all", portal=portal).returncode == 0
    assert archive.news == []


def test_reports_that_moved_with_a_redesign_are_found_again(archive: Archive) -> None:
    days.redesign(archive.server, "liuzhou", listing=Listing.OTHER_CMS)
    result = archive.crawl(portal="liuzhou")
    assert "Traceback" not in result.stderr
    assert [record for record in archive.news if record["history"]["change"] == "withdrawn"] == []


def test_a_challenge_on_page_three_blocks_the_portal(archive: Archive) -> None:
    page = days.list_page("simao", 3)
    days.challenge_week(archive.server, "simao", Challenge.RUISHU_412, urls=[page])
    result = archive.crawl(portal="simao")
    assert result.returncode == 4, result.stdout
    assert archive.rows["simao"]["verdict"] == "blocked"
    assert archive.news == []


@pytest.mark.parametrize("challenge", [Challenge.RUISHU_202, Challenge.JSL_521, Challenge.WAF_403])
def test_a_week_of_challenges_costs_nothing_but_time(archive: Archive, challenge: Challenge) -> None:
    """Blocked, archived, not parsed; the host is left alone after three; afterwards all is as it was."""
    days.challenge_week(archive.server, "simao", challenge)
    result = archive.crawl("--refetch", "all", portal="simao", HOST_MAX_WAIT=0)
    assert result.returncode == 4, result.stdout
    asked = [exchange.target for exchange in archive.server.log if exchange.target != "/robots.txt"]
    assert 1 <= len(asked) <= 3, "a host that blocks is left alone"
    archive.server.heal()
    result = archive.crawl("--refetch", "all", portal="simao")
    assert result.returncode == 0, result.stderr
    assert archive.news == []
    conditional = [exchange for exchange in archive.server.log if b"\r\nIf-None-Match: " in exchange.request]
    assert len(conditional) > len(archive.server.log) / 2, "a challenge replaces no good capture"


def test_a_portal_whose_pages_all_vanish_at_once_withdraws_nothing(archive: Archive) -> None:
    reports = [entry.url for entry in portal_urls("simao") if entry.kind in (Kind.REPORT, Kind.TWIN, Kind.REPORT_FILE)]
    days.challenge_week(archive.server, "simao", Challenge.SOFT_404, urls=reports)
    result = archive.crawl("--refetch", "all", portal="simao")
    assert result.returncode in (3, 5), result.stdout
    assert archive.news == []
    archive.server.heal()
    assert archive.crawl("--refetch", "all", portal="simao").returncode == 0
    assert archive.news == []
