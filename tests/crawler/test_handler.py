"""The archiving handler where it must refuse: a full disk, a proxy, a name that does not resolve; and what it leaves in meta."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archive.members import read_exchanges
from tests.archive.exchanges import assert_valid
from tests.crawler.answer import Answer
from tests.crawler.awkward_answers import ANSWERS
from tests.crawler.raw_server import RawServer
from tests.crawler.test_handler_fidelity import run_crawl


def crawl(folder: Path, server: RawServer, requests: list[dict[str, Any]], **settings: object) -> list[dict[str, Any]]:
    return run_crawl(folder, requests, CONNECT_TO={"portal.example:80": f"127.0.0.1:{server.port}"}, **settings)


def test_a_full_disk_is_not_retried_and_leaves_whole_exchanges_only(tmp_path: Path) -> None:
    page = Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 6000\r\n\r\n" + bytes(range(256)) * 23 + b"x" * 112)
    with RawServer({"gzip": ANSWERS["gzip"], "big": page}) as server:
        requests = [{"url": "http://portal.example/gzip", "then": [{"url": "http://portal.example/big"}]}]
        results = crawl(tmp_path, server, requests, RETRY_ENABLED=True, FILE_SIZE_LIMIT=2200)
        assert len(server.requests["big"]) == 1
    assert [result.get("error") for result in results] == [None, "CaptureFailed"]
    assert results[1]["capture"] is None
    assert "No space left" in results[1]["message"]
    [warc] = (tmp_path / "warc").iterdir()
    assert assert_valid(warc) == ["warcinfo", "response", "request", "metadata"]


def test_a_proxy_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with RawServer(ANSWERS) as server:
        proxied = {"url": "http://portal.example/gzip", "meta": {"proxy": f"http://127.0.0.1:{server.port}"}}
        [result] = crawl(tmp_path, server, [proxied])
        assert not server.requests
    assert result["error"] == "ProxyRefused"
    assert result["capture"] is None


def test_an_inherited_capture_is_never_passed_off_as_this_requests(tmp_path: Path) -> None:
    with RawServer(ANSWERS) as server:
        inherited = {"capture": {"file": "another.warc.gz"}}
        requests = [
            {"url": "http://portal.example/gzip", "meta": {**inherited, "proxy": "http://p"}},
            {"url": "http://unresolvable.invalid/", "meta": inherited},
        ]
        results = {result["wanted"]: result for result in crawl(tmp_path, server, requests)}
    assert results["http://portal.example/gzip"]["capture"] is None
    unresolved = results["http://unresolvable.invalid/"]
    assert unresolved["error"] == "CannotResolveHostError"
    [warc] = (tmp_path / "warc").iterdir()
    [exchange] = read_exchanges(warc)
    assert unresolved["capture"]["record_id"] == exchange.metadata.fields["warc-record-id"]
    assert (exchange.answer, exchange.request) == (None, None)


def test_a_short_body_scrapy_is_told_to_accept_is_still_marked_truncated(tmp_path: Path) -> None:
    with RawServer(ANSWERS) as server:
        [result] = crawl(tmp_path, server, [{"url": "http://portal.example/short"}], DOWNLOAD_FAIL_ON_DATALOSS=False)
    assert "error" not in result
    [warc] = (tmp_path / "warc").iterdir()
    [exchange] = read_exchanges(warc)
    assert exchange.answer is not None
    assert exchange.answer.fields["warc-truncated"] == "disconnect"


def test_a_request_that_never_left_for_want_of_a_handshake_is_not_recorded_as_sent(tmp_path: Path) -> None:
    with RawServer(ANSWERS) as server:
        connect_to = {"portal.example:443": f"127.0.0.1:{server.port}"}
        requests = [{"url": "https://portal.example/gzip", "meta": {"download_timeout": 0.5}}]
        [result] = run_crawl(tmp_path, requests, CONNECT_TO=connect_to)
    assert result["error"] == "DownloadTimeoutError"
    [warc] = (tmp_path / "warc").iterdir()
    [exchange] = read_exchanges(warc)
    assert (exchange.answer, exchange.request) == (None, None)
    assert exchange.metadata.fields["warc-ip-address"] == "127.0.0.1"


def test_a_connection_on_which_more_came_than_was_asked_for_is_not_used_again(tmp_path: Path) -> None:
    with RawServer(ANSWERS) as server:
        urls = [f"http://portal.example/{name}" for name in ("surplus", "gzip", "missing")]
        chain = {"url": urls[0], "then": [{"url": urls[1], "then": [{"url": urls[2]}]}]}
        results = crawl(tmp_path, server, [chain])
        assert server.connections == 2
    assert [result.get("error") for result in results] == [None] * 3
    [warc] = (tmp_path / "warc").iterdir()
    blocks = [exchange.answer.block for exchange in read_exchanges(warc) if exchange.answer]
    assert blocks == [ANSWERS[name].message for name in ("surplus", "gzip", "missing")]
