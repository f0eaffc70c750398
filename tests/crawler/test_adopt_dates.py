"""What is adopted beside what a crawl knows: dates decide, nothing newer is replaced; files as other programs write them."""

from __future__ import annotations

import http.client
import http.server
import io
import json
import shutil
import subprocess
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from warcio.capture_http import capture_http
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.foreign_files import inspect, store
from archive.verify_records import check_records
from archive.warc_reader import read_exchange
from tests.archive.foreign_warcs import (
    HOST,
    IDENTICAL,
    RESPONSE,
    answer,
    common_crawl,
    heritrix,
    members,
    name,
    record,
    report,
    sha1,
    written,
)
from tests.crawler.program import records, scrapy
from tests.crawler.rebuilt import (
    assert_same_ledger,
    delete_all_but_warcs,
    everything_due,
    folder,
    ledger_rows,
)
from tests.crawler.small_portal import HOST as PORTAL_HOST
from tests.crawler.small_portal import START, TITLE, Portal, article, listing, page
from tests.crawler.test_adopt import adopted, current, no_fault, year
from tests.portals.carried import file_page
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


# -- pages and records of every kind --------------------------------------------------------------------------------


def test_a_page_that_is_only_a_link_is_read_with_its_file(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    file, linking = f"{PORTAL_HOST}/files/P020240126000000000001.doc", f"{PORTAL_HOST}/about/report.htm"
    pages = {linking: file_page(TITLE, "/files/P020240126000000000001.doc").encode(), file: seed_answer("000").body}
    [said] = adopted(data_dir, dated(tmp_path / "a.warc.gz", "2024-03-01", pages))
    assert said["reports"] == {"new": 1, "alias": 1}
    assert {url for url, _, _, _ in sources(data_dir)} == {file, linking}
    as_rebuilt(data_dir, tmp_path)


def test_what_is_no_page_and_why(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    cut, posted, odd = f"{HOST}/cut.htm", f"{HOST}/search", f"{HOST}/a b.htm"
    parts = [
        part.replace(b"GET /search", b"PUT /search") for part in common_crawl({cut: FIRST, posted: SECOND, odd: THIRD})
    ]
    moved, missing = (
        record(
            "1.0",
            "response",
            [("WARC-Target-URI", url), ("WARC-Date", "2024-03-01T08:00:00Z"), ("WARC-Record-ID", name(url))],
            answer(b"", status=status),
            RESPONSE,
        )
        for url, status in ((f"{HOST}/moved", "302 Found"), (f"{HOST}/missing", "404 Not Found"))
    )
    style = record(
        "1.1",
        "response",
        [("WARC-Target-URI", f"{HOST}/a.css"), ("WARC-Date", "2024-03"), ("WARC-Record-ID", name("css"))],
        answer(b"a{}", kind="text/css"),
        RESPONSE,
    )
    brotli = record(
        "1.1",
        "response",
        [("WARC-Target-URI", f"{HOST}/br"), ("WARC-Date", "2024"), ("WARC-Record-ID", name("br"))],
        answer(b"\x0b\x02\x80invented", "Content-Encoding: br"),
        RESPONSE,
    )
    warc = written(tmp_path / "a.warc.gz", members([*parts, moved, missing, style, brotli]))
    [said] = adopted(data_dir, warc)
    assert said["reports"] == {}
    assert said["skipped"] == {"truncated": 1, "an address that is none": 1, "cannot decode content coding br": 1}
    assert said["captures"] == 7
    statuses = dict(ledger_rows(data_dir, "captures", "url, status"))
    assert (statuses[f"{HOST}/moved"], statuses[f"{HOST}/missing"]) == (302, 404)
    indexed = (data_dir / "index" / "a.warc.gz.cdxj").read_text()
    assert "/moved" in indexed
    assert "/search" not in indexed  # its key would be that of the GET
    assert "/cut.htm" not in indexed
    assert ")/br 20240101000000 " in indexed  # what a date leaves out is its beginning
    assert ")/a.css 20240301000000 " in indexed
    faults = scrapy("verify", DATA_DIR=data_dir).stdout.splitlines()
    assert {fault.split(": ")[1] for fault in faults} == {"header-uri"}  # as they were before


def revisit(url: str, date: str, body: bytes, *fields: tuple[str, str]) -> bytes:
    head = answer(body)[: -len(body)]
    identity = [("WARC-Target-URI", url), ("WARC-Date", date), ("WARC-Record-ID", name(f"{url} {date}"))]
    profile = ("WARC-Profile", IDENTICAL.format("1.1"))
    return record("1.1", "revisit", [*identity, profile, *fields, ("WARC-Payload-Digest", sha1(body))], head, RESPONSE)


def test_revisits_are_resolved_as_their_writers_meant_them(tmp_path: Path) -> None:
    """By record id, by address and date (also in a file that was adopted before), by digest; and not at all."""
    data_dir = tmp_path / "data"
    first = common_crawl({PAGE: FIRST}, "2023-03-01T08:00:00Z")
    adopted(data_dir, written(tmp_path / "a.warc.gz", members(first)))
    here = common_crawl({f"{HOST}/2.htm": SECOND.replace(b"2019", b"2018")}, "2024-03-01T08:00:00Z")
    body = SECOND.replace(b"2019", b"2018")
    date = "2024-04-01T08:00:00Z"
    cases = [
        revisit(f"{HOST}/by-id", date, FIRST, ("WARC-Refers-To", name(f"common crawl 2023-03-01T08:00:00Z {PAGE}"))),
        revisit(
            f"{HOST}/by-date",
            date,
            FIRST,
            ("WARC-Refers-To-Target-URI", PAGE),
            ("WARC-Refers-To-Date", "2023-03-01T08:00:00.000Z"),
        ),
        revisit(f"{HOST}/by-digest", date, body),
        revisit(f"{HOST}/of-nothing", date, THIRD),
        revisit(
            f"{HOST}/of-what-is-not-here",
            date,
            FIRST,
            ("WARC-Refers-To-Target-URI", PAGE),
            ("WARC-Refers-To-Date", "2021-03-01T08:00:00Z"),
        ),
    ]
    [said] = adopted(data_dir, written(tmp_path / "b.warc.gz", members([*cases, *here])))
    assert (said["revisits"], said["revisits_unresolved"]) == (5, 2)
    shown = {url: key for url, key, _, _ in sources(data_dir)}
    assert shown == {
        PAGE: year(2019),
        f"{HOST}/by-id": year(2019),
        f"{HOST}/by-date": year(2019),
        f"{HOST}/2.htm": year(2018),
        f"{HOST}/by-digest": year(2018),
    }
    as_rebuilt(data_dir, tmp_path)


# -- as other programs write them -----------------------------------------------------------------------------------


@contextmanager
def served(pages: dict[str, bytes]) -> Iterator[int]:
    """A server on loopback, which is asked as a proxy, so that addresses stay those of portals."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(urlsplit(self.path).path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.skipif(shutil.which("wget") is None, reason="GNU Wget is not installed")
def test_files_of_wget(tmp_path: Path) -> None:
    """Compressed, not compressed, and with revisits, whose block digests Wget gets wrong."""
    pages = {"/1.htm": FIRST, "/2.htm": report(2020, charset="gbk"), "/copy.htm": FIRST}
    files = {"plain": ["--no-warc-compression"], "packed": ["--warc-cdx"], "again": ["--warc-dedup=packed.cdx"]}
    with served(pages) as port:
        for stem, options in files.items():
            subprocess.run(
                [
                    *("wget", "-q", "-O", "out", "-e", f"http_proxy=http://127.0.0.1:{port}/", "--warc-file", stem),
                    *(*options, *(f"{HOST}{path}" for path in pages)),
                ],
                cwd=tmp_path,
                check=True,
            )
    warcs = [tmp_path / name for name in ("plain.warc", "packed.warc.gz", "again.warc.gz")]
    no_fault(*warcs[:2])
    for warc in warcs[:2]:
        [said] = adopted(tmp_path / warc.stem, warc)
        assert said["reports"] == {"new": 2, "alias": 1}
        no_fault(DATA_DIR=tmp_path / warc.stem)
    [said] = adopted(tmp_path / "packed.warc", warcs[2])
    assert (said["revisits"], said["revisits_unresolved"], said["reports"]) == (2, 0, {"unchanged": 3})
    found = current(tmp_path / "packed.warc")
    assert sorted(found) == [year(2019), year(2020)]
    assert found[year(2019)]["history"]["aliases"] == []


def test_files_of_warcio(tmp_path: Path) -> None:
    """What its writer makes of a page, and what it captures of a client's traffic."""
    with (tmp_path / "made.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        writer.write_record(writer.create_warcinfo_record("made.warc.gz", {"software": "invented"}))
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=gbk")], protocol="HTTP/1.1")
        made = writer.create_warc_record(
            PAGE,
            "response",
            payload=io.BytesIO(report(2019, charset="gbk")),
            http_headers=headers,
            warc_headers_dict={"WARC-Date": "2023-03-01T08:00:00.5Z"},
        )
        writer.write_record(made)
        writer.write_record(
            writer.create_revisit_record(
                f"{PAGE}?2", made.rec_headers["WARC-Payload-Digest"], PAGE, "2023-03-01T08:00:00Z", http_headers=headers
            )
        )
    import http.client

    with served({"/9.htm": report(2021)}) as port, capture_http(str(tmp_path / "heard.warc.gz"), warc_version="1.1"):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", f"{HOST}/9.htm", headers={"Host": urlsplit(HOST).netloc})
        connection.getresponse().read()
        connection.close()
    no_fault(tmp_path / "made.warc.gz", tmp_path / "heard.warc.gz")
    said = {one["file"]: one for one in adopted(tmp_path / "data", *tmp_path.glob("*.warc.gz"))}
    assert said["made.warc.gz"]["reports"] == {"new": 1, "alias": 1}
    assert said["heard.warc.gz"]["captures"] == 1
    assert current(tmp_path / "data")[year(2019)]["provenance"]["captured_at"] == "2023-03-01T08:00:00.5Z"
    no_fault(DATA_DIR=tmp_path / "data")


def test_a_large_record_is_not_held_in_memory(tmp_path: Path) -> None:
    size = 72 * 1024 * 1024
    fields = [("WARC-Target-URI", f"{HOST}/film"), ("WARC-Date", "2024"), ("WARC-Record-ID", name("film"))]
    block = answer(b"")
    head = record("1.1", "response", fields, b"", RESPONSE).removesuffix(b"\r\n\r\n")
    with (tmp_path / "large.warc").open("wb") as file:
        file.write(b"".join(heritrix({PAGE: FIRST})))
        begins = file.tell()
        file.write(head.replace(b"Length: 0", b"Length: %d" % (size + len(block))) + block)
        file.seek(size, 1)
        file.write(b"\r\n\r\n")
    (tmp_path / "kept").mkdir()
    tracemalloc.start()
    try:
        found = inspect(tmp_path / "large.warc", lambda records, end: None)
        part, _, _ = store(found, tmp_path / "kept")
        peak = tracemalloc.get_traced_memory()[1]
        film = read_exchange(tmp_path / "large.warc", begins)
        while_read = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found.damage, found.records, len(list(check_records(part)))) == (None, 9, 9)
    assert (film.status, film.body, "more than" in film.body_fault) == (200, b"", True)
    assert peak < 16 * 1024 * 1024
    assert while_read < 2 * size
