"""The files that a page offers, found in its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse, Response

from crawler.attachments import attachment_format, find_attachments

HOST = "http://www.example.gov.cn"


def found(body: str | bytes) -> list[str]:
    return find_attachments(HtmlResponse(f"{HOST}/a/b.htm", body=body if isinstance(body, bytes) else body.encode()))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/a/P020240126.PDF", "pdf"),
        ("http://h/system/_content/download.jsp?urltype=news.DownloadAttachUrl&wbfileid=1", "file"),
        ("http://h/module/download/downfile.jsp?classid=0&filename=0123.docx", "docx"),
        ("http://h/a/t20240126_1.shtml", ""),
        ("http://h/search.jsp?filename=a.pdf", ""),
    ],
)
def test_attachments_by_their_address(url: str, expected: str) -> None:
    assert attachment_format(url) == expected


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ("<a href=x.pdf>附件</a><a href='x.pdf#page=2'>附件</a>", ["/a/x.pdf"]),
        (
            "<a href=/1.DOC><a href=/2.docx><a href=/3.wps><a href=/4.xls><a href=/5.xlsx>",
            ["/1.DOC", "/2.docx", "/3.wps", "/4.xls", "/5.xlsx"],
        ),
        ("<a href=/1.zip><a href=/2.rar><a href=/3.ofd>", ["/1.zip", "/2.rar", "/3.ofd"]),
        ("<a href=/system/_content/download.jsp?wbfileid=1>", ["/system/_content/download.jsp?wbfileid=1"]),
        ("<iframe src=/report.pdf></iframe><embed src=/b.pdf>", ["/report.pdf", "/b.pdf"]),
        ("<iframe src='/web/viewer.html?file=/files/a.pdf'></iframe>", ["/files/a.pdf"]),
        ("<base href=/files/><a href=a.pdf>", ["/files/a.pdf"]),
        ("<a href=附件.pdf>", ["/a/%E9%99%84%E4%BB%B6.pdf"]),
        ("<a href=/2.htm><img src=/1.png><script src=/a.pdf.js></script>", []),
        ("<a href='ftp://www.example.gov.cn/a.pdf'><a href='http://me:x@www.example.gov.cn/a.pdf'>", []),
        ("<a href='file:///etc/a.pdf'><a href='http://[::1/a.pdf'><a href='javascript:x.pdf'>", []),
    ],
)
def test_in_a_page(html: str, urls: list[str]) -> None:
    assert found(html) == [HOST + url for url in urls]


def test_a_file_offers_nothing() -> None:
    assert find_attachments(Response(f"{HOST}/1.pdf", body=b"%PDF <a href=2.pdf>")) == []


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text("<>'\"=ahref.pdf?:/&%[] ", max_size=200).map(str.encode))
def test_any_bytes_can_be_searched(body: bytes) -> None:
    for url in found(b"<a href=" + body):
        assert url.startswith(("http://", "https://"))
