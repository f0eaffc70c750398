"""Worker processes that parse: results in the order of what was asked, a window of it in memory at a time.

Free of Scrapy and Twisted, so that a worker loads the parser and nothing else. Must not know what the work is.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

_ending = threading.Event()
Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

_AHEAD = 4  # chunks a worker: enough to keep it busy, few enough to hold in memory
_ENDING_SECONDS = 2.0  # for a worker to remove its temporary files
CHUNK = 8  # questions a message: passing one costs little beside parsing a page


@contextmanager
def start_workers(number: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that begin empty: forked ones would inherit all that the command has loaded.

    Left by an exception (an interrupt, too), what still waits is dropped, and what is under way is ended.
    """
    workers = ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), _begin)
    try:
        yield workers
    except BaseException:
        processes = list((getattr(workers, "_processes", None) or {}).values())  # no public way
        workers.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        raise
    workers.shutdown()


def in_workers(
    workers: ProcessPoolExecutor,
    number: int,
    work: Callable[[Asked], Answered],
    asked: Iterable[Asked],
    chunk: int = CHUNK,
) -> Iterator[Answered]:
    """The answers in the order of the questions, of which only a window is held at a time."""
    questions = iter(asked)
    waiting: deque[Future[list[Answered]]] = deque()
    while True:
        while len(waiting) < number * _AHEAD and (some := list(islice(questions, chunk))):
            waiting.append(workers.submit(_each, work, some))
        if not waiting:
            return
        yield from waiting.popleft().result()


def _each(work: Callable[[Asked], Answered], asked: Sequence[Asked]) -> list[Answered]:
    if _ending.is_set():
        raise SystemExit
    return [work(question) for question in asked]


def _begin() -> None:
    """A worker leaves interrupts (the terminal's go to all) to the command, and ends with it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_ENDING_SECONDS)
        os._exit(1)


def _end(*_: object) -> None:
    """Drop the work as an exception, so that what it holds (temporary files, a child) is cleared away."""
    _ending.set()
    raise SystemExit
