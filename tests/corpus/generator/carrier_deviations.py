"""Tables that are no tables: made of div, flattened to text, pictured, attached, lost, or told in prose.

Each function bends a draft and its gold values; its name is the tag of the irregularity. Numbers in the docstrings
are those of the list of irregularities of the corpus research. Where the places of numbers are lost, the gold values
say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.corpus.generator.draft import TABLES, Draft
from tests.corpus.generator.markup import text_of


def div_tables(draft: Draft) -> None:
    """Tables 2 and 3 made of div, each row with its label and its values."""
    for table in TABLES[:2]:
        draft.carriers[table] = "div"


def flattened_lines(draft: Draft) -> None:
    """The tables flattened to one cell a paragraph."""
    flatten(draft, "lines")


def flattened_rows(draft: Draft) -> None:
    """46: tables 2 and 3 flattened to one row a paragraph, cells apart by spaces."""
    flatten(draft, "spaced")


def preformatted(draft: Draft) -> None:
    """The tables as preformatted text."""
    flatten(draft, "pre")


def lists_for_rows(draft: Draft) -> None:
    """The tables as lists, one a row."""
    flatten(draft, "lists")


def pipe_text(draft: Draft) -> None:
    """The tables as text with bars between the cells."""
    flatten(draft, "pipes")


def glued_cells(draft: Draft) -> None:
    """46: table 2 flattened with nothing between the cells: 规章000."""
    draft.carriers["active_disclosure"] = "glued"
    for row in _rows(draft, "active_disclosure"):
        addresses = draft.row("active_disclosure", row)
        nothing = all(draft.cells[address].expected.states == "B" for address in addresses)
        for address in addresses:
            cell = draft.cells[address]
            printed = re.sub(r"&#?\w+;|\s|\u200b|\ufeff", "", cell.html)
            if len(addresses) == 1 and cell.expected.states == "R":
                draft.print(address, printed, "RUTA", cell.expected.value)
            else:
                draft.print(address, printed, "UTAB" if nothing or len(addresses) == 1 else "UTA")
    draft.yuan.clear()


def _rows(draft: Draft, table: str) -> list[str]:
    return list(dict.fromkeys(address.split(".")[1] for address in draft.addresses(table)))


def flatten(draft: Draft, carrier: str) -> None:
    """The tables as text. Numbers of whole rows may be placed or not; those of rows that lost a cell cannot be."""
    tables = TABLES if carrier in ("lines", "lists", "pipes") else TABLES[:2]
    draft.yuan.clear()
    for table in tables:
        if draft.carriers[table] not in ("table", "div"):
            continue
        draft.carriers[table] = carrier
        for row in _rows(draft, table):
            cells = {address: draft.cells[address] for address in draft.row(table, row)}
            # A cell that prints nothing leaves no trace where only white space parts the cells.
            prints = [bool(text_of(cell.html).strip()) for cell in cells.values()]
            lost = carrier in ("spaced", "pre") and not all(prints)
            for address, cell in cells.items():
                states = "".join(dict.fromkeys(cell.expected.states + ("UTA" if any(prints) else "UTAB")))
                states = states.replace("R", "") if lost else states
                draft.print(address, cell.html, states, cell.expected.value if "R" in states else None)


def _replace(carrier: str, presence: list[str], sections: list[str]) -> Callable[[Draft], None]:
    def bend(draft: Draft) -> None:
        for table in TABLES:
            draft.carriers[table] = carrier
            draft.drop_table(table, presence)
            draft.presence[table] = sections

    return bend


def table_images(draft: Draft) -> None:
    """27: pictures in place of the tables."""
    _replace("image", ["image"], ["present"])(draft)


def tables_attached(draft: Draft) -> None:
    """The tables as files to download."""
    _replace("attachment", ["attachment", "lost_in_source"], ["present", "present_empty"])(draft)


def tables_lost(draft: Draft) -> None:
    """27: the headings of the tables with nothing between them."""
    _replace("lost", ["lost_in_source"], ["present", "present_empty"])(draft)


def prose_for_tables(draft: Draft) -> None:
    """26: sentences in place of the tables; no cell is printed."""
    _replace("prose", ["absent", "lost_in_source"], ["present"])(draft)


CARRIER_DEVIATIONS = (
    div_tables,
    flattened_lines,
    flattened_rows,
    preformatted,
    lists_for_rows,
    pipe_text,
    glued_cells,
    table_images,
    tables_attached,
    tables_lost,
    prose_for_tables,
)
