"""The SQL of the ledger is kept to what PostgreSQL also speaks: a server of that kind prepares every statement."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.archive.statements import FOLDER, Statement, read_statements

PROGRAMS = ("initdb", "pg_ctl", "psql")
ACCOUNT = "postgres"  # whose the server is when the tests run as root, as which it does not start


def find_programs() -> Path | None:
    """The folder of the newest PostgreSQL there is."""
    found = [Path("/usr/lib/postgresql")] + [Path(path).parent.parent for path in [shutil.which("initdb")] if path]
    folders = [path for root in found for path in (*root.glob("*/bin"), root / "bin")]
    whole = [path for path in folders if all((path / name).exists() for name in PROGRAMS)]
    return max(whole, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], default=None)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of the tests' own, on a socket in its folder."""

    programs: Path
    folder: Path

    def run(self, program: str, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        drop = ["runuser", "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
        command = [*drop, str(self.programs / program), *arguments]
        environment = {**os.environ, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10"}
        return subprocess.run(
            command, input=text, capture_output=True, encoding="utf-8", cwd=self.folder, env=environment, check=False
        )

    def start(self) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "log")
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        for program, *arguments in (
            ("initdb", "-D", data, "-A", "trust", "-U", ACCOUNT, "-E", "UTF8", "--no-sync"),
            ("pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start"),
        ):
            # Not captured: the server would keep the pipe open for as long as it runs.
            done = self.run(program, *arguments) if program == "initdb" else self._leave(program, *arguments)
            assert done.returncode == 0, f"{program}: {done.stderr}"

    def _leave(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        drop = ["runuser", "-u", ACCOUNT, "--"] if os.geteuid() == 0 else []
        command = [*drop, str(self.programs / program), *arguments]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder
        )
        return subprocess.CompletedProcess(command, done.returncode, "", (self.folder / "log").read_text())

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def refusals(self, statements: Sequence[str]) -> dict[int, str]:
        """What the server says against statements, by their number; each must be one line."""
        text = "".join(f"{statement};\n" for statement in statements)
        done = self.run("psql", "-X", "-q", "-h", str(self.folder), "-U", ACCOUNT, "-f", "-", ACCOUNT, text=text)
        assert done.returncode == 0, done.stderr
        errors = re.finditer(r"^psql:<stdin>:(\d+): ERROR: +(.*)$", done.stderr, re.MULTILINE)
        return {int(error[1]) - 1: error[2] for error in errors}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs = find_programs()
    if programs is None:
        pytest.skip(f"no PostgreSQL ({', '.join(PROGRAMS)}) on this machine")
    if os.geteuid() == 0 and not shutil.which("runuser"):
        pytest.skip("PostgreSQL does not start as root, and there is no runuser")
    # Not pytest's folder: that is closed to others, and the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        if os.geteuid() == 0:
            try:
                shutil.chown(name, ACCOUNT)
            except LookupError:
                pytest.skip(f"PostgreSQL does not start as root, and there is no account {ACCOUNT}")
        server = Server(programs, Path(name))
        server.start()
        try:
            schema = (FOLDER / "ledger.sql").read_text(encoding="utf-8")
            [*whole] = [" ".join(part.split()) for part in re.sub(r"--.*", "", schema).split(";") if part.strip()]
            refused = server.refusals(whole)
            assert refused == {}, [(whole[number], error) for number, error in refused.items()]
            yield server
        finally:
            server.stop()


def prepared(number: int, sql: str) -> str:
    """The statement as PostgreSQL prepares it: its marks are $1, $2 …"""
    parts = sql.split("?")
    return f"PREPARE s{number} AS " + "".join(
        part + (f"${place}" if place < len(parts) else "") for place, part in enumerate(parts, 1)
    )


def test_every_statement_is_prepared(server: Server) -> None:
    statements = read_statements()
    assert len(statements) > 80
    refused = server.refusals([prepared(number, statement.sql) for number, statement in enumerate(statements)])
    assert {statements[number].place: error for number, error in refused.items()} == {}


def test_a_statement_of_sqlite_alone_is_refused(server: Server) -> None:
    only_there = Statement("nowhere", "INSERT OR REPLACE INTO about VALUES (?,?)")
    untyped = Statement("nowhere", "SELECT url FROM requests WHERE ?=1 GROUP BY key IS ?")
    refused = server.refusals([prepared(9000 + n, s.sql) for n, s in enumerate((only_there, untyped))])
    assert refused.keys() == {0, 1}
