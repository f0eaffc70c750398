"""HTML of the VSB replica: list pages with the falling pager, the article page, and the pages that say no with status
200.

Comments, ids, classes and scripts follow real pages of the vendor; what is invented is listed in `vsb`. This module
knows what a page looks like, not which pages there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from tests.portals.article import Article

HOST: Final = "www.smqzf.gov.cn"
TREE: Final = 39378
OWNER: Final = 1744984858
LAYOUT_COLUMNS: Final = 376
SITE_NAME: Final = "普洱市思茅区人民政府"
Link = tuple[str, str]

NOT_FOUND: Final = "<html><head><title>系统提示</title></head><body><div>抱歉，您访问的页面未找到</div></body></html>"
DOWNLOAD_BLOCKED: Final = (
    "<html><head><title>附件下载</title></head><body><p>请从本站页面点击下载附件。</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: title, address from the site's root without the leading slash, day of publication."""

    title: str
    path: str
    published: datetime


def _head(title: str, root: str, metas: str, template: str, news: int) -> str:
    return f"""<HTML><HEAD><META http-equiv="Content-Type" content="text/html; charset=UTF-8"><TITLE>{title}</TITLE>{metas}
<!--Announced by Visual SiteBuilder 9-->
<link rel="stylesheet" type="text/css" href="{root}_sitegray/_sitegray_d.css" />
<script language="javascript" src="{root}_sitegray/_sitegray.js"></script>
<!-- CustomerNO:77656262657232300000000000000000 -->
<link rel="stylesheet" type="text/css" href="{root}list.vsb.css" />
<script type="text/javascript" src="/system/resource/js/counter.js"></script>
<script type="text/javascript">_jsq_({TREE},'{template}',{news},{OWNER})</script>
</HEAD>"""


def _footer() -> str:
    return f"""<div class="foot"><p>主办：{SITE_NAME}办公室 网站标识码：5308020001</p>
<script id="_jiucuo_" sitecode='5308020001' src='http://pucha.kaipuyun.cn/exposure/jiucuo.js'></script></div>"""


def list_address(page: int, pages: int) -> str:
    """The address of list page `page` (1-based), from the root: the first has no number, the last is 1.htm."""
    return "zfxxgk/zfxxgknb.htm" if page == 1 else f"zfxxgk/zfxxgknb/{pages - page + 1}.htm"


def _pager(page: int, pages: int, count: int) -> str:
    def link(css: str, text: str, target: int) -> str:
        name = list_address(target, pages).removeprefix("zfxxgk/")
        href = name if page == 1 else f"../{name}" if target == 1 else name.removeprefix("zfxxgknb/")
        return f'<span class="{css} p_fun"><a href="{href}">{text}</a></span>'

    first = link("p_first", "首页", 1) + link("p_prev", "上页", page - 1) if page > 1 else ""
    first = first or '<span class="p_first_d p_fun_d">首页</span><span class="p_prev_d p_fun_d">上页</span>'
    numbers = "".join(
        f'<span class="p_no_d">{n}</span>' if n == page else link("p_no", str(n), n).replace(" p_fun", "")
        for n in range(1, pages + 1)
    )
    last = link("p_next", "下页", page + 1) + link("p_last", "尾页", pages) if page < pages else ""
    last = last or '<span class="p_next_d p_fun_d">下页</span><span class="p_last_d p_fun_d">尾页</span>'
    return f"""<div class="pb_sys_common pb_sys_normal pb_sys_style1"><span class="p_t">共{count}条</span>
<span class="p_pages">{first}{numbers}{last}</span> {page}/{pages}</div>"""


def list_page(rows: list[Row], page: int, pages: int, count: int) -> str:
    """One page of the list; addresses are relative, with one more step up on a numbered page."""
    root = "../" if page == 1 else "../../"
    items = "\n".join(
        f'<li id="line_u6_{i}"><a href="{root}{escape(row.path)}" target="_blank" title="{escape(row.title)}">'
        f"{escape(row.title)}</a><span>{row.published:%Y-%m-%d}</span></li>"
        for i, row in enumerate(rows)
    )
    return f"""{_head(f"政府信息公开年报-{SITE_NAME}", root, "", "/list.jsp", -1)}<BODY>
<div class="position">当前位置：<a href="{root}index.htm">首页</a>&gt;&gt;政府信息公开&gt;&gt;政府信息公开年报</div>
<div class="list"><ul>
{items}</ul></div>
{_pager(page, pages, count)}
{_footer()}</BODY></HTML>"""


def article_page(article: Article, news: int, body: str, files: list[Link], card: str = "") -> str:
    """An article in the form that wraps everything, attachments below the text."""
    title = escape(article.title)
    metas = (
        f'<META Name="keywords" Content="{SITE_NAME},政府信息公开年报" />'
        f'<META name="pageTitle" content="{title}"><META name="SiteName" content="{SITE_NAME}">'
        f'<META name="SiteDomain" content="{HOST}"><META name="SiteIDCode" content="5308020001">'
        f'<META name="ColumnName" content="政府信息公开年报"><META name="ArticleTitle" content="{title}">'
        f'<META name="PubDate" content="{article.published:%Y-%m-%d %H:%M}">'
        f'<META name="ContentSource" content="{escape(article.organ)}">'
    )
    attachments = "".join(
        f'<p>附件【<a href="{escape(href)}" target="_blank">{escape(name)}</a>】已下载<span></span>次</p>'
        for name, href in files
    )
    date = f"{article.published.year}年{article.published.month:02d}月{article.published.day:02d}日"
    return f"""{_head(f"{title}-{SITE_NAME}", "../../", metas, "/content.jsp", news)}<BODY>
<div class="position">当前位置：<a href="../../index.htm">首页</a>&gt;&gt;<a href="../../zfxxgk/zfxxgknb.htm">政府信息公开年报</a></div>
<form name="_newscontent_fromname"><h1>{title}</h1>{card}
<div>发布时间：{date} 点击：[<script>_showDynClicks("wbnews", {OWNER}, {news})</script>]</div>
<div id="vsb_content"><div class="v_news_content">
{body}
</div></div><div id="div_vote_id"></div>
{attachments}</form>
{_footer()}</BODY></HTML>"""


def layout_table(title: str, body: str, links: list[Link]) -> str:
    """A page pasted from a word processor: one table of 376 columns whose merged cells hold the whole text.

    The statistical tables stand nested in the cell of the text; the bar of links has a row of its own.
    """
    empty = "<tr>" + "<td></td>" * LAYOUT_COLUMNS + "</tr>"
    spaced = "<tr><td>&nbsp;</td>" + "<td></td>" * (LAYOUT_COLUMNS - 1) + "</tr>"
    bar = "|".join(f'<a href="{href}" target="_blank">{escape(text)}</a>' for text, href in links)
    rows = [
        empty,
        spaced,
        _merged(f'<p align="center">{escape(title)}</p>'),
        empty,
        spaced,
        _merged(body),
        _merged(bar),
    ]
    table = "\n".join([*rows, empty])
    return f'<table border="0" cellspacing="0" cellpadding="0" width="100%"><tbody>\n{table}\n</tbody></table>'


def _merged(content: str) -> str:
    return f'<tr><td colspan="{LAYOUT_COLUMNS}">{content}</td></tr>'
