"""Reports from before the uniform forms: the statistics annex of 2014 to 2018, and local annexes of earlier years.

Cells of a local annex are addressed by place, `local_annex.ROW.COLUMN` counted from zero over the rows and columns
of numbers, because such a table has no keys. Knows nothing of the forms since 2019.
"""

from __future__ import annotations

import html
from random import Random

from tests.corpus.generator import identity, markup, values, wording
from tests.corpus.generator.draft import Box, Draft, Grid
from tests.corpus.generator.frames import FRAMES, PRINTS
from tests.corpus.gold import Expected, Gold

_SECTIONS = (
    "概述",
    "主动公开政府信息情况",
    "依申请公开政府信息情况",
    "复议、诉讼和申诉情况",
    "收费及减免情况",
    "存在的主要问题及改进措施",
)
_LOCAL = (
    ("主动公开信息数", "条"),
    ("全文电子化的主动公开信息数", "条"),
    ("新增的行政规范性文件数", "条"),
    ("提供服务类信息数", "条"),
    ("网站专栏页面访问量", "次"),
    ("接待来访人数", "人次"),
    ("申请总数", "条"),
    ("当面申请数", "条"),
    ("对申请的答复总数", "条"),
    ("同意公开答复数", "条"),
    ("行政复议数", "件"),
    ("行政诉讼数", "件"),
)


def render(rng: Random) -> tuple[bytes, str, str, Gold]:
    """Body, address, content type and gold values of one page."""
    annex = rng.random() < 0.6
    draft = Draft(rng, "2019", identity.draw(rng, (2014, 2018) if annex else (2008, 2013)))
    draft.frame, draft.markup = rng.choice(tuple(FRAMES)), rng.choice(markup.STYLES)
    draft.charset = rng.choice(("utf-8", "gb18030"))
    draft.declared = "utf-8" if draft.charset == "utf-8" else "gb2312"
    own = draft.identity
    gold = Gold(era=["statistics_annex" if annex else "free"], identity={"organ": [*own.names], "year": [own.year]})
    prints = PRINTS[draft.frame]
    gold.identity["index_number"] = [own.index_number if "index" in prints else None]
    gold.identity["doc_number"] = [None]
    if "published" in prints:
        gold.identity["published"] = [own.published.isoformat()]
    grid, title, tag = _statistics(rng, gold) if annex else _local(rng, own.year, gold)
    gold.tags = [f"form:{gold.era[0]}", tag, f"frame:{draft.frame}", f"markup:{draft.markup}"]
    pieces = [
        markup.paragraph(
            f"根据《中华人民共和国政府信息公开条例》要求，现公布{own.organ}{own.year}年政府信息公开工作年度报告。",
            draft.markup,
        )
    ]
    for numeral, section in zip("一二三四五六", _SECTIONS, strict=True):
        pieces.append(markup.paragraph(f"<b>{numeral}、{section}</b>", draft.markup))
        pieces.append(
            markup.paragraph(
                f"{own.year}年，我单位认真做好{section[:4]}工作，全年公开信息{rng.randrange(10, 900)}条。", draft.markup
            )
        )
    pieces += [markup.paragraph(html.escape(title), draft.markup), markup.table(grid, draft.markup, rng)]
    page = FRAMES[draft.frame](draft, "\n".join(pieces))
    return page.encode(draft.charset, "xmlcharrefreplace"), "", "text/html", gold


def _statistics(rng: Random, gold: Gold) -> tuple[Grid, str, str]:
    numbers = values.draw_annex(rng)
    shape = rng.choice(
        ("annex_unit_column", "annex_unit_in_label", "annex_three_columns", "annex_blank_cells", "annex_rows_missing")
    )
    columns = 3 if shape == "annex_three_columns" else 1
    unit_column = shape != "annex_unit_in_label"
    heads = ["区政府", "区直单位", "乡镇街道"] if columns == 3 else ["统计数"]
    names = ["统计指标", *(["单位"] if unit_column else []), *heads]
    grid: Grid = [[Box(name, "head") for name in names]]
    for level, key, label, unit in wording.ANNEX["rows"]:
        if shape == "annex_rows_missing" and key in ("via_weibo", "press_by_head", "trainees"):
            gold.cells[f"statistics_annex.{key}.0"] = Expected("A")
            continue
        boxes = [
            Box("　" * level + html.escape(label) + (f"（单位：{unit}）" if unit and not unit_column else ""), "label")
        ]
        if unit_column:
            boxes.append(Box(unit, "note"))
        for column in range(columns):
            boxes.append(Box(_annex_cell(rng, gold, key, column, numbers, shape), "value"))
        grid.append(boxes)
    return grid, wording.ANNEX["title"], shape


def _annex_cell(rng: Random, gold: Gold, key: str, column: int, numbers: values.Numbers, shape: str) -> str:
    if not key:
        return ""
    value = numbers[f"statistics_annex.{key}.0"]
    if column and isinstance(value, int):
        value += column
    address = f"statistics_annex.{key}.{column}"
    if shape == "annex_blank_cells" and rng.random() < 0.25:
        printed, states = rng.choice((("", "B"), ("&nbsp;", "B"), ("/", "N"), ("—", "N")))
        gold.cells[address] = Expected(states)
        return printed
    gold.cells[address] = Expected("R", value)
    return str(value)


def _local(rng: Random, year: int, gold: Gold) -> tuple[Grid, str, str]:
    """A table with a column of the year and one of all years together: they must never change places."""
    fujian = rng.random() < 0.5
    heads = [f"{year}年度", "历年累计"] if fujian else ["本期实际", "本年累计"]
    names = ["指标名称", "计量单位", *([] if fujian else ["代码"]), *heads]
    grid: Grid = [[Box(name, "head") for name in names]]
    for row, (label, unit) in enumerate(_LOCAL):
        of_year = rng.randrange(0, 500)
        pair = (of_year, of_year + rng.randrange(0, 3000))
        for column, value in enumerate(pair):
            gold.cells[f"local_annex.{row}.{column}"] = Expected("R", value)
        code = [] if fujian else [Box(f"{row + 1:02d}", "note")]
        grid.append([Box(label, "label"), Box(unit, "note"), *code, *(Box(str(value), "value") for value in pair)])
    return (
        grid,
        f"附表：{year}年政府信息公开情况统计表" if not fujian else "附表",
        "local_annex_fujian" if fujian else "local_annex_shanghai",
    )
