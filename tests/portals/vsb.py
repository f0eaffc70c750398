"""Replica of a VSB (博达 Visual SiteBuilder) portal: 普洱市思茅区 (Simao), https://www.smqzf.gov.cn.

As the real vendor: the list begins at zfxxgknb.htm and goes on at zfxxgknb/{N}.htm with N falling to 1, so that file
numbers stay when items are added; addresses are relative, deeper on numbered pages; `共N条`; every article is also
reachable as content.jsp; a missing page is a 系统提示 with status 200, and so is robots.txt; an attachment fetched
without a Referer is an HTML page with status 200; answers are chunked. The seed report is one layout table of 376
columns with the statistical tables nested in it and a bar of links to the organs' own reports below.

Real: the seed report and its address, the texts of the bar (one of them names two organs, for a separator is
missing), the columns of the layout, list address, treeid. Invented: the seed's three tables (see `seeds`), its hour
of publication, every other article with its organ, numbers and id, that the bar leads to those, the owner number,
attachments, header fields and site code, that a few articles are listed by their content.jsp address only, and one
older page at an egovinfo address with its card. The 2022 report of the district prints one total that is one too
high.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tests.portals.answer import Delivery, Page, Request
from tests.portals.article import Article, decoy_article, report_article, seed_article
from tests.portals.desk import Desk
from tests.portals.files import make_png
from tests.portals.grid import Style
from tests.portals.prose import Prose
from tests.portals.reports import Form, Report, invent_decoys
from tests.portals.seeds import load_seeds
from tests.portals.site import CHINA, Entry, Kind, Site, html_page, page_key
from tests.portals.vsb_pages import (
    DOWNLOAD_BLOCKED,
    HOST,
    NOT_FOUND,
    OWNER,
    SITE_NAME,
    TREE,
    Link,
    Row,
    article_page,
    layout_table,
    list_address,
    list_page,
)

PER_PAGE: Final = 20
_BUILT: Final = datetime(2019, 3, 1, tzinfo=CHINA)
_SEED_NEWS: Final = 626592
_STYLE: Final = Style(
    'class="MsoNormalTable" border="1" cellspacing="0" cellpadding="0"',
    before='<p class="MsoNormal" align="center">',
    after="</p>",
    wide=True,
)
_PROSE: Final = Prose(
    '<p class="MsoNormal" style="text-indent:32pt">{}</p>',
    {
        "title": '<p class="MsoNormal" align="center"><strong>{}</strong></p>',
        "heading": '<p class="MsoNormal" style="text-indent:32pt"><span style="font-family:黑体">{}</span></p>',
        "signature": '<p class="MsoNormal" align="right">{}</p>',
    },
)
_PICTURE: Final = "/images/tujie.png"
# The two organs whose separator is missing in the seed's bar: the link leads to the report of the first.
_JOINED: Final = ("区供销社区投资促进局", "供销社", "投资促进局")
_DELIVERY: Final = Delivery(
    (("Server", "VWebServer"), ("X-Protected-By", "WebberRASP"), ("X-Frame-Options", "SAMEORIGIN")), chunked=True
)


class VsbDesk(Desk):
    """Puts articles, their twins and their attachments into one site with one list."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.rows: list[Row] = []
        self._next_file = 16_738_452
        self._next_news = 640_002
        self._placed: dict[str, _Placed] = {}

    def draw(self, report: Report) -> Article:
        return report_article(report, _STYLE, _PROSE)

    def publish(
        self,
        article: Article,
        news: int,
        body: str | None = None,
        *,
        dynamic: bool = False,
        twin_of: str | None = None,
    ) -> str:
        """Adds the article under its static and its dynamic address and lists one of them; returns the static path."""
        path = f"/info/{TREE}/{news}.htm"
        files = [self._attach(article)] if article.kind is Kind.REPORT_FILE or article.year == 2021 else []
        page = _article_page(article, news, article.body if body is None else body, files)
        listed, other = (_dynamic(news), path) if dynamic else (path, _dynamic(news))
        kind = Kind.TWIN if twin_of else None
        entry = article.entry(self.site.url(listed), *_columns(self.site), kind=kind, twin_of=twin_of)
        self.articles[entry.url] = article
        self._placed[entry.url] = _Placed(news, listed, other, tuple(files))
        self.site.add(listed, page, entry)
        self.site.add(other, page)
        if dynamic:  # the link bar of the seed names the static address all the same
            self.site.entries.append(article.entry(self.site.url(path), kind=Kind.TWIN, twin_of=entry.url))
        self.rows.append(Row(article.title, listed[1:], article.published))
        return path

    def repeat(self, news: int) -> None:
        """Lists the dynamic address of an article too."""
        original = next(e for e in self.site.entries if e.url == self.site.url(f"/info/{TREE}/{news}.htm"))
        path = _dynamic(news)
        twin = replace(original, url=self.site.url(path), kind=Kind.TWIN, twin_of=original.url, tables=None)
        self.site.entries.append(twin)
        self.rows.append(Row(original.title, path[1:], self.site.pages[page_key(path)].modified))

    def _attach(self, article: Article) -> Link:
        self._next_file += 7
        path = _DOWNLOAD + f"?urltype=news.DownloadAttachUrl&owner={OWNER}&wbfileid={self._next_file}"
        name = f"{article.title}.pdf"
        quoted = f'attachment; filename="{self._next_file}.pdf"'
        entry = replace(article.entry(self.site.url(path), kind=Kind.ATTACHMENT), tables=None)
        self.site.add(path, replace(article.pdf(), headers=(("Content-Disposition", quoted),)), entry)
        return name, path

    def publish_beside(self, url: str, article: Article, created: datetime, twin_of: str | None = None) -> str:
        """As `Desk.publish_beside`; the number of an article says nothing about its day."""
        if url not in self.articles:
            raise KeyError(url)
        self._next_news += 17
        return self.site.url(self.publish(article, self._next_news, twin_of=twin_of))

    def revise(self, url: str, article: Article) -> None:
        placed = self._placed[url]
        self.articles[url] = article
        for path in (placed.listed, placed.other):
            self.site.pages[page_key(path)] = _article_page(article, placed.news, article.body, list(placed.files))
        self.site.restate(url, title=article.title, tables=article.tables)

    def withdraw(self, url: str) -> None:
        placed = self._placed.pop(url)
        del self.articles[url]
        for path in (placed.listed, placed.other):
            self.site.drop(path)
            self.rows = [row for row in self.rows if row.path != path[1:]]

    def delist(self, url: str) -> None:
        self.rows = [row for row in self.rows if row.path != self._placed[url].listed[1:]]
        self.site.restate(url, columns=())

    def finish(self) -> Site:
        rows = self._newest_first()
        parts, count = self.paged(rows, PER_PAGE)
        self._pages = len(parts)
        for page, part in enumerate(parts, 1):
            path = "/" + list_address(page, len(parts))
            entry = Entry(self.site.url(path), Kind.LISTING, "政府信息公开年报")
            text = list_page(list(part), page, len(parts), count)
            self.site.add(path, html_page(text, rows[0].published), entry)
        return self.site

    def _newest_first(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: row.published, reverse=True)

    def listed(self) -> list[list[str]]:
        return [[self.site.url(f"/{row.path}") for row in self._newest_first()]]

    def list_page(self, page: int) -> str:
        return self.site.url("/" + list_address(page, self._pages))


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where an article stands, apart from its text; `listed` and `other` are its two addresses."""

    news: int
    listed: str
    other: str
    files: tuple[Link, ...]


def _article_page(article: Article, news: int, body: str, files: list[Link]) -> Page:
    return html_page(article_page(article, news, body, files), article.published)


_DOWNLOAD: Final = "/system/_content/download.jsp"


def _dynamic(news: int | str) -> str:
    return f"/content.jsp?urltype=news.NewsContentUrl&wbtreeid={TREE}&wbnewsid={news}"


def _columns(site: Site) -> tuple[str, ...]:
    return (site.url("/zfxxgk/zfxxgknb.htm"),)


@functools.cache
def make_site() -> Site:
    """The whole portal of day one, built once."""
    return open_desk().finish()


def open_desk() -> VsbDesk:
    """The desk with everything the portal holds on day one."""
    start = f"https://{HOST}/zfxxgk/zfxxgknb.htm"
    site = Site("simao", "https", HOST, (start,), _DELIVERY, html_page(NOT_FOUND, _BUILT))
    build = VsbDesk(site)
    bar = load_seeds()["003"].link_bar
    organs = [_organ(name) for text in bar for name in (_JOINED[1:] if text == _JOINED[0] else (text,))]
    addresses = _publish_organs(build, organs)
    links = [(text, "../.." + addresses[_organ(_JOINED[1] if text == _JOINED[0] else text)]) for text in bar]
    published = datetime(2024, 1, 26, 17, 5, tzinfo=CHINA)
    seed = seed_article("003", SITE_NAME, published, _STYLE, _PROSE)
    build.publish(seed, _SEED_NEWS, layout_table(seed.title, seed.body, links))
    _publish_others(build)
    build.repeat(int(addresses[_organ("区财政局")].rpartition("/")[2].removesuffix(".htm")))
    site.add(_PICTURE, Page(make_png(), _BUILT, "image/png"))
    for path in ("/_sitegray/_sitegray_d.css", "/list.vsb.css", "/content.vsb.css"):
        site.add(path, Page(b"body{font-size:14px}\n", _BUILT, "text/css"))
    for path in ("/_sitegray/_sitegray.js", "/system/resource/js/counter.js"):
        site.add(path, Page(b"function _jsq_(){}function _showDynClicks(){}\n", _BUILT, "application/javascript"))
    site.routes[_DOWNLOAD] = functools.partial(_download, site)
    site.routes["/content.jsp"] = functools.partial(_content, site)
    return build


def _organ(text: str) -> str:
    """The full name of an organ of the link bar (区财政局, 思茅街道, 市公安局思茅分局)."""
    if text.startswith("市"):
        return f"普洱{text}"
    name = text.removeprefix("区")
    suffix = {"道": "办事处", "镇": "人民政府", "乡": "人民政府"}.get(name[-1], "")
    return f"普洱市思茅区{name}{suffix}"


def _publish_organs(build: VsbDesk, organs: list[str]) -> dict[str, str]:
    addresses = {}
    for i, organ in enumerate(organs):
        form = {4: Form.PROSE, 9: Form.FILE, 14: Form.IMAGE}.get(i, Form.TABLES)
        article = report_article(Report(organ, 2023, form, picture=_PICTURE), _STYLE, _PROSE)
        addresses[organ] = build.publish(article, 620_100 + 13 * i, dynamic=i % 12 == 5)
    return addresses


def _publish_others(build: VsbDesk) -> None:
    for i, year in enumerate((2010, 2013, 2015, 2018, 2019, 2020, 2021, 2022, 2024)):
        report = Report(SITE_NAME, year, unbalanced=year == 2022)
        build.publish(report_article(report, _STYLE, _PROSE), 300_500 + 40_000 * i)
    for i, decoy in enumerate(invent_decoys("思茅区", SITE_NAME, 2023, 9, _PICTURE)):
        build.publish(decoy_article(decoy, SITE_NAME, _PROSE), 625_000 + 11 * i)
    path = "/info/egovinfo/1002/smqzwgk_nr/532722-30/2018-0308003.htm"
    old = report_article(Report("普洱市思茅区教育局", 2017), _STYLE, _PROSE)
    old = replace(old, published=datetime(2018, 3, 8, 10, 30, tzinfo=CHINA))
    card = (
        '<ul class="ov"><li class="fl">索引号</li><li class="fl">532722-30/2018-0308003</li>'
        f'<li class="fl">发布机构</li><li class="fl">{old.organ}</li>'
        '<li class="fl">发文日期</li><li class="fl">2018-03-08</li><li class="fl">文号</li><li class="fl"></li></ul>'
    )
    text = article_page(old, -1, old.body, [], card)
    site = build.site
    site.add(path, html_page(text, old.published), old.entry(site.url(path), *_columns(site)))
    build.rows.append(Row(old.title, path[1:], old.published))
    gone = Row("普洱市思茅区外事办公室2023年政府信息公开工作年度报告", f"info/{TREE}/626599.htm", old.published)
    build.rows.append(replace(gone, published=datetime(2024, 1, 28, tzinfo=CHINA)))
    entry = Entry(site.url("/" + gone.path), Kind.MISSING, gone.title, columns=_columns(site))
    site.entries.append(entry)


def _download(site: Site, request: Request) -> Page:
    """An attachment for who comes from a page; for others, the page that refuses with status 200."""
    if not request.header("Referer"):
        return html_page(DOWNLOAD_BLOCKED, _BUILT)
    return site.pages.get(page_key(request.target), site.not_found)


def _content(site: Site, request: Request) -> Page:
    """The dynamic address of an article, whatever else its query says."""
    return site.pages.get(page_key(_dynamic(request.query.get("wbnewsid", ""))), site.not_found)
