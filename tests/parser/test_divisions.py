"""The table of divisions: codes by year, names read from the start of an organ's name, names shared by several."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import divisions as generator
from pipelines.parser import divisions


@pytest.mark.parametrize(
    ("name", "year", "region", "code", "rest"),
    [
        ("淄博市临淄区人民政府", 2023, "", "370305", "人民政府"),
        ("忻州市民政局", 2023, "", "140900", "民政局"),
        ("广西柳州市城中区", 2020, "", "450202", ""),
        ("北京市朝阳区人民政府", 2022, "", "110105", "人民政府"),
        ("景东县人民政府", 2020, "", "530823", "人民政府"),
        ("内蒙古自治区乌拉特中旗", 2020, "", "150824", ""),
        ("仙桃市人民政府", 2020, "", "429004", "人民政府"),
        # A city whose name runs into the office's: 金华市 + 市场监管局.
        ("金华市市场监管局", 2022, "", "330700", "市场监管局"),
        ("吉林省人民政府", 2022, "", "220000", "人民政府"),
        ("吉林市昌邑区", 2022, "", "220202", ""),
    ],
)
def test_the_division_a_name_begins_with(name: str, year: int, region: str, code: str, rest: str) -> None:
    reading = divisions.read_division(name, year, region)
    assert reading.division is not None
    assert (reading.division.code, reading.rest) == (code, rest)


@pytest.mark.parametrize(
    ("region", "code"),
    [
        ("", None),
        ("450200", "450202"),
        ("450202", "450202"),
        ("630100", "630103"),
        ("630000", "630103"),
        ("110105", None),
    ],
)
def test_a_shared_name_needs_a_region(region: str, code: str | None) -> None:
    reading = divisions.read_division("城中区人民政府", 2020, region)
    assert (reading.division.code if reading.division else None) == code
    assert {entry.code for entry in reading.candidates} == {"450202", "630103"}


def test_code_and_name_are_those_of_the_year() -> None:
    old = divisions.read_division("思茅市翠云区", 2005).division
    new = divisions.read_division("普洱市思茅区", 2023).division
    assert old is not None
    assert new is not None
    assert (old.code, old.name, new.code, new.name) == ("530802", "翠云区", "530802", "思茅区")
    assert old.uid == new.uid


def test_a_name_no_longer_in_use_is_still_read() -> None:
    reading = divisions.read_division("萧山市人民政府", 2010)
    assert reading.division is not None
    assert (reading.division.code, reading.division.name) == ("330109", "萧山区")


@pytest.mark.parametrize("name", ["我局", "大通湖区审计局", "海关总署", "", "国家统计局"])
def test_no_division(name: str) -> None:
    assert divisions.read_division(name, 2023).division is None


@pytest.mark.parametrize(
    ("code", "full", "path"),
    [
        ("370305", "淄博市临淄区", ["山东省", "淄博市", "临淄区"]),
        ("110105", "北京市朝阳区", ["北京市", "朝阳区"]),
        ("429004", "仙桃市", ["湖北省", "仙桃市"]),
        ("140900", "忻州市", ["山西省", "忻州市"]),
        ("530000", "云南省", ["云南省"]),
    ],
)
def test_path_and_full_name(code: str, full: str, path: list[str]) -> None:
    entry = divisions.find_entry(code, 2023)
    assert entry is not None
    assert divisions.full_name(entry, 2023) == full
    assert [above.name for above in divisions.path_of(entry, 2023)] == path


def test_no_code_has_two_names_in_one_year() -> None:
    entries = divisions.load_entries()
    assert len(entries) > 3000
    years: set[tuple[str, int]] = set()
    for entry in entries:
        for year in range(entry.first_year, entry.last_year + 1):
            assert (entry.code, year) not in years, entry
            years.add((entry.code, year))


def test_cities_that_run_their_towns_themselves() -> None:
    for code, expected in (("441900", False), ("370300", True), ("370305", False)):
        entry = divisions.find_entry(code, 2023)
        assert entry is not None
        assert divisions.has_counties(entry, 2023) is expected


@pytest.mark.parametrize(
    ("name", "year", "code", "now"),
    [
        ("萧山市", 2000, "330181", "萧山市"),
        ("杭州市萧山区", 2001, "330109", "萧山区"),
        ("思茅市翠云区", 2006, "530802", "翠云区"),
        ("普洱市思茅区", 2007, "530802", "思茅区"),
        ("莱芜市", 2017, "371200", "莱芜市"),
        ("济南市莱芜区", 2019, "370116", "莱芜区"),
        ("杭州市下城区", 2020, "330103", "下城区"),
        ("杭州市临平区", 2021, "330113", "临平区"),
        ("襄樊市", 2009, "420600", "襄樊市"),
        ("襄阳市", 2010, "420600", "襄阳市"),
        ("昆明市呈贡县", 2010, "530121", "呈贡县"),
        ("株洲县", 2017, "430221", "株洲县"),
        ("株洲市渌口区", 2018, "430212", "渌口区"),
        ("那曲地区", 2016, "542400", "那曲地区"),
        ("巢湖市", 2010, "341400", "巢湖市"),
        ("合肥市巢湖市", 2012, "340181", "巢湖市"),
    ],
)
def test_changes_of_code_and_name(name: str, year: int, code: str, now: str) -> None:
    reading = divisions.read_division(name, year)
    assert reading.division is not None
    assert (reading.division.code, reading.division.name, reading.rest) == (code, now, "")


@pytest.mark.parametrize(
    ("name", "year", "code"),
    [("杭州市下城区民政局", 2022, "330103"), ("南通市通州区民政局", 2008, "320683")],
)
def test_a_district_of_another_year_is_no_part_of_the_organs_name(name: str, year: int, code: str) -> None:
    reading = divisions.read_division(name, year)
    assert reading.division is not None
    assert (reading.division.code, reading.rest) == (code, "民政局")


def test_the_table_is_made_as_its_generator_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "invented.csv"
    fields = [
        f"{rank}_{field}" for rank in ("province", "city", "county") for field in ("adcode", "id", "name", "short")
    ]
    lines = [",".join(["year", *fields, "rank"])]
    for year, code, name in ((1999, "330181", "萧山市"), (2000, "330181", "萧山市"), (2001, "330109", "萧山区")):
        county = [code, "330109", name, "萧山"]
        lines.append(",".join([str(year), *["330000", "330000", "浙江省", "浙江"], *["330100"] * 4, *county, "3"]))
    source.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(generator, "TABLE", tmp_path / "divisions.tsv")
    generator.main(str(source))
    made = (tmp_path / "divisions.tsv").read_text(encoding="utf-8").splitlines()
    kept = Path(divisions.__file__).with_name("divisions.tsv").read_text(encoding="utf-8").splitlines()
    assert made[0] == kept[0]
    assert made[1] == "330109\t2001\t2001\t330109\t萧山区\t萧山"
    assert made[2] in kept
