"""The environment of pywb: made once, made again for another lock, never used unless it is whole. With locks of nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crawler.pywb_environment import STAMP, EnvironmentUnavailable, ForeignFolder, PywbEnvironment
from tests.archive.broken_files import write_clean_archive
from tests.crawler.program import ROOT, scrapy
from tests.crawler.replaying import LOCK

MISSING = "no-such-package-of-anybody==1.0 --hash=sha256:" + "0" * 64 + "\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> PywbEnvironment:
    folder = tmp_path_factory.mktemp("environment")
    lock = folder / "first.lock"
    lock.write_text("# nothing\n", encoding="utf-8")
    environment = PywbEnvironment(lock, folder / "pywb of tests")
    told: list[str] = []
    environment.make(told.append)
    assert len(told) == 1
    return environment


def test_it_is_made_once(made: PywbEnvironment) -> None:
    assert made.is_ready()
    version = subprocess.run([made.python, "-V"], check=True, capture_output=True, text=True).stdout
    assert version.split()[1] == sys.version.split()[0]
    made.make(lambda line: pytest.fail(f"it was made again: {line}"))


def test_another_lock_wants_another(made: PywbEnvironment, tmp_path: Path) -> None:
    lock = tmp_path / "second.lock"
    lock.write_text("# nothing else\n", encoding="utf-8")
    assert not PywbEnvironment(lock, made.folder).is_ready()


def test_where_nothing_is_named_each_lock_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("# nothing\n", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert PywbEnvironment(lock).folder.parent == tmp_path / "cache" / "ogi-archive"
    assert PywbEnvironment(lock).folder == PywbEnvironment(lock).folder != PywbEnvironment(LOCK).folder
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored: XDG Base Directory Specification
    assert PywbEnvironment(lock).folder.is_relative_to(Path.home() / ".cache")


def test_one_that_cannot_be_finished_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands there half made, from an interrupted process, is made anew; where that fails it is gone."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # as offline, and faster
    lock = tmp_path / "missing.lock"
    lock.write_text(MISSING, encoding="utf-8")
    environment = PywbEnvironment(lock, tmp_path / "pywb")
    (environment.folder / "bin").mkdir(parents=True)
    (environment.folder / "bin" / "python").symlink_to(sys.executable)
    (environment.folder / STAMP).touch()
    assert not environment.is_ready()
    with pytest.raises(EnvironmentUnavailable, match="no-such-package-of-anybody") as refused:
        environment.make(lambda line: None)
    assert "\n" not in str(refused.value)
    assert not environment.folder.exists()


def test_a_folder_of_something_else_stays(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(ForeignFolder):
        PywbEnvironment(LOCK, tmp_path).make(lambda line: None)
    assert (tmp_path / "precious").exists()


def test_without_pip_it_says_so(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from crawler.pywb_environment import EnvironmentUnavailable, PywbEnvironment\n"
        "try: PywbEnvironment(Path(sys.argv[1]), Path(sys.argv[2])).make(lambda line: None)\n"
        "except EnvironmentUnavailable as error: sys.exit(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, str(LOCK), str(tmp_path / "pywb")],  # -S: without installed packages
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "has no pip" in done.stderr
    assert not (tmp_path / "pywb").exists()


def test_the_command_says_in_one_line_that_it_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive is there, a package index is not."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    write_clean_archive(tmp_path / "data")
    done = scrapy("replay", "--port", "0", DATA_DIR=tmp_path / "data", REPLAY_ENV=tmp_path / "pywb")
    *progress, last = done.stderr.splitlines()
    assert done.returncode == 7
    assert last.startswith("scrapy replay: the environment of pywb could not be made: ")
    assert [line.split()[2] for line in progress] == ["merging", "making"]
    assert not (tmp_path / "pywb").exists()
