"""Irregular pages: titles, cards, dates, sections, and what stands around the report.

Each function bends a draft; its name is the tag of the irregularity. Numbers in the docstrings are those of the list
of irregularities of the corpus research. Knows nothing of cells.
"""

from __future__ import annotations

import html
from datetime import date

from tests.corpus.generator import identity as identities
from tests.corpus.generator.byte_deviations import (
    bad_bytes,
    byte_order_mark,
    charset_disagreed,
    charset_gbk,
    charset_header_only,
    charset_name,
    charset_undeclared,
    charset_wrong,
    control_characters,
    xml_declaration,
)
from tests.corpus.generator.carrier_deviations import flatten
from tests.corpus.generator.draft import Draft
from tests.corpus.gold import SECTIONS

LABELLED_FRAMES = ("trs_card", "hanweb", "jpaas", "vsb_card", "gkmlpt", "govcn", "shaanxi", "gongkai")


def title_worded(draft: Draft) -> None:
    """11: another wording of the title."""
    draft.identity.title = draft.rng.choice(identities.title_variants(draft.identity))


def title_without_year(draft: Draft) -> None:
    """10: no year in the title; the period of the preamble says it."""
    draft.identity.title = f"{draft.identity.organ}政府信息公开工作年度报告"


def title_on_two_lines(draft: Draft) -> None:
    """11: the title broken over lines."""
    organ = draft.identity.organ
    rest = draft.identity.title.removeprefix(organ)
    draft.knobs["title_html"] = f"{html.escape(organ)}<br/>{html.escape(rest)}"


def preamble_inside(draft: Draft) -> None:
    """22: the introduction below the heading of section one."""
    draft.preamble_inside = True


def headings_worded(draft: Draft) -> None:
    """24: other wordings of the headings."""
    draft.headings["overview"] = draft.rng.choice(("总体工作情况", "政府信息公开工作总体情况", "总体情况"))
    draft.headings["review_litigation"] = draft.rng.choice(
        ("因政府信息公开工作被申请行政复议、提起行政诉讼情况", "政府信息公开行政复议、行政诉讼情况")
    )
    draft.headings["problems_improvements"] = draft.rng.choice(
        ("政府信息公开工作存在的主要问题及改进情况", "存在的主要问题及整改措施", "存在的问题及改进情况")
    )
    draft.headings["active_disclosure"] = draft.rng.choice(("主动公开政府信息的情况", "主动公开政府政府情况"))


def headings_numbered(draft: Draft) -> None:
    """24: other numbering of the headings."""
    style = draft.rng.choice(("arabic", "brackets", "spaced", "comma", "bullet"))
    for key, numeral, arabic in zip(SECTIONS, "一二三四五六", "123456", strict=True):
        draft.numerals[key] = {
            "arabic": f"{arabic}.",
            "brackets": f"（{numeral}）",
            "spaced": f"{numeral} 、",
            "comma": f"{numeral}，",
            "bullet": "•",
        }[style]


def sections_shifted(draft: Draft) -> None:
    """23: a section of its own comes first, and the numbers of the six move by one."""
    draft.numerals = dict(zip(SECTIONS, "二三四五六七", strict=True))
    draft.preamble = ["一、概述", *draft.preamble]


def section_six_missing(draft: Draft) -> None:
    """25: no section six."""
    draft.presence["other_matters"] = ["absent"]


def section_six_empty(draft: Draft) -> None:
    """25: a heading of section six with nothing below."""
    draft.prose["other_matters"] = []
    draft.presence["other_matters"] = ["present_empty"]
    draft.ending = ""


def index_junk(draft: Draft) -> None:
    """1: an index number somebody typed to fill the field."""
    draft.identity.index_printed = draft.identity.index_number = (
        f"234234234444444444/{draft.identity.published.year}-00001"
    )


def index_without_organ(draft: Draft) -> None:
    """2: an index number without its organ part."""
    draft.identity.index_printed = draft.identity.index_number = f"/{draft.identity.published.year}-172732"


def index_placeholder(draft: Draft) -> None:
    """A placeholder in the field of the index number."""
    draft.identity.index_printed = draft.rng.choice(("无", "-", "", "null", "暂无", "&nbsp;"))
    draft.identity.index_number = None


def doc_number_template(draft: Draft) -> None:
    """5: the empty template of a document number, or the word for none."""
    draft.identity.doc_printed = draft.rng.choice(("〔〕号", "无文号", "无", "—"))
    draft.identity.doc_number = None


def doc_number_real(draft: Draft) -> None:
    """5: a document number."""
    number = f"{draft.rng.choice(('临政字', '金统发', '萧政办', '宣民'))}〔{draft.identity.published.year}〕{draft.rng.randrange(1, 99)}号"
    draft.identity.doc_printed = draft.identity.doc_number = number


def publisher_another(draft: Draft) -> None:
    """8: the publisher is not the organ that reports."""
    draft.identity.publisher = draft.rng.choice(("政务服务管理局", "区政府办", "示例市人民政府", draft.identity.short))


def date_spelled(draft: Draft) -> None:
    """7: dates in other spellings."""
    draft.identity.date_style = draft.rng.choice(("%Y年%m月%d日", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d 16:24:38"))


def url_date_wrong(draft: Draft) -> None:
    """12: the date in the address is not that of publication."""
    draft.url = "http://www.example.gov.cn/xxgk/zfxxgknb/" + draft.rng.choice(
        ("t19700101_3441457.shtml", "202506/t20250630_2054024.shtml")
    )


def signed_wrong_year(draft: Draft) -> None:
    """13: signed a year too early."""
    day = draft.identity.published
    draft.identity.signed = f"{day.year - 1}年{day.month}月{day.day}日"
    draft.ending = "signature"


def published_late(draft: Draft) -> None:
    """14: published long after the end of March."""
    draft.identity.published = date(draft.identity.year + 1, 12, 20)


def signature(draft: Draft) -> None:
    """Organ and date below the report."""
    draft.ending = "signature"


def signature_in_word_element(draft: Draft) -> None:
    """34: organ and date of the signature inside o:p elements."""
    draft.ending = "word"


def links_after_report(draft: Draft) -> None:
    """30: dozens of other organs listed below the report."""
    draft.ending = "links"


def layout_table(draft: Draft) -> None:
    """28: the whole page in one layout table of hundreds of columns."""
    draft.knobs["layout"] = "table"


def unrelated_tables(draft: Draft) -> None:
    """Other tables on the page, full of numbers, that are none of the report's."""
    draft.knobs["unrelated"] = "yes"


def body_in_script(draft: Draft) -> None:
    """The body stands in a script only, as the platform of Guangdong sends it."""
    draft.frame, draft.knobs["body_in"] = "gkmlpt", "script"


def hard_line_breaks(draft: Draft) -> None:
    """32: one paragraph with line breaks instead of paragraphs."""
    draft.knobs["prose"] = "breaks"


def title_without_organ(draft: Draft) -> None:
    """10: a title that names no organ; the publisher does."""
    draft.identity.title = f"{draft.identity.year}年度政府信息公开工作年度报告"
    draft.identity.names += [None]
    draft.frame = draft.rng.choice(LABELLED_FRAMES)


def word_head(draft: Draft) -> None:
    """The head of a Word document in the middle of the page: XML, styles, processing instructions."""
    draft.knobs["word_head"] = "yes"


def plain_text(draft: Draft) -> None:
    """The page as the plain text an extractor made of it, a cell a line."""
    draft.frame = "gongkai"
    draft.knobs["carrier"] = "text"
    flatten(draft, "lines")
    # Text has no pictures and no files: what stood in place of a table is gone.
    draft.table_presence = {table: [*states, "lost_in_source"] for table, states in draft.table_presence.items()}


def table_of_contents(draft: Draft) -> None:
    """The headings a first time, as a table of contents with page numbers."""
    contents = [
        f"{numeral}、{draft.headings[key]}……{page}"
        for page, (key, numeral) in enumerate(draft.numerals.items(), start=1)
    ]
    draft.preamble = ["目录", *contents, *draft.preamble]


def comparison_table(draft: Draft) -> None:
    """A table in section one that sets this year's numbers beside those of the year before."""
    year = draft.identity.year
    rows = "".join(
        f"<tr><td>{label}</td><td>{draft.rng.randrange(500)}</td><td>{draft.rng.randrange(500)}</td></tr>"
        for label in ("本年新收政府信息公开申请数量", "行政规范性文件", "行政许可", "行政复议", "政府网站公开信息数")
    )
    draft.knobs["comparison"] = (
        f"<table border=1><tr><td>指标</td><td>{year - 1}年</td><td>{year}年</td></tr>{rows}</table>"
    )


def bad_spans(draft: Draft) -> None:
    """Spans that are no numbers, which browsers take for one."""
    draft.knobs["bad_spans"] = "yes"


CARD_DEVIATIONS = (
    index_junk,
    index_without_organ,
    index_placeholder,
    doc_number_template,
    doc_number_real,
    publisher_another,
    date_spelled,
)
PAGE_DEVIATIONS = (
    title_worded,
    title_without_year,
    title_on_two_lines,
    preamble_inside,
    headings_worded,
    headings_numbered,
    sections_shifted,
    section_six_missing,
    section_six_empty,
    *CARD_DEVIATIONS,
    url_date_wrong,
    signed_wrong_year,
    published_late,
    signature,
    signature_in_word_element,
    links_after_report,
    layout_table,
    unrelated_tables,
    body_in_script,
    hard_line_breaks,
    charset_gbk,
    charset_header_only,
    charset_undeclared,
    charset_wrong,
    charset_disagreed,
    byte_order_mark,
    title_without_organ,
    charset_name,
    xml_declaration,
    bad_bytes,
    control_characters,
    word_head,
    plain_text,
    table_of_contents,
    comparison_table,
    bad_spans,
)
