"""Replica of the gongkai channel/doc platform: 淄博市临淄区 (Linzi), http://www.linzi.gov.cn.

As the real platform: channel pages are script shells without one document link; documents are rendered by the server,
in the real order of breadcrumb, card, tabs, heading, date, tools and body; an index number is `USCC/year-serial` with
a serial that only grows; the first eight digits of a document id are its time of creation; an attachment is named
after its document. There is no robots.txt (404).

Real: the seed report and its address; the address and title of the Linzi office report of 2024 and its channel and
serial; the wording of card, breadcrumb, tabs and tools. Invented: every other document with its organ, numbers, ids
and channels; the tags, classes and scripts; the 上一篇/下一篇 and 相关信息 links; the PDF beside the seed; header
fields, cookie and site code; the front page /gongkai/; titles and text of the pages that are no reports; which pages
have the four-column card (its shape is real) and that one of them has an index number with an empty organ part. The
government's report of 2022 prints one total that is one too high. Unified social credit codes are made up, with right
check digits.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Final

from tests.portals.answer import Delivery, Page
from tests.portals.article import Article, decoy_article, report_article, seed_article
from tests.portals.desk import Desk
from tests.portals.files import make_png
from tests.portals.gongkai_pages import HOST, Channel, Document, Link, channel_shell, document_page, front_page
from tests.portals.grid import Style
from tests.portals.prose import Prose
from tests.portals.reports import Form, Report, invent_decoys
from tests.portals.seeds import load_seeds
from tests.portals.site import CHINA, Entry, Kind, Site, html_page

_STYLE = Style(
    table='class="MsoTableGrid" border="1" cellspacing="0" style="width:100%"',
    before='<p style="text-align:center">',
    after="</p>",
    wide=True,
)
_PROSE = Prose(
    '<p style="text-indent:32pt;line-height:28pt">{}</p>',
    {
        "heading": '<p style="text-indent:32pt"><strong>{}</strong></p>',
        "signature": '<p style="text-align:right">{}</p>',
    },
)
_PICTURE: Final = "/gongkai/static/img/tujie.png"
_OPENED: Final = datetime(2020, 11, 18, tzinfo=CHINA)
_GOVERNMENT: Final = Channel(
    "/gongkai/channel_c_5f9f696d489871774b4da7ed_n_1605680532.0536/", "区政府", "11370305004219181C"
)
_OFFICE_SITE: Final = "/gongkai/site_lzqrmzfbgs/"
_OFFICE: Final = Channel(
    _OFFICE_SITE + "channel_c_5f9f6cdc1ebfe2f7fcddefc7_n_1605680765.6309/", "部门", "11370305K21216551K"
)
_OFFICE_2024: Final = "678e047142045746427170c3"
_TWIN: Final = _OFFICE_SITE + "channel_6094b50358d659735c432349/doc_678e047142045746427170c3.html"
_MISSING: Final = _OFFICE_SITE + "channel_6094b50358d659735c432349/doc_5c9f0e3a1be2f7fcddefc700.html"
_DEPARTMENTS: Final = (
    ("lzqczj", "部门", "淄博市临淄区财政局"),
    ("lzqjyhtyj", "部门", "淄博市临淄区教育和体育局"),
    ("lzqmzj", "部门", "淄博市临淄区民政局"),
    ("lzqwsjkj", "部门", "淄博市临淄区卫生健康局"),
    ("lzqyjglj", "部门", "淄博市临淄区应急管理局"),
    ("lzqxdjd", "镇街", "淄博市临淄区辛店街道办事处"),
    ("lzqjsz", "镇街", "淄博市临淄区金山镇人民政府"),
)
_FORMS: Final = {2012: Form.PROSE, 2014: Form.FILE, 2020: Form.IMAGE}
_DELIVERY: Final = Delivery(
    (("Server", "openresty"), ("X-Frame-Options", "SAMEORIGIN")),
    cookies=("JSESSIONID=0A5F9F696D489871; Path=/gongkai; HttpOnly",),
)


class GongkaiDesk(Desk):
    """Documents by channel. Numbers, neighbours and related links are made when it is finished: pages of others change
    with every document, and there is no list."""

    def __init__(self, site: Site, channels: list[list[Document]]) -> None:
        super().__init__(site)
        self._channels = channels
        self.articles = {site.url(d.path): d.article for documents in channels for d in documents}

    def draw(self, report: Report) -> Article:
        return report_article(report, _STYLE, _PROSE)

    def _at(self, url: str) -> tuple[list[Document], int]:
        for documents in self._channels:
            for position, document in enumerate(documents):
                if self.site.url(document.path) == url:
                    return documents, position
        raise KeyError(url)

    def publish_beside(self, url: str, article: Article, created: datetime, twin_of: str | None = None) -> str:
        documents, position = self._at(url)
        document = _document(documents[position].channel, article, created)
        documents.append(replace(document, twin_of=twin_of))
        self.articles[self.site.url(document.path)] = article
        return self.site.url(document.path)

    def revise(self, url: str, article: Article) -> None:
        documents, position = self._at(url)
        documents[position] = replace(documents[position], article=article)
        self.articles[url] = article

    def withdraw(self, url: str) -> None:
        documents, position = self._at(url)
        del documents[position], self.articles[url]

    def delist(self, url: str) -> None:
        """Raises NotImplementedError: a channel page lists nothing that could be taken out."""
        raise NotImplementedError

    def listed(self) -> list[list[str]]:
        return [[] for _ in self._channels]

    def list_page(self, page: int) -> str:
        return self.site.url(_GOVERNMENT.path)

    def finish(self) -> Site:
        site, channels = self.site, _number(self._channels)
        newest = max(document.article.published for documents in channels for document in documents)
        for position, documents in enumerate(channels):
            channel = documents[0].channel
            shell = html_page(channel_shell(channel), newest)
            site.add(channel.path, shell, Entry(site.url(channel.path), Kind.LISTING, channel.crumb))
            across = [channels[i][0] for i in (position - 1, position + 1) if 0 <= i < len(channels)]
            for i, document in enumerate(documents):
                newer = documents[i - 1] if i else None
                older = documents[i + 1] if i + 1 < len(documents) else None
                _add_document(site, document, newer, older, [*_other_years(document, documents), *across])
        _add_twin_and_missing(site, next(d for d in channels[1] if d.id == _OFFICE_2024))
        menu = [(documents[0].channel, documents[0].article.organ) for documents in channels]
        for path in ("/", "/gongkai/"):
            site.add(path, html_page(front_page(_GOVERNMENT, menu), newest))
        site.add("/gongkai/static/js/app.js", Page(b"new Vue({el:'#app'});\n", _OPENED, "application/javascript"))
        site.add("/gongkai/static/css/doc.css", Page(b".card{border:1px solid #ccc}\n", _OPENED, "text/css"))
        site.add(_PICTURE, Page(make_png(), _OPENED, "image/png"))
        return site


@functools.cache
def make_site() -> Site:
    """The whole portal of day one, built once."""
    return open_desk().finish()


def open_desk() -> GongkaiDesk:
    """The desk with everything the portal holds on day one."""
    site = Site("linzi", "http", HOST, (load_seeds()["000"].url,), _DELIVERY, _not_found())
    return GongkaiDesk(site, [_government(), _office(), *(_department(i) for i in range(len(_DEPARTMENTS)))])


def _government() -> list[Document]:
    organ = "淄博市临淄区人民政府"
    published = datetime(2024, 2, 18, 9, 12, 20, tzinfo=CHINA)
    prose = replace(_PROSE, text="<p>{}</p>")
    seed = seed_article("000", "临淄区人民政府", published, _STYLE, prose)
    documents = [Document(_GOVERNMENT, "65d19874376e8fa51f55daac", seed, 5428591, "〔〕号")]
    for year in (*range(2008, 2023), 2024):
        form = _FORMS.get(year, Form.TABLES)
        report = Report(organ, year, form, unbalanced=year == 2022, picture=_PICTURE)
        documents.append(_document(_GOVERNMENT, report_article(report, _STYLE, _PROSE)))
    decoys = invent_decoys("临淄区", organ, 2023, 8, _PICTURE)
    return documents + [_document(_GOVERNMENT, decoy_article(decoy, organ, _PROSE)) for decoy in decoys]


def _office() -> list[Document]:
    reports = [Report("淄博市临淄区人民政府办公室", year) for year in (2021, 2022, 2023, 2024)]
    documents = [_document(_OFFICE, report_article(report, _STYLE, _PROSE)) for report in reports]
    newest = replace(documents[-1].article, published=datetime(2025, 1, 20, 10, 0, tzinfo=CHINA))
    return [*documents[:-1], Document(_OFFICE, _OFFICE_2024, newest, 5502503)]


def _department(position: int) -> list[Document]:
    pinyin, crumb, organ = _DEPARTMENTS[position]
    stamp = f"{1605680765 + position}.{6310 + 17 * position}"
    path = f"/gongkai/site_{pinyin}/channel_c_5f9f6cdc1ebfe2f7fcddefc7_n_{stamp}/"
    channel = Channel(path, crumb, make_uscc("370305", 4219200 + 13 * position))
    reports = [Report(organ, year) for year in (2021, 2022, 2023, 2024)]
    articles = [report_article(report, _STYLE, _PROSE) for report in reports]
    articles.append(decoy_article(invent_decoys(organ, organ, 2024, 2, _PICTURE)[1], organ, _PROSE))
    documents = [_document(channel, article) for article in articles]
    if position < 2:  # two organs have the four-column skin
        documents = [replace(document, skin="columns") for document in documents]
    if position == 0:
        documents[3] = replace(documents[3], uscc="")
    return documents


def make_uscc(region: str, serial: int) -> str:
    """A unified social credit code (统一社会信用代码) of an organ, with the check digits of GB 11714 and GB 32100."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    digits = f"{serial:08d}"
    rest = 11 - sum(int(d) * w for d, w in zip(digits, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    code = f"11{region}{digits}{'0' if rest == 11 else 'X' if rest == 10 else rest}"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    return code + alphabet[-sum(alphabet.index(c) * w for c, w in zip(code, weights, strict=True)) % 31]


def _document(channel: Channel, article: Article, created: datetime | None = None) -> Document:
    # older documents were moved into the platform when it opened
    created = created or max(article.published, _OPENED)
    tail = hashlib.sha256(f"{article.organ}/{article.title}".encode()).hexdigest()[:16]
    return Document(channel, f"{int(created.timestamp()):08x}{tail}", article)


def _number(channels: list[list[Document]]) -> list[list[Document]]:
    """Newest first, and a serial for each: one sequence that grows with the date and passes through the real ones."""
    known = sorted((d.article.published, d.serial) for documents in channels for d in documents if d.serial)
    (t0, s0), (t1, s1) = known[0], known[-1]

    def numbered(document: Document) -> Document:
        passed = (document.article.published - t0) / (t1 - t0)
        return document if document.serial else replace(document, serial=s0 + int(passed * (s1 - s0)))

    return [sorted(map(numbered, documents), key=lambda d: d.article.published, reverse=True) for documents in channels]


def _other_years(document: Document, documents: list[Document]) -> list[Document]:
    """The four reports nearest in time of the same channel."""
    reports = [d for d in documents if d.article.year and d is not document]
    return sorted(reports, key=lambda d: abs(d.article.published - document.article.published))[:4]


def _add_document(
    site: Site, document: Document, newer: Document | None, older: Document | None, related: list[Document]
) -> None:
    article = document.article
    links: list[Link] = [(other.article.title, other.path) for other in related]
    if document.channel is _OFFICE:
        links += [("淄博市临淄区人民政府办公室2024年政府信息公开工作年度报告", _TWIN)]
        links += [("淄博市临淄区2018年政府信息公开年度报告", _MISSING)]
    files: list[Link] = []
    if article.kind is Kind.REPORT_FILE or document.doc_number == "〔〕号":
        name = f"doc_{document.id}_{hashlib.sha256(document.id.encode()).hexdigest()[:32]}.pdf"
        entry = article.entry(site.url(document.channel.path + name), kind=Kind.ATTACHMENT)
        site.add(document.channel.path + name, article.pdf(), replace(entry, tables=None))
        files.append((f"{article.title}.pdf", name))
    text = document_page(document, newer, older, links, files)
    kind = Kind.TWIN if document.twin_of else None
    column = site.url(document.channel.path)
    entry = article.entry(site.url(document.path), column, kind=kind, twin_of=document.twin_of)
    site.add(document.path, html_page(text, article.published), entry)


def _add_twin_and_missing(site: Site, original: Document) -> None:
    columns = site.url(original.channel.path)
    entry = original.article.entry(site.url(_TWIN), columns, kind=Kind.TWIN, twin_of=site.url(original.path))
    site.add(_TWIN, site.pages[original.path], entry)
    site.entries.append(Entry(site.url(_MISSING), Kind.MISSING, "淄博市临淄区2018年政府信息公开年度报告"))


def _not_found() -> Page:
    body = "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>"
    return Page(body.encode(), _OPENED, "text/html", status=404)
