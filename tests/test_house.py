"""The rules of the house as tests: floors, room for every module, commands documented."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("archive", "crawler", "spiders", "pipelines")
OURS = {*PACKAGES, "tests", "docs"}
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# The readers of files, which come with extras: modules of the parser import them when they are called.
READERS = {"pdfplumber", "pdfminer", "python_calamine", "PIL", "cv2", "numpy", "rapidocr"}

# What each floor may import besides the standard library; the longest matching prefix of a module's name counts.
FLOORS = {
    "archive": {"warcio", "fastwarc", "isal", "cryptography", "archive"},
    "pipelines.parser": {"parsel", "lxml", "pydantic", "pydantic_core", "pipelines.parser"},
    "pipelines.parser.carriers": {"lxml", "pipelines.parser", *READERS},
    "crawler": {"archive", "scrapy", "itemadapter", "twisted", "zope", "protego", "prometheus_client", "crawler"},
    "crawler.items": {"archive"},
    "crawler.__init__": set(),
    "crawler.certificates": {"OpenSSL", "service_identity"},
    "crawler.commands": {"archive", "scrapy", "itemadapter", "twisted", "crawler", "pipelines"},
    "spiders": {"crawler", "scrapy", "parsel", "w3lib", "spiders"},
    "pipelines": {"crawler.items", "archive", "pipelines"},
    "pipelines.verified": {"pydantic", "archive", "pipelines"},
    "pipelines.panel": {"pydantic", "pipelines.parser", "pipelines.panel"},
    "pipelines.precheck": {"crawler.items", "scrapy"},
    "pipelines.parse": {"crawler.items", "scrapy", "pipelines"},
    "pipelines.identify": {"crawler.items", "scrapy", "pipelines"},
}


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            assert node.module is not None
            # `from pipelines import parser` means the module pipelines.parser
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if node.module in OURS else node.module for name in names)


def strangers(path: Path, allowed: set[str]) -> list[str]:
    return [
        name
        for name in imports(path)
        if name.partition(".")[0] not in sys.stdlib_module_names | {"__future__"}
        and not any(name == floor or name.startswith(floor + ".") for floor in allowed)
    ]


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_floor(path: Path) -> None:
    name = dotted(path)
    floor = max((floor for floor in FLOORS if name == floor or name.startswith(floor + ".")), key=len)
    assert strangers(path, FLOORS[floor]) == []


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines/parser/carriers").glob("*.py")), ids=dotted)
def test_readers_of_files_are_imported_where_they_are_called(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    above = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.name for node in above if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in above if isinstance(node, ast.ImportFrom)]
    assert not READERS & {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_nobody_imports_spiders_or_settings(path: Path) -> None:
    forbidden = {"crawler.settings"} | (set() if path.is_relative_to(ROOT / "spiders") else {"spiders"})
    assert [name for name in imports(path) if any(name == f or name.startswith(f + ".") for f in forbidden)] == []


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_module_is_small_and_says_what_it_is(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), "a module docstring says what it promises"
    assert source.count("\n") <= 400, "look for the second thing in it"


def test_no_room_for_everything() -> None:
    rooms = {"utils", "helpers", "common", "manager", "base_objects"}
    assert [path for path in MODULES if path.stem in rooms or path.parent.name in rooms] == []


def test_every_command_is_in_the_readme_with_help_and_example() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [path.stem for path in (ROOT / "crawler/commands").glob("*.py") if path.stem != "__init__"]
    assert commands
    for command in commands:
        assert f"scrapy {command}" in readme, f"scrapy {command} has no row in the README"
        source = (ROOT / f"crawler/commands/{command}.py").read_text(encoding="utf-8")
        assert f"Example: scrapy {command}" in source, f"the help of scrapy {command} shows no example"


def test_locks_name_no_address() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text
