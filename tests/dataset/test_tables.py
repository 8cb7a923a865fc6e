"""The tables hold all of a record, and say what they hold in the record's own words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardkit.dataset.tables import TABLES
from cardkit.record import Part, Record

ROOT = Path(__file__).parents[2]


def fields(part: type[Part], path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return the paths of a part's fields, lists left out."""
    found: set[tuple[str, ...]] = set()
    for name, field in part.model_fields.items():
        said = str(field.annotation)
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        parts = [kind for kind in kinds if isinstance(kind, type) and Part in kind.__mro__]
        if parts and "list" not in said and "dict" not in said:
            found |= fields(parts[0], (*path, name))
        else:
            found.add((*path, name))
    return found


def test_each_field_of_the_record_has_a_column() -> None:
    apart = {"variants", "training", "evaluations", "examples", "problems", "unread", "evidence"}
    known = {column.path for column in TABLES["models"].columns}
    # The key is made of the uri; the schema's version is the data set's.
    missing = {path for path in fields(Record) - known if path[0] not in apart}
    assert missing == {("schema_version",), ("source", "uri"), ("source", "repairs")}


@pytest.mark.parametrize("name", [name for name in TABLES if name != "verifications"])
def test_each_column_says_what_it_holds(name: str) -> None:
    assert [column.name for column in TABLES[name].columns if not column.text] == []


@pytest.mark.parametrize("name", TABLES)
def test_names_of_columns_are_unique_and_keys_are_columns(name: str) -> None:
    names = [column.name for column in TABLES[name].columns]
    assert len(names) == len(set(names))
    assert set(TABLES[name].key) <= set(names)


def test_rows_give_the_record_back(built: Path) -> None:
    import pyarrow.dataset

    for name in ("dclm-7b", "tulu-2-13b", "deepseek-v2-chat"):
        record = Record.model_validate_json((ROOT / f"registry/{name}/record.json").read_bytes())
        rows = {
            table: pyarrow.dataset.dataset(built / table, format="parquet")
            .to_table(filter=pyarrow.dataset.field("card") == f"registry#{name}")
            .to_pylist()
            for table in TABLES
        }
        (model,) = rows["models"]
        for part, thing in (("model", record.model), ("spec", record.spec)):
            tree = thing.model_dump(exclude={"license", "links"})
            assert tree == {field: model[field] for field in tree}, part
        for table in ("variants", "evaluations", "examples", "problems", "unread"):
            tree = [each.model_dump() for each in getattr(record, table)]
            for thing, row in zip(tree, rows[table], strict=True):
                for field in set(thing) & set(row) - {"generation"}:
                    assert thing[field] == row[field], (name, table, field)
        assert [json.loads(row["generation"]) for row in rows["examples"]] == [
            example.generation for example in record.examples
        ]
        assert {
            row["pointer"]: (row["start"], row["end"], row["text"], row["rule"])
            for row in rows["evidence"]
        } == {
            pointer: (each.start, each.end, each.text, each.rule)
            for pointer, each in record.evidence.items()
        }
        settings = [each for setup in record.training for each in setup.hyperparameters]
        assert [(row["name"], row["text"]) for row in rows["hyperparameters"]] == [
            (each.name, each.text) for each in settings
        ]
