"""Invented entries of a portal: reports in the forms of their years, and the pages that stand beside them in a
listing and are no reports.

Reports are pure functions of organ and year, written with full-width punctuation and in the wording of the time: free
text before 2014, free text with the statistics annex from 2014 to 2018, six sections with the 2019 form or the 2021
form after that. Nothing in them is real. The module must not know families: a family draws the blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from html import escape

from tests.portals import grid
from tests.portals.grid import Style, Table
from tests.portals.numbers import carried_over, dice_of, invent_tables, raise_cell
from tests.portals.prose import Block
from tests.portals.site import CHINA


class Form(StrEnum):
    """How a report is published."""

    TABLES = "tables"
    PROSE = "prose"  # six sections in paragraphs, the numbers in sentences
    IMAGE = "image"  # the tables are pictures
    FILE = "file"  # the page holds nothing but a link to a PDF


@dataclass(frozen=True, slots=True)
class Report:
    """One invented report.

    `title` is what the site calls it; `picture` the address of the image that stands for a table. `raised` are cells
    ("table.row.column") that print one more than was invented at first: another version of the same report.
    """

    organ: str
    year: int
    form: Form = Form.TABLES
    unbalanced: bool = False
    picture: str = ""
    raised: tuple[str, ...] = ()
    tables: Mapping[str, Table] = field(init=False)

    def __post_init__(self) -> None:
        printed = self.form is Form.TABLES or (self.year < 2019 and self.form is not Form.FILE)
        tables = invent_tables(self.organ, self.year, unbalanced=self.unbalanced) if printed else {}
        for cell in self.raised:
            raise_cell(tables, cell)
        object.__setattr__(self, "tables", tables)

    @property
    def title(self) -> str:
        """The title in the wording of the year."""
        kind = "政府信息公开工作年度报告" if self.year >= 2019 else "政府信息公开年度报告"
        return f"{self.organ}{self.year}年{kind}"

    @property
    def published(self) -> datetime:
        """Some working hour between 10 January and 25 March of the next year, China time."""
        dice = dice_of("published", self.organ, self.year)
        return datetime(self.year + 1, 1, 10, 9, 30, tzinfo=CHINA) + timedelta(
            days=dice.randint(0, 74), minutes=dice.randint(0, 480)
        )

    def blocks(self, style: Style) -> list[Block]:
        """The body of the page, without its title."""
        if self.form is Form.FILE:
            return []
        if self.year < 2019:
            return _early_report(self, style)
        return _uniform_report(self, style)


def _early_report(report: Report, style: Style) -> list[Block]:
    dice = dice_of("early", report.organ, report.year)
    organ, year = report.organ, report.year
    disclosed = dice.randint(300, 5000)
    annex = report.tables.get("statistics_annex")
    received = annex["rows"]["received"]["values"][0] if annex else dice.randint(0, 20)
    if annex:
        disclosed = annex["rows"]["disclosed_total"]["values"][0]
    lines = [
        (
            "text",
            f"根据《中华人民共和国政府信息公开条例》要求，现公布{organ}{year}年政府信息公开年度报告。"
            f"本报告中所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。",
        ),
        ("heading", "一、概述"),
        ("text", f"{year}年，{organ}认真贯彻落实《条例》，健全工作机制，明确专人负责，政府信息公开工作有序推进。"),
        ("heading", "二、主动公开政府信息的情况"),
        ("text", f"全年主动公开政府信息{disclosed}条，内容包括机构职能、政策法规、工作动态等。"),
        ("heading", "三、依申请公开政府信息和不予公开政府信息的情况"),
        (
            "text",
            f"全年共收到政府信息公开申请{received}件，均已按时答复。" if received else "全年未收到政府信息公开申请。",
        ),
        ("heading", "四、政府信息公开的收费及减免情况"),
        ("text", "本年度未收取任何费用。"),
        ("heading", "五、因政府信息公开申请行政复议、提起行政诉讼的情况"),
        ("text", "本年度相关情况见附表。" if annex else "本年度未发生行政复议和行政诉讼。"),
        ("heading", "六、存在的主要问题及改进情况"),
        ("text", "公开内容还需进一步充实，公开的形式还需进一步完善。下一步将加强培训，提高公开质量。"),
    ]
    blocks = [Block(text, role) for role, text in lines]
    if annex:
        blocks += [Block("政府信息公开情况统计表", "heading"), Block(html=grid.render_annex(annex, style))]
    return blocks


def _uniform_report(report: Report, style: Style) -> list[Block]:
    organ, year = report.organ, report.year
    notice = "国办公开办函〔2021〕30号" if year >= 2021 else "国办公开办函〔2019〕60号"
    overview = [
        f"{year}年，{organ}以习近平新时代中国特色社会主义思想为指导，坚持以公开为常态、不公开为例外，扎实推进政府信息公开工作。",
        f"（一）主动公开。全年通过政府网站公开信息{dice_of('web', organ, year).randint(100, 3000)}条。",
        f"（二）依申请公开。{_applications_sentence(report)}",
        "（三）政府信息管理。严格落实“三审三校”制度，规范信息发布流程。",
        "（四）平台建设。及时更新政府信息公开专栏，做好政务新媒体日常维护。",
        f"（五）监督保障。全年开展政务公开培训{dice_of('training', organ, year).randint(1, 4)}次，未发生责任追究情况。",
    ]
    problems = [
        "一是政策解读形式不够丰富；二是主动公开的时效性有待提高。",
        f"{year + 1}年将加强业务培训，丰富解读形式，进一步提高公开质量。",
    ]
    fee = "本年度未收取信息处理费。" if year >= 2021 else "无其他需要报告的事项。"
    return [
        Block(
            f"本报告根据《中华人民共和国政府信息公开条例》和{notice}文件要求编制，统计期限为{year}年1月1日至{year}年12月31日。"
        ),
        Block("一、总体情况", "heading"),
        *(Block(text) for text in overview),
        Block("二、主动公开政府信息情况", "heading"),
        *_table_blocks(report, "active_disclosure", style),
        Block("三、收到和处理政府信息公开申请情况", "heading"),
        *_table_blocks(report, "applications", style),
        Block("四、政府信息公开行政复议、行政诉讼情况", "heading"),
        *_table_blocks(report, "review_litigation", style),
        Block("五、存在的主要问题及改进情况", "heading"),
        *(Block(text) for text in problems),
        Block("六、其他需要报告的事项", "heading"),
        Block(fee),
        Block(organ, "signature"),
        Block(f"{report.published.year}年{report.published.month}月{report.published.day}日", "signature"),
    ]


def _applications_sentence(report: Report) -> str:
    applications = report.tables.get("applications")
    came_in, left_open = carried_over(report.organ, report.year - 1), carried_over(report.organ, report.year)
    if applications is None:
        return "本年度依法办理政府信息公开申请，均在规定期限内答复。"
    new = sum(applications["rows"]["new_received"]["values"][:6])
    handled = applications["rows"]["total_handled"]["values"][6]
    return f"全年收到政府信息公开申请{new}件，上年结转{came_in}件，办结{handled}件，结转下年度继续办理{left_open}件。"


_RENDERERS = {
    "active_disclosure": grid.render_active_disclosure,
    "applications": grid.render_applications,
    "review_litigation": grid.render_review_litigation,
}
_SENTENCES = {
    "active_disclosure": "本年度制发行政规范性文件情况、行政许可和行政处罚情况已通过政府网站主动公开。",
    "applications": "本年度收到的政府信息公开申请均已依法办理，无结转事项。",
    "review_litigation": "本年度未发生因政府信息公开引起的行政复议、行政诉讼。",
}


def _table_blocks(report: Report, key: str, style: Style) -> list[Block]:
    if report.form is Form.IMAGE:
        return [Block(html=f'<p style="text-align:center"><img src="{escape(report.picture)}" alt=""/></p>')]
    if report.form is Form.PROSE:
        return [Block(_SENTENCES[key])]
    return [Block(html=_RENDERERS[key](report.tables[key], style))]


@dataclass(frozen=True, slots=True)
class Decoy:
    """A page that stands in the same listing and is not a report."""

    title: str
    lines: tuple[str, ...]
    published: datetime
    picture: str = ""

    def blocks(self) -> list[Block]:
        """The body of the page, without its title."""
        picture = [Block(html=f'<p><img src="{escape(self.picture)}" alt=""/></p>')] if self.picture else []
        return picture + [Block(line) for line in self.lines]


# Title and text of the decoys: {organ}, {place} and {year} are filled in; a picture comes first where the third part
# says so.
_DECOYS = (
    ("一图读懂：{organ}{year}年政府信息公开工作年度报告", ("图解：数说{year}年政府信息公开。",), True),
    (
        "【图文解读】{organ}{year}年政府信息公开工作年度报告",
        (
            "{organ}{year}年政府信息公开工作年度报告已公布，主要内容见下图。",
            "主动公开、依申请公开、平台建设、监督保障四个方面均有进展。",
        ),
        True,
    ),
    (
        "{place}政府信息公开指南",
        ("为方便公民、法人和其他组织获取政府信息，编制本指南。", "一、信息分类和编排体系", "二、依申请公开的受理机构"),
        False,
    ),
    (
        "{place}人民政府网站工作年度报表（{year}年度）",
        ("网站名称、首页网址、主办单位、网站标识码等情况见报表。",),
        False,
    ),
    (
        "{organ}{year}年度法治政府建设情况报告",
        ("一、{year}年度法治政府建设工作情况", "二、存在的问题和下一步工作打算"),
        False,
    ),
    (
        "关于做好{year}年政府信息公开工作年度报告编制和发布工作的通知",
        ("各镇（街道）、各部门：", "请按照统一格式编制{year}年政府信息公开工作年度报告，并于1月31日前公布。"),
        False,
    ),
    ("{organ}{year}年度部门决算", ("第一部分 部门概况", "第二部分 {year}年度部门决算表"), False),
    ("{year}年政府信息公开工作年度报告格式", ("一、总体情况", "（填写本单位情况）", "二、主动公开政府信息情况"), False),
    ("{place}政府信息公开申请表", ("申请人信息", "所需信息情况"), False),
    ("{place}事业单位法人年度报告书公示（{year}年）", ("现将事业单位法人年度报告书予以公示。",), False),
)


def invent_decoys(place: str, organ: str, year: int, count: int, picture: str) -> list[Decoy]:
    """The first `count` kinds of pages that are no reports, dated in the season of the reports of `year`."""
    decoys = []
    for i, (title, lines, pictured) in enumerate(_DECOYS[:count]):
        values = {"organ": organ, "place": place, "year": year}
        published = datetime(year + 1, 1, 12, 10, 5, tzinfo=CHINA) + timedelta(days=5 * i)
        filled = tuple(line.format(**values) for line in lines)
        decoys.append(Decoy(title.format(**values), filled, published, picture if pictured else ""))
    return decoys


def pdf_lines(title: str, organ: str) -> list[str]:
    """The text of the PDF that stands for a report published as a file."""
    return [title, "一、总体情况", "本年度报告全文见本文件。", "六、其他需要报告的事项", organ]
