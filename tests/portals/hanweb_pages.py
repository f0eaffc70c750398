"""HTML and JSON of the Hanweb replica: column pages, the list block that build/unit answers, and the article page.

Attribute names, markers, tables and the shape of the JSON follow real responses of the vendor; what is invented is
listed in `hanweb`. This module knows what a page looks like, not which pages there are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from tests.portals.article import Article

HOST: Final = "www.xiaoshan.gov.cn"
UNIT_PATH: Final = "/api-gateway/jpaas-publish-server/front/page/build/unit"
WEB_ID: Final = "2243"
TAG_ID: Final = "当前栏目列表1a"
TEMPLATE_SET: Final = "GazmxWZitZXDWHJedYwxo"
_SITE_NAME: Final = "杭州市萧山区人民政府"

_FOOTER = f"""<div class="footer"><p>主办：{_SITE_NAME}办公室 网站标识码：3301090001</p>
<p>Produced By 大汉网络 大汉版通发布系统</p>
<script id="_jiucuo_" sitecode='3301090001' src='http://pucha.kaipuyun.cn/exposure/jiucuo.js'></script></div>"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: title, address, day of publication."""

    title: str
    href: str
    published: datetime


@dataclass(frozen=True, slots=True)
class Card:
    """The index card of an article, in the order it is printed; empty values are printed so.

    Its labels: 索引号, 成文日期, 发布机构, 主题分类, 文号, 公开方式.
    """

    index_number: str
    issued: str
    publisher: str
    subject: str = "综合政务/政务公开"
    doc_number: str = ""
    manner: str = "主动公开"


def _metas(values: dict[str, str]) -> str:
    return "\n".join(f'<meta name="{name}" content="{escape(value)}">' for name, value in values.items())


def column_page(column: str, name: str, tabs: list[tuple[str, str]]) -> str:
    """A column page: no rows, but the script that fetches them; its queryData is JSON in single quotes."""
    query = {
        "parseType": "bulidstatic",
        "webId": WEB_ID,
        "tplSetId": TEMPLATE_SET,
        "pageType": "column",
        "tagId": TAG_ID,
        "editType": "null",
        "pageId": column,
    }
    data = json.dumps(query, ensure_ascii=False, separators=(",", ":")).replace('"', "'")
    links = "".join(f'<li><a href="/col/col{ident}/index.html">{title}</a></li>' for ident, title in tabs)
    metas = {
        "SiteName": _SITE_NAME,
        "SiteDomain": HOST,
        "SiteIDCode": "3301090001",
        "WebId": WEB_ID,
        "ColId": column,
        "ColumnName": name,
        "ColumnType": "信息公开年报",
    }
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{_SITE_NAME} {name}</title>
{_metas(metas)}
<script src="/script/jquery.min.js"></script></head><body>
<div class="position"><a href="/">首页</a> &gt; 政务公开 &gt; {name}</div><ul class="menu">{links}</ul>
<div class="list"><script id="authorizedRead_{column}" class="authorizedRead" src="/jpaas-publish/unitbuild.js"
 url="{UNIT_PATH}" queryData="{data}"></script></div>
{_FOOTER}</body></html>"""


def unit_answer(rows: list[Row], page: int, size: int, count: int, *, as_string: bool) -> bytes:
    """The JSON of build/unit for one list page; `as_string` gives `data` as a JSON string, as some answers do."""
    items = "".join(
        f'<li><a href="{row.href}" title="{escape(row.title)}" target="_blank">{escape(row.title)}</a>'
        f'<b class="zfxxgk_zdgkc_time">{row.published:%Y-%m-%d}</b></li>'
        for row in rows
    )
    pager = f'<script>pagination({{count: "{count}",pageNo: "{page}",pageSize: "{size}"}})</script>'
    data: dict[str, str] | str = {"html": f'<div id="{TAG_ID}"><ul class="page-content">{items}</ul></div>{pager}'}
    if as_string:
        data = json.dumps(data, ensure_ascii=False)
    body = {"success": True, "message": "", "code": "200", "data": data}
    return json.dumps(body, ensure_ascii=False).encode()


def article_page(article: Article, column: str, column_name: str, ident: str, url: str, card: Card, files: str) -> str:
    """An article with the Zhejiang card and the vendor's markers around the text."""
    date = f"{article.published:%Y-%m-%d %H:%M}"
    title = escape(article.title)
    metas = {
        "SiteName": _SITE_NAME,
        "SiteDomain": HOST,
        "SiteIDCode": "3301090001",
        "ColumnName": column_name,
        "ColumnType": "信息公开年报",
        "ArticleTitle": article.title,
        "PubDate": date,
        "ContentSource": card.publisher,
        "Keywords": "",
        "Author": "",
        "Description": "",
        "Url": url,
        "Maketime": f"{article.published:%Y-%m-%d %H:%M:%S}",
        "i_columnid": column,
        "i_articleid": ident,
    }
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{_SITE_NAME} {column_name} {title}</title>
{_metas(metas)}
<script src="/script/jquery.min.js"></script><style>.xxgk_table td{{padding:4px}}</style></head><body>
<div class="position"><a href="/">首页</a> &gt; <a href="/col/col{column}/index.html">{column_name}</a></div>
<div id="article"><h1 class="title">{title}</h1>
<table class="xxgk_table" width="100%"><tbody>
<tr><td class="bt">索 引 号</td><td>{card.index_number}</td><td class="bt">成文日期</td><td>{card.issued}</td></tr>
<tr><td class="bt">发布机构</td><td>{escape(card.publisher)}</td><td class="bt">主题分类</td><td>{card.subject}</td></tr>
<tr><td class="bt">文号</td><td>{card.doc_number}</td><td class="bt">公开方式</td><td>{card.manner}</td></tr>
</tbody></table>
<div id="zoom"><!--<$[信息内容]>begin--><!--ZJEG_RSS.content.begin--><meta name="ContentStart">
{article.body}
<meta name="ContentEnd"><!--ZJEG_RSS.content.end--><!--<$[信息内容]>end--></div>
{files}</div>
{_FOOTER}</body></html>"""
