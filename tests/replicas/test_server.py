"""The replica server over real sockets: TLS on the same port, keep-alive, framing, conditions, log, edits."""

from __future__ import annotations

import gzip
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tests.portals.answer import Page, Request
from tests.portals.pages import load_sites, portal_urls, seed_address, seed_answer
from tests.portals.server import ReplicaServer
from tests.portals.site import Kind

LIUZHOU_LIST = "/zwgk/zfxxgknb/2020/xqxxgkndbg/"


@pytest.fixture(scope="module")
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer() as running:
        yield running


def send(port: int, raw: bytes, *, host: str = "", tls: bool = False) -> bytes:
    """Everything the server sends for these bytes until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        stream: socket.socket = plain
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            stream = context.wrap_socket(plain, server_hostname=host)
        stream.sendall(raw)
        parts = []
        while part := stream.recv(65_536):
            parts.append(part)
        return b"".join(parts)


def get(host: str, target: str, *fields: str) -> bytes:
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "User-Agent: replica-test/1", *fields, "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()


def test_connect_to_names_the_port(server: ReplicaServer) -> None:
    assert server.connect_to == {"*": f"127.0.0.1:{server.port}"}


def test_log_holds_the_bytes_of_both_directions(server: ReplicaServer) -> None:
    server.clear_log()
    request = get("www.liuzhou.gov.cn", LIUZHOU_LIST)
    received = send(server.port, request)
    (exchange,) = server.log
    assert (exchange.request, exchange.response) == (request, received)
    assert (exchange.host, exchange.method, exchange.target) == ("www.liuzhou.gov.cn", "GET", LIUZHOU_LIST)
    assert not exchange.tls


def test_tls_and_plain_share_the_port(server: ReplicaServer) -> None:
    server.clear_log()
    secure = send(server.port, get("www.smqzf.gov.cn", "/zfxxgk/zfxxgknb.htm"), host="www.smqzf.gov.cn", tls=True)
    assert secure.startswith(b"HTTP/1.1 200 OK\r\n")
    assert server.log[0].tls
    assert server.log[0].response == secure
    moved = send(server.port, get("www.smqzf.gov.cn", "/zfxxgk/zfxxgknb.htm"))
    assert moved.startswith(b"HTTP/1.1 301 ")
    assert b"\r\nLocation: https://www.smqzf.gov.cn/zfxxgk/zfxxgknb.htm\r\n" in moved


def test_one_connection_carries_many_requests(server: ReplicaServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    bodies = set()
    for _ in range(3):
        connection.request("GET", LIUZHOU_LIST, headers={"Host": "www.liuzhou.gov.cn"})
        bodies.add(connection.getresponse().read())
    connection.close()
    assert len(bodies) == 1


def test_head_has_the_fields_and_no_body(server: ReplicaServer) -> None:
    answer = send(server.port, get("www.liuzhou.gov.cn", LIUZHOU_LIST).replace(b"GET", b"HEAD", 1))
    assert answer.endswith(b"\r\n\r\n")
    assert b"\r\nContent-Length: " in answer


def test_chunked_framing_carries_the_page(server: ReplicaServer) -> None:
    host, path = "www.smqzf.gov.cn", "/info/39378/626592.htm"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=10)
    connection.request("GET", path, headers={"Host": host})
    response = connection.getresponse()
    assert response.getheader("Transfer-Encoding") == "chunked"
    assert response.read() == seed_answer("003").body
    connection.close()


@pytest.mark.parametrize(("accepted", "zipped"), [("gzip, deflate", True), ("gzip;q=0", False), ("", False)])
def test_gzip_only_for_who_accepts_it(server: ReplicaServer, accepted: str, zipped: bool) -> None:
    path = seed_address("002").partition("gov.cn")[2]
    fields = [f"Accept-Encoding: {accepted}"] if accepted else []
    head, _, body = send(server.port, get("www.xiaoshan.gov.cn", path, *fields)).partition(b"\r\n\r\n")
    assert (b"\r\nContent-Encoding: gzip" in head) == zipped
    assert (gzip.decompress(body) if zipped else body) == seed_answer("002").body


def test_unknown_host_and_method_are_refused(server: ReplicaServer) -> None:
    assert send(server.port, get("www.example.gov.cn", "/")).startswith(b"HTTP/1.1 421 ")
    posted = get("www.liuzhou.gov.cn", LIUZHOU_LIST).replace(b"GET", b"POST", 1)
    assert send(server.port, posted).startswith(b"HTTP/1.1 405 ")


def test_pages_can_be_edited_and_removed() -> None:
    url = seed_address("001")
    request = get("www.liuzhou.gov.cn", url.partition("gov.cn")[2])
    with ReplicaServer() as own:
        before = send(own.port, request)
        own.put(url, Page(b"<html>edited</html>", datetime(2024, 5, 1, tzinfo=UTC)))
        edited = send(own.port, request)
        own.remove(url)
        gone = send(own.port, request)
    assert before.startswith(b"HTTP/1.1 200 ")
    assert edited.endswith(b"<html>edited</html>")
    assert gone.startswith(b"HTTP/1.1 404 ")


def test_log_can_be_switched_off() -> None:
    with ReplicaServer(keep_log=False) as own:
        send(own.port, get("www.liuzhou.gov.cn", LIUZHOU_LIST))
        assert own.log == []


def test_closing_ends_idle_connections() -> None:
    with ReplicaServer() as own:
        idle = socket.create_connection(("127.0.0.1", own.port), timeout=10)
        idle.sendall(get("www.liuzhou.gov.cn", "/robots.txt").replace(b"Connection: close\r\n", b""))
        assert idle.recv(12) == b"HTTP/1.1 200"
    with idle:
        while idle.recv(65_536):
            continue


def test_answers_many_requests_a_second(server: ReplicaServer) -> None:
    """Not a benchmark: far below what the machine gives, so that only a server that waits somewhere fails."""

    def worker(_: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for _ in range(75):
            connection.request("GET", LIUZHOU_LIST, headers={"Host": "www.liuzhou.gov.cn"})
            connection.getresponse().read()
        connection.close()
        return 75

    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(worker, range(4)))
    assert done / (time.monotonic() - started) > 100


@pytest.mark.parametrize("portal", list(load_sites()))
def test_every_page_answers_304_to_its_own_validators(portal: str) -> None:
    site, now = load_sites()[portal], datetime.now(UTC)
    checked = 0
    for entry in portal_urls(portal):
        if entry.kind is Kind.MISSING:
            continue
        host = ("Host", site.host)
        target = entry.url.removeprefix(site.url(""))
        fields = (host, ("Referer", site.url("/")))
        tls = site.scheme == "https"
        first = site.answer(Request("GET", target, fields, tls=tls), now)
        etag, modified = first.header("ETag"), first.header("Last-Modified")
        assert etag is not None, entry.url
        assert modified is not None, entry.url
        for condition in (("If-None-Match", f'"other", {etag}'), ("If-Modified-Since", modified)):
            again = site.answer(Request("GET", target, (*fields, condition), tls=tls), now)
            assert (again.status, again.content) == (304, b"")
            assert again.header("ETag") == etag
        for condition in (("If-None-Match", '"other"'), ("If-Modified-Since", "Thu, 01 Jan 2004 00:00:00 GMT")):
            assert site.answer(Request("GET", target, (*fields, condition), tls=tls), now).status == 200
        both = (*fields, ("If-None-Match", '"other"'), ("If-Modified-Since", modified))
        assert site.answer(Request("GET", target, both, tls=tls), now).status == 200
        checked += 1
    assert checked >= 50


@pytest.mark.parametrize("ending", ["sigterm", "end of input"])
def test_command_line_serves_until_told_to_stop(ending: str) -> None:
    command = [sys.executable, "-m", "tests.portals", "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["connect_to"] == {"*": f"127.0.0.1:{ready['port']}"}
        answer = send(ready["port"], get("www.linzi.gov.cn", seed_address("000").partition("gov.cn")[2]))
        assert answer.startswith(b"HTTP/1.1 200 ")
        if ending == "sigterm":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        assert process.wait(timeout=10) == 0
