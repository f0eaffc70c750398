"""Irregular tables: rows gone or added, labels damaged, spelt otherwise or split, tables cut in pieces or joined.

Each function bends a draft and its gold values; its name is the tag of the irregularity. Numbers in the docstrings
are those of the list of irregularities of the corpus research. Knows nothing of page frames.
"""

from __future__ import annotations

import html

from tests.corpus.generator import wording
from tests.corpus.generator.draft import Box, Draft, Grid

_FEE_UNPAID = "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"


def row_absent(draft: Draft) -> None:
    """51: a row or two of the form are not in the table."""
    keys = [row.key for row in wording.result_rows(draft.applications_form)]
    gone = {f"applications.{key}" for key in draft.rng.sample(keys, 2)}
    if draft.applications_form == "2021":
        gone = {"applications.other_misc", draft.rng.choice(sorted(gone))}
    for row in gone:
        draft.absent_rows.add(row)
        draft.expect([address for address in draft.cells if address.startswith(row + ".")], "A")


def extra_row(draft: Draft) -> None:
    """39: a row the form does not have, in table 2 and in table 3."""

    def change(table: str, grids: list[Grid]) -> list[Grid]:
        grid = grids[0]
        if table == "active_disclosure":
            width = sum(box.colspan for box in grid[0])
            place = next(index for index, row in enumerate(grid) if "normative_documents" in row[-1].address) + 1
            extra = [
                Box("其他主动公开文件", "label", width - 3),
                *(Box(text, "value") for text in ("186", "86", "255")),
            ]
            grid.insert(place, extra)
        elif table == "applications":
            extra = [
                Box("其中：网络渠道申请", "label", 3),
                *(Box(str(number), "value") for number in (9, 8, 7, 6, 5, 4, 39)),
            ]
            grid.insert(4, extra)
        return grids

    draft.changes.append(change)


def subtotal_row(draft: Draft) -> None:
    """A group of table 3 with a sum of its own, which the form does not ask for."""

    def change(table: str, grids: list[Grid]) -> list[Grid]:
        if table != "applications":
            return grids
        grid = grids[0]
        start = next(i for i, row in enumerate(grid) if "refused_state_secret" in row[-1].address)
        end = next(i for i, row in enumerate(grid) if "refused_administrative_inquiry" in row[-1].address)
        grid[start] = [grow(box, 1) if box.rowspan > 1 else box for box in grid[start]]
        tall = next(i for i, row in enumerate(grid) if row[0].rowspan > 10)
        grid[tall] = [grow(box, 1) if box.rowspan > 10 else box for box in grid[tall]]
        grid.insert(end + 1, [Box("小计", "label"), *(Box("88", "value") for _ in wording.APPLICANTS)])
        return grids

    draft.changes.append(change)


def grow(box: Box, more: int) -> Box:
    return Box(box.html, box.role, box.colspan, box.rowspan + more, box.address)


def header_typo(draft: Draft) -> None:
    """37: letters of the column headings lost or doubled."""
    draft.labels |= {
        "本年制发件数": draft.rng.choice(("本年发件数", "本年制发件", "本年制发数")),
        "现行有效件数": draft.rng.choice(("现行有效件", "现行有效数")),
        "本年新公开数量": draft.rng.choice(("本年新制作数量", "本年新公开数")),
        "处理决定数量": "处理决定数",
        "尚未审结": draft.rng.choice(("尚未结审", "未审结")),
        "社会公益组织": "社会公益机构",
    }


def label_damaged(draft: Draft) -> None:
    """52: letters of row labels lost or replaced."""
    draft.labels |= {
        "2.其他法律行政法规禁止公开": draft.rng.choice(("2.其他法律行政止公开", "2.其他法律、行政法规禁止公开")),
        "3.危及“三安全一稳定”": draft.rng.choice(
            ('3.危及"三安全一稳定"', "3.危及三安全一稳定", "3.危及‘三安全一稳定’")
        ),
        _FEE_UNPAID: _FEE_UNPAID.replace("要求", ""),
        "1.本机关不掌握相关政府信息": draft.rng.choice(("1.本机关不掌握相关信息", "1.本行政机关不掌握相关政府信息")),
        "行政事业性收费": "行政事业性收费 ",
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）": "（二）部分公开",
        "二、上年结转政府信息公开申请数量": "二、上年结转政府信息公开申请数",
    }


def label_variants(draft: Draft) -> None:
    """38, 39, 51: other punctuation of ordinals, other names of rows and items."""
    mark = draft.rng.choice(("、", "．", ". ", " "))
    for row in wording.result_rows(draft.applications_form):
        if row.label[0].isdigit():
            draft.labels[row.label] = row.label.replace(".", mark, 1)
    draft.labels["行政规范性文件"] = "规范性文件"
    draft.labels["规章"] = draft.rng.choice(("规 章", "规　　章"))
    draft.knobs["item"] = draft.rng.choice(
        ("第二十条({})项", "第二十条 第 （{}） 项", "第二十条第({})项", "第二十条 第 ({} 项", "第二十条第{}项")
    )


def half_width_brackets(draft: Draft) -> None:
    """Brackets, commas and colons in half width throughout the tables."""
    narrow = str.maketrans("（），：；", "(),:;")
    draft.spell = lambda text: html.escape(text.translate(narrow), quote=False)


def label_spaced(draft: Draft) -> None:
    """7, 39, 52: white space between the letters of labels."""
    space = draft.rng.choice((" ", "&nbsp;", "　", "\n"))
    draft.spell = lambda text: (
        space.join(html.escape(letter) for letter in text) if len(text) < 9 else html.escape(text)
    )


def label_split(draft: Draft) -> None:
    """52, 59: labels broken over spans, paragraphs and line breaks."""
    way = draft.rng.choice(("span", "br", "p", "letters"))

    def spell(text: str) -> str:
        half = max(1, len(text) // 2)
        first, second = html.escape(text[:half]), html.escape(text[half:])
        if way == "span":
            return "".join(f"<span>{html.escape(letter)}</span>" for letter in text)
        if way == "br":
            return f"{first}<br/>{second}"
        if way == "p":
            return f"<p>{first}</p><p>{second}</p>"
        return "<br>".join(html.escape(letter) for letter in text) if len(text) < 5 else html.escape(text)

    draft.spell = spell


def trailing_cells(draft: Draft) -> None:
    """47: an empty row below the table, an empty cell at the end of rows."""

    def change(table: str, grids: list[Grid]) -> list[Grid]:
        for grid in grids:
            for row in grid[:-1]:
                row.append(Box("&nbsp;", "note"))
            grid.append([Box("", "note") for _ in range(4)])
        return grids

    draft.changes.append(change)


def page_break(draft: Draft) -> None:
    """53: the table cut in two by the end of a printed page, with or without a repeated header."""
    repeat = draft.rng.random() < 0.5
    number = draft.rng.choice(("- 4 -", "— 5 —", "第 3 页 共 8 页", ""))
    draft.between = f"<p>{number}</p>" if number else ""
    draft.changes.append(lambda table, grids: _cut(grids, repeat) if table == "applications" else grids)


def _cut(grids: list[Grid], repeat: bool) -> list[Grid]:
    """Cuts before （四）, re-opening what spans the cut as empty cells, as Word does."""
    grid = grids[0]
    place = next(index for index, row in enumerate(grid) if "unable_not_held" in row[-1].address)
    tall = next(index for index, row in enumerate(grid) if row[0].rowspan > 10)
    below = grid[tall][0].rowspan - (place - tall)
    upper = [list(row) for row in grid[:place]]
    upper[tall][0] = Box(grid[tall][0].html, "label", 1, place - tall)
    lower = [list(row) for row in grid[place:]]
    lower[0].insert(0, Box("", "label", 1, below))
    return [upper, [*(list(row) for row in grid[:3]), *lower] if repeat else lower]


def page_number_row(draft: Draft) -> None:
    """53: the number of a printed page as a row inside the table."""

    def change(table: str, grids: list[Grid]) -> list[Grid]:
        if table == "applications":
            grids[0].insert(5, [Box("- 4 -", "note", 10)])
        return grids

    draft.changes.append(change)


def active_blocks_apart(draft: Draft) -> None:
    """Table 2 as one table a block."""
    draft.knobs["active"] = "blocks"


def boundaries_apart(draft: Draft) -> None:
    """Header and data cells that do not share their column boundaries (上海 2019)."""
    draft.knobs |= {"active_width": "12", "boundaries": "apart"}


def information_once(draft: Draft) -> None:
    """The head of the label column is printed for the first block only."""
    draft.knobs["information"] = "once"


def review_filler(draft: Draft) -> None:
    """Table 4 with empty filler cells for the missing second header row."""
    draft.knobs["review"] = "filler"


def review_repeated(draft: Draft) -> None:
    """Table 4 with 行政复议 over two header rows and fifteen names below."""
    draft.knobs["review"] = "repeated"


def review_three_tables(draft: Draft) -> None:
    """Table 4 as three tables, one a group."""
    draft.knobs["review"] = "three"


def note_below(draft: Draft) -> None:
    """54, 61: prose between heading and table, a note below it."""
    draft.before["applications"] = "2023年，我单位依法依规办理政府信息公开申请，具体情况见下表。"
    draft.after["review_litigation"] = "注：行政复议、行政诉讼数量含上年度结转数量。"


def short_row(draft: Draft) -> None:
    """50: a row that prints fewer cells than the table has columns: what stands where is lost."""
    rows = draft.rng.sample([row.key for row in wording.result_rows(draft.applications_form)], 3)
    for row in rows:
        addresses = draft.row("applications", row)
        nothing = all(draft.cells[address].expected.states == "B" for address in addresses)
        draft.expect(addresses, "UTAB" if nothing else "UTA")

    def change(table: str, grids: list[Grid]) -> list[Grid]:
        if table == "applications":
            for grid in grids:
                for boxes in grid:
                    if boxes[-1].address.split(".")[1:2] and boxes[-1].address.split(".")[1] in rows:
                        del boxes[-3:]
        return grids

    draft.changes.append(change)


def spanned_value(draft: Draft) -> None:
    """A single number in one cell across all columns of a row: whose it is cannot be told."""
    rows = draft.rng.sample([row.key for row in wording.result_rows(draft.applications_form)], 3)
    for row in rows:
        draft.expect(draft.row("applications", row), "UTAB")

    def change(table: str, grids: list[Grid]) -> list[Grid]:
        if table == "applications":
            for boxes in grids[0]:
                if boxes[-1].address and boxes[-1].address.split(".")[1] in rows:
                    boxes[-7:] = [Box("0", "value", 7, 1)]
        return grids

    draft.changes.append(change)


TABLE_DEVIATIONS = (
    row_absent,
    extra_row,
    subtotal_row,
    header_typo,
    label_damaged,
    label_variants,
    half_width_brackets,
    label_spaced,
    label_split,
    trailing_cells,
    page_break,
    page_number_row,
    active_blocks_apart,
    boundaries_apart,
    information_once,
    review_filler,
    review_repeated,
    review_three_tables,
    note_below,
    short_row,
    spanned_value,
)
