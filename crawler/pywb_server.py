"""pywb as a process of its own: started on files of an archive, waited for until it answers, ended with this one.

It is given the merged index and the list of files it may open, and nothing that fetches, records or works as a proxy.
pywb is GPL: it is run, never imported. Must not know what a report is.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

COLLECTION = "archive"  # the first part of every address
START_SECONDS = 120.0
STOP_SECONDS = 5.0
# Paths are relative to the folder pywb is started in: in those of its configuration braces and colons have a meaning.
CONFIGURATION = {
    "collections": {COLLECTION: {"index": "index.cdxj", "archive_paths": "files.tsv"}},
    "enable_auto_colls": False,
}

# `python -m pywb.apps.cli`, told to end with whoever started it (Linux: prctl's PR_SET_PDEATHSIG, SIGTERM), even if killed.
_PYWB = (
    "import ctypes, runpy; getattr(ctypes.CDLL(None), 'prctl', lambda *_: None)(1, 15);"
    " runpy.run_module('pywb.apps.cli', run_name='__main__', alter_sys=True)"
)


class ServerEnded(Exception):
    """pywb ended, or never answered; the message is the last line it wrote."""


class PywbServer:
    """pywb on a port of this machine, within a ``with`` block; ``address`` is where it answers.

    ``names`` are the WARC files of the folder ``warc`` it may open, ``index`` the index of all of them.
    """

    def __init__(self, python: Path, warc: Path, names: Sequence[str], index: Path, bind: str, port: int):
        self._python = python
        self._warc = warc.resolve()
        self._names = names
        self._index = index.resolve()
        self._bind, self._port = bind, port
        ip = ipaddress.ip_address(bind)
        here = ip if not ip.is_unspecified else ipaddress.ip_address("::1" if ip.version == 6 else "127.0.0.1")
        self._host = str(here)
        self.address = f"http://{f'[{here}]' if here.version == 6 else here}:{port}/{COLLECTION}/"
        self._said: deque[str] = deque(maxlen=50)
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> PywbServer:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ogi-replay-")))
            self._furnish(folder)
            self._process = subprocess.Popen(
                (*(self._python, "-I", "-c", _PYWB), *("-b", self._bind, "-p", str(self._port))),
                cwd=folder,
                # A proxy or a configuration of pywb that is named in the surroundings must not count.
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "NO_PROXY": "*", "HOME": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C is for us; we end it
            )
            stack.callback(self._end)
            self._listener.start()
            self._await_answer()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def wait(self) -> None:
        """Wait until pywb ends, which it does not do by itself: raises :class:`ServerEnded`."""
        self._process.wait()
        raise ServerEnded(self._last_line())

    def replay_address(self, captured_at: str, url: str) -> str:
        """Where a capture is replayed: ``…/archive/<14 digits>/<url>``. ``captured_at`` is ISO 8601 in UTC."""
        return f"{self.address}{re.sub(r'[^0-9]', '', captured_at)[:14]}/{url}"

    def _furnish(self, folder: Path) -> None:
        """The folder pywb runs in: configuration, index, and the only files it finds, by name."""
        (folder / "config.yaml").write_text(json.dumps(CONFIGURATION), encoding="utf-8")  # JSON is YAML
        (folder / "index.cdxj").symlink_to(self._index)
        (folder / "warc").symlink_to(self._warc)
        lines = sorted(f"{name}\t./warc/{name}\n".encode() for name in self._names)
        (folder / "files.tsv").write_bytes(b"".join(lines))

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip():
                self._said.append(line.strip())

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._collections() == [COLLECTION]:
                return
            time.sleep(0.05)
        if self._process.poll() is None:
            raise ServerEnded(f"no answer within {START_SECONDS:.0f} s")
        raise ServerEnded(self._last_line())

    def _collections(self) -> object:
        """What the server says it serves; ``None`` while it says nothing."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=5)
        try:
            connection.request("GET", "/collinfo.json")
            answer = json.loads(connection.getresponse().read(10_000))
        except (OSError, ValueError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return answer.get("fixed") if isinstance(answer, dict) else None

    def _last_line(self) -> str:
        self._listener.join(STOP_SECONDS)
        return self._said[-1] if self._said else f"exit code {self._process.returncode}"

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._listener.is_alive():
            self._listener.join(STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


def find_port(bind: str, port: int) -> int:
    """The port to listen on: ``port``, or a free one where it is 0. Raises OSError where it cannot be had."""
    family = socket.AF_INET6 if ipaddress.ip_address(bind).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((bind, port))
        return int(probe.getsockname()[1])
