"""The registry of portals: what to crawl, as data in TOML, loaded strictly.

A portal is a ``[[portal]]`` table of a ``*.toml`` file. Whatever the loader does not know it refuses, in one line that names file, portal
and remedy. Must not know what a family does with its portals, nor how pages are fetched.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from archive.rows import MANUAL
from crawler.addresses import Proxy

REQUIRED = ("id", "name", "region", "family", "start")
OPTIONAL = ("options", "expect", "hosts", "exclude", "proxy", "tls", "expect_down", "requisites")

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_REGION = re.compile(r"[1-8][0-9]{5}")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class RegistryError(ValueError):
    """The registry is refused; the message is one line that says where and what to do."""


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal as the registry declares it.

    ``region`` is a GB/T 2260 division code (six digits); ``start`` the addresses a crawl begins at; ``expect`` the least number of
    reports a healthy crawl finds (``None``: not said); ``hosts`` the hosts in scope: those of ``start`` and any named in the registry.

    ``exclude`` are globs of addresses never asked for; ``proxy`` the URL of the HTTP proxy to the portal, a secret where it has
    credentials; ``tls`` is ``"legacy"`` for servers that know old TLS only; ``expect_down`` the last day of a known outage;
    ``requisites`` says whether report pages are archived with what they need to be displayed.
    """

    id: str
    name: str
    region: str
    family: str
    start: tuple[str, ...]
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    expect: int | None = None
    hosts: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    proxy: str = field(default="", repr=False)
    tls: str = ""
    expect_down: date | None = None
    requisites: bool = False

    def excludes(self, url: str) -> str:
        """The first glob of ``exclude`` that matches the whole of ``url``, case included, or an empty text."""
        return next((glob for glob in self.exclude if fnmatchcase(url, glob)), "")

    def expected_down(self, on: date) -> bool:
        """Whether the portal is known to be down on this day: up to and including ``expect_down``."""
        return self.expect_down is not None and on <= self.expect_down

    def covers(self, url: str) -> bool:
        """Whether ``url`` is in scope: a host of the portal, its twin with or without ``www.``, or a subdomain of one."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        return any(host == known or _www_twin(host) == known or host.endswith(f".{known}") for known in self.hosts)


def load_portals(path: Path, families: Collection[str] | None = None) -> tuple[Portal, ...]:
    """Read the portals of a TOML file, or of every ``*.toml`` of a folder in order of name.

    ``families`` are the known spider names; ``None`` leaves the family unchecked.

    Raises:
        RegistryError: a file cannot be read, or says anything not understood.
    """
    portals: dict[str, Portal] = {}
    origin: dict[str, Path] = {}
    for file in _files(path):
        for number, entry in enumerate(_entries(file), start=1):
            portal = _portal(file, number, entry, families)
            if portal.id in portals:
                raise RegistryError(
                    f'{file}: portal "{portal.id}" is declared already in {origin[portal.id]}: rename or remove one of them'
                )
            portals[portal.id] = portal
            origin[portal.id] = file
    if not portals:
        raise RegistryError(f"{path}: no portal is declared: add a [[portal]] table to a .toml file there")
    return tuple(portals.values())


def select_portals(portals: Sequence[Portal], ids: Iterable[str]) -> tuple[Portal, ...]:
    """The portals of these ids, in the order of the registry.

    Raises:
        RegistryError: an id that no portal has.
    """
    wanted = dict.fromkeys(ids)
    known = [portal.id for portal in portals]
    for unknown in wanted:
        if unknown not in known:
            raise RegistryError(
                f'no portal has the id "{unknown}"{_suggest(unknown, known)}: "scrapy portals" lists them'
            )
    return tuple(portal for portal in portals if portal.id in wanted)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.toml"))
    if not path.exists():
        raise RegistryError(f"{path}: no such file or folder: set PORTALS to a TOML file or a folder of them")
    return [path]


def _entries(file: Path) -> list[dict[str, object]]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RegistryError(f"{file}: cannot be read ({error.strerror}): check its permissions") from None
    except UnicodeDecodeError as error:
        raise RegistryError(f"{file}: is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{file}: is not valid TOML: {' '.join(str(error).split())}") from None
    for key in document:
        if key != "portal":
            raise RegistryError(f'{file}: unknown table or key "{key}": only [[portal]] tables are allowed')
    entries = document.get("portal", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RegistryError(f"{file}: portals must be [[portal]] tables, in double brackets")
    return entries


def _portal(file: Path, number: int, entry: dict[str, object], families: Collection[str] | None) -> Portal:
    label = entry["id"] if isinstance(entry.get("id"), str) else f"number {number}"

    def refuse(problem: str) -> RegistryError:
        return RegistryError(f'{file}: portal "{label}": {problem}')

    def text(key: str) -> str:
        value = entry[key]
        if not isinstance(value, str) or not value.strip():
            raise refuse(f"{key} must be a text in quotes")
        return value

    def texts(key: str) -> tuple[str, ...]:
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise refuse(f'{key} must be a list of texts, such as ["…"]')
        if len(set(value)) != len(value):
            raise refuse(f"{key} names one twice: remove it")
        return tuple(value)

    for key in entry:
        if key not in REQUIRED + OPTIONAL:
            allowed = (*REQUIRED, *OPTIONAL)
            raise refuse(f'unknown key "{key}"{_suggest(key, allowed)}: allowed are {", ".join(allowed)}')
    for key in REQUIRED:
        if key not in entry:
            raise refuse(f'the key "{key}" is missing: add it')
    if not _ID.fullmatch(text("id")):
        raise refuse("the id must be of lower-case letters, digits and hyphens")
    if text("id") == MANUAL:
        raise refuse("the id is taken: what is captured by hand goes by it")
    if not _REGION.fullmatch(text("region")):
        raise refuse(f'region "{entry["region"]}" is not a GB/T 2260 code: six digits, such as "370305"')
    if families is not None and text("family") not in families:
        raise refuse(f'unknown family "{entry["family"]}": families are {", ".join(sorted(families))}')
    options = entry.get("options", {})
    if not isinstance(options, dict):
        raise refuse("options must be a table, such as { depth = 2 }")
    expect = entry.get("expect")
    if expect is not None and (not isinstance(expect, int) or isinstance(expect, bool) or expect < 0):
        raise refuse("expect must be a whole number, 0 or more")
    named = texts("hosts")
    for host in named:
        if not _HOST.fullmatch(host):
            raise refuse(f'hosts: "{host}" is not a host name in lower case, without scheme, port or path')
    start = texts("start")
    if not start:
        raise refuse("start must name at least one address")
    hosts = []
    for url in start:
        host, problem = _check_start(url, named)
        if problem:
            raise refuse(f'start "{url}": {problem}')
        hosts.append(host)
    exclude = texts("exclude")
    for glob in exclude:
        if not glob.startswith(("http", "*", "?", "[")):
            raise refuse(f'exclude "{glob}" matches nothing: it is held against the whole address, so begin it with *')
    expect_down = _read_day(entry.get("expect_down"))
    if "expect_down" in entry and expect_down is None:
        raise refuse('expect_down must be a day, such as "2026-12-31"')
    proxy = text("proxy") if "proxy" in entry else ""
    try:
        if proxy:
            Proxy.from_url(proxy)
    except ValueError as error:
        raise refuse(f"proxy {error}") from None
    if entry.get("tls", "legacy") != "legacy":
        raise refuse('tls must be "legacy", or left out')
    if not isinstance(entry.get("requisites", False), bool):
        raise refuse("requisites must be true, or left out")
    portal = Portal(
        id=text("id"),
        name=text("name"),
        region=text("region"),
        family=text("family"),
        start=start,
        options=MappingProxyType(options),
        expect=expect,
        hosts=tuple(dict.fromkeys([*hosts, *named])),
        exclude=exclude,
        proxy=proxy,
        tls=text("tls") if "tls" in entry else "",
        expect_down=expect_down,
        requisites=bool(entry.get("requisites", False)),
    )
    for url in start:
        if glob := portal.excludes(url):
            raise refuse(f'exclude "{glob}" matches the start "{url}": nothing would be crawled')
    return portal


def _read_day(value: object) -> date | None:
    """A TOML date, or a text in its form; ``None`` for anything else."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _check_start(url: str, named: Collection[str]) -> tuple[str, str]:
    """The host of a start address, and what is wrong with it (empty: nothing)."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        return "", f"is not an address ({error})"
    if parts.scheme not in ("http", "https") or not host or any(char.isspace() for char in url):
        return "", "must be an address that begins with http:// or https://"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "", "must not carry a user name, a password or a #fragment"
    if not host.endswith(".gov.cn") and host not in named:
        return "", f'is not under gov.cn: if the host is meant, add hosts = ["{host}"]'
    return host, ""


def _www_twin(host: str) -> str:
    return host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"


def _suggest(given: str, known: Collection[str]) -> str:
    close = get_close_matches(given, known, n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""
