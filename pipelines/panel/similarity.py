"""How alike two texts are: shingles, their MinHash, candidates by locality-sensitive hashing, Jaccard.

Promises the same numbers on every machine and in every process. Finds candidates only; that two texts are alike is
decided by the Jaccard similarity of their shingles. Must not know reports.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import eq

SHINGLE = 5
# Texts this short are alike by chance.
MIN_SHINGLES = 100
# 128 minima, 25 bands of 5: finds a pair at Jaccard 0.8 with a probability above 0.999, one at 0.4 with 0.23.
SIGNATURE, ROWS = 128, 5
BANDS = SIGNATURE // ROWS
# In a band that many texts share, each is held against this many before it: copies of copies are found all the same.
MAX_PEERS = 20

_FIGURES = re.compile(r"[\d.,%〇零一二三四五六七八九十百千万亿两年月日]+")
# Sentences that the form prescribes, known by these words, and titles that every report cites.
_FORMULA = re.compile(r"统计期限|如有疑问|与[^。;]{0,20}联系|电子版可|本报告(?:由|所列|根据|的电子)")
_CITED = re.compile(r"《[^》]{2,60}》|中华人民共和国|政府信息公开(?:工作)?(?:年度报告|条例)?")
_SENTENCE_END = re.compile("[。;]")
# Far beyond any report; bounds the work on one made to cost much.
MAX_TEXT = 100_000
_NOT_TEXT = re.compile(r"[\W_]+")
_SUFFIXES = ("自治区", "自治州", "自治县", "人民政府", "省", "市", "区", "县", "州", "盟", "旗")


def comparable(text: str, names: Sequence[str]) -> str:
    """The text without figures, prescribed formulas, punctuation, and these names in full and for short."""
    text = "".join(unicodedata.normalize("NFKC", text[:MAX_TEXT]).replace("\n", "。").split())
    text = "。".join(sentence for sentence in _SENTENCE_END.split(text) if not _FORMULA.search(sentence))
    text = _CITED.sub("", text)
    for name in sorted(set(_in_short(names)), key=len, reverse=True):
        text = text.replace(name, "")
    return _NOT_TEXT.sub("", _FIGURES.sub("", text))


def _in_short(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if len(name) > 1:
            yield name
        short = next((name.removesuffix(end) for end in _SUFFIXES if name.endswith(end)), name)
        if len(short) > 1:
            yield short


def shingles(text: str) -> set[int]:
    """The hashes of all runs of five characters."""
    data = text.encode("utf-32-le")
    crc32, width = zlib.crc32, SHINGLE * 4
    return {crc32(data[at : at + width]) for at in range(0, len(data) - width + 4, 4)}


def minhash(members: set[int]) -> array[int]:
    """The signature: the least hash in each of 128 bins; empty for a set too small to be compared.

    One hash serves all bins (one-permutation hashing); an empty bin borrows from the next that is not.
    """
    if len(members) < MIN_SHINGLES:
        return array("I")
    least: list[int | None] = [None] * SIGNATURE
    for member in members:
        # CRC is linear: multiplication spreads it before the bin is taken.
        mixed = (member * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed ^= mixed >> 29
        mixed = (mixed * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        place, value = mixed >> 57, mixed & 0xFFFFFFFF
        held = least[place]
        if held is None or value < held:
            least[place] = value
    filled = [_borrowed(least, place) for place in range(SIGNATURE)]
    return array("I", filled)


def _borrowed(least: Sequence[int | None], place: int) -> int:
    for distance in range(SIGNATURE):
        value = least[(place + distance) % SIGNATURE]
        if value is not None:
            return (value + distance) & 0xFFFFFFFF  # else two sets that both lack the bin would agree too often
    return 0


def likely(one: array[int], other: array[int], least: float) -> bool:
    """Whether two texts may have a Jaccard similarity of `least`; denies it only where ten standard errors speak so."""
    agreeing = sum(map(eq, one, other))
    return bool(one) and bool(other) and agreeing / SIGNATURE >= least - 0.3


def jaccard(one: set[int], other: set[int]) -> float:
    """The share of common members among all members of two sets; 0 for two empty ones."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def candidates(signatures: Sequence[array[int]]) -> Iterator[tuple[int, int]]:
    """Pairs of positions, the smaller first, of signatures that agree in a band; each once, in order."""
    pairs: set[int] = set()  # two positions in one number: a third of the memory of a tuple
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for position, signature in enumerate(signatures):
            if signature:
                buckets[signature[band * ROWS : (band + 1) * ROWS].tobytes()].append(position)
        for members in buckets.values():
            for at, position in enumerate(members):
                pairs.update(position << 32 | earlier for earlier in members[max(0, at - MAX_PEERS) : at])
    for pair in sorted(pairs):
        yield pair & 0xFFFFFFFF, pair >> 32
