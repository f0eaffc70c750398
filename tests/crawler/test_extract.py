"""`scrapy extract` on texts and pages: a line each, in the order given."""

from __future__ import annotations

import json
from pathlib import Path

from tests.crawler.program import ROOT, scrapy
from tests.portals.pages import seed_address, seed_answer
from tests.portals.seeds import ADDRESSES

TEXTS = [f"tests/fixtures/seeds/{stem}.txt" for stem in ADDRESSES]


def test_texts_in_order() -> None:
    result = scrapy("extract", *TEXTS)
    assert result.returncode == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["source"] for line in lines] == TEXTS
    seeds = [json.loads((ROOT / text).with_suffix(".json").read_text(encoding="utf-8")) for text in TEXTS]
    assert [line["report_key"] for line in lines] == [seed["report_key"] for seed in seeds]


def test_a_saved_page_and_its_address(tmp_path: Path) -> None:
    page = tmp_path / "saved page.html"
    page.write_bytes(seed_answer("004").body)
    result = scrapy("extract", str(page), "--url", seed_address("004"))
    assert result.returncode == 0, result.stderr
    [line] = [json.loads(line) for line in result.stdout.splitlines()]
    assert line["report_key"] == "140900:dept:民政局/2023"
    assert "history" not in line
