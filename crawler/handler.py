"""The download handler for http and https: Scrapy's own, with a tee on the wire and a guard on every connection.

An exchange is archived before anyone sees the answer, so that a page a spider read is always in the archive. Must not
know what a page is, nor how records are written.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from datetime import UTC, datetime
from typing import Any, cast

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _BindAddressAgent, _ScrapyAgent
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.utils._download_handlers import normalize_bind_address, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IResponse

from archive.exchange import CaptureFailed, Exchange
from archive.http_message import split_interim
from crawler.addresses import ConnectTo, GuardedEndpointFactory, Proxy
from crawler.hooks import check_hooks
from crawler.legacy_tls import LegacyContextFactory
from crawler.runs import run_of
from crawler.tls import ProxyFailed, ProxyRefused
from crawler.wire_tee import MAX_HEADER_BYTES, Tee, TeeFactory, TeePool

DEFAULT_HEADER_TIMEOUT = 60.0

# What WARC-Truncated says of a message whose end was not waited for. DownloadCancelledError is Scrapy's for
# DOWNLOAD_MAXSIZE.
_TRUNCATED = {DownloadTimeoutError: "time", DownloadCancelledError: "length"}
_STATUS_LINE = re.compile(rb"HTTP/[^ \r\n]* ([0-9]{1,9})(?: |\r?\n)")
_UNREACHABLE = (DownloadConnectionRefusedError, CannotResolveHostError, ConnectError)


class ArchivingDownloadHandler(HTTP11DownloadHandler):
    """Fetches over HTTP/1.1 and archives every exchange, however it ended.

    ``request.meta["capture"]`` is then its CaptureRef. Read from ``request.meta``: ``via``, ``hops``,
    ``archive_hints`` (JSON), ``refers_to`` (CaptureRef whose validators were sent), ``visit``, ``portal``,
    ``portal_proxy`` (URL of an HTTP proxy as in the registry, the only way to a proxy) and ``tls_legacy`` (bool: talk to
    servers that know old TLS only).
    Settings: DOWNLOAD_HEADER_TIMEOUT (seconds, default 60), CONNECT_TO, and Scrapy's own. Raises HookMissing when made;
    for a request CaptureFailed, AddressRefused, ProxyRefused, ProxyFailed besides what Scrapy raises.
    """

    def __init__(self, crawler: Crawler):
        check_hooks()
        super().__init__(crawler)
        self._pool._factory = TeeFactory
        self._connect_to = ConnectTo.from_setting(crawler.settings.get("CONNECT_TO"))
        self._legacy_contexts = LegacyContextFactory()
        self._header_timeout = crawler.settings.getfloat("DOWNLOAD_HEADER_TIMEOUT", DEFAULT_HEADER_TIMEOUT)

    async def download_request(self, request: Request) -> Response:
        """Fetch and archive one request."""
        request.meta.pop("capture", None)  # retries and redirects copy meta: this would be the previous hop's
        proxy = _proxy_of(request)
        maxsize = request.meta.get("download_maxsize", self._default_maxsize)
        tee = Tee(maxsize + MAX_HEADER_BYTES if maxsize else 0)
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            response = await self._fetch(request, tee, maxsize, proxy)
        except CaptureFailed:
            raise  # a record of nothing would look like a record
        except (Exception, asyncio.CancelledError) as error:  # whatever it was, the exchange took place
            self._archive(request, tee, started, clock, error)
            raise
        self._archive(request, tee, started, clock, None)
        return response

    async def _fetch(self, request: Request, tee: Tee, maxsize: int, proxy: Proxy | None) -> Response:
        download = _Download(
            contextFactory=self._legacy_contexts if request.meta.get("tls_legacy") else self._contextFactory,
            bindAddress=self._bind_address,
            pool=cast(HTTPConnectionPool, TeePool(self._pool, tee)),
            maxsize=maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
            connect_to=self._connect_to,
            proxy=proxy,
            header_timeout=self._header_timeout,
        )
        try:
            with wrap_twisted_exceptions():
                response = await maybe_deferred_to_future(download.download_request(request))
        except (DownloadFailedError, ResponseDataLossError) as error:
            if tee.overflow:
                raise DownloadCancelledError(f"{request.url}: {tee.overflow}") from error
            raise
        except _UNREACHABLE as error:
            if proxy is not None:  # nothing else was connected to
                raise ProxyFailed(f"proxy {proxy} cannot be reached: {error}") from error
            raise
        _check_seen(request, response, tee)
        if tee.overflow:
            raise DownloadCancelledError(f"{request.url}: {tee.overflow}")
        if tee.cut and tee.handshake is None and self._fail_on_dataloss:  # over TLS it may be mere sloppiness
            raise ResponseDataLossError(f"{request.url}: the connection broke before the answer ended")
        if proxy is not None and response.status == 407 and tee.handshake is None:  # in a tunnel it is the host's
            raise ProxyRefused(f"proxy {proxy} wants other credentials (status 407)")
        # Whoever reads the archive must find the status that the crawl acted on.
        line = _STATUS_LINE.match(split_interim(tee.received)[1])
        if line is None or int(line[1]) != response.status:
            raise DownloadFailedError(f"{request.url}: the answer does not begin as HTTP does")
        return response

    def _archive(
        self, request: Request, tee: Tee, started: datetime, clock: float, failure: BaseException | None
    ) -> None:
        meta, run = request.meta, run_of(self._crawler)
        certificates, trust = run.certificates.outstanding(tee.handshake, request.url)
        exchange = Exchange(
            url=request.url,
            started=started,
            sent=tee.sent,
            received=tee.received,
            elapsed_ms=round((time.monotonic() - clock) * 1000),
            ip="" if meta.get("portal_proxy") else tee.ip,  # the proxy's says nothing about the host
            protocols=_protocols(tee),
            cipher=tee.handshake.cipher if tee.handshake else "",
            certificates=certificates,
            trust=trust,
            complete=tee.done,
            truncated="" if tee.done or not tee.received else _truncated(failure, tee),
            error=f"{type(failure).__name__}: {failure}" if failure else "",
            via=meta.get("via", ""),
            hops=meta.get("hops", ""),
            hints=meta.get("archive_hints", {}),
            refers_to=meta.get("refers_to"),
        )
        visit = meta.get("visit")
        try:
            meta["capture"] = run.archive(exchange, visit.request.key if visit else "", meta.get("portal", ""))
        except (OSError, sqlite3.Error) as error:
            raise CaptureFailed(f"{request.url} could not be archived: {error}") from error
        run.certificates.add(certificates, request.url)


class _Download(_ScrapyAgent):
    """Scrapy's agent for one request, with the guard in place of Scrapy's own proxies."""

    def __init__(self, *, connect_to: ConnectTo, proxy: Proxy | None, header_timeout: float, **kwargs: Any):
        super().__init__(**kwargs)
        self._connect_to = connect_to
        self._proxy = proxy
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
            proxy=self._proxy,
            header_timeout=self._header_timeout,
        )


class _GuardedAgent(_BindAddressAgent):
    """Twisted's agent with guarded endpoints, by way of a proxy if there is one, and a time limit on the response header,
    counted from the start.
    """

    def __init__(self, *, connect_to: ConnectTo, proxy: Proxy | None, header_timeout: float, **kwargs: Any):
        super().__init__(**kwargs)
        contexts = kwargs["contextFactory"]
        options = {"timeout": kwargs["connectTimeout"], "bindAddress": kwargs["bindAddress"]}
        self._endpointFactory = GuardedEndpointFactory(self._reactor, contexts, connect_to, proxy, **options)
        self._proxy = proxy
        self._route = (proxy, contexts)  # connections made otherwise are not shared
        self._header_timeout = header_timeout

    def _requestWithEndpoint(
        self,
        key: tuple[Any, ...],
        endpoint: Any,
        method: bytes,
        parsedURI: URI,
        headers: Headers | None,
        bodyProducer: Any,
        requestPath: bytes,
    ) -> Deferred[IResponse]:
        if self._proxy is not None and parsedURI.scheme == b"http":
            requestPath = b"http://" + parsedURI.netloc + requestPath  # absolute form: RFC 9112, 3.2.2
            headers = headers.copy() if headers is not None else Headers()
            if self._proxy.authorization:
                headers.setRawHeaders(b"Proxy-Authorization", [self._proxy.authorization.encode("ascii")])
        key += self._route
        return super()._requestWithEndpoint(key, endpoint, method, parsedURI, headers, bodyProducer, requestPath)

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


def _proxy_of(request: Request) -> Proxy | None:
    """The proxy of the portal, if it has one. Raises ProxyRefused."""
    if request.meta.get("proxy"):
        raise ProxyRefused(f"{request.url}: proxies are named in the registry, not in request.meta['proxy']")
    try:
        return Proxy.from_url(request.meta["portal_proxy"]) if request.meta.get("portal_proxy") else None
    except ValueError as error:
        raise ProxyRefused(f"{request.url}: the portal's proxy {error}") from None


def _check_seen(request: Request, response: Response, tee: Tee) -> None:
    """Raise CaptureFailed where the tee saw less of an exchange than Scrapy: a page must not be read that is not archived."""
    ended = tee.done or tee.cut or tee.overflow or {"dataloss", "download_stopped"}.intersection(response.flags)
    if not (tee.sent and tee.received and ended):
        raise CaptureFailed(
            f"{request.url} could not be archived: nothing, or no end, was seen of an answer that came;"
            " this version of Scrapy or Twisted cannot be captured from"
        )


def _truncated(failure: BaseException | None, tee: Tee) -> str:
    """Why a message is incomplete, as a WARC-Truncated reason (clause 5.13)."""
    for kind, reason in _TRUNCATED.items():
        if isinstance(failure, kind):
            return reason
    return "disconnect" if tee.lost else "unspecified"


def _protocols(tee: Tee) -> tuple[str, ...]:
    """WARC-Protocol values: HTTP of the answer (of the request where none came), and TLS."""
    if not tee.sent:
        return ()
    http = "http/1.0" if split_interim(tee.received)[1].startswith(b"HTTP/1.0") else "http/1.1"
    return (http, f"tls/{tee.handshake.version}") if tee.handshake else (http,)
