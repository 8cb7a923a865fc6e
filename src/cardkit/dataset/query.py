"""Questions to a data set in SQL: the home of duckdb."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cardkit.dataset import far, manifest
from cardkit.dataset.extra import need
from cardkit.dataset.shelf import Shelf
from cardkit.dataset.tables import TABLES
from cardkit.errors import UsageError
from cardkit.vocabulary import load

if TYPE_CHECKING:
    import duckdb

FOLDER = Path(__file__).parent / "views"
# In this order: a view may ask those before it.
VIEWS = (
    "cards_once",
    "results",
    "best_results",
    "own_and_others",
    "models_by_licence",
    "contradictions",
    "hyperparameters_by_architecture",
    "hyperparameters_by_base_model",
    "verified",
)


class Answer(NamedTuple):
    """What a query gives."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class QueryError(UsageError):
    """A query that DuckDB does not take."""


def query(sql: str, folder: str) -> Answer:
    """Return what a query gives over a data set, here or far (s3://, hf://).

    Raises QueryError, and UsageError if there is no data set.
    """
    need("duckdb")
    import duckdb

    connection = opened(folder)
    try:
        asked = connection.sql(sql)
        if asked is None:  # a statement that gives nothing
            return Answer((), [])
        return Answer(tuple(asked.columns), asked.fetchall())
    except duckdb.Error as error:
        raise QueryError(
            _said(error),
            todo=f"the tables are {', '.join(TABLES)}; the views {', '.join(VIEWS)}",
        ) from error
    finally:
        connection.close()


def opened(folder: str) -> duckdb.DuckDBPyConnection:
    """Return a connection that knows the tables and views of a data set. Raises UsageError."""
    import duckdb

    paths = _paths(folder)
    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    if far.is_far(folder):
        connection.register_filesystem(far.standing(folder))
    try:
        for name, files in paths.items():
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
            connection.execute(f"CREATE VIEW {name} AS FROM read_parquet([{listed}])")
    except duckdb.Error as error:
        connection.close()
        raise UsageError(
            f"a file of this data set cannot be read: {_said(error)}",
            where=folder,
            todo="get all its files again, or build it: cardkit dataset build",
        ) from error
    for table, names in apart().items():
        values = ", ".join(f"('{name}')" for name in names)
        connection.execute(f"CREATE VIEW {table} AS FROM (VALUES {values}) AS t(benchmark)")
    for table, rows in directions().items():
        column = table.removesuffix("_directions")
        values = ", ".join(f"('{name}', {str(higher).lower()})" for name, higher in rows)
        connection.execute(
            f"CREATE VIEW {table} AS FROM (VALUES {values}) AS t({column}, higher_is_better)"
        )
    for name in VIEWS:
        connection.execute(f"CREATE VIEW {name} AS {(FOLDER / f'{name}.sql').read_text('utf-8')}")
    return connection


def _paths(folder: str) -> dict[str, list[str]]:
    """Return the files of each table as DuckDB opens them: those of the manifest.

    What a build that is at work has moved there, and what a server does not list, is no matter.
    Raises UsageError if there is no data set, FarError if it is not reached.
    """
    shelf = Shelf(folder)
    found = manifest.read(shelf)
    names = shelf.names() if found is None else found.files
    root = "cardkit:/" if shelf.far else shelf.root
    paths: dict[str, list[str]] = {name: [] for name in TABLES}
    for name in sorted(names):
        table, _, file = name.partition("/")
        if table in paths and file.endswith(".parquet"):
            paths[table].append(f"{root}/{name}")
    if found is None and not all(paths.values()):
        raise UsageError(
            "there is no data set",
            where=folder,
            todo="give its folder with --dataset, or build one: cardkit dataset build",
        )
    if not all(paths.values()):
        raise UsageError("the data set is empty", where=folder, todo="build it with a card or more")
    return paths


def _said(error: duckdb.Error) -> str:
    """Return what DuckDB says, without the place; of a store's traceback the last line."""
    said = str(error).split("\n\n")[0].split("\nLINE")[0]
    if "Traceback" in said:
        said = [line for line in said.splitlines() if line[:1].strip()][-1]
    return " ".join(said.split())


def described() -> dict[str, str]:
    """Return what each view answers: the remark that its file begins with."""
    texts = {name: (FOLDER / f"{name}.sql").read_text("utf-8") for name in VIEWS}
    return {name: text.partition("\n")[0].removeprefix("-- ") for name, text in texts.items()}


@cache
def directions() -> dict[str, Sequence[tuple[str, bool]]]:
    """Return the metrics and benchmarks of which it is known whether a higher share is better."""
    words = load("directions.yaml")
    metrics = [
        (name, name not in words["lower"])
        for name in load("metrics.yaml")["shares"]
        if name not in words["neither"]["metrics"]
    ]
    benchmarks = [
        (name, True)
        for name in load("benchmarks.yaml")["shares"]
        if name not in words["neither"]["benchmarks"]
    ]
    return {"metric_directions": metrics, "benchmark_directions": benchmarks}


def apart() -> dict[str, list[str]]:
    """Return the benchmarks of which two results may be of two tests, or of two measures."""
    words = load("directions.yaml")
    listed = {"tests_of_many": "of_many", "tests_measured_variously": "measured_variously"}
    return {
        table: [name for line in words[key] for name in line.split(", ")]
        for table, key in listed.items()
    }
