"""The registry: what it refuses, in one line that helps, and what it gives."""

from __future__ import annotations

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader

from crawler.addresses import Proxy
from crawler.portals import Portal, RegistryError, load_portals, select_portals
from tests.crawler.program import run

ROOT = Path(__file__).parents[2]
FAMILIES = ("gongkai", "hanweb", "trs", "vsb")
GOOD = """
[[portal]]
id = "example"
name = "示例市人民政府"
region = "450200"
family = "trs"
start = ["http://www.example.gov.cn/zfxxgknb/"]
"""


def write(folder: Path, text: str, name: str = "portals.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_portal_as_declared(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + 'options = { depth = 2 }\nexpect = 5\nhosts = ["files.example.org"]\n')
    (portal,) = load_portals(path, FAMILIES)
    assert portal == Portal(
        id="example",
        name="示例市人民政府",
        region="450200",
        family="trs",
        start=("http://www.example.gov.cn/zfxxgknb/",),
        options={"depth": 2},
        expect=5,
        hosts=("www.example.gov.cn", "files.example.org"),
    )
    assert (portal.exclude, portal.proxy, portal.tls, portal.expect_down) == ((), "", "", None)


PROXY = "http://reader:s%40cret@proxy.example:3128"
TROUBLE = f"""
exclude = ["*/old/*", "http://www.example.gov.cn/search?*"]
proxy = "{PROXY}"
tls = "legacy"
expect_down = "2026-12-31"
"""


def test_a_portal_in_trouble(tmp_path: Path) -> None:
    (portal,) = load_portals(write(tmp_path, GOOD + TROUBLE))
    assert (portal.proxy, portal.tls) == (PROXY, "legacy")
    assert portal.expect_down == date(2026, 12, 31)
    assert "cret" not in repr(portal)
    as_date = GOOD + TROUBLE.replace('"2026-12-31"', "2026-12-31")
    assert load_portals(write(tmp_path, as_date)) == (portal,)


def test_a_known_outage_ends_with_its_day(tmp_path: Path) -> None:
    (portal,) = load_portals(write(tmp_path, GOOD + TROUBLE))
    days = (date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [portal.expected_down(day) for day in days] == [True, True, False]
    (healthy,) = load_portals(write(tmp_path, GOOD))
    assert not healthy.expected_down(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("url", "by"),
    [
        ("http://www.example.gov.cn/old/1.html", "*/old/*"),
        ("https://other.gov.cn/a/old/", "*/old/*"),
        ("http://www.example.gov.cn/search?q=1", "http://www.example.gov.cn/search?*"),
        ("http://www.example.gov.cn/OLD/1.html", ""),
        ("http://www.example.gov.cn/older/1.html", ""),
        ("https://www.example.gov.cn/search?q=1", ""),
    ],
)
def test_excluded_addresses_are_told_with_the_glob(tmp_path: Path, url: str, by: str) -> None:
    (portal,) = load_portals(write(tmp_path, GOOD + TROUBLE))
    assert portal.excludes(url) == by


@pytest.mark.parametrize(
    ("url", "covered"),
    [
        ("http://www.example.gov.cn/a", True),
        ("https://www.example.gov.cn:8443/a", True),
        ("http://example.gov.cn/a", True),
        ("http://sub.www.example.gov.cn/", True),
        ("http://files.example.org/1.pdf", True),
        ("http://a.files.example.org/1.pdf", True),
        ("http://www.example.gov.cn.evil.org/", False),
        ("http://evilwww.example.gov.cn/", False),
        ("http://other.gov.cn/", False),
        ("http://other.example.gov.cn/", False),
        ("http://[bad", False),
        ("mailto:a@example.gov.cn", False),
    ],
)
def test_scope(tmp_path: Path, url: str, covered: bool) -> None:
    (portal,) = load_portals(write(tmp_path, GOOD + 'hosts = ["files.example.org"]\n'))
    assert portal.covers(url) is covered


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + 'colour = "red"\n', 'unknown key "colour"'),
        (GOOD + "expct = 5\n", 'did you mean "expect"'),
        (GOOD.replace('name = "示例市人民政府"\n', ""), 'the key "name" is missing'),
        (GOOD.replace('"trs"', '"trss"'), 'unknown family "trss": families are gongkai, hanweb, trs, vsb'),
        (GOOD + GOOD, "is declared already"),
        (GOOD.replace("450200", "4502"), 'region "4502" is not a GB/T 2260 code'),
        (GOOD.replace('"450200"', "450200"), "region must be a text in quotes"),
        (GOOD.replace("http://", "ftp://"), "must be an address that begins with http"),
        (GOOD.replace("www.example.gov.cn/", "www.example.org/"), 'add hosts = ["www.example.org"]'),
        (GOOD.replace("www.example.gov.cn/", "notgov.cn/"), "not under gov.cn"),
        (GOOD.replace("www.example", "user:pw@www.example"), "user name"),
        (GOOD.replace(".cn/zf", ".cn:port/zf"), "is not an address"),
        (GOOD.replace('["http://www.example.gov.cn/zfxxgknb/"]', "[]"), "start must name at least one"),
        (GOOD.replace('["http://www.example.gov.cn/zfxxgknb/"]', '"http://www.example.gov.cn/"'), "list of texts"),
        (GOOD.replace('id = "example"', 'id = "Bad Id"'), "lower-case"),
        (GOOD + 'expect = "many"\n', "expect must be a whole number"),
        (GOOD + "expect = -1\n", "expect must be a whole number"),
        (GOOD + "options = 3\n", "options must be a table"),
        (GOOD + 'hosts = ["http://x/"]\n', "is not a host name"),
        (GOOD + 'exclude = "*/old/*"\n', 'exclude must be a list of texts, such as ["…"]'),
        (GOOD + "exclude = [1]\n", "exclude must be a list of texts"),
        (GOOD + 'exclude = [""]\n', "exclude must be a list of texts"),
        (GOOD + 'exclude = ["*/a", "*/a"]\n', "exclude names one twice"),
        (GOOD + 'exclude = ["/old/*"]\n', 'exclude "/old/*" matches nothing: it is held against the whole address'),
        (GOOD + 'exclude = ["*/zfxxgknb/*"]\n', 'exclude "*/zfxxgknb/*" matches the start "http://www.example'),
        (GOOD + 'tls = "1.0"\n', 'tls must be "legacy", or left out'),
        (GOOD + 'tls = ""\n', 'tls must be "legacy"'),
        (GOOD + "tls = true\n", 'tls must be "legacy"'),
        (GOOD + 'expect_down = "31.12.2026"\n', 'expect_down must be a day, such as "2026-12-31"'),
        (GOOD + 'expect_down = "20261231"\n', "expect_down must be a day"),
        (GOOD + 'expect_down = "2026-02-30"\n', "expect_down must be a day"),
        (GOOD + "expect_down = 2026-12-31T00:00:00\n", "expect_down must be a day"),
        (GOOD + "expect_down = 2026\n", "expect_down must be a day"),
        (GOOD + "expect_down = true\n", "expect_down must be a day"),
        ("[portals]\n", 'unknown table or key "portals"'),
        ("portal = 3\n", "[[portal]] tables"),
        ("id = \n", "is not valid TOML"),
        ("", "no portal is declared"),
    ],
)
def test_what_is_not_understood_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(RegistryError) as refused:
        load_portals(path, FAMILIES)
    message = str(refused.value)
    assert said in message
    assert str(path) in message
    assert "\n" not in message
    if said.startswith(("unknown key", "the key", "unknown family")):
        assert '"example"' in message


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ('"https://h:1"', "https proxies are not supported: name an http:// proxy"),
        ('"socks5://u:s3cret@h:1"', "socks5 proxies are not supported"),
        ('"h:3128"', 'is not of the form "http://host:port"'),
        ('"u:s3cret@h:3128"', "is not of the form"),
        ('"http://h"', "is not of the form"),
        ('"http://u:s3cret@h"', "is not of the form"),
        ('"http://u:s3cret@h:0"', "is not of the form"),
        ('"http://u:s3cret@h:65536"', "is not of the form"),
        ('"http://u:s3cret@h:x"', "is not of the form"),
        ('"http://u:s3cret/@h:1"', "is not of the form"),
        ('"http://u:s3cret@h:1/path"', "is not of the form"),
        ('"http://u:s3cret @h:1"', "is not of the form"),
        ('"http://u:s3cret@h:1\\n"', "is not of the form"),
        ('"http://u:s3cret@[::x]:1"', "is not of the form"),
        ('"http://u:s3cret@[1:2]:1"', "is no IPv6 address"),
        ('""', "proxy must be a text in quotes"),
        ("3128", "proxy must be a text in quotes"),
        ('["http://u:s3cret@h:1"]', "proxy must be a text in quotes"),
    ],
)
def test_a_bad_proxy_is_refused_without_its_password(tmp_path: Path, proxy: str, said: str) -> None:
    with pytest.raises(RegistryError) as refused:
        load_portals(write(tmp_path, GOOD + f"proxy = {proxy}\n"))
    message = str(refused.value)
    assert said in message
    assert 'portal "example": proxy ' in message
    assert "s3cret" not in message
    assert "\n" not in message
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "host", "port", "authorization"),
    [
        ("http://10.0.0.1:3128", "10.0.0.1", 3128, ""),
        ("HTTP://Proxy.Example:8080/", "proxy.example", 8080, ""),
        ("http://[::1]:3128", "::1", 3128, ""),
        ("http://u@h:1", "h", 1, "Basic dTo="),
        (PROXY, "proxy.example", 3128, "Basic cmVhZGVyOnNAY3JldA=="),
        ("http://用户:p%3A:@h:1", "h", 1, "Basic 55So5oi3OnA6Og=="),
    ],
)
def test_proxies(url: str, host: str, port: int, authorization: str) -> None:
    assert Proxy.from_url(url) == Proxy(host, port, authorization)
    assert "Basic" not in repr(Proxy.from_url(url))


def test_a_folder_is_one_registry(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "b.toml")
    write(tmp_path, GOOD.replace('"example"', '"another"'), "a.toml")
    write(tmp_path, "not toml", "notes.txt")
    assert [portal.id for portal in load_portals(tmp_path)] == ["another", "example"]
    write(tmp_path, GOOD, "c.toml")
    with pytest.raises(RegistryError, match=r"c\.toml.*already in .*b\.toml"):
        load_portals(tmp_path)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no such file or folder"):
        load_portals(tmp_path / "missing")
    with pytest.raises(RegistryError, match="no portal is declared"):
        load_portals(tmp_path)
    (tmp_path / "gbk.toml").write_bytes("# 政府\n".encode("gbk"))
    with pytest.raises(RegistryError, match="is not UTF-8"):
        load_portals(tmp_path)


def test_selecting_portals(tmp_path: Path) -> None:
    portals = load_portals(write(tmp_path, GOOD + GOOD.replace('"example"', '"other"')))
    assert [portal.id for portal in select_portals(portals, ["other", "example"])] == ["example", "other"]
    with pytest.raises(RegistryError, match=r'no portal has the id "exampel".*did you mean "example"'):
        select_portals(portals, ["exampel"])


def test_the_bundled_registry_is_sound() -> None:
    loader = get_spider_loader(Settings({"SPIDER_MODULES": ["spiders"]}))
    portals = load_portals(ROOT / "crawler" / "registry", loader.list())
    assert {portal.id for portal in portals} >= {"linzi", "liuzhou", "xiaoshan", "simao", "xinzhou"}
    for portal in portals:
        loader.load(portal.family).check_portal(portal)  # type: ignore[attr-defined]


def scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run(["portals", *arguments])


def test_the_command_lists_and_checks() -> None:
    listed = scrapy("--json")
    assert listed.returncode == 0, listed.stderr
    lines = [json.loads(line) for line in listed.stdout.splitlines()]
    assert {"id": "liuzhou", "name": "柳州市人民政府", "region": "450200", "family": "trs"}.items() <= lines[0].items()
    checked = scrapy("--check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "5 portals of 4 families" in checked.stdout
    table = scrapy()
    assert table.stdout.splitlines()[0].split() == ["PORTAL", "FAMILY", "REGION", "NAME", "START"]


def test_the_command_shows_everything_but_the_password(tmp_path: Path) -> None:
    listed = scrapy("--json", "-s", f"PORTALS={write(tmp_path, GOOD + TROUBLE)}")
    assert listed.returncode == 0, listed.stderr
    shown = {
        "exclude": ["*/old/*", "http://www.example.gov.cn/search?*"],
        "proxy": "http://***@proxy.example:3128",
        "tls": "legacy",
        "expect_down": "2026-12-31",
    }
    assert shown.items() <= json.loads(listed.stdout).items()
    untroubled = scrapy("--json", "-s", f"PORTALS={write(tmp_path, GOOD)}")
    absent: dict[str, object] = {"exclude": [], "proxy": None, "tls": None, "expect_down": None}
    assert absent.items() <= json.loads(untroubled.stdout).items()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace('"trs"', '"nope"'), 'unknown family "nope"'),
        (GOOD + 'options = { colour = "red" }\n', 'unknown option "colour"'),
    ],
)
def test_the_command_refuses_a_bad_registry_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    done = scrapy("--check", "-s", f"PORTALS={write(tmp_path, text)}")
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_command_refuses_what_it_does_not_know() -> None:
    for argument in ("--chek", "something"):
        done = scrapy(argument)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert argument in done.stderr
