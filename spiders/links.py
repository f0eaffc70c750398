"""Addresses of links in their canonical form for scheduling.

The address that is fetched and archived is the canonical one; only parts no server distinguishes are dropped. Must not know families.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

DEFAULT_PORTS = {"http": 80, "https": 443}
_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)


def canonical(base: str, href: str) -> str:
    """``href`` made absolute against ``base``, without fragment, default port and ``;jsessionid``; empty unless it is http(s).

    ``/index.html`` and ``/`` stay apart, and so do http and https, www and bare host: servers do distinguish them.
    """
    try:
        parts = urlsplit(safe_url_string(urljoin(base, href.strip())))
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return ""
    host = parts.hostname if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{parts.hostname}:{port}"
    return urlunsplit(SplitResult(parts.scheme, host, _SESSION.sub("", parts.path) or "/", parts.query, ""))


def directory(url: str) -> str:
    """The path of the folder that ``url`` stands in, with a slash at its end."""
    return urlsplit(url).path.rpartition("/")[0] + "/"
