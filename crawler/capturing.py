"""A capture by hand from its first request to its last line: one process, one crawler, and what became of every address.

Must not know how a command is typed, nor what a report is.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import scrapy
from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess

from archive.by_hand import Asked
from archive.data_dir import DataDir
from archive.ledger import Ledger
from archive.rows import FrontierRequest, now
from archive.whole_file import write_whole
from crawler.beside import budgets_of
from crawler.by_hand import BY_HAND, HandSpider, request_by_hand
from crawler.capture_run import CaptureRun
from crawler.command import SOFTWARE, storage_code
from crawler.crawling import Unfinished, crawl_to_the_end
from crawler.hosts import Manners
from crawler.outcomes import KINDS, Kind
from crawler.portals import Portal

INTERRUPTED = "scrapy capture: interrupted; everything so far is safe, the same command continues the run"
_SETTINGS: Mapping[str, object] = {
    "SCHEDULER": "crawler.capture_scheduler.CaptureScheduler",
    "REDIRECT_MAX_TIMES": 10,
}


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of an address: ``asked`` as the ledger has it, ``reason`` if it is not in the archive as a page.

    ``requisites`` counts those that are in the archive by this run, and those that are not.
    """

    url: str
    asked: Asked
    reason: str
    requisites: tuple[int, int] | None

    @property
    def failed(self) -> bool:
        return bool(self.reason)

    def as_json(self, given: str = "") -> dict[str, object]:
        """The result for a script; ``given`` is the address as it was given, if it is sent in another form."""
        asked, capture = self.asked, self.asked.capture
        return {
            "url": given or self.url,
            "outcome": asked.outcome or "left",
            "reason": self.reason,
            "status": capture.status or None if capture else None,
            "answered_by": capture.url if capture else None,
            "captured_at": capture.captured_at if capture else None,
            "digest": capture.payload_digest or None if capture and capture.status else None,
            "warc": {
                "file": capture.file,
                "offset": capture.offset,
                "length": capture.length,
                "record_id": capture.record_id,
            }
            if capture
            else None,
            "report": asked.document or None,
            "change": asked.change or None,
            **({"requisites": self.requisites[0], "requisites_missing": self.requisites[1]} if self.requisites else {}),
        }

    def as_line(self, given: str = "") -> str:
        """Status, digest, WARC locator, address, outcome, and the report or the reason; tab-separated, ``-`` for nothing."""
        asked, capture = self.asked, self.asked.capture
        told = self.reason or " ".join(filter(None, (asked.document, asked.change)))
        if capture and capture.url != self.url and not self.reason:
            told = f"{told} answered by {capture.url}".strip()
        if self.requisites:
            had, missing = self.requisites
            told = f"{told}; {had} requisites" + (f", {missing} missing" if missing else "")
        parts = (
            *(
                str(capture.status or "") if capture else "",
                capture.payload_digest if capture and capture.status else "",
            ),
            *(f"{capture.file}:{capture.offset}" if capture else "", given or self.url, asked.outcome or "left"),
            told.removeprefix("; "),
        )
        return "\t".join(" ".join(part.split()) or "-" for part in parts)


@dataclass(slots=True)
class Capturing:
    """A run by hand and the process that does it."""

    process: AsyncCrawlerProcess
    run: CaptureRun

    @classmethod
    def begin(
        cls,
        process: AsyncCrawlerProcess,
        data_dir: DataDir,
        ledger: Ledger,
        addresses: Sequence[str],
        registry: Sequence[Portal],
        spiders: Mapping[str, Spider],
        manners: Manners,
        tell: Callable[[int, float], object],
        tell_rest: Callable[[], object],
        *,
        requisites: bool,
    ) -> Capturing:
        """Open a run over these addresses, or the unfinished one over the same; ``spiders`` read the pages crawls know."""
        settings = process.settings
        for name, value in _SETTINGS.items():
            settings.set(name, value, priority="cmdline")
        run = CaptureRun(
            data_dir,
            ledger,
            "capture",
            [BY_HAND, *registry],
            software=f"{SOFTWARE} Scrapy/{scrapy.__version__} Python/{platform.python_version()}",
            user_agent=str(settings["USER_AGENT"]),
            contact=str(settings.get("CONTACT") or ""),
            max_warc_bytes=settings.getint("WARC_MAX_BYTES"),
            manners=manners,
            selection=_selection(addresses, requisites=requisites),
            addresses=addresses,
            spiders=spiders,
            requisites=requisites,
            budgets=budgets_of(settings),
            tell=tell,
            tell_rest=tell_rest,
        )
        return cls(process, run)

    def result_of(self, url: str) -> Captured | None:
        """What became of an address, as soon as that is final, once; ``None`` until then."""
        request = request_by_hand(url)
        asked = self.run.take_result(request.key)
        return None if asked is None else self._captured(request, asked, self.run.hosts.closed())

    def finish(self) -> dict[str, Captured]:
        """Ask for everything that is still to be asked for; what became of each address. Raises Unfinished."""
        run = self.run
        try:
            try:
                crawl_to_the_end(self.process, run, [(self.process.create_crawler(HandSpider), {})], INTERRUPTED)
                return self._conclude()
            finally:
                run.close_outputs()
        except (OSError, sqlite3.Error) as error:
            run.abort_for(error)
            code, message = run.failure or (storage_code(error), str(error))
            raise Unfinished(f"{message}; the run is unfinished, the same command continues it", code) from error

    def _conclude(self) -> dict[str, Captured]:
        run, ledger = self.run, self.run.ledger
        results = ledger.by_hand.results(run.name)
        closed = run.hosts.closed()
        captured = {}
        for key, request in run.asked.items():
            captured[request.url] = self._captured(request, results.get(key, Asked("")), closed)
        verdict = "partial" if any(one.failed for one in captured.values()) else "complete"
        report: dict[str, Any] = {
            "run": run.name,
            "verdict": verdict,
            "started_at": run.started_at,
            "finished_at": now(),
            "portals": [],
            "hosts": closed,
        }
        write_whole(run.data_dir.runs / run.name / "report.json", _report_lines(report, captured.values()))
        run.close_outputs()  # before the verdict: the files of a finished run are not looked at again
        ledger.finish_run(run.name, verdict, {})
        return captured

    def _captured(self, request: FrontierRequest, asked: Asked, closed: Mapping[str, str]) -> Captured:
        had = self.run.ledger.by_hand.requisites_had(request.key) if self.run.requisites else None
        return Captured(request.url, asked, _reason(asked, closed.get(request.host, "")), had)


def _report_lines(report: Mapping[str, object], captured: Iterable[Captured]) -> Iterator[bytes]:
    """One JSON object, with the captures a line each: indented, thousands of them take ten times as long."""
    head = json.dumps(report, ensure_ascii=False, indent=1).removesuffix("\n}")
    yield f'{head},\n "captures": ['.encode()
    for number, one in enumerate(captured):
        yield f"{',' if number else ''}\n  {json.dumps(one.as_json(), ensure_ascii=False)}".encode()
    yield b"\n ]\n}\n"


def _reason(asked: Asked, closed: str) -> str:
    """Why an address is not in the archive as a page; empty if it is."""
    if not asked.outcome:
        return f"not asked for: {closed}" if closed else "not asked for"
    if KINDS[asked.outcome] is Kind.DONE:
        return ""
    what = asked.outcome.replace("_", " ")
    return f"{what}: {asked.detail}" if asked.detail and asked.detail != what else what


def _selection(addresses: Sequence[str], *, requisites: bool) -> str:
    """What a run asks for, in short: the same addresses in any order are the same run."""
    digest = hashlib.sha256("\n".join(sorted(set(addresses))).encode()).hexdigest()
    return f"capture:{digest[:32]}{'+requisites' if requisites else ''}"
