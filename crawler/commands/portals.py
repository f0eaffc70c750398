"""`scrapy portals`: the registry as the crawler reads it, and whether it is sound. Fetches nothing."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from unicodedata import east_asian_width

from scrapy.spiderloader import get_spider_loader

from crawler.addresses import Proxy
from crawler.command import ExitCode, ProjectCommand
from crawler.portals import Portal, RegistryError, load_portals


class Command(ProjectCommand):
    """List the registry of portals, or check it."""

    requires_crawler_process = False

    def syntax(self) -> str:
        return "[--check] [--json]"

    def short_desc(self) -> str:
        return "List the portals of the registry, or check the registry"

    def long_desc(self) -> str:
        return (
            "Lists the portals of the registry (setting PORTALS: a TOML file or a folder of them). With --check it says only"
            " whether the registry is sound; a fault is one line that names file, portal and remedy, with exit code 2."
            " Example: scrapy portals --check -s PORTALS=my-portals.toml"
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--check", action="store_true", help="validate the registry and say so, instead of listing it"
        )
        parser.add_argument(
            "--json", action="store_true", help="print JSON: a line per portal, or one object with --check"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            self.fail(f"unexpected argument \"{args[0]}\"; see 'scrapy portals --help'")
        portals = self._load()
        if opts.check:
            families = sorted({portal.family for portal in portals})
            if opts.json:
                print(json.dumps({"sound": True, "portals": len(portals), "families": families}, ensure_ascii=False))
            else:
                print(
                    f"the registry is sound: {len(portals)} portals of {len(families)} families ({', '.join(families)})"
                )
        elif opts.json:
            for portal in portals:
                print(json.dumps(_as_json(portal), ensure_ascii=False))
        else:
            heads = ("PORTAL", "FAMILY", "REGION", "NAME", "START")
            print(
                _as_table([heads, *((p.id, p.family, p.region, p.name, " ".join(p.start)) for p in portals)]),
            )
        return ExitCode.COMPLETE

    def _load(self) -> tuple[Portal, ...]:
        assert self.settings is not None
        loader = get_spider_loader(self.settings)
        try:
            portals = load_portals(self.project_path("PORTALS"), loader.list())
            for portal in portals:
                # The loader finds any spider; only those on the family base can read a portal.
                check = getattr(loader.load(portal.family), "check_portal", None)
                if check is None:
                    raise RegistryError(f'portal "{portal.id}": spider "{portal.family}" is not a portal family')
                check(portal)
        except RegistryError as error:
            self.fail(str(error), ExitCode.USAGE)
        return portals


def _as_json(portal: Portal) -> dict[str, object]:
    return {
        "id": portal.id,
        "name": portal.name,
        "region": portal.region,
        "family": portal.family,
        "start": list(portal.start),
        "hosts": list(portal.hosts),
        "options": dict(portal.options),
        "expect": portal.expect,
        "exclude": list(portal.exclude),
        "proxy": str(Proxy.from_url(portal.proxy)) if portal.proxy else None,  # without its credentials
        "tls": portal.tls or None,
        "expect_down": portal.expect_down.isoformat() if portal.expect_down else None,
    }


def _as_table(rows: Iterable[tuple[str, ...]]) -> str:
    """Columns aligned for a terminal, where a Chinese character is two columns wide."""
    lines = list(rows)
    widths = [max(_width(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
