"""`scrapy capture` where hosts, disk or operator stand in its way: nothing is lost, nothing is told that is not so."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import pytest

from crawler.settings import DOWNLOADER_MIDDLEWARES
from tests.crawler.capture_portal import (
    ELSEWHERE,
    PAGE,
    PLAIN,
    capture,
    put_page_with_requisites,
    results,
    rows,
)
from tests.crawler.program import ROOT, command, records, run, scrapy, to_replicas, wait_until
from tests.crawler.small_portal import FILE_SIZE, HOST, TITLE, TOO_LARGE, Portal, article, page
from tests.portals.behaviour import Behaviour
from tests.portals.carried import file_page
from tests.portals.pages import seed_answer


def test_a_forgotten_or_excluded_address_is_not_asked_for(portal: Portal) -> None:
    portal.declare('exclude = ["*/about/*"]')
    assert scrapy("forget", article(1), DATA_DIR=portal.data_dir, PORTALS=portal.registry).returncode in (0, 7)
    assert capture(portal, article(2)).returncode == 0
    assert scrapy("forget", article(1), DATA_DIR=portal.data_dir, PORTALS=portal.registry).returncode == 0
    process = capture(portal, article(1), PAGE, "--json")
    assert [one["outcome"] for one in results(process)] == ["forgotten", "excluded"]
    assert (process.returncode, portal.asked) == (1, [])


def test_a_host_that_asks_for_a_long_pause_is_left_alone(portal: Portal) -> None:
    portal.server.put(PAGE, page("忙", status=503, Retry_After="9000"))
    process = capture(portal, PAGE, article(1), "--json")
    assert (process.returncode, portal.asked) == (1, ["/about/us.htm"])
    assert all("left alone until" in one["reason"] for one in results(process))
    assert capture(portal, article(1)).returncode == 1
    assert portal.server.log == []


def test_one_that_is_due_soon_is_waited_for(portal: Portal) -> None:
    portal.server.answer_with(article(1), Behaviour(page=page("忙", status=503, Retry_After="1")), times=1)
    process = capture(portal, article(1), "--json")
    assert [one["status"] for one in results(process)] == [200], process.stderr


def test_a_full_disk_ends_it_and_the_same_command_goes_on(portal: Portal) -> None:
    portal.server.put(PAGE, page(TOO_LARGE, kind="application/pdf"))
    arguments = ["capture", article(1), PAGE, article(2)]
    values = {"DATA_DIR": portal.data_dir, "PORTALS": portal.registry, "RETRY_TIMES": 0, "DOWNLOAD_DELAY": 0}
    values["CONNECT_TO"] = json.dumps(portal.server.connect_to)
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    full = run([*arguments, *options], timeout=60, file_size=FILE_SIZE)
    assert full.returncode == 8, full.stderr
    assert "the same command continues it" in full.stderr
    portal.server.put(PAGE, PLAIN)
    process = capture(portal, article(1), PAGE, article(2), "--json")
    assert process.returncode == 0, process.stderr
    assert len(records(portal.data_dir)) == 2


@pytest.mark.parametrize(
    "moment", [f"asked {article(2)}", f"archived {article(2)}", f"asked {HOST}/css/more.css", f"archived {PAGE}"]
)
def test_killed_and_begun_again_nothing_is_lost_and_nothing_comes_twice(portal: Portal, moment: str) -> None:
    put_page_with_requisites(portal)
    arguments = (article(1), PAGE, article(2), "--requisites", "--json")
    undisturbed, expected = portal.data_dir, results(capture(portal, *arguments))
    targets = sorted(portal.asked)
    known = {record["report_key"] for record in records(undisturbed)}
    portal.data_dir = portal.folder / "killed"
    settings = {
        "DOWNLOADER_MIDDLEWARES": json.dumps({**DOWNLOADER_MIDDLEWARES, "tests.crawler.killing.KillingMiddleware": 55}),
        "KILL_AT": moment,
        "KILL_MARK": portal.folder / "mark",
    }
    assert capture(portal, *arguments, **settings).returncode != 0
    assert (portal.folder / "mark").exists()
    before = portal.asked
    acknowledged = {"/" + url.split("/", 3)[3] for (url,) in rows(portal.data_dir, "url", "acknowledged_run<>''")}
    process = capture(portal, *reversed(arguments[:3]), *arguments[3:], **settings)
    assert process.returncode == 0, process.stderr
    assert "continuing the unfinished run" in process.stderr
    assert not acknowledged & set(portal.asked), "what was acknowledged is not asked for again"
    assert set(before) | set(portal.asked) == set(targets)
    told = ("url", "outcome", "status", "digest", "report", "requisites", "requisites_missing")
    assert [[one[name] for name in told] for one in results(process)] == [
        [one[name] for name in told] for one in reversed(expected)
    ]
    lines = [record["report_key"] for record in records(portal.data_dir)]
    assert sorted(lines) == sorted(known)
    assert len(list((portal.data_dir / "runs").iterdir())) == 1


@pytest.mark.parametrize("moment", ["asked {file}", "archived {file}", "ready"])
def test_killed_a_page_that_is_only_a_link_is_read_all_the_same(portal: Portal, moment: str) -> None:
    file = f"{HOST}/files/P020240126000000000001.doc"
    portal.server.put(PAGE, page(file_page(TITLE, "/files/P020240126000000000001.doc")))
    portal.server.put(file, page(seed_answer("000").body, kind="application/msword"))
    settings = {
        "DOWNLOADER_MIDDLEWARES": json.dumps({**DOWNLOADER_MIDDLEWARES, "tests.crawler.killing.KillingMiddleware": 55}),
        "KILL_AT": moment.format(file=file),
        "KILL_MARK": portal.folder / "mark",
    }
    assert capture(portal, PAGE, "--requisites", **settings).returncode != 0
    assert (portal.folder / "mark").exists()
    [one] = results(capture(portal, PAGE, "--requisites", "--json", **settings))
    assert (one["outcome"], one["report"], one["change"]) == ("ok", "370305:gov/2023", "new")
    [record] = records(portal.data_dir)
    assert record["provenance"]["url"] == PAGE


def started(portal: Portal, *arguments: str, stdout: IO[bytes] | int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    values = {
        **to_replicas(portal.server.connect_to, portal.data_dir),
        "PORTALS": portal.registry,
        "SHUTDOWN_SECONDS": 1,
    }
    options = [part for name, value in values.items() for part in ("-s", f"{name}={value}")]
    return subprocess.Popen(command("capture", *arguments, *options), cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE)


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGINT]], ids=["one", "two"])
def test_an_interrupted_capture_has_told_what_is_final_and_is_continued(
    portal: Portal, signals: list[signal.Signals]
) -> None:
    """A line comes as soon as it is final; one behind an address that hangs when the capture ends, if it ends in order."""
    portal.server.answer_with(article(2), Behaviour(delay=60), times=1)
    portal.server.put(f"{ELSEWHERE}/here.htm", PLAIN)
    addresses = [article(1), article(2), f"{ELSEWHERE}/here.htm"]
    process = started(portal, *addresses)
    try:
        assert process.stdout is not None
        printed = [process.stdout.readline().decode()]
        assert process.poll() is None, "while the next is under way"
        wait_until(lambda: rows(portal.data_dir, "url", f"url LIKE '{ELSEWHERE}%' AND outcome<>''"), process)
        in_use = capture(portal, article(3))
        for number in signals:
            process.send_signal(number)
            time.sleep(0.2)
        rest, told = process.communicate(timeout=30)
    finally:
        process.kill()
    printed += rest.decode().splitlines()
    assert (in_use.returncode, "in use" in in_use.stderr) == (7, True)
    assert (process.returncode, b"the same command continues the run" in told) == (130, True)
    assert [line.split("\t")[3] for line in printed] == addresses[0::2][: len(printed)]
    assert len(printed) == 2
    again = capture(portal, *addresses)
    assert (again.returncode, portal.asked) == (0, ["/info/1/2.htm"])
    told_again = {line.split("\t")[3]: line for line in again.stdout.splitlines()}
    assert list(told_again) == addresses
    assert [told_again[line.split("\t")[3]] for line in printed] == [line.rstrip("\n") for line in printed]


def test_who_stops_reading_does_not_stop_the_capture(portal: Portal) -> None:
    portal.server.answer_with(article(2), Behaviour(delay=1), times=1)
    process = started(portal, article(1), article(2), article(3))
    assert process.stdout is not None
    assert article(1) in process.stdout.readline().decode()
    process.stdout.close()
    assert process.stderr is not None
    told = process.stderr.read().decode()
    assert process.wait(timeout=60) == 0, told
    assert "Traceback" not in told
    assert len(records(portal.data_dir)) == 3


def test_results_that_cannot_be_written_are_a_failure_and_the_capture_is_whole(portal: Portal) -> None:
    with Path("/dev/full").open("wb") as full:
        process = started(portal, article(1), article(2), stdout=full)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, b"the results cannot be printed: No space left" in told) == (8, True), told
    assert b"Traceback" not in told
    assert len(records(portal.data_dir)) == 2
    [report] = (portal.data_dir / "runs").glob("*/report.json")
    assert len(json.loads(report.read_text(encoding="utf-8"))["captures"]) == 2


def test_a_damaged_or_missing_ledger_is_refused(portal: Portal) -> None:
    assert capture(portal, article(1)).returncode == 0
    (portal.data_dir / "ledger.sqlite").write_bytes(b"no ledger" * 1000)
    assert capture(portal, article(1)).returncode == 6
    for path in portal.data_dir.glob("ledger.sqlite*"):
        path.unlink()
    process = capture(portal, article(1))
    assert (process.returncode, "scrapy rebuild" in process.stderr) == (6, True)
