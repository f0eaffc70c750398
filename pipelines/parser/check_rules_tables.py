"""What the numbers of the tables must satisfy beyond their sums: bounds, competence, plausibility.

Promises a check for each rule that fails, none for those that hold or cannot be evaluated. Must not know the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipelines.parser.checks_catalogue import new_check
from pipelines.parser.checks_cells import Cells, Number
from pipelines.parser.model import AnnualReport, Check, StatisticsAnnexTable

_RULEMAKING_COLUMNS = ("issued", "in_force", "newly_made", "newly_disclosed", "total_disclosed")
_YUAN_PER_WAN = 10_000
_FEE_LIMITS_WAN = {"department": 10_000, "office": 10_000}
_FEE_LIMIT_WAN = 100_000
# Of the statistics annex: the part, what it is a part of.
_ANNEX_PARTS = {
    "A308": ("disclosed_normative", "disclosed_total"),
    "A309": ("press_by_head", "press_conferences"),
    "A310": ("interviews_by_head", "online_interviews"),
}
_ANNEX_HANDLED = ("answered", "closed")
_ANNEX_CHANNELS = ("via_gazette", "via_website", "via_weibo", "via_wechat", "via_other")


def check_tables(report: AnnualReport, cells: Cells) -> Iterator[Check]:
    """The rules T201 to T206, T307, T309 and A308 to A312 that fail."""
    for printed in cells.active_disclosure:
        address, key, row = printed.address, printed.key, printed.row
        values = {column: cell.value for column, cell in printed.cells.items() if cell.value is not None}
        yield from _check_documents(address, values)
        yield from _check_items(address, values)
        if key == "regulations" and not _may_make_regulations(report):
            made = {column: int(values[column]) for column in _RULEMAKING_COLUMNS if values.get(column)}
            if made:
                yield new_check("T204", "fail", address, expected=0, found=dict(made), cells=_of(address, *made))
        if key == "administrative_fees" and row.amount_yuan is not None:
            yield from _check_fee(report, address, Decimal(row.amount_yuan))
    yield from _check_fill(report, cells)
    annex = report.tables.statistics_annex
    if isinstance(annex, StatisticsAnnexTable):
        yield from _check_annex(annex)


def _check_documents(address: str, values: dict[str, Number]) -> Iterator[Check]:
    if {"issued", "repealed", "in_force"} <= values.keys():
        issued, kept = values["issued"], values["in_force"] + values["repealed"]
        if kept < issued:
            expected = f"in_force + repealed >= {issued}"
            named = _of(address, "issued", "repealed", "in_force")
            yield new_check("T201", "fail", address, expected=expected, found=int(kept), cells=named)
    if {"newly_disclosed", "total_disclosed"} <= values.keys() and values["newly_disclosed"] > values[
        "total_disclosed"
    ]:
        found = int(values["newly_disclosed"])
        expected = f"newly_disclosed <= {values['total_disclosed']}"
        named = _of(address, "newly_disclosed", "total_disclosed")
        yield new_check("T202", "fail", address, expected=expected, found=found, cells=named)
    if {"newly_disclosed", "newly_made"} <= values.keys() and values["newly_disclosed"] > values["newly_made"]:
        limit, found = values["newly_made"], int(values["newly_disclosed"])
        expected = f"newly_disclosed <= {limit}"
        named = _of(address, "newly_disclosed", "newly_made")
        yield new_check("T202", "fail", address, severity="info", expected=expected, found=found, cells=named)


def _check_items(address: str, values: dict[str, Number]) -> Iterator[Check]:
    if not {"items_prev_year", "items_change"} <= values.keys():
        return
    before, change = values["items_prev_year"], values["items_change"]
    found = {"prev": int(before), "change": int(change)}
    named = _of(address, "items_prev_year", "items_change")
    if before + change < 0:
        expected = "items_prev_year + items_change >= 0"
        yield new_check("T203", "fail", address, expected=expected, found=dict(found), cells=named)
    if abs(int(change)) > max(10 * int(before), 500):
        yield new_check(
            "T205",
            "fail",
            address,
            expected="|change| <= max(10*prev, 500)",
            found=dict(found),
            note="item count probably confused with decision count",
            cells=named,
        )


def _of(address: str, *columns: str) -> list[str]:
    """The addresses of these columns of a row."""
    return [f"{address}.{column}" for column in columns]


def _may_make_regulations(report: AnnualReport) -> bool:
    """State Council departments, provinces, cities and autonomous prefectures; unresolved organs are given the doubt."""
    organ = report.identity.organ
    if organ.level in ("county", "township"):
        return False
    return not (organ.kind == "department" and organ.level == "prefecture")


def _check_fee(report: AnnualReport, address: str, yuan: Decimal) -> Iterator[Check]:
    organ = report.identity.organ
    limit = _FEE_LIMITS_WAN.get(organ.kind or "", _FEE_LIMIT_WAN if organ.level == "county" else None)
    if limit is not None and yuan > limit * _YUAN_PER_WAN:
        note = "probably yuan entered as 10000 yuan"
        cell, expected = f"{address}.amount", f"<= {limit} 万元"
        yield new_check("T206", "fail", cell, expected=expected, found=str(yuan), note=note, cells=[cell])


def _check_fill(report: AnnualReport, of_report: Cells) -> Iterator[Check]:
    rows = list(of_report.applications.values())
    filled = {column for row in rows for column, cell in row.items() if cell.state != "B"}
    if len(filled) == 1 and all(cell.state in "BR" for row in rows for cell in row.values()):
        named = [cell.address for row in rows for cell in row.values()]
        yield new_check("T307", "fail", "applications", found=next(iter(filled)), cells=named)
    if report.identity.organ.kind != "government" or not rows:
        return
    rows += of_report.review_litigation.values()
    rows += [row.cells for row in of_report.active_disclosure]
    cells = [cell for row in rows for cell in row.values()]
    if all(cell.value == 0 for cell in cells):
        yield new_check(
            "T309",
            "fail",
            "applications",
            note="every cell of every table is 0",
            cells=[cell.address for cell in cells],
        )


def _check_annex(annex: StatisticsAnnexTable) -> Iterator[Check]:
    for index, column in enumerate(annex.columns):
        values = {
            key: Decimal(str(row.values[index])) for key, row in annex.rows.items() if row.values[index] is not None
        }
        for code, (part, whole) in _ANNEX_PARTS.items():
            if part in values and whole in values and values[part] > values[whole]:
                yield _annex_check(code, (part, whole), column, f"<= {values[whole]}", values[part])
        channels = [values[key] for key in _ANNEX_CHANNELS if key in values]
        if len(channels) == len(_ANNEX_CHANNELS) and sum(channels) < values.get("disclosed_total", Decimal(0)):
            rows = ("disclosed_total", *_ANNEX_CHANNELS)
            yield _annex_check("A311", rows, column, str(values["disclosed_total"]), sum(channels))
        answered, closed = (values.get(key) for key in _ANNEX_HANDLED)
        if closed is not None and answered is not None and closed != answered:
            yield _annex_check("A312", _ANNEX_HANDLED, column, str(closed), answered)


def _annex_check(code: str, rows: tuple[str, ...], column: str, expected: str, found: Decimal | int) -> Check:
    """The finding about the first of these rows, in one column."""
    named = [f"statistics_annex.{row}.{column}" for row in rows]
    return new_check(code, "fail", named[0], expected=expected, found=str(found), cells=named)
