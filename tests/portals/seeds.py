"""The five seed reports (tests/fixtures/seeds) as blocks that a replica serves: their own text, and their tables as
statutory grids.

What the seeds do not tell is invented here, and only here. 003 (Simao) lost its tables: they agree with its prose (20
applications received, all answered, no processing fee), balance, and hold invented numbers elsewhere. 004 (Xinzhou
civil affairs) lost the columns of the zeros in tables 3 and 4: each lone zero is placed under 总计, and the other
cells of its row are blank; its table 2 is real. Nothing is invented in 000, 001 and 002. This module must not know
families.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests.portals import forms, grid
from tests.portals.grid import Style, Table
from tests.portals.prose import Block

FOLDER: Final = Path(__file__).resolve().parent.parent / "fixtures" / "seeds"

ADDRESSES: Final = {
    "000_09c47aeb36cb05e4": "http://www.linzi.gov.cn/gongkai/channel_c_5f9f696d489871774b4da7ed_n_1605680532.0536/"
    "doc_65d19874376e8fa51f55daac.html",
    "001_0821f10813b957c3": "http://www.liuzhou.gov.cn/zwgk/zfxxgknb/2020/xqxxgkndbg/202102/t20210219_2539797.shtml",
    "002_145328fafc95960d": "http://www.xiaoshan.gov.cn/art/2024/1/17/art_1229778069_87214.html",
    "003_8e62fd0eef7be114": "https://www.smqzf.gov.cn/info/39378/626592.htm",
    "004_6bf7699e84e20962": "https://zwgk.sxxz.gov.cn/xzsrmzf/xxgknb/2023ndbg/202401/t20240130_3948602.shtml",
}
# Where the report itself begins and what follows it: a pattern of its first line, the first characters of the line
# after it.
_BODY: Final[dict[str, tuple[str, str | None]]] = {
    "000": ("本报告按照", None),
    "001": ("柳州市城中区人民政府2020年政府信息$", "返回"),
    "002": ("根据《", None),
    "003": ("普洱市思茅区2023年政府信息公开 工作", "区发改局|"),
    "004": ("根据《", "扫一扫"),
}
_TITLE_LINES: Final = {"001": 2, "003": 1}  # lines of the body that repeat the title
# Labels as these pages print them, where that differs from the form.
PRINTED: Final[dict[str, dict[str, str]]] = {
    "000": {
        "第二十条第(一)项": "第二十条 第 (一) 项",
        "第二十条第(五)项": "第二十条 第 (五) 项",
        "第二十条第(六)项": "第二十条 第 (六 项",
        "第二十条第(八)项": "第二十条 第 (八) 项",
        "本年收费金额(单位:万元)": "本年收费金额  (单位 :万元",
    },
    "001": {"本年新制作数量": "本年新\n制作数量", "本年新公开数量": "本年新\n公开数量"},
    "002": {"商业企业": "商业\n企业", "科研机构": "科研\n机构", f"({forms.RECONCILIATION})": forms.RECONCILIATION},
    "003": {},
    "004": {},
}
_DATE_LINE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
_SIMAO_BREAKS = re.compile(r"(?<=[。;:])\s+|\s+(?=根据《)|\s+(?=\d{4}年\d{1,2}月\d{1,2}日$)")


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed: its stem, the address of the report, the extracted text, and the record that text must give."""

    stem: str
    url: str
    text: str
    record: dict[str, Any]

    @property
    def number(self) -> str:
        return self.stem[:3]

    @property
    def title(self) -> str:
        identity = self.record["identity"]["title"]
        return str(identity["raw"] or identity["normalized"])

    @property
    def lines(self) -> list[str]:
        """The lines of the text that hold more than white space and cell separators, stripped of them."""
        return [line for line in (line.strip(" \t|") for line in self.text.splitlines()) if line]

    @property
    def link_bar(self) -> list[str]:
        """The link texts after the report (003 only; elsewhere empty)."""
        match = re.search(r"区发改局\|.*", self.text)
        return match.group().rstrip(" |").split("|") if match else []


def load_seed(stem: str) -> Seed:
    """The seed of this file stem. Raises KeyError for an unknown one."""
    url = ADDRESSES[stem]
    text = (FOLDER / f"{stem}.txt").read_text(encoding="utf-8")
    return Seed(stem, url, text, json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8")))


@functools.cache
def load_seeds() -> dict[str, Seed]:
    """All five by their number ("000" to "004")."""
    return {stem[:3]: load_seed(stem) for stem in ADDRESSES}


def seed_blocks(seed: Seed, style: Style) -> list[Block]:
    """The report from its first to its last line, with its tables, drawn in `style` with the labels this seed prints."""
    style = replace(style, printed=PRINTED[seed.number], wide=False)
    tables = seed_tables(seed)
    renderers = {
        "active_disclosure": grid.render_active_disclosure,
        "applications": grid.render_applications,
        "review_litigation": grid.render_review_litigation,
    }
    headings = {_squeeze(s["heading_raw"]): s for s in seed.record["sections"] if s["heading_raw"]}
    blocks: list[Block] = []
    in_table = False
    lines = _body_lines(seed, list(headings))
    for i, line in enumerate(lines):
        section = headings.get(_squeeze(line))
        if section is not None:
            blocks.append(Block(line, "heading"))
            in_table = section["kind"] == "table"
            if in_table:
                blocks.append(Block(html=renderers[section["table"]](tables[section["table"]], style)))
        elif not in_table:
            blocks.append(Block(line, _role(seed, lines, i)))
    return blocks


def _role(seed: Seed, lines: list[str], i: int) -> str:
    if i < _TITLE_LINES.get(seed.number, 0):
        return "title"
    last_two = i >= len(lines) - 2
    return "signature" if last_two and _DATE_LINE.fullmatch(_squeeze(lines[-1])) else "text"


def _body_lines(seed: Seed, headings: list[str]) -> list[str]:
    first, after = _BODY[seed.number]
    if seed.number == "003":  # this extraction is one line: paragraphs are found again at its spaces
        return _split_simao(seed.text, headings)
    lines = seed.lines
    start = next(i for i, line in enumerate(lines) if re.match(first, line))
    end = next((i for i, line in enumerate(lines) if after and line.startswith(after)), len(lines))
    return lines[start:end]


def _split_simao(text: str, headings: list[str]) -> list[str]:
    first, after = _BODY["003"]
    body = text[text.index(first) : text.index(str(after))]
    for heading in headings:
        body = re.sub(rf"\s*{re.escape(heading)}\s*", f"\n{heading}\n", body, count=1)
    return [part for line in body.splitlines() for part in _SIMAO_BREAKS.split(line.strip()) if part]


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def seed_tables(seed: Seed) -> dict[str, Table]:
    """The three tables as the replica prints them, in the shape of the record:

    The seed's own, completed as the module docstring says.
    """
    if seed.number == "003":
        return _invented_simao_tables()
    tables: dict[str, Any] = copy.deepcopy(seed.record["tables"])
    if seed.number == "004":
        rows = [*tables["applications"]["rows"].values(), *tables["review_litigation"]["rows"].values()]
        for row in rows:
            if "U" in row["states"]:
                width = len(row["values"])
                row.update(values=[None] * (width - 1) + [0], states="B" * (width - 1) + "R")
                row.pop("unplaced", None)
        tables["review_litigation"].pop("unplaced", None)
    return tables


def _invented_simao_tables() -> dict[str, Table]:
    results = {"granted": 13, "granted_in_part": 2, "refused_third_party_rights": 1, "unable_not_held": 4}
    counts = {"new_received": 20, "total_handled": 20, **results}
    keys = ["new_received", "carried_over_in", "carried_over_out"]
    keys += [key for _, members in forms.HANDLING["2021"] for key, _ in members]
    applications = {
        key: {"values": [counts.get(key, 0), *[0] * 5, counts.get(key, 0)], "states": "R" * 7} for key in keys
    }
    numbers: dict[str, list[int | str]] = {
        "regulations": [0, 0, 0],
        "normative_documents": [2, 1, 11],
        "administrative_licensing": [6120],
        "administrative_penalty": [482],
        "administrative_compulsion": [37],
        "administrative_fees": ["0"],
    }
    blocks = {
        key: {"rows": {row: {"values": numbers[row], "states": "R" * len(numbers[row])} for row, _ in rows}}
        for key, _, _, _, rows in forms.BLOCKS["2021"]
    }
    disputes = {key: {"values": [0] * 5, "states": "R" * 5} for key, _ in forms.DISPUTES}
    return {
        "active_disclosure": {"era": "2021", "blocks": blocks},
        "applications": {"era": "2021", "rows": applications},
        "review_litigation": {"era": "2019+", "rows": disputes},
    }
