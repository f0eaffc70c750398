"""A portal after its redesign: another CMS under the same host, none of the old addresses left.

Invented: the template, its scripts, and that the new address of an article is `/<portal>/zfxxgknb/content/<uuid>.html`
(the form is that of TrueCMS). The text of the reports is the old one. Pictures and attachments are lost. robots.txt
answers as before. The module must not know the old family.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from html import escape
from typing import Final

from tests.portals.answer import Delivery, Page, Request
from tests.portals.article import Article
from tests.portals.site import Entry, Kind, Site, html_page

_DELIVERY: Final = Delivery((("Server", "nginx"), ("X-Content-Type-Options", "nosniff")))


class Listing(StrEnum):
    """What a start address answers after the redesign."""

    SCRIPT = "script"  # the new template; a script fills its rows
    OTHER_CMS = "other-cms"  # the new template with rows, which lead to new addresses


class Articles(StrEnum):
    """What an old address answers after the redesign."""

    GONE = "gone"  # 404
    HOME = "home"  # 302 to the front page


def make_site(
    old: Site, articles: Mapping[str, Article], listing: Listing, gone: Articles, modified: datetime
) -> tuple[Site, dict[str, str]]:
    """The redesigned portal, and the new address of each old one (none with Listing.SCRIPT)."""
    not_found = Page(_template("404", "<p>您访问的页面不存在</p>").encode(), modified, status=404)
    if gone is Articles.HOME:
        not_found = Page(b"", modified, "text/html", 302, validators=False, headers=(("Location", old.url("/")),))
    site = Site(old.id, old.scheme, old.host, old.start, _DELIVERY, not_found)
    robots = old.find_page(Request("GET", "/robots.txt", tls=old.scheme == "https"))
    site.add("/robots.txt", robots)
    site.add("/", html_page(_template("首页", '<a href="/">政务公开</a>'), modified))
    site.add("/static/js/app.js", Page(b"/* app */\n", modified, "application/javascript"))
    moved: dict[str, str] = {}
    rows = []
    for url, article in articles.items() if listing is Listing.OTHER_CMS else ():
        path = f"/{old.id}/zfxxgknb/content/{uuid.uuid5(uuid.NAMESPACE_URL, url)}.html"
        moved[url] = site.url(path)
        entry = article.entry(moved[url], *site.start)
        site.add(path, html_page(_article(article), modified), entry)
        rows.append((article.published, f'<li><a href="{path}">{escape(article.title)}</a></li>'))
    items = "".join(row for _, row in sorted(rows, reverse=True)) or '<li v-for="row in rows">{{row.title}}</li>'
    for start in old.start:
        text = _template("政府信息公开年报", f'<ul class="article-list" id="initData">{items}</ul>')
        site.add(site.path(start), html_page(text, modified), Entry(start, Kind.LISTING, "政府信息公开年报"))
    return site, moved


def _template(title: str, body: str) -> str:
    return f"""<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(title)}</title></head><body>
<header id="top">政务公开</header><main id="app">{body}</main>
<script src="/static/js/app.js"></script></body></html>"""


def _article(article: Article) -> str:
    date = f"{article.published:%Y-%m-%d %H:%M}"
    head = f"<h1>{escape(article.title)}</h1><p>来源：{escape(article.organ)} 发布时间：{date}</p>"
    return _template(article.title, f'{head}<article class="content">{article.body}</article>')
