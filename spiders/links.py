"""Addresses of links: canonical form for scheduling, and what the address alone says of its target.

The address that is fetched and archived is the canonical one; only parts no server distinguishes are dropped. Must not know families.
"""

from __future__ import annotations

import re
from posixpath import splitext
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

DEFAULT_PORTS = {"http": 80, "https": 443}
# Formats that reports are attached in; ofd, wps and et are Chinese office formats (版式文档, WPS).
ATTACHMENTS = frozenset(["pdf", "doc", "docx", "xls", "xlsx", "wps", "et", "ofd", "zip", "rar"])
# Download scripts that name the file in a query key, or not at all.
_DOWNLOAD_SCRIPTS = ("/download.jsp", "/downfile.jsp", "/document/download")
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


def attachment_format(url: str) -> str:
    """The format of the file behind ``url`` by its name (``pdf``, ``docx`` …), ``file`` for a download script that hides it, else empty."""
    parts = urlsplit(url)
    names = [parts.path]
    if parts.path.endswith(_DOWNLOAD_SCRIPTS):
        query = parse_qs(parts.query)
        names += [name for key in ("filename", "fileName", "showname") for name in query.get(key, [])]
    for name in names:
        extension = splitext(name)[1].lstrip(".").lower()
        if extension in ATTACHMENTS:
            return extension
    return "file" if len(names) > 1 or parts.path.endswith(_DOWNLOAD_SCRIPTS) else ""


def directory(url: str) -> str:
    """The path of the folder that ``url`` stands in, with a slash at its end."""
    return urlsplit(url).path.rpartition("/")[0] + "/"
