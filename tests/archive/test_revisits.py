"""Which answers are archived as revisits, what such a record says, and that its answer is read back whole."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.exchange import CaptureRef
from archive.members import Record, read_exchanges
from archive.revisits import IDENTICAL, NOT_MODIFIED, whole_answer
from archive.warc_reader import DamagedWarc, read_exchange, read_responses
from tests.archive.exchanges import (
    ANSWER,
    ASKED_ON_CONDITION,
    PAGE,
    SENT,
    ZIPPED,
    assert_valid,
    chunked,
    exchange,
    new_writer,
)

NOT_MODIFIED_ANSWER = b'HTTP/1.1 304 Not Modified\r\nETag: "b"\r\n\r\n'
LATER = ANSWER.replace(b"200 OK", b"200 Fine").replace(b"Content-Type", b"X-Served-By: 2\r\nContent-Type")
ZIPPED_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED


def archived(folder: Path, first: bytes, *later: Any, max_bytes: int = 10**9) -> tuple[list[CaptureRef], list[Record]]:
    """Archive a first answer, then others to the same request; returns references and records of the answers."""
    writer = new_writer(folder, max_bytes=max_bytes)
    refs = [writer.append(exchange(first))]
    for one in later:
        refs.append(writer.append(replace(one, refers_to=refs[-1].original or refs[-1])))
    writer.close()
    records: dict[str, Record] = {}
    for warc in (folder / "warc").iterdir():
        assert_valid(warc)
        records |= {
            one.answer.fields["warc-record-id"]: one.answer for one in read_exchanges(warc) if one.answer is not None
        }
    return refs, [records[ref.record_id] for ref in refs]


@pytest.mark.parametrize("max_bytes", [10**9, 1], ids=["one file", "a file each"])
@pytest.mark.parametrize(
    ("first", "again", "body"),
    [
        (ANSWER, LATER, PAGE),
        (ZIPPED_ANSWER, ZIPPED_ANSWER.replace(b"OK", b"Fine"), PAGE),
        # the same body in other chunks
        (
            chunked(PAGE),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(PAGE), PAGE),
            PAGE,
        ),
        (ANSWER, b"HTTP/1.1 103 Early Hints\r\n\r\n" + LATER, PAGE),
    ],
    ids=["plain", "gzip", "chunked", "interim"],
)
def test_an_identical_body_is_a_revisit_and_reads_back_whole(
    tmp_path: Path, first: bytes, again: bytes, body: bytes, max_bytes: int
) -> None:
    refs, [original, *revisits] = archived(tmp_path, first, exchange(again), exchange(again), max_bytes=max_bytes)
    for ref, record in zip(refs[1:], revisits, strict=True):
        assert record.fields["warc-type"] == "revisit"
        assert record.fields["warc-profile"] == IDENTICAL
        assert record.fields["warc-refers-to"] == refs[0].record_id == original.fields["warc-record-id"]
        assert record.fields["warc-refers-to-target-uri"] == refs[0].url
        assert record.fields["warc-refers-to-date"] == refs[0].captured_at
        assert record.fields["warc-refers-to-container"] == f"file://{refs[0].file}"
        assert record.fields["warc-refers-to-file-offset"] == str(refs[0].offset)
        assert record.fields["warc-payload-digest"] == ref.payload_digest == refs[0].payload_digest
        assert record.fields["warc-truncated"] == "length"
        assert record.block == again[again.index(b"HTTP/1.1 200") :].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        assert ref.original == refs[0]
        response = read_exchange(tmp_path / "warc" / ref.file, ref.offset)
        assert (response.body, response.truncated, response.body_fault) == (body, "", "")
        assert response.captured_at == ref.captured_at
    assert len(list(read_responses(tmp_path / "warc" / refs[0].file))) == 1


@pytest.mark.parametrize(
    "again",
    [
        exchange(ANSWER[:-1] + b"!"),
        exchange(ANSWER.replace(b"200 OK", b"404 Not Found")),
        exchange(LATER, complete=False, truncated="disconnect"),
        exchange(LATER, error="ResponseDataLossError: it was cut"),
        exchange(ZIPPED_ANSWER),
        exchange(chunked(PAGE)),
        exchange(ANSWER, sent=SENT.replace(b"GET", b"POST")),
        exchange(b"\x00no HTTP"),
        exchange(b""),
        exchange(NOT_MODIFIED_ANSWER),
    ],
    ids=[
        "other body",
        "other status",
        "cut",
        "failed",
        "other coding",
        "other framing",
        "POST",
        "no HTTP",
        "none",
        "304 unasked",
    ],
)
def test_everything_else_is_archived_in_full(tmp_path: Path, again: Any) -> None:
    writer = new_writer(tmp_path)
    original = writer.append(exchange())
    ref = writer.append(replace(again, refers_to=original))
    writer.close()
    [_, last] = read_exchanges(tmp_path / "warc" / ref.file)
    assert last.answer is None if not again.received else last.answer is not None
    if last.answer is not None:
        assert last.answer.kind == "response"
        assert last.answer.block == again.received
    assert ref.original is None


def test_an_empty_body_is_no_revisit(tmp_path: Path) -> None:
    empty = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    _, records = archived(tmp_path, empty, exchange(empty))
    assert [record.kind for record in records] == ["response", "response"]


@pytest.mark.parametrize("damage", ["removed", "replaced"])
def test_what_cannot_be_read_any_more_is_not_referred_to(tmp_path: Path, damage: str) -> None:
    writer = new_writer(tmp_path)
    original = writer.append(exchange())
    writer.close()
    warc = tmp_path / "warc" / original.file
    if damage == "removed":
        warc.rename(tmp_path / "elsewhere")
    else:
        warc.write_bytes(gzip.compress(b"something else"))
    writer = new_writer(tmp_path)
    again = writer.append(exchange(refers_to=original))
    writer.close()
    assert again.original is None
    assert read_exchange(tmp_path / "warc" / again.file, again.offset).body == PAGE


def test_a_304_to_our_condition_refers_to_the_original_never_to_a_revisit(tmp_path: Path) -> None:
    asked = exchange(NOT_MODIFIED_ANSWER, sent=ASKED_ON_CONDITION)
    refs, records = archived(tmp_path, ANSWER, exchange(LATER), asked)
    assert records[2].fields["warc-profile"] == NOT_MODIFIED
    assert records[2].fields["warc-refers-to"] == refs[0].record_id
    assert records[2].block == NOT_MODIFIED_ANSWER
    assert refs[2].payload_digest == refs[0].payload_digest


@pytest.mark.parametrize(
    "field",
    [
        {"warc-refers-to-container": "file://../warc/x.warc.gz"},
        {"warc-refers-to-container": "file:///etc/passwd"},
        {"warc-refers-to-container": ""},
        {"warc-refers-to-file-offset": "-1"},
        {"warc-refers-to-file-offset": "9" * 18},
        {"warc-refers-to": "<urn:uuid:other>"},
        {"warc-payload-digest": "sha256:" + "0" * 64},
    ],
    ids=lambda field: f"{next(iter(field))}={next(iter(field.values()))}"[:40],
)
def test_a_revisit_that_leads_elsewhere_is_damage(tmp_path: Path, field: dict[str, str]) -> None:
    _, [_, revisit] = archived(tmp_path, ANSWER, exchange(LATER))
    assert whole_answer(tmp_path / "warc", revisit.fields, revisit.block).endswith(PAGE)
    with pytest.raises(DamagedWarc):
        whole_answer(tmp_path / "warc", {**revisit.fields, **field}, revisit.block)
