"""The virtual environment of pywb, apart from the project's own because it pins versions that quarrel with Scrapy's.

It is made from `requirements-replay.lock` when it is needed first, hash by hash, and used as long as the lock and the
interpreter stay what they are. One that was not finished is never used. Must not know what pywb serves.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

STAMP = "ogi-pywb"  # in the environment: empty while it is made, then the key of what it was made from
_SETUPTOOLS = re.compile(r"^setuptools==.*(?:\n[ \t]+.*)*\n?", re.MULTILINE)
_SETTINGS = ("--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2", "--require-hashes")


class EnvironmentUnavailable(Exception):
    """The environment is not there and cannot be made; the message is one line that says why."""


class ForeignFolder(Exception):
    """The folder named for the environment holds something else, which stays as it is."""


class PywbEnvironment:
    """The environment at ``folder``, or where the user's caches are, under a name that says what it was made from."""

    def __init__(self, lock: Path, folder: Path | None = None):
        try:
            self._lock = lock.read_bytes()
        except OSError as error:
            raise EnvironmentUnavailable(f"{lock} cannot be read: {error.strerror}") from error
        self._lock_path = lock
        made_of = (self._lock, sysconfig.get_platform().encode(), sys.version.encode(), sys.base_prefix.encode())
        self._key = hashlib.sha256(b"\0".join(made_of)).hexdigest()
        self.folder = folder or _caches() / "ogi-archive" / f"pywb-{self._key[:16]}"
        self.python = self.folder / "bin" / "python"

    def is_ready(self) -> bool:
        """Whether it is there, whole, and made from this lock by this interpreter."""
        return self._stamp() == self._key and os.access(self.python, os.X_OK)

    def make(self, tell: Callable[[str], None]) -> None:
        """Make it if it is not ready; ``tell`` is given a line for a person when that begins.

        Another process that makes it is waited for. Raises :class:`EnvironmentUnavailable` and :class:`ForeignFolder`.
        """
        if self.is_ready():
            return
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with _alone(self.folder.with_name(f"{self.folder.name}.lock")):
                if self.is_ready():
                    return
                self._clear()
                tell(f"making the environment of pywb in {self.folder} (once, a quarter of a minute)")
                try:
                    self._make()
                except BaseException:
                    shutil.rmtree(self.folder, ignore_errors=True)
                    raise
        except OSError as error:
            raise EnvironmentUnavailable(f"{self.folder} cannot be written: {error.strerror or error}") from error

    def _stamp(self) -> str | None:
        try:
            return (self.folder / STAMP).read_text(encoding="ascii")
        except (OSError, ValueError):
            return None

    def _clear(self) -> None:
        """Take away what an older lock or an interrupted process left; anything else is not ours to delete."""
        if self.folder.exists() and self._stamp() is None and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise ForeignFolder(f"{self.folder} is not an environment of pywb; name a folder that is empty or new")
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _make(self) -> None:
        if importlib.util.find_spec("pip") is None:
            raise EnvironmentUnavailable(
                f"{sys.executable} has no pip, which makes the environment of pywb; python -m ensurepip installs it"
            )
        self.folder.mkdir()
        stamp = self.folder / STAMP
        stamp.touch()
        _run(sys.executable, "-m", "venv", "--without-pip", str(self.folder))
        pip = (sys.executable, "-m", "pip", "--python", str(self.python), "install", *_SETTINGS)
        # What is only published as source is built with the setuptools of the lock, not with what pip would fetch for it.
        builder = _SETUPTOOLS.search(self._lock.decode())
        if builder:
            with tempfile.NamedTemporaryFile("w", suffix=".lock") as part:
                part.write(builder.group())
                part.flush()
                _run(*pip, "--only-binary", ":all:", "-r", part.name)
        _run(*pip, "--no-build-isolation", "-r", str(self._lock_path))
        finished = self.folder / f"{STAMP}.new"
        finished.write_text(self._key, encoding="ascii")
        finished.replace(stamp)


def _caches() -> Path:
    named = os.environ.get("XDG_CACHE_HOME", "")
    return Path(named) if os.path.isabs(named) else Path.home() / ".cache"


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _run(*command: str) -> None:
    """Run a command to its end; raises :class:`EnvironmentUnavailable` with what it said last."""
    # Of the surroundings, what concerns Python's own modules must not reach the new interpreter.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR:")] or lines[-1:] or [f"exit code {done.returncode}"]
        raise EnvironmentUnavailable(
            f"the environment of pywb could not be made: {errors[0].removeprefix('ERROR:').strip()}"
            " (a package index must be reachable, once)"
        )
