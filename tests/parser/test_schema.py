"""The JSON Schema in the repository is the model's, and every record keeps to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

import pipelines.parser
from docs.examples import EXAMPLES, Example, describe_examples, read_example, shorten
from pipelines.parser import AnnualReport, ReportPage, parse
from pipelines.parser.model import History, Provenance, Row, WarcPlace, json_schema

SCHEMA = Path(pipelines.parser.__file__).with_name("schema.json")
SEEDS = Path(__file__).parents[1] / "fixtures" / "seeds"


def report(path: Path) -> AnnualReport:
    record = parse(ReportPage(path.read_bytes(), url="http://www.example.gov.cn/a.html"))
    assert isinstance(record, AnnualReport)
    return record


def test_file_is_generated_from_the_model() -> None:
    generated = json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"
    assert SCHEMA.read_text("utf-8") == generated, "write json_schema() of pipelines.parser.model to schema.json again"


def test_the_examples_are_what_the_parser_reads_today() -> None:
    documented = Path(__file__).parents[2] / "docs/schema.md"
    assert documented.read_text("utf-8") == describe_examples(), "run make schema"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.era)
def test_an_example_is_of_its_era_and_keeps_to_the_schema_shortened_too(example: Example) -> None:
    record = read_example(example).to_dict()
    assert record["format_era"] == example.era
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    assert list(validator.iter_errors(record)) == []
    assert list(validator.iter_errors(shorten(record))) == []


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_record_keeps_to_the_schema(path: Path) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    record = report(path).to_dict()
    assert list(validator.iter_errors(record)) == []
    record["unknown_key"] = 1
    assert list(validator.iter_errors(record)) != []


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_record_survives_the_round_trip_on_one_line(path: Path) -> None:
    first = report(path)
    line = first.to_json()
    assert "\n" not in line
    assert "\\u" not in line
    again = AnnualReport.model_validate_json(line)
    assert again.to_json() == line
    assert report(path).to_json() == line


def test_layers_of_capture_and_history_have_their_place() -> None:
    record = report(next(SEEDS.glob("*.txt")))
    assert record.provenance is not None
    warc = WarcPlace(file="a.warc.gz", record_id="<urn:uuid:1>", offset=0, length=1, payload_digest="sha256:0")
    captured = Provenance(
        **{**record.provenance.model_dump(), "warc": warc, "captured_at": "2026-01-01T00:00:00Z", "http_status": 200}
    )
    history = History(revision=1, change="new", changed_cells=[], aliases=[])
    whole = record.model_copy(update={"provenance": captured, "history": history}).to_dict()
    assert list(Draft202012Validator(json_schema()).iter_errors(whole)) == []
    assert list(whole)[-2:] == ["provenance", "history"]
    assert whole["history"]["changed_cells"] == []


def test_a_number_stands_only_in_state_r() -> None:
    with pytest.raises(ValidationError):
        Row(label="x", values=[0], states="B")
    with pytest.raises(ValidationError):
        Row(label="x", values=[None], states="R")
    with pytest.raises(ValidationError):
        Row(label="x", values=[0, 0], states="R")
