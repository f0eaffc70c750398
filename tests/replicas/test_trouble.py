"""The replica server on a bad day: challenges, pauses, resets, broken TLS; and what it says of gaps and overlaps."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from tests.portals.answer import Page
from tests.portals.behaviour import Behaviour
from tests.portals.challenges import RETRY_SECONDS, Challenge
from tests.portals.days import challenge_week, day_two, heal, list_page
from tests.portals.pages import load_sites, portal_urls, seed_address, seed_answer
from tests.portals.server import ReplicaServer
from tests.portals.site import Kind
from tests.replicas.client import STARTS, get, read_list, trusting

SEED = seed_address("001")
HOST = "www.liuzhou.gov.cn"
# Status, a signature in the body, a header field that must be there.
SIGNATURES = {
    Challenge.RUISHU_412: (412, "$_ts=window['$_ts']", "Set-Cookie"),
    Challenge.RUISHU_202: (202, "r='m'", "Set-Cookie"),
    Challenge.JSL_521: (521, "location.href=location.pathname", "Set-Cookie"),
    Challenge.WZWS_200: (200, "请开启JavaScript并刷新该页", "Set-Cookie"),
    Challenge.WAF_403: (403, "<title>拒绝执行 | 网站云防护系统</title>", "Content-Length"),
    Challenge.LOGIN_200: (200, "请先登录", "Content-Length"),
    Challenge.SOFT_404: (200, "页面不存在", "Content-Length"),
    Challenge.REDIRECT_SHELL: (200, "location.replace(", "Content-Length"),
    Challenge.ROBOTS_HTML: (200, "<!DOCTYPE html>", "Content-Length"),
    Challenge.TOO_MANY_SECONDS: (429, "系统繁忙", "Retry-After"),
    Challenge.TOO_MANY_DATE: (429, "系统繁忙", "Retry-After"),
    Challenge.UNAVAILABLE_SECONDS: (503, "系统繁忙", "Retry-After"),
    Challenge.UNAVAILABLE_DATE: (503, "系统繁忙", "Retry-After"),
}


@pytest.fixture
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer() as running:
        yield running


@pytest.mark.parametrize("challenge", list(SIGNATURES))
def test_challenge_stands_where_it_was_put_and_nowhere_else(server: ReplicaServer, challenge: Challenge) -> None:
    status, signature, field = SIGNATURES[challenge]
    assert challenge_week(server, "liuzhou", challenge, urls=[SEED]) == [SEED]
    answer = get(server, SEED)
    assert (answer.status, signature in answer.text) == (status, True)
    assert answer.headers[field]
    assert "城中区" not in answer.text
    assert get(server, STARTS["liuzhou"]).status == 200
    heal(server)
    assert get(server, SEED).body == seed_answer("001").body


def test_every_challenge_is_tried() -> None:
    assert set(SIGNATURES) | {Challenge.RESET} == set(Challenge)


def test_waf_page_has_the_size_of_the_real_one(server: ReplicaServer) -> None:
    challenge_week(server, "liuzhou", Challenge.WAF_403, urls=[SEED])
    assert 7_500 < len(get(server, SEED).body) < 7_900


def test_jsl_has_two_stages(server: ReplicaServer) -> None:
    challenge_week(server, "liuzhou", Challenge.JSL_521, urls=[SEED])
    second = get(server, SEED, Cookie="__jsluid_s=inert; __jsl_clearance_s=0")
    assert (second.status, '"tn":"__jsl_clearance_s"' in second.text) == (521, True)


@pytest.mark.parametrize("portal", list(STARTS))
def test_redirect_shell_leads_to_the_page(server: ReplicaServer, portal: str) -> None:
    site = load_sites()[portal]
    reports = [entry.url for entry in portal_urls(portal) if entry.kind is Kind.REPORT and entry.year == 2023]
    urls = [reports[0], site.start[0]]
    real = [get(server, url).body for url in urls]
    challenge_week(server, portal, Challenge.REDIRECT_SHELL, urls=urls)
    for url, body in zip(urls, real, strict=True):
        shell = get(server, url)
        target = shell.text.partition('location.replace("')[2].partition('"')[0]
        assert len(shell.body) < 300
        assert site.url(target) != url
        assert site.url(target).rpartition("/")[0] == url.rpartition("/")[0]
        assert get(server, site.url(target)).body == body


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_share_of_a_portal_is_challenged(server: ReplicaServer, share: float) -> None:
    chosen = challenge_week(server, "xinzhou", Challenge.WAF_403, share=share)
    entries = [entry.url for entry in portal_urls("xinzhou") if entry.kind is not Kind.MISSING]
    assert len(chosen) == len(set(chosen)) == round(share * len(entries))
    for url in entries[::7]:
        assert get(server, url).status == (403 if url in chosen else 200)
    assert get(server, "https://zwgk.sxxz.gov.cn/robots.txt").status == 200
    assert get(server, seed_address("001")).status == 200


def test_share_follows_what_the_portal_shows(server: ReplicaServer) -> None:
    new = {change.url for change in day_two(server) if change.portal == "simao"} - {e.url for e in portal_urls("simao")}
    assert len(new) == 5
    assert new <= set(challenge_week(server, "simao", Challenge.LOGIN_200))


@pytest.mark.parametrize("portal", list(STARTS))
def test_only_the_third_page_of_a_list(server: ReplicaServer, portal: str) -> None:
    walked = read_list(server, portal).addresses
    challenge_week(server, portal, Challenge.RUISHU_412, urls=[list_page(portal, 3)])
    statuses = [get(server, url).status for url in walked]
    assert statuses == [412 if position == 2 else 200 for position in range(len(walked))]


@pytest.mark.parametrize("challenge", [Challenge.ROBOTS_HTML, Challenge.RUISHU_202, Challenge.WAF_403])
def test_challenge_in_place_of_robots(server: ReplicaServer, challenge: Challenge) -> None:
    status, signature, _ = SIGNATURES[challenge]
    challenge_week(server, "liuzhou", challenge, urls=[f"http://{HOST}/robots.txt"])
    robots = get(server, f"http://{HOST}/robots.txt")
    assert (robots.status, robots.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert signature in robots.text
    assert get(server, SEED).status == 200


@pytest.mark.parametrize("status", ["429", "503"])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_for_the_first_requests_then_the_page(server: ReplicaServer, status: str, form: str) -> None:
    challenge_week(server, "liuzhou", Challenge(f"{status}-{form}"), urls=[SEED], times=2)
    asked = datetime.now(UTC)
    answers = [get(server, SEED) for _ in range(3)]
    assert [answer.status for answer in answers] == [int(status), int(status), 200]
    value = answers[0].headers["Retry-After"]
    if form == "seconds":
        assert value == str(RETRY_SECONDS)
    else:
        wait = parsedate_to_datetime(value) - asked
        assert timedelta(seconds=RETRY_SECONDS) <= wait < timedelta(seconds=RETRY_SECONDS + 10)


def test_first_given_behaviour_counts_until_it_is_used_up(server: ReplicaServer) -> None:
    made = datetime(2024, 1, 1, tzinfo=UTC)
    server.answer_with(SEED, Behaviour(Page(b"first", made)), times=1)
    server.answer_with(HOST, Behaviour(Page(b"second", made)), times=1)
    server.put(SEED, Page(b"put", made))
    assert [get(server, SEED).body for _ in range(3)] == [b"first", b"second", b"put"]


def test_pattern_takes_a_folder(server: ReplicaServer) -> None:
    server.answer_with(f"http://{HOST}/zwgk/*/szf/*", Behaviour(Page(b"", datetime.now(UTC), status=503)))
    assert get(server, f"http://{HOST}/zwgk/zfxxgknb/2020/szf/").status == 503
    assert get(server, f"http://{HOST}/zwgk/zfxxgknb/2020/").status == 200


def test_slow_answer_and_the_times_in_the_log(server: ReplicaServer) -> None:
    server.answer_with(SEED, Behaviour(delay=0.4), times=1)
    begun = time.monotonic()
    assert get(server, SEED).body == seed_answer("001").body
    assert get(server, SEED).status == 200
    slow, quick = server.log
    assert 0.4 <= slow.answered - slow.arrived < 5
    assert begun <= slow.arrived < slow.answered <= quick.arrived <= quick.answered <= time.monotonic()
    assert quick.answered - quick.arrived < 0.4


@pytest.mark.parametrize("sent", [0, 900])
def test_reset_before_and_within_the_answer(server: ReplicaServer, sent: int) -> None:
    server.answer_with(SEED, Behaviour(reset_after=sent), times=1)
    with pytest.raises(ConnectionResetError) as raised:
        get(server, SEED)
    assert not isinstance(raised.value, http.client.RemoteDisconnected), "a clean end is no reset"
    assert get(server, SEED).status == 200
    assert next(len(exchange.response) for exchange in server.log) == sent


def test_reset_of_a_tls_connection(server: ReplicaServer) -> None:
    """Read below TLS: Python's ssl reports a reset as an end of file."""
    url = seed_address("003")
    server.answer_with(url, Behaviour(reset_after=900), times=1)
    host, _, path = url.removeprefix("https://").partition("/")
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    with trusting(host).wrap_socket(plain) as stream, socket.socket(fileno=os.dup(stream.fileno())) as below:
        below.settimeout(10)
        stream.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            list(iter(lambda: below.recv(65_536), b""))


def test_reset_is_a_challenge_too(server: ReplicaServer) -> None:
    challenge_week(server, "liuzhou", Challenge.RESET, urls=[SEED], times=1)
    with pytest.raises(ConnectionResetError):
        get(server, SEED)
    assert get(server, SEED).status == 200


@pytest.mark.parametrize("number", ["001", "003"])
def test_tls_fails_while_plain_http_works(server: ReplicaServer, number: str) -> None:
    url = seed_address(number)
    host = url.split("/")[2]
    server.break_tls(host)
    with pytest.raises(ssl.SSLError, match=r"(?i)handshake.failure"):
        get(server, url.replace("http://", "https://"))
    assert get(server, url.replace("https://", "http://")).body == seed_answer(number).body
    assert get(server, seed_address("004")).status == 200
    heal(server)
    assert get(server, url.replace("http://", "https://")).status == 200


def test_peak_counts_open_requests_per_host(server: ReplicaServer) -> None:
    for _ in range(3):
        get(server, SEED)
    assert (server.peak(HOST), server.peak("www.xiaoshan.gov.cn")) == (1, 0)
    server.answer_with("http*", Behaviour(delay=0.6))
    with ThreadPoolExecutor(4) as pool:
        urls = [SEED, SEED, SEED, seed_address("002")]
        list(pool.map(lambda url: get(server, url), urls))
    assert (server.peak(HOST), server.peak("www.xiaoshan.gov.cn")) == (3, 1)
    server.clear_log()
    assert server.peak(HOST) == 0


def test_one_connection_after_another_never_counts_as_two(server: ReplicaServer) -> None:
    for _ in range(200):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/robots.txt", headers={"Host": HOST})
        connection.getresponse().read()
        connection.close()
    assert server.peak(HOST) == 1


def test_portals_that_the_server_does_not_have_are_refused() -> None:
    sites = load_sites()
    with ReplicaServer(sites={"liuzhou": sites["liuzhou"]}) as own:
        with pytest.raises(KeyError):
            own.show(sites["simao"])
        with pytest.raises(KeyError):
            own.site("www.smqzf.gov.cn")
