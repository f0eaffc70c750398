"""`scrapy extract` fetches addresses as politely and as safely as a crawl, and keeps nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.program import run, to_replicas
from tests.crawler.small_portal import HOST, Portal, article, page
from tests.portals.pages import seed_answer


def extract(portal: Portal, *arguments: str, **settings: object) -> tuple[int, list[dict[str, Any]], str]:
    values = {
        **to_replicas(portal.server.connect_to, portal.data_dir),
        "PORTALS": portal.registry,
        "RETRY_TIMES": 0,
        **settings,
    }
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    result = run(["extract", *arguments, *options], timeout=60)
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_addresses_and_files_in_the_order_given(portal: Portal, tmp_path: Path) -> None:
    saved = tmp_path / "saved.html"
    saved.write_bytes(seed_answer("001").body)
    moved = f"{HOST}/moved.htm"
    portal.server.put(moved, page("", status=302, Location=article(3)))
    code, lines, errors = extract(portal, article(1), str(saved), moved, CONTACT="me@example.org")
    assert code == 0, errors
    assert [line["source"] for line in lines] == [article(1), str(saved), moved]
    assert [line["report_key"] for line in lines][::2] == ["370305:gov/2023", "140900:dept:民政局/2023"]
    provenance = lines[2]["provenance"]
    assert (provenance["url"], provenance["http_status"], "warc" in provenance) == (article(3), 200, False)
    assert [entry.target for entry in portal.server.log].count("/robots.txt") == 1
    assert all(b"me@example.org" in entry.request for entry in portal.server.log)
    assert not portal.data_dir.exists(), "something was archived"


def test_what_cannot_be_fetched_is_said_in_one_line_each(portal: Portal) -> None:
    portal.robots("User-agent: *\nDisallow: /info/1/1.htm\n")
    missing, hidden = f"{HOST}/missing.htm", f"{HOST}/hidden.htm"
    portal.server.put(missing, page("<html><body>没有找到</body></html>", status=404))
    portal.server.put(hidden, page("", status=302, Location=article(1)))
    code, lines, errors = extract(portal, article(1), missing, hidden, article(2))
    assert code == 1
    assert [line.get("report_key", "none") for line in lines][:3] == ["none"] * 3
    assert lines[3]["schema"] == "ogi-annual-report/1.0"
    told = [line for line in errors.splitlines() if line.startswith("scrapy extract: ")]
    assert [("robots.txt" in line, "status 404" in line) for line in told] == [
        (True, False),
        (False, True),
        (True, False),
    ]
    assert "/info/1/1.htm" not in [entry.target for entry in portal.server.log]


def test_a_forgotten_address_is_not_asked_for(portal: Portal) -> None:
    assert portal.crawl().returncode == 0
    settings = {**to_replicas(portal.server.connect_to, portal.data_dir)}
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    assert run(["forget", article(1), *options]).returncode == 0
    portal.server.clear_log()
    code, [line], _ = extract(portal, article(1))
    assert (code, "not_a_report" in line) == (1, True)
    assert portal.server.log == []


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"CONNECT_TO": ""}, 2, "CONTACT is missing"),
        ({"CONNECT_TO": "", "CONTACT": "me@example.org", "DOWNLOAD_DELAY": 0}, 2, "DOWNLOAD_DELAY=0 is refused"),
        ({"CONNECT_TO": "", "CONTACT": "me@example.org", "DOWNLOAD_DELAY": 1}, 1, "127.0.0.1"),
    ],
)
def test_no_anonymous_no_hasty_and_no_inner_request(
    portal: Portal, settings: dict[str, object], code: int, says: str
) -> None:
    portal.server.clear_log()
    url = f"http://127.0.0.1:{portal.server.port}/info/1/1.htm"
    found, _, errors = extract(portal, url, **settings)
    assert (found, says in errors) == (code, True), errors
    assert portal.server.log == []
