"""What a check of an archive can find, by code: the codes are stable, scripts may be written against them.

Must not know how anything is found, nor reports: the codes for lines of reports stand with who reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

FAULTS = {
    "file-empty": "a file of no bytes",
    "file-unreadable": "the file cannot be opened or read",
    "zeros-end": "nothing but zero bytes up to the end of the file",
    "garbage-end": "bytes behind the last record that are none",
    "garbage-between": "bytes that are no record, with whole records behind them",
    "gzip-truncated": "the file ends inside a gzip member",
    "gzip-crc": "a gzip member does not match its CRC-32",
    "gzip-length": "a gzip member does not match its length field",
    "gzip-data": "the data of a gzip member cannot be decompressed",
    "member-several": "a gzip member holds several records",
    "member-split": "a record goes on in the next gzip member",
    "member-no-record": "a gzip member that does not begin with a record",
    "record-version": "the first line of a record is not WARC/1.0 or WARC/1.1",
    "record-head": "the header of a record has no end, or is larger than 1 MiB",
    "header-control": "a control character in a header line: a bare CR or LF, NUL",
    "header-line": "a header line that is no name, colon and value",
    "header-folded": "a header line folded onto the next one, which many readers lose",
    "header-utf8": "the header of a record is not UTF-8",
    "header-missing": "a record lacks a field its type must have",
    "header-repeated": "a field stands twice that may stand once",
    "header-id": "a WARC-Record-ID is not a URI in angle brackets",
    "header-date": "a date that is none, or not UTC",
    "header-uri": "a target URI that is none: not absolute, or with blanks or brackets",
    "header-length": "Content-Length is not a number",
    "record-id-repeated": "two records have one WARC-Record-ID",
    "block-short": "the block is shorter than Content-Length",
    "block-long": "the block is longer than Content-Length",
    "record-separator": "the record does not end with two empty lines",
    "warcinfo-first": "a file of ours does not begin with a warcinfo record, which other crawlers may leave out",
    "fields-line": "a line of an application/warc-fields block is no name, colon and value",
    "http-head": "the block of an HTTP record does not begin with an HTTP header, and is not declared truncated",
    "truncated-undeclared": "an HTTP body shorter than its own header says, without WARC-Truncated",
    "digest-form": "a digest field that is no digest, or of an algorithm that cannot be checked",
    "digest-block": "the block does not match WARC-Block-Digest",
    "digest-payload": "the payload does not match WARC-Payload-Digest",
    "digest-payload-framing": "WARC-Payload-Digest covers the chunk framing too, not the entity body",
    "digest-metadata": "ogi-payload-digest does not match the response it is about",
    "concurrent-missing": "WARC-Concurrent-To names a record that is not there",
    "exchange-unfinished": "a file of ours ends inside an exchange: the metadata record is missing",
    "revisit-target": "a revisit refers to no response that is there",
    "revisit-uri": "WARC-Refers-To-Target-URI is not that of the response",
    "revisit-date": "WARC-Refers-To-Date is not that of the response",
    "revisit-place": "the place that a revisit names for the response is not where it stands",
    "revisit-digest": "the payload digest of a revisit is not that of the response",
    "adopted-missing": "a file that was adopted is not there, or its adoption cannot be read",
    "adopted-changed": "a file is not what it was when it was adopted, byte for byte",
    "cdxj-line": "an index line that is not key, time and JSON",
    "cdxj-torn": "the last index line has no line end",
    "cdxj-sort": "an index line that sorts before the one above it",
    "cdxj-fields": "an index line lacks a field, or a number is none",
    "cdxj-name": "an index names a file by a path",
    "cdxj-file": "an index names a file that is not there",
    "cdxj-bounds": "an index line points outside the file",
    "cdxj-slice": "offset and length are not those of exactly one gzip member with one record",
    "cdxj-url": "the URL is not that of the record",
    "cdxj-key": "the key is not that of the URL (indexes of ours)",
    "cdxj-time": "the time is not that of the record",
    "cdxj-status": "the status is not that of the record",
    "cdxj-digest": "the digest is not that of the record",
    "cdxj-missing": "a finished file of the archive has no index",
    "cdxj-incomplete": "the index lacks an answer that belongs into it",
    "ledger-missing": "the archive has WARC files and no ledger",
    "ledger-damaged": "the ledger cannot be read, or is damaged",
    "ledger-name": "the ledger names a file by a path",
    "ledger-file": "the ledger names a file that is not there",
    "ledger-end": "a file is shorter than what the ledger knows to be in it",
    "ledger-record": "the record is not where the ledger says",
    "ledger-url": "the ledger has another URL than the record",
    "ledger-date": "the ledger has another date than the record",
    "ledger-status": "the ledger has another status than the record",
    "ledger-digest": "the ledger has another payload digest than the record",
    "ledger-document": "a document was read from a capture that the ledger does not know",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``offset`` is in bytes: of the gzip member or record, or of the line; of a row of the ledger 0."""

    file: str
    offset: int
    record_id: str
    code: str
    message: str

    def __str__(self) -> str:
        """One line, whatever bytes the file was made of."""
        record = f" {printable(self.record_id)}" if self.record_id else ""
        return f"{printable(self.file)}:{self.offset}: {self.code}: {printable(self.message)}{record}"


def printable(text: str) -> str:
    """Text for a line of output: control characters and lone surrogates escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii") for char in text
    )


def is_plain_name(name: str) -> bool:
    """Whether a file name read from data is only a name: no folder, no way up, nothing that could end it early."""
    return bool(name) and name not in (".", "..") and not any(char in name for char in "/\\") and name.isprintable()
