"""HTML of the TRS replicas: list pages in both pager dialects, the stub after the last page, and the article page.

Tag names, ids, classes and metas follow real pages of the vendor; what is invented is listed in `trs`. This module
knows what a page looks like, not which pages there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from tests.portals.article import Article


@dataclass(frozen=True, slots=True)
class Skin:
    """What distinguishes one TRS portal from another on the page.

    `first_number` is the number of the second list page: 1 where pages are counted from 0 (index_1), 2 in templates
    that number from index_2. `wrap` holds the body (`{body}`), `tail` stands after it (`{title}`, `{source}`,
    `{date}`, `{column}`).
    """

    site_name: str
    host: str
    site_id: str
    column_type: str
    list_class: str
    extension: str
    first_number: int
    header: str
    wrap: str
    tail: str
    navigation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: full title, relative address, day of publication."""

    title: str
    href: str
    published: datetime


LIUZHOU: Final = Skin(
    "柳州市人民政府",
    "www.liuzhou.gov.cn",
    "4502000001",
    "信息公开年报",
    "list",
    "shtml",
    1,
    '<div class="info">信息来源：{source}&nbsp;&nbsp;发布日期：{date}&nbsp;&nbsp;'
    "【字体：<a>大</a> <a>中</a> <a>小</a>】</div>",
    '<div id="zoom"><div class="view TRS_UEDITOR trs_paper_default trs_word">{body}</div></div>',
    '<div class="back"><a href="../">返回</a> {column}</div><div class="menu"><p>首页</p><p>走进柳州</p><p>信息公开</p>'
    '<p>办事服务</p><p>互动回应</p><p>数据专题</p></div><div class="share"><p>{title}</p><p>信息来源：{source}</p>'
    "<p>发布日期： {date}</p><p>分享至：</p></div>",
    ("首页", "走进柳州", "信息公开", "办事服务", "互动回应", "数据专题"),
)
XINZHOU: Final = Skin(
    "忻州市人民政府",
    "zwgk.sxxz.gov.cn",
    "1409000032",
    "信息公开年报",
    "newsList",
    "html",
    2,
    '<div class="article-info"><span>来源：{source}</span></div>',
    '<div class="article-con"><div class="article-body">{body}</div></div>',
    '<div class="code"><img src="/images/code.png" alt=""/><p>扫一扫在手机打开当前页面</p></div>',
    ("网站首页", "政务公开", "政务服务", "互动交流"),
)


def _head(skin: Skin, title: str, metas: dict[str, str], charset: str) -> str:
    lines = "\n".join(f'<meta name="{name}" content="{escape(value)}"/>' for name, value in metas.items())
    return f"""<!DOCTYPE html><html><head><meta charset="{charset}"><title>{escape(title)}-{skin.site_name}</title>
<meta name="SiteName" content="{skin.site_name}"/>
<meta name="SiteDomain" content="{skin.host}"/>
<meta name="SiteIDCode" content="{skin.site_id}"/>
{lines}
<link rel="stylesheet" href="/images/style.css"/><script src="/images/page.js"></script></head>"""


def _navigation(skin: Skin) -> str:
    return '<div class="nav">' + "".join(f'<a href="/">{name}</a>' for name in skin.navigation) + "</div>"


def _footer(skin: Skin) -> str:
    return f"""<div class="footer"><p>主办：{skin.site_name}办公室 网站标识码：{skin.site_id}</p>
<script id="_jiucuo_" sitecode='{skin.site_id}' src='http://pucha.kaipuyun.cn/exposure/jiucuo.js'></script></div>"""


def _position(column: str, depth: int) -> str:
    root = "../" * depth
    above = "../"
    return (
        f'<div class="position">您的位置：<a href="{root}">首页</a> &gt; <a href="{above}">政府信息公开年报</a> &gt; '
        f"{column}</div>"
    )


def pager(skin: Skin, page: int, pages: int) -> str:
    """The pager of list page `page` (0-based) of `pages`, in this portal's dialect."""
    if skin.first_number == 1:
        return f'<div class="page"><script>createPageHTML({pages}, {page}, "index", "{skin.extension}");</script></div>'
    following = page + 2
    link = f'<a class="next" href="index_{following}.{skin.extension}">下一页</a>' if following <= pages else ""
    return f'<div class="page"><script>var pageCount = parseInt({pages});</script>{link}</div>'


def list_page(skin: Skin, column: str, depth: int, tabs: list[Row], rows: list[Row], page: int, pages: int) -> str:
    """One page of a column: sub-columns as tabs, then its rows."""
    metas = {"ColumnName": column, "ColumnType": skin.column_type}
    links = "".join(f'<a href="{tab.href}">{escape(tab.title)}</a>' for tab in tabs)
    items = "\n".join(_list_item(row) for row in rows)
    return f"""{_head(skin, column, metas, "utf-8")}<body>
{_navigation(skin)}
{_position(column, depth)}
<div class="tabs">{links}</div>
<ul class="{skin.list_class}">
{items}
</ul>
{pager(skin, page, pages)}
{_footer(skin)}</body></html>"""


def _list_item(row: Row) -> str:
    shown = row.title if len(row.title) <= 22 else row.title[:21] + "…"
    return (
        f'<li><a href="{row.href}" title="{escape(row.title)}" target="_blank">{escape(shown)}</a>'
        f"<span>{row.published:%Y-%m-%d}</span></li>"
    )


def overflow_stub(skin: Skin, page: int, pages: int) -> str:
    """The page of 300 to 400 bytes that stands after the last one."""
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><title></title>
<link rel="stylesheet" href="/images/style.css"/><script src="/images/page.js"></script></head><body>
<div class="main"><ul class="{skin.list_class}"></ul>
<div class="page"><script>createPageHTML({pages}, {page}, "index", "{skin.extension}");</script></div></div></body></html>
"""


def article_page(skin: Skin, article: Article, url: str, column: str, files: list[Row], charset: str) -> str:
    """An article with the standard metas, nested editors with an inline style, and attachments below the text."""
    date = f"{article.published:%Y-%m-%d %H:%M}"
    metas = {
        "ColumnName": column,
        "ColumnType": skin.column_type,
        "ArticleTitle": article.title,
        "PubDate": date,
        "ContentSource": article.organ,
        "Keywords": "政府信息公开;年度报告",
        "Author": "",
        "Description": article.title,
        "Url": url,
    }
    title = escape(article.title)
    values = {"title": title, "source": escape(article.organ), "date": date, "column": column}
    links = "".join(f'<p><a href="{f.href}" needdownload="true">附件：{escape(f.title)}</a></p>' for f in files)
    editor = f"""<div class="TRS_Editor"><style type="text/css">
.TRS_Editor P{{line-height:2;font-size:16px;}} .TRS_Editor TD{{font-size:14px;}}
</style><div class="TRS_Editor">
{article.body}
</div></div>{links}"""
    return f"""{_head(skin, article.title, metas, charset)}<body>
{_navigation(skin)}
<div class="position">您的位置：<a href="/">首页</a> &gt; <a href="../">{column}</a></div>
<h1 class="title">{title}</h1>
{skin.header.format(**values)}
{skin.wrap.format(body=editor)}
{skin.tail.format(**values)}
{_footer(skin)}</body></html>"""
