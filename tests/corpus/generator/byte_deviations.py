"""Irregular bytes: charsets undeclared, misnamed or wrong, byte order marks, bytes and characters that do not belong.

Each function bends a draft; its name is the tag of the irregularity. What the page says stays the same.
"""

from __future__ import annotations

from tests.corpus.generator.draft import Draft


def charset_gbk(draft: Draft) -> None:
    """68: a page in GBK, declared as one of its names."""
    draft.charset, draft.declared = "gb18030", draft.rng.choice(("gb2312", "gbk", "GB18030"))


def charset_header_only(draft: Draft) -> None:
    """GBK declared by the answer's header alone."""
    draft.charset, draft.declared, draft.content_type = "gbk", "", "text/html; charset=gbk"


def charset_undeclared(draft: Draft) -> None:
    """GBK or UTF-8 that nothing declares."""
    draft.charset, draft.declared = draft.rng.choice(("gb18030", "utf-8")), ""


def charset_wrong(draft: Draft) -> None:
    """A page that declares another charset than its own."""
    draft.charset, draft.declared = draft.rng.choice(
        (("gb18030", "utf-8"), ("utf-8", "gb2312"), ("utf-8", "iso-8859-1"))
    )


def charset_disagreed(draft: Draft) -> None:
    """Header and page declare different charsets; the page is right."""
    draft.charset, draft.declared, draft.content_type = "utf-8", "utf-8", "text/html; charset=GBK"


def byte_order_mark(draft: Draft) -> None:
    """UTF-8 or UTF-16 with a byte order mark."""
    draft.charset = draft.rng.choice(("utf-8-sig", "utf-16"))
    draft.declared = draft.rng.choice(("", "utf-8"))


def charset_name(draft: Draft) -> None:
    """Names of charsets that no standard knows."""
    draft.charset, draft.declared = draft.rng.choice(
        (("gb18030", "gb_2312-80"), ("gb18030", "x-gbk"), ("gb18030", "cp936"), ("utf-8", "utf8"), ("utf-8", "UTF-8;"))
    )


def xml_declaration(draft: Draft) -> None:
    """An XML declaration before the page, which names its charset."""
    draft.charset = draft.rng.choice(("gb18030", "utf-8"))
    draft.declared = "gb2312" if draft.charset == "gb18030" else "utf-8"
    draft.knobs["prefix"] = f'<?xml version="1.0" encoding="{draft.declared}"?>\n'


def bad_bytes(draft: Draft) -> None:
    """A few bytes of another charset in the foot of the page."""
    draft.charset, draft.declared = draft.rng.choice((("utf-8", "utf-8"), ("gb18030", "gbk")))
    draft.knobs["bad_bytes"] = "yes"


def control_characters(draft: Draft) -> None:
    """Control characters within the prose and in the title."""
    draft.prose["overview"] = [line.replace("，", "，\x0b", 1) for line in draft.prose["overview"]]
    draft.knobs["prefix"] = "\x00\x0c"
