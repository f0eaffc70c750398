"""What the capture relies on inside Scrapy and Twisted, which promise none of it: checked before anything is fetched.

An upgrade that moves a hook would fetch pages that are not archived, or past the address guard. Must not know what the hooks
are for.
"""

from __future__ import annotations

import importlib
import inspect
from types import CodeType, FunctionType
from typing import Any

import scrapy
import twisted

_HTTP11 = "scrapy.core.downloader.handlers.http11"
_CLIENT = "twisted.web._newclient"

# A function by module and qualified name, and the names that its code must use: there a hook of ours is called.
_CALLS = {
    (_HTTP11, "HTTP11DownloadHandler.__init__"): ("_pool", "_factory", "_contextFactory", "_bind_address"),
    ("scrapy.core.downloader.handlers._base_http", "BaseHttpDownloadHandler.__init__"): (
        *("_default_maxsize", "_default_warnsize", "_fail_on_dataloss", "_tls_verbose_logging"),
    ),
    (_HTTP11, "_ScrapyAgent.download_request"): ("_get_agent", "request"),
    (_HTTP11, "_ScrapyAgent._get_agent"): ("_pool", "_contextFactory", "_bindAddress"),
    (_HTTP11, "_BindAddressAgent._requestWithEndpoint"): ("_bindAddress", "_requestWithEndpoint"),
    ("twisted.web.client", "Agent.request"): ("_getEndpoint", "_requestWithEndpoint"),
    ("twisted.web.client", "Agent._getEndpoint"): ("_endpointFactory", "endpointForURI"),
    ("twisted.web.client", "_AgentBase._requestWithEndpoint"): ("_pool", "getConnection", "request"),
    ("twisted.web.client", "HTTPConnectionPool._newConnection"): ("_factory", "connect"),
    ("twisted.web.client", "_HTTP11ClientFactory.buildProtocol"): ("_quiescentCallback",),
    (_CLIENT, "HTTP11ClientProtocol.request"): ("writeTo", "_parser", "_finishResponse"),
    (_CLIENT, "HTTP11ClientProtocol.dataReceived"): ("_parser", "dataReceived"),
    (_CLIENT, "HTTP11ClientProtocol._finishResponse_WAITING"): ("_currentRequest", "persistent"),
    (_CLIENT, "HTTP11ClientProtocol._disconnectParser"): ("_parser", "connectionLost"),
    (_CLIENT, "HTTPClientParser._finished"): ("finisher", "state"),
    ("twisted.protocols.tls", "TLSMemoryBIOProtocol._checkHandshakeStatus"): ("handshakeCompleted",),
    ("twisted.protocols.tls", "TLSMemoryBIOProtocol.getHandle"): ("_tlsConnection",),
    ("scrapy.core.downloader.contextfactory", "_ScrapyClientContextFactory._get_context"): ("_get_cert_options",),
    ("scrapy.core.downloader.contextfactory", "_ScrapyCertificateOptions._makeContext"): ("_makeContext",),
}
# What is called by us, or replaced: the parameters it must take.
_TAKES = {
    (_HTTP11, "_ScrapyAgent.__init__"): (
        *("contextFactory", "bindAddress", "pool", "maxsize", "warnsize", "fail_on_dataloss", "crawler"),
        "tls_verbose_logging",
    ),
    (_HTTP11, "_BindAddressAgent.__init__"): ("reactor", "contextFactory", "connectTimeout", "bindAddress", "pool"),
    (_HTTP11, "_ScrapyAgent._get_agent"): ("request", "timeout"),
    ("twisted.web.client", "_AgentBase._requestWithEndpoint"): (
        *("key", "endpoint", "method", "parsedURI", "headers", "bodyProducer", "requestPath"),
    ),
    ("twisted.web.client", "HTTPConnectionPool.getConnection"): ("key", "endpoint"),
    (_CLIENT, "Request.writeTo"): ("transport",),
    (_CLIENT, "HTTP11ClientProtocol._finishResponse_WAITING"): ("rest",),
}


class HookMissing(Exception):
    """This Scrapy or Twisted cannot be captured from; one line."""


def check_hooks() -> None:
    """Check everything relied on. Raises HookMissing."""
    try:
        importlib.import_module("crawler.handler")  # and with it every private name that is imported
        for (module, name), used in _CALLS.items():
            missing = set(used) - _names_in(_function(module, name))
            if missing:
                raise AttributeError(f"{module}.{name} no longer uses {', '.join(sorted(missing))}")
        for (module, name), wanted in _TAKES.items():
            missing = set(wanted) - set(inspect.signature(_function(module, name)).parameters)
            if missing:
                raise AttributeError(f"{module}.{name} no longer takes {', '.join(sorted(missing))}")
    except (ImportError, AttributeError) as error:
        versions = f"Scrapy {scrapy.__version__} and Twisted {twisted.__version__}"
        raise HookMissing(f"{versions} cannot be captured from: {error}; use the versions pinned") from error


def _function(module: str, name: str) -> FunctionType:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    found = inspect.unwrap(found)
    if not isinstance(found, FunctionType):
        raise AttributeError(f"{module}.{name} is no function any more")
    return found


def _names_in(function: FunctionType) -> set[str]:
    """The names that a function's code uses, functions within it included."""
    names: set[str] = set()
    codes: list[CodeType] = [function.__code__]
    while codes:
        code = codes.pop()
        names.update(code.co_names, code.co_varnames)
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return names
