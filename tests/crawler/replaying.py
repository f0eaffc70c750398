"""`scrapy replay` as a program beside the test, and the environment of pywb that the tests share."""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.pywb_environment import EnvironmentUnavailable, PywbEnvironment
from tests.crawler.program import ROOT, command

LOCK = ROOT / "requirements-replay.lock"
# Beside the packages of the tests, so that it goes when they go.
FOLDER = Path(sys.prefix) / "pywb"


@functools.cache
def pywb() -> Path:
    """The folder of pywb's environment; made once, and where it cannot be made the test is skipped."""
    environment = PywbEnvironment(LOCK, FOLDER)
    try:
        environment.make(lambda line: print(line, file=sys.stderr))
    except EnvironmentUnavailable as error:
        pytest.skip(str(error))
    return environment.folder


@dataclass(frozen=True)
class Replay:
    """A running replay: its process, what it said when it was ready, and the reports it listed."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    reports: list[dict[str, Any]]

    @property
    def address(self) -> str:
        address: str = self.ready["address"]
        return address

    @property
    def port(self) -> int:
        port = urlsplit(self.address).port
        assert port is not None
        return port

    @property
    def pywb(self) -> int:
        """The process id of pywb."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        [child] = children.split()
        return int(child)

    def told(self) -> list[str]:
        """The lines on stderr, when it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read().splitlines()

    def raw(self, timestamp: str, url: str, form: str = "") -> tuple[int, bytes]:
        """Status and bytes of a capture as it was, without anything rewritten; with a form, what was answered to it."""
        return self.get(f"/archive/{timestamp}id_/{url}", form)

    def get(self, target: str, form: str = "") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Accept-Encoding": "gzip, deflate"}  # pywb decodes what a client cannot
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with contextlib.closing(connection):
            connection.request("POST" if form else "GET", target, form or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()


@contextlib.contextmanager
def replaying(data_dir: Path, folder: Path) -> Iterator[Replay]:
    """`scrapy replay` of this archive, from when it is ready; ended as a service manager ends it."""
    listed = folder / "reports.jsonl"
    process = subprocess.Popen(
        command(
            *("replay", "--port", "0", "--json", "--list", str(listed)),
            *("-s", f"DATA_DIR={data_dir}", "-s", f"REPLAY_ENV={pywb()}"),
        ),
        cwd=ROOT,
        # What is set up for pywb or for a proxy on a machine must not count.
        env={**os.environ, "PYWB_CONFIG_FILE": "/nowhere.yaml", "http_proxy": "http://127.0.0.1:9/"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = process.stdout.readline()
        assert said, process.stderr.read()
        reports = [json.loads(line) for line in listed.read_text(encoding="utf-8").splitlines()]
        yield Replay(process, json.loads(said), reports)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()
        process.stderr.close()
