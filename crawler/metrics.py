"""Figures of a finished run for Prometheus, as a file that its textfile collector reads.

Must not know how a run is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from crawler.runs import Run
from crawler.verdict import VERDICTS, PortalVerdict, worst

_OF_A_PORTAL: dict[str, tuple[str, Callable[[PortalVerdict], float]]] = {
    "verdict_code": (
        "exit code of the portal's verdict (0 complete, 3 partial, 4 blocked, 5 nothing found)",
        lambda r: r.code,
    ),
    "reports": ("reports its pages show now", lambda r: r.known),
    "reports_new": ("reports new in the last run", lambda r: r.new),
    "reports_revised": ("reports revised in the last run", lambda r: r.revised),
    "reports_withdrawn": ("reports withdrawn in the last run", lambda r: r.withdrawn),
    "exchanges": ("exchanges archived in the last run", lambda r: r.archived),
    "archived_bytes": ("bytes of responses in the archive, of the last run", lambda r: r.bytes),
    "saved_bytes": ("bytes that a 304 saved in the last run", lambda r: r.bytes_saved),
    "requests_saved": ("known pages not asked for in the last run", lambda r: r.not_due),
    "requests_left": ("requests left undone by the last run", lambda r: r.left),
    "requests_blocked": ("requests refused or challenged in the last run", lambda r: r.blocked),
    "requests_failed": ("requests failed in the last run", lambda r: r.failed),
}


def write_metrics(path: Path, run: Run, rows: Sequence[PortalVerdict], finished: datetime) -> None:
    """Write the figures of a run, whole or not at all."""
    registry = CollectorRegistry()
    for name, (text, value) in _OF_A_PORTAL.items():
        gauge = Gauge(f"ogi_portal_{name}", text, ["portal", "family"], registry=registry)
        for row in rows:
            gauge.labels(row.portal, row.family).set(value(row))
    Gauge("ogi_run_verdict_code", "exit code of the last run", registry=registry).set(VERDICTS[worst(rows)])
    Gauge("ogi_run_finished_timestamp_seconds", "when the last run came to its verdict", registry=registry).set(
        finished.timestamp()
    )
    paused = Gauge("ogi_host_closed", "1 for a host the last run gave up asking", ["host"], registry=registry)
    for host in run.hosts.closed():
        paused.labels(host).set(1)
    write_to_textfile(str(path), registry)
