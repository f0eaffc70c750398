"""Whose code the CPU time of a command goes to: samples every millisecond of CPU time, counted by the innermost owner.

What the standard library and C extensions do is charged to the code that calls them. Other threads are not looked into: their
time counts for whatever the main thread does meanwhile.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.crawler.program import ROOT

SAMPLED = """
import collections, json, os, signal, sys
from scrapy.cmdline import execute

target, owners = sys.argv.pop(1), json.loads(sys.argv.pop(1))
samples, known = collections.Counter(), {}

def owner_of(name):
    if name not in known:
        known[name] = next((owner for part, owner in owners if part in name), None)
    return known[name]

def sample(number, frame):
    while frame is not None and owner_of(frame.f_code.co_filename) is None:
        frame = frame.f_back
    samples[owner_of(frame.f_code.co_filename) if frame else "start"] += 1

signal.signal(signal.SIGPROF, sample)
signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
try:
    execute()
finally:
    signal.setitimer(signal.ITIMER_PROF, 0)
    with open(target, "w") as file:
        json.dump(samples, file)
"""

# Who owns a file, by a part of its path; the first that fits counts.
OWNERS = (
    ("/site-packages/scrapy/", "Scrapy"),
    ("/site-packages/twisted/", "Twisted"),
    ("/site-packages/", None),
    ("/asyncio/", "asyncio"),
    (f"{ROOT}/archive/cdxj", "archive: index"),
    (f"{ROOT}/archive/warc_", "archive: records, digests, gzip, write"),
    (f"{ROOT}/archive/http_message", "archive: records, digests, gzip, write"),
    (f"{ROOT}/archive/exchange", "archive: records, digests, gzip, write"),
    (f"{ROOT}/archive/", "archive: ledger"),
    (f"{ROOT}/crawler/wire_tee", "archive: tee"),
    (f"{ROOT}/crawler/page_", "page class"),
    (f"{ROOT}/crawler/redirect_shell", "page class"),
    (f"{ROOT}/crawler/handler", "download handler and address guard"),
    (f"{ROOT}/crawler/addresses", "download handler and address guard"),
    (f"{ROOT}/crawler/robots", "robots, pace"),
    (f"{ROOT}/crawler/politeness", "robots, pace"),
    (f"{ROOT}/crawler/hosts", "robots, pace"),
    (f"{ROOT}/crawler/", "scheduler, visits, command"),
    (f"{ROOT}/pipelines/", "pipelines, parser"),
)


def measure(arguments: list[str], target: Path) -> dict[str, int]:
    """Samples of `scrapy` with these arguments, by owner; ``target`` is a file it may write."""
    line = [sys.executable, "-c", SAMPLED, str(target), json.dumps(OWNERS), *arguments]
    subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    samples: dict[str, int] = json.loads(target.read_text(encoding="utf-8"))
    return samples


def as_table(samples: dict[str, int]) -> str:
    """The owners and their share, the largest first, and the share of the archive in all."""
    whole = sum(samples.values())
    lines = [
        f"{owner:42}{100 * count / whole:6.1f} %" for owner, count in sorted(samples.items(), key=lambda one: -one[1])
    ]
    archive = sum(count for owner, count in samples.items() if owner.startswith("archive"))
    return "\n".join([f"{whole} samples", *lines, f"{'archive in all':42}{100 * archive / whole:6.1f} %"])
