"""What an operator gets wrong: one line that names the thing, a defined exit code, nothing half-written."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

import pytest

from tests.crawler.program import scrapy

ENTRY = """
[[portal]]
id = "{id}"
name = "x"
region = "370305"
family = "{family}"
start = ["http://www.example.gov.cn/zfxxgknb/"]
"""


def assert_refused(code: int, *words: str, result: object) -> None:
    assert result.returncode == code, result.stderr  # type: ignore[attr-defined]
    lines = result.stderr.strip().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 1, lines
    assert all(word in lines[0] for word in words), lines[0]


@pytest.mark.parametrize(
    ("registry", "words"),
    [
        (ENTRY.format(id="a", family="trs") + 'colour = "red"\n', ["colour", "a"]),
        (ENTRY.format(id="a", family="drupal"), ["drupal", "trs"]),
        (ENTRY.format(id="a", family="trs") * 2, ["a", "declared already"]),
        ("[[portal]\n", ["registry.toml"]),
        ("", ["registry.toml"]),
    ],
    ids=["unknown key", "unknown family", "duplicate id", "no TOML", "empty"],
)
def test_registry(tmp_path: Path, registry: str, words: list[str]) -> None:
    file = tmp_path / "registry.toml"
    file.write_text(registry, encoding="utf-8")
    result = scrapy("crawl", "all", PORTALS=file, DATA_DIR=tmp_path / "data", CONTACT="me@example.org")
    assert_refused(2, *words, result=result)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crawl"], ["family", "--help"]),
        (["crawl", "drupal"], ["drupal", "gongkai"]),
        (["crawl", "all", "--colour"], ["--colour", "--help"]),
        (["crawl", "all", "-a", "colour=red"], ["colour=red", "portal="]),
        (["crawl", "trs", "-a", "portal=simao"], ["simao", "trs"]),
        (["crawl", "trs", "-a", "portal=nowhere"], ["nowhere"]),
        (["portals", "--colour"], ["--colour"]),
        (["extract"], ["file"]),
        (["explain"], ["REPORT_KEY"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    result = scrapy(*arguments, DATA_DIR=tmp_path / "data", CONTACT="me@example.org")
    assert_refused(2, *words, result=result)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ["CONTACT", "-s CONTACT="]),
        ({"CONTACT": "me@example.org", "DOWNLOAD_DELAY": "0.2"}, ["DOWNLOAD_DELAY", "public"]),
        ({"CONTACT": "me@example.org", "DOWNLOAD_DELAY": "soon"}, ["DOWNLOAD_DELAY", "soon"]),
        ({"CONTACT": "me@example.org", "CONNECT_TO": "{"}, ["CONNECT_TO"]),
        ({"CONTACT": "me@example.org", "LEDGER": "postgresql://db/ledger"}, ["LEDGER", "SQLite"]),
        ({"CONTACT": "me@example.org", "LEDGER": "../ledger.sqlite"}, ["LEDGER"]),
    ],
    ids=["no CONTACT", "impatient", "no number", "CONNECT_TO", "LEDGER scheme", "LEDGER outside"],
)
def test_settings(tmp_path: Path, settings: dict[str, str], words: list[str]) -> None:
    result = scrapy("crawl", "trs", **settings, DATA_DIR=tmp_path / "data")
    assert_refused(2, *words, result=result)
    assert not (tmp_path / "data").exists()


def test_data_dir_that_cannot_be_used(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    result = scrapy("crawl", "trs", DATA_DIR=blocked, CONTACT="me@example.org")
    assert_refused(7, str(blocked), "DATA_DIR", result=result)
    assert blocked.read_text() == "in the way"


def test_data_dir_in_use(tmp_path: Path) -> None:
    lock = os.open(tmp_path / ".lock", os.O_RDWR | os.O_CREAT)
    os.write(lock, b"4711")
    fcntl.flock(lock, fcntl.LOCK_EX)
    result = scrapy("crawl", "trs", DATA_DIR=tmp_path, CONTACT="me@example.org")
    os.close(lock)
    assert_refused(7, "4711", str(tmp_path), result=result)
    assert not (tmp_path / "ledger.sqlite").exists()


def test_a_damaged_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    ledger.write_bytes(b"no database at all" * 500)
    result = scrapy("crawl", "trs", DATA_DIR=tmp_path, CONTACT="me@example.org")
    assert_refused(6, str(ledger), result=result)
    assert ledger.read_bytes() == b"no database at all" * 500


def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.executescript(
            "CREATE TABLE about (name TEXT, value TEXT); INSERT INTO about VALUES ('schema', '99');"
        )
    result = scrapy("crawl", "trs", DATA_DIR=tmp_path, CONTACT="me@example.org")
    assert_refused(6, "schema 99", result=result)


def test_explain_without_an_archive(tmp_path: Path) -> None:
    result = scrapy("explain", "370305:gov/2023", DATA_DIR=tmp_path / "none")
    assert_refused(7, str(tmp_path / "none"), result=result)
    assert not (tmp_path / "none").exists()


def test_extract_of_what_is_not_a_report(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><title>通知</title><body><p>今天放假。</p></body></html>", encoding="utf-8")
    result = scrapy("extract", str(page), str(tmp_path / "missing.html"))
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert all('"not_a_report":' in line for line in lines)
    assert "missing.html" in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [("HOST_PAUSE", "abc", "abc"), ("PORTALS_OPEN", "0", "1 or more"), ("HOST_BUDGET", '{"pages": 1}', "pages")],
)
def test_a_setting_that_is_no_number_is_one_line(tmp_path: Path, name: str, value: str, word: str) -> None:
    result = scrapy("crawl", "all", CONTACT="me@example.org", DATA_DIR=tmp_path / "data", **{name: value})
    assert result.returncode == 2
    [line] = result.stderr.splitlines()
    assert name in line
    assert word in line
    assert not (tmp_path / "data").exists()
