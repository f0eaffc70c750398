"""Captures by hand and crawls of one archive: neither disturbs the other, and a rebuild brings back both."""

from __future__ import annotations

import json
import sqlite3

from tests.crawler.capture_portal import (
    ELSEWHERE,
    PAGE,
    capture,
    put_page_with_requisites,
    results,
    rows,
)
from tests.crawler.program import in_order_of_writing, records, scrapy
from tests.crawler.rebuilt import assert_same_ledger, folder, ledger_rows, rebuild_copy
from tests.crawler.small_portal import HOST, START, TITLE, Portal, article, listing, page
from tests.portals.carried import file_page
from tests.portals.pages import seed_answer


def judged(portal: Portal) -> dict[str, object]:
    newest = in_order_of_writing((portal.data_dir / "runs").glob("*-all-*/report.json"))[-1]
    [row] = json.loads(newest.read_text(encoding="utf-8"))["portals"]
    counted = ("listed", "known", "known_before", "not_due", "left", "failed", "withdrawn", "moved", "verdict")
    return {name: row[name] for name in counted}


def test_a_crawl_counts_nothing_that_was_captured_by_hand(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    assert portal.crawl().returncode == 0
    before = judged(portal)
    portal.server.put(f"{HOST}/copy.htm", page(seed_answer("000").body))
    process = capture(portal, f"{HOST}/copy.htm", PAGE, f"{HOST}/gone.htm", "--requisites", "--json")
    assert [one["report"] for one in results(process)] == ["370305:gov/2023", None, None]
    assert portal.crawl().returncode == 0
    assert judged(portal) == before


def test_a_copy_captured_by_hand_keeps_no_report_from_being_withdrawn(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    portal.server.put(f"{HOST}/copy.htm", page(seed_answer("000").body))
    assert capture(portal, f"{HOST}/copy.htm").returncode == 0
    portal.server.put(START, listing(2, 3))
    portal.server.remove(article(1))
    assert portal.crawl().returncode == 0
    changes = {record["report_key"]: record["history"]["change"] for record in records(portal.data_dir)}
    assert changes["370305:gov/2023"] == "withdrawn"


def test_a_page_that_a_crawl_knows_stays_that_crawls(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    columns = "portal, family, role, callback, via, hops, hints"
    before = rows(portal.data_dir, columns)
    portal.server.put(article(2), page(seed_answer("001").body.replace(b"</body>", b"<p>.</p></body>")))
    assert capture(portal, article(2), START).returncode == 0
    assert rows(portal.data_dir, columns) == before
    assert sorted(portal.asked) == ["/info/1/2.htm", "/zfxxgk/small.htm"], "a listing's pages are not asked for"
    assert portal.crawl().returncode == 0
    assert portal.asked == ["/zfxxgk/small.htm"]


def test_a_page_captured_before_its_listing_passes_to_the_portal(portal: Portal) -> None:
    assert capture(portal, article(1)).returncode == 0
    assert rows(portal.data_dir, "portal, role") == [("manual", "manual")]
    assert portal.crawl().returncode == 0
    assert rows(portal.data_dir, "portal, role", f"url='{article(1)}'") == [("small", "report")]
    assert rows(portal.data_dir, "DISTINCT portal", table="sources") == [("small",)]
    [(due,)] = rows(portal.data_dir, "due_at", f"url='{article(1)}'")
    assert due < "2100"


def test_a_page_that_is_only_a_link_is_read_with_its_file_if_both_are_captured(portal: Portal) -> None:
    file = f"{HOST}/files/P020240126000000000001.doc"  # Word saves HTML under this name, too
    portal.server.put(PAGE, page(file_page(TITLE, "/files/P020240126000000000001.doc")))
    portal.server.put(file, page(seed_answer("000").body, kind="application/msword"))
    [one] = results(capture(portal, PAGE, "--json"))
    assert (one["outcome"], one["report"], portal.asked) == ("awaiting", None, ["/about/us.htm"])
    assert capture(portal, file).returncode == 0
    assert portal.asked == ["/files/P020240126000000000001.doc"]
    [record] = records(portal.data_dir)
    assert record["provenance"]["url"] == file
    shown = rows(portal.data_dir, "url, key, current", table="sources")
    assert shown == [(PAGE, record["report_key"], 1), (file, record["report_key"], 1)]


def test_a_rebuild_makes_the_same_ledger_and_the_same_lines(portal: Portal) -> None:
    """Of captures before, between and behind crawls, with requisites, redirects, failures and a page of files."""
    put_page_with_requisites(portal)
    portal.robots("User-agent: *\nDisallow: /js/\n")
    file, moved, linking = f"{HOST}/files/P020240126000000000001.doc", f"{HOST}/moved.htm", f"{HOST}/about/report.htm"
    portal.server.put(linking, page(file_page(TITLE, "/files/P020240126000000000001.doc")))
    portal.server.put(file, page(seed_answer("000").body.replace(b"167", b"168"), kind="application/msword"))
    portal.server.put(moved, page("", status=302, Location=f"{ELSEWHERE}/here.htm"))
    portal.server.put(
        f"{ELSEWHERE}/here.htm", page("<link rel=stylesheet href=/css/a.css><p>办公时间：周一至周五。</p>")
    )
    assert capture(portal, article(1), PAGE, "--requisites").returncode == 0
    assert portal.crawl().returncode == 0
    assert capture(portal, f"{HOST}/none.htm", moved, linking, PAGE, "--requisites").returncode == 1
    portal.server.put(article(2), page(seed_answer("001").body.replace(b"</body>", "<p>更正。</p></body>".encode())))
    assert capture(portal, START, article(2), article(3), f"{HOST}/css/a.css", "--requisites").returncode == 0
    assert len(records(portal.data_dir)) == 4
    rebuilt = rebuild_copy(portal)
    assert_same_ledger(rebuilt, portal.data_dir, ("key, etag, last_modified", "role<>'listing'"))
    assert ledger_rows(rebuilt, "carriers", "*") == ledger_rows(portal.data_dir, "carriers", "*")
    assert folder(rebuilt / "reports") == folder(portal.data_dir / "reports")
    assert folder(rebuilt / "index") == folder(portal.data_dir / "index")


def test_a_portal_cannot_take_the_name_of_what_is_captured_by_hand(portal: Portal) -> None:
    portal.declare(portal="manual")
    process = scrapy("portals", "--check", PORTALS=portal.registry)
    assert process.returncode == 2
    assert "by hand" in process.stderr


def test_a_ledger_without_captures_has_no_rows_of_theirs(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    with sqlite3.connect(portal.data_dir / "ledger.sqlite") as db:
        assert db.execute("SELECT COUNT(*) FROM requests WHERE portal='manual'").fetchone() == (0,)
