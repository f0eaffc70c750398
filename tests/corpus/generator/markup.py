"""Grids and paragraphs as markup: plain tables, Word, WPS and Excel exports, editors of content systems, divs, text.

A style changes tags, classes, attributes and the wrapping of a cell's text, never what the text says. Knows nothing
of what the boxes mean.
"""

from __future__ import annotations

import html
import re
from random import Random

from tests.corpus.generator.draft import Box, Grid

STYLES = ("plain", "word", "wps", "excel", "ueditor", "kindeditor", "uppercase", "paragraphs", "sections", "unclosed")


def paragraph(text: str, style: str) -> str:
    """A paragraph of prose; `text` is HTML."""
    if style == "word":
        return (
            "<p class=MsoNormal style='text-indent:32.0pt;mso-char-indent-count:2.0'><span lang=EN-US style='font-size:"
            f'16.0pt;font-family:仿宋_GB2312;mso-hansi-font-family:"Times New Roman"\'>{text}<o:p></o:p></span></p>'
        )
    if style == "wps":
        return f'<p style="text-indent:2em;"><span style="font-family:\'仿宋\';font-size:21px"><font face="仿宋">{text}</font></span></p>'
    if style == "ueditor":
        return f'<p style="text-indent: 2em; line-height: 2em;"><span style="font-size: 18px;">{text}</span></p>'
    if style == "kindeditor":
        return f'<div>\n\t<span style="font-size:16px;">　　{text}</span>\n</div>'
    if style == "uppercase":
        return f"<P>　　{text}</P>"
    if style == "unclosed":
        return f"<p>&nbsp;&nbsp;&nbsp;&nbsp;{text}"
    return f"<p>　　{text}</p>"


def table(grid: Grid, style: str, rng: Random) -> str:
    """A grid as an HTML table in a style."""
    if style == "nested":
        return _nested(grid, rng)
    body = "\n".join(_tr(row, style) for row in grid)
    opening = {
        "word": '<table class=MsoNormalTable border=1 cellspacing=0 cellpadding=0 width="100%" style=\'border-collapse:'
        "collapse;mso-yfti-tbllook:1184;mso-padding-alt:0cm 5.4pt 0cm 5.4pt'>",
        "wps": '<table style="border-collapse:collapse;width:560px;margin-left:7px" cellspacing="0" border="1">',
        "excel": "<table border=0 cellpadding=0 cellspacing=0 width=864 style='border-collapse:collapse;table-layout:fixed'>"
        + "".join(f"<col width=72 style='mso-width-source:userset;mso-width-alt:{2304 + n}'>" for n in range(10)),
        "ueditor": '<table interlaced="enabled" class="ue-table" width="100%"><tbody>',
        "kindeditor": '<table class="ke-zeroborder" style="width:100%;" border="1" bordercolor="#000000"><tbody>',
        "uppercase": "<TABLE BORDER=1 WIDTH='100%'><TBODY>",
        "sections": '<table border="1"><thead></thead><tbody>',
    }.get(style, "<table border='1'>")
    closing = "</TBODY></TABLE>" if style == "uppercase" else "</tbody></table>" if "<tbody>" in opening else "</table>"
    return f"{opening}\n{body}\n{closing}"


def rows(grid: Grid, style: str) -> str:
    """The rows of a grid without a table around them."""
    return "\n".join(_tr(row, "plain" if style == "unclosed" else style) for row in grid)


def _tr(row: list[Box], style: str) -> str:
    cells = "".join(_td(box, style) for box in row)
    if style == "word":
        return f"<tr style='mso-yfti-irow:1;height:19.85pt'>{cells}</tr>"
    if style == "excel":
        return f"<tr height=24 style='mso-height-source:userset;height:18.0pt'>{cells}</tr>"
    if style == "uppercase":
        return f"<TR>{cells}</TR>"
    return f"<tr>{cells}" if style == "unclosed" else f"<tr>\n{cells}\n</tr>"


def _td(box: Box, style: str) -> str:
    spans = "".join(
        f'{" "}{name}="{number}"' for name, number in (("colspan", box.colspan), ("rowspan", box.rowspan)) if number > 1
    )
    text = box.html
    if style == "word":
        inner = (
            "<p class=MsoNormal align=center style='text-align:center;mso-pagination:widow-orphan'><span lang=EN-US "
            f"style='font-size:10.5pt;mso-bidi-font-family:宋体'>{text}<o:p></o:p></span></p>"
        )
        return f"<td{spans} width=64 valign=top style='width:48.0pt;border:solid windowtext 1.0pt;mso-border-alt:solid'>{inner}</td>"
    if style == "wps":
        run = f'<p style="text-align:center"><span style="font-size:14px"><font face="宋体">{text}</font></span></p>'
        return f'<td{spans} style="padding:0 7px;border:1px solid #000;mso-border-left-alt:solid" valign="center">{run}</td>'
    if style == "excel":
        return f"<td{spans} class=xl65 style='border-top:none;mso-number-format:\"0_ \"'>{text}</td>"
    if style == "ueditor":
        return (
            f'<td{spans} style="word-break: break-all;" align="center"><p style="text-align: center;">{text}</p></td>\n'
        )
    if style == "kindeditor":
        return f"<td{spans}>\n\t{text}<br />\n</td>\n"
    if style == "uppercase":
        return f"<TD{spans.upper()} ALIGN=center><FONT SIZE=2>{text}</FONT></TD>"
    if style == "paragraphs":
        return f"<td{spans}><p>&nbsp;{text}</p><p></p></td>"
    if style == "sections":
        tag = "th" if box.role == "head" else "td"
        return f"<{tag}{spans}><section><section>{text}</section></section></{tag}>"
    if style == "unclosed":
        return f"<td{spans}>{text}"
    return f"<td{spans}>{text}</td>"


def _nested(grid: Grid, rng: Random) -> str:
    """Every value in a table of its own inside its cell, as a page builder leaves it."""
    wrapped = [
        [
            Box(f"<table><tr><td>{box.html}</td></tr></table>", box.role, box.colspan, box.rowspan, box.address)
            if box.role == "value"
            else box
            for box in row
        ]
        for row in grid
    ]
    return table(wrapped, "plain", rng)


def div_table(grid: Grid) -> str:
    """A grid without spans as divs that the style sheet shows as a table."""
    body = "\n".join(
        '<div class="tr" style="display:table-row">'
        + "".join(f'<div class="td" style="display:table-cell">{box.html}</div>' for box in row)
        + "</div>"
        for row in grid
    )
    return f'<div class="table" style="display:table;width:100%">\n{body}\n</div>'


def lines(grid: Grid) -> str:
    """A grid flattened to one cell a line; a blank cell is a line of nothing."""
    return "\n".join(f"<p>{box.html or '&nbsp;'}</p>" for row in grid for box in row)


def spaced(grid: Grid) -> str:
    """A grid flattened to one row a paragraph, cells apart by spaces; blanks leave nothing behind."""
    return "\n".join(f"<p>{' '.join(box.html for box in row if box.html)}</p>" for row in grid)


def glued(grid: Grid) -> str:
    """A grid flattened to one row a paragraph with nothing between the cells."""
    return "\n".join(f"<p>{''.join(box.html for box in row)}</p>" for row in grid)


def preformatted(grid: Grid) -> str:
    """A grid as preformatted text, cells apart by runs of spaces."""
    return "<pre>\n" + "\n".join("    ".join(box.html for box in row if box.html) for row in grid) + "\n</pre>"


def lists(grid: Grid) -> str:
    """A grid as lists, one a row, an item a cell."""
    return "\n".join("<ul>" + "".join(f"<li>{box.html}</li>" for box in row) + "</ul>" for row in grid)


def pipes(grid: Grid) -> str:
    """A grid as an extractor of text prints tables: cells between bars, blanks with nothing between them."""
    return "\n".join("<p>| " + " | ".join(box.html for box in row) + " |</p>" for row in grid)


def text_of(markup: str) -> str:
    """What a page says, as plain text, for carriers that have no markup."""
    text = re.sub(r"(?is)<(style|script)\b.*?</\1>", "", markup)
    text = re.sub(r"(?i)<br[^>]*>|</(p|div|tr|h\d|table|li)>", "\n", text)
    return html.unescape(re.sub(r"<[^>]+>", "", text))
