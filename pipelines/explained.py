"""What a record says at a place, and how it comes to say so: cells, facts, fields of the identity, sections, checks.

Promises plain JSON values under names a person reads. Must not know where records are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipelines.parser import AnnualReport
from pipelines.parser.check_rules_sums import Sum, find_sums
from pipelines.parser.checks_catalogue import load_rules
from pipelines.parser.checks_cells import Cells

STATES = {
    "R": "a number is printed",
    "B": "the cell is there and empty",
    "N": "the cell says it does not apply",
    "T": "the cell holds text from which no single number follows",
    "U": "the row printed fewer values than it has columns; their places are lost",
    "A": "this report's table has no such row or column",
}
TABLES = ("active_disclosure", "applications", "review_litigation", "statistics_annex", "local_annex")

Record = Mapping[str, Any]
Answer = dict[str, Any]


class NoSuchPlace(ValueError):
    """The record has no such place; the message is one line that says what there is."""


def explain_place(record: Record, place: str) -> Answer:
    """What stands at a place: TABLE.ROW.COLUMN, facts.KEY, identity.FIELD, sections.KEY or checks.CODE. Raises NoSuchPlace."""
    head, _, rest = place.partition(".")
    if head in TABLES:
        return _cell(record, place)
    if head not in _KINDS or not rest:
        tables = [key for key, table in record["tables"].items() if table]
        known = ", ".join([*(f"{table}.ROW.COLUMN" for table in tables), *(f"{kind}.…" for kind in _KINDS)])
        raise NoSuchPlace(f"{place} is no place of this report; places are {known}")
    return _KINDS[head](record, rest)


def quotations(record: Record, place: str) -> list[str]:
    """What a fact or a field of the identity was read from, as printed: to be found in the page again."""
    head, _, rest = place.partition(".")
    if head in ("facts", "narrative_facts"):
        return [fact["quote"] for fact in record["narrative_facts"] if fact["key"] == rest]
    if head == "identity":
        found = list(_printed_in(_identity(record, rest)))
        return list(dict.fromkeys(found))
    return []


def _printed_in(value: Any, key: str = "") -> Iterator[str]:
    """The texts of a field that are as printed: `raw`, the pieces of evidence, a value that is nothing but a text."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if key == "evidence" or name in ("raw", "evidence", "value") or name.endswith("_raw"):
                yield from _printed_in(part, name)
            elif isinstance(part, Mapping):
                yield from _printed_in(part)
    elif isinstance(value, str) and key:
        yield value


def place_of(record: Record, address: str) -> str | None:
    """The place in the page of the cell at TABLE.ROW.COLUMN, if it is known."""
    table, row, column = address.split(".", 2) if address.count(".") > 1 else ("", "", "")
    row_address = f"{table}.{row}"
    places = ((record.get("provenance") or {}).get("cell_places") or {}).get(row_address)
    columns = _columns(record, row_address)
    return places[columns.index(column)] if places and column in columns else None


# -- cells ------------------------------------------------------------------------------------------------------


def _cell(record: Record, place: str) -> Answer:
    parts = place.split(".", 2)  # the name of an annex's column may hold a dot
    table = record["tables"].get(parts[0])
    if table is None:
        raise NoSuchPlace(f"this report has no table {parts[0]}; its tables are {_keys(record['tables'])}")
    if table["presence"] != "present":
        raise NoSuchPlace(f"{parts[0]} has no cells: {table['presence']}: {table['reason']}")
    blocks = _blocks(table)
    if len(parts) != 3:
        raise NoSuchPlace(f"{place} is no TABLE.ROW.COLUMN; the rows are {', '.join(_rows(blocks)) or 'lost'}")
    block = next((block for block in blocks if parts[1] in _rows([block])), None)
    if block is None:
        raise NoSuchPlace(f"{parts[0]} has no row {parts[1]}; its rows are {', '.join(_rows(blocks)) or 'lost'}")
    if parts[2] not in block["columns"]:
        raise NoSuchPlace(f"{parts[0]}.{parts[1]} has the columns {', '.join(block['columns'])}, not {parts[2]}")
    row, column = _rows([block])[parts[1]], block["columns"].index(parts[2])
    state, value = row["states"][column], row["values"][column]
    confidence = (record["provenance"].get("cell_confidence") or {}).get(f"{parts[0]}.{parts[1]}")
    answer: Answer = {
        "cell": place,
        "label": row["label"],
        "printed": (row.get("raw") or {}).get(str(column), "" if value is None else str(value)),
        "value": value,
        "state": f"{state} ({STATES.get(state, 'unknown')})",
        "place": place_of(record, place),
    }
    if row.get("unplaced"):
        answer["unplaced"] = row["unplaced"]
    if confidence and confidence[column] is not None:
        answer["recognised with confidence"] = confidence[column]
    answer["facts"] = [
        f"{fact['key']} = {fact['value']}: {fact['quote']}"
        for fact in record["narrative_facts"]
        if fact["table_cell"] == place
    ]
    listed = [check for check in record["checks"] if _speaks_of(check, place)]
    told = {(check["code"], check["scope"]) for check in listed}
    sums = [found for found in _sums(record) if place in _addresses(found) and (found.code, found.scope) not in told]
    answer["checks"] = [*map(_check_line, listed), *map(_sum_line, sums)]
    return answer


def _blocks(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list((table.get("blocks") or {"": table}).values())


def _rows(blocks: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Rows by key; those of a local annex, which have none, by number from one."""
    found: dict[str, Mapping[str, Any]] = {}
    for block in blocks:
        rows = block.get("rows") or {}
        found |= rows if isinstance(rows, Mapping) else {str(index): row for index, row in enumerate(rows, start=1)}
    return found


def _columns(record: Record, row_address: str) -> list[str]:
    table, _, row = row_address.partition(".")
    blocks = _blocks(record["tables"].get(table) or {})
    return next((list(block["columns"]) for block in blocks if row in _rows([block])), [])


# -- checks -----------------------------------------------------------------------------------------------------


def _speaks_of(check: Mapping[str, Any], place: str) -> bool:
    """Whether a listed check is about a cell: its scope is the cell, its row or table, or it counts the cell on a side."""
    scope = check["scope"]
    if place == scope or place.startswith(f"{scope}."):
        return True
    table, _, rest = place.partition(".")
    sides = [side for side in (check.get("expected"), check.get("found")) if isinstance(side, Mapping)]
    return scope.startswith(f"{table}.") and any(rest in (side.get("cells") or {}) for side in sides)


def _sums(record: Record) -> list[Sum]:
    """The sums of the record by today's rules; none where it is of a form these do not know."""
    try:
        report = AnnualReport.model_validate({k: v for k, v in record.items() if k != "history"})
        return list(find_sums(report, Cells(report)))
    except (ValueError, KeyError):  # of pydantic, too
        return []


def _addresses(found: Sum) -> list[str]:
    return [cell.address for cell in found.left + found.right]


def _check_line(check: Mapping[str, Any]) -> str:
    line = f"{check['code']} {check['name']}: {check['status']} ({check['severity']}), {check['scope']}"
    for name in ("expected", "found", "note"):
        if check.get(name) is not None:
            line += f"; {name} {_text(check[name])}"
    return line


def _sum_line(found: Sum) -> str:
    left, right = (
        " + ".join(f"{cell.value if cell.state == 'R' else cell.state}" for cell in side)
        for side in (found.left, found.right)
    )
    return f"{found.code} {load_rules()[found.code].name}: {found.status}, {found.scope}; {left} = {right}"


def _checks(record: Record, code: str) -> Answer:
    listed = [check for check in record["checks"] if check["code"] == code]
    told = {check["scope"] for check in listed}
    sums = [found for found in _sums(record) if found.code == code]
    if code not in load_rules():
        raise NoSuchPlace(f"there is no check {code}; see docs/checks.md")
    rule = load_rules()[code]
    answer: Answer = {"check": f"{code} {rule.name}", "results": []}
    for check in listed:
        answer["results"].append(_check_line(check))
        answer["results"] += [f"  {line}" for line in _cells_in(record, check["scope"])]
    for found in sums:
        if found.scope not in told:
            answer["results"].append(_sum_line(found))
        answer["results"] += [
            f"  {cell.address} = {cell.value if cell.state == 'R' else cell.state}, {place_of(record, cell.address)}"
            for cell in found.left + found.right
            if found.status != "pass" and (cell.value or cell.state != "R")
        ]
    if not answer["results"]:
        answer["results"] = ["nothing found: it passed, or nothing here is in its scope"]
    return answer


def _cells_in(record: Record, scope: str) -> Iterator[str]:
    place = place_of(record, scope) if scope.count(".") == 2 else None
    if place:
        yield f"{scope}, {place}"


# -- the rest ---------------------------------------------------------------------------------------------------


def _fact(record: Record, key: str) -> Answer:
    facts = [fact for fact in record["narrative_facts"] if fact["key"] == key]
    if not facts:
        known = ", ".join(dict.fromkeys(fact["key"] for fact in record["narrative_facts"]))
        raise NoSuchPlace(f"this report states no fact {key}; it states {known or 'none'}")
    answer: Answer = {"fact": key, "stated": []}
    for fact in facts:
        answer["stated"] += [
            f"{_text(fact['value'])} {fact['unit'] or ''}".rstrip()
            + (f" ({fact['state']})" if fact.get("state") else ""),
            f"  quotation: {fact['quote']}",
            f"  section: {fact['section']}, {_line_of(record, fact)}",
        ]
        if fact["table_cell"]:
            answer["stated"].append(f"  compared with: {_compared(record, fact['table_cell'])}")
    scopes = {f"narrative_facts[{key}]", *(fact["table_cell"] for fact in facts)}
    answer["checks"] = [
        _check_line(check) for check in record["checks"] if check["code"].startswith("N") and check["scope"] in scopes
    ]
    return answer


def _compared(record: Record, address: str) -> str:
    try:
        cell = _cell(record, address)
    except NoSuchPlace as missing:
        return f"{address}: {missing}"
    return f"{address} = {_text(cell['value'])}, {cell['state']}, {cell['place']}"


def _line_of(record: Record, fact: Mapping[str, Any]) -> str:
    """Which line of its section a quotation stands in; quotations are without white space and with plain figures."""
    section: Answer = next((part for part in record["sections"] if part["key"] == fact["section"]), {})
    for number, line in enumerate((section.get("text") or "").splitlines(), start=1):
        if fact["quote"] in "".join(line.split()):
            return f"line {number} of its text"
    return "over several lines of its text"


def _identity(record: Record, field: str) -> Answer:
    value: Any = record["identity"]
    for key in field.split("."):
        if not isinstance(value, Mapping) or key not in value:
            known = ", ".join(value) if isinstance(value, Mapping) else "no parts"
            raise NoSuchPlace(f"the identity has no field {field}; at {key} there are {known}")
        value = value[key]
    answer: Answer = {"field": f"identity.{field}"}
    answer |= value if isinstance(value, Mapping) else {"value": value}
    identity = record["identity"]
    evidence = {"organ": identity["organ"]["evidence"], "report_year": identity["report_year_evidence"]}
    top = field.partition(".")[0]
    if top in evidence and "evidence" not in answer:
        answer["evidence"] = [f"{source}: {printed}" for source, printed in evidence[top].items()]
    if top == "coverage":
        answer["evidence"] = identity.get("coverage_evidence")
    scope = f"identity.{field}"
    answer["checks"] = [
        _check_line(check)
        for check in record["checks"]
        if f"{check['scope']}.".startswith(f"{scope}.") or f"{scope}.".startswith(f"{check['scope']}.")
    ]
    return answer


def _section(record: Record, key: str) -> Answer:
    section = next((part for part in record["sections"] if part["key"] == key), None)
    if section is None:
        raise NoSuchPlace(f"this report has no section {key}; it has {', '.join(p['key'] for p in record['sections'])}")
    lines = (section.get("text") or "").splitlines()
    return {
        "section": key,
        "presence": section["presence"],
        "heading": section["heading_raw"],
        "table": section.get("table"),
        "text digest": section.get("sha256_no_ws"),
        "text": lines,
        "facts": [f"{f['key']} = {_text(f['value'])}" for f in record["narrative_facts"] if f["section"] == key],
        "checks": [_check_line(check) for check in record["checks"] if check["scope"] == f"sections.{key}"],
    }


def _keys(mapping: Mapping[str, Any]) -> str:
    return ", ".join(key for key, value in mapping.items() if value) or "none"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_KINDS: Mapping[str, Callable[[Record, str], Answer]] = {
    "facts": _fact,
    "narrative_facts": _fact,
    "identity": _identity,
    "sections": _section,
    "checks": _checks,
}
