"""`scrapy capture --requisites`: what a page needs to be displayed, politely and within its budget."""

from __future__ import annotations

import json

from tests.crawler.capture_portal import (
    PAGE,
    capture,
    put_page_with_requisites,
    results,
    rows,
)
from tests.crawler.small_portal import HOST, Portal, page


def test_requisites_of_every_kind_are_archived(portal: Portal) -> None:
    needed = put_page_with_requisites(portal)
    process = capture(portal, PAGE, "--requisites", "--json")
    assert process.returncode == 0, process.stderr
    [one] = results(process)
    assert sorted(portal.asked) == sorted([*needed, "/about/us.htm"])
    assert (one["requisites"], one["requisites_missing"]) == (len(needed), 0)
    roles = rows(portal.data_dir, "role, portal, outcome, COUNT(*)", "1=1 GROUP BY role, portal, outcome")
    assert roles == [("manual", "manual", "ok", 1), ("requisite", "manual", "ok", len(needed))]
    hops = dict(rows(portal.data_dir, "url, hops"))
    assert (hops[f"{HOST}/css/a.css"], hops[f"{HOST}/css/more.css"]) == ("E", "EE")


def test_requisites_stay_within_their_budget(portal: Portal) -> None:
    put_page_with_requisites(portal)
    budget = {"requests": 3, "bytes": 10_000_000}
    [one] = results(capture(portal, PAGE, "--requisites", "--json", REQUISITE_BUDGET=json.dumps(budget)))
    assert (one["requisites"], len(portal.asked)) == (3, 4)
    assert "/css/a.css" in portal.asked, "what matters most comes first"
    portal.data_dir = portal.folder / "other"
    budget = {"requests": 100, "bytes": 1}
    [one] = results(capture(portal, PAGE, "--requisites", "--json", REQUISITE_BUDGET=json.dumps(budget)))
    assert (one["requisites"], len(portal.asked)) == (1, 2)
    assert one["requisites_missing"] > 5


def test_a_requisite_is_asked_for_when_it_is_due_only(portal: Portal) -> None:
    needed = put_page_with_requisites(portal)
    assert capture(portal, PAGE, "--requisites").returncode == 0
    [one] = results(capture(portal, PAGE, "--requisites", "--json"))
    assert portal.asked == ["/about/us.htm"]
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
    assert portal.asked == ["/about/us.htm"]
    assert {exchange.host for exchange in portal.server.log} == {"www.smqzf.gov.cn"}
    outcomes = rows(portal.data_dir, "outcome, detail", "role='requisite'")
    assert outcomes[1] == ("robots", "")
    assert "127.0.0.1" in outcomes[0][1]
