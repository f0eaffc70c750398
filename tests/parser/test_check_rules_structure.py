"""The rules of structure and cells, each on a page made for it and on a near miss. All pages are invented."""

from __future__ import annotations

from typing import Any

from pipelines.parser import AnnualReport
from tests.parser.check_results import Case, check, each_case, read
from tests.parser.report_page import BODIES, HEADINGS, TITLE, numbers, page, render

GRANTED = "applications.granted"
COLUMNS = (
    "natural_person", "commercial_enterprise", "research_institution", "public_welfare_org", "legal_service_org",
    "other_org", "total",
)  # fmt: skip
REFUSED = [f"refused_{name}" for name in (
    "state_secret", "prohibited_by_law", "three_securities_one_stability", "third_party_rights", "internal_affairs",
    "deliberative_process", "enforcement_case_file", "administrative_inquiry",
)]  # fmt: skip
ROW = "<tr><td>2.重复申请</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td><td>0</td></tr>"


def cells(address: str, *columns: str) -> list[str]:
    return [f"{address}.{column}" for column in columns]


def printed(*texts: str, row: str = "granted", stem: str = "002", **framed: Any) -> AnnualReport:
    """The seed's report with these texts in the first cells of a row of table 3, or of a row of table 2."""
    tables = numbers(stem)
    rows = tables["applications"]["rows"] | {
        key: entry for block in tables["active_disclosure"]["blocks"].values() for key, entry in block["rows"].items()
    }
    rows[row]["raw"] = {str(at): text for at, text in enumerate(texts)}
    return read(page(render(tables), **framed))


def with_table(name: str, old: str, new: str, stem: str = "002") -> AnnualReport:
    """The seed's report with another piece of HTML in one table."""
    tables = render(numbers(stem))
    assert old in tables[name]
    return read(page(tables | {name: tables[name].replace(old, new, 1)}))


def headed(*headings: str) -> AnnualReport:
    return read(page(render(numbers("002")), headings=headings))


def told(at: int, body: str) -> AnnualReport:
    return read(page(render(numbers("002")), bodies=(*BODIES[:at], body, *BODIES[at + 1 :])))


def without_heading() -> AnnualReport:
    html = page(render(numbers("002")))
    return read(html.replace(f"<p>{HEADINGS[4]}</p>\n<p>{BODIES[4]}</p>\n", ""))


def subtotal(first: int, internal_affairs: str = "1", *, absent: bool = False) -> AnnualReport:
    """A row that prints the sum of the refusals: 2 of natural persons by the rows of the group, one of which may be absent."""
    row = "".join(f"<td>{number}</td>" for number in (first, 0, 0, 0, 0, 0, 2))
    group = '<tr><td rowspan="8">(三)不予公开</td>'
    tables = numbers("002")
    tables["applications"]["rows"]["refused_internal_affairs"]["raw"] = {"0": internal_affairs}
    html = render(tables)
    if absent:
        start = html["applications"].index("<tr><td>5.属于三类内部事务信息")
        end = html["applications"].index("</tr>", start) + len("</tr>")
        html["applications"] = html["applications"][:start] + "<tr></tr>" + html["applications"][end:]
    new = f"<tr><td></td><td colspan=2>(三)不予公开</td>{row}</tr>{group}"
    return read(page(html | {"applications": html["applications"].replace(group, new)}))


def of_year(year: int) -> AnnualReport:
    return read(page(render(numbers("002")), title=TITLE.replace("2023", str(year)), preamble=""))


CASES = [
    Case("S01", without_heading, [("fail", "error", "sections.problems_improvements", None, None, [])], printed),
    Case(
        "S02",
        lambda: told(4, "无。"),
        [("fail", "warning", "sections.problems_improvements", None, "无。", [])],
        lambda: told(4, "没有问题。"),
    ),
    Case(
        "S03",
        lambda: headed(*HEADINGS[:4], HEADINGS[5], HEADINGS[4]),
        [("fail", "warning", "sections.other_matters", None, None, [])],
        printed,
    ),
    Case(
        "S04",
        lambda: headed(*HEADINGS[:4], "五、存在问题及整改措施", HEADINGS[5]),
        [("fail", "info", "sections.problems_improvements", None, "五、存在问题及整改措施", [])],
        lambda: headed(*HEADINGS[:4], f"五． {HEADINGS[4][2:]}", HEADINGS[5]),
    ),
    Case(
        "S05",
        lambda: read(page(render(numbers("002")) | {"review_litigation": "<p><img src='table4.png'></p>"})),
        [("fail", "error", "tables.review_litigation", None, "image", [])],
        printed,
    ),
    Case(
        "S06",
        lambda: with_table("applications", "</td></tr>", "</td><td></td></tr>"),
        [("fail", "warning", "applications", 10, 11, [])],
        printed,
    ),
    Case("S07", lambda: with_table("applications", ROW, "<tr></tr>"), [
        ("fail", "warning", "applications.not_processed_duplicate", "2.重复申请", None, []),
    ], printed),
    Case(
        "S08",
        lambda: with_table("applications", ROW, ROW + ROW.replace("2.重复申请", "乙类事项统计")),
        [("fail", "warning", "applications", None, "乙类事项统计", [])],
        printed,
    ),
    Case(
        "S09",
        lambda: with_table("applications", ROW, ROW + ROW),
        [("fail", "warning", "applications.not_processed_duplicate", None, "2.重复申请", [])],
        printed,
    ),
    Case(
        "S10",
        lambda: with_table("applications", "2.重复申请", "2.重复的申请"),
        [("fail", "info", "applications.not_processed_duplicate.label", "2.重复申请", "2.重复的申请", [])],
        lambda: with_table("applications", "2.重复申请", "2、重复申请"),
    ),
    Case("S11", lambda: of_year(2020), [("fail", "warning", "tables", "2019", "2021", [])], lambda: of_year(2021)),
    Case(
        "S12",
        lambda: with_table("applications", ROW, ROW.replace("<td>0</td>", "<td>1</td>", 1).replace("<td>0</td>", "", 1)),
        [("fail", "warning", "applications", None, "1 rows with fewer values than columns; column lost", [])],
        printed,
    ),
    Case(
        "S13",
        lambda: subtotal(3),
        [
            (
                "fail", "warning", "applications.subtotals.refused", [2, 0, 0, 0, 0, 0, 2], [3, 0, 0, 0, 0, 0, 2],
                ["applications.subtotals.refused.natural_person"]
                + [f"applications.{row}.natural_person" for row in REFUSED],
            )
        ],
        lambda: subtotal(2),
    ),
    # A member that is blank may hold what is missing.
    Case("S13", lambda: subtotal(1), [("fail",)], lambda: subtotal(2, "")),
    Case("S13", lambda: subtotal(1), [("fail",)], lambda: subtotal(2, absent=True)),
    Case(
        "C01",
        lambda: printed("64", "", "0", "0", ""),
        [
            (
                "fail", "info", GRANTED, None, ["", ""],
                cells(GRANTED, "commercial_enterprise", "legal_service_org"),
            )
        ],
        lambda: printed("64", "0"),
    ),
    Case(
        "C01",
        lambda: printed(*[""] * 7),
        [("fail", "info", GRANTED, None, [""] * 7, cells(GRANTED, *COLUMNS))],
        printed,
    ),
    Case(
        "C02",
        lambda: printed("64", "/"),
        [("fail", "info", f"{GRANTED}.commercial_enterprise", None, "/", [f"{GRANTED}.commercial_enterprise"])],
        lambda: printed("64", "0"),
    ),
    Case(
        "C03",
        lambda: printed("见附件"),
        [("fail", "warning", f"{GRANTED}.natural_person", None, "见附件", [f"{GRANTED}.natural_person"])],
        lambda: printed("64件"),
    ),
    Case(
        "C04",
        lambda: printed("64件(均为网上申请)"),
        [
            (
                "fail", "info", f"{GRANTED}.natural_person", "a plain number", "64件(均为网上申请)",
                [f"{GRANTED}.natural_person"],
            )
        ],
        lambda: printed("64 "),
    ),
    Case(
        "C05",
        lambda: printed("-64"),
        [("fail", "error", f"{GRANTED}.natural_person", None, -64, [f"{GRANTED}.natural_person"])],
        lambda: printed("64"),
    ),
    Case(
        "C06",
        lambda: printed("64.5"),
        [("fail", "error", f"{GRANTED}.natural_person", None, "64.5", [f"{GRANTED}.natural_person"])],
        lambda: printed("64.0"),
    ),
    Case(
        "C07",
        lambda: printed("80元", row="administrative_fees"),
        [
            (
                "fail", "warning", "active_disclosure.administrative_fees.amount", "万元", "元",
                ["active_disclosure.administrative_fees.amount"],
            )
        ],
        lambda: printed("0.008万元", row="administrative_fees"),
    ),
    Case(
        "C09",
        lambda: printed("64件(网上60件、信函5件)"),
        [("fail", "info", f"{GRANTED}.natural_person", 64, 65, [f"{GRANTED}.natural_person"])],
        lambda: printed("64件(网上60件、信函4件)"),
    ),
]  # fmt: skip


@each_case(CASES)
def test_a_rule_speaks_of_its_page_and_not_of_the_near_miss(case: Case) -> None:
    check(case)
