"""The structure of reports as authorities bend it. The quotations are of real pages; the rest of each page is invented."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.parser.model import SECTION_KEYS
from tests.parser.report_page import BODIES, HEADINGS, PREAMBLE, TABLES, TITLE, numbers, page, render
from tests.parser.test_tables import cells, codes, record

OVERVIEW = "2023年，我局收到政府信息公开申请169件，办结168件，工作平稳有序。"


def html(**changes: Any) -> str:
    return page(render(numbers("000")), **changes)


def sections(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {section["key"]: section for section in found["sections"]}


def keys(found: dict[str, Any]) -> list[str]:
    return [section["key"] for section in found["sections"] if section["presence"] != "absent"]


def whole(found: dict[str, Any]) -> bool:
    return cells(found["tables"]) == cells(numbers("000"))


def test_introduction_inside_the_overview() -> None:
    """22. The introduction inside 一、总体情况 (太平镇, 萧山审计局, 大通湖): the period is found, the text whole."""
    intro = f"根据《条例》要求，现公布本年度报告。{PREAMBLE}"
    found = record(html(preamble="", bodies=(f"{intro}</p><p>{OVERVIEW}", *BODIES[1:])))
    assert sections(found)["overview"]["text"] == f"{intro}\n{OVERVIEW}"
    assert found["identity"]["period"]["start"] == "2023-01-01"
    assert found["identity"]["period"]["end"] == "2023-12-31"


@pytest.mark.parametrize("word", ["引言", "概述", "引 言"])
def test_unnumbered_heading_before_the_first(word: str) -> None:
    """23. 引言, 概述 unnumbered before 一 (泉州, 六盘水): no section."""
    found = record(html(preamble=f"{word}</p><p>{PREAMBLE}"))
    assert sections(found)["overview"]["text"] == BODIES[0]
    assert whole(found)


def test_sections_shifted_by_one() -> None:
    """23. 一、概述 二、总体情况 … (疏勒): seven headings, the tables where they belong."""
    shifted = tuple(f"{'二三四五六七'[index]}、{heading[2:]}" for index, heading in enumerate(HEADINGS))
    found = record(html(preamble=f"一、概述</p><p>{PREAMBLE}", headings=shifted))
    assert keys(found) == list(SECTION_KEYS)
    assert sections(found)["overview"]["text"] == BODIES[0]
    assert sections(found)["other_matters"]["text"] == BODIES[5]
    assert codes(found, "S04") == [f"sections.{key}" for key in SECTION_KEYS]
    assert whole(found)


def test_numbering_restarts() -> None:
    """23. 一..六 narrative, then again 一、主动公开 二、收到和处理 三、复议诉讼 (上海市科委 2024)."""
    narrative = "".join(f"<p>{heading}</p><p>{heading[2:]}的说明，工作有序开展。</p>" for heading in HEADINGS)
    tables = render(numbers("000"))
    again = ("一、主动公开政府信息情况", "二、收到和处理政府信息公开申请情况", "三、政府信息公开行政复议、行政诉讼情况")
    behind = "".join(f"<p>{heading}</p>{tables[name]}" for heading, name in zip(again, TABLES, strict=True))
    found = record(f"<html><title>{TITLE}</title><h1>{TITLE}</h1><p>{PREAMBLE}</p>{narrative}{behind}</html>")
    assert whole(found)


@pytest.mark.parametrize(
    ("index", "heading"),
    [
        (0, "一、总体工作情况"),
        (0, "一、基本情况"),
        (0, "一、工作概述"),
        (0, "一、政府信息公开工作总体情况"),
        (1, "二、主动公开政府政府情况"),
        (3, "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况"),
        (3, "四、因政府信息公开工作被申请行政复议、因政府信息公开工作被申请行政复议、提起行政诉讼情况"),
        (4, "五、存在的主要问题及整改措施"),
        (0, "- 总体情况"),
        (0, "• 总体情况"),
        (0, "1. 总体情况"),
        (0, "㈠总体情况"),
        (0, "（1）总体情况"),
        (1, "2、主动公开政府信息情况"),
        (0, "一 、总体情况"),
        (0, "一、总体情况："),
        (4, "五、 存在的 主要问题 及改进情况"),
    ],
)
def test_heading_variant(index: int, heading: str) -> None:
    """24. 一、总体工作情况 … 二、主动公开政府政府情况 (周湾镇), `- 总体情况` (朔州), `1. 总体情况` (南漳), ㈠, （1）."""
    found = record(html(headings=(*HEADINGS[:index], heading, *HEADINGS[index + 1 :])))
    assert keys(found) == list(SECTION_KEYS)
    assert found["sections"][index]["heading_raw"] == heading
    assert [section.get("text") or "" for section in found["sections"]] == list(BODIES)
    assert whole(found)


def test_headings_as_list_items() -> None:
    """24. `• 总体情况` (兴安盟): items of a list in the markup, too."""
    parts = "".join(
        f"<ul><li>{heading[2:]}</li></ul><p>{body}</p>{render(numbers('000')).get(TABLES[index - 1], '') if 0 < index < 4 else ''}"
        for index, (heading, body) in enumerate(zip(HEADINGS, BODIES, strict=True))
    )
    found = record(f"<html><title>{TITLE}</title><h1>{TITLE}</h1><p>{PREAMBLE}</p>{parts}</html>")
    assert keys(found) == list(SECTION_KEYS)
    assert whole(found)


@pytest.mark.parametrize("count", [5, 4])
def test_fewer_sections(count: int) -> None:
    """25. Five sections (厚桥, 石家庄教育, 谯城残联), four (中村乡): the others are absent and said so."""
    found = record(html(headings=HEADINGS[:count], bodies=BODIES[:count]))
    assert keys(found) == list(SECTION_KEYS[:count])
    assert codes(found, "S01") == [f"sections.{key}" for key in SECTION_KEYS[count:]]
    assert whole(found)


def test_more_sections() -> None:
    """25. Nine sections (重庆海关 2020): those the form does not have stay in the text of the one before."""
    extra = "七、附则</p><p>本报告由办公室负责解释，欢迎监督。"
    found = record(html(bodies=(*BODIES[:5], f"{BODIES[5]}</p><p>{extra}")))
    assert keys(found) == list(SECTION_KEYS)
    assert "本报告由办公室负责解释" in sections(found)["other_matters"]["text"]


def test_no_table_at_all() -> None:
    """26. 本年度没有制定、亦无废止规章、行政规范性文件…没有收到政府信息公开申请,上年度亦无结转 (安化审计)."""
    prose = "本年度没有制定、亦无废止规章、行政规范性文件，没有收到政府信息公开申请,上年度亦无结转。"
    found = record(page({}, bodies=(BODIES[0], prose, prose, prose, BODIES[4], BODIES[5])))
    assert {table["presence"] for table in found["tables"].values()} == {"absent"}
    assert {table.get("cells") for table in found["tables"].values()} == {None}
    assert codes(found, "S05") == [f"tables.{name}" for name in TABLES]
    assert "zero_requests" in {fact["key"] for fact in found["narrative_facts"]}


def test_tables_are_images() -> None:
    """27. Under the headings only `1705995746322.jpg`, `clipbord_1705996747791.png` (白云区档案局)."""
    names = ("1705995746322.jpg", "1705996628708.jpg", "clipbord_1705996747791.png")
    found = record(page({table: f"<p><img src='/{name}'></p>" for table, name in zip(TABLES, names, strict=True)}))
    assert [table["presence"] for table in found["tables"].values()] == ["image"] * 3
    assert all(name in table["reason"] for table, name in zip(found["tables"].values(), names, strict=True))


def test_headings_with_nothing_between() -> None:
    """27. Headings 二、三、四 follow one another (盐田区水务局, 民意乡): lost, not zero."""
    found = record(page({}))
    assert [table["presence"] for table in found["tables"].values()] == ["lost_in_source"] * 3


def test_whole_page_in_a_layout_table() -> None:
    """28. Runs of hundreds of `|` (seed 003, 乐清, 白银): the report tables are nested tables."""
    row = f"<tr>{'<td>&nbsp;</td>' * 376}</tr>"
    parts = "".join(
        f"<tr><td colspan=376><p>{heading}</p><p>{body}</p>{tables}</td></tr>"
        for heading, body, tables in zip(HEADINGS, BODIES, ("", *render(numbers("000")).values(), "", ""), strict=True)
    )
    found = record(
        f"<html><title>{TITLE}</title><h1>{TITLE}</h1><table>{row}"
        f"<tr><td colspan=376><p>{PREAMBLE}</p></td></tr>{parts}{row}</table></html>"
    )
    assert whole(found)
    assert keys(found) == list(SECTION_KEYS)
    assert sections(found)["other_matters"]["text"] == BODIES[5]


CHROME_BEFORE = (
    "<div>设为首页 加入收藏 无障碍阅读 长者版</div><div>标题 正文 手机 附件</div>"
    "<div>电子书 Ι H5 Ι 图文解读 Ι 语音播报</div><div>用微信扫描二维码<br>分享至好友和朋友圈</div>"
)
CHROME_BEHIND = (
    "<div>扫一扫在手机打开当前页面</div><div>点击数:人次</div><div>访问量:</div><div>浏览次数:次</div><div>访问次数:</div>"
    + "<ul>"
    + "".join(f"<li><a href='/{n}'>区第{n}局</a></li>" for n in range(43))
    + "</ul>"
)


def test_chrome_before_and_behind() -> None:
    """29-31. 设为首页 加入收藏 …, 电子书 Ι H5 Ι 图文解读 (seed 000), 扫一扫…, 43 organs behind (seed 003), 点击数:人次."""
    bent = html(ending=CHROME_BEHIND).replace("<h1>", CHROME_BEFORE + "<h1>")
    found = record(bent)
    assert [section.get("text") or "" for section in found["sections"]] == list(BODIES)
    assert whole(found)


def test_metadata_printed_twice() -> None:
    """30. Metadata printed twice (seed 001): one value."""
    card = "<div><span>发布日期：2024-01-20</span> <span>来源：临淄区民政局</span></div>"
    found = record(html().replace("<h1>", card + "<h1>").replace("</h1>", "</h1>" + card))
    assert found["identity"]["dates"]["published"]["value"] == "2024-01-20"
    assert found["identity"]["publisher_raw"] == "临淄区民政局"


@pytest.mark.parametrize("gap", ["<br>", "</p><p>", "\n", "</span><br/><span>"])
def test_hard_line_break_inside_a_sentence(gap: str) -> None:
    """32. Hard line breaks inside sentences (seed 004, 城中区统计局): facts are read across them."""
    found = record(html(bodies=(f"2023年，我局收到政府信息{gap}公开申请169件。", *BODIES[1:])))
    assert {fact["key"]: fact["value"] for fact in found["narrative_facts"]}["new_received"] == 169


@pytest.mark.parametrize("gap", ["<span></span>", "<span><b>", "<o:p></o:p>", "<font><span>"])
def test_characters_in_nested_spans_are_kept(gap: str) -> None:
    """33. 自20231月1日起至202312月31日止 is an extractor's loss: in the markup the characters stand in nested spans."""
    period = PREAMBLE.replace("年", f"{gap}年").replace("月", f"<span><span>月{gap}</span></span>")
    found = record(html(preamble=period))
    assert found["identity"]["period"]["start"] == "2023-01-01"
    assert found["identity"]["period"]["end"] == "2023-12-31"


def test_period_damaged_by_an_extractor() -> None:
    """33. 自20231月1日起至202312月31日止 (宣州区民政局), as printed: a year must survive it, and nothing is invented."""
    found = record(html(preamble="本报告所列数据的统计期限自20231月1日起至202312月31日止。"))
    assert found["identity"]["report_year"] == 2023
    assert found["identity"]["period"]["raw"] == "统计期限自20231月1日起至202312月31日止"


def test_signature_inside_o_p() -> None:
    """34. Organ and date of the page stand inside `<o:p>` elements (沭阳)."""
    ending = "<p align=right><o:p>临淄区民政局</o:p></p><p><span><o:p>2024年1月20日</o:p></span></p>"
    found = record(html(ending=ending))
    assert found["identity"]["dates"]["signed"]["value"] == "2024-01-20"
    assert sections(found)["other_matters"]["text"] == BODIES[5]
