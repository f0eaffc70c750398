"""Each replica answers as the fact sheet of its family says, and holds what issue and docstring promise."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import quote, urljoin

import pytest
from lxml import html

from tests.portals import forms
from tests.portals.answer import Request
from tests.portals.numbers import invent_tables
from tests.portals.pages import fetch, load_sites, portal_urls, reports_under, seed_address
from tests.portals.site import Entry, Kind

PORTALS = list(load_sites())
COLUMN = "http://www.xiaoshan.gov.cn/col/col1229778069/index.html"


def links(url: str) -> list[str]:
    """The addresses a page links, absolute, in order."""
    tree = html.fromstring(fetch(url, ("Referer", url)).body)
    found = [a.get("href") for a in tree.iter("a") if a.get("href") and not a.get("href").startswith("javascript")]
    return [urljoin(url, href) for href in found]


def of_kind(portal: str, *kinds: Kind) -> list[Entry]:
    return [entry for entry in portal_urls(portal) if entry.kind in kinds]


@pytest.mark.parametrize("portal", PORTALS)
def test_portal_is_large_and_varied_enough(portal: str) -> None:
    entries = of_kind(portal, Kind.REPORT, Kind.REPORT_FILE, Kind.NOT_REPORT, Kind.TWIN, Kind.MISSING, Kind.DISALLOWED)
    assert len(entries) > 41
    assert len(of_kind(portal, Kind.LISTING)) >= 3
    assert len(of_kind(portal, Kind.NOT_REPORT)) >= 8
    assert of_kind(portal, Kind.TWIN)
    assert of_kind(portal, Kind.MISSING)
    years = {entry.year for entry in of_kind(portal, Kind.REPORT)}
    assert min(year for year in years if year) < 2019
    assert {2021, 2022, 2023, 2024} <= years


@pytest.mark.parametrize("portal", PORTALS)
def test_every_entry_answers_as_its_kind(portal: str) -> None:
    for entry in portal_urls(portal):
        answer = fetch(entry.url, ("Referer", "http://example/"))
        if entry.kind is Kind.MISSING:
            assert answer.status == 404 or b"<title>\xe7\xb3\xbb\xe7\xbb\x9f\xe6\x8f\x90\xe7\xa4\xba" in answer.body
            continue
        assert answer.status == 200, entry.url
        if entry.kind is Kind.TWIN:
            assert entry.twin_of is not None
            assert entry.title in answer.body.decode()
            assert fetch(entry.twin_of).status == 200
        if entry.url.endswith(".pdf") or "download.jsp" in entry.url:
            assert answer.body.startswith(b"%PDF-")
            assert answer.body.endswith(b"%%EOF\n")


@pytest.mark.parametrize("portal", PORTALS)
def test_no_two_reports_share_organ_and_year(portal: str) -> None:
    reports = of_kind(portal, Kind.REPORT, Kind.REPORT_FILE, Kind.DISALLOWED)
    pages = [(entry.organ, entry.year) for entry in reports if not entry.url.endswith(".pdf")]
    assert len(pages) == len(set(pages))


@pytest.mark.parametrize("portal", PORTALS)
def test_report_pages_print_the_tables_of_the_list(portal: str) -> None:
    printed = 0
    for entry in of_kind(portal, Kind.REPORT):
        if not entry.tables or "applications" not in entry.tables:
            continue
        tree = html.fromstring(fetch(entry.url).body)
        rows = {
            re.sub(r"\s", "", row[-8].text_content()): [cell.text_content().strip() for cell in row[-7:]]
            for row in tree.iter("tr")
            if len(row) >= 8
        }
        totals = next(cells for label, cells in rows.items() if label in {"(七)总计", "（七）总计"})
        known = entry.tables["applications"]["rows"]["total_handled"]
        assert totals == ["" if value is None else str(value) for value in known["values"]]
        printed += 1
    assert printed >= 10


@pytest.mark.parametrize("year", [2019, 2020, 2021, 2024])
@pytest.mark.parametrize("unbalanced", [False, True])
def test_invented_tables_balance_unless_told_not_to(year: int, unbalanced: bool) -> None:
    tables = invent_tables("某市某局", year, unbalanced=unbalanced)
    rows = {key: row["values"] for key, row in tables["applications"]["rows"].items()}
    groups = forms.HANDLING["2019" if year < 2021 else "2021"]
    results = [rows[key] for _, members in groups[:-1] for key, _ in members]
    assert [sum(column) for column in zip(*results, strict=True)] == rows["total_handled"]
    assert all(min(values) >= 0 for values in rows.values())
    broken = [key for key, values in rows.items() if sum(values[:6]) != values[6]]
    assert broken == (["new_received"] if unbalanced else [])
    sides = [
        new + came - done - left
        for new, came, done, left in zip(
            rows["new_received"], rows["carried_over_in"], rows["total_handled"], rows["carried_over_out"], strict=True
        )
    ]
    assert sides == [0] * 6 + [1 if unbalanced else 0]
    following = invent_tables("某市某局", year + 1)["applications"]["rows"]["carried_over_in"]["values"]
    assert following == rows["carried_over_out"]


def test_robots() -> None:
    assert fetch("http://www.linzi.gov.cn/robots.txt").status == 404
    simao = fetch("https://www.smqzf.gov.cn/robots.txt")
    assert simao.status == 200
    assert simao.body.startswith(b"<html>")
    for host in ("http://www.liuzhou.gov.cn", "http://www.xiaoshan.gov.cn", "https://zwgk.sxxz.gov.cn"):
        plain = fetch(f"{host}/robots.txt")
        assert (plain.header("Content-Type"), plain.body[:13]) == ("text/plain", b"User-agent: *")
    (kept_out,) = of_kind("liuzhou", Kind.DISALLOWED)
    assert kept_out.url.removeprefix("http://www.liuzhou.gov.cn").startswith("/zwgk/zfxxgknb/2020/nb/")


def test_gongkai_channels_are_shells_and_documents_chain() -> None:
    for channel in of_kind("linzi", Kind.LISTING):
        assert not [url for url in links(channel.url) if "doc_" in url]
    seen, waiting = set(), [seed_address("000")]
    while waiting:
        url = waiting.pop()
        if url in seen or "doc_" not in url or url.endswith(".pdf"):
            continue
        seen.add(url)
        if fetch(url).status == 200:
            waiting += links(url)
    documents = of_kind("linzi", Kind.REPORT, Kind.REPORT_FILE, Kind.NOT_REPORT, Kind.TWIN, Kind.MISSING)
    assert seen == {entry.url for entry in documents}
    near = {url for url in links(seed_address("000")) if url in {e.url for e in of_kind("linzi", Kind.REPORT)}}
    assert len(near) >= 5


def test_gongkai_card_keeps_its_order_and_its_serial_grows() -> None:
    serials = []
    for entry in of_kind("linzi", Kind.REPORT):
        text = re.sub(r"\s+", " ", html.fromstring(fetch(entry.url).body.decode()).text_content())
        card = re.search(r"索引号:? ?(\w*)/(\d{4})-(\d+)\s*文号:? ?(\S+)\s*发文日期:? ?([\d-]+)", text)
        assert card is not None, entry.url
        serials.append((card[5], int(card[3])))
        assert text.index("标题") < text.index("索引号") < text.index("发布机构") < text.index("附件")
    assert [serial for _, serial in sorted(serials)] == sorted(serial for _, serial in serials)


def test_trs_liuzhou_counts_pages_from_zero_and_ends_in_a_stub() -> None:
    start = "http://www.liuzhou.gov.cn/zwgk/zfxxgknb/2020/xqxxgkndbg/"
    pages = int(re.findall(rb'createPageHTML\((\d+), 0, "index", "shtml"\)', fetch(start).body)[0])
    assert pages >= 3
    listed = set(links(start)) | {url for n in range(1, pages) for url in links(f"{start}index_{n}.shtml")}
    assert {entry.url for entry in portal_urls("liuzhou") if start in entry.columns} <= listed
    stub = fetch(f"{start}index_{pages}.shtml")
    assert stub.status == 200
    assert 300 <= len(stub.body) <= 500
    assert not links(f"{start}index_{pages}.shtml")
    assert fetch(start).body == fetch(f"{start}index.shtml").body
    assert any("/t19700101_" in url for url in listed)
    assert any(re.search(r"/P0\d{10,}\.pdf$", url) for url in listed)
    years = {url for url in links("http://www.liuzhou.gov.cn/zwgk/zfxxgknb/") if re.search(r"/20\d\d/$", url)}
    assert len(years) == 9


def test_trs_xinzhou_numbers_pages_from_index_2_and_has_gb2312_pages() -> None:
    start = "https://zwgk.sxxz.gov.cn/xzsrmzf/xxgknb/2023ndbg/"
    assert b"createPageHTML" not in fetch(start).body
    assert fetch(f"{start}index_1.html").status == 404
    pages, url = [start], start
    while following := [link for link in links(url) if re.search(r"/index_\d+\.html$", link)]:
        url = following[0]
        pages.append(url)
    assert [page.removeprefix(start) for page in pages[1:]] == [f"index_{n}.html" for n in range(2, len(pages) + 1)]
    assert len(pages) >= 3
    assert fetch(f"{start}index_{len(pages) + 1}.html").status == 404
    listed = {link for page in pages for link in links(page)}
    assert {entry.url for entry in portal_urls("xinzhou") if start in entry.columns} <= listed
    old = fetch(next(e.url for e in portal_urls("xinzhou") if e.year == 2015))
    assert old.header("Content-Type") == "text/html"
    assert b'charset="gb2312"' in old.body
    assert "政府信息公开" in old.body.decode("gb18030")


def test_trs_articles_nest_editors_with_a_style() -> None:
    tree = html.fromstring(fetch(seed_address("001")).body.decode())
    (outer,) = tree.xpath("//div[@class='TRS_Editor'][div[@class='TRS_Editor']]")
    assert outer[0].tag == "style"


def unit(parameters: str, *fields: tuple[str, str], referer: bool = True) -> tuple[int, bytes]:
    url = "http://www.xiaoshan.gov.cn/api-gateway/jpaas-publish-server/front/page/build/unit"
    answer = fetch(f"{url}?{parameters}", *fields, *([("Referer", COLUMN)] if referer else []))
    return answer.status, answer.body


def rows_of(body: bytes) -> tuple[list[str], int]:
    data = json.loads(body)["data"]
    text = (json.loads(data) if isinstance(data, str) else data)["html"]
    return re.findall(r"<a href=\"([^\"]+)\"", text), int(re.findall(r"count[^0-9]{1,5}(\d+)", text)[0])


def test_hanweb_lists_by_param_json_only() -> None:
    column = html.fromstring(fetch(COLUMN).body.decode())
    (script,) = column.xpath("//script[@querydata]")
    query = json.loads(script.get("querydata").replace("'", '"'))
    assert (query["webId"], query["parseType"]) == ("2243", "bulidstatic")
    base = "&".join(f"{key}={quote(value)}" for key, value in query.items())
    assert unit(base, referer=False)[0] == 403
    site, target = load_sites()["xiaoshan"], f"/api-gateway/jpaas-publish-server/front/page/build/unit?{base}"
    anonymous = Request("GET", target, (("Host", site.host), ("Referer", COLUMN)))
    assert site.answer(anonymous, datetime.now(UTC)).status == 403
    first, count = rows_of(unit(base)[1])
    assert rows_of(unit(base + "&pageNo=2&pageSize=5")[1]) == (first, count)
    found: list[str] = []
    strings = []
    for number in range(1, 9):
        wanted = quote(json.dumps({"pageNo": number, "pageSize": 500}))
        status, body = unit(f"{base}&paramJson={wanted}")
        hrefs, total = rows_of(body)
        assert (status, total) == (200, count)
        strings.append(isinstance(json.loads(body)["data"], str))
        if not hrefs:
            break
        found += hrefs
    assert len(found) == count
    assert len(strings) >= 4
    assert sum(strings) == 1
    absolute = {urljoin(COLUMN, href) for href in found}
    assert absolute == {entry.url for entry in portal_urls("xiaoshan") if COLUMN in entry.columns}


def test_hanweb_article_has_card_and_markers() -> None:
    body = fetch(seed_address("002")).body.decode()
    cells = [re.sub(r"\s", "", td) for td in html.fromstring(body).xpath("//table[@class='xxgk_table']//td//text()")]
    assert cells == [
        *("索引号", "H001/2024-76014", "成文日期", "2024-01-17", "发布机构", "区政府办"),
        *("主题分类", "综合政务/政务公开", "文号", "公开方式", "主动公开"),
    ]
    inner = body.partition('<!--ZJEG_RSS.content.begin--><meta name="ContentStart">')[2]
    assert "一、总体情况" in inner.partition('<meta name="ContentEnd"><!--ZJEG_RSS.content.end-->')[0]


def test_vsb_pages_fall_to_one_and_attachments_want_a_referer() -> None:
    start = "https://www.smqzf.gov.cn/zfxxgk/zfxxgknb.htm"
    text = fetch(start).body.decode()
    pages = int(re.findall(r"1/(\d+)</div>", text)[0])
    count = int(re.findall(r"共(\d+)条", text)[0])
    walked, url = [start], start
    while following := html.fromstring(fetch(url).body.decode()).xpath("//span[starts-with(@class,'p_next ')]/a/@href"):
        url = urljoin(url, following[0])
        walked.append(url)
    assert [page.rpartition("/")[2] for page in walked[1:]] == [f"{n}.htm" for n in range(pages - 1, 0, -1)]
    assert pages >= 3
    rows = [
        urljoin(page, href)
        for page in walked
        for href in html.fromstring(fetch(page).body.decode()).xpath("//li[starts-with(@id,'line_u')]/a/@href")
    ]
    assert len(rows) == count
    known = {entry.url: entry for entry in portal_urls("simao")}
    assert set(rows) == {url for url, entry in known.items() if entry.columns}
    assert sum("/content.jsp?" in row for row in rows) >= 3
    attachment = of_kind("simao", Kind.ATTACHMENT)[0].url
    refused = fetch(attachment)
    assert (refused.status, refused.header("Content-Type")) == (200, "text/html; charset=utf-8")
    assert fetch(attachment, ("Referer", start)).body.startswith(b"%PDF-")


def test_vsb_link_bar_leads_to_reports() -> None:
    tree = html.fromstring(fetch(seed_address("003")).body.decode())
    bar = tree.xpath("//td[a and contains(., '|')]/a")
    reports = {entry.url: entry for entry in of_kind("simao", Kind.REPORT, Kind.REPORT_FILE, Kind.TWIN)}
    assert len(bar) == 41
    assert all(urljoin(seed_address("003"), a.get("href")) in reports for a in bar)


def test_expected_reports_follow_the_columns() -> None:
    everything = reports_under("liuzhou")
    district = reports_under("liuzhou", "http://www.liuzhou.gov.cn/zwgk/zfxxgknb/2020/xqxxgkndbg/")
    assert ("柳州市城中区人民政府", 2020) in district < everything
    assert ("柳州市北部生态新区管理委员会", 2020) not in everything
