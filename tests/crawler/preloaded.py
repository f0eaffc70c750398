"""Runs the program again and again without loading it anew each time, which takes longer than most crawls of a test.

A process that has loaded the program, and done nothing with it, forks for every command: what runs is a process of its own
with its own exit code, from the first line of the program's `main` on. Tests of starting, signals and kills start the
program as an operator does. Must not know what a command is for.
"""

from __future__ import annotations

import contextlib
import json
import os
import pkgutil
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Preloaded:
    """The client's side: one process per instance, started at once. Commands run one after the other."""

    def __init__(self, environment: dict[str, str]):
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "tests.crawler.preloaded", str(theirs.fileno())]
        self._process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL
        )
        theirs.close()

    def run(
        self, arguments: Sequence[str], environment: dict[str, str], timeout: float, file_size: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run ``scrapy`` with these arguments to its end.

        ``file_size`` limits what it may write to one file, in bytes (0: no limit). Raises subprocess.TimeoutExpired.
        """
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            order = json.dumps([list(arguments), environment, file_size]).encode()
            header = len(order).to_bytes(4, "big")
            socket.send_fds(self._socket, [header], [output.fileno(), errors.fileno()])
            self._socket.sendall(order)
            child = int.from_bytes(_receive(self._socket, 4), "big")
            self._socket.settimeout(timeout)
            try:
                code = int.from_bytes(_receive(self._socket, 4), "big", signed=True)
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                self._socket.settimeout(None)
                _receive(self._socket, 4)
                raise subprocess.TimeoutExpired(list(arguments), timeout) from None
            finally:
                self._socket.settimeout(None)
            texts = []
            for file in (output, errors):
                file.seek(0)
                texts.append(file.read().decode("utf-8"))
        return subprocess.CompletedProcess(list(arguments), code, *texts)

    def close(self) -> None:
        """End the process."""
        self._socket.close()
        self._process.wait()


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _load() -> None:
    """Load all that any command loads; Twisted's reactor is not among it, for that is begun, not loaded."""
    for package in ("crawler", "crawler.commands", "pipelines", "spiders"):
        folder = ROOT / package.replace(".", "/")
        for module in pkgutil.iter_modules([str(folder)]):
            __import__(f"{package}.{module.name}")
    __import__("scrapy.cmdline")
    assert "twisted.internet.reactor" not in sys.modules


def _serve(connection: socket.socket) -> None:
    while True:
        try:
            header, descriptors, _, _ = socket.recv_fds(connection, 4, 2)
            if not header:
                return
            header += _receive(connection, 4 - len(header)) if len(header) < 4 else b""
            order = json.loads(_receive(connection, int.from_bytes(header, "big")))
        except (EOFError, ConnectionError):
            return
        child = os.fork()
        if not child:
            connection.close()
            _become(descriptors, *order)
        for descriptor in descriptors:
            os.close(descriptor)
        connection.sendall(child.to_bytes(4, "big"))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.sendall(code.to_bytes(4, "big", signed=True))


def _become(descriptors: Sequence[int], arguments: list[str], environment: dict[str, str], file_size: int) -> None:
    """Be the program, and end with its exit code."""
    for number, descriptor in enumerate(descriptors, start=1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if file_size:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, resource.RLIM_INFINITY))
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    sys.argv = ["scrapy", *arguments]
    code: Any = 70
    try:
        from scrapy.cmdline import execute

        execute()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    _load()
    _serve(socket.socket(fileno=int(sys.argv[1])))
