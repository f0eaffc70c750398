"""The index keys of answers to POST, as replay tools compute them (checked against pywb 2.10 when they were written)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.post_keys import MAX_ARGUMENTS, body_arguments
from tests.archive.exchanges import exchange, new_writer

FORM = "application/x-www-form-urlencoded"
MULTIPART = (
    b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue 1\r\n'
    b'--XX\r\nContent-Disposition: form-data; name="b"\r\n\r\n\xe5\xb9\xb4\r\n--XX--\r\n'
)


def post(content_type: str, body: bytes) -> bytes:
    named = f"Content-Type: {content_type}\r\n".encode() if content_type else b""
    return b"POST /list HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (named, len(body), body)


@pytest.mark.parametrize(
    ("content_type", "body", "arguments"),
    [
        (FORM, b"a=1&b=%E5%B9%B4+x&c=2%26d", "a=1&b=年 x&c=2&d"),
        (FORM + "; charset=GBK", "年=2".encode("gbk"), "__wb_post_data=xOo9Mg=="),
        (
            "application/json",
            b'{"a":1,"b":[1,2.0,true,null],"c":{"a":"x y"}}',
            "a=1&b=1&b.2_=2&b.3_=true&b.4_=null&a.2_=x+y",
        ),
        ("application/json", b"{not json", ""),
        ("application/json", b"[" * 100_000, ""),
        ("text/plain", b'{"q":1.5}', "q=1.5"),
        ("text/plain", b"hello", "__wb_post_data=aGVsbG8="),
        ("multipart/form-data; boundary=XX", MULTIPART, "a=value+1&b=%E5%B9%B4"),
        ("", b"\x00\xff", "__wb_post_data=AP8="),
        (FORM, b"", ""),
    ],
)
def test_the_body_becomes_query_arguments(content_type: str, body: bytes, arguments: str) -> None:
    assert body_arguments(post(content_type, body)) == arguments


def test_a_long_body_is_cut_as_replay_tools_cut_it() -> None:
    assert len(body_arguments(post(FORM, b"a=" + b"x" * 10_000))) == MAX_ARGUMENTS == 4096


def test_pages_of_a_listing_that_differ_in_their_body_have_keys_of_their_own(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    url = "http://www.example.gov.cn/list?site=1"
    for page in (b"page=1", b"page=2"):
        writer.append(exchange(sent=post(FORM, page), url=url))
    name, _ = writer.position
    writer.close()
    lines = (tmp_path / "index" / f"{name}.cdxj").read_text().splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == [
        f"cn,gov,example)/list?__wb_method=post&page={page}&site=1" for page in (1, 2)
    ]
    entry = json.loads(lines[0].split(" ", 2)[2])
    assert (entry["url"], entry["method"], entry["requestBody"]) == (url, "POST", "page=1")
