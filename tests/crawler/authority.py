"""An invented certificate authority: a root, an intermediate, and servers' certificates as good and bad as wanted."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Authority:
    """``root`` is the file of the root's certificate, as SSL_CERT_FILE wants it."""

    def __init__(self, folder: Path, name: str = "root"):
        self._folder = folder
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        root = self._certificate(name, name, self._root_key, self._root_key, ca=True)
        self._issuer = f"{name} intermediate"
        self._intermediate = self._certificate(self._issuer, name, self._key, self._root_key, ca=True)
        self.root = folder / f"{name}.pem"
        self.root.write_bytes(root.public_bytes(Encoding.PEM))

    def server(
        self, *hosts: str, days: int = 30, alone: bool = False, garbled: bool = False
    ) -> tuple[ssl.SSLContext, bytes]:
        """A server's context and the chain it sends (PEM): valid for these hosts and days, ``alone`` without intermediate,
        ``garbled`` with an address of three bytes.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._certificate(hosts[0], self._issuer, key, self._key, hosts, days=days, garbled=garbled)
        chain = leaf.public_bytes(Encoding.PEM)
        if not alone:
            chain += self._intermediate.public_bytes(Encoding.PEM)
        pem = self._folder / "server.pem"
        pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context, chain

    @staticmethod
    def _certificate(
        subject: str,
        issuer: str,
        key: ec.EllipticCurvePrivateKey,
        issuer_key: ec.EllipticCurvePrivateKey,
        hosts: tuple[str, ...] = (),
        *,
        ca: bool = False,
        days: int = 30,
        garbled: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if garbled:
            odd = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, b"\x30\x05\x87\x03\x01\x02\x03")
            builder = builder.add_extension(odd, critical=False)
        elif hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(issuer_key, hashes.SHA256())
