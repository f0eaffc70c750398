"""Every family on pages of its kind: the links it follows, what it skips and why, how it pages."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy import Request
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from crawler.items import CapturedPage, ListingRead
from crawler.portals import Portal, RegistryError
from spiders.base import PortalSpider, UnreadableListing
from tests.spiders.conftest import Reader, response_of
from tests.spiders.walk import CAPTURE, call, first_requests

LOADER = get_spider_loader(Settings({"SPIDER_MODULES": ["spiders"]}))
WWW = "http://www.example.gov.cn"


def make(family: str, start: str, **options: object) -> PortalSpider:
    portal = Portal("example", "示例市人民政府", "450200", family, (start,), options, None, ("www.example.gov.cn",))
    spider = LOADER.load(family)(portals=[portal])
    assert isinstance(spider, PortalSpider)
    return spider


def start_of(spider: PortalSpider) -> Request:
    (request,) = asyncio.run(first_requests(spider))
    return request


# -- all families ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", LOADER.list())
def test_a_family_is_one_module_with_its_name(family: str) -> None:
    spider = LOADER.load(family)
    assert issubclass(spider, PortalSpider)
    assert spider.__module__ == f"spiders.{family}"
    assert (spider.__doc__ or "").strip()
    assert (
        Path("spiders", f"{family}.py").name == Path(str(__import__(spider.__module__, fromlist=["x"]).__file__)).name
    )


def test_the_families_of_the_registry_are_there() -> None:
    assert {"gongkai", "trs", "hanweb", "vsb"} <= set(LOADER.list())


@pytest.mark.parametrize("family", LOADER.list())
def test_requests_can_be_rows_of_the_ledger(family: str) -> None:
    spider = make(family, f"{WWW}/zfxxgknb/index.html")
    request = start_of(spider)
    callback = getattr(request.callback, "__name__", "")
    assert getattr(spider, callback) == request.callback
    assert json.loads(json.dumps(request.cb_kwargs)) == request.cb_kwargs
    assert request.meta == {"portal": "example", "role": "listing", "hints": {}}
    assert request.dont_filter


@pytest.mark.parametrize("family", LOADER.list())
def test_a_spider_wants_portals_of_its_family(family: str) -> None:
    spider = LOADER.load(family)
    with pytest.raises(ValueError, match=f'"{family}" was given no portals.*scrapy crawl'):
        spider()
    with pytest.raises(ValueError, match="no portals"):
        spider(portals="example")
    with pytest.raises(ValueError, match='of family "other"'):
        spider(portals=[Portal("x", "x", "450200", "other", ())])
    with pytest.raises(RegistryError, match='unknown option "colour"'):
        make(family, WWW, colour="red")


@pytest.mark.parametrize("family", LOADER.list())
def test_a_report_page_is_handed_on_with_what_the_listing_said(family: str) -> None:
    spider = make(family, f"{WWW}/zfxxgknb/")
    meta = {
        "portal": "example",
        "role": "report",
        "hints": {"listing_title": "题", "listing_date": "2024-01-26", "card": {"索引号": "H001"}},
    }
    request = Request(f"{WWW}/info/1/2.htm", callback=spider.parse_report, meta=meta)
    response = response_of(request, "gongkai/document.html", content_type="text/html; charset=utf-8")
    (page,) = [found for found in call(spider, request, response) if isinstance(found, CapturedPage)]
    assert (page.url, page.status, page.content_type) == (request.url, 200, "text/html; charset=utf-8")
    assert page.body == response.body
    assert page.capture == CAPTURE
    assert (page.hints.portal, page.hints.region) == ("example", "450200")
    assert (page.hints.listing_title, page.hints.listing_date, page.hints.card) == (
        "题",
        "2024-01-26",
        {"索引号": "H001"},
    )


# -- TRS ------------------------------------------------------------------------------------------------------------

COLUMN = f"{WWW}/zwgk/zfxxgknb/2023/xqxxgkndbg/"


def test_trs_rows_sub_columns_and_skips(read: Reader) -> None:
    spider = make("trs", COLUMN, depth=2)
    found = read(spider, start_of(spider), "trs/column.html")
    assert found.urls("report") == [
        f"{COLUMN}202401/t20240126_3400001.shtml",
        f"{COLUMN}202401/P020240125345678901234.pdf",  # a report that is a file
        f"{WWW}/xxgk/zfxxgknb/t19700101_3441457.shtml",
        f"{COLUMN}202401/t20240123_3400004.shtml",  # an organ alone, in a column of reports
    ]
    assert found.urls("attachment") == []
    assert found.urls("listing") == [f"{COLUMN}xz/", f"{COLUMN}index_1.shtml"]
    assert found.skipped == {
        f"{COLUMN}202401/t20240122_3400005.shtml": "explainer of a report",
        f"{COLUMN}202401/t20240121_3400006.shtml": "preparation of reports",
        "http://www.elsewhere.gov.cn/zfxxgknb/t20240120_7.html": "off-site",
        f"{COLUMN}xz/wzgznb/": "column of something else",
        f"{COLUMN}a/b/c/d/e/": "column too deep",
    }
    assert found.listings == [ListingRead(7)]
    hints = found.request(f"{COLUMN}202401/t20240126_3400001.shtml").meta["hints"]
    assert hints == {
        "listing_title": "甲区人民政府2023年政府信息公开工作年度报告",
        "listing_date": "2024-01-26",
        "card": {},
    }
    assert found.request(f"{WWW}/xxgk/zfxxgknb/t19700101_3441457.shtml").meta["hints"]["listing_date"] == "2024-01-24"


def test_trs_numbers_from_index_1_if_it_exists(read: Reader) -> None:
    spider = make("trs", COLUMN)
    probe = read(spider, start_of(spider), "trs/column.html").request(f"{COLUMN}index_1.shtml")
    assert probe.cb_kwargs["probe"]
    found = read(spider, probe, "trs/column_page2.html")
    assert found.urls("listing") == [f"{COLUMN}index_2.shtml", f"{COLUMN}index_3.shtml"]
    assert f"{COLUMN}202301/t20230126_3300001.shtml" in found.urls("report")
    assert not any(request.cb_kwargs["probe"] for request in found.requests if request.meta["role"] == "listing")


@pytest.mark.parametrize(
    ("file", "status"),
    [("", 404), ("page_class/soft404_200.html", 200), ("trs/stub.html", 200), ("trs/column.html", 200)],
)
def test_trs_numbers_from_index_2_if_index_1_is_missing_a_stub_or_page_1(read: Reader, file: str, status: int) -> None:
    spider = make("trs", COLUMN)
    probe = read(spider, start_of(spider), "trs/column.html").request(f"{COLUMN}index_1.shtml")
    second = read(spider, probe, file, status=status)
    assert [request.url for request in second.requests] == [f"{COLUMN}index_2.shtml"]
    assert not second.requests[0].cb_kwargs["probe"]
    rest = read(spider, second.requests[0], "trs/column_page2.html")
    assert rest.urls("listing") == [f"{COLUMN}index_3.shtml", f"{COLUMN}index_4.shtml"]


def test_trs_a_challenge_says_nothing_about_the_numbering(read: Reader) -> None:
    spider = make("trs", COLUMN)
    probe = read(spider, start_of(spider), "trs/column.html").request(f"{COLUMN}index_1.shtml")
    with pytest.raises(UnreadableListing, match="challenge"):
        read(spider, probe, "page_class/ruishu_412.html", status=412)


def test_trs_links_tell_the_numbering(read: Reader) -> None:
    spider = make("trs", COLUMN)
    found = read(spider, start_of(spider), "trs/linked_pager.html")
    assert found.urls("listing") == [f"{COLUMN}index_2.html", f"{COLUMN}index_3.html"]


def test_trs_a_stub_is_the_end(read: Reader) -> None:
    spider = make("trs", COLUMN)
    probe = read(spider, start_of(spider), "trs/column.html").request(f"{COLUMN}index_1.shtml")
    last = read(spider, probe, "trs/column_page2.html").request(f"{COLUMN}index_3.shtml")
    found = read(spider, last, "trs/stub.html")
    assert (found.requests, found.listings) == ([], [ListingRead(0)])


def test_trs_a_column_without_pager_is_one_page_whatever_its_header_says_of_its_encoding(read: Reader) -> None:
    spider = make("trs", COLUMN)
    found = read(spider, start_of(spider), "trs/column_gbk.html", content_type="text/html; charset=utf-8")
    assert [request.meta["hints"]["listing_title"] for request in found.requests] == [
        "示例鄕镇企业局2009年政府信息公开年度报告"
    ]


def test_trs_stays_below_its_start_column() -> None:
    for start in (f"{WWW}/zwgk/zfxxgknb/", f"{WWW}/zwgk/zfxxgknb", f"{WWW}/zwgk/zfxxgknb/index.shtml"):
        assert start_of(make("trs", start)).cb_kwargs["root"] == "/zwgk/zfxxgknb/"
    for home in (WWW, f"{WWW}/", f"{WWW}/index.html"):
        with pytest.raises(RegistryError, match="home page"):
            make("trs", home)


# -- Hanweb ---------------------------------------------------------------------------------------------------------

HANWEB = f"{WWW}/col/col1229292680/index.html"


def test_hanweb_asks_the_endpoint_of_the_list_block_with_a_referer(read: Reader) -> None:
    spider = make("hanweb", HANWEB)
    found = read(spider, start_of(spider), "hanweb/jpaas_column.html")
    unit = next(request for request in found.requests if "build/unit" in request.url)
    query = parse_qs(urlsplit(unit.url).query)
    assert json.loads(query["paramJson"][0]) == {"pageNo": 1, "pageSize": 20}
    assert (query["webId"], query["tagId"], query["parseType"]) == (["2243"], ["当前栏目列表1a"], ["bulidstatic"])
    assert unit.headers["Referer"] == HANWEB.encode()
    assert found.urls("listing") == [f"{WWW}/col/col1229292681/index.html", unit.url]
    assert found.skipped == {f"{WWW}/col/col1229292682/index.html": "column of something else"}


def test_hanweb_pages_by_the_count_and_the_size_the_server_keeps_to(read: Reader) -> None:
    spider = make("hanweb", HANWEB)
    unit = next(r for r in read(spider, start_of(spider), "hanweb/jpaas_column.html").requests if "build/unit" in r.url)
    found = read(spider, unit, "hanweb/unit_p1.json", content_type="application/json")
    assert found.urls("report") == [
        f"{WWW}/art/2024/1/17/art_1229292680_1800001.html",
        "https://www.example.gov.cn/col/col1229292680/art/2026/art_0123456789abcdef0123456789abcdef.html",
    ]
    assert found.listings == [ListingRead(2, 22)]
    assert len(found.urls("listing")) == 10  # 22 rows, two at a time
    again = read(
        spider, found.request(found.urls("listing")[0]), "hanweb/unit_p1.json", content_type="application/json"
    )
    assert (again.requests, again.listings) == ([], [ListingRead(0, 22)])  # page 1 for ever
    past = read(spider, found.request(found.urls("listing")[-1]), "hanweb/unit_past_end.json")
    assert (past.requests, past.listings) == ([], [ListingRead(0, 1)])


def test_hanweb_data_may_be_json_in_a_string_and_must_be_json(read: Reader) -> None:
    spider = make("hanweb", HANWEB)
    unit = next(r for r in read(spider, start_of(spider), "hanweb/jpaas_column.html").requests if "build/unit" in r.url)
    found = read(spider, unit, "hanweb/unit_data_as_string.json", content_type="text/html")
    assert found.urls("report") == [f"{WWW}/art/2024/1/20/art_1229512852_58800.html"]
    assert found.listings == [ListingRead(1, 1)]
    with pytest.raises(UnreadableListing):
        read(spider, unit, "trs/column.html")


def test_hanweb_reads_an_inlined_datastore_and_posts_for_the_rest(read: Reader) -> None:
    spider = make("hanweb", f"{WWW}/col/col12377/index.html")
    found = read(spider, start_of(spider), "hanweb/jpage_column.html")
    assert len(found.urls("report")) == 4
    assert found.listings == [ListingRead(4, 9)]
    (group,) = [request for request in found.requests if request.method == "POST"]
    assert group.url == f"{WWW}/module/web/jpage/dataproxy.jsp?startrecord=5&endrecord=10&perpage=2"
    assert parse_qs(group.body.decode())["unitid"] == ["38486"]
    assert group.headers["Referer"] == f"{WWW}/col/col12377/index.html".encode()
    rest = read(spider, group, "hanweb/dataproxy.xml", content_type="text/xml")
    assert len(rest.urls("report")) == 5  # the last of them in broken markup, its date on two lines
    assert rest.request(f"{WWW}/art/2024/1/9/art_12377_1486808.html").meta["hints"]["listing_date"] == "2024-01-09"
    assert rest.urls("listing") == []
    assert read(spider, group, "hanweb/dataproxy_empty.xml", content_type="text/xml").listings == [ListingRead(0, 9)]


def test_hanweb_keeps_the_card_of_a_row(read: Reader) -> None:
    spider = make("hanweb", HANWEB)
    (request,) = read(spider, start_of(spider), "hanweb/rows_with_card.html").requests
    assert request.meta["hints"]["card"] == {
        "索引号": "H001/2024-76014",
        "发布机构": "区政府办",
        "发文日期": "2024-01-17",
        "名称": "示例区人民政府办公室2023年政府信息公开工作年度报告",
        "公开方式": "主动公开",
    }


# -- VSB ------------------------------------------------------------------------------------------------------------

VSB = f"{WWW}/zfxxgk/zfxxgknb.htm"


def test_vsb_follows_the_next_page_downwards_from_where_it_stands(read: Reader) -> None:
    spider = make("vsb", VSB)
    first = read(spider, start_of(spider), "vsb/list_page1.htm")
    assert first.urls("report") == [
        f"{WWW}/info/39378/626592.htm",
        f"{WWW}/content.jsp?urltype=news.NewsContentUrl&wbtreeid=39378&wbnewsid=626590",
    ]
    assert first.listings == [ListingRead(2, 6)]
    assert first.urls("listing") == [f"{WWW}/zfxxgk/zfxxgknb/2.htm"]
    second = read(spider, first.request(f"{WWW}/zfxxgk/zfxxgknb/2.htm"), "vsb/list_numbered_2.htm")
    assert second.urls("report") == [f"{WWW}/info/39378/600001.htm"]
    assert second.urls("listing") == [f"{WWW}/zfxxgk/zfxxgknb/1.htm"]


def test_vsb_ends_where_a_listing_repeats_itself(read: Reader) -> None:
    spider = make("vsb", VSB)
    second = read(spider, start_of(spider), "vsb/list_page1.htm").request(f"{WWW}/zfxxgk/zfxxgknb/2.htm")
    same = read(spider, second.replace(url=VSB), "vsb/list_page1.htm")
    assert (same.requests, same.listings) == ([], [ListingRead(0, 6)])


def test_vsb_reads_a_dynamic_catalogue(read: Reader) -> None:
    spider = make("vsb", f"{WWW}/gkml_list.jsp?ainfolist1501t=24&ainfolist1501p=2&wbtreeid=1066")
    found = read(spider, start_of(spider), "vsb/egov_list.html")
    assert found.urls("report") == [f"{WWW}/info/egovinfo/1002/xxgk_nr/532722-30/2018-0308003.htm"]
    assert found.listings == [ListingRead(1, 350)]
    (following,) = found.urls("listing")
    assert parse_qs(urlsplit(following).query)["ainfolist1501p"] == ["3"]


# -- gongkai --------------------------------------------------------------------------------------------------------

CHANNEL = f"{WWW}/gongkai/channel_c_5f9f696d489871774b4da7ed_n_1605680532.0536/"
DOCUMENT = f"{CHANNEL}doc_65d1a2b3c4d5e6f708192a3b.html"


def test_gongkai_goes_on_from_a_document(read: Reader) -> None:
    spider = make("gongkai", DOCUMENT)
    start = start_of(spider)
    assert start.meta["role"] == "report"
    found = read(spider, start, "gongkai/document.html")
    assert found.urls("listing") == [f"{WWW}/gongkai/channel_5f9f696d489871774b4da700/", CHANNEL]
    assert found.urls("report") == [
        f"{CHANNEL}doc_65d1a2b3c4d5e6f708192a3c.html",
        f"{WWW}/gongkai/site_sqczj/channel_6094b50358d659735c432349/doc_696f1f9948630dd964c7a668.html",
    ]
    attachment = found.request(f"{CHANNEL}doc_65d1a2b3c4d5e6f708192a3b_0123456789abcdef0123456789abcdef.pdf")
    assert attachment.meta["role"] == "attachment"
    assert attachment.headers["Referer"] == DOCUMENT.encode()
    assert found.skipped == {f"{CHANNEL}doc_65d1a2b3c4d5e6f708192a3d.html": "explainer of a report"}


def test_gongkai_a_channel_shell_is_no_failure(read: Reader) -> None:
    spider = make("gongkai", DOCUMENT)
    channel = read(spider, start_of(spider), "gongkai/document.html").request(CHANNEL)
    found = read(spider, channel, "gongkai/channel_shell.html")
    assert (found.requests, found.skipped, found.listings) == ([], {}, [ListingRead(0)])


def test_gongkai_does_not_go_on_for_ever(read: Reader) -> None:
    spider = make("gongkai", DOCUMENT, hops=1)
    sibling = read(spider, start_of(spider), "gongkai/document.html").request(
        f"{CHANNEL}doc_65d1a2b3c4d5e6f708192a3c.html"
    )
    found = read(spider, sibling, "gongkai/document.html")
    assert found.urls("report") == []
    assert "more than 1 links from the start" in found.skipped.values()
