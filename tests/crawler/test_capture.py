"""`scrapy capture`: exactly these addresses, a line each, reports recorded like any other; crawls are not disturbed."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from archive.warc_reader import open_warc, read_exchange
from crawler.settings import DOWNLOADER_MIDDLEWARES
from tests.crawler.capture_portal import (
    ELSEWHERE,
    PAGE,
    capture,
    member,
    put_page_with_requisites,
    results,
    rows,
)
from tests.crawler.loopback_proxy import LoopbackProxy
from tests.crawler.program import ROOT, command, in_order_of_writing, records, run, scrapy, to_replicas
from tests.crawler.small_portal import FILE_SIZE, HOST, START, TITLE, TOO_LARGE, Portal, article, listing, page
from tests.crawler.test_rebuild import BECAME, FETCHED, RESTORED, ROW, delete_all_but_warcs, folder, ledger_rows
from tests.portals.behaviour import Behaviour
from tests.portals.carried import file_page
from tests.portals.pages import load_sites, seed_answer
from tests.portals.server import ReplicaServer

PLAIN = page(
    "<html><head><title>机构简介</title></head><body><p>这一页只说办公室在哪里，不是年度报告。</p></body></html>"
)


def asked(portal: Portal) -> list[str]:
    return [exchange.target for exchange in portal.server.log if exchange.target != "/robots.txt"]


def test_a_result_for_each_address_in_the_order_given(portal: Portal, tmp_path: Path) -> None:
    portal.robots("User-agent: *\nDisallow: /secret/\n")
    portal.server.put(PAGE, PLAIN)
    missing, secret = f"{HOST}/missing.htm", f"{HOST}/secret/1.htm"
    portal.server.put(missing, page("<html><body>没有找到</body></html>", status=404))
    listed = tmp_path / "list.txt"
    listed.write_bytes(f"\ufeff# 年报\r\n\r\n{missing}\r\n{article(1)}#top\r\n{secret}".encode())
    process = capture(portal, PAGE, article(1), "-i", str(listed), "--json")
    assert process.returncode == 1
    found = results(process)
    assert [(one["url"], one["status"], one["outcome"], bool(one["reason"])) for one in found] == [
        (PAGE, 200, "ok", False),
        (article(1), 200, "ok", False),
        (missing, 404, "missing", True),
        (f"{article(1)}#top", 200, "ok", False),
        (secret, None, "robots", True),
    ]
    assert asked(portal).count("/info/1/1.htm") == 1
    assert "/secret/1.htm" not in asked(portal)
    assert found[1] == {**found[3], "url": article(1)}
    assert (found[1]["report"], found[1]["change"]) == ("370305:gov/2023", "new")
    assert (found[0]["report"], found[4]["warc"]) == (None, None)


def test_a_locator_cuts_out_exactly_the_answer(portal: Portal) -> None:
    portal.server.put(PAGE, PLAIN)
    found = results(capture(portal, PAGE, article(1), "--json"))
    for one in found:
        record = member(portal.data_dir, one["warc"])
        assert record.startswith(b"WARC/1.1\r\n")
        assert f"WARC-Target-URI: {one['url']}\r\n".encode() in record
        assert f"WARC-Record-ID: {one['warc']['record_id']}\r\n".encode() in record
        sent = next(x.response for x in portal.server.log if one["url"].endswith(x.target))
        assert sent in record
        archived = read_exchange(open_warc(portal.data_dir / "warc", one["warc"]["file"]), one["warc"]["offset"])
        assert archived.capture.payload_digest == one["digest"]


def test_the_lines_for_a_person_have_the_same(portal: Portal) -> None:
    [line] = capture(portal, article(1)).stdout.splitlines()
    status, digest, locator, url, outcome, told = line.split("\t")
    [(file, offset)] = rows(portal.data_dir, "file, start_offset", f"url='{article(1)}'", "captures")
    assert (status, digest[:7], locator) == ("200", "sha256:", f"{file}:{offset}")
    assert (url, outcome, told) == (article(1), "ok", "370305:gov/2023 new")


def test_a_report_is_a_record_like_any_other(portal: Portal) -> None:
    """Told of the portal of the registry whose page it is, as a crawl tells the parser."""
    assert portal.crawl().returncode == 0
    crawled = {record["report_key"]: record for record in records(portal.data_dir)}
    portal.data_dir = portal.folder / "other"
    assert capture(portal, article(1), article(2)).returncode == 0
    captured = records(portal.data_dir)
    assert len(captured) == 2
    for record in captured:
        known = crawled[record["report_key"]]
        for key in record.keys() - {"provenance", "history"}:
            if key != "identity":  # the listing's words are evidence of a name
                assert record[key] == known[key]
        assert record["identity"]["organ"]["organ_id"] == known["identity"]["organ"]["organ_id"]
        assert record["history"]["change"] == "new"
        place = record["provenance"]["warc"]
        assert (
            read_exchange(portal.data_dir / "warc" / place["file"], place["offset"]).url == record["provenance"]["url"]
        )


def test_a_page_of_no_government_stays_archived_and_is_no_report(tmp_path: Path) -> None:
    sites = dict(load_sites())
    sites["foreign"] = replace(next(iter(sites.values())), host="www.example.org")
    with ReplicaServer(sites=sites) as server:
        portal = Portal(server, tmp_path)
        foreign = "http://www.example.org/copy.htm"
        server.put(foreign, page(seed_answer("000").body))
        server.put(PAGE, page("", status=302, Location=foreign))  # nor is it one where a government's page leads to it
        process = capture(portal, foreign, PAGE, "--json")
    one, led = results(process)
    assert (led["answered_by"], led["report"]) == (foreign, None)
    assert (process.returncode, one["status"], one["report"]) == (0, 200, None)
    assert member(portal.data_dir, one["warc"])
    assert records(portal.data_dir) == []
    [skipped] = (portal.data_dir / "runs").glob("*/skipped.jsonl")
    assert skipped.read_text(encoding="utf-8").count("not a government source") == 2


def test_a_later_capture_comes_whole_and_is_no_revision(portal: Portal) -> None:
    first = results(capture(portal, article(1), "--json"))
    [one] = results(capture(portal, article(1), "--json"))
    assert b"If-None-Match" not in portal.server.log[-1].request
    assert (one["status"], one["report"], one["change"]) == (200, "370305:gov/2023", None)
    assert one["warc"] != first[0]["warc"]
    assert len(records(portal.data_dir)) == 1
    portal.server.put(article(1), page(seed_answer("000").body.replace(b"167", b"168")))
    [one] = results(capture(portal, article(1), "--json"))
    assert one["change"] == "revised"


def test_redirects_are_followed_anywhere_and_named(portal: Portal) -> None:
    portal.server.put(PAGE, page("", status=302, Location=f"{ELSEWHERE}/here.htm"))
    portal.server.put(f"{ELSEWHERE}/here.htm", PLAIN)
    [one] = results(capture(portal, PAGE, "--json"))
    assert (one["url"], one["answered_by"], one["status"]) == (PAGE, f"{ELSEWHERE}/here.htm", 200)


def test_an_address_of_a_portal_is_reached_as_its_portal_declares_it(portal: Portal) -> None:
    """By its proxy; and what it leads to elsewhere without."""
    with LoopbackProxy({"www.smqzf.gov.cn:443": portal.server.port}) as proxy:
        place = f"127.0.0.1:{proxy.port}"
        portal.declare(f'proxy = "http://{place}"')
        portal.server.put(PAGE, page("", status=302, Location=f"{ELSEWHERE}/here.htm"))
        portal.server.put(f"{ELSEWHERE}/here.htm", PLAIN)
        connect_to = {**portal.server.connect_to, place: place}
        process = capture(portal, PAGE, "--json", CONNECT_TO=json.dumps(connect_to))
    assert process.returncode == 0, process.stdout + process.stderr
    assert proxy.requests
    assert all(request.startswith(b"CONNECT www.smqzf.gov.cn:443 ") for request in proxy.requests)
    assert asked(portal) == ["/about/us.htm", "/here.htm"]


def test_a_reparse_of_the_warc_files_reads_what_was_captured(portal: Portal) -> None:
    assert capture(portal, article(1), f"{HOST}/none.htm").returncode == 1
    [record] = records(portal.data_dir)
    process = scrapy("reparse", "--workers", "1", *map(str, (portal.data_dir / "warc").iterdir()))
    [reparsed] = map(json.loads, process.stdout.splitlines())
    assert {**reparsed, "history": record["history"]} == record


# -- beside crawls --------------------------------------------------------------------------------------------------


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
    assert sorted(asked(portal)) == ["/info/1/2.htm", "/zfxxgk/small.htm"], "a listing's pages are not asked for"
    assert portal.crawl().returncode == 0
    assert asked(portal) == ["/zfxxgk/small.htm"]


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
    assert (one["outcome"], one["report"], asked(portal)) == ("awaiting", None, ["/about/us.htm"])
    assert capture(portal, file).returncode == 0
    assert asked(portal) == ["/files/P020240126000000000001.doc"]
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
    rebuilt = portal.folder / "rebuilt"
    shutil.copytree(portal.data_dir, rebuilt)
    delete_all_but_warcs(rebuilt)
    process = scrapy("rebuild", DATA_DIR=rebuilt, PORTALS=portal.registry)
    assert process.returncode == 0, process.stderr
    for table, columns in RESTORED.items():
        where = "committed_end>0" if table == "outputs" else "1=1"  # a file nobody wrote to has no length, or 0
        restored = ledger_rows(rebuilt, table, columns, where)
        assert restored == ledger_rows(portal.data_dir, table, columns, where), table
    for columns, where in ((ROW, "1=1"), (BECAME, FETCHED), ("key, etag, last_modified", "role<>'listing'")):
        assert ledger_rows(rebuilt, "requests", columns, where) == ledger_rows(
            portal.data_dir, "requests", columns, where
        )
    assert ledger_rows(rebuilt, "carriers", "*") == ledger_rows(portal.data_dir, "carriers", "*")
    assert folder(rebuilt / "reports") == folder(portal.data_dir / "reports")
    assert folder(rebuilt / "index") == folder(portal.data_dir / "index")


# -- requisites -----------------------------------------------------------------------------------------------------


def test_requisites_of_every_kind_are_archived(portal: Portal) -> None:
    needed = put_page_with_requisites(portal)
    process = capture(portal, PAGE, "--requisites", "--json")
    assert process.returncode == 0, process.stderr
    [one] = results(process)
    assert sorted(asked(portal)) == sorted([*needed, "/about/us.htm"])
    assert (one["requisites"], one["requisites_missing"]) == (len(needed), 0)
    roles = rows(portal.data_dir, "role, portal, outcome, COUNT(*)", "1=1 GROUP BY role, portal, outcome")
    assert roles == [("manual", "manual", "ok", 1), ("requisite", "manual", "ok", len(needed))]
    hops = dict(rows(portal.data_dir, "url, hops"))
    assert (hops[f"{HOST}/css/a.css"], hops[f"{HOST}/css/more.css"]) == ("E", "EE")


def test_requisites_stay_within_their_budget(portal: Portal) -> None:
    put_page_with_requisites(portal)
    budget = {"requests": 3, "bytes": 10_000_000}
    [one] = results(capture(portal, PAGE, "--requisites", "--json", REQUISITE_BUDGET=json.dumps(budget)))
    assert (one["requisites"], len(asked(portal))) == (3, 4)
    assert "/css/a.css" in asked(portal), "what matters most comes first"
    portal.data_dir = portal.folder / "other"
    budget = {"requests": 100, "bytes": 1}
    [one] = results(capture(portal, PAGE, "--requisites", "--json", REQUISITE_BUDGET=json.dumps(budget)))
    assert (one["requisites"], len(asked(portal))) == (1, 2)
    assert one["requisites_missing"] > 5


def test_a_requisite_is_asked_for_when_it_is_due_only(portal: Portal) -> None:
    needed = put_page_with_requisites(portal)
    assert capture(portal, PAGE, "--requisites").returncode == 0
    [one] = results(capture(portal, PAGE, "--requisites", "--json"))
    assert asked(portal) == ["/about/us.htm"]
    assert one["requisites"] == len(needed)


def test_requisites_obey_robots_and_the_guard(portal: Portal) -> None:
    port = portal.server.port
    portal.robots("User-agent: *\nDisallow: /css/\n")
    portal.server.put(
        PAGE, page(f"<link rel=stylesheet href=/css/a.css><img src=http://127.0.0.1:{port}/x.png>办公时间：周一至周五")
    )
    hosts = {f"www.smqzf.gov.cn:{number}": f"127.0.0.1:{port}" for number in (80, 443)}
    settings = {"CONNECT_TO": json.dumps(hosts), "CONTACT": "me@example.org", "DOWNLOAD_DELAY": 1}
    process = capture(portal, PAGE, "--requisites", "--json", **settings)
    [one] = results(process)
    assert (process.returncode, one["requisites"], one["requisites_missing"]) == (0, 0, 2)
    assert asked(portal) == ["/about/us.htm"]
    assert {exchange.host for exchange in portal.server.log} == {"www.smqzf.gov.cn"}
    outcomes = rows(portal.data_dir, "outcome, detail", "role='requisite'")
    assert outcomes[1] == ("robots", "")
    assert "127.0.0.1" in outcomes[0][1]


# -- what is refused, and what can go wrong ---------------------------------------------------------------------------


NO_ADDRESSES = {
    "ftp://www.example.gov.cn/a": "http",
    "www.example.gov.cn/a": "http",
    "http:///a": "no host",
    "http://me:secret@www.example.gov.cn/a": "user name",
    "http://www.example.gov.cn/a\r\nX: y": "control characters",
    "http://www.example.gov.cn/a b": "spaces",
    "http://www.example.gov.cn:99999/": "no address",
    "http://[::1/": "no address",
    "http://www.example.gov.cn/" + "a" * 5000: "longer",
}


def test_an_address_that_is_none_is_named_before_anything_is_sent(portal: Portal) -> None:
    process = capture(portal, article(1), *NO_ADDRESSES)
    assert (process.returncode, process.stdout) == (2, "")
    *named, last = process.stderr.splitlines()
    assert len(named) == len(NO_ADDRESSES), "a line each, whatever is in them"
    assert [says for says, line in zip(NO_ADDRESSES.values(), named, strict=True) if says not in line] == []
    assert "secret" not in process.stderr
    assert "9 of 10 addresses cannot be captured; nothing was sent" in last
    assert portal.server.log == []
    assert not portal.data_dir.exists()


def test_bytes_in_a_list_that_are_no_address_are_named(portal: Portal, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_bytes(
        article(1).encode() + b"\nhttp://www.example.gov.cn/\xff\nhttp://www.example.gov.cn/a\x00b\nhttp://x/a\rb\n"
    )
    process = capture(portal, "-i", str(listed))
    assert process.returncode == 2
    assert "3 of 4 addresses cannot be captured" in process.stderr
    assert portal.server.log == []


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"CONNECT_TO": ""}, 2, "CONTACT is missing"),
        ({"REQUISITE_BUDGET": '{"files": 1}'}, 2, "unknown budget"),
        ({"CONNECT_TO": "", "CONTACT": "me@example.org", "DOWNLOAD_DELAY": 1}, 1, ""),
    ],
)
def test_no_anonymous_and_no_inner_request(portal: Portal, settings: dict[str, object], code: int, says: str) -> None:
    process = capture(portal, f"http://127.0.0.1:{portal.server.port}/info/1/1.htm", "--json", **settings)
    assert (process.returncode, says in process.stderr) == (code, True), process.stderr
    assert portal.server.log == []
    if code == 1:
        [one] = results(process)
        assert "127.0.0.1" in one["reason"]


def test_a_forgotten_or_excluded_address_is_not_asked_for(portal: Portal) -> None:
    portal.declare('exclude = ["*/about/*"]')
    assert scrapy("forget", article(1), DATA_DIR=portal.data_dir, PORTALS=portal.registry).returncode in (0, 7)
    assert capture(portal, article(2)).returncode == 0
    assert scrapy("forget", article(1), DATA_DIR=portal.data_dir, PORTALS=portal.registry).returncode == 0
    process = capture(portal, article(1), PAGE, "--json")
    assert [one["outcome"] for one in results(process)] == ["forgotten", "excluded"]
    assert (process.returncode, asked(portal)) == (1, [])


def test_a_host_that_asks_for_a_long_pause_is_left_alone(portal: Portal) -> None:
    portal.server.put(PAGE, page("忙", status=503, Retry_After="9000"))
    process = capture(portal, PAGE, article(1), "--json")
    assert (process.returncode, asked(portal)) == (1, ["/about/us.htm"])
    assert all("left alone until" in one["reason"] for one in results(process))
    assert capture(portal, article(1)).returncode == 1
    assert portal.server.log == []


def test_one_that_is_due_soon_is_waited_for(portal: Portal) -> None:
    portal.server.answer_with(article(1), Behaviour(page=page("忙", status=503, Retry_After="1")), times=1)
    process = capture(portal, article(1), "--json")
    assert [one["status"] for one in results(process)] == [200], process.stderr


def test_a_full_disk_ends_it_and_the_same_command_goes_on(portal: Portal) -> None:
    portal.server.put(PAGE, page(TOO_LARGE, kind="application/pdf"))
    arguments = ["capture", article(1), PAGE, article(2)]
    values = {"DATA_DIR": portal.data_dir, "PORTALS": portal.registry, "RETRY_TIMES": 0, "DOWNLOAD_DELAY": 0}
    values["CONNECT_TO"] = json.dumps(portal.server.connect_to)
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    full = run([*arguments, *options], timeout=60, file_size=FILE_SIZE)
    assert full.returncode == 8, full.stderr
    assert "the same command continues it" in full.stderr
    portal.server.put(PAGE, PLAIN)
    process = capture(portal, article(1), PAGE, article(2), "--json")
    assert process.returncode == 0, process.stderr
    assert len(records(portal.data_dir)) == 2


@pytest.mark.parametrize(
    "moment", [f"asked {article(2)}", f"archived {article(2)}", f"asked {HOST}/css/more.css", f"archived {PAGE}"]
)
def test_killed_and_begun_again_nothing_is_lost_and_nothing_comes_twice(portal: Portal, moment: str) -> None:
    put_page_with_requisites(portal)
    arguments = (article(1), PAGE, article(2), "--requisites", "--json")
    undisturbed, expected = portal.data_dir, results(capture(portal, *arguments))
    targets = sorted(asked(portal))
    known = {record["report_key"] for record in records(undisturbed)}
    portal.data_dir = portal.folder / "killed"
    settings = {
        "DOWNLOADER_MIDDLEWARES": json.dumps({**DOWNLOADER_MIDDLEWARES, "tests.crawler.killing.KillingMiddleware": 55}),
        "KILL_AT": moment,
        "KILL_MARK": portal.folder / "mark",
    }
    assert capture(portal, *arguments, **settings).returncode != 0
    assert (portal.folder / "mark").exists()
    before = asked(portal)
    acknowledged = {"/" + url.split("/", 3)[3] for (url,) in rows(portal.data_dir, "url", "acknowledged_run<>''")}
    process = capture(portal, *reversed(arguments[:3]), *arguments[3:], **settings)
    assert process.returncode == 0, process.stderr
    assert "continuing the unfinished run" in process.stderr
    assert not acknowledged & set(asked(portal)), "what was acknowledged is not asked for again"
    assert set(before) | set(asked(portal)) == set(targets)
    told = ("url", "outcome", "status", "digest", "report", "requisites", "requisites_missing")
    assert [[one[name] for name in told] for one in results(process)] == [
        [one[name] for name in told] for one in reversed(expected)
    ]
    lines = [record["report_key"] for record in records(portal.data_dir)]
    assert sorted(lines) == sorted(known)
    assert len(list((portal.data_dir / "runs").iterdir())) == 1


@pytest.mark.parametrize("moment", ["asked {file}", "archived {file}", "ready"])
def test_killed_a_page_that_is_only_a_link_is_read_all_the_same(portal: Portal, moment: str) -> None:
    file = f"{HOST}/files/P020240126000000000001.doc"
    portal.server.put(PAGE, page(file_page(TITLE, "/files/P020240126000000000001.doc")))
    portal.server.put(file, page(seed_answer("000").body, kind="application/msword"))
    settings = {
        "DOWNLOADER_MIDDLEWARES": json.dumps({**DOWNLOADER_MIDDLEWARES, "tests.crawler.killing.KillingMiddleware": 55}),
        "KILL_AT": moment.format(file=file),
        "KILL_MARK": portal.folder / "mark",
    }
    assert capture(portal, PAGE, "--requisites", **settings).returncode != 0
    assert (portal.folder / "mark").exists()
    [one] = results(capture(portal, PAGE, "--requisites", "--json", **settings))
    assert (one["outcome"], one["report"], one["change"]) == ("ok", "370305:gov/2023", "new")
    [record] = records(portal.data_dir)
    assert record["provenance"]["url"] == PAGE


def test_an_interrupted_capture_says_so_and_is_continued(portal: Portal) -> None:
    portal.server.answer_with(article(2), Behaviour(delay=60), times=1)
    settings = {**to_replicas(portal.server.connect_to, portal.data_dir), "PORTALS": portal.registry}
    options = [
        part for name, value in {**settings, "SHUTDOWN_SECONDS": 1}.items() for part in ("-s", f"{name}={value}")
    ]
    process = subprocess.Popen(
        command("capture", article(1), article(2), *options), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + 60
        while "/info/1/1.htm" not in asked(portal) and time.monotonic() < deadline:
            time.sleep(0.05)
        in_use = capture(portal, article(3))
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        printed, told = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (in_use.returncode, "in use" in in_use.stderr) == (7, True)
    assert (process.returncode, printed) == (130, b"")
    assert b"the same command continues the run" in told
    again = capture(portal, article(1), article(2), "--json")
    assert (again.returncode, asked(portal)) == (0, ["/info/1/2.htm"])
    assert [one["change"] for one in results(again)] == ["new", "new"]


def test_a_damaged_or_missing_ledger_is_refused(portal: Portal) -> None:
    assert capture(portal, article(1)).returncode == 0
    (portal.data_dir / "ledger.sqlite").write_bytes(b"no ledger" * 1000)
    assert capture(portal, article(1)).returncode == 6
    for path in portal.data_dir.glob("ledger.sqlite*"):
        path.unlink()
    process = capture(portal, article(1))
    assert (process.returncode, "scrapy rebuild" in process.stderr) == (6, True)


def test_a_portal_cannot_take_the_name_of_what_is_captured_by_hand(portal: Portal) -> None:
    portal.declare(portal="manual")
    process = scrapy("portals", "--check", PORTALS=portal.registry)
    assert process.returncode == 2
    assert "by hand" in process.stderr


def test_a_ledger_without_captures_has_no_rows_of_theirs(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    with sqlite3.connect(portal.data_dir / "ledger.sqlite") as db:
        assert db.execute("SELECT COUNT(*) FROM requests WHERE portal='manual'").fetchone() == (0,)
