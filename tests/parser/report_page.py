"""Hand-made report pages: the uniform format around tables of any numbers, in HTML.

What the real portals print around a report is the replicas' affair (tests/portals); here a page has just what a test
needs to bend. Knows nothing of the parser.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from tests.portals import grid

SEEDS = Path(__file__).parents[1] / "fixtures" / "seeds"
PLAIN = grid.Style()
TABLES = ("active_disclosure", "applications", "review_litigation")
HEADINGS = (
    "一、总体情况",
    "二、主动公开政府信息情况",
    "三、收到和处理政府信息公开申请情况",
    "四、政府信息公开行政复议、行政诉讼情况",
    "五、存在的主要问题及改进情况",
    "六、其他需要报告的事项",
)
BODIES = (
    "2023年,全局共收到政府信息公开申请169件,按时办结168件,工作平稳有序。",
    "",
    "",
    "",
    "一是公开意识有待加强。二是解读形式较为单一,将在今后的工作中改进。",
    "本年度没有产生信息公开处理费。",
)
TITLE = "临淄区民政局2023年政府信息公开工作年度报告"
PREAMBLE = "本报告所列数据的统计期限自2023年1月1日起至2023年12月31日止。"


def numbers(stem: str) -> dict[str, Any]:
    """The tables of a seed, to change and to print."""
    record = json.loads(next(SEEDS.glob(f"{stem}_*.json")).read_text("utf-8"))
    return copy.deepcopy({name: record["tables"][name] for name in TABLES})


def render(tables: dict[str, Any], style: grid.Style = PLAIN) -> dict[str, str]:
    """The three tables as HTML, by name."""
    return {
        "active_disclosure": grid.render_active_disclosure(tables["active_disclosure"], style),
        "applications": grid.render_applications(tables["applications"], style),
        "review_litigation": grid.render_review_litigation(tables["review_litigation"], style),
    }


def page(
    tables: dict[str, str],
    *,
    headings: tuple[str, ...] = HEADINGS,
    bodies: tuple[str, ...] = BODIES,
    title: str = TITLE,
    preamble: str = PREAMBLE,
    ending: str = "",
) -> str:
    """A whole page; a table stands in its section, `ending` below the last one."""
    parts = [f"<h1>{title}</h1><p>{preamble}</p>"]
    for index, (heading, body) in enumerate(zip(headings, bodies, strict=True)):
        parts.append(f"<p>{heading}</p>")
        if body:
            parts.append(f"<p>{body}</p>")
        if 1 <= index <= 3:
            parts.append(tables.get(TABLES[index - 1], ""))
    content = "\n".join(parts)
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title></head><body>"
        f"<div class='nav'><a href='/'>首页</a></div><div class='article'>{content}{ending}</div>"
        "<div class='foot'>版权所有 网站标识码3703050001</div></body></html>"
    )
