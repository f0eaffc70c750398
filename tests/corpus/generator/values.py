"""Draws the numbers of a report: all tables of a form, balanced as the notice asks, by address.

Counts are integers, money is a decimal string. Knows nothing of how they are printed.
"""

from __future__ import annotations

from random import Random

from tests.corpus.generator import wording

Numbers = dict[str, int | str]
MONEY = ("amount", "procurement_amount", "fees", "budget")


def draw(rng: Random, active_form: str, applications_form: str) -> Numbers:
    """All numbers of tables 2, 3 and 4."""
    scale = rng.choice((0, 3, 3, 30, 30, 300))
    return {
        **draw_active(rng, active_form, scale),
        **draw_applications(rng, applications_form, scale),
        **draw_review(rng, scale),
    }


def draw_active(rng: Random, form: str, scale: int) -> Numbers:
    numbers: Numbers = {}
    for block in wording.active_blocks(form):
        for row, _ in block.rows:
            for column, _ in block.columns:
                numbers[f"active_disclosure.{row}.{column}"] = _active(rng, row, column, scale)
    return numbers


def _active(rng: Random, row: str, column: str, scale: int) -> int | str:
    if column in MONEY:
        return rng.choice(("0", "0.008", "12.5", "290.066", "1024", f"{rng.randrange(1, 90000) / 100:.2f}"))
    if row == "regulations":
        return 0
    if column == "items_change":
        return rng.randrange(-9, 10)
    if column == "decisions":
        return rng.choice((0, rng.randrange(1, 60), rng.randrange(100, 99999)))
    return rng.randrange(0, scale + 2) + (rng.randrange(0, 40) if column in ("in_force", "total_disclosed") else 0)


def draw_applications(rng: Random, form: str, scale: int) -> Numbers:
    """Table 3: every column balances, every row sums to its total."""
    keys = [row.key for row in wording.result_rows(form)]
    columns = wording.APPLICANTS[:-1]
    table = {key: dict.fromkeys(columns, 0) for key in wording.application_keys(form)}
    for column in columns:
        weight = scale if column == "natural_person" else scale // 10
        for key in keys:
            if weight and rng.random() < 0.45:
                table[key][column] = rng.randrange(0, weight // 2 + 2)
        handled = sum(table[key][column] for key in keys)
        out = rng.randrange(0, weight // 5 + 2) if weight else 0
        carried = rng.randrange(0, min(handled + out, weight // 5 + 1) + 1)
        table["total_handled"][column] = handled
        table["carried_over_out"][column] = out
        table["carried_over_in"][column] = carried
        table["new_received"][column] = handled + out - carried
    return {
        f"applications.{key}.{column}": value
        for key, row in table.items()
        for column, value in {**row, "total": sum(row.values())}.items()
    }


def draw_review(rng: Random, scale: int) -> Numbers:
    numbers: Numbers = {}
    for row in wording.REVIEW_ROWS:
        parts = [rng.randrange(0, scale // 8 + 2) if rng.random() < 0.5 else 0 for _ in wording.OUTCOMES[:-1]]
        for column, value in zip(wording.OUTCOMES, [*parts, sum(parts)], strict=True):
            numbers[f"review_litigation.{row}.{column}"] = value
    return numbers


def draw_annex(rng: Random) -> Numbers:
    """The statistics annex, one column; its sums come out."""
    drawn: dict[str, int | str] = {}
    for _, key, _, _ in wording.ANNEX["rows"]:
        if key:
            drawn[key] = f"{rng.randrange(0, 500) / 10:g}" if key in MONEY else rng.randrange(0, 40)
    sums = {
        "received": ("in_person", "fax", "online", "letter"),
        "closed": ("closed_on_time", "closed_extended"),
        "ans_refused": tuple(key for key in drawn if key.startswith("ref_")),
        "review": ("rev_upheld", "rev_corrected", "rev_other"),
        "litigation": ("lit_upheld", "lit_corrected", "lit_other"),
        "staff": ("staff_full_time", "staff_part_time"),
    }
    for key, parts in sums.items():
        drawn[key] = sum(int(drawn[part]) for part in parts)
    answers = [key for key in drawn if key.startswith("ans_")]
    drawn["answered"] = sum(int(drawn[key]) for key in answers)
    drawn["disclosed_total"] = int(drawn["disclosed_total"]) + rng.randrange(200, 90000)
    return {f"statistics_annex.{key}.0": value for key, value in drawn.items()}
