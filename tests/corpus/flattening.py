"""Reading by flattening: the page as one text, labels found by regular expressions, the numbers after them in order.

One of the two approaches people otherwise take, done as well as it can be: labels are found whatever the spaces and
brackets, thousands separators, units and signs are understood, a table's rows are sought only between its headings.
What it cannot know is which column a number stood in. Has a label list of its own, as such scripts do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import lxml.html

from tests.corpus.gold import COLUMNS, Number
from tests.corpus.reading import Reading

APPLICATIONS = (
    ("new_received", "本年新收政府信息公开申请数量"),
    ("carried_over_in", "上年结转政府信息公开申请数量"),
    ("granted", "予以公开"),
    ("granted_in_part", "部分公开(?:\\(区分处理的,只计这一情形,不计其他情形\\))?"),
    ("refused_state_secret", "属于国家秘密"),
    ("refused_prohibited_by_law", "其他法律行政法规禁止公开"),
    ("refused_three_securities_one_stability", "危及.?三安全一稳定.?"),
    ("refused_third_party_rights", "保护第三方合法权益"),
    ("refused_internal_affairs", "属于三类内部事务信息"),
    ("refused_deliberative_process", "属于四类过程性信息"),
    ("refused_enforcement_case_file", "属于行政执法案卷"),
    ("refused_administrative_inquiry", "属于行政查询事项"),
    ("unable_not_held", "本机关不掌握相关政府信息"),
    ("unable_requires_creation", "没有现成信息需要另行制作"),
    ("unable_unclear_after_correction", "补正后申请内容仍不明确"),
    ("not_processed_petition_complaint", "信访举报投诉类申请"),
    ("not_processed_duplicate", "重复申请"),
    ("not_processed_publication", "要求提供公开出版物"),
    ("not_processed_excessive_repeat", "无正当理由大量反复申请"),
    ("not_processed_reconfirm_or_reissue", "要求行政机关确认或重新出具已获取信息"),
    ("other_correction_overdue", "(?:申请人无正当理由)?逾期不补正、行政机关不再处理其政府信息公开申请"),
    ("other_fee_unpaid", "(?:申请人逾期未按收费通知(?:要求)?)?缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("other_misc", "3[.、]?其他"),
    ("total_handled", "\\(七\\)总计"),
    ("carried_over_out", "结转下年度继续办理"),
)
SINGLE_OTHER = ("other_handling", "\\(六\\)其他处理")
ACTIVE = {
    "2021": (
        ("regulations", "规章", ("issued", "repealed", "in_force")),
        ("normative_documents", "(?:行政)?规范性文件", ("issued", "repealed", "in_force")),
        ("administrative_licensing", "行政许可", ("decisions",)),
        ("administrative_penalty", "行政处罚", ("decisions",)),
        ("administrative_compulsion", "行政强制", ("decisions",)),
        ("administrative_fees", "行政事业性收费", ("amount",)),
    ),
    "2019": (
        ("regulations", "规章", ("newly_made", "newly_disclosed", "total_disclosed")),
        ("normative_documents", "规范性文件", ("newly_made", "newly_disclosed", "total_disclosed")),
        ("administrative_licensing", "行政许可", ("items_prev_year", "items_change", "decisions")),
        ("other_external_services", "其他对外管理服务事项", ("items_prev_year", "items_change", "decisions")),
        ("administrative_penalty", "行政处罚", ("items_prev_year", "items_change", "decisions")),
        ("administrative_compulsion", "行政强制", ("items_prev_year", "items_change", "decisions")),
        ("administrative_fees", "行政事业性收费", ("items_prev_year", "items_change")),
        ("centralized_procurement", "政府集中采购", ("procurement_projects", "procurement_amount")),
    ),
}
REVIEW_ROWS = ("review", "litigation_direct", "litigation_after_review")
MONEY = ("amount", "procurement_amount")
NUMBER = re.compile(
    r"(?P<sign>[增加减少+-]{0,2})(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:件|项|宗|条|个|万元|元)?"
)
HEADINGS = (
    ("overview", r"[一二]、[^。;]{0,14}总体(?:工作)?情况"),
    ("active_disclosure", r"[二三]、主动公开政府信息(?:的)?情况"),
    ("applications", r"[三四]、收到和处理政府信息公开申请情况"),
    ("review_litigation", r"[四五]、[^。;]{0,14}行政复议[^。;]{0,8}行政诉讼情况"),
    ("problems_improvements", r"[五六]、[^。;]{0,10}存在的[^。;]{0,14}(?:情况|措施)"),
    ("other_matters", r"[六七]、其他需要报告的?事项"),
)


def read_by_flattening(body: bytes, _url: str, content_type: str) -> Reading:
    """The page as text, every label followed by the numbers that come next."""
    text = flat_text(body, content_type)
    if "年度报告" not in text and "年报" not in text:
        return Reading(report=False, era="", identity={}, sections={})
    compact = re.sub(r"[ \t\u00a0\u3000\u200b\ufeff]+", " ", text)
    reading = Reading(identity=read_identity(compact), sections={})
    assert reading.sections is not None
    starts = {}
    for key, pattern in HEADINGS:
        found = [match.start() for match in re.finditer(_loosely(pattern), compact)]
        if found:
            starts[key] = found[-1]
            reading.sections[key] = "present"
    reading.report = len(starts) >= 3
    if not reading.report:
        return Reading(report=False, era="", identity={}, sections={})
    ends = sorted([*starts.values(), len(compact)])
    parts = {key: compact[start : next(end for end in ends if end > start)] for key, start in starts.items()}
    fill(reading, parts)
    return reading


def fill(reading: Reading, parts: dict[str, str]) -> None:
    """The three tables from the text of their sections."""
    active, applications = parts.get("active_disclosure", ""), parts.get("applications", "")
    form = "2019" if re.search(_loosely("新制作数量|政府集中采购"), active) else "2021"
    reading.era = form
    for row, label, columns in ACTIVE[form]:
        put(reading, "active_disclosure", row, columns, after(active, label, len(columns)))
    rows = list(APPLICATIONS)
    if not re.search(_loosely("逾期不补正"), applications):
        rows[-5:-2] = [SINGLE_OTHER]
    for row, label in rows:
        put(reading, "applications", row, COLUMNS["applications"], after(applications, label, 7))
    review = parts.get("review_litigation", "")
    numbers = [number(match) for match in NUMBER.finditer(review[review.rfind("总计") :])] if "总计" in review else []
    for place, row in enumerate(REVIEW_ROWS):
        put(reading, "review_litigation", row, COLUMNS["review_litigation"], numbers[place * 5 : place * 5 + 5])


def after(text: str, label: str, count: int) -> list[str]:
    """The next numbers after a label, as far as nothing but numbers follows it."""
    match = re.search(_loosely(label), text)
    if not match:
        return []
    found: list[str] = []
    place = match.end()
    while len(found) < count and (
        following := re.compile(r"\s*" + NUMBER.pattern + r"(?:\([^)]*\))?(?=\s|$)").match(text, place)
    ):
        found.append(number(following))
        place = following.end()
    return found


def put(reading: Reading, table: str, row: str, columns: Sequence[str], numbers: Sequence[str]) -> None:
    for column, printed in zip(columns, numbers, strict=False):
        value: Number = printed if column in MONEY else int(printed) if re.fullmatch(r"-?\d+", printed) else None
        if value is not None:
            reading.cells[f"{table}.{row}.{column}"] = ("R", value)


def number(match: re.Match[str]) -> str:
    """A number as printed, separators gone, 减 as a minus sign."""
    sign = "-" if set(match["sign"]) & {"减", "-"} else ""
    return sign + match["digits"].replace(",", "")


def decode(body: bytes, content_type: str) -> str:
    """A page in the charset it declares, or the first that fits."""
    declared = re.search(r"charset=[\"']?([\w-]+)", content_type + body[:2048].decode("ascii", "replace"))
    for charset in (*([declared[1].lower()] if declared else []), "utf-8", "gb18030"):
        try:
            return body.decode({"gb2312": "gb18030", "gbk": "gb18030"}.get(charset, charset)).lstrip("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("utf-8", "replace")


def flat_text(body: bytes, content_type: str) -> str:
    """The text of a page, one block element a line."""
    source = decode(body, content_type)
    if re.search(r"<(?:html|body|p|div|table)\b", source, re.IGNORECASE):
        root = lxml.html.fromstring(source.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
        for element in root.xpath("//script|//style"):
            element.drop_tree()
        for element in root.iter("p", "div", "tr", "td", "th", "br", "li", "h1", "h2", "h3"):
            element.tail = "\n" + (element.tail or "")
        source = root.text_content()
    return unicodedata.normalize("NFKC", source)


def read_identity(text: str) -> dict[str, str | int | None]:
    """Title, year, index number, document number and date by the usual expressions."""
    title = re.search(
        r"([\u4e00-\u9fff()]{4,30}?)\s*(20\d\d)\s*年度?\s*(?:政府|政务)?信息公开(?:工作)?(?:年度)?(?:工作)?(?:报告|年报)",
        text,
    )
    year_first = re.search(
        r"(20\d\d)\s*年度?\s*([\u4e00-\u9fff()]{4,30}?)(?:政府|政务)信息公开(?:工作)?年度(?:工作)?报告", text
    )
    index = re.search(r"索\s*引\s*号\s*[::]?\s*([0-9A-Z/-]{6,40})", text)
    doc = re.search(r"(?:文\s*号|发文字号)\s*[::]?\s*([\u4e00-\u9fff]+〔20\d\d〕\d+号)", text)
    day = re.search(
        r"(?:发布日期|发布时间|公开日期|成文日期|发文日期|生成日期)\s*[::]?\s*(20\d\d)[-年/.](\d{1,2})[-月/.](\d{1,2})",
        text,
    )
    return {
        "organ": title[1] if title else year_first[2] if year_first else None,
        "year": int(title[2]) if title else int(year_first[1]) if year_first else None,
        "index_number": index[1] if index else None,
        "doc_number": doc[1] if doc else None,
        "published": f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}" if day else None,
    }


def _loosely(pattern: str) -> str:
    """A pattern that allows white space between any two Chinese characters."""
    return re.sub(r"([\u4e00-\u9fff])(?=[\u4e00-\u9fff])", r"\1\\s*", pattern)
