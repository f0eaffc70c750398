"""A long output that is there whole or not at all, and that an interrupted command continues where it was safe.

Until it is finished it is `OUT.part`, beside it `OUT.part.json`: how many bytes of it count, and where the work stood.
Must not know what the work is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archive.outputs import AppendedFile
from archive.whole_file import sync_folder


class PartFile:
    """The output at ``out`` while it is written; opening it continues work for the same ``task`` (plain JSON).

    ``state`` is what :meth:`save` was last given, empty where the work begins. Bytes that no save counted are cut.
    """

    def __init__(self, out: Path, task: Mapping[str, object]):
        self._out = out
        self._part, self._notes = part_paths(out)
        known = _read(self._notes)
        same = known.get("task") == json.loads(json.dumps(task)) and self._part.exists()
        self._task = dict(task)
        self.state: dict[str, Any] = known["state"] if same else {}
        self.restarted = bool(known) and self._part.exists() and not same
        self._file = AppendedFile(self._part, int(known["size"]) if same else 0)
        if (
            same and self._file.end < known["size"]
        ):  # somebody cut it, or power failed: what it said cannot be continued
            self._file.cut(0)
            self.state, self.restarted = {}, True

    def save(self, lines: Sequence[bytes], state: Mapping[str, object]) -> None:
        """Append whole lines, durably, and note where the work stands. After a kill it stands here or where it stood before."""
        if lines:
            self._file.append(b"".join(line + b"\n" for line in lines))
            self._file.sync()
        self.state = dict(state)
        fresh = self._notes.with_name(f"{self._notes.name}.new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump({"task": self._task, "size": self._file.end, "state": self.state}, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._notes)

    def finish(self) -> None:
        """Give the output its name."""
        self.close()
        os.replace(self._part, self._out)
        sync_folder(self._out.absolute().parent)
        self._notes.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave it as it is, to be continued."""
        self._file.close()


def part_paths(out: Path) -> tuple[Path, Path]:
    """The unfinished output, and the notes about it."""
    return out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.part.json")


def _read(notes: Path) -> dict[str, Any]:
    try:
        known = json.loads(notes.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) and {"task", "size", "state"} <= known.keys() else {}
