"""The sentences of a report: preamble, sections one, five and six, and what stands in place of lost tables.

Invented, in the wording such reports use. Knows nothing of markup.
"""

from __future__ import annotations

from random import Random

from tests.corpus.generator.identity import Identity

BASIS = {
    "2021": "《国务院办公厅政府信息与政务公开办公室"
    "关于印发〈中华人民共和国政府信息公开工作年度报告格式〉的通知》（国办公开办函〔2021〕30号）",
    "2019": "《国务院办公厅政府信息与政务公开办公室关于政府信息公开工作年度报告有关事项的通知》（国办公开办函〔2019〕60号）",
}


def preamble(rng: Random, identity: Identity, form: str) -> list[str]:
    year = identity.year
    basis = BASIS["2019" if form == "2019" else "2021"]
    end = rng.choice((f"{year}年12月31日止", "12月31日止", f"{year}年12月31日"))
    lists = rng.choice(
        (
            "",
            "全文包括总体情况、主动公开政府信息情况、收到和处理政府信息公开申请情况、政府信息公开行政复议及行政诉讼情况、"
            "存在的主要问题及改进情况、其他需要报告的事项六个部分。",
        )
    )
    return [
        f"本报告按照《中华人民共和国政府信息公开条例》和{basis}要求编制。{lists}本年度报告中所列数据统计期限从{year}年1月1日起至{end}。"
        f"如对本报告有疑问，请与{identity.organ}联系（电话：0533-7{rng.randrange(100000, 999999)}）。"
    ]


def overview(rng: Random, identity: Identity, received: int, handled: int) -> list[str]:
    year = identity.year
    return [
        f"{year}年，我单位坚持以公开为常态、不公开为例外，扎实推进政府信息公开工作。",
        rng.choice(
            (
                f"（一）主动公开。全年通过政府网站公开信息{rng.randrange(50, 9000)}条，通过政务新媒体公开信息{rng.randrange(50, 9000)}条。",
                f"一是突出重点，全年公开规划信息{rng.randrange(2, 40)}条，解读材料{rng.randrange(2, 40)}篇。",
            )
        ),
        f"（二）依申请公开。{year}年共收到政府信息公开申请{received}件，办结{handled}件。"
        if received
        else f"（二）依申请公开。{year}年未收到政府信息公开申请。",
        "（三）政府信息管理。严格落实信息发布审查制度，做到先审查、后公开。",
    ]


def problems(rng: Random) -> list[str]:
    return [
        rng.choice(("（一）存在的主要问题。", "存在问题：")) + "一是公开内容有待充实；二是解读形式较为单一。",
        f"（二）改进措施。计划开展业务培训{rng.randrange(2, 9)}次，进一步提高公开质量。",
    ]


def other(rng: Random) -> list[str]:
    return [
        rng.choice(
            (
                "本年度没有收取信息处理费。",
                "无其他需要报告的事项。本年度未收取信息处理费。",
                "我单位本年度无信息处理费收费情况。",
            )
        )
    ]


def in_place_of(table: str, year: int) -> str:
    """A sentence that says what the table would have."""
    return {
        "active_disclosure": f"{year}年本单位没有制定、亦无废止规章、行政规范性文件，现行有效规范性文件3件。行政许可12件。",
        "applications": f"{year}年本单位没有收到政府信息公开申请，上年度亦无结转。",
        "review_litigation": f"{year}年未发生因政府信息公开引起的行政复议、行政诉讼案件。",
    }[table]
