"""Which page it is, whose and of which year, as portals print it. The quotations are of real pages; the rest is
invented. Irregularities that only a crawl or a whole data set can meet (4, 15-18, 70 of the list) have their tests there.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines.parser import AnnualReport, Hints, ReportPage, parse
from tests.parser.report_page import BODIES, TITLE, numbers, page, render


def read(html: str, url: str = "", **hints: Any) -> dict[str, Any]:
    report = parse(ReportPage(html.encode(), url, hints=Hints(**hints)))
    assert isinstance(report, AnnualReport), report
    found: dict[str, Any] = json.loads(report.to_json())["identity"]
    return found


def html(**changes: Any) -> str:
    return page(render(numbers("000")), **changes)


CARDS = {
    "table": lambda pairs: "<table>" + "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in pairs) + "</table>",
    "row of cells": lambda pairs: (
        "<table><tr>" + "".join(f"<td>{a}：</td><td>{b}</td>" for a, b in pairs) + "</tr></table>"
    ),
    "list": lambda pairs: "<ul>" + "".join(f"<li><b>{a}：</b>{b}</li>" for a, b in pairs) + "</ul>",
    "spans": lambda pairs: "<div>" + "".join(f"<span>{a}：</span><span>{b}</span> " for a, b in pairs) + "</div>",
    "definitions": lambda pairs: "<dl>" + "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in pairs) + "</dl>",
    "brackets": lambda pairs: "<div>" + "".join(f"<p>【{a}】{b}</p>" for a, b in pairs) + "</div>",
    "label above value": lambda pairs: "".join(f"<div>{a}：</div><div>{b}</div>" for a, b in pairs),
}


def carded(*pairs: tuple[str, str], style: str = "table", **changes: Any) -> dict[str, Any]:
    return read(html(**changes).replace("<h1>", CARDS[style](pairs) + "<h1>", 1))


@pytest.mark.parametrize("style", CARDS)
def test_cards_in_every_markup(style: str) -> None:
    """7. Several labels at once with different meaning: 发文单位 AND 发布机构, 成文日期 AND 发布日期 (阿合奇)."""
    found = carded(
        ("索  引  号", "AHQ1001-2021-000071"),
        ("文 号", ""),
        ("发布机构", "临淄区民政局"),
        ("成文日期", "2024-01-19"),
        ("发布日期", "2024-01-20"),
        style=style,
    )
    assert found["index_number"]["raw"] == "AHQ1001-2021-000071"
    assert found["doc_number"]["value"] is None
    assert found["publisher_raw"] == "临淄区民政局"
    assert found["dates"]["issued_meta"]["value"] == "2024-01-19"
    assert found["dates"]["published"]["value"] == "2024-01-20"


def test_junk_index_number() -> None:
    """1. 234234234444444444/2024-00001 (人民路街道): kept as printed, and it does not decide whose report it is."""
    found = carded(("索引号", "234234234444444444/2024-00001"))
    assert found["index_number"]["raw"] == "234234234444444444/2024-00001"
    assert found["organ"]["organ_id"] == "370305:dept:民政局"
    assert found["organ"].get("uscc") is None


@pytest.mark.parametrize(
    "number",
    [
        "/2021-172732",
        "11370305004219181C/2024-5428591",
        "H001/2024-76014",
        "WQX001-2021-000086",
        "K45899617/2026-00221",
        "wltzq_lyhcyj/2021-10037",
        "430S00/2009-69063",
        "014314799/2024-00002",
        "532722-/2020-0403001",
    ],
)
def test_shapes_of_index_numbers(number: str) -> None:
    """2, 3. `索  引  号: /2021-172732`; 11370305004219181C/2024-5428591, wltzq_lyhcyj/2021-10037, 532722-/2020-0403001."""
    assert carded(("索  引  号", number))["index_number"]["raw"] == number


@pytest.mark.parametrize(
    ("printed", "state", "value"),
    [
        ("〔〕号", "placeholder", None),
        ("无文号", "placeholder", None),
        ("无", "placeholder", None),
        ("", "blank", None),
        ("东街街道2023年度政府信息公开工作年度报告号", "damaged", None),
        ("金统发〔2025〕2号", "reported", "金统发〔2025〕2号"),
    ],
)
def test_doc_number(printed: str, state: str, value: str | None) -> None:
    """5. `文号: 〔〕号`, `无文号`, `发文字号 东街街道2023年度政府信息公开工作年度报告号`; a real one: 金统发〔2025〕2号."""
    found = carded(("索引号", "H001/2024-76014"), ("文号", printed))["doc_number"]
    assert (found["state"], found["value"]) == (state, value)


@pytest.mark.parametrize("head", ["文号 公开方式 主动公开", "文号： 公开方式：主动公开", "文号|公开方式|主动公开"])
def test_blank_value_before_the_next_label(head: str) -> None:
    """6. `文号 公开方式 主动公开` (萧山): 公开方式 is no doc number."""
    found = read(html().replace("<h1>", f"<p>{head}</p><h1>", 1))
    assert found["doc_number"]["value"] is None
    assert found["disclosure_mode_raw"] == "主动公开"


@pytest.mark.parametrize("label", ["索引号", "索 引 号", "索&nbsp;&nbsp;引&nbsp;&nbsp;号", "信息索引号"])
def test_spellings_of_the_index_label(label: str) -> None:
    """7. 索引号 / 索 引 号 / 索  引  号 / 信息索引号."""
    assert carded((label, "H001/2024-76014"))["index_number"]["raw"] == "H001/2024-76014"


@pytest.mark.parametrize("label", ["发布机构", "发文机关", "发文单位", "所属机构", "信息来源", "来源"])
def test_spellings_of_the_publisher_label(label: str) -> None:
    """7. 发布机构 / 发文机关 / 发文单位 / 所属机构 / 信息来源 / 来源."""
    assert carded((label, "临淄区民政局"))["publisher_raw"] == "临淄区民政局"


@pytest.mark.parametrize("label", ["发布日期", "公开日期", "发文日期", "生成日期", "发表日期", "时间"])
def test_spellings_of_the_date_label(label: str) -> None:
    """7. 发布日期 / 公开日期 / 发文日期 / 成文日期 / 生成日期 / 发表日期 / 时间; with a time: 2026-01-23 16:24:38."""
    dates = carded((label, "2024-01-20 16:24:38"))["dates"]
    stamps = [date["value"] for date in (dates["issued_meta"], dates["published"]) if date]
    assert [stamp[:10] for stamp in stamps] == ["2024-01-20"]


def test_the_publisher_is_not_the_organ() -> None:
    """8. 发布机构 政务服务管理局 over a 东街街道 report (甘州)."""
    found = carded(("发布机构", "政务服务管理局"))
    assert found["publisher_raw"] == "政务服务管理局"
    assert found["organ"]["organ_id"] == "370305:dept:民政局"


def test_organ_never_named() -> None:
    """9. Only 我局 (龙岗, 雄县, 西宁城中区): the organ comes from the listing, or it is said to be unknown."""
    bent = html(title="2023年政府信息公开工作年度报告", bodies=(BODIES[0].replace("全局", "我局"), *BODIES[1:]))
    assert read(bent)["organ"]["organ_id"] is None
    named = read(bent, region="370305", listing_title="临淄区民政局2023年政府信息公开工作年度报告")
    assert named["organ"]["organ_id"] == "370305:dept:民政局"


@pytest.mark.parametrize("title", ["临淄区民政局政府信息公开工作年度报告", "2023年度"])
def test_year_or_organ_not_in_the_title(title: str) -> None:
    """10. 益阳市大通湖区审计局政府信息公开工作年度报告; title only `2020年度` (疏勒): the year is the period's."""
    assert read(html(title=title))["report_year"] == 2023


@pytest.mark.parametrize(
    "title",
    [
        "2023年临淄区民政局政府信息公开工作年度报告",
        "2023年度临淄区民政局政府信息公开工作年度报告",
        "临淄区民政局2023年度政府信息公开工作年度报告",
        "临淄区民政局2023年度政府信息公开年度工作报告",
        "临淄区民政局2023年政府信息公开年报",
        "临淄区民政局2023年政务信息公开年度报告",
        "临淄区民政局2023年政府信息年度报告",
        "临淄区民政局2023度政府信息公开年度报告",
        "临淄区民政局 2023年政府信息公开 工作年度报告",
        "临淄区民政局<br>2023年政府信息公开工作年度报告",
        "临淄区民政局２０２３年政府信息公开工作年度报告",
        "临淄区民政局二〇二三年政府信息公开工作年度报告",
    ],
)
def test_forms_of_the_title(title: str) -> None:
    """11. 2022年金华市市场监管局…, 年度 twice, …公开年度工作报告 (上湾乡), 年报, 政务信息公开 (舒兰), 公开 missing, 年 missing."""
    found = read(html(title=title, preamble=""))
    assert found["report_year"] == 2023
    assert found["organ"]["organ_id"] == "370305:dept:民政局"


@pytest.mark.parametrize(
    "url",
    [
        "http://www.liunan.gov.cn/xxgk/zfxxgknb/t19700101_3441457.shtml",
        "http://www.zjpy.gov.cn/art/2020/6/22/art_1229246029_51410.html",
        "http://zjj.liuzhou.gov.cn/zwgk/zfxxgknb/202009/t20200917_2054024.shtml",
        "http://www.baiyinqu.gov.cn/zfxxgknb/2022n/art/2024/art_3abf60cff917420d9c6c57b2d448f086.html",
    ],
)
def test_a_date_in_the_url_is_not_the_publication_date(url: str) -> None:
    """12. t19700101_3441457.shtml for 2024-01-30 (柳南); art/2020/6/22 over a report of 2008; folder 2022n over 2023 (白银)."""
    found = read(html().replace("<h1>", "<p>发布日期：2024-01-30 17:05</p><h1>", 1), url)
    assert found["report_year"] == 2023
    assert found["deadline"]["published"] == "2024-01-30"


def test_wrong_year_under_the_text() -> None:
    """13. Signed 2020年1月29日 on a page of 2021-01-29 (seed 001): as printed, said to be implausible."""
    found = read(
        html(ending="<p>临淄区民政局</p><p>2023年1月29日</p>").replace("<h1>", "<p>发布日期：2024-01-29</p><h1>", 1)
    )
    assert found["dates"]["signed"]["value"] == "2023-01-29"
    assert found["dates"]["signed"]["plausible"] is False
    assert found["report_year"] == 2023


def test_year_of_a_plan_and_of_a_decree_in_the_text() -> None:
    """13. 2023年我局加大… as the plan for 2024 (沭阳); a report citing 国务院令第492号 of 2007 (大通湖)."""
    bodies = (f"根据2007年公布的国务院令第492号。{BODIES[0]}", *BODIES[1:4], "2024年我局将加大公开力度。", BODIES[5])
    assert read(html(bodies=bodies))["report_year"] == 2023


def test_period_of_glued_figures() -> None:
    """13. 20211230日止 (乌恰): the start is read, nothing is invented for the end."""
    found = read(html(preamble="统计期限自2023年1月1日起至20231230日止。"))
    assert found["report_year"] == 2023
    assert found["period"]["end"] is None


def test_late_publication() -> None:
    """14. A 2020 report published 2021-12-20 (乌拉特中旗)."""
    found = read(html().replace("<h1>", "<p>发布日期：2024-12-20</p><h1>", 1))
    assert found["deadline"]["days_late"] > 300


def test_a_copy_on_a_foreign_domain_is_read_as_it_stands() -> None:
    """19. Text turned to traditional characters with pinyin `報(bào)告`: never a wrong organ."""
    report = parse(ReportPage(html(title="臨淄區民政局2023年政府信息公開工作年度報(bào)告").encode()))
    assert not isinstance(report, AnnualReport) or report.identity.organ.organ_id in (None, "370305:dept:民政局")


def test_whole_system_and_the_organ_itself_are_two() -> None:
    """20. 海关总署(本级机关) and 全国海关; 咸宁市气象部门: the title as printed keeps them apart."""
    titles = ("临淄区气象局2023年政府信息公开工作年度报告", "临淄区气象部门2023年政府信息公开工作年度报告")
    one, other = (read(html(title=title)) for title in titles)
    assert one["title"]["raw"] != other["title"]["raw"]


def test_a_page_of_a_flip_book_holds_one_table() -> None:
    """21. page8.html holds one printed page (文登): table 4 under its heading, the rest said to be absent."""
    body = (
        f"<html><title>{TITLE}</title><p>— 8 —</p><p>四、政府信息公开行政复议、行政诉讼情况</p>"
        f"{render(numbers('000'))['review_litigation']}<p>五、存在的主要问题及改进情况</p><p>{BODIES[4]}</p></html>"
    )
    report = parse(ReportPage(body.encode()))
    assert isinstance(report, AnnualReport)
    assert report.tables.review_litigation is not None
    assert report.tables.review_litigation.presence == "present"
    assert report.tables.applications is not None
    assert report.tables.applications.presence == "absent"


def test_doc_number_above_the_title() -> None:
    """5. 金统发〔2025〕2号 ABOVE the title and a salutation below it (金昌统计局)."""
    found = read(html().replace("<h1>", "<p>临统发〔2024〕2号</p><h1>", 1))
    assert found["doc_number"]["value"] == "临统发〔2024〕2号"
    assert found["report_year"] == 2023


def test_template_residue_in_the_title() -> None:
    """Table of pages, 124. 五原县农牧和科技局单位: residue of a template behind the organ."""
    assert read(html(preamble=f"临淄区民政局单位</p><p>{TITLE}"))["organ"]["organ_id"] == "370305:dept:民政局"
