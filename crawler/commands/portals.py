"""`scrapy portals`: the registry as the crawler reads it, and whether it is sound. Fetches nothing."""

from __future__ import annotations

import argparse
import json

from crawler.addresses import Proxy
from crawler.command import ExitCode, ProjectCommand
from crawler.portals import Portal
from crawler.table import as_table


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
        portals = self.registry()
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
                as_table([heads, *((p.id, p.family, p.region, p.name, " ".join(p.start)) for p in portals)]),
            )
        return ExitCode.COMPLETE


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
        "requisites": portal.requisites,
    }
