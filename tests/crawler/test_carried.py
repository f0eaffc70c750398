"""Pages that are nothing but a link to the report: followed to the file or frame, read with it, recorded once."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.warc_reader import open_warc, read_exchange
from crawler.settings import DOWNLOADER_MIDDLEWARES
from tests.crawler.program import in_order_of_writing, records, scrapy
from tests.crawler.small_portal import HOST, NOW, START, TITLE, Portal, article, listing, page
from tests.parser.report_files import FIXTURES
from tests.portals.answer import Page
from tests.portals.carried import file_page, frame_page, text_page
from tests.portals.files import make_pdf
from tests.portals.pages import seed_answer

FRAME = f"{HOST}/frames/report.htm"
WORD = f"{HOST}/files/P020240126000000000001.doc"  # Word saves HTML under this name, too
PDF = f"{HOST}/files/P020240126000000000002.pdf"
EVERYTHING_DUE = json.dumps({"listing": 0, "report": 0, "attachment": 0, "frame": 0})


def dated(body: bytes | str, days: int = 0, kind: str = "text/html; charset=utf-8") -> Page:
    """A page with validators, changed so many days later."""
    return Page(body if isinstance(body, bytes) else body.encode(), NOW + timedelta(days=days), kind)


def word(stem: str, days: int = 0) -> Page:
    return dated(seed_answer(stem).body, days, "application/msword")


def one_page(portal: Portal, body: str) -> None:
    """The portal's listing shows one page, with this body."""
    portal.server.put(START, listing(1))
    portal.server.put(article(1), dated(body))


@pytest.fixture
def framed(portal: Portal) -> Portal:
    one_page(portal, frame_page(TITLE, "/frames/report.htm"))
    portal.server.put(FRAME, dated(seed_answer("000").body))
    return portal


@pytest.fixture
def attached(portal: Portal) -> Portal:
    one_page(portal, file_page(TITLE, "/files/P020240126000000000001.doc", "../../files/P020240126000000000002.pdf"))
    portal.server.put(WORD, word("000"))
    portal.server.put(PDF, dated(make_pdf(["示例"]), kind="application/pdf"))
    return portal


def crawl(portal: Portal, code: int = 0, **settings: Any) -> list[dict[str, Any]]:
    """Crawl with everything due; returns the records this run wrote."""
    before = len(records(portal.data_dir)) if portal.data_dir.exists() else 0
    result = portal.crawl(REVISIT_DAYS=EVERYTHING_DUE, **settings)
    assert result.returncode == code, result.stderr
    return records(portal.data_dir)[before:]


def verdict(portal: Portal) -> dict[str, Any]:
    newest = in_order_of_writing((portal.data_dir / "runs").glob("*/report.json"))[-1]
    [entry] = json.loads(newest.read_text(encoding="utf-8"))["portals"]
    return dict(entry)


def skipped(portal: Portal) -> list[tuple[str, str]]:
    """Address and reason of everything skipped, by all runs in order."""
    files = in_order_of_writing((portal.data_dir / "runs").glob("*/skipped.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [(line["url"], line["reason"]) for line in lines]


def outcomes(portal: Portal, url: str) -> list[str]:
    """How the visits of an address ended, in order of time."""
    return [line[5] for line in sorted(portal.log) if line[6] == url]


def ledger_rows(data_dir: Path, columns: str, table: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(data_dir / "ledger.sqlite") as ledger:
        rows = sorted(ledger.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
    ledger.close()
    return rows


# -- what is recorded -----------------------------------------------------------------------------------------------


def test_a_frame_is_followed_and_the_page_is_recorded_once(framed: Portal) -> None:
    [record] = crawl(framed)
    provenance = record["provenance"]
    assert (provenance["url"], record["history"]["change"]) == (article(1), "new")
    assert outcomes(framed, article(1)) == ["awaiting", "ok"]
    assert outcomes(framed, FRAME) == ["ok"]
    assert framed.asked == ["/zfxxgk/small.htm", "/info/1/1.htm", "/frames/report.htm"], "nothing is asked for twice"
    assert (verdict(framed)["awaiting"], verdict(framed)["listed"]) == (0, 1)


def test_the_record_names_the_captures_of_page_and_files(attached: Portal) -> None:
    [record] = crawl(attached)
    provenance, folder = record["provenance"], attached.data_dir / "warc"
    for place, url in (
        (provenance["warc"], article(1)),
        *((file["warc"], file["url"]) for file in provenance["attachments"]),
    ):
        archived = read_exchange(open_warc(folder, place["file"]), place["offset"])
        assert (archived.url, archived.record_id) == (url, place["record_id"])
    assert [file["url"] for file in provenance["attachments"]] == [WORD, PDF]
    digests = [hashlib.sha256(body).hexdigest() for body in (seed_answer("000").body, make_pdf(["示例"]))]
    assert [file["content_sha256"] for file in provenance["attachments"]] == digests


def test_a_file_beside_a_report_is_not_awaited(portal: Portal) -> None:
    body = seed_answer("000").body.decode()
    inside = body[body.index("<body") : body.index("</body>")].partition(">")[2]
    one_page(portal, text_page(TITLE, inside, "/files/P020240126000000000002.pdf"))
    [record] = crawl(portal)
    assert record["provenance"].get("attachments") is None, "it is archived beside the page, and not read"
    assert outcomes(portal, article(1)) == ["ok"]


def test_a_listing_that_links_to_a_file_asks_for_it_as_the_report(portal: Portal) -> None:
    row = f'<ul><li><a href="/files/P020240126000000000001.doc">{TITLE}</a><span>2024-01-26</span></li></ul>'
    portal.server.put(START, page(f"<html><body>{row}</body></html>"))
    portal.server.put(WORD, word("000"))
    [record] = crawl(portal)
    assert record["provenance"]["url"] == WORD
    assert [line[3] for line in portal.log if line[6] == WORD] == ["report"]


# -- the next run ---------------------------------------------------------------------------------------------------


def test_the_second_run_asks_conditionally_and_emits_nothing(attached: Portal) -> None:
    crawl(attached)
    assert crawl(attached) == []
    assert [outcomes(attached, url)[-1] for url in (article(1), WORD, PDF)] == ["unchanged"] * 3
    assert outcomes(attached, article(1)) == ["awaiting", "ok", "unchanged"]


def test_a_page_that_comes_whole_and_unchanged_does_not_await_its_files_again(attached: Portal) -> None:
    body = file_page(TITLE, "/files/P020240126000000000001.doc", "../../files/P020240126000000000002.pdf")
    attached.server.put(article(1), page(body))
    crawl(attached)
    assert crawl(attached) == []
    assert outcomes(attached, article(1)) == ["awaiting", "ok", "ok"]


def test_a_file_that_changes_at_its_address_makes_a_revision(attached: Portal) -> None:
    [before] = crawl(attached)
    body = seed_answer("000").body
    reworded = body.replace("存在工作调整".encode(), "工作有所调整".encode())
    assert reworded != body
    attached.server.put(WORD, dated(reworded, 1, "application/msword"))
    [record] = crawl(attached)
    assert (record["report_key"], record["history"]["change"]) == (before["report_key"], "revised")
    assert record["provenance"]["warc"] == before["provenance"]["warc"], "the page is what it was"
    assert record["provenance"]["attachments"][0] != before["provenance"]["attachments"][0]
    assert sorted(outcomes(attached, article(1))) == ["awaiting", "ok", "ok", "unchanged"]


def test_a_page_that_links_to_another_file_is_read_with_that(attached: Portal) -> None:
    crawl(attached)
    other = f"{HOST}/files/P020240126000000000003.doc"
    attached.server.put(article(1), dated(file_page(TITLE, "/files/P020240126000000000003.doc"), 1))
    attached.server.put(other, word("000"))
    assert crawl(attached) == [], "the same report in another file is no revision"
    assert outcomes(attached, other) == ["ok"]
    assert ledger_rows(attached.data_dir, "awaited", "carriers") == [(0,)]


# -- files that cannot be had ---------------------------------------------------------------------------------------


def test_a_file_that_is_missing_is_named_and_the_report_comes_with_it_later(attached: Portal) -> None:
    attached.server.remove(WORD)
    result = attached.crawl(REVISIT_DAYS=EVERYTHING_DUE)
    assert records(attached.data_dir) == []
    assert result.returncode == 5, "a portal without a single report"
    [reason] = [reason for url, reason in skipped(attached) if url == article(1)]
    assert reason.startswith("not a report: ")
    assert f"{WORD} could not be had: soft_404" in reason
    attached.server.put(WORD, word("000", 1))
    [record] = crawl(attached)
    assert record["history"]["change"] == "new"


def test_of_two_files_one_is_enough(attached: Portal) -> None:
    attached.server.remove(PDF)
    [record] = crawl(attached)
    assert [file["url"] for file in record["provenance"]["attachments"]] == [WORD]


def test_a_recorded_page_whose_file_is_gone_has_lost_its_report(framed: Portal) -> None:
    crawl(framed)
    framed.server.remove(FRAME)
    assert crawl(framed, code=3) == []
    assert outcomes(framed, article(1))[-1] == "page lost its report"
    framed.server.put(FRAME, dated(seed_answer("000").body, 1))
    assert crawl(framed) == [], "it is the report that is recorded"
    assert outcomes(framed, article(1))[-2:] == ["awaiting", "ok"]


def test_robots_and_scope_hold_for_files(portal: Portal) -> None:
    one_page(portal, file_page(TITLE, "/files/P020240126000000000001.doc", "http://files.example.com/a.doc"))
    portal.server.put(WORD, word("000"))
    portal.robots("User-agent: *\nDisallow: /files/\n")
    portal.crawl()
    assert "/files/P020240126000000000001.doc" not in portal.asked
    [reason] = [reason for url, reason in skipped(portal) if url == article(1)]
    assert f"{WORD} could not be had: robots" in reason
    assert verdict(portal)["awaiting"] == 0


def test_what_awaits_a_host_that_is_left_alone_is_counted_and_read_in_the_next_run(framed: Portal) -> None:
    framed.server.put(FRAME, page("busy", status=503, Retry_After="3600"))
    crawl(framed, code=5)
    assert verdict(framed)["awaiting"] == 1
    framed.server.put(FRAME, dated(seed_answer("000").body))
    with sqlite3.connect(framed.data_dir / "ledger.sqlite") as ledger:
        ledger.execute("DELETE FROM hosts")
    ledger.close()
    assert len(crawl(framed)) == 1
    assert verdict(framed)["awaiting"] == 0


def test_bytes_that_left_the_archive_come_whole_again(attached: Portal) -> None:
    crawl(attached)
    [warc] = (attached.data_dir / "warc").iterdir()
    warc.rename(attached.folder / warc.name)
    attached.server.put(PDF, dated(make_pdf(["另一示例"]), 1, "application/pdf"))
    assert crawl(attached, code=3) == []
    assert outcomes(attached, article(1))[-2:] == ["unchanged", "error"]
    assert crawl(attached) == [], "the report is what it was"
    assert outcomes(attached, article(1))[-2:] == ["awaiting", "ok"]


def test_a_forgotten_file_takes_the_report_with_it(framed: Portal) -> None:
    [record] = crawl(framed)
    assert scrapy("forget", FRAME, DATA_DIR=framed.data_dir).returncode == 0
    assert scrapy("explain", record["report_key"], DATA_DIR=framed.data_dir).returncode == 1
    framed.crawl()
    assert "/frames/report.htm" not in framed.asked
    assert scrapy("export", "-o", "-", DATA_DIR=framed.data_dir).stdout == ""
    assert (FRAME, "forgotten") in skipped(framed)


# -- kills and rebuilds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [f"archived {article(1)}", f"asked {PDF}", f"archived {PDF}", "ready"])
def test_a_kill_between_page_and_files_loses_nothing_and_doubles_nothing(attached: Portal, moment: str) -> None:
    calm, attached.data_dir = attached.data_dir, attached.folder / "undisturbed"
    [undisturbed] = crawl(attached)
    attached.data_dir = calm
    killing = {**DOWNLOADER_MIDDLEWARES, "tests.crawler.killing.KillingMiddleware": 55}
    settings: dict[str, Any] = {
        "DOWNLOADER_MIDDLEWARES": json.dumps(killing),
        "KILL_AT": moment,
        "KILL_MARK": attached.folder / "killed",
    }
    assert attached.crawl(**settings).returncode != 0
    assert (attached.folder / "killed").exists()
    assert records(attached.data_dir) == []
    [record] = crawl(attached, **settings)
    assert len(list((attached.data_dir / "runs").iterdir())) == 1, "the same run"
    for key in record.keys() - {"provenance"}:
        assert record[key] == undisturbed[key]
    assert crawl(attached) == []


def test_a_rebuild_makes_the_same_ledger_and_the_same_lines(attached: Portal) -> None:
    crawl(attached)
    attached.server.put(WORD, word("001", 1))
    crawl(attached)
    rebuilt = attached.folder / "rebuilt"
    shutil.copytree(attached.data_dir, rebuilt)
    for path in (*rebuilt.glob("ledger.sqlite*"), *(rebuilt / "reports").iterdir()):
        path.unlink()
    result = scrapy("rebuild", DATA_DIR=rebuilt, PORTALS=attached.registry)
    assert result.returncode == 0, result.stderr
    assert records(rebuilt) == records(attached.data_dir)
    for columns, table in _compared():
        assert ledger_rows(rebuilt, columns, table) == ledger_rows(attached.data_dir, columns, table)


def _compared() -> Iterable[tuple[str, str]]:
    yield "*", "carriers"
    yield "key, role, outcome, content_digest, capture, acknowledged_run, ready", "requests"
    yield "key, revision, digest, run, capture, url, change, line", "documents"
    yield "url, content_digest, key, revision, current", "sources"


def test_a_reparse_reads_page_and_files_from_the_archive(attached: Portal) -> None:
    crawl(attached)
    result = scrapy("reparse", "--workers", "1", DATA_DIR=attached.data_dir)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("1 reports read again, 0 differ")


def test_a_reparse_of_the_warc_files_finds_the_files_of_a_page(attached: Portal) -> None:
    [record] = crawl(attached)
    files = map(str, (attached.data_dir / "warc").iterdir())
    result = scrapy("reparse", "--workers", "1", *files)
    assert result.returncode == 0, result.stderr
    [reparsed] = map(json.loads, result.stdout.splitlines())
    assert {**reparsed, "history": record["history"]} == record


def test_explain_shows_the_file_that_holds_the_cell_not_the_page_that_links_to_it(attached: Portal) -> None:
    """The page has a table of its own under the number that the report's has in the file."""
    own = "<table><tr><td>甲</td></tr></table>" * 2 + file_page(TITLE, "/files/P020240126000000000001.doc")
    attached.server.put(article(1), dated(own))
    [record] = crawl(attached)

    def shown(place: str) -> list[str]:
        answer = scrapy("explain", record["report_key"], place, "--show", "--json", DATA_DIR=attached.data_dir)
        assert answer.returncode == 0, answer.stderr
        return list(json.loads(answer.stdout)["shown"])

    assert shown("applications.new_received.total") == [
        "一、本年新收政府信息公开申请数量 | 167 | 2 | 0 | 0 | 0 | 0 | 【169】"
    ]
    assert "【共受理依申请公开信息169件】" in shown("facts.new_received")[0]


def test_explain_opens_no_file_but_names_it(attached: Portal) -> None:
    one_page(attached, file_page(TITLE, "/files/P020240126000000000002.pdf"))
    attached.server.put(PDF, dated((FIXTURES / "report.pdf").read_bytes(), kind="application/pdf"))
    [record] = crawl(attached)
    key, place = record["report_key"], record["provenance"]["cell_places"]["applications.new_received"][6]
    answer = scrapy("explain", key, "applications.new_received.total", "--show", DATA_DIR=attached.data_dir)
    assert f"not shown: see {place} of {PDF}" in answer.stdout
    answer = scrapy("explain", key, "facts.new_received", "--show", DATA_DIR=attached.data_dir)
    assert f"not shown: see {PDF}: " in answer.stdout
