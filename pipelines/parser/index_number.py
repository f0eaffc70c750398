"""Index numbers (索引号) and document numbers (文号) of disclosure catalogues.

Promises the parts of an index number by the first grammar it matches in full, and never a value where a template, a
dash or a word for nothing is printed: such a number identifies no report. A valid code within an index number names the
owner of the catalogue, which need not be the reporting organ. Must not know the page nor the organ.
"""

from __future__ import annotations

import re
import unicodedata

from pipelines.parser.model import DocNumber, IndexNumber
from pipelines.parser.uscc import is_valid_organisation_code, is_valid_uscc

Part = str | int | bool | None

_DASHES = str.maketrans(dict.fromkeys("－—–―‐‑−", "-") | {"／": "/"})
_PLACEHOLDERS = {"", "无", "暂无", "无文号", "无索引号", "-", "--", "/", "—", "null", "undefined", "none", "nan", "0"}
_TEMPLATE = re.compile(r"[\s〔〕\[\]【】()号字第年X×*_/-]*", re.I)

# In this order: the narrower grammar first. The year is the one of making or publishing, not the report year.
_GRAMMARS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("uscc_year_serial", re.compile(r"(?P<uscc>[0-9A-HJ-NPQRTUWXY]{18})/(?P<year>\d{4})-(?P<serial>\d+)")),
    (
        "uscc_yearmonth_serial",
        re.compile(r"(?P<uscc>[0-9A-HJ-NPQRTUWXY]{18})/(?P<year>\d{4})(?P<month>0[1-9]|1[0-2])-(?P<serial>\d+)"),
    ),
    (
        "orgcode_year_serial",
        re.compile(r"(?P<org_code>[0-9A-Z]{8}-?[0-9X])(?:/|-)(?P<year>\d{4})(?P<month>0[1-9]|1[0-2])?-(?P<serial>\d+)"),
    ),
    (
        "region_dept_class_group_date_serial",
        re.compile(
            r"(?P<region>\w+)-(?P<department>\w+)-(?P<category>\w+)-(?P<group>\w+)-(?P<date>\d{8})-(?P<serial>\d+)"
        ),
    ),
    ("local_code_year_serial", re.compile(r"(?P<local_code>[\w-]*\w-?)/(?P<year>\d{4})-(?P<serial>\d+)")),
    ("year_serial", re.compile(r"/(?P<year>\d{4})-(?P<serial>\d+)")),
    (
        "code_class_year_serial",
        re.compile(r"(?P<local_code>[A-Z]{2,4}\d{2,4})-(?P<category>\w+)-(?P<year>\d{4})-(?P<serial>\d+)"),
    ),
    ("class_year_serial", re.compile(r"(?P<category>[A-Z]*\d{0,6})-(?P<year>\d{4})-(?P<serial>\d+)")),
    (
        "digits21",
        re.compile(
            r"(?P<region>\d{6})(?P<department>\d{3})(?P<category>\d{2})(?P<unit>\d{2})(?P<year>(?:19|20)\d\d)"
            r"(?P<serial>\d{4})"
        ),
    ),
)

_DOC_NUMBER = re.compile(r"[^\s〔〕\[\]()0-9][^\s〔〕\[\]()]{0,19}[〔\[(【](?:19|20)\d\d[〕\])】]第?\d+号")


def read_index_number(raw: str | None) -> IndexNumber:
    """The index number as printed under its label; `None` says that there is no such label."""
    if raw is None:
        return IndexNumber(raw=None, normalized=None, state="absent")
    if not raw.strip():
        return IndexNumber(raw=raw, normalized=None, state="blank")
    normalized = _fold(raw).upper()
    if is_placeholder(raw):
        return IndexNumber(raw=raw, normalized=None, state="placeholder")
    for grammar, pattern in _GRAMMARS:
        match = pattern.fullmatch(normalized)
        if match is None:
            continue
        parts = _parts(match)
        if grammar == "orgcode_year_serial" and not parts["org_code_valid"]:
            continue
        return IndexNumber(raw=raw, normalized=normalized, state="reported", grammar=grammar, parts=parts)
    return IndexNumber(raw=raw, normalized=normalized, state="reported", grammar="other")


def read_doc_number(raw: str | None) -> DocNumber:
    """The document number as printed under its label; `None` says that there is no such label."""
    if raw is None:
        return DocNumber(raw=None, value=None, state="absent")
    if not raw.strip():
        return DocNumber(raw=raw, value=None, state="blank")
    if is_placeholder(raw):
        return DocNumber(raw=raw, value=None, state="placeholder")
    value = re.sub(r"\s+", "", raw)
    if is_doc_number(value):
        return DocNumber(raw=raw, value=value, state="reported")
    return DocNumber(raw=raw, value=None, state="damaged")


def is_doc_number(text: str) -> bool:
    """Whether the whole text is a document number such as 金统发〔2025〕2号."""
    return _DOC_NUMBER.fullmatch(unicodedata.normalize("NFKC", re.sub(r"\s+", "", text))) is not None


def is_placeholder(raw: str) -> bool:
    """Whether a printed number is a dash, a word for nothing or a template without digits."""
    folded = _fold(raw)
    return folded.lower() in _PLACEHOLDERS or _TEMPLATE.fullmatch(folded) is not None


def _fold(raw: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", raw).translate(_DASHES))


def _parts(match: re.Match[str]) -> dict[str, Part]:
    named = {name: text for name, text in match.groupdict().items() if text is not None}
    parts: dict[str, Part] = {}
    for name, text in named.items():
        parts[name] = int(text) if name in ("year", "month") else text
        if name == "uscc":
            code = text[8:17]
            parts["uscc_valid"] = is_valid_uscc(text)
            parts["org_code"] = f"{code[:8]}-{code[8]}"
            parts["org_code_valid"] = is_valid_organisation_code(code)
            parts["division_in_uscc"] = text[2:8]
        elif name == "org_code":
            code = text.replace("-", "")
            parts["org_code"] = f"{code[:8]}-{code[8]}"
            parts["org_code_valid"] = is_valid_organisation_code(code)
    return parts
