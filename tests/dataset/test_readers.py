"""The data set loads in what people use: datasets, pandas, polars, DuckDB, Croissant."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="needs the extra `data`")

from cardkit.dataset.tables import TABLES

ROWS = 51
"""28 cards, and 23 of them again as entries of the registry."""


DATASETS = """
import sys
import datasets
built, cache = sys.argv[1:]
models = datasets.load_dataset(built, "models", split="train", cache_dir=cache)
files = built + "/evaluations/*.parquet"
rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=cache)
print(models.num_rows, *models.column_names)
print(rows.num_rows, *rows.column_names)
"""


def test_the_datasets_library_loads_it(built: Path, tmp_path: Path) -> None:
    pytest.importorskip("datasets", reason="needs the extra `formats`")
    said = subprocess.run(  # on its own: the library takes hold of a process
        [sys.executable, "-c", DATASETS, str(built), str(tmp_path)],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)},
    )
    models, evaluations = (line.split() for line in said.stdout.splitlines())
    assert models == [str(ROWS), *(column.name for column in TABLES["models"].columns)]
    assert evaluations[1:] == [column.name for column in TABLES["evaluations"].columns]


def test_pandas_loads_it(built: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="needs the extra `formats`")
    models = pandas.read_parquet(built / "models")
    assert models.shape == (ROWS, len(TABLES["models"].columns))


def test_polars_loads_it(built: Path) -> None:
    polars = pytest.importorskip("polars", reason="needs the extra `formats`")
    for name, table in TABLES.items():
        frame = polars.read_parquet(built / name / "*.parquet")
        assert frame.columns == [column.name for column in table.columns], name


@pytest.mark.filterwarnings("ignore")  # what its own library warns of while it reads
def test_its_croissant_is_valid_and_loads_its_rows(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="needs the extra `formats`")
    monkeypatch.chdir(built)
    found = mlcroissant.Dataset("croissant.json")
    issues = found.metadata.ctx.issues
    # What it recommends is not ours to say: the texts are the authors', and a date is no content.
    assert (list(issues.errors), sorted(line.split('"')[1] for line in issues.warnings)) == (
        [],
        [
            "http://mlcommons.org/croissant/citeAs",
            "https://schema.org/datePublished",
            "https://schema.org/license",
        ],
    )
    for name in ("models", "evaluations"):
        (row,) = itertools.islice(found.records(name), 1)
        assert set(row) == {f"{name}/{column.name}" for column in TABLES[name].columns}


def test_nothing_of_it_names_a_place_of_this_machine(built: Path) -> None:
    for path in built.glob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert str(built.parent) not in text
        assert os.path.expanduser("~") + "/" not in text
        assert str(Path(__file__).parents[2]) not in text


def test_the_dictionary_has_each_column(built: Path) -> None:
    said = (built / "DICTIONARY.md").read_text(encoding="utf-8")
    for table in TABLES.values():
        for column in table.columns:
            assert f"| `{column.name}` | " in said
