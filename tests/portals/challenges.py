"""What stands before a portal, or in place of a page: challenges, refusals, logins, soft errors, pauses.

The bodies are inert stand-ins: only the signatures of the fact sheet are kept, no script does anything. Invented:
their remaining text, and the seconds of Retry-After (`RETRY_SECONDS`). The module must not know portals.
"""

from __future__ import annotations

import math
import posixpath
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from tests.portals.answer import HTML, Page, Request, http_date
from tests.portals.behaviour import Behaviour

RETRY_SECONDS: Final = 2
_MADE: Final = datetime(2024, 1, 1, tzinfo=UTC)


class Challenge(StrEnum):
    """One of the answers that are not the page asked for."""

    RUISHU_412 = "ruishu-412"  # 瑞数
    RUISHU_202 = "ruishu-202"
    JSL_521 = "jsl-521"  # 加速乐: without its cookie the first stage, with it the second
    WZWS_200 = "wzws-200"  # 360 网站卫士
    WAF_403 = "waf-403"  # 网站云防护, 7.7 KB
    LOGIN_200 = "login-200"
    SOFT_404 = "soft-404"
    REDIRECT_SHELL = "redirect-shell"  # see `redirect_shell`, which also answers what it leads to
    ROBOTS_HTML = "robots-html"  # what many portals answer for robots.txt
    TOO_MANY_SECONDS = "429-seconds"  # 429 with Retry-After in seconds
    TOO_MANY_DATE = "429-date"  # 429 with Retry-After as a date
    UNAVAILABLE_SECONDS = "503-seconds"
    UNAVAILABLE_DATE = "503-date"
    RESET = "reset"  # the connection is reset before the answer


_RUISHU: Final = (
    '<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    """<meta id="9DhefwqGPrzGxEp9hPaoag" content="0000" r='m'><script type="text/javascript" r='m'>"""
    "$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;$_ts.cd=\"0000\";</script>"
    """<script type="text/javascript" charset="iso-8859-1" src="/abcdefghij/klmnop.0000000.js" r='m'></script>"""
    "</head><body></body></html>"
)
_JSL_FIRST: Final = (
    "<script>document.cookie=('_')+('_')+('j')+('s')+('l')+'_clearance_s=0;max-age=3600;path=/';"
    "location.href=location.pathname+location.search</script>"
)
_JSL_SECOND: Final = (
    "<script>function go(o){}\n"
    'go({"bts":["1700000000.000|0|aa","bb"],"chars":"ABCDEFGH","ct":"d41d8cd98f00b204e9800998ecf8427e","ha":"md5",'
    '"is":true,"tn":"__jsl_clearance_s","vt":"3600","wt":"1500"})</script>'
)
_WZWS: Final = (
    "<html><body><noscript><h1><strong>请开启JavaScript并刷新该页.</strong></h1></noscript>"
    '<script>var u="/WZWSREL3h4eC8=?wzwschallenge=0";</script></body></html>'
)
_WAF: Final = (
    "<!DOCTYPE html><html><head><title>拒绝执行 | 网站云防护系统</title></head><body>"
    + "<!-- pad -->" * 620
    + "<p>您的请求已被网站云防护系统拦截。</p></body></html>"
)
_LOGIN: Final = "<html><head><title>系统提示</title></head><body>您没有权限访问该页面，请先登录。</body></html>"
_SOFT_404: Final = (
    "<html><head><title>页面不存在</title></head><body>抱歉，您访问的页面不存在或已删除，5秒后返回首页</body></html>"
)
_ROBOTS_HTML: Final = "<!DOCTYPE html><html><head><title>404</title></head><body>您访问的页面不存在</body></html>"
_BUSY: Final = "<html><head><title>Service Unavailable</title></head><body>系统繁忙，请稍后再试</body></html>"

# Status, body, further header fields.
_STATIC: Final[dict[Challenge, tuple[int, str, tuple[tuple[str, str], ...]]]] = {
    Challenge.RUISHU_412: (412, _RUISHU, (("Set-Cookie", "9DhefwqGPrzGS=60inert; Path=/; HttpOnly"),)),
    Challenge.RUISHU_202: (202, _RUISHU, (("Set-Cookie", "9DhefwqGPrzGS=60inert; Path=/; HttpOnly"),)),
    Challenge.WZWS_200: (200, _WZWS, (("Set-Cookie", "wzws_sessionid=inert; Path=/"),)),
    Challenge.WAF_403: (403, _WAF, ()),
    Challenge.LOGIN_200: (200, _LOGIN, ()),
    Challenge.SOFT_404: (200, _SOFT_404, ()),
    Challenge.ROBOTS_HTML: (200, _ROBOTS_HTML, ()),
    Challenge.TOO_MANY_SECONDS: (429, _BUSY, (("Retry-After", str(RETRY_SECONDS)),)),
    Challenge.UNAVAILABLE_SECONDS: (503, _BUSY, (("Retry-After", str(RETRY_SECONDS)),)),
}


def challenge_behaviour(challenge: Challenge) -> Behaviour:
    """How a server behaves that answers with this challenge."""
    if challenge is Challenge.RESET:
        return Behaviour(reset_after=0)
    if challenge in _MADE_FOR_A_REQUEST:
        return Behaviour(_MADE_FOR_A_REQUEST[challenge])
    return Behaviour(_page(*_STATIC[challenge]))


def _page(status: int, body: str, headers: tuple[tuple[str, str], ...] = ()) -> Page:
    return Page(body.encode(), _MADE, HTML + "; charset=utf-8", status, validators=False, headers=headers)


def _jsl(request: Request) -> Page:
    if "__jsl_clearance_s=" in (request.header("Cookie") or ""):
        return _page(521, _JSL_SECOND)
    return _page(521, _JSL_FIRST, (("Set-Cookie", "__jsluid_s=inert; max-age=31536000; path=/; HttpOnly"),))


def _dated(status: int) -> Callable[[Request], Page]:
    def make(request: Request) -> Page:
        # An HTTP date has whole seconds: rounded up, so that it never lies nearer than RETRY_SECONDS.
        moment = datetime.fromtimestamp(math.ceil(datetime.now(UTC).timestamp()), UTC)
        return _page(status, _BUSY, (("Retry-After", http_date(moment + timedelta(seconds=RETRY_SECONDS))),))

    return make


def shell_target(target: str) -> str:
    """Where the redirect shell at this request target leads: a neighbour, so that relative links stay right."""
    parts = urlsplit(target)
    folder, name = posixpath.split(parts.path)
    return posixpath.join(folder, f"main_{name or 'index.html'}") + (f"?{parts.query}" if parts.query else "")


def _shell(request: Request) -> Page:
    script = f'<script>location.replace("{shell_target(request.target)}");</script>'
    return _page(200, f"<html><head>{script}</head><body></body></html>")


_MADE_FOR_A_REQUEST: Final[dict[Challenge, Callable[[Request], Page]]] = {
    Challenge.JSL_521: _jsl,
    Challenge.REDIRECT_SHELL: _shell,
    Challenge.TOO_MANY_DATE: _dated(429),
    Challenge.UNAVAILABLE_DATE: _dated(503),
}
