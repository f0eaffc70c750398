"""Which titles of a listing are those of an annual disclosure report (政府信息公开工作年度报告).

Article 50 of the Regulation (政府信息公开条例) names the report; portals shorten, reorder and misspell the name, and list
explainers, guides and other yearly reports beside it. The tables below hold the words; judging is generous where only the
page itself can tell. Must not know portals, pages or addresses.
"""

from __future__ import annotations

import re
import unicodedata

_YEAR_DIGITS = str.maketrans("〇○Oo零Ｏ一二三四五六七八九", "000000123456789")
_CHINESE_YEAR = re.compile(r"二[〇○Oo零][〇○Oo零一二三四][〇○Oo零一二三四五六七八九]")
_YEAR = re.compile(r"(?<!\d)20[0-4]\d(?!\d)")

# The name of the report in its many forms. `(?:20\d\d年?度?)?`: 信息公开2022年度报告, 信息公开工作2022年度报告.
_WHEN = r"(?:20\d\d年?度?)?(?:年度)?"
_REPORT = rf"(?:工作)?(?:的)?{_WHEN}(?:工作)?(?:情况)?(?:的)?(?:年度)?(?:报告|年报)"
SUBJECT = re.compile(
    rf"信息公开{_REPORT}"
    rf"|政务公开(?:工作)?{_WHEN}(?:工作)?(?:年度报告|年报)"
    rf"|政务公开(?:工作)?(?:20\d\d年?度|年度)(?:工作)?报告"
    rf"|政府信息(?:工作)?{_WHEN}(?:年度报告|年报)"
    rf"|公开(?:工作)?(?:20\d\d年?度?)?(?:年度报告|年报)"
)
# What is left of the name when a listing cuts the title off.
_CUT_SUBJECT = re.compile(r"(?:政府信|信息|信息公|信息公开\w{0,8}|政务公开\w{0,6}|政府|政)$")
_CUT = ("…", "...", "··", "。。")

# Anywhere in the title: another presentation of a report, or another yearly report.
ANYWHERE: dict[str, str] = {
    r"图解|图说|图文|图示|一图[读看了懂]|一张图|长图|海报|H5|动画|漫画|短视频|音频": "explainer of a report",
    r"解读": "explainer of a report",
    r"图片版|扫描版": "picture version of a report",
    r"网站(?:工作)?(?:年度)?(?:20\d\d年?度?)?(?:工作)?(?:年度)?(?:报表|年报|报告)|网站监管": "report on the web site",
    r"法治政府|依法行政|法治建设": "report on the rule of law",
    r"预算公开|决算公开|预决算|部门决算|部门预算|财政决算|财政预算|三公经费": "budget or accounts",
    r"统计年报|统计年鉴|统计公报|统计报表|统计表|统计数据": "statistics",
    r"事业单位法人|法人年度": "report of a public institution",
    r"企业年报|企业年度|社会组织年|社会团体年": "report of another kind of body",
    r"学年|校务公开|高校信息": "report of a school",
    r"党务公开|村务公开|居务公开|厂务公开": "disclosure of another kind",
    r"[上下]半年|半年度|半年报|半年工作|季度|月报": "report on part of a year",
}
# Behind the name of the report, where organs no longer stand: what is done with reports, or about them. Before the name these words
# may belong to an organ (人口和计划生育局, 政务服务监督管理办公室).
BEHIND: dict[str, str] = {
    r"指南|指引": "guide",
    r"制度|规定|办法|规范|细则": "rules",
    r"格式|模板|样式|范本|框架": "form of a report",
    r"目录|清单|一览|索引|列表|汇总|汇编": "list of reports",
    r"公示": "notice",
    r"通报|评议|评估|考核|测评|点评|审查|检查|督查|自查|整改": "review of reports",
    r"编制说明|填报|培训|会议|工作会|工作方案|征集|征求|要点|发布情况|公布情况|报送情况|工作提示": "preparation of reports",
    r"附表|报表|数据表": "annex of a report",
}
_TOLD_TO_WRITE = re.compile(r"(?:编制|编写|撰写|报送|上报|做好|开展|填报|发布工作|公布工作).*(?:通知|提醒|的函|提示)")
_NOTICE = re.compile(r"通知$|通知[（(]")
_PUBLISHED_BY_NOTICE = re.compile(r"印发|公布|发布|公开\d{4}")
# Titles that never had the report's name, for a reason worth more than "another title".
OTHERWISE: dict[str, str] = {
    r"指南": "guide",
    r"制度|规定|办法|条例": "rules",
    r"目录": "list of reports",
    r"报表|统计|附表": "statistics",
    r"通知|公示|公告|通报": "notice",
    r"总结|要点|方案|计划": "plan or summary of work",
}
OTHER = "title is not that of an annual report"

# A column (栏目) of annual reports by its name, and names of columns beside it.
_COLUMN = re.compile(
    r"信息公开(?:工作)?(?:年度)?(?:工作)?(?:报告|年报)|公开(?:工作)?(?:年报|年度报告)|^(?:年报|年度报告|历年年报|历年报告)$"
)
# A column's name and nothing else: no organ stands before it, at most a year or a kind of organ (2023年政府信息公开年报, 部门信息公开年报).
_BARE_COLUMN = re.compile(
    r"(?:20[0-4]\d年?度?)?(?:本级|市级|区级|县级|市本级|区本级|各?(?:市|县|区|市直|区直|县直)?(?:部门|单位)|区县|县区|县市区|县\(市、?区\)|各?(?:乡镇|镇街|街道|镇)"
    r"(?:街道|\(街道\))?|(?:市|县|区)政府)?(?:20[0-4]\d年?度?)?(?:政府)?信息公开(?:工作)?(?:年度)?(?:工作)?(?:报告|年报)"
)
# Whole names of matters, never part of an organ's name: 市统计局 and 政策研究室 have columns of their reports, too.
_DECOY_COLUMN = re.compile(
    r"网站(?:工作|年|监管)|法治政府|依法行政|[预决]算|事业单位法人|统计(?:年报|数据|公报)|企业年报|社会组织年|公开指南|公开制度|依申请公开"
    r"|法定主动公开|解读|图解|意见箱|要点"
)
# Kinds of organ, at the end of an organ's name (城中区人民政府, 市民政局, 南屏镇); an addition in brackets is dropped before.
_ORGAN_END = re.compile(
    r"(?:人民政府|政府|办公室|办公厅|委员会|委|局|厅|署|院|办|中心|管委会|街道|街道办事处|办事处|镇|乡|苏木|区|县|市|旗|州|盟|队|所|站|处|馆|社|会)$"
)
_BRACKETED = re.compile(r"[（(【\[〔][^）)】\]〕]*[）)】\]〕]$")
_DATE = re.compile(
    r"[\[(（【]?\s*20\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?\s*[\])）】]?"
)


def normal_title(title: str) -> str:
    """``title`` as the rules read it: NFKC, no white space, no list mark, no date of publication, years in digits (二〇二〇 → 2020)."""
    text = unicodedata.normalize("NFKC", title.replace("…", "\0")).replace("\0", "…")
    text = _DATE.sub("", text)
    text = re.sub(r"[\s\u200b\ufeff]+", "", text).lstrip("·•●■◆▪>-—*")
    text = re.sub(r"\.(?:pdf|docx?|xlsx?|wps|ofd|html?|shtml)$", "", text, flags=re.IGNORECASE)
    return _CHINESE_YEAR.sub(lambda match: match.group().translate(_YEAR_DIGITS), text)


def is_cut(title: str) -> bool:
    """Whether a listing cut the title off (…)."""
    return title.rstrip().endswith(_CUT)


def judge_title(title: str, column: str = "") -> str:
    """Why ``title`` is not that of an annual report; empty if it is one, or may be one that only its page can settle.

    ``column`` is the name of the column the title is listed in. In a column of annual reports shorter titles suffice: an organ
    alone (城中区人民政府 in 县区信息公开年度报告), a year with 年报, the report's name without a year. One needless request costs
    less than a lost report; elsewhere such titles are refused.
    """
    text = normal_title(title)
    if not text:
        return "no title"
    for pattern, reason in ANYWHERE.items():
        if re.search(pattern, text):
            return reason
    subjects = list(SUBJECT.finditer(text))
    in_column = names_report_column(column)
    if subjects:
        behind = _reason(BEHIND, text[subjects[-1].end() :])
        if behind:
            return behind
        if _TOLD_TO_WRITE.search(text) or (_NOTICE.search(text) and not _PUBLISHED_BY_NOTICE.search(text)):
            return "preparation of reports"
        if _YEAR.search(text) or in_column:
            return ""
        return "no year in the title"
    if is_cut(text) and _YEAR.search(text) and (_CUT_SUBJECT.search(text.rstrip("….·。")) or in_column):
        return ""
    if in_column and (_is_short_report(text) or _is_organ(text)):
        return ""
    return _reason(OTHERWISE, text) or OTHER


def names_report_column(name: str) -> bool:
    """Whether ``name`` is that of a column of annual reports (政府信息公开年报, 县区信息公开年度报告 …)."""
    text = normal_title(name)
    return bool(_COLUMN.search(text)) and not _DECOY_COLUMN.search(text)


def is_column_name(name: str) -> bool:
    """Whether ``name`` can only be that of a column of annual reports: no organ in it, or nothing but a year."""
    return is_year(name) or bool(_BARE_COLUMN.fullmatch(normal_title(name)))


def is_decoy_column(name: str) -> bool:
    """Whether ``name`` is that of another column often found beside the annual reports (指南, 制度, 政府网站工作年度报表 …)."""
    return bool(_DECOY_COLUMN.search(normal_title(name)))


def is_year(name: str) -> bool:
    """Whether ``name`` is nothing but a year, as sub-columns are named (2020, 2020年, 2020年度)."""
    return bool(re.fullmatch(r"20[0-4]\d年?度?", normal_title(name)))


def _is_short_report(text: str) -> bool:
    return is_year(text) or bool(_YEAR.search(text) and re.search(r"年度?报告?(?:$|[^表])", text))


def _is_organ(text: str) -> bool:
    return 3 <= len(text) <= 30 and bool(_ORGAN_END.search(_BRACKETED.sub("", text)))


def _reason(table: dict[str, str], text: str) -> str:
    return next((reason for pattern, reason in table.items() if re.search(pattern, text)), "")
