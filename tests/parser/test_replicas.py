"""Every page of the replica portals: reports are records with the cells their pages print, the rest is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from pipelines.parser import AnnualReport, Hints, NotAReport, ReportPage, parse
from tests.parser.report_page import TABLES
from tests.parser.test_tables import cells
from tests.portals.pages import fetch, portal_urls
from tests.portals.site import Entry, Kind

PORTALS = {"linzi": "370305", "liuzhou": "450200", "xiaoshan": "330109", "simao": "530802", "xinzhou": "140900"}
REPORTS = {Kind.REPORT, Kind.TWIN, Kind.DISALLOWED}
OTHERS = {Kind.NOT_REPORT, Kind.REPORT_FILE}


def read(portal: str, entry: Entry) -> AnnualReport | NotAReport:
    hints = Hints(portal=portal, region=PORTALS[portal], listing_title=entry.title)
    return parse(ReportPage(fetch(entry.url).body, entry.url, hints=hints))


def printed(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The cells printed in the tables of the uniform forms; none for other forms and where they are not in the page."""
    uniform = {name: tables.get(name, {}) for name in TABLES}
    if not all("rows" in table or "blocks" in table for table in uniform.values()):
        return {}
    return {key: cell for key, cell in cells(uniform).items() if cell[1] != "A"}


@pytest.mark.parametrize("portal", PORTALS)
def test_reports_are_records_of_their_year_and_cells(portal: str) -> None:
    entries = [entry for entry in portal_urls(portal) if entry.kind in REPORTS]
    compared = 0
    for entry in entries:
        report = read(portal, entry)
        assert isinstance(report, AnnualReport), (entry.url, report)
        assert report.identity.report_year == entry.year, entry.url
        assert report.identity.organ.organ_id, entry.url
        wanted = printed(entry.tables or {})
        if wanted:
            compared += 1
            found = json.loads(report.to_json())["tables"]
            assert printed(found) == wanted, entry.url
    assert compared >= 5


def test_annexes_have_the_numbers_their_pages_print() -> None:
    compared = 0
    for portal in PORTALS:
        for entry in portal_urls(portal):
            wanted = (entry.tables or {}).get("statistics_annex")
            report = read(portal, entry) if wanted and entry.kind in REPORTS else None
            if isinstance(report, AnnualReport) and wanted:
                compared += 1
                rows = report.to_dict()["tables"]["statistics_annex"]["rows"]
                for key, row in wanted["rows"].items():
                    assert (rows[key]["values"], rows[key]["states"]) == (row["values"], row["states"]), (
                        entry.url,
                        key,
                    )
    assert compared >= 20


@pytest.mark.parametrize("portal", PORTALS)
def test_other_pages_are_refused(portal: str) -> None:
    entries = [entry for entry in portal_urls(portal) if entry.kind in OTHERS]
    assert entries
    accepted = [entry.url for entry in entries if isinstance(read(portal, entry), AnnualReport)]
    assert accepted == []
