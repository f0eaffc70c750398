"""A server of invented pages, made before the first is asked for: a process of its own, so that it costs no client anything.

Started as a program it prints its port and serves until its standard input ends. Its addresses are those of
:func:`addresses`; what it serves is the same for the same number of pages. Must not know who asks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from itertools import accumulate

HOSTS = 16
PAGE_BYTES = 32_000  # mean; pages are between half and one and a half of it
TIMES = "/-/times"  # when the first and the last page were asked for since this was last asked, by CLOCK_MONOTONIC
_SEED = 5
_MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\nnot found"
# Words of no particular text; a paragraph draws few of them often and many seldom, as texts do.
_SYLLABLES = "关于印发通知各区县人民政府市直有关部门单位经研究同意现将工作方案实施意见贯彻执行加强管理提高服务质量推进建设项目审批改革"
_WORDS = 1500
_PARAGRAPHS = 4000


def addresses(port: int, pages: int) -> list[str]:
    """The addresses of all pages, host by host."""
    per_host = -(-pages // HOSTS)
    return [f"http://127.0.0.{1 + number // per_host}:{port}/info/{number}.htm" for number in range(pages)]


def make_pages(pages: int) -> Iterator[bytes]:
    """Articles of a portal, in UTF-8: text within the markup that surrounds it on every page. All of it is invented."""
    chance = random.Random(_SEED)
    syllables = [*_SYLLABLES, *map(chr, range(0x4E00, 0x4E00 + 2000, 3))]
    words = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(_WORDS)]
    common = list(accumulate(1 / (rank + 5) for rank in range(_WORDS)))

    def draw(fewest: int, most: int) -> str:
        return "".join(chance.choices(words, cum_weights=common, k=chance.randint(fewest, most)))

    paragraphs = [
        f'<p style="text-indent: 2em; line-height: 1.75; text-align: justify;"><span style="font-family: 仿宋_GB2312;'
        f' font-size: 16pt;">{"，".join(draw(2, 6) for _ in range(chance.randint(1, 6)))}。</span></p>\n'.encode()
        for _ in range(_PARAGRAPHS)
    ]
    menu = "".join(
        f'<li class="nav-item"><a href="/col/col{number}/index.html" target="_blank" title="{word}">{word}</a></li>\n'
        for number, word in enumerate(chance.sample(words, 60))
    )
    for number in range(pages):
        title, size = draw(5, 10), chance.uniform(0.5, 1.5) * PAGE_BYTES
        page = bytearray(
            f'<!DOCTYPE html>\n<html lang="zh">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
            f'<meta name="ArticleTitle" content="{title}">\n<link rel="stylesheet" href="/css/style.css">\n'
            f'<script src="/js/jquery.js"></script>\n</head>\n<body>\n<div class="header"><ul>\n{menu}</ul></div>\n'
            f'<div class="article" id="article{number}"><h1>{title}</h1>\n'.encode()
        )
        while len(page) < size:
            page += chance.choice(paragraphs)
        yield bytes(page + b"</div>\n</body>\n</html>\n")


class _Connection(asyncio.Protocol):
    """Answers from memory, one write a request; ``asked`` is shared by all connections."""

    def __init__(self, answers: list[bytes], asked: list[float]):
        self._answers = answers
        self._asked = asked
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._answer(request.split(b" ", 2)[1].decode("ascii", "replace")))

    def _answer(self, path: str) -> bytes:
        if path == TIMES:
            body = json.dumps(self._asked).encode()
            self._asked.clear()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        number = path.removeprefix("/info/").removesuffix(".htm")
        if not number.isdigit() or int(number) >= len(self._answers):
            return _MISSING
        self._asked[1:] = [time.monotonic()]
        return self._answers[int(number)]


async def _serve(answers: list[bytes]) -> None:
    asked: list[float] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answers, asked), "0.0.0.0")
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # whoever started it holds the other end
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve invented pages on loopback.")
    parser.add_argument("pages", type=int)
    head = "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n"
    answers = [head.format(len(page)).encode() + page for page in make_pages(parser.parse_args().pages)]
    asyncio.run(_serve(answers))


if __name__ == "__main__":
    main()
