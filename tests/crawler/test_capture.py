"""`scrapy capture`: exactly these addresses, a line each, and what the lines point to; reports recorded like any other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from archive.warc_reader import open_warc, read_exchange
from tests.crawler.capture_portal import (
    ELSEWHERE,
    PAGE,
    PLAIN,
    capture,
    member,
    results,
    rows,
)
from tests.crawler.loopback_proxy import LoopbackProxy
from tests.crawler.program import records, scrapy
from tests.crawler.small_portal import HOST, Portal, article, page
from tests.portals.pages import load_sites, seed_answer
from tests.portals.server import ReplicaServer


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
    assert portal.asked.count("/info/1/1.htm") == 1
    assert "/secret/1.htm" not in portal.asked
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
    assert portal.asked == ["/about/us.htm", "/here.htm"]


def test_a_reparse_of_the_warc_files_reads_what_was_captured(portal: Portal) -> None:
    assert capture(portal, article(1), f"{HOST}/none.htm").returncode == 1
    [record] = records(portal.data_dir)
    process = scrapy("reparse", "--workers", "1", *map(str, (portal.data_dir / "warc").iterdir()))
    [reparsed] = map(json.loads, process.stdout.splitlines())
    assert {**reparsed, "history": record["history"]} == record
