"""Whose report of which year: hand-made pages for each trap, read from bytes to `Identity`."""

from __future__ import annotations

import pytest

from pipelines.parser.identity import find_identity
from pipelines.parser.identity_links import find_linked_organs
from pipelines.parser.model import Identity
from pipelines.parser.page import Hints, ReportPage, read_page

OVERVIEW = "本机关全年工作有序开展。"


def identify(
    head: str,
    *,
    preamble: str = "",
    overview: str = OVERVIEW,
    signature: str = "",
    url: str = "",
    hints: Hints | None = None,
    era: str = "2021",
    content_type: str = "text/plain; charset=utf-8",
) -> Identity:
    """The identity of a page of `head`, `preamble` and section one."""
    body = f"{head}\n{preamble}\n一、总体情况\n{overview}\n{signature}"
    page = read_page(ReportPage(body.encode(), url, content_type))
    return find_identity(page, {"overview": overview}, preamble, signature, url, hints or Hints(), era)


@pytest.mark.parametrize(
    ("title", "organ_id", "year"),
    [
        ("淄博市临淄区人民政府2023年政府信息公开工作年度报告", "370305:gov", 2023),
        ("淄博市临淄区人民政府 2023年政府信息公开工作年度报告", "370305:gov", 2023),
        ("2022年金华市市场监管局政府信息公开工作年度报告", "330700:dept:市场监督管理局", 2022),
        ("2023年度宣州区民政局政府信息公开工作年度报告", "341802:dept:民政局", 2023),
        ("思茅区2023年度政府信息公开工作年度报告", "530802:gov", 2023),
        ("舒兰市2020年政务信息公开年度报告", "220283:gov", 2020),
        ("乌拉特中旗2020年政府信息年度报告", "150824:gov", 2020),
        ("淄博市临淄区人民政府2024年信息公开工作年度报告", "370305:gov", 2024),
        ("淄博市临淄区2020度政府信息公开年度报告", "370305:gov", 2020),
        ("临淄区政府信息公开工作年度报告(2021年度)", "370305:gov", 2021),
        ("淄博市临淄区人民政府\n2023年政府信息公开工作年度报告", "370305:gov", 2023),
        ("忻州市民政局2023年政府信息公开工作年度报告（图片版）", "140900:dept:民政局", 2023),
        ("忻州市民政局关于2020年政府信息公开工作年度报告", "140900:dept:民政局", 2020),
    ],
)
def test_forms_of_the_title(title: str, organ_id: str, year: int) -> None:
    identity = identify(title)
    assert (identity.organ.organ_id, identity.report_year) == (organ_id, year)
    assert identity.title.state == "reported"
    assert identity.report_year_evidence["title"] == year


def test_a_title_names_its_organ_in_full_when_normalized() -> None:
    assert identify("萧山区民政局2023年政府信息公开工作年度报告").title.normalized == (
        "杭州市萧山区民政局2023年政府信息公开工作年度报告"
    )
    titleless = identify(
        "索引号 | H001/2024-1 | 成文日期 | 2024-01-17 |", preamble="由杭州市萧山区民政局编制。2023年工作情况如下:"
    )
    assert titleless.title.raw is None
    assert titleless.title.normalized == "杭州市萧山区民政局2023年政府信息公开工作年度报告"


def test_titles_in_the_text_of_a_notice_are_no_title() -> None:
    preamble = (
        "根据《关于做好2021年政府信息公开工作年度报告编制工作的通知》,编制《临淄区2021年政府信息公开工作年度报告》。"
    )
    identity = identify("忻州市民政局2022年政府信息公开工作年度报告", preamble=preamble)
    assert identity.report_year == 2022
    assert identity.report_year_evidence["basis_document"] == 2021
    assert identity.title.variants is None


def test_no_organ_without_a_region_for_a_shared_name() -> None:
    title = "城中区人民政府2020年政府信息公开工作年度报告"
    assert identify(title).organ.organ_id is None
    resolved = identify(title, hints=Hints(region="450200"))
    assert resolved.organ.organ_id == "450202:gov"
    assert resolved.organ.note is not None
    assert "630103" in resolved.organ.note


def test_an_organ_that_calls_itself_we_comes_from_the_listing_or_the_site() -> None:
    title = "2022年政府信息公开工作年度报告"
    assert identify(title, overview="我局高度重视。").organ.organ_id is None
    hints = Hints(region="330109", listing_title="区民政局2022年政府信息公开工作年度报告")
    assert identify(title, hints=hints).organ.organ_id == "330109:dept:民政局"
    html = '<html><head><meta name="SiteName" content="忻州市民政局"></head><body><p>' + title + "</p>"
    assert identify(html, content_type="text/html").organ.organ_id == "140900:dept:民政局"


def test_the_publisher_decides_only_when_nothing_better_names_the_organ() -> None:
    card = "发布机构: 临淄区政务服务管理局"
    assert identify(f"{card}\n临淄区金岭镇2023年政府信息公开工作年度报告").organ.organ_id == "370305:town:金岭镇"
    assert identify(f"{card}\n2023年政府信息公开工作年度报告").organ.organ_id == "370305:dept:政务服务管理局"


def test_a_governments_site_and_office_publish_for_other_organs() -> None:
    title = "2023年政府信息公开工作年度报告"
    card = "发布机构: 临淄区人民政府办公室"
    assert identify(f"{card}\n{title}", overview="我局高度重视。").organ.organ_id is None
    assert identify(f"{card}\n{title}", overview="工作有序。").organ.organ_id == "370305:office"
    html = '<html><head><meta name="SiteName" content="柳州市人民政府"></head><body><p>' + title + "</p>"
    assert identify(html, content_type="text/html").organ.organ_id is None


def test_a_link_in_the_margin_is_not_the_title() -> None:
    html = (
        "<html><body><ul><li><a href='/1'>淄博市临淄区人民政府2019年政府信息公开工作年度报告</a></li></ul>"
        "<h1>淄博市临淄区人民政府2023年政府信息公开工作年度报告</h1><p>本报告。</p>"
    )
    assert identify(html, content_type="text/html").report_year == 2023


@pytest.mark.parametrize(
    ("preamble", "start", "end"),
    [
        ("所列数据统计期限从2023年1月1日到12月31日止。", "2023-01-01", "2023-12-31"),
        ("数据的统计期限自 2023年1月1日起至2023年12月31日止。", "2023-01-01", "2023-12-31"),
        ("统计期限为２０２３年１月１日至２０２３年１２月３１日。", "2023-01-01", "2023-12-31"),
        ("统计期限自20231月1日起至202312月31日止。", "2023-01-01", "2023-12-31"),
        ("自2023年3月1日起至2023年12月31日止。", "2023-03-01", "2023-12-31"),
        ("统计时间为全年。", None, None),
    ],
)
def test_period(preamble: str, start: str | None, end: str | None) -> None:
    period = identify("忻州市民政局2023年政府信息公开工作年度报告", preamble=preamble).period
    assert (period.start, period.end) == (start, end)


def test_the_year_comes_from_period_or_preamble_when_the_title_has_none() -> None:
    title = "益阳市大通湖区审计局政府信息公开工作年度报告"
    assert identify(title, preamble="统计期限为2022年1月1日至2022年12月31日。").report_year == 2022
    assert identify(title, preamble="现将2021年工作情况报告如下:").report_year == 2021
    assert identify(title, preamble="根据《条例》编制。").report_year is None


@pytest.mark.parametrize("value", ["", "无", "〔〕号", "-", "null"])
def test_index_numbers_that_are_none(value: str) -> None:
    identity = identify(f"索引号: {value}\n忻州市民政局2023年政府信息公开工作年度报告")
    assert identity.index_number.normalized is None
    assert identity.index_number.state == ("placeholder" if value else "blank")


def test_a_listing_card_fills_what_the_page_leaves_blank() -> None:
    hints = Hints(card={"索引号": "H001/2024-76014"})
    identity = identify("索引号: 无\n忻州市民政局2023年政府信息公开工作年度报告", hints=hints)
    assert identity.index_number.normalized == "H001/2024-76014"


def test_a_label_does_not_take_the_next_label_for_its_value() -> None:
    identity = identify("文号 | 公开方式 | 主动公开 |\n忻州市民政局2023年政府信息公开工作年度报告")
    assert identity.doc_number.state == "blank"
    assert identity.disclosure_mode_raw == "主动公开"


def test_dates_keep_their_places() -> None:
    identity = identify(
        "成文日期: 2024-01-17 发布日期: 2024-02-18 10:05\n忻州市民政局2023年政府信息公开工作年度报告",
        signature="忻州市民政局\n2024年1月15日",
    )
    dates = identity.dates
    assert dates.issued_meta is not None
    assert dates.published is not None
    assert dates.signed is not None
    assert dates.issued_meta.value == "2024-01-17"
    assert dates.published.value == "2024-02-18T10:05+08:00"
    assert (dates.signed.value, dates.signed.plausible) == ("2024-01-15", True)
    assert identity.deadline.days_late == 18
    assert identity.organ.evidence["signature"] == "忻州市民政局"


@pytest.mark.parametrize(
    ("published", "probable"), [("2021-01-29", "2021-01-29"), ("2021-03-01", "2021-01-29"), ("2021-12-20", None)]
)
def test_a_signature_before_the_period_ends_is_implausible(published: str, probable: str | None) -> None:
    identity = identify(
        f"发布日期: {published}\n忻州市民政局2020年政府信息公开工作年度报告", signature="忻州市民政局 2020年1月29日"
    )
    assert identity.dates.signed is not None
    assert (identity.dates.signed.plausible, identity.dates.signed.probable) == (False, probable)
    assert identity.deadline.published == published


@pytest.mark.parametrize(
    ("published", "signed", "source", "days_late"),
    [
        ("2020-06-22", "2011年3月1日", "signed", 0),  # the page has moved, the document says when it was made
        ("2020-06-22", "2010年3月1日", None, 3371),  # the signature proves nothing
        ("2011-05-01", "2011年3月1日", None, 31),
    ],
)
def test_the_date_of_a_migration_makes_no_report_late(
    published: str, signed: str, source: str | None, days_late: int
) -> None:
    deadline = identify(
        f"发布日期: {published}\n忻州市民政局2010年政府信息公开工作年度报告", signature=f"忻州市民政局 {signed}"
    ).deadline
    assert (deadline.published_source, deadline.days_late) == (source, days_late)


@pytest.mark.parametrize(
    ("url", "source", "published"),
    [
        ("https://mzj.example.gov.cn/202402/t20240218_1.html", "url", "2024-02-18"),
        ("https://mzj.example.gov.cn/t19700101_1.html", None, None),
        ("https://mzj.example.gov.cn/art/2026/6/22/art_1_2.html", None, None),  # a migration, no late publication
    ],
)
def test_a_date_in_the_url_is_the_last_resort(url: str, source: str | None, published: str | None) -> None:
    deadline = identify("忻州市民政局2023年政府信息公开工作年度报告", url=url).deadline
    assert (deadline.published_source, deadline.published) == (source, published)


@pytest.mark.parametrize(
    ("title", "overview", "coverage", "phrase"),
    [
        ("淄博市临淄区人民政府", "2023年,临淄区各级各部门深入推进。", "aggregate_region", "临淄区各级各部门"),
        (
            "淄博市临淄区人民政府",
            "对全区各街道、各部门检查,全区各街道办事处各部门均能公开。",
            "aggregate_region",
            "全区各街道办事处各部门",
        ),
        ("淄博市临淄区人民政府", "区政府工作有序。", "unknown", None),
        ("思茅区", "工作有序。", "aggregate_region", None),
        ("忻州市民政局", "全市各单位积极推进。", "single_organ", None),
        ("海关总署(本级机关)", "工作有序。", "own_level", "海关总署(本级机关)"),
        ("海关总署(全国海关)", "工作有序。", "aggregate_region", "海关总署(全国海关)"),
        ("重庆海关关区", "工作有序。", "aggregate_region", "重庆海关关区"),
        ("咸宁市气象部门", "工作有序。", "aggregate_region", "咸宁市气象部门"),
    ],
)
def test_coverage(title: str, overview: str, coverage: str, phrase: str | None) -> None:
    identity = identify(f"{title}2023年政府信息公开工作年度报告", overview=overview)
    assert (identity.coverage, identity.coverage_evidence) == (coverage, phrase)


def test_other_versions_are_linked_not_mistaken() -> None:
    head = (
        "忻州市民政局2023年政府信息公开工作年度报告\n电子书   Ι   H5  Ι  图文解读  Ι 语音播报\n采用H5动画、图解等形式。"
    )
    assert identify(head).variants_linked == ["电子书", "H5", "图文解读", "语音播报"]


def test_link_bar_with_a_lost_separator() -> None:
    names = [
        "区发改局",
        "区民政局",
        "区财政局",
        "市公安局思茅分局",
        "区水务局",
        "区社区管理服务中心",
        "南屏镇",
        "思茅街道",
    ]
    bar = "|".join([*names, "区供销社区投资促进局"])
    page = read_page(ReportPage(f"正文。\n某区人民政府办公室 2024年1月26日 {bar} |\n".encode()))
    linked = find_linked_organs(page)
    assert linked is not None
    assert linked.names == [*names, "区供销社", "区投资促进局"]
    assert (linked.count_tokens, linked.count_organs) == (9, 10)
    assert find_linked_organs(read_page(ReportPage("规章 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |".encode()))) is None


@pytest.mark.parametrize(
    ("preamble", "organ_id"),
    [
        ("由衢州市衢江区湖南镇人民政府编制。", "330803:town:湖南镇"),
        ("如有疑问,请与衢州市衢江区湖南镇人民政府联系。", None),
        ("", "330303:town:湖南镇"),
    ],
)
def test_a_relative_name_is_nobodys_where_the_page_speaks_of_another_place(preamble: str, organ_id: str | None) -> None:
    title = "湖南镇人民政府2021年政府信息公开工作年度报告"
    organ = identify(title, preamble=preamble, hints=Hints(region="330303")).organ
    assert organ.organ_id == organ_id
    if not preamble:
        assert organ.note is not None
        assert "relative" in organ.note


@pytest.mark.parametrize(
    ("title", "mark"),
    [
        ("忻州市民政局2023年政府信息公开工作年度报告(更正)", "更正"),
        ("【更正】忻州市民政局2023年政府信息公开工作年度报告", "更正"),
        ("忻州市民政局2023年政府信息公开工作年度报告（修订版）", "修订"),
        ("忻州市民政局2023年政府信息公开工作年度报告更正说明", "更正"),
        ("忻州市民政局2023年政府信息公开工作年度报告的更正公告", "更正"),
        ("关于重新公开忻州市民政局2023年政府信息公开工作年度报告", "重新公开"),
        ("忻州市民政局2023年政府信息公开工作年度报告", None),
        ("忻州市民政局2023年政府信息公开工作年度报告 更新时间: 2024-01-30", None),
    ],
)
def test_a_corrected_edition_says_so_in_its_title(title: str, mark: str | None) -> None:
    identity = identify(title)
    assert (identity.revision_mark, identity.organ.organ_id) == (mark, "140900:dept:民政局")


def test_a_date_before_the_report_year_is_no_publication() -> None:
    title = "发布日期: 1970-01-01\n忻州市民政局2023年政府信息公开工作年度报告"
    deadline = identify(title, url="https://mzj.example.gov.cn/202402/t20240218_1.html").deadline
    assert (deadline.published_source, deadline.published, deadline.days_late) == ("url", "2024-02-18", 18)
    assert identify(title).deadline.days_late is None


CODE = "11370305004219181C"


@pytest.mark.parametrize(
    ("card", "text", "url", "uscc"),
    [
        (f"索引号: {CODE}/2024-1", "", "", None),  # the catalogue's owner, who may be another
        (f"索引号: {CODE}/2024-1", f"统一社会信用代码：{CODE}", "", CODE),
        ("", f"统一社会信用代码：{CODE}", f"https://a.gov.cn/list?area={CODE}", CODE),
        (f"索引号: {CODE}/2024-1", "", f"https://a.gov.cn/list?area={CODE}", None),
        (f"索引号: {CODE}/2024-1\n发布机构: 临淄区民政局", "", f"https://a.gov.cn/list?area={CODE}", CODE),
        (f"索引号: {CODE}/2024-1\n发布机构: 临淄区审计局", "", f"https://a.gov.cn/list?area={CODE}", None),
        (f"索引号: {CODE}/2024-1\n发布机构: 临淄区审计局", f"统一社会信用代码：{CODE}", "", None),
        (f"索引号: {CODE[:-1]}D/2024-1", f"统一社会信用代码：{CODE[:-1]}D", "", None),  # the check digit fails
    ],
)
def test_an_organs_credit_code_needs_two_witnesses(card: str, text: str, url: str, uscc: str | None) -> None:
    head = f"{card}\n临淄区民政局2023年政府信息公开工作年度报告"
    assert identify(head, preamble=text, url=url).organ.uscc == uscc


def test_a_code_registered_elsewhere_is_not_the_organs() -> None:
    head = f"索引号: {CODE}/2024-1\n忻州市民政局2023年政府信息公开工作年度报告"
    assert identify(head, preamble=f"统一社会信用代码：{CODE}").organ.uscc is None


def test_code_and_name_of_the_year_and_the_stable_uid() -> None:
    organ = identify("萧山市2000年政府信息公开工作年度报告").organ
    assert organ.division is not None
    assert (organ.organ_id, organ.division.code, organ.division.uid) == ("330181:gov", "330181", "330109")
    assert organ.series == "330109:gov"
    today = identify("杭州市萧山区2023年政府信息公开工作年度报告").organ
    assert today.division is not None
    assert (today.organ_id, today.division.uid, today.series) == ("330109:gov", None, None)


def test_the_code_at_the_foot_of_a_page_is_the_portals() -> None:
    head = f"索引号: {CODE}/2024-1\n临淄区民政局2023年政府信息公开工作年度报告"
    assert identify(head, signature=f"统一社会信用代码：{CODE}").organ.uscc is None
