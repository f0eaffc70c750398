"""An upgrade of Scrapy or Twisted that moves a hook of the capture stops everything, before the first request or at it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy.core.downloader.handlers import http11
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.web import client
from twisted.web._newclient import HTTP11ClientProtocol

from archive.members import read_records
from crawler.hooks import HookMissing, check_hooks
from tests.crawler.answer import TEXT, Answer, ok
from tests.crawler.program import ROOT
from tests.crawler.raw_server import RawServer

URL = "http://portal.example/page"
PAGE = {"page": Answer(ok(TEXT)), "robots.txt": Answer(ok(b"User-agent: *\nDisallow:\n"))}


def capture(broken: str, server: RawServer, data_dir: Path) -> subprocess.CompletedProcess[str]:
    """`scrapy capture` in a Python where the statements of ``broken`` came first."""
    settings = {
        "DATA_DIR": str(data_dir),
        "DOWNLOAD_DELAY": "0",
        "CONNECT_TO": json.dumps({"portal.example:80": f"127.0.0.1:{server.port}"}),
    }
    options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
    program = f"{broken}\nfrom scrapy.cmdline import execute\nexecute({['scrapy', 'capture', URL, *options]!r})"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def as_before(*_: Any, **__: Any) -> Any:
    """Has the name of what is relied on, and not its shape."""


SHAPES: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "the agent is made elsewhere": (http11._ScrapyAgent, "download_request", as_before),
    "the agent takes other arguments": (http11._ScrapyAgent, "__init__", as_before),
    "the pool makes connections otherwise": (client.HTTPConnectionPool, "_newConnection", as_before),
    "the pool is not asked": (client._AgentBase, "_requestWithEndpoint", as_before),
    "endpoints come from elsewhere": (client.Agent, "_getEndpoint", as_before),
    "requests are written otherwise": (HTTP11ClientProtocol, "request", as_before),
    "the end is told otherwise": (HTTP11ClientProtocol, "_finishResponse_WAITING", as_before),
    "handshakes are told otherwise": (TLSMemoryBIOProtocol, "_checkHandshakeStatus", as_before),
}


def test_the_versions_pinned_have_every_hook() -> None:
    check_hooks()


@pytest.mark.parametrize("change", SHAPES)
def test_a_hook_that_changed_its_shape_is_named(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, other = SHAPES[change]
    monkeypatch.setattr(owner, name, other)
    with pytest.raises(
        HookMissing, match=rf"^Scrapy 2\.\S+ and Twisted 2\S+ cannot be captured from: \S*{name} no longer"
    ):
        check_hooks()


def test_a_hook_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(HTTP11ClientProtocol, "_disconnectParser")
    with pytest.raises(HookMissing, match="_disconnectParser"):
        check_hooks()


@pytest.mark.parametrize(
    "gone",
    [
        "import scrapy.core.downloader.handlers.http11 as m; del m._LenientHTTP11ClientProtocol",
        "import scrapy.core.downloader.contextfactory as m; del m._ScrapyCertificateOptions",
    ],
)
def test_without_a_hook_nothing_is_fetched_and_nothing_written(gone: str, tmp_path: Path) -> None:
    with RawServer(PAGE) as server:
        result = capture(gone, server, tmp_path / "data")
        assert server.connections == 0
    assert result.returncode == 7
    [line] = result.stderr.splitlines()
    assert line.startswith("scrapy capture: Scrapy 2.")
    assert f"cannot import name '{gone.rpartition('.')[2]}'" in line
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "blind",
    [
        # A connection that is not ours: neither request nor answer are seen.
        "HTTPConnectionPool._newConnection = lambda self, key, endpoint: (self._factory, endpoint.connect("
        "_LenientHTTP11ClientFactory(lambda _: None, '')))[1]",
        # Ours, but the end of the message is told to somebody else.
        "HTTP11ClientProtocol._finishResponse_ = HTTP11ClientProtocol._finishResponse\n"
        "old = HTTPClientParser.__init__\n"
        "def new(self, request, finisher):\n"
        "    old(self, request, lambda rest: HTTP11ClientProtocol._finishResponse_(finisher.__self__, rest))\n"
        "HTTPClientParser.__init__ = new",
    ],
)
def test_an_answer_that_was_not_seen_stops_the_run_and_leaves_no_record(blind: str, tmp_path: Path) -> None:
    names = (
        "from scrapy.core.downloader.handlers.http11 import _LenientHTTP11ClientFactory\n"
        "from twisted.web.client import HTTPConnectionPool\n"
        "from twisted.web._newclient import HTTP11ClientProtocol, HTTPClientParser\n"
    )
    with RawServer(PAGE) as server:
        result = capture(names + blind, server, tmp_path)
        assert dict(server.requests).keys() == {"robots.txt"}, "nothing is asked for after the first answer"
    assert result.returncode == 70
    assert "could not be archived: nothing, or no end, was seen of an answer that came" in result.stderr
    assert "Traceback" not in result.stderr
    assert [record.kind for path in (tmp_path / "warc").glob("*") for record in read_records(path)] in (
        [],
        ["warcinfo"],
    )
