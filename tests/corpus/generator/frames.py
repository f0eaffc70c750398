"""Page frames: what portals of each family print around a report, as markup.

A frame takes the report's body and its identity and gives the page. `PRINTS` says which fields of the identity a
frame shows, for the gold values. Written from the fact sheet of the families and its samples; invented where those
show nothing. Knows nothing of tables.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from random import Random

from tests.corpus.generator.draft import Draft

_HEAD = '<!DOCTYPE html>\n<html><head><meta charset="{charset}">\n<title>{title}</title>\n{metas}</head><body>\n'
_LINKS = (
    "政府信息公开指南",
    "政府信息公开制度",
    "法定主动公开内容",
    "政府信息公开年报",
    "依申请公开",
    "政策文件",
    "互动交流",
)


def _metas(draft: Draft, extra: str = "") -> str:
    identity = draft.identity
    pairs = {
        "SiteName": "示例市人民政府",
        "SiteIDCode": identity.code + "0001",
        "ColumnName": "政府信息公开年报",
        "ColumnType": "信息公开年报",
        "ArticleTitle": identity.title,
        "PubDate": identity.published.strftime("%Y-%m-%d") + " 09:30",
        "ContentSource": identity.publisher,
        "Keywords": "政府信息公开;年度报告",
    }
    return "".join(f'<meta name="{name}" content="{html.escape(value)}"/>\n' for name, value in pairs.items()) + extra


def _head(draft: Draft, site: str = "", metas: str = "") -> str:
    title = html.escape(draft.identity.title) + site
    return (
        _HEAD.format(charset=draft.declared, title=title, metas=metas)
        if draft.declared
        else (f"<!DOCTYPE html>\n<html><head><title>{title}</title>\n{metas}</head><body>\n")
    )


def _nav(rng: Random) -> str:
    links = rng.sample(_LINKS, 5)
    items = "".join(f'<li><a href="/{n}/">{text}</a></li>' for n, text in enumerate(links))
    return f'<div class="top">设为首页 | 加入收藏 | 无障碍阅读 | 长者版</div><ul class="nav">{items}</ul>'


def _foot(draft: Draft) -> str:
    years = "".join(
        f'<li><a href="/nb/{year}.html">{draft.identity.organ}{year}年政府信息公开工作年度报告</a></li>'
        for year in range(draft.identity.year - 2, draft.identity.year)
    )
    return (
        f'<div class="related"><h4>相关链接</h4><ul>{years}</ul></div><div class="foot">扫一扫在手机打开当前页面 '
        "主办：示例市人民政府办公室 "
        f"网站标识码：{draft.identity.code}0001 浏览次数：<span></span>次</div></body></html>"
    )


def _title(draft: Draft) -> str:
    return draft.knobs.get("title_html") or html.escape(draft.identity.title)


def trs(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f'{_head(draft, "-示例市人民政府", _metas(draft))}{_nav(draft.rng)}<h1 class="title">{_title(draft)}</h1>'
        f'<div class="info">信息来源：{identity.publisher}&nbsp;&nbsp;发布日期：{identity.date()} '
        "09:30&nbsp;&nbsp;【字体：<a>大</a> <a>中</a>"
        ' <a>小</a>】</div><div id="zoom"><div class="view TRS_UEDITOR trs_paper_default trs_word">'
        '<style type="text/css">.TRS_Editor P{line-height:2;font-size:16px;}</style>'
        f'<div class="TRS_Editor"><div class="TRS_Editor">{body}</div></div></div></div>{_foot(draft)}'
    )


def trs_card(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f"{_head(draft)}<table class='card'><tr><td><B>索 引 号:</B>{identity.index_printed}</td><td><B>信息分类:</B>"
        f'<span id="lSubcat">政府信息公开年报</span></td></tr><tr><td><B>发布机构:</B><span>{identity.publisher}</span></td>'
        f'<td><B>发文日期:</B><span>{identity.date()}</span></td></tr><tr><td colspan="2"><B>名　　称:</B>'
        f'<span id="lTitle">{identity.title}</span></td></tr><tr><td><B>文　　号:</B>{identity.doc_printed}</td><td><B>主 题 词:</B>'
        f'</td></tr></table><div class="TRS_Editor"><p align="center"><b>{_title(draft)}</b></p>{body}</div>{_foot(draft)}'
    )


def hanweb(draft: Draft, body: str) -> str:
    identity = draft.identity
    extra = f'<meta name="Maketime" content="{identity.published:%Y-%m-%d} 16:20:11"><meta name="i_columnid" content="1229293109">\n'
    return (
        f'{_head(draft, "", _metas(draft, extra))}{_nav(draft.rng)}<table class="xxgk_table"><tr><td>索 引 号</td><td>'
        f"{identity.index_printed}</td><td>成文日期</td><td>{identity.date()}</td></tr><tr><td>发布机构</td><td>{identity.publisher}</td>"
        f"<td>主题分类</td><td>综合政务/政务公开</td></tr><tr><td>文号</td><td>{identity.doc_printed}</td><td>公开方式</td><td>主动公开</td>"
        f'</tr></table><h2>{_title(draft)}</h2><div id="zoom" class="article_content"><!--<$[信息内容]>begin-->'
        f'<!--ZJEG_RSS.content.begin--><meta name="ContentStart">{body}<meta name="ContentEnd"><!--ZJEG_RSS.content.end-->'
        f"<!--<$[信息内容]>end--></div>{_foot(draft)}"
    )


def jpaas(draft: Draft, body: str) -> str:
    identity = draft.identity
    extra = '<meta name="ColId" content="118356"><meta name="WebId" content="2243">'
    return (
        f"{_head(draft, '', _metas(draft, extra))}"
        f'<table class="xxgk_table"><tr><td>信息索引号</td><td>{identity.index_printed}</td><td>分类</td><td>年度报告</td></tr>'
        f"<tr><td>发布机构</td><td>{identity.publisher}</td><td>发文日期</td><td>{identity.date()}</td></tr><tr><td>标题</td>"
        f'<td colspan="3">{identity.title}</td></tr><tr><td>文号</td><td>{identity.doc_printed}</td><td>时效</td><td>有效</td></tr></table>'
        f'<div class="artile_zw"><h1>{_title(draft)}</h1>{body}</div>{_foot(draft)}'
    )


def vsb(draft: Draft, body: str) -> str:
    identity = draft.identity
    day = identity.published
    return (
        f"<HTML><HEAD><TITLE>{identity.title}-示例区人民政府</TITLE>"
        + (f'<META http-equiv="Content-Type" content="text/html; charset={draft.declared}">' if draft.declared else "")
        + f'<META Name="keywords" Content="示例区人民政府,政府信息公开年报" /><META name="pageTitle" content="{identity.title}">\n'
        '<!--Announced by Visual SiteBuilder 9-->\n<script language="javascript" src="../../_sitegray/_sitegray.js"></script>\n'
        "<!-- CustomerNO:77656262657232300000000000000000 -->\n</HEAD><BODY>"
        f'{_nav(draft.rng)}<form name="_newscontent_fromname"><h1>{_title(draft)}</h1><div>发布时间：'
        f"{day.year}年{day.month:02d}月{day.day:02d}日 "
        '点击：[<script>_showDynClicks("wbnews", 1744984858, 626592)</script>]</div><div id="vsb_content">'
        f'<div class="v_news_content">{body}</div></div><div id="div_vote_id"></div></form>{_foot(draft)}'
    )


def vsb_card(draft: Draft, body: str) -> str:
    identity = draft.identity
    fields = (
        ("索引号", identity.index_printed),
        ("发布机构", identity.publisher),
        ("发文日期", identity.date()),
        ("文号", identity.doc_printed),
    )
    items = "".join(f'<li class="fl"><b>{label}：</b><span>{value}</span></li>' for label, value in fields)
    return (
        f'{_head(draft)}<!--Announced by Visual SiteBuilder 9--><ul class="ov">{items}</ul><h3>{_title(draft)}</h3>'
        f'<div class="centent-centent" id="vsb_content_2">{body}</div>{_foot(draft)}'
    )


def ucap(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f'{_head(draft, "", _metas(draft))}{_nav(draft.rng)}<h1 id="zoomtitle"><UCAPTITLE>{_title(draft)}</UCAPTITLE></h1>'
        f'<div class="article-info">发布时间：<PUBLISHTIME>{identity.date()} 17:18</PUBLISHTIME> 来源：<b>{identity.publisher}</b></div>'
        f'<div id="zoomcon" class="article-content xxgkcont"><table><tr><td>索引号</td><td>{identity.index_printed}</td><td>分类</td>'
        f"<td>年度报告</td></tr><tr><td>发布机构</td><td>{identity.publisher}</td><td>发文日期</td><td>{identity.date()}</td></tr></table>"
        f'<UCAPCONTENT>{body}</UCAPCONTENT></div><div class="article-reldocuments"></div>{_foot(draft)}'
    )


def gkmlpt(draft: Draft, body: str) -> str:
    """The platform of Guangdong; with the knob `script` the body stands in a script only, as JSON."""
    identity = draft.identity
    scripted = draft.knobs.get("body_in") == "script"
    detail = {"id": 2155421, "content": body} if scripted else {"id": 2155421}
    metas = f"<meta name='ArticleTitle' content='{identity.title}'>"
    escaped = json.dumps({"DETAIL": detail}).replace("<", "\\u003C").replace(">", "\\u003E")
    return (
        f'{_head(draft, "", metas)}<div class="classify"><table><tr><td>索引号:</td><td>'
        f"{identity.index_printed}</td><td>分类:</td><td>政府信息公开年报</td></tr><tr><td>发布机构:</td><td>{identity.publisher}</td><td>成文日期:"
        f'</td><td>{identity.date()}</td></tr><tr><td>名称:</td><td colspan="3">{identity.title}</td></tr><tr><td>文号:</td><td>'
        f"{identity.doc_printed}</td><td>发布日期:</td><td>{identity.date()}</td></tr></table></div><h1 "
        f'class="content-title">{_title(draft)}</h1>'
        f'<div class="content-desc"><span>发布日期：{identity.date()} 09:00</span></div><div class="article-content content">'
        f"{'' if scripted else body}</div><script>window._CONFIG = {escaped};</script>{_foot(draft)}"
    )


def nfcms(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f"{_head(draft, ' - 示例区政府门户网站', _metas(draft))}<script>var NFCMS_SITE_ID = '440306', NFCMS_POST_ID = '11956962';</script>"
        f'{_nav(draft.rng)}<h1>{_title(draft)}</h1><p class="time">发布日期：{identity.date()} 来源：{identity.publisher} 浏览次数：-</p>'
        f'<div class="news_cont_d_wrap">{body}</div>{_foot(draft)}'
    )


def gongkai(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f'{_head(draft)}<div class="crumb"><a href="/">首页</a> <a href="#">政务公开</a> <a href="#">政府信息公开</a> '
        f'<a href="#">政府信息公开年度报告</a></div><div class="card"><p>标题: {identity.title}</p><p>索引号: {identity.index_printed} '
        f"文号: {identity.doc_printed or '〔〕号'}</p><p>发文日期: {identity.date()} 发布机构: {identity.publisher}</p></div>"
        f'<ul class="tabs"><li>标题</li><li>正文</li><li>手机</li><li>附件</li></ul><h1>{_title(draft)}</h1><div>发布日期:{identity.date()}'
        "</div><ul><li>字号:</li><li>|</li><li>打印</li></ul><div>电子书 Ι H5 Ι 图文解读 Ι 语音播报</div>"
        f'<div class="body">{body}</div>{_foot(draft)}'
    )


def lonsun(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f'{_head(draft, "", _metas(draft))}<table class="xxgk_table"><tr><th>索引号：</th><td>{identity.index_printed}</td>'
        f"<th>组配分类：</th><td>政府信息公开年报</td></tr><tr><th>发布机构：</th><td>{identity.publisher}</td><th>生成日期：</th>"
        f"<td>{identity.date()}</td></tr></table><h1>{_title(draft)}</h1>"
        f'<div class="j-fontContent newscontnet minh500">{body}</div><p>用微信扫描二维码分享至好友和朋友圈</p>{_foot(draft)}'
    )


def govcn(draft: Draft, body: str) -> str:
    identity = draft.identity
    metas = "<meta name='lanmu' content=''>"
    return (
        f'{_head(draft, "_中国政府网", metas)}<table class="bd1"><tr><td><b>索 引 号：</b></td><td>'
        f"{identity.index_printed}</td><td><b>主题分类：</b></td><td>综合政务\\政务公开</td></tr><tr><td><b>发文机关：</b></td><td>"
        f"{identity.publisher}</td><td><b>成文日期：</b></td><td>{identity.date()}</td></tr><tr><td><b>标　　题：</b></td><td colspan=3>"
        f"{identity.title}</td></tr><tr><td><b>发文字号：</b></td><td>{identity.doc_printed}</td><td><b>发布日期：</b></td><td>"
        f'{identity.date()}</td></tr></table><div class="pages_content" id="UCAP-CONTENT"><p><b>{_title(draft)}</b>'
        f"</p>{body}</div>{_foot(draft)}"
    )


def shanghai(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f'{_head(draft, "", _metas(draft))}<!--<div id="ivs_content"><p>一、总体情况</p><table><tr><td>规章</td><td>'
        "99</td></tr></table></div>-->"
        f'<h2 id="ivs_title">{_title(draft)}<small>（{identity.date()}）</small></h2><div id="ivs_content" '
        f'class="Article_content">{body}</div>'
        f"{_foot(draft)}"
    )


def shaanxi(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f"{_head(draft)}{_nav(draft.rng)}<dl class='card'><dt>索引号</dt><dd>{identity.index_printed}</dd><dt>发布机构</dt><dd>"
        f"{identity.publisher}</dd><dt>发布日期</dt><dd>{identity.date()}</dd><dt>文号</dt><dd>{identity.doc_printed}</dd></dl>"
        f'<div class="detail"><h3>{_title(draft)}</h3><div class="con">{body}</div></div>{_foot(draft)}'
    )


def openness(draft: Draft, body: str) -> str:
    identity = draft.identity
    return (
        f'{_head(draft)}<div class="wzxq"><h1>{_title(draft)}</h1><div class="ly"><span>信息来源：{identity.publisher}</span>'
        f"<span>发表日期：{identity.date()}</span><span>点击数:人次</span></div><div class='info-cont'>{body}</div></div>{_foot(draft)}"
    )


def bare(draft: Draft, body: str) -> str:
    return f"{_head(draft)}<h1>{_title(draft)}</h1>{body}</body></html>"


FRAMES: dict[str, Callable[[Draft, str], str]] = {
    frame.__name__: frame
    for frame in (
        trs, trs_card, hanweb, jpaas, vsb, vsb_card, ucap, gkmlpt, nfcms, gongkai, lonsun, govcn, shanghai, shaanxi, openness, bare,
    )
}  # fmt: skip
# Which of index number, document number and date of publication a frame shows.
PRINTS: dict[str, set[str]] = {
    "trs": {"published"},
    "trs_card": {"index", "doc", "published"},
    "hanweb": {"index", "doc", "published"},
    "jpaas": {"index", "doc", "published"},
    "vsb": {"published"},
    "vsb_card": {"index", "doc", "published"},
    "ucap": {"index", "published"},
    "gkmlpt": {"index", "doc", "published"},
    "nfcms": {"published"},
    "gongkai": {"index", "doc", "published"},
    "lonsun": {"index", "published"},
    "govcn": {"index", "doc", "published"},
    "shanghai": {"published"},
    "shaanxi": {"index", "doc", "published"},
    "openness": {"published"},
    "bare": set(),
}
