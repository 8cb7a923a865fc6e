"""Questions to a data set in SQL: the home of duckdb."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cardkit.dataset.extra import need
from cardkit.dataset.sources.source import is_far
from cardkit.dataset.tables import TABLES
from cardkit.errors import CardkitError, UsageError
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
        said = str(error).split("\n\n")[0].split("\nLINE")[0]
        raise QueryError(
            said.replace("\n", " "),
            todo=f"the tables are {', '.join(TABLES)}; the views {', '.join(VIEWS)}",
        ) from error
    finally:
        connection.close()


def opened(folder: str) -> duckdb.DuckDBPyConnection:
    """Return a connection that knows the tables and views of a data set. Raises UsageError."""
    import duckdb

    root = folder.rstrip("/")
    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    if is_far(folder):
        import fsspec

        fs, inside = fsspec.core.url_to_fs(folder)
        connection.register_filesystem(fs)
        protocol = fs.protocol if isinstance(fs.protocol, str) else fs.protocol[0]
        root = f"{protocol}://{inside.strip('/')}"
    try:
        for name in TABLES:
            files = f"{root}/{name}/*.parquet".replace("'", "''")
            connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{files}')")
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise UsageError(
            "there is no data set",
            where=folder,
            todo="give its folder with --dataset, or build one: cardkit dataset build",
        ) from error
    for table, rows in directions().items():
        column = table.removesuffix("_directions")
        values = ", ".join(f"('{name}', {str(higher).lower()})" for name, higher in rows)
        connection.execute(
            f"CREATE VIEW {table} AS FROM (VALUES {values}) AS t({column}, higher_is_better)"
        )
    for name in VIEWS:
        connection.execute(f"CREATE VIEW {name} AS {(FOLDER / f'{name}.sql').read_text('utf-8')}")
    return connection


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


def first(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    """Return the first row of what a query gives. Raises CardkitError if there is none."""
    row = connection.execute(sql).fetchone()
    if row is None:
        raise CardkitError("the data set is empty", todo="build it with at least one card")
    return tuple(row)
