"""One HTTP exchange as it went over the wire, and the reference to where it was archived.

The seam between whatever fetches and whatever archives. Must not know Scrapy, Twisted or what the pages mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class CaptureFailed(Exception):
    """An exchange could not be archived; an OSError of the disk is the cause.

    Not an OSError itself: those are fetched again by RetryMiddleware, and the crawl must stop instead.
    """


@dataclass(slots=True)
class Exchange:
    """Bytes sent and received, byte for byte, and how it ended.

    ``received`` may begin with interim (1xx) answers; bytes behind the end of the message do not belong to it.
    ``truncated`` is a WARC-Truncated reason (``length``, ``time``, ``disconnect``, ``unspecified``) or empty; ``error``
    a one-line reason when the exchange failed. ``refers_to`` is the capture of the last full response to the same
    request, whose validators a conditional request sent: the original, never a revisit. ``protocols`` and ``cipher`` are
    values of WARC-Protocol and WARC-Cipher-Suite. ``certificates`` is the chain the server sent (PEM, its own first) where
    it is to be archived with this exchange, ``trust`` what is to be said of it: ``verified``, or what is the matter.
    ``hints`` is written into the ``metadata`` record as it is and must be JSON.
    """

    url: str
    started: datetime
    sent: bytes = b""
    received: bytes = b""
    elapsed_ms: int = 0
    ip: str = ""
    protocols: tuple[str, ...] = ()
    cipher: str = ""
    certificates: bytes = b""
    trust: str = ""
    complete: bool = False
    truncated: str = ""
    error: str = ""
    via: str = ""
    hops: str = ""
    hints: Mapping[str, object] = field(default_factory=dict)
    refers_to: CaptureRef | None = None


@dataclass(frozen=True, slots=True)
class CaptureRef:
    """Where an exchange stands in the archive.

    ``file`` is the final name of the WARC file (while it is written it carries ``.open``); ``offset`` and ``length``
    span the gzip member of the response record (of the metadata record where nothing was received); ``end`` is the
    offset behind the whole exchange. ``captured_at`` is WARC-Date (UTC, ISO 8601). ``status`` is 0 when no complete
    response header came. ``payload_digest`` is ``sha256:<hex>`` of the entity body: transfer coding removed, content
    coding kept; for a revisit that of the response it refers to. ``original`` is that response where this is a revisit with
    identical payload; it is known when the exchange was appended, and kept nowhere.
    """

    file: str
    offset: int
    length: int
    end: int
    record_id: str
    captured_at: str
    url: str
    status: int
    payload_digest: str
    original: CaptureRef | None = field(default=None, compare=False)
