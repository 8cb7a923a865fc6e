"""The data dictionary: what each table and column says, in the record's own words."""

from __future__ import annotations

from cardkit.dataset.manifest import Manifest
from cardkit.dataset.tables import TABLES, Column, Kind

WRITTEN = {"strings": "list of string", "json": "string (JSON)"}


def as_markdown(manifest: Manifest) -> str:
    """Return the dictionary."""
    said = [
        "# Data dictionary",
        "",
        f"Made by cardkit {manifest.cardkit} from the descriptions of its record. A missing value "
        "is null: the card does not state it.",
    ]
    for name, table in TABLES.items():
        key = ", ".join(f"`{column}`" for column in table.key)
        said += ["", f"## {name}", "", f"{table.text} Key: {key}.", ""]
        said += ["| column | type | what it says |", "|---|---|---|"]
        said += [_row(column) for column in table.columns]
    return "\n".join(said) + "\n"


def written(kind: Kind) -> str:
    """Return a type for people.

    >>> written("strings")
    'list of string'
    """
    if isinstance(kind, tuple):
        return f"list of {{{', '.join(f'{each.name}: {written(each.kind)}' for each in kind)}}}"
    return WRITTEN.get(kind, kind)


def _row(column: Column) -> str:
    text = column.text.replace("|", "\\|")
    return f"| `{column.name}` | {written(column.kind)} | {text} |"
