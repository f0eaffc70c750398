"""A plain HTTP client for the replica server, and what a reader sees in lists and pages. It follows no redirect."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from lxml import html

from tests.portals.server import ReplicaServer

STARTS = {
    "liuzhou": "http://www.liuzhou.gov.cn/zwgk/zfxxgknb/2020/xqxxgkndbg/",
    "xinzhou": "https://zwgk.sxxz.gov.cn/xzsrmzf/xxgknb/2023ndbg/",
    "xiaoshan": "http://www.xiaoshan.gov.cn/col/col1229778069/index.html",
    "simao": "https://www.smqzf.gov.cn/zfxxgk/zfxxgknb.htm",
}


@dataclass(frozen=True)
class Received:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def tree(self) -> html.HtmlElement:
        return html.fromstring(self.text)

    @property
    def cells(self) -> list[str]:
        """The text of the cells of all tables, in order, innermost tables only."""
        tables = [table for table in self.tree.iter("table") if not list(table.iterdescendants("table"))]
        return [cell.text_content().strip() for table in tables for cell in table.iter("td")]

    @property
    def numbers(self) -> list[int]:
        """The cells that are whole numbers."""
        return [int(cell) for cell in self.cells if cell.isdigit()]


def get(server: ReplicaServer, url: str, **headers: str) -> Received:
    """The answer to a GET of `url`; underscores in the names of header fields are hyphens."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=trusting(parts.hostname), timeout=20)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    fields = {"Host": parts.hostname, "User-Agent": "replica-test/1", "Referer": urljoin(url, "/")}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=fields)
        response = connection.getresponse()
        return Received(response.status, response.headers, response.read())
    finally:
        connection.close()


def trusting(host: str) -> ssl.SSLContext:
    """A TLS context that sends `host` as the server's name and accepts any certificate."""

    class Named(ssl.SSLContext):
        def wrap_socket(self, *arguments: object, **options: object) -> ssl.SSLSocket:
            return super().wrap_socket(*arguments, **{**options, "server_hostname": host})  # type: ignore[arg-type]

    context = Named(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@dataclass(frozen=True)
class List:
    """A list as a reader walks it: its pages with the addresses of their rows, and what it says of its own size.

    `promised` is the number of rows where the portal prints one, else the number of pages.
    """

    addresses: list[str]
    pages: list[list[str]]
    promised: int

    @property
    def rows(self) -> list[str]:
        return [url for page in self.pages for url in page]


def read_list(server: ReplicaServer, portal: str) -> List:
    """The largest list of the portal, page after page."""
    return {"liuzhou": _liuzhou, "xinzhou": _xinzhou, "xiaoshan": _xiaoshan, "simao": _simao}[portal](server)


def _rows(page: Received, url: str, path: str) -> list[str]:
    return [urljoin(url, href) for href in page.tree.xpath(path)]


def _liuzhou(server: ReplicaServer) -> List:
    start = STARTS["liuzhou"]
    count = int(re.findall(r"createPageHTML\((\d+), 0", get(server, start).text)[0])
    addresses = [start, *(f"{start}index_{number}.shtml" for number in range(1, count))]
    pages = [_rows(get(server, url), url, "//ul[@class='list']/li/a/@href") for url in addresses]
    return List(addresses, pages, count)


def _xinzhou(server: ReplicaServer) -> List:
    addresses, pages = [STARTS["xinzhou"]], []
    while True:
        page = get(server, addresses[-1])
        pages.append(_rows(page, addresses[-1], "//ul[@class='newsList']/li/a/@href"))
        following = _rows(page, addresses[-1], "//a[@class='next']/@href")
        if not following:
            count = int(re.findall(r"parseInt\((\d+)\)", page.text)[0])
            return List(addresses, pages, count)
        addresses += following


def _xiaoshan(server: ReplicaServer) -> List:
    start = STARTS["xiaoshan"]
    (script,) = get(server, start).tree.xpath("//script[@querydata]")
    query = json.loads(script.get("querydata").replace("'", '"'))
    base = urljoin(start, script.get("url")) + "?" + "&".join(f"{key}={quote(value)}" for key, value in query.items())
    addresses: list[str] = []
    pages: list[list[str]] = []
    while True:
        wanted = json.dumps({"pageNo": len(pages) + 1, "pageSize": 20})
        addresses.append(f"{base}&paramJson={quote(wanted)}")
        data = json.loads(get(server, addresses[-1], Referer=start).text)["data"]
        text = (json.loads(data) if isinstance(data, str) else data)["html"]
        rows = [urljoin(start, href) for href in re.findall(r'<a href="([^"]+)"', text)]
        if not rows:
            return List(addresses, pages, int(re.findall(r'count: "(\d+)"', text)[0]))
        pages.append(rows)


def _simao(server: ReplicaServer) -> List:
    addresses, pages = [STARTS["simao"]], []
    while True:
        page = get(server, addresses[-1])
        pages.append(_rows(page, addresses[-1], "//li[starts-with(@id,'line_u')]/a/@href"))
        following = _rows(page, addresses[-1], "//span[starts-with(@class,'p_next ')]/a/@href")
        if not following:
            return List(addresses, pages, int(re.findall(r"共(\d+)条", page.text)[0]))
        addresses += following
