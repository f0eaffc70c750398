"""What changes on the replicas between day one and day two, as data. `days` does it, and says what is invented."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ChangeKind(StrEnum):
    """What happened to a report between two days."""

    EDITED = "edited"  # one number is another; same address
    REFRAMED = "reframed"  # the page around the report is another, the report is not; same address
    ADDED = "added"  # a new report, on top of its list
    REMOVED = "removed"  # its address answers as a missing page does, and the list does not have it
    MOVED = "moved"  # the same report under another address; the old one is gone
    REISSUED = "reissued"  # a correction, listed beside the version it corrects
    SUPERSEDED = "superseded"  # a correction, listed instead of the version it corrects, which is gone
    DELISTED = "delisted"  # no list has it; its page answers as before
    COPIED = "copied"  # the same report a second time, published by another organ; the first stays


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `url` is the address after it, `old_url` that of the version that moved, was corrected or copied.

    `organ` and `year` are those of the report; `cells` ("table.row.column") print one more than on day one, or than the
    version at `old_url`; a sentence of the text that repeats such a number follows it.
    """

    kind: ChangeKind
    portal: str
    url: str
    title: str
    organ: str
    year: int
    old_url: str | None = None
    cells: tuple[str, ...] = ()


_Plan = tuple[ChangeKind, str, int]
# Whose report of which year changes how. The first of each portal is EDITED; what is ADDED is added to its column.
PLANS: Final[dict[str, tuple[_Plan, ...]]] = {
    "linzi": (
        (ChangeKind.EDITED, "淄博市临淄区财政局", 2023),
        (ChangeKind.REFRAMED, "淄博市临淄区民政局", 2022),
        (ChangeKind.ADDED, "淄博市临淄区财政局", 2020),
        (ChangeKind.REMOVED, "淄博市临淄区应急管理局", 2021),
        (ChangeKind.MOVED, "淄博市临淄区卫生健康局", 2022),
        (ChangeKind.REISSUED, "淄博市临淄区金山镇人民政府", 2023),
        (ChangeKind.SUPERSEDED, "淄博市临淄区辛店街道办事处", 2023),
        (ChangeKind.COPIED, "淄博市临淄区教育和体育局", 2023),
    ),
    "liuzhou": (
        (ChangeKind.EDITED, "柳州市鱼峰区教育局", 2020),
        (ChangeKind.REFRAMED, "柳州市鱼峰区财政局", 2020),
        (ChangeKind.ADDED, "柳州市鱼峰区水利局", 2020),
        (ChangeKind.REMOVED, "柳州市柳南区教育局", 2020),
        (ChangeKind.MOVED, "柳州市柳北区财政局", 2020),
        (ChangeKind.REISSUED, "鹿寨县人民政府", 2020),
        (ChangeKind.SUPERSEDED, "融安县人民政府", 2020),
        (ChangeKind.DELISTED, "柳州市城中区河东街道办事处", 2020),
        (ChangeKind.COPIED, "柳城县人民政府", 2020),
    ),
    "xiaoshan": (
        (ChangeKind.EDITED, "杭州市萧山区财政局", 2022),
        (ChangeKind.REFRAMED, "杭州市萧山区民政局", 2021),
        (ChangeKind.ADDED, "杭州市萧山区财政局", 2024),
        (ChangeKind.REMOVED, "杭州市萧山区应急管理局", 2022),
        (ChangeKind.MOVED, "杭州市萧山区科学技术局", 2021),
        (ChangeKind.REISSUED, "杭州市萧山区卫生健康局", 2022),
        (ChangeKind.SUPERSEDED, "杭州市萧山区农业农村局", 2022),
        (ChangeKind.DELISTED, "杭州市萧山区司法局", 2021),
        (ChangeKind.COPIED, "杭州市萧山区教育局", 2022),
    ),
    "simao": (
        (ChangeKind.EDITED, "普洱市思茅区商务局", 2023),
        (ChangeKind.REFRAMED, "普洱市思茅区水务局", 2023),
        (ChangeKind.ADDED, "普洱市思茅区商务局", 2024),
        (ChangeKind.REMOVED, "普洱市思茅区人民政府", 2018),
        (ChangeKind.MOVED, "普洱市思茅区人民政府", 2019),
        (ChangeKind.REISSUED, "普洱市思茅区卫生健康局", 2023),
        (ChangeKind.SUPERSEDED, "普洱市思茅区人民政府", 2020),
        (ChangeKind.DELISTED, "普洱市思茅区人民政府", 2015),
        (ChangeKind.COPIED, "普洱市思茅区林业和草原局", 2023),
    ),
    "xinzhou": (
        (ChangeKind.EDITED, "忻州市水利局", 2023),
        (ChangeKind.REFRAMED, "忻州市商务局", 2023),
        (ChangeKind.ADDED, "忻州市乡村振兴局", 2023),
        (ChangeKind.REMOVED, "忻州市审计局", 2023),
        (ChangeKind.MOVED, "忻州市统计局", 2023),
        (ChangeKind.REISSUED, "忻州市能源局", 2023),
        (ChangeKind.SUPERSEDED, "忻州市信访局", 2023),
        (ChangeKind.DELISTED, "忻州市定襄县人民政府", 2023),
        (ChangeKind.COPIED, "忻州市五台县人民政府", 2023),
    ),
}
REPUBLISHERS: Final = {
    "linzi": "淄博市临淄区人民政府办公室",
    "liuzhou": "柳州市人民政府办公室",
    "xiaoshan": "区政府办",
    "simao": "普洱市思茅区人民政府办公室",
    "xinzhou": "忻州市人民政府办公室",
}
SUFFIXES: Final = {
    "liuzhou": "（更正）",
    "xiaoshan": "（更正）",
    "simao": "（修订版）",
    "xinzhou": "（修订版）",
    "linzi": "（更正）",
}
