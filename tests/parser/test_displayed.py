"""What a page does not show, strikes out or raises is no part of a number; a body that only a script holds is read."""

from __future__ import annotations

import json

import pytest

from pipelines.parser.blocks import TableBlock, TextBlock
from pipelines.parser.markup import read_html

ROW = "<table><tr><td>规章</td><td>{}</td><td>5</td></tr></table>"
PROSE = "2023年，本机关认真贯彻落实政府信息公开条例。" * 60


def cell(inner: str) -> str:
    """The text of the second cell of a row."""
    (table,) = [block for block in read_html(ROW.format(inner)).blocks if isinstance(block, TableBlock)]
    found = table.grid.rows[0][1]
    assert found is not None
    return found.text


def lines(html: str) -> list[str]:
    return [block.text for block in read_html(html).blocks if isinstance(block, TextBlock)]


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">77</span>',
        '<SPAN STYLE="color:red; DISPLAY : none">77</SPAN>',
        '<span style="display: none;mso-hide:all">77</span>',
        '<span style="visibility:hidden">77</span>',
        "<b hidden>77</b>",
        "<p style='mso-hide:all'>77</p>",
    ],
)
def test_what_is_not_displayed_is_not_read(hidden: str) -> None:
    assert cell(hidden + "38") == cell("38" + hidden) == "38"


@pytest.mark.parametrize(
    "style", ["border:none", "overflow:hidden", "text-decoration:none", "border-collapse:collapse"]
)
def test_other_styles_hide_nothing(style: str) -> None:
    assert cell(f'<span style="{style}">38</span>') == "38"


def test_a_hidden_table_is_none_and_a_hidden_cell_keeps_its_place_where_it_takes_room() -> None:
    blocks = read_html(f'<div style="display:none">{ROW.format(77)}</div>{ROW.format(38)}').blocks
    assert [block.grid.rows[0][1].text for block in blocks if isinstance(block, TableBlock)] == ["38"]  # type: ignore[union-attr]
    row = read_html(ROW.replace("<td>{}", '<td style="visibility:hidden">77')).blocks[0]
    assert isinstance(row, TableBlock)
    assert [found and found.text for found in row.grid.rows[0]] == ["规章", "", "5"]


def test_an_article_hidden_until_a_script_has_run_is_read() -> None:
    page = f'<body style="display:none"><p>首页</p><div style="visibility:hidden"><p>{PROSE}</p></div></body>'
    assert lines(page) == ["首页", PROSE]
    assert lines(f'<p>{PROSE}{PROSE}</p><div style="display:none"><p>{PROSE}</p></div>') == [PROSE * 2]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<s>79</s>76", "76"),
        ("<del>79</del> 76", "76"),
        ("76<strike>79</strike>", "76"),
        ('<span style="text-decoration: line-through;">79</span>76', "76"),
        ("<s>79</s>", "7\u03369\u0336"),
        ("<p><del>79</del></p>", "7\u03369\u0336"),
    ],
)
def test_what_is_struck_out_is_no_part_of_the_value(inner: str, text: str) -> None:
    assert cell(inner) == text


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("6<sup>2</sup>", "6²"),
        ('6<span style="vertical-align:super">12</span>', "6¹²"),
        ("6<sub>2</sub>", "6₂"),
        ("6<sup>[1]</sup>", "6[¹]"),
        ("<sup>62</sup>", "62"),
        ("<p><sub>62</sub></p>", "62"),
    ],
)
def test_raised_and_lowered_digits_stay_apart(inner: str, text: str) -> None:
    assert cell(inner) == text


def test_a_picture_in_a_cell_is_not_blank() -> None:
    assert cell('<img src="a.png">') == "\ufffc"
    assert cell('<img src="a.png">5') == "5"


def test_preformatted_text_keeps_its_lines() -> None:
    assert lines("<pre>规章    1    0\n行政许可    5\n</pre><p>一\n行</p>") == ["规章 1 0", "行政许可 5", "一 行"]


def test_a_hint_for_a_line_break_is_nothing() -> None:
    assert cell("6<wbr>4") == cell("6<WBR/>4") == "64"


def _script(markup: str, name: str = "content") -> str:
    text = json.dumps({"id": 1, "title": "x", name: markup}).replace("<", "\\u003C").replace("/", "\\/")
    return f"<script>var a = 'it'; window.X = {{\"D\": {text}}};</script>"


@pytest.mark.parametrize("name", ["content", "body"])
def test_a_body_that_only_a_script_holds_stands_in_its_place(name: str) -> None:
    script = _script(f"<p>{PROSE}</p>{ROW.format(38)}", name)
    blocks = read_html(f"<h1>年度报告</h1>{script}<p>版权所有</p>").blocks
    assert [block.text if isinstance(block, TextBlock) else "table" for block in blocks] == [
        *("年度报告", PROSE, "table", "版权所有"),
    ]
    assert lines(f"<html><head>{script}</head><body><h1>年度报告</h1></body></html>") == ["年度报告", PROSE]


@pytest.mark.parametrize(
    "page",
    [
        f"<p>{PROSE}。</p>{_script(f'<p>{PROSE}</p>')}",
        f"<p>首页</p>{_script(PROSE)}",
        f"<p>首页</p>{_script('<p>短</p>')}",
        "<p>首页</p><script>var a = '" + "\\\\" * 5000 + '"<p>' + '\\"' * 5000 + "</script>",
    ],
)
def test_a_script_is_not_read_where_the_page_has_text_or_it_holds_no_article(page: str) -> None:
    assert len(lines(page)) == 1


def test_labels_in_elements_without_space_between_them() -> None:
    html = "<div><span>信息来源：某局</span><span>发表日期：2025-01-11</span></div>"
    assert ("发表日期", "2025-01-11") in read_html(html).labels
