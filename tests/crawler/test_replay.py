"""`scrapy replay`: the demo archive in pywb, every capture to the byte, reports as a browser shows them, nothing from elsewhere.

What the demo does not have is added to its archive: pages captured by hand with what they need, revisits of each kind, answers to
POST. All of it is invented.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import signal
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.cdxj import surt_key
from tests.archive.broken_files import write_clean_archive
from tests.archive.exchanges import PAGE, exchange, new_writer
from tests.crawler.conftest import Crawl
from tests.crawler.program import run, scrapy, to_replicas
from tests.crawler.replaying import Replay, pywb, replaying
from tests.crawler.small_portal import page
from tests.portals.server import ReplicaServer

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
EVERY = "REPLAY_EVERY_REPORT"  # set by continuous integration; else a report of each kind is opened in the browser
OPEN_SECONDS = 60.0

GBK = "http://www.linzi.gov.cn/invented/gbk.htm"
GBK_TEXT = "临淄区示例局年度报告：镕、喆、㐂"
BLUE = (0, 0, 255)

LIST = "http://www.example.gov.cn/list.do"
FORMS = ("page=1&size=20", "page=2&size=20")

ORIGINAL, COPY = "http://www.example.gov.cn/first.htm", "http://www.example.gov.cn/second.htm"
COPIED = "<html><meta charset=utf-8><h1>示例区2019年政府信息公开工作年度报告</h1></html>".encode()
FIRST, LATER = "20200102030405", "20210102030405"


def picture(colour: tuple[int, int, int]) -> bytes:
    """A PNG image of 4 by 4 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(colour) * 4) * 4
    head = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def capture_gbk_page(data_dir: Path) -> None:
    """A page in GBK that says so in a meta element only, with a style sheet in GBK and an image; captured twice."""
    html = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>示例</title>'
        f'<link rel="stylesheet" href="a.css"></head><body><h1>{GBK_TEXT}</h1><img src="b.png"></body></html>'
    )
    with ReplicaServer() as server:
        server.put(GBK, page(html.encode("gb18030"), kind="text/html"))
        server.put(GBK.replace("gbk.htm", "a.css"), page("h1{color:#f00}/* 红 */".encode("gbk"), kind="text/css"))
        server.put(GBK.replace("gbk.htm", "b.png"), page(picture(BLUE), kind="image/png"))
        settings = {**to_replicas(server.connect_to, data_dir), "CONTACT": "tests@example.org"}
        options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        for _ in range(2):
            done = run(["capture", "--requisites", GBK, *options])
            assert done.returncode == 0, done.stderr


def write_copy(data_dir: Path) -> None:
    """A page whose bytes are archived for another address (identical-payload-digest), as any crawler may write it."""
    name = "invented-00000.warc.gz"
    digest = "sha256:" + hashlib.sha256(COPIED).hexdigest()
    lines = []
    with (data_dir / "warc" / name).open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        for url, stamp, kind in ((ORIGINAL, FIRST, "response"), (COPY, LATER, "revisit")):
            date = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}Z"
            length = str(len(COPIED))
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), ("Content-Length", length)], "HTTP/1.1")
            if kind == "response":
                record = writer.create_warc_record(
                    url, kind, payload=io.BytesIO(COPIED), http_headers=head, warc_headers_dict={"WARC-Date": date}
                )
            else:
                record = writer.create_revisit_record(
                    url, digest, ORIGINAL, "2020-01-02T03:04:05Z", head, {"WARC-Date": date}
                )
            start = file.tell()
            record.rec_headers.replace_header("WARC-Payload-Digest", digest)
            writer.write_record(record)
            entry = {
                "url": url,
                "mime": "text/html" if kind == "response" else "warc/revisit",
                "status": "200",
                "digest": digest,
                "length": str(file.tell() - start),
                "offset": str(start),
                "filename": name,
            }
            lines.append(f"{surt_key(url)} {stamp} {json.dumps(entry)}\n")
    (data_dir / "index" / f"{name}.cdxj").write_text("".join(sorted(lines)), encoding="ascii")


def write_exchanges(data_dir: Path) -> None:
    """A page, a later visit that the server answered with 304, and two pages of a list that is asked for with POST."""
    writer = new_writer(data_dir)
    original = writer.append(exchange())
    later = exchange().started.replace(month=3, day=1)
    writer.append(exchange(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', started=later, refers_to=original))
    for form in FORMS:
        sent = (
            f"POST /list.do HTTP/1.1\r\nHost: www.example.gov.cn\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(form)}\r\n\r\n{form}"
        )
        received = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(form)}\r\n\r\n{form}"
        writer.append(exchange(received.encode(), url=LIST, sent=sent.encode()))
    writer.close()


@pytest.fixture(scope="module")
def data_dir(crawl: Crawl, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo archive and what is added to it, in a folder whose name has a meaning for pywb."""
    folder = tmp_path_factory.mktemp("replay") / "a {url} $HOME"
    shutil.copytree(crawl.data_dir, folder)
    capture_gbk_page(folder)
    write_copy(folder)
    write_exchanges(folder)
    (folder / "warc" / "ogi-20990101000000-00000-vm.warc.gz.open").touch()
    return folder


@pytest.fixture(scope="module")
def replay(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    pywb()
    with replaying(data_dir, tmp_path_factory.mktemp("listed")) as running:
        yield running
    assert running.process.returncode == 0


def index_lines(data_dir: Path) -> list[tuple[str, dict[str, Any]]]:
    lines = [line.split(" ", 2) for path in (data_dir / "index").iterdir() for line in path.read_text().splitlines()]
    return [(timestamp, json.loads(entry)) for _, timestamp, entry in lines]


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# -- without a browser ------------------------------------------------------------------------------------------


def test_it_says_what_is_served_when_it_answers(replay: Replay, data_dir: Path) -> None:
    assert replay.ready == {
        "address": f"http://127.0.0.1:{replay.port}/archive/",
        "files": len(list((data_dir / "warc").glob("*.warc.gz"))),
        "unfinished": 1,
        "unindexed": 0,
        "reports": len(replay.reports),
        "reports_elsewhere": 0,
    }


def test_every_report_is_listed_where_it_was_captured(replay: Replay, crawl: Crawl) -> None:
    listed = {one["report_key"]: one for one in replay.reports}
    records = {record["report_key"]: record for record in crawl.records}
    assert listed.keys() == records.keys()
    for key, record in records.items():
        source = record["provenance"]
        timestamp = re.sub(r"\D", "", source["captured_at"])[:14]
        assert listed[key]["replay"] == f"{replay.address}{timestamp}/{source['url']}"
        assert listed[key]["title"] == record["identity"]["title"]["normalized"]


def test_every_capture_is_replayed_to_the_byte(replay: Replay, data_dir: Path) -> None:
    """Entity bodies as they were sent, content coding kept: what the digest of the index is of."""
    lines = index_lines(data_dir)
    assert {one["mime"] for _, one in lines} > {
        "text/html",
        "application/json",
        "text/css",
        "image/png",
        "warc/revisit",
    }
    for timestamp, one in lines:
        if one["url"] == LIST:
            continue  # the next test
        status, body = replay.raw(timestamp, one["url"])
        assert (str(status), f"sha256:{hashlib.sha256(body).hexdigest()}") == (one["status"], one["digest"]), one


def test_answers_to_post_are_told_apart_by_what_was_posted(replay: Replay) -> None:
    assert [replay.raw("20260131235959", LIST, form) for form in FORMS] == [(200, form.encode()) for form in FORMS]


def test_bytes_that_are_archived_for_another_address_are_found(replay: Replay) -> None:
    assert replay.raw(LATER, COPY) == (200, COPIED)


def test_an_unchanged_page_is_shown_as_it_was_and_not_as_an_empty_304(replay: Replay) -> None:
    assert replay.raw("20260301235959", "http://www.example.gov.cn/page") == (200, PAGE)


def test_what_is_not_in_the_archive_is_not_fetched(replay: Replay) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.settimeout(0.5)
        status, _ = replay.raw("2026", f"http://127.0.0.1:{stranger.getsockname()[1]}/live")
        assert status == 404
        with pytest.raises(TimeoutError):
            stranger.accept()


@pytest.mark.parametrize(
    "target",
    [
        "/static/../../../../../../etc/passwd",
        "/static/..%2f..%2f..%2f..%2fetc/passwd",
        "/static/_/..%2f..%2fetc/passwd",
        "/../config.yaml",
        "/live/http://127.0.0.1/",
        "/archive/record/http://127.0.0.1/",
        "/proxy-fetch/http://127.0.0.1/",
    ],
)
def test_nothing_else_is_served(replay: Replay, target: str) -> None:
    assert replay.get(target)[0] in (400, 404, 405)


# -- in a browser -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(replay: Replay) -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra 'browser' is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium on this machine (apt-get install -y chromium fonts-wqy-zenhei)")
    options = ["--no-proxy-server", "--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium refuses to run as root with it
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=options)
        yield running
        running.close()


@pytest.fixture
def show(browser: Any, replay: Replay) -> Iterator[Callable[..., Any]]:
    """Opens an address as an archivist does; returns the replayed frame when all texts are seen in it (spaces apart)."""
    tab = browser.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))

    def open_address(address: str, *texts: str) -> Any:
        tab.goto(address, wait_until="commit")
        frame = tab.wait_for_selector("#replay_iframe", state="attached").content_frame()
        frame.wait_for_function(
            "texts => { const seen = (document.body?.innerText ?? '').replace(/\\s/g, '');"
            " return texts.every(text => seen.includes(text)); }",
            arg=[re.sub(r"\s", "", text) for text in texts],
            timeout=OPEN_SECONDS * 1000,
        )
        return frame

    yield open_address
    tab.close()
    here = f"http://127.0.0.1:{replay.port}/"
    assert [url for url in asked if not url.startswith((here, "data:", "blob:", "about:"))] == []
    assert asked


def test_each_report_shows_its_own_text(show: Callable[..., Any], replay: Replay, crawl: Crawl) -> None:
    """One of each portal and character set, all of them where :data:`EVERY` is set: title, and what the record quotes."""
    listed = {one["report_key"]: one["replay"] for one in replay.reports}
    chosen = {}
    for record in crawl.records:
        source = record["provenance"]
        kind = (source["url"].split("/")[2], source["charset_used"])
        chosen[record["report_key"] if os.environ.get(EVERY) else kind] = record
    assert "gb18030" in {record["provenance"]["charset_used"] for record in chosen.values()}
    for record in chosen.values():
        quotes = [fact["quote"] for fact in record["narrative_facts"]]
        assert quotes
        frame = show(listed[record["report_key"]], record["identity"]["title"]["raw"], *quotes)
        assert frame.url.endswith(record["provenance"]["url"])


def test_a_page_in_gbk_has_its_characters_its_style_and_its_image(
    show: Callable[..., Any], replay: Replay, data_dir: Path
) -> None:
    """Opened where it was captured again: a revisit, whose bytes are those of the first capture."""
    captures = sorted((timestamp, one["mime"]) for timestamp, one in index_lines(data_dir) if one["url"] == GBK)
    assert sorted(mime for _, mime in captures) == ["text/html", "warc/revisit"]
    timestamp, _ = captures[-1]
    frame = show(f"{replay.address}{timestamp}/{GBK}", GBK_TEXT)
    frame.wait_for_load_state("load")
    assert frame.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(255, 0, 0)"
    pixel = (
        "() => { const c = document.createElement('canvas').getContext('2d');"
        " c.drawImage(document.querySelector('img'), 0, 0); return [...c.getImageData(1, 1, 1, 1).data]; }"
    )
    assert frame.evaluate(pixel) == [*BLUE, 255]


def test_a_page_whose_bytes_are_archived_for_another_address_is_shown(show: Callable[..., Any], replay: Replay) -> None:
    show(f"{replay.address}{LATER}/{COPY}", "示例区2019年政府信息公开工作年度报告")


# -- how it ends ------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    write_clean_archive(tmp_path / "data")
    return tmp_path / "data"


def test_ctrl_c_ends_pywb_too_and_the_index_is_merged_once(small: Path, tmp_path: Path) -> None:
    pywb()
    with replaying(small, tmp_path) as running:
        child = running.pywb
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(30) == 0
        [line] = running.told()
        assert line.startswith("scrapy replay: merging 1 index files")
        assert not listening(running.port)
        assert not Path(f"/proc/{child}").exists()
    with replaying(small, tmp_path) as running:
        os.kill(running.pywb, signal.SIGKILL)
        assert running.process.wait(30) == 7
        [line] = running.told()
        assert line.startswith("scrapy replay: pywb ended: ")


def test_a_port_that_is_taken_is_refused(small: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = scrapy("replay", "--port", str(port), DATA_DIR=small)
    assert (done.returncode, done.stderr) == (
        7,
        f"scrapy replay: port {port} is taken; choose another with --port (0: a free one)\n",
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "65536"], "--port 65536: a number from 0 to 65535 is wanted"),
        (["--port", "-1"], "--port -1: a number from 0 to 65535 is wanted"),
        (["--bind", "localhost"], "--bind localhost: this is no IP address"),
        (["--list", "/tmp"], "--list /tmp: this is a folder"),
        (["all"], 'unexpected argument "all"'),
    ],
)
def test_wrong_arguments_are_refused(arguments: list[str], told: str) -> None:
    done = scrapy("replay", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"scrapy replay: {told}")
    assert done.stderr.count("\n") == 1


def without_index(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "index")


def without_anything(data_dir: Path) -> None:
    shutil.rmtree(data_dir)


def without_ledger(data_dir: Path) -> None:
    (data_dir / "ledger.sqlite").unlink()


def without_a_finished_file(data_dir: Path) -> None:
    [warc] = (data_dir / "warc").iterdir()
    warc.rename(warc.with_name(f"{warc.name}.open"))


def with_an_index_that_points_outside(data_dir: Path) -> None:
    [index] = (data_dir / "index").iterdir()
    index.write_bytes(index.read_bytes().replace(b'"filename": "', b'"filename": "../../'))


@pytest.mark.parametrize(
    ("wound", "code", "told"),
    [
        (without_anything, 7, "there is no archive at"),
        (without_ledger, 6, "rebuild"),
        (without_index, 6, "1 WARC files and no index in"),
        (without_a_finished_file, 7, "is finished (1 are being written"),
        (with_an_index_that_points_outside, 6, "line 1: it names '../../"),
    ],
)
def test_what_cannot_be_served_is_named(small: Path, wound: Callable[[Path], None], code: int, told: str) -> None:
    wound(small)
    before = sorted(str(path) for path in small.rglob("*"))
    done = scrapy("replay", "--port", "0", DATA_DIR=small, REPLAY_ENV=small / "never")
    assert done.returncode == code
    last = done.stderr.splitlines()[-1]
    assert told in last
    assert last.startswith("scrapy replay: ")
    assert "Traceback" not in done.stderr
    assert sorted(str(path) for path in small.rglob("*") if path.name != "replay") == before
