"""Organs from their printed names: division, kind, unit and identity."""

from __future__ import annotations

import pytest

from pipelines.parser.organ_series import find_series, load_successions
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
        ("重庆海关关区", "", "000000:vertical:重庆海关", "中华人民共和国重庆海关"),
        ("上海海关", "", "000000:vertical:上海海关", "中华人民共和国上海海关"),
        ("全国海关", "", "000000:state:海关总署", "海关总署"),
        ("国家发展改革委", "", "000000:state:国家发展和改革委员会", "国家发展和改革委员会"),
        ("咸宁市气象部门", "", "421200:vertical:气象局", "咸宁市气象局"),
        ("国家统计局忻州调查队", "140922", "140900:vertical:调查队", "国家统计局忻州调查队"),
        ("赣州经济技术开发区管委会", "360702", "360700:zone:经济技术开发区", "赣州市经济技术开发区"),
        ("思茅区残联", "", "530802:dept:残疾人联合会", "普洱市思茅区残疾人联合会"),
        ("本溪市南芬区", "", "210505:gov", "本溪市南芬区人民政府"),
        ("市府办", "330700", "330700:office", "金华市人民政府办公室"),
        ("市政府", "330700", "330700:gov", "金华市人民政府"),
        ("市民政局", "330700", "330700:dept:民政局", "金华市民政局"),
        ("市政工程管理处", "330700", "330700:dept:市政工程管理处", "金华市市政工程管理处"),
        ("东莞市虎门镇", "", "441900:town:虎门镇", "东莞市虎门镇人民政府"),
        ("锡林郭勒盟行政公署", "", "152500:gov", "锡林郭勒盟行政公署"),
        ("凉山州发改委", "", "513400:dept:发展和改革委员会", "凉山彝族自治州发展和改革委员会"),
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
        ("区民政局", "150000"),  # an autonomous region is no 区
        ("郑州航空港经济综合实验区管委会", "460100"),
        ("新疆生产建设兵团第八师", ""),
    ],
)
def test_no_organ(printed: str, region: str) -> None:
    assert read_organ(printed, 2023, region) is None


def test_levels() -> None:
    found = [read_organ(name, 2023) for name in ("云南省人民政府", "忻州市民政局", "思茅区", "临淄区金岭镇")]
    assert [organ.level for organ in found if organ] == ["province", "prefecture", "county", "township"]


@pytest.mark.parametrize(
    ("former", "then", "later", "now", "series"),
    [
        ("萧山市人民政府", 2000, "杭州市萧山区人民政府", 2023, "330109:gov"),
        ("忻州市国土资源局", 2010, "忻州市自然资源局", 2023, "140900:dept:自然资源局"),
        ("忻州市卫生局", 2010, "忻州市卫健局", 2023, "140900:dept:卫生健康局"),
        ("忻州市环保局思茅分局", 2017, "忻州市生态环境局思茅分局", 2019, "140900:dept:生态环境局/思茅分局"),
    ],
)
def test_a_renamed_organ_keeps_its_series_not_its_key(
    former: str, then: int, later: str, now: int, series: str
) -> None:
    first, second = read_organ(former, then), read_organ(later, now)
    assert first is not None
    assert second is not None
    assert first.organ_id != second.organ_id
    assert find_series(first) == find_series(second) == series


@pytest.mark.parametrize("unit", ["工商行政管理局", "食品药品监督管理局", "乡村振兴局"])
def test_an_organ_that_was_merged_or_abolished_has_no_successor(unit: str) -> None:
    organ = read_organ(f"忻州市{unit}", 2017)
    assert organ is not None
    assert find_series(organ) == organ.organ_id


def test_successions_come_to_an_end() -> None:
    successions = load_successions()
    for former in successions:
        seen = {former}
        while (former := successions.get(former, "")) != "":
            assert former not in seen
            seen.add(former)
