"""Puts a finished draft together: sections, tables, ending, frame, bytes; and its gold values.

Knows the carriers a table can have and the order of a report, and draws nothing that could be wrong.
"""

from __future__ import annotations

import html
import re

from tests.corpus.generator import markup, prose
from tests.corpus.generator.draft import ERAS, TABLES, Draft
from tests.corpus.generator.frames import FRAMES, PRINTS
from tests.corpus.generator.grids import grids
from tests.corpus.gold import SECTIONS, Gold

_FLAT = {
    "lines": markup.lines,
    "spaced": markup.spaced,
    "glued": markup.glued,
    "div": markup.div_table,
    "pre": markup.preformatted,
    "lists": markup.lists,
    "pipes": markup.pipes,
}
_UNRELATED = (
    "<table class='side'><tr><th>栏目</th><th>本月更新</th><th>累计</th></tr><tr><td>规章文件</td><td>12</td><td>3456</td></tr>"
    "<tr><td>行政许可和行政处罚</td><td>77</td><td>8899</td></tr><tr><td>总计</td><td>89</td><td>12355</td></tr></table>"
)

_BAD_SPANS = ('colspan=""', 'colspan="0"', 'colspan="abc"', 'rowspan="-1"', "colspan=1", 'rowspan="1px"', 'rowspan=" "')
_WORD_HEAD = (
    '<?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" /><!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal'
    "</w:View><w:Zoom>0</w:Zoom></w:WordDocument></xml><![endif]--><style>@page WordSection1 {size:595.3pt 841.9pt;} "
    "p.MsoNormal {mso-style-"
    "parent:'';margin:0cm;}</style><!--[if gte mso 10]><style>table.MsoNormalTable {mso-style-name:普通表格;}</style><![endif]-->"
)


def assemble(draft: Draft) -> tuple[bytes, Gold]:
    """The page's bytes and its gold values."""
    pieces = _pieces(draft)
    if draft.knobs.get("layout") == "table":
        spacer = f"<tr>{'<td></td>' * 376}</tr>"
        rows = "".join(f'<tr><td colspan="376">{piece}</td></tr>' for piece in pieces)
        body = f"<table border=0 width=100%>{spacer}{rows}</table>"
    elif draft.knobs.get("layout") == "joined":
        rows = "".join(
            piece if piece.startswith("<tr") else f'<tr><td colspan="15">{piece}</td></tr>' for piece in pieces
        )
        body = f"<table border=1>{rows}</table>"
    else:
        body = "\n".join(pieces)
    page = FRAMES[draft.frame](draft, body)
    if draft.knobs.get("unrelated"):
        page = page.replace("<body>", f"<body>{_UNRELATED}", 1).replace("</body>", f"{_UNRELATED}</body>", 1)
    if draft.knobs.get("word_head"):
        page = page.replace("一、", _WORD_HEAD + "一、", 1) if "一、" in page else page
    if draft.knobs.get("bad_spans"):
        page = re.sub(r"<td(?![^>]*span)", lambda _: f"<td {draft.rng.choice(_BAD_SPANS)}", page)
    page = draft.knobs.get("prefix", "") + page
    if draft.knobs.get("carrier") == "text":
        draft.content_type, draft.charset = "text/plain", "utf-8"
        page = markup.text_of(page)
    encoded = page.encode(draft.charset, "xmlcharrefreplace")
    if draft.knobs.get("bad_bytes"):
        encoded = encoded.replace(b"</body>", b"<p>\xff\xfe\x81</p></body>", 1)
    return encoded, gold_of(draft)


def _pieces(draft: Draft) -> list[str]:
    preamble = [markup.paragraph(html.escape(line), draft.markup) for line in draft.preamble]
    pieces = [] if draft.preamble_inside else preamble
    for key in SECTIONS:
        if draft.presence[key] == ["absent"]:
            continue
        pieces.append(_heading(draft, key))
        if key == "overview" and draft.preamble_inside:
            pieces += preamble
        pieces += _table(draft, key) if key in TABLES else _prose(draft, draft.prose[key])
        if key == "overview" and "comparison" in draft.knobs:
            pieces.append(draft.knobs["comparison"])
    return pieces + _ending(draft)


def _heading(draft: Draft, key: str) -> str:
    numeral, text = draft.numerals[key], draft.headings[key]
    stop = "" if numeral[-1] in "）.，、•" else "、"
    space = " " if numeral == "•" else ""
    heading = html.escape(f"{numeral}{stop}{space}{text}")
    if draft.markup in ("ueditor", "sections"):
        return f"<h3>{heading}</h3>"
    if draft.markup in ("kindeditor", "uppercase"):
        return f"<div><b>{heading}</b></div>"
    return markup.paragraph(f"<strong>{heading}</strong>", draft.markup)


def _prose(draft: Draft, lines: list[str]) -> list[str]:
    if draft.knobs.get("prose") == "breaks":
        return [f"<p>{'<br/>　　'.join(map(html.escape, lines))}</p>"] if lines else []
    return [markup.paragraph(html.escape(line), draft.markup) for line in lines]


def _table(draft: Draft, table: str) -> list[str]:
    carrier = draft.carriers[table]
    before = [markup.paragraph(html.escape(draft.before[table]), draft.markup)] if table in draft.before else []
    after = [markup.paragraph(html.escape(draft.after[table]), draft.markup)] if table in draft.after else []
    if carrier == "lost":
        return before
    if carrier == "prose":
        return [markup.paragraph(html.escape(prose.in_place_of(table, draft.identity.year)), draft.markup)]
    if carrier == "image":
        return [
            *before,
            f'<p style="text-align:center"><img src="./W0202401{draft.rng.randrange(10**9)}.png" alt=""></p>',
            *after,
        ]
    if carrier == "attachment":
        return [
            *before,
            f'<p><a href="./P0202401{draft.rng.randrange(10**9)}.docx">{draft.headings[table]}统计表.docx</a></p>',
            *after,
        ]
    made = grids(draft, table)
    if carrier in _FLAT:
        return [*before, *(_FLAT[carrier](grid) for grid in made), *after]
    if draft.knobs.get("layout") == "joined":
        return [*before, markup.rows(made[0], draft.markup), *after]
    if table == "applications" and "above_applications" in draft.knobs:
        before.append(draft.knobs["above_applications"])
    parts = [markup.table(grid, draft.markup, draft.rng) for grid in made]
    for place in range(len(parts) - 1, 0, -1):
        parts.insert(place, draft.between if table == "applications" else "<br/>")
    return [*before, "\n".join(parts), *after]


def _ending(draft: Draft) -> list[str]:
    organ, day = draft.identity.organ, draft.identity.signed
    if not draft.ending:
        return []
    if draft.ending == "word":
        return [
            f"<p class=MsoNormal align=right><o:p>{organ}</o:p></p><p class=MsoNormal align=right><o:p>{day}</o:p></p>"
        ]
    signature = f"<p align='right'>{organ}</p><p align='right'>{day}</p>"
    if draft.ending == "links":
        names = (
            "区发改局",
            "区教育局",
            "区科技局",
            "区工信局",
            "区公安分局",
            "区民政局",
            "区司法局",
            "区财政局",
            "区人社局",
            "区水务局",
        )
        links = " ".join(f'<a href="/{n}/">{name}</a>' for n, name in enumerate(names))
        return [signature, f"<div>{links}</div>"]
    return [signature]


def gold_of(draft: Draft) -> Gold:
    """The gold values of a finished draft."""
    own, prints = draft.identity, PRINTS[draft.frame]
    identity: dict[str, list[str | int | None]] = {
        "organ": list(dict.fromkeys((own.organ, *own.names))),
        "year": [own.year],
        "index_number": [own.index_number if "index" in prints else None],
        "doc_number": [own.doc_number if "doc" in prints else None],
    }
    if "published" in prints:
        identity["published"] = [own.published.isoformat()]
    # Without tables the era is a matter of the page's wording, and of flattened ones not all can be told.
    flat = bool(set(draft.carriers.values()) & set(_FLAT))
    eras = [] if not draft.cells or (flat and draft.form.startswith("mixed")) else [ERAS[draft.form]]
    if flat and eras:
        eras.append("unknown")
    # What stands below section six, or above section one, may be counted as part of it.
    texts = {key: "".join(lines) for key, lines in draft.prose.items() if lines}
    if draft.ending or draft.knobs.keys() & {"unrelated", "bad_bytes"}:
        texts.pop("other_matters", None)
    if draft.preamble_inside or "comparison" in draft.knobs:
        texts.pop("overview", None)
    return Gold(
        tags=draft.tags,
        era=eras,
        identity=identity,
        sections=draft.presence,
        texts={key: text for key, text in texts.items() if draft.presence[key] == ["present"]},
        tables=draft.table_presence,
        yuan=draft.yuan,
        cells={address: cell.expected for address, cell in draft.cells.items()},
    )
