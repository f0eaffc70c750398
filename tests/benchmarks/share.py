"""What part of a crawl's CPU time the ledger takes: a crawl of the replicas in which the ledger's entrances are timed.

No profiler: it would make Python look slower than SQLite. Not counted is the line of a document, made by who brings it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.crawler.program import ROOT, to_replicas
from tests.portals.server import ReplicaServer

TIMED = """
import json, sys, time
from scrapy.cmdline import execute
from archive.documents import Documents
from archive.frontier import Frontier
from archive.ledger import Ledger
from pipelines import records

spent, target = {"in": 0.0, "out": 0.0}, sys.argv.pop(1)

def timed(owner, name, place):
    work = getattr(owner, name)
    def instead(*values, **named):
        began = time.thread_time()
        try:
            return work(*values, **named)
        finally:
            spent[place] += time.thread_time() - began
    setattr(owner, name, instead)

for owner, names in ((Ledger, ("__init__", "acknowledge", "remember", "begin_with", "adopt", "tally", "finish_run")),
                     (Frontier, ("lease", "queues", "similar", "recall_orphans")), (Documents, ("recorded_as",))):
    for name in names:
        timed(owner, name, "in")
[document] = [value for value in vars(records).values() if isinstance(value, type) and "line" in vars(value)]
timed(document, "line", "out")
try:
    execute()
finally:
    with open(target, "w") as file:
        json.dump({"crawl": time.process_time(), "ledger": spent["in"] - spent["out"]}, file)
"""


@dataclass(frozen=True, slots=True)
class Share:
    """CPU seconds: of the whole crawl, and of the ledger."""

    crawl: float
    ledger: float

    @property
    def percent(self) -> float:
        return 100 * self.ledger / self.crawl


def measure() -> Share:
    """A crawl of the replicas into an empty folder."""
    with tempfile.TemporaryDirectory() as folder, ReplicaServer(keep_log=False) as server:
        settings = to_replicas(server.connect_to, Path(folder) / "data")
        options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        result = Path(folder) / "share.json"
        line = [sys.executable, "-c", TIMED, str(result), "crawl", "all", *options]
        subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return Share(**json.loads(result.read_text(encoding="utf-8")))
