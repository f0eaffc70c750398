"""Reading a page: charsets, labelled values, tables as grids."""

from __future__ import annotations

import pytest

from pipelines.parser.page import Page, ReportPage, TableBlock, TextBlock, read_page

TEXT = "淄博市临淄区人民政府2023年政府信息公开工作年度报告"


def read(html: str) -> Page:
    return read_page(ReportPage(html.encode(), content_type="text/html"))


def lines(page: Page) -> list[str]:
    return [block.text for block in page.blocks if isinstance(block, TextBlock)]


@pytest.mark.parametrize(
    ("body", "content_type", "declared", "used"),
    [
        (TEXT.encode(), "text/html; charset=gb2312", "gb2312", "utf-8"),
        (TEXT.encode("gb18030"), "text/html; charset=UTF-8", "utf-8", "gb18030"),
        (b"<meta charset='utf-8'>" + TEXT.encode("gbk"), "text/html", "utf-8", "gb18030"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "", None, "utf-8"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "", None, "utf-16-le"),
        (TEXT.encode(), "", None, "utf-8"),
    ],
)
def test_charset_is_tried_not_believed(body: bytes, content_type: str, declared: str | None, used: str) -> None:
    page = read_page(ReportPage(body, content_type=content_type))
    assert TEXT in lines(page)
    assert (page.charset_declared, page.charset_used) == (declared, used)


def test_undecodable_bytes_are_replaced_and_the_rest_kept() -> None:
    page = read_page(
        ReportPage(TEXT.encode() + b"\xff\xfe\xfa" + TEXT.encode()[:7], content_type="text/plain; charset=utf-8")
    )
    assert TEXT in "".join(lines(page))


@pytest.mark.parametrize(
    ("html", "labels"),
    [
        ("<p>索引号: H001/2024 文号: 〔〕号</p>", [("索引号", "H001/2024"), ("文号", "〔〕号")]),
        (
            "<p>信息来源：某局  发布日期：2021-01-29 09:30 【字体：大 中 小】</p>",
            [("信息来源", "某局"), ("发布日期", "2021-01-29 09:30")],
        ),
        ("<p>发布时间：2024-01-26 浏览次数：<script>x</script>次</p>", [("发布时间", "2024-01-26")]),
        (
            "<table><tr><td>索 引 号</td><td>H1</td><td>成文日期</td><td>2024-01-17</td></tr>"
            "<tr><th>文号</th><td></td><th>公开方式</th><td>主动公开</td></tr></table>",
            [("索引号", "H1"), ("成文日期", "2024-01-17"), ("文号", ""), ("公开方式", "主动公开")],
        ),
        ("<p>文号 公开方式 主动公开</p>", [("文号", ""), ("公开方式", "主动公开")]),
        ("<ul><li><b>索引号</b><span>X1</span></li></ul>", [("索引号", "X1")]),
        ("<dl><dt>发布机构</dt><dd>区政府办</dd></dl>", [("发布机构", "区政府办")]),
        ("<p>近年来，资金来源:多方筹措。</p>", []),
    ],
)
def test_labelled_values(html: str, labels: list[tuple[str, str]]) -> None:
    assert list(read(html).labels) == labels


def test_scripts_styles_and_comments_are_no_text() -> None:
    page = read(
        "<head><title> 标题 </title><style>p{}</style></head>"
        "<p>甲<script>var a='<p>乙';</script><!-- 丙 -->丁</p><noscript>戊</noscript>"
    )
    assert lines(page) == ["甲丁"]
    assert page.html_title == "标题"


def test_meta_links_images_and_attachments() -> None:
    page = read(
        "<head><meta name='PubDate' content='2024-01-26'><meta name=pubdate content='x'></head>"
        "<p>甲</p><p><img src='a.png'><a href='b.pdf'>附件</a></p>"
    )
    assert page.meta == {"pubdate": "2024-01-26"}
    assert page.links == (("附件", "b.pdf"),)
    assert [address for _, address in page.images] == ["a.png"]
    assert [address for _, address in page.attachments] == ["b.pdf"]


def test_grid_is_rectangular_whatever_the_spans_say() -> None:
    page = read(
        "<table><tr><td rowspan=3>甲</td><td colspan=2>乙</td></tr><tr><td>1</td></tr><tr><td>2</td><td>3</td></tr>"
        "<tr><td rowspan=0 colspan=-1>4</td><td rowspan=99999999999>5</td><td colspan=999999>6</td></tr></table>"
    )
    (table,) = [block for block in page.blocks if isinstance(block, TableBlock)]
    assert len({len(row) for row in table.grid.rows}) == 1
    assert [[cell.text for cell in table.grid.cells(index)] for index in range(4)] == [
        ["甲", "乙"],
        ["甲", "1"],
        ["甲", "2", "3"],
        ["4", "5", "6"],
    ]


def test_nested_table_is_read_and_its_layout_is_text() -> None:
    page = read(
        "<table><tr><td colspan=300>头</td></tr><tr><td>左</td><td><p>上</p>"
        "<table><tr><td>a</td><td>1</td></tr></table><p>下</p></td></tr></table>"
    )
    assert lines(page) == ["头", "左", "上", "下"]
    tables = [block for block in page.blocks if isinstance(block, TableBlock)]
    assert [(table.ordinal, [cell.text for cell in table.grid.cells(0)]) for table in tables] == [(2, ["a", "1"])]


def test_lines_in_a_cell_run_on_but_numbers_do_not_join() -> None:
    page = read("<table><tr><td>本年新<br>制作数量</td><td>1<br>2</td><td><p>商业</p><p>企业</p></td></tr></table>")
    (table,) = [block for block in page.blocks if isinstance(block, TableBlock)]
    assert [cell.text for cell in table.grid.cells(0)] == ["本年新制作数量", "1 2", "商业企业"]


@pytest.mark.parametrize("tag", ["font", "div", "span"])
def test_unclosed_tags_lose_nothing(tag: str) -> None:
    page = read(f"<{tag}>" * 700 + "<p>甲</p><table><tr><td>a</td><td>1</td></tr></table><p>乙</p>")
    assert lines(page) == ["甲", "乙"]
    assert sum(isinstance(block, TableBlock) for block in page.blocks) == 1
