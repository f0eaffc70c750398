"""Records of every kind in adopted files, and files as other programs write them."""

from __future__ import annotations

import http.client
import http.server
import io
import shutil
import subprocess
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
from tests.crawler.adopting import adopted, current, no_fault, year
from tests.crawler.program import scrapy
from tests.crawler.rebuilt import (
    ledger_rows,
)
from tests.crawler.small_portal import HOST as PORTAL_HOST
from tests.crawler.small_portal import TITLE
from tests.crawler.test_adopt_dates import FIRST, PAGE, SECOND, THIRD, as_rebuilt, dated, sources
from tests.portals.carried import file_page
from tests.portals.pages import seed_answer

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
