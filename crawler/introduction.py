"""Who asks, and how often at least, and that the answers can be captured: what every command that fetches must have settled
before its first request.

Must not know what is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

from crawler.addresses import ConnectTo, Proxy
from crawler.command import SOFTWARE, CommandFailed, ExitCode
from crawler.hooks import HookMissing, check_hooks

MIN_PUBLIC_DELAY = 1.0
ANY_HOST = "http://requisites.invalid/"  # what a page needs to be displayed may be anywhere


def introduce(settings: BaseSettings, urls: Iterable[str], proxies: Sequence[str] = ()) -> None:
    """Put CONTACT into User-Agent and From. Raises ValueError with one line, and CommandFailed where this Scrapy or Twisted
    cannot be captured from.

    CONTACT is required, and a delay of at least 1 s, unless all that is connected to (the hosts of ``urls``, and proxies)
    is reached through CONNECT_TO.
    """
    try:
        check_hooks()
    except HookMissing as error:
        raise CommandFailed(str(error), ExitCode.UNAVAILABLE) from error
    try:
        connect_to = ConnectTo.from_setting(settings.get("CONNECT_TO"))
    except ValueError as error:
        raise ValueError(f"CONNECT_TO: {error}") from None
    covered = connect_to.covers([*map(_netloc, urls), *(_of_proxy(proxy) for proxy in proxies)])
    contact = str(settings.get("CONTACT") or "").strip()
    if not contact and not covered:
        raise ValueError("CONTACT is missing: portals must be able to reach you; set it with -s CONTACT=mail-or-URL")
    try:
        delay = settings.getfloat("DOWNLOAD_DELAY")
    except ValueError:
        raise ValueError(
            f"DOWNLOAD_DELAY must be a number of seconds, not {settings.get('DOWNLOAD_DELAY')!r}"
        ) from None
    if delay < MIN_PUBLIC_DELAY and not covered:
        raise ValueError(
            f"DOWNLOAD_DELAY={delay:g} is refused for public addresses; use at least {MIN_PUBLIC_DELAY:g} second"
        )
    settings.set("USER_AGENT", f"{SOFTWARE} (+{contact})" if contact else SOFTWARE, priority="spider")
    if contact:
        headers: Mapping[str, str] = settings.getdict("DEFAULT_REQUEST_HEADERS")
        settings.set("DEFAULT_REQUEST_HEADERS", {**headers, "From": contact}, priority="spider")


def _netloc(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _of_proxy(url: str) -> tuple[str, int]:
    proxy = Proxy.from_url(url)
    return proxy.host, proxy.port
