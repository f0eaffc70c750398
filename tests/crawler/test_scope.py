"""What never enters the frontier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.ledger import Ledger
from archive.rows import FrontierRequest
from archive.tombstones import Tombstone
from crawler import scope
from crawler.portals import Portal
from crawler.scope import is_trap, refusal

BASE = "http://www.example.gov.cn"
PORTAL = Portal(
    "x", "示例区", "530802", "vsb", (f"{BASE}/zfxxgk/",), hosts=("www.example.gov.cn",), exclude=("*/old/*",)
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()


def request(path: str, hops: str = "L") -> FrontierRequest:
    return FrontierRequest("vsb", "x", "report", "GET", BASE + path, "parse_article", hops=hops)


@pytest.mark.parametrize(
    ("path", "trap"),
    [
        ("/art/2024/1/1/art_1_1.html", False),
        ("/01/01/01/01/a.html", False),  # days and months
        ("/zfxxgk/zfxxgk/a.html", False),
        ("/zfxxgk/zfxxgk/zfxxgk/a.html", True),
        ("/zfxxgk/a/zfxxgk/b/zfxxgk/", True),
        ("/" + "/".join(f"d{number}" for number in range(20)), False),
        ("/" + "/".join(f"d{number}" for number in range(21)), True),
        ("/a.html?p=/zfxxgk/zfxxgk/zfxxgk/", False),
    ],
)
def test_traps(path: str, trap: bool, ledger: Ledger) -> None:
    assert is_trap(BASE + path) is trap
    assert bool(refusal(request(path), PORTAL, ledger)) is trap


def test_too_many_links_from_a_start(ledger: Ledger) -> None:
    assert refusal(request("/a.html", "L" * 250), PORTAL, ledger) == ""
    assert refusal(request("/a.html", "L" * 251), PORTAL, ledger) == "more than 250 links from a start address"


def test_excluded_and_forgotten(ledger: Ledger) -> None:
    assert refusal(request("/old/a.html"), PORTAL, ledger) == "excluded by */old/*"
    ledger.forget(Tombstone.of(f"{BASE}/a.html"))
    assert refusal(request("/a.html"), PORTAL, ledger) == "forgotten"
    assert refusal(request("/b.html"), PORTAL, ledger) == ""


def test_one_address_under_endless_queries(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "MAX_QUERIES", 3)
    known = [request(f"/list.jsp?page={number}") for number in range(3)]
    ledger.begin_with(
        [*known[:2], request("/list.jsp"), request("/list.jspx?page=1"), request("/other.jsp?a=1")], "run"
    )
    assert refusal(request("/list.jsp?page=9"), PORTAL, ledger) == "", "only queries of this address count"
    ledger.begin_with(known, "run")
    assert refusal(request("/list.jsp?page=9"), PORTAL, ledger) == "more than 3 queries of one address"
    assert refusal(known[0], PORTAL, ledger) == "", "what is known is no more"
    assert refusal(request("/list.jsp"), PORTAL, ledger) == ""
    assert refusal(request("/other.jsp?b=1"), PORTAL, ledger) == ""
