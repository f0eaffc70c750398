"""Unified social credit codes (统一社会信用代码) and the organisation codes (组织机构代码) within them.

Promises the check digits of GB 32100-2015 and GB 11714-1997. Must not know where a code was printed, nor whose it is.
"""

from __future__ import annotations

import re

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(rf"[{_ALPHABET}]{{18}}")
_ORGANISATION_CODE = re.compile(r"[0-9A-Z]{8}[0-9X]")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def is_valid_uscc(code: str) -> bool:
    """Whether `code` is 18 characters of the alphabet and the check character holds (GB 32100-2015, weights 3^i)."""
    if not _USCC.fullmatch(code):
        return False
    total = sum(_ALPHABET.index(char) * pow(3, i, 31) for i, char in enumerate(code[:17]))
    return code[17] == _ALPHABET[(31 - total % 31) % 31]


def is_valid_organisation_code(code: str) -> bool:
    """Whether the nine characters of `code`, hyphen aside, hold together (GB 11714-1997)."""
    code = code.replace("-", "")
    if not _ORGANISATION_CODE.fullmatch(code):
        return False
    total = sum(int(char, 36) * weight for char, weight in zip(code[:8], _ORGANISATION_WEIGHTS, strict=True))
    return code[8] == "0123456789X0"[11 - total % 11]
