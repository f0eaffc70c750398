"""Titles as portals print them: reports, and what stands beside them."""

from __future__ import annotations

import pytest

from spiders.titles import is_column_name, is_decoy_column, judge_title, names_report_column, normal_title

REPORTS = [
    "淄博市临淄区人民政府 2023年政府信息公开工作年度报告",
    "柳州市城中区人民政府2020年政府信息公开工作年度报告",
    "思茅区2023年政府信息公开工作年度报告",
    "2008年政府信息公开年度报告",
    "示例市二〇二〇年政府信息公开年报",
    "示例县二○一五年政府信息公开工作年度报告",
    "示例市教育局二零一九年度政府信息公开工作报告",
    "示例局2019年公开年报",
    "2022年金华市市场监管局政府信息公开工作年度报告",
    "2023年度宣州区民政局政府信息公开工作年度报告",
    "2019年度政府信息公开年度工作报告",
    "舒兰市市场监督管理局2016年政务信息公开年度报告",
    "乌拉特中旗林业和草原局2020年政府信息年度报告",
    "七户乡2020度政府信息公开年度报告",
    "示例市政府信息公开2022年度报告",
    "示例县人民政府政府信息公开工作年度报告（2021年）",
    "示例市人民政府办公室关于2012年政府信息公开工作情况的报告",
    "示例区 2021 年 政府信息公开 工作年度报告",
    "2020年示例县人口和计划生育局政府信息公开年度报告",
    "示例市政务服务监督管理办公室2023年政府信息公开年度报告",
    "示例市统计局2022年政府信息公开工作年度报告",
    "示例市预算编审中心2021年政府信息公开年报",
    "市第三公安分局2018年政府信息公开年度报告",
    "示例区2023年政府信息公开工作年度报告（更正版）",
    "示例区2023年政府信息公开工作年度报告（修订）",
    "示例区2020年政府信息公开工作年度报告.pdf",
    "示例区2023年政府信息公开工作年度报告 [2024-01-26]",
    "关于印发示例县2010年政府信息公开工作年度报告的通知",
    "东街街道2023年度政府信息公开工作年度报告号",
    "·示例镇２０２２年政府信息公开工作年度报告",
    "示例局2023年政务公开工作年度报告",
    "柳州市城中区人民政府2020年政府信息公开工…",
    "示例市住房和城乡建设局2023年政府信...",
]
OTHERS = {
    "一图读懂示例区2023年政府信息公开工作年度报告": "explainer of a report",
    "【图解】示例区2023年政府信息公开工作年度报告": "explainer of a report",
    "示例区2023年政府信息公开工作年度报告图文解读": "explainer of a report",
    "《示例区2023年政府信息公开年报》政策解读": "explainer of a report",
    "示例区2023年政府信息公开工作年度报告（图片版）": "picture version of a report",
    "政府信息公开指南": "guide",
    "示例区2023年政府信息公开工作年度报告编写指南": "guide",
    "政府信息公开制度": "rules",
    "示例区政府信息公开工作年度报告制度（2019年）": "rules",
    "示例市人民政府网站工作年度报表（2023年度）": "report on the web site",
    "政府网站2023年度工作报表": "report on the web site",
    "示例区2023年法治政府建设情况报告": "report on the rule of law",
    "示例区2020年依法行政工作报告": "report on the rule of law",
    "示例局2023年部门决算公开": "budget or accounts",
    "示例局2023年预决算信息公开情况报告": "budget or accounts",
    "示例市2022年统计年报": "statistics",
    "示例中心2022年事业单位法人年度报告书": "report of a public institution",
    "关于做好2023年政府信息公开工作年度报告编制发布工作的通知": "preparation of reports",
    "关于报送2022年政府信息公开年报的通知": "preparation of reports",
    "2023年政府信息公开工作年度报告公示": "notice",
    "2023年政府信息公开工作年度报告目录": "list of reports",
    "示例区2023年上半年政府信息公开工作报告": "report on part of a year",
    "示例区2016年第三季度政府信息公开工作报告": "report on part of a year",
    "关于2022年政府信息公开工作年度报告评议情况的通报": "review of reports",
    "示例大学2020-2021学年信息公开年度报告": "report of a school",
    "示例村2021年村务公开工作年度报告": "disclosure of another kind",
    "示例区2023年政府工作报告": "title is not that of an annual report",
    "2023年政府信息公开工作要点": "plan or summary of work",
    "示例区召开2023年政务公开工作推进会": "title is not that of an annual report",
    "政府信息公开年报": "no year in the title",
    "示例区人民政府": "title is not that of an annual report",
    "": "no title",
}
COLUMN = "县区信息公开年度报告"


@pytest.mark.parametrize("title", REPORTS)
def test_a_report_title_is_recognised(title: str) -> None:
    assert judge_title(title) == ""


@pytest.mark.parametrize(("title", "reason"), OTHERS.items())
def test_another_title_is_refused_with_its_reason(title: str, reason: str) -> None:
    assert judge_title(title) == reason


@pytest.mark.parametrize(
    "title",
    [
        "城中区人民政府",
        "市民政局",
        "南屏镇",
        "2020年报_审计局",
        "2021年度报告",
        "2020年度",
        "益阳市大通湖区审计局政府信息公开工作年度报告",
        "政府信息公开年报",
    ],
)
def test_a_short_title_is_a_report_only_in_a_column_of_reports(title: str) -> None:
    assert judge_title(title, COLUMN) == ""
    assert judge_title(title) != ""
    assert judge_title(title, "领导之窗") != ""


@pytest.mark.parametrize(
    "title", ["一图读懂年报", "网站工作年度报表", "联系我们", "通知公告", "2023年度报表", "示例区2023年预算公开"]
)
def test_a_column_of_reports_does_not_make_everything_a_report(title: str) -> None:
    assert judge_title(title, COLUMN) != ""


def test_columns_by_their_names() -> None:
    for name in (
        "政府信息公开年报",
        "县区信息公开年度报告",
        "政府信息公开工作年度报告",
        "公开年报",
        "市统计局信息公开年报",
    ):
        assert names_report_column(name), name
        assert not is_decoy_column(name), name
    for name in ("政府网站工作年度报表", "法治政府建设年度报告", "部门决算", "政府信息公开指南", "领导之窗"):
        assert not names_report_column(name), name
    assert is_decoy_column("政府网站工作年度报表")
    for name in ("2023年", "2020", "2023年政府信息公开年报", "部门信息公开年报", "政府信息公开工作年度报告"):
        assert is_column_name(name), name
    for name in ("思茅区2023年政府信息公开工作年度报告", "南屏镇", "2023年工作要点"):
        assert not is_column_name(name), name


def test_a_normal_title_has_digits_and_no_blanks() -> None:
    assert normal_title("·示例镇 二〇二二年　报告 2023-01-05") == "示例镇2022年报告"
