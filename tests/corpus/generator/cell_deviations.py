"""Irregular cells: blanks, dashes, words, units, signs, digits of other scripts, and sums that do not come out.

Each function bends a draft and its gold values; its name is the tag of the irregularity. Numbers in the docstrings
are those of the list of irregularities of the corpus research. Knows nothing of markup styles.
"""

from __future__ import annotations

from tests.corpus.generator import wording
from tests.corpus.generator.draft import Draft, in_yuan

BLANKS = ("", "&nbsp;", "　", "<br>", " ", "<o:p></o:p>", "<o:p>&nbsp;</o:p>", "<span>&nbsp;</span>", "&ensp;")
NOT_APPLICABLE = ("/", "\\", "—", "－", "-", "--", "无", "不适用", "×", "N/A", "——")
UNPARSEABLE = ("见附件", "详见附表", "12.5", "3/4", "1-3", "统计中", "若干", "2、3")
_DIGITS = "〇一二三四五六七八九"


def blank_cell(draft: Draft) -> None:
    """48: a blank or two among the numbers."""
    for address in some(draft, counts(draft), 2):
        draft.print(address, draft.rng.choice(BLANKS), "B")


def blank_columns(draft: Draft) -> None:
    """49: the five columns of organisations blank in every row, natural persons and totals filled."""
    blank = draft.rng.choice(BLANKS)
    for address in draft.addresses("applications"):
        if address.rpartition(".")[2] in wording.APPLICANTS[1:6]:
            draft.print(address, blank, "B")


def blank_totals(draft: Draft) -> None:
    """49, 56: totals blank but in the rows that sum."""
    for address in draft.addresses("applications"):
        if address.endswith(".total") and not address.startswith("applications.total_handled"):
            draft.print(address, draft.rng.choice(BLANKS), "B")


def blank_zeros(draft: Draft) -> None:
    """44: whoever has nothing to report leaves the cell empty."""
    blank = draft.rng.choice(BLANKS)
    for address, cell in list(draft.cells.items()):
        if cell.expected.value in (0, "0"):
            draft.print(address, blank, "B")
            if address.endswith((".amount", ".procurement_amount")):
                draft.yuan.pop(address.rpartition(".")[0], None)


def blank_everything(draft: Draft) -> None:
    """44: every cell of the report empty."""
    blank = draft.rng.choice(BLANKS)
    for address in draft.cells:
        draft.print(address, blank, "B")
    draft.yuan.clear()


def blank_regulations(draft: Draft) -> None:
    """44: the row of regulations left empty, as in seed 004."""
    for address in draft.row("active_disclosure", "regulations"):
        draft.print(address, draft.rng.choice(BLANKS), "B")


def blank_before_heading(draft: Draft) -> None:
    """43: the last number of a block missing, so that the heading of the next block follows."""
    for address in draft.row("active_disclosure", "administrative_compulsion"):
        draft.print(address, draft.rng.choice(BLANKS), "B")


def blank_review(draft: Draft) -> None:
    """62: the groups of table 4 blank but for one."""
    for address in draft.addresses("review_litigation")[5:]:
        draft.print(address, draft.rng.choice(BLANKS), "B")


def not_applicable(draft: Draft) -> None:
    """45: dashes, strokes and words for a number that does not apply."""
    for address in some(draft, counts(draft), 5):
        draft.print(address, draft.rng.choice(NOT_APPLICABLE), "N")


def not_applicable_rows(draft: Draft) -> None:
    """45: one stroke in every cell of table 4, one dash in all of a row."""
    mark = draft.rng.choice(NOT_APPLICABLE)
    for address in [*draft.addresses("review_litigation"), *draft.row("active_disclosure", "regulations")]:
        draft.print(address, mark, "N")


def words_in_cell(draft: Draft) -> None:
    """Words from which no single whole number follows."""
    for address in some(draft, counts(draft), 3):
        draft.print(address, draft.rng.choice(UNPARSEABLE), "T")


def unit_in_cell(draft: Draft) -> None:
    """40: the number with its measure word."""
    for address in counts(draft):
        if draft.rng.random() < 0.3 and not address.endswith("items_change"):
            value = draft.number(address)
            draft.print(address, f"{value}{draft.rng.choice(('件', '件', ' 件', '宗', '项'))}", "R", value)


def annotated_number(draft: Draft) -> None:
    """40, 41: a number, and in brackets what of it."""
    for address in some(draft, [a for a in counts(draft) if "items_change" not in a], 3):
        value = draft.number(address) + 7
        note = draft.rng.choice(
            (
                "（其中修订 {} 件）",
                " （含自然失效 {} 件）",
                "（含上年结转{}件）",
                "件（撤销{}件、警告1件）",
                "(其中公安{}件)",
            )
        )
        draft.print(address, f"{value}{note.format(draft.rng.randrange(1, 6))}", "R", value)


def signed_change(draft: Draft) -> None:
    """40: 本年增/减 in words and signs."""
    for address in draft.addresses("active_disclosure"):
        if address.endswith(".items_change"):
            value = draft.rng.choice((-12, -3, -1, 0, 2, 35, 1945))
            if value:
                word, sign = ("增", "+") if value > 0 else ("减", "-")
                size = abs(value)
                printed = (
                    f"{word}{size}",
                    f"{word}{size}项",
                    f"{sign}{size}",
                    f"{word}加{size}" if value > 0 else f"{word}少{size}",
                )
                draft.print(address, draft.rng.choice(printed), "R", value)
            else:
                draft.print(address, draft.rng.choice(("无变化", "不变", "持平")), "RNT", 0)


def full_width_digits(draft: Draft) -> None:
    """Digits typed in full width."""
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    for address in counts(draft):
        value = draft.number(address)
        if value >= 0:
            draft.print(address, str(value).translate(wide), "R", value)


def thousands_separator(draft: Draft) -> None:
    """Large numbers in groups of three, commas of either width."""
    comma = draft.rng.choice((",", "，"))
    targets = [a for a in counts(draft) if a.endswith((".decisions", ".in_force", ".total", ".total_disclosed"))]
    for address in targets:
        value = draft.number(address) + draft.rng.randrange(1_000, 2_000_000)
        draft.print(address, f"{value:,}".replace(",", comma), "R", value)


def chinese_numerals(draft: Draft) -> None:
    """Numbers below a hundred written in Chinese, zero as 零 or 〇."""
    for address in some(draft, counts(draft), 8):
        value = abs(draft.number(address)) % 100
        tens, ones = divmod(value, 10)
        text = (
            draft.rng.choice("零〇")
            if not value
            else (("" if tens == 1 else _DIGITS[tens]) * bool(tens) + "十" * bool(tens) + _DIGITS[ones] * bool(ones))
        )
        draft.print(address, text, "R", value)


def letter_o(draft: Draft) -> None:
    """The letter O typed for zero, among digits: zero, or said to be unreadable."""
    zeros = [a for a in draft.addresses("applications") if draft.cells[a].expected.value == 0]
    for address in some(draft, zeros, 4):
        draft.print(address, draft.rng.choice("Oo"), "RT", 0)


def footnote_mark(draft: Draft) -> None:
    """A number with the mark of a footnote: never a longer number."""
    for address in some(draft, counts(draft), 3):
        value = abs(draft.number(address)) + 5
        draft.print(
            address,
            f"{value}{draft.rng.choice(('①', '<sup>①</sup>', '<sup>[1]</sup>', '*', '<sup>2</sup>'))}",
            "RT",
            value,
        )


def split_digits(draft: Draft) -> None:
    """A number whose digits stand in spans of their own, as Word leaves them."""
    for address in counts(draft):
        text = str(draft.number(address))
        if len(text) > 1:
            draft.print(
                address, text[0] + "".join(f"<span lang=EN-US>{digit}</span>" for digit in text[1:]), "R", int(text)
            )


def space_around(draft: Draft) -> None:
    """White space of all kinds beside the number, and invisible characters."""
    for address in counts(draft):
        value = draft.number(address)
        pad = draft.rng.choice(("&nbsp;", "　", "\n\t\t", "&#8203;", "&emsp;", "﻿"))
        draft.print(address, f"{pad}{value}{pad}", "R", value)


def money_with_unit(draft: Draft) -> None:
    """40, 42: money with its unit in the cell, with separators and decimals of any length."""
    for row, column in (("administrative_fees", "amount"), ("centralized_procurement", "procurement_amount")):
        address = f"active_disclosure.{row}.{column}"
        if address not in draft.cells:
            continue
        printed, value, unit = draft.rng.choice(
            (
                ("251000元", "251000", "元"),
                ("152790元", "152790", "元"),
                ("2694.35万元", "2694.35", "万元"),
                ("0.37万元", "0.37", "万元"),
                ("1,290.066万元", "1290.066", "万元"),
                ("96171.6 万元", "96171.6", "万元"),
                ("1.5亿元", "1.5", "亿元"),
            )
        )
        draft.print(address, printed, "R", value)
        draft.yuan[f"active_disclosure.{row}"] = in_yuan(value, unit)


def broken_sums(draft: Draft) -> None:
    """55, 57: the page's own sums do not come out; what is printed is what is read."""
    sums = [address for address in counts(draft) if address.endswith(".total")]
    for address in [*some(draft, sums, 4), *draft.row("applications", "total_handled")[:1]]:
        if address in counts(draft):
            value = draft.number(address) + draft.rng.choice((1, 2, 13))
            draft.print(address, str(value), "R", value)


def some(draft: Draft, addresses: list[str], number: int) -> list[str]:
    """So many of the cells, or all if there are fewer."""
    return draft.rng.sample(addresses, min(number, len(addresses)))


def counts(draft: Draft) -> list[str]:
    """The cells that hold whole numbers."""
    return [address for address, cell in draft.cells.items() if isinstance(cell.expected.value, int)]


CELL_DEVIATIONS = (
    blank_cell,
    blank_columns,
    blank_totals,
    blank_zeros,
    blank_everything,
    blank_regulations,
    blank_before_heading,
    blank_review,
    not_applicable,
    not_applicable_rows,
    words_in_cell,
    unit_in_cell,
    annotated_number,
    signed_change,
    full_width_digits,
    thousands_separator,
    chinese_numerals,
    letter_o,
    footnote_mark,
    split_digits,
    space_around,
    money_with_unit,
    broken_sums,
)
