"""What is adopted beside what a crawl knows: dates decide, nothing newer is replaced."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.archive.foreign_warcs import (
    HOST,
    common_crawl,
    members,
    report,
    written,
)
from tests.crawler.adopting import adopted, current, no_fault, year
from tests.crawler.program import records, scrapy
from tests.crawler.rebuilt import (
    assert_same_ledger,
    delete_all_but_warcs,
    everything_due,
    folder,
    ledger_rows,
)
from tests.crawler.small_portal import START, Portal, article, listing, page
from tests.portals.pages import seed_answer

PAGE = f"{HOST}/1.htm"
FIRST, SECOND, THIRD = (report(2019, words) for words in ("收到申请1件。", "收到申请2件。", "收到申请3件。"))


def dated(path: Path, date: str, pages: dict[str, bytes]) -> Path:
    """A file of Common Crawl, captured on a day."""
    return written(path, members(common_crawl(pages, f"{date}T08:00:00Z")))


def of(body: bytes, words: bytes, put: bytes) -> bytes:
    assert words in body
    return body.replace(words, put)


def sources(data_dir: Path, columns: str = "url, key, revision, current") -> list[tuple[Any, ...]]:
    return ledger_rows(data_dir, "sources", columns)


def as_rebuilt(data_dir: Path, tmp_path: Path, **settings: object) -> None:
    """A rebuild makes the same ledger and the same lines."""
    rebuilt = tmp_path / "rebuilt"
    shutil.copytree(data_dir, rebuilt)
    delete_all_but_warcs(rebuilt)
    process = scrapy("rebuild", DATA_DIR=rebuilt, **settings)
    assert process.returncode == 0, process.stderr
    assert_same_ledger(rebuilt, data_dir)
    assert folder(rebuilt / "reports") == folder(data_dir / "reports")


# -- editions -----------------------------------------------------------------------------------------------------


def test_editions_come_in_the_order_of_their_dates(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    later = dated(tmp_path / "a.warc.gz", "2024-03-01", {PAGE: SECOND})
    sooner = dated(tmp_path / "b.warc.gz", "2023-03-01", {PAGE: FIRST})
    said = adopted(data_dir, later, sooner)
    assert [(one["file"], one["reports"]) for one in said] == [("b.warc.gz", {"new": 1}), ("a.warc.gz", {"revised": 1})]
    lines = [json.loads(line) for (line,) in ledger_rows(data_dir, "documents", "line")]
    history = {line["history"]["revision"]: line["provenance"]["captured_at"][:10] for line in lines}
    assert history == {1: "2023-03-01", 2: "2024-03-01"}


def test_an_older_edition_that_comes_later_replaces_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    adopted(data_dir, dated(tmp_path / "a.warc.gz", "2024-03-01", {PAGE: SECOND}))
    before = ledger_rows(data_dir, "documents", "key, revision, line")
    [said] = adopted(data_dir, dated(tmp_path / "b.warc.gz", "2023-03-01", {PAGE: FIRST, f"{PAGE}?copy": SECOND}))
    assert said["reports"] == {"superseded": 1, "alias": 1}
    assert ledger_rows(data_dir, "documents", "key, revision, line") == before
    assert sources(data_dir) == [
        *((PAGE, year(2019), 0, 0), (PAGE, year(2019), 1, 1)),
        (f"{PAGE}?copy", year(2019), 1, 1),
    ]
    [said] = adopted(data_dir, dated(tmp_path / "c.warc.gz", "2025-03-01", {PAGE: THIRD}))
    assert said["reports"] == {"revised": 1}
    assert current(data_dir)[year(2019)]["history"]["revision"] == 2
    as_rebuilt(data_dir, tmp_path)


def test_what_an_address_showed_before_is_not_what_it_shows(tmp_path: Path) -> None:
    """A page that is overwritten every year."""
    data_dir = tmp_path / "data"
    adopted(data_dir, dated(tmp_path / "a.warc.gz", "2024-03-01", {PAGE: report(2023)}))
    [said] = adopted(data_dir, dated(tmp_path / "b.warc.gz", "2023-03-01", {PAGE: report(2022)}))
    assert said["reports"] == {"new": 1}
    assert sources(data_dir, "key, revision, current") == [(year(2022), 1, 0), (year(2023), 1, 1)]


# -- beside a crawl -----------------------------------------------------------------------------------------------


def test_what_a_crawl_saw_later_stays(portal: Portal, tmp_path: Path) -> None:
    assert portal.crawl().returncode == 0
    before = ledger_rows(portal.data_dir, "documents", "key, revision, line")
    shown = sources(portal.data_dir)
    old = of(seed_answer("000").body, b"</body>", "<p>旧稿。</p></body>".encode())
    other = (
        of(seed_answer("001").body, b"<td>1</td>", b"<td>2</td>") if b"<td>1</td>" in seed_answer("001").body else old
    )
    pages = {article(1): old, article(3): seed_answer("004").body, article(2): other}
    said = json.loads(
        scrapy(
            *("adopt", "--json", str(dated(tmp_path / "old.warc.gz", "2024-05-01", pages))),
            DATA_DIR=portal.data_dir,
            PORTALS=portal.registry,
        ).stdout
    )
    assert set(said["reports"]) <= {"superseded", "unchanged", "alias"}
    assert ledger_rows(portal.data_dir, "documents", "key, revision, line") == before
    assert [row for row in sources(portal.data_dir) if row[3]] == shown
    assert {row[0] for row in sources(portal.data_dir, "portal")} == {"small"}
    everything_due(portal.data_dir)
    assert portal.crawl().returncode == 0
    assert ledger_rows(portal.data_dir, "documents", "key, revision, line") == before


def test_an_edition_between_two_crawls_is_one(portal: Portal, tmp_path: Path) -> None:
    """The crawl asks for the page whole afterwards: that it went back is a revision again."""
    portal.server.put(article(1), page(seed_answer("000").body, ETag='"1"'))
    assert portal.crawl().returncode == 0
    between = of(seed_answer("000").body, b"167", b"168")
    file = dated(tmp_path / "between.warc.gz", f"{date.today() + timedelta(days=1)}", {article(1): between})
    assert scrapy("adopt", str(file), DATA_DIR=portal.data_dir, PORTALS=portal.registry).returncode == 0
    assert ledger_rows(portal.data_dir, "sources", "portal, current", f"url='{article(1)}'") == [
        ("small", 0),
        ("small", 1),
    ]
    everything_due(portal.data_dir)
    assert portal.crawl().returncode == 0
    [sent] = [exchange for exchange in portal.server.log if exchange.target == urlsplit(article(1)).path]
    assert b"if-none-match" not in sent.request.lower()
    changes = ledger_rows(portal.data_dir, "documents", "revision, change", f"url='{article(1)}'")
    assert changes == [(1, "new"), (2, "revised"), (3, "revised")]
    as_rebuilt(portal.data_dir, tmp_path, PORTALS=portal.registry)


def test_what_is_gone_stays_gone(portal: Portal, tmp_path: Path) -> None:
    assert portal.crawl().returncode == 0
    portal.server.put(article(1), page("<html><body>404</body></html>", status=404))
    portal.server.put(START, listing(2, 3))
    everything_due(portal.data_dir)
    portal.crawl()
    before = ledger_rows(portal.data_dir, "documents", "key, revision, change")
    assert "withdrawn" in {change for _, _, change in before}
    shown = sources(portal.data_dir, "url, key, revision, current, gone_at")
    old = dated(tmp_path / "old.warc.gz", "2024-05-01", {article(1): seed_answer("000").body})
    assert scrapy("adopt", str(old), DATA_DIR=portal.data_dir, PORTALS=portal.registry).returncode == 0
    assert ledger_rows(portal.data_dir, "documents", "key, revision, change") == before
    assert sources(portal.data_dir, "url, key, revision, current, gone_at") == shown
    as_rebuilt(portal.data_dir, tmp_path, PORTALS=portal.registry)


def test_a_crawl_asks_for_adopted_pages_whole_and_says_nothing_twice(portal: Portal, tmp_path: Path) -> None:
    old = dated(tmp_path / "old.warc.gz", "2024-05-01", {article(1): seed_answer("000").body})
    assert scrapy("adopt", str(old), DATA_DIR=portal.data_dir, PORTALS=portal.registry).returncode == 0
    [known] = records(portal.data_dir)
    process = portal.crawl()
    assert process.returncode == 0, process.stdout
    [sent] = [exchange for exchange in portal.server.log if exchange.target == urlsplit(article(1)).path]
    assert b"if-none-match" not in sent.request.lower()
    assert len(records(portal.data_dir)) == 3
    assert [record for record in records(portal.data_dir) if record["report_key"] == known["report_key"]] == [known]
    assert ledger_rows(portal.data_dir, "sources", "portal", f"url='{article(1)}'") == [("small",)]
    as_rebuilt(portal.data_dir, tmp_path, PORTALS=portal.registry)
    no_fault(DATA_DIR=portal.data_dir)


def test_what_is_forgotten_is_a_capture_and_no_report(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    adopted(data_dir, dated(tmp_path / "a.warc.gz", "2023-03-01", {PAGE: FIRST}))
    assert scrapy("forget", urlsplit(HOST).netloc, DATA_DIR=data_dir).returncode == 0
    [said] = adopted(data_dir, dated(tmp_path / "b.warc.gz", "2024-03-01", {PAGE: SECOND}))
    assert (said["captures"], said["reports"], said["skipped"]) == (1, {}, {"forgotten": 1})
    captures = ledger_rows(data_dir, "captures", "*")
    assert scrapy("rebuild", DATA_DIR=data_dir).returncode == 0
    assert ledger_rows(data_dir, "captures", "*") == captures
    assert ledger_rows(data_dir, "documents", "key") == []
