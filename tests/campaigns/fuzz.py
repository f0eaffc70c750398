"""`make fuzz`: pages of the replicas, bent by coverage-guided mutation, through the parser until something gives way.

A finding is an exception out of the parser, a record that its own model refuses, a number in state R whose printed form
is not in the page, or more CPU time than a page may cost. Needs the extra `fuzz` (atheris). Knows the parser by its
entrance only.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["pipelines.parser"]):
    from pipelines.parser import AnnualReport, NotAReport, ReportPage, parse

from tests.crawler.program import ROOT
from tests.portals.pages import fetch, portal_urls

SECONDS = 5.0
PORTALS = ("linzi", "liuzhou", "xiaoshan", "simao", "xinzhou")
PAGES_OF_EACH = 12
_PIECE = re.compile(r"<[^>]{0,300}>|[^<]{1,400}|<")
_MARKUP = re.compile(r"<[^>]*>")
_DIGITS = re.compile(r"\d+")
_PHRASES = (
    "<td>", "</td>", "<tr>", "</tr>", "<table>", "</table>", "<br>", "<p>", "</p>", "<o:p></o:p>", "<td rowspan=3>",
    "<td colspan=999>", "<td rowspan=0 colspan=0>", "&nbsp;", "/", "—", "０", "O", "1,234", "1.5", "12万", "减3项", "-5",
    "三、本年度办理结果", "(七)总计", "3.其他", "其他", "总计", "规章", "行政规范性文件", "一、总体情况", "六、其他需要报告的事项",
    "索引号：", "2023年", "第二十条第(一)项", "政府信息公开情况统计表", "主动公开政府信息数", "\x00", "\u3000", "|", "\n\n",
)  # fmt: skip


def main() -> int:
    """Runs libFuzzer with the replicas' pages as its corpus; findings are written to --folder as it writes them."""
    parser = argparse.ArgumentParser(prog="make fuzz", description="Fuzz the parser.")
    parser.add_argument("--seconds", type=int, default=600, help="how long (default: 600)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "fuzz", help="corpus and findings")
    options = parser.parse_args()
    corpus = options.folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(_pages()):
        (corpus / f"replica-{number:03}").write_bytes(body)
    atheris.Setup(
        [
            "fuzz",
            str(corpus),
            f"-max_total_time={options.seconds}",
            f"-seed={options.seed}",
            f"-artifact_prefix={options.folder}/",
            "-max_len=200000",
            "-timeout=60",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
        ],
        examine,
        custom_mutator=mutate,
    )
    atheris.Fuzz()
    return 0


def examine(body: bytes) -> None:
    """One page through the parser. Raises AssertionError for a finding."""
    started = time.process_time()
    result = parse(ReportPage(body, "http://www.example.gov.cn/art/2024/1/17/art_1_2.html"))
    seconds = time.process_time() - started
    assert seconds < SECONDS, f"{seconds:.1f} s"
    if isinstance(result, NotAReport):
        assert result.reason
        return
    text = result.to_json()
    assert AnnualReport.model_validate_json(text).to_json() == text, "the record does not read back as it was written"
    printed = _digits_of(body)
    for place, number in _numbers(result.to_dict()):
        assert all(run in printed for run in _DIGITS.findall(number)), f"{place}: {number} is not in the page"


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """The page with a few of its tags and texts doubled, dropped, swapped, replaced; sometimes its bytes instead."""
    chance = random.Random(seed)
    if chance.random() < 0.2:
        return bytes(atheris.Mutate(data, max_size))
    pieces = _PIECE.findall(data.decode("utf-8", "replace"))
    for _ in range(chance.choice((1, 1, 2, 4, 8, 32))):
        at = chance.randrange(len(pieces) + 1)
        until = min(len(pieces), at + chance.choice((1, 1, 2, 10, 60)))
        kind = chance.randrange(5)
        if kind == 0:
            pieces[at:until] = []
        elif kind == 1:
            pieces[at:at] = pieces[at:until]
        elif kind == 2:
            pieces[at:at] = [chance.choice(_PHRASES)]
        elif kind == 3:
            pieces[at:until] = [chance.choice(_PHRASES)]
        else:
            other = chance.randrange(len(pieces) + 1)
            pieces[at:until], pieces[other:other] = [], pieces[at:until]
    charset = chance.choice(("utf-8", "utf-8", "utf-8", "gb18030"))
    return "".join(pieces).encode(charset, "replace")[:max_size]


def _pages() -> Iterator[bytes]:
    for portal in PORTALS:
        for entry in portal_urls(portal)[:PAGES_OF_EACH]:
            yield fetch(entry.url).body


def _digits_of(body: bytes) -> str:
    """The page without markup and space, so that numbers split over elements are whole in it; in both charsets."""
    texts = []
    for charset in ("utf-8", "gb18030"):
        text = unicodedata.normalize("NFKC", _MARKUP.sub("", body.decode(charset, "replace")))
        texts.append("".join(text.replace(",", "").replace("，", "").split()))
    return "\n".join(texts)


def _numbers(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The reported cells' numbers as printed."""
    for name, table in record["tables"].items():
        blocks = ((table or {}).get("blocks") or {"": table or {}}).values()
        for block in blocks:
            rows = block.get("rows") or {}
            for key, row in enumerate(rows, 1) if isinstance(rows, list) else rows.items():
                raw = row.get("raw") or {}
                for index, (value, state) in enumerate(zip(row["values"], row["states"], strict=True)):
                    if state == "R":
                        shown = str(raw.get(str(index), value)).replace(",", "").replace("，", "")
                        yield f"{name}.{key}[{index}]", unicodedata.normalize("NFKC", shown)


if __name__ == "__main__":
    sys.exit(main())
