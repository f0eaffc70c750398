"""Replicas of two TRS WCM portals: 柳州市 (Liuzhou), http://www.liuzhou.gov.cn, and 忻州市 (Xinzhou),
https://zwgk.sxxz.gov.cn.

As the real vendor: a static tree with relative links; a script writes the pager, counted from 0 in Liuzhou
(`createPageHTML`, second page index_1), numbered from index_2 in Xinzhou; a stub of 300 to 400 bytes after the last
page in Liuzhou, 404 in Xinzhou; years as sub-columns; TRS_Editor nested in TRS_Editor with an inline style;
attachments `./P0…pdf` and pictures `./W0…png` relative to the article; rows that point straight at a PDF; an article
dated 19700101; list titles cut with "…" and whole in `title`. The city portal of Liuzhou hosts the reports of its
districts.

Real: the seed reports and their addresses, the address of the Liubei report of 2024, the columns
/zwgk/zfxxgknb/2020/xqxxgkndbg/ and /xzsrmzf/xxgknb/2023ndbg/, names of districts and counties. Invented: which portal
has which pager dialect and what stands after its last page; robots.txt, header fields, cookies and site codes; every
other article with its organ, numbers and id; which columns have which entries; navigation and footer of Xinzhou; the
time of publication of the Xinzhou seed in its metas (its text prints no date; the address has the day); the report
that robots.txt of Liuzhou forbids; two Xinzhou reports of 2015 in GB2312 with no charset in the header. In Liuzhou
the same report exists under two article ids, in Xinzhou under the same id in another column. The 2020 report of
Liunan prints one total that is one too high.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tests.portals.answer import Delivery, Page
from tests.portals.article import Article, decoy_article, report_article, seed_article
from tests.portals.files import make_png
from tests.portals.reports import Form, Report, invent_decoys
from tests.portals.seeds import load_seeds
from tests.portals.site import CHINA, Entry, Kind, Site
from tests.portals.trs_desk import PROSE, STYLE, Column, TrsDesk
from tests.portals.trs_pages import LIUZHOU, XINZHOU, Row, Skin

_COUNTIES: Final = ("柳江区", "柳城县", "鹿寨县", "融安县", "融水苗族自治县", "三江侗族自治县")
_DISTRICTS: Final = ("鱼峰区", "柳南区", "柳北区")
_BUREAUS: Final = ("教育局", "财政局", "民政局", "卫生健康局", "应急管理局", "住房和城乡建设局")
_STREETS: Final = ("城中街道", "公园街道", "中南街道", "沿江街道", "潭中街道", "河东街道", "静兰街道")
_CITY_BUREAUS: Final = (
    "发展和改革委员会",
    "教育局",
    "科学技术局",
    "工业和信息化局",
    "公安局",
    "司法局",
    "财政局",
    "人力资源和社会保障局",
    "规划和自然资源局",
    "生态环境局",
    "住房和城乡建设局",
    "交通运输局",
    "水利局",
    "农业农村局",
    "商务局",
    "文化和旅游局",
    "卫生健康委员会",
    "退役军人事务局",
    "应急管理局",
    "审计局",
    "市场监督管理局",
    "统计局",
    "体育局",
    "医疗保障局",
    "能源局",
    "信访局",
)
_XINZHOU_COUNTIES: Final = (
    "忻府区",
    "定襄县",
    "五台县",
    "代县",
    "繁峙县",
    "宁武县",
    "静乐县",
    "神池县",
    "五寨县",
    "岢岚县",
    "河曲县",
    "保德县",
    "偏关县",
    "原平市",
)


def _report(organ: str, year: int, form: Form = Form.TABLES, *, unbalanced: bool = False, picture: str = "") -> Article:
    return report_article(Report(organ, year, form, unbalanced, picture), STYLE, PROSE)


def _decoys(place: str, organ: str, year: int, count: int) -> list[Article]:
    return [decoy_article(d, organ, PROSE) for d in invent_decoys(place, organ, year, count, "/images/tujie.png")]


def _not_found(modified: datetime) -> Page:
    text = "<html><head><title>404</title></head><body><h1>404 Not Found</h1><hr>nginx</body></html>"
    return Page(text.encode(), modified, "text/html", status=404)


def _new_site(portal: str, scheme: str, skin: Skin, start: tuple[str, ...], delivery: Delivery, robots: str) -> Site:
    built = datetime(2020, 6, 1, tzinfo=CHINA)
    site = Site(portal, scheme, skin.host, start, delivery, _not_found(built))
    site.add("/robots.txt", Page(robots.encode(), built, "text/plain"))
    site.add("/images/style.css", Page(b".list li{line-height:2}\n", built, "text/css"))
    site.add("/images/page.js", Page(b"function createPageHTML(){}\n", built, "application/javascript"))
    site.add("/images/tujie.png", Page(make_png(), built, "image/png"))
    return site


@functools.cache
def make_liuzhou() -> Site:
    """The Liuzhou portal of day one, built once."""
    return open_liuzhou().finish()


def open_liuzhou() -> TrsDesk:
    """The desk of Liuzhou. A crawl may begin at the column of the seed or at the column above the years."""
    root, seed_path = "/zwgk/zfxxgknb/", load_seeds()["001"].url.partition("gov.cn")[2]
    start = f"http://{LIUZHOU.host}{root}"
    delivery = Delivery((("Server", "nginx/1.18.0"), ("Accept-Ranges", "bytes")), weak_etag=True)
    robots = "User-agent: *\nDisallow: /zwgk/zfxxgknb/2020/nb/\nDisallow: /was5/\n"
    site = _new_site("liuzhou", "http", LIUZHOU, (start, f"{start}2020/xqxxgkndbg/"), delivery, robots)
    build = TrsDesk(site, LIUZHOU)
    tabs = []
    for year in range(2024, 2015, -1):
        path = f"{root}{year}/"
        city = build.open_column(f"{path}szf/", "市政府信息公开年度报告")
        districts = build.open_column(f"{path}xqxxgkndbg/", "县区信息公开年度报告")
        above = build.open_column(path, f"{year}年政府信息公开年报")
        above.tabs = [Row(c.name, c.path.removeprefix(above.path), site.not_found.modified) for c in (city, districts)]
        tabs.append(Row(above.name, f"./{year}/", site.not_found.modified))
        build.publish(city, _report("柳州市人民政府", year))
        if year == 2020:
            build.main = districts
            _fill_liuzhou_2020(build, districts, seed_path)
        else:
            _fill_liuzhou(build, districts, year)
    build.open_column(root, "政府信息公开年报").tabs = tabs
    return build


def _fill_liuzhou(build: TrsDesk, column: Column, year: int) -> None:
    for organ in ("城中区", "柳南区", "鱼峰区"):
        build.publish(column, _report(f"柳州市{organ}人民政府", year))
    liubei = _report("柳州市柳北区人民政府", year)
    if year == 2024:
        liubei = replace(liubei, published=datetime(2025, 2, 20, 15, 40, tzinfo=CHINA))
        build.publish(column, liubei, f"{column.path}202502/t20250220_3592474.shtml")
    else:
        build.publish(column, liubei)
    for decoy in _decoys("柳州市", "柳州市柳北区人民政府", year, 1):
        build.publish(column, decoy)


def _fill_liuzhou_2020(build: TrsDesk, column: Column, seed_path: str) -> None:
    site, late = build.site, datetime(2021, 2, 26, 11, 0, tzinfo=CHINA)
    published = datetime(2021, 1, 29, 9, 30, tzinfo=CHINA)
    seed = seed_article("001", "柳州市城中区人民政府", published, STYLE, PROSE)
    build.publish(column, seed, seed_path)
    liubei = build.publish(column, _report("柳州市柳北区人民政府", 2020))
    build.repeat(column, liubei, f"{column.path}202103/t20210305_2551207.shtml")
    build.publish(
        column, _report("柳州市柳南区人民政府", 2020, unbalanced=True), "/xxgk/zfxxgknb/t19700101_2541457.shtml"
    )
    picture = f"{column.path}202101/W020210126345678900002.png"
    site.add(picture, Page(make_png(), late, "image/png"))
    build.publish(column, _report("柳州市鱼峰区人民政府", 2020, Form.IMAGE, picture=picture))
    for organ in _COUNTIES:
        build.publish(column, _report(f"{'柳州市' if organ.endswith('区') else ''}{organ}人民政府", 2020))
    for i, (district, bureau) in enumerate((d, b) for d in _DISTRICTS for b in _BUREAUS):
        form = (Form.TABLES, Form.TABLES, Form.PROSE, Form.TABLES, Form.FILE)[i % 5]
        build.publish(column, _report(f"柳州市{district}{bureau}", 2020, form))
    for street in _STREETS:
        build.publish(column, _report(f"柳州市城中区{street}办事处", 2020))
    for decoy in _decoys("柳州市", "柳州市城中区人民政府", 2020, 9):
        build.publish(column, decoy)
    file = f"{column.path}202102/P020210226345678901234.pdf"
    report = _report("柳州市柳东新区管理委员会", 2020, Form.FILE)
    site.add(file, report.pdf())
    build.link(column, report.entry(site.url(file)), late)
    gone = Entry(
        site.url(f"{column.path}202102/t20210201_2531888.shtml"),
        Kind.MISSING,
        "柳州市阳和工业新区2020年政府信息公开工作年度报告",
    )
    build.link(column, gone, late)
    kept_out = replace(_report("柳州市北部生态新区管理委员会", 2020), kind=Kind.DISALLOWED)
    path = "/zwgk/zfxxgknb/2020/nb/202102/t20210222_2540999.shtml"
    build.publish(column, kept_out, path)


@functools.cache
def make_xinzhou() -> Site:
    """The Xinzhou disclosure host of day one, built once."""
    return open_xinzhou().finish()


def open_xinzhou() -> TrsDesk:
    """The desk of Xinzhou. A crawl may begin at the column of the seed or at the one above."""
    root, seed_path = "/xzsrmzf/xxgknb/", load_seeds()["004"].url.partition("gov.cn")[2]
    start = f"https://{XINZHOU.host}{root}"
    delivery = Delivery(
        (("server", "******"), ("X-Content-Type-Options", "nosniff")),
        cookies=("_trs_uv=l0; Path=/", "zone=sxxz; Path=/; Secure"),
    )
    robots = "User-agent: *\nDisallow: /manage/\n"
    site = _new_site("xinzhou", "https", XINZHOU, (start, f"{start}2023ndbg/"), delivery, robots)
    build = TrsDesk(site, XINZHOU)
    years: Sequence[int] = (2024, 2023, 2022, 2021, 2019, 2015)
    columns = {year: build.open_column(f"{root}{year}ndbg/", f"{year}年度报告") for year in years}
    build.main = columns[2023]
    top = build.open_column(root, "政府信息公开年报")
    top.tabs = [Row(c.name, f"./{c.path.removeprefix(root)}", site.not_found.modified) for c in columns.values()]
    seed = seed_article("004", "忻州市民政局", datetime(2024, 1, 30, 10, 12, tzinfo=CHINA), STYLE, PROSE)
    build.publish(columns[2023], seed, seed_path)
    paths = {}
    for year, count in {2024: 6, 2023: len(_CITY_BUREAUS), 2022: 18, 2021: 5, 2019: 4}.items():
        for i, bureau in enumerate(_CITY_BUREAUS[:count]):
            form = Form.FILE if i == 7 else Form.PROSE if i == 11 else Form.TABLES
            paths[year, bureau] = build.publish(columns[year], _report(f"忻州市{bureau}", year, form))
    for county in _XINZHOU_COUNTIES:
        name = county if county.endswith("市") else f"忻州市{county}"
        build.publish(columns[2023], _report(f"{name}人民政府", 2023))
    for organ in ("忻州市民政局", "忻州市财政局"):
        build.publish(columns[2015], _report(organ, 2015), charset="gb18030")
    for decoy in _decoys("忻州市", "忻州市人民政府", 2023, 9):
        build.publish(columns[2023], decoy)
    original = paths[2023, "公安局"]
    build.repeat(columns[2022], original, columns[2022].path + original.removeprefix(columns[2023].path))
    gone = Entry(
        site.url(f"{columns[2023].path}202401/t20240119_3940001.shtml"),
        Kind.MISSING,
        "忻州市林业和草原局2023年政府信息公开工作年度报告",
    )
    build.link(columns[2023], gone, datetime(2024, 1, 19, tzinfo=CHINA))
    return build
