"""`make limits`: pages made to cost time and memory, each through the parser in a process of its own.

Every page here is invented, and no page of an authority is like it. Each is one thing repeated as often as fits under
the parser's limits, or far over them. Times are of this machine and this moment; what must hold is printed beside them.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import permutations

from pipelines.parser import NotAReport, ReportPage, parse
from tests.crawler.program import ROOT
from tests.parser.report_page import HEADINGS, TITLE

SECONDS = 5.0
MEGABYTES = 200
MOST_TAGS = 99_000  # just under what the parser reads
MOST_TEXT = 990_000
OVER = 15_000_000
_PATIENCE = 120  # seconds until a page counts as endless
_TITLE = f"<h1>{TITLE}</h1>"
_SECTIONS = "".join(f"<p>{heading}</p>" for heading in HEADINGS)
_UPTO_TABLE_3 = "".join(f"<p>{heading}</p>" for heading in HEADINGS[:3])


# Different labels, each as far from a wording of the form as one may be.
_NEAR_LABELS = [
    wording.format(*others)
    for wording in ("{}求行政机关{}认或重新出{}已获取信息", "没有现{}信息需要{}行制{}")
    for others in permutations(map(chr, range(0x4E00, 0x4E19)), 3)
]


@dataclass(frozen=True, slots=True)
class Hostile:
    """A page: what stands once, and what is repeated after it."""

    repeated: str
    before: str = _TITLE
    charset: str = "utf-8"

    def body(self, share: float = 1.0) -> bytes:
        """The page with as many repetitions as the limits allow; `share` over one goes beyond them."""
        tags = self.repeated.count("<")
        most = MOST_TEXT // len(self.repeated)
        times = min(most, MOST_TAGS // tags) if tags else most
        return (self.before + self.repeated * max(1, int(times * share))).encode(self.charset, "replace")


PAGES: dict[str, Hostile] = {
    "zero bytes": Hostile("\0", ""),
    "less-than signs": Hostile("<", ""),
    "ampersands": Hostile("&", ""),
    "bytes of no charset": Hostile("\xff", "", "latin-1"),
    "one line of words": Hostile("政府信息公开工作年度报告", ""),
    "lines of words": Hostile("政府信息公开\n", ""),
    "words in gbk": Hostile("政府信息公开申请", "", "gb18030"),
    "open divs": Hostile("<div>"),
    "spans": Hostile("<span>一</span>"),
    "closing tags": Hostile("</p></div>"),
    "tables in tables": Hostile("<table><tr><td>"),
    "cells in one row": Hostile("<td>1", _TITLE + "<table><tr>"),
    "rows": Hostile("<tr><td>1<td>2", _TITLE + "<table>"),
    "rows that span a thousand": Hostile("<tr><td rowspan=1000 colspan=1000>规章<td>2", _TITLE + "<table>"),
    "tables": Hostile("<table><tr><td>规章<td>2</table>"),
    "rows of table 3": Hostile("<tr><td>(一)予以公开" + "<td>0" * 7, _TITLE + _UPTO_TABLE_3 + "<table>"),
    "labels nearly of table 3": Hostile("<td>" + "<td>".join(_NEAR_LABELS), _TITLE + _UPTO_TABLE_3 + "<table><tr>"),
    "labels nearly of table 3, in lines": Hostile(
        "".join(f"<p>{label}</p><p>1</p>" for label in _NEAR_LABELS[::2]), _TITLE + _UPTO_TABLE_3
    ),
    "labels nearly of table 3, in rows": Hostile(
        "".join(
            "<table>" + "".join(f"<tr><td>{label}<td>1" for label in _NEAR_LABELS[first : first + 930]) + "</table>"
            for first in range(0, len(_NEAR_LABELS), 930)
        ),
        _TITLE + _UPTO_TABLE_3,
    ),
    "table 3 as lines": Hostile("<p>一、本年新收政府信息公开申请数量</p><p>0</p>", _TITLE + _UPTO_TABLE_3),
    "div rows": Hostile("<div class=row><div class=cell>规章</div><div class=cell>2</div></div>"),
    "boxes in boxes": Hostile("<div><div></div>"),
    "boxes under a style": Hostile("<div>规章</div>", _TITLE + "<div style='grid-template-columns:repeat(9,1fr)'>"),
    "lists of boxes": Hostile("<div>" + "<ul><li>行政许可<li>1</ul>" * 300 + "</div>"),
    "list rows": Hostile("<li>规章</li><li>2</li>", _TITLE + "<ul>"),
    "one cell of numbers": Hostile("1 ", _TITLE + "<table><tr><td>规章<td>"),
    "labels": Hostile("<p>索引号:1</p>"),
    "labels on one line": Hostile("索引号:1 "),
    "headings": Hostile("<p>一、总体情况</p>"),
    "six headings": Hostile(_SECTIONS),
    "headings on one line": Hostile("一、总体情况。"),
    "numerals with marks": Hostile("一、"),
    "sentences of numbers": Hostile("收到申请5件,", _TITLE + _SECTIONS + "<p>"),
    "digits": Hostile("9", _TITLE + _SECTIONS + "<p>"),
    "figures in groups": Hostile("111,", _TITLE + _SECTIONS + "<p>"),
    "numerals": Hostile("一百万", _TITLE + _SECTIONS + "<p>"),
    "short lines": Hostile("<br>收到", _TITLE + _SECTIONS + "<p>"),
    "pipes": Hostile("|"),
    "pipe rows": Hostile("规章|1|2|\n", ""),
    "titles": Hostile("<title>2023年政府信息公开工作年度报告</title>", ""),
    "meta data": Hostile("<meta name=a content=b>"),
    "links": Hostile("<a href=x.pdf>年度报告</a>"),
    "pictures": Hostile("<img src=a.png>"),
    "attributes": Hostile("a1=1 ", "<div "),
    "entities": Hostile("&#x4e00;", ""),
    "comments": Hostile("<!-- -->", ""),
    "white space": Hostile(" "),
    "hard spaces": Hostile("&nbsp;"),
    "dates": Hostile("2023年1月1日"),
    "years": Hostile("2023年我局2022年"),
    "organs": Hostile("<p>北京市海淀区人民政府办公室</p>"),
    "organs on one line": Hostile("海淀区民政局|"),
    "brackets": Hostile("("),
    "office markup": Hostile("<o:p>1</o:p>"),
}


def main() -> int:
    """Prints a line a page; exit code 1 if one took too long or too much."""
    parser = argparse.ArgumentParser(prog="make limits", description="Parse pages made to cost time and memory.")
    parser.add_argument("--page", choices=PAGES, help="only this one, in this process")
    parser.add_argument("--over", action="store_true", help="with --page: far over the limits")
    options = parser.parse_args()
    if options.page:
        _read(PAGES[options.page], over=options.over)
        return 0
    print(f"{'page':28}{'size':>8}{'s CPU':>8}{'MB':>6}  result", flush=True)
    failed = [name for name in PAGES for over in (False, True) if not _report(name, over)]
    print(f"{len(PAGES)} pages twice, {len(failed)} over {SECONDS:.0f} s or {MEGABYTES} MB: {', '.join(failed)}")
    return 1 if failed else 0


def _read(page: Hostile, over: bool) -> None:
    share = OVER / max(1, len(page.body())) if over else 1.0
    body = page.body(share)
    started = time.process_time()
    result = parse(ReportPage(body, "http://www.example.gov.cn/a.html"))
    seconds = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(body)}\t{seconds:.2f}\t{memory:.0f}\t{result.reason if isinstance(result, NotAReport) else 'a record'}"
    )


def _report(name: str, over: bool) -> bool:
    command = [sys.executable, "-m", "tests.campaigns.hostile", "--page", name, *(["--over"] if over else [])]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        print(f"{name:28} no answer within {_PATIENCE} s", flush=True)
        return False
    if answer.returncode:
        print(f"{name:28} {answer.stderr.strip().splitlines()[-1:]}", flush=True)
        return False
    size, seconds, memory, result = answer.stdout.strip().split("\t")
    print(f"{name:28}{int(size) / 1e6:>7.1f}M{seconds:>8}{memory:>6}  {result[:70]}", flush=True)
    return float(seconds) <= SECONDS and float(memory) <= MEGABYTES


if __name__ == "__main__":
    sys.exit(main())
