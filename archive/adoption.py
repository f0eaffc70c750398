"""What the archive says of a WARC file that another crawler wrote and that was adopted: a WARC file of ours beside it.

`NAME.adoption.warc.gz` stands beside `NAME.warc.gz`. It is written when the file itself is in its place, and holds one metadata
record: with it the file is part of the archive, whatever the ledger knows. Must not know how a file is checked or copied, nor the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from archive.exchange import CaptureRef, Exchange
from archive.members import DamagedWarc, Record, RecordedExchange, read_about, read_exchanges, read_hints
from archive.warc_records import compose, warc_date, warcinfo
from archive.whole_file import write_whole

HINT = "adopted"  # key of the hint that marks the record of an adoption
OWN_SOFTWARE = "ogi-archive/"  # how the software of files that were written here begins
SELECTION = "adopt:"  # how the selection of a run begins that is an adoption

_SUFFIX = ".warc.gz"
_BESIDE = ".adoption.warc.gz"


@dataclass(frozen=True, slots=True)
class Adoption:
    """A file that was adopted: ``file`` is its name in the archive, of ``size`` bytes, ``sha256`` its digest (hex).

    ``given`` is the name it had and ``given_sha256`` its digest then: another where it was compressed anew, or records that
    are not sound were left out (``left_out``). ``sites`` are the hosts in it that were of portals of the registry: portal and
    region by host name. ``adopted_at`` is a moment as the ledger writes it.
    """

    run: str
    adopted_at: str
    file: str
    size: int
    sha256: str
    given: str
    given_sha256: str
    left_out: int = 0
    sites: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def selection(self) -> str:
        """What its run selects."""
        return f"{SELECTION}{self.file}"

    def site(self, url: str) -> tuple[str, str]:
        """Portal and region of an address; two empty texts where it is of none."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return "", ""
        return self.sites.get(host, ("", ""))


def path_beside(warc: Path) -> Path:
    """Where the adoption of a file is written down."""
    return warc.with_name(warc.name.removesuffix(_SUFFIX) + _BESIDE)


def is_adoption(path: Path) -> bool:
    """Whether a file is one that an adoption is written down in, by its name."""
    return path.name.endswith(_BESIDE)


def is_own(first: Record | None) -> bool:
    """Whether a WARC file that begins with this record was written here."""
    if first is None or first.kind != "warcinfo":
        return False
    return read_about(first.block).get("software", "").startswith(OWN_SOFTWARE)


def write_adoption(folder: Path, adoption: Adoption, software: str, operator: str) -> Path:
    """Write an adoption down, whole or not at all. Raises OSError."""
    path = path_beside(folder / adoption.file)
    moment = datetime.fromisoformat(adoption.adopted_at)
    about = {
        "software": software,
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "operator": operator,
        "isPartOf": adoption.run,
        "ogi-selection": adoption.selection,
    }
    said = {**asdict(adoption), "sites": {host: list(site) for host, site in sorted(adoption.sites.items())}}
    records = compose(Exchange(url=f"urn:sha256:{adoption.sha256}", started=moment, hints={HINT: said}), folder)
    write_whole(path, [warcinfo(path.name, moment, about), *records.members])
    _adoption_of.cache_clear()
    return path


def read_adoption(path: Path) -> tuple[Adoption, CaptureRef]:
    """What an adoption's own file says, and where. Raises OSError and DamagedWarc."""
    try:
        exchange = next(read_exchanges(path), None)
        adoption = None if exchange is None else adoption_of_exchange(exchange)
    except (TypeError, KeyError, ValueError) as error:
        raise DamagedWarc(f"{path}: damaged: what it says of an adoption cannot be read ({error})") from error
    if exchange is None or adoption is None:
        raise DamagedWarc(f"{path}: damaged: it does not say which file was adopted")
    return adoption, exchange.reference(path.name)


def adoption_of_exchange(exchange: RecordedExchange) -> Adoption | None:
    """The adoption that an exchange of ours is the record of; ``None``: it is another. Raises TypeError, KeyError, ValueError."""
    said = read_hints(read_about(exchange.metadata.block)).get(HINT)
    if not isinstance(said, dict):
        return None
    sites = {str(host): (str(portal), str(region)) for host, (portal, region) in said["sites"].items()}
    return Adoption(**{**said, "sites": sites})


def list_adoptions(folder: Path) -> Iterator[Adoption]:
    """The adoptions of an archive, whose WARC files are in ``folder``. Raises OSError and DamagedWarc."""
    for path in sorted(folder.glob(f"*{_BESIDE}")):
        yield read_adoption(path)[0]


def adoption_of(warc: Path) -> Adoption | None:
    """The adoption of a WARC file; ``None``: it was not adopted. Raises OSError and DamagedWarc."""
    return _adoption_of(path_beside(warc))


def hints_of(warc: Path, url: str) -> dict[str, object]:
    """What was known of a page in an adopted file when it was adopted; nothing for any other file."""
    adoption = adoption_of(warc)
    if adoption is None or not (site := adoption.site(url))[0]:
        return {}
    return {"portal": site[0], "region": site[1]}


@lru_cache(maxsize=64)
def _adoption_of(path: Path) -> Adoption | None:
    return read_adoption(path)[0] if path.is_file() else None


def adopted_at(moment: datetime) -> str:
    """A moment as an adoption has it."""
    return warc_date(moment)
