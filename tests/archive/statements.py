"""Every SQL statement of the archive package, read from its source: what is never run in a test is looked at too.

A statement is the first argument of a call of Database's methods. Values in f-strings are those of the module; a
``condition`` stands for each that the callers have, lists of parameter marks for one mark.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import archive
from archive.frontier import REFETCH
from archive.tombstones import Tombstone

FOLDER: Final = Path(archive.__file__).parent
METHODS: Final = {"execute", "one", "all", "stream", "count"}
OWN: Final = {
    "database",
    "rebuilding",
    "verify_seen",
}  # SQLite's own language: pragmas; a rebuilt ledger is a file, and its statements run once; what a check saw is no ledger
FORGOTTEN: Final = [Tombstone.of(target).condition[0] for target in ("www.example.org", "http://www.example.org/a")]
CONDITIONS: Final = {
    "refetch": list(REFETCH.values()),
    "retire": FORGOTTEN,
    "forget_pages": FORGOTTEN,
    "pages_with": FORGOTTEN,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and where it stands, as ``module.function:line``."""

    place: str
    sql: str


def read_statements() -> list[Statement]:
    """All of them, in order. Raises ValueError for one that is put together in a way this module does not know."""
    modules = sorted(path for path in FOLDER.glob("*.py") if path.stem not in OWN)
    return [statement for path in modules for statement in _of_module(path)]


def _of_module(path: Path) -> Iterator[Statement]:
    module = vars(importlib.import_module(f"archive.{path.stem}"))
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and _is_of_database(call.func) and call.args:
                place = f"{path.stem}.{function.name}:{call.lineno}"
                for sql in _texts(call.args[0], module, CONDITIONS.get(function.name, ()), place):
                    yield Statement(place, sql)


def _is_of_database(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr in METHODS
        and ast.unparse(function.value) in ("db", "self._db")
    )


def _texts(node: ast.expr, module: dict[str, object], conditions: Sequence[str], place: str) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if not isinstance(node, ast.JoinedStr):
        raise ValueError(f"{place}: the statement is no text")
    texts = [""]
    for part in node.values:
        texts = [text + value for text in texts for value in _values(part, module, conditions, place)]
    return texts


def _values(part: ast.expr, module: dict[str, object], conditions: Sequence[str], place: str) -> Sequence[str]:
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    assert isinstance(part, ast.FormattedValue)
    source = ast.unparse(part.value)
    if source == "condition" and conditions:
        return conditions
    try:
        return [str(eval(source, dict(module)))]
    except NameError:
        if source.startswith("marks("):
            return ["?"]
        raise ValueError(f"{place}: what is {source} in the statement?") from None
