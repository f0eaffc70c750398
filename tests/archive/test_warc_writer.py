"""The WARC writer, tested by reading back with other people's readers."""

from __future__ import annotations

import errno
import gzip
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from archive.exchange import Exchange
from archive.members import read_about, read_exchanges, read_records
from archive.warc_reader import open_warc, read_exchange
from tests.archive.exchanges import EMPTY_DIGEST, PAGE, SENT, VARIED, assert_valid, exchange, failed, new_writer, noise

NAME = re.compile(r"ogi-\d{14}-\d{5}-[A-Za-z0-9.-]+\.warc\.gz")


def records(warc: Path) -> list[str]:
    """Every member of the file as text."""
    data, texts = warc.read_bytes(), []
    for one in read_exchanges(warc):
        for record in (one.answer, one.request, one.metadata):
            if record is not None:
                texts.append(gzip.decompress(data[record.offset : record.end]).decode("latin-1"))
    return texts


def test_every_kind_of_exchange_is_valid_for_other_readers(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    refs = {name: writer.append(one) for name, one in VARIED.items()}
    writer.close()
    [warc] = (tmp_path / "warc").iterdir()
    kinds = assert_valid(warc)
    assert kinds[0] == "warcinfo"
    assert kinds.count("metadata") == len(VARIED)
    assert kinds.count("revisit") == 1
    assert [one.reference(warc.name) for one in read_exchanges(warc)] == list(refs.values())


def test_names_records_and_fields(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    ref = writer.append(exchange(cipher="TLS_AES_256_GCM_SHA384", protocols=("http/1.1", "tls/1.3")))
    name, end = writer.position
    assert NAME.fullmatch(name)
    assert ref.file == name
    assert ref.end == end
    assert [path.name for path in (tmp_path / "warc").iterdir()] == [name + ".open"]
    assert open_warc(tmp_path / "warc", name).name == name + ".open"
    writer.close()
    warc = open_warc(tmp_path / "warc", name)
    assert warc.name == name
    info = gzip.decompress(warc.read_bytes()[: ref.offset]).decode()
    assert f"WARC-Filename: {name}\r\n" in info
    assert "isPartOf: 20260131T000000Z-all-abcd\r\n" in info
    assert "WARC-Target-URI" not in info
    response, request, metadata = records(warc)
    for record in (response, request, metadata):
        assert record.startswith("WARC/1.1\r\n")
        assert "WARC-Date: 2026-01-31T23:59:59.123456Z\r\n" in record
    for record in (response, request):
        assert "WARC-Protocol: http/1.1\r\nWARC-Protocol: tls/1.3\r\n" in record
        assert "WARC-Cipher-Suite: TLS_AES_256_GCM_SHA384\r\n" in record
    for record in (request, metadata):
        assert f"WARC-Concurrent-To: {ref.record_id}\r\n" in record
    assert f"WARC-Payload-Digest: {ref.payload_digest}\r\n" in response
    assert "hopsFromSeed: L\r\nfetchTimeMs: 12\r\n" in metadata
    assert read_exchange(warc, ref.offset).hints == {"portal": "linzi", "listing_title": "年报\n二"}


def test_an_exchange_without_an_answer_is_its_metadata_record(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    refs = [writer.append(failed()), writer.append(failed(sent=SENT))]
    writer.close()
    [warc] = (tmp_path / "warc").iterdir()
    assert assert_valid(warc) == ["warcinfo", "metadata", "request", "metadata"]
    for ref, one in zip(refs, read_exchanges(warc), strict=True):
        assert (ref.status, ref.payload_digest) == (0, EMPTY_DIGEST)
        assert (ref.offset, ref.offset + ref.length, ref.end) == (
            one.metadata.offset,
            one.metadata.end,
            one.metadata.end,
        )
        assert read_about(one.metadata.block)["ogi-error"] == "CannotResolveHostError: no such host"


def test_every_file_says_who_wrote_it_and_how_it_introduced_itself(tmp_path: Path) -> None:
    writer = new_writer(tmp_path, max_bytes=1)
    for _ in range(2):
        writer.append(exchange())
    writer.close()
    for warc in (tmp_path / "warc").iterdir():
        first = next(read_records(warc))
        assert first.kind == "warcinfo"
        assert first.fields["warc-filename"] == warc.name
        about = read_about(first.block)
        assert about["format"] == "WARC File Format 1.1"
        assert (about["software"], about["operator"], about["robots"]) == ("ogi-archive/0", "ops", "classic")
        assert (about["http-header-user-agent"], about["http-header-from"]) == ("ua", "ops")
        assert about["ispartof"] == "20260131T000000Z-all-abcd"
        assert about["hostname"]


def test_secrets_are_redacted_and_the_redaction_declared(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    secrets = (
        b"GET http://www.example.gov.cn/page?q=1 HTTP/1.1\r\nX: Authorization: kept\r\nproxy-authorization: Basic c2Vj\r\n"
        b"Authorization: Digest a,\r\n b=cmV0\r\nCookie: session=1\r\nHost: h\r\n\r\nAuthorization: body"
    )
    writer.append(exchange(sent=secrets))
    writer.close()
    [warc] = (tmp_path / "warc").iterdir()
    _, request, metadata = records(warc)
    expected = (
        "GET /page?q=1 HTTP/1.1\r\nX: Authorization: kept\r\nproxy-authorization: redacted\r\n"
        "Authorization: redacted\r\nCookie: redacted\r\nHost: h\r\n\r\nAuthorization: body\r\n\r\n"
    )
    assert request.split("\r\n\r\n", 1)[1] == expected
    assert "ogi-redacted: request-line proxy-authorization authorization cookie\r\n" in metadata


def test_text_from_outside_cannot_end_a_line(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    writer.append(
        exchange(url="http://h/a b\r\nWARC-Type: x#frag", via="http://v/\r\nogi-error: forged", error="a\nb: c")
    )
    writer.close()
    [warc] = (tmp_path / "warc").iterdir()
    assert_valid(warc)
    [one] = read_exchanges(warc)
    assert one.metadata.fields["warc-target-uri"] == "http://h/a%20b%0D%0AWARC-Type:%20x"
    about = read_about(one.metadata.block)
    assert (about["via"], about["ogi-error"]) == ("http://v/ ogi-error: forged", "a b: c")


def test_files_rotate_at_the_limit_under_names_never_used_twice(tmp_path: Path) -> None:
    writer = new_writer(tmp_path, max_bytes=2000)
    refs = [writer.append(exchange()) for _ in range(9)]
    writer.close()
    again = new_writer(tmp_path, max_bytes=2000)
    refs += [again.append(exchange()) for _ in range(3)]
    again.close()
    files = sorted((tmp_path / "warc").iterdir())
    assert len(files) > 4
    assert {ref.file for ref in refs} == {file.name for file in files}
    for file in files:
        assert_valid(file)
        assert (tmp_path / "index" / f"{file.name}.cdxj").is_file()
    assert all(read_exchange(tmp_path / "warc" / ref.file, ref.offset).body == PAGE for ref in refs)


class FaultyDisk:
    """os.write that takes ``room`` more bytes, then fails as a full disk does: first short, then with ENOSPC."""

    def __init__(self, room: int):
        self.room = room
        self._write = os.write

    def __call__(self, fd: int, data: bytes) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = self._write(fd, data[: self.room])
        self.room -= taken
        return taken


@pytest.mark.parametrize("room", [0, 1, 100, 450, 700])
def test_a_full_disk_leaves_no_torn_record(tmp_path: Path, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    first = writer.append(exchange())
    before = writer.position
    disk = FaultyDisk(room)
    monkeypatch.setattr("archive.warc_writer.os.write", disk)
    with pytest.raises(OSError) as refusal:
        writer.append(exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + noise(5000)))
    assert refusal.value.errno == errno.ENOSPC
    assert writer.position == before
    assert (tmp_path / "warc" / (first.file + ".open")).stat().st_size == before[1]
    disk.room = 10**9
    second = writer.append(exchange())
    writer.close()
    warc = tmp_path / "warc" / first.file
    assert second.file == first.file
    assert assert_valid(warc) == ["warcinfo", *["response", "request", "metadata"] * 2]


def test_an_exchange_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    writer.append(exchange())
    write, sizes = os.write, []

    def counting(fd: int, data: bytes) -> int:
        sizes.append(len(data))
        return write(fd, data)

    before = writer.position[1]
    with monkeypatch.context() as patch:
        patch.setattr("archive.warc_writer.os.write", counting)
        ref = writer.append(exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + noise(300_000)))
    assert sizes == [ref.end - before]


def test_a_disk_full_from_the_start_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    monkeypatch.setattr("archive.warc_writer.os.write", FaultyDisk(50))
    with pytest.raises(OSError):
        writer.append(exchange())
    assert list((tmp_path / "warc").iterdir()) == []
    assert writer.position == ("", 0)
    writer.close()


def test_what_cannot_be_cut_back_is_left_to_recovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    first = writer.append(exchange())

    def stuck(fd: int, length: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as fault:
        fault.setattr("archive.warc_writer.os.write", FaultyDisk(100))
        fault.setattr("archive.warc_writer.os.ftruncate", stuck)
        with pytest.raises(OSError):
            writer.append(exchange())
    second = writer.append(exchange())
    writer.close()
    assert second.file != first.file
    assert_valid(tmp_path / "warc" / second.file)
    assert (tmp_path / "warc" / f"{first.file}.open").is_file()


def test_a_closed_writer_refuses(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    writer.close()
    assert not (tmp_path / "warc").exists()
    with pytest.raises(OSError, match="closed"):
        writer.append(exchange())


def test_hints_that_are_not_json_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    bad: dict[str, Any] = {"hints": {"x": object()}}
    with pytest.raises(TypeError):
        writer.append(exchange(**bad))
    assert not (tmp_path / "warc").exists()


def test_sync_in_a_thread_while_files_rotate(tmp_path: Path) -> None:
    writer = new_writer(tmp_path, max_bytes=3000)
    stop = threading.Event()
    errors: list[OSError] = []

    def keep_syncing() -> None:
        while not stop.is_set():
            try:
                writer.sync()
            except OSError as error:
                errors.append(error)

    thread = threading.Thread(target=keep_syncing, daemon=True)
    thread.start()
    one: Exchange = exchange()
    for _ in range(60):
        writer.append(one)
    assert writer.sync() == writer.position
    stop.set()
    thread.join()
    writer.close()
    assert errors == []
