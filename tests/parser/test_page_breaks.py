"""Tables over several pages: halves of rows are joined where the form's wording proves it, and only there."""

from __future__ import annotations

import pytest

from pipelines.parser.blocks import TableBlock, TextBlock
from pipelines.parser.carriers.pages import PrintedPage, blocks_of
from pipelines.parser.carriers.ruled import Box, Line, RuledTable, fill_boxes
from pipelines.parser.page_breaks import mend_rows


def table(page: int, *rows: tuple[str, ...]) -> RuledTable:
    """A table at the top of a page, its columns 100 points wide, its rows 20 high."""
    boxes = [
        Box(100.0 * column, 20.0 * row, 100.0 * (column + 1), 20.0 * (row + 1), text)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
    ]
    return RuledTable(page, 1, tuple(boxes))


def mended(
    above: tuple[str, ...], below: tuple[str, ...], *, heading: tuple[str, ...] | None = None
) -> list[list[str]]:
    head = [heading] if heading else []
    pages = [PrintedPage(1, 800, (), (table(1, *head, above),)), PrintedPage(2, 800, (), (table(2, *head, below),))]
    (block,) = blocks_of(pages)
    assert isinstance(block, TableBlock)
    grid = mend_rows(block).grid
    return [[cell.text for cell in grid.cells(index)] for index in range(len(grid.rows))]


@pytest.mark.parametrize(
    ("above", "below", "row"),
    [
        (("2.其他法律行政", "1", "0"), ("法规禁止公开", "", ""), ["2.其他法律行政法规禁止公开", "1", "0"]),
        (("2.其他法律行政", "", ""), ("法规禁止公开", "1", "0"), ["2.其他法律行政法规禁止公开", "1", "0"]),
        (("(七)总计", "", ""), ("", "12", "3"), ["(七)总计", "12", "3"]),
        (("(七)总计", "18", "4"), ("", "0", ""), ["(七)总计", "18 0", "4"]),
    ],
)
def test_halves_of_a_row_are_joined(above: tuple[str, ...], below: tuple[str, ...], row: list[str]) -> None:
    assert mended(above, below) == [row]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (("规章", "1", "0"), ("行政规范性文件", "", "")),
        (("规章", "", ""), ("行政规范性文件", "8", "26")),
        (("3.其他", "", ""), ("(七)总计", "12", "3")),
        (("结果维持", "结果纠正", "总计"), ("1", "2", "3")),
        (("3.其他", "1", "2"), ("", "", "")),
    ],
)
def test_two_rows_stay_two(above: tuple[str, ...], below: tuple[str, ...]) -> None:
    assert mended(above, below) == [list(above), list(below)]


def test_headings_printed_again_stand_between_the_halves() -> None:
    heading = ("信息内容", "本年制发件数", "本年废止件数")
    rows = mended(("2.其他法律行政", "1", "0"), ("法规禁止公开", "", ""), heading=heading)
    assert rows == [list(heading), ["2.其他法律行政法规禁止公开", "1", "0"], list(heading)]


def test_number_too_long_for_its_box_runs_on_and_two_numbers_do_not() -> None:
    def line(text: str, row: int) -> Line:
        return Line(text, 6.0, 14.0 * row, 6.0 + 6 * len(text), 14.0 * row + 12, 12)

    narrow, wide = Box(0, 0, 30, 40), Box(30, 0, 130, 40)
    beside = [line("7", 0)]
    assert [box.text for box in fill_boxes([narrow, wide], [[line("398", 0), line("57", 1)], beside])] == ["39857", "7"]
    assert fill_boxes([wide, narrow], [[line("398", 0), line("57", 1)], beside])[0].text == "398 57"  # there was room
    both = [[line("398", 0), line("57", 1)], [line("7", 0), line("8", 1)]]
    assert [box.text for box in fill_boxes([narrow, wide], both)] == ["398 57", "7 8"]  # two rows without a line


def test_paragraphs_run_over_lines_and_pages_and_headings_do_not() -> None:
    def page(number: int, *texts: tuple[str, float]) -> PrintedPage:
        lines = [
            Line(text, left, 100.0 + 30 * row, left + 16 * len(text), 116.0 + 30 * row, 16)
            for row, (text, left) in enumerate(texts)
        ]
        return PrintedPage(number, 842, (*lines, Line(f"- {number} -", 280, 800, 320, 812, 12)))

    full = "各项工作取得了新的成效并将继续努力做好各项"  # as long as lines are
    first = page(1, ("一、总体情况", 112), ("我局认真贯彻落实政府信息公开条例扎实推进", 112), (full, 80))
    second = page(2, ("工作。", 80), ("二、主动公开政府信息情况", 112), ("我局主动公开。", 112), (full, 80))
    blocks = blocks_of([first, second])
    assert [block.text for block in blocks if isinstance(block, TextBlock)] == [
        "一、总体情况",
        f"我局认真贯彻落实政府信息公开条例扎实推进{full}工作。",
        "二、主动公开政府信息情况",
        "我局主动公开。",
        full,
    ]
