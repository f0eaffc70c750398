"""Article pages that are nothing but a link to the report: a file, or a frame that shows it.

Head, card and foot follow pages of the vendors; the addresses, the files and the numbers in them are invented. The
module must not know what a crawler makes of such a page.
"""

from __future__ import annotations

from html import escape

_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}_示例区人民政府</title><meta name="ArticleTitle" content="{title}">
<script>var siteId = "1";</script></head><body>
<div class="nav"><a href="/">首页</a><a href="/zwgk/">政务公开</a><a href="/zfxxgk/zn.pdf">政府信息公开指南</a></div>
<div class="card"><p>索引号：01500001-0/2024-00012</p><p>发布机构：示例区人民政府办公室</p><p>发布日期：2024-01-26</p></div>
<h1>{title}</h1><div class="content">{content}</div>
<div class="foot">主办：示例区人民政府 承办：示例区人民政府办公室 网站标识码：0000000000 <a href="/map.htm">网站地图</a></div>
</body></html>"""


def file_page(title: str, *files: str) -> str:
    """An article whose body is a list of attachments at these addresses."""
    links = "".join(
        f'<p><a href="{escape(file)}" target="_blank">附件{number}：{title}.{file.rpartition(".")[2]}</a></p>'
        for number, file in enumerate(files, start=1)
    )
    return _PAGE.format(title=title, content=links)


def frame_page(title: str, source: str) -> str:
    """An article that shows the report in a frame."""
    frame = f'<iframe src="{escape(source)}" width="100%" height="900"></iframe>'
    return _PAGE.format(title=title, content=frame)


def text_page(title: str, text: str, file: str) -> str:
    """An article with a text of its own and a file beside it."""
    return _PAGE.format(title=title, content=f'{text}<p><a href="{escape(file)}">附件：统计表</a></p>')
