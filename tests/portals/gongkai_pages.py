"""HTML of the gongkai replica: the document page with its card, the channel shell and the front page.

The order of the text of a document page is real; tags, classes and scripts are invented (see `gongkai`). This module
knows what a page looks like, not which pages there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from tests.portals.article import Article

HOST: Final = "www.linzi.gov.cn"
Link = tuple[str, str]

_FOOTER = (
    '<div class="footer"><p>主办：临淄区人民政府办公室 网站标识码：3703050003</p>'
    "<script id=\"_jiucuo_\" sitecode='3703050003' src='http://pucha.kaipuyun.cn/exposure/jiucuo.js'></script></div>"
)


@dataclass(frozen=True, slots=True)
class Channel:
    """One column of one organ: path, place in the breadcrumb, and the organ's unified social credit code."""

    path: str
    crumb: str
    uscc: str


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a channel. `skin` is the layout of its card: lines or columns. An empty `uscc` is printed so.

    `twin_of` is the address of the report this is a copy of."""

    channel: Channel
    id: str
    article: Article
    serial: int = 0
    doc_number: str = "无文号"
    skin: str = "lines"
    uscc: str | None = None
    twin_of: str | None = None

    @property
    def path(self) -> str:
        return f"{self.channel.path}doc_{self.id}.html"

    @property
    def index_number(self) -> str:
        """索引号: code of the organ, year of publication, serial of the platform."""
        organ = self.channel.uscc if self.uscc is None else self.uscc
        return f"{organ}/{self.article.published.year}-{self.serial}"


def channel_shell(channel: Channel) -> str:
    """What a channel page answers: a program's shell, without one document link."""
    name = channel.path.strip("/").rpartition("/")[2]
    return f"""<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>政府信息公开年度报告</title>
<link href="/gongkai/static/css/doc.css" rel="stylesheet"></head><body>
<noscript><strong>请启用JavaScript后继续访问。</strong></noscript>
<div id="app" data-channel="{name}"></div><script src="/gongkai/static/js/app.js"></script></body></html>"""


def front_page(government: Channel, menu: list[tuple[Channel, str]]) -> str:
    """The page 政府信息公开 with the fixed columns and the organs; it links channels only."""
    items = "".join(f'<li><a href="{channel.path}">{escape(organ)}</a></li>' for channel, organ in menu)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>政府信息公开-淄博市临淄区人民政府</title></head><body>
<div class="menu"><a href="/gongkai/">政府信息公开指南</a><a href="/gongkai/">政府信息公开制度</a>
<a href="/gongkai/">法定主动公开内容</a><a href="{government.path}">政府信息公开年度报告</a></div>
<ul class="organs">{items}</ul>{_FOOTER}</body></html>"""


def _card(document: Document) -> str:
    article = document.article
    title, organ, date = escape(article.title), escape(article.organ), f"{article.published:%Y-%m-%d}"
    if document.skin == "lines":
        return f"""<div class="card"><p>标题: {title}</p>
<p>索引号: {document.index_number} 文号: {document.doc_number}</p><p>发文日期: {date} 发布机构: {organ}</p></div>"""
    return f"""<table class="card"><tr><td>标题</td><td colspan="3">{title}</td></tr>
<tr><td>索引号</td><td>{document.index_number}</td><td>文号</td><td>{document.doc_number}</td></tr>
<tr><td>发文日期</td><td>{date}</td><td>发布机构</td><td>{organ}</td></tr></table>"""


def document_page(
    document: Document, newer: Document | None, older: Document | None, related: list[Link], files: list[Link]
) -> str:
    """A document as the server renders it, with its neighbours, related documents and attachments."""
    article, channel = document.article, document.channel
    title = escape(article.title)
    sibling = [f'<a href="{d.path}">{escape(d.article.title)}</a>' if d else "没有了" for d in (newer, older)]
    items = "".join(f'<li><a href="{path}" target="_blank">{escape(text)}</a></li>' for text, path in related)
    attachments = "".join(f'<p>附件:<a href="{name}" target="_blank">{escape(text)}</a></p>' for text, name in files)
    return f"""<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>
<meta name="SiteName" content="淄博市临淄区人民政府"><meta name="SiteDomain" content="{HOST}">
<meta name="SiteIDCode" content="3703050003"><meta name="ColumnName" content="政府信息公开年度报告">
<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{article.published:%Y-%m-%d %H:%M}">
<meta name="ContentSource" content="{escape(article.organ)}">
<link href="/gongkai/static/css/doc.css" rel="stylesheet"><script>window.__doc="{document.id}";</script></head><body>
<div class="header"><a href="/">淄博市临淄区人民政府</a></div>
<div class="crumb"><a href="/">首页</a> <a href="/gongkai/">政务公开</a> <a href="/gongkai/">政府信息公开</a>
<a href="{channel.path}">政府信息公开年度报告</a> <a href="{channel.path}">{channel.crumb}</a></div>
{_card(document)}
<ul class="tabs"><li>标题</li><li>正文</li><li>手机</li><li>附件</li></ul>
<h1>{title}</h1><div class="date">发布日期:{article.published:%Y-%m-%d}</div>
<ul class="tools"><li>字号:</li><li>|</li><li>打印</li></ul>
<div class="variants"><a href="javascript:;">电子书</a> Ι <a href="javascript:;">H5</a> Ι
<a href="javascript:;">图文解读</a> Ι <a href="javascript:;">语音播报</a></div>
<div class="body">
{article.body}
</div>
<div class="attachments">{attachments}</div>
<div class="sibling"><p>上一篇:{sibling[0]}</p><p>下一篇:{sibling[1]}</p></div>
<div class="related"><h3>相关信息</h3><ul>{items}</ul></div>
{_FOOTER}</body></html>"""
