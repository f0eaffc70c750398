"""A crawl keeps what is beside the report pages: attachments always, requisites where the registry says so; nothing hangs on them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from crawler.settings import DOWNLOADER_MIDDLEWARES
from tests.crawler.capture_portal import capture, css, results, rows
from tests.crawler.loopback_proxy import LoopbackProxy
from tests.crawler.program import in_order_of_writing, records, scrapy
from tests.crawler.rebuilt import folder, rebuild_copy
from tests.crawler.small_portal import HOST, NOW, START, TITLE, Portal, article, listing, page
from tests.portals.answer import Page
from tests.portals.pages import seed_answer

OTHER = "https://www.linzi.gov.cn"  # a replica that the registry of these tests does not know
ON = "requisites = true"
NEEDED = ["/css/a.css", "/css/b.css", "/js/a.js", "/pic/1.png", "/f/a.woff"]
_REFERENCE = re.compile(
    r"""\b(?:href|src|background|data)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)|url\([^)]*\)""", re.IGNORECASE
)
DUE = json.dumps({"listing": 0, "report": 0, "attachment": 0, "requisite": 0})


def report(stem: str, head: str = "", foot: str = "") -> Page:
    """A report of the seeds that refers to nothing, with more in its head, and behind its text."""
    body = _REFERENCE.sub("", seed_answer(stem).body.decode())
    return page(body.replace("</head>", f"{head}</head>", 1).replace("</body>", f"{foot}</body>", 1))


@pytest.fixture
def portal(portal: Portal) -> Portal:
    for number, stem in enumerate(("000", "001", "004"), start=1):
        portal.server.put(article(number), report(stem))
    return portal


def put_files(portal: Portal, *paths: str, on: str = HOST) -> None:
    for path in paths:
        portal.server.put(on + path, page(b"%PDF-1.4 " + path.encode(), kind="application/pdf"))


def put_requisites(portal: Portal) -> None:
    """Two of the three reports need the same style sheet, which imports another from another host; one a picture, too."""
    head = "<link rel=stylesheet href=/css/a.css><script src=/js/a.js></script>"
    portal.server.put(article(1), report("000", head, "<img src=/pic/1.png>"))
    portal.server.put(article(2), report("001", head))
    server = portal.server
    server.put(f"{HOST}/css/a.css", css(f"@import '{OTHER}/css/b.css'; @font-face{{src:url(/f/a.woff)}}"))
    server.put(f"{OTHER}/css/b.css", css("p{color:red}"))
    server.put(f"{HOST}/js/a.js", page("var s='请输入验证码';", kind="application/javascript"))
    server.put(f"{HOST}/pic/1.png", page(b"\x89PNG 1", kind="image/png"))
    server.put(f"{HOST}/f/a.woff", page(b"wOFF", kind="font/woff"))


def judged(portal: Portal) -> dict[str, Any]:
    newest = in_order_of_writing((portal.data_dir / "runs").glob("*/report.json"))[-1]
    [row] = json.loads(newest.read_text(encoding="utf-8"))["portals"]
    return dict(row)


def beside(portal: Portal) -> list[tuple[Any, ...]]:
    """Path, role, owner and outcome of every row that is beside a page."""
    found = rows(portal.data_dir, "url, role, portal, outcome", "portal LIKE '%/%'")
    return [("/" + url.split("/", 3)[3], *others) for url, *others in found]


def skipped(portal: Portal) -> list[tuple[str, str]]:
    files = in_order_of_writing((portal.data_dir / "runs").glob("*/skipped.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [(line["url"], line["reason"]) for line in lines]


def statuses(portal: Portal, *targets: str) -> list[bytes]:
    return [x.response[9:12] for target in targets for x in portal.server.log if x.target == target]


# -- attachments ----------------------------------------------------------------------------------------------------


def test_the_attachments_of_report_pages_are_archived_when_the_pages_are_done(portal: Portal) -> None:
    portal.server.put(
        article(1),
        report("000", foot="<a href=/f/1.pdf>附件1</a><a href=/f/2.docx>附件2</a><iframe src=/f/3.pdf></iframe>"),
    )
    put_files(portal, "/f/1.pdf", "/f/2.docx", "/f/3.pdf")
    assert portal.crawl().returncode == 0
    assert portal.asked[-3:] == ["/f/1.pdf", "/f/2.docx", "/f/3.pdf"]
    assert beside(portal) == [
        (f"/f/{n}", "attachment", "small/attachments", "ok") for n in ("1.pdf", "2.docx", "3.pdf")
    ]
    verdict = judged(portal)
    assert (verdict["verdict"], verdict["attachments"], verdict["attachments_missing"]) == ("complete", 3, 0)
    assert (verdict["listed"], verdict["known"], verdict["archived"]) == (3, 3, 4), "no other figure has them"
    assert len(records(portal.data_dir)) == 3
    assert [line[9] for line in portal.log if line[3] == "attachment" and line[9] == "-"] == [], "with their locators"
    assert portal.crawl().returncode == 0
    assert portal.asked == ["/zfxxgk/small.htm"], "and asked for again when they are due"


def test_files_elsewhere_and_of_pages_that_are_no_reports_are_not_asked_for(portal: Portal) -> None:
    files = f"<a href={OTHER}/f/1.pdf>附件1</a><a href=http://www.example.org/f/2.pdf>附件2</a>"
    portal.server.put(article(1), report("000", foot=files))
    put_files(portal, "/f/1.pdf", on=OTHER)
    text = f"<title>办公室的地址</title><p>{'这一页说的是办公室在哪里。' * 60}</p><a href=/f/3.pdf>附件</a>"
    portal.server.put(article(2), page(text))
    portal.server.put(START, page(listing(1, 2).body.replace(b"</ul>", b"</ul><a href=/f/4.pdf>files</a>")))
    portal.crawl()
    assert beside(portal) == [("/f/1.pdf", "attachment", "small/attachments", "ok")], "a government's file is"
    assert ("http://www.example.org/f/2.pdf", "off-site") in skipped(portal)
    assert not {"/f/3.pdf", "/f/4.pdf"} & set(portal.asked)


@pytest.mark.parametrize(
    ("budget", "had"),
    [
        ({"requests": 2, "bytes": 9999}, 2),
        ({"requests": 9, "bytes": 20}, 2),
        ({"requests": 9, "bytes": 9999, "run_bytes": 1}, 1),
    ],
)
def test_attachments_stay_within_their_budgets(portal: Portal, budget: dict[str, int], had: int) -> None:
    portal.server.put(article(1), report("000", foot="".join(f"<a href=/f/{n}.pdf>附件</a>" for n in range(1, 5))))
    put_files(portal, *(f"/f/{n}.pdf" for n in range(1, 5)))
    assert portal.crawl(ATTACHMENT_BUDGET=json.dumps(budget)).returncode == 0
    assert sum(target.startswith("/f/") for target in portal.asked) == had
    over = [line for line in portal.log if line[5] == "over budget"]
    named = [url for url, reason in skipped(portal) if reason == "over ATTACHMENT_BUDGET, and all behind it"]
    assert over or named == [f"{HOST}/f/3.pdf"]
    assert judged(portal)["attachments_missing"] == len(over)
    assert portal.crawl().returncode == 0
    assert not [target for target in portal.asked if target.startswith("/f/")], "nor are they asked for the next night"


def test_what_is_refused_beside_a_page_fails_neither_page_nor_host(portal: Portal) -> None:
    portal.server.put(article(1), report("000", foot="".join(f"<a href=/f/{n}.pdf>附件</a>" for n in range(1, 9))))
    for number in range(1, 9):
        portal.server.put(f"{HOST}/f/{number}.pdf", page("<html>请输入验证码</html>", status=403))
    portal.server.put(f"{HOST}/f/1.pdf", page("<html>没有找到</html>", status=404))
    assert portal.crawl(HOST_ERROR_LIMIT=3).returncode == 0
    verdict = judged(portal)
    assert (verdict["verdict"], verdict["blocked"], verdict["failed"], verdict["left"]) == ("complete", 0, 0, 0)
    assert verdict["attachments_missing"] == 4, (
        "one that is missing, and three refused, after which no more are asked for"
    )
    assert portal.crawl(ATTACHMENT_BUDGET='{"requests": 9, "bytes": 9999}').returncode == 0
    assert portal.asked[0] == "/zfxxgk/small.htm", "the host is not left alone for it"


def test_a_file_that_a_listing_leads_to_later_is_a_report_of_the_portal(portal: Portal) -> None:
    portal.server.put(article(1), report("000", foot="<a href=/f/1.pdf>附件</a>"))
    put_files(portal, "/f/1.pdf")
    assert portal.crawl().returncode == 0
    row = f'<li><a href="/f/1.pdf" title="{TITLE}">{TITLE}</a><span>2024-01-26</span></li>'
    portal.server.put(START, listing(1, 2, 3, more=f"<ul>{row}</ul>"))
    portal.crawl()
    assert "/f/1.pdf" in portal.asked
    assert rows(portal.data_dir, "portal, role", f"url='{HOST}/f/1.pdf'") == [("small", "report")]


# -- requisites -----------------------------------------------------------------------------------------------------


def test_requisites_are_archived_where_the_registry_says_so(portal: Portal) -> None:
    put_requisites(portal)
    assert portal.crawl().returncode == 0
    assert not set(NEEDED) & set(portal.asked), "nowhere else"
    before = judged(portal)
    portal.data_dir = portal.folder / "other"
    portal.declare(ON)
    assert portal.crawl().returncode == 0
    assert portal.asked[:4] == ["/zfxxgk/small.htm", "/info/1/1.htm", "/info/1/2.htm", "/info/1/3.htm"]
    assert sorted(portal.asked[4:]) == sorted(NEEDED), "each once, when the pages are done"
    assert {(role, owner, outcome) for _, role, owner, outcome in beside(portal)} == {
        ("requisite", "small/requisites", "ok")
    }
    after = judged(portal)
    assert (after["requisites"], after["requisites_missing"]) == (5, 0)
    changing = ("bytes", "requisites")
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }
    assert len(records(portal.data_dir)) == 3
    assert portal.crawl().returncode == 0
    assert portal.asked == ["/zfxxgk/small.htm"]


def test_wanted_later_the_pages_come_whole_once_and_no_longer_wanted_nothing_is_asked_for(portal: Portal) -> None:
    put_requisites(portal)
    body = report("004", "<link rel=stylesheet href=/css/a.css>").body
    portal.server.put(article(3), Page(body, NOW, "text/html; charset=utf-8"))  # with validators
    portal.server.put(f"{HOST}/f/9.pdf", Page(b"%PDF-1.4 9", NOW, "application/pdf"))
    row = f'<li><a href="/f/9.pdf" title="{TITLE}">{TITLE}</a><span>2024-01-26</span></li>'
    portal.server.put(START, listing(1, 2, 3, more=f"<ul>{row}</ul>"))
    assert portal.crawl(REVISIT_DAYS=DUE).returncode == 0
    portal.declare(ON)
    assert portal.crawl(REVISIT_DAYS=DUE).returncode == 0
    assert sorted(set(NEEDED) & set(portal.asked)) == sorted(NEEDED)
    assert statuses(portal, "/info/1/3.htm", "/f/9.pdf") == [b"200", b"304"], "a file needs nothing"
    assert len(records(portal.data_dir)) == 3, "which is no revision"
    assert portal.crawl(REVISIT_DAYS=DUE).returncode == 0
    assert statuses(portal, "/info/1/3.htm") == [b"304"]
    assert sorted(set(NEEDED) & set(portal.asked)) == sorted(NEEDED), "they are due by the schedule of their role"
    portal.declare()
    assert portal.crawl(REVISIT_DAYS=DUE).returncode == 0
    assert not set(NEEDED) & set(portal.asked)


def test_robots_exclude_tombstones_and_the_guard_apply(portal: Portal) -> None:
    put_requisites(portal)
    inner = f"http://127.0.0.1:{portal.server.port}/inner.png"
    portal.server.put(article(3), report("004", foot=f"<img src={inner}>"))
    portal.declare(f'{ON}\nexclude = ["*/pic/*"]')
    portal.robots("User-agent: *\nDisallow: /js/\n")
    portal.server.put(f"{OTHER}/robots.txt", page("User-agent: *\nDisallow: /\n", kind="text/plain"))
    assert scrapy("crawl", "all", "--dry-run", PORTALS=portal.registry, CONNECT_TO="", CONTACT="").returncode == 2
    connect_to = {f"{name}:443": f"127.0.0.1:{portal.server.port}" for name in ("www.smqzf.gov.cn", "www.linzi.gov.cn")}
    settings: dict[str, Any] = {"CONNECT_TO": json.dumps(connect_to), "CONTACT": "me@example.org"}
    refused = portal.crawl(**settings)
    assert (refused.returncode, "DOWNLOAD_DELAY" in refused.stderr) == (2, True), "what a page needs may be anywhere"
    assert portal.crawl(**settings, DOWNLOAD_DELAY=1, REVISIT_DAYS=DUE).returncode == 0
    outcomes = {path: outcome for path, _, _, outcome in beside(portal)}
    assert outcomes == {
        "/css/a.css": "ok",
        "/css/b.css": "robots",
        "/js/a.js": "robots",
        "/f/a.woff": "ok",
        "/inner.png": "robots unreachable",
    }
    assert (f"{HOST}/pic/1.png", "excluded by */pic/*") in skipped(portal)
    assert "/inner.png" not in portal.asked
    assert judged(portal)["verdict"] == "complete"
    assert scrapy("forget", f"{HOST}/f/a.woff", DATA_DIR=portal.data_dir, PORTALS=portal.registry).returncode == 0
    assert portal.crawl(REVISIT_DAYS=DUE).returncode == 0
    assert "/css/a.css" in portal.asked
    assert "/f/a.woff" not in portal.asked


def test_the_proxy_of_a_portal_is_for_its_own_hosts(portal: Portal) -> None:
    put_requisites(portal)
    with LoopbackProxy({"www.smqzf.gov.cn:443": portal.server.port}) as proxy:
        place = f"127.0.0.1:{proxy.port}"
        portal.declare(f'{ON}\nproxy = "http://{place}"')
        process = portal.crawl(CONNECT_TO=json.dumps({**portal.server.connect_to, place: place}))
    assert process.returncode == 0, process.stderr
    assert sorted(portal.asked[4:]) == sorted(NEEDED)
    assert all(request.startswith(b"CONNECT www.smqzf.gov.cn:443 ") for request in proxy.requests)


@pytest.mark.parametrize(
    "moment",
    [f"archived {article(1)}", f"asked {HOST}/css/a.css", f"asked {HOST}/f/a.pdf"],
)
def test_killed_between_a_page_and_what_is_beside_it_the_crawl_goes_on(portal: Portal, moment: str) -> None:
    put_requisites(portal)
    portal.server.put(article(3), report("004", foot="<a href=/f/a.pdf>附件</a>"))
    put_files(portal, "/f/a.pdf")
    portal.declare(ON)
    settings: dict[str, Any] = {
        "DOWNLOADER_MIDDLEWARES": json.dumps({**DOWNLOADER_MIDDLEWARES, "tests.crawler.killing.KillingMiddleware": 55}),
        "KILL_AT": moment,
        "KILL_MARK": portal.folder / "mark",
    }
    assert portal.crawl(**settings).returncode != 0
    assert (portal.folder / "mark").exists()
    before = portal.asked
    process = portal.crawl(**settings)
    assert process.returncode == 0, process.stderr
    assert set(before) | set(portal.asked) > {*NEEDED, "/f/a.pdf"}
    assert {outcome for _, _, _, outcome in beside(portal)} == {"ok"}
    assert len(beside(portal)) == 6
    assert len(set(before) & set(portal.asked)) <= 2, "what was acknowledged is not asked for again"
    assert len(portal.keys) == len(set(portal.keys)) == 3


def test_a_rebuild_brings_them_back(portal: Portal) -> None:
    put_requisites(portal)
    portal.server.put(article(3), report("004", foot="<a href=/f/a.pdf>附件</a><a href=/f/b.doc>附件</a>"))
    put_files(portal, "/f/a.pdf")
    portal.declare(ON)
    assert portal.crawl().returncode == 0
    assert capture(portal, article(1), f"{HOST}/css/a.css", "--requisites").returncode == 0
    rebuilt = rebuild_copy(portal)
    assert folder(rebuilt / "reports") == folder(portal.data_dir / "reports")
    checked = scrapy("verify", DATA_DIR=rebuilt)
    assert checked.returncode == 0, checked.stdout
    portal.data_dir = rebuilt
    assert portal.crawl().returncode == 0
    assert portal.asked == ["/zfxxgk/small.htm"]


def test_a_dry_run_counts_them_and_the_status_does_not(portal: Portal) -> None:
    put_requisites(portal)
    portal.declare(ON)
    assert portal.crawl(REVISIT_DAYS=DUE).returncode == 0
    settings = {"DATA_DIR": portal.data_dir, "PORTALS": portal.registry, "CONTACT": "me@example.org"}
    plan = json.loads(scrapy("crawl", "all", "--dry-run", "--json", **settings).stdout)
    hosts = {host["host"]: (host["reports"], host["beside"], host["portals"]) for host in plan["hosts"]}
    assert hosts == {"www.smqzf.gov.cn": (3, 4, ["small"]), "www.linzi.gov.cn": (0, 1, ["small"])}
    assert "3 reports, 0 others, 4 beside pages)" in scrapy("crawl", "all", "--dry-run", **settings).stdout
    status = json.loads(scrapy("status", "--json", **settings).stdout)
    assert status["portals"][0]["due"] == 4


def test_by_hand_and_by_crawl_it_is_one_row(portal: Portal) -> None:
    """What was captured by hand passes to the portal; what is the portal's is asked for by hand when it is due only."""
    put_requisites(portal)
    [one] = results(capture(portal, article(1), "--requisites", "--json"))
    assert one["requisites"] == 5
    portal.declare(ON)
    assert portal.crawl().returncode == 0
    assert len(beside(portal)) == 5
    assert rows(portal.data_dir, "url", "portal='manual'") == []
    [one] = results(capture(portal, article(1), "--requisites", "--json"))
    assert (one["requisites"], one["requisites_missing"]) == (5, 0)
    assert [exchange.target for exchange in portal.server.log if exchange.target in NEEDED] == []


@pytest.mark.parametrize("value", ['"yes"', "1", "[]"])
def test_the_key_is_true_or_left_out(portal: Portal, value: str) -> None:
    portal.declare(f"requisites = {value}")
    process = scrapy("portals", "--check", PORTALS=portal.registry)
    assert (process.returncode, "requisites must be true" in process.stderr) == (2, True)


def test_a_budget_that_does_not_exist_is_refused(portal: Portal, tmp_path: Path) -> None:
    process = portal.crawl(ATTACHMENT_BUDGET='{"files": 1}')
    assert (process.returncode, 'ATTACHMENT_BUDGET: unknown budget "files"' in process.stderr) == (2, True)
    assert not portal.data_dir.exists()
