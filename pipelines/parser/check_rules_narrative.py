"""The prose against the tables: does the text say what the tables say?

Promises a check for every comparison that could be made, passes included, and an indeterminate one where the table is
not there; a number of the text is never copied into a table. A fact that one sentence confirms and another contradicts
is indeterminate, with both quotations. Must not know how facts are found.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from pydantic import JsonValue

from pipelines.parser.check_rules_sums import total
from pipelines.parser.checks_catalogue import new_check
from pipelines.parser.checks_cells import UNKNOWN, Cell, Cells, Number
from pipelines.parser.model import AnnualReport, Check, MissingTable, NarrativeFact, Status
from pipelines.parser.narrative import compile_pattern, find_listed_sums, flatten

_EQUAL = {
    "N01": "new_received",
    "N02": "carried_over_in",
    "N03": "total_handled",
    "N04": "carried_over_out",
    "N05": "review_total",
    "N06": "review_corrected",
    "N07": "litigation_total",
    "N08": "litigation_corrected",
    "N11": "normative_documents_issued",
}
_CARRIED_IN = "applications.carried_over_in.total"
# The cell of the 2021 form and its counterpart in the 2019 form.
_OF_2019 = {
    "active_disclosure.normative_documents.issued": "active_disclosure.normative_documents.newly_made",
    "applications.other_misc.total": "applications.other_handling.total",
}
_GROUPS = {
    "予以公开": ("granted",),
    "部分公开": ("granted_in_part",),
    "不予公开": ("refused_",),
    "无法提供": ("unable_",),
    "不予处理": ("not_processed_",),
    "其他处理": ("other_",),
}
_GROUP = compile_pattern("(?<![及和、或])(?P<group>" + "|".join(_GROUPS) + ")的?{GAP}{0,4}?{NUM}{U}")
_PERCENT = compile_pattern(
    r"{NUM}{U},?占(?:{GAP}{0,4}?)(?:申请|办结|答复)(?:总数|总量|数量|数|量)?的?(?P<p>\d+(?:\.\d+)?)%"
)
_PERCENT_TOLERANCE = Decimal("0.06")
# What says that a number of applications includes those of last year, and that a number is of more organs than one.
_INCLUDED = re.compile(r"(?:含|包括)(?:上一?年度?|去年|20\d\d年度?)结转")
_ALL_ORGANS = re.compile(r"全[省市州盟县区旗]|各(?:部门|单位|[区县]|乡镇|镇街)")
_DISPUTES = {"复议": ("review",), "诉讼": ("litigation_direct", "litigation_after_review")}


def check_narrative(report: AnnualReport, texts: Mapping[str, str], cells: Cells) -> Iterator[Check]:
    """The rules N01 to N17, passes included; `texts` are the sections' full texts by key."""
    facts: dict[str, list[NarrativeFact]] = defaultdict(list)
    for fact in report.narrative_facts:
        facts[fact.key].append(fact)
    for code, key in _EQUAL.items():
        yield from _check_equal(report, cells, code, facts[key])
    yield from _check_groups(report, cells, texts)
    yield from _check_withdrawn(cells, facts["withdrawn"])
    yield from _check_fees(report, cells, facts["processing_fee_yuan"])
    yield from _check_lists(texts)
    yield from _check_percentages(cells, texts)
    yield from _check_statements(cells, facts)


def _check_equal(report: AnnualReport, of_report: Cells, code: str, facts: Sequence[NarrativeFact]) -> Iterator[Check]:
    """Every statement of a number against its cell, or the sum of its cells."""
    if not facts or facts[0].table_cell is None:
        return
    cells = _cells(of_report, facts[0].table_cell)
    if not cells:
        return
    scope = cells[0].address if len(cells) == 1 else cells[0].address.partition(".")[0]
    said: list[JsonValue] = [fact.value for fact in facts]
    named = [cell.address for cell in cells]
    printed = total(cells)
    if any(cell.value is None for cell in cells):
        if all(cell.state in "BRN" for cell in cells) and len(facts) == 1 and facts[0].value == printed:
            yield new_check(
                code, "pass_blank_as_zero", scope, expected=said[0], note="the blank stands for zero", cells=named
            )
        else:
            note = f"narrative says {', '.join(map(str, said))}; table unavailable or blank, and never filled from the text"
            yield new_check(
                code, "indeterminate", scope, expected=said[0] if len(said) == 1 else said, note=note, cells=named
            )
        return
    also = of_report.find(_CARRIED_IN) if code == "N01" else None
    with_carried = printed + also.value if also is not None and also.value is not None else None
    agreeing = [
        fact
        for fact in facts
        if fact.value == with_carried or (fact.value == printed and not (with_carried and _counts_carried(fact)))
    ]
    status: Status = "pass" if len(agreeing) == len(facts) else "indeterminate" if agreeing else "fail"
    if status == "fail" and any("approximate" in (fact.flags or []) for fact in facts):
        status = "indeterminate"
    notes = []
    if any(fact.value != printed for fact in agreeing):
        notes.append("the text counts what was carried over from last year")
    if status == "fail" and also is not None and also.value is None and all(_above(fact, printed) for fact in facts):
        status = "indeterminate"
        notes.append(f"the text may count what was carried over from last year; {also.address} holds no number")
    if status != "pass":
        notes.append(" / ".join(fact.quote for fact in facts))
    elsewhere = code == "N11" and report.identity.coverage != "aggregate_region" and _speaks_of_all(facts)
    yield new_check(
        code,
        status,
        scope,
        severity="info" if status == "fail" and elsewhere else None,
        expected=said[0] if len(said) == 1 else said,
        found=int(printed),
        note="; ".join(notes) or None,
        cells=[*named, *([also.address] if also is not None else [])],
    )


def _counts_carried(fact: NarrativeFact) -> bool:
    """Whether the text says of a number that it includes what was carried over."""
    return _INCLUDED.search(fact.quote) is not None


def _above(fact: NarrativeFact, number: Number) -> bool:
    return isinstance(fact.value, int) and fact.value > number


def _speaks_of_all(facts: Sequence[NarrativeFact]) -> bool:
    return any(_ALL_ORGANS.search(fact.quote) for fact in facts)


def _cells(of_report: Cells, addresses: str) -> list[Cell]:
    """The cells that a fact speaks of, in the form of the report; empty when the form has none of them."""
    found = []
    for address in addresses.split("+"):
        cell = of_report.find(address) or (of_report.find(_OF_2019[address]) if address in _OF_2019 else None)
        if cell is None:
            return []
        found.append(cell)
    return found


def _check_groups(report: AnnualReport, of_report: Cells, texts: Mapping[str, str]) -> Iterator[Check]:
    """Numbers for groups of results; a number for one row of a group is told apart by the words before it."""
    said: dict[str, set[int]] = defaultdict(set)
    for key in ("overview", "applications"):
        for match in _GROUP.finditer(flatten(texts.get(key) or "")):
            if match["n"].isdigit():
                said[match["group"]].add(int(match["n"]))
    for group, numbers in said.items():
        prefixes = _GROUPS[group]
        cells = [
            row["total"]
            for key, row in of_report.applications.items()
            if any(key == prefix or (prefix.endswith("_") and key.startswith(prefix)) for prefix in prefixes)
        ]
        if not cells and not isinstance(report.tables.applications, MissingTable):
            continue
        printed = total(cells)
        status: Status = "pass" if numbers == {printed} else "indeterminate" if printed in numbers else "fail"
        if not cells or any(cell.state in UNKNOWN for cell in cells):
            status = "indeterminate"
        elif any(cell.value is None for cell in cells):
            # A blank may hold what is missing.
            status = "pass_blank_as_zero" if status == "pass" else "fail" if max(numbers) < printed else "indeterminate"
        scope = cells[0].address if len(cells) == 1 else "applications"
        yield new_check(
            "N09",
            status,
            scope,
            expected=[*sorted(numbers)],
            found=int(printed) if cells else None,
            note=group,
            cells=[cell.address for cell in cells],
        )


def _check_withdrawn(of_report: Cells, facts: Sequence[NarrativeFact]) -> Iterator[Check]:
    for fact in facts:
        cells = _cells(of_report, "applications.other_misc.total")
        if not cells or not isinstance(fact.value, int):
            continue
        cell = cells[0]
        expected = f"withdrawn ({fact.value}) <= {cell.address}"
        scope, named = "narrative_facts[withdrawn]", [cell.address]
        if cell.value is None:
            yield new_check(
                "N10", "indeterminate", scope, expected=expected, note=f"cell state {cell.state}", cells=named
            )
        elif fact.value <= cell.value:
            yield new_check("N10", "pass", scope, expected=expected, found=int(cell.value), cells=named)
        else:
            note = f"{fact.value} are said to have been withdrawn, more than the row for other results holds"
            yield new_check("N10", "fail", scope, expected=expected, found=int(cell.value), note=note, cells=named)


def _check_fees(report: AnnualReport, of_report: Cells, facts: Sequence[NarrativeFact]) -> Iterator[Check]:
    row = next((found.row for found in of_report.active_disclosure if found.key == "administrative_fees"), None)
    lost = isinstance(report.tables.active_disclosure, MissingTable)
    scope = "active_disclosure.administrative_fees.amount"
    for fact in facts:
        if fact.value is None:
            continue
        fee = Decimal(str(fact.value))
        if row is not None and row.amount_yuan is not None:
            status: Status = "pass" if fee <= Decimal(row.amount_yuan) else "fail"
            yield new_check(
                "N12", status, scope, expected=f">= {fact.value}", found=row.amount_yuan, note="in yuan", cells=[scope]
            )
        elif lost or row is not None:
            yield new_check("N12", "indeterminate", scope, expected=f">= {fact.value}", note="in yuan", cells=[scope])
        if fee % 10:
            yield new_check("N14", "fail", "narrative_facts[processing_fee_yuan]", found=fact.value)


def _check_lists(texts: Mapping[str, str]) -> Iterator[Check]:
    """Items enumerated in one clause must not exceed their whole; items in clauses of their own only confirm it."""
    for listed in find_listed_sums(texts):
        items = sum(listed.items)
        if items > listed.total and not listed.enumerated:
            continue
        status: Status = "fail" if items > listed.total else "pass"
        if listed.enumerated or items == listed.total:
            scope = f"sections.{listed.section}"
            yield new_check("N13", status, scope, expected=listed.total, found=[*listed.items], note=listed.quote)


def _check_percentages(of_report: Cells, texts: Mapping[str, str]) -> Iterator[Check]:
    """A share of the applications, of which the text does not say whether received, handled, or both years' it means."""
    cells = [
        cell
        for row in ("new_received", "carried_over_in", "total_handled")
        if (cell := of_report.find(f"applications.{row}.total")) is not None
    ]
    numbers = {cell.address.split(".")[1]: cell.value for cell in cells if cell.value is not None}
    received, carried = numbers.get("new_received"), numbers.get("carried_over_in")
    wholes = {number for row, number in numbers.items() if number and row != "carried_over_in"}
    if received is not None and carried:
        wholes.add(received + carried)
    for key in ("overview", "applications") if cells else ():
        for match in _PERCENT.finditer(flatten(texts.get(key) or "")):
            if not match["n"].isdigit():
                continue
            percent = Decimal(match["p"])
            right = any(abs(Decimal(100 * int(match["n"])) / whole - percent) <= _PERCENT_TOLERANCE for whole in wholes)
            known = len(numbers) == len(cells)
            status: Status = "pass" if right else "fail" if known and wholes else "indeterminate"
            named = [cell.address for cell in cells]
            yield new_check("N15", status, f"sections.{key}", expected=str(percent), found=match[0], cells=named)


def _check_statements(of_report: Cells, facts: Mapping[str, Sequence[NarrativeFact]]) -> Iterator[Check]:
    """That everything was answered, or that there was nothing, against the totals."""
    for fact in facts["all_answered"]:
        for cell in _cells(of_report, "applications.carried_over_out.total"):
            yield _zero_check("N16", cell, fact.quote)
    for fact in facts["zero_requests"]:
        for cell in _cells(of_report, "applications.new_received.total"):
            yield _zero_check("N17", cell, fact.quote)
    for fact in facts["zero_disputes"]:
        for word, rows in _DISPUTES.items():
            for row in rows if re.search(word, fact.quote) else ():
                for cell in _cells(of_report, f"review_litigation.{row}.total"):
                    yield _zero_check("N17", cell, fact.quote)


def _zero_check(code: str, cell: Cell, quote: str) -> Check:
    named = [cell.address]
    if cell.value is not None:
        status: Status = "pass" if cell.value == 0 else "fail"
        return new_check(code, status, cell.address, expected=0, found=int(cell.value), note=quote, cells=named)
    if cell.state in "BN":
        note = f"the text explains the blank: {quote}"
        return new_check(code, "pass_blank_as_zero", cell.address, expected=0, note=note, cells=named)
    note = f"cell state {cell.state}: {quote}"
    return new_check(code, "indeterminate", cell.address, expected=0, note=note, cells=named)
