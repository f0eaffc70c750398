"""What a TLS handshake tells of a server: version, cipher suite, its certificates as sent, and whether they hold.

Says what is the matter with certificates and refuses none. Must not know HTTP, nor how records are written.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from OpenSSL import SSL, crypto
from service_identity import CertificateError, VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns

# X509_verify_cert's errors (openssl/x509_vfy.h) in the words of the archive; others keep OpenSSL's.
_WORDS = {
    **dict.fromkeys((2, 20, 21, 27), "unknown-issuer"),
    **dict.fromkeys((18, 19), "self-signed"),
    9: "not-yet-valid",
    10: "expired",
}
# OpenSSL's name of a cipher suite up to TLS 1.2: key exchange (RSA where none is named), cipher, the rest.
_SUITE = re.compile(
    r"(?:((?:EC)?DHE)-(?:(RSA|ECDSA|DSS)-)?)?(AES|ARIA|CAMELLIA|SEED|IDEA-CBC|CHACHA20|DES-CBC3)(\d*)-(.+)"
)


class Handshake:
    """The TLS side of one connection, from before its handshake to after its end.

    ``version`` (``1.3``) and ``cipher`` (as IANA registers it) are empty until the handshake has ended.
    """

    def __init__(self, connection: SSL.Connection):
        self._connection = connection
        self._chain: tuple[crypto.X509, ...] = ()
        self._pem = b""
        self.version = ""
        self.cipher = ""

    def complete(self) -> None:
        """The handshake has ended well."""
        version = self._connection.get_protocol_version_name().removeprefix("TLSv")
        self.version = version if "." in version else f"{version}.0"
        self.cipher = registered_name(self._connection.get_cipher_name() or "")

    @property
    def chain(self) -> tuple[crypto.X509, ...]:
        """The certificates as the server sent them, its own first: those of a handshake that failed behind them, too."""
        if not self._chain:
            self._chain = tuple(self._connection.get_peer_cert_chain() or ())
        return self._chain

    @property
    def pem(self) -> bytes:
        """The chain as application/pem-certificate-chain (RFC 8555, 9.1); empty where none came."""
        if not self._pem:
            self._pem = b"".join(crypto.dump_certificate(crypto.FILETYPE_PEM, one) for one in self.chain)
        return self._pem


class ArchivedCertificates:
    """Which chains a run has archived, of which host and port; a server may have several, by turns."""

    def __init__(self) -> None:
        self._archived: set[tuple[str | None, int, bytes]] = set()

    def outstanding(self, handshake: Handshake | None, url: str) -> tuple[bytes, str]:
        """The chain (PEM) that is yet to be archived with an exchange, and what is to be said of it; both may be empty."""
        if handshake is None or not handshake.pem or _key(handshake.pem, url) in self._archived:
            return b"", ""
        return handshake.pem, judge(handshake.chain, urlsplit(url).hostname or "")

    def add(self, chain: bytes, url: str) -> None:
        """Take note that a chain was archived, if it is one."""
        if chain:
            self._archived.add(_key(chain, url))


def _key(chain: bytes, url: str) -> tuple[str | None, int, bytes]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or 443, hashlib.sha256(chain).digest()


def registered_name(suite: str) -> str:
    """The IANA name of a cipher suite that OpenSSL names; one that is not understood stays as it is."""
    parts = _SUITE.fullmatch(suite)
    if parts is None:
        return suite  # of TLS 1.3: OpenSSL uses the registered names
    exchange, signature, cipher, bits, rest = parts.groups()
    key = f"{exchange}_{signature or 'RSA'}" if exchange else "RSA"
    name = {"DES-CBC3": "3DES_EDE", "IDEA-CBC": "IDEA"}.get(cipher, cipher) + (f"_{bits}" if bits else "")
    if cipher == "CHACHA20":
        rest = f"{rest}_SHA256"
    elif rest.startswith("SHA"):
        rest = f"CBC_{rest}"
    return f"TLS_{key}_WITH_{name}_{rest}".replace("-", "_").replace("CCM8", "CCM_8")


def judge(chain: tuple[crypto.X509, ...], host: str) -> str:
    """``verified``, or all that was found to be the matter, in words separated by blanks: ``self-signed``, ``expired``,
    ``not-yet-valid``, ``unknown-issuer``, ``wrong-host``, ``unreadable``, else what OpenSSL says, blanks as hyphens.

    The roots are those of the system, or of SSL_CERT_FILE and SSL_CERT_DIR; the time is now.
    """
    faults: list[str] = []
    try:
        crypto.X509StoreContext(_store(), chain[0], list(chain[1:])).verify_certificate()
    except crypto.X509StoreContextError as error:
        code = error.errors[0]
        faults.append(_WORDS.get(code) or "-".join(str(error).split()))
    try:
        if chain[0].has_expired() and "expired" not in faults:
            faults.append("expired")
        if not _names(chain[0], host):
            faults.append("wrong-host")
    except Exception:  # a certificate may hold anything, and whatever it raises, the exchange must be archived
        faults.append("unreadable")
    return " ".join(faults) or "verified"


@cache
def _roots() -> SSL.Context:
    """A context with the system's roots: its store is its own, and must not outlive it."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_default_verify_paths()
    return context


def _store() -> crypto.X509Store:
    store = _roots().get_cert_store()
    assert store is not None  # OpenSSL makes it with the context
    return store


def _names(certificate: crypto.X509, host: str) -> bool:
    """Whether a certificate names the host (RFC 9110, 4.3.4)."""
    identity: DNS_ID | IPAddress_ID
    try:
        ip_address(host)
    except ValueError:
        identity = DNS_ID(host)
    else:
        identity = IPAddress_ID(host)
    try:
        verify_service_identity(extract_patterns(certificate), [identity], [])
    except (VerificationError, CertificateError):
        return False
    return True
