"""Invented, balanced numbers for the statutory tables of reports that the replicas make up.

Everything is a pure function of organ and year. Rows and columns add up, and what one year carries over the next year
receives. One organ breaks the arithmetic on purpose where the caller says so. The module must not know portals.
"""

from __future__ import annotations

import random
from typing import Any

from tests.portals import forms
from tests.portals.grid import Table


def dice_of(*parts: object) -> random.Random:
    """A source of invented numbers that is the same in every run for the same parts."""
    return random.Random("/".join(str(part) for part in parts))


def carried_over(organ: str, year: int) -> int:
    """Applications of this organ still open at the end of the year."""
    return dice_of("carry", organ, year).choice((0, 0, 0, 1, 2, 3))


def invent_tables(organ: str, year: int, *, unbalanced: bool = False) -> dict[str, Table]:
    """The tables of one report, in the shape of the record: 2019 form for 2019 and 2020, 2021 form later, annex 2014
    to 2018, none before.

    `unbalanced` raises the printed total of new applications by one, so that exactly the sums containing that cell
    fail; the sentence in the text keeps the right number.
    """
    if year < 2014:
        return {}
    if year < 2019:
        return {"statistics_annex": _annex(organ, year)}
    era = "2019" if year < 2021 else "2021"
    applications = _applications(organ, year, era)
    if unbalanced:
        applications["rows"]["new_received"]["values"][6] += 1
    return {
        "active_disclosure": _active_disclosure(organ, year, era),
        "applications": applications,
        "review_litigation": _review_litigation(organ, year),
    }


def _row(values: list[int | str | None], **more: Any) -> dict[str, Any]:
    return {"values": values, "states": "".join("B" if value is None else "R" for value in values), **more}


def _applications(organ: str, year: int, era: str) -> dict[str, Any]:
    dice = dice_of("applications", organ, year)
    came_in, left_open = carried_over(organ, year - 1), carried_over(organ, year)
    persons, firms = dice.randint(3, 60), dice.randint(0, 5)
    keys = [key for _, members in forms.HANDLING[era] for key, _ in members if key != "total_handled"]
    likely = [
        key for key in keys if key in {"granted", "granted_in_part", "unable_not_held", "refused_internal_affairs"}
    ]
    handled = {"natural_person": persons + came_in - left_open, "commercial_enterprise": firms}
    counts = {key: [0] * 6 for key in [*keys, "total_handled", "new_received", "carried_over_in", "carried_over_out"]}
    for column, total in enumerate(handled.values()):
        for _ in range(total):
            counts[dice.choice(likely if dice.random() < 0.8 else keys)][column] += 1
        counts["total_handled"][column] = total
    counts["new_received"][:2] = [persons, firms]
    counts["carried_over_in"][0], counts["carried_over_out"][0] = came_in, left_open
    return {"era": era, "rows": {key: _row([*values, sum(values)]) for key, values in counts.items()}}


def _active_disclosure(organ: str, year: int, era: str) -> dict[str, Any]:
    dice = dice_of("disclosure", organ, year)
    issued = dice.randint(0, 6)
    licensing, penalty, compulsion = dice.randint(0, 9000), dice.randint(0, 900), dice.randint(0, 60)
    items, change = dice.randint(20, 200), dice.randint(-5, 9)
    if era == "2021":
        numbers: dict[str, list[int | str | None]] = {
            "regulations": [0, 0, 0],
            "normative_documents": [issued, dice.randint(0, 3), issued + dice.randint(4, 40)],
            "administrative_licensing": [licensing],
            "administrative_penalty": [penalty],
            "administrative_compulsion": [compulsion],
            "administrative_fees": [dice.choice(("0", "12.5", "3.08"))],
        }
        raw: dict[str, dict[str, str]] = {}
    else:
        numbers = {
            "regulations": [0, 0, 0],
            "normative_documents": [issued, issued, issued + dice.randint(4, 40)],
            "administrative_licensing": [items, change, licensing],
            "other_external_services": [dice.randint(5, 20), 0, dice.randint(0, 300)],
            "administrative_penalty": [dice.randint(60, 300), 0, penalty],
            "administrative_compulsion": [dice.randint(5, 30), 0, compulsion],
            "administrative_fees": [dice.randint(0, 4), 0],
            "centralized_procurement": [dice.randint(1, 90), f"{dice.randint(100, 900_000) / 100}"],
        }
        raw = {
            "administrative_licensing": {"1": f"增{change}" if change > 0 else f"减{-change}" if change else "无变化"}
        }
    blocks: dict[str, Any] = {}
    for key, _, _, _, labels in forms.BLOCKS[era]:
        rows = {row: _row(numbers[row], **({"raw": raw[row]} if row in raw else {})) for row, _ in labels}
        blocks[key] = {"rows": rows}
    return {"era": era, "blocks": blocks}


def _review_litigation(organ: str, year: int) -> dict[str, Any]:
    dice = dice_of("disputes", organ, year)
    rows: dict[str, Any] = {}
    for key, _ in forms.DISPUTES:
        four = [dice.choice((0, 0, 0, 1, 2)) for _ in range(4)]
        rows[key] = _row([*four, sum(four)])
    return {"era": "2019+", "rows": rows}


def _annex(organ: str, year: int) -> dict[str, Any]:
    dice = dice_of("annex", organ, year)
    counts: dict[str, int | str] = {key: 0 for key, _, _ in forms.ANNEX if key is not None}

    def spread(total_key: str, parts: tuple[str, ...], total: int) -> None:
        counts[total_key] = total
        for _ in range(total):
            part = dice.choice(parts)
            counts[part] = int(counts[part]) + 1

    received = dice.randint(0, 40)
    spread("received", ("in_person", "online", "letter"), received)
    spread("closed", ("closed_on_time", "closed_extended"), received)
    answers = ("ans_already_public", "ans_granted", "ans_refused", "ans_not_this_organ", "ans_not_exist")
    spread("answered", answers, received)
    spread("ans_refused", ("ref_privacy", "ref_other_law"), int(counts["ans_refused"]))
    spread("review", ("rev_upheld", "rev_corrected"), dice.randint(0, 3))
    spread("litigation", ("lit_upheld",), dice.randint(0, 2))
    spread("staff", ("staff_full_time", "staff_part_time"), dice.randint(2, 60))
    counts["disclosed_total"] = dice.randint(300, 5000)
    counts["via_website"] = counts["disclosed_total"]
    counts["normative_issued"] = counts["disclosed_normative"] = dice.randint(0, 9)
    counts |= {
        "fees": "0",
        "budget": "5.5",
        "meetings": dice.randint(1, 6),
        "trainings": 2,
        "trainees": dice.randint(20, 200),
    }
    return {"era": "statistics_annex", "rows": {key: _row([value]) for key, value in counts.items()}}


def raise_cell(tables: dict[str, Table], cell: str) -> None:
    """Prints one more in `cell` ("table.row.column") of the 2019 or 2021 form; sums are left as they are.

    Raises KeyError for a table or row, ValueError for a column that the form does not have, TypeError for a text.
    """
    table, row, column = cell.split(".")
    if table == "active_disclosure":
        shapes = {
            name: (key, shape) for key, _, shape, _, rows in forms.BLOCKS[tables[table]["era"]] for name, _ in rows
        }
        key, shape = shapes[row]
        columns = [name for name, _ in shape]
        values = tables[table]["blocks"][key]["rows"][row]["values"]
    else:
        columns = [name for name, _ in forms.APPLICANTS]
        values = tables[table]["rows"][row]["values"]
    values[columns.index(column)] += 1
