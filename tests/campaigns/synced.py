"""Runs the program with a note of what it forced onto the disk: ``python -m tests.campaigns.synced LOG DATA_DIR ARGUMENT…``.

LOG gets a line per sync that succeeded (JSON: path, and the size of the file when it began). Must not know what is run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.archive.disk import Call, Disk


def main() -> None:
    log, folder, *arguments = sys.argv[1:]

    def tell(call: Call) -> None:
        if call.name in ("fsync", "fdatasync"):
            with open(log, "a", encoding="utf-8") as notes:
                notes.write(json.dumps({"path": call.path, "size": call.size}) + "\n")

    sys.argv = ["scrapy", *arguments]
    with Disk(Path(folder), tell=tell).in_place():
        from scrapy.cmdline import execute

        execute()


def read_synced(log: Path) -> dict[str, int]:
    """How much of each file is known to be on the disk, in bytes."""
    synced: dict[str, int] = {}
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        try:
            note = json.loads(line)
        except ValueError:
            continue  # the process died while it wrote this
        synced[note["path"]] = max(note["size"], synced.get(note["path"], 0))
    return synced


if __name__ == "__main__":
    main()
