"""Pages that are no annual report, though much on them looks like one: the only right answer is that they are not.

Invented after the kinds that crawls meet: listings, guides, interpretations, notices, statistics alone, block pages.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.corpus.generator import grids, identity, markup
from tests.corpus.generator.draft import Draft, begin
from tests.corpus.generator.frames import FRAMES
from tests.corpus.gold import Gold


def render(rng: Random) -> tuple[bytes, str, str, Gold]:
    """Body, address, content type and gold values of one page."""
    kind = rng.choice(KINDS)
    draft = begin(rng, "2021", identity.draw(rng, (2021, 2024)))
    draft.frame, draft.markup = rng.choice(tuple(FRAMES)), rng.choice(markup.STYLES)
    title, lines = kind(draft)
    draft.identity.title = title
    draft.knobs["title_html"] = title
    body = "\n".join(line if line.startswith("<") else markup.paragraph(line, draft.markup) for line in lines)
    page = FRAMES[draft.frame](draft, body)
    gold = Gold(tags=[f"not_a_report:{kind.__name__}", f"frame:{draft.frame}"], report=False)
    return page.encode("utf-8"), "", "text/html", gold


def listing(draft: Draft) -> tuple[str, list[str]]:
    year = draft.identity.year
    items = "".join(
        f'<li><a href="./t{year + 1}0120_{n}.html">{organ}{year}年政府信息公开工作年度报告</a><span>{year + 1}-01-20</span></li>'
        for n, (organ, *_) in enumerate(draft.rng.sample(identity.ORGANS, 15))
    )
    return "政府信息公开年报", [f"<ul>{items}</ul>", '<script>createPageHTML(25, 0, "index", "html");</script>']


def guide(draft: Draft) -> tuple[str, list[str]]:
    organ = draft.identity.organ
    return f"{organ}政府信息公开指南", [
        "为了更好地提供政府信息公开服务，编制本指南。",
        "一、主动公开",
        "（一）公开范围。本机关主动公开下列信息：机构职能、规章、行政规范性文件、行政许可、行政处罚。",
        "二、依申请公开",
        "（一）申请的提出。公民、法人或者其他组织可以申请获取政府信息。",
        "（二）申请的处理。本机关自收到申请之日起20个工作日内予以答复。",
        "三、监督方式",
        "认为本机关未依法履行义务的，可以依法申请行政复议或者提起行政诉讼。",
    ]


def interpretation(draft: Draft) -> tuple[str, list[str]]:
    organ, year = draft.identity.organ, draft.identity.year
    return f"一图读懂：{organ}{year}年政府信息公开工作年度报告", [
        "<p><img src='./W020240120.jpg' alt='图解'></p>",
        f"图解{organ}{year}年政府信息公开工作年度报告，详情请查看全文。",
    ]


def notice(draft: Draft) -> tuple[str, list[str]]:
    year = draft.identity.year
    return f"关于做好{year}年政府信息公开工作年度报告编制发布工作的通知", [
        "各乡镇人民政府、街道办事处，区直各部门：",
        f"为做好{year}年政府信息公开工作年度报告编制和发布工作，现将有关事项通知如下：",
        "一、报告内容",
        "（一）总体情况；（二）主动公开政府信息情况；（三）收到和处理政府信息公开申请情况；（四）政府信息公开行政复议、行政诉讼情况；"
        "（五）存在的主要问题及改进情况；（六）其他需要报告的事项。",
        "二、时间要求",
        f"请各单位于{year + 1}年1月20日前报送，1月31日前向社会公布。",
        "三、工作要求",
        "各单位要高度重视，确保数据准确，内容不能遗漏，也不宜泛化。",
    ]


def statistics_alone(draft: Draft) -> tuple[str, list[str]]:
    year = draft.identity.year
    grid = grids.grids(draft, "applications")[0]
    return f"{year}年上半年政府信息公开申请情况统计表", [
        f"统计时间：{year}年1月1日至6月30日",
        markup.table(grid, draft.markup, draft.rng),
    ]


def rules(draft: Draft) -> tuple[str, list[str]]:
    return "政府信息公开工作年度报告制度", [
        "第一条 为规范政府信息公开工作年度报告的编制和发布，根据《中华人民共和国政府信息公开条例》，制定本制度。",
        "第二条 年度报告应当包括下列内容：（一）主动公开政府信息的情况；（二）收到和处理政府信息公开申请的情况；（三）因政府信息公开"
        "工作被申请行政复议、提起行政诉讼的情况；（四）存在的主要问题及改进情况。",
        "第三条 本制度自发布之日起施行。",
    ]


def website_report(draft: Draft) -> tuple[str, list[str]]:
    organ, year = draft.identity.organ, draft.identity.year
    rows = (
        ("网站名称", organ),
        ("独立用户访问总量（单位：个）", "45678"),
        ("网站总访问量（单位：次）", "345678"),
        ("信息发布总数（单位：条）", "2345"),
    )
    cells = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in rows)
    return f"{organ}政府网站工作年度报表（{year}年度）", [f"<table border=1>{cells}</table>"]


def rule_of_law_report(draft: Draft) -> tuple[str, list[str]]:
    organ, year = draft.identity.organ, draft.identity.year
    return f"{organ}{year}年法治政府建设年度报告", [
        f"{year}年，我单位扎实推进依法行政，现将法治政府建设情况报告如下：",
        "一、主要举措和成效",
        "（一）依法全面履行政府职能。办理行政许可120件，行政处罚12件，公开政府信息300条。",
        "二、存在的不足和原因",
        "三、下一年度的主要安排",
    ]


def missing_page(_: Draft) -> tuple[str, list[str]]:
    return "页面不存在", ["抱歉，您访问的页面未找到，可能已删除。", "<a href='/'>返回首页</a>"]


KINDS: tuple[Callable[[Draft], tuple[str, list[str]]], ...] = (
    listing,
    guide,
    interpretation,
    notice,
    statistics_alone,
    rules,
    website_report,
    rule_of_law_report,
    missing_page,
)
