"""The relations of the statistics annex: change one cell, and exactly the rules that contain it fail. Invented numbers."""

from __future__ import annotations

import pytest

from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.checks_catalogue import load_rules
from tests.parser.test_annex import SECTIONS, TITLE, table
from tests.portals import forms

# A balanced annex; every row not named here prints 0.
BALANCED = {
    "disclosed_total": 40, "disclosed_normative": 2, "via_website": 30, "via_wechat": 10, "press_conferences": 3,
    "press_by_head": 1, "online_interviews": 2, "interviews_by_head": 1, "received": 12, "in_person": 2, "fax": 1,
    "online": 4, "letter": 5, "closed": 12, "closed_on_time": 11, "closed_extended": 1, "answered": 12, "ans_granted": 7,
    "ans_granted_in_part": 1, "ans_refused": 3, "ref_state_secret": 1, "ref_privacy": 2, "ans_not_exist": 1, "review": 3,
    "rev_upheld": 2, "rev_other": 1, "litigation": 1, "lit_corrected": 1, "staff": 5, "staff_full_time": 1,
    "staff_part_time": 4,
}  # fmt: skip


def report(**changed: str) -> AnnualReport:
    printed = {key: str(number) for key, number in BALANCED.items()} | changed
    rows = [(label, unit, printed.get(key, "0") if key else "") for key, label, unit in forms.ANNEX]
    html = f"<html><title>{TITLE}</title><h1>{TITLE}</h1>{SECTIONS}{table([('指标', '单位', '数量'), *rows])}</html>"
    found = parse(ReportPage(html.encode()))
    assert isinstance(found, AnnualReport)
    return found


def failing(found: AnnualReport) -> set[str]:
    return {check.code for check in found.checks if check.code.startswith("A3") and check.status == "fail"}


def test_a_balanced_annex_passes() -> None:
    found = report()
    assert failing(found) == set()
    assert all(found.checks_summary[code] == {"pass": 1} for code in ("A301", "A304", "A307"))


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("fax", {"A301"}),
        ("closed_on_time", {"A302"}),
        ("closed", {"A302", "A312"}),
        ("answered", {"A303", "A312"}),
        ("ans_refused", {"A303", "A304"}),
        ("ref_privacy", {"A304"}),
        ("rev_other", {"A305"}),
        ("lit_upheld", {"A306"}),
        ("staff", {"A307"}),
        ("disclosed_normative", {"A308"}),
        ("press_by_head", {"A309"}),
        ("interviews_by_head", {"A310"}),
        ("disclosed_total", {"A311"}),
        ("complaints", set()),
    ],
)
def test_one_cell_changed_fails_its_rules(key: str, codes: set[str]) -> None:
    found = report(**{key: "99"})
    assert failing(found) == codes
    rules = load_rules()
    assert all(check.severity == rules[check.code].severity for check in found.checks)


def test_a_blank_decides_as_in_other_sums() -> None:
    harmless = report(rev_corrected="")
    assert harmless.checks_summary["A305"] == {"pass_blank_as_zero": 1}
    telling = report(letter="")
    listed = [(check.code, check.status, check.note) for check in telling.checks if check.code == "A301"]
    note = "statistics_annex.letter.value is blank and would have to be 5"
    assert listed == [("A301", "indeterminate", note)]
    assert failing(report(disclosed_total="")) == set()
    assert failing(report(via_website="")) == set()


def test_each_column_is_summed_for_itself() -> None:
    rows = [(label, unit, *((str(BALANCED.get(key, 0)),) * 2 if key else ("", ""))) for key, label, unit in forms.ANNEX]
    html = table([("指标", "单位", "区政府", "乡镇街道"), *rows]).replace(
        "<td>5</td><td>5</td>", "<td>5</td><td>6</td>", 1
    )
    page = f"<html><title>{TITLE}</title><h1>{TITLE}</h1>{SECTIONS}{html}</html>"
    found = parse(ReportPage(page.encode()))
    assert isinstance(found, AnnualReport)
    assert [check.scope for check in found.checks if check.code == "A301"] == ["statistics_annex.received.乡镇街道"]
