"""Index numbers, document numbers, credit codes, dates and deadlines."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parser.dates import chinese_number, date_in_url, find_signature_date, read_timestamp
from pipelines.parser.deadline import find_deadline
from pipelines.parser.index_number import read_doc_number, read_index_number
from pipelines.parser.uscc import is_valid_organisation_code, is_valid_uscc


@pytest.mark.parametrize(
    "code",
    [
        "11370305004219181C",
        "91350100M000100Y43",
        "113325000026455663",
        "11370305K21216551K",
        "11330500MB1911463X",
        "11370800004312466C",
    ],
)
def test_a_valid_credit_code_fails_when_any_digit_changes(code: str) -> None:
    assert is_valid_uscc(code)
    assert is_valid_organisation_code(code[8:17])
    for position, digit in enumerate(code):
        if digit.isdigit():
            assert not is_valid_uscc(code[:position] + str((int(digit) + 1) % 10) + code[position + 1 :])


@pytest.mark.parametrize("code", ["01441633-0", "01527918-X", "00001434-9"])
def test_organisation_codes(code: str) -> None:
    assert is_valid_organisation_code(code)
    assert not is_valid_organisation_code(code[:-1] + ("1" if code[-1] != "1" else "2"))


@pytest.mark.parametrize(
    ("raw", "grammar", "year", "serial"),
    [
        ("11370305004219181C/2024-5428591", "uscc_year_serial", 2024, "5428591"),
        ("11341702486344515H/202110-00013", "uscc_yearmonth_serial", 2021, "00013"),
        ("014416330/2018-04736", "orgcode_year_serial", 2018, "04736"),
        ("01527918X-2020-153077", "orgcode_year_serial", 2020, "153077"),
        ("H001 ／ 2024－76014", "local_code_year_serial", 2024, "76014"),
        ("3212000002/2018-354983", "local_code_year_serial", 2018, "354983"),
        # Shaped like an organisation code, but the check digit does not hold.
        ("0142768-8/2022-00185", "local_code_year_serial", 2022, "00185"),
        ("532722-/2020-0403001", "local_code_year_serial", 2020, "0403001"),
        ("WQX001-2021-000086", "class_year_serial", 2021, "000086"),
        ("/2021-172732", "year_serial", 2021, "172732"),
    ],
)
def test_index_number_grammars(raw: str, grammar: str, year: int, serial: str) -> None:
    number = read_index_number(raw)
    assert (number.state, number.grammar) == ("reported", grammar)
    assert number.parts is not None
    assert (number.parts["year"], number.parts["serial"]) == (year, serial)


@pytest.mark.parametrize("raw", ["无", "-", "—", "〔〕号", "null", "undefined", "0", "/", "[ ]", "暂无", "〔 〕  号"])
def test_a_placeholder_is_never_a_number(raw: str) -> None:
    for number in (read_index_number(raw), read_doc_number(raw)):
        assert number.state == "placeholder"
        assert number.raw == raw
    assert read_index_number(raw).normalized is None
    assert read_doc_number(raw).value is None


def test_absent_and_blank_differ() -> None:
    assert (read_index_number(None).state, read_index_number(" ").state) == ("absent", "blank")
    assert (read_doc_number(None).state, read_doc_number("").state) == ("absent", "blank")


def test_junk_with_a_grammar_keeps_its_failed_check_digit() -> None:
    parts = read_index_number("234234234444444444/2024-00001").parts
    assert parts is not None
    assert parts["uscc_valid"] is False


@given(st.text(max_size=40))
def test_any_text_is_read(raw: str) -> None:
    assert read_index_number(raw).state in ("reported", "blank", "placeholder")
    assert read_doc_number(raw).state in ("reported", "blank", "placeholder", "damaged")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("金统发〔2025〕2号", "金统发〔2025〕2号"),
        ("〔2021〕号", None),
        ("东街街道2023年度政府信息公开工作年度报告号", None),
    ],
)
def test_doc_numbers(raw: str, value: str | None) -> None:
    number = read_doc_number(raw)
    assert number.value == value
    assert number.state == ("reported" if value else "damaged")


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2021-01-29 09:30", "2021-01-29T09:30+08:00"),
        ("2021-01-29 09:30:05", "2021-01-29T09:30:05+08:00"),
        ("2024/1/3", "2024-01-03"),
        ("２０２４年１月３０日", "2024-01-30"),
        ("二〇二四年一月二十六日", "2024-01-26"),
        ("20231月1日", "2023-01-01"),
        ("2023-13-45", None),
        ("2023年2月30日", None),
        ("12024-01-02", None),
        ("昨天", None),
    ],
)
def test_dates(text: str, stamp: str | None) -> None:
    assert read_timestamp(text) == stamp


def test_the_signature_date_is_the_last_one() -> None:
    assert find_signature_date("据2023年5月1日通知\n某局\n2024年 1月 26日 ") == ("2024年1月26日", date(2024, 1, 26))
    assert find_signature_date("某局 2024-01-26") is None


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.gov.cn/xxgk/202402/t20240218_1178155.html", date(2024, 2, 18)),
        ("https://a.gov.cn/art/2024/1/17/art_1_2.html", date(2024, 1, 17)),
        ("https://a.gov.cn/info/1234/626592.htm", None),
        ("https://a.gov.cn/t20241399_1.html", None),
    ],
)
def test_dates_in_urls(url: str, day: date | None) -> None:
    assert date_in_url(url) == day


@pytest.mark.parametrize(
    ("text", "number"), [("一", 1), ("十", 10), ("十二", 12), ("三百二十一", 321), ("两千零五", 2005), ("二〇", None)]
)
def test_chinese_numbers(text: str, number: int | None) -> None:
    assert chinese_number(text) == number


@pytest.mark.parametrize(
    ("kind", "year", "rule", "due"),
    [
        ("government", 2023, "reg2019.art49.government", "2024-03-31"),
        ("department", 2023, "reg2019.art49.department", "2024-01-31"),
        ("office", 2023, "reg2019.art49.department", "2024-01-31"),
        ("department", 2018, "reg2007.art31", "2019-03-31"),
        ("town", 2018, "reg2007.art31", "2019-03-31"),
        ("town", 2023, "local_practice", "2024-01-31"),
        (None, 2023, None, None),
        ("department", None, None, None),
    ],
)
def test_deadline(kind: str | None, year: int | None, rule: str | None, due: str | None) -> None:
    deadline = find_deadline(kind, year, {})
    assert (deadline.rule, deadline.due, deadline.days_late) == (rule, due, None)


def test_days_late_by_the_best_date() -> None:
    late = find_deadline("department", 2023, {"issued_meta": date(2024, 2, 2), "url": date(2024, 1, 1)})
    assert (late.published, late.published_source, late.days_late) == ("2024-02-02", "issued_meta", 2)
    punctual = find_deadline("department", 2023, {"published": date(2024, 1, 31)})
    assert (punctual.published_source, punctual.days_late) == (None, 0)
