"""The download handler for http and https: Scrapy's own, with a tee on the wire and a guard on every connection.

An exchange is archived before anyone sees the answer, so that a page a spider read is always in the archive. Must not
know what a page is, nor how records are written.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, cast

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _BindAddressAgent, _ScrapyAgent
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.utils._download_handlers import normalize_bind_address, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionClosed
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.iweb import IResponse

from archive.exchange import Exchange
from archive.http_message import split_interim
from crawler.addresses import ConnectTo, GuardedEndpointFactory
from crawler.runs import run_of
from crawler.wire_tee import MAX_HEADER_BYTES, Tee, TeeFactory, TeePool

DEFAULT_HEADER_TIMEOUT = 60.0

# What WARC-Truncated says of a message that did not come to its end. DownloadCancelledError is Scrapy's for
# DOWNLOAD_MAXSIZE.
_TRUNCATED = {ResponseDataLossError: "disconnect", DownloadTimeoutError: "time", DownloadCancelledError: "length"}


class CaptureFailed(Exception):
    """An exchange could not be written to the archive; the OSError is the cause.

    Not an OSError itself: those are fetched again by RetryMiddleware, and the crawl must stop instead.
    """


class ProxyRefused(Exception):
    """A request names a proxy: what it would connect to could not be judged."""


class ArchivingDownloadHandler(HTTP11DownloadHandler):
    """Fetches over HTTP/1.1 and archives every exchange, however it ended.

    ``request.meta["capture"]`` is then its CaptureRef. Read from ``request.meta``: ``via``, ``hops``,
    ``archive_hints`` (JSON), ``refers_to`` (CaptureRef whose validators were sent), ``visit`` and ``portal``.
    Settings: DOWNLOAD_HEADER_TIMEOUT (seconds, default 60), CONNECT_TO, and Scrapy's own. Raises CaptureFailed,
    ProxyRefused, AddressRefused besides what Scrapy raises.
    """

    def __init__(self, crawler: Crawler):
        super().__init__(crawler)
        self._pool._factory = TeeFactory
        self._connect_to = ConnectTo.from_setting(crawler.settings.get("CONNECT_TO"))
        self._header_timeout = crawler.settings.getfloat("DOWNLOAD_HEADER_TIMEOUT", DEFAULT_HEADER_TIMEOUT)

    async def download_request(self, request: Request) -> Response:
        """Fetch and archive one request."""
        request.meta.pop("capture", None)  # retries and redirects copy meta: this would be the previous hop's
        if request.meta.get("proxy"):
            raise ProxyRefused(f"{request.url}: proxies are not supported (request.meta['proxy'])")
        maxsize = request.meta.get("download_maxsize", self._default_maxsize)
        tee = Tee(maxsize + MAX_HEADER_BYTES if maxsize else 0)
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            response = await self._fetch(request, tee, maxsize)
        except (Exception, asyncio.CancelledError) as error:  # whatever it was, the exchange took place
            self._archive(request, tee, started, clock, error)
            raise
        self._archive(request, tee, started, clock, None)
        return response

    async def _fetch(self, request: Request, tee: Tee, maxsize: int) -> Response:
        download = _Download(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=cast(HTTPConnectionPool, TeePool(self._pool, tee)),
            maxsize=maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
            connect_to=self._connect_to,
            header_timeout=self._header_timeout,
        )
        try:
            with wrap_twisted_exceptions():
                response = await maybe_deferred_to_future(download.download_request(request))
        except (DownloadFailedError, ResponseDataLossError) as error:
            if tee.overflow:
                raise DownloadCancelledError(f"{request.url}: {tee.overflow}") from error
            raise
        if tee.overflow:
            raise DownloadCancelledError(f"{request.url}: {tee.overflow}")
        return response

    def _archive(
        self, request: Request, tee: Tee, started: datetime, clock: float, failure: BaseException | None
    ) -> None:
        meta = request.meta
        exchange = Exchange(
            url=request.url,
            started=started,
            sent=tee.sent,
            received=tee.received,
            elapsed_ms=round((time.monotonic() - clock) * 1000),
            ip=tee.ip,
            protocols=_protocols(tee),
            cipher=tee.tls[1],
            complete=tee.done,
            truncated="" if tee.done or not tee.received else _truncated(failure),
            error=f"{type(failure).__name__}: {failure}" if failure else "",
            via=meta.get("via", ""),
            hops=meta.get("hops", ""),
            hints=meta.get("archive_hints", {}),
            refers_to=meta.get("refers_to"),
        )
        visit = meta.get("visit")
        try:
            meta["capture"] = run_of(self._crawler).archive(
                exchange, visit.request.key if visit else "", meta.get("portal", "")
            )
        except OSError as error:
            raise CaptureFailed(f"{request.url} could not be archived: {error}") from error


class _Download(_ScrapyAgent):
    """Scrapy's agent for one request, without proxies."""

    def __init__(self, *, connect_to: ConnectTo, header_timeout: float, **kwargs: Any):
        super().__init__(**kwargs)
        self._connect_to = connect_to
        self._header_timeout = header_timeout

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        from twisted.internet import reactor

        return _GuardedAgent(
            reactor=reactor,
            contextFactory=self._contextFactory,
            connectTimeout=timeout,
            bindAddress=normalize_bind_address(request.meta.get("bindaddress") or self._bindAddress),
            pool=self._pool,
            connect_to=self._connect_to,
            header_timeout=self._header_timeout,
        )


class _GuardedAgent(_BindAddressAgent):
    """Twisted's agent with guarded endpoints and a time limit on the response header, counted from the start."""

    def __init__(self, *, connect_to: ConnectTo, header_timeout: float, **kwargs: Any):
        super().__init__(**kwargs)
        options = {"timeout": kwargs["connectTimeout"], "bindAddress": kwargs["bindAddress"]}
        self._endpointFactory = GuardedEndpointFactory(self._reactor, kwargs["contextFactory"], connect_to, **options)
        self._header_timeout = header_timeout

    def request(self, method: bytes, uri: bytes, *args: Any) -> Deferred[IResponse]:
        answered: Deferred[Any] = super().request(method, uri, *args)
        reactor: Any = self._reactor
        deadline = reactor.callLater(self._header_timeout, answered.cancel)

        def stop_the_clock(result: IResponse | Failure) -> IResponse | Failure:
            if deadline.active():
                deadline.cancel()
            elif isinstance(result, Failure):
                url = uri.decode("ascii", "replace")
                raise DownloadTimeoutError(f"{url}: no response header within {self._header_timeout:g} seconds")
            return result

        return answered.addBoth(stop_the_clock)


def _truncated(failure: BaseException | None) -> str:
    """Why a message is incomplete, as a WARC-Truncated reason (clause 5.13)."""
    if failure is None:
        return "disconnect"  # DOWNLOAD_FAIL_ON_DATALOSS off: Scrapy passes the short body on
    for kind, reason in _TRUNCATED.items():
        if isinstance(failure, kind):
            return reason
    causes = getattr(failure.__cause__, "reasons", ())
    return "disconnect" if any(cause.check(ConnectionClosed) for cause in causes) else "unspecified"


def _protocols(tee: Tee) -> tuple[str, ...]:
    """WARC-Protocol values: HTTP of the answer (of the request where none came), and TLS."""
    if not tee.sent:
        return ()
    http = "http/1.0" if split_interim(tee.received)[1].startswith(b"HTTP/1.0") else "http/1.1"
    version = tee.tls[0].removeprefix("TLSv")
    return (http, f"tls/{version if '.' in version else version + '.0'}") if version else (http,)
