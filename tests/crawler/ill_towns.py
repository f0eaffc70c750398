"""The towns of the tests of politeness, each with a trouble of its own, and what changes between two crawls of them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.crawler.small_portal import page
from tests.crawler.troubled_towns import SEEDS, Town, Towns
from tests.portals.behaviour import Behaviour
from tests.portals.challenges import Challenge, challenge_behaviour
from tests.portals.pages import seed_answer

CRAWL_DELAY_MAX = 0.6
SETTINGS = {
    "CRAWL_DELAY_MAX": CRAWL_DELAY_MAX,
    "HOST_ERROR_LIMIT": 4,
    "HOST_BUDGET": json.dumps({"requests": 12, "bytes": 1_500_000}),
}
LONG_AGO = "2020-01-01T00:00:00.000000Z"
CHALLENGED = challenge_behaviour(Challenge.RUISHU_412)


def make_towns(folder: Path) -> Towns:
    return Towns(
        folder,
        Town("proxied"),
        Town("shared"),
        Town("shared", family="trs", column="zfxxgk2"),
        Town("unkept", more='exclude = ["*/info/1/2.htm"]', reports=3),
        Town("slow"),
        Town("seconds"),
        Town("date"),
        Town("later"),
        Town("walled", reports=6),
        Town("mended", reports=6),
        Town("broken", reports=6),
        Town("failing", reports=6),
        Town("bare", scheme="https"),
        Town("loop", scheme="https"),
        Town("down", more='expect_down = "2099-12-31"'),
        Town("shells", reports=3),
        Town("moving", more='hosts = ["news.moving.gov.cn"]'),
        Town("led", more='hosts = ["www.later.gov.cn"]'),
        Town("cured", scheme="https"),
        Town("unreachable"),
        Town("guarded"),
        Town("stale"),
        Town("busyrobots"),
        Town("many", reports=14),
        Town("heavy", reports=5),
        hosts={"news.moving.gov.cn": "http", "www.elsewhere.gov.cn": "http"},
    )


def make_trouble(towns: Towns) -> None:
    """What is wrong when the first run begins."""
    server, report = towns.server, page(seed_answer(SEEDS[0]).body)
    for name in ("slow", "shared"):
        towns.robots(towns[name].host, "User-agent: *\nCrawl-delay: 120\n")
    towns.robots(towns["unkept"].host, "<html><title>系统提示</title>页面未找到</html>")
    server.put(towns["unkept"].report(3), page("", status=302, Location=towns["unkept"].report(2)))
    server.answer_with(towns["seconds"].report(1), challenge_behaviour(Challenge.UNAVAILABLE_SECONDS), 1)
    server.answer_with(towns["date"].start, challenge_behaviour(Challenge.TOO_MANY_DATE), 1)
    server.put(towns["later"].report(1), page("busy", status=429, Retry_After="3600"))
    server.answer_with("http://www.walled.gov.cn/info/*", CHALLENGED)
    server.answer_with("http://www.mended.gov.cn/info/*", CHALLENGED, 3)
    server.answer_with("http://www.broken.gov.cn/info/*", challenge_behaviour(Challenge.RESET))
    server.answer_with("http://www.failing.gov.cn/info/*", Behaviour(page("oops", status=500)))
    for name in ("bare", "loop", "cured"):
        server.break_tls(towns[name].host)
    server.put(towns["loop"].start, page("", status=301, Location=towns["loop"].start))
    server.put(towns["down"].start, page("oops", status=500))
    shells, moving = towns["shells"], towns["moving"]
    for number, target in ((1, "/info/1/9.htm"), (2, "/"), (3, "http://www.elsewhere.gov.cn/info/1/1.htm")):
        script = f'<script>location.replace("{target}");</script>'
        server.put(shells.report(number), page(f"<html><head>{script}</head><body></body></html>"))
    server.put(shells.url("/info/1/9.htm"), report)
    server.put(moving.report(1), page("", status=302, Location="http://news.moving.gov.cn/a.htm"))
    server.put("http://news.moving.gov.cn/a.htm", report)
    towns.robots("news.moving.gov.cn", "User-agent: *\nCrawl-delay: 7\n")
    server.put(moving.report(2), page("", status=304))
    towns.robots(towns["unreachable"].host, "busy", status=503)
    server.answer_with("http://www.guarded.gov.cn/robots.txt", CHALLENGED)
    towns.robots(towns["stale"].host, "busy", status=500)
    busy = Behaviour(page("busy", status=429, Retry_After="1"))
    server.answer_with("http://www.busyrobots.gov.cn/robots.txt", busy, 1)
    for number in (1, 2, 3):
        server.put(towns["heavy"].report(number), page("<p>" + "无" * 300_000))


def let_time_pass(towns: Towns) -> None:
    """What time or the operator changes before the second run."""
    towns.server.put(towns["walled"].start, page("forbidden", status=403))
    for name in ("walled", "mended"):
        towns.edit_state(towns[name].host, paused_until=time.time() - 1)
    towns.server.put(towns["led"].report(1), page("", status=302, Location=towns["later"].report(2)))
    towns.server.mend_tls(towns["cured"].host)
    for number in (1, 2):  # and by http they only lead there
        towns.server.answer_with(
            towns["cured"].report(number).replace("https:", "http:"),
            Behaviour(page("", status=301, Location=towns["cured"].report(number))),
        )
    towns.robots(towns["unreachable"].host, "User-agent: *\nDisallow:\n")
    then = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    towns.edit_robots(towns["stale"].host, good_at=then, body=b"User-agent: *\nDisallow: /info/1/1.htm\n")
    towns.edit_robots(towns["seconds"].host, fetched_at=LONG_AGO)
    towns["date"].more = 'exclude = ["*/info/1/1.htm"]'
    towns["down"].more = 'expect_down = "2020-01-01"'
