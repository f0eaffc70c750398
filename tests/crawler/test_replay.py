"""`scrapy replay`: the demo archive in pywb, every capture to the byte, reports as a browser shows them, nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.archive.exchanges import PAGE
from tests.crawler.conftest import Crawl
from tests.crawler.replayed_archive import (
    BLUE,
    COPIED,
    COPY,
    FORMS,
    GBK,
    GBK_TEXT,
    LATER,
    LIST,
    capture_gbk_page,
    write_copy,
    write_exchanges,
)
from tests.crawler.replaying import Replay, pywb, replaying

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
EVERY = "REPLAY_EVERY_REPORT"  # set by `make replay-all`; else a report of each kind is opened in the browser
OPEN_SECONDS = 60.0


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
