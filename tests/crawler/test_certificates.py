"""The certificates of every server are in the archive, once per host and run, with what is to be said of them."""

from __future__ import annotations

import itertools
import shutil
import ssl
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archive.cdxj import read_lines
from archive.members import RecordedExchange, read_about, read_exchanges
from archive.recovery import recover
from archive.warc_reader import read_responses
from crawler.certificates import registered_name
from tests.archive.exchanges import assert_valid
from tests.crawler.answer import TEXT, Answer, ok
from tests.crawler.authority import Authority
from tests.crawler.loopback_proxy import LoopbackProxy
from tests.crawler.program import scrapy
from tests.crawler.raw_server import RawServer, tls_context
from tests.crawler.test_handler_fidelity import run_crawl

PAGES = dict.fromkeys(("", "second"), Answer(ok(TEXT, b"Connection: close\r\n"), close=True))


@dataclass(frozen=True)
class Crawl:
    """Exchanges by host, in file order; the chains that the servers send, by host."""

    exchanges: dict[str, list[RecordedExchange]]
    chains: dict[str, list[bytes]]
    warc: Path


def self_signed(folder: Path) -> tuple[ssl.SSLContext, bytes]:
    context = tls_context(folder)
    pem = (folder / "server.pem").read_bytes()
    return context, pem[pem.index(b"-----BEGIN CERTIFICATE-----") :]


def by_turns(first: ssl.SSLContext, second: ssl.SSLContext) -> ssl.SSLContext:
    """A balancer: every connection is answered by the other of two machines."""
    turns = itertools.cycle([first, second])

    def choose(stream: ssl.SSLObject, _: str, __: ssl.SSLContext) -> None:
        stream.context = next(turns)

    first.sni_callback = choose
    return first


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    folder = tmp_path_factory.mktemp("certificates")
    trusted, stranger = Authority(folder), Authority(folder, "stranger")
    balanced = [trusted.server("balanced.example", alone=alone) for alone in (False, True)]
    servers = {
        "good.example": trusted.server("good.example", "tunnel.example"),
        "tunnel.example": trusted.server("tunnel.example"),
        "self-signed.example": self_signed(folder),
        "expired.example": trusted.server("expired.example", days=-1),
        "other.example": trusted.server("good.example"),
        "alone.example": trusted.server("alone.example", alone=True),
        "stranger.example": stranger.server("stranger.example"),
        "worst.example": stranger.server("good.example", days=-1),
        "garbled.example": trusted.server("garbled.example", garbled=True),
        "legacy.example": trusted.server("legacy.example"),
        "demanding.example": trusted.server("demanding.example"),
        "balanced.example": (by_turns(balanced[0][0], balanced[1][0]), b""),
    }
    demanding = servers["demanding.example"][0]
    demanding.verify_mode = ssl.CERT_REQUIRED  # of the client, who has none: the handshake fails behind the certificate
    demanding.maximum_version = ssl.TLSVersion.TLSv1_2
    chains = {host: [chain] for host, (_, chain) in servers.items()} | {"balanced.example": [b for _, b in balanced]}
    with ExitStack() as stack:
        ports = {host: stack.enter_context(RawServer(PAGES, context)).port for host, (context, _) in servers.items()}
        proxy = stack.enter_context(LoopbackProxy({"tunnel.example:443": ports["tunnel.example"]}))
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("SSL_CERT_FILE", str(trusted.root))
        requests = [twice(f"https://{host}/", **meta_of(host)) for host in servers]
        requests.append({"url": "https://good.example:8443/"})
        run_crawl(
            folder,
            requests,
            CONNECT_TO={
                **{f"{host}:443": f"127.0.0.1:{port}" for host, port in ports.items()},
                "good.example:8443": f"127.0.0.1:{ports['good.example']}",
                "proxy.example:3128": f"127.0.0.1:{proxy.port}",
            },
            CONCURRENT_REQUESTS_PER_DOMAIN=1,
        )
    [warc] = (folder / "warc").glob("*.warc.gz")
    exchanges: dict[str, list[RecordedExchange]] = {}
    for exchange in read_exchanges(warc):
        exchanges.setdefault(exchange.metadata.fields["warc-target-uri"].split("/")[2], []).append(exchange)
    return Crawl(exchanges, chains, warc)


def meta_of(host: str) -> dict[str, Any]:
    meta: dict[str, dict[str, Any]] = {
        "legacy.example": {"tls_legacy": True},
        "tunnel.example": {"portal_proxy": "http://proxy.example:3128"},
    }
    return meta.get(host, {})


def twice(url: str, **meta: Any) -> dict[str, Any]:
    """A page, and another of the same host on a connection of its own."""
    return {"url": url, "meta": meta, "then": [{"url": f"{url}second", "meta": meta}]}


def said(exchange: RecordedExchange) -> str:
    return read_about(exchange.metadata.block).get("ogi-certificates", "")


@pytest.mark.parametrize(
    ("host", "trust"),
    [
        ("good.example", "verified"),
        ("good.example:8443", "verified"),
        ("tunnel.example", "verified"),
        ("legacy.example", "verified"),
        ("self-signed.example", "self-signed wrong-host"),
        ("expired.example", "expired"),
        ("other.example", "wrong-host"),
        ("alone.example", "unknown-issuer"),
        ("stranger.example", "unknown-issuer"),
        ("worst.example", "unknown-issuer expired wrong-host"),
    ],
)
def test_the_chain_is_archived_as_sent_with_what_is_the_matter(crawl: Crawl, host: str, trust: str) -> None:
    first, *others = crawl.exchanges[host]
    assert first.answer is not None
    assert first.certificates is not None
    assert [first.certificates.block] == crawl.chains[host.partition(":")[0]]
    assert said(first) == trust
    fields = first.certificates.fields
    assert fields["warc-type"] == "metadata"
    assert fields["content-type"] == "application/pem-certificate-chain"
    assert fields["warc-target-uri"] == f"urn:certificates:https://{host}/"
    assert fields["warc-concurrent-to"] == first.answer.fields["warc-record-id"]
    assert fields["warc-date"] == first.answer.fields["warc-date"]
    assert fields.get("warc-ip-address") == (None if host == "tunnel.example" else "127.0.0.1")
    assert first.answer.offset < first.certificates.offset < first.metadata.offset
    assert [(one.certificates, said(one)) for one in others] == [(None, "")] * (0 if ":" in host else 1)


def test_every_machine_behind_a_balancer_is_archived(crawl: Crawl) -> None:
    exchanges = crawl.exchanges["balanced.example"]
    found = [one.certificates.block for one in exchanges if one.certificates is not None]
    assert found == crawl.chains["balanced.example"]
    assert [said(one) for one in exchanges] == ["verified", "unknown-issuer"]


def test_of_a_handshake_that_fails_behind_it_the_certificate_is_kept(crawl: Crawl) -> None:
    [exchange] = crawl.exchanges["demanding.example"]
    assert (exchange.answer, exchange.request) == (None, None)
    assert b"ogi-error: DownloadFailedError: " in exchange.metadata.block
    assert exchange.certificates is not None
    assert [exchange.certificates.block] == crawl.chains["demanding.example"]
    assert exchange.certificates.fields["warc-concurrent-to"] == exchange.metadata.fields["warc-record-id"]
    assert said(exchange) == "verified"


def test_a_certificate_that_cannot_be_read_is_kept_as_it_came(crawl: Crawl) -> None:
    exchange = crawl.exchanges["garbled.example"][0]
    assert exchange.certificates is not None
    assert [exchange.certificates.block] == crawl.chains["garbled.example"]
    assert said(exchange).endswith("unreadable")


def test_a_new_run_archives_them_again(tmp_path: Path) -> None:
    with RawServer(PAGES, tls_context(tmp_path)) as server:
        for _ in range(2):
            run_crawl(tmp_path, [{"url": "https://h.example/"}], CONNECT_TO={"*": f"127.0.0.1:{server.port}"})
    found = [one.certificates for warc in (tmp_path / "warc").iterdir() for one in read_exchanges(warc)]
    assert [bool(one) for one in found] == [True, True]


def test_openssl_reads_the_record(crawl: Crawl, tmp_path: Path) -> None:
    first = crawl.exchanges["good.example"][0]
    assert first.certificates is not None
    found = subprocess.run(
        ["openssl", "crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin"],
        input=first.certificates.block,
        capture_output=True,
        check=True,
    )
    shown = subprocess.run(
        ["openssl", "pkcs7", "-print_certs", "-noout"], input=found.stdout, capture_output=True, check=True
    )
    assert [line for line in shown.stdout.splitlines() if line.startswith(b"subject")] == [
        b"subject=CN = good.example",
        b"subject=CN = root intermediate",
    ]


def test_other_readers_take_it_and_the_index_leaves_it_out(crawl: Crawl) -> None:
    kinds = assert_valid(crawl.warc)
    exchanges = [one for several in crawl.exchanges.values() for one in several]
    assert kinds.count("metadata") == len(exchanges) + sum(one.certificates is not None for one in exchanges)
    assert b"certificate" not in b"".join(read_lines(crawl.warc))
    assert [response.hints for response in read_responses(crawl.warc) if not response.hints] == []
    verified = scrapy("verify", str(crawl.warc))
    assert (verified.returncode, verified.stdout.count("\n")) == (0, 1), verified.stdout


def test_an_exchange_cut_behind_its_certificates_is_torn(crawl: Crawl, tmp_path: Path) -> None:
    last = [one for one in read_exchanges(crawl.warc) if one.certificates is not None and one.answer is not None][-1]
    assert last.certificates is not None
    assert last.answer is not None
    path = tmp_path / f"{crawl.warc.name}.open"
    shutil.copy(crawl.warc, path)
    with path.open("r+b") as file:
        file.truncate(last.certificates.end)
    recovered = recover(path)
    assert recovered.end == last.answer.offset
    assert len(recovered.captures) == len(list(read_exchanges(path)))


@pytest.mark.parametrize(
    ("openssl", "iana"),
    [
        ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
        ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("ECDHE-ARIA128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256"),
        ("DHE-DSS-AES256-SHA256", "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256"),
        ("DHE-RSA-AES256-CCM8", "TLS_DHE_RSA_WITH_AES_256_CCM_8"),
        ("CAMELLIA128-SHA", "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"),
        ("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("", ""),
    ],
)
def test_cipher_suites_have_their_registered_names(openssl: str, iana: str) -> None:
    assert registered_name(openssl) == iana
