"""Which pages are nothing but a link to the report, and where the link leads; what is invented here is all of it."""

from __future__ import annotations

import time

import pytest

from pipelines.parser import Hints, ReportPage, find_carriers
from tests.portals.carried import file_page, frame_page, text_page
from tests.portals.pages import seed_answer

TITLE = "示例区人民政府2023年政府信息公开工作年度报告"
URL = "https://www.example.gov.cn/zwgk/nb/t20240126_1.html"
HERE = "https://www.example.gov.cn/zwgk/nb/"


def carriers(html: str, url: str = URL, title: str = "") -> tuple[str, ...]:
    return find_carriers(ReportPage(html.encode(), url, "text/html; charset=utf-8", Hints(listing_title=title)))


def with_content(content: str, title: str = TITLE) -> str:
    return frame_page(title, "about:blank").replace("</h1>", f"</h1>{content}")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("./P020240126000000000001.html", "P020240126000000000001.html"),
        ("P020240126000000000001.pdf#page=1", "P020240126000000000001.pdf"),
        ("/pdfjs/web/viewer.html?file=/upload/a.pdf", "/upload/a.pdf"),
        ("/pdfjs/web/viewer.html?file=%2Fupload%2Fa.pdf&page=2", "/upload/a.pdf"),
        ("/pdfjs/web/viewer.html?file=../../upload/a.pdf", "/upload/a.pdf"),
        ("/view/?pdfurl=https://file.example.gov.cn/a.PDF", "https://file.example.gov.cn/a.PDF"),
        ("https://view.example.com/op?src=https://oss.other.gov.cn/a.docx", "https://oss.other.gov.cn/a.docx"),
    ],
)
def test_a_frame_leads_to_the_page_or_file_it_shows(source: str, expected: str) -> None:
    absolute = (
        expected
        if "//" in expected
        else f"{HERE.removesuffix('/zwgk/nb/')}{expected}"
        if expected[0] == "/"
        else HERE + expected
    )
    assert carriers(frame_page(TITLE, source)) == (absolute,)


def test_files_come_in_the_order_of_the_page_and_those_of_its_frame_do_not() -> None:
    page = file_page(
        TITLE, "./P020240126000000000001.doc", "./P020240126000000000002.pdf", "P020240126000000000001.doc"
    )
    assert carriers(page) == (f"{HERE}P020240126000000000001.doc", f"{HERE}P020240126000000000002.pdf")


@pytest.mark.parametrize(
    "content",
    [
        '<script>showVsbpdfIframe("/__local/1/2/a.pdf","100%","600","0","","vsb")</script>',
        '<script>var pdfUrl = "/__local/1/2/a.pdf"; show(pdfUrl)</script>',
        '<object data="/__local/1/2/a.pdf" type="application/pdf"></object>',
        '<embed src="/__local/1/2/a.pdf">',
        '<iframe src="/__local/1/2/a.pdf"></iframe><p><a href="/__local/1/2/a.pdf">下载</a></p>',
    ],
)
def test_however_a_file_is_shown_it_is_found_once(content: str) -> None:
    assert carriers(with_content(content)) == ("https://www.example.gov.cn/__local/1/2/a.pdf",)


def test_pictures_of_pages_count_where_there_is_neither_file_nor_frame() -> None:
    pictures = '<p><img src="./W020240126000000000001.png"></p><p><img src="./W020240126000000000002.png"></p>'
    chrome = '<img src="/images/logo.png"><a href="/x"><img src="/upload/202401/banner1.jpg"></a><img src="t202401.gif" width="20">'
    expected = (f"{HERE}W020240126000000000001.png", f"{HERE}W020240126000000000002.png")
    assert carriers(with_content(pictures + chrome)) == expected
    assert carriers(with_content(f'{pictures}<a href="a202401.pdf">附件</a>')) == (f"{HERE}a202401.pdf",)


def test_the_listing_may_name_the_report_where_the_page_does_not() -> None:
    page = file_page("公告", "./a202401.pdf")
    assert carriers(page) == ()
    assert carriers(page, title=TITLE) == (f"{HERE}a202401.pdf",)


def rows(*titles: str) -> str:
    return "".join(f'<li><a href="{number}.pdf">{title}</a></li>' for number, title in enumerate(titles))


@pytest.mark.parametrize(
    "html",
    [
        with_content(f"<p>{'本机关依法公开政府信息。' * 60}</p>" + '<a href="a.pdf">附件</a>'),
        with_content(rows(*(f"示例区第{n}局2023年政府信息公开工作年度报告" for n in range(6)))),
        with_content(rows("2021年政府信息公开年度报告", "2020年政府信息公开年度报告")),  # of other years
        file_page("示例区2023年政府信息公开工作年度报告图解", "./a.pdf"),
        file_page("关于编制2023年政府信息公开工作年度报告的通知", "./a.pdf"),
        file_page("示例区2023年政府工作报告", "./a.pdf"),
        with_content('<a href="/x/sqb.doc">依申请公开申请表</a><a href="/x/reader.pdf">阅读器使用手册</a>'),
        frame_page(TITLE, "https://www.example.com/report.html"),  # no government's
        frame_page(TITLE, "javascript:void(0)"),
        frame_page(TITLE, "/common/footer.html"),
        frame_page(TITLE, URL),
        frame_page(TITLE, "https://[broken/"),
        with_content(
            '<iframe src="/count.html" width="0" height="0"></iframe><iframe src="/r.html" style="display: none">'
        ),
        "",
        "<",
    ],
    ids=lambda html: str(len(html)),
)
def test_any_other_page_leads_nowhere(html: str) -> None:
    assert carriers(html) == ()


def test_a_page_without_an_address_leads_nowhere() -> None:
    assert carriers(file_page(TITLE, "a.pdf"), url="") == ()
    assert carriers(file_page(TITLE, "a.pdf"), url="file:///a/b.html") == ()


@pytest.mark.parametrize("stem", ["000", "001", "002", "003", "004"])
def test_a_report_leads_nowhere_whatever_stands_beside_it(stem: str) -> None:
    body = seed_answer(stem).body
    assert find_carriers(ReportPage(body, URL)) == ()
    text = text_page(TITLE, body.decode("utf-8", "replace"), "a.pdf")
    assert carriers(text) == ()


@pytest.mark.parametrize(
    "part",
    [
        "<div>",
        "<a href=x.pdf><div>",
        "<header>",
        "<iframe src=a.html>",
        "<img src=202401.png>",
        'pdfurl="a',
        "<h1>",
        "\0",
        "<a ",
    ],
)
def test_no_page_takes_long(part: str) -> None:
    html = f"<html><head><title>{TITLE}</title></head><body>{part * (400_000 // len(part))}"
    started = time.process_time()
    carriers(html)
    assert time.process_time() - started < 2
