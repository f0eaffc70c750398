"""Block pages, soft errors and shells are told from pages; a report page is never taken for one of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from scrapy.http import Headers

from crawler.page_class import PageClass, classify

ANSWERS = Path(__file__).parents[1] / "fixtures" / "answers"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "listings"
URL = "http://www.example.gov.cn/zfxxgknb/"
EXPECTED = {
    "captcha_200": PageClass.CHALLENGE,
    "download_blocked_200": PageClass.REFUSAL,
    "jsl_stage1_521": PageClass.CHALLENGE,
    "jsl_stage2_521": PageClass.CHALLENGE,
    "login_200": PageClass.LOGIN,
    "redirect_shell_200": PageClass.REDIRECT_SHELL,
    "ruishu_412": PageClass.CHALLENGE,
    "soft404_200": PageClass.SOFT_404,
    "system_prompt_200": PageClass.SOFT_404,
    "waf_403": PageClass.REFUSAL,
    "wzws_200": PageClass.CHALLENGE,
}
REPORT = (
    "<html><head><title>示例区2023年政府信息公开工作年度报告</title></head><body><h1>示例区2023年政府信息公开工作年度报告</h1>"
    + "<p>一、总体情况</p><p>我区网站防火墙拦截攻击，访问的页面不存在等错误得到整改，统一身份认证用户登录请输入验证码。</p>"
    + "<p>二、主动公开政府信息情况</p>"
    + "<p>本年度主动公开政府信息若干条。</p>" * 60
    + "</body></html>"
)
SCRIPTS = (
    "<script>$_ts=window['$_ts'];$_ts.cd='0';document.cookie='__jsl_clearance_s=1';location.href='/m/';location.replace('/WZWSREL')</script>"
    "<noscript>请开启JavaScript并刷新该页</noscript>"
)


def test_every_sample_is_expected() -> None:
    assert {path.stem for path in (FIXTURES / "page_class").iterdir()} == set(EXPECTED)


@pytest.mark.parametrize(("sample", "expected"), EXPECTED.items())
@pytest.mark.parametrize("role", ["report", "listing", "attachment"])
def test_samples(sample: str, expected: PageClass, role: str) -> None:
    body = (FIXTURES / "page_class" / f"{sample}.html").read_bytes()
    found = classify(int(sample.rpartition("_")[2]), {}, body, URL, role)
    assert found is expected
    assert not found.usable
    text = body.decode("utf-8")
    assert classify(int(sample.rpartition("_")[2]), {}, text.encode("gb18030"), URL, role) is expected


@pytest.mark.parametrize("extra", ["", SCRIPTS])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_report_is_a_page_whatever_its_scripts_and_words(extra: str, encoding: str) -> None:
    body = REPORT.replace("</head>", f"{extra}</head>").encode(encoding)
    cookies = Headers({"Set-Cookie": ["yd_cookie=1; path=/", "wzws_sessionid=2"]})
    assert classify(200, cookies, body, URL, "report") is PageClass.PAGE
    assert classify(200, cookies, body, URL, "listing") is PageClass.LISTING


def test_a_report_that_is_a_picture_is_a_page_on_a_protected_portal() -> None:
    for picture in (
        '<img src="W020240126.jpg">',
        '<iframe src="/viewer"></iframe>',
        '<a href="P020240126.pdf">正文</a>',
    ):
        body = f"<html><head><title>年报</title>{SCRIPTS}</head><body>{picture}</body></html>".encode()
        assert classify(200, {}, body, URL, "report") is PageClass.PAGE


def test_a_short_old_report_is_a_page() -> None:
    body = "<html><title>2009年政府信息公开年度报告</title><body>2009年，我乡未收到政府信息公开申请。</body></html>".encode()
    assert classify(200, {}, body, URL, "report") is PageClass.PAGE


@pytest.mark.parametrize(
    "title",
    [
        *(
            "2023年政府信息公开工作年度报告",
            "2023 年度 政府信息公开 年报",
            "2023政府信息公开年报",
            "二〇一二年政府信息公开情况",
            "二○一二年年报",
        ),
        *("２０１２年政府信息公开年报", "政府信息公开工作年度报告（2012年度）", "示例局信息公开年报2012"),
    ],
)
def test_a_few_words_under_the_title_of_a_report_are_a_page(title: str) -> None:
    text = "我局网站系统维护，页面不存在、访问过于频繁等已整改，请先登录后请输入验证码。"
    page = f"<html><head><title>{{}}</title>{SCRIPTS}</head><body>{text}</body></html>"
    assert classify(200, {}, page.format(title).encode(), URL, "report") is PageClass.PAGE
    assert classify(200, {}, page.format("政府信息公开年报").encode(), URL, "report") is not PageClass.PAGE


def test_a_script_shell_is_a_listing_but_no_report() -> None:
    body = (FIXTURES / "gongkai" / "channel_shell.html").read_bytes()
    noscript = body.replace(b"<body>", "<body><noscript>请启用JavaScript后继续访问。</noscript>".encode())
    for shell in (body, noscript):
        assert classify(200, {}, shell, URL, "listing") is PageClass.LISTING
        assert classify(200, {}, shell, URL, "report") is PageClass.EMPTY_SHELL


@pytest.mark.parametrize(
    "file", ["trs/stub.html", "trs/column.html", "hanweb/unit_past_end.json", "hanweb/dataproxy_empty.xml"]
)
def test_listings_are_listings(file: str) -> None:
    assert classify(200, {}, (FIXTURES / file).read_bytes(), URL, "listing") is PageClass.LISTING


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (304, PageClass.PAGE),
        (301, PageClass.OTHER_ERROR),
        (400, PageClass.OTHER_ERROR),
        (401, PageClass.LOGIN),
        (403, PageClass.REFUSAL),
        (404, PageClass.MISSING),
        (410, PageClass.MISSING),
        (412, PageClass.CHALLENGE),
        (429, PageClass.REFUSAL),
        (500, PageClass.SERVER_ERROR),
        (503, PageClass.SERVER_ERROR),
        (521, PageClass.CHALLENGE),
    ],
)
def test_statuses(status: int, expected: PageClass) -> None:
    body = b"" if status == 304 else REPORT.encode()
    assert classify(status, {}, body, URL, "report") is expected


@pytest.mark.parametrize("title", ["404", "404 Not Found", "页面不存在-示例市人民政府门户网站", "404-示例市人民政府"])
def test_a_portal_frame_around_a_soft_404(title: str) -> None:
    body = f"<html><title>{title}</title><body>{'首页 政务公开 ' * 100}</body></html>".encode()
    assert classify(200, {}, body, URL, "report") is PageClass.SOFT_404


def test_an_organ_named_404_is_no_soft_404() -> None:
    body = "<html><title>404医院2023年政府信息公开工作年度报告</title><body>正文若干字，并非错误页。</body></html>".encode()
    assert classify(200, {}, body, URL, "report") is PageClass.PAGE


def test_attachments() -> None:
    assert classify(200, {}, b"%PDF-1.4 ...", URL, "attachment") is PageClass.PAGE
    assert classify(200, {}, b"PK\x03\x04...", URL, "attachment") is PageClass.PAGE
    assert classify(200, {}, "<html><body>附件下载</body></html>".encode(), URL, "attachment") is PageClass.REFUSAL
    assert classify(200, {}, b"", URL, "attachment") is PageClass.EMPTY_SHELL


def test_cookies_of_a_challenge_count_only_with_its_script() -> None:
    headers = {"Set-Cookie": "C3VK=abc; path=/"}
    assert classify(200, headers, b"<script>location.reload()</script>", URL, "listing") is PageClass.CHALLENGE
    assert classify(200, headers, b"<ul><li>a</li></ul>", URL, "listing") is PageClass.LISTING


# Answers of every class, and the ways a server or a portal's own template may write them.

ROLES = {"page": ("report",), "listing": ("listing",)}
ANSWER_FILES = sorted(path for path in ANSWERS.rglob("*.*") if path.parent != ANSWERS)
VARIANTS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "GB 18030": lambda text: text.encode("gb18030"),
    "BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: ("\ufeff" + text).encode("utf-16-le"),
    "tags in capitals": lambda text: re.sub(r"</?[a-zA-Z]+", lambda tag: tag[0].upper(), text).encode(),
    "on one line": lambda text: "".join(line.strip() for line in text.splitlines()).encode(),
    "spread out": lambda text: re.sub(r"(?<=>)(?=[^<\n])|(?=<)", "\r\n\t ", text).encode(),
    "a broken character": lambda text: text.encode() + b"<!-- \xe4\xb8 -->",
}


@pytest.mark.parametrize(
    ("path", "variant"),
    [
        pytest.param(path, variant, id=f"{path.parent.name}/{path.name}, {variant}")
        for path in ANSWER_FILES
        for variant in (VARIANTS if path.suffix == ".html" else ("as it is", "BOM"))
    ],
)
def test_answers(path: Path, variant: str) -> None:
    body = VARIANTS[variant](path.read_text(encoding="utf-8"))
    expected = PageClass(path.parent.name)
    for role in ROLES.get(expected, ("listing", "report", "attachment", "manual")):
        assert classify(int(path.stem.rpartition("_")[2]), {}, body, URL, role) is expected, role


def test_every_class_has_an_answer() -> None:
    assert {path.parent.name for path in ANSWER_FILES} == {kind.value for kind in PageClass} - {"empty_shell"}


def test_classes_are_usable_gone_or_blocked() -> None:
    assert {kind for kind in PageClass if kind.usable} == {PageClass.PAGE, PageClass.LISTING}
    assert {kind for kind in PageClass if kind.gone} == {PageClass.MISSING, PageClass.SOFT_404}
    assert {kind for kind in PageClass if kind.blocked} == {PageClass.CHALLENGE, PageClass.REFUSAL, PageClass.LOGIN}


@pytest.mark.parametrize("status", [400, 403, 405, 412, 429, 500, 502, 503, 521])
@pytest.mark.parametrize("path", sorted((ANSWERS / "soft_404").iterdir()), ids=lambda path: path.stem)
def test_a_page_is_gone_only_if_the_status_agrees(path: Path, status: int) -> None:
    """Servers show one page for every error."""
    for role in ("listing", "report", "attachment"):
        assert not classify(status, {}, path.read_bytes(), URL, role).gone


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("系统提示", "您访问的页面不存在或暂时无法访问，请稍后再试"),
        ("系统提示", "您访问的页面不存在，网站正在维护"),
        ("错误", "系统错误"),
        ("出错了", "程序异常"),
        ("系统提示", "您访问的页面已迁移到新的地址"),
        ("500 内部服务器错误", "您访问的页面不存在"),
        ("502 Bad Gateway", "信息不存在"),
        ("示例局", "页面正在建设中"),
        ("访问被拦截", "您访问的页面不存在"),
        ("示例市人民政府", "服务器繁忙"),
    ],
)
def test_what_may_be_down_or_moved_is_not_gone(title: str, text: str) -> None:
    for role in ("listing", "report", "attachment"):
        body = f"<html><head><title>{title}</title></head><body>{text}</body></html>".encode()
        assert not classify(200, {}, body, URL, role).gone
