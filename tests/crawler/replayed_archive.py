"""What the demo does not have, added to an archive: a page in GBK with what it needs, revisits of each kind, answers to POST.

All of it is invented.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.cdxj import surt_key
from tests.archive.exchanges import exchange, new_writer
from tests.crawler.program import run, to_replicas
from tests.crawler.small_portal import page
from tests.portals.server import ReplicaServer

GBK = "http://www.linzi.gov.cn/invented/gbk.htm"
GBK_TEXT = "临淄区示例局年度报告：镕、喆、㐂"
BLUE = (0, 0, 255)

LIST = "http://www.example.gov.cn/list.do"
FORMS = ("page=1&size=20", "page=2&size=20")

ORIGINAL, COPY = "http://www.example.gov.cn/first.htm", "http://www.example.gov.cn/second.htm"
COPIED = "<html><meta charset=utf-8><h1>示例区2019年政府信息公开工作年度报告</h1></html>".encode()
FIRST, LATER = "20200102030405", "20210102030405"


def picture(colour: tuple[int, int, int]) -> bytes:
    """A PNG image of 4 by 4 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(colour) * 4) * 4
    head = struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def capture_gbk_page(data_dir: Path) -> None:
    """A page in GBK that says so in a meta element only, with a style sheet in GBK and an image; captured twice."""
    html = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>示例</title>'
        f'<link rel="stylesheet" href="a.css"></head><body><h1>{GBK_TEXT}</h1><img src="b.png"></body></html>'
    )
    with ReplicaServer() as server:
        server.put(GBK, page(html.encode("gb18030"), kind="text/html"))
        server.put(GBK.replace("gbk.htm", "a.css"), page("h1{color:#f00}/* 红 */".encode("gbk"), kind="text/css"))
        server.put(GBK.replace("gbk.htm", "b.png"), page(picture(BLUE), kind="image/png"))
        settings = {**to_replicas(server.connect_to, data_dir), "CONTACT": "tests@example.org"}
        options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        for _ in range(2):
            done = run(["capture", "--requisites", GBK, *options])
            assert done.returncode == 0, done.stderr


def write_copy(data_dir: Path) -> None:
    """A page whose bytes are archived for another address (identical-payload-digest), as any crawler may write it."""
    name = "invented-00000.warc.gz"
    digest = "sha256:" + hashlib.sha256(COPIED).hexdigest()
    lines = []
    with (data_dir / "warc" / name).open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        for url, stamp, kind in ((ORIGINAL, FIRST, "response"), (COPY, LATER, "revisit")):
            date = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:]}Z"
            length = str(len(COPIED))
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), ("Content-Length", length)], "HTTP/1.1")
            if kind == "response":
                record = writer.create_warc_record(
                    url, kind, payload=io.BytesIO(COPIED), http_headers=head, warc_headers_dict={"WARC-Date": date}
                )
            else:
                record = writer.create_revisit_record(
                    url, digest, ORIGINAL, "2020-01-02T03:04:05Z", head, {"WARC-Date": date}
                )
            start = file.tell()
            record.rec_headers.replace_header("WARC-Payload-Digest", digest)
            writer.write_record(record)
            entry = {
                "url": url,
                "mime": "text/html" if kind == "response" else "warc/revisit",
                "status": "200",
                "digest": digest,
                "length": str(file.tell() - start),
                "offset": str(start),
                "filename": name,
            }
            lines.append(f"{surt_key(url)} {stamp} {json.dumps(entry)}\n")
    (data_dir / "index" / f"{name}.cdxj").write_text("".join(sorted(lines)), encoding="ascii")


def write_exchanges(data_dir: Path) -> None:
    """A page, a later visit that the server answered with 304, and two pages of a list that is asked for with POST."""
    writer = new_writer(data_dir)
    original = writer.append(exchange())
    later = exchange().started.replace(month=3, day=1)
    writer.append(exchange(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', started=later, refers_to=original))
    for form in FORMS:
        sent = (
            f"POST /list.do HTTP/1.1\r\nHost: www.example.gov.cn\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(form)}\r\n\r\n{form}"
        )
        received = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(form)}\r\n\r\n{form}"
        writer.append(exchange(received.encode(), url=LIST, sent=sent.encode()))
    writer.close()
