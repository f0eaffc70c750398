"""What a reference in a page means: an absolute address of the web, as it is asked for. Must not know what is referred to."""

from __future__ import annotations

from urllib.parse import urljoin

from scrapy.selector import Selector

from crawler.carried import sent_address


def joined(base: str, reference: str) -> str:
    """The absolute address that a reference in a page means; empty for what is no address of a file."""
    reference = reference.strip()
    if not reference or reference.startswith("#"):
        return ""
    try:
        url = urljoin(base, reference)
        return sent_address(url) if url.startswith(("http://", "https://")) else ""
    except ValueError:
        return ""


def base_of(page: Selector, url: str) -> str:
    """What the references of the page at ``url`` are relative to: ``<base href>``, if it has a good one."""
    return joined(url, page.xpath("string(//base[@href][1]/@href)").get() or "") or url
