"""WARC files of other crawlers become part of an archive: each whole or not at all, in three steps that an interruption may part.

The file takes its place; what is said of it is written beside it; the ledger learns of it in one transaction. Begun again, the
steps that are done are not done twice. Must not know how a command is typed, nor how a page is parsed.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive import cdxj
from archive.adoption import Adoption, adopted_at, list_adoptions, path_beside, read_adoption, write_adoption
from archive.data_dir import DataDir
from archive.foreign_files import Inspected, NotAdoptable, discard_parts, hash_of, inspect, name_for, store
from archive.ledger import Ledger
from archive.outputs import AppendedFile
from archive.rows import CaptureEntry
from archive.whole_file import sync_folder
from crawler.adopting import Adopting, Entered, ReadPage
from crawler.portals import Portal

Tell = Callable[[int, float], object]


@dataclass(frozen=True, slots=True)
class AdoptedFile:
    """What became of a file: its ``name`` in the archive, ``before`` if it was part of it already.

    ``anew``: it was compressed anew; ``left_out``: unsound places and records that were left out.
    """

    name: str
    run: str
    before: bool = False
    anew: bool = False
    left_out: int = 0
    entered: Entered = field(default_factory=Entered)


class AdoptedFiles:
    """Adopts files into ``data_dir``, whose lock the caller holds.

    ``read_page`` parses; ``tell`` is called with what is done of a file. With ``sound_only`` the sound records of damaged files
    are adopted.
    """

    def __init__(
        self,
        data_dir: DataDir,
        ledger: Ledger,
        portals: Sequence[Portal],
        read_page: ReadPage,
        tell: Tell,
        *,
        software: str,
        operator: str,
        sound_only: bool,
    ):
        self._data_dir = data_dir
        self._ledger = ledger
        self._portals = portals
        self._read_page = read_page
        self._tell = tell
        self._software = software
        self._operator = operator
        self._sound_only = sound_only
        self._adopted = {
            digest: one for one in list_adoptions(data_dir.warc) for digest in (one.given_sha256, one.sha256)
        }
        discard_parts(data_dir.warc)

    def adopt(self, path: Path) -> AdoptedFile:
        """Adopt a file. Raises NotAdoptable with nothing changed; OSError or sqlite3.Error, after which the same goes on."""
        digest = hash_of(path)
        adoption = self._adopted.get(digest)
        if adoption is not None and not (self._data_dir.warc / adoption.file).is_file():
            self._put_back(path, adoption)
        if adoption is not None and self._ledger.adopted.knows(adoption.file):
            return AdoptedFile(adoption.file, adoption.run, before=True)
        if adoption is None:
            adoption = self._keep(path, digest)
            write_adoption(self._data_dir.warc, adoption, self._software, self._operator)
            self._adopted |= {digest: adoption, adoption.sha256: adoption}
        return self._result(adoption, self._enter(adoption))

    def rehearse(self, path: Path) -> AdoptedFile:
        """What :meth:`adopt` would do; nothing is changed. Raises what it raises."""
        digest = hash_of(path)
        adoption = self._adopted.get(digest)
        if adoption is not None and self._ledger.adopted.knows(adoption.file):
            return AdoptedFile(adoption.file, adoption.run, before=True)
        found = self._inspect(path)
        with tempfile.TemporaryDirectory(prefix="ogi-") as folder:
            part, size, stored = store(found, Path(folder))
            adoption = self._adoption(found, digest, stored, size)
            place = part.rename(part.with_name(adoption.file))
            adopting = Adopting(self._ledger, place, adoption, self._read_page, self._tell)
            self._ledger.rehearse(lambda: list(adopting.work()))
        return self._result(adoption, adopting.entered)

    # -- the file takes its place -----------------------------------------------------------------------------------

    def _keep(self, path: Path, digest: str) -> Adoption:
        found = self._inspect(path)
        folder = self._data_dir.warc
        in_place = found.kept and path.resolve().parent == folder.resolve()
        if in_place and name_for(path.name, digest, lambda name: False) == path.name:
            return self._adoption(found, digest, digest, path.stat().st_size)
        part, size, stored = store(found, folder)
        adoption = self._adoption(found, digest, stored, size)
        os.replace(part, folder / adoption.file)
        sync_folder(folder)
        return adoption

    def _put_back(self, path: Path, adoption: Adoption) -> None:
        """Let a file that was adopted, and is lost, be there again."""
        folder = self._data_dir.warc
        part, _, stored = store(self._inspect(path), folder)
        if stored != adoption.sha256:
            part.unlink()
            raise NotAdoptable(f"{adoption.file}, which it was adopted as, is lost, and this is not what it was")
        os.replace(part, folder / adoption.file)
        sync_folder(folder)

    def _inspect(self, path: Path) -> Inspected:
        size = max(path.stat().st_size, 1)
        found = inspect(path, lambda records, end: self._tell(records, end / size))
        if found.damage is not None and not self._sound_only:
            fault = found.damage
            raise NotAdoptable(f"damaged at offset {fault.offset}: {fault.code}: {fault.message}", damaged=True)
        return found

    def _adoption(self, found: Inspected, digest: str, stored: str, size: int) -> Adoption:
        now = datetime.now(UTC)
        folder = self._data_dir.warc

        def taken(name: str) -> bool:
            path = folder / name
            if path_beside(path).exists() or path.with_name(f"{name}.open").exists():
                return True
            # A file that is there and is what we bring was left by an interruption, or brought by hand.
            return path.exists() and hash_of(path) != stored

        return Adoption(
            run=f"{now:%Y%m%dT%H%M%SZ}-adopt-{secrets.token_hex(2)}",
            adopted_at=adopted_at(now),
            file=name_for(found.path.name, stored, taken),
            size=size,
            sha256=stored,
            given=found.path.name.encode("utf-8", "backslashreplace").decode(),
            given_sha256=digest,
            left_out=found.unsound,
            sites=dict(self._sites(found.hosts)),
        )

    def _sites(self, hosts: set[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """The portals of the registry that hosts are of, as a capture by hand tells them."""
        for host in sorted(hosts):
            portal = next((one for one in self._portals if one.covers(f"http://{host}/")), None)
            if portal is not None:
                yield host, (portal.id, portal.region)

    # -- the ledger learns of it ------------------------------------------------------------------------------------

    def _enter(self, adoption: Adoption) -> Entered:
        folder, run = self._data_dir.warc, adoption.run
        beside = path_beside(folder / adoption.file)
        _, ref = read_adoption(beside)
        cdxj.write_index(beside)
        adopting = Adopting(self._ledger, folder / adoption.file, adoption, self._read_page, self._tell)

        def work() -> Iterator[bytes]:
            yield from adopting.work()
            adopting.file.write_index()

        reports = AppendedFile(self._data_dir.reports / f"{run}.jsonl", 0)
        try:
            self._ledger.adopt(run, [CaptureEntry(ref)], ref.file, ref.end)
            self._ledger.perform(run, reports, work)
        finally:
            reports.close()
        return adopting.entered

    @staticmethod
    def _result(adoption: Adoption, entered: Entered) -> AdoptedFile:
        return AdoptedFile(
            adoption.file,
            adoption.run,
            anew=adoption.sha256 != adoption.given_sha256,
            left_out=adoption.left_out,
            entered=entered,
        )
