"""The JSON Schema says what records are; records of other schemas are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cardkit import ingest
from cardkit.errors import CardkitError
from cardkit.records import load
from cardkit.schema import schema

CARD = """---
license: mit
language: en
---
# Ant 1B

Ant 1B is a small model with 1.2B parameters.

- **Learning rate:** 3e-4

| Model | MMLU (5-shot) |
|---|---|
| Ant 1B | 41.5 |
| Bee 2B | 43.0 |
"""


def test_a_record_is_valid_as_it_is_printed_and_as_it_is_dumped() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    printed = ingest.read_record(CARD, uri="card.md")
    dumped = ingest.read_card(CARD, uri="card.md").model_dump(mode="json")
    for record in (printed, dumped):
        assert [error.message for error in validator.iter_errors(record)] == []


def _properties(part: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{name}.{field}": rules
        for name, model in {"Record": part, **part["$defs"]}.items()
        for field, rules in model.get("properties", {}).items()
    }


@pytest.mark.parametrize("field", _properties(schema()))
def test_each_field_says_what_it_holds(field: str) -> None:
    whole = schema()
    rules = _properties(whole)[field]
    rules = whole["$defs"].get(rules.get("$ref", "").rpartition("/")[2], {}) | rules
    assert rules.get("description"), f"write a text under {field} in record.py"


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema_version": "2"},
        {"colour": "red"},
        {"spec": {"num_parameters": "7B"}},
        {"evaluations": [{"benchmark_text": "MMLU", "value": 41.5, "unit": "points", "text": ""}]},
    ],
)
def test_what_is_no_record_is_not_valid(wrong: dict[str, Any]) -> None:
    record = ingest.read_record(CARD, uri="card.md") | wrong
    assert not jsonschema.Draft202012Validator(schema()).is_valid(record)


def test_a_record_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(ingest.read_record(CARD, uri="card.md")), encoding="utf-8")
    assert load(path) == ingest.read_card(CARD, uri="card.md")


REFUSED = {
    "not json": "it is not JSON",
    "[]": "it holds no record: no schema_version",
    "{}": "it holds no record: no schema_version",
    '{"schema_version": "0"}': "its schema_version is '0'; this cardkit reads '1'",
    '{"schema_version": "2"}': "its schema_version is '2'; this cardkit reads '1'",
    '{"schema_version": "1"}': "/source is not as the schema says: field required",
}


@pytest.mark.parametrize(("written", "said"), REFUSED.items())
def test_another_file_is_refused_in_one_line(written: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(written)
    with pytest.raises(CardkitError) as refused:
        load(path)
    assert str(refused.value).startswith(f"{path}: {said}")
    assert "cardkit ingest" in refused.value.todo


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CardkitError, match=r"gone\.json: it cannot be read: no such file"):
        load(tmp_path / "gone.json")
