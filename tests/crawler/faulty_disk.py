"""A downloader middleware that puts a watched disk in place of the process's own, from the first crawler on.

Settings: DISK_LOG, a file that gets a line per call when it is asked for (JSON: name, path, thread, size); DISK_FAULT, what
fails: ``NAME SUFFIX ERRNO``, the first call of that name for a file whose path ends so, with the errno of that name.
"""

from __future__ import annotations

import errno
import json
from dataclasses import asdict
from pathlib import Path
from typing import Self

from scrapy.crawler import Crawler

from tests.archive.disk import Call, Disk


class FaultyDiskMiddleware:
    def __init__(self, disk: Disk):
        self._in_place = disk.in_place()  # as long as somebody holds it
        self._in_place.__enter__()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        name, suffix, fault = str(settings.get("DISK_FAULT") or "- - EIO").split()
        failed: list[Call] = []

        def decide(_: int, call: Call) -> int:
            with Path(settings["DISK_LOG"]).open("a", encoding="utf-8") as log:
                log.write(json.dumps(asdict(call)) + "\n")
            if failed or call.name != name or not call.path.endswith(suffix):
                return 0
            failed.append(call)
            return int(getattr(errno, fault))

        return cls(Disk(Path(settings["DATA_DIR"]), decide))
