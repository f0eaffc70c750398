"""Organs from their printed names: division, kind, unit and identity."""

from __future__ import annotations

import pytest

from pipelines.parser.organs import read_organ


@pytest.mark.parametrize(
    ("printed", "region", "organ_id", "name"),
    [
        ("淄博市临淄区人民政府", "", "370305:gov", "淄博市临淄区人民政府"),
        ("淄博市临淄区人民", "", "370305:gov", "淄博市临淄区人民政府"),
        ("思茅区", "", "530802:gov", "普洱市思茅区人民政府"),
        ("区政府", "370305", "370305:gov", "淄博市临淄区人民政府"),
        ("区政府办", "330109", "330109:office", "杭州市萧山区人民政府办公室"),
        ("云南省人民政府办公厅", "", "530000:office", "云南省人民政府办公厅"),
        ("忻州市民政局", "", "140900:dept:民政局", "忻州市民政局"),
        ("市公安局思茅分局", "530802", "530800:dept:公安局/思茅分局", "普洱市公安局思茅分局"),
        ("白银区人民路街道", "", "620402:subdistrict:人民路街道", "白银市白银区人民路街道办事处"),
        ("址山镇人民政府", "440784", "440784:town:址山镇", "江门市鹤山市址山镇人民政府"),
        ("忻州经济开发区管委会", "140900", "140900:zone:经济开发区", "忻州市经济开发区"),
        ("国家税务总局淄博市临淄区税务局", "", "370305:vertical:税务局", "国家税务总局淄博市临淄区税务局"),
        ("海关总署（本级机关）", "", "000000:state:海关总署", "海关总署"),
        ("上海市科委", "", "310000:dept:科学技术委员会", "上海市科学技术委员会"),
        # The department of a zone that is no division stays with the city that has the code.
        ("益阳市大通湖区审计局", "", "430900:dept:大通湖区审计局", "益阳市大通湖区审计局"),
    ],
)
def test_identity(printed: str, region: str, organ_id: str, name: str) -> None:
    organ = read_organ(printed, 2023, region)
    assert organ is not None
    assert (organ.organ_id, organ.name) == (organ_id, name)


@pytest.mark.parametrize(
    ("one", "other", "region"),
    [
        ("区人社局", "临淄区人力资源和社会保障局", "370305"),
        ("区发改局", "淄博市临淄区发展和改革局", "370305"),
        ("市市场监管局", "市场监督管理局", "330700"),
        ("市卫健委", "金华市卫生健康委员会", "330700"),
        ("临淄区政府办公室", "区人民政府办公室", "370305"),
    ],
)
def test_short_and_full_names_have_one_identity(one: str, other: str, region: str) -> None:
    first, second = read_organ(one, 2023, region), read_organ(other, 2023, region)
    assert first is not None
    assert second is not None
    assert first.organ_id == second.organ_id


@pytest.mark.parametrize(
    ("printed", "region"),
    [
        ("我局", "330109"),
        ("本机关", "330109"),
        ("民政局", ""),  # nothing says whose
        ("城中区人民政府", ""),  # two districts have this name
        ("太平镇人民政府", "450200"),  # a city has many counties, and their towns share names
        ("临淄区各级各部门", ""),
        ("", "370305"),
        ("县长信箱", "370305"),
    ],
)
def test_no_organ(printed: str, region: str) -> None:
    assert read_organ(printed, 2023, region) is None


def test_levels() -> None:
    found = [read_organ(name, 2023) for name in ("云南省人民政府", "忻州市民政局", "思茅区", "临淄区金岭镇")]
    assert [organ.level for organ in found if organ] == ["province", "prefecture", "county", "township"]
