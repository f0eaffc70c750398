"""The rules of the tables' numbers, each on a page made for it and on a near miss. All numbers are invented or changed."""

from __future__ import annotations

from typing import Any

from pipelines.parser import AnnualReport
from pipelines.parser.check_rules_sums import ANNEX_SUMS
from tests.parser.check_results import Case, Result, check, each_case, read
from tests.parser.report_page import PREAMBLE, TITLE, numbers, page, render
from tests.parser.test_annex_checks import BALANCED
from tests.parser.test_annex_checks import report as annex

COLUMNS = (
    "natural_person", "commercial_enterprise", "research_institution", "public_welfare_org", "legal_service_org",
    "other_org", "total",
)  # fmt: skip
BALANCE = ("new_received", "carried_over_in", "total_handled", "carried_over_out")
GOVERNMENT = TITLE.replace("临淄区民政局", "淄博市临淄区人民政府")
CITY = TITLE.replace("临淄区民政局", "淄博市人民政府")
NORMATIVE, LICENSING = "active_disclosure.normative_documents", "active_disclosure.administrative_licensing"
# Seed 001 breaks rule T205 with its penalties.
PENALTIES = {"active_disclosure.administrative_penalty.items_change": 0}
FEES = "active_disclosure.administrative_fees.amount"
REGULATIONS = "active_disclosure.regulations"


def page_of(tables: dict[str, Any], title: str = TITLE, year: int = 2023) -> AnnualReport:
    title, preamble = (text.replace("2023", str(year)) for text in (title, PREAMBLE))
    return read(page(render(tables), title=title, preamble=preamble))


def changed(cells: dict[str, Any], stem: str = "002", title: str = TITLE) -> AnnualReport:
    """The seed's tables with other cells; None is a blank, text is printed as it is."""
    tables = numbers(stem)
    for address, value in cells.items():
        table, row, column = address.split(".")
        blocks = tables[table].get("blocks", {"": tables[table]})
        block = next(block for block in blocks.values() if row in block["rows"])
        entry, at = block["rows"][row], block["columns"].index(column)
        entry["values"][at] = value
        entry.pop("raw", None)
        entry["states"] = entry["states"][:at] + ("B" if value is None else "R") + entry["states"][at + 1 :]
    return page_of(tables, title, 2020 if stem == "001" else 2023)


def filled(value: Any, *, only: str = "", title: str = GOVERNMENT, table_2: Any = 0) -> AnnualReport:
    """Tables with one value in every cell; with `only`, nothing in the other columns of table 3."""
    tables = numbers("002")
    blocks = [*tables["active_disclosure"]["blocks"].values(), tables["applications"], tables["review_litigation"]]
    for block in blocks:
        for row in block["rows"].values():
            values: list[Any] = [value] * len(row["values"])
            if block is tables["applications"] and only:
                values = [value if column == only else None for column in COLUMNS]
            if block not in blocks[-2:]:
                values = [table_2] * len(values)
            row["values"], row["states"] = values, "".join("B" if each is None else "R" for each in values)
            row.pop("raw", None)
    return page_of(tables, title)


RESULTS = [row for row in numbers("002")["applications"]["rows"] if row not in BALANCE]
ALL_CELLS = [
    *(f"applications.{row}.{column}" for row in numbers("002")["applications"]["rows"] for column in COLUMNS),
    *(
        f"review_litigation.{row}.{column}"
        for row in ("review", "litigation_direct", "litigation_after_review")
        for column in ("maintained", "corrected", "other_result", "pending", "total")
    ),
    *(f"{row}.{column}" for row in (REGULATIONS, NORMATIVE) for column in ("issued", "repealed", "in_force")),
    f"{LICENSING}.decisions",
    "active_disclosure.administrative_penalty.decisions",
    "active_disclosure.administrative_compulsion.decisions",
    FEES,
]


def sides(expected: dict[str, int], found: dict[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"sum": sum(expected.values()), "cells": expected}, {"sum": sum(found.values()), "cells": found}


def annex_sum(code: str, changed_to: int, status: str = "fail") -> list[Result]:
    whole, parts = ANNEX_SUMS[code]
    values = {part: BALANCED.get(part, 0) for part in parts}
    values[parts[0]] = changed_to
    left, right = sides(
        {f"{part}.value": number for part, number in values.items() if number}, {f"{whole}.value": BALANCED[whole]}
    )
    named = [f"statistics_annex.{row}.value" for row in (*parts, whole)]
    return [(status, "error", f"statistics_annex.{whole}.value", left, right, named)]


def annex_case(code: str) -> Case:
    """One more in the first row of a sum, against one less there and one more in the second."""
    first, second = ANNEX_SUMS[code][1][:2]
    one, two = BALANCED.get(first, 0), BALANCED.get(second, 0)
    # Rows that other sums or bounds contain as well do not matter: only this rule is looked at.
    moved = {first: str(one - 1), second: str(two + 1)} if one else {first: "1", second: str(two - 1)} if two else {}
    return Case(code, lambda: annex(**{first: str(one + 1)}), annex_sum(code, one + 1), lambda: annex(**moved))


CASES = [
    Case(
        "T201",
        lambda: changed({f"{NORMATIVE}.issued": 80}),
        [
            (
                "fail", "warning", NORMATIVE, "in_force + repealed >= 80", 79,
                [f"{NORMATIVE}.issued", f"{NORMATIVE}.repealed", f"{NORMATIVE}.in_force"],
            )
        ],
        lambda: changed({f"{NORMATIVE}.issued": 79}),
    ),
    Case(
        "T202",
        lambda: changed({f"{NORMATIVE}.newly_made": 9, f"{NORMATIVE}.newly_disclosed": 9, f"{NORMATIVE}.total_disclosed": 8}, "001"),
        [
            (
                "fail", "warning", NORMATIVE, "newly_disclosed <= 8", 9,
                [f"{NORMATIVE}.newly_disclosed", f"{NORMATIVE}.total_disclosed"],
            )
        ],
        lambda: changed({f"{NORMATIVE}.newly_made": 9, f"{NORMATIVE}.newly_disclosed": 9, f"{NORMATIVE}.total_disclosed": 9}, "001"),
    ),
    Case(
        "T202",
        lambda: changed({f"{NORMATIVE}.newly_made": 8, f"{NORMATIVE}.newly_disclosed": 9, f"{NORMATIVE}.total_disclosed": 9}, "001"),
        [
            (
                "fail", "info", NORMATIVE, "newly_disclosed <= 8", 9,
                [f"{NORMATIVE}.newly_disclosed", f"{NORMATIVE}.newly_made"],
            )
        ],
        lambda: changed({f"{NORMATIVE}.newly_made": None, f"{NORMATIVE}.newly_disclosed": 9, f"{NORMATIVE}.total_disclosed": 9}, "001"),
    ),
    Case(
        "T203",
        lambda: changed({f"{LICENSING}.items_prev_year": 2, f"{LICENSING}.items_change": -3}, "001"),
        [
            (
                "fail", "error", LICENSING, "items_prev_year + items_change >= 0", {"prev": 2, "change": -3},
                [f"{LICENSING}.items_prev_year", f"{LICENSING}.items_change"],
            )
        ],
        lambda: changed({f"{LICENSING}.items_prev_year": 2, f"{LICENSING}.items_change": -2}, "001"),
    ),
    Case(
        "T204",
        lambda: changed({f"{REGULATIONS}.in_force": 1}),
        [("fail", "warning", REGULATIONS, 0, {"in_force": 1}, [f"{REGULATIONS}.in_force"])],
        lambda: changed({f"{REGULATIONS}.in_force": 1}, title=CITY),
    ),
    Case(
        "T205",
        lambda: changed(PENALTIES | {f"{LICENSING}.items_prev_year": 51, f"{LICENSING}.items_change": 511}, "001"),
        [
            (
                "fail", "info", LICENSING, "|change| <= max(10*prev, 500)", {"prev": 51, "change": 511},
                [f"{LICENSING}.items_prev_year", f"{LICENSING}.items_change"],
            )
        ],
        lambda: changed(PENALTIES | {f"{LICENSING}.items_prev_year": 51, f"{LICENSING}.items_change": 510}, "001"),
    ),
    Case(
        "T206",
        lambda: changed({FEES: "10000.01"}),
        [("fail", "warning", FEES, "<= 10000 万元", "100000100", [FEES])],
        lambda: changed({FEES: "10000"}),
    ),
    Case(
        "T206",
        lambda: changed({FEES: "100000.01"}, title=GOVERNMENT),
        [("fail", "warning", FEES, "<= 100000 万元", "1000000100", [FEES])],
        lambda: changed({FEES: "100000"}, title=GOVERNMENT),
    ),
    Case(
        "T301",
        lambda: changed({"applications.carried_over_in.commercial_enterprise": 1}),
        [
            (
                "fail", "error", "applications.total_handled.commercial_enterprise",
                *sides({"carried_over_in.commercial_enterprise": 1}, {}),
                [f"applications.{row}.commercial_enterprise" for row in BALANCE],
            )
        ],
        lambda: changed({"applications.carried_over_in.commercial_enterprise": None}),
    ),
    Case(
        "T302",
        lambda: changed({"applications.total_handled.other_org": 1}),
        [
            (
                "fail", "error", "applications.total_handled.other_org", *sides({}, {"total_handled.other_org": 1}),
                [f"applications.{row}.other_org" for row in (*RESULTS, "total_handled")],
            )
        ],
        lambda: changed({"applications.granted.other_org": None}),
    ),
    # The blank would have to hold a number: said, but no contradiction.
    Case(
        "T302",
        lambda: changed({"applications.total_handled.other_org": 1, "applications.granted.other_org": None}),
        [
            (
                "indeterminate", "error", "applications.total_handled.other_org",
                *sides({}, {"total_handled.other_org": 1}),
                [f"applications.{row}.other_org" for row in (*RESULTS, "total_handled")],
            )
        ],
        lambda: changed({"applications.total_handled.other_org": "见附件", "applications.granted.other_org": 1}),
    ),
    Case(
        "T303",
        lambda: changed({"applications.granted.total": 65}),
        [
            (
                "fail", "error", "applications.granted.total",
                *sides({"granted.natural_person": 64}, {"granted.total": 65}),
                [f"applications.granted.{column}" for column in COLUMNS],
            )
        ],
        lambda: changed({"applications.granted.other_org": None}),
    ),
    Case(
        "T307",
        lambda: filled(3, only="total"),
        [
            (
                "fail", "info", "applications", None, "total",
                [address for address in ALL_CELLS if address.startswith("applications.")],
            )
        ],
        lambda: filled(3),
    ),
    Case("T309", lambda: filled(0), [("fail", "info", "applications", None, None, ALL_CELLS)], lambda: filled(0, table_2=1)),
    Case("T309", lambda: filled(0), [("fail",)], lambda: filled(0, title=TITLE)),
    Case("T309", lambda: filled(0), [("fail",)], lambda: filled(None)),
    Case(
        "T401",
        lambda: changed({"review_litigation.review.pending": 1}),
        [
            (
                "fail", "error", "review_litigation.review.total",
                *sides({"review.maintained": 4, "review.pending": 1}, {"review.total": 4}),
                [f"review_litigation.review.{name}" for name in ("maintained", "corrected", "other_result", "pending", "total")],
            )
        ],
        lambda: changed({"review_litigation.review.pending": None}),
    ),
    *(annex_case(code) for code in ANNEX_SUMS),
    *(
        Case(
            code,
            lambda part=part, whole=whole: annex(**{part: str(BALANCED[whole] + 1)}),  # type: ignore[misc]
            [
                (
                    "fail", "error", f"statistics_annex.{part}.value", f"<= {BALANCED[whole]}", str(BALANCED[whole] + 1),
                    [f"statistics_annex.{part}.value", f"statistics_annex.{whole}.value"],
                )
            ],
            lambda part=part, whole=whole: annex(**{part: str(BALANCED[whole])}),  # type: ignore[misc]
        )
        for code, part, whole in (
            ("A308", "disclosed_normative", "disclosed_total"),
            ("A309", "press_by_head", "press_conferences"),
            ("A310", "interviews_by_head", "online_interviews"),
        )
    ),
    Case(
        "A311",
        lambda: annex(disclosed_total="41"),
        [
            (
                "fail", "info", "statistics_annex.disclosed_total.value", "41", "40",
                [
                    f"statistics_annex.{row}.value"
                    for row in ("disclosed_total", "via_gazette", "via_website", "via_weibo", "via_wechat", "via_other")
                ],
            )
        ],
        lambda: annex(disclosed_total="39"),
    ),
    Case(
        "A312",
        lambda: annex(closed="13"),
        [
            (
                "fail", "info", "statistics_annex.answered.value", "13", "12",
                ["statistics_annex.answered.value", "statistics_annex.closed.value"],
            )
        ],
        lambda: annex(closed=""),
    ),
]  # fmt: skip


@each_case(CASES)
def test_a_rule_speaks_of_its_page_and_not_of_the_near_miss(case: Case) -> None:
    check(case)
