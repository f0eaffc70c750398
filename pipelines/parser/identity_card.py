"""The index card of a page: labelled values by the meaning of their labels.

Promises one value for each meaning, whatever the label's spelling: a usable one before a placeholder, the page's before
the listing's. Must not know organs, nor what follows from a value.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.parser.dates import read_timestamp
from pipelines.parser.index_number import is_placeholder
from pipelines.parser.model import LabelledDate
from pipelines.parser.page import Hints, Page

# Labels of one meaning, the exact ones before those used for several things.
INDEX_NUMBER = ("索引号", "信息索引号", "索引码", "索引")
DOC_NUMBER = ("文号", "发文字号", "文件编号", "公文文号", "文件号")
PUBLISHER = (
    "发布机构",
    "发布机关",
    "发文机关",
    "发文机构",
    "公开主体",
    "公开机构",
    "发布单位",
    "发文单位",
    "所属机构",
)
SOURCE = ("信息来源", "来源", "文章来源", "内容来源", "稿件来源")
ISSUED = ("成文日期", "发文日期", "生成日期", "制发日期", "印发日期", "成文时间", "发文时间")
PUBLISHED = ("发布日期", "公开日期", "发布时间", "公开时间", "发表日期", "日期", "时间")
CATEGORY = ("主题分类", "信息分类", "公开类别", "所属主题", "所属分类")
DISCLOSURE_MODE = ("公开方式", "公开形式")


@dataclass(frozen=True, slots=True)
class Card:
    """The labelled values of the page, then those the listing gave."""

    pairs: tuple[tuple[str, str], ...]

    def find(self, labels: tuple[str, ...]) -> str | None:
        """The first value under one of the labels that is no placeholder; else a placeholder; None without label."""
        values = [value for label in labels for key, value in self.pairs if key == label]
        return next((value for value in values if not is_placeholder(value)), values[0] if values else None)

    def find_date(self, labels: tuple[str, ...]) -> LabelledDate | None:
        """The first date under one of the labels, in the order of the labels."""
        for label in labels:
            for key, value in self.pairs:
                stamp = read_timestamp(value) if key == label else None
                if stamp is not None:
                    return LabelledDate(label=label, value=stamp)
        return None


def read_card(page: Page, hints: Hints) -> Card:
    """The card of a page and of the listing row that led to it."""
    return Card((*page.labels, *hints.card.items()))
