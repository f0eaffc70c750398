"""What titles, listings, links and breadcrumbs say of a report, and what they leave open. All pages are invented."""

from __future__ import annotations

import pytest

from pipelines.parser.identity import find_identity
from pipelines.parser.page import Hints, ReportPage, read_page
from tests.parser.test_identity import identify


def test_a_listing_that_calls_an_edition_corrected_is_heard() -> None:
    title = "忻州市民政局2023年政府信息公开工作年度报告"
    assert identify(title, hints=Hints(listing_title=f"{title}(更正版)")).revision_mark == "更正"
    assert identify(title, hints=Hints(listing_title=title)).revision_mark is None


@pytest.mark.parametrize(
    ("head", "listing", "organ_id", "title", "year"),
    [
        ("2020年报_审计局", "", "370305:dept:审计局", "2020年报_审计局", 2020),
        ("2023年报_临淄区民政局", "", "370305:dept:民政局", "2023年报_临淄区民政局", 2023),
        ("2020年度", "临淄区民政局2020年政府信息公开工作年度报告", "370305:dept:民政局", "2020年度", 2020),
        ("2020年度", "", None, "2020年度", 2020),
        ("2019年度\n2020年度", "", None, None, None),  # a list of years, not a title
    ],
)
def test_a_title_that_is_a_year_is_better_than_none(
    head: str, listing: str, organ_id: str | None, title: str | None, year: int | None
) -> None:
    identity = identify(head, overview="工作平稳有序。", hints=Hints(region="370305", listing_title=listing))
    assert (identity.organ.organ_id, identity.title.raw, identity.report_year) == (organ_id, title, year)
    if organ_id is not None:
        assert identity.title.normalized == f"{identity.organ.name}{year}年政府信息公开工作年度报告"


def test_the_listings_year_is_named_where_nothing_else_decides() -> None:
    hints = Hints(listing_title="忻州市民政局2023年政府信息公开工作年度报告")
    alone = identify("工作报告", overview="工作平稳有序。", hints=hints)
    assert (alone.report_year, alone.report_year_evidence) == (2023, {"listing": 2023})
    printed = identify("忻州市民政局2022年政府信息公开工作年度报告", overview="工作平稳有序。", hints=hints)
    assert (printed.report_year, printed.report_year_evidence) == (2022, {"title": 2022})


@pytest.mark.parametrize(
    ("links", "versions"),
    [
        ("<a href='//big5.xz.example.gov.cn/gate/big5/mzj.example.gov.cn/2024/1.html'>繁體</a>", ["繁體"]),
        ("<a href='//big5.xz.example.gov.cn/gate/big5/mzj.example.gov.cn/'>繁體</a>", []),  # of the site
        ("<a href='/wza/?u=https://mzj.example.gov.cn/2024/1.html'>无障碍浏览</a>", ["无障碍浏览"]),
        ("<a href='/old'>长者版</a><a href='/old?u=/2024/1.html'>长者版</a>", ["长者版"]),
        ("<a href='/en/2024/report.html'>English</a>", ["English"]),
        ("<a href='//en.example.gov.cn/'>English</a>", []),
        ("<a href='2.html'>【图解】忻州市民政局2023年政府信息公开工作年度报告</a>", ["图解"]),
        ("<a href='2.html'>【图解】忻州市民政局2022年政府信息公开工作年度报告</a>", []),
        ("<a href='2.html'>一图读懂</a><a href='3.html'>通知公告</a>", ["一图读懂"]),
        ("<a href='http://[/big5/'>繁體</a>", []),
    ],
)
def test_other_versions_of_the_report(links: str, versions: list[str]) -> None:
    title = "忻州市民政局2023年政府信息公开工作年度报告"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>一、总体情况</p><p>平稳。</p>{links}</body></html>"
    url = "https://mzj.example.gov.cn/2024/1.html"
    page = read_page(ReportPage(body.encode(), url, "text/html; charset=utf-8"))
    identity = find_identity(page, {"overview": "平稳。"}, "", "", url, Hints(), "2021")
    assert identity.variants_linked == versions


@pytest.mark.parametrize(
    ("crumbs", "title", "organ_id"),
    [
        ("首页 > 柳州市 > 城中区 > 政府信息公开", "城中区人民政府", "450202:gov"),
        ("首页 > 西宁市 > 城中区人民政府 > 年报", "城中区人民政府", "630103:gov"),
        ("首页 > 淄博市 > 临淄区人民政府 > 区民政局", "区民政局", "370305:dept:民政局"),
        ("首页 > 政府信息公开", "城中区人民政府", None),
        ("首页 > 淄博市人民政府 > 区县年报", "区民政局", None),  # some district of the city
        ("首页 > 淄博市人民政府 > 部门年报", "民政局", None),  # of the city or of a district: the site does not say
        ("首页 > 淄博市 > 柳州市 > 城中区", "城中区人民政府", None),
        ("首页 > 济宁市人民政府 > 市民政局", "市民政局", "370800:dept:民政局"),
        ("首页 > 济宁市人民政府 > 县市区年报", "市民政局", None),  # 曲阜市 is one of them
        ("首页 > 柳州市 > 政府信息公开", "临淄区民政局", "370305:dept:民政局"),
    ],
)
def test_a_breadcrumb_decides_only_what_the_name_leaves_open(crumbs: str, title: str, organ_id: str | None) -> None:
    report = f"{title}2021年政府信息公开工作年度报告"
    assert identify(f"当前位置：{crumbs}\n{report}", overview="工作平稳有序。").organ.organ_id == organ_id
    # A bar of links is no way down to the page.
    bar = identify(crumbs.replace(" >", "") + f"\n{report}", overview="工作平稳有序。").organ.organ_id
    assert bar == (organ_id if "临淄" in title else None)
