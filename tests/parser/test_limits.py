"""Pages made to cost much are read or refused, whatever they repeat. How long that takes is `make limits`."""

from __future__ import annotations

import pytest

from pipelines.parser import AnnualReport, NotAReport, ReportPage, parse
from tests.campaigns.hostile import PAGES
from tests.parser.report_page import TITLE, numbers, page, render


@pytest.mark.parametrize("name", PAGES)
def test_what_repeats_without_end_is_read_or_refused(name: str) -> None:
    result = parse(ReportPage(PAGES[name].body(0.1)))
    assert isinstance(result, AnnualReport) or result.reason


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("<p>" * 200_000, "more than 100000 tags"),
        ("一\n" * 200_000, "more than 100000 lines"),
        ("政府信息公开" * 200_000, "more than 1000000 characters of text"),
        ("<p>" + "政府信息公开" * 200_000, "more than 1000000 characters of text"),
        ("<p " + "a=1 " * 2_500_000, "more than 4000000 characters, pictures in the page not counted"),
        ("<p>" + "一" * 6_000_000, "larger than 16777216 bytes"),
    ],
)
def test_a_page_far_beyond_any_report_is_refused_by_what_it_has_too_much_of(body: str, what: str) -> None:
    assert parse(ReportPage(f"{TITLE}\n{body}".encode())) == NotAReport(what)


def test_pictures_written_into_the_page_do_not_count() -> None:
    picture = "<img src='data:image/png;base64," + "iVBORw0KGgo" * 900_000 + "'>"
    body = page(render(numbers("002")), ending=picture).encode()
    result = parse(ReportPage(body))
    assert isinstance(result, AnnualReport)
    assert result.tables.applications is not None
    assert result.tables.applications.presence == "present"
