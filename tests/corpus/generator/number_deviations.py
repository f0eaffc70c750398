"""Numbers that are easily read as other numbers: split, joined, struck out, hidden, approximate, in Chinese.

Each function bends a draft and its gold values; its name is the tag of the irregularity. Where a careful reader may
also decline, the gold values say so; a number other than the one a person sees is never right.
"""

from __future__ import annotations

from tests.corpus.generator.cell_deviations import counts, some
from tests.corpus.generator.draft import Draft

_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")


def in_chinese(value: int) -> str:
    """A number below ten thousand in Chinese numerals, as written in full."""
    if not value:
        return "零"
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = value // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _UNITS[place]
            gap = False
        else:
            gap = True
    return text.removeprefix("一") if text.startswith("一十") else text


def long_chinese_numerals(draft: Draft) -> None:
    """Numbers of several digits written in Chinese."""
    for address in some(draft, counts(draft), 6):
        value = draft.rng.choice((10, 16, 20, 101, 110, 123, 305, 1002, 3251))
        draft.print(address, in_chinese(value) + draft.rng.choice(("", "件")), "R", value)


def two_numbers(draft: Draft) -> None:
    """Two numbers in one cell, a paragraph or a line each: no single number follows."""
    for address in some(draft, counts(draft), 3):
        first, second = draft.rng.randrange(1, 90), draft.rng.randrange(1, 90)
        way = draft.rng.choice(("<p>{}</p><p>{}</p>", "{}<br>{}", "<div>{}</div><div>{}</div>", "{}、{}", "{} / {}"))
        draft.print(address, way.format(first, second), "TU")


def struck_out(draft: Draft) -> None:
    """A number struck out and corrected beside."""
    for address in some(draft, counts(draft), 2):
        value = draft.rng.randrange(10, 90)
        tag = draft.rng.choice(("s", "del", "strike"))
        draft.print(address, f"<{tag}>{value + 3}</{tag}>{draft.rng.choice(('', ' '))}{value}", "RT", value)


def hidden_beside(draft: Draft) -> None:
    """Text that no browser shows beside the number."""
    for address in some(draft, counts(draft), 4):
        value = draft.rng.randrange(10, 90)
        hidden = draft.rng.choice(
            (
                '<span style="display:none">77</span>',
                "<!--[if supportFields]><span>77</span><![endif]-->",
                "<!-- 77 -->",
                "<script>var n = 77;</script>",
                '<span style="display: none;mso-hide:all">77</span>',
            )
        )
        draft.print(address, f"{hidden}{value}", "R", value)


def word_blank(draft: Draft) -> None:
    """A blank cell as Word writes it, conditional comments and all."""
    for address in some(draft, counts(draft), 4):
        blank = draft.rng.choice(
            (
                "<![if !supportEmptyParas]>&nbsp;<![endif]>",
                "<!--[if !supportEmptyParas]-->&nbsp;<!--[endif]-->",
                "<span style='mso-spacerun:yes'>&nbsp; </span>",
                "<a name=OLE_LINK1></a>",
                "&#160;&#8203;",
            )
        )
        draft.print(address, blank, "B")


def approximate(draft: Draft) -> None:
    """40, 66: about, more than, in ten thousands: the number as printed, or said to be none."""
    for address in some(draft, counts(draft), 4):
        printed, value = draft.rng.choice(
            (("约120", 120), ("近300件", 300), ("260余", 260), ("1.2万", 12000), ("2.1万条", 21000), ("100多件", 100))
        )
        draft.print(address, printed, "RT", value)


def trailing_zeros(draft: Draft) -> None:
    """Whole numbers with the decimals of a spreadsheet."""
    for address in some(draft, counts(draft), 4):
        value = draft.rng.randrange(0, 90)
        draft.print(address, f"{value}{draft.rng.choice(('.0', '.00'))}", "RT", value)


def spaced_thousands(draft: Draft) -> None:
    """Groups of three apart by spaces."""
    for address in some(draft, [a for a in counts(draft) if a.endswith((".total", ".decisions"))], 3):
        value = draft.rng.randrange(1_000, 90_000)
        space = draft.rng.choice((" ", "&nbsp;", "&thinsp;", " "))
        draft.print(address, f"{value // 1000}{space}{value % 1000:03d}", "RT", value)


def soft_breaks(draft: Draft) -> None:
    """Invisible characters between the digits of a number."""
    for address in some(draft, counts(draft), 4):
        value = draft.rng.randrange(10, 9_000)
        text = str(value)
        draft.print(
            address, text[0] + draft.rng.choice(("&shy;", "&#8203;", "<wbr>", "&#8205;")) + text[1:], "R", value
        )


def digit_entities(draft: Draft) -> None:
    """Digits as character references."""
    for address in some(draft, counts(draft), 8):
        value = abs(draft.number(address))
        draft.print(address, "".join(f"&#{ord(digit)};" for digit in str(value)), "R", value)


def picture_in_cell(draft: Draft) -> None:
    """A picture where the number would be: the cell is not blank, and not a number."""
    for address in some(draft, counts(draft), 2):
        draft.print(address, '<img src="./W020240112.png" width="12">', "TU")


def other_signs(draft: Draft) -> None:
    """本年增/减 with signs of full width, arrows, and words apart from the number."""
    for address in draft.addresses("active_disclosure"):
        if address.endswith(".items_change"):
            printed, states, value = draft.rng.choice(
                (
                    ("－3", "R", -3),
                    ("＋5", "R", 5),
                    ("减 3", "R", -3),
                    ("增 12 项", "R", 12),
                    ("增加了35项", "R", 35),
                    ("减少 2", "R", -2),
                    ("—3", "RT", -3),
                    ("↑5", "RT", 5),
                    ("↓4", "RT", -4),
                    ("+0", "R", 0),
                )
            )
            draft.print(address, printed, states, value)


def stops_and_brackets(draft: Draft) -> None:
    """A number with a stop after it or in brackets."""
    for address in some(draft, counts(draft), 4):
        value = draft.rng.randrange(10, 90)
        draft.print(
            address, draft.rng.choice(("{}。", "{}.", "{}、", "【{}】", "“{}”", "{}；")).format(value), "RT", value
        )


NUMBER_DEVIATIONS = (
    long_chinese_numerals,
    two_numbers,
    struck_out,
    hidden_beside,
    word_blank,
    approximate,
    trailing_zeros,
    spaced_thousands,
    soft_breaks,
    digit_entities,
    picture_in_cell,
    other_signs,
    stops_and_brackets,
)
