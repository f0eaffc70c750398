"""Replica of a Hanweb portal with the jpaas list front: 杭州市萧山区 (Xiaoshan), http://www.xiaoshan.gov.cn.

As the real vendor: a column page holds a script whose queryData is JSON in single quotes; the rows come from
build/unit, which honours only `paramJson` (pageNo and pageSize as bare parameters are ignored: page 1 comes back for
ever), answers 403 without a Referer or without a User-Agent, prints the total as `count: "N"`, and past the end
answers an empty list with success; page 2 answers `data` as a JSON string. Articles carry the Zhejiang card, the
ZJEG_RSS markers and ContentStart and ContentEnd; month and day in an address are not padded; one article is listed
under two columns with the same id; pages are gzipped for who accepts it. The answers of build/unit have no
validators, for a program makes them; everything else has.

Real: the seed report, its address and card; webId, template set, tag; the address of column 1229778069, from the
seed's own address. Invented: every other article with its organ, numbers, card and id; the two sub-columns;
navigation; the hour of publication of the seed; robots.txt, header fields, cookies and site code; that a page holds
at most 20 rows whatever pageSize says; names of attachments. The catalogue code H001 of the seed's index number is
used for all. The 2021 report of the education bureau prints one total that is one too high.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import urljoin

from tests.portals.answer import Delivery, Page, Request
from tests.portals.article import Article, decoy_article, report_article, seed_article
from tests.portals.desk import Desk
from tests.portals.files import make_png
from tests.portals.grid import Style
from tests.portals.hanweb_pages import HOST, UNIT_PATH, Card, Row, article_page, column_page, unit_answer
from tests.portals.prose import Prose
from tests.portals.reports import Form, Report, invent_decoys
from tests.portals.seeds import load_seeds
from tests.portals.site import CHINA, Entry, Kind, Site, html_page

MAX_ROWS: Final = 20
DEFAULT_ROWS: Final = 15
_STYLE: Final = Style(
    'border="1" cellspacing="0" cellpadding="0" width="638" align="center"',
    before='<p style="text-align:center"><span style="font-family:宋体;font-size:14px">',
    after="</span></p>",
    blank="",
    wide=True,
)
_PROSE: Final = Prose(
    '<p style="text-indent:2em"><span style="font-family:仿宋_GB2312;font-size:21px">{}</span></p>',
    {
        "heading": '<p style="text-indent:2em"><span style="font-family:黑体">{}</span></p>',
        "signature": '<p style="text-align:right"><span>{}</span></p>',
    },
)
_COLUMNS: Final = {
    "1229778069": "政府信息公开年报",
    "1229778070": "区级部门政府信息公开年报",
    "1229778071": "镇街政府信息公开年报",
}
_MAIN, _BUREAUS_COLUMN, _TOWNS_COLUMN = _COLUMNS
_BUREAUS: Final = ("教育局", "科学技术局", "民政局", "司法局", "财政局", "农业农村局", "卫生健康局", "应急管理局")
_TOWNS: Final = (
    "城厢街道办事处",
    "北干街道办事处",
    "蜀山街道办事处",
    "瓜沥镇人民政府",
    "临浦镇人民政府",
    "戴村镇人民政府",
)
_PICTURE: Final = "/picture/0/tujie.png"
_BUILT: Final = datetime(2021, 6, 1, tzinfo=CHINA)
_DELIVERY: Final = Delivery(
    (("server", "Hanweb"), ("X-Frame-Options", "SAMEORIGIN")),
    weak_etag=True,
    gzip=True,
    cookies=("SERVERID=c0a80a0b; Path=/", "jcms_session=1; Path=/; HttpOnly"),
)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where and how an article stands, apart from its text."""

    column: str
    ident: str
    card: Card
    files: str


class HanwebDesk(Desk):
    """Puts articles into one site; `rows` are those of each column, newest first once finished."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.rows: dict[str, list[Row]] = {column: [] for column in _COLUMNS}
        self._placed: dict[str, _Placed] = {}

    def draw(self, report: Report) -> Article:
        return report_article(report, _STYLE, _PROSE)

    def publish(
        self,
        article: Article,
        columns: tuple[str, ...],
        ident: str,
        card: Card,
        *,
        path: str = "",
        created: datetime | None = None,
        twin_of: str | None = None,
    ) -> str:
        """Adds the article under its first column, as a twin under each further one, and lists it in all of them.

        Returns its first path.
        """
        day = created or article.published
        first = ""
        for column in columns:
            target = path or f"/art/{day.year}/{day.month}/{day.day}/art_{column}_{ident}.html"
            if not first and article.year == 2024 and not path:  # the newer form of address has a digest and no column
                named = article.title if created is None else f"{ident}{article.title}"
                target = f"/col/col{column}/art/{day.year}/art_{hashlib.sha256(named.encode()).hexdigest()[:32]}.html"
            first = first or target
            files = _attach(self.site, article) if target == first and article.kind is Kind.REPORT_FILE else ""
            url, listing = self.site.url(target), self.site.url(f"/col/col{column}/index.html")
            twin = self.site.url(first) if target != first else twin_of
            self.articles[url], self._placed[url] = article, _Placed(column, ident, card, files)
            entry = article.entry(url, listing, kind=Kind.TWIN if twin else None, twin_of=twin)
            self.site.add(target, self._page(url), entry)
            href = url if int(ident) % 4 == 0 else target
            self.rows[column].append(Row(article.title, href, article.published))
        return first

    def _page(self, url: str) -> Page:
        article, at = self.articles[url], self._placed[url]
        text = article_page(article, at.column, _COLUMNS[at.column], at.ident, url, at.card, at.files)
        return html_page(text, article.published)

    def publish_beside(self, url: str, article: Article, created: datetime, twin_of: str | None = None) -> str:
        column = self._placed[url].column
        ident = 1 + max(int(placed.ident) for placed in self._placed.values())
        card = make_card(article, ident)
        return self.site.url(self.publish(article, (column,), str(ident), card, created=created, twin_of=twin_of))

    def revise(self, url: str, article: Article) -> None:
        self.articles[url] = article
        self.site.pages[self.site.path(url)] = self._page(url)
        self.site.restate(url, title=article.title, tables=article.tables)

    def withdraw(self, url: str) -> None:
        self._unlist(url)
        self.site.drop(self.site.path(url))
        del self.articles[url], self._placed[url]

    def delist(self, url: str) -> None:
        self._unlist(url)
        self.site.restate(url, columns=())

    def _unlist(self, url: str) -> None:
        column, hrefs = self._placed[url].column, {url, self.site.path(url)}
        self.rows[column] = [row for row in self.rows[column] if row.href not in hrefs]

    def finish(self) -> Site:
        site = self.site
        tabs = [(column, name) for column, name in _COLUMNS.items() if column != _MAIN]
        for column, name in _COLUMNS.items():
            self.rows[column].sort(key=lambda row: row.published, reverse=True)
            path = f"/col/col{column}/index.html"
            text = column_page(column, name, tabs if column == _MAIN else [])
            site.add(path, html_page(text, self.rows[column][0].published), Entry(site.url(path), Kind.LISTING, name))
        site.routes[UNIT_PATH] = self._answer_unit
        return site

    def _answer_unit(self, request: Request) -> Page:
        """The answer of build/unit."""
        if not request.header("User-Agent") or not request.header("Referer"):
            return Page(b"<html><body><h1>403 Forbidden</h1></body></html>", _BUILT, "text/html", status=403)
        number, size = _paging(request.query.get("paramJson", ""))
        parts, count = self.paged(self.rows.get(request.query.get("pageId", ""), []), size)
        part = list(parts[number - 1]) if number <= len(parts) else []
        body = unit_answer(part, number, size, count, as_string=number == 2)
        return Page(body, _BUILT, "application/json;charset=UTF-8", validators=False)

    def listed(self) -> list[list[str]]:
        newest_first = (sorted(rows, key=lambda row: row.published, reverse=True) for rows in self.rows.values())
        return [[urljoin(self.site.url("/"), row.href) for row in rows] for rows in newest_first]

    def list_page(self, page: int) -> str:
        """A pattern for the decoded address: `paramJson` is JSON, and the size of a page is the client's choice."""
        return self.site.url(f'{UNIT_PATH}?*pageId={_MAIN}*"pageNo":{page},*')


def make_card(article: Article, ident: int) -> Card:
    """The card of an invented article with this id."""
    serial = f"H001/{article.published.year}-{60_000 + ident % 30_000}"
    return Card(serial, f"{article.published:%Y-%m-%d}", article.organ)


def _paging(text: str) -> tuple[int, int]:
    """Page number and size of `paramJson`; the first page and the default size where it says nothing usable."""
    try:
        wanted = json.loads(text or "{}")
        number, size = int(wanted.get("pageNo", 1)), int(wanted.get("pageSize", DEFAULT_ROWS))
    except (ValueError, TypeError, AttributeError):
        return 1, DEFAULT_ROWS
    return max(1, number), min(max(1, size), MAX_ROWS)


@functools.cache
def make_site() -> Site:
    """The whole portal of day one, built once."""
    return open_desk().finish()


def open_desk() -> HanwebDesk:
    """The desk with everything the portal holds on day one."""
    start = f"http://{HOST}/col/col{_MAIN}/index.html"
    site = Site("xiaoshan", "http", HOST, (start,), _DELIVERY, _not_found())
    build = HanwebDesk(site)
    _add_assets(site)
    seed_url = load_seeds()["002"].url
    seed = seed_article("002", "区政府办", datetime(2024, 1, 17, 16, 20, tzinfo=CHINA), _STYLE, _PROSE)
    card = Card("H001/2024-76014", "2024-01-17", "区政府办")
    build.publish(seed, (_MAIN,), "87214", card, path=site.path(seed_url))
    for position, (article, columns) in enumerate(_articles()):
        ident = 40_000 + 3 * position + (article.published - datetime(2009, 1, 1, tzinfo=CHINA)).days * 9
        build.publish(article, columns, str(ident), make_card(article, ident))
    missing = Row(
        "杭州市萧山区城市管理局2022年政府信息公开工作年度报告", f"/art/2023/1/20/art_{_MAIN}_86999.html", _BUILT
    )
    build.rows[_MAIN].append(replace(missing, published=datetime(2023, 1, 20, tzinfo=CHINA)))
    gone = Entry(site.url(missing.href), Kind.MISSING, missing.title, columns=(start,))
    site.entries.append(gone)
    return build


def _articles() -> list[tuple[Article, tuple[str, ...]]]:
    """The invented articles and the columns that list them."""
    made: list[tuple[Article, tuple[str, ...]]] = []

    def add(report: Report, *columns: str) -> None:
        made.append((report_article(report, _STYLE, _PROSE), columns))

    for year in (2008, 2011, 2014, 2016, 2018, 2019, 2020, 2021, 2022, 2023, 2024):
        form = Form.IMAGE if year == 2020 else Form.FILE if year == 2019 else Form.TABLES
        add(Report("杭州市萧山区人民政府", year, form, picture=_PICTURE), _MAIN)
    for year in (2020, 2021, 2022, 2024):
        add(Report("杭州市萧山区人民政府办公室", year), _MAIN)
    for year in (2021, 2022, 2023):
        for bureau in _BUREAUS:
            form = Form.PROSE if (year, bureau) == (2022, "司法局") else Form.TABLES
            wrong = (year, bureau) == (2021, "教育局")
            columns = (_MAIN, _BUREAUS_COLUMN) if year == 2023 else (_MAIN,)
            add(Report(f"杭州市萧山区{bureau}", year, form, unbalanced=wrong), *columns)
    for town in _TOWNS:
        add(Report(f"杭州市萧山区{town}", 2023), _TOWNS_COLUMN, *((_MAIN,) if town == _TOWNS[0] else ()))
    for decoy in invent_decoys("萧山区", "杭州市萧山区人民政府", 2023, 10, _PICTURE):
        made.append((decoy_article(decoy, "区政府办", _PROSE), (_MAIN,)))
    return made


def _attach(site: Site, article: Article) -> str:
    """The PDF twice, as the vendor links it: by downfile.jsp, and by a document server that redirects to a file."""
    digest = hashlib.sha256(article.title.encode()).hexdigest()[:32]
    direct = f"/module/download/downfile.jsp?classid=0&filename={digest}.pdf"
    final = f"/cms_files/filemanager/2243/attach/20253/{digest.upper()}.pdf"
    sent = f"/api-gateway/jpaas-web-server/front/document/download?fileUrl={digest[:20]}&fileName={digest[:8]}.pdf"
    for path in (direct, final):
        entry = replace(article.entry(site.url(path), kind=Kind.ATTACHMENT), tables=None)
        site.add(path, article.pdf(), entry)
    moved = Page(b"", article.published, "text/html", 302, validators=False, headers=(("Location", site.url(final)),))
    site.add(sent, moved)
    name = escape(article.title)
    return (
        f'<p>附件：<a href="{escape(direct)}">{name}.pdf</a></p>'
        f'<p>附件：<a href="{escape(sent)}">{name}（备份）.pdf</a></p>'
    )


def _add_assets(site: Site) -> None:
    site.add("/robots.txt", Page(b"User-agent: *\nDisallow: /module/jslib/\n", _BUILT, "text/plain"))
    site.add("/script/jquery.min.js", Page(b"window.$=function(){};\n", _BUILT, "application/javascript"))
    site.add("/jpaas-publish/unitbuild.js", Page(b"/* unitbuild */\n", _BUILT, "application/javascript"))
    site.add(_PICTURE, Page(make_png(), _BUILT, "image/png"))


def _not_found() -> Page:
    text = "<html><head><title>404</title></head><body>对不起，您访问的页面不存在</body></html>"
    return Page(text.encode(), _BUILT, "text/html;charset=UTF-8", status=404)
