"""How TLS is spoken with servers that know old versions only.

Must not know which portals need this.
"""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.contextfactory import _ScrapyCertificateOptions, _ScrapyClientContextFactory
from twisted.internet.ssl import TLSVersion

_LEGACY_CIPHERS = b"ALL:!aNULL:!eNULL:@SECLEVEL=0"


class LegacyContextFactory(_ScrapyClientContextFactory):
    """Contexts for servers of yesterday: TLS 1.0 and newer, no RFC 5746, weak ciphers and short keys.

    The certificate is never verified, whatever DOWNLOAD_VERIFY_CERTIFICATES says.
    """

    def __init__(self) -> None:
        super().__init__(tls_min_version=TLSVersion.TLSv1_0)

    def _get_cert_options(self) -> _LegacyCertificateOptions:
        return _LegacyCertificateOptions(**self._get_cert_options_kwargs())


class _LegacyCertificateOptions(_ScrapyCertificateOptions):
    # Scrapy's class sets OP_LEGACY_SERVER_CONNECT already: servers without RFC 5746 are spoken to.

    def _makeContext(self, skipCiphers: bool = False) -> Any:
        context: Any = super()._makeContext(skipCiphers)
        # Not by acceptableCiphers: Twisted expands those to names, and the security level is lost. At OpenSSL's
        # own level there is no TLS 1.0 or 1.1, for want of a digest other than SHA-1.
        context.set_cipher_list(_LEGACY_CIPHERS)
        return context
