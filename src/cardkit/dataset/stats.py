"""What a data set holds, in figures: counts, coverage of fields, problems by kind."""

from __future__ import annotations

from typing import NamedTuple

from cardkit.dataset.extra import need
from cardkit.dataset.query import opened
from cardkit.dataset.tables import TABLES

OWN = (
    "card",
    "source",
    "given_id",
    "entry",
    "entry_architecture",
    "card_sha256",
    "card_bytes",
    "card_encoding",
    "card_language",
    "card_form",
)
"""Columns that are not what a card states."""
LISTED = {
    "variants": "variants",
    "trainings": "training setups",
    "hyperparameters": "hyperparameters",
    "evaluations": "evaluations",
    "examples": "examples",
}
"""Tables that count as a field, too: of how many models they have rows."""


class Stats(NamedTuple):
    """All figures."""

    rows: dict[str, int]
    """By table."""
    sources: dict[str, int]
    """Cards that could be read, by source."""
    unreadable: int
    """Cards that could not be read."""
    repeated: int
    """Cards with the same bytes as another one."""
    coverage: dict[str, int]
    """How many models have a value, by field; the most first."""
    licences: dict[str, int]
    """Models by licence, the commonest first; "" where the card states none."""
    forms: dict[str, int]
    """Cards by the form they came in."""
    problems: dict[str, int]
    """Problems by kind, the commonest first."""
    repairs: dict[str, int]
    """Cards by the noise that was undone in them."""


def stats(folder: str) -> Stats:
    """Return the figures of a data set, here or far."""
    need("duckdb")
    connection = opened(folder)

    def counted(sql: str) -> dict[str, int]:
        rows = connection.execute(sql).fetchall()
        return {str(name or ""): int(count) for name, count in rows}

    try:
        rows = {name: counted(f"SELECT '', count(*) FROM {name}")[""] for name in TABLES}
        filled = ", ".join(
            f"count(*) FILTER ({_has(column.name, column.kind)})"
            for column in TABLES["models"].columns
        )
        found = connection.execute(f"SELECT {filled} FROM models").fetchone() or ()
        names = [column.name for column in TABLES["models"].columns]
        coverage = {
            name: int(count) for name, count in zip(names, found, strict=True) if name not in OWN
        }
        for table, name in LISTED.items():
            coverage[name] = counted(f"SELECT '', count(DISTINCT card) FROM {table}")[""]
        return Stats(
            rows,
            counted("SELECT source, count(*) FROM models GROUP BY 1 ORDER BY 1"),
            counted("SELECT '', count(DISTINCT card) FROM problems ANTI JOIN models USING (card)")[
                ""
            ],
            counted("SELECT '', count(*) - count(DISTINCT card_sha256) FROM models")[""],
            dict(sorted(coverage.items(), key=lambda each: (-each[1], each[0]))),
            counted(_most("license_id", "models")),
            counted(_most("card_form", "models")),
            counted(_most("code", "problems")),
            counted(_most("kind", "repairs", "count(DISTINCT card)")),
        )
    finally:
        connection.close()


def _has(column: str, kind: object) -> str:
    """Return the condition that a column has a value: an empty list is none."""
    is_list = kind == "strings" or isinstance(kind, tuple)
    return f'len("{column}") > 0' if is_list else f'"{column}" IS NOT NULL'


def _most(column: str, table: str, count: str = "count(*)") -> str:
    return f"SELECT {column}, {count} AS n FROM {table} GROUP BY 1 ORDER BY n DESC, 1"
